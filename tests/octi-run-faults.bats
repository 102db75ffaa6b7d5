#!/usr/bin/env bats
# What dies during a run. The broker is this file's own.

load run

setup_file() {
    own_broker
    platform_up platform --release 7
}

teardown_file() { services_down; }

setup() {
    broker_again
    begin_running
    export CONNECTOR_LOG_LEVEL=INFO
}

teardown() { run_down; }

# A feed with a cursor: it prints five objects after the one that the state names, and moves it. `seen` has a line
# for each run: the cursor that it began with.
cursor_feed() { # [SECONDS]: it takes so long, half of that before it prints
    feed 'n=$(octi-state get | jq -r ".cursor // 0")' 'echo "$n" >>seen; echo $$ >>begun' "sleep ${1:-0}" \
        'i=$n; while [ $i -lt $((n + 5)) ]; do i=$((i + 1)); printf "{\"type\": \"malware\", \"id\": \"malware--%08d-0000-4000-8000-000000000000\", \"name\": \"M%d\", \"is_family\": true}\n" $i $i; done' \
        "sleep ${1:-0}" 'octi-state set cursor=$((n + 5))'
}
cursor() { state | jq -r '.cursor // 0' | grep . || echo 0; }
arrived_names() { contents | jq -r '.objects[].name' | sort -u | wc -l; }

# The rule: whatever the state says was printed is with the broker or has arrived.
never_ahead() { # the worker may still be at it
    local wanted
    wanted=$(cursor)
    until_true 20 eval '[ "$(arrived_names)" -ge '"${wanted:-0}"' ]'
}

all_answered() { [ "$(requests | jq -s 'map(select(.status == null)) | length')" = 0 ]; }
no_open_work() { [ "$(works | jq -r 'select(.processed_time == null) | .id')" = '' ]; }

# ---- kill -9

# ARGS...: how long a run takes, without the last ping: the shortest of three, as the first one may well be the longest
milliseconds() {
    local begin took shortest=
    for _ in 1 2 3; do
        begin=$(date +%s%N)
        octi-run "$@" -- ./feed 2>/dev/null
        took=$((($(date +%s%N) - begin) * 9 / 10000000))
        if [ -z "$shortest" ] || [ "$took" -lt "$shortest" ]; then shortest=$took; fi
    done
    echo "$shortest"
}
seconds() { printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); } # MILLISECONDS

# Everything that belongs to the run is killed, as with a machine or a container.
kill_all() {
    local child children
    children=$(pgrep -P "$runner" || :)
    kill -KILL "$runner" 2>/dev/null || :
    for child in $children; do kill -KILL -- "-$child" "$child" 2>/dev/null || :; done
    wait "$runner" 2>/dev/null || :
}

@test "killed at each step that the platform sees: the next start closes the work, and nothing is lost" {
    cursor_feed
    octi-register >/dev/null
    local step expected=0
    for step in 'RegisterConnector 0' 'ConnectorQueue 0' 'ConnectorWorksQuery 0' 'ConnectorMemory 0' 'workAdd 0' 'workToReceived 0' \
        'addExpectations 0' 'ConnectorQueue 1' 'ConnectorMemory 1' 'PingConnector 0' 'ConnectorMemory 2' 'workToProcessed 0'; do
        read -r operation skip <<<"$step"
        faults '[{"match": "'"$operation"'", "delay": 1, "skip": '"$skip"'}]'
        forget_requests
        running --once -- ./feed
        until_true 15 eval '[ "$(asked | grep -cx '"$operation"')" -gt '"$skip"' ]' || {
            echo "-- at $step: $(asked | paste -sd ' '); $(cat err)" >&2
            return 1
        }
        kill_all
        faults
        until_true 10 all_answered # what was held is done all the same
        never_ahead
        echo "-- after $step" >&2
        try octi-run --once -- ./feed
        ends 0
        never_ahead
        no_open_work
    done
    # each cursor that the state had was the beginning of a run; none was passed over
    assert_equal "$(sort -nu seen | awk 'NR > 1 && $1 - last != 5 {print "gap"} {last = $1}')" ''
    assert_equal "$(arrived_names)" "$(cursor)"
}

