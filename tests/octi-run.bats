#!/usr/bin/env bats
# Runs, each through the broker and the stand-in. What dies meanwhile is in octi-run-faults.bats.

load run

setup_file() {
    platform_up platform --release 7
    platform_up six --release 6.8
}

teardown_file() { services_down; }
setup() { begin_running; }
teardown() { run_down; }

# ---- one run

@test "--once: the bundle is sent under a work, then the state, then the work is closed" {
    feed "cat >/dev/null; echo '$malware'"
    try octi-run --once -- ./feed
    gives 0 '' ''
    assert_equal "$(operations_of_run)" \
        'ConnectorQueue ConnectorWorksQuery ConnectorMemory workAdd workToReceived addExpectations ConnectorQueue ConnectorMemory ConnectorMemory WorkAliveQuery workToProcessed'
    arrive 1
    local work
    work=$(works | jq -r .id)
    assert_equal "$(messages | jq -c '[.body.work_id, .body.applicant_id]')" "[\"$work\",\"$connector_user\"]"
    assert_equal "$(contents | jq -r '.objects[].name')" Feodo
    complete "$work"
    assert_regex "$(works | jq -r .name)" '^My Feed run @ [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}$'
    assert_regex "$(state)" '^\{"last_run": "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"\}$'
    assert_equal "$(works | jq -r '.messages[-1].message')" \
        "My Feed connector successfully run, storing last_run as $(state | jq -r .last_run)"
    assert_equal "$(info '|[.run_and_terminate, .buffering, .next_run_datetime, .last_run_datetime != null]')" '[true,false,null,true]'
    assert_equal "$(find "$TMPDIR" -mindepth 1)" ''
}
