#!/usr/bin/env bats
load helper

tool() { # NUMBER [MORE]
    printf '{"type":"tool","id":"tool--%s"%s}' "$1" "${2:+,$2}"
}

bundle() { # OBJECT...
    local IFS=,
    printf '{"type":"bundle","id":"bundle--1","objects":[%s]}\n' "$*"
}

part() { # SEQUENCE OBJECT
    printf '{"type": "bundle", "id": "bundle--1", "spec_version": "2.1", "x_opencti_seq": %s, "objects": [%s]}' "$1" "$2"
}

@test "cases: the parts are pycti's, byte for byte" {
    python "$tests/vectors/split.py" check "$OCTI_BUILD/octi-split"
}

@test "random bundles: the parts are pycti's" {
    python "$tests/vectors/split.py" live "$OCTI_BUILD/octi-split" "${OCTI_TEST_BUNDLES:-300}" "${OCTI_TEST_SEED:-1}"
}

@test "one part a line, dependencies first" {
    bundle '{"type":"relationship","id":"relationship--1","source_ref":"tool--1","target_ref":"tool--2"}' \
        "$(tool 1)" "$(tool 2)" >in
    try octi-split in
    gives 0 "$(
        part 1 '{"type": "tool", "id": "tool--1", "nb_deps": 1}'
        echo
        part 1 '{"type": "tool", "id": "tool--2", "nb_deps": 1}'
        echo
        part 3 '{"type": "relationship", "id": "relationship--1", "source_ref": "tool--1", "target_ref": "tool--2", "nb_deps": 3}'
    )" ''
}

@test "a file, stdin as a file, stdin as a pipe, - and several files give the same" {
    bundle "$(tool 1)" >in
    try octi-split in
    gives 0 "$(part 1 '{"type": "tool", "id": "tool--1", "nb_deps": 1}')" ''
    cp "$out" wanted
    try octi-split <in
    cmp "$out" wanted
    try octi-split < <(cat in)
    cmp "$out" wanted
    try octi-split - <in
    cmp "$out" wanted
    try octi-split in /dev/null
    cmp "$out" wanted
    # What was read of stdin before does not count.
    { read -r _ && try octi-split; } < <(echo first && cat in)
    cmp "$out" wanted
    { echo first && cat in; } >skipped
    { read -r _ && try octi-split; } <skipped
    cmp "$out" wanted
}

@test "several bundles become one, with an id of its own" {
    bundle "$(tool 1)" >one
    bundle "$(tool 2 '"a_ref":"tool--1"')" >two
    try octi-split one two
    ends 0
    [ "$(jq -r '.objects[0].id' "$out" | paste -sd ' ')" = 'tool--1 tool--2' ]
    [ "$(jq -r .id "$out" | sort -u | grep -cE '^bundle--[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')" = 1 ]
    [ "$(jq -r .x_opencti_seq "$out" | paste -sd ' ')" = '1 2' ]
}

@test "--cleanup drops what is not there, and says so" {
    bundle "$(tool 1 '"a_ref":"tool--9","b_refs":["tool--8","tool--2"]')" "$(tool 2)" >in
    try octi-split --cleanup in
    gives 0 "$(
        part 1 '{"type": "tool", "id": "tool--2", "nb_deps": 1}'
        echo
        part 2 '{"type": "tool", "id": "tool--1", "a_ref": null, "b_refs": ["tool--2"], "nb_deps": 2}'
    )" 'octi-split: dropped: tool--1: a_ref: "tool--9"
octi-split: dropped: tool--1: b_refs: "tool--8"'
    try octi-split --cleanup -q in
    ends 0
    assert_file_empty "$err"
    try octi-split in
    [ "$(jq -r '.objects[0] | select(.id == "tool--1").a_ref' "$out")" = tool--9 ]
    assert_file_empty "$err"
}

@test "--event-version is in each part" {
    bundle "$(tool 1)" >in
    try octi-split --event-version '7 "é"' in
    ends 0
    [ "$(cat "$out")" = '{"type": "bundle", "id": "bundle--1", "spec_version": "2.1", "x_opencti_seq": 1, "objects": [{"type": "tool", "id": "tool--1", "nb_deps": 1}], "x_opencti_event_version": "7 \"\u00e9\""}' ]
}

