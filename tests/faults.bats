#!/usr/bin/env bats
# A broker and a platform that fail octi-send-bundle while it sends. The broker is this file's own.

load send

setup_file() {
    own_broker
    broker_wait "$OCTI_BROKER"
    # Messages of more than a megabyte are refused.
    echo 'max_message_size = 1000000' >"$OCTI_BROKER/rabbitmq.conf"
    broker_restart "$OCTI_BROKER"
    platform_up platform --no-worker
}

teardown_file() { services_down; }

setup() {
    broker_again
    begin
    small_bundle
    faults
    worker pause
    forget_requests
}

teardown() {
    local job
    for job in $(jobs -p); do kill -KILL "$job" 2>/dev/null || :; done
    amqp 'c.queue_delete(queue)' || :
}

worker() { control POST "worker/$1" >/dev/null; } # pause or resume

# Sends in the background: stdout and stderr go to `out` and `err`, then the status to `ended`.
send() { # ARGS...
    rm -f ended
    (
        octi-send-bundle "$@" >out 2>err 3>&- 4>&- &
        echo $! >pid
        status=0
        wait $! || status=$?
        echo $status >ended
    ) 3>&- 4>&- &
    until_true 10 test -s pid
}
ended() { # STATUS
    until_true 60 test -s ended
    assert_equal "$(cat ended)" "$1"
}

port() { cat "$OCTI_BROKER/port"; }
deeper() { [ "$(depth)" -ge "$1" ]; }

# ---- a broker that dies

@test "the broker is killed and comes back: everything arrives, and it is said once" {
    many 20000 >m.json
    send --window 16 --work W m.json # so slowly that it is at it when the broker dies
    until_true 30 deeper 500
    broker_kill "$OCTI_BROKER"
    says err 'reconnecting$'
    broker_restart "$OCTI_BROKER"
    ended 0
    assert_equal "$(jq -c '[.objects, .parts]' out)" '[20000,20000]'
    assert_equal "$(grep -c 'lost the broker' err)" 1
    assert_equal "$(sed -E "s/\(.*\): /(WHY): /; s/[0-9.]+ s: sending [0-9]+/N s: sending M/" err)" \
        "octi-send-bundle: warning: lost the broker 127.0.0.1:$(port) (WHY): reconnecting
octi-send-bundle: warning: the broker 127.0.0.1:$(port) is back after N s: sending M messages again"
    assert_equal "$(drain | LC_ALL=C sort -u | md5sum)" "$(ids m.json | md5sum)"
    assert_equal "$(works | jq -c '[.expected, .is_processed, .errors]')" '[20000,true,[]]'
}

@test "the broker is gone for good: 75 in time, and the work is told" {
    many 300 >m.json
    small_queue 100
    send --timeout 4 --work W m.json
    says err 'trying again'
    broker_kill "$OCTI_BROKER"
    ended 75
    assert_equal "$(cat out)" ''
    run tail -n 1 err
    assert_output --regexp "^octi-send-bundle: queue push_$CONNECTOR_ID: 1[0-9][0-9] of 300 messages confirmed, and none for 4 s: cannot reach the broker 127\.0\.0\.1:[0-9]+: Connection refused\$"
    local confirmed
    confirmed=$(grep -oE '[0-9]+ of 300' err | cut -d' ' -f1)
    assert_equal "$(works | jq -c '[.expected, (.errors | length), .is_processed]')" "[$confirmed,1,true]"
    assert_regex "$(works | jq -r '.errors[0].message')" '^queue push_.* of 300 messages confirmed'
    broker_restart "$OCTI_BROKER"
    worker resume
    complete "$(works | jq -r .id)"
}

