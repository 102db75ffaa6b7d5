# shellcheck shell=bash disable=SC2034
# What the tests of octi-run share, beside send.bash.

load send

malware='{"type": "malware", "id": "malware--44444444-4444-4444-8444-444444444444", "name": "Feodo", "is_family": true}'

begin_running() { # [PLATFORM]: a new connector, in a clean place
    begin "${1-platform}"
    export CONNECTOR_TYPE=EXTERNAL_IMPORT TMPDIR=$BATS_TEST_TMPDIR/tmp
    export OPENCTI_JSON_LOGGING=false CONNECTOR_LOG_LEVEL=WARNING
    mkdir -p "$TMPDIR"
    faults
    forget_requests
}

# feed LINE...: the shell script that is run, in `feed`.
feed() {
    { echo '#!/bin/sh' && printf '%s\n' "$@"; } >feed
    chmod +x feed
}
# prints COUNT [FROM]: lines of a feed that print so many objects.
prints() {
    echo "i=${2:-1}; while [ \$i -lt \$((${2:-1} + $1)) ]; do printf '{\"type\": \"malware\", \"id\": \"malware--%08d-0000-4000-8000-000000000000\", \"name\": \"M%d\", \"is_family\": true}\\n' \$i \$i; i=\$((i + 1)); done"
}

# Starts octi-run beside the test: stdout and stderr go to `out` and `err`.
running() { # ARGS...
    LD_PRELOAD=${CLOCK+$PWD/clock.so} octi-run "$@" >out 2>err 3>&- 4>&- &
    runner=$!
}
stop() { # STATUS: ends it, as a supervisor does
    [ -z "${CLOCK-}" ] || clock_goes 1
    kill -TERM "$runner"
    exits "$runner" "$1"
}
ended() { exits "$runner" "$1"; } # STATUS: it ends by itself
kill_runner() {
    kill -KILL "$runner"
    wait "$runner" 2>/dev/null || :
}
run_down() {
    local job
    for job in $(jobs -p); do kill -KILL "$job" 2>/dev/null || :; done
}
has_lines() { [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; } # FILE COUNT
began() { until_true 20 has_lines begun "$1"; } # COUNT: the feed has begun so often

connector() { control GET connectors | jq -c --arg id "$CONNECTOR_ID" '.[] | select(.id == $id)'; }
state() { connector | jq -r '.connector_state // empty' | grep -vx null || :; } # none: nothing
info() { connector | jq -c ".connector_info$1"; } # PATH
closed() { [ "$(works | jq -r 'select(.processed_time == null) | .id')" = '' ]; }
# The operations since, in order, without pings, what comes with them, and registrations.
operations_of_run() { asked | grep -vxE 'RegisterConnector|PingConnector|ConnectorState' | paste -sd ' '; }

# ---- a clock that the test sets

# What `running` starts from now on, and what that runs, have a clock of their own, which stands at TIME.
own_clock() { # TIME
    preload_build clock
    export CLOCK=$PWD/clock
    clock_stands "$1"
}
_clock_set() { # MICROSECOND SPEED
    echo "${EPOCHREALTIME/./} $1 $2" >clock.new
    mv clock.new "$CLOCK"
}
_clock_shows() {
    local machine shown speed
    read -r machine shown speed <"$CLOCK"
    echo $((shown + (${EPOCHREALTIME/./} - machine) * speed))
}
clock_stands() { _clock_set "$(date -d "$1" +%s)000000" 0; } # TIME
clock_goes() { _clock_set "$(_clock_shows)" "$1"; } # SPEED: times as fast; 0: it stands still
clock_jumps() { _clock_set $(($(_clock_shows) + $1 * 1000000)) "$(cut -d' ' -f3 "$CLOCK")"; } # SECONDS
clock_past() { [ "$(_clock_shows)" -ge "$(date -d "$1" +%s)000000" ]; } # TIME
