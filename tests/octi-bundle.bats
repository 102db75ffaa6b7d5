#!/usr/bin/env bats
load helper

made='^\{"type": "bundle", "id": "bundle--[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "spec_version": "2.1", "objects": \[.*\]\}$'

@test "objects, one a line, become one bundle with a new id" {
    printf '%s\n' '{"type":"tool","id":"tool--1"}' '{ "id" : "tool--2", "type" : "tool" }' >in
    try octi-bundle in
    ends 0
    assert_file_empty "$err"
    [ "$(wc -l <"$out")" -eq 1 ]
    grep -qE "$made" "$out"
    [ "$(sed 's/.*"objects": //' "$out")" = '[{"type":"tool","id":"tool--1"}, {"id":"tool--2","type":"tool"}]}' ]
    cp "$out" first
    try octi-bundle in
    run ! cmp -s "$out" first
}

@test "one bundle keeps its id" {
    echo '{"type":"bundle","id":"bundle--7","objects":[{"type":"tool","id":"tool--1"}],"spec_version":"2.0"}' >in
    try octi-bundle in
    gives 0 '{"type": "bundle", "id": "bundle--7", "spec_version": "2.1", "objects": [{"type":"tool","id":"tool--1"}]}' ''
    try octi-bundle <in
    gives 0 '{"type": "bundle", "id": "bundle--7", "spec_version": "2.1", "objects": [{"type":"tool","id":"tool--1"}]}' ''
    try octi-bundle < <(cat in)
    gives 0 '{"type": "bundle", "id": "bundle--7", "spec_version": "2.1", "objects": [{"type":"tool","id":"tool--1"}]}' ''
}

@test "bundles, objects and arrays of both, from several files" {
    echo '{"type":"bundle","id":"bundle--1","objects":[{"type":"tool","id":"tool--1"},{"type":"tool","id":"tool--2"}]}' >one
    echo '[{"type":"tool","id":"tool--3"},{"objects":[{"type":"tool","id":"tool--4"}]}]{"type":"tool","id":"tool--5"}' >two
    try octi-bundle one - two <<<'{"type":"tool","id":"tool--6"}'
    ends 0
    grep -qE "$made" "$out"
    [ "$(jq -r '.objects[].id' "$out" | paste -sd ' ')" = 'tool--1 tool--2 tool--6 tool--3 tool--4 tool--5' ]
}

@test "-x prints the objects, one a line, to the byte but for white space between tokens" {
    cat >in <<'END'
{"type": "bundle", "id": "bundle--1", "objects": [
    {"type": "tool", "id": "tool--1", "name": "a \u00e9 é  \" b", "n": 1.10, "big": 123456789012345678901},
    {"id": "tool--2", "type": "tool", "list": [ ], "deep": { "a" : [ 1 , 2 ] } }
]}
END
    try octi-bundle -x in
    gives 0 '{"type":"tool","id":"tool--1","name":"a \u00e9 é  \" b","n":1.10,"big":123456789012345678901}
{"id":"tool--2","type":"tool","list":[],"deep":{"a":[1,2]}}' ''
    # There and back again.
    cp "$out" objects
    octi-bundle objects >again
    try octi-bundle -x again
    cmp "$out" objects
}

@test "the same id again: later content at the first place, named on stderr" {
    printf '%s\n' '{"type":"tool","id":"tool--1","n":1}' '{"type":"tool","id":"tool--2"}' \
        '{"type":"tool","id":"tool--1","n":2}' '{"type":"tool","id":"t\u006fol--1","n":3}' >in
    try octi-bundle -x in
    gives 0 '{"type":"tool","id":"t\u006fol--1","n":3}
{"type":"tool","id":"tool--2"}' 'octi-bundle: merged: tool--1: the later content is kept
octi-bundle: merged: t\u006fol--1: the later content is kept
octi-bundle: 2 objects merged into earlier ones'
    try octi-bundle -xq in
    gives 0 '{"type":"tool","id":"t\u006fol--1","n":3}
{"type":"tool","id":"tool--2"}' ''
}

@test "repeated keys: the last value, at the first place" {
    echo '{"type":"tool","id":"tool--1","a":1,"id":"tool--2","a":{"b":1,"b":2}}' >in
    try octi-bundle -x in
    gives 0 '{"type": "tool", "id": "tool--2", "a": {"b": 2}}' ''
}

@test "an empty bundle stays one; no input is an empty bundle" {
    echo '{"type":"bundle","id":"bundle--1","objects":[]}' >in
    try octi-bundle in
    gives 0 '{"type": "bundle", "id": "bundle--1", "spec_version": "2.1", "objects": []}' ''
    try octi-bundle -x in
    gives 0 '' ''
    try octi-bundle </dev/null
    ends 0
    grep -qE "$made" "$out"
    try octi-bundle -x </dev/null
    gives 0 '' ''
}

@test "10,000 bundles, and an id of each" {
    python - >in <<'PY'
for i in range(10000):
    print('{"objects":[{"type":"tool","id":"tool--%d"},{"type":"tool","id":"tool--0"}]}' % i)
PY
    try octi-bundle -q in
    ends 0
    [ "$(jq -r '.objects | length' "$out")" -eq 10000 ]
    [ "$(jq -r '.objects[9999].id' "$out")" = tool--9999 ]
}

@test "what is refused, with its place" {
    printf '{"type":"tool","id":"tool--1"}\n{"type":"tool"}\n' >in
    try octi-bundle in
    gives 1 '' 'octi-bundle: in:2: object 2: it has no id'
    printf '{"type":"tool","id":"tool--1"}\n{"id":"tool--2"}\n' >in
    try octi-bundle in
    gives 1 '' 'octi-bundle: in:2: object 2 (tool--2): it has no type'
    printf '{"type":"tool","id":["tool--1"]}\n' >in
    try octi-bundle in
    gives 1 '' 'octi-bundle: in:1: object 1: its id is not a string'
    printf '{"type":"tool","id":"tool--1"}\n[1]\n' >in
    try octi-bundle in
    gives 1 '' 'octi-bundle: in:2: object 2: not a STIX object: 1'
    printf '{"type":"tool","id":"tool--1"}\n{"type":"tool",\n' >in
    try octi-bundle in
    gives 1 '' 'octi-bundle: in:3:1: not JSON: expected a key in quotes'
    printf '{"type":"tool","id":"tool--1","a":"\0"}' >in
    try octi-bundle in
    gives 1 '' 'octi-bundle: in:1:36: not JSON: NUL byte'
    printf '{"type":"tool","id":"tool--1","a":"\xff"}' >in
    try octi-bundle in
    gives 1 '' 'octi-bundle: in:1:36: not JSON: invalid UTF-8'
    try octi-bundle in missing
    gives 1 '' 'octi-bundle: missing: No such file or directory'
}

@test "no room for the output is never success" {
    echo '{"type":"tool","id":"tool--1"}' >in
    status=0
    octi-bundle in >/dev/full 2>"$err" || status=$?
    : >"$out"
    gives 75 '' 'octi-bundle: stdout: No space left on device'
}

@test "what it makes, octi-split takes" {
    printf '%s\n' '{"type":"tool","id":"tool--1","a_ref":"tool--2"}' '{"type":"tool","id":"tool--2"}' >in
    octi-bundle in | octi-split >parts
    [ "$(jq -r .objects[0].id parts | paste -sd ' ')" = 'tool--2 tool--1' ]
}
