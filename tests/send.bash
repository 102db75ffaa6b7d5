# shellcheck shell=bash
# What the tests of sending share. Each file has a platform of its own, because it reads the log of requests,
# orders faults and pauses the worker; each test has a connector of its own.
# (what a helper sets is used by the tests)
# shellcheck disable=SC2034

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert
bats_load_library bats-file

_send_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/services.sh
. "$_send_root/tests/services.sh"
PATH=$(cd "${OCTI_BUILD:-$_send_root/build}" && pwd):$PATH

connector_user=3f1b2c8e-6a07-4c58-8a4e-0d3b7a5c9e02
admin_user=88ec0c6a-13ce-5e39-b486-354fe4a7084f
ext=extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba

# --- services

own_broker() { # a broker for this file alone
    broker_start "$BATS_FILE_TMPDIR/broker" "$@" && broker_wait "$BATS_FILE_TMPDIR/broker"
    export SEND_BROKER=$BATS_FILE_TMPDIR/broker
}

send_up() { # ARGS...: this file's platform, on the suite's broker unless there is one of its own
    export BATS_NO_PARALLELIZE_WITHIN_FILE=true
    if [ -z "${SEND_BROKER:-}" ]; then
        if [ -n "${OCTI_BROKER:-}" ]; then
            export SEND_BROKER=$OCTI_BROKER
        else
            own_broker
        fi
    fi
    platform_start "$BATS_FILE_TMPDIR/platform" --amqp-port "$(cat "$SEND_BROKER/port")" "$@"
}

send_down() {
    platform_stop "$BATS_FILE_TMPDIR/platform"
    if [ -d "$BATS_FILE_TMPDIR/broker" ]; then broker_stop "$BATS_FILE_TMPDIR/broker"; fi
}

# An environment in which nothing of the caller's is left, and a new connector.
new_connector() { # [PLATFORM_DIR]
    local name
    for name in $(compgen -e | grep -E '^(OPENCTI|CONNECTOR|OCTI|MQ|S3|HTTPS?|QUEUE|LISTEN)_'); do
        case $name in OCTI_BUILD | OCTI_PYTHON | OCTI_RABBITMQ | OCTI_BROKER) ;; *) unset "$name" ;; esac
    done
    unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy CREDENTIALS_DIRECTORY
    local platform=${1:-$BATS_FILE_TMPDIR/platform}
    export HOME=$BATS_TEST_TMPDIR XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config
    OPENCTI_URL=$(cat "$platform/url")
    OPENCTI_TOKEN=$(jq -r .connector "$platform/tokens.json")
    CONNECTOR_ID=$(cat /proc/sys/kernel/random/uuid)
    export OPENCTI_URL OPENCTI_TOKEN CONNECTOR_ID CONNECTOR_NAME='My Feed' CONNECTOR_TYPE=EXTERNAL_IMPORT
    export CONNECTOR_SCOPE=indicator
    control=${OPENCTI_URL%/}/_test
    cd "$BATS_TEST_TMPDIR" || return
}

# --- the platform's control routes

ask() { curl -fsS --cacert "${CONTROL_CA:-/dev/null}" "$control/$1"; }
post() { curl -fsS --cacert "${CONTROL_CA:-/dev/null}" -X POST -d "${2:-}" "$control/$1" >/dev/null; }
fault() { post faults "[$1]"; }
no_faults() { curl -fsS -X DELETE "$control/faults" >/dev/null; }

# What the worker has taken from this connector's queue, a line each: exchange, properties, body, text.
messages() { ask messages | jq -c --arg key "push_routing_$CONNECTOR_ID" 'select(.routing_key == $key)'; }
# The bundles in them, byte for byte, a line each.
contents() { messages | jq -r '.body.content | @base64d'; }
works() { ask works | jq -c --arg id "$CONNECTOR_ID" '.[] | select(.connector_id == $id)'; }
work() { works | jq -c --arg id "$1" 'select(.id == $id)'; } # ID
operations() { ask requests | jq -r '.[].operation'; }
arguments() { ask "requests?operation=$1" | jq -c '.[].variables'; } # OPERATION

