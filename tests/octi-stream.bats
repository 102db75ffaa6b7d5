#!/usr/bin/env bats
# octi-stream: events as lines, the position, what is lost and found again.

load listen

everything=6b1f0f8e-4c1d-4c55-9d4b-7c2f8f1f0a02

setup_file() { platform_up platform --release 7 --heartbeat 0.2; }

teardown_file() { services_down; }

setup() {
    begin_listening STREAM
    export CONNECTOR_LIVE_STREAM_ID=$everything CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE=no
    control POST "stream/$everything/collection" '{"stream_live": true, "filters": "{\"mode\":\"and\",\"filters\":[],\"filterGroups\":[]}"}' >/dev/null
    control POST stream/trim?n=0 >/dev/null
    control POST stream/heartbeat?seconds=0.2 >/dev/null
    control POST stream/resume >/dev/null
}

teardown() { listen_down; }

# ---- what happens

malware() { # NUMBER [NAME]
    jq -nc --arg id "malware--0000000$1-0000-4000-8000-000000000000" --arg name "${2-m$1}" \
        '{type: "malware", spec_version: "2.1", $id, $name, is_family: true}'
}
event() { jq -nc --arg type "$1" --argjson data "$2" '{$type, $data}'; } # TYPE OBJECT
happen() { # EVENT...: the id of the last
    control POST stream/events "$(jq -cs . <<<"$*")" | jq -r '.ids[-1]'
}
raw() { # TEXT, of which \n is a newline: messages as they are
    control POST stream/events "$(jq -nc --arg raw "$(printf '%b.' "$1")" '[{raw: $raw[:-1]}]')" >/dev/null
}
message() { printf 'id: %s\\nevent: %s\\ndata: %s\\n\\n' "$@"; } # ID EVENT DATA

# ---- following

follow() { # ARGS...: beside the test; stdout and stderr go to `out` and `err`
    until_true 20 eval '! followed' # by the one before
    octi-stream "$@" >out 2>err 3>&- 4>&- &
    listener=$!
    until_true 20 followed
}
channels() { control GET stream/channels | jq -c 'map(select(.user == "connector"))'; }
followed() { [ "$(channels | jq length)" = 1 ]; }
lines() { [ "$(wc -l <out)" -ge "$1" ]; }
come() { until_true 20 lines "$1"; } # COUNT: so many lines are printed
names() { jq -r '"\(.event) \(.data.data.name)"' "${1-out}"; }
position() { jq -r .start_from "${1-state}"; }
ended() { exits "$listener" "$1"; } # STATUS

@test "events are lines, as they came" {
    follow --state state
    local id
    id=$(happen "$(event create "$(malware 1 'café "x"')")" "$(event update "$(malware 1 new)")" "$(event delete "$(malware 1 new)")")
    come 3
    stop 0
    assert_equal "$(names)" $'create café "x"\nupdate new\ndelete new'
    assert_equal "$(head -n 1 out | jq -c 'keys_unsorted')" '["id","event","data"]'
    assert_equal "$(jq -c .data out)" "$(control GET stream/events | jq -c '.[].data')"
    assert [ "$(position)" '>' "$id" -o "$(position)" = "$id" ]
    assert_equal "$(jq -c 'keys_unsorted, .recover_until' state)" $'["start_from","recover_until"]\nfalse'
    assert_equal "$(cat err)" ''
}

@test "it goes on from the position in the file, and does not say anything twice" {
    follow --state state
    happen "$(event create "$(malware 1)")"
    come 1
    stop 0
    happen "$(event create "$(malware 2)")" "$(event create "$(malware 3)")"
    follow --state state
    come 2
    stop 0
    assert_equal "$(names)" $'create m2\ncreate m3'
}

@test "SIGHUP: the configuration is read again, with the stream that it names now" {
    local one=11111111-1111-4111-8111-111111111111 file=$XDG_CONFIG_HOME/octi/config.ini
    on() { [ "$(channels | jq -r '.[].stream')" = "$1" ]; } # STREAM
    control POST "stream/$one/collection" '{"stream_live": true}' >/dev/null
    mkdir -p "$XDG_CONFIG_HOME/octi"
    unset CONNECTOR_LIVE_STREAM_ID
    printf '[connector]\nlive_stream_id = %s\n' "$everything" >"$file"
    follow --state state -v
    assert on "$everything"
    printf '[connector]\nlive_stream_id = %s\n' "$one" >"$file"
    kill -HUP "$listener"
    until_true 20 on "$one"
    # None is no reason to follow another.
    printf '[connector]\n' >"$file"
    kill -HUP "$listener"
    says err 'the stream stays as it was: CONNECTOR_LIVE_STREAM_ID is not set'
    until_true 20 on "$one"
    happen "$(event create "$(malware 1)")"
    come 1
    stop 0
    # What was asked for wins.
    printf '[connector]\nlive_stream_id = %s\n' "$one" >"$file"
    follow --state state -v "$everything"
    kill -HUP "$listener"
    says err 'the configuration is read again'
    happen "$(event create "$(malware 2)")"
    until_true 20 on "$everything"
    come 1
    stop 0
}