@test "the broker is gone for good: a work that is not ours is told, and can complete" {
    many 300 >m.json
    small_queue 100
    local id
    id=$(octi-work start -n Theirs)
    send --timeout 3 -w "$id" m.json
    says err 'trying again'
    broker_kill "$OCTI_BROKER"
    ended 75
    local confirmed
    confirmed=$(grep -oE '[0-9]+ of 300' err | cut -d' ' -f1)
    # One report of an error stands for all that was not sent.
    assert_equal "$(work "$id" | jq -c '[.expected, .processed, (.errors | length)]')" "[$((confirmed + 1)),1,1]"
    assert_regex "$(work "$id" | jq -r '.errors[0].message')" "^$((300 - confirmed)) of 300 messages not sent: "
    broker_restart "$OCTI_BROKER"
    worker resume
    octi-work processed "$id"
    complete "$id"
}

@test "the broker is not there: 75, and the work is told, and expects nothing more" {
    local id
    id=$(open_work)
    run --separate-stderr env MQ_PORT=1 octi-send-bundle -w "$id" b.json
    assert_failure 75
    assert_equal "$output" ''
    assert_equal "$stderr" 'octi-send-bundle: cannot reach the broker 127.0.0.1:1: Connection refused'
    assert_equal "$(asked)" $'RegisterConnector\naddExpectations\nreportExpectation'
    assert_equal "$(work "$id" | jq -c '[.expected, .processed, (.errors | map(.message))]')" \
        '[1,1,["3 of 3 messages not sent: cannot reach the broker 127.0.0.1:1: Connection refused"]]'
    run --separate-stderr env MQ_PORT=1 octi-send-bundle --work W b.json
    assert_failure 75
    assert_equal "$stderr" 'octi-send-bundle: cannot reach the broker 127.0.0.1:1: Connection refused'
    assert_equal "$(works | jq -c 'select(.name == "W") | [.status, .expected, .errors[0].message]')" \
        '["complete",null,"cannot reach the broker 127.0.0.1:1: Connection refused"]'
}

@test "something that says nothing: 75 within the time to connect" {
    python -c '
import os, socket
open("mute.pid", "w").write(str(os.getpid()))
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
print(s.getsockname()[1], flush=True)
held = []
while True: held.append(s.accept())' >mute 3>&- 4>&- &
    until_true 10 test -s mute
    run --separate-stderr timeout 30 env MQ_PORT="$(cat mute)" OPENCTI_CONNECT_TIMEOUT=1 octi-send-bundle b.json
    assert_failure 75
    assert_equal "$stderr" "octi-send-bundle: cannot reach the broker 127.0.0.1:$(cat mute): no answer in time"
    _end TERM mute.pid
}

@test "a password and a vhost that are wrong: the answer is no, and shows no password" {
    run --separate-stderr env MQ_PASS=hunter2 octi-send-bundle b.json
    assert_failure 1
    assert_regex "$stderr" "^octi-send-bundle: the broker 127\.0\.0\.1:$(port): 403 ACCESS_REFUSED"
    refute_regex "$stderr" hunter2
    assert_equal "${#stderr_lines[@]}" 1
    run --separate-stderr env MQ_VHOST=/nowhere octi-send-bundle b.json
    assert_failure 1
    assert_regex "$stderr" "^octi-send-bundle: the broker 127\.0\.0\.1:$(port): 530 .*vhost /nowhere not found"
    assert_equal "${#stderr_lines[@]}" 1
    assert_equal "$(depth)" 0
}

# ---- a queue that does not take

@test "the queue is deleted: the messages are unroutable, and the queue is named" {
    octi-register -o registration
    amqp 'c.queue_delete(queue)'
    export OCTI_REGISTRATION=$PWD/registration
    run --separate-stderr octi-send-bundle --work W b.json
    assert_failure 1
    assert_equal "$output" ''
    assert_equal "$stderr" "octi-send-bundle: queue push_$CONNECTOR_ID: message 1 (object 1 (indicator--33333333-3333-4333-8333-333333333333)) is unroutable: 312 NO_ROUTE"
    assert_equal "$(works | jq -c '[.status, .expected, (.errors | length)]')" '["complete",0,1]'
}

@test "the exchange is missing: the answer is no" {
    octi-register | jq -c '.config.push_exchange = "nowhere"' >registration
    OCTI_REGISTRATION=registration run --separate-stderr octi-send-bundle b.json
    assert_failure 1
    assert_equal "$stderr" \
        "octi-send-bundle: exchange nowhere: 404 NOT_FOUND - no exchange 'nowhere' in vhost '/'"
}

