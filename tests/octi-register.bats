#!/usr/bin/env bats
load helper

setup_file() {
    platform_up seven --release 7
    ca_make "$BATS_FILE_TMPDIR/tls"
}

teardown_file() {
    platforms_down
}

setup() {
    platform_fresh seven
    new_connector
}

inputs() { # the inputs of the registrations since, a line each
    requests RegisterConnector | jq -c .variables.input
}

registered() { # the name that the last registration gave
    inputs | jq -r .name | tail -n1
}

# ---- registering

@test "prints the registration as one line" {
    try octi-register
    ends 0
    assert_file_empty "$err"
    [ "$(wc -l <"$out")" -eq 1 ]
    [ "$(jq -c '[.id, .connector_state, .connector_user_id, .config.push, .config.push_routing, .config.push_exchange, .config.listen, .config.connection]' "$out")" = \
        "[\"$CONNECTOR_ID\",null,\"$(user_id connector)\",\"push_$CONNECTOR_ID\",\"push_routing_$CONNECTOR_ID\",\"amqp.worker.exchange\",\"listen_$CONNECTOR_ID\",{\"host\":\"127.0.0.1\",\"vhost\":\"/\",\"use_ssl\":false,\"port\":$(cat "$OCTI_BROKER/port"),\"user\":\"guest\",\"pass\":\"guest\"}]" ]
    [ "$(jq -r '.jwks, .config.s3.secret_key | type' "$out" | paste -sd ' ')" = 'string string' ]
    [ "$(operations)" = RegisterConnector ]
}

@test "the request: method, path and headers" {
    octi-register >"$out"
    requests | jq -c '[.method, .path, .headers["content-type"], .headers.authorization, (.headers["user-agent"] | split("/")[0]), (.headers | has("opencti-draft-id")), (.headers | has("opencti-applicant-id"))]' >got
    [ "$(cat got)" = '["POST","/graphql","application/json","Bearer ***","octi",false,false]' ]
}

@test "the input: defaults" {
    octi-register >"$out"
    [ "$(inputs)" = "{\"id\":\"$CONNECTOR_ID\",\"name\":\"$CONNECTOR_NAME\",\"type\":\"EXTERNAL_IMPORT\",\"scope\":[\"not-applicable\"],\"auto\":false,\"auto_update\":false,\"enrichment_resolution\":\"none\",\"only_contextual\":false,\"playbook_compatible\":false,\"listen_callback_uri\":null}" ]
}

@test "the input: all that is configured" {
    export CONNECTOR_NAME='Ä "name"' CONNECTOR_TYPE=INTERNAL_ENRICHMENT CONNECTOR_SCOPE='IPv4-Addr, Domain-Name ,,url'
    export CONNECTOR_AUTO=yes CONNECTOR_AUTO_UPDATE=On CONNECTOR_ENRICHMENT_RESOLUTION=partial
    export CONNECTOR_ONLY_CONTEXTUAL=1 CONNECTOR_PLAYBOOK_COMPATIBLE=TRUE CONNECTOR_XTM_ONE_INTENT=intent
    export CONNECTOR_LISTEN_PROTOCOL=API CONNECTOR_LISTEN_PROTOCOL_API_URI=http://host.example:7070
    export CONNECTOR_LISTEN_PROTOCOL_API_PATH=/hook
    octi-register >"$out"
    [ "$(inputs)" = "{\"id\":\"$CONNECTOR_ID\",\"name\":\"Ä \\\"name\\\"\",\"type\":\"INTERNAL_ENRICHMENT\",\"scope\":[\"IPv4-Addr\",\"Domain-Name\",\"url\"],\"auto\":true,\"auto_update\":true,\"enrichment_resolution\":\"partial\",\"only_contextual\":true,\"playbook_compatible\":true,\"listen_callback_uri\":\"http://host.example:7070/hook\",\"xtm_one_intent\":\"intent\"}" ]
}

@test "every type of connector is taken, another is not" {
    local type
    for type in EXTERNAL_IMPORT INTERNAL_IMPORT_FILE INTERNAL_ENRICHMENT INTERNAL_ANALYSIS INTERNAL_EXPORT_FILE STREAM; do
        new_connector $type
        try octi-register
        ends 0
    done
    CONNECTOR_TYPE=IMPORT try octi-register
    gives 2 '' 'octi-register: CONNECTOR_TYPE: not a type of connector: IMPORT (environment)'
}