# ---- the position

@test "on the platform: what pycti would write is stored with a ping, and read by the next start" {
    octi-register >/dev/null
    unset CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE
    follow
    until_true 10 octi-state get start_from >state.text
    assert_equal "$(octi-state get | jq -c keys_unsorted)" '["start_from","recover_until"]'
    assert_regex "$(octi-state get recover_until)" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$'
    local id
    id=$(happen "$(event create "$(malware 1)")")
    come 1
    stop 0
    assert [ ! "$(octi-state get start_from)" '<' "$id" ]
    happen "$(event create "$(malware 2)")"
    follow
    until_true 10 grep -q m2 out
    stop 0
    assert_equal "$(names | sort -u)" 'create m2'
}

@test "the first start begins at the configured place, and asks for the database up to now" {
    unset CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE
    follow --state state
    assert_equal "$(channels | jq -r '.[0].from')" 0-0
    assert_regex "$(channels | jq -r '.[0].recover')" '^[0-9]+-0$'
    stop 0
    rm state
    export CONNECTOR_LIVE_STREAM_START_TIMESTAMP=1700000000000 CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE=2024-01-01T00:00:00+02:00
    control POST stream/silence >/dev/null
    follow --state state
    assert_equal "$(channels | jq -c '.[0] | [.from, .recover]')" '["1700000000000-0","1704060000000-0"]'
    stop 0
    assert_equal "$(cat state)" '{"start_from": "1700000000000-0", "recover_until": "2024-01-01T00:00:00+02:00"}'
}

@test "a state of pycti's is gone on with, its other keys stay, its older names are followed" {
    echo '{"last_run": 7, "connectorLastEventId": "1700000000005-0", "connectorStartTime": "no", "start_from": "5-0"}' >state
    control POST stream/silence >/dev/null
    follow --state state
    assert_equal "$(channels | jq -c '.[0] | [.from, .recover]')" '["1700000000005-0",null]'
    control POST stream/resume >/dev/null
    happen "$(event create "$(malware 1)")"
    come 1
    stop 0
    assert_equal "$(jq -c 'keys_unsorted, .last_run, .recover_until' state)" '["last_run","connectorLastEventId","connectorStartTime","start_from","recover_until"]
7
"no"'
    assert_equal "$(jq -r .connectorLastEventId state)" "$(position)"
}

@test "what an event depends on is no place to go on from, nor a heartbeat behind it" {
    echo '{"start_from": "1700000000000-0"}' >state
    control POST stream/heartbeat?seconds=60 >/dev/null
    follow --state state
    raw "$(message 9999999999998-0 create '{"data":{"name":"x"},"origin":{}}')$(message 9999999999999-0 create '{"data":{"name":"dep"},"origin":{"referer":"init-dependencies"}}')$(message 9999999999999-0 heartbeat '"x"')"
    come 2
    stop 0
    assert_equal "$(position)" 9999999999998-0
}

@test "a heartbeat moves it, and so does what is not wanted" {
    follow --state state --type indicator
    local id
    id=$(happen "$(event create "$(malware 1)")")
    moved() { [ ! "$(position)" '<' "$id" ]; }
    until_true 10 moved
    stop 0
    assert_equal "$(cat out)" ''
    assert_equal "$(wc -l <state)" 1
}

@test "a state that is no regular file is refused, and not waited for" {
    mkfifo pipe
    try timeout 60 octi-stream --state pipe
    gives 1 '' 'octi-stream: pipe: not a regular file'
}

@test "a state that was reset on the platform: it begins again" {
    octi-register >/dev/null
    export CONNECTOR_LIVE_STREAM_START_TIMESTAMP=1700000000000
    follow -s CONNECTOR_LOG_LEVEL=info
    happen "$(event create "$(malware 1)")"
    come 1
    stored() { [ "$(octi-state get start_from)" '>' 1700000000000-0 ]; }
    until_true 20 stored
    control POST "connector/$CONNECTOR_ID/reset" >/dev/null
    happen "$(event create "$(malware 2)")"
    says err 'the state was reset on the platform; beginning again'
    come 4
    stop 0
    assert_equal "$(names)" $'create m1\ncreate m2\ncreate m1\ncreate m2'
}

@test "a ping that is under way at the end does not bring an older position back" {
    octi-register -o registration
    export OCTI_REGISTRATION=$PWD/registration # it pings at once then
    faults '[{"match": "PingConnector", "delay": 2, "times": 1}]'
    follow
    until_true 20 eval 'asked | grep -qx PingConnector'
    local id
    id=$(happen "$(event create "$(malware 1)")")
    come 1
    stop 0
    answered() { [ "$(requests PingConnector | jq -s 'map(select(.status)) | length')" = 2 ]; }
    until_true 20 answered
    assert [ ! "$(octi-state get start_from)" '<' "$id" ]
}

