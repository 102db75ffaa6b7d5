#!/usr/bin/env bats
# How octi-listen tells how it fares: the log, /metrics and /health, the service manager. The broker is this file's own.

load listen

setup_file() {
    own_broker
    platform_up platform --release 7
}

teardown_file() { services_down; }

setup() {
    if ! _alive "$OCTI_BROKER/broker.pid"; then broker_restart "$OCTI_BROKER"; fi
    begin_listening INTERNAL_ENRICHMENT
}

teardown() { listen_down; }

# ---- the log

lines() { jq -c "${1:-.}" err; } # FILTER: of the lines of JSON

@test "JSON unless stderr is a terminal: timestamp, level, name, message, attributes" {
    unset OPENCTI_JSON_LOGGING
    export CONNECTOR_LOG_LEVEL=info CONNECTOR_NAME='Café "1"'
    handler ''
    listen -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(lines '[.level, .name, .message]')" '["INFO","Café \"1\"","listening"]
["INFO","Café \"1\"","done"]'
    assert_equal "$(lines 'keys_unsorted')" '["timestamp","level","name","message"]
["timestamp","level","name","message","attributes"]'
    assert_equal "$(lines .attributes | tail -n 1)" "{\"work_id\":\"$work\",\"tries\":1,\"status\":0}"
    run ! grep -vE '^\{"timestamp": "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z", "level": ' err
}

@test "plain on a terminal, and when OPENCTI_JSON_LOGGING says so; JSON there when it says so" {
    octi-register >/dev/null
    amqp 'c.queue_delete(queue.replace("push_", "listen_"))'
    export MQ_PORT=1 CONNECTOR_LOG_LEVEL=ERROR
    on_terminal() { script -qec "timeout 2 octi-listen -- true" /dev/null </dev/null | tr -d '\r'; }
    unset OPENCTI_JSON_LOGGING
    run on_terminal
    assert_output --regexp '^octi-listen: cannot reach the broker 127\.0\.0\.1:1: .*; trying again$'
    OPENCTI_JSON_LOGGING=true run on_terminal
    assert_output --regexp '^\{"timestamp": '
    OPENCTI_JSON_LOGGING=no try timeout 2 octi-listen -- true
    ends 124 '^octi-listen: cannot reach the broker 127\.0\.0\.1:1: .*; trying again$'
}

@test "at the level ERROR: what fails is said, and nothing else" {
    unset OPENCTI_JSON_LOGGING CONNECTOR_LOG_LEVEL
    mkdir dead
    printf '#!/bin/sh\n[ -e no ] && exit 3; touch no; exit 75\n' >handler
    listen --dead-letter dead -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(lines '[.level, .message, .attributes]')" \
        "[\"ERROR\",\"the handler exited with status 3\",{\"work_id\":\"$work\",\"tries\":2,\"status\":3}]"
}

@test "-v is INFO at least; DEBUG stays; a level that is none is 2" {
    CONNECTOR_LOG_LEVEL=ERROR listen -v -- true
    says err '^octi-listen: listening$'
    stop 0
    CONNECTOR_LOG_LEVEL=loud try octi-listen -- true
    gives 2 '' 'octi-listen: CONNECTOR_LOG_LEVEL: none of debug, info, warning and error: loud (environment)'
}

@test "the last line of a run that fails is in the log too, what is called wrongly is not" {
    unset OPENCTI_JSON_LOGGING
    OPENCTI_URL=http://127.0.0.1:1 try octi-listen -- true
    assert_equal "$status" 75
    says_one_line
    assert_equal "$(jq -r '[.level, (.message | test("127.0.0.1:1"))] | @csv' "$err")" '"ERROR",true'
    CONNECTOR_TYPE='' try octi-listen -- true
    ends 2 '^octi-listen: CONNECTOR_TYPE'
}

@test "no secret is in the log when the broker refuses us" {
    unset OPENCTI_JSON_LOGGING
    MQ_PASS=hush-hush try timeout 20 octi-listen -v -- true
    assert_equal "$status" 1
    assert_equal "$(jq -r .level "$err")" ERROR
    run ! grep -qF -e hush-hush -e "$OPENCTI_TOKEN" "$err"
}

@test "a process of a job that is killed is an error, and the job runs again" {
    export CONNECTOR_LOG_LEVEL=ERROR
    printf '#!/bin/sh\n[ -e again ] || { touch again; kill -KILL $PPID; }\n' >handler
    listen -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(cat err)" 'octi-listen: the process of a job was killed by signal 9; trying again (tries=1)'
}

# ---- /metrics and /health

serve_metrics() {
    export CONNECTOR_EXPOSE_METRICS=true CONNECTOR_METRICS_PORT
    CONNECTOR_METRICS_PORT=$(_free_ports 1)
    at=http://127.0.0.1:$CONNECTOR_METRICS_PORT
}
metric() { curl -sS "$at/metrics" | sed -n "s/^$1 //p"; } # NAME
health() { curl -sS -o health.json -w '%{http_code}' "$at/health"; }
_health_is() { [ "$(health)" = "$1" ]; }
health_is() { until_true 20 _health_is "$1"; } # STATUS
_metric_is() { [ "$(metric "$1")" = "$2" ]; }
metric_is() { until_true 20 _metric_is "$@"; } # NAME VALUE

@test "metrics: what jobs and their processes count" {
    serve_metrics
    export CONNECTOR_METRICS_NAMESPACE=octi CONNECTOR_METRICS_SUBSYSTEM=test
    cat >handler <<END
#!/bin/sh
echo x >>tries
case \$(wc -l <tries) in
1) echo '$malware' ;;
2) exit 75 ;;
4) exit 1 ;;
5) while [ ! -e go ]; do sleep 0.1; done ;;
esac
END
    listen -- ./handler
    enrich # sends a bundle
    complete "$work"
    enrich # is tried again, and done
    complete "$work"
    enrich # fails
    complete "$work"
    enrich # runs
    metric_is octi_test_jobs_running 1.0
    curl -sS -D headers "$at/metrics" >metrics
    touch go
    complete "$work"
    assert_equal "$(grep -i '^content-type' headers | tr -d '\r')" 'Content-Type: text/plain; version=0.0.4; charset=utf-8'
    assert_equal "$(sed -nE 's/^octi_test_(.*(sent|runs|jobs|connected|errors|state).*)/\1/p' metrics | grep -v '^ping_age')" \
        'bundles_sent_total 1.0