@test "registering again keeps the state" {
    octi-register >"$out"
    octi-state set a=1
    try octi-register
    [ "$(jq -r .connector_state "$out")" = '{"a": "1"}' ]
}

@test "-o: a file of mode 0600, whole or not at all" {
    umask 000
    try octi-register -o reg.json
    gives 0 '' ''
    [ "$(stat -c %a reg.json)" = 600 ]
    [ "$(jq -r '.id, .config.connection.pass' reg.json | paste -sd ' ')" = "$CONNECTOR_ID guest" ]
    local inode
    inode=$(stat -c %i reg.json)
    try octi-register -o reg.json
    ends 0
    [ "$(stat -c %i reg.json)" != "$inode" ]
    [ "$(find . -name 'reg*' | wc -l)" -eq 1 ]
    # What cannot be written leaves what was there.
    cp reg.json before
    mkdir reg.json.tmp
    try octi-register -o reg.json
    [ "$status" -ne 0 ]
    cmp reg.json before
    try octi-register -o no/reg.json
    gives 1 '' 'octi-register: no/reg.json: No such file or directory'
}

@test "on a terminal the secrets are masked, elsewhere not" {
    cat >on_terminal.py <<'PY'
import os, pty, sys
seen = b""
def read(fd):
    global seen
    data = os.read(fd, 65536)
    seen += data
    return data
status = pty.spawn(sys.argv[2:], read, lambda fd: b"")
open(sys.argv[1], "wb").write(seen)
sys.exit(os.waitstatus_to_exitcode(status))
PY
    python3 on_terminal.py seen octi-register >/dev/null
    jq -c '[.config.connection.user, .config.connection.pass, .config.s3.access_key, .config.s3.secret_key, .config.push]' seen >got
    [ "$(cat got)" = "[\"guest\",\"*****\",\"*****\",\"*****\",\"push_$CONNECTOR_ID\"]" ]
    python3 on_terminal.py seen octi-register -o reg.json >/dev/null
    assert_file_empty seen
    [ "$(jq -r .config.connection.pass reg.json)" = guest ]
    octi-register | jq -e '.config.connection.pass == "guest"'
}

@test "/dev/full is never success" {
    status=0
    octi-register >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-register: stdout: No space left on device$'
}

@test "a closed stdout is never success, and reaches nobody" {
    status=0
    octi-register >&- 2>"$err" || status=$?
    [ "$status" -ne 0 ]
    says_one_line
    octi-register >"$out"
    status=0
    octi-register --ping >&- 2>"$err" || status=$?
    [ "$status" -ne 0 ]
    says_one_line
}

# ---- older platforms

@test "6.8: asked again without jwks and s3, once" {
    platform_up older --release 6.8
    platform_use older
    try octi-register
    ends 0
    assert_file_empty "$err"
    [ "$(jq -c '[.id, .jwks, .config.s3]' "$out")" = "[\"$CONNECTOR_ID\",null,null]" ]
    requests | jq -c '[.operation, .status, .errors[0], (.variables.input | has("auto_update"))]' >got
    diff - got <<'END'
["RegisterConnector",200,"GRAPHQL_VALIDATION_FAILED",true]
["RegisterConnector",200,null,true]
END
    try octi-register -v
    ends 0
    is_text stderr "$err" 'octi-register: the platform does not give jwks and s3; asked without'
    platforms_down_but_first
}

@test "an object store without keys: asked again without s3, and the platform's own keys are there" {
    faults '[{"match": "RegisterConnector", "times": 1, "graphql_code": "INTERNAL_SERVER_ERROR",
        "message": "Cannot return null for non-nullable field S3Connection.access_key."}]'
    try octi-register -v
    ends 0
    is_text stderr "$err" 'octi-register: the platform does not give s3; asked without'
    [ "$(jq -c '[(.jwks | type), .config.s3]' "$out")" = '["string",null]' ]
    faults
}