# ---- connections

@test "the stream ends, is cut, in the middle of an event too: it goes on where it was" {
    follow --state state
    happen "$(event create "$(malware 1)")"
    come 1
    control POST stream/close >/dev/null
    says err '^octi-stream: warning: the stream: the platform has ended it; trying again$'
    until_true 10 followed
    happen "$(event create "$(malware 2)")"
    come 2
    control POST stream/cut >/dev/null
    until_true 10 followed
    faults '[{"match": "/stream/", "truncate": 900, "times": 1}]'
    control POST stream/cut >/dev/null
    happen "$(event create "$(malware 3)")"
    come 3
    stop 0
    assert_equal "$(names)" $'create m1\ncreate m2\ncreate m3'
}

@test "bytes in any pieces, over a slow connection" {
    faults '[{"match": "/stream/", "chunk": 7, "pause": 0.001}]'
    follow --state state
    happen "$(event create "$(malware 1 'é€')")"
    come 1
    stop 0
    assert_equal "$(names)" 'create é€'
}

@test "silence: the connection is made again" {
    follow --state state --silence 0.6
    control POST stream/silence >/dev/null
    says err '^octi-stream: warning: the stream: nothing came for 0.6 s; trying again$'
    control POST stream/resume >/dev/null
    happen "$(event create "$(malware 1)")"
    come 1
    stop 0
}

# reading: as follow, for a reader of `pipe`, which has it as descriptor 5
reading() { # ARGS...
    mkfifo pipe
    octi-stream "$@" >pipe 2>err 3>&- 4>&- &
    listener=$!
    exec 5<pipe
    until_true 20 followed
}
reads() { # COUNT: so many lines of the pipe, into `out`; it may take more from the pipe
    timeout 60 head -n "$1" <&5 >out || echo "-- the pipe has given nothing more for a minute" >&2
    assert_equal "$(wc -l <out)" "$1"
}

@test "a reader that takes nothing is not the platform's silence, and stops nothing else" {
    reading --state state --silence 1
    control POST 'stream/fill?n=300&size=3000' >/dev/null
    sleep 2.5
    kill -0 "$listener"
    run ! grep -q silence err
    assert_equal "$(cat err)" ''
    reads 300
    assert_equal "$(tail -n 1 out | jq -r .data.data.name)" m299
    stop 0
    exec 5<&-
    assert_equal "$(cat err)" ''
}

stays_below() { # MB, of its memory; the sanitizers have their own
    local most
    most=$(awk '$1 == "VmHWM:" {print int($2 / 1000)}' "/proc/$listener/status")
    case $OCTI_BUILD in */san) ;; *) assert [ "$most" -lt "$1" ] ;; esac
}

@test "thousands of events at once, and a reader that is slow: its memory stays small" {
    reading --state state
    control POST 'stream/fill?n=8000&size=5000' >/dev/null # 40 MB
    reads 1
    sleep 0.5
    reads 7000
    stays_below 30
    exec 5<&-
    says err 'stdout: Broken pipe'
}

@test "an event of many MB takes a few times its size, and many take no more" {
    follow --state state
    control POST 'stream/fill?n=6&size=8000000' >/dev/null
    come 6
    assert_equal "$(wc -c <out | awk '{print int($1 / 8000000)}')" 6
    stays_below 60
    stop 0
}

@test "a line that is under way when it is to end is ended, and the position is behind it" {
    reading --state state
    control POST stream/heartbeat?seconds=60 >/dev/null
    control POST 'stream/fill?n=2&size=200000' >/dev/null
    timeout 60 dd bs=1000 count=1 <&5 >out 2>dd.err
    kill -TERM "$listener"
    timeout 60 cat <&5 >>out || echo '-- the pipe is open a minute later' >&2
    ended 0
    exec 5<&-
    assert_equal "$(jq -r .data.data.name out)" m0
    assert_equal "$(position)" "$(jq -r .id out)"
    assert_equal "$(cat err)" ''
}

@test "a reader that is gone ends it; the position is where the last whole line was" {
    octi-stream --state state 2>err 3>&- 4>&- | { head -n 1 >out && exec <&- && touch gone; } 3>&- 4>&- &
    until_true 20 followed
    happen "$(event create "$(malware 1)")"
    until_true 20 test -e gone
    local id
    id=$(jq -r .id out)
    happen "$(event create "$(malware 2)")" >/dev/null
    says err '^octi-stream: stdout: Broken pipe$'
    wait $!
    assert [ ! "$(position)" '<' "$id" ]
}

