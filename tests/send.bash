# shellcheck shell=bash disable=SC2034
# What the tests of sending share, beside helper.bash.

load helper

connector_user=3f1b2c8e-6a07-4c58-8a4e-0d3b7a5c9e02
admin_user=88ec0c6a-13ce-5e39-b486-354fe4a7084f

# --- services

own_broker() { # ARGS...: a broker for this file alone, which it may end
    export OCTI_BROKER=$BATS_FILE_TMPDIR/broker
    broker_start "$OCTI_BROKER" "$@"
}

broker_again() { # it is there, also after a test that ended it
    if ! _alive "$OCTI_BROKER/broker.pid"; then broker_restart "$OCTI_BROKER"; fi
}

services_down() {
    platforms_down
    if [ -d "$BATS_FILE_TMPDIR/broker" ]; then broker_stop "$BATS_FILE_TMPDIR/broker"; fi
}

begin() { # [PLATFORM]: a new connector, in a clean place
    clean_setup
    platform_use "${1:-platform}"
    new_connector
    export CONNECTOR_NAME='My Feed' CONNECTOR_SCOPE=indicator
}

# --- what the platform has seen

ask() { control GET "$1"; }
asked() { ask requests | jq -r '.[].operation // empty'; } # the operations since, a line each
arguments() { ask "requests?operation=$1" | jq -c '.[].variables'; } # OPERATION

# What the worker has taken from this connector's queue, a line each: exchange, properties, body, text.
messages() { ask messages | jq -c --arg key "push_routing_$CONNECTOR_ID" 'select(.routing_key == $key)'; }
# The bundles in them, byte for byte, a line each.
contents() { messages | jq -r '.body.content | @base64d'; }

works() { ask works | jq -c --arg id "$CONNECTOR_ID" '.[] | select(.connector_id == $id)'; }
work() { works | jq -c --arg id "$1" 'select(.id == $id)'; } # ID

open_work() { # [-n NAME]: of a connector that the platform knows; prints its id
    octi-register >/dev/null && octi-work start "$@" && forget_requests
}

_arrived() { [ "$(messages | wc -l)" -ge "$1" ]; }
arrive() { until_true 30 _arrived "$1"; } # COUNT: as many messages

_complete() { [ "$(work "$1" | jq -r .status)" = complete ]; }
complete() { until_true 60 _complete "$1"; } # WORK

says() { until_true 30 grep -q -e "$2" "$1"; } # FILE PATTERN

# --- the service manager

# Reads what the service manager is told, a message a line, into `told`.
manager() {
    "${OCTI_PYTHON:-$tests/../.venv/bin/python}" - notify >told 3>&- 4>&- <<'PY' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode().replace("\n", "|"), flush=True)
PY
    manager=$!
    until_true 10 test -S notify
    export NOTIFY_SOCKET=$PWD/notify
}

# --- the broker

# amqp CODE: Python that has a channel `c` and the name of this connector's `queue`.
amqp() {
    python - "$(cat "$OCTI_BROKER/port")" "push_$CONNECTOR_ID" "$1" <<'PY'
import sys, pika
c = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(sys.argv[1]))).channel()
queue = sys.argv[2]
exec(sys.argv[3])
PY
}

depth() { amqp 'print(c.queue_declare(queue, passive=True).method.message_count)'; }

drain() { # takes all that is in the queue, and prints the ids of the objects
    amqp '
import base64, json
c.basic_qos(prefetch_count=500)
for method, _, body in c.consume(queue, inactivity_timeout=2):
    if method is None: break
    for one in json.loads(base64.b64decode(json.loads(body)["content"]))["objects"]: print(one["id"])
    c.basic_ack(method.delivery_tag)'
}

# Registers, and makes the queue anew so that it holds no more than so many messages and refuses others.
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
    python - "$1" "${2:-0}" <<'PY'
import json, sys
print(json.dumps({"type": "bundle", "id": "bundle--55555555-5555-4555-8555-555555555555", "objects": [
    {"type": "indicator", "spec_version": "2.1", "id": "indicator--%08x-6666-4666-8666-666666666666" % i,
     "name": "n%d" % i, "pattern": "[url:value = 'http://192.0.2.1/%d']" % i, "pattern_type": "stix",
     "valid_from": "2024-01-01T00:00:00Z", "description": "x" * int(sys.argv[2])} for i in range(int(sys.argv[1]))]}))
PY
}

ids() { jq -r '.objects[].id' "$@" | LC_ALL=C sort -u; } # FILE...: of the objects in bundles

timeless() { sed -E 's/"seconds": [0-9]+\.[0-9]{3}\}/"seconds": S}/'; }
