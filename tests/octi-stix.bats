#!/usr/bin/env bats
load helper

emotet=malware--36297121-bf18-56e1-b200-d39c9f9f5cee
when='"created":"2024-01-02T00:00:00.000Z","modified":"2024-01-02T00:00:00.000Z"'

stix() { # ARGUMENTS: with a date of its own
    octi-stix --created 2024-01-02 "$@"
}

@test "an object gets what it lacks; what it has stays, null does not" {
    try stix <<<'{"name": "Emotet", "x_note" : [1.10, "é\u00e9"], "type": "malware", "description": null}'
    gives 0 "{\"type\":\"malware\",\"spec_version\":\"2.1\",\"id\":\"$emotet\",$when,\"name\":\"Emotet\",\"x_note\":[1.10,\"é\\u00e9\"],\"is_family\":true}" ''
    try stix <<<'{"type":"malware","name":"Emotet","id":"malware--00000000-0000-4000-8000-000000000000","is_family":false,"created":"2020-01-01T00:00:00Z"}'
    gives 0 '{"type":"malware","spec_version":"2.1","id":"malware--00000000-0000-4000-8000-000000000000","created":"2020-01-01T00:00:00Z","modified":"2020-01-01T00:00:00Z","name":"Emotet","is_family":false}' ''
}

@test "now is when it was created, unless something says better" {
    try octi-stix <<<'{"type":"tool","name":"t"}'
    ends 0
    grep -qE '"created":"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z"' "$out"
    [ "$(jq -r '.created == .modified' "$out")" = true ]
    try octi-stix <<<'{"type":"tool","name":"t","modified":"2020-01-01T00:00:00Z"}'
    [ "$(jq -r .created "$out")" = 2020-01-01T00:00:00Z ]
}

@test "defaults of each type" {
    printf '%s\n' \
        '{"type":"indicator","pattern":"[file:hashes.MD5 = '\''x'\'']"}' \
        '{"type":"indicator","pattern":"rule x {}","pattern_type":"yara","name":"x"}' \
        '{"type":"identity","name":"A"}' '{"type":"report","name":"R","object_refs":[]}' \
        '{"type":"location","country":"France"}' '{"type":"location","name":"Paris","location_type":"City"}' \
        '{"type":"grouping","name":"G"}' \
        '{"type":"observed-data","object_refs":["file--00000000-0000-4000-8000-000000000000"]}' \
        '{"type":"attack-pattern","name":"Phishing","external_references":[{"source_name":"mitre-attack","external_id":"T1566"},{"source_name":"capec","external_id":"x"}]}' >in
    try stix in
    jq -c 'del(.type, .spec_version, .id, .created, .modified)' "$out" >some
    is_text objects some '{"pattern":"[file:hashes.MD5 = '\''x'\'']","pattern_type":"stix","pattern_version":"2.1","name":"[file:hashes.MD5 = '\''x'\'']","x_opencti_main_observable_type":"StixFile","valid_from":"2024-01-02T00:00:00Z"}
{"pattern":"rule x {}","pattern_type":"yara","name":"x","valid_from":"2024-01-02T00:00:00Z"}
{"name":"A","identity_class":"organization"}
{"name":"R","object_refs":[],"report_types":["threat-report"],"published":"2024-01-02T00:00:00.000Z"}
{"country":"France","x_opencti_location_type":"Country","name":"France"}
{"name":"Paris","x_opencti_location_type":"City","city":"Paris"}
{"name":"G","context":"unspecified"}
{"object_refs":["file--00000000-0000-4000-8000-000000000000"],"number_observed":1,"first_observed":"2024-01-02T00:00:00.000Z","last_observed":"2024-01-02T00:00:00.000Z"}
{"name":"Phishing","external_references":[{"source_name":"mitre-attack","external_id":"T1566"},{"source_name":"capec","external_id":"x"}],"x_mitre_id":"T1566"}'
    [ "$(jq -r 'select(.type == "attack-pattern").id' "$out")" = attack-pattern--d041e624-3991-5138-9544-d3ba2ce68ff7 ]
}

