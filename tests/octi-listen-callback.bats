#!/usr/bin/env bats
# Jobs that are posted to octi-listen (CONNECTOR_LISTEN_PROTOCOL=API): by the stand-in, and by curl.

load listen

setup_file() {
    platform_up platform --release 7
    platform_up six --release 6.8
    ca_make "$BATS_FILE_TMPDIR/tls"
    _free_ports 1 >"$BATS_FILE_TMPDIR/port"
}

teardown_file() { services_down; }

setup() {
    begin_listening INTERNAL_ENRICHMENT
    post_to "$(cat "$BATS_FILE_TMPDIR/port")"
    mkdir journal
}

teardown() { listen_down; }

post_to() { # PORT
    export CONNECTOR_LISTEN_PROTOCOL=API CONNECTOR_LISTEN_PROTOCOL_API_PORT=$1
    export CONNECTOR_LISTEN_PROTOCOL_API_URI=http://127.0.0.1:$1 CONNECTOR_LISTEN_PROTOCOL_API_PATH=/hook
    url=http://127.0.0.1:$1/hook
}

signed() { # a token of the platform
    OPENCTI_TOKEN=$(token admin) octi-query -r connectorJWT 'mutation { connectorJWT }'
}

# post BODY [CURL ARGS...]: the body and the status of the answer, on a line each.
post() {
    printf '%s' "$1" | curl -sS -m 20 -w '\n%{http_code}' -H 'Content-Type: application/json' \
        -H "Authorization: Bearer $bearer" --data-binary @- "${@:2}" "$url"
}

answers() { # STATUS BODY: what post printed was this
    assert_equal "$output" "$2
$1"
}

envelope() { # NUMBER: a job without a work
    jq -nc --arg id "$1" --arg entity "$entity" \
        '{internal: {work_id: null, applicant_id: null, playbook: null}, event: {event_type: "INTERNAL_ENRICHMENT", entity_id: $entity, number: $id}}'
}

received='{"message":"Message successfully received"}'
refused='{"error":"Invalid credentials"}'

_serving() { (exec 5<>"/dev/tcp/127.0.0.1/$CONNECTOR_LISTEN_PROTOCOL_API_PORT") 2>/dev/null; }

listen_posted() { # ARGS...
    listen "$@"
    until_true 10 _serving
}