records_sent_total 1.0
runs_total 4.0
ping_api_errors_total 0.0
errors_total 1.0
client_errors_total 0.0
state{octi_test_state="idle"} 0.0
state{octi_test_state="running"} 1.0
state{octi_test_state="stopped"} 0.0
jobs_done_total 2.0
jobs_failed_total 1.0
jobs_retried_total 1.0
jobs_in_hand 1.0
jobs_running 1.0
connected 1.0'
    assert_equal "$(grep -c '^# TYPE' metrics)" 20
    metric_is 'octi_test_state{octi_test_state="idle"}' 1.0
    assert_equal "$(metric octi_test_jobs_in_hand)" 0.0
    stop 0
}

@test "the text is what Prometheus reads" {
    serve_metrics
    listen -- true
    health_is 200
    curl -sS "$at/metrics" >metrics
    python - metrics <<'PY'
import re, sys
help_line, type_line = None, None
for line in open(sys.argv[1]):
    if line.startswith("# HELP "):
        help_line = line.split()[2]
    elif line.startswith("# TYPE "):
        assert line.split()[2] == help_line and line.split()[3] in ("counter", "gauge"), line
    else:
        name = re.fullmatch(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-z_]+="[a-z]+"\})? ([0-9.]+(e\+[0-9]+)?)\n', line)
        assert name and name[1] == help_line, line
PY
    assert_equal "$(curl -sS -o /dev/null -w '%{http_code}' "$at/")" 404
    assert_equal "$(curl -sS -o /dev/null -w '%{http_code}' -d x "$at/metrics")" 405
    stop 0
}

@test "health: 200, 503 while the broker is gone, 200 when it is back" {
    serve_metrics
    listen -- true
    health_is 200
    assert_equal "$(jq -c 'del(.ping_age_seconds)' health.json)" '{"healthy":true,"platform":true,"broker":true}'
    broker_kill "$OCTI_BROKER"
    health_is 503
    assert_equal "$(jq -c 'del(.ping_age_seconds)' health.json)" '{"healthy":false,"platform":true,"broker":false}'
    assert_equal "$(metric connected)" 0.0
    broker_restart "$OCTI_BROKER"
    health_is 200
    assert_equal "$(metric errors_total)" 1.0
    stop 0
}

@test "health: a registration from a file is no answer of the platform; the first ping is" {
    serve_metrics
    octi-register -o registration
    faults '[{"match": "PingConnector", "status": 500, "times": 1}]'
    OCTI_REGISTRATION=$PWD/registration octi-listen -- true >out 2>err 3>&- 4>&- &
    listener=$!
    metric_is ping_api_errors_total 1.0
    health_is 503
    assert_equal "$(jq -c . health.json)" '{"healthy":false,"platform":false,"ping_age_seconds":null,"broker":true}'
    assert_regex "$(cat err)" '^octi-listen: ping: .*HTTP 500'
    stop 0
    OCTI_REGISTRATION=$PWD/registration octi-listen -- true >out 2>err 3>&- 4>&- &
    listener=$!
    metric_is ping_api_total 1.0
    health_is 200
    stop 0
}