@test "6.7: and without the newer inputs, once each" {
    platform_up oldest --release 6.7
    platform_use oldest
    try octi-register -v
    ends 0
    is_text stderr "$err" 'octi-register: the platform does not give jwks and s3; asked without
octi-register: the platform does not take auto_update, enrichment_resolution and xtm_one_intent; sent without'
    [ "$(jq -r .config.push "$out")" = "push_$CONNECTOR_ID" ]
    [ "$(inputs | wc -l)" -eq 3 ]
    [ "$(inputs | tail -n1 | jq -c keys)" = '["auto","id","listen_callback_uri","name","only_contextual","playbook_compatible","scope","type"]' ]
    try octi-register --ping
    ends 0
    try octi-register --unregister
    gives 0 '' ''
    platforms_down_but_first
}

platforms_down_but_first() {
    platform_stop "$platform_dir"
}

# ---- pings

@test "--ping: prints the connector, keeps the state, sends the info" {
    octi-register >"$out"
    octi-state put <<<'{"since":"2026"}'
    forget_requests
    try octi-register --ping
    gives 0 "{\"id\":\"$CONNECTOR_ID\",\"connector_state\":\"{\\\"since\\\": \\\"2026\\\"}\",\"connector_info\":{\"run_and_terminate\":false,\"buffering\":false,\"queue_threshold\":500.0,\"queue_messages_size\":0.0,\"next_run_datetime\":null,\"last_run_datetime\":null}}" ''
    [ "$(operations)" = 'ConnectorState PingConnector' ]
    [ "$(requests PingConnector | jq -c .variables)" = "{\"id\":\"$CONNECTOR_ID\",\"state\":\"{\\\"since\\\": \\\"2026\\\"}\",\"connectorInfo\":{\"run_and_terminate\":false,\"buffering\":false,\"queue_threshold\":500,\"queue_messages_size\":0,\"next_run_datetime\":null,\"last_run_datetime\":null}}" ]
    CONNECTOR_RUN_AND_TERMINATE=true CONNECTOR_QUEUE_THRESHOLD=12.5 try octi-register --ping
    [ "$(jq -c '.connector_info | [.run_and_terminate, .queue_threshold]' "$out")" = '[true,12.5]' ]
}

@test "--ping --state stores it; a pending reset wins, and is said" {
    octi-register >"$out"
    try octi-register --ping --state '{"a": 1.50, "b": "é"}'
    ends 0
    assert_file_empty "$err"
    [ "$(jq -r .connector_state "$out")" = '{"a": 1.5, "b": "\u00e9"}' ]
    control POST "connector/$CONNECTOR_ID/reset"
    try octi-register --ping --state '{"a":2}'
    ends 1
    is_text stderr "$err" 'octi-register: the state was reset on the platform; this one is not stored'
    [ "$(octi-state get)" = '{}' ]
    octi-register --ping --state '{"a":2}' >"$out"
    [ "$(octi-state get)" = '{"a":2}' ]
    control POST "connector/$CONNECTOR_ID/reset"
    try octi-register --ping
    ends 0 '^octi-register: the state was reset on the platform$'
    try octi-register --ping
    ends 0
    assert_file_empty "$err"
}

@test "a connector that the platform does not know" {
    try octi-register --ping
    gives 1 '' "octi-register: the platform knows no connector $CONNECTOR_ID"
    try octi-register --ping --state '{}'
    gives 1 '' 'octi-register: PingConnector: FUNCTIONAL_ERROR: No connector found with the specified ID'
    try octi-register --unregister
    gives 1 '' 'octi-register: ConnectorDeletionMutation: FUNCTIONAL_ERROR: No connector found with the specified ID'
}

@test "--unregister, also by OCTI_REGISTRATION" {
    octi-register >"$out"
    try octi-register --unregister
    gives 0 '' ''
    try octi-register --ping
    ends 1
    octi-register -o reg.json
    export OCTI_REGISTRATION=reg.json
    unset CONNECTOR_ID
    try octi-register --ping
    ends 0
    try octi-register --unregister
    gives 0 '' ''
    OCTI_REGISTRATION=missing try octi-register --ping
    gives 2 '' 'octi-register: OCTI_REGISTRATION: missing: No such file or directory'
    echo '{"id":"x"}' >bad.json
    OCTI_REGISTRATION=bad.json try octi-register --ping
    gives 1 '' 'octi-register: OCTI_REGISTRATION: bad.json: not a registration: config.push is missing'
}

# ---- the long run

keepalive() { # in the background, as $pid
    octi-register --keepalive "$@" >"$out" 2>"$err" 3>&- 4>&- &
    pid=$!
}

