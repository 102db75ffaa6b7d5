#!/usr/bin/env bats
load helper

u=3f0e7b2a-6c1d-4e58-9a4b-7d2c8f615e9 # a UUID but for its last digit
now=2026-01-31T12:00:00.000Z

# An object as JSON: TYPE DIGIT [MEMBERS, with commas before each].
object() {
    printf '{"type":"%s","id":"%s--%s%s"%s}' "$1" "$1" $u "$2" "${3-}"
}

relationship() { # DIGIT TYPE FROM TO [MEMBERS]: ends without quotes
    object relationship "$1" ",\"relationship_type\":\"$2\",\"source_ref\":\"$3\",\"target_ref\":\"$4\"${5-}"
}

indicator() { # PATTERN [MEMBERS]: complete; later members count
    object indicator 0 ',"name":"An indicator","pattern_type":"stix","valid_from":"'$now'","valid_until":"2999-01-01T00:00:00.000Z","x_opencti_score":80,"x_opencti_main_observable_type":"IPv4-Addr","pattern":"'"$1"'"'"${2-}"
}

report() { # DIGIT REFS, in quotes and with commas
    object report "$1" ',"name":"A report","published":"'$now'","object_refs":['"$2"']'
}

malware=$(object malware 1 ',"name":"Emotet"') tool=$(object tool 2 ',"name":"Psexec"')
pattern="[ipv4-addr:value = '1.2.3.4']"

finds() { # CODES OBJECT...: exactly these rules are broken; rules on ids left out
    local codes=$1
    shift
    printf '%s\n' "$@" >in
    # shellcheck disable=SC2086
    try octi-lint --json --ignore OC104,OC105,OC107 ${options-} in
    is=$(jq -r .code "$out" | paste -sd ' ')
    [ "$is" = "$codes" ] || {
        printf -- '-- wanted %s, found %s of:\n%s\n' "${codes:-nothing}" "${is:-nothing}" "$*" >&2
        cat "$out" "$err" >&2
        return 1
    }
    case $codes in *OC0*) [ "$status" -eq 1 ] ;; *) [ "$status" -eq 0 ] ;; esac
}

fixes() { # CODE OBJECT FIXED: the rule is broken, and --fix makes this of the object
    finds "$1" "$2"
    # shellcheck disable=SC2086
    octi-lint --fix --ignore OC104,OC105,OC107 ${options-} in >fixed 2>"$err" || true
    [ "$(cat fixed)" = "$3" ] || {
        printf -- '-- fixed to:\n%s\nwanted:\n%s\n' "$(cat fixed)" "$3" >&2
        return 1
    }
    grep -q 'fixed: ' "$err"
    finds '' "$3"
}

@test "OC001: an id TYPE--UUID" {
    finds OC001 '{"type":"tool","name":"Tool"}'
    finds OC001 '{"type":"tool","id":"tool--1","name":"Tool"}'
    finds OC001 '{"type":"tool","id":7,"name":"Tool"}'
    finds OC001 "{\"type\":\"tool\",\"id\":\"${u}1\",\"name\":\"Tool\"}"
    finds '' "$tool"
}

@test "OC002, OC003, OC004: a type that the platform has, and that the id has" {
    finds OC002 "{\"id\":\"tool--${u}1\",\"name\":\"Tool\"}"
    finds OC003 "$(object x-mitre-tactic 1 ',"name":"Tactic"')"
    finds OC004 "{\"type\":\"tool\",\"id\":\"malware--${u}1\",\"name\":\"Tool\"}"
    finds '' "$(object x-mitre-data-source 1 ',"name":"Source"')"
    finds '' "{\"type\":\"x-opencti-task\",\"id\":\"task--${u}1\",\"name\":\"Task\"}"
}

@test "OC005: what a type has to have" {
    finds OC005 "$(object malware 1)"
    finds OC005 "$(object malware 1 ',"name":null')"
    finds 'OC005 OC005' "$(object report 1 ',"object_refs":[]')"
    finds 'OC005 OC005 OC005 OC005' "$(object observed-data 1)"
    finds OC005 "$(object location 1)"
    finds '' "$(object location 1 ',"country":"FR"')"
    finds OC005 "$(object domain-name 1)"
    finds OC005 "$(object label 1 ',"value":"x"')"
    finds '' "$(object label 1 ',"value":"x","color":"#ffffff"')"
    finds '' "$(object observed-data 1 ',"first_observed":"'$now'","last_observed":"'$now'","number_observed":1,"object_refs":[]')"
}

