#!/usr/bin/env bats
# What dies while octi-listen works on a job. The broker is this file's own.

load listen

setup_file() {
    own_broker
    platform_up platform --release 7
}

teardown_file() { services_down; }

setup() {
    broker_again
    begin_listening INTERNAL_ENRICHMENT
    export CONNECTOR_LOG_LEVEL=INFO
}

teardown() { listen_down; }

# slow SECONDS: a handler that takes so long; `begun` and `ended` have a line for each run.
slow() {
    printf '#!/bin/sh\necho $$ >>begun; sleep %s; echo $$ >>ended; printf "%%s\\n" '"'%s'"'\n' "$1" "$malware" >handler
}
has_lines() { [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; } # FILE COUNT
runs() { until_true 20 has_lines begun "$1"; }                # COUNT: the handler has begun so often

kill_listener() {
    kill -KILL "$listener"
    wait "$listener" 2>/dev/null || :
}
waits() { [ "$(listen_depth)" -eq "$1" ]; } # COUNT: so many jobs are in the queue, and nobody has them
done_once_more() { # the work is closed without an error, its objects are there, the queue is empty
    complete "$work"
    until_true 20 waits 0
    stop 0
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
    assert_equal "$(contents | jq -r '.objects[].name' | sort -u)" Feodo
    assert_equal "$(listen_depth)" 0
}

# ---- kill -9

@test "killed before the handler: the job runs by the next start" {
    slow 0
    faults '[{"match": "workToReceived", "delay": 3}]'
    listen -- ./handler
    enrich
    until_true 10 eval 'asked | grep -q workToReceived'
    kill_listener
    until_true 10 waits 1
    faults
    assert_file_not_exists begun
    listen -- ./handler
    done_once_more
}

@test "killed during the handler: the handler is ended, the job runs again" {
    slow 20
    listen -- ./handler
    enrich
    runs 1
    kill_listener
    until_true 10 gone "$(cat begun)"
    until_true 10 waits 1
    assert_file_not_exists ended
    slow 0
    listen -- ./handler
    done_once_more
    assert_equal "$(wc -l <begun)" 2
}

@test "killed after the handler, between confirm and acknowledgement: the job runs again" {
    slow 0
    faults '[{"match": "workToProcessed", "delay": 3}]'
    listen -- ./handler
    enrich
    until_true 10 eval 'asked | grep -q workToProcessed'
    kill_listener
    arrive 1
    until_true 10 waits 1
    faults
    listen -- ./handler
    runs 2
    done_once_more
    assert_equal "$(wc -l <begun)" 2
}

@test "--journal: acknowledged when it is begun, there after kill -9, gone when it is done" {
    mkdir journal
    slow 20
    listen --journal journal -- ./handler
    enrich
    runs 1
    settled_in journal 1
    kill_listener
    until_true 10 gone "$(cat begun)"
    assert_equal "$(listen_depth)" 0
    assert_equal "$(jq -r .internal.work_id journal/*.json)" "$work"
    slow 0
    listen --journal journal -- ./handler
    done_once_more
    settled_in journal 0
}

@test "--journal: runs on when the broker is gone, and is sent when it is back" {
    mkdir journal
    slow 2
    listen --journal journal -- ./handler
    enrich
    runs 1
    broker_kill "$OCTI_BROKER"
    says err 'trying again'
    until_true 10 has_lines ended 1
    broker_restart "$OCTI_BROKER"
    says err 'listening again'
    done_once_more
    settled_in journal 0
}

# ---- signals

@test "SIGTERM: the job that runs ends, and no other is begun" {
    slow 2
    listen -- ./handler
    enrich
    local first=$work
    enrich
    runs 1
    stop 0
    assert_equal "$(wc -l <ended)" 1
    assert_equal "$(work "$first" | jq -c '[.processed_time != null, .errors]')" '[true,[]]'
    assert_equal "$(listen_depth)" 1
    assert_equal "$(work "$work" | jq -r .status)" wait
}

@test "SIGTERM: a job that does not end within --grace goes back, its work open" {
    slow 60
    listen --grace 1 -- ./handler
    enrich
    runs 1
    stop 0
    until_true 5 gone "$(cat begun)"
    assert_equal "$(listen_depth)" 1
    assert_equal "$(work "$work" | jq -c '[.status, .errors]')" '["progress",[]]'
    assert_equal "$(find "$TMPDIR" -mindepth 1)" ''
}

@test "SIGTERM: a handler that does not want to end is killed" {
    printf '#!/bin/sh\ntrap "" TERM; echo $$ >>begun; while :; do sleep 0.1; done\n' >handler
    listen --grace 1 -- ./handler
    enrich
    runs 1
    stop 0
    until_true 5 gone "$(cat begun)"
    assert_equal "$(listen_depth)" 1
}

@test "SIGHUP: the configuration is read again, and the job that runs is not" {
    mkdir -p "$XDG_CONFIG_HOME/octi"
    unset CONNECTOR_NAME
    printf '[connector]\nname = One\n' >"$XDG_CONFIG_HOME/octi/config.ini"
    slow 2
    listen -v -- ./handler
    enrich
    runs 1
    printf '[connector]\nname = Two\n' >"$XDG_CONFIG_HOME/octi/config.ini"
    kill -HUP "$listener"
    says err 'the configuration is read again'
    until_true 5 eval '[ "$(control GET connectors | jq -r --arg id "$CONNECTOR_ID" ".[] | select(.id == \$id).name")" = Two ]'
    printf '[connector\n' >"$XDG_CONFIG_HOME/octi/config.ini"
    kill -HUP "$listener"
    says err 'the configuration stays as it was: '
    printf '[connector]\nname = Two\n' >"$XDG_CONFIG_HOME/octi/config.ini"
    done_once_more
    assert_equal "$(wc -l <begun)" 1
}

# ---- the broker

@test "the broker is restarted during the handler: run once, acknowledged on the new connection" {
    printf '#!/bin/sh\necho $$ >>begun; while [ ! -e go ]; do sleep 0.1; done; printf "%%s\\n" '"'%s'"'\n' "$malware" >handler
    listen -- ./handler
    enrich
    runs 1
    broker_kill "$OCTI_BROKER"
    says err 'trying again'
    broker_restart "$OCTI_BROKER"
    says err 'listening again'
    until_true 10 waits 0
    touch go
    done_once_more
    assert_equal "$(grep -c 'trying again' err)" 1
    assert_equal "$(wc -l <begun)" 1
}

@test "the broker is gone when the output is to be sent: it waits, and no try is lost" {
    printf '#!/bin/sh\necho $$ >>begun; while [ ! -e go ]; do sleep 0.1; done; printf "%%s\\n" '"'%s'"'\n' "$malware" >handler
    listen --max-tries 1 -- ./handler
    enrich
    runs 1
    broker_kill "$OCTI_BROKER"
    touch go
    sleep 1
    broker_restart "$OCTI_BROKER"
    says err 'listening again'
    done_once_more
}

@test "the queue is deleted: it is made again, and the next job is taken" {
    slow 0
    listen -- ./handler
    until_true 10 _listening
    amqp 'c.queue_delete(queue.replace("push_", "listen_"))'
    says err 'listening again'
    enrich
    done_once_more
}

@test "the connector is deleted on the platform: registered again, and the next job is taken" {
    slow 0
    listen -- ./handler
    until_true 10 _listening
    control POST "connector/$CONNECTOR_ID/delete" >/dev/null
    says err 'the platform does not know the connector any more; registering again'
    says err 'listening again'
    until_true 10 known
    enrich
    done_once_more
}

@test "the broker is away when the handler ends: what is done is not done again" {
    printf '#!/bin/sh\necho x >>begun; until [ -e go ]; do sleep 0.1; done\n' >handler
    listen -- ./handler
    enrich
    runs 1
    broker_kill "$OCTI_BROKER"
    says err 'trying again'
    touch go
    complete "$work"
    broker_restart "$OCTI_BROKER"
    says err 'listening again'
    until_true 20 waits 0
    sleep 1
    stop 0
    assert_equal "$(wc -l <begun)" 1
    assert_equal "$(listen_depth)" 0
}

# ---- our own disk

@test "--journal: a directory is one listener's" {
    mkdir journal
    slow 0
    listen --journal journal -- ./handler
    run -75 timeout 20 octi-listen --journal journal -- ./handler
    assert_output 'octi-listen: journal: another octi-listen has it'
    stop 0
}

@test "--journal: only files of jobs are touched" {
    mkdir journal
    echo '{}' >journal/notes.json
    echo '{' >journal/job-20260101-000000-1-1-000001.json.tmp
    slow 0
    listen --journal journal -- ./handler
    enrich
    done_once_more
    assert_equal "$(ls journal)" notes.json
}

@test "--journal: cannot be written: the job waits at the broker" {
    mkdir journal
    slow 0
    listen --journal journal -- ./handler
    until_true 20 _listening
    rm -r journal
    enrich
    says err 'journal: .*; jobs wait'
    assert_file_not_exists begun
    mkdir journal
    done_once_more
    assert_equal "$(grep -c 'jobs wait' err)" 1
}

@test "--journal: while 100 jobs wait for another try, the others stay in the queue" {
    mkdir journal
    printf '#!/bin/sh\nexit 75\n' >handler
    listen -j 2 --max-tries 100 --journal journal -- ./handler
    amqp 'for i in range(110): c.basic_publish("", queue.replace("push_", "listen_"), b"""{"internal": {}, "event": {"n": %d, "entity_id": "x", "stix_entity": "{}", "stix_objects": "[]"}}""" % i)'
    until_true 60 settled_in journal 102
    sleep 2
    assert_equal "$(settled_in journal 102 && echo yes)" yes
    stop 0
    assert_equal "$(listen_depth)" 8
}

@test "--dead-letter: cannot be written: the job stays, and is not run again" {
    printf '#!/bin/sh\necho x >>begun; exit 1\n' >handler
    mkdir dead
    listen --dead-letter dead -- ./handler
    rm -r dead
    enrich
    says err 'dead letter: dead/.*; the job stays'
    sleep 1
    assert_equal "$(wc -l <begun)" 1
    stop 0
    assert_equal "$(listen_depth)" 1
}

@test "a TMPDIR that is gone: the job waits" {
    slow 0
    listen -- ./handler
    until_true 20 _listening # its own files are there
    mv "$TMPDIR" away
    enrich
    says err "$TMPDIR/octi-job.*No such file"
    mv away "$TMPDIR"
    done_once_more
    assert_equal "$(find "$TMPDIR" -mindepth 1)" ''
}

@test "what a handler leaves beside its files goes with them" {
    printf '#!/bin/sh\n%s\n' 'cd "${OCTI_STATE%/*}" && mkdir -p deep/er && touch left deep/left deep/er/left' \
        "ln -s '$PWD/kept' link && ln -s '$PWD/kept' deep/er/link && mkfifo deep/pipe" >handler
    mkdir kept
    : >kept/file
    listen -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(find "$TMPDIR" -mindepth 1)" ''
    assert_file_exists kept/file
}

@test "a try after one that opened a draft takes it up" {
    begin_listening INTERNAL_IMPORT_FILE
    slow 0
    faults '[{"match": "workToProcessed", "delay": 3}]'
    listen -- ./handler
    job '{"work_id": "new", "draft_id": null}' '{"file_id": "import/global/f.csv", "force_validation": true, "validation_mode": "draft"}'
    until_true 10 eval 'asked | grep -q workToProcessed'
    kill_listener
    until_true 10 waits 1
    faults
    listen -- ./handler
    runs 2
    complete "$work"
    stop 0
    assert_equal "$(requests draftWorkspaceAdd | wc -l)" 1
    assert_equal "$(messages | jq -c .body.draft_id | sort | uniq -c | sed 's/"//g')" "      2 $(work "$work" | jq -r .draft_context)"
}

# ---- the platform

@test "the platform fails when the job is received, and when it is processed: it waits, and no try is lost" {
    slow 0
    faults '[{"match": "workToReceived", "status": 500, "times": 2}, {"match": "workToProcessed", "status": 503, "times": 2}]'
    listen --max-tries 1 -- ./handler
    enrich
    closed
    stop 0
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
    assert_equal "$(listen_depth)" 0
    assert_regex "$(sed -n 2p err)" '^octi-listen: warning: .*HTTP 50[03]'
}

# A handler that takes the platform away while it runs, the first time, and prints the text.
handler_before_fall() { # FAULTS TEXT
    printf '%s' "$1" >fall
    printf '%s\n' '#!/bin/sh' '[ -e begun ] || curl -fsS --data-binary @fall "$OPENCTI_URL/_test/faults" >/dev/null' \
        'echo x >>begun' "printf '%s\n' '$2'" >handler
}

@test "the platform is away when a file is to be handed in: it waits, and no try is lost; when it only refuses the file, one is" {
    begin_listening INTERNAL_EXPORT_FILE
    local event='{"export_scope": "single", "export_type": "simple", "format": "text/csv", "file_name": "a.csv", "entity_id": "'$entity'",
        "entity_type": "IPv4-Addr", "file_markings": []}'
    handler_before_fall '[{"match": "StixDomainObjectEdit", "status": 503}, {"match": "ConnectorState", "status": 503}]' a,b
    listen --max-tries 1 -- ./handler
    job '{"work_id": "new"}' "$event"
    says err 'tries=1'
    faults
    complete "$work"
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
    runs 2
    rm begun
    handler_before_fall '[{"match": "StixDomainObjectEdit", "status": 503}]' a,b
    job '{"work_id": "new"}' "$event"
    complete "$work"
    stop 0
    assert_regex "$(work "$work" | jq -r '.errors[].message')" 'HTTP 503'
    runs 1
}

