# shellcheck shell=bash
# Private services for the tests and the demo: a broker, the stand-in platform, an object store, a CA.
# Sourced. Every function takes the directory that holds all of a service's state; stopping kills the
# processes recorded there and nothing else.

_services_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
_services_python=${OCTI_PYTHON:-$_services_root/.venv/bin/python}
_services_rabbitmq=${OCTI_RABBITMQ:-/usr/lib/rabbitmq/bin/rabbitmq-server}

_free_ports() { # N: below those that the system gives to connections, so that a service can have its own again
    /usr/bin/env python3 -c '
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    one = socket.socket()
    try:
        one.bind(("127.0.0.1", random.randrange(10240, 32000)))
        held.append(one)
    except OSError:
        one.close()
print(*(one.getsockname()[1] for one in held))' "$1"
}

_alive() { # PIDFILE: a zombie that nobody has reaped yet is not alive
    local pid state
    pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] || return 1
    state=$(sed 's/.*) //; s/ .*//' "/proc/$pid/stat" 2>/dev/null) || return 1
    [ -n "$state" ] && [ "$state" != Z ]
}

_wait_file() { # FILE PIDFILE SECONDS
    local left=$(($3 * 20))
    until [ -s "$1" ]; do
        _alive "$2" || return 1
        left=$((left - 1))
        [ $left -gt 0 ] || return 1
        sleep 0.05
    done
}

_end() { # SIGNAL PIDFILE [SECONDS]: ends one recorded process, by force when it does not go in time
    [ -s "$2" ] || return 0
    local pid left=$((${3:-5} * 20))
    pid=$(cat "$2")
    if kill "-$1" "$pid" 2>/dev/null; then
        while [ $left -gt 0 ] && _alive "$2"; do
            left=$((left - 1))
            sleep 0.05
        done
        [ $left -gt 0 ] || kill -KILL "$pid" 2>/dev/null
    fi
    rm -f "$2"
}

# --- broker: DIR/port, DIR/tls.port; broker_start returns at once, broker_wait when it serves

_broker_boot() { # DIR
    local dir=$1 port epmd dist tls=
    read -r port epmd dist tls <"$dir/ports"
    rm -f "$dir/ready"
    (
        cd / || exit
        export HOME="$dir" ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd" ERL_CRASH_DUMP=/dev/null
        export ERL_FLAGS='-kernel inet_dist_use_interface {127,0,0,1}'
        export RABBITMQ_CONF_ENV_FILE="$dir/none" RABBITMQ_ADVANCED_CONFIG_FILE="$dir/none"
        export RABBITMQ_CONFIG_FILE="$dir/none"
        if [ -s "$dir/rabbitmq.conf" ]; then RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf"; fi
        if [ -s "$dir/advanced.config" ]; then RABBITMQ_ADVANCED_CONFIG_FILE="$dir/advanced.config"; fi
        export RABBITMQ_NODENAME=octi@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
        export RABBITMQ_NODE_PORT="$port" RABBITMQ_DIST_PORT="$dist"
        export RABBITMQ_MNESIA_BASE="$dir/mnesia" RABBITMQ_LOG_BASE="$dir/log"
        export RABBITMQ_ENABLED_PLUGINS_FILE="$dir/enabled_plugins" RABBITMQ_PID_FILE="$dir/node.pid"
        # Ours, because the one that the node would start outlives it.
        epmd -address 127.0.0.1 -port "$epmd" >"$dir/epmd.log" 2>&1 </dev/null &
        echo $! >"$dir/epmd.pid"
        # detached: the script becomes the Erlang process, so that this is the pid to end.
        detached=1 setsid "$_services_rabbitmq" >"$dir/out" 2>&1 </dev/null &
        echo $! >"$dir/broker.pid"
    ) 3>&- 4>&-
    echo "$port" >"$dir/port"
    if [ -n "$tls" ]; then echo "$tls" >"$dir/tls.port"; fi
}