@test "OC006: texts with something in them" {
    finds OC006 "$(object malware 1 ',"name":"A"')"
    finds OC006 "$(object note 1 ',"content":"x"')"
    finds OC006 "$(object identity 1 ',"name":"","identity_class":"organization"')"
    finds 'OC006 OC109' "$(object malware 1 ',"name":"  "')"
    # As the platform counts: UTF-16, blanks too, unless there is nothing else, in any script.
    finds OC109 "$(object malware 1 ',"name":" x"')"
    finds '' "$(object malware 1 ',"name":"😀"')"
    finds OC006 "$(object malware 1 ',"name":"é"')"
    finds 'OC006 OC109' "$(object malware 1 ',"name":"\u00a0\u3000 "')"
    finds '' "$(object identity 1 ',"name":"A","identity_class":"organization"')"
    finds '' "$(object malware 1 ',"name":"\u00e9\u00e8"')"
}

@test "OC032: texts that are none" {
    finds OC032 "$(object malware 1 ',"name":7')"
    finds OC032 "$(object malware 1 ',"name":["Emotet"]')"
    finds OC032 "$(object url 1 ',"value":true')"
    finds 'OC032 OC032' "$(object text 1 ',"value":{},"x_opencti_description":1.5')"
    finds '' "$(object text 1 ',"value":"7","x_opencti_description":null')"
    fixes 'OC032 OC032' "$(object software 1 ',"name":7,"version":1.50')" "$(object software 1 ',"name":"7","version":"1.50"')"
}

@test "OC007, OC008: null" {
    fixes OC007 "$(object tool 1 ',"name":"Tool","labels":null,"a":1')" "$(object tool 1 ',"name":"Tool","a":1')"
    fixes OC007 '{"x_opencti_labels":null,"type":"tool","id":"tool--'${u}'1","name":"Tool"}' "$(object tool 1 ',"name":"Tool"')"
    fixes OC007 "$(object attack-pattern 1 ',"name":"Phishing","external_references":null')" "$(object attack-pattern 1 ',"name":"Phishing"')"
    fixes OC007 "$(object domain-name 1 ',"value":"a.org","resolves_to_refs":null')" "$(object domain-name 1 ',"value":"a.org"')"
    fixes OC007 "$(object file 1 ',"name":"a","hashes":null')" "$(object file 1 ',"name":"a"')"
    fixes OC008 "$(object file 1 ',"name":"a","parent_directory_ref":null')" "$(object file 1 ',"name":"a"')"
    finds '' "$(object tool 1 ',"name":"Tool","external_references":null,"created_by_ref":null')"
}

@test "OC009, OC010: references are strings, what is embedded objects" {
    finds OC009 "$(object tool 1 ',"name":"Tool","created_by_ref":7')"
    finds OC009 "$(object tool 1 ',"name":"Tool","object_marking_refs":"x"')"
    finds OC009 "$(object tool 1 ',"name":"Tool","object_marking_refs":[null]')"
    finds OC009 "$(object tool 1 ',"name":"Tool","labels":["a",1]')"
    finds OC010 "$(object tool 1 ',"name":"Tool","external_references":["x"]')"
    finds OC010 "$(object tool 1 ',"name":"Tool","kill_chain_phases":{}')"
    finds '' "$(object tool 1 ',"name":"Tool","labels":["a"],"external_references":[],"kill_chain_phases":[]')"
}

@test "OC011, OC012, OC102, OC103: external references and kill chain phases" {
    finds 'OC011 OC102' "$(object attack-pattern 1 ',"name":"Phishing","external_references":[{"url":"https://a.example"}]')"
    finds OC102 "$(object tool 1 ',"name":"Tool","external_references":[{"url":"https://a.example"}]')"
    finds OC102 "$(object tool 1 ',"name":"Tool","external_references":[{"source_name":"a","description":"b"}]')"
    finds OC103 "$(object tool 1 ',"name":"Tool","external_references":[{"source_name":"a","url":"b"},{"source_name":"c","url":"b"}]')"
    finds '' "$(object tool 1 ',"name":"Tool","external_references":[{"source_name":"a","url":"b"},{"source_name":"a","external_id":"b"}]')"
    finds OC012 "$(object tool 1 ',"name":"Tool","kill_chain_phases":[{"phase_name":"x"}]')"
    finds '' "$(object tool 1 ',"name":"Tool","kill_chain_phases":[{"phase_name":"x","kill_chain_name":"y"}]')"
}