@test "the platform fails in the middle: the entity, the state, what is expected" {
    local call
    slow 0
    listen --max-tries 1 -- ./handler
    for call in stix ConnectorState addExpectations; do
        faults '[{"match": "'$call'", "status": 503, "times": 1}]'
        enrich
        closed
        assert_equal "$(work "$work" | jq -c .errors)" '[]'
    done
    stop 0
    assert_equal "$(listen_depth)" 0
    assert_equal "$(grep -c 'HTTP 503' err)" 3
}

@test "the platform fails when the work is to be closed in error: tried again until it is" {
    printf '#!/bin/sh\necho x >>begun; echo no >&2; exit 1\n' >handler
    faults '[{"match": "workToProcessed", "status": 503, "times": 2}]'
    listen --max-tries 1 -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(work "$work" | jq -c '[.errors[].message]')" '["no -- the handler exited with status 1"]'
}

@test "a work that was deleted meanwhile: the job ends" {
    printf '#!/bin/sh\ncurl -sS -X POST "%s/_test/works/$OCTI_WORK_ID/kill" >/dev/null; touch ended\n' "$OPENCTI_URL" >handler
    listen -- ./handler
    enrich
    until_true 10 test -e ended
    says err "$work"
    stop 0
    assert_equal "$(listen_depth)" 0
}

