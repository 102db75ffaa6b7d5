#!/usr/bin/env bats
load helper

setup_file() {
    platform_up seven --release 7 --worker-retry 0.2
}

teardown_file() {
    platforms_down
}

setup() {
    platform_fresh seven
    new_connector
    octi-register >"$out"
    forget_requests
}

started() { # ARGS: opens a work, as $work
    work=$(octi-work start "$@")
}

shown() { # FILTER: of the work, by jq
    octi-work show "$work" | jq -c "$1"
}

oldest() { # goes on with a platform of 6.7
    [ -e "$BATS_FILE_TMPDIR/oldest/url" ] || platform_up oldest --release 6.7
    platform_use oldest
    octi-register >"$out"
    forget_requests
}

@test "start prints the id of a multipart work" {
    try octi-work start -n 'A "näme"'
    ends 0
    assert_file_empty "$err"
    grep -qE "^work_${CONNECTOR_ID}_[0-9TZ:.-]+\$" "$out"
    [ "$(requests | jq -c '[.operation, .variables]')" = "[\"workAdd\",{\"connectorId\":\"$CONNECTOR_ID\",\"friendlyName\":\"A \\\"näme\\\"\",\"isMultiPartWork\":true}]" ]
    work=$(cat "$out")
    [ "$(shown '[.name, .status, .tracking.import_expected_number]')" = '["A \"näme\"","progress",null]' ]
    forget_requests
    try octi-work start
    ends 0
    [ "$(requests | jq -c .variables.friendlyName)" = null ]
}

@test "start belongs to the connector of OCTI_REGISTRATION" {
    octi-register -o reg.json
    unset CONNECTOR_ID CONNECTOR_NAME CONNECTOR_TYPE
    OCTI_REGISTRATION=reg.json try octi-work start
    ends 0 && grep -q ^work_ "$out"
    try octi-work start
    gives 2 '' 'octi-work: CONNECTOR_ID is not set (nor id in section [connector] of a configuration file)'
}