@test "properties are spelled as the family of the object has them" {
    printf '%s\n' \
        '{"type":"ipv4-addr","value":"1.2.3.4","score":1,"labels":["a"],"description":"d","external_references":[],"create_indicator":true}' \
        '{"type":"malware","name":"m","score":1,"x_opencti_labels":["a"],"x_opencti_description":"d","aliases":["b"]}' \
        '{"type":"vulnerability","name":"v","cisa_kev":true,"cvss_base_score":9.8,"aliases":["b"],"epss_score":0.5}' \
        '{"type":"media-content","url":"https://example.org","description":"its own"}' \
        '{"type":"file","hashes":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","md5":"d41d8cd98f00b204e9800998ecf8427e","x":"y"}}' \
        '{"type":"tool","name":"t","score":1,"x_opencti_score":2}' >in
    try stix in
    jq -c 'del(.type, .spec_version, .id, .created, .modified)' "$out" >some
    is_text objects some '{"value":"1.2.3.4","x_opencti_score":1,"x_opencti_labels":["a"],"x_opencti_description":"d","x_opencti_external_references":[],"x_opencti_create_indicator":true}
{"name":"m","x_opencti_score":1,"labels":["a"],"description":"d","aliases":["b"],"is_family":true}
{"name":"v","x_opencti_cisa_kev":true,"x_opencti_cvss_base_score":9.8,"x_opencti_aliases":["b"],"x_opencti_epss_score":0.5}
{"url":"https://example.org","description":"its own"}
{"hashes":{"SHA-256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","MD5":"d41d8cd98f00b204e9800998ecf8427e","x":"y"}}
{"name":"t","score":1,"x_opencti_score":2}'
}

@test "hashes: names as STIX has them, also in extensions; what is empty goes, and is not in the id" {
    local md5=d41d8cd98f00b204e9800998ecf8427e sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709
    local sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    try stix <<<'{"type":"file","hashes":{"MD5":"","sha1":null,"sha-256":"'$sha256'"}}'
    gives 0 '{"type":"file","spec_version":"2.1","id":"file--22f8ff52-8f62-5f03-a53a-6f50f54fd74c","hashes":{"SHA-256":"'$sha256'"}}' ''
    try stix <<<'{"type":"file","name":"n","hashes":{"MD5":null,"x":""}}'
    gives 0 '{"type":"file","spec_version":"2.1","id":"file--83abb174-5141-5ef6-b4a1-c20831f3df76","name":"n"}' ''
    try stix <<<'{"type":"file","hashes":{"md5":"'${md5/d/e}'","MD5":"'$md5'"}}'
    assert_equal "$(jq -c .hashes "$out")" '{"MD5":"'$md5'"}'
    # python-stix2 makes this id of it.
    try stix <<<'{"type":"file","name":"a","extensions":{"windows-pebinary-ext":{"pe_type":"exe","file_header_hashes":{"md5":"'$md5'"},
        "optional_header":{"magic_hex":"01","hashes":{"sha256":"'$sha256'"}},"sections":[{"name":"s","size":7,"hashes":{"SHA1":"'$sha1'"}}]}}}'
    gives 0 '{"type":"file","spec_version":"2.1","id":"file--2ab5c544-b6d2-5321-904e-dadf4fb0d8cf","name":"a","extensions":{"windows-pebinary-ext":{"pe_type":"exe","file_header_hashes":{"MD5":"'$md5'"},"optional_header":{"magic_hex":"01","hashes":{"SHA-256":"'$sha256'"}},"sections":[{"name":"s","size":7,"hashes":{"SHA-1":"'$sha1'"}}]}}}' ''
    try stix <<<'{"type":"file","name":"a","extensions":{"ntfs-ext":{"alternate_data_streams":[{"name":"s","hashes":{"md5":"'$md5'"}}]},"x-own":{"hashes":{"md5":"kept"}}}}'
    assert_equal "$(jq -c .extensions "$out")" '{"ntfs-ext":{"alternate_data_streams":[{"name":"s","hashes":{"MD5":"'$md5'"}}]},"x-own":{"hashes":{"md5":"kept"}}}'
}