@test "OC013, OC130, OC131: commands and inferred objects" {
    finds OC013 "$(object tool 1 ',"name":"Tool","opencti_operation":"destroy"')"
    finds OC131 "$(object tool 1 ',"name":"Tool","opencti_operation":"delete"')"
    local octi=extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba
    finds OC131 "$(object tool 1 ',"name":"Tool","extensions":{"'$octi'":{"opencti_operation":"merge"}}')"
    finds OC130 "$(object tool 1 ',"name":"Tool","extensions":{"'$octi'":{"is_inferred":true}}')"
    finds '' "$(object tool 1 ',"name":"Tool","extensions":{"'$octi'":{"is_inferred":false}}')"
}

@test "OC014: dates with time and zone" {
    local date
    for date in 2020-01-01 '2020-01-01 00:00:00Z' 2020-01-01T00:00:00 2020-01-01T00:00Z 2020-01-01T00:00:00+0000; do
        fixes OC014 "$(object report 1 ',"name":"Report","published":"'"$date"'"')" "$(object report 1 ',"name":"Report","published":"2020-01-01T00:00:00.000Z"')"
    done
    for date in '"2020-02-30T00:00:00Z"' '"2020-01-01T24:00:00Z"' '"2020-01-01T00:00:60Z"' '""' 1577836800 '"1577836800"'; do
        finds OC014 "$(object report 1 ',"name":"Report","published":'"$date")"
    done
    for date in 2020-01-01T00:00:00Z 2020-02-29t00:00:00.1234567890z 2020-01-01T00:00:00+02:00; do
        finds '' "$(object report 1 ',"name":"Report","published":"'$date'"')"
    done
}

