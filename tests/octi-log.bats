#!/usr/bin/env bats
load helper

setup() {
    clean_setup
    export OPENCTI_JSON_LOGGING=no CONNECTOR_NAME=Feed
}

records() { # stderr, without times
    jq -c 'del(.timestamp)' "$err"
}

@test "a line of JSON as the SDK writes it" {
    OPENCTI_JSON_LOGGING=yes try octi-log error 'fetched "it"' url=https://a.example/?a=b n:=17 'list:=[1, {"a":null}]' none=
    [ "$status" -eq 0 ]
    assert_file_empty "$out"
    [ "$(cut -d, -f2- "$err")" = ' "level": "ERROR", "name": "Feed", "message": "fetched \"it\"", "attributes": {"url": "https://a.example/?a=b", "n": 17, "list": [1, {"a": null}], "none": ""}}' ]
    assert_regex "$(jq -r .timestamp "$err")" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$'
}

@test "JSON is the default where stderr is no terminal; without a name it is the tool's" {
    unset OPENCTI_JSON_LOGGING CONNECTOR_NAME
    try octi-log error x
    [ "$(records)" = '{"level":"ERROR","name":"octi-log","message":"x"}' ]
}

@test "a plain line" {
    try octi-log error 'a message' n:=17 who=me none=
    gives 0 '' 'Feed: a message (n=17, who=me, none="")'
    CONNECTOR_LOG_LEVEL=debug try octi-log warning $'a\nb' $'k=\ec'
    gives 0 '' 'Feed: warning: a?b (k=?c)'
}

@test "levels: what is below CONNECTOR_LOG_LEVEL is not written" {
    local least level
    for least in debug info warning error; do
        : >all
        for level in DEBUG info Warn ERROR critical; do
            CONNECTOR_LOG_LEVEL=$least octi-log "$level" "$level" 2>>all
        done
        case $least in
        debug) [ "$(wc -l <all)" -eq 5 ] ;;
        info) [ "$(wc -l <all)" -eq 4 ] ;;
        warning) [ "$(wc -l <all)" -eq 3 ] ;;
        error) [ "$(wc -l <all)" -eq 2 ] ;;
        esac
    done
    try octi-log -v info x
    gives 0 '' 'Feed: x'
    try octi-log info x
    gives 0 '' ''
}

@test "called wrongly" {
    try octi-log
    gives 2 '' 'octi-log: LEVEL is missing; see octi-log --help'
    try octi-log --
    gives 2 '' 'octi-log: COMMAND is missing; see octi-log --help'
    try octi-log loud x
    gives 2 '' 'octi-log: none of debug, info, warning and error: loud; see octi-log --help'
    try octi-log -l loud -- true
    gives 2 '' 'octi-log: none of debug, info, warning and error: loud; see octi-log --help'
    try octi-log -l info error x
    gives 2 '' 'octi-log: -l goes with -- COMMAND; see octi-log --help'
    try octi-log error x y
    gives 2 '' 'octi-log: neither KEY=VALUE nor KEY:=JSON: y; see octi-log --help'
    try octi-log error x =y
    gives 2 '' 'octi-log: neither KEY=VALUE nor KEY:=JSON: =y; see octi-log --help'
    try octi-log error x :=1
    gives 2 '' 'octi-log: neither KEY=VALUE nor KEY:=JSON: :=1; see octi-log --help'
    try octi-log error x 'k:={'
    gives 2 '' 'octi-log: k: not JSON: {; see octi-log --help'
    CONNECTOR_LOG_LEVEL=loud try octi-log error x
    gives 2 '' 'octi-log: CONNECTOR_LOG_LEVEL: none of debug, info, warning and error: loud (environment)'
}

@test "a line that cannot be written is no success" {
    status=0
    octi-log error x 2>/dev/full || status=$?
    [ "$status" -eq 75 ]
    status=0
    octi-log error 2>/dev/full <<<x || status=$?
    [ "$status" -eq 75 ]
    status=0
    octi-log -- sh -c 'echo x >&2' 2>/dev/full || status=$?
    [ "$status" -eq 75 ]
}

