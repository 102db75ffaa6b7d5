#!/usr/bin/env bats
load helper

setup_file() {
    local name
    broker_start "$BATS_FILE_TMPDIR/own"
    export CA=$BATS_FILE_TMPDIR/tls
    ca_make "$CA"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$CA/self.key" -out "$CA/self.pem" \
        -days 400 -subj /CN=alone -addext subjectAltName=IP:127.0.0.1 2>/dev/null
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$CA/short.key" -out "$CA/short.pem" \
        -days 9 -subj /CN=short -addext subjectAltName=IP:127.0.0.1 2>/dev/null
    platform_up seven --release 7
    platform_up six --release 6.8
    platform_up idle --release 7 --no-worker --broker-host broker.invalid
    for name in good wrongname expired foreign self short; do
        platform_up $name --tls-cert "$CA/$name.pem" --tls-key "$CA/$name.key"
    done
    rabbit add_user octi_reader secret
    rabbit set_permissions octi_reader '' '' '.*'
    rabbit add_vhost octi_empty
    rabbit set_permissions -p octi_empty guest '.*' '.*' '.*'
    OCTI_BROKER=$BATS_FILE_TMPDIR/own platform_up blocked --release 7
}

teardown_file() {
    rabbit delete_vhost octi_empty
    rabbit delete_user octi_reader
    platforms_down
    broker_stop "$BATS_FILE_TMPDIR/own"
}

setup() {
    clean_setup
    platform_use seven
    new_connector
    faults
    export TMPDIR=$BATS_TEST_TMPDIR
}

rabbit() { # ARGS of rabbitmqctl
    local ports
    read -ra ports <"$OCTI_BROKER/ports"
    HOME=$OCTI_BROKER ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=${ports[1]} RABBITMQ_NODENAME=octi@localhost \
        RABBITMQ_CONF_ENV_FILE=/none "${_services_rabbitmq%/*}/rabbitmqctl" -q "$@" >&2
}

port() { # of the platform in use
    echo "${OPENCTI_URL##*:}"
}

mq_port() {
    cat "$OCTI_BROKER/port"
}

configured() { # the lines that every run begins with
    echo "ok configuration: OPENCTI_URL=$OPENCTI_URL (environment)
ok configuration: OPENCTI_TOKEN=***** (environment)
ok configuration: CONNECTOR_ID=$CONNECTOR_ID (environment)
ok configuration: CONNECTOR_TYPE=$CONNECTOR_TYPE (environment)
ok configuration: CONNECTOR_NAME=$CONNECTOR_NAME (environment)
ok directory: $TMPDIR can be written to"
}

reached() {
    echo "ok dns: 127.0.0.1 is 127.0.0.1
ok tcp: port $(port) of 127.0.0.1 takes connections
ok tls: not used"
}

accepted() {
    echo "ok platform: it answers
ok token: it is of the user [C] octi
ok clock: less than 30 s from the platform's
ok version: OpenCTI $(version)
ok capability: CONNECTORAPI, to register, to ping and to report on works
ok capability: MODULES, to read the connector's state and its works
ok capability: KNOWLEDGE_KNUPDATE, for what is imported in its name"
}

version() {
    octi-query '{ about { version } }' | jq -r .about.version
}

connected() {
    echo "ok broker-dns: 127.0.0.1 is 127.0.0.1
ok broker-tcp: port $(mq_port) of 127.0.0.1 takes connections
ok broker-tls: not used
ok login: as user guest
ok vhost: /"
}

not_tried="skipped message-size: the broker tells its limit to a larger message only; --size sends one"

# finds STATUS LINES: what of the output is neither the configuration nor ok
finds() {
    grep -v '^ok ' "$out" >"$out.bad" || true
    if [ "$status" -ne "$1" ]; then
        echo "-- status $status, wanted $1: $(cat "$out" "$err")" >&2
        return 1
    fi
    is_text stdout "$out.bad" "$2"
    assert_file_empty "$err"
}

without() { # the lines of what needs the platform's word
    local name
    for name in "$@"; do echo "skipped ${name%=*}: needs ${name#*=}"; done
}

no_broker() {
    without broker-{dns,tcp,tls}=registration {login,vhost,queue,publish,message-size}=registration
}

@test "all is well" {
    octi-register >/dev/null
    forget_requests
    try octi-doctor
    gives 0 "$(configured)
$(reached)
$(accepted)
ok registration: $CONNECTOR_ID is registered and active
$(connected)
ok queue: push_$CONNECTOR_ID: messages 0, consumers 1
ok publish: exchange amqp.worker.exchange takes messages
$not_tried" ''
}

@test "it only reads: no registration, no ping, no message, no connector" {
    octi-register >/dev/null
    forget_requests
    try octi-doctor
    ends 0
    [ "$(operations)" = 'Doctor ConnectorLook' ]
    [ "$(control GET messages | grep -c octi-doctor)" -eq 0 ]
    new_connector
    try octi-doctor
    ends 0
    [ "$(control GET connectors | jq -r '.[].id' | grep -c "$CONNECTOR_ID")" -eq 0 ]
}

@test "a connector that is not registered yet, and --register" {
    try octi-doctor
    finds 0 "warning registration: the platform does not know the connector yet; it registers when it starts; --register does it now, so that its queues can be looked at
$(no_broker)"
    try octi-doctor --register
    finds 0 "$not_tried"
    grep -qx "ok registration: $CONNECTOR_ID has been registered" "$out"
    try octi-doctor
    finds 0 "$not_tried"
}

