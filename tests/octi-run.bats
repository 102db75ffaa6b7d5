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
        'ConnectorQueue ConnectorWorksQuery ConnectorMemory workAdd workToReceived addExpectations ConnectorQueue WorkAliveQuery ConnectorMemory ConnectorMemory WorkAliveQuery workToProcessed'
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

@test "nothing printed: no work; the state has the time of the run" {
    feed 'echo; printf " \t\n"'
    try octi-run --once -- ./feed
    gives 0 '' ''
    assert_equal "$(asked | grep work)" ''
    assert_equal "$(works)" ''
    assert_regex "$(state)" '^\{"last_run": "'
}

@test "bundles one a line, and objects one a line, are one bundle" {
    small_bundle
    feed "jq -c . b.json; $(prints 2)"
    try octi-run --once -- ./feed
    gives 0 '' ''
    arrive 5
    assert_equal "$(works | wc -l)" 1
    assert_equal "$(contents | jq -r '.objects[].name // .objects[].id' | LC_ALL=C sort | paste -sd ' ')" \
        'Feodo M1 M2 café relationship--22222222-2222-4222-8222-222222222222'
    complete "$(works | jq -r .id)"
    assert_equal "$(works | jq -c '[.errors, .tracking.import_expected_number]')" '[[],5]'
}

@test "more than there is memory for is kept in a file, and sent" {
    feed 'octi-bundle big.json'
    many 600 10000 >big.json
    try octi-run --once -- ./feed
    gives 0 '' ''
    arrive 600
}

@test "what the command is given" {
    export OCTI_WORK_ID=other OCTI_DRAFT_ID=other
    feed 'env >environment; cat >stdin; echo "$*" >arguments; cat "$OCTI_STATE" >state.seen; jq -r .id "$OCTI_REGISTRATION" >id.seen'
    try octi-run --once -- ./feed one 'two words'
    gives 0 '' ''
    assert_equal "$(cat arguments id.seen state.seen stdin)" "one two words
$CONNECTOR_ID
{}"
    assert_equal "$(grep -oE '^OCTI_[A-Z_]+' environment | LC_ALL=C sort | grep -vE 'BUILD|BROKER|PYTHON|RABBITMQ|SHARE' | paste -sd ' ')" \
        'OCTI_APPLICANT_ID OCTI_REGISTRATION OCTI_STATE'
    assert_equal "$(sed -n 's/^OCTI_APPLICANT_ID=//p' environment)" "$connector_user"
}

@test "the output is larger than a file may be: 75, and nothing is sent; the command's own files are its affair" {
    many 600 10000 >big.json
    feed 'cat big.json; (ulimit -f 0; echo x >grown); echo $? >status.seen'
    octi-register >/dev/null
    said=$({ ulimit -f 100 && octi-run --once -- ./feed; } 2>&1) || status=$?
    assert_equal "$status" 75
    assert_regex "$said" '^octi-run: warning: a temporary file: File too large'
    assert_equal "$(state)$(messages)" ''
    feed '(ulimit -f 0; echo x >grown) 2>/dev/null; echo $? >status.seen'
    try octi-run --once -- ./feed
    ends 0
    assert_equal "$(cat status.seen)" 153
}

@test "a work has the name that is given" {
    feed "echo '$malware'"
    try octi-run --once --work 'Ours "é"' -- ./feed
    gives 0 '' ''
    assert_equal "$(works | jq -r .name)" 'Ours "é"'
}

@test "platforms without multipart works" {
    begin_running six
    feed "$(prints 3)"
    try octi-run --once -- ./feed
    gives 0 '' ''
    arrive 3
    complete "$(works | jq -r .id)"
    assert_equal "$(works | jq -c .errors)" '[]'
    assert_regex "$(state)" '"last_run"'
}

@test "objects that are no objects of the platform are named, and the others are sent" {
    feed "echo '$malware'; echo '{\"type\": \"x-other\", \"id\": \"x-other--44444444-4444-4444-8444-444444444444\"}'"
    try octi-run --once -- ./feed
    gives 0 '' 'octi-run: warning: x-other--44444444-4444-4444-8444-444444444444 is left out: type not supported'
}

@test "references to what is not there are dropped with --cleanup" {
    feed "jq -c '.created_by_ref = \"identity--77777777-7777-4777-8777-777777777777\"' <<END
$malware
END"
    try octi-run --once --cleanup -- ./feed
    gives 0 '' ''
    arrive 1
    assert_equal "$(contents | jq -r '.objects[].created_by_ref')" null
}

# ---- where it goes

