#!/usr/bin/env bats
# What the shells complete, made of each command's --help.
# shellcheck disable=SC1090
load helper

root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)

commands() {
    (cd "$root/cmd" && echo octi-*.c | sed 's/\.c\b//g')
}

made() { # SHELL NAME: what is installed for it
    "$root/scripts/complete" "$1" "$(command -v "$2")"
}

completed() { # WORD...: what bash offers for the last one
    local COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    # readline's, which a script has none of
    compopt() { echo "compopt $*"; }
    "_${1//-/_}" "$1" "${@: -1}" "${@: -2:1}"
    if [ "${#COMPREPLY[@]}" -gt 0 ]; then printf '%s\n' "${COMPREPLY[@]}"; fi
}

@test "bash: options, by their long names" {
    source <(made bash octi-send-bundle)
    assert_equal "$(completed octi-send-bundle --w)" $'--work-id\n--work\n--when-full\n--window'
    assert_equal "$(completed octi-send-bundle --from)" --from-dir
    assert_equal "$(completed octi-send-bundle --nothing)" ''
    assert_equal "$(complete -p octi-send-bundle)" 'complete -o default -F _octi_send_bundle octi-send-bundle'
    # All that --help has, and no other.
    local name
    for name in $(commands); do
        source <(made bash "$name")
        assert_equal "$(completed "$name" --)" "$("$name" --help | sed -n 's/^ [^-]*\(-[^-], \)\?\(--[a-z-]*\).*/\2/p')"
    done
}

@test "bash: verbs, until there is one" {
    source <(made bash octi-state)
    assert_equal "$(completed octi-state '')" $'get\nset\nput\nreset'
    assert_equal "$(completed octi-state -v re)" reset
    assert_equal "$(completed octi-state get re)" ''
    source <(made bash octi-query)
    assert_equal "$(completed octi-query '')" $'list\nget\nexport'
    source <(made bash octi-bundle)
    assert_equal "$(completed octi-bundle '')" ''
}

@test "bash: an argument that is a file is left to the shell, another one is no file" {
    source <(made bash octi-state)
    assert_equal "$(completed octi-state -c --)" ''
    assert_equal "$(completed octi-state --config '')" ''
    assert_equal "$(completed octi-state --config =)" ''
    assert_equal "$(completed octi-state --config = x)" ''
    assert_equal "$(completed octi-state --set '')" 'compopt +o default'
    assert_equal "$(completed octi-state --set = C)" 'compopt +o default'
}

@test "bash: a command to run, after --" {
    source <(made bash octi-listen)
    assert_equal "$(completed octi-listen -- octi-que | sort -u)" octi-query
    assert_equal "$(completed octi-listen -- octi-query --a)" ''
    assert_equal "$(completed octi-listen --dead-letter '')" ''
}

@test "zsh and fish read what is made for them" {
    local name
    for name in $(commands); do
        made zsh "$name" >"_$name"
        zsh -n "_$name"
        assert_equal "$(head -n1 "_$name")" "#compdef $name"
        made fish "$name" >"$name.fish"
        fish --no-execute "$name.fish"
    done
}

offered() { # WORD...: what fish offers
    fish --no-config -c "source $1.fish; complete -C '$*'" | cut -f1 | sort
}

@test "fish: options, verbs, files" {
    made fish octi-send-bundle >octi-send-bundle.fish
    assert_equal "$(offered octi-send-bundle --w)" $'--when-full\n--window\n--work\n--work-id'
    made fish octi-state >octi-state.fish
    assert_equal "$(offered octi-state '')" $'get\nput\nreset\nset'
    touch some.ini
    assert_equal "$(offered octi-state -c som)" some.ini
    assert_equal "$(offered octi-state --set som)" ''
}

# typed SHELL START KEYS TEXT: a shell at a terminal, in which START is run, shows TEXT (a pattern of zsh) once KEYS
# are typed.
typed() {
    cat >type.zsh <<'ZSH'
zmodload zsh/zpty
zpty -e asked $1
zpty -w asked "PS1= PS2= LISTMAX=0; $2; printf '%s%s\n' rea dy"
zpty -r asked seen '*ready*'
zpty -w -n asked $3
zpty -r asked seen "*$~4*"
print -r -- found
zpty -d asked
ZSH
    timeout 60 zsh -f type.zsh "$@" >seen || :
    if ! grep -q found seen; then
        echo "-- $1 does not complete $3 to $4" >&2
        return 1
    fi
}

@test "zsh, at a terminal: verbs, options, files, commands to run" {
    local name start
    for name in octi-state octi-listen; do made zsh $name >_$name; done
    start="PROMPT_EOL_MARK=; fpath=($PWD \$fpath); autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' list-colors ''"
    touch only-this.ini
    typed 'zsh -f -i' "$start" $'octi-state re\t' 'octi-state reset'
    typed 'zsh -f -i' "$start" $'octi-state --conf\t' 'octi-state --config*='
    typed 'zsh -f -i' "$start" $'octi-state -c only\t' 'octi-state -c only-this.ini'
    typed 'zsh -f -i' "$start" $'octi-listen -- octi-que\t' 'octi-listen -- octi-query'
    typed 'zsh -f -i' "$start" $'octi-listen -v -- octi-que\t' 'octi-listen -v -- octi-query'
}

@test "bash, at a terminal: verbs, options, files, commands to run" {
    local name start=: shell='bash --noprofile --norc -i'
    for name in octi-state octi-listen; do
        made bash $name >$name.bash
        start="$start; . ./$name.bash"
    done
    touch only-this.ini
    typed "$shell" "$start" $'octi-state re\t' 'octi-state reset'
    typed "$shell" "$start" $'octi-state --conf\t' 'octi-state --config'
    typed "$shell" "$start" $'octi-state -c only\t' 'octi-state -c only-this.ini'
    typed "$shell" "$start" $'octi-listen -- octi-que\t' 'octi-listen -- octi-query'
}

@test "what cannot say what it has is no command without options" {
    try "$root/scripts/complete" bash /bin/false
    [ "$status" -ne 0 ]
    printf '#!/bin/sh\n' >silent
    chmod +x silent
    try "$root/scripts/complete" bash ./silent
    [ "$status" -ne 0 ]
    try "$root/scripts/complete" tcsh /bin/true
    gives 2 '' 'usage: complete bash|zsh|fish COMMAND...'
}