@test "refused: 401, 410 and a web page end it, each told apart" {
    try timeout 60 octi-stream --state state 00000000-0000-4000-8000-000000000000
    gives 1 '' 'octi-stream: the stream 00000000-0000-4000-8000-000000000000: HTTP 401: You are not authorized, please check your credentials (the stream is unknown or not for this user, or OPENCTI_TOKEN is not right)'
    control POST "stream/$everything/collection" '{"stream_live": false}' >/dev/null
    try timeout 60 octi-stream --state state
    gives 1 '' "octi-stream: the stream $everything: HTTP 410: This live stream is stopped (start it on the platform)"
    faults '[{"match": "/stream/", "status": 200, "body": "<html></html>", "content_type": "text/html; charset=utf-8"}]'
    try timeout 60 octi-stream --state state
    gives 1 '' "octi-stream: the stream $everything: the answer is a web page, not a stream: is OPENCTI_URL right, with its path?"
    faults '[{"match": "/stream/", "status": 302}]'
    try timeout 60 octi-stream --state state
    ends 1 'HTTP 302: .*is OPENCTI_URL right, with its path'
}

@test "refused while a ping waits for the platform: nothing is left that would go on" {
    octi-register -o registration
    export OCTI_REGISTRATION=$PWD/registration # it pings at once then
    faults '[{"match": "ConnectorState", "delay": 20}, {"match": "/stream/", "delay": 0.5, "status": 410}]'
    SECONDS=0
    run -1 timeout 60 octi-stream --state state # until its output is closed
    assert [ $SECONDS -lt 15 ]
    assert_output --partial 'HTTP 410'
    assert_equal "$(requests ConnectorState | wc -l)" 1
}

@test "ended while the platform does not answer: before a supervisor loses its patience, and 75" {
    octi-register >/dev/null
    follow
    until_true 10 octi-state get start_from >state.text
    faults '[{"match": "PingConnector", "delay": 100}]'
    happen "$(event create "$(malware 1)")"
    come 1
    SECONDS=0
    stop 75
    assert [ $SECONDS -lt 60 ]
    assert_regex "$(cat err)" 'the position is not stored: .*no answer within 10 s'
}

@test "not now: 429 and 5xx are tried again, as late as the platform says" {
    faults '[{"match": "/stream/", "status": 429, "retry_after": 1, "times": 1}, {"match": "/stream/", "status": 503, "times": 1}]'
    octi-stream -v --state state >out 2>err 3>&- 4>&- &
    listener=$!
    until_true 20 followed
    stop 0
    assert_equal "$(sed 's/: HTTP.*;/;/' err)" "octi-stream: the stream; trying again
octi-stream: following the stream again"
    assert_regex "$(cat err)" 'HTTP 429: .*too many requests'
    assert_equal "$(requests | jq -r 'select(.path | test("/stream/")) | .status' | paste -sd ' ')" '429 503 200'
    assert_equal "$(requests | jq -s 'map(select(.path | test("/stream/")) | .time) | .[1] - .[0] > 0.8')" true
}

@test "each try that fails waits twice as long as the one before" {
    faults '[{"match": "/stream/", "status": 503, "times": 3}]'
    follow --state state
    stop 0
    # 0.5, 1 and 2 seconds, a tenth more or less
    assert_equal "$(requests | jq -s 'map(select(.path | test("/stream/")) | .time) | [.[1] - .[0] > 0.4, .[2] - .[1] > 0.8, .[3] - .[2] > 1.7]' | jq -c .)" '[true,true,true]'
}

@test "what the configuration wants of a stream is asked for" {
    wants() { channels | jq -c '.[0] | [.listen_delete, .no_dependencies, .with_inferences]'; }
    follow --state state
    assert_equal "$(wants)" '[true,true,false]'
    stop 0
    until_true 10 eval '! followed'
    export CONNECTOR_LIVE_STREAM_LISTEN_DELETE=false CONNECTOR_LIVE_STREAM_NO_DEPENDENCIES=false CONNECTOR_LIVE_STREAM_WITH_INFERENCES=true
    follow --state state
    assert_equal "$(wants)" '[false,false,true]'
    stop 0
}

@test "refused after it was followed: it is tried again" {
    follow --state state
    control POST "stream/$everything/collection" '{"stream_live": false}' >/dev/null
    says err 'error: .*HTTP 410\|HTTP 410'
    control POST "stream/$everything/collection" '{"stream_live": true}' >/dev/null
    until_true 20 followed
    stop 0
}

@test "the server says how long to wait, and an error that it has" {
    follow --state state
    raw "retry: 1500\n\nevent: error\ndata: {\"message\":\"No good\"}\n\n"
    says err 'the platform says: No good; trying again'
    asked_again() { [ "$(requests | jq -s 'map(select(.path | test("/stream/"))) | length')" = 2 ]; }
    until_true 10 asked_again
    assert_equal "$(requests | jq -s 'map(select(.path | test("/stream/")) | .time) | .[-1] - .[0] > 1.3')" true
    control POST stream/trim?n=0 >/dev/null
    stop 0
}