pings() {
    requests PingConnector | wc -l
}

pinged() { # N
    [ "$(pings)" -ge "$1" ]
}

ended() { # by SIGNAL, with the status of the process in $status
    kill "-$1" "$pid"
    status=0
    wait "$pid" || status=$?
}

@test "--keepalive registers, prints, pings at once, and ends well on signals" {
    local signal
    for signal in TERM INT HUP; do
        forget_requests
        keepalive
        until_true 20 pinged 1
        ended "$signal"
        ends 0
        assert_file_empty "$err"
        [ "$(jq -r .id "$out")" = "$CONNECTOR_ID" ]
        [ "$(operations)" = 'RegisterConnector ConnectorState PingConnector' ]
    done
}

@test "--keepalive: a signal while the platform takes its time ends it, and is no failed ping" {
    faults '[{"match":"PingConnector","delay":20}]'
    keepalive
    until_true 20 pinged 1
    ended TERM
    ends 0
    assert_file_empty "$err"
}

@test "--keepalive: a failed ping is said once and tried again; then a forgotten connector registers again" {
    faults '[{"match":"ConnectorState","status":500,"times":1}]'
    keepalive -o reg.json
    until_true 20 grep -q 'trying on' "$err"
    is_text stderr "$err" 'octi-register: ping: ConnectorState: HTTP 500; trying on'
    assert_file_exist reg.json
    rm reg.json
    control POST "connector/$CONNECTOR_ID/forget"
    until_true 60 grep -q 'back to normal' "$err"
    ended TERM
    gives 0 '' 'octi-register: ping: ConnectorState: HTTP 500; trying on
octi-register: the platform does not know the connector any more; registering again
octi-register: ping: back to normal'
    [ "$(inputs | wc -l)" -eq 2 ]
    assert_file_exist reg.json
}

@test "--keepalive reports a reset" {
    faults '[{"match":"ConnectorState","status":503,"times":1}]'
    octi-register >"$out"
    octi-register --ping --state '{"a":1}' >"$out"
    keepalive
    until_true 20 grep -q 'trying on' "$err"
    control POST "connector/$CONNECTOR_ID/reset"
    until_true 60 grep -q 'reset' "$err"
    ended TERM
    ends 0 '^octi-register: the state was reset on the platform$'
}

@test "--keepalive does not begin without a registration" {
    OPENCTI_TOKEN=nobody try octi-register --keepalive
    ends 1 AUTH_REQUIRED
    says_one_line
}

# ---- refusals and troubles

@test "a bad token, a missing capability" {
    OPENCTI_TOKEN=nobody try octi-register
    gives 1 '' 'octi-register: RegisterConnector: AUTH_REQUIRED: You must be logged in to do this. (is OPENCTI_TOKEN right, and not expired?)'
    OPENCTI_TOKEN=$(token reader) try octi-register
    gives 1 '' "octi-register: RegisterConnector: FORBIDDEN_ACCESS: You are not allowed to do this. (the token's user lacks a right)"
    OPENCTI_TOKEN=ChangeMe try octi-register
    ends 2 '^octi-register: OPENCTI_TOKEN'
    says_one_line
}

@test "troubles that pass are 75, each with its message" {
    local fault message
    while IFS='|' read -r fault message; do
        faults "$fault"
        try octi-register
        ends 75
        sed "s/${OPENCTI_URL#http://}/HOST/; s/of [0-9]* bytes/of N bytes/" "$err" >got
        is_text stderr got "octi-register: RegisterConnector: $message"
    done <<'END'
[{"match":"RegisterConnector","status":500}]|HTTP 500
[{"match":"RegisterConnector","status":502,"body":"<html>","content_type":"text/html"}]|HTTP 502: a web page
[{"match":"RegisterConnector","status":429,"retry_after":7}]|HTTP 429: try again in 7 s
[{"match":"RegisterConnector","truncate":60}]|HOST: the answer ended early (60 of N bytes)
[{"match":"RegisterConnector","close":true}]|HOST: the connection was closed without an answer
[{"match":"RegisterConnector","close":true,"reset":true}]|HOST: the connection was closed without an answer
[{"match":"RegisterConnector","graphql_code":"LOCK_ERROR","message":"busy"}]|LOCK_ERROR: busy
END
    faults '[{"match":"RegisterConnector","delay":5}]'
    OPENCTI_REQUESTS_TIMEOUT=1 try octi-register
    gives 75 '' "octi-register: RegisterConnector: ${OPENCTI_URL#http://}: no answer within 1 s"
}

