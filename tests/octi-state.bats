#!/usr/bin/env bats
load helper

setup_file() {
    platform_up seven --release 7
}

teardown_file() {
    platforms_down
}

setup() {
    platform_fresh seven
    new_connector
}

registered() {
    octi-register >"$out"
    forget_requests
}

# ---- in a file

@test "a file: get, set, put, reset" {
    export OCTI_STATE=state.json
    unset OPENCTI_URL OPENCTI_TOKEN CONNECTOR_ID
    try octi-state get
    gives 0 '{}' ''
    try octi-state set last_run=2026-01-01T00:00:00Z page:=3
    gives 0 '' ''
    [ "$(cat state.json)" = '{"last_run": "2026-01-01T00:00:00Z", "page": 3}' ]
    try octi-state get
    gives 0 '{"last_run":"2026-01-01T00:00:00Z","page":3}' ''
    try octi-state get last_run
    gives 0 2026-01-01T00:00:00Z ''
    try octi-state get page
    gives 0 3 ''
    try octi-state get nothing
    gives 1 '' 'octi-state: no key nothing in the state'
    try octi-state set page:=4 new=x
    [ "$(cat state.json)" = '{"last_run": "2026-01-01T00:00:00Z", "page": 4, "new": "x"}' ]
    try octi-state put <<<'{"a" : [1, 2.50]}'
    gives 0 '' ''
    [ "$(cat state.json)" = '{"a": [1, 2.5]}' ]
    try octi-state reset
    gives 0 '' ''
    [ "$(cat state.json)" = '{}' ]
    try octi-state get
    gives 0 '{}' ''
}

@test "a file: mode 0600, replaced as a whole" {
    export OCTI_STATE=state.json
    umask 000
    octi-state set a=1
    [ "$(stat -c %a state.json)" = 600 ]
    local inode
    inode=$(stat -c %i state.json)
    octi-state set b=2
    [ "$(stat -c %i state.json)" != "$inode" ]
    [ "$(find . -name 'state*' | wc -l)" -eq 1 ]
    OCTI_STATE=no/state.json try octi-state set a=1
    gives 1 '' 'octi-state: no/state.json: No such file or directory'
    mkdir directory
    OCTI_STATE=directory try octi-state get
    ends 1 '^octi-state: OCTI_STATE: directory: Is a directory$'
}

@test "a file: what is no state is none" {
    export OCTI_STATE=state.json
    local text
    for text in '' null '[1]' '"x"' '{' '{"a":1} {"b":2}' 'not JSON'; do
        printf '%s' "$text" >state.json
        try octi-state get
        gives 0 '{}' ''
    done
}

@test "values: text and JSON, empty, with = in them, unicode, large numbers" {
    export OCTI_STATE=state.json
    try octi-state set 'a=' 'b=c=d' 'é="ü"' 'n:=123456789012345678901' 'o:={"x": [true, null]}' 'f:=1.10'
    gives 0 '' ''
    [ "$(cat state.json)" = '{"a": "", "b": "c=d", "\u00e9": "\"\u00fc\"", "n": 123456789012345678901, "o": {"x": [true, null]}, "f": 1.1}' ]
    try octi-state get b
    gives 0 c=d ''
    try octi-state get é
    gives 0 '"ü"' ''
    try octi-state get o
    gives 0 '{"x":[true,null]}' ''
    try octi-state get n
    gives 0 123456789012345678901 ''
}

@test "--if compares first" {
    export OCTI_STATE=state.json
    octi-state set page:=3 name=x
    try octi-state --if page:=3 set page:=4
    gives 0 '' ''
    try octi-state --if page:=3 set page:=5
    gives 1 '' 'octi-state: page is 4'
    [ "$(octi-state get page)" = 4 ]
    try octi-state --if page=4 get
    gives 1 '' 'octi-state: page is 4'
    try octi-state --if name=x --if page:=4 get name
    gives 0 x ''
    try octi-state --if name=x --if page:=9 reset
    gives 1 '' 'octi-state: page is 4'
    try octi-state --if absent:=null set absent=1
    gives 0 '' ''
    try octi-state --if absent:=null set absent=2
    gives 1 '' 'octi-state: absent is "1"'
    # As JSON they are the same.
    octi-state set 'o:={"a":1.0}'
    try octi-state --if 'o:={ "a" : 1.00 }' get page
    gives 0 4 ''
}

@test "what the state cannot become" {
    export OCTI_STATE=state.json
    octi-state set a=1
    try octi-state put <<<'[1]'
    gives 1 '' 'octi-state: stdin: the state is an object, this is not'
    try octi-state put <<<'{"a":1}{"b":2}'
    gives 1 '' 'octi-state: stdin: more than one value'
    try octi-state put <<<'{"a":'
    ends 1 '^octi-state: stdin:2:1: not JSON: the text ends too early$'
    try octi-state put </dev/null
    ends 1 '^octi-state: stdin:1:1: not JSON: the text ends too early$'
    [ "$(cat state.json)" = '{"a": "1"}' ]
    octi-state put <<<'{"a":1,"b":2,"a":3}'
    [ "$(cat state.json)" = '{"a": 3, "b": 2}' ]
}

