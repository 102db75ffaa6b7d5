# One private broker for all tests. tests/run starts it and names it in $OCTI_BROKER; bats alone starts its own.

setup_suite() {
    local tests
    tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    # shellcheck source=tests/services.sh
    . "$tests/services.sh"
    export OCTI_BUILD=${OCTI_BUILD:-$tests/../build}
    OCTI_BUILD=$(cd "$OCTI_BUILD" && pwd)
    if [ -z "${OCTI_BROKER:-}" ]; then
        export OCTI_BROKER=$BATS_SUITE_TMPDIR/broker
        broker_start "$OCTI_BROKER"
    fi
}

teardown_suite() {
    case $OCTI_BROKER in
    "$BATS_SUITE_TMPDIR"/*) broker_stop "$OCTI_BROKER" ;;
    esac
}