@test "answers that are not the API's" {
    faults '[{"match":"RegisterConnector","status":200,"body":"<!doctype html><html></html>","content_type":"text/html"}]'
    try octi-register
    gives 2 '' 'octi-register: RegisterConnector: the answer is a web page, not the API: is OPENCTI_URL right?'
    faults '[{"match":"RegisterConnector","status":200,"body":"{}"}]'
    try octi-register
    gives 2 '' 'octi-register: RegisterConnector: the answer has neither data nor errors: is OPENCTI_URL right?'
    faults
    OPENCTI_URL=$OPENCTI_URL/nowhere try octi-register
    gives 2 '' 'octi-register: RegisterConnector: HTTP 404: Path not found (not the API: is OPENCTI_URL right?)'
    faults '[{"match":"RegisterConnector","graphql_code":"DATABASE_ERROR","message":"no\u001b[31m"}]'
    try octi-register
    gives 1 '' 'octi-register: RegisterConnector: DATABASE_ERROR: no?[31m'
}

@test "a platform whose broker is away: what passes" {
    local port
    port=$(_free_ports 1)
    platform_start "$BATS_FILE_TMPDIR/brokerless" --amqp-port "$port"
    platform_use brokerless
    try octi-register
    gives 75 '' "octi-register: RegisterConnector: INTERNAL_SERVER_ERROR: connect ECONNREFUSED 127.0.0.1:$port"
    faults '[{"match":"RegisterConnector","graphql_code":"DATABASE_ERROR","message":"RabbitMQ seems down"}]'
    try octi-register
    gives 75 '' 'octi-register: RegisterConnector: DATABASE_ERROR: RabbitMQ seems down'
    platform_stop "$BATS_FILE_TMPDIR/brokerless"
}

@test "a platform that is not there" {
    OPENCTI_URL=http://127.0.0.1:$(_free_ports 1) try octi-register
    ends 75 '^octi-register: RegisterConnector: cannot connect to 127.0.0.1:[0-9]+: Connection refused$'
    says_one_line
    OPENCTI_URL=http://nowhere.invalid try octi-register
    ends 75 '^octi-register: RegisterConnector: cannot connect to nowhere.invalid: '
    says_one_line
}

@test "a platform below a path" {
    platform_up below --release 7 --base-path /opencti
    platform_use below
    try octi-register
    ends 0
    OPENCTI_URL=$OPENCTI_URL/ try octi-register
    ends 0
    platform_stop "$platform_dir"
}

# ---- TLS

tls_up() { # NAME: a platform with that certificate
    platform_up "tls-$1" --release 7 --tls-cert "$BATS_FILE_TMPDIR/tls/$1.pem" --tls-key "$BATS_FILE_TMPDIR/tls/$1.key"
    platform_use "tls-$1"
}

@test "TLS: the right authority, as a path or as text, alone or beside the system's" {
    tls_up good
    local ca=$BATS_FILE_TMPDIR/tls/ca.pem
    OPENCTI_SSL_VERIFY=$ca try octi-register
    ends 0
    assert_file_empty "$err"
    HTTPS_CA_CERTIFICATES=$ca try octi-register
    ends 0
    HTTPS_CA_CERTIFICATES=$(cat "$ca") try octi-register
    ends 0
    assert_file_empty "$err"
    platform_stop "$platform_dir"
}

@test "TLS: an authority that is not known, the wrong one, none that can be read" {
    tls_up good
    try octi-register
    ends 1 '^octi-register: RegisterConnector: '
    says_one_line
    grep -qi certificate "$err"
    OPENCTI_SSL_VERIFY=$BATS_FILE_TMPDIR/tls/otherca.pem try octi-register
    ends 1
    says_one_line
    HTTPS_CA_CERTIFICATES=$BATS_FILE_TMPDIR/tls/otherca.pem try octi-register
    ends 1
    says_one_line
    OPENCTI_SSL_VERIFY=$BATS_TEST_TMPDIR/missing.pem try octi-register
    ends 2 OPENCTI_SSL_VERIFY
    says_one_line
    HTTPS_CA_CERTIFICATES=$BATS_TEST_TMPDIR/missing.pem try octi-register
    ends 2
    says_one_line
    # Off, by hand, with a warning.
    OPENCTI_SSL_VERIFY=false try octi-register
    ends 0
    is_text stderr "$err" "octi-register: warning: the platform's certificate is not checked (OPENCTI_SSL_VERIFY)"
    platform_stop "$platform_dir"
}