@test "mistakes of the call" {
    export OCTI_STATE=state.json
    try octi-state
    gives 2 '' 'octi-state: get, set, put or reset is missing; see octi-state --help'
    try octi-state take
    gives 2 '' 'octi-state: not get, set, put or reset: take; see octi-state --help'
    try octi-state set
    gives 2 '' 'octi-state: set: KEY=VALUE is missing; see octi-state --help'
    try octi-state get a b
    gives 2 '' 'octi-state: get: too many operands; see octi-state --help'
    try octi-state put a
    gives 2 '' 'octi-state: put: too many operands; see octi-state --help'
    try octi-state set a
    gives 2 '' 'octi-state: not KEY=VALUE: a'
    try octi-state set a=1 =b
    gives 2 '' 'octi-state: not KEY=VALUE: =b'
    try octi-state set :=1
    gives 2 '' 'octi-state: not KEY:=JSON: :=1'
    try octi-state set a:=x
    gives 2 '' 'octi-state: a: not JSON: x'
    try octi-state --if a get
    gives 2 '' 'octi-state: not KEY=VALUE: a'
    [ ! -e state.json ]
}

@test "/dev/full is never success" {
    export OCTI_STATE=state.json
    status=0
    octi-state get >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-state: stdout: No space left on device$'
}

# ---- on the platform

@test "the platform: get, set, put, reset, each verified" {
    registered
    try octi-state get
    gives 0 '{}' ''
    [ "$(operations)" = ConnectorState ]
    forget_requests
    try octi-state set a=1 b:=2
    gives 0 '' ''
    [ "$(operations)" = 'ConnectorState PingConnector ConnectorState' ]
    [ "$(requests PingConnector | jq -c '.variables | [.id, .state, .connectorInfo]')" = "[\"$CONNECTOR_ID\",\"{\\\"a\\\": \\\"1\\\", \\\"b\\\": 2}\",null]" ]
    try octi-state get
    gives 0 '{"a":"1","b":2}' ''
    try octi-state get a
    gives 0 1 ''
    try octi-state put <<<'{"é":1}'
    gives 0 '' ''
    [ "$(control GET connectors | jq -r ".[] | select(.id == \"$CONNECTOR_ID\").connector_state")" = '{"\u00e9": 1}' ]
    try octi-state reset
    gives 0 '' ''
    try octi-state get
    gives 0 '{}' ''
    [ "$(control GET connectors | jq -r ".[] | select(.id == \"$CONNECTOR_ID\").connector_state")" = null ]
}

@test "the platform: the info of the connector stays as it is" {
    registered
    CONNECTOR_RUN_AND_TERMINATE=true octi-register --ping >"$out"
    octi-state set a=1
    control GET connectors | jq -e ".[] | select(.id == \"$CONNECTOR_ID\").connector_info.run_and_terminate"
}

@test "the platform: a pending reset does not swallow the state" {
    registered
    octi-state set a=1
    control POST "connector/$CONNECTOR_ID/reset"
    forget_requests
    try octi-state set b=2
    gives 0 '' ''
    [ "$(requests PingConnector | wc -l)" -eq 2 ]
    # What was before the reset is gone, as it should be.
    try octi-state get
    gives 0 '{"b":"2"}' ''
    control POST "connector/$CONNECTOR_ID/reset"
    try octi-state get
    gives 0 '{}' ''
    control GET connectors | jq -e ".[] | select(.id == \"$CONNECTOR_ID\").connector_state_reset"
}

@test "the platform: another state found than was sent is not success" {
    registered
    faults '[{"match":"PingConnector","body":{"data":{"pingConnector":{"id":"x","connector_state":"{\"b\": \"2\"}","connector_info":null}}}}]'
    try octi-state set a=1
    [ "$status" -ne 0 ]
    says_one_line
}

@test "the platform: OCTI_REGISTRATION names the connector" {
    octi-register -o reg.json
    octi-state set a=1
    export OCTI_REGISTRATION=reg.json
    unset CONNECTOR_ID CONNECTOR_NAME CONNECTOR_TYPE
    try octi-state get a
    gives 0 1 ''
}

@test "the platform: no such connector, no right, no answer" {
    try octi-state get
    gives 1 '' "octi-state: the platform knows no connector $CONNECTOR_ID"
    try octi-state set a=1
    ends 1
    says_one_line
    registered
    OPENCTI_TOKEN=nobody try octi-state get
    ends 1 AUTH_REQUIRED
    faults '[{"match":"ConnectorState","status":503}]'
    try octi-state get
    gives 75 '' 'octi-state: ConnectorState: HTTP 503'
    faults '[{"match":"PingConnector","status":500}]'
    try octi-state set a=1
    gives 75 '' 'octi-state: PingConnector: HTTP 500'
    faults
    try octi-state get
    gives 0 '{}' ''
}

@test "the platform: an answer that was lost, after the state was stored" {
    registered
    faults '[{"match":"PingConnector","status":502,"after":true,"times":1}]'
    try octi-state set a=1
    ends 75
    try octi-state get
    gives 0 '{"a":"1"}' ''
}

@test "the platform: a state that is no object is none" {
    registered
    octi-register --ping --state '[1]' >"$out"
    try octi-state get
    gives 0 '{}' ''
    try octi-state set a=1
    gives 0 '' ''
    try octi-state get
    gives 0 '{"a":"1"}' ''
}

@test "older platforms" {
    platform_up oldest --release 6.7
    platform_use oldest
    octi-register >"$out"
    octi-state set a=1
    try octi-state get
    gives 0 '{"a":"1"}' ''
    control POST "connector/$CONNECTOR_ID/reset"
    octi-state set b=2
    try octi-state get
    gives 0 '{"b":"2"}' ''
}