@test "the queue refuses (nack): said once, waited for, and sent when there is room" {
    many 300 >m.json
    small_queue 100
    send m.json
    says err 'trying again'
    sleep 2
    worker resume
    ended 0
    assert_equal "$(cat err)" "octi-send-bundle: warning: queue push_$CONNECTOR_ID: the broker refuses messages (nack; is the queue full?): trying again"
    arrive 300
    assert_equal "$(contents | ids - | md5sum)" "$(ids m.json | md5sum)"
}

@test "the queue refuses (nack) for too long: 75" {
    many 300 >m.json
    small_queue 100
    run --separate-stderr octi-send-bundle --timeout 2 m.json
    assert_failure 75
    assert_regex "${stderr_lines[-1]}" "^octi-send-bundle: queue push_$CONNECTOR_ID: 1[0-9][0-9] of 300 messages confirmed, and none for 2 s: the broker refuses "
}

@test "a message above the broker's limit: it is named, with its size; the rest is told to the work" {
    many 1 900000 | jq -c '.objects += [{"type": "malware", "spec_version": "2.1", "is_family": true, "name": "Feodo",
        "id": "malware--44444444-4444-4444-8444-444444444444"}]' >m.json
    run --separate-stderr octi-send-bundle --work W m.json
    assert_failure 1
    assert_equal "$output" ''
    assert_regex "$stderr" "^octi-send-bundle: queue push_$CONNECTOR_ID: message 1 \(object 1 \(indicator--00000000-6666-4666-8666-666666666666\)\) of 12[0-9]{5} bytes: 406 PRECONDITION_FAILED - message size 12[0-9]{5} is larger than configured max size 1000000\$"
    assert_equal "${#stderr_lines[@]}" 1
    assert_equal "$(works | jq -c '[.is_processed, (.errors | length), .messages[1:]]' )" '[false,1,[]]'
}

@test "--max-message: what is above is named before anything is sent, and before anything is expected" {
    local id
    id=$(open_work)
    jq -c '.objects[2].description = "x" * 2000' b.json >m.json
    run --separate-stderr octi-send-bundle --max-message 2k -w "$id" m.json
    assert_failure 1
    assert_equal "$output" ''
    assert_regex "$stderr" '^octi-send-bundle: object 2 \(malware--44444444-4444-4444-8444-444444444444\) makes a message of [0-9]+ bytes, above the limit of 2000$'
    assert_equal "${#stderr_lines[@]}" 1
    assert_equal "$(depth)" 0
    assert_equal "$(work "$id" | jq -c '[.expected, .processed, (.errors | length)]')" '[1,1,1]'
}

@test "--max-queue with --when-full fail" {
    many 50 >m.json
    octi-send-bundle m.json
    run --separate-stderr octi-send-bundle --max-queue 50 --when-full fail --work W b.json
    assert_failure 75
    assert_equal "$stderr" "octi-send-bundle: queue push_$CONNECTOR_ID is full: 50 messages"
    assert_equal "$(works | jq -c '[.status, .expected, .errors[0].message]')" \
        "[\"complete\",0,\"queue push_$CONNECTOR_ID is full: 50 messages\"]"
    assert_equal "$(depth)" 50
    run --separate-stderr octi-send-bundle --max-queue 51 --when-full fail b.json
    assert_success
    assert_equal "$(depth)" 53
}

@test "--max-queue waits for the worker" {
    many 50 >m.json
    octi-send-bundle m.json
    send --max-queue 50 b.json
    says err 'waiting for room$'
    assert_equal "$(depth)" 50
    worker resume
    ended 0
    assert_equal "$(cat err)" "octi-send-bundle: warning: queue push_$CONNECTOR_ID is full: 50 messages; waiting for room"
    arrive 53
}