@test "OC015: what ends begins before" {
    dated() { printf ',"name":"Name","%s":"%s","%s":"%s"' "$@"; }
    finds OC015 "$(object campaign 1 "$(dated first_seen 2020-01-02T00:00:00Z last_seen 2020-01-01T00:00:00Z)")"
    finds OC015 "$(object campaign 1 "$(dated first_seen 2020-01-01T00:00:00.5Z last_seen 2020-01-01T00:00:00.4Z)")"
    finds '' "$(object campaign 1 "$(dated first_seen 2020-01-01T01:00:00+02:00 last_seen 2019-12-31T23:00:00Z)")"
    finds 'OC015' "$(indicator "$pattern" ',"valid_until":"'$now'"' | sed 's/"valid_until":"2999[^"]*",//; s/'$now'/2999-01-01T00:00:00.000Z/g')"
}

@test "OC016, OC017, OC126: numbers" {
    finds OC016 "$(object autonomous-system 1 ',"number":4200000000')"
    finds OC016 "$(object file 1 ',"name":"a","size":2147483648')"
    finds OC016 "$(object process 1 ',"command_line":"a","pid":"7"')"
    finds '' "$(object autonomous-system 1 ',"number":2147483647')"
    finds OC017 "$(object tool 1 ',"name":"Tool","confidence":101')"
    finds OC017 "$(object tool 1 ',"name":"Tool","confidence":50.5')"
    finds OC017 "$(object url 1 ',"value":"http://a","x_opencti_score":-1')"
    finds '' "$(object tool 1 ',"name":"Tool","confidence":100,"x_opencti_score":0')"
    options='--max-confidence 60' finds OC126 "$(object tool 1 ',"name":"Tool","confidence":61')"
    options='--max-confidence 60' finds '' "$(object tool 1 ',"name":"Tool","confidence":60')"
}

@test "OC016, OC017: whole numbers, however they are written" {
    finds '' "$(object autonomous-system 1 ',"number":1.5e4')" "$(object tool 1 ',"name":"Tool","confidence":50.0')"
    finds OC016 "$(object autonomous-system 1 ',"number":1.5')"
    finds OC016 "$(object autonomous-system 1 ',"number":"AS1"')"
    fixes OC016 "$(object autonomous-system 1 ',"number":"15169"')" "$(object autonomous-system 1 ',"number":15169')"
}

@test "OC018: values of observables" {
    local type value
    while read -r type value; do
        finds OC018 "$(object "$type" 1 ',"value":"'"$value"'"')"
    done <<'END'
ipv4-addr 1.2.3
ipv4-addr 01.2.3.4
ipv4-addr 1.2.3.4/33
ipv6-addr 1:2
ipv6-addr 1::2::3
ipv6-addr ::1/129
mac-addr 00:11:22:33:44
domain-name localhost
domain-name a\u00a0b.org
domain-name a　b.org
domain-name a.org.
domain-name -a.org
hostname a_
email-addr a.org
imei 123
iccid 1
imsi 12345678901234x
END
    while read -r type value; do
        finds '' "$(object "$type" 1 ',"value":"'"$value"'"')"
    done <<'END'
ipv4-addr 1.2.3.4
ipv4-addr 10.0.0.0/8
ipv6-addr 2001:db8::1
ipv6-addr ::
ipv6-addr ::ffff:1.2.3.4
ipv6-addr 1:2:3:4:5:6:7:8/64
mac-addr 00:11:22:aa:BB:cc
domain-name a-b.example.org
domain-name \u00e9.org
hostname my-host_1
email-addr a.b+c@example.org
imei 123456789012345
url anything at all
END
}

@test "OC019, OC020, OC127: hashes" {
    local md5=d41d8cd98f00b204e9800998ecf8427e
    local sha=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    finds OC019 "$(object file 1 ',"hashes":{"MD5":"x0123456789"}')"
    finds OC019 "$(object file 1 ',"hashes":{"SHA-256":"'$md5'"}')"
    finds 'OC020 OC127' "$(object file 1 ',"hashes":{"sha256":"'$sha'"}')"
    octi-lint --fix --ignore OC104 in 2>/dev/null >fixed || true
    [ "$(cat fixed)" = "$(object file 1 ',"hashes":{"SHA-256":"'$sha'"}')" ]
    finds OC020 "$(object file 1 ',"size":1')"
    fixes OC127 "$(object file 1 ',"name":"a","hashes":{"md5":"'$md5'"}')" "$(object file 1 ',"name":"a","hashes":{"MD5":"'$md5'"}')"
    finds '' "$(object file 1 ',"hashes":{"MD5":"'$md5'","SHA-256":"'$sha'"}')"
    finds '' "$(object file 1 ',"name":"a.exe"')"
    finds OC019 "$(object file 1 ',"name":"a","hashes":["'$md5'"]')"
    finds 'OC019 OC020' "$(object file 1 ',"hashes":"'$md5'"')"
    finds 'OC019 OC020' "$(object file 1 ',"hashes":{"MD5":""}')"
}

@test "OC021, OC022: artifacts and software" {
    finds OC021 "$(object artifact 1)"
    finds OC021 "$(object artifact 1 ',"hashes":{}')"
    finds OC021 "$(object artifact 1 ',"url":"a","payload_bin":"eA=="')"
    finds '' "$(object artifact 1 ',"payload_bin":"eA=="')"
    finds OC022 "$(object software 1 ',"cpe":"cpe:2.3:a:b:c"')"
    finds '' "$(object software 1 ',"cpe":"cpe:/a:b:c"')"
    finds '' "$(object software 1 ',"name":"A"')"
}

@test "OC023, OC129: patterns" {
    finds OC023 "$(indicator garbage)"
    finds OC023 "$(indicator "[a:b = 'x' and c:d = 'y']")"
    finds OC023 "$(indicator "[file:hashes.MD5 = 'x']")"
    finds OC023 "$(indicator "[a:b = 'x' ")"
    finds '' "$(indicator "[a:b = 'x' AND c:d > 2] FOLLOWEDBY [e:f IN ('g', 'h')]" | sed "s/', 'h/','h/")"
    fixes OC129 "$(indicator "[ipv4-addr:value='1.2.3.4']")" "$(indicator "$pattern")"
    fixes OC129 "$(indicator "[file:hashes.'MD5' = 'd41d8cd98f00b204e9800998ecf8427e']")" "$(indicator "[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']")"
    finds '' "$(indicator 'rule x { condition: true }' ',"x":1' | sed 's/"stix"/"yara"/')"
}

@test "OC024, OC116, OC117, OC118, OC119: what an indicator should have" {
    finds OC024 "$(indicator "$pattern" ',"x":1' | sed 's/"IPv4-Addr"/"IPv4"/')"
    finds '' "$(indicator "$pattern" ',"x":1' | sed 's/"IPv4-Addr"/"Unknown"/')"
    fixes OC116 "$(indicator "$pattern" | sed 's/"x_opencti_main_observable_type":"IPv4-Addr",//')" \
        "$(indicator "$pattern" ', "x_opencti_main_observable_type": "IPv4-Addr"' | sed 's/"x_opencti_main_observable_type":"IPv4-Addr",//')"
    finds OC117 "$(indicator "$pattern" | sed 's/"valid_until":"[^"]*",//')"
    finds OC118 "$(indicator "$pattern" | sed 's/"x_opencti_score":80,//')"
    finds OC119 "$(indicator "$pattern" | sed 's/2026-01-31/2019-01-01/; s/2999/2020/')"
}

@test "OC025, OC026: both ends of a relationship, and of a sighting" {
    finds OC025 "$malware" "$(object relationship 0 ',"relationship_type":"related-to","source_ref":"malware--'${u}'1"')"
    finds OC025 "$malware" "$(object relationship 0 ',"relationship_type":"related-to","source_ref":"malware--'${u}'1","target_ref":null')"
    finds 'OC025 OC025' "$(object sighting 0 ',"where_sighted_refs":[]')"
    finds '' "$malware" "$(object identity 3 ',"name":"Name"')" \
        "$(object sighting 0 ',"sighting_of_ref":"malware--'${u}'1","where_sighted_refs":["identity--'${u}'3"]')"
    finds OC026 "$malware" "$(relationship 0 related-to malware--${u}1 malware--${u}1)"
}

@test "OC027, OC028: relationships between two types" {
    local sector
    sector=$(object identity 3 ',"name":"Energy","identity_class":"class"')
    finds OC027 "$malware" "$tool" "$(relationship 0 likes malware--${u}1 tool--${u}2)"
    finds OC028 "$malware" "$tool" "$(relationship 0 indicates malware--${u}1 tool--${u}2)"
    finds '' "$malware" "$tool" "$(relationship 0 uses malware--${u}1 tool--${u}2)"
    finds '' "$malware" "$tool" "$(relationship 0 related-to tool--${u}2 malware--${u}1)"
    # By the kind of identity or location, whichever comes first.
    finds '' "$malware" "$sector" "$(relationship 0 targets malware--${u}1 identity--${u}3)"
    finds '' "$(object url 5 ',"value":"http://a"')" "$(indicator "$pattern")" \
        "$(relationship 7 based-on indicator--${u}0 url--${u}5)"
    local resides actor
    resides=$(relationship 0 resides-in threat-actor--${u}3 location--${u}4)
    actor() { object threat-actor 3 ',"name":"Bob","x_opencti_type":"Threat-Actor-'$1'"'; }
    city=$(object location 4 ',"country":"FR"')
    finds OC028 "$(actor Group)" "$city" "$resides"
    [ "$(jq -r .reason "$out")" = 'Threat-Actor-Group resides-in Country; there is: located-at, targets, related-to' ]
    finds OC028 "$resides" "$(actor Group)" "$city"
    [ "$(jq -r .line "$out")" = 1 ]
    finds '' "$resides" "$city" "$(actor Individual)"
    finds '' "$(actor Individual)" "$resides" "$city"
    finds OC028 "$resides" "$(object location 4 ',"name":"Here"')" "$(actor Individual)"
}

@test "OC029, OC101: references to what is neither sent nor known" {
    finds OC029 "$malware" "$(relationship 0 uses malware--${u}1 tool--${u}2)"
    finds '' "$(relationship 0 uses malware--${u}1 tool--${u}2)" "$malware" "$tool"
    finds OC101 "$(object tool 2 ',"name":"Tool","created_by_ref":"identity--'${u}'3"')"
    # The nine markings are on every platform; ids of the platform itself say nothing.
    finds '' "$(object tool 2 ',"name":"Tool","created_by_ref":"88ec0c6a-13ce-5e39-b486-354fe4a7084f","object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da","marking-definition--89484dde-e3d2-547f-a6c6-d14824429eb1"]')"
    # Each once, with what refers to it first; an end is more than another reference.
    finds OC101 "$(object tool 2 ',"name":"Tool","created_by_ref":"identity--'${u}'3"')" "$(object tool 3 ',"name":"Other","created_by_ref":"identity--'${u}'3"')"
    [ "$(jq -r '.object, .reason' "$out")" = "1"$'\n'"identity--${u}3 (2 references to it)" ]
    finds OC029 "$(report 4 "\"tool--${u}2\"")" "$malware" "$(relationship 0 uses malware--${u}1 tool--${u}2)"
    [ "$(jq -r .object "$out")" = 3 ]
}

@test "--known: ids, one a line, or STIX" {
    printf 'identity--%s3\r\n\n' $u >ids
    echo "$tool" >objects
    options='--known ids' finds '' "$(object tool 2 ',"name":"Tool","created_by_ref":"identity--'${u}'3"')"
    options='--known ids --known objects' finds '' "$malware" "$(relationship 0 uses malware--${u}1 tool--${u}2)"
    printf '{"type":"bundle","objects":[%s]}' "$tool" >objects
    options='--known objects' finds '' "$malware" "$(relationship 0 uses malware--${u}1 tool--${u}2)"
    # What is known of them counts too.
    object threat-actor 3 ',"name":"Bob"' >objects
    options='--known objects' finds OC028 "$(object location 4 ',"country":"FR"')" "$(relationship 0 resides-in threat-actor--${u}3 location--${u}4)"
    try octi-lint --known missing in
    gives 1 '' 'octi-lint: missing: No such file or directory'
    # What is none is told, with its place.
    printf 'identity--%s3\n\n  identity--%s3\n' $u $u >ids
    try octi-lint --known ids in
    gives 1 '' "octi-lint: ids:3: no id of STIX:   identity--${u}3"
    printf 'identity--%s3\0\n' $u >ids
    try octi-lint --known ids in
    ends 1 "^octi-lint: ids:1: no id of STIX: identity--"
    printf '%s\n{"type":"tool","name":"Tool"}' "$tool" >objects
    try octi-lint --known objects in
    gives 1 '' 'octi-lint: objects:2: object 2: it has no id'
}

@test "OC030, OC124: a container and a relationship in it that has it as an end" {
    local link
    link=$(relationship 0 related-to report--${u}5 malware--${u}1)
    finds OC030 "$malware" "$(report 5 "\"malware--${u}1\",\"relationship--${u}0\"")" "$link"
    finds OC124 "$malware" "$link" "$(report 5 "\"malware--${u}1\",\"relationship--${u}0\"")"
    finds '' "$malware" "$(report 5 "\"malware--${u}1\"")" "$link"
    finds '' "$malware" "$tool" "$(report 5 "\"relationship--${u}0\"")" "$(relationship 0 uses malware--${u}1 tool--${u}2)"
}