# tls, mtls: with DIR/tls made by ca_make; mtls demands a client certificate. impatient: a message that is not settled
# within two seconds is taken back (consumer_timeout).
broker_start() { # DIR [tls|mtls|impatient]
    local dir
    mkdir -p "$1" && dir=$(cd "$1" && pwd) || return
    echo '[].' >"$dir/enabled_plugins"
    rm -f "$dir/rabbitmq.conf" "$dir/advanced.config"
    if [ "${2:-}" = impatient ]; then
        echo '[{rabbit, [{consumer_timeout, 2000}, {channel_tick_interval, 500}]}].' >"$dir/advanced.config"
    fi
    if [[ ${2:-} = *tls ]]; then
        _free_ports 4 >"$dir/ports"
        {
            echo "listeners.ssl.1 = 127.0.0.1:$(cut -d' ' -f4 "$dir/ports")"
            echo "ssl_options.cacertfile = $dir/tls/ca.pem"
            echo "ssl_options.certfile = $dir/tls/good.pem"
            echo "ssl_options.keyfile = $dir/tls/good.key"
            if [ "$2" = mtls ]; then
                echo "ssl_options.verify = verify_peer"
                echo "ssl_options.fail_if_no_peer_cert = true"
            fi
        } >"$dir/rabbitmq.conf"
    else
        _free_ports 3 >"$dir/ports"
    fi
    _broker_boot "$dir"
}

broker_wait() { # DIR
    local left=1200 port
    port=$(cat "$1/port") || return
    until /usr/bin/env python3 - "$port" <<'PY'
import socket, sys
try:
    link = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2)
    link.sendall(b"AMQP\0\0\x09\x01")
    link.settimeout(5)
    sys.exit(0 if link.recv(1) == b"\x01" else 1)
except OSError:
    sys.exit(1)
PY
    do
        left=$((left - 1))
        if [ $left -le 0 ] || ! _alive "$1/broker.pid"; then
            cat "$1/out" >&2
            return 1
        fi
        sleep 0.1
    done
}

broker_stop() { # DIR
    _end TERM "$1/broker.pid" 10
    _end KILL "$1/epmd.pid"
}

broker_kill() { # DIR: as a crash; broker_restart brings it back
    _end KILL "$1/broker.pid"
    _end KILL "$1/epmd.pid"
}

broker_restart() { # DIR: same ports, same data
    broker_stop "$1"
    _broker_boot "$(cd "$1" && pwd)"
    broker_wait "$1"
}

# --- platform: DIR/url, DIR/tokens.json, DIR/log

platform_start() { # DIR ARGS...
    local dir
    mkdir -p "$1" && dir=$(cd "$1" && pwd) || return
    shift
    rm -f "$dir/url" "$dir/pid"
    (
        cd / || exit
        setsid "$_services_python" "$_services_root/tests/platform" --dir "$dir" "$@" >"$dir/log" 2>&1 </dev/null &
        echo $! >"$dir/platform.pid"
    ) 3>&- 4>&-
    if ! _wait_file "$dir/url" "$dir/platform.pid" 30; then
        cat "$dir/log" >&2
        return 1
    fi
}

platform_stop() { # DIR
    _end TERM "$1/platform.pid"
    rm -f "$1/pid" "$1/url"
}

# --- object store: DIR/s3.port

s3_start() { # DIR
    local dir port
    mkdir -p "$1" && dir=$(cd "$1" && pwd) || return
    port=$(_free_ports 1)
    (
        cd / || exit
        setsid "$_services_python" -c '
import sys
from moto.server import main
main(["-H", "127.0.0.1", "-p", sys.argv[1]])' "$port" >"$dir/s3.log" 2>&1 </dev/null &
        echo $! >"$dir/s3.pid"
    ) 3>&- 4>&-
    local left=300
    until (exec 5<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        left=$((left - 1))
        if [ $left -le 0 ] || ! _alive "$dir/s3.pid"; then
            cat "$dir/s3.log" >&2
            return 1
        fi
        sleep 0.1
    done
    echo "$port" >"$dir/s3.port"
}

s3_stop() { # DIR
    _end TERM "$1/s3.pid"
    rm -f "$1/s3.port"
}

# --- certificates: DIR/ca.pem and, each with .pem and .key, good, wrongname, expired, foreign, client

ca_make() { # DIR
    mkdir -p "$1" && "$_services_python" "$_services_root/tests/platform/certificates.py" "$1"
}
