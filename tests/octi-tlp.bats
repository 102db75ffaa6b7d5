#!/usr/bin/env bats
load helper

m=marking-definition--
clear=${m}613f2e26-407d-48c7-9eca-b8e91df99dc9
green=${m}34098fce-860f-48ae-8e50-ebd3cc5e41da
amber=${m}f88d31f6-486f-44da-b317-01333bde0b82
strict=${m}826578e1-40ad-459f-bc73-ede076f81f37
red=${m}5e57c739-391a-4eb3-b6be-7d15ca92d5ed
pap=${m}a6f20d4d-0360-59b6-ba22-3b48707828b1 # PAP:AMBER

marked() { # TYPE DIGIT MARKING [MEMBERS]
    printf '{"type":"%s","id":"%s--%s","object_marking_refs":["%s"]%s}\n' "$1" "$1" "$2" "$3" "${4-}"
}

plain() { # TYPE DIGIT [MEMBERS]
    printf '{"type":"%s","id":"%s--%s"%s}\n' "$1" "$1" "$2" "${3-}"
}

link() { # DIGIT FROM TO
    plain relationship "$1" ",\"source_ref\":\"$2\",\"target_ref\":\"$3\""
}

@test "--default marks what has no marking of TLP, and nothing else" {
    {
        plain tool 1
        echo '{ "id" : "tool--2", "object_marking_refs": [ ], "type":"tool"}'
        echo '{"type":"tool","id":"tool--3","object_marking_refs":null,"x":1}'
        echo '{"type":"tool","id":"tool--4","object_marking_refs":["'$pap'"]}'
        marked tool 5 $red
        plain marking-definition 6
        plain label 7
        plain extension-definition 8
    } >in
    try octi-tlp --default amber in
    gives 0 '{"type":"tool","id":"tool--1", "object_marking_refs": ["'$amber'"]}
{ "id" : "tool--2", "object_marking_refs": [ "'$amber'"], "type":"tool"}
{"type":"tool","id":"tool--3","object_marking_refs":["'$amber'"],"x":1}
{"type":"tool","id":"tool--4","object_marking_refs":["'$pap'", "'$amber'"]}
'"$(tail -n4 in)" 'octi-tlp: 4 objects marked TLP:AMBER'
    cp "$out" again
    try octi-tlp --default red again
    gives 0 "$(cat again)" ''
}

@test "TLP and PAP are apart" {
    { plain tool 1; marked tool 2 $red; marked tool 3 $pap; } >in
    try octi-tlp --default green --default pap:amber in
    ends 0
    [ "$(jq -c '[.object_marking_refs[]]' "$out" | paste -sd ' ')" = "[\"$green\",\"$pap\"] [\"$red\",\"$pap\"] [\"$pap\",\"$green\"]" ]
    try octi-tlp --max pap:green in
    gives 1 '' 'octi-tlp: in:3: object 3 (tool--3): PAP:AMBER is above PAP:GREEN
octi-tlp: 1 objects are above pap:green: nothing is written'
    try octi-tlp --max pap:red --max red in
    gives 0 "$(cat in)" ''
}

@test "--max names what is above, and prints nothing" {
    { marked tool 1 $amber; marked tool 2 $strict; marked tool 3 $red; plain tool 4; } >in
    try octi-tlp --max amber in
    gives 1 '' 'octi-tlp: in:2: object 2 (tool--2): TLP:AMBER+STRICT is above TLP:AMBER
octi-tlp: in:3: object 3 (tool--3): TLP:RED is above TLP:AMBER
octi-tlp: 2 objects are above amber: nothing is written'
    try octi-tlp --max red in
    gives 0 "$(cat in)" ''
    # A default counts.
    try octi-tlp --max green --default amber <<<"$(plain tool 4)"
    gives 1 '' 'octi-tlp: stdin:1: object 1 (tool--4): TLP:AMBER is above TLP:GREEN
octi-tlp: 1 objects are above green: nothing is written'
}