@test "--json" {
    OPENCTI_TOKEN=wrong try octi-doctor --json
    [ "$status" -eq 1 ]
    [ "$(jq -c 'select(.state == "problem")' "$out")" = '{"state":"problem","name":"token","text":"the platform does not accept it: it is wrong, has expired, or is not to be used for the API","advice":"make a new one for the connector'\''s user and set OPENCTI_TOKEN"}' ]
    [ "$(jq -r '[.state, .name] | join(" ")' "$out" | tail -n1)" = 'skipped message-size' ]
    [ "$(jq -s 'map(select(.state == "ok" and has("advice"))) | length' "$out")" -eq 0 ]
}

# ---- configuration

@test "configuration: where each value is from, secrets masked, defaults with -a" {
    mkdir -p "$HOME/.config/octi"
    printf '[connector]\nscope = ipv4-addr\n[mq]\npass = guest\n' >"$HOME/.config/octi/config.ini"
    chmod 600 "$HOME/.config/octi/config.ini"
    printf %s "$OPENCTI_TOKEN" >token
    chmod 600 token
    unset OPENCTI_TOKEN
    OPENCTI_TOKEN_FILE=token HTTPS_CA_CERTIFICATES="-----BEGIN CERTIFICATE----- x" try octi-doctor -s CONNECTOR_AUTO=yes
    [ "$(grep '^ok configuration' "$out" | grep -v -e OPENCTI_URL -e CONNECTOR_[INT])" = "ok configuration: OPENCTI_TOKEN=***** (token)
ok configuration: HTTPS_CA_CERTIFICATES=(PEM text) (environment)
ok configuration: CONNECTOR_SCOPE=ipv4-addr ($HOME/.config/octi/config.ini:2)
ok configuration: CONNECTOR_AUTO=yes (option)
ok configuration: MQ_PASS=***** ($HOME/.config/octi/config.ini:4)" ]
    refute grep -q -e "$(token connector)" "$out"
    refute grep -q 'read by nobody' "$out"
    OPENCTI_TOKEN_FILE=token try octi-doctor -a
    grep -qx 'ok configuration: CONNECTOR_LOG_LEVEL=ERROR (default)' "$out"
    OPENCTI_URL=http://me:secret@127.0.0.1:1 OPENCTI_TOKEN=x try octi-doctor
    grep -qx 'ok configuration: OPENCTI_URL=http://\*\*\*\*\*@127.0.0.1:1 (environment)' "$out"
    refute grep -q secret "$out"
}

@test "configuration: a file that cannot be read is a problem" {
    printf '[connector]\nnaem = x\n' >c.ini
    try octi-doctor -c c.ini
    gives 1 'problem configuration: c.ini:2: section [connector] has no key naem; is it name?' ''
}

@test "configuration: files of secrets that others may read" {
    printf '[opencti]\ntoken = %s\n' "$OPENCTI_TOKEN" >c.ini
    chmod 644 c.ini
    unset OPENCTI_TOKEN
    octi-register -c ./c.ini >/dev/null
    try octi-doctor -c ./c.ini
    finds 0 "warning configuration: ./c.ini: it holds secrets, and others than its owner have rights to it (mode 644); take the rights from the others: chmod go= FILE
$not_tried"
    # The group is others too; a file is named once, whatever it holds.
    printf '[opencti]\ncustom_headers = X-A:b\n' | cat - <(tail -n +2 c.ini) >d.ini
    chmod 640 d.ini
    try octi-doctor -c ./d.ini
    finds 0 "warning configuration: ./d.ini: it holds secrets, and others than its owner have rights to it (mode 640); take the rights from the others: chmod go= FILE
$not_tried"
    chmod 600 d.ini
    try octi-doctor -c ./d.ini
    finds 0 "$not_tried"
}

@test "configuration: what is missing, cannot be, or looks like a slip" {
    unset OPENCTI_URL OPENCTI_TOKEN CONNECTOR_NAME CONNECTOR_TYPE
    export CONNECTOR_ID=a_b CONNECTOR_LOG_LEVEL=loud CONNECTOR_LISTEN_PROTOCOL=HTTP CONNECTOR_QUEUE_PROTOCOL=AMQP
    try env OPENTCI_URL=x CONNECTOR_NMAE=x MQ_HSOT=x PQ_HOST=x CONNECTOR_NAME_FILE=x CONNECTOR_OWN_THING=x octi-doctor
    [ "$status" -eq 1 ]
    grep configuration "$out" | grep -v ^ok >got
    sort >wanted <<'TEXT'
problem configuration: OPENCTI_URL is not set; set it to the address of the platform
problem configuration: OPENCTI_TOKEN is not set; set it, or OPENCTI_TOKEN_FILE, to a token of the connector's user
problem configuration: CONNECTOR_NAME is not set; set it to what the platform shall show
problem configuration: CONNECTOR_TYPE is not set; set it to what it does, see octi-config(5)
warning configuration: CONNECTOR_ID is no UUID, and its works cannot be kept apart with a _ in it; make one with uuidgen, before the connector has a state to lose
problem configuration: CONNECTOR_LISTEN_PROTOCOL: neither AMQP nor API (environment); set it to one of them
problem configuration: CONNECTOR_QUEUE_PROTOCOL: neither amqp nor api (environment); set it to one of them
problem configuration: CONNECTOR_LOG_LEVEL: none of debug, info, warning and error (environment); set it to one of them
warning configuration: OPENTCI_URL in the environment is read by nobody; was OPENCTI_URL meant?
warning configuration: CONNECTOR_NMAE in the environment is read by nobody; was CONNECTOR_NAME meant?
warning configuration: MQ_HSOT in the environment is read by nobody; was MQ_HOST meant?
warning configuration: CONNECTOR_NAME_FILE in the environment is read by nobody: that is for secrets; set CONNECTOR_NAME itself
TEXT
    diff wanted <(sort got)
    [ "$(grep -v configuration "$out")" = "ok directory: $TMPDIR can be written to
skipped dns: needs OPENCTI_URL
$(without tcp=dns tls=dns platform=tcp token=platform clock=platform version=token capability=token)" ]
    CONNECTOR_ID=$(uuidgen) CONNECTOR_NAME=x CONNECTOR_TYPE=IMPORT try octi-doctor
    grep -qx 'problem configuration: CONNECTOR_NAME: the platform wants two characters at least (environment); use a longer one' "$out"
    grep -qx 'problem configuration: CONNECTOR_TYPE: not a type of connector (environment); see octi-config(5) for the types' "$out"
}

@test "configuration: no connector at all is a warning" {
    unset CONNECTOR_ID CONNECTOR_NAME CONNECTOR_TYPE
    try octi-doctor
    finds 0 'warning configuration: no connector is configured; set CONNECTOR_ID, CONNECTOR_NAME and CONNECTOR_TYPE to have one looked at'
    unset OPENCTI_URL OPENCTI_TOKEN
    try octi-doctor
    [ "$status" -eq 1 ]
    [ "$(grep -c '^problem configuration: OPENCTI_[A-Z]* is not set' "$out")" -eq 2 ]
}

# ---- directories and callbacks

@test "directories" {
    mkdir here
    touch file
    try octi-doctor here file missing
    finds 1 "problem directory: file: no directory; make it, or set it right
problem directory: missing: No such file or directory; make it, or set it right
warning registration: the platform does not know the connector yet; it registers when it starts; --register does it now, so that its queues can be looked at
$(no_broker)"
    grep -qx 'ok directory: here can be written to' "$out"
    CONNECTOR_SEND_TO_DIRECTORY=yes CONNECTOR_SEND_TO_DIRECTORY_PATH=missing try octi-doctor
    grep -qx 'problem directory: missing: No such file or directory; make it, or set it right' "$out"
    CONNECTOR_SEND_TO_DIRECTORY=yes try octi-doctor
    grep -qx 'problem configuration: CONNECTOR_SEND_TO_DIRECTORY_PATH is not set; set it, or CONNECTOR_SEND_TO_DIRECTORY to false' "$out"
}

@test "a directory with little room" {
    mkdir small
    ROOM=99 try disk_full small octi-doctor small
    [ "$status" -eq 0 ]
    assert_equal "$(grep ' small' "$out")" 'warning directory: small: 99 MB are free; make room'
    ROOM=100 try disk_full small octi-doctor small
    assert_equal "$(grep ' small' "$out")" 'ok directory: small can be written to'
    TMPDIR=small ROOM=0 try disk_full small octi-doctor
    assert_equal "$(grep ' directory' "$out")" 'warning directory: small: 0 MB are free; make room'
}

@test "callbacks: port, certificate, address" {
    export CONNECTOR_LISTEN_PROTOCOL=API CONNECTOR_LISTEN_PROTOCOL_API_PORT CONNECTOR_TYPE=INTERNAL_ENRICHMENT
    CONNECTOR_LISTEN_PROTOCOL_API_PORT=$(_free_ports 1)
    CONNECTOR_LISTEN_PROTOCOL_API_URI=http://host.example:7070 try octi-doctor
    [ "$(grep callback "$out")" = "ok callback: port $CONNECTOR_LISTEN_PROTOCOL_API_PORT is free
ok callback: workers are told http://host.example:7070" ]
    CONNECTOR_LISTEN_PROTOCOL_API_PORT=$(port) CONNECTOR_LISTEN_PROTOCOL_API_SSL=yes try octi-doctor
    [ "$(grep callback "$out")" = "warning callback: port $(port) is taken; well if octi-listen runs; else set CONNECTOR_LISTEN_PROTOCOL_API_PORT
problem callback: LISTEN_PROTOCOL_API_SSL_CERT is not set; set it, or CONNECTOR_LISTEN_PROTOCOL_API_SSL to false
warning callback: workers are told https://127.0.0.1:7070, which is this host only for those that run on it; set CONNECTOR_LISTEN_PROTOCOL_API_URI to how they reach this host" ]
    export CONNECTOR_LISTEN_PROTOCOL_API_SSL=yes LISTEN_PROTOCOL_API_SSL_CERT=$CA/good.pem
    LISTEN_PROTOCOL_API_SSL_KEY=$CA/good.key try octi-doctor
    grep -qx 'ok callback: certificate and key belong together' "$out"
    LISTEN_PROTOCOL_API_SSL_KEY=$CA/client.key try octi-doctor
    grep -qx "problem callback: server key $CA/client.key: does not belong to the certificate" "$out"
}

# ---- the way to the platform

@test "wrong host, nobody at the port, no address at all" {
    OPENCTI_URL=http://opencti.invalid try octi-doctor
    [ "$status" -eq 1 ]
    assert_regex "$(grep '^problem' "$out")" '^problem dns: opencti.invalid: [A-Z].*; see OPENCTI_URL, and whether the platform is up$'
    [ "$(grep '^skipped' "$out" | head -n4)" = "$(without tcp=dns platform=tcp token=platform clock=platform)" ]
    OPENCTI_URL=http://127.0.0.1:1 try octi-doctor
    finds 1 "problem tcp: port 1 of 127.0.0.1: Connection refused; see OPENCTI_URL, and whether the platform is up
$(without platform=tcp token=platform clock=platform version=token capability=token registration=token)
$(no_broker)"
    OPENCTI_URL=127.0.0.1 try octi-doctor
    finds 1 "problem dns: OPENCTI_URL: not an address that begins with http:// or https://; see OPENCTI_URL
$(without tcp=dns tls=dns platform=tcp token=platform clock=platform version=token capability=token registration=token)
$(no_broker)"
}

@test "a plain address elsewhere is warned of" {
    OPENCTI_URL=http://$(hostname):1 try octi-doctor
    grep -qx 'warning tls: not used; the token can be read on the way: use https' "$out"
}

@test "a proxy: the way to it is what is looked at" {
    HTTP_PROXY=http://me:secret@127.0.0.1:1 try octi-doctor
    finds 1 "problem tcp: port 1 of 127.0.0.1 (HTTP_PROXY): Connection refused; see HTTP_PROXY, and NO_PROXY
$(without tls=tcp platform=tcp token=platform clock=platform version=token capability=token registration=token)
$(no_broker)"
    grep -qx 'ok dns: 127.0.0.1 (HTTP_PROXY) is 127.0.0.1' "$out"
    http_proxy=proxy.invalid:3128 HTTP_PROXY=http://127.0.0.1:1 try octi-doctor
    assert_regex "$(grep ' dns:' "$out")" '^problem dns: proxy\.invalid \(http_proxy\): .*; see http_proxy, and NO_PROXY$'
    ALL_PROXY=http://127.0.0.1:x try octi-doctor
    [ "$(grep -e ' dns:' -e ' tcp:' -e ' tls:' "$out")" = "problem dns: ALL_PROXY: not the address of a proxy
$(without tcp=dns tls=dns)" ]
    # A proxy that is there: the stand-in, which does not mind how it is asked.
    octi-register >/dev/null
    http_proxy=127.0.0.1:$(port) OPENCTI_URL=http://opencti.invalid try octi-doctor
    finds 0 "skipped tls: the platform is reached through the proxy of http_proxy
$not_tried"
    grep -qx 'ok platform: it answers' "$out"
}

@test "a proxy is said to be there when, and only when, requests go through it" {
    local except through platform=$OPENCTI_URL name
    export http_proxy=http://127.0.0.1:1
    for name in 127.0.0.1 localhost; do
        OPENCTI_URL=${platform/127.0.0.1/$name}
        for except in '' '*' 127.0.0.1 'x, 127.0.0.1' 127.0.0.0/8 126.0.0.0/8 localhost .localhost LOCALHOST. local host 0.0.1; do
            through=yes
            if NO_PROXY=$except octi-query '{ about { version } }' >/dev/null 2>&1; then through=no; fi
            NO_PROXY=$except try octi-doctor
            case $through in
            yes) grep -qF "port 1 of 127.0.0.1 (http_proxy)" "$out" ;;
            no) grep -qxF "ok tcp: port $(port) of $name takes connections" "$out" ;;
            esac
        done
    done
    # Both came up.
    [ "$name $through" = 'localhost yes' ]
    NO_PROXY='*' octi-query '{ about { version } }' >/dev/null
}

@test "a platform that does not answer in time, answers otherwise, or is none" {
    local start=$SECONDS
    faults '[{"match":"Doctor","delay":8}]'
    try octi-doctor -t 1
    [ $((SECONDS - start)) -lt 6 ]
    [ "$status" -eq 1 ]
    grep -qx "problem platform: Doctor: 127.0.0.1:$(port): no answer within 1 s; see to it that the platform is up" "$out"
    faults '[{"match":"Doctor","status":502}]'
    try octi-doctor
    grep -q '^problem platform: Doctor: HTTP 502' "$out"
    faults
    OPENCTI_URL=$OPENCTI_URL/nowhere try octi-doctor
    grep -q '^problem platform: .*; OPENCTI_URL is the address of the user interface, without /graphql$' "$out"
}

@test "certificates" {
    local ca='set HTTPS_CA_CERTIFICATES to the authority that issued it' name
    export HTTPS_CA_CERTIFICATES=$CA/ca.pem
    platform_use good
    octi-register >/dev/null
    try octi-doctor
    finds 0 "$not_tried"
    assert_regex "$(grep ' tls:' "$out")" '^ok tls: TLSv1\.3, CN=[a-z.]+, of CN=[A-Za-z ]+, 82[45] days left$'
    platform_use expired
    try octi-doctor
    [ "$status" -eq 1 ]
    assert_regex "$(grep ' tls:' "$out")" '^problem tls: CN=[a-z.]+, CN=[A-Za-z ]+: certificate has expired; renew it, or set this host.s clock$'
    grep -qx "skipped platform: needs tls" "$out"
    platform_use wrongname
    try octi-doctor
    assert_regex "$(grep ' tls:' "$out")" '^problem tls: .*: IP address mismatch; it is for [a-z.]+: use such a name$'
    platform_use foreign
    try octi-doctor
    assert_regex "$(grep ' tls:' "$out")" "^problem tls: .*: unable to get local issuer certificate; $ca\$"
    OPENCTI_SSL_VERIFY=no try octi-doctor
    assert_regex "$(grep ' tls:' "$out")" "^warning tls: not checked: .*: unable to get local issuer certificate; $ca\$"
    assert_file_empty "$err"
    grep -qx 'ok platform: it answers' "$out"
    platform_use self
    try octi-doctor
    assert_regex "$(grep ' tls:' "$out")" "^problem tls: CN=alone, self-signed: self-signed certificate; $ca\$"
    HTTPS_CA_CERTIFICATES=$CA/self.pem try octi-doctor
    assert_regex "$(grep ' tls:' "$out")" '^ok tls: TLSv1\.3, CN=alone, of CN=alone, 399 days left$'
    platform_use self
    HTTPS_CA_CERTIFICATES=$CA/self.pem OPENCTI_SSL_VERIFY=no try octi-doctor
    grep -qx 'warning tls: not checked: TLSv1.3, CN=alone, of CN=alone, 399 days left; it would be accepted: have it checked' "$out"
    platform_use short
    HTTPS_CA_CERTIFICATES=$CA/self.pem OPENCTI_SSL_VERIFY=no try octi-doctor
    assert_regex "$(grep ' tls:' "$out")" '^warning tls: not checked: CN=short'
    HTTPS_CA_CERTIFICATES=$CA/short.pem try octi-doctor
    grep -qx 'warning tls: TLSv1.3, CN=short, of CN=short, 8 days left; renew it' "$out"
    OPENCTI_URL=https://127.0.0.1:$(mq_port) try octi-doctor
    assert_regex "$(grep ' tls:' "$out")" '^problem tls: 127.0.0.1: .*; is TLS spoken at this port\?$'
}

@test "authorities that cannot be read: the way is looked at all the same" {
    local see='see HTTPS_CA_CERTIFICATES, OPENCTI_SSL_VERIFY and SSL_CERT_FILE' url
    echo none >none.pem
    platform_use good
    for url in "$OPENCTI_URL" "http://127.0.0.1:$(port)"; do
        OPENCTI_URL=$url HTTPS_CA_CERTIFICATES=missing.pem try octi-doctor
        finds 1 "problem tls: missing.pem: No such file or directory; $see
$(without platform=tls token=platform clock=platform version=token capability=token registration=token)
$(no_broker)"
        grep -qx "ok tcp: port $(port) of 127.0.0.1 takes connections" "$out"
        # So it is for requests.
        OPENCTI_URL=$url HTTPS_CA_CERTIFICATES=missing.pem try octi-query '{ about { version } }'
        ends 2 'missing.pem: No such file or directory$'
    done
    OPENCTI_SSL_VERIFY=none.pem try octi-doctor
    [ "$(grep ' tls:' "$out")" = "problem tls: CA none.pem: no certificate in it; $see" ]
    https_proxy=127.0.0.1:$(port) SSL_CERT_FILE=missing.pem try octi-doctor
    [ "$(grep ' tls:' "$out")" = "problem tls: missing.pem: No such file or directory; $see" ]
    # Who checks nothing reads none.
    export OPENCTI_SSL_VERIFY=no HTTPS_CA_CERTIFICATES=missing.pem
    try octi-doctor
    [ "$status" -eq 0 ]
    assert_regex "$(grep ' tls:' "$out")" '^warning tls: not checked: .*: unable to get local issuer certificate; set HTTPS_CA'
    grep -qx 'ok platform: it answers' "$out"
    octi-query '{ about { version } }'
}

@test "a platform that speaks TLS, and is asked without" {
    platform_use good
    OPENCTI_URL=http://127.0.0.1:$(port) try octi-doctor
    [ "$status" -eq 1 ]
    [ "$(grep ' platform:' "$out")" = "problem platform: Doctor: 127.0.0.1:$(port): the connection was closed without an answer; is the platform up, and is it https that is spoken there? see OPENCTI_URL" ]
}

# ---- what the platform says

@test "a token that is not accepted" {
    OPENCTI_TOKEN=wrong try octi-doctor
    finds 1 "problem token: the platform does not accept it: it is wrong, has expired, or is not to be used for the API; make a new one for the connector's user and set OPENCTI_TOKEN
$(without version=token capability=token registration=token)
$(no_broker)"
    OPENCTI_TOKEN=ChangeMe try octi-doctor
    grep -qx 'problem token: OPENCTI_TOKEN is still ChangeMe' "$out"
}

@test "capabilities, each type's" {
    local type want
    platform_use seven admin
    while read -r type want; do
        CONNECTOR_TYPE=$type CONNECTOR_LIVE_STREAM_ID=${want##* } try octi-doctor
        assert_equal "$(sed -n 's/^ok capability: \([A-Z_]*\),.*/\1/p' "$out" | paste -sd ' ')" "CONNECTORAPI MODULES ${want% *}"
    done <<'END'
EXTERNAL_IMPORT KNOWLEDGE_KNUPDATE TAXIIAPI x
INTERNAL_IMPORT_FILE KNOWLEDGE_KNUPDATE KNOWLEDGE_KNASKIMPORT TAXIIAPI x
INTERNAL_ENRICHMENT KNOWLEDGE_KNUPDATE TAXIIAPI x
INTERNAL_ANALYSIS KNOWLEDGE TAXIIAPI x
INTERNAL_EXPORT_FILE KNOWLEDGE TAXIIAPI x
STREAM TAXIIAPI x
STREAM BYPASS live
END
    CONNECTOR_VALIDATE_BEFORE_IMPORT=yes try octi-doctor
    grep -qx 'ok capability: KNOWLEDGE_KNASKIMPORT, for files that are imported' "$out"
}

@test "a capability is had with one below it" {
    faults '[{"match":"Doctor","body":{"data":{"about":{"version":"7.1.0"},"me":{"id":"x","name":"y","capabilities":[{"name":"CONNECTORAPI"},
        {"name":"MODULES_MODMANAGE"},{"name":"KNOWLEDGE_KNUPDATE_KNDELETE"}]}}}}]'
    octi-register >/dev/null
    try octi-doctor
    assert_equal "$(sed -n 's/ capability: \([A-Z_]*\),.*/ \1/p' "$out" | paste -sd ' ')" 'ok CONNECTORAPI ok MODULES ok KNOWLEDGE_KNUPDATE'
}