journaled() { find journal -name '*.json' | wc -l; }
has_lines() { [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; } # FILE COUNT
kill_listener() {
    kill -KILL "$listener"
    wait "$listener" 2>/dev/null || :
}

# ---- through the platform

@test "a job is posted, kept, worked on; nobody consumes the queue" {
    handler "$malware"
    listen_posted --journal journal -- ./handler
    enrich
    complete "$work"
    run ! _listening
    stop 0
    assert_equal "$(cat out err)" ''
    assert_equal "$(control GET callbacks | jq -c --arg id "$CONNECTOR_ID" 'map(select(.connector_id == $id) | [.uri, .status])')" \
        "[[\"$url\",202]]"
    assert_equal "$(contents | jq -r '.objects[].name')" Feodo
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
    assert_equal "$(journaled)" 0
    assert_equal "$(listen_depth)" 0
}

@test "6.8: the token is the connector's own" {
    begin_listening INTERNAL_ENRICHMENT six
    post_to "$(cat "$BATS_FILE_TMPDIR/port")"
    handler "$malware"
    listen_posted --journal journal -- ./handler
    enrich
    complete "$work"
    bearer=$OPENCTI_TOKEN
    run post '[]'
    answers 400 '{"error":"Invalid JSON payload"}'
    bearer=${OPENCTI_TOKEN}0
    run post '[]'
    answers 401 "$refused"
    stop 0
    assert_equal "$(cat err)" "octi-listen: warning: a request is refused: its token is not the platform's"
}

@test "TLS: with the authority that signed it, and a key with a passphrase" {
    local ca=$BATS_FILE_TMPDIR/tls
    openssl pkey -in "$ca/good.key" -aes256 -passout pass:open -out key
    export CONNECTOR_LISTEN_PROTOCOL_API_SSL=true LISTEN_PROTOCOL_API_SSL_CERT=$ca/good.pem
    export LISTEN_PROTOCOL_API_SSL_KEY=key LISTEN_PROTOCOL_API_SSL_PASSPHRASE=open
    CONNECTOR_LISTEN_PROTOCOL_API_URI=${CONNECTOR_LISTEN_PROTOCOL_API_URI/http/https} url=${url/http/https}
    handler "$malware"
    listen_posted --journal journal -- ./handler
    enrich
    complete "$work"
    bearer=x
    run post '{}' --cacert "$ca/ca.pem"
    answers 401 "$refused"
    run curl -sS "$url"
    assert_equal "$status" 60
    # A client that says nothing, and one that speaks no TLS, keep nobody waiting.
    exec 5<>"/dev/tcp/127.0.0.1/$CONNECTOR_LISTEN_PROTOCOL_API_PORT"
    run ! curl -sS "${url/https/http}"
    run post '{}' --cacert "$ca/ca.pem"
    answers 401 "$refused"
    exec 5>&-
    # SIGHUP takes the certificate that is there now, and the key's new form.
    cp "$ca/good.key" key
    unset LISTEN_PROTOCOL_API_SSL_PASSPHRASE
    kill -HUP "$listener"
    until_true 10 eval 'asked | grep -c RegisterConnector | grep -qx 2'
    # Requests that are under way then may be cut.
    until_true 10 eval 'run post "{}" --cacert "$ca/ca.pem" && answers 401 "$refused"'
    cp "$ca/wrongname.key" key
    kill -HUP "$listener"
    says err 'octi-listen: server key key: does not belong to the certificate; jobs are taken as before'
    run post '{}' --cacert "$ca/ca.pem"
    answers 401 "$refused"
    stop 0
}

@test "other keys of the platform: registered again, and the job comes through" {
    listen_posted
    control POST keys/change >/dev/null
    enrich
    says out event
    stop 0
    assert_equal "$(cat err)" 'octi-listen: warning: a request is refused: its token is signed with a key that is not known'
    assert_equal "$(asked | grep -c RegisterConnector)" 2
}

# ---- what is answered

@test "the answers" {
    local job
    listen_posted
    bearer=$(signed) job=$(envelope 1)
    run post "$job"
    answers 202 "$received"
    assert_equal "$(cat out)" "$job"
    for body in '' '[]' '{' '"{}"' '{} x'; do
        run post "$body"
        answers 400 '{"error":"Invalid JSON payload"}'
    done
    run curl -sS -w '\n%{http_code}' -d "$job" "$url"
    answers 401 "$refused"
    for bearer in '' x "$bearer $bearer" "${bearer%.*}.$(printf x%.0s {1..86})" eyJhbGciOiJub25lIiwia2lkIjoic3RhbmQtaW4tMSJ9.e30.; do
        run post "$job"
        answers 401 "$refused"
    done
    bearer=$(signed)
    run curl -sS -o /dev/null -D - "$url"
    assert_line --regexp '^HTTP/1.1 405 '
    assert_line --regexp '^Allow: POST.?$'
    run curl -sS -o /dev/null -w '%{http_code}' -d '{}' "$url/"
    assert_output 404
    stop 0
    assert_equal "$(wc -l <out)" 1
    assert_equal "$(wc -l <err)" 1
}

@test "413: a body that is announced as too long is not waited for, nor is one in pieces kept" {
    listen_posted
    bearer=$(signed)
    run post x -H 'Content-Length: 134217729' -H 'Expect:'
    assert_equal "${lines[-1]}" 413
    # Who has no token is told so before that.
    bearer=x
    run post x -H 'Content-Length: 134217729' -H 'Expect:'
    assert_equal "${lines[-1]}" 401
    stop 0
}

@test "no handler, and nobody reads: 503, and the end" {
    octi-listen >/dev/full 2>err 3>&- 4>&- &
    listener=$!
    until_true 10 _serving
    until_true 10 known
    bearer=$(signed)
    run post "$(envelope 1)"
    answers 503 '{"error":"Message cannot be kept now"}'
    wait "$listener" || status=$?
    assert_equal "$status" 75
    assert_equal "$(cat err)" 'octi-listen: stdout: No space left on device'
}

@test "a journal that takes nothing: 503, and the job comes again" {
    handler "$malware"
    listen_posted --journal journal -- ./handler
    rm -r journal
    enrich
    says err 'a job is put off: journal/job-.*: No such file or directory'
    mkdir journal
    complete "$work"
    stop 0
}

# ---- what dies

@test "killed right after 202: the job is in the journal, and runs by the next start" {
    printf '#!/bin/sh\n[ -e go ] || sleep 20; jq -r .number >>seen\n' >handler
    listen_posted --journal journal -- ./handler
    bearer=$(signed)
    run post "$(envelope 1)"
    kill_listener
    answers 202 "$received"
    assert_equal "$(journaled)" 1
    touch go
    listen_posted --journal journal -- ./handler
    until_true 10 has_lines seen 1
    until_true 10 eval '[ "$(journaled)" = 0 ]'
    stop 0
    assert_equal "$(sort -u seen)" 1
}

@test "the same job again while it is in hand is one job" {
    printf '#!/bin/sh\njq -r .number >>seen; until [ -e go ]; do sleep 0.05; done\n' >handler
    listen_posted --journal journal -- ./handler
    bearer=$(signed)
    for _ in 1 2 3; do
        run post "$(envelope 1)"
        answers 202 "$received"
    done
    run post "$(envelope 2)"
    answers 202 "$received"
    assert_equal "$(journaled)" 2
    touch go
    until_true 10 has_lines seen 2
    until_true 10 eval '[ "$(journaled)" = 0 ]'
    stop 0
    assert_equal "$(cat seen)" $'1\n2'
}

@test "SIGTERM: what is in hand stays in the journal, and the port is free" {
    printf '#!/bin/sh\necho x >>begun; sleep 20\n' >handler
    listen_posted --grace 0 --journal journal -- ./handler
    bearer=$(signed)
    run post "$(envelope 1)"
    run post "$(envelope 2)"
    until_true 10 has_lines begun 1
    stop 0
    run ! _serving
    assert_equal "$(journaled)" 2
}

# ---- many, and slow ones

@test "a thousand posts, forty at a time: each is kept, once" {
    listen_posted
    bearer=$(signed)
    seq 1000 | while read -r number; do envelope_of "$number"; done >config
    curl -sS --parallel --parallel-max 40 -K config >statuses
    stop 0
    assert_equal "$(sort statuses | uniq -c | xargs)" '1000 202'
    assert_equal "$(jq -r .event.number out | sort -n | uniq | wc -l)" 1000
    assert_equal "$(cat err)" ''
}
envelope_of() { # NUMBER: the lines for curl that post such a job
    printf 'next\nsilent\nurl = "%s"\noutput = /dev/null\nwrite-out = "%%{http_code}\\n"\n' "$url"
    printf 'header = "Authorization: Bearer %s"\ndata-binary = "{\\"event\\": {\\"number\\": %s}}"\n' "$bearer" "$1"
}

@test "clients that do not end keep no job waiting" {
    listen_posted
    bearer=$(signed)
    for fd in 5 6 7 8; do
        eval "exec $fd<>/dev/tcp/127.0.0.1/$CONNECTOR_LISTEN_PROTOCOL_API_PORT"
        printf 'POST /hook HTTP/1.1\r\nHost: x\r\nContent-Le' >&$fd
    done
    run post "$(envelope 1)"
    answers 202 "$received"
    stop 0
}

# ---- how it begins

@test "a handler needs a journal" {
    try octi-listen -- true
    gives 2 '' 'octi-listen: CONNECTOR_LISTEN_PROTOCOL is API: a handler needs --journal DIR, for who posts a job is told that it is kept'
    assert_equal "$(asked)" ''
}

@test "configured wrongly: 2, and the platform is not asked" {
    export CONNECTOR_LISTEN_PROTOCOL_API_SSL=true
    try octi-listen
    gives 2 '' 'octi-listen: LISTEN_PROTOCOL_API_SSL_CERT is not set (nor listen_protocol_api_ssl_cert in section [connector] of a configuration file)'
    local ca=$BATS_FILE_TMPDIR/tls
    export LISTEN_PROTOCOL_API_SSL_CERT=$ca/good.pem LISTEN_PROTOCOL_API_SSL_KEY=$ca/client.key
    try octi-listen
    gives 2 '' "octi-listen: server key $ca/client.key: does not belong to the certificate"
    openssl pkey -in "$ca/good.key" -aes256 -passout pass:open -out key
    export LISTEN_PROTOCOL_API_SSL_KEY=key
    try octi-listen
    gives 2 '' 'octi-listen: server key key: no key in it, or one with a passphrase'
    LISTEN_PROTOCOL_API_SSL_PASSPHRASE=wrong try octi-listen
    gives 2 '' 'octi-listen: server key key: no key in it, or not this passphrase'
    LISTEN_PROTOCOL_API_SSL_CERT=nowhere try octi-listen
    gives 2 '' 'octi-listen: server certificate nowhere: No such file or directory'
    unset CONNECTOR_LISTEN_PROTOCOL_API_SSL
    CONNECTOR_LISTEN_PROTOCOL=HTTP try octi-listen
    gives 2 '' 'octi-listen: CONNECTOR_LISTEN_PROTOCOL: neither AMQP nor API: HTTP'
    CONNECTOR_LISTEN_PROTOCOL_API_PORT=70000 try octi-listen
    gives 2 '' 'octi-listen: CONNECTOR_LISTEN_PROTOCOL_API_PORT: no port: 70000'
    assert_equal "$(asked)" ''
}

@test "a port that is taken: 75" {
    listen_posted
    try octi-listen
    gives 75 '' "octi-listen: port $CONNECTOR_LISTEN_PROTOCOL_API_PORT: Address already in use"
    stop 0
}