@test "--incompatible keeps what is left out; stderr names it" {
    bundle '{"type":"x-acme","id":"x-acme--1","n":1.0}' "$(tool 1)" \
        '{"type":"relationship","id":"relationship--1","source_ref":"x-acme--1","target_ref":"tool--1"}' >in
    try octi-split --incompatible left in
    gives 0 "$(part 1 '{"type": "tool", "id": "tool--1", "nb_deps": 1}')" \
        'octi-split: incompatible: x-acme--1: type not supported
octi-split: incompatible: relationship--1: no source_ref
octi-split: dropped: relationship--1: source_ref: "x-acme--1"'
    [ "$(cat left)" = '{"type": "x-acme", "id": "x-acme--1", "n": 1.0, "nb_deps": 1}
{"type": "relationship", "id": "relationship--1", "source_ref": null, "target_ref": "tool--1", "nb_deps": 2}' ]
    try octi-split -q --incompatible left in
    assert_file_empty "$err"
    # A file that cannot be written is a failure, before any part is out.
    try octi-split -q --incompatible /dev/full in
    gives 75 '' 'octi-split: /dev/full: No space left on device'
    try octi-split --incompatible no/left in
    gives 1 '' 'octi-split: no/left: No such file or directory'
}

@test "the same id again replaces, and is counted" {
    bundle "$(tool 1 '"n":1')" "$(tool 1 '"n":2')" >in
    try octi-split in
    gives 0 "$(part 1 '{"type": "tool", "id": "tool--1", "n": 2, "nb_deps": 1}')" \
        'octi-split: 1 objects replaced by later ones of the same id'
}

@test "an empty bundle has no parts; no input at all is refused" {
    bundle >in
    try octi-split in
    gives 0 '' ''
    try octi-split </dev/null
    gives 1 '' 'octi-split: stdin: nothing in it'
    try octi-split /dev/null /dev/null
    gives 1 '' 'octi-split: /dev/null: nothing in it'
    printf ' \n ' >blank
    try octi-split blank
    gives 1 '' 'octi-split: blank: nothing in it'
}

@test "repeated keys: the last value counts, at the first place" {
    printf '{"objects":[{"type":"tool","id":"tool--1","a":1,"id":"tool--2","a":[2]}],"id":"bundle--1"}' >in
    try octi-split in
    gives 0 "$(part 1 '{"type": "tool", "id": "tool--2", "a": [2], "nb_deps": 1}')" ''
}

@test "numbers above 2^53 are kept to the digit" {
    bundle "$(tool 1 '"a":9007199254740993,"b":-123456789012345678901234567890,"c":18446744073709551617')" >in
    try octi-split in
    gives 0 "$(part 1 '{"type": "tool", "id": "tool--1", "a": 9007199254740993, "b": -123456789012345678901234567890, "c": 18446744073709551617, "nb_deps": 1}')" ''
}

@test "a byte order mark at the beginning is passed over, elsewhere refused" {
    { printf '\xef\xbb\xbf' && bundle "$(tool 1)"; } >in
    try octi-split in
    gives 0 "$(part 1 '{"type": "tool", "id": "tool--1", "nb_deps": 1}')" ''
    printf '{"objects":[]}\xef\xbb\xbf{"objects":[]}' >in
    try octi-split in
    gives 1 '' 'octi-split: in:1:15: not JSON: value expected'
}

@test "what is not JSON is refused with its place, and gives no part" {
    printf '{"objects":[{"type":"tool","id":"tool--1"}]}\n{"objects":[{"id":"tool--2",\n}]}' >in
    try octi-split in
    gives 1 '' 'octi-split: in:3:1: not JSON: expected a key in quotes'
    printf '{"objects":[{"type":"tool","id":"tool--1","n":"a\0b"}]}' >in
    try octi-split <in
    gives 1 '' 'octi-split: stdin:1:49: not JSON: NUL byte'
    printf '{"objects":[]}\0' >in
    try octi-split in
    gives 1 '' 'octi-split: in:1:15: not JSON: NUL byte'
    printf '{"objects":[{"type":"tool","id":"tool--1","n":"\xc3("}]}' >in
    try octi-split in
    gives 1 '' 'octi-split: in:1:48: not JSON: invalid UTF-8'
    printf '{"objects":[{"type":"tool","id":"tool--1"}' >in
    try octi-split in
    gives 1 '' 'octi-split: in:1:43: not JSON: expected , or ]'
    printf 'type,id\ntool,1\n' >in
    try octi-split in
    gives 1 '' 'octi-split: in:1:1: not JSON: value expected'
}

@test "what is no STIX object is refused by its number and id" {
    bundle "$(tool 1)" '7' >in
    try octi-split in
    gives 1 '' 'octi-split: in:1: object 2: not a STIX object: 7'
    bundle "$(tool 1)" '{"type":"tool"}' >in
    try octi-split in
    gives 1 '' 'octi-split: in:1: object 2: it has no id'
    bundle '{"id":"tool--7"}' >in
    try octi-split in
    gives 1 '' 'octi-split: in:1: object 1 (tool--7): it has no type'
    bundle "$(tool 7 '"a_refs":["tool--1",null]')" >in
    try octi-split in
    gives 1 '' 'octi-split: in:1: object 1 (tool--7): "a_refs" holds what is no id: null'
    printf '{"type":"bundle","id":"bundle--1"}' >in
    try octi-split in
    gives 1 '' 'octi-split: in:1: not a bundle: it has no objects'
}

@test "a file that is missing, and a directory" {
    try octi-split missing
    gives 1 '' 'octi-split: missing: No such file or directory'
    bundle "$(tool 1)" >in
    try octi-split in missing
    gives 1 '' 'octi-split: missing: No such file or directory'
    mkdir directory
    try octi-split directory
    gives 1 '' 'octi-split: directory: Is a directory'
}

@test "no room for the output is never success" {
    bundle "$(tool 1)" >in
    status=0
    octi-split in >/dev/full 2>"$err" || status=$?
    : >"$out"
    gives 75 '' 'octi-split: stdout: No space left on device'
}

@test "deep nesting within an object: 900 levels pass, 100,000 are refused" {
    python - >in <<'PY'
print('{"id":"bundle--1","objects":[{"type":"tool","id":"tool--1","deep":%s1%s}]}' % ("[" * 900, "]" * 900))
PY
    try octi-split in
    ends 0
    [ "$(grep -o '\[' "$out" | wc -l)" = 901 ]
    python - >in <<'PY'
print('{"id":"bundle--1","objects":[{"type":"tool","id":"tool--1","deep":%s1%s}]}' % ("[" * 100000, "]" * 100000))
PY
    try octi-split in
    ends 1 '^octi-split: in:1:[0-9]+: not JSON: nested too deeply$'
    says_one_line
}

chain() { # N: each refers to the next
    python - "$1" <<'PY'
import sys
n = int(sys.argv[1])
one = '{"type":"tool","id":"tool--%d","a_ref":"tool--%d"}'
print('{"id":"bundle--1","objects":[%s]}' % ",".join(one % (i, i + 1) for i in range(n)))
PY
}

@test "chains of 2,000 and 100,000 references" {
    local n
    for n in 2000 100000; do
        chain $n >in
        try octi-split in
        ends 0
        [ "$(wc -l <"$out")" -eq $n ]
        [ "$(head -n1 "$out")" = "$(part 1 "{\"type\": \"tool\", \"id\": \"tool--$((n - 1))\", \"a_ref\": \"tool--$n\", \"nb_deps\": 1}")" ]
        [ "$(tail -n1 "$out")" = "$(part $n "{\"type\": \"tool\", \"id\": \"tool--0\", \"a_ref\": \"tool--1\", \"nb_deps\": $n}")" ]
    done
}

@test "a report with 100,000 references" {
    python - >in <<'PY'
n = 100000
refs = ",".join('"tool--%d"' % i for i in range(n))
tools = ",".join('{"type":"tool","id":"tool--%d"}' % i for i in range(0, n, 2))
print('{"id":"bundle--1","objects":[{"type":"report","id":"report--1","object_refs":[%s]},%s]}' % (refs, tools))
PY
    try octi-split in
    ends 0
    [ "$(wc -l <"$out")" -eq 50001 ]
    [ "$(tail -n1 "$out" | jq -r '"\(.x_opencti_seq) \(.objects[0].object_refs | length)"')" = '50001 100000' ]
    try octi-split -q --cleanup in
    ends 0
    [ "$(tail -n1 "$out" | jq -r '"\(.x_opencti_seq) \(.objects[0].object_refs | length)"')" = '50001 50000' ]
}

@test "10,000 bundles after one another" {
    python - >in <<'PY'
for i in range(10000):
    print('{"type":"bundle","id":"bundle--%d","objects":[{"type":"tool","id":"tool--%d"}]}' % (i, i), end="\n" if i % 2 else "")
PY
    try octi-split in
    ends 0
    [ "$(wc -l <"$out")" -eq 10000 ]
    [ "$(jq -r .objects[0].id "$out" | sort -u | wc -l)" -eq 10000 ]
}

@test "pretty-printed input gives the same as compact" {
    bundle "$(tool 1 '"name":"é \" ","a_refs":["tool--2","x-a--1"]')" "$(tool 2)" >compact
    jq . compact >pretty
    try octi-split -q compact
    cp "$out" wanted
    try octi-split -q pretty
    ends 0
    cmp "$out" wanted
}

@test "counts of dependencies stop at 2^128 - 1, and stderr says so" {
    python - >in <<'PY'
one = '{"type":"tool","id":"tool--%d","a_ref":"tool--%d","b_ref":"tool--%d"}'
print('{"id":"bundle--1","objects":[%s]}' % ",".join(one % (i, i + 1, i + 1) for i in range(200)))
PY
    try octi-split in
    ends 0
    is_text stderr "$err" 'octi-split: nb_deps counts stop at 2^128 - 1; the order of the parts is right'
    [ "$(jq -r '.objects[0].id' "$out" | tail -n1)" = tool--0 ]
    grep -q '"x_opencti_seq": 340282366920938463463374607431768211455,' "$out"
}