@test "a work from its beginning to its end" {
    started -n whole
    forget_requests
    try octi-work received "$work" 'mëssage'
    gives 0 '' ''
    try octi-work expect "$work" 3
    gives 0 '' ''
    try octi-work report "$work"
    gives 0 '' ''
    try octi-work report "$work" --error 'bad one' --source 'tool--1'
    gives 0 '' ''
    [ "$(shown '[.status, .tracking.import_expected_number, .tracking.import_processed_number, .messages[0].message, (.errors | map([.message, .source]))]')" = \
        '["progress",3,2,"mëssage",[["bad one","tool--1"]]]' ]
    try octi-work processed "$work" 'all done'
    gives 0 '' ''
    [ "$(shown .status)" = '"progress"' ]
    octi-work report "$work"
    [ "$(shown .status)" = '"complete"' ]
    [ "$(requests | jq -c '[.operation, (.variables | del(.id))] | select(.[0] | IN("WorkQuery", "WorkAliveQuery") | not)')" = '["workToReceived",{"message":"mëssage"}]
["addExpectations",{"expectations":3}]
["reportExpectation",{"error":null}]
["reportExpectation",{"error":{"error":"bad one","source":"tool--1"}}]
["workToProcessed",{"message":"all done","inError":false}]
["reportExpectation",{"error":null}]' ]
}

@test "--error takes a text for report, and is a flag for processed, anywhere" {
    local words
    for words in "processed --error WORK text" "processed WORK --error text" "processed WORK text --error" "--error processed WORK text"; do
        started
        forget_requests
        # shellcheck disable=SC2086
        try octi-work ${words/WORK/$work}
        gives 0 '' ''
        [ "$(requests workToProcessed | jq -c '.variables | [.message, .inError]')" = '["text",true]' ]
    done
    started
    try octi-work report --error=text "$work" --source x
    gives 0 '' ''
    try octi-work report "$work" --error
    gives 2 '' 'octi-work: --error needs an argument: [TEXT]; see octi-work --help'
}

@test "processed: a work without expectations is complete at once" {
    started
    try octi-work processed "$work"
    gives 0 '' ''
    [ "$(shown .status)" = '"complete"' ]
}

@test "processed in error: wait says so" {
    started
    octi-work processed --error "$work" 'the feed is gone'
    try octi-work wait "$work"
    ends 1
    is_text stderr "$err" 'octi-work: complete with 1 error, the first: the feed is gone'
    [ "$(jq -r .id "$out")" = "$work" ]
}

@test "wait: 0 without errors, and the work is printed" {
    started
    octi-work expect "$work" 1
    octi-work processed "$work"
    (sleep 0.5 && octi-work report "$work") 3>&- 4>&- &
    try octi-work wait "$work" --timeout 30
    wait
    ends 0
    assert_file_empty "$err"
    [ "$(jq -c '[.id, .status, .tracking.import_processed_number]' "$out")" = "[\"$work\",\"complete\",1]" ]
}

@test "wait: 1 with errors, counted" {
    started
    octi-work expect "$work" 2
    octi-work report "$work" --error one
    octi-work report "$work" --error two
    octi-work processed "$work"
    try octi-work wait "$work"
    ends 1
    is_text stderr "$err" 'octi-work: complete with 2 errors, the first: one'
}

@test "wait: 75 when time is up, at once with 0" {
    started
    octi-work expect "$work" 5
    octi-work report "$work"
    try octi-work wait "$work" --timeout 0.3
    gives 75 '' 'octi-work: the work is not complete: 1 of 5 objects'
    try octi-work wait "$work" --timeout 0
    gives 75 '' 'octi-work: the work is not complete: 1 of 5 objects'
}

@test "wait: ends on a signal, not complete" {
    started
    octi-work expect "$work" 5
    octi-work wait "$work" >"$out" 2>"$err" 3>&- 4>&- &
    until_true 10 eval '[ "$(requests WorkQuery | wc -l)" -ge 1 ]'
    kill -TERM $!
    status=0
    wait $! || status=$?
    assert_equal "$status" 75
    says_one_line
    grep -qE '^octi-work: (the work is not complete: 0 of 5 objects|.*stopped by signal 15)$' "$err"
}

@test "wait: no bar without a terminal, one with, after a second" {
    started
    octi-work expect "$work" 4
    octi-work report "$work"
    try octi-work wait "$work" --timeout 2.5
    gives 75 '' 'octi-work: the work is not complete: 1 of 4 objects'
    cat >terminal.py <<'PY'
import os, pty, sys
status = pty.spawn(sys.argv[1:], lambda fd: os.read(fd, 65536), lambda fd: b"")
sys.exit(os.waitstatus_to_exitcode(status))
PY
    try python3 terminal.py octi-work wait "$work" --timeout 2.5
    ends 75
    grep -q objects "$out"
    grep -q '1.*4' "$out"
}

@test "wait: troubles of the platform" {
    started
    faults '[{"match":"WorkQuery","status":500}]'
    try octi-work wait "$work" --timeout 5
    ends 75 'HTTP 500'
    says_one_line
}

@test "alive" {
    started
    try octi-work alive "$work"
    gives 0 '' ''
    octi-work processed "$work"
    try octi-work alive "$work"
    gives 0 '' ''
    control POST "works/$work/kill"
    try octi-work alive "$work"
    gives 1 '' "octi-work: there is no work $work"
}

@test "a work that is gone" {
    started
    try octi-work delete "$work"
    gives 0 '' ''
    local verb
    for verb in alive show wait processed; do
        try octi-work $verb "$work"
        gives 1 '' "octi-work: there is no work $work"
    done
    try octi-work ping "$work"
    ends 1 '^octi-work: pingWork: '
    says_one_line
}

@test "ping" {
    started
    forget_requests
    try octi-work ping "$work"
    gives 0 '' ''
    [ "$(operations)" = pingWork ]
}

@test "list: newest first, only this connector's, as many as wanted, over several pages" {
    local ids=() n
    for n in 1 2 3; do
        ids=("$(octi-work start -n $n)" "${ids[@]}")
    done
    try octi-work list
    ends 0
    [ "$(jq -r .id "$out" | paste -sd ' ')" = "${ids[*]}" ]
    [ "$(jq -r .name "$out" | paste -sd ' ')" = '3 2 1' ]
    try octi-work list --limit 2
    [ "$(jq -r .name "$out" | paste -sd ' ')" = '3 2' ]
    try octi-work list --limit 0
    gives 0 '' ''
    new_connector
    octi-register >"$out"
    try octi-work list
    gives 0 '' ''
}

@test "6.7: one expectation is held open until processed" {
    oldest
    try octi-work start -v -n old
    ends 0
    is_text stderr "$err" 'octi-work: the platform has no multipart works; an expectation is held open'
    work=$(cat "$out")
    [ "$(requests | jq -c '[.operation, .errors[0], (.variables | del(.id))]')" = "[\"workAdd\",\"GRAPHQL_VALIDATION_FAILED\",{\"connectorId\":\"$CONNECTOR_ID\",\"friendlyName\":\"old\",\"isMultiPartWork\":true}]
[\"workAdd\",null,{\"connectorId\":\"$CONNECTOR_ID\",\"friendlyName\":\"old\"}]
[\"workToReceived\",null,{\"message\":\"octi: one expectation is held open until the work is processed\"}]
[\"addExpectations\",null,{\"expectations\":1}]" ]
    octi-work expect "$work" 2
    octi-work report "$work"
    octi-work report "$work"
    # Workers that are faster than we are do not close it.
    try octi-work wait "$work" --timeout 0.3
    gives 75 '' 'octi-work: the work is not complete: 2 of 3 objects'
    try octi-work alive "$work"
    gives 0 '' ''
    try octi-work processed "$work" 'all sent'
    gives 0 '' ''
    try octi-work wait "$work"
    ends 0
    [ "$(shown '[.status, .tracking.import_expected_number, .tracking.import_processed_number]')" = '["complete",3,3]' ]
}

@test "6.7: processed in error, gone, a work of somebody else without a held expectation" {
    oldest
    started
    octi-work processed --error "$work" wrong
    try octi-work wait "$work"
    ends 1
    is_text stderr "$err" 'octi-work: complete with 1 error, the first: wrong'
    octi-work delete "$work"
    for verb in alive show processed; do
        try octi-work $verb "$work"
        gives 1 '' "octi-work: there is no work $work"
    done
    work=$(octi-query -r workAdd.id -v id="$CONNECTOR_ID" 'mutation($id: String!) { workAdd(connectorId: $id) { id } }')
    octi-work expect "$work" 1
    forget_requests
    octi-work processed "$work"
    [ "$(operations)" = 'WorkAliveQuery WorkQuery workToProcessed' ]
    [ "$(shown .tracking.import_processed_number)" != 1 ]
}

@test "mistakes of the call, before any request" {
    try octi-work
    gives 2 '' 'octi-work: a verb is missing; see octi-work --help'
    try octi-work begin
    gives 2 '' 'octi-work: no such verb: begin; see octi-work --help'
    try octi-work show
    gives 2 '' 'octi-work: show: ID is missing; see octi-work --help'
    try octi-work show a b
    gives 2 '' 'octi-work: show: too many operands: b; see octi-work --help'
    try octi-work expect a
    gives 2 '' 'octi-work: expect: N is missing; see octi-work --help'
    local n
    for n in x 1.5 99999999999 ''; do
        try octi-work expect a "$n"
        gives 2 '' "octi-work: expect: not a number of expectations: $n"
    done
    try octi-work wait a --timeout 1m
    gives 2 '' 'octi-work: --timeout: not a number of seconds: 1m; see octi-work --help'
    try octi-work list --limit -1
    gives 2 '' 'octi-work: --limit: not a number: -1; see octi-work --help'
    [ -z "$(requests)" ]
}

@test "refusals and troubles" {
    OPENCTI_TOKEN=nobody try octi-work start
    ends 1 '^octi-work: workAdd: AUTH_REQUIRED: '
    OPENCTI_TOKEN=$(token reader) try octi-work start
    ends 1 '^octi-work: workAdd: FORBIDDEN_ACCESS: '
    faults '[{"match":"workAdd","status":500}]'
    try octi-work start
    gives 75 '' 'octi-work: workAdd: HTTP 500'
    faults '[{"match":"workEdit","graphql_code":"LOCK_ERROR","message":"busy"}]'
    try octi-work received work_1
    gives 75 '' 'octi-work: workToReceived: LOCK_ERROR: busy'
    faults
    status=0
    octi-work start >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-work: stdout: No space left on device$'
}