@test "CONNECTOR_VALIDATE_BEFORE_IMPORT: into one draft, in parts too" {
    feed "$(prints 4)"
    export CONNECTOR_VALIDATE_BEFORE_IMPORT=true
    try octi-run --once -b 2 -- ./feed
    gives 0 '' ''
    arrive 4
    assert_equal "$(messages | jq -r .body.draft_id | sort -u | wc -l)" 1
    assert_equal "$(requests draftWorkspaceAdd | jq -r .variables.input.name)" "$(works | jq -r .id).json"
}

@test "CONNECTOR_QUEUE_PROTOCOL=api, and a directory beside it" {
    feed "echo '$malware'"
    mkdir spool
    export CONNECTOR_QUEUE_PROTOCOL=api CONNECTOR_SEND_TO_DIRECTORY=true CONNECTOR_SEND_TO_DIRECTORY_PATH=$PWD/spool
    try octi-run --once -- ./feed
    gives 0 '' ''
    arrive 1
    assert_equal "$(find spool -name '*.json' | wc -l)" 1
    complete "$(works | jq -r .id)"
}

@test "to a directory alone: no work" {
    feed "echo '$malware'"
    mkdir spool
    export CONNECTOR_SEND_TO_QUEUE=false CONNECTOR_SEND_TO_DIRECTORY=true CONNECTOR_SEND_TO_DIRECTORY_PATH=$PWD/spool
    try octi-run --once -- ./feed
    gives 0 '' ''
    assert_equal "$(find spool -name '*.json' | wc -l)" 1
    assert_equal "$(works)" ''
}

# ---- the state

@test "octi-state in the command works on the state, which is stored after success" {
    octi-register >/dev/null
    octi-state put <<<'{"cursor": 7, "last_run": "2024-01-01 00:00:00"}'
    feed 'octi-state get >state.seen; octi-state set cursor=8'
    try octi-run --once -- ./feed
    gives 0 '' ''
    assert_equal "$(jq -c . state.seen)" '{"cursor":7,"last_run":"2024-01-01 00:00:00"}'
    assert_regex "$(state | jq -c .)" '^\{"cursor":"8","last_run":"202[5-9]-'
}

@test "a command that sets last_run itself keeps it" {
    feed 'octi-state set last_run=1700000000'
    try octi-run --once -- ./feed
    gives 0 '' ''
    assert_equal "$(state | jq -c .)" '{"last_run":"1700000000"}'
}

@test "a failure leaves the state as it was" {
    octi-register >/dev/null
    octi-state put <<<'{"cursor": 7}'
    feed 'octi-state set cursor=8; exit 3'
    try octi-run --once -- ./feed
    ends 1
    assert_equal "$(state)" '{"cursor": 7}'
    feed 'octi-state set cursor=8; echo no STIX'
    try octi-run --once -- ./feed
    ends 1
    assert_equal "$(state)" '{"cursor": 7}'
}

@test "a state that is none any more: nothing is sent, and the state stays" {
    octi-register >/dev/null
    octi-state put <<<'{"cursor": 7}'
    local what
    for what in 'echo garbage >"$OCTI_STATE"' 'rm "$OCTI_STATE"' 'echo "[1]" >"$OCTI_STATE"' \
        'rm "$OCTI_STATE"; mkfifo "$OCTI_STATE"' 'rm "$OCTI_STATE"; mkdir -p "$OCTI_STATE/in/it"'; do
        feed "echo '$malware'; $what"
        try timeout 60 octi-run --once -- ./feed
        ends 1 '^octi-run: .*/state\.json: (not a JSON object|not a regular file|No such file or directory) \(status=0\)$'
        assert_equal "$(state)$(messages)" '{"cursor": 7}'
        assert_equal "$(find "$TMPDIR" -mindepth 1)" ''
    done
}

@test "a work that is deleted during the run: its objects are not imported, so the state stays" {
    octi-register >/dev/null
    octi-state put <<<'{"cursor": 7}'
    control POST worker/pause >/dev/null
    feed "$(prints 2); until [ -e go ]; do sleep 0.05; done; $(prints 2 3)"
    running --once --batch 2 -- ./feed
    until_true 10 eval '[ "$(works | jq .tracking.import_expected_number)" = 2 ]'
    control POST "works/$(works | jq -r .id)/kill" >/dev/null
    touch go
    ended 1
    control POST worker/resume >/dev/null
    assert_regex "$(cat err)" '^octi-run: work work_[^ ]* was deleted \(status=0\)$'
    assert_equal "$(wc -l <err)" 1
    assert_equal "$(state)" '{"cursor": 7}'
}

@test "a reset before a run: the command sees none, and what it stores stays" {
    octi-register >/dev/null
    octi-state put <<<'{"cursor": 7}'
    control POST "connector/$CONNECTOR_ID/reset" >/dev/null
    feed 'octi-state get >state.seen; octi-state set cursor=1'
    try octi-run --once -- ./feed
    gives 0 '' ''
    assert_equal "$(cat state.seen)" '{}'
    assert_regex "$(state)" '^\{"cursor": "1", "last_run"'
}