@test "killed at fifty moments, all of it: nothing is lost, no work is open, the state is never ahead" {
    cursor_feed 0.02
    octi-register >/dev/null
    local i=0 killed=0 long
    long=$(milliseconds --once)
    # Those count at which it was not yet over; when it was, runs have become shorter.
    while [ "$killed" -lt 50 ]; do
        running --once -- ./feed
        sleep "$(seconds $((long * (i * 37 % 60 * 2 + i / 60) / 120)))"
        if kill -0 "$runner" 2>/dev/null; then killed=$((killed + 1)); else long=$((long * 9 / 10)); fi
        kill_all
        never_ahead
        i=$((i + 1))
        [ "$i" -lt 120 ]
    done
    try octi-run --once -- ./feed
    ends 0
    never_ahead
    until_true 20 no_open_work
    assert_equal "$(sort -nu seen | awk 'NR > 1 && $1 - last != 5 {print "gap"} {last = $1}')" ''
    until_true 20 eval '[ "$(arrived_names)" -ge "$(cursor)" ]'
    assert_equal "$(arrived_names)" "$(cursor)"
    until_true 20 eval '[ -z "$(works | jq -r "select(.status != \"complete\") | .id")" ]'
    assert_equal "$(find "$TMPDIR" -mindepth 1 -name "octi-run*.??????" | wc -l)" 0
}

@test "killed at twenty moments, in parts: the same" {
    cursor_feed 0.05
    octi-register >/dev/null
    local i long
    long=$(milliseconds --once --batch 2)
    for ((i = 0; i < 20; i++)); do
        running --once --batch 2 -- ./feed
        sleep "$(seconds $((long * i / 20)))"
        kill_all
        never_ahead
    done
    try octi-run --once --batch 2 -- ./feed
    ends 0
    never_ahead
    until_true 20 no_open_work
    assert_equal "$(sort -nu seen | awk 'NR > 1 && $1 - last != 5 {print "gap"} {last = $1}')" ''
    until_true 20 eval '[ -z "$(works | jq -r "select(.status != \"complete\") | .id")" ]'
}

@test "octi-run alone is killed: the run ends its command and closes its work" {
    cursor_feed 5
    running --once --batch 1 -- ./feed
    began 1
    kill_runner
    until_true 10 gone "$(cat begun)"
    assert_equal "$(cursor)" 0
    until_true 10 no_open_work
}

@test "the process of a run is killed: its command ends with it, the work is closed, and it runs again" {
    cursor_feed 2
    running -e 1d --batch 1 --retry 1 -- ./feed
    began 1
    arrive 1
    kill -KILL "$(pgrep -P "$runner" | head -n1)"
    says err 'the process of a run was killed by signal 9'
    until_true 5 gone "$(head -n1 begun)"
    began 2
    until_true 15 eval '[ "$(cursor)" = 5 ]'
    until_true 5 no_open_work
    stop 0
    assert_equal "$(cat seen)" '0
0'
}

@test "a work that was left open is closed at the start, though the first run is far" {
    octi-register >/dev/null
    local work
    work=$(octi-work start)
    octi-work received "$work" "octi: opened by process 4194000 on $(hostname) since 99"
    running --cron '0 0 1 1 *' -- true
    until_true 10 no_open_work
    assert_equal "$(works | jq -c '[.errors[].message]')" '["the process that sent it was killed"]'
    stop 0
}

# ---- what is away

@test "the platform is down for ten minutes, during a run and between runs: nothing is lost, and no work stays open" {
    own_clock 2026-01-30T12:00:00Z
    clock_goes 1
    cursor_feed
    sed -i '$a until [ ! -e wait ] || [ -e go ]; do env -u LD_PRELOAD sleep 0.02; done' feed
    touch wait
    running -e 5m --batch 2 -- ./feed
    arrive 4 # two parts of the first run; the last one is not yet full
    faults '[{"match": "/graphql", "close": true, "reset": true}]'
    rm wait
    says err 'warning: '
    assert_equal "$(cursor)" 0
    local runs
    runs=$(wc -l <seen)
    clock_goes 300
    until_true 60 clock_past 2026-01-30T12:10:30Z
    clock_goes 1
    assert_equal "$(wc -l <seen)" "$runs" # while it is down nothing is fetched
    assert_equal "$(cursor)" 0
    no_open_work && return 1
    faults
    clock_jumps 70 # it is tried once a minute
    until_true 30 eval '[ "$(cursor)" = 5 ]'
    never_ahead
    no_open_work
    clock_jumps 310
    until_true 30 eval '[ "$(cursor)" = 10 ]'
    stop 0
    assert_equal "$(head -n 3 seen | paste -sd ' ')" '0 0 5'
    until_true 20 eval '[ "$(arrived_names)" = 10 ]'
    assert_equal "$(works | jq -c 'select(.errors != []) | [.errors[].message]')" '["the process that sent it was killed"]'
    until_true 20 eval '[ -z "$(works | jq -r "select(.status != \"complete\") | .id")" ]'
}

