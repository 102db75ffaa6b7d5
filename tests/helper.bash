# What the tests have in common. Sourced by every bats file.
# shellcheck shell=bash disable=SC2034

bats_require_minimum_version 1.7.0
export BATS_LIB_PATH=${BATS_LIB_PATH:-/usr/lib/bats}
bats_load_library bats-support
bats_load_library bats-assert
bats_load_library bats-file

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/services.sh
. "$tests/services.sh"

# ---- a clean place to run in

setup() { # a file with a setup of its own calls clean_setup first
    clean_setup
}

clean_setup() {
    local name
    for name in $(compgen -e); do
        case $name in
        OCTI_BUILD | OCTI_BROKER | OCTI_PYTHON | OCTI_RABBITMQ) ;;
        OCTI_* | OPENCTI_* | CONNECTOR_* | MQ_* | S3_* | HTTPS_CA_CERTIFICATES | *_[Pp][Rr][Oo][Xx][Yy] | *_CA_BUNDLE | SSL_CERT_*)
            unset "$name"
            ;;
        esac
    done
    export HOME=$BATS_TEST_TMPDIR/home XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/home/.config LC_ALL=C.UTF-8 TZ=UTC0
    unset CREDENTIALS_DIRECTORY NO_COLOR
    # What is installed beside the commands is here.
    export OCTI_SHARE=${tests%/tests}
    mkdir -p "$HOME"
    PATH=$OCTI_BUILD:$PATH
    out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
    cd "$BATS_TEST_TMPDIR" || return
}

# ---- running a command, and what it gave

try() { # COMMAND...: its stdout and stderr go to the files $out and $err, its status to $status
    status=0
    "$@" >"$out" 2>"$err" || status=$?
}

text_of() { # FILE: its bytes, with the end marked so that nothing is trimmed
    cat "$1"
    printf '$'
}

is_text() { # WHAT FILE TEXT: the file holds the lines of the text, or nothing
    local is wanted
    is=$(text_of "$2") wanted=${3:+$3$'\n'}\$
    if [ "$is" != "$wanted" ]; then
        {
            echo "-- $1 differs (- wanted, + is)"
            diff -u <(printf '%s' "${wanted%\$}") "$2" | tail -n +3 | cut -c1-2000
            echo "-- status $status; stderr: $(head -c 2000 "$err")"
        } >&2
        return 1
    fi
}

gives() { # STATUS STDOUT STDERR: exactly; each text is without its last newline, or empty
    if [ "$status" -ne "$1" ]; then
        echo "-- status $status, wanted $1; stderr: $(head -c 2000 "$err")" >&2
        return 1
    fi
    is_text stdout "$out" "$2" && is_text stderr "$err" "${3-}"
}

ends() { # STATUS [PATTERN]: the status, and an extended regular expression that a line of stderr matches
    if [ "$status" -ne "$1" ]; then
        echo "-- status $status, wanted $1; stderr: $(head -c 2000 "$err")" >&2
        return 1
    fi
    if [ -n "${2-}" ] && ! grep -qE -e "$2" "$err"; then
        printf -- '-- stderr does not match %s:\n%s\n' "$2" "$(head -c 2000 "$err")" >&2
        return 1
    fi
}

says_one_line() { # stderr is one line
    if [ "$(wc -l <"$err")" -ne 1 ]; then
        printf -- '-- stderr is not one line:\n%s\n' "$(cat "$err")" >&2
        return 1
    fi
}

# ---- the stand-in platform. A file starts its own in setup_file and stops them in teardown_file.

platform_up() { # NAME ARGS...
    local name=$1
    shift
    broker_wait "$OCTI_BROKER"
    platform_start "$BATS_FILE_TMPDIR/$name" --amqp-port "$(cat "$OCTI_BROKER/port")" "$@"
}

platforms_down() {
    local pid
    for pid in "$BATS_FILE_TMPDIR"/*/platform.pid; do
        if [ -e "$pid" ]; then platform_stop "${pid%/*}"; fi
    done
}

platform_use() { # NAME [USER]: the commands that follow talk to this one, as this user
    platform_dir=$BATS_FILE_TMPDIR/$1
    OPENCTI_URL=$(cat "$platform_dir/url")
    OPENCTI_TOKEN=$(token "${2:-connector}")
    export OPENCTI_URL OPENCTI_TOKEN
}

token() { # USER
    jq -r ".$1" "$platform_dir/tokens.json"
}

user_id() { # USER
    jq -r ".users.$1" "$platform_dir/tokens.json"
}

control() { # METHOD PATH [BODY]: a control route of the platform in use
    local url
    url=$(cat "$platform_dir/url")
    curl -sS -k -m 120 --fail-with-body -X "$1" "$url/_test/$2" ${3:+--data-binary "$3"}
}

faults() { # JSON: the platform does this from now on; none without it
    control DELETE faults >/dev/null
    if [ $# -gt 0 ]; then control POST faults "$1" >/dev/null; fi
}

forget_requests() {
    control POST requests/clear >/dev/null
}

requests() { # [OPERATION]: those made since, one JSON object a line
    control GET "requests${1:+?operation=$1}" | jq -c '.[]'
}

operations() { # the names of the operations since, on one line
    requests | jq -r '.operation // .path' | paste -sd ' '
}

platform_fresh() { # NAME: a clean place, and this platform as if nothing had been asked or spoilt before
    clean_setup
    platform_use "$1"
    faults
    forget_requests
}

new_connector() { # [TYPE]: a connector of this test alone, in the environment
    CONNECTOR_ID=$(cat /proc/sys/kernel/random/uuid)
    CONNECTOR_NAME="test ${BATS_TEST_NUMBER:-0}"
    CONNECTOR_TYPE=${1:-EXTERNAL_IMPORT}
    export CONNECTOR_ID CONNECTOR_NAME CONNECTOR_TYPE
}

# ---- what is preloaded

preload_build() { # NAME: NAME.so here, of preload/NAME.c
    "${CC:-cc}" -O2 -shared -fPIC -o "$1.so" "$tests/preload/$1.c"
    export ASAN_OPTIONS=verify_asan_link_order=0
}

# The files that it makes and that are called so are on a disk that is full.
disk_full() { # PATTERN COMMAND...
    preload_build full
    LD_PRELOAD=$PWD/full.so FULL=$1 "${@:2}"
}

# ---- processes of a test

until_true() { # SECONDS COMMAND...: waits until it succeeds
    local left=$(($1 * 20))
    shift
    until "$@"; do
        left=$((left - 1))
        if [ $left -le 0 ]; then
            echo "-- never so: $*" >&2
            _show_err
            return 1
        fi
        sleep 0.05
    done
}
_show_err() { [ ! -s "${err-}" ] || printf -- '-- stderr: %s\n' "$(tail -c 2000 "$err")" >&2; }

gone() { ! kill -0 "$1" 2>/dev/null; } # PID
exits() { # PID STATUS: this process of the test ends, and so
    local status=0
    until_true 120 gone "$1" || return
    wait "$1" || status=$?
    [ "$status" -eq "$2" ] || _show_err
    assert_equal "$status" "$2"
}

python() { # the tests' Python
    "${OCTI_PYTHON:-$tests/../.venv/bin/python}" "$@"
}