@test "OC031, OC132: what is referred to" {
    finds OC031 "$malware" "$(object tool 2 ',"name":"Tool","created_by_ref":"malware--'${u}'1"')"
    finds OC132 "$(report 5 "\"x-acme--${u}1\"")"
    finds '' "$(object identity 3 ',"name":"Name"')" "$(object tool 2 ',"name":"Tool","created_by_ref":"identity--'${u}'3"')"
}

@test "OC104, OC105, OC106, OC107: ids" {
    ids() {
        local codes=$1
        echo "$2" >in
        try octi-lint --json in
        ends 0
        [ "$(jq -r .code "$out" | paste -sd ' ')" = "$codes" ]
    }
    ids OC104 "$malware"
    ids OC105 '{"type":"malware","id":"malware--d35e7623-bb52-5bd8-b4a7-5ea275ca8275","name":"Emotet"}'
    ids OC106 '{"type":"malware","id":"malware--d35e7623-bb52-1bd8-b4a7-5ea275ca8275","name":"Emotet"}'
    local id
    id=$(octi-lint --json <<<"$malware" | jq -r '.reason | split(" ")[-1]')
    ids '' "{\"type\":\"malware\",\"id\":\"$id\",\"name\":\" Emotet\"}" || [ "$(jq -r .code "$out")" = OC109 ]
    ids OC104 "$(report 5 '')"
    # What has no id has no random one.
    try octi-lint --json <<<'{"type":"malware","name":"Emotet"}'
    [ "$status" -eq 1 ]
    [ "$(jq -r .code "$out" | paste -sd ' ')" = OC001 ]
    # pycti hashes a date as it is written, the platform to the millisecond.
    id=$(python -c 'import pycti; print(pycti.Report.generate_id("A report", "2020-01-01T00:00:00Z"))')
    ids OC107 "{\"type\":\"report\",\"id\":\"$id\",\"name\":\"A report\",\"published\":\"2020-01-01T00:00:00Z\"}"
    id=$(python -c 'import pycti; print(pycti.Report.generate_id("A report", "2020-01-01T00:00:00.000Z"))')
    ids '' "{\"type\":\"report\",\"id\":\"$id\",\"name\":\"A report\",\"published\":\"2020-01-01T00:00:00.000Z\"}"
}