@test "TLS: the wrong name, an expired certificate, one of another authority" {
    local name
    for name in wrongname expired foreign; do
        tls_up $name
        OPENCTI_SSL_VERIFY=$BATS_FILE_TMPDIR/tls/ca.pem try octi-register
        ends 1 '^octi-register: RegisterConnector: '
        says_one_line
        case $name in
        wrongname) grep -qi 'name' "$err" ;;
        expired) grep -qi 'expired' "$err" ;;
        esac
        [ -z "$(requests)" ]
        platform_stop "$platform_dir"
    done
}

# ---- where the configuration comes from

@test "option over environment over file over default" {
    unset CONNECTOR_NAME
    printf '[connector]\nname = file\nscope = a,b\n' >config.ini
    octi-register -c config.ini >"$out"
    [ "$(registered)" = file ]
    CONNECTOR_NAME=environment octi-register -c config.ini >"$out"
    [ "$(registered)" = environment ]
    CONNECTOR_NAME=environment octi-register -c config.ini -s CONNECTOR_NAME=option >"$out"
    [ "$(registered)" = option ]
    octi-register -c config.ini --set CONNECTOR_NAME=one -s CONNECTOR_NAME=two >"$out"
    [ "$(registered)" = two ]
    # Empty is as if it were not there.
    CONNECTOR_NAME='' octi-register -c config.ini >"$out"
    [ "$(registered)" = file ]
    [ "$(inputs | tail -n1 | jq -c .scope)" = '["a","b"]' ]
    CONNECTOR_SCOPE=c octi-register -c config.ini >"$out"
    [ "$(inputs | tail -n1 | jq -c .scope)" = '["c"]' ]
    try octi-register
    gives 2 '' 'octi-register: CONNECTOR_NAME is not set (nor name in section [connector] of a configuration file)'
}

@test "which file is read: -c, OCTI_CONFIG, XDG_CONFIG_HOME, HOME" {
    unset CONNECTOR_NAME
    local name
    mkdir -p xdg/octi "$HOME/.config/octi"
    for name in option variable xdg/octi/config "$HOME/.config/octi/config"; do
        printf '[connector]\nname = %s\n' "${name##"$HOME/"}" >"$name.ini"
    done
    export OCTI_CONFIG=variable.ini XDG_CONFIG_HOME=$PWD/xdg
    octi-register -c option.ini >"$out"
    [ "$(registered)" = option ]
    octi-register >"$out"
    [ "$(registered)" = variable ]
    unset OCTI_CONFIG
    octi-register >"$out"
    [ "$(registered)" = xdg/octi/config ]
    unset XDG_CONFIG_HOME
    octi-register >"$out"
    [ "$(registered)" = .config/octi/config ]
    try octi-register -c missing.ini
    gives 2 '' 'octi-register: missing.ini: No such file or directory'
    OCTI_CONFIG=missing.ini try octi-register
    ends 2 '^octi-register: .*missing.ini: No such file or directory$'
}

@test "the config.yml of a connector in Python is read, with -c and OCTI_CONFIG" {
    unset CONNECTOR_NAME
    printf '%s\n' 'connector:' '  name: yaml' '  scope:' '    - a' '    - b' '  update_existing_data: true' \
        'feed: &feed' '  urls: [x]' 'other: *feed' >config.yml
    octi-register -c config.yml >"$out"
    [ "$(registered)" = yaml ]
    [ "$(inputs | tail -n1 | jq -c .scope)" = '["a","b"]' ]
    printf 'connector: {name: other}\n' >config.yaml
    OCTI_CONFIG=config.yaml octi-register >"$out"
    [ "$(registered)" = other ]
    printf 'connector:\n  name: {first: x}\n' >config.yml
    try octi-register -c config.yml
    gives 2 '' 'octi-register: config.yml:2: a mapping, where a text is wanted'
}