@test "ids of TLP 2.0, and marking definitions of the stream, also after their use" {
    local octi=extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d
    above() { # DEFINITION: what it marks is above amber
        { marked tool 1 ${m}1; echo "$1"; } >in
        try octi-tlp --max amber in
        ends 1 '^octi-tlp: in:1: object 1 \(tool--1\): TLP:RED is above TLP:AMBER$'
    }
    above "$(plain marking-definition 1 ',"definition_type":"tlp","definition":{"tlp":"red"}')"
    above "$(plain marking-definition 1 ',"definition_type":"statement","definition":{"statement":"x"},"x_opencti_definition_type":"TLP","x_opencti_definition":"TLP:RED"')"
    above "$(plain marking-definition 1 ',"name":"TLP:RED"')"
    above "$(plain marking-definition 1 ',"name":"x","extensions":{"'$octi'":{"tlp_2_0":"red"}}')"
    { marked tool 1 ${m}1; plain marking-definition 1 ',"definition_type":"statement","definition":{"statement":"red"}'; } >in
    try octi-tlp --max amber in
    gives 0 "$(cat in)" ''
    marked tool 1 ${m}e828b379-4e03-4974-9ac4-e53a884c97c1 >in
    try octi-tlp --max amber in
    ends 1 'TLP:RED is above TLP:AMBER'
}

@test "a marking that is not known is said" {
    marked tool 1 ${m}1 >in
    try octi-tlp --max amber in
    gives 0 "$(cat in)" 'octi-tlp: 1 objects have a marking that is not known here'
}

@test "granular markings: above the ceiling, but no marking of the object" {
    plain tool 1 ',"granular_markings":[{"marking_ref":"'$red'","selectors":["name"]},{"lang":"fr","selectors":["name"]}]' >in
    try octi-tlp --max amber in
    ends 1 'TLP:RED is above TLP:AMBER'
    try octi-tlp --default green in
    ends 0
    [ "$(jq -c .object_marking_refs "$out")" = "[\"$green\"]" ]
}

@test "--drop: relationships, sightings and containers go too, wherever they come" {
    {
        link 1 malware--1 tool--1
        link 2 tool--1 tool--2
        link 3 tool--1 relationship--1
        plain sighting 1 ',"sighting_of_ref":"malware--1","where_sighted_refs":["identity--1"]'
        plain sighting 2 ',"sighting_of_ref":"tool--1","where_sighted_refs":["identity--1","identity--2"]'
        plain sighting 3 ',"sighting_of_ref":"tool--1","where_sighted_refs":["identity--1"]'
        marked malware 1 $red
        marked identity 1 $red
        plain tool 1
        plain report 1 ',"object_refs":["malware--1","relationship--1","relationship--3"]'
        plain report 2 ',"object_refs":["malware--1","tool--1"]'
        plain report 3 ',"object_refs":[]'
        plain note 1 ',"object_refs":["report--1"]'
    } >in
    try octi-tlp --max amber --drop in
    gives 0 "$(link 2 tool--1 tool--2)
$(plain sighting 2 ',"sighting_of_ref":"tool--1","where_sighted_refs":["identity--2"]')
$(plain tool 1)
$(plain report 2 ',"object_refs":["tool--1"]')
$(plain report 3 ',"object_refs":[]')" \
        'octi-tlp: in:7: object 7 (malware--1): TLP:RED: left out
octi-tlp: in:8: object 8 (identity--1): TLP:RED: left out
octi-tlp: 8 objects left out: 2 above amber, 6 that need them; 2 references to them taken out'
}

@test "--drop: of other objects only the references go, with what is empty then" {
    {
        marked identity 1 $red
        echo '{"created_by_ref":"identity--1","type":"tool","id":"tool--1"}'
        echo '{"type":"tool","id":"tool--2","created_by_ref" : "identity--1"}'
        echo '{"type":"tool","a_refs":["identity--1"],"b_refs":[ "identity--1" , "x", "identity--1"],"id":"tool--3"}'
        echo '{"type":"tool","id":"tool--4","x":"identity--1","object_marking_refs":["'$clear'"]}'
        echo '{"type":"tool","id":"tool--5","a_ref":"identit\u0079--1"}'
    } >in
    try octi-tlp -q --max amber --drop in
    gives 0 '{"type":"tool","id":"tool--1"}
{"type":"tool","id":"tool--2"}
{"type":"tool","b_refs":[ "x"],"id":"tool--3"}
{"type":"tool","id":"tool--4","x":"identity--1","object_marking_refs":["'$clear'"]}
{"type":"tool","id":"tool--5"}' ''
}