@test "what ids are made of has the type that it has there" {
    printf '%s\n' '{"type":"autonomous-system","number":" 123 "}' '{"type":"mutex","name":5}' \
        '{"type":"network-traffic","protocols":"tcp","src_ref":"ipv4-addr--0198f97b-e65d-5025-87e5-58bc39d4bdb4","dst_port":"443","src_port":8.0}' \
        '{"type":"autonomous-system","id":"autonomous-system--00000000-0000-4000-8000-000000000000","number":"AS123"}' >in
    try stix in
    ends 0
    jq -c '[.number, .name, .protocols, .dst_port, .src_port] | map(values)' "$out" >some
    is_text values some '[123]
["5"]
[["tcp"],443,8]
["AS123"]'
    try stix <<<'{"type":"autonomous-system","number":"AS123"}'
    gives 1 '' 'octi-stix: stdin:1: object 1: its number: no integer'
}

@test "MITRE's number as pycti sees it: the property, the extension, the last reference of a source that it knows" {
    local t1566=attack-pattern--d041e624-3991-5138-9544-d3ba2ce68ff7
    local extension='"extensions":{"extension-definition--322b8f77-262a-4cb8-a915-1e441e00329b":{"id":"T1566"}}'
    local references='"external_references":[{"source_name":"mitre-own","external_id":"T1566"}]'
    printf '{"type":"attack-pattern","name":"Phishing",%s}\n' "$extension" "$references" \
        '"x_opencti_external_id":"T1566"' '"x_mitre_id":"","x_opencti_external_id":"T1566"' >in
    assert_equal "$(stix in | jq -r .id | sort | uniq -c | sed 's/^ *//')" "4 $t1566"
    assert_equal "$(stix in | jq -c .x_mitre_id | paste -sd ' ')" '"T1566" "T1566" null ""'
    # Of courses of action it does not know x_opencti_external_id, and fewer sources.
    sed 's/attack-pattern/course-of-action/' in >courses
    stix <<<'{"type":"course-of-action","name":"Phishing"}' | jq -r .id >named
    stix <<<'{"type":"course-of-action","name":"Phishing","x_mitre_id":"T1566"}' | jq -r .id >numbered
    assert_equal "$(stix courses | jq -r .id)" "$(cat numbered named named named)"
    sed -n '2s/mitre-own/amitt-attack/p' courses >known
    assert_equal "$(stix known | jq -r .id)" "$(cat numbered)"
}

@test "the type of a location that its extension has counts" {
    try stix <<<'{"type":"location","name":"France","extensions":{"extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba":{"type":"Country"}}}'
    assert_equal "$(jq -r '.id, .x_opencti_location_type' "$out" | paste -sd ' ')" "$(stix <<<'{"type":"location","country":"France"}' | jq -r .id) Country"
    # Without any it is a position, and has the id of one.
    try stix <<<'{"type":"location","name":"x","x_opencti_location_type":null}'
    assert_equal "$(jq -r '.id, .x_opencti_location_type' "$out" | paste -sd ' ')" 'location--e1bd4405-6ecd-5374-b3e1-ec82ba3cd528 Position'
}

@test "a list of references has each once; an object that says two things for one reference is refused" {
    id=tool--0bdfffc2-d6e5-5347-b3d4-7511e49cb982 other=identity--00000000-0000-4000-8000-000000000000
    a='{"type":"tool","name":"a"}'
    for object in '"objects":['"$a,$a"']' '"object_refs":["'$id'"],"objects":['"$a"',"'$id'"]' \
        '"objects":'"$a"',"object_refs":['"$a"',"'$id'"]' '"object_refs":['"$a,$a"'],"objects":["'$id'"]'; do
        assert_equal "$(stix <<<'{"type":"report","name":"r",'"$object"'}' | jq -c 'select(.type == "report").object_refs')" '["'$id'"]'
    done
    me=$(stix <<<'{"type":"identity","name":"Me"}' | jq -r .id)
    for object in "tool\",\"name\":\"a\",\"author\":\"Me\",\"created_by_ref\":\"$other|author: it has another created_by_ref" \
        "url\",\"value\":\"a\",\"author\":\"Me\",\"x_opencti_created_by_ref\":\"$other|author: it has another x_opencti_created_by_ref" \
        "tool\",\"name\":\"a\",\"created_by_ref\":\"$other\",\"created_by\":{\"type\":\"identity\",\"name\":\"Me\"},\"x\":\"|created_by: it has another created_by_ref" \
        "report\",\"name\":\"a\",\"objects\":[$a],\"object_refs\":\"$id|objects: it has another object_refs"; do
        try stix <<<"{\"type\":\"${object%|*}\"}"
        gives 1 '' "octi-stix: stdin:1: object 1: ${object#*|}"
    done
    try stix <<<"{\"type\":\"tool\",\"name\":\"a\",\"author\":\"Me\",\"created_by_ref\":\"$me\"}"
    ends 0
    assert_equal "$(jq -r 'select(.type == "tool").created_by_ref' "$out")" "$me"
}