@test "a reset during a run counts, also of a state that is empty" {
    feed 'curl -sS -X POST "$URL/_test/connector/$CONNECTOR_ID/reset" >/dev/null; octi-state set cursor=9'
    export URL=$OPENCTI_URL
    for _ in 1 2; do
        try octi-run --once -- ./feed
        gives 0 '' 'octi-run: warning: the state was reset or changed on the platform during the run, and stays as it is there'
        assert_equal "$(state)" ''
        [ -e once ] || { octi-state put <<<'{"cursor": 7}' && touch once; }
    done
}

@test "a ping during a run leaves the state alone, also when there is none yet" {
    octi-register -o registration
    export OCTI_REGISTRATION=$PWD/registration # it pings at once then
    faults '[{"match": "PingConnector", "delay": 1, "times": 1}]'
    feed 'until [ -e go ]; do sleep 0.05; done; octi-state set cursor=1'
    running --once -- ./feed
    until_true 10 eval '[ "$(connector | jq ".connector_state == \"null\"")" = true ]'
    touch go
    ended 0
    assert_equal "$(cat err)" ''
    assert_regex "$(state)" '^\{"cursor": "1", "last_run"'
}

@test "an edit during a run counts" {
    octi-register >/dev/null
    octi-state put <<<'{"cursor": 7}'
    feed 'OCTI_STATE= octi-state put <<END
{"cursor": 3}
END
octi-state set cursor=9'
    try octi-run --once -- ./feed
    ends 0 'was reset or changed on the platform'
    assert_equal "$(state)" '{"cursor": 3}'
}

# ---- statuses