@test "stdin: each line is one of the log, and may name its level" {
    export CONNECTOR_LOG_LEVEL=info
    printf 'one\n\nWARNING: two\r\nINFO:root:three\nDEBUG: no\nnote: this\nlast' >in
    try octi-log error <in
    gives 0 '' 'Feed: one
Feed: warning: two
Feed: root:three
Feed: note: this
Feed: last'
}

@test "lines that are of a log already are passed on, by their level" {
    printf '%s\n' '{"level": "INFO",  "message": "a"}' '{"level": "ERROR", "message": "b"}' '{"level": "ERROR"}' '{' >in
    OPENCTI_JSON_LOGGING=yes try octi-log error <in
    [ "$(head -n1 "$err")" = '{"level": "ERROR", "message": "b"}' ]
    [ "$(records | tail -n2)" = '{"level":"ERROR","name":"Feed","message":"{\"level\": \"ERROR\"}"}
{"level":"ERROR","name":"Feed","message":"{"}' ]
}

@test "a long line becomes several, NUL bytes are shown" {
    head -c 140000 /dev/zero | tr '\0' x >in
    printf 'a\0b\n' | cat - in >both
    try octi-log error <both
    [ "$(wc -l <"$err")" -eq 4 ]
    [ "$(head -n1 "$err")" = 'Feed: a?b' ]
    [ "$(tail -n +2 "$err" | tr -dc x | wc -c)" -eq 140000 ]
}

@test "a long line ends where a part may, and between two characters" {
    local pad n
    export OPENCTI_JSON_LOGGING=yes
    # The 65536th byte is the first, the second, the third of a character's, and the last one.
    for pad in 65535 65534 65533 65532; do
        { head -c $pad /dev/zero | tr '\0' x; printf '\U1f600\U1f600\r\n'; } >in
        try octi-log error <in
        assert_equal "$(jq -rj .message "$err" | sha256sum)" "$(tr -d '\r\n' <in | sha256sum)"
        assert_equal "$(wc -l <"$err")" 2
        try octi-log -- sh -c 'cat in >&2'
        assert_equal "$(jq -rj .message "$err" | sha256sum)" "$(tr -d '\r\n' <in | sha256sum)"
    done
    # Exactly one part, with and without an end; a carriage return within a line stays.
    for n in 65535 65536; do
        { head -c $n /dev/zero | tr '\0' x; printf '\n\ny'; } >in
        try octi-log error <in
        assert_equal "$(jq -r '.message | length' "$err" | paste -sd ' ')" "$n 1"
    done
    { head -c 65535 /dev/zero | tr '\0' x; printf '\ry\n'; } >in
    try octi-log error <in
    assert_equal "$(jq -r '.message | length' "$err" | paste -sd ' ')" "65536 1"
    jq -r .message "$err" | head -n1 | tail -c2 | od -An -c | grep -q '\\r'
}

@test "bytes that are no text: JSON that everybody reads, in a log that is one" {
    # Halves of a surrogate pair, cut and overlong characters, above U+10FFFF, controls, NUL.
    printf 'a\355\240\200b\377\376\303\n\300\200 \364\220\200\200\033[0m\177\0\n' >in
    OPENCTI_JSON_LOGGING=yes try octi-log error <in
    ends 0
    assert_equal "$(sed 's/.*"message": //' "$err")" '"a\ufffd\ufffd\ufffdb\ufffd\ufffd\ufffd"}
"\ufffd\ufffd \ufffd\ufffd\ufffd\ufffd\u001b[0m\u007f?"}'
    python -c 'import json, sys; [json.loads(line) for line in sys.stdin]' <"$err"
    try octi-log error <in
    assert_equal "$(tail -n1 "$err" | tail -c 7)" '?[0m??'
}