@test "a bundle is no object of another" {
    id=bundle--00000000-0000-4000-8000-000000000000
    try stix <<<'{"type":"bundle","objects":[{"type":"tool","name":"a"},
        {"type":"bundle","id":"'$id'","objects":[{"type":"tool","name":"b"}]}]}'
    assert_equal "$(jq -r .name "$out")" a
    ends 1 "^octi-stix: stdin:2: object 2 \($id\): a bundle, where an object belongs$"
}

@test "an object in place of a reference comes before the one that holds it, and once" {
    printf '%s\n' \
        '{"type":"relationship","relationship_type":"indicates","source":{"type":"indicator","pattern":"[url:value = '\''x'\'']"},"target":{"type":"malware","name":"Emotet"}}' \
        '{"type":"relationship","relationship_type":"uses","source":{"type":"intrusion-set","name":"I"},"target":{"type":"malware","name":"EMOTET","description":"not shown"}}' \
        >in
    try stix in
    ends 0
    [ "$(jq -r .type "$out" | paste -sd ' ')" = 'indicator malware relationship intrusion-set relationship' ]
    [ "$(jq -r 'select(.type == "relationship").target_ref' "$out" | sort -u)" = $emotet ]
    [ "$(jq -c 'select(.type == "relationship") | has("source"), has("target")' "$out" | sort -u)" = false ]
    [ "$(jq -s '[.[].id] | length - (unique | length)' "$out")" = 0 ]
}