@test "events were missed: it warns, and reads the database when it is told to" {
    happen "$(event create "$(malware 1 x1)")" "$(event create "$(malware 2 x2)")" "$(event create "$(malware 3 x3)")"
    control POST stream/trim?n=1 >/dev/null
    echo '{"start_from": "1700000000000-0", "recover_until": "2023-01-01T00:00:00Z"}' >state
    follow --state state
    come 1
    stop 0
    assert_equal "$(names)" 'create x3'
    assert_regex "$(cat err)" "^octi-stream: warning: the position is older than the first event that the stream has: some may be missed; --catch-up would read the database \(position=1700000000000-0, first=[0-9]+-[0-9]+\)$"
    echo '{"start_from": "1700000000000-0"}' >state
    sleep 1.1 # so that `now`, in seconds, is after them
    follow --state state --catch-up
    until_true 10 eval "names | grep -qx 'create x3'"
    stop 0
    assert_equal "$(names | grep -xE 'create x[123]' | sort -u | wc -l)" 3
    assert_regex "$(jq -r .recover_until state)" '^20'
}

@test "a stream that has no recovery says so, and nothing is skipped" {
    control POST "stream/$everything/collection" '{"stream_public": false}' >/dev/null
    echo '{"start_from": "1700000000000-0", "recover_until": "2024-01-01T00:00:00Z"}' >state
    control POST stream/heartbeat?seconds=60 >/dev/null
    control POST stream/silence >/dev/null
    follow --state state
    raw "$(message 9999999999990-0 no-recover '{"stream":"s","message":"m","resume_from":"2024-01-01T00:00:00Z"}')$(message 9999999999990-0 heartbeat '"x"')"
    control POST stream/resume >/dev/null
    says err 'does not read the database'
    control POST stream/silence >/dev/null
    stop 0
    assert_equal "$(cat state)" '{"start_from": "2024-01-01T00:00:00Z", "recover_until": false}'
}

@test "an event above the ceiling ends it, and the position is before it" {
    control POST 'stream/fill?n=1&size=100' >/dev/null
    follow --state state --max-bytes 5000
    come 1
    control POST 'stream/fill?n=1&size=9000' >/dev/null
    ended 1
    assert_regex "$(cat err)" 'an event of more than 5000 bytes, after the event with the id'
    assert_equal "$(wc -l <out)" 1
}

@test "what is no JSON is a string, lines of data are parted, an event without id is printed" {
    follow --state state
    raw "id: 9999999999999-0\ndata: a\ndata: \"b\n\nevent: odd\ndata: {\"x\": [1, 2]}\n\n"
    come 2
    stop 0
    assert_equal "$(cat out)" '{"id":"9999999999999-0","event":"message","data":"a\n\"b"}
{"id":null,"event":"odd","data":{"x": [1, 2]}}'
}

@test "an update that leaves the filter is a deletion, whatever its inner type says" {
    control POST "stream/$everything/collection" '{"filters": "{\"mode\":\"and\",\"filters\":[{\"key\":[\"name\"],\"values\":[\"in\"],\"operator\":\"eq\",\"mode\":\"or\"}],\"filterGroups\":[]}"}' >/dev/null
    happen "$(event create "$(malware 1 in)")" >/dev/null
    follow --state state
    happen "$(event update "$(malware 1 out)")" >/dev/null
    until_true 10 grep -q delete out
    stop 0
    assert_equal "$(tail -n 1 out | jq -c '[.event, .data.type]')" '["delete","update"]'
}

# ---- filters

indicator() { # NUMBER PATTERN-TYPE SCORE
    jq -nc --arg id "indicator--0000000$1-6666-4666-8666-666666666666" --arg type "$2" --argjson score "$3" \
        '{type: "indicator", spec_version: "2.1", $id, name: "i\($type)", pattern: "[url:value = 1]", pattern_type: $type, valid_from: "2026-01-01T00:00:00Z",
          extensions: {"extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba": {type: "Indicator", id: "x", $score, is_inferred: false, creator_ids: ["a", "b"]}}}'
}
told() { # KIND OBJECT: a message as the platform makes it, its id behind all others
    told=$((${told-0} + 1))
    message "9999999999999-$told" "$1" "$(jq -nc --argjson data "$2" '{$data, origin: {}}')"
}
passes() { # NAMES ARGS...: of five events these go through
    control POST stream/heartbeat?seconds=60 >/dev/null
    printf '{"start_from": "1700000000000-0"}' >state
    follow --state state "${@:2}"
    raw "$(told create "$(indicator 1 stix 80)" && told=1 && told update "$(indicator 2 yara 20)" && told=2 && told delete "$(malware 3 m)" && told=3 && told create "$(indicator 4 sigma 80)")id: 9999999999999-9\nevent: create\ndata: {}\n\n"
    passed_all() { [ "$(position)" = 9999999999999-9 ]; }
    until_true 10 passed_all
    stop 0
    assert_equal "$(jq -r '.data.data.name // "-"' out | paste -sd ' ')" "$1"
}

@test "filters: by type, event, pattern type and what OpenCTI's extensions say" {
    passes 'istix iyara m isigma -'
}

@test "filters: --type has STIX's names and OpenCTI's" {
    passes 'istix iyara isigma' --type INDICATOR
}

