#!/usr/bin/env bats
# The units that are installed, as systemd judges them.
load helper

root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)

unit() { # COMMAND: its unit, with a command that is there
    mkdir -p bin
    printf '#!/bin/sh\n' >"bin/$1"
    chmod 755 "bin/$1"
    "$root/scripts/unit" "$1" "$PWD/bin" >"$1@.service"
}

setting() { # COMMAND KEY: its values, a line each
    sed -n "s|^$2=||p" "$1@.service"
}

@test "systemd accepts each unit" {
    local name
    for name in octi-listen octi-run octi-stream; do
        unit "$name"
        try systemd-analyze verify --man=no "./$name@.service"
        gives 0 '' ''
        refute grep -q '@[A-Z]*@' "$name@.service"
        assert_equal "$(setting "$name" ExecStart)" "$PWD/bin/$name \$OCTI_OPTIONS -- \$OCTI_COMMAND"
    done
    # It would say so.
    echo 'Protection=yes' >>octi-listen@.service
    try systemd-analyze verify --man=no ./octi-listen@.service
    grep -q Protection "$err"
}

@test "a unit lets a connector do no more than it has to" {
    unit octi-listen
    try systemd-analyze security --offline=true --threshold=15 ./octi-listen@.service
    ends 0
    grep -q 'exposure level for .*: [01]\.' "$out"
    assert_equal "$(setting octi-listen DynamicUser)" yes
    assert_equal "$(setting octi-listen ProtectSystem)" strict
}

@test "what is tried again, and how it is known to live" {
    unit octi-listen
    assert_equal "$(setting octi-listen Type)" notify
    assert_equal "$(setting octi-listen WatchdogSec)" 2min
    assert_equal "$(setting octi-listen Restart)" on-failure
    assert_equal "$(setting octi-listen RestartPreventExitStatus)" '1 2 126 127'
    # An outage may take longer than any limit of starts.
    assert_equal "$(setting octi-listen StartLimitIntervalSec)" 0
}

@test "a stop lets what runs end, and a reload is a SIGHUP" {
    local name
    for name in octi-listen octi-run octi-stream; do
        unit "$name"
        assert_equal "$(setting "$name" KillMode)" mixed
        assert_equal "$(setting "$name" TimeoutStopSec)" 90
        # Not kill(1), which a small system does not have.
        assert_equal "$(setting "$name" ExecReload)" "/bin/sh -c 'kill -HUP \$MAINPID'"
    done
}

@test "the token is a credential, the rest a file" {
    unit octi-listen
    assert_equal "$(setting octi-listen LoadCredential)" OPENCTI_TOKEN:/etc/octi/%i.token
    assert_equal "$(setting octi-listen EnvironmentFile)" /etc/octi/%i.env
}