# ---- much of it

# count NAME: how many; OCTI_TEST_NAME, or the number after it, or the last one when the programs check themselves.
count() {
    local name=OCTI_TEST_$1
    case $OCTI_BUILD in
    */san) echo "${!name:-$3}" ;;
    *) echo "${!name:-$2}" ;;
    esac
}

# Notes the memory of the listener and its processes that no file stands behind, in kB; true when the job is closed.
watched() {
    local pid
    for pid in "$listener" $(pgrep -P "$listener"); do
        sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null >>anonymous || :
    done
    _closed
}

@test "500 MB of objects: all of it is sent, and no process of ours holds it in memory" {
    local megabytes
    megabytes=$(count MEGABYTES 500 100)
    control POST worker/pause >/dev/null
    cat >handler <<END
#!/bin/sh
cat >/dev/null
head -c 1000000 /dev/zero | tr '\\000' x | awk '{for (i = 0; i < $megabytes; i++)
    printf "{\"type\": \"malware\", \"id\": \"malware--%08d-4444-4444-8444-444444444444\", \"name\": \"%s\"}\\n", i, \$0}'
END
    CONNECTOR_LOG_LEVEL=WARNING listen -- ./handler
    enrich
    until_true 120 watched
    stop 0
    assert_equal "$(cat err)" ''
    assert_equal "$(depth)" "$megabytes"
    assert_equal "$(work "$work" | jq -c '[.import_expected_number, .errors]')" "[$megabytes,[]]"
    amqp 'c.queue_purge(queue)'
    control POST worker/resume >/dev/null
    case $OCTI_BUILD in */san) ;; *) assert [ "$(sort -n anonymous | tail -n 1)" -lt 20000 ] ;; esac
}