@test "filters: --type, --event together" {
    passes 'iyara m' -t 'malware,indicator' -e update,delete
}

@test "filters: --pattern-type" {
    passes 'istix iyara' --pattern-type=stix,Yara
}

@test "filters: --where, all of them" {
    passes 'istix isigma' --where is_inferred=false --where creator_ids=b --where score=80
}

@test "filters: --stix prints the object alone" {
    passes - --stix -e delete
    assert_equal "$(cat out)" "$(malware 3 m)"
}

# ---- a handler

# handle SCRIPT: what the handler does; its runs are noted, a line of names each, in `runs`
handle() {
    { echo '#!/bin/sh'; echo 'jq -r .data.data.name | paste -sd " " >run.$$ || exit; cat run.$$ >>runs'; printf '%s\n' "$1"; } >handler
    chmod +x handler
}
ran() { [ -e runs ] && [ "$(wc -l <runs)" -ge "$1" ]; }
run_until() { until_true 30 ran "$1"; } # COUNT

@test "a handler: a run for each event, in order, and what it printed; the position follows" {
    handle 'echo "did $(cat run.$$)"; [ -n "$OCTI_REGISTRATION" ] && jq -e .id "$OCTI_REGISTRATION" >/dev/null || echo no'
    export OCTI_STATE=
    follow --state state -- ./handler x
    local id
    id=$(happen "$(event create "$(malware 1)")" "$(event create "$(malware 2)")")
    run_until 2
    come 2
    moved() { [ ! "$(position)" '<' "$id" ]; }
    until_true 10 moved
    stop 0
    assert_equal "$(cat runs)" $'m1\nm2'
    assert_equal "$(cat out)" $'did m1\ndid m2'
    assert_equal "$(cat err)" ''
}

@test "a handler that fails is run again, and the position stays until it is done" {
    export CONNECTOR_LOG_LEVEL=WARNING
    handle '[ "$(wc -l <runs)" -gt 1 ] || exit 4'
    follow --state state --silence 60 -- ./handler
    happen "$(event create "$(malware 1)")" "$(event create "$(malware 2)")"
    run_until 1
    local before
    before=$(position)
    run_until 3
    stop 0
    assert_equal "$(cat runs)" $'m1\nm1\nm2'
    assert [ "$(position)" '>' "$before" ]
    assert_equal "$(cat err)" 'octi-stream: warning: the handler failed (events=1, tries=1, status=4)'
}

@test "an event that fails each time ends it, and stays; with --dead-letter it is kept, and it goes on" {
    handle 'grep -q m2 run.$$ && exit 1; :'
    follow --state state --max-tries 1 -- ./handler
    local id
    id=$(happen "$(event create "$(malware 1)")")
    run_until 1
    happen "$(event create "$(malware 2)")" "$(event create "$(malware 3)")" >/dev/null
    ended 1
    assert_regex "$(tail -n 1 err)" '^octi-stream: event [0-9]+-[0-9]+: the handler failed; the position stays before it \(--dead-letter would keep it and go on\)$'
    assert [ ! "$(position)" '<' "$id" ]
    mkdir dead
    rm runs
    follow --state state --max-tries 1 --dead-letter dead -- ./handler
    run_until 2
    stop 0
    assert_equal "$(cat runs)" $'m2\nm3'
    assert_equal "$(jq -r .data.data.name dead/*)" m2
    assert_regex "$(cat err)" 'the handler failed; the event is kept in dead \(id=[0-9-]+, tries=1\)'
}

@test "--batch: so many at a time, or what has come within --linger; one that fails is found" {
    mkdir dead
    handle 'grep -q m4 run.$$ && exit 1; :'
    follow --state state --batch 3 --linger 0.4 --max-tries 1 --dead-letter dead -- ./handler
    happen "$(event create "$(malware 1)")" "$(event create "$(malware 2)")"
    run_until 1
    happen "$(event create "$(malware 3)")" "$(event create "$(malware 4)")" "$(event create "$(malware 5)")" "$(event create "$(malware 6)")"
    run_until 6
    stop 0
    assert_equal "$(cat runs)" $'m1 m2\nm3 m4 m5\nm3\nm4\nm5\nm6'
    assert_equal "$(jq -r .data.data.name dead/*)" m4
}

@test "--linger: a batch waits for what comes later, until it is full" {
    handle :
    follow --state state --batch 2 --linger 60 -- ./handler
    happen "$(event create "$(malware 1)")"
    sleep 0.5
    happen "$(event create "$(malware 2)")"
    run_until 1
    stop 0
    assert_equal "$(cat runs)" 'm1 m2'
}