@test "the fields are those of the SDK, in its order" {
    local level
    cat >sdk.py <<'PYTHON'
import sys
from pycti.utils.opencti_logger import logger
log = logger("DEBUG")("Café")
log.debug("d")
log.info("a \"b\"\n\u20ac\U0001f600\x7f", {"n": 17, "list": [1, {"a": None}], "text": "é"})
log.warning("w", {})
log.error("e", {"k": "v"})
PYTHON
    python sdk.py 2>wanted
    export OPENCTI_JSON_LOGGING=yes CONNECTOR_NAME=Café CONNECTOR_LOG_LEVEL=debug
    {
        octi-log debug d
        octi-log info $'a "b"\n\u20ac\U1f600\x7f' n:=17 'list:=[1, {"a": null}]' text=é
        octi-log warning w
        octi-log error e k=v
    } 2>is
    # Python's traceback is left out, and attributes without any.
    sed -i 's/, "exc_info": "NoneType: None"//; s/, "attributes": {}//' wanted
    for level in wanted is; do sed -i -E 's/"timestamp": "[0-9-]{10}T[0-9:]{8}\.[0-9]{6}Z"/"timestamp": ""/' $level; done
    diff <(jq -c . wanted) <(jq -c . is)
    diff wanted is
}

@test "a command: stdin, stdout and status are its own, stderr becomes the log" {
    status=0
    octi-log -- sh -c 'cat; echo one >&2; echo WARNING: two >&2; printf last >&2; exit 7' <<<data >"$out" 2>"$err" || status=$?
    gives 7 data 'Feed: one
Feed: last'
    try octi-log -l info -- sh -c 'echo one >&2; echo ERROR: two >&2'
    gives 0 '' 'Feed: two'
}

@test "a command that is missing, cannot be run, or is killed" {
    try octi-log -- ./missing
    gives 127 '' 'Feed: ./missing: cannot be run: No such file or directory'
    touch text
    try octi-log -- ./text
    gives 126 '' 'Feed: ./text: cannot be run: Permission denied'
    # shellcheck disable=SC2016
    try octi-log -- sh -c 'echo dying >&2; kill -KILL $$'
    gives 137 '' 'Feed: dying'
}

@test "signals reach the command, which decides" {
    local name
    for name in TERM HUP USR1; do
        rm -f ready
        octi-log -- sh -c "trap 'echo got $name >&2; exit 9' $name; touch ready; i=0; while [ \$((i += 1)) -lt 100 ]; do sleep 0.05; done" 2>"$err" &
        until_true 5 test -e ready
        kill -$name $!
        status=0
        wait $! || status=$?
        is_text stderr "$err" "Feed: got $name"
        [ "$status" -eq 9 ]
    done
    sleep 20 &
    octi-log -- sleep 20 &
    local log=$!
    until_true 5 pgrep -P $log
    kill $log
    status=0
    wait $log || status=$?
    [ "$status" -eq 143 ]
    kill %1
}

@test "a signal that is ignored stays so, as under nohup" {
    status=0
    # shellcheck disable=SC2016
    (trap '' HUP && exec octi-log -- sh -c 'kill -HUP $$; kill -HUP $PPID; echo alive >&2') 2>"$err" || status=$?
    is_text stderr "$err" 'Feed: alive'
    [ "$status" -eq 0 ]
}

@test "a signal that comes before the command is there is not lost" {
    # The program is held up where it becomes the command; once it is the command, the signal ends it too.
    ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null -e trace=execve -e inject=execve:delay_enter=500000 \
        "$(command -v octi-log)" -- sleep 20 &
    local tracer=$! log
    until_true 10 pgrep -P $tracer -x octi-log
    log=$(pgrep -P $tracer -x octi-log)
    until_true 10 pgrep -P "$log"
    kill "$log"
    status=0
    wait $tracer || status=$?
    [ "$status" -eq 143 ]
}

@test "what the command leaves behind is not waited for" {
    local start=$SECONDS
    try octi-log -- sh -c 'sleep 5 & echo $! >left; echo said >&2'
    gives 0 '' 'Feed: said'
    [ $((SECONDS - start)) -lt 4 ]
    kill "$(cat left)"
}

@test "a command that says much is not held up, and nothing of it is lost" {
    try octi-log -- sh -c 'seq 20000 >&2'
    ends 0
    diff <(sed 's/^Feed: //' "$err") <(seq 20000)
}
