#!/usr/bin/env bats
# What every command owes.
load helper

root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)

setup_file() {
    platform_up seven --release 7 --worker-retry 0.2
}

teardown_file() {
    platforms_down
}

commands() {
    (cd "$root/cmd" && echo octi-*.c | sed 's/\.c\b//g')
}

each() { # FUNCTION: runs it with each command's name
    local name
    for name in $(commands); do
        "$1" "$name" || {
            echo "-- of $name" >&2
            return 1
        }
    done
}

help_options() { # NAME: as `x extract FILE`
    "$1" --help | python3 "$tests/manual.py" help -
}

@test "--help: on stdout, status 0, begins with the usage" {
    one() {
        try "$1" --help
        ends 0
        assert_file_empty "$err"
        [ "$(head -n1 "$out" | cut -d' ' -f1-2)" = "usage: $1" ]
        # It wins over what else is there.
        try "$1" --help --no-such-option
        ends 0
        # Behind an operand too, unless that is a command to run, whose options are its own.
        if ! grep -q '^usage: .*[[ ]-- ' "$out"; then
            try "$1" operand --help
            ends 0
        fi
    }
    each one
}

@test "--version: the name and the version of config.mk" {
    version=$(sed -n 's/^VERSION = //p' "$root/config.mk")
    one() {
        try "$1" --version
        gives 0 "$1 $version" ''
    }
    each one
}

@test "an unknown option is one line and status 2" {
    one() {
        for option in --no-such-option -! --hel; do
            try "$1" "$option"
            gives 2 '' "$1: unknown option: $option; see $1 --help"
        done
    }
    each one
}

@test "an option without its argument is one line and status 2" {
    one() {
        local line words option
        while read -r line; do
            read -ra words <<<"$line"
            case ${words[-1]} in [A-Z]*) ;; *) continue ;; esac
            for option in "${words[@]:0:${#words[@]}-1}"; do
                if [ ${#option} -eq 1 ]; then option=-$option; else option=--$option; fi
                try "$1" "$option"
                gives 2 '' "$1: $option needs an argument: ${words[-1]}; see $1 --help"
            done
        done < <(help_options "$1")
        try "$1" --help=yes
        gives 2 '' "$1: --help takes no argument; see $1 --help"
    }
    each one
}

@test "output that cannot be written is never status 0" {
    one() {
        local option
        for option in --help --version; do
            status=0
            "$1" "$option" >/dev/full 2>"$err" || status=$?
            ends 75 "^$1: stdout: No space left on device$"
            says_one_line
            status=0
            "$1" "$option" >&- 2>"$err" || status=$?
            [ "$status" -ne 0 ]
            says_one_line
        done
    }
    each one
}

@test "a file that may not grow is as a full disk: 75, and said" {
    one() {
        local said
        status=0
        said=$({ ulimit -f 0 && "$1" --help; } 2>&1 >"$out") || status=$?
        [ "$status" -eq 75 ]
        [ "$said" = "$1: stdout: File too large" ]
    }
    each one
}

@test "a closed stdin or stderr breaks nothing" {
    one() {
        try "$1" --version <&-
        ends 0
        status=0
        "$1" --no-such-option 2>&- || status=$?
        [ "$status" -eq 2 ]
        status=0
        "$1" --version <&- >/dev/null 2>&- || status=$?
        [ "$status" -eq 0 ]
    }
    each one
    for name in octi-split octi-bundle; do
        try "$name" <&-
        ends 1 "^$name: stdin: Bad file descriptor$"
    done
}

@test "the manual has the options of --help, and no others" {
    one() {
        local wanted is
        wanted=$(help_options "$1" | sort)
        is=$(python3 "$tests/manual.py" options "$root/man/$1.1" | sort)
        [ -n "$wanted" ]
        diff -u --label help --label manual <(echo "$wanted") <(echo "$is")
    }
    each one
}

@test "every manual has the sections that it should have" {
    one() {
        local section
        for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
            grep -qx ".Sh $section" "$root/man/$1.1" || {
                echo "no section $section"
                return 1
            }
        done
        grep -qx ".Nm $1" "$root/man/$1.1"
    }
    each one
}

run_examples() { # PAGE
    local number folder=$BATS_TEST_TMPDIR/examples-$1
    mkdir -p "$folder/work"
    python3 "$tests/manual.py" examples "$root/man/$1" "$folder"
    platform_use seven
    new_connector
    export CONNECTOR_NAME=Example
    (
        cd "$folder/work" || exit
        # One shell for the whole page, as for a reader who types it in.
        for script in "$folder"/*.sh; do
            [ -e "$script" ] || break
            number=${script%.sh}
            code=0
            # shellcheck disable=SC1090
            . "$script" >"$number.got" 2>&1 </dev/null || code=$?
            if [ $code -ne 0 ]; then
                printf -- '-- %s: status %s of\n%s\n%s\n' "$1" $code "$(cat "$script")" "$(cat "$number.got")" >&2
                exit 1
            fi
            if [ -e "$number.wanted" ] && ! as_shown "$number"; then
                printf -- '-- %s: shows something else for\n%s\n' "$1" "$(cat "$script")" >&2
                diff -u "$number.wanted" "$number.got" >&2
                exit 1
            fi
        done
    )
}

as_shown() { # NUMBER: line by line; a shown line may end in ... where more follows
    local wanted got
    [ "$(wc -l <"$1.wanted")" -eq "$(wc -l <"$1.got")" ] || return
    while IFS= read -r wanted && IFS= read -r got <&5; do
        case $wanted in
        *...) [ "${got#"${wanted%...}"}" != "$got" ] || return ;;
        *) [ "$wanted" = "$got" ] || return ;;
        esac
    done <"$1.wanted" 5<"$1.got"
}

@test "the examples of the manuals of commands run" {
    one() {
        run_examples "$1.1"
    }
    each one
}

@test "the examples of the other manuals run" {
    for page in "$root"/man/*.[57]; do
        run_examples "${page##*/}"
    done
}

@test "install puts down what install.list names, uninstall takes it away" {
    cd "$root"
    make -s install DESTDIR="$BATS_TEST_TMPDIR/dest" PREFIX=/usr/local
    diff -u "$tests/install.list" <(cd "$BATS_TEST_TMPDIR/dest" && find . -type f -printf '%m %p\n' | sort -k2)
    make -s uninstall DESTDIR="$BATS_TEST_TMPDIR/dest" PREFIX=/usr/local
    [ -z "$(find "$BATS_TEST_TMPDIR/dest" -type f)" ]
}