eventually() { # COMMAND...: within half a minute
    local left=300
    until "$@"; do
        left=$((left - 1))
        [ $left -gt 0 ] || fail "not in time: $*"
        sleep 0.1
    done
}

_arrived() { [ "$(messages | wc -l)" -ge "$1" ]; }
arrive() { eventually _arrived "$1"; } # COUNT: as many messages

_complete() { [ "$(work "$1" | jq -r .status)" = complete ]; }
complete() { eventually _complete "$1"; } # WORK

_says() { grep -q -- "$2" "$1"; }
says() { eventually _says "$1" "$2"; } # FILE PATTERN

# --- the broker

# amqp CODE: Python that has a channel `c` and the name of this connector's `queue`.
amqp() {
    "$_services_python" - "$(cat "$SEND_BROKER/port")" "push_$CONNECTOR_ID" "$1" <<'PY'
import sys, pika
c = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(sys.argv[1]))).channel()
queue = sys.argv[2]
exec(sys.argv[3])
PY
}

depth() { amqp 'print(c.queue_declare(queue, passive=True).method.message_count)'; }

# Takes all that is in the queue, and prints the ids of the objects.
drain() {
    amqp '
import base64, json
c.basic_qos(prefetch_count=500)
for method, _, body in c.consume(queue, inactivity_timeout=2):
    if method is None: break
    for one in json.loads(base64.b64decode(json.loads(body)["content"]))["objects"]: print(one["id"])
    c.basic_ack(method.delivery_tag)'
}

# Registers, and makes the queue anew so that it takes no more than so many messages and refuses others.
small_queue() { # COUNT
    octi-register -o registration
    export OCTI_REGISTRATION=$PWD/registration
    amqp "
c.queue_delete(queue)
c.queue_declare(queue, durable=True, arguments={'x-max-length': $1, 'x-overflow': 'reject-publish'})
c.queue_bind(queue, 'amqp.worker.exchange', queue.replace('push_', 'push_routing_'))"
}

# --- bundles

# b.json: an indicator, a malware, and a relationship that comes first.
small_bundle() {
    cat >b.json <<'JSON'
{"type": "bundle", "id": "bundle--11111111-1111-4111-8111-111111111111", "objects": [
{"type": "relationship", "spec_version": "2.1", "id": "relationship--22222222-2222-4222-8222-222222222222",
 "relationship_type": "indicates", "source_ref": "indicator--33333333-3333-4333-8333-333333333333",
 "target_ref": "malware--44444444-4444-4444-8444-444444444444"},
{"type": "indicator", "spec_version": "2.1", "id": "indicator--33333333-3333-4333-8333-333333333333", "name": "café",
 "pattern": "[ipv4-addr:value = '198.51.100.1']", "pattern_type": "stix", "valid_from": "2024-01-01T00:00:00Z"},
{"type": "malware", "spec_version": "2.1", "id": "malware--44444444-4444-4444-8444-444444444444", "name": "Feodo",
 "is_family": true}]}
JSON
}

# many COUNT [SIZE]: a bundle of so many indicators, each with a description of SIZE bytes.
many() {
    /usr/bin/env python3 - "$1" "${2:-0}" <<'PY'
import json, sys
print(json.dumps({"type": "bundle", "id": "bundle--55555555-5555-4555-8555-555555555555", "objects": [
    {"type": "indicator", "spec_version": "2.1", "id": "indicator--%08x-6666-4666-8666-666666666666" % i, "name": "n%d" % i,
     "pattern": "[url:value = 'http://192.0.2.1/%d']" % i, "pattern_type": "stix", "valid_from": "2024-01-01T00:00:00Z",
     "description": "x" * int(sys.argv[2])} for i in range(int(sys.argv[1]))]}))
PY
}

ids() { jq -r '.objects[].id' "$@" | LC_ALL=C sort -u; }

timeless() { sed -E 's/"seconds": [0-9]+\.[0-9]{3}\}/"seconds": S}/'; }