@test "--max-queue 500M: as the platform counts" {
    octi-register >/dev/null
    size() { control POST queue-size "{\"id\": \"$CONNECTOR_ID\", \"number\": 9, \"size\": $1}" >/dev/null; }
    size 500000000
    run --separate-stderr octi-send-bundle --max-queue 500M --when-full fail b.json
    assert_failure 75
    assert_equal "$stderr" "octi-send-bundle: queue push_$CONNECTOR_ID is full: 500.0 MB"
    assert_equal "$(depth)" 0
    send --max-queue 500M b.json
    says err 'waiting for room$'
    size 499999999
    ended 0
    assert_equal "$(depth)" 3
}

# ---- signals

@test "SIGTERM in the middle: 75, and the work is closed in error" {
    many 300 >m.json
    small_queue 100
    send --work W m.json
    says err 'trying again'
    kill -TERM "$(cat pid)"
    ended 75
    assert_equal "$(cat out)" ''
    assert_equal "$(tail -n 1 err)" 'octi-send-bundle: stopped by signal 15'
    assert_equal "$(asked | grep -c workToProcessed)" 1
    assert_equal "$(works | jq -c '.errors | map(.message)')" '["stopped by signal 15"]'
    worker resume
    complete "$(works | jq -r .id)"
    assert_equal "$(works | jq '.expected == .processed')" true
}

@test "SIGTERM while waiting for room, and while the broker is away" {
    many 50 >m.json
    octi-send-bundle m.json
    send --max-queue 50 b.json
    says err 'waiting for room$'
    kill -TERM "$(cat pid)"
    ended 75
    assert_equal "$(tail -n 1 err)" 'octi-send-bundle: stopped by signal 15'
    rm pid
    many 300 >m.json
    small_queue 100
    send m.json
    says err 'trying again'
    broker_kill "$OCTI_BROKER"
    says err 'reconnecting$'
    kill -INT "$(cat pid)"
    ended 75
    assert_equal "$(tail -n 1 err)" 'octi-send-bundle: stopped by signal 2'
}

@test "SIGKILL in the middle, and once more: everything arrives, the orphan is closed, and it is said" {
    many 300 >m.json
    small_queue 100
    send --work W m.json
    says err 'trying again'
    local orphan
    orphan=$(works | jq -r .id)
    kill -KILL "$(cat pid)"
    ended 137
    assert_equal "$(work "$orphan" | jq -c '[.status, .expected]')" '["progress",300]'
    worker resume
    run --separate-stderr octi-send-bundle --work W m.json
    assert_success
    assert_equal "${stderr_lines[0]}" "octi-send-bundle: warning: closing work $orphan, which a killed run left open"
    complete "$orphan"
    complete "$(jq -r .work_id <<<"$output")"
    assert_equal "$(work "$orphan" | jq -r '.errors[-1].message')" 'the process that sent it was killed'
    assert_equal "$(contents | ids - | md5sum)" "$(ids m.json | md5sum)"
    # The next one has nothing to say.
    run --separate-stderr octi-send-bundle --work W b.json
    assert_success
    assert_equal "$stderr" ''
}

@test "a work that is sent, and that the workers are not done with, is no orphan" {
    local first
    first=$(octi-send-bundle --work First b.json | jq -r .work_id)
    run --separate-stderr octi-send-bundle --work Second b.json
    assert_success
    assert_equal "$stderr" ''
    assert_equal "$(work "$first" | jq -c '[.status, .expected, .processed, .errors]')" '["progress",3,null,[]]'
    worker resume
    complete "$first"
    assert_equal "$(work "$first" | jq -c .errors)" '[]'
}

@test "SIGKILL: works of others, of other hosts and of running processes are left alone" {
    octi-register >/dev/null
    local mine theirs
    mine=$(octi-work start -n Mine)
    theirs=$(octi-work start -n Theirs)
    octi-work received "$mine" "octi: opened by process $$ on $(uname -n)"
    octi-work received "$theirs" 'octi: opened by process 999999 on another-host'
    run --separate-stderr octi-send-bundle --work W b.json
    assert_success
    assert_equal "$stderr" ''
    assert_equal "$(work "$mine" | jq -r .status) $(work "$theirs" | jq -r .status)" 'progress progress'
}

# ---- a platform that fails