@test "the platform is down: runs go on when it is back, and nothing is lost" {
    cursor_feed
    running -e 1s -- ./feed
    began 1
    platform_stop "$platform_dir" 2>/dev/null
    says err 'warning: '
    local before
    before=$(wc -l <seen)
    sleep 3
    assert [ "$(wc -l <seen)" -le $((before + 1)) ]
    platform_start "$platform_dir" --amqp-port "$(cat "$OCTI_BROKER/port")" --release 7 --port "${OPENCTI_URL##*:}"
    began $((before + 2))
    stop 0
}

@test "the platform answers 503 at each step in turn: the run is done again, from the same state" {
    cursor_feed
    octi-register >/dev/null
    local operation
    for operation in ConnectorQueue ConnectorWorksQuery ConnectorMemory workAdd workToReceived addExpectations PingConnector workToProcessed; do
        faults '[{"match": "'"$operation"'", "status": 503, "times": 1}]'
        try octi-run --once -- ./feed
        [ "$status" -eq 0 ] || ends 75 'HTTP 503'
        faults
        never_ahead
        try octi-run --once -- ./feed
        ends 0
        until_true 10 no_open_work
    done
    assert_equal "$(sort -nu seen | awk 'NR > 1 && $1 - last != 5 {print "gap"} {last = $1}')" ''
    until_true 20 eval '[ "$(arrived_names)" -ge "$(cursor)" ]'
}

@test "the broker is down: 75, the work in error, the state as it was; then all arrives" {
    cursor_feed
    octi-register -o registration
    export OCTI_REGISTRATION=$PWD/registration # registering makes queues
    broker_kill "$OCTI_BROKER"
    try octi-run --once -- ./feed
    ends 75
    assert_equal "$(cursor)" 0
    no_open_work
    assert_equal "$(works | jq '.errors | length')" 1
    broker_restart "$OCTI_BROKER"
    until_true 20 eval 'octi-run --once -- ./feed 2>>err'
    arrive 5
    assert_equal "$(cursor)" 5
}

@test "the broker is restarted while it is sent: sent again what was not confirmed" {
    feed "$(prints 100); until [ -e go ]; do sleep 0.05; done; $(prints 3000 101)"
    running --once --batch 100 -- ./feed
    arrive 100
    touch go
    until_true 10 eval '[ "$(asked | grep -c addExpectations)" -gt 2 ]'
    broker_kill "$OCTI_BROKER"
    broker_restart "$OCTI_BROKER"
    # A connection that is lost is made again; one that cannot be made for the next part is 75, and the run is done again.
    local status=0
    wait "$runner" || status=$?
    if [ "$status" -ne 0 ]; then
        assert_equal "$status" 75
        assert_equal "$(state)" ''
        octi-run --once --batch 100 -- ./feed
    fi
    until_true 60 eval '[ "$(arrived_names)" = 3100 ]'
    no_open_work
}

# ---- a full disk

@test "the disk is full when the output is kept: 75, nothing is sent or stored; then all of it" {
    many 600 10000 >big.json
    feed 'cat big.json 2>/dev/null; exit 0' # a command that does not look
    octi-register >/dev/null
    try disk_full "$TMPDIR/octi.??????" octi-run --once -- ./feed
    gives 75 '' 'octi-run: warning: a temporary file: No space left on device (status=143)'
    assert_equal "$(state)$(messages)" ''
    until_true 5 no_open_work
    assert_equal "$(works | jq -c '[.errors[].message]')" '["a temporary file: No space left on device"]'
    try octi-run --once -- ./feed
    gives 0 '' 'octi-run: done (status=0)'
    arrive 600
}

@test "the disk is full when the state is written for the command: 75, and it is not run" {
    feed 'echo x >>begun'
    octi-register >/dev/null
    octi-state put <<<'{"cursor": 7}'
    try disk_full '*/state.json*' octi-run --once -- ./feed
    ends 75 'state.json: No space left on device$'
    assert_file_not_exists begun
    assert_equal "$(state)" '{"cursor": 7}'
    assert_equal "$(find "$TMPDIR" -mindepth 1)" ''
}

@test "the disk is full when the command sets its state: it fails, nothing is sent, and the state of the platform stays" {
    feed "LD_PRELOAD=$PWD/full.so FULL='*/state.json*' octi-state set cursor=8 || exit; $(prints 2)"
    preload_build full
    octi-register >/dev/null
    octi-state put <<<'{"cursor": 7}'
    try octi-run --once -- ./feed
    ends 75 'the command exited with status 75'
    assert_equal "$(state)" '{"cursor": 7}'
    assert_equal "$(messages)" ''
}

@test "the disk is full at the start: 75, and nothing is run" {
    feed 'echo x >>begun'
    try disk_full '*/registration.json*' octi-run --once -- ./feed
    ends 75 'registration.json: No space left on device$'
    assert_file_not_exists begun
    assert_equal "$(find "$TMPDIR" -mindepth 1)" ''
}