@test "OC108, OC109: case and blanks" {
    finds OC108 "$(object domain-name 1 ',"value":"Example.ORG"')"
    finds OC108 "$(object email-addr 1 ',"value":"A@example.org"')"
    finds '' "$(object domain-name 1 ',"value":"example.org"')"
    finds '' "$(object url 1 ',"value":"http://Example.ORG"')"
    finds OC109 "$(object tool 1 ',"name":"Tool "')"
}

@test "OC110, OC111: aliases" {
    fixes OC110 "$(object tool 1 ',"name":"Tool","aliases":["TOOL ","Other"]')" "$(object tool 1 ',"name":"Tool","aliases":["Other"]')"
    finds OC111 "$malware" "$(object malware 2 ',"name":"Other","aliases":["emotet"]')"
    finds OC111 "$(object malware 2 ',"name":"Other","aliases":["emotet"]')" "$malware"
    finds '' "$malware" "$(object tool 2 ',"name":"Other","aliases":["emotet"]')"
}

@test "OC112: words of vocabularies" {
    finds OC112 "$(object malware 1 ',"name":"Name","malware_types":["trojan","trojn"]')"
    finds OC112 "$(object opinion 1 ',"opinion":"maybe"')"
    fixes OC112 "$(object malware 1 ',"name":"Name","malware_types":["Trojan"]')" "$(object malware 1 ',"name":"Name","malware_types":["trojan"]')"
    finds OC112 "$(indicator "$pattern" ',"indicator_types":["ipv4"]')"
    finds '' "$(object malware 1 ',"name":"Name","malware_types":["trojan","ransomware"]')"
}