@test "a bundle stays one, in its own layout" {
    local place
    for place in 1 2 3 4; do
        {
            printf '{ "type": "bundle",\n "objects": [\n  '
            for n in 1 2 3; do
                if [ $n = $place ] || [ $place = 4 ]; then marked tool $n $red; else plain tool $n; fi | tr -d '\n'
                [ $n = 3 ] || printf ' ,\n  '
            done
            printf '\n ], "id": "bundle--1" }\n'
        } >in
        try octi-tlp -q --max amber --drop in
        ends 0
        jq -e . "$out" >/dev/null
        [ "$(jq -c '[.objects[].id]' "$out")" = "$(jq -c '[.objects[] | select(.object_marking_refs == null) | .id]' in)" ]
        [ "$(jq -r .id "$out")" = bundle--1 ]
    done
    printf '{"objects":[%s]} [%s,{"objects":[%s]},%s,%s]' "$(marked tool 1 $red)" "$(marked tool 2 $red)" "$(marked tool 3 $red)" "$(marked tool 4 $red)" "$(plain tool 5)" >in
    try octi-tlp -q --max amber --drop in
    ends 0
    [ "$(jq -c . "$out" | paste -sd ' ')" = '{"objects":[]} [{"objects":[]},{"type":"tool","id":"tool--5"}]' ]
}

@test "what is not changed is the same to the byte, from a pipe and from files" {
    printf '\xef\xbb\xbf[ {"type":"tool" , "id":"tool--1","n":1.10,"s":"\\u00e9é"} ]\n\n{"objects":[ ]}' >one
    plain tool 2 >two
    try octi-tlp --max red one
    cmp one "$out"
    try octi-tlp --max red < <(cat one)
    cmp one "$out"
    try octi-tlp --max red one two
    cmp "$out" <(cat one; echo; cat two)
    try octi-tlp --max red </dev/null
    gives 0 '' ''
}

@test "a chain of a hundred thousand relationships goes link by link, in linear time" {
    python3 - >in <<'PY'
n = 100000
for i in range(n, 0, -1):
    print('{"type":"relationship","id":"relationship--%d","source_ref":"relationship--%d","target_ref":"tool--1"}' % (i, i - 1))
print('{"type":"tool","id":"relationship--0","object_marking_refs":["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"]}')
print('{"type":"tool","id":"tool--1"}')
PY
    try timeout 20 octi-tlp --max amber --drop in
    ends 0 '100001 objects left out: 1 above amber, 100000 that need them'
    [ "$(cat "$out")" = "$(plain tool 1)" ]
}

@test "what is refused" {
    try octi-tlp in
    gives 2 '' 'octi-tlp: nothing to do: give --default or --max; see octi-tlp --help'
    try octi-tlp --drop --default red in
    gives 2 '' 'octi-tlp: --drop needs --max; see octi-tlp --help'
    try octi-tlp --max purple in
    gives 2 '' 'octi-tlp: --max: no level of TLP or PAP: purple; see octi-tlp --help'
    try octi-tlp --default pap:amber+strict in
    gives 2 '' 'octi-tlp: --default: no level of TLP or PAP: pap:amber+strict; see octi-tlp --help'
    plain tool 1 ',"object_marking_refs":"x"' >in
    try octi-tlp --default red in
    gives 1 '' 'octi-tlp: in:1: object 1 (tool--1): its object_marking_refs is no list'
    printf '{"type":"tool"\n' >in
    try octi-tlp --default red in
    gives 1 '' 'octi-tlp: in:2:1: not JSON: expected , or }'
    plain tool 1 >in
    status=0
    octi-tlp --default red in >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-tlp: stdout: No space left on device$'
}