@test "--once exits as the command did, where that means the same; else 1" {
    local case
    for case in 'exit 75|75|exited with status 75' 'exit 126|126|exited with status 126' 'exit 1|1|exited with status 1' \
        'exit 2|1|exited with status 2' 'exit 3|1|exited with status 3' 'kill -KILL $$|137|was killed by signal 9'; do
        feed "echo why >&2; ${case%%|*}"
        try octi-run --once -- ./feed
        gives "$(cut -d'|' -f2 <<<"$case")" '' "why
octi-run: the command ${case##*|} (status=$(sed 's/exit //; s/kill.*/137/' <<<"${case%%|*}"))"
    done
    try octi-run --once -- ./nowhere
    ends 127 'the command exited with status 127'
    try octi-run --once -- /
    ends 126 'the command exited with status 126'
    assert_equal "$(works)$(state)" ''
}

@test "a command that fails after it printed: nothing is sent, and a work says why" {
    feed "echo '$malware'; echo first >&2; echo 'not there' >&2; exit 4"
    try octi-run --once -- ./feed
    ends 1
    assert_equal "$(works | jq -c '[.status, [.errors[].message]]')" \
        '["complete",["first\nnot there -- the command exited with status 4"]]'
    assert_equal "$(messages)$(state)" ''
}

@test "what is no STIX is refused with its place, and a work says so" {
    feed "echo '$malware'; echo '{\"type\": \"malware\"}'"
    try octi-run --once -- ./feed
    gives 1 '' "octi-run: the command's output:2: object 2: it has no id (status=0)"
    assert_equal "$(works | jq -r '.errors[].message')" "the command's output:2: object 2: it has no id"
    assert_equal "$(messages)$(state)" ''
}

@test "--timeout: ended, and 75" {
    feed "echo '$malware'; sleep 30"
    try octi-run --once --timeout 0.5 --grace 1 -- ./feed
    gives 75 '' 'octi-run: the command ran longer than 0.5 s (status=143)'
    assert_equal "$(messages)$(state)" ''
}

@test "--retry: again after a failure, as often as that" {
    feed 'echo x >>begun; [ "$(wc -l <begun)" -ge 3 ] || exit 1'
    try octi-run --once --retry 1 -- ./feed
    ends 1
    assert_equal "$(wc -l <begun)" 2
    try octi-run --once --retry 1 -- ./feed
    ends 0
    assert_equal "$(wc -l <begun)" 3
    try octi-run --once --retry 5 -- ./nowhere
    ends 127
    assert_equal "$(grep -c 'status 127' "$err")" 1
}

@test "calls that are wrong: 2, and nothing is tried" {
    try octi-run --once
    gives 2 '' 'octi-run: no COMMAND; see octi-run --help'
    try octi-run --once -e 1h -- true
    gives 2 '' 'octi-run: --once, --every and --cron exclude each other; see octi-run --help'
    try octi-run -- true
    gives 2 '' 'octi-run: when to run: --every, --cron, --once, or CONNECTOR_DURATION_PERIOD'
    try octi-run -e 5 -- true
    ends 2 '^octi-run: --every: .*5'
    try octi-run --cron '61 * * * *' -- true
    ends 2 '^octi-run: --cron: '
    try octi-run -e 1h --jitter x -- true
    ends 2 '^octi-run: --jitter: '
    CONNECTOR_DURATION_PERIOD=60 try octi-run -- true
    ends 2 '^octi-run: CONNECTOR_DURATION_PERIOD \(environment\): '
    assert_equal "$(requests)" ''
}

# ---- the schedule

# scheduled TIME ARGS...: it is so late, and it is started, with a feed that notes when it begins, by the clock of the
# test, and ends when the file `ended.N` is there, N being the count of its runs.
scheduled() {
    own_clock "$1"
    feed 'date -u +%d/%T >>begun' 'unset LD_PRELOAD' 'until [ -e "ended.$(wc -l <begun)" ]; do sleep 0.02; done'
    running "${@:2}" -- ./feed
}
stops_after() { # COUNT: it is ended, and the feed has run so often
    stop 0
    assert_equal "$(wc -l <begun)" "$1"
}
_begun_at() { [ "$(tail -n 1 begun 2>/dev/null)" = "${1:8:2}/${1:11:8}" ]; }
_told() { [[ $(info .next_run_datetime) = \"$1\" ]]; }
told() { until_true 20 _told "$1"; } # TIME (a pattern): what the platform is told of the next run
begins_at() { # TIME: it is so late, and a run begins
    clock_stands "$1"
    until_true 20 _begun_at "$1"
}
ends_at() { # TIME N: it is so late, and the run, which is the Nth, ends. The clock goes, as something may have to wait.
    clock_stands "$1"
    clock_goes 1
    touch "ended.$2"
}

@test "--every: at once, then again and again, without drift, however long a run takes" {
    scheduled 2026-01-30T12:00:00Z -e 6h
    begins_at 2026-01-30T12:00:00Z
    ends_at 2026-01-30T14:00:00Z 1
    told 2026-01-30T18:00:00Z
    begins_at 2026-01-30T18:00:00Z
    ends_at 2026-01-30T23:30:00Z 2
    told 2026-01-31T00:00:00Z
    begins_at 2026-01-31T00:00:00Z
    ends_at 2026-01-31T00:00:30Z 3
    told 2026-01-31T06:00:00Z
    stops_after 3
    assert_regex "$(info '|[.run_and_terminate, .last_run_datetime]')" '^\[false,"2026-01-31T00:00:[0-9]{2}Z"\]$'
}

@test "--fixed-delay: counted from the end of a run" {
    scheduled 2026-01-30T12:00:00Z -e 6h --fixed-delay
    begins_at 2026-01-30T12:00:00Z
    ends_at 2026-01-30T14:00:00Z 1
    told '2026-01-30T20:00:*Z'
    begins_at 2026-01-30T20:01:00Z
    ends_at 2026-01-30T20:02:00Z 2
    told '2026-01-31T02:02:*Z'
    stops_after 2
}

@test "runs that were missed, for one took too long or the machine slept, are made up for by one" {
    scheduled 2026-01-30T12:00:00Z -e 1h
    begins_at 2026-01-30T12:00:00Z
    ends_at 2026-01-30T15:30:00Z 1
    began 2
    ends_at 2026-01-30T15:40:00Z 2
    told 2026-01-30T16:00:00Z
    begins_at 2026-01-31T01:40:00Z
    ends_at 2026-01-31T01:45:00Z 3
    told 2026-01-31T02:00:00Z
    stops_after 3
}

@test "--cron: at its times, and once for those that were slept through" {
    scheduled 2026-01-29T22:00:00Z --cron '30 3 * * *'
    told 2026-01-30T03:30:00Z
    assert_file_not_exists begun
    begins_at 2026-01-30T03:30:00Z
    ends_at 2026-01-30T03:40:00Z 1
    told 2026-01-31T03:30:00Z
    begins_at 2026-02-02T03:31:00Z
    ends_at 2026-02-02T03:32:00Z 2
    told 2026-02-03T03:30:00Z
    stops_after 2
}

@test "--jitter: later than the schedule has it, and by less than that" {
    scheduled 2026-01-30T12:00:00Z -e 6h --jitter 1h
    told '2026-01-30T1[23]:*Z'
    assert_file_not_exists begun
    begins_at 2026-01-30T13:00:01Z
    ends_at 2026-01-30T13:01:00Z 1
    told '2026-01-30T1[89]:*Z'
    [[ $(info .next_run_datetime) > '"2026-01-30T18:00:00Z"' && $(info .next_run_datetime) < '"2026-01-30T19:00:01Z"' ]]
    stops_after 1
}

@test "every 40 seconds the platform is told the state, and how it fares" {
    own_clock 2026-01-30T12:00:00Z
    octi-register >/dev/null
    octi-state put <<<'{"cursor": 7}'
    feed true
    running -e 6h -- ./feed
    told 2026-01-30T18:00:00Z
    clock_goes 1
    local i pings
    for i in 1 2 3; do
        pings=$(asked | grep -cx PingConnector)
        clock_jumps 45
        until_true 20 eval '[ "$(asked | grep -cx PingConnector)" -gt '"$pings"' ]'
    done
    stop 0
    assert_equal "$(arguments PingConnector | jq -c '[.state, (.connectorInfo | keys)]' | tail -n 1)" \
        "$(jq -nc '[$state, ["buffering", "last_run_datetime", "next_run_datetime", "queue_messages_size", "queue_threshold", "run_and_terminate"]]' \
            --arg state '{"cursor": 7, "last_run": "2026-01-30 12:00:00"}')"
}

@test "what is to be told while a ping is under way is told as soon as it has ended" {
    own_clock 2026-01-30T12:00:00Z
    octi-register -o registration
    export OCTI_REGISTRATION=$PWD/registration # it pings at once then
    faults '[{"match": "PingConnector", "delay": 2, "times": 1}]'
    feed 'exit 3' # it stores no state, for which it would wait until the ping has ended
    running -e 6h -- ./feed
    told 2026-01-30T18:00:00Z
    stop 0
}

@test "CONNECTOR_DURATION_PERIOD, as connectors have it; 0 and CONNECTOR_RUN_AND_TERMINATE are once" {
    feed 'echo x >>begun'
    CONNECTOR_DURATION_PERIOD=PT1S running -- ./feed
    began 2
    stop 0
    rm begun
    CONNECTOR_DURATION_PERIOD=PT0S try octi-run -- ./feed
    gives 0 '' ''
    CONNECTOR_DURATION_PERIOD=PT1S CONNECTOR_RUN_AND_TERMINATE=true try octi-run -- ./feed
    gives 0 '' ''
    assert_equal "$(wc -l <begun)" 2
    # in a config.yml a number is one of seconds
    printf 'connector:\n  duration_period: 1\n' >config.yml
    running -c config.yml -- ./feed
    began 4
    stop 0
    # what is asked for wins over what is configured
    CONNECTOR_RUN_AND_TERMINATE=true running -e 1s -- ./feed
    began 6
    stop 0
}

period() { # PERIOD: the configuration has it
    mkdir -p "$XDG_CONFIG_HOME/octi"
    printf '[connector]\nduration_period = %s\n' "$1" >"$XDG_CONFIG_HOME/octi/config.ini"
}

@test "SIGHUP: the period is read again" {
    period P1D
    feed 'echo x >>begun'
    running -v -- ./feed
    began 1
    period PT1S
    kill -HUP "$runner"
    began 3
    period 5
    kill -HUP "$runner"
    says err 'the schedule stays as it was: '
    stop 0
}

@test "SIGHUP: another period begins with a run, a longer one too; the same one does not" {
    period PT6H
    scheduled 2026-01-30T12:00:00Z -v
    begins_at 2026-01-30T12:00:00Z
    ends_at 2026-01-30T12:30:00Z 1
    told 2026-01-30T18:00:00Z
    period PT360M
    kill -HUP "$runner"
    says err 'the configuration is read again'
    period PT12H
    clock_stands 2026-01-30T13:00:00Z
    kill -HUP "$runner"
    begins_at 2026-01-30T13:00:00Z
    ends_at 2026-01-30T13:30:00Z 2
    told 2026-01-31T01:00:00Z
    stops_after 2
}

# ---- back-pressure

@test "the queue is full before the first run: skipped, 75, the state untouched, and said" {
    octi-register >/dev/null
    octi-state put <<<'{"cursor": 7}'
    control POST queue-size "{\"id\": \"$CONNECTOR_ID\", \"number\": 5, \"size\": 500000000}" >/dev/null
    feed 'echo x >>begun'
    try octi-run --once -- ./feed
    gives 75 '' "octi-run: warning: the connector's queue is full: 500.0 MB of 500.0"
    assert_file_not_exists begun
    assert_equal "$(state)" '{"cursor": 7}'
    assert_equal "$(info '|[.buffering, .queue_messages_size, .queue_threshold, .last_run_datetime]')" '[true,500,500,null]'
    CONNECTOR_QUEUE_THRESHOLD=500.1 try octi-run --once -- ./feed
    gives 0 '' ''
    assert_equal "$(info '|[.buffering, .queue_messages_size, .queue_threshold]')" '[false,500,500.1]'
}

@test "the queue is full, then it is not: it runs at its next time" {
    octi-register >/dev/null
    control POST queue-size "{\"id\": \"$CONNECTOR_ID\", \"number\": 5, \"size\": 600000000}" >/dev/null
    feed 'echo x >>begun'
    running -e 1s -- ./feed
    until_true 10 eval '[ "$(info .buffering)" = true ]'
    assert_file_not_exists begun
    control POST queue-size "{\"id\": \"$CONNECTOR_ID\", \"number\": null, \"size\": 0}" >/dev/null
    began 1
    until_true 10 eval '[ "$(info .buffering)" = false ]'
    stop 0
}

@test "the queue is full while it is sent: said, waited for, and then all arrives" {
    octi-register >/dev/null
    feed "curl -sS --data-binary '{\"id\": \"$CONNECTOR_ID\", \"number\": 5, \"size\": 600000000}' $OPENCTI_URL/_test/queue-size >/dev/null; $(prints 3)"
    running -v --once -- ./feed
    says err 'waiting for room'
    until_true 10 eval '[ "$(info .buffering)" = true ]'
    assert_equal "$(state)$(messages)" ''
    control POST queue-size "{\"id\": \"$CONNECTOR_ID\", \"number\": null, \"size\": 0}" >/dev/null
    ended 0
    arrive 3
    assert_equal "$(info .buffering)" false
}

# ---- in parts

@test "--batch: parts are sent as they come, under one work, and the state last" {
    feed "$(prints 3); until [ -e go ]; do sleep 0.05; done; $(prints 2 4)"
    running --once --batch 2 -- ./feed
    arrive 2
    assert_equal "$(state)" ''
    assert_equal "$(works | jq -c '[.status, .processed_time]')" '["progress",null]'
    touch go
    ended 0
    arrive 5
    assert_equal "$(works | wc -l)" 1
    complete "$(works | jq -r .id)"
    assert_equal "$(works | jq -c '[.errors, .tracking.import_expected_number]')" '[[],5]'
    assert_regex "$(state)" '"last_run"'
}

@test "--linger: what has come is sent after so long" {
    feed "$(prints 3); until [ -e go ]; do sleep 0.05; done"
    running --once --linger 0.2 -- ./feed
    arrive 3
    touch go
    ended 0
    assert_equal "$(cat err)" ''
}

@test "--batch: a bundle that does not fit is sent object by object" {
    many 500 2000 >b.json
    feed 'cat b.json'
    try octi-run --once -b 100 -- ./feed
    gives 0 '' ''
    arrive 500
    assert_equal "$(asked | grep -c addExpectations)" 5
    assert_equal "$(contents | jq -r '.objects[].id' | sort -u | wc -l)" 500
}

@test "--batch: a key of a bundle that is written otherwise is the same key" {
    feed "echo '{\"type\": \"bundle\", \"objects\": [$malware], \"\\u006fbjects\": [{\"type\": \"malware\", \"id\": \"malware--55555555-5555-4555-8555-555555555555\", \"name\": \"Other\", \"is_family\": true}]}'"
    sed -i 's/^echo/printf "%s"/' feed
    try octi-run --once -b 1 -- ./feed
    gives 0 '' ''
    arrive 2
    assert_equal "$(contents | jq -r '.objects[].name')" 'Feodo
Other'
}

@test "--batch: the memory is that of a part, not of what is printed" {
    local -x ASAN_OPTIONS=quarantine_size_mb=0:thread_local_quarantine_size_kb=0
    peak() { # COUNT: in KB, of a run that sends so many objects of 10 KB
        many "$1" 10000 >b.json
        rm -f go
        feed 'echo $PPID >parent; cat b.json; until [ -e go ]; do sleep 0.02; done'
        running --once -b 10 -- ./feed
        until_true 60 eval '[ "$(asked | grep -c addExpectations)" -ge '$(($1 / 10))' ]'
        sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(cat parent)/status"
        touch go
        wait "$runner"
        forget_requests
    }
    local few
    few=$(peak 20)
    assert [ "$(peak 2000)" -lt $((few + 4096)) ]
}

@test "--batch: a failure leaves what was sent, closes the work in error, and keeps the state" {
    feed "$(prints 3); echo 'no more' >&2; exit 5"
    try octi-run --once -b 2 -- ./feed
    ends 1
    arrive 2
    complete "$(works | jq -r .id)"
    assert_equal "$(works | jq -c '[[.errors[].message], .tracking.import_expected_number]')" \
        '[["no more -- the command exited with status 5"],2]'
    assert_equal "$(state)" ''
    feed "$(prints 2); echo 'x'"
    try octi-run --once -b 2 -- ./feed
    gives 1 '' "octi-run: after object 2: no STIX object begins with 'x' (status=0)"
    feed "$(prints 2); echo '{\"a\":'"
    try octi-run --once -b 2 -- ./feed
    gives 1 '' "octi-run: after object 2: the output ends in the middle (status=0)"
    feed "$(prints 3); echo '{\"a\": 1}'"
    try octi-run --once -b 2 -- ./feed
    gives 1 '' "octi-run: the command's output from object 3 on:2: object 2: it has no id (status=0)"
}

@test "--batch: a feed that never ends is ended by SIGTERM, and what it printed last is sent" {
    feed 'trap "exit 0" TERM; n=0; while :; do n=$((n + 1)); printf "{\"type\": \"malware\", \"id\": \"malware--%08d-0000-4000-8000-000000000000\", \"name\": \"MM\", \"is_family\": true}\n" $n; echo $n >last; sleep 0.05; done'
    running -e 1d --batch 10 --linger 60 -- ./feed
    arrive 10
    stop 0
    arrive "$(cat last)"
    complete "$(works | jq -r .id)"
    assert_equal "$(works | jq -c .errors)" '[]'
    assert_regex "$(state)" '"last_run"'
}

# ---- two copies

@test "--lock: not beside another copy on this machine" {
    feed 'echo x >>begun; until [ -e go ]; do sleep 0.05; done'
    running --once --lock -- ./feed
    began 1
    try octi-run --once --lock -- ./feed
    gives 75 '' 'octi-run: warning: another copy is running on this machine'
    # with another TMPDIR, as in another container, the work tells
    mkdir other
    TMPDIR=$PWD/other try octi-run --once --lock -- ./feed
    ends 75 '^octi-run: warning: another copy is running: work work_.* is open$'
    touch go
    ended 0
    assert_equal "$(wc -l <begun)" 1
    assert_equal "$(works)" '' # nothing was printed
    try octi-run --once --lock -- ./feed
    gives 0 '' ''
}

@test "--lock: not beside another copy on another host, unless that is a day old" {
    feed 'echo x >>begun'
    octi-register >/dev/null
    local work
    work=$(octi-work start)
    octi-work received "$work" 'octi: opened by process 7 on elsewhere since 99'
    try octi-run --once --lock -- ./feed
    gives 75 '' "octi-run: warning: another copy is running: work $work is open"
    assert_file_not_exists begun
    assert_equal "$(works | wc -l)" 1
    try octi-run --once -- ./feed
    gives 0 '' ''
    octi-work processed "$work" 'done'
    try octi-run --once --lock -- ./feed
    gives 0 '' ''
    assert_equal "$(wc -l <begun)" 2
}

@test "--lock: of two that have looked before the other one was there, the one whose work is older goes on" {
    feed 'echo x >>begun'
    octi-register >/dev/null
    faults '[{"match": "workAdd", "delay": 5, "times": 1}]'
    running --once --lock -- ./feed
    until_true 20 eval '[ "$(asked | grep -cx workAdd)" = 1 ]' # it has looked
    local work status=0
    work=$(octi-work start)
    octi-work received "$work" 'octi: opened by process 7 on elsewhere since 99'
    wait "$runner" || status=$?
    assert_equal "$status $(cat err)" "75 octi-run: warning: another copy is running: work $work is open"
    assert_file_not_exists begun
    assert_equal "$(works | jq -r .id)" "$work"
}

@test "--lock: many copies at once run one after another, or not at all" {
    feed 'mkdir running || echo overlap >>overlaps; sleep 0.2; rmdir running; echo x >>begun'
    octi-register >/dev/null
    local i copies=()
    for i in 1 2 3 4 5 6; do
        mkdir "t$i"
        TMPDIR=$PWD/t$i octi-run --once --lock -- ./feed 2>>err 3>&- 4>&- &
        copies+=($!)
    done
    for i in "${copies[@]}"; do wait "$i" || [ $? -eq 75 ]; done
    assert_file_not_exists overlaps
    assert_equal "$(works)" ''
    assert [ "$(wc -l <begun)" -ge 1 ]
}

# ---- how it fares

@test "pings while it runs, with what it does; metrics and health" {
    export CONNECTOR_EXPOSE_METRICS=true
    export CONNECTOR_METRICS_PORT
    CONNECTOR_METRICS_PORT=$(_free_ports 1)
    metrics() { curl -sS --fail-with-body "http://127.0.0.1:$CONNECTOR_METRICS_PORT/$1"; }
    feed "$(prints 2); until [ -e go ]; do sleep 0.05; done"
    running -e 1d -- ./feed
    until_true 10 eval 'metrics metrics | grep -qx "state{state=\"running\"} 1.0"'
    touch go
    until_true 10 eval 'metrics metrics | grep -qx "state{state=\"idle\"} 1.0"'
    assert_equal "$(metrics metrics | grep -E '^(runs|bundles_sent|errors)_total')" 'bundles_sent_total 2.0
runs_total 1.0
errors_total 0.0'
    metrics health
    stop 0
}

@test "between two runs it has less than 8 MB of memory" {
    local most=8000
    case $OCTI_BUILD in */san) most=200000 ;; esac
    feed "$(prints 500)"
    running -e 1d -- ./feed
    until_true 20 eval '[ "$(works | jq -r .processed_time)" != null ] && [ -n "$(works)" ]'
    until_true 10 eval '[ -z "$(pgrep -P "$runner")" ]'
    assert [ "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$runner/status")" -lt "$most" ]
    stop 0
}

@test "sd_notify: ready, what it does and waits for, reloading, stopping" {
    own_clock 2026-01-30T12:00:00Z
    manager
    feed 'env >environment; unset LD_PRELOAD; until [ -e go ]; do sleep 0.02; done'
    running -e 6h -- ./feed
    says told '^STATUS=running$'
    touch go
    says told '^STATUS=waiting for the run of 2026-01-30T18:00:00Z$'
    kill -HUP "$runner"
    says told '^RELOADING=1|MONOTONIC_USEC=[0-9][0-9]*$'
    until_true 10 eval '[ "$(grep -c "^READY=1$" told)" = 2 ]'
    stop 0
    says told '^STOPPING=1$'
    kill "$manager"
    assert_equal "$(grep -v ^STATUS told | sed 's/|.*//')" 'READY=1
RELOADING=1
READY=1
STOPPING=1'
    run ! grep -E '^(NOTIFY_SOCKET|WATCHDOG)' environment
}

@test "sd_notify: that the queue is full" {
    manager
    octi-register >/dev/null
    feed "curl -sS --data-binary '{\"id\": \"$CONNECTOR_ID\", \"number\": 5, \"size\": 600000000}' $OPENCTI_URL/_test/queue-size >/dev/null; $(prints 3)"
    running --once -- ./feed
    says told '^STATUS=running: the queue is full$'
    control POST queue-size "{\"id\": \"$CONNECTOR_ID\", \"number\": null, \"size\": 0}" >/dev/null
    wait "$runner"
    says told '^STOPPING=1$'
    kill "$manager"
}

@test "sd_notify: the sign of life, between runs, during one, and while it ends" {
    manager
    export WATCHDOG_USEC=200000
    feed 'trap "until [ -e go ]; do sleep 0.02; done; exit 3" TERM; echo x >>begun; while :; do sleep 0.02; done'
    signs() { : >told && until_true 20 eval '[ "$(grep -c "^WATCHDOG=1$" told)" -ge 3 ]'; }
    running --cron '0 0 1 1 *' -- ./feed
    says told '^READY=1$'
    signs
    stop 0
    running -e 6h -- ./feed
    began 1
    signs
    kill -TERM "$runner"
    says told '^STATUS=ending$'
    signs
    touch go
    wait "$runner"
    kill "$manager"
}

@test "health: 503 when the platform has not answered for long, 200 when it does again" {
    own_clock 2026-01-30T12:00:00Z
    clock_goes 1
    export CONNECTOR_EXPOSE_METRICS=true CONNECTOR_METRICS_PORT
    CONNECTOR_METRICS_PORT=$(_free_ports 1)
    health_is() { until_true 20 eval '[ "$(curl -sS -o health.json -w "%{http_code}" "http://127.0.0.1:$CONNECTOR_METRICS_PORT/health")" = '"$1"' ]'; }
    feed 'echo x >>begun'
    running -e 6h -- ./feed
    health_is 200
    assert_equal "$(jq -c 'del(.ping_age_seconds)' health.json)" '{"healthy":true,"platform":true}'
    faults '[{"match": "/graphql", "close": true, "reset": true}]'
    clock_jumps 300
    health_is 503
    assert_equal "$(jq -c 'del(.ping_age_seconds)' health.json)" '{"healthy":false,"platform":false}'
    faults
    clock_jumps 60
    health_is 200
    stop 0
}

# ---- signals

@test "SIGTERM goes to the command's process group, and the run does not count" {
    feed 'trap "wait; echo term >>signals; exit 3" TERM' '(trap "echo child >>signals; exit 0" TERM; echo x >begun; while :; do sleep 0.05; done) &' \
        'while :; do sleep 0.05; done'
    running -e 1d -- ./feed
    began 1
    stop 0
    assert_equal "$(sort signals)" 'child
term'
    assert_equal "$(works)$(state)" ''
    assert_equal "$(tail -n1 err)" 'octi-run: warning: stopped by signal 15 (status=3)'
    assert_equal "$(find "$TMPDIR" -mindepth 1)" ''
}

@test "--grace: a command that does not want to end is killed" {
    feed 'trap "" TERM; echo $$ >begun; while :; do sleep 0.05; done'
    running --once --grace 0.5 -- ./feed
    began 1
    stop 137
    until_true 5 gone "$(cat begun)"
}