@test "OC113, OC114, OC115: TLP" {
    local m=marking-definition--
    finds OC113 "$(object tool 1 ',"name":"Tool","object_marking_refs":["'$m'34098fce-860f-48ae-8e50-ebd3cc5e41da","'$m'5e57c739-391a-4eb3-b6be-7d15ca92d5ed"]')"
    finds '' "$(object tool 1 ',"name":"Tool","object_marking_refs":["'$m'34098fce-860f-48ae-8e50-ebd3cc5e41da","'$m'89484dde-e3d2-547f-a6c6-d14824429eb1"]')"
    fixes OC115 "$(object tool 1 ',"name":"Tool","object_marking_refs":["'$m'bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]')" \
        "$(object tool 1 ',"name":"Tool","object_marking_refs":["'$m'34098fce-860f-48ae-8e50-ebd3cc5e41da"]')"
    local clear='{"type":"marking-definition","id":"'$m'613f2e26-407d-48c7-9eca-b8e91df99dc9","definition_type":"statement","definition":{"statement":"custom"}'
    fixes OC114 "$clear}" "$clear, \"x_opencti_definition_type\": \"TLP\", \"x_opencti_definition\": \"TLP:CLEAR\"}"
}

@test "OC120, OC121, OC122, OC123, OC128: what the platform makes of it" {
    finds OC120 "$(object tool 1 ',"name":"Tool","description":"a <code>b</code>"')"
    finds OC120 "$(object tool 1 ',"name":"Tool","description":"![x](data:image/png;base64,eA==)"')"
    finds OC121 "$(object url 1 ',"value":"http://a","x_opencti_create_indicator":true')"
    finds '' "$(object url 1 ',"value":"http://a","x_opencti_create_indicator":false')"
    local dated=',"external_references":[{"source_name":"a","url":"b","description":"Seen 2020-01-01."}]'
    local times=',"start_time":"'$now'","stop_time":"'$now'"'
    finds OC122 "$malware" "$tool" "$(relationship 0 uses malware--${u}1 tool--${u}2 "$dated")"
    finds '' "$malware" "$tool" "$(relationship 0 uses malware--${u}1 tool--${u}2 "$dated$times")"
    finds OC123 "$(object observed-data 1 ',"first_observed":"'$now'","last_observed":"'$now'","number_observed":1,"objects":{}')"
    finds OC128 "$(object tool 1 ',"name":"Tool","x_opencti_files":[{"name":"a"}]')"
    finds OC128 "$(object tool 1 ',"name":"Tool","x_opencti_files":[{"name":"a","data":"eA=\n="}]')"
    finds '' "$(object tool 1 ',"name":"Tool","x_opencti_files":[{"name":"a","data":"eA=="}]')"
}

@test "OC125: --max-refs" {
    options='--max-refs 2' finds OC125 "$malware" "$tool" "$(report 5 "\"malware--${u}1\",\"tool--${u}2\"")"
    options='--max-refs 3' finds '' "$malware" "$tool" "$(report 5 "\"malware--${u}1\",\"tool--${u}2\"")"
}

@test "a finding is a line: place, object, code, severity, what, reason, what to do" {
    printf '%s\n\n%s\n' "$tool" "$(object tool 3 ',"name":"\u0007","confidence":200')" >in
    try octi-lint --ignore OC104 in
    gives 1 "in:3: object 2 (tool--${u}3): OC006 error: a text is blank or too short: name is \"?\"; write it out
in:3: object 2 (tool--${u}3): OC017 error: a score or confidence that is no integer from 0 to 100: confidence is 200; scale it" \
        'octi-lint: 2 errors, 0 warnings, in 2 objects'
    try octi-lint --ignore OC104 --json in
    ends 1
    [ "$(jq -c '[.code, .severity, .file, .line, .object, .id, .type, .reason, .fixed]' "$out" | tail -n1)" = \
        '["OC017","error","in",3,2,"tool--'${u}'3","tool","confidence is 200",false]' ]
}

