#!/usr/bin/env bats
# pycti and octi, on the same broker and the same platform: the same messages, the same calls.
load helper

@test "pycti registers, pings, reports, sends, works on jobs and runs as octi does, but for the differences that are meant" {
    broker_wait "$OCTI_BROKER"
    try python "$tests/interop/run.py" --build "$OCTI_BUILD" --amqp-port "$(cat "$OCTI_BROKER/port")"
    ends 0
    grep -E '^interop: [0-9]{5,} checks$' "$out"
}
