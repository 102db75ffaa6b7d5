#!/usr/bin/env bats
# The stand-in platform itself.
load helper

@test "the stand-in platform is as strict as it says" {
    broker_wait "$OCTI_BROKER"
    try python "$tests/selftest" --amqp-port "$(cat "$OCTI_BROKER/port")"
    ends 0
}