# An operation with each fault: the status, and one line that names it.
faulty() { # OPERATION ARGS...
    local operation=$1 kind
    shift
    local -A fault=(
        [500]='"status": 500'
        [429]='"status": 429, "body": "slow down"'
        [page]='"status": 200, "body": "<html>sign in</html>", "content_type": "text/html"'
        [proxy]='"status": 502, "body": "<html>Bad Gateway</html>", "content_type": "text/html"'
        [truncated]='"truncate": 20'
        [dead]='"close": true'
        [slow]='"delay": 3'
    )
    for kind in 500 429 page proxy truncated dead slow; do
        faults "[{\"match\": \"$operation\", ${fault[$kind]}}]"
        run --separate-stderr env OPENCTI_REQUESTS_TIMEOUT=1 timeout 60 octi-send-bundle "$@" b.json
        assert_equal "$output" ''
        if [ $operation = addExpectations ]; then # a work that cannot be told is named
            assert_regex "${stderr_lines[0]}" '^octi-send-bundle: work .* could not be told: addExpectations: '
            stderr_lines=("${stderr_lines[@]:1}") stderr=${stderr_lines[0]}
        fi
        assert_equal "${#stderr_lines[@]}" 1
        # A page where the API should be: the address is wrong.
        assert_equal "$kind $status" "$kind $([ $kind = page ] && echo 2 || echo 75)"
        assert_regex "$stderr" "^octi-send-bundle: $operation: "
    done
    faults
}

@test "the platform fails at registering" {
    octi-register >/dev/null
    faulty RegisterConnector
    assert_equal "$(depth)" 0
}

@test "the platform fails at opening a work" {
    octi-register >/dev/null
    faulty workAdd --work W
    assert_equal "$(depth)" 0
}

@test "the platform fails at telling whether a work is alive" {
    local id
    id=$(open_work)
    faulty WorkAliveQuery -w "$id"
    assert_equal "$(depth)" 0
}

@test "the platform fails at adding expectations" {
    local id
    id=$(open_work)
    faulty addExpectations -w "$id"
    assert_equal "$(depth)" 0
}

@test "the platform fails at taking the bundle" {
    faulty StixBundlePush --to api
}

@test "the platform fails at opening a draft and at taking a file" {
    faulty draftWorkspaceAdd --validate draft
    faulty UploadPending --validate workbench
    assert_equal "$(depth)" 0
}

@test "the platform fails at closing the work: the messages are sent, and the status says that it is not done" {
    faults '[{"match": "workToProcessed", "status": 500}]'
    run --separate-stderr octi-send-bundle --work W b.json
    assert_failure 75
    assert_equal "$(depth)" 3
    assert_equal "${#stderr_lines[@]}" 1
    assert_regex "$stderr" '^octi-send-bundle: workToProcessed: '
}

@test "broker and platform fail: both are said, and which work stays open" {
    faults '[{"match": "workToProcessed", "status": 500}]'
    run --separate-stderr env MQ_PORT=1 octi-send-bundle --work W b.json
    assert_failure 75
    assert_regex "${stderr_lines[0]}" "^octi-send-bundle: work $(works | jq -r .id) stays open: workToProcessed: "
    assert_equal "${stderr_lines[1]}" 'octi-send-bundle: cannot reach the broker 127.0.0.1:1: Connection refused'
    assert_equal "${#stderr_lines[@]}" 2
}

@test "the platform is not there, the token is wrong, or has too few rights" {
    run --separate-stderr env OPENCTI_URL=http://127.0.0.1:1 octi-send-bundle b.json
    assert_failure 75
    assert_equal "${#stderr_lines[@]}" 1
    run --separate-stderr env OPENCTI_TOKEN=0badc0de-0000-4000-8000-00000000dead octi-send-bundle b.json
    assert_failure 1
    assert_equal "${#stderr_lines[@]}" 1
    refute_regex "$stderr" 0badc0de
    run --separate-stderr env OPENCTI_TOKEN="$(token reader)" octi-send-bundle b.json
    assert_failure 1
    assert_equal "${#stderr_lines[@]}" 1
    refute_regex "$stderr" "$(token reader)"
}