@test "lists of objects and ids, objects in objects, under all kinds of names" {
    id=tool--00000000-0000-4000-8000-000000000000
    printf '%s\n' \
        '{"type":"note","content":"c","objects":[{"type":"tool","name":"T","created_by":{"type":"identity","name":"I"}},"'$id'"],"object_refs":["'$id'"]}' \
        '{"type":"malware","name":"m","samples":[{"type":"file","name":"f"}],"operating_system":{"type":"software","name":"s"}}' \
        '{"type":"malware-analysis","product":"p","result_name":"r","sample":{"type":"file","name":"f"}}' \
        '{"type":"domain-name","value":"a.example","resolves_to":[{"type":"ipv4-addr","value":"1.2.3.4"}]}' \
        '{"type":"tool","name":"u","created_by_ref":{"type":"identity","name":"I"},"x_acme":{"type":"tool","name":"v"},"x_things":[{"type":"tool","name":"v"}],"x_plain":{"kind":"v"}}' \
        '{"type":"sighting","sighting_of":"'$id'","where_sighted":{"type":"identity","name":"I"}}' \
        '{"type":"incident","name":"i","source":"my own"}' >in
    try octi-stix in
    ends 0
    jq -c 'with_entries(select(.key | test("_ref|^x_|source")))' "$out" | grep -v '^{}' >refs
    status=0
    i=identity--$(octi-stix <<<'{"type":"identity","name":"I"}' | jq -r .id | cut -d- -f3-)
    t=$(octi-stix <<<'{"type":"tool","name":"T"}' | jq -r .id)
    v=$(octi-stix <<<'{"type":"tool","name":"v"}' | jq -r .id)
    f=$(octi-stix <<<'{"type":"file","name":"f"}' | jq -r .id)
    s=$(octi-stix <<<'{"type":"software","name":"s"}' | jq -r .id)
    is_text references refs "{\"created_by_ref\":\"$i\"}
{\"object_refs\":[\"$id\",\"$t\"]}
{\"sample_refs\":[\"$f\"],\"operating_system_refs\":[\"$s\"]}
{\"sample_ref\":\"$f\"}
{\"resolves_to_refs\":[\"ipv4-addr--0198f97b-e65d-5025-87e5-58bc39d4bdb4\"]}
{\"created_by_ref\":\"$i\",\"x_plain\":{\"kind\":\"v\"},\"x_acme_ref\":\"$v\",\"x_thing_refs\":[\"$v\"]}
{\"sighting_of_ref\":\"$id\",\"where_sighted_refs\":[\"$i\"]}
{\"source\":\"my own\"}"
}

@test "an object under no name stands for no reference" {
    run -0 octi-stix <<<'{"type":"note","content":"c","":[{"type":"tool","name":"T"}]}'
    assert_equal "$(jq -c '.[""]' <<<"$output")" '[{"type":"tool","name":"T"}]'
}

@test "author, tlp and marking are short forms" {
    try stix <<<'{"type":"url","value":"u","author":"Me:individual","tlp":"Amber+Strict","marking":["PAP:RED","(c) me",{"type":"marking-definition","name":"TLP:RED"}]}'
    ends 0
    [ "$(jq -r .id "$out" | sed -n '2,3p;5p' | paste -sd ' ')" = 'marking-definition--826578e1-40ad-459f-bc73-ede076f81f37 marking-definition--4e4e3b84-de45-53df-9d9b-b21207699fd8 marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed' ]
    [ "$(jq -r 'select(.type == "identity") | .name + " " + .identity_class' "$out")" = 'Me individual' ]
    [ "$(tail -n1 "$out" | jq '.object_marking_refs | length')" = 4 ]
    [ "$(tail -n1 "$out" | jq -r .x_opencti_created_by_ref)" = "$(head -n1 "$out" | jq -r .id)" ]
    try stix <<<'{"type":"url","value":"u","tlp":"pink"}'
    gives 1 '' 'octi-stix: stdin:1: object 1: tlp: "pink" is no level; they are clear, green, amber, amber+strict and red'
}

@test "what the options say is said of every object, where it belongs" {
    printf '%s\n' '{"type":"ipv4-addr","value":"1.2.3.4","labels":["b"]}' \
        '{"type":"relationship","relationship_type":"based-on","source":{"type":"indicator","pattern":"[a:b = 1]","score":9},"target_ref":"ipv4-addr--0198f97b-e65d-5025-87e5-58bc39d4bdb4","confidence":1}' \
        '{"type":"malware","name":"m","marking":"red","created_by_ref":"identity--00000000-0000-4000-8000-000000000000"}' >in
    try stix --author 'Feed: A' --tlp amber --label 'a, b,,' --label c --score 80 --confidence 70 --external-ref 'S,https://example.org,I' --external-ref T in
    ends 0
    a=$(jq -r 'select(.name == "Feed: A").id' "$out")
    r=marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed m=marking-definition--f88d31f6-486f-44da-b317-01333bde0b82
    refs='[{"source_name":"S","url":"https://example.org","external_id":"I"},{"source_name":"T"}]'
    jq -c 'del(.id, .spec_version, .created, .modified, .value, .pattern, .name, .pattern_type, .pattern_version, .valid_from, .source_ref, .target_ref, .is_family, .relationship_type)' "$out" >some
    is_text objects some "{\"type\":\"identity\",\"identity_class\":\"organization\"}
{\"type\":\"marking-definition\",\"definition_type\":\"tlp\",\"definition\":{\"tlp\":\"amber\"}}
{\"type\":\"ipv4-addr\",\"x_opencti_labels\":[\"b\",\"a\",\"c\"],\"x_opencti_created_by_ref\":\"$a\",\"x_opencti_external_references\":$refs,\"object_marking_refs\":[\"$m\"],\"x_opencti_score\":80}
{\"type\":\"indicator\",\"created_by_ref\":\"$a\",\"x_opencti_score\":9,\"labels\":[\"a\",\"b\",\"c\"],\"external_references\":$refs,\"object_marking_refs\":[\"$m\"],\"confidence\":70}
{\"type\":\"relationship\",\"created_by_ref\":\"$a\",\"confidence\":1,\"object_marking_refs\":[\"$m\"]}
{\"type\":\"marking-definition\",\"definition_type\":\"tlp\",\"definition\":{\"tlp\":\"red\"}}
{\"type\":\"malware\",\"created_by_ref\":\"identity--00000000-0000-4000-8000-000000000000\",\"object_marking_refs\":[\"$r\"],\"labels\":[\"a\",\"b\",\"c\"],\"external_references\":$refs,\"confidence\":70}"
}

@test "--report ends with a report of all but markings and authors" {
    printf '%s\n' '{"type":"malware","name":"Emotet"}' '{"type":"malware","name":"Emotet"}' '{"type":"url","value":"u"}' >in
    try stix --author A --tlp red --report 'R é' --type internal-report --published 2024-05-06T07:08:09+01:00 in
    ends 0
    tail -n1 "$out" | jq -c '[.name, .published, .report_types, .object_refs, .object_marking_refs]' >"$out.report"
    is_text report "$out.report" '["R é","2024-05-06T06:08:09.000Z",["internal-report"],["malware--36297121-bf18-56e1-b200-d39c9f9f5cee","'"$(jq -r 'select(.type == "url").id' "$out")"'"],["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"]]'
    try octi-stix --report R </dev/null
    gives 0 '' ''
}

@test "the same object again is printed once; with other contents it is printed again" {
    printf '%s\n' '{"type":"malware","name":"Emotet"}' '{"type":"malware","name":"Emotet"}' '{"type":"malware","name":"emotet"}' >in
    try octi-stix in
    ends 0
    [ "$(jq -r .name "$out" | paste -sd ' ')" = 'Emotet emotet' ]
}

@test "ids that begin alike, as those made one after another do, take no longer" {
    # In a table that looks at their beginning only, 20 thousand million comparisons.
    awk 'BEGIN { for (i = 0; i < 200000; i++)
        printf "{\"type\":\"process\",\"id\":\"process--01890000-0000-7000-8000-%012x\",\"pid\":%d}\n", i, i }' >in
    [ "$(ulimit -t 12 && octi-stix in | wc -l)" = 200000 ]
}

@test "a date that nobody gave is not in the id" {
    for object in '"note","content":"c"' '"report","name":"r"' '"incident","name":"i"' '"grouping","name":"g"'; do
        octi-stix <<<"{\"type\":$object}" | jq -r .id >one
        sleep 0.01
        octi-stix <<<"{\"type\":$object}" | jq -r .id >two
        cmp one two
        stix <<<"{\"type\":$object}" | jq -r .id >three
        run ! cmp -s one three
    done
}

@test "--ids platform: the ids and the patterns that the platform makes" {
    printf '%s\n' '{"type":"domain-name","value":" Example.ORG "}' '{"type":"domain-name","value":"example.org"}' >in
    [ "$(octi-stix --ids platform in | jq -r .id | sort -u | wc -l)" = 1 ]
    [ "$(octi-stix --ids pycti in | jq -r .id | sort -u | wc -l)" = 2 ]
    cmp <(stix --ids pycti in) <(stix in)
    echo '{"type":"indicator","pattern":"[ipv4-addr:value='\''1.2.3.4'\'']"}' >in
    try stix --ids platform in
    [ "$(jq -r '.id, .pattern' "$out" | paste -sd ' ')" = "indicator--274128a4-2ad4-50b5-ae7b-b0dea1fa9861 [ipv4-addr:value = '1.2.3.4']" ]
    try stix in
    [ "$(jq -r .pattern "$out")" = "[ipv4-addr:value='1.2.3.4']" ]
}

@test "--rewrite-ids: ids of their contents, references follow, also to what comes later" {
    u() { echo "$1--00000000-0000-4000-8000-00000000000$2"; }
    cat >in <<END
{"type": "bundle", "id": "bundle--1", "objects": [
{"type":"report","id":"$(u report 1)","name":"R","published":"2020-01-01T00:00:00.000Z","object_refs":["$(u relationship 2)","$(u malware 3)","$(u malware 9)"],
 "object_marking_refs":["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"]},
{"type":"relationship","id":"$(u relationship 2)","relationship_type":"uses","source_ref":"$(u intrusion-set 4)","target_ref":"$(u malware 3)","description":"see $(u malware 3)"},
{"type":"malware","id":"$(u malware 3)","name":"Emotet","granular_markings":[{"marking_ref":"$(u malware 3)"}]},
{"type":"intrusion-set","id":"$(u intrusion-set 4)","name":"I","x":{"deep":["$(u malware 3)"]}},
{"type":"process","id":"$(u process 5)","pid":1},
{"type":"malware","id":"$emotet","name":"emotet","description":"has it already"}]}
END
    try stix --rewrite-ids --map map in
    gives 0 "$(cat "$out")" ''
    jq -r .id "$out" >ids
    printf '%s\n' '{"type":"malware","name":"Emotet"}' '{"type":"intrusion-set","name":"I"}' \
        '{"type":"report","name":"R","published":"2020-01-01T00:00:00.000Z"}' | stix | jq -r .id >own
    intrusion=$(sed -n 2p own)
    relationship=$(stix <<<"{\"type\":\"relationship\",\"relationship_type\":\"uses\",\"source_ref\":\"$intrusion\",\"target_ref\":\"$emotet\"}" | jq -r .id)
    is_text ids ids "$(sed -n 3p own)
$relationship
$emotet
$intrusion
$(u process 5)
$emotet"
    jq -c '[.object_refs, .source_ref, .target_ref, .description, .granular_markings, .x, .object_marking_refs] | map(select(.))' "$out" >refs
    is_text references refs "[[\"$relationship\",\"$emotet\",\"$(u malware 9)\"],[\"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed\"]]
[\"$intrusion\",\"$emotet\",\"see $(u malware 3)\"]
[[{\"marking_ref\":\"$emotet\"}]]
[{\"deep\":[\"$emotet\"]}]
[]
[\"has it already\"]"
    is_text map map "{\"from\":\"$(u report 1)\",\"to\":\"$(sed -n 3p own)\"}
{\"from\":\"$(u relationship 2)\",\"to\":\"$relationship\"}
{\"from\":\"$(u malware 3)\",\"to\":\"$emotet\"}
{\"from\":\"$(u intrusion-set 4)\",\"to\":\"$intrusion\"}"
    # Again, there is nothing to do.
    cp "$out" first
    try stix --rewrite-ids --map map first
    cmp "$out" first
    [ ! -s map ]
}

@test "--rewrite-ids: relationships of relationships, and in a circle" {
    u() { echo "relationship--00000000-0000-4000-8000-00000000000$1"; }
    printf '%s\n' "{\"type\":\"relationship\",\"id\":\"$(u 1)\",\"relationship_type\":\"r\",\"source_ref\":\"$(u 2)\",\"target_ref\":\"$emotet\"}" \
        "{\"type\":\"relationship\",\"id\":\"$(u 2)\",\"relationship_type\":\"r\",\"source_ref\":\"$(u 1)\",\"target_ref\":\"$emotet\"}" >in
    try stix --rewrite-ids in
    ends 0
    [ "$(jq -r .id "$out" | grep -c -- '-5[0-9a-f]*-[89ab]')" = 2 ]
    [ "$(jq -r .source_ref "$out" | paste -sd ' ')" = "$(jq -r .id "$out" | tac | paste -sd ' ')" ]
}

@test "bundles, objects, arrays; from several files; an object with objects is no bundle" {
    echo '{"objects":[{"type":"tool","name":"a"}],"type":"bundle"}' >one
    echo '[{"type":"tool","name":"b"},{"objects":[{"type":"tool","name":"c"}]},{"objects":[{"type":"tool","name":"d"}],"type":"note","content":"n"}]' >two
    try octi-stix one - two <<<'{"type":"tool","name":"e"}'
    ends 0
    [ "$(jq -r '.name // .content' "$out" | paste -sd ' ')" = 'a e b c d n' ]
}

@test "what comes by a pipe is printed as it comes" {
    mkfifo in
    octi-stix <in >"$out" &
    exec 7>in
    echo '{"type":"tool","name":"a"}' >&7
    for _ in $(seq 100); do
        [ -s "$out" ] && break
        sleep 0.05
    done
    [ "$(jq -r .name "$out")" = a ]
    printf '{"type":"tool",\n"name":"b\\"}"}\n[{"type":"tool","name":"c"}' >&7
    echo ']' >&7
    exec 7>&-
    wait $!
    [ "$(jq -r .name "$out" | paste -sd ' ')" = 'a b"} c' ]
}

@test "a failure names the place; what came before is printed, and nothing of that object" {
    printf '%s\n' '{"type":"tool","name":"a"}' '' '{"type":"note","content":"c","objects":[{"type":"tool","name":"b"},{"type":"tool"}]}' '{"type":"tool","name":"c"}' >in
    try octi-stix in
    [ "$(jq -r .name "$out")" = a ]
    ends 1 '^octi-stix: in:3: object 2: objects: it has no name, of which its id is made$'
    try octi-stix <<<'{"type":"malware","id":"malware--1","name":"m"}'
    gives 1 '' 'octi-stix: stdin:1: object 1 (malware--1): its id is no STIX id'
    try octi-stix <<<'{"name":"x"}'
    gives 1 '' 'octi-stix: stdin:1: object 1: it has no type'
    try octi-stix <<<'{"type":"a\"b","name":"x"}'
    gives 1 '' 'octi-stix: stdin:1: object 1: its type is none: a"b'
    try octi-stix <<<'{"type":"tool","name":{"a":1}}'
    gives 1 '' 'octi-stix: stdin:1: object 1: its name is no string'
    try octi-stix <<<'{"type":"tool","name":"\ud800"}'
    gives 1 '' 'octi-stix: stdin:1: object 1: its name: a surrogate without its other half'
    try octi-stix <<<'{"type":"tool","name":"t","author":"A\ud83d"}'
    gives 1 '' 'octi-stix: stdin:1: object 1: author: its name: a surrogate without its other half'
    try octi-stix <<<'{"type":"tool","name":"t","\udc00":"\udc00"}'
    ends 0
    grep -qF '"\udc00":"\udc00"' "$out"
    try octi-stix <<<'{"type":"relationship","relationship_type":"r","source":[{"type":"tool","name":"t"}],"target_ref":"x"}'
    gives 1 '' 'octi-stix: stdin:1: object 1: source: a list, where one object belongs'
    try octi-stix < <(printf '{"type":"tool","name":"t"}\n\n{"type" "tool"}')
    ends 1 '^octi-stix: stdin:3:9: not JSON: '
    try octi-stix < <(printf '{"type":"tool","name":"t')
    ends 1 '^octi-stix: stdin:1:23: not JSON: string without its closing quote$'
    try octi-stix nowhere
    gives 1 '' 'octi-stix: nowhere: No such file or directory'
}

@test "what could not be completed is said, unless -q" {
    printf '%s\n' '{"type":"process","pid":1}' '{"type":"x-acme","name":"n"}' \
        '{"type":"malware-analysis","result_name":"r"}' >in
    try octi-stix in
    ends 0
    is_text stderr "$err" 'octi-stix: process: its id is random: nothing in it makes one
octi-stix: x-acme "n": its id is random: nothing in it makes one
octi-stix: '"$(tail -n1 "$out" | jq -r .id)"': it has no product'
    grep -qE '"process--[0-9a-f]{8}-[0-9a-f]{4}-4' "$out"
    try octi-stix -q in
    ends 0
    assert_file_empty "$err"
}

@test "what is wrong with the call is told before anything is read" {
    for call in "--tlp pink|--tlp pink: it is clear, green, amber, amber+strict or red" \
        "--score 101|--score 101: it is 0 to 100" "--score -1|--score -1: it is 0 to 100" \
        "--confidence x|--confidence x: it is 0 to 100" \
        "--created soon|--created soon: no date; one is 2020-01-31T12:00:00Z" \
        "--report R --published 2020-02-30|--published 2020-02-30: no date; one is 2020-01-31T12:00:00Z" \
        "--ids mine|--ids mine: it is pycti or platform" \
        "--published 2020-01-01|--published is for a --report" "--type t|--type is for a --report" \
        "--external-ref ,u|--external-ref ,u: it begins with a comma" \
        "--label=|--label : it is empty" "--author=|--author : it is empty" \
        "--map m|--map is for --rewrite-ids; see octi-stix --help"; do
        # shellcheck disable=SC2086
        try octi-stix ${call%%|*} nowhere
        gives 2 '' "octi-stix: ${call#*|}"
    done
    try octi-stix --author $'\xff'
    ends 2 'not UTF-8$'
}

@test "the ids of random objects are those of pycti and python-stix2" {
    python "$tests/interop/ids.py" "$OCTI_BUILD/octi-stix" "${OCTI_TEST_IDS:-1000}" "${OCTI_TEST_SEED:-1}"
}

@test "OASIS's validator accepts what is made of the least of every type" {
    python "$tests/interop/valid.py" "$OCTI_BUILD/octi-stix"
}

@test "a level that is none is refused in a list too" {
    try octi-stix <<<'{"type": "ipv4-addr", "value": "1.2.3.4", "tlp": ["a"]}'
    gives 1 '' 'octi-stix: stdin:1: object 1: tlp: "a" is no level; they are clear, green, amber, amber+strict and red'
}
