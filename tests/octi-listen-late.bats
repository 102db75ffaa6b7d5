#!/usr/bin/env bats
# A broker that does not wait for as long as a handler runs. It is this file's own.

load listen

setup_file() {
    own_broker impatient
    broker_wait "$OCTI_BROKER"
    platform_up platform --release 7
}

teardown_file() { services_down; }
setup() { begin_listening INTERNAL_ENRICHMENT; }
teardown() { listen_down; }

# A handler that goes on until there is a file `go`; `begun` has a line for each run.
waiting() {
    printf '#!/bin/sh\necho $$ >>begun; until [ -e go ]; do sleep 0.1; done; printf "%%s\\n" '"'%s'"'\n' "$malware" >handler
}
settled() { # the work is closed without an error, its objects are there, nobody waits for anything
    complete "$work"
    until_true 10 eval '[ "$(listen_depth)" -eq 0 ]'
    stop 0
    assert_equal "$(listen_depth)" 0
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
    assert_equal "$(contents | jq -r '.objects[].name')" Feodo
    assert_equal "$(wc -l <begun)" 1
}

@test "a handler outlasts consumer_timeout: said with what helps, and the job is not lost, nor run twice" {
    waiting
    CONNECTOR_LOG_LEVEL=INFO listen -- ./handler
    enrich
    says err 'PRECONDITION_FAILED'
    says err 'listening again'
    touch go
    settled
    assert_regex "$(sed -n 2p err)" '^octi-listen: queue listen_.*timed out.*; trying again \(a handler may run longer than the broker.s consumer_timeout with --journal\)$'
}

@test "--journal: consumer_timeout does not matter" {
    waiting
    mkdir journal
    listen --journal journal -- ./handler
    enrich
    until_true 10 test -e begun
    sleep 4 # longer than the broker waits, by far
    touch go
    settled
    settled_in journal 0
    assert_equal "$(cat err)" ''
}