@test "a stream that has no recovery says so while a handler runs: the position is right when that has ended" {
    handle 'until [ -e go ]; do sleep 0.05; done'
    echo '{"start_from": "1700000000000-0", "recover_until": "2024-01-01T00:00:00Z"}' >state
    control POST stream/heartbeat?seconds=60 >/dev/null
    control POST stream/silence >/dev/null
    follow --state state -- ./handler
    raw "$(message 9999999999990-0 create '{"data":{"name":"m1"}}')$(message 9999999999991-0 no-recover '{"resume_from":"2025-01-01T00:00:00Z"}')"
    control POST stream/resume >/dev/null
    run_until 1
    says err 'does not read the database'
    touch go
    passed() { [ "$(position)" = 2025-01-01T00:00:00Z ]; }
    until_true 20 passed
    stop 0
    assert_equal "$(cat state)" '{"start_from": "2025-01-01T00:00:00Z", "recover_until": false}'
}

@test "a handler that is slow: pings, heartbeats and the watchdog go on; SIGTERM lets it end" {
    handle 'sleep 4; echo end >>runs'
    follow --state state --silence 1 -- ./handler
    happen "$(event create "$(malware 1)")"
    run_until 1
    sleep 2
    assert_equal "$(channels | jq length)" 1
    assert_equal "$(cat err)" ''
    stop 0
    assert_equal "$(cat runs)" $'m1\nend'
}

@test "after --grace the handler is ended, and its events come again" {
    handle 'exec sleep 60'
    follow --state state --grace 0.3 -- ./handler
    happen "$(event create "$(malware 1)")"
    run_until 1
    SECONDS=0
    stop 0
    assert [ $SECONDS -lt 10 ]
    handle :
    follow --state state -- ./handler
    run_until 2
    stop 0
    assert_equal "$(cat runs)" $'m1\nm1'
}

@test "killed with -9 in the middle: the event comes again" {
    handle 'sleep 1'
    follow --state state -- ./handler
    happen "$(event create "$(malware 1)")"
    run_until 1
    kill -KILL "$listener"
    wait "$listener" || :
    sleep 0.1
    until_true 10 eval '! followed'
    follow --state state -- ./handler
    run_until 2
    stop 0
    assert_equal "$(cat runs)" $'m1\nm1'
}

@test "a handler that is not there, or cannot be run: said at once, and nothing is asked for" {
    try timeout 60 octi-stream --state state -- ./nobody
    gives 127 '' 'octi-stream: ./nobody: No such file or directory'
    echo text >plain
    try timeout 60 octi-stream --state state --pipe -- ./plain
    gives 126 '' 'octi-stream: ./plain: Permission denied'
    assert_equal "$(requests)" ''
    assert_file_not_exists state
}

@test "a handler that is gone later, or cannot be run any more, ends it, with --pipe too, and nothing is lost" {
    local how case
    mkdir dead
    echo '{"start_from": "1700000000000-0"}' >state
    happen "$(event create "$(malware 1)")"
    for how in --batch=1 --pipe; do
        for case in 'rm handler|127' 'chmod -x handler|126'; do
            printf '#!/bin/sh\n%s\nread -r line\nexit 3\n' "${case%|*}" >handler
            chmod +x handler
            try timeout 60 octi-stream --state state "$how" --dead-letter dead -- ./handler
            ends "${case#*|}" '^octi-stream: the handler cannot be run: \./handler$'
        done
    done
    assert_equal "$(find dead -type f)" ''
    handle :
    follow --state state -- ./handler
    run_until 1
    stop 0
    assert_equal "$(cat runs)" m1
}

@test "--timeout ends a run" {
    mkdir dead
    handle 'exec sleep 60'
    follow --state state --timeout 0.3 --max-tries 1 --dead-letter dead -- ./handler
    happen "$(event create "$(malware 1)")"
    says err 'the handler took too long (events=1, tries=1'
    says err 'the event is kept in dead'
    stop 0
}

@test "--rate: no more than so many a minute" {
    follow --state state --rate 2/min
    happen "$(event create "$(malware 1)")" "$(event create "$(malware 2)")" "$(event create "$(malware 3)")"
    come 2
    sleep 0.5
    assert_equal "$(wc -l <out)" 2
    stop 0
    local second
    second=$(tail -n 1 out | jq -r .id)
    assert_equal "$(position)" "$second"
}

@test "--rate: so it is with a handler, of batches too, and with one that stays" {
    handle :
    follow --state state --rate 2 --batch 5 --linger 0.1 -- ./handler
    happen "$(event create "$(malware 1)")" "$(event create "$(malware 2)")" "$(event create "$(malware 3)")"
    run_until 1
    sleep 0.5
    stop 0
    assert_equal "$(cat runs)" 'm1 m2'
    follow --state state --rate 1 --pipe -- sh -c 'while read -r line; do echo more >>runs; echo ok; done'
    happen "$(event create "$(malware 4)")"
    run_until 2
    sleep 0.5
    stop 0
    assert_equal "$(cat runs)" $'m1 m2\nmore'
}

# ---- a handler that stays