@test "an object that no message can hold: the work is in error, and names it" {
    cat >handler <<'END'
#!/bin/sh
printf '{"type": "malware", "id": "malware--44444444-4444-4444-8444-444444444444", "name": "'
head -c 101000000 /dev/zero | tr '\000' x
echo '"}'
END
    listen -- ./handler
    enrich
    until_true 60 _closed
    stop 0
    assert_regex "$(work "$work" | jq -r '.errors[].message')" \
        'object 1 \(malware--44444444-4444-4444-8444-444444444444\)\) of [0-9]+ bytes: 406 PRECONDITION_FAILED'
    assert_equal "$(listen_depth)" 0
}

# ---- all of it

@test "1,000 jobs, eight at a time, kill -9 every two seconds: all objects arrive, and no work stays open" {
    cat >handler <<'END'
#!/bin/sh
n=$(jq -r .n)
sleep 0.1
printf '{"type": "malware", "id": "malware--%08d-0000-4000-8000-000000000000", "name": "M%d", "is_family": true}\n' "$n" "$n"
END
    chmod +x handler
    mkdir dead
    octi-register >/dev/null
    local count i
    count=$(count JOBS 1000 200)
    for ((i = 1; i <= count; i++)); do
        jq -n -r --arg n "$i" --arg id "$entity" --arg url "$OPENCTI_URL/_test/connector/$CONNECTOR_ID/job" '"next", "url = \"\($url)\"",
            "data = \({internal: {work_id: "new"}, event: {n: $n | tonumber, entity_id: $id, entity_type: "IPv4-Addr"}} | tojson | tojson)"'
    done >posts
    curl -sS --fail-early --fail-with-body -K posts | jq -r .work_id >ids
    assert_equal "$(sort -u ids | wc -l)" "$count"
    open_works() { works | jq -r 'select(.status != "complete") | .id' | wc -l; }
    local left=120 starts=0
    while [ "$(open_works)" -gt 0 ]; do
        assert [ $((left -= 1)) -gt 0 ]
        octi-listen -j 8 --dead-letter dead -- ./handler 2>>err 3>&- 4>&- &
        listener=$!
        starts=$((starts + 1))
        sleep 2
        kill_listener
    done
    octi-listen -j 8 -- ./handler 2>>err 3>&- 4>&- &
    listener=$!
    until_true 60 waits 0
    sleep 1
    stop 0
    assert_equal "$(listen_depth)" 0
    settled_in dead 0
    assert_equal "$(works | jq -c .errors | sort -u)" '[]'
    assert_equal "$(contents | jq -r '.objects[].name' | sort -u | wc -l)" "$count"
    assert [ "$starts" -ge 2 ]
}