@test "capabilities that are missing, by type" {
    platform_use seven reader
    try octi-doctor
    [ "$status" -eq 1 ]
    [ "$(grep capability "$out")" = "problem capability: CONNECTORAPI is missing, to register, to ping and to report on works; give it to a role of the user reader
problem capability: MODULES is missing, to read the connector's state and its works; give it to a role of the user reader
problem capability: KNOWLEDGE_KNUPDATE is missing, for what is imported in its name; give it to a role of the user reader" ]
    assert_regex "$(grep registration: "$out" | head -n1)" '^problem registration: ConnectorLook: FORBIDDEN_ACCESS'
    CONNECTOR_TYPE=INTERNAL_EXPORT_FILE try octi-doctor
    [ "$(grep capability "$out" | tail -n +3)" = 'ok capability: KNOWLEDGE, to read what it works on' ]
    CONNECTOR_TYPE=INTERNAL_IMPORT_FILE try octi-doctor
    [ "$(grep capability "$out" | tail -n 1)" = 'problem capability: KNOWLEDGE_KNASKIMPORT is missing, for files that are imported; give it to a role of the user reader' ]
    CONNECTOR_TYPE=STREAM CONNECTOR_LIVE_STREAM_ID=x try octi-doctor
    [ "$(grep capability "$out" | tail -n +3)" = 'problem capability: TAXIIAPI is missing, to follow a stream; give it to a role of the user reader' ]
    CONNECTOR_TYPE=STREAM CONNECTOR_LIVE_STREAM_ID=live try octi-doctor
    [ "$(grep capability "$out" | tail -n +3)" = 'problem capability: BYPASS is missing, to follow the stream of everything; give it to a role of the user reader' ]
}

@test "a token that may do anything is warned of" {
    platform_use seven admin
    try octi-doctor
    grep -qx 'warning token: it is of the user admin, who may do anything (BYPASS); give the connector a user of its own, of the role Connector' "$out"
    [ "$status" -eq 0 ]
}

@test "the stream of everything takes BYPASS, which is not warned of then" {
    platform_use seven admin
    CONNECTOR_TYPE=STREAM CONNECTOR_LIVE_STREAM_ID=live try octi-doctor
    grep -qx 'ok token: it is of the user admin' "$out"
}

@test "what an older platform does not know is told on one only" {
    local name
    export CONNECTOR_AUTO_UPDATE=yes CONNECTOR_ENRICHMENT_RESOLUTION=x CONNECTOR_XTM_ONE_INTENT=x
    octi-register >/dev/null
    try octi-doctor
    finds 0 "$not_tried"
    platform_use six
    try octi-doctor
    for name in AUTO_UPDATE ENRICHMENT_RESOLUTION XTM_ONE_INTENT; do
        grep -qx "warning version: CONNECTOR_$name has no effect before OpenCTI 7; take it away, or update the platform to 7" "$out"
    done
}

@test "versions" {
    platform_use six
    octi-register >/dev/null
    CONNECTOR_AUTO_UPDATE=yes try octi-doctor
    finds 0 "warning version: CONNECTOR_AUTO_UPDATE has no effect before OpenCTI 7; take it away, or update the platform to 7
$not_tried"
    assert_regex "$(grep '^ok version' "$out")" '^ok version: OpenCTI 6\.8\.[0-9]+, which has no multipart works, no object store in the registration and no keys for callbacks; done without$'
    faults '[{"match":"Doctor","body":{"data":{"about":{"version":"5.12.3"},"me":{"id":"x","name":"y","capabilities":[{"name":"BYPASS"}]}}}}]'
    try octi-doctor
    grep -qx 'problem version: OpenCTI 5.12.3 is older than what octi speaks; update it to 6.7 or later' "$out"
    faults
}

@test "clocks that do not agree" {
    octi-register >/dev/null
    faults '[{"match":"Doctor","date":-100}]'
    try octi-doctor
    assert_regex "$(grep clock "$out")" "^warning clock: 1 min (39|4[0-2]) s ahead of the platform's; have both set by NTP\$"
    [ "$status" -eq 0 ]
    faults '[{"match":"Doctor","date":4000}]'
    try octi-doctor
    assert_regex "$(grep clock "$out")" "^problem clock: 66 min (39|40|38) s behind the platform's; have both set by NTP\$"
    [ "$status" -eq 1 ]
}

@test "a platform that does not tell the time" {
    octi-register >/dev/null
    faults '[{"match":"Doctor","date":null}]'
    try octi-doctor
    finds 0 "skipped clock: the platform does not tell the time
$not_tried"
}

@test "a connector that does not run" {
    octi-register >/dev/null
    faults '[{"match":"ConnectorLook","set":{"connector.active":false}}]'
    try octi-doctor
    finds 0 "warning registration: $CONNECTOR_ID is registered, and has not pinged for five minutes: it does not run; well before its start, and between runs of their own; else see its log
$not_tried"
}

@test "a registration that is not as configured, and one that was reset" {
    octi-register >/dev/null
    control POST "connector/$CONNECTOR_ID/reset" >/dev/null
    platform_use seven admin
    CONNECTOR_NAME=other CONNECTOR_TYPE=STREAM CONNECTOR_LIVE_STREAM_ID=live try octi-doctor
    [ "$(grep registration "$out")" = "ok registration: $CONNECTOR_ID is registered and active
warning registration: it is registered as EXTERNAL_IMPORT, and configured as STREAM; register again: octi-register, or --register
warning registration: it is registered under another name; register again: octi-register, or --register
warning registration: it is registered by another user than the token's, in whose name it imports; register again: octi-register, or --register
warning registration: its state was reset on the platform; its next ping takes it over" ]
    [ "$(control GET connectors | jq -r ".[] | select(.id == \"$CONNECTOR_ID\") | .connector_state_reset")" = true ]
}

@test "a registration in a file that cannot be read" {
    local see='see OCTI_REGISTRATION, or unset it'
    echo '{}' >empty.json
    OCTI_REGISTRATION=missing.json try octi-doctor
    finds 1 "problem registration: OCTI_REGISTRATION: missing.json: No such file or directory; $see
$(no_broker)"
    OCTI_REGISTRATION=empty.json try octi-doctor
    finds 1 "problem registration: OCTI_REGISTRATION: empty.json: not a registration: id is missing; $see
$(no_broker)"
    # So it is for the others.
    OCTI_REGISTRATION=missing.json try octi-register --ping
    ends 2 'OCTI_REGISTRATION: missing.json: No such file or directory$'
}

nobody_listens() {
    [ "$(control GET stream/channels)" = '[]' ]
}

@test "streams: followed, forbidden, unknown, stopped" {
    local id
    id=$(uuidgen)
    new_connector STREAM
    control POST "stream/$id/collection" '{"name":"ours","stream_live":true}' >/dev/null
    CONNECTOR_LIVE_STREAM_ID=$id try octi-doctor
    grep -qx "ok stream: $id may be followed" "$out"
    # It does not go on listening.
    until_true 5 nobody_listens
    CONNECTOR_LIVE_STREAM_ID=live try octi-doctor
    [ "$(grep ' stream:' "$out")" = 'problem stream: live: unknown, or the user may not follow it (HTTP 401); it takes BYPASS: follow a stream of the platform'\''s own making' ]
    CONNECTOR_LIVE_STREAM_ID=unknown try octi-doctor
    [ "$(grep ' stream:' "$out")" = 'problem stream: unknown: unknown, or the user may not follow it (HTTP 401); see its id; make it public, or give the user TAXIIAPI and access to it' ]
    control POST "stream/$id/collection" '{"name":"ours","stream_live":false}' >/dev/null
    CONNECTOR_LIVE_STREAM_ID=$id try octi-doctor
    [ "$(grep ' stream:' "$out")" = "problem stream: $id: it is stopped (HTTP 410); start it on the platform" ]
    faults '[{"match":"/stream/","status":200,"body":"<html>","content_type":"text/html"}]'
    CONNECTOR_LIVE_STREAM_ID=$id try octi-doctor
    [ "$(grep ' stream:' "$out")" = "problem stream: $id: an answer that is none of a stream (HTTP 200); see what stands between here and the platform" ]
    faults '[{"match":"/stream/","status":429}]'
    CONNECTOR_LIVE_STREAM_ID=$id try octi-doctor
    [ "$(grep ' stream:' "$out")" = "problem stream: $id: too many requests (HTTP 429); try again later" ]
    faults '[{"match":"/stream/","close":true}]'
    CONNECTOR_LIVE_STREAM_ID=$id try octi-doctor
    [ "$status" -eq 1 ]
    [ "$(grep ' stream:' "$out")" = "problem stream: $id: 127.0.0.1:$(port): the connection was closed without an answer; see what stands between here and the platform" ]
    faults
    try octi-doctor
    grep -qx 'problem configuration: CONNECTOR_LIVE_STREAM_ID is not set; set it to the id of a stream of the platform, or to live' "$out"
}

# ---- the broker

@test "the platform's name for the broker does not hold here: MQ_HOST" {
    platform_use idle
    octi-register >/dev/null
    try octi-doctor
    [ "$status" -eq 1 ]
    assert_regex "$(grep '^problem' "$out")" '^problem broker-dns: broker\.invalid: .*; the platform calls it so, which may not hold from here: set MQ_HOST and MQ_PORT to how it is reached$'
    [ "$(grep '^skipped' "$out")" = "$(without broker-tcp=broker-dns login=broker-tcp vhost=login queue=vhost publish=vhost)
$not_tried" ]
    MQ_HOST=127.0.0.1 try octi-doctor
    finds 0 "warning queue: push_$CONNECTOR_ID: messages 0, consumers 0: nobody imports what is sent; start the platform's workers
$not_tried"
}

@test "the broker is away" {
    octi-register >/dev/null
    MQ_PORT=1 try octi-doctor
    finds 1 "problem broker-tcp: port 1 of 127.0.0.1: Connection refused; see MQ_HOST and MQ_PORT
$(without login=broker-tcp vhost=login queue=vhost publish=vhost)
$not_tried"
}

@test "a wrong password, and a vhost that is not there" {
    octi-register >/dev/null
    MQ_PASS=wrong try octi-doctor
    finds 1 "problem login: the broker 127.0.0.1:$(mq_port): 403 ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.; see MQ_USER and MQ_PASS
$(without vhost=login queue=vhost publish=vhost)
$not_tried"
    MQ_VHOST=/none try octi-doctor
    finds 1 "problem vhost: the broker 127.0.0.1:$(mq_port): 530 NOT_ALLOWED - vhost /none not found; see MQ_VHOST
$(without queue=vhost publish=vhost)
$not_tried"
}

@test "a password and a vhost that are the platform's" {
    octi-register >/dev/null
    faults '[{"match":"ConnectorLook","set":{"connector.config.connection.pass":"old"}}]'
    try octi-doctor
    [ "$status" -eq 1 ]
    assert_regex "$(grep ' login:' "$out")" '^problem login: .*: 403 ACCESS_REFUSED - .*; the platform gave a password that the broker does not take: see the platform.s configuration$'
    faults '[{"match":"ConnectorLook","set":{"connector.config.connection.user":"octi_reader", "connector.config.connection.pass":"old"}}]'
    MQ_PASS=secret try octi-doctor
    grep -qx 'ok login: as user octi_reader' "$out"
    faults '[{"match":"ConnectorLook","set":{"connector.config.connection.vhost":"/gone"}}]'
    try octi-doctor
    [ "$status" -eq 1 ]
    assert_regex "$(grep ' vhost:' "$out")" '^problem vhost: .*: 530 NOT_ALLOWED - vhost /gone not found; the platform calls it so: see its configuration, or set MQ_VHOST$'
}

@test "a user without rights in the vhost" {
    octi-register >/dev/null
    export MQ_USER=octi_reader MQ_PASS=secret MQ_VHOST
    MQ_VHOST=octi_empty try octi-doctor
    finds 1 "problem vhost: the broker 127.0.0.1:$(mq_port): 530 NOT_ALLOWED - access to vhost 'octi_empty' refused for user 'octi_reader'; give the user rights in it, or set MQ_VHOST
$(without queue=vhost publish=vhost)
$not_tried"
    grep -qx 'ok login: as user octi_reader' "$out"
}

@test "what answers at the broker's port is something else" {
    octi-register >/dev/null
    MQ_PORT=$(port) try octi-doctor
    [ "$status" -eq 1 ]
    assert_regex "$(grep '^problem' "$out")" "^problem login: .*; is it a broker's port, and not one for TLS\? see MQ_PORT and MQ_USE_SSL\$"
    [ "$(grep '^skipped' "$out")" = "$(without vhost=login queue=vhost publish=vhost)
$not_tried" ]
    MQ_PORT=0 try octi-doctor
    finds 1 "problem broker-dns: MQ_PORT: not a port: 0; see MQ_PORT
$(without broker-{tcp,tls}=broker-dns {login,vhost,queue,publish,message-size}=broker-dns)"
}

@test "certificates and keys for the broker that cannot be read" {
    local see='see MQ_USE_SSL_CA, MQ_USE_SSL_CERT, MQ_USE_SSL_KEY and MQ_USE_SSL_PASSPHRASE'
    octi-register >/dev/null
    export MQ_USE_SSL=yes
    MQ_USE_SSL_CA=missing.pem try octi-doctor
    finds 1 "problem broker-tls: CA missing.pem: No such file or directory; $see
$(without login=broker-tls vhost=login queue=vhost publish=vhost)
$not_tried"
    MQ_USE_SSL_CERT=$CA/good.pem MQ_USE_SSL_KEY=$CA/client.key try octi-doctor
    [ "$(grep '^problem' "$out")" = "problem broker-tls: client key $CA/client.key: does not belong to the certificate; $see" ]
}

@test "the exchange is gone, or never was where MQ_VHOST leads" {
    octi-register >/dev/null
    MQ_VHOST=octi_empty try octi-doctor
    finds 1 "problem queue: push_$CONNECTOR_ID: 404 NOT_FOUND - no queue 'push_$CONNECTOR_ID' in vhost 'octi_empty'; see MQ_VHOST; if it is right, register again, or ping: either makes it
problem publish: amqp.worker.exchange: 404 NOT_FOUND - no exchange 'amqp.worker.exchange' in vhost 'octi_empty'; see MQ_VHOST; if it is right, register again, or ping: either makes it
$not_tried"
    faults '[{"match":"ConnectorLook","set":{"connector.config.push_exchange":"gone"}}]'
    try octi-doctor
    finds 1 "problem publish: gone: 404 NOT_FOUND - no exchange 'gone' in vhost '/'; register again, or ping: either makes it
$not_tried"
}

alarmed() { # the broker takes no messages
    rabbit eval 'rabbit_alarm:get_alarms() =/= [].' 2>&1 | grep -qx true
}

@test "a broker that has too little memory, or disk" {
    export OCTI_BROKER=$BATS_FILE_TMPDIR/own
    platform_use blocked
    octi-register >/dev/null
    try octi-doctor
    finds 0 "$not_tried"
    rabbit set_vm_memory_high_watermark 0
    until_true 20 alarmed
    try octi-doctor --size 1000
    finds 1 "problem publish: the broker takes no messages: low on memory; see to its memory and its disk
$(without message-size=publish)"
    rabbit set_vm_memory_high_watermark 0.4
    rabbit set_disk_free_limit 100000GB
    until_true 20 alarmed
    try octi-doctor
    finds 1 "problem publish: the broker takes no messages: low on disk; see to its memory and its disk
$not_tried"
    rabbit set_disk_free_limit 1MB
}

@test "no permission to publish" {
    octi-register >/dev/null
    MQ_USER=octi_reader MQ_PASS=secret try octi-doctor
    finds 1 "problem publish: amqp.worker.exchange: 403 ACCESS_REFUSED - access to exchange 'amqp.worker.exchange' in vhost '/' refused for user 'octi_reader'; give the user the right to write to it
$not_tried"
}

@test "a queue that is gone" {
    octi-register >/dev/null
    amqp-delete-queue -u "amqp://127.0.0.1:$(mq_port)" -q "push_$CONNECTOR_ID" >/dev/null
    try octi-doctor
    finds 1 "problem queue: push_$CONNECTOR_ID: 404 NOT_FOUND - no queue 'push_$CONNECTOR_ID' in vhost '/'; register again, or ping: either makes it
$not_tried"
    grep -qx 'ok publish: exchange amqp.worker.exchange takes messages' "$out"
}

@test "the queue of jobs is looked at where there are jobs; messages are counted" {
    new_connector INTERNAL_ENRICHMENT
    octi-register >/dev/null
    amqp-publish -u "amqp://127.0.0.1:$(mq_port)" -r "listen_$CONNECTOR_ID" -b x
    try octi-doctor
    finds 0 "$not_tried"
    grep -qx "ok queue: listen_$CONNECTOR_ID: messages 1, consumers 0" "$out"
}

@test "--size: what the broker takes, and what is above its limit" {
    octi-register >/dev/null
    try octi-doctor --size 3000000
    finds 0 ''
    grep -qx 'ok message-size: a message of 3000000 bytes is taken' "$out"
    try octi-doctor --size 140000000
    [ "$status" -eq 1 ]
    assert_regex "$(grep message-size "$out")" '^problem message-size: amqp.worker.exchange: 406 PRECONDITION_FAILED - message size 140000000 .*134217728.*; raise max_message_size of the broker; OpenCTI recommends 536870912$'
}

@test "which queues are looked at: of jobs, if they come over the broker, and of what is sent, if it goes there" {
    new_connector INTERNAL_ENRICHMENT
    octi-register >/dev/null
    CONNECTOR_LISTEN_PROTOCOL=API try octi-doctor
    assert_equal "$(sed -n 's/.* queue: \([a-z]*\)_.*/\1/p' "$out" | paste -sd ' ')" push
    CONNECTOR_SEND_TO_QUEUE=no try octi-doctor
    assert_equal "$(sed -n 's/.* queue: \([a-z]*\)_.*/\1/p' "$out" | paste -sd ' ')" listen
    refute grep -q ' publish:' "$out"
    CONNECTOR_LISTEN_PROTOCOL=API CONNECTOR_SEND_TO_QUEUE=no try octi-doctor
    grep -qx 'skipped queue: this connector has nothing to do with the broker' "$out"
}

@test "the way to a broker that is given is looked at before there is a registration" {
    MQ_HOST=127.0.0.1 MQ_PORT=1 try octi-doctor
    [ "$status" -eq 1 ]
    grep -qx 'problem broker-tcp: port 1 of 127.0.0.1: Connection refused; see MQ_HOST and MQ_PORT' "$out"
    # Nothing is said of what is not used.
    CONNECTOR_SEND_TO_DIRECTORY_PATH=missing try octi-doctor
    refute grep -q '^problem directory' "$out"
    CONNECTOR_LISTEN_PROTOCOL=API CONNECTOR_LISTEN_PROTOCOL_API_PORT=0 try octi-doctor
    grep -qx 'problem callback: CONNECTOR_LISTEN_PROTOCOL_API_PORT: not a port: 0' "$out"
}

@test "a connector without the broker" {
    CONNECTOR_QUEUE_PROTOCOL=api try octi-doctor
    [ "$(grep 'the broker$' "$out")" = "skipped broker-dns: this connector has nothing to do with the broker
skipped broker-tcp: this connector has nothing to do with the broker
skipped broker-tls: this connector has nothing to do with the broker
skipped login: this connector has nothing to do with the broker
skipped vhost: this connector has nothing to do with the broker
skipped queue: this connector has nothing to do with the broker
skipped publish: this connector has nothing to do with the broker
skipped message-size: this connector has nothing to do with the broker" ]
    [ "$status" -eq 0 ]
}