@test "a line of the file that cannot be kept is refused, with its place" {
    printf '[connector]\nnmae = x\n' >config.ini
    try octi-register -c config.ini
    ends 2 '^octi-register: config.ini:2: .*nmae'
    says_one_line
    printf '[connector]\nname = x\nauto = perhaps\n' >config.ini
    try octi-register -c config.ini
    ends 2 '^octi-register: config.ini:3: |^octi-register: CONNECTOR_AUTO: not a boolean: perhaps'
    says_one_line
}

@test "secrets: NAME_FILE, CREDENTIALS_DIRECTORY; never an argument" {
    local right=$OPENCTI_TOKEN
    unset OPENCTI_TOKEN
    try octi-register
    gives 2 '' 'octi-register: OPENCTI_TOKEN is not set (nor token in section [opencti] of a configuration file)'
    echo "$right" >token
    OPENCTI_TOKEN_FILE=token try octi-register
    ends 0
    mkdir credentials
    cp token credentials/OPENCTI_TOKEN
    CREDENTIALS_DIRECTORY=$PWD/credentials try octi-register
    ends 0
    mv credentials/OPENCTI_TOKEN credentials/opencti_token
    CREDENTIALS_DIRECTORY=$PWD/credentials try octi-register
    ends 0
    # The environment is over both.
    echo wrong >credentials/opencti_token
    OPENCTI_TOKEN=$right CREDENTIALS_DIRECTORY=$PWD/credentials try octi-register
    ends 0
    OPENCTI_TOKEN_FILE=token CREDENTIALS_DIRECTORY=$PWD/credentials try octi-register
    ends 0
    CREDENTIALS_DIRECTORY=$PWD/credentials try octi-register
    ends 1 AUTH_REQUIRED
    OPENCTI_TOKEN_FILE=missing try octi-register
    ends 2 '^octi-register: .*missing: No such file or directory$'
    OPENCTI_TOKEN=$right try octi-register -s "OPENCTI_TOKEN=$right"
    gives 2 '' 'octi-register: -s OPENCTI_TOKEN: a secret on the command line can be seen by all; use the environment, OPENCTI_TOKEN_FILE or the file'
    run ! grep -F "$right" "$err"
}

@test "mistakes of the call and of the configuration" {
    try octi-register -s NOPE=1
    gives 2 '' 'octi-register: -s NOPE: no such name; see octi-config(5)'
    try octi-register -s CONNECTOR_AUTO
    gives 2 '' 'octi-register: -s CONNECTOR_AUTO: =VALUE is missing'
    try octi-register -s CONNECTOR_AUTO=maybe
    gives 2 '' 'octi-register: CONNECTOR_AUTO: not a boolean: maybe (option)'
    CONNECTOR_AUTO=maybe try octi-register
    gives 2 '' 'octi-register: CONNECTOR_AUTO: not a boolean: maybe (environment)'
    OPENCTI_REQUESTS_TIMEOUT=-1 try octi-register
    ends 2 '^octi-register: OPENCTI_REQUESTS_TIMEOUT'
    OPENCTI_URL=ftp://127.0.0.1 try octi-register
    gives 2 '' 'octi-register: OPENCTI_URL does not begin with http:// or https://'
    OPENCTI_URL='' try octi-register
    gives 2 '' 'octi-register: OPENCTI_URL is not set (nor url in section [opencti] of a configuration file)'
    CONNECTOR_ID='' try octi-register
    gives 2 '' 'octi-register: CONNECTOR_ID is not set (nor id in section [connector] of a configuration file)'
    try octi-register operand
    gives 2 '' 'octi-register: no operands: operand; see octi-register --help'
    try octi-register --ping --unregister
    gives 2 '' 'octi-register: --ping, --keepalive and --unregister exclude each other; see octi-register --help'
    try octi-register --state '{}'
    gives 2 '' 'octi-register: --state goes with --ping; see octi-register --help'
    octi-register >"$out"
    try octi-register --ping --state '{'
    gives 2 '' 'octi-register: --state: not JSON: {'
    [ "$(operations)" = RegisterConnector ]
}

@test "OPENCTI_CUSTOM_HEADERS go with each request, and replace ours" {
    export OPENCTI_CUSTOM_HEADERS='X-One: 1; user-agent: other'
    try octi-register
    ends 0
    [ "$(requests | jq -c '[.headers["x-one"], .headers["user-agent"]]')" = '["1","other"]' ]
}