@test "clients that say nothing, or never end, do not stop the jobs" {
    serve_metrics
    handler ''
    listen -- ./handler
    health_is 200
    exec 7<>"/dev/tcp/127.0.0.1/$CONNECTOR_METRICS_PORT" 8<>"/dev/tcp/127.0.0.1/$CONNECTOR_METRICS_PORT"
    printf 'GET /metrics HTTP/1.1\r\nHost: x\r\nX' >&8
    enrich
    complete "$work"
    assert_equal "$(health)" 200
    exec 7>&- 8>&-
    stop 0
}

@test "SIGHUP: another port, other names; a name that is none, and a port that is taken" {
    serve_metrics
    listen -- true
    health_is 200
    CONNECTOR_METRICS_NAMESPACE=no-name try octi-listen -- true
    ends 2 '^octi-listen: CONNECTOR_METRICS_NAMESPACE: letters, digits, _ and : make the name of a metric, not: no-name'
    try timeout 20 octi-listen -- true
    ends 75 "^octi-listen: CONNECTOR_METRICS_PORT: port $CONNECTOR_METRICS_PORT: Address already in use\$"
    stop 0
    mkdir -p "$XDG_CONFIG_HOME/octi"
    local first=$CONNECTOR_METRICS_PORT second
    second=$(_free_ports 1)
    unset CONNECTOR_METRICS_PORT
    printf '[connector]\nmetrics_port = %s\n' "$first" >"$XDG_CONFIG_HOME/octi/config.ini"
    listen -- true
    health_is 200
    printf '[connector]\nmetrics_port = %s\nmetrics_namespace = more\n' "$second" >"$XDG_CONFIG_HOME/octi/config.ini"
    kill -HUP "$listener"
    at=http://127.0.0.1:$second
    metric_is more_runs_total 0.0
    run ! curl -sS "http://127.0.0.1:$first/health"
    stop 0
}

# ---- the service manager

@test "sd_notify: ready when it listens, how it fares, reloading, stopping" {
    manager
    handler ''
    MQ_PORT=1 listen -- ./handler
    says told '^STATUS=waiting for the broker$'
    stop 0
    says told '^STOPPING=1$'
    assert_equal "$(grep -v ^STATUS told)" STOPPING=1
    listen -- ./handler
    says told '^READY=1$'
    says told '^STATUS=listening$'
    enrich
    closed
    says told '^STATUS=listening; jobs in hand: 1, running: 1$'
    kill -HUP "$listener"
    says told '^RELOADING=1|MONOTONIC_USEC=[0-9][0-9]*$'
    until_true 10 eval '[ "$(grep -c "^READY=1$" told)" = 2 ]'
    stop 0
    until_true 10 eval '[ "$(grep -c "^STOPPING=1$" told)" = 2 ]'
    kill "$manager"
    assert_equal "$(grep -v ^STATUS told | sed 's/|.*//')" 'STOPPING=1
READY=1
RELOADING=1
READY=1
STOPPING=1'
    run ! grep -E '^(NOTIFY_SOCKET|WATCHDOG)' environment
}

@test "sd_notify: the sign of life, also while jobs run and while they end" {
    manager
    export WATCHDOG_USEC=600000
    printf '#!/bin/sh\ntouch begun; sleep 2\n' >handler
    listen -- ./handler
    enrich
    until_true 20 test -e begun
    kill -TERM "$listener"
    : >told
    until_true 10 eval '[ "$(grep -c "^WATCHDOG=1$" told)" -ge 3 ]'
    wait "$listener"
    kill "$manager"
}

@test "sd_notify: a watchdog that is another's is not fed" {
    manager
    export WATCHDOG_USEC=100000 WATCHDOG_PID=1
    listen -- true
    says told '^READY=1$'
    sleep 0.5
    stop 0
    kill "$manager"
    run ! grep WATCHDOG told
}

# ---- what a killed one leaves

directories() { [ "$(find "$TMPDIR" -mindepth 1 -maxdepth 1 -name 'octi-*.??????' -type d | wc -l)" = "$1" ]; } # COUNT
registrations() { [ "$(find "$TMPDIR" -name registration.json | wc -l)" = "$1" ]; } # COUNT

@test "killed: its directories are removed by the next start, those of living ones and of others are not" {
    printf '#!/bin/sh\ntouch begun; sleep 60\n' >handler
    listen -- ./handler
    enrich
    until_true 20 test -e begun
    local dead
    dead=$(find "$TMPDIR" -name 'octi-*' -type d)
    assert_equal "$(wc -l <<<"$dead")" 2
    kill -KILL "$(pgrep -P "$listener")" "$listener"
    wait "$listener" || :
    mkdir -p "$TMPDIR/octi-listen.others/own"
    listen -- true
    local first=$listener
    # shellcheck disable=SC2086
    until_true 20 eval '! ls -d $dead' 2>/dev/null
    until_true 20 registrations 1
    listen -- true
    until_true 20 registrations 2
    stop 0
    listener=$first
    stop 0
    assert_equal "$(find "$TMPDIR" -mindepth 1 -printf '%P\n' | sort)" 'octi-listen.others
octi-listen.others/own'
}