@test "--pipe: one process, an answer for each event, and the position behind them" {
    cat >handler <<'END'
#!/bin/sh
echo start >>starts
while read -r line; do printf '%s\n' "$line" | jq -r .data.data.name >>runs; echo ok; done
echo over >>runs
END
    chmod +x handler
    follow --state state --pipe -- ./handler
    local id
    id=$(happen "$(event create "$(malware 1)")" "$(event create "$(malware 2)")" "$(event create "$(malware 3)")")
    moved() { [ ! "$(position)" '<' "$id" ]; }
    until_true 10 moved
    stop 0
    assert_equal "$(cat runs)" $'m1\nm2\nm3\nover'
    assert_equal "$(wc -l <starts)" 1
    assert_equal "$(cat out err)" ''
}

@test "--pipe: what is not ok is sent again, and then kept; the position waits for it" {
    mkdir dead
    cat >handler <<'END'
#!/bin/sh
while read -r line; do
    name=$(printf '%s\n' "$line" | jq -r .data.data.name)
    echo "$name" >>runs
    if [ "$name" = m1 ]; then echo 'no room'; else echo ok; fi
done
END
    chmod +x handler
    follow --state state --pipe --max-tries 2 --dead-letter dead -- ./handler
    happen "$(event create "$(malware 1)")" "$(event create "$(malware 2)")"
    run_until 2
    sleep 0.3
    assert [ "$(position)" '<' "$(control GET stream/events | jq -r '.[0].id')" ]
    says err 'no room; the event is kept in dead'
    stop 0
    assert_equal "$(cat runs)" $'m1\nm2\nm1'
    assert_equal "$(jq -r .data.data.name dead/*)" m1
    assert_regex "$(head -n 1 err)" '^octi-stream: warning: no room; trying again \(id=[0-9-]+, tries=1\)$'
    assert [ ! "$(position)" '<' "$(control GET stream/events | jq -r '.[1].id')" ]
}

@test "--pipe: a handler that ends is started again, and gets what it had not answered" {
    cat >handler <<'END'
#!/bin/sh
while read -r line; do
    printf '%s\n' "$line" | jq -r .data.data.name >>runs
    [ -e again ] || { touch again; exit 3; }
    echo ok
done
END
    chmod +x handler
    follow --state state --pipe -- ./handler
    happen "$(event create "$(malware 1)")" "$(event create "$(malware 2)")" >/dev/null
    run_until 3
    stop 0
    assert_equal "$(cat runs)" $'m1\nm1\nm2'
    assert_regex "$(cat err)" '^octi-stream: warning: the handler ended with status 3; trying again'
}

@test "--pipe: no more than --window wait for an answer, and it may read slowly" {
    cat >handler <<'END'
#!/bin/sh
while [ ! -e go ]; do sleep 0.05; done
tee lines | sed -u 's/.*/ok/'
END
    chmod +x handler
    follow --state state --pipe --window 2 --silence 1 -- ./handler
    control POST 'stream/fill?n=50&size=20000' >/dev/null
    sleep 2
    touch go
    all() { [ "$(wc -l <lines)" = 50 ]; }
    until_true 20 all
    stop 0
    assert_equal "$(jq -r .data.data.name lines | sort -u | wc -l)" 50
    assert_equal "$(cat err)" ''
}

@test "--pipe: --window is what it gets before it answers" {
    cat >handler <<'END'
#!/bin/bash
read -r; read -r; echo two >>runs
if read -rt 0.5; then echo three >>runs; fi
echo ok; echo ok
read -r; echo three, then >>runs; echo ok
END
    chmod +x handler
    follow --state state --pipe --window 2 -- ./handler
    happen "$(event create "$(malware 1)")" "$(event create "$(malware 2)")" "$(event create "$(malware 3)")" >/dev/null
    run_until 2
    stop 0
    assert_equal "$(cat runs)" $'two\nthree, then'
}

# ---- what is called wrongly

@test "wrong calls are 2" {
    try timeout 60 octi-stream a b
    gives 2 '' 'octi-stream: one stream at a time: b; see octi-stream --help'
    try timeout 60 octi-stream --pipe
    ends 2 '^octi-stream: --batch, --linger and --pipe need a handler; see '
    try timeout 60 octi-stream --pipe --batch 2 -- true
    ends 2 'do not go with --pipe'
    try timeout 60 octi-stream --where score
    ends 2 '^octi-stream: --where: not KEY=VALUE: score$'
    for rate in 0 2/s 2/ /min 1000001/min two; do
        try timeout 60 octi-stream --rate "$rate"
        ends 2 "^octi-stream: --rate: not from 1 to 1000000 a minute: $rate; see "
    done
    try timeout 60 octi-stream --dead-letter nowhere -- true
    gives 1 '' 'octi-stream: nowhere: No such file or directory'
    CONNECTOR_LIVE_STREAM_ID='' try timeout 60 octi-stream
    ends 2 'CONNECTOR_LIVE_STREAM_ID'
}

@test "the token is in nobody's arguments, nor in a log" {
    follow -v --state state
    run ! grep -lF "$OPENCTI_TOKEN" /proc/[0-9]*/cmdline
    stop 0
    run ! grep -F "$OPENCTI_TOKEN" out err state
}