@test "warnings alone are status 0, and 1 with --strict; -q does not count them" {
    echo "$tool" >in
    try octi-lint in
    ends 0 '^octi-lint: 0 errors, 1 warnings, in 1 objects$'
    try octi-lint -q in
    ends 0
    assert_file_empty "$err"
    try octi-lint --strict in
    ends 1 '^octi-lint: 0 errors, 1 warnings, in 1 objects$'
    try octi-lint --strict --ignore OC101,OC104 in
    gives 0 '' ''
    try octi-lint </dev/null
    gives 0 '' ''
}

@test "--fix leaves all else as it is, to the byte; what is fixed is no error" {
    printf '[ {"type":"bundle" , "objects": [\n%s ,\n %s]}\n]\n' "$tool" "$(object report 5 ', "name" : "Report", "published":"2020-01-01" ')" >in
    try octi-lint --fix --ignore OC104 in
    ends 0
    [ "$(cat "$out")" = "$(sed 's/"2020-01-01"/"2020-01-01T00:00:00.000Z"/' in)" ]
    [ "$(cat "$err")" = "in:3: object 2 (report--${u}5): OC014 error: a date that is not RFC 3339 with time and zone: published is \"2020-01-01\"; fixed: write it as 2026-01-31T12:00:00.000Z
octi-lint: 0 errors, 0 warnings, 1 fixed, in 2 objects" ]
}

@test "--list is the table of the manual" {
    try octi-lint --list
    ends 0
    [ "$(wc -l <"$out")" -ge 63 ]
    python3 - "$tests/../man/octi-lint.1" >page <<'PY'
import re, sys
text = open(sys.argv[1]).read()
for code, severity, what, fix in re.findall(r'\.It (OC\d+) (\w+)\n(.*)\n\.br\n(.*)\n', text):
    print(code, severity, what.replace(r'\&', ''), fix.replace(r'\&', ''), sep='\t')
PY
    diff "$out" page
    [ "$(cut -f1 "$out" | sort -u | wc -l)" -eq "$(wc -l <"$out")" ]
}

@test "every rule has a test here" {
    for code in $(octi-lint --list | cut -f1); do
        grep -q "finds '*[A-Z0-9 ]*$code\|fixes $code\|ids $code" "$BATS_TEST_FILENAME" || {
            echo "$code is not tested" >&2
            return 1
        }
    done
}

@test "a long stream in little memory, with lines counted over its portions" {
    python3 - >in <<'PY'
import uuid
for n in range(120000):
    print('{"type":"url","id":"url--%s","value":"http://example.org/%d","x":"%s"}' % (uuid.UUID(int=n + (4 << 76) + (8 << 60)), n, '"' * 0 + 'x' * 60))
print('{"type":"url","id":"url--1","value":"a"}')
PY
    try python - <<'PY'
import resource, subprocess, sys
with open("in") as stdin, open("findings", "w") as stdout:
    subprocess.run(["octi-lint", "--ignore", "OC104,OC105"], stdin=stdin, stdout=stdout)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 20000)
PY
    [ "$(cut -d: -f1-2 findings)" = stdin:120001 ]
    case $OCTI_BUILD in */san) ;; *) [ "$(cat "$out")" = True ] ;; esac
}

@test "a value that is longer than a portion" {
    python3 - >in <<'PY'
print('{"type":"note","id":"note--1","content":"%s"}' % ('\\\\\\"x' * 700000))
print('{"type":"tool","id":"tool--1","name":"Tool"}')
PY
    try octi-lint --json --ignore OC104 in
    ends 1
    [ "$(jq -r '"\(.line) \(.code)"' "$out" | paste -sd ' ')" = '1 OC001 2 OC001' ]
}

@test "what is no STIX is refused, with its place" {
    printf '%s\n{"type":\n' "$tool" >in
    try octi-lint --ignore OC104 in
    gives 1 '' 'octi-lint: in:3:1: not JSON: the text ends too early'
    printf '%s\n7\n' "$tool" >in
    try octi-lint --ignore OC104 in
    gives 1 '' 'octi-lint: in:2: object 2: not a STIX object: 7'
    try octi-lint missing
    gives 1 '' 'octi-lint: missing: No such file or directory'
    try octi-lint --ignore OC104,OC99 in
    gives 2 '' 'octi-lint: --ignore: no such rule: OC99; see octi-lint --help'
}

@test "no room for the output is never success" {
    echo "$tool" >in
    status=0
    octi-lint in >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-lint: stdout: No space left on device$'
    status=0
    octi-lint --fix --ignore OC104 in >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-lint: stdout: No space left on device$'
    echo '{"type":"tool"}' >in # errors do not hide it
    status=0
    octi-lint in >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-lint: stdout: No space left on device$'
}
