#!/usr/bin/env bats
# shellcheck disable=SC2016
# The verbs list and get.
load helper

setup_file() {
    platform_up seven --release 7
    platform_use seven
    control POST 'objects/fill?n=7&type=malware'
    control POST 'objects/fill?n=3&type=ipv4-addr'
    control POST objects "$(things)"
    platform_up old --release 6.7
    platform_use old
    control POST 'objects/fill?n=4&type=malware'
}

teardown_file() {
    platforms_down
}

setup() {
    platform_fresh seven
}

id() { # TYPE NUMBER
    printf '%s--00000000-0000-4000-8000-%012d' "$1" "$2"
}

things() {
    jq -cn --arg acme "$(id identity 1)" --arg report "$(id report 2)" --arg tool "$(id tool 3)" --arg uses "$(id relationship 4)" \
        --arg seen "$(id sighting 5)" '[
        {type: "identity", id: $acme, name: "ACME", identity_class: "organization"},
        {type: "tool", id: $tool, name: "Tool", created_by_ref: $acme},
        {type: "report", id: $report, name: "Report", published: "2024-01-01T00:00:00Z", object_refs: [$tool], x_note: "line\nbreak"},
        {type: "relationship", id: $uses, relationship_type: "related-to", source_ref: $tool, target_ref: $acme},
        {type: "sighting", id: $seen, sighting_of_ref: $tool, where_sighted_refs: [$acme]}]'
}

names() { # FIRST LAST
    seq -f 'malware %g' "$1" "$2"
}

asked() { # the variables of each request, a line each
    requests | jq -c .variables
}

document() { # of the last request
    requests | tail -n1 | jq -r .query
}

refused() { # MESSAGE ARGS...: a mistake of the call, nothing is asked
    local message=$1
    shift
    forget_requests
    try octi-query "$@"
    gives 2 '' "octi-query: $message"
    [ -z "$(requests)" ]
}

@test "what is asked, and what is printed" {
    try octi-query list malwares --limit 1
    ends 0
    [ "$(document)" = 'query malwares($first: Int, $after: ID) { malwares(first: $first, after: $after) { edges { node { id standard_id entity_type representative { main } } } pageInfo { hasNextPage endCursor } } }' ]
    [ "$(asked)" = '{"first":1}' ]
    [ "$(jq -c 'keys' "$out")" = '["entity_type","id","representative","standard_id"]' ]
    [ "$(jq -r '.representative.main' "$out")" = 'malware 0' ]
    try octi-query list malware --fields 'name,createdBy{id}' --limit 2
    gives 0 '{"name":"malware 0","createdBy":null}
{"name":"malware 1","createdBy":null}' ''
    try octi-query list malware -r name --fields name
    gives 0 "$(names 0 6)" ''
    try octi-query list malware -r representative.main
    gives 0 "$(names 0 6)" ''
}

@test "types: of STIX, of the platform, and the names of lists" {
    local type wanted
    while read -r type wanted; do
        forget_requests
        try octi-query list "$type" --limit 1
        ends 0
        [ "$(document | sed -n 's/^query \(\w*\)(.*after: \$after\(, types: \[.*\]\)\?) { edges.*/\1\2/p')" = "$wanted" ]
    done <<'END'
malware malwares
Malware malwares
malwares malwares
ipv4-addr stixCyberObservables, types: ["IPv4-Addr"]
IPv4-Addr stixCyberObservables, types: ["IPv4-Addr"]
file stixCyberObservables, types: ["StixFile"]
StixFile stixCyberObservables, types: ["StixFile"]
relationship stixCoreRelationships
stix-core-relationship stixCoreRelationships
sighting stixSightingRelationships
identity identities
Organization identities, types: ["Organization"]
location locations
City locations, types: ["City"]
x-opencti-case-rfi caseRfis
threat-actor threatActors
malware-analysis stixDomainObjects, types: ["Malware-Analysis"]
Stix-Cyber-Observable stixCyberObservables
stixCoreObjects stixCoreObjects
marking-definition markingDefinitions
containers containers
stixObjectOrStixRelationships stixObjectOrStixRelationships
works works
streamCollections streamCollections
END
    refused 'malwarez: no such type; a list that is not known here needs --fields' list malwarez
    refused 'a b: no such type; a list that is not known here needs --fields' list 'a b' --fields id
    refused 'works have no STIX' list works --stix
    try octi-query list playbooks --fields id
    ends 2 '^octi-query: playbooks: GRAPHQL_VALIDATION_FAILED: Cannot query field "playbooks"'
}

@test "every list and type that is known here is one of the platform's, with all that is asked of it" {
    local word form
    # The words of listing.c: each list, each type.
    sed -n 's/^\t{ "\([^"]*\)", \([A-Za-z_"]*\).*/\1 \2/p' "$tests/../lib/listing.c" >words
    [ "$(wc -l <words)" -gt 150 ]
    OPENCTI_TOKEN=$(token admin)
    while read -r word _; do
        for form in '' --ids --stix; do
            # shellcheck disable=SC2086
            try octi-query list "$word" $form --limit 2
            [ "$status" -eq 0 ] || { [ "$form" = --stix ] && grep -q 'have no STIX$' "$err"; } ||
                grep -q 'Cannot query field "[a-zA-Z]*" on type "Query"' "$err" || ends 0
        done
    done <words
    while read -r word wanted; do
        case $wanted in STIX | ANY | KNOWN | CONTAINER | FILE_OF | STREAM | WORK | STATUS) continue ;; esac
        try octi-query list "$word" --order-by created_at --limit 1
        [ "$status" -eq 0 ] || grep -q 'Cannot query field' "$err" || [ "$word" = vocabulary ] || ends 0
    done <words
}

@test "--ids and --stix" {
    try octi-query list tool --ids
    gives 0 "$(id tool 3)" ''
    [[ "$(document)" = *'{ node { standard_id } }'* ]]
    try octi-query list works --ids
    gives 0 '' ''
    try octi-query list report --stix
    ends 0
    [[ "$(document)" = *'{ node { id toStix } }'* ]]
    [ "$(wc -l <"$out")" -eq 1 ]
    [ "$(jq -r '.id, .x_note' "$out")" = "$(id report 2)
line
break" ]
    try octi-query list containers --stix
    ends 0
    [[ "$(document)" = *'{ node { id ... on StixCoreObject { toStix } } }'* ]]
    [ "$(jq -r .id "$out")" = "$(id report 2)" ]
    try octi-query list stixObjectOrStixRelationships --stix
    ends 0
    [ "$(jq -r .type "$out" | sort | uniq -c | awk '{ print $2 ":" $1 }' | paste -sd ' ')" = \
        'identity:1 ipv4-addr:3 malware:7 marking-definition:5 relationship:1 report:1 sighting:1 tool:1' ]
    try octi-query list stixObjectOrStixRelationships --ids
    [ "$(wc -l <"$out")" -eq 20 ]
}

@test "--stix: what has none is told, what is broken is refused" {
    faults '[{"match":"labels","body":{"data":{"labels":{"edges":[{"node":{"id":"a","toStix":null}},{"node":{"id":"b","toStix":"{\"id\": \"b\"}\n"}},{"node":{"id":"c","toStix":""}}],"pageInfo":{"hasNextPage":false,"endCursor":"x"}}}}}]'
    try octi-query list labels --stix
    gives 1 '{"id":"b"}' 'octi-query: 2 elements have no STIX and are left out'
    local broken
    for broken in '{' '[]' '1 2' 'nothing'; do
        faults "[{\"match\":\"labels\",\"body\":{\"data\":{\"labels\":{\"edges\":[{\"node\":{\"toStix\":\"$broken\"}}],\"pageInfo\":{\"hasNextPage\":false,\"endCursor\":\"x\"}}}}}]"
        try octi-query list labels --stix
        ends 1 "^octi-query: the platform's STIX"
        assert_file_empty "$out"
    done
}

@test "filters: the group that is made of them" {
    octi-query list malware --filter name='malware 1,malware\,2' --filter created_at:gt=2024-01-01T00:00:00Z --filter createdBy:nil= \
        --filter objectLabel:not_eq=a,b --filter 'hashes.SHA-256:not_nil=' --filter created:within=now-1d,now >"$out" || true
    [ "$(asked | jq -c .filters)" = "$(
        jq -c . <<'END'
{"mode": "and", "filters": [
    {"key": ["name"], "operator": "eq", "values": ["malware 1", "malware,2"], "mode": "or"},
    {"key": ["created_at"], "operator": "gt", "values": ["2024-01-01T00:00:00Z"], "mode": "or"},
    {"key": ["createdBy"], "operator": "nil", "values": [], "mode": "or"},
    {"key": ["objectLabel"], "operator": "not_eq", "values": ["a", "b"], "mode": "and"},
    {"key": ["hashes.SHA-256"], "operator": "not_nil", "values": [], "mode": "and"},
    {"key": ["created"], "operator": "within", "values": ["now-1d", "now"], "mode": "or"}], "filterGroups": []}
END
    )" ]
    [[ "$(document)" = 'query malwares($first: Int, $after: ID, $filters: FilterGroup) { malwares(first: $first, after: $after, filters: $filters) {'* ]]
    try octi-query list malware --filter name='malware 1,malware 5' -r representative.main
    gives 0 'malware 1
malware 5' ''
    try octi-query list malware --filter name:not_eq='malware 1,malware 5' --filter name:ends_with=1,2,5 -r representative.main
    gives 0 'malware 2' ''
}

@test "--filters: a whole group, and beside --filter" {
    local group='{"mode": "or", "filters": [{"key": "name", "values": ["malware 1"]}], "filterGroups": []}'
    try octi-query list malware --filters "$group" -r representative.main
    gives 0 'malware 1' ''
    [ "$(asked | jq -c .filters)" = "$(jq -c . <<<"$group")" ]
    forget_requests
    try octi-query list malware --filters "$group" --filter name:contains=malware -r representative.main
    gives 0 'malware 1' ''
    [ "$(asked | jq -c .filters.filterGroups)" = "[$(jq -c . <<<"$group")]" ]
}

@test "filters: mistakes" {
    refused 'not KEY[:OPERATOR]=VALUE,...: name' list malware --filter name
    refused 'not KEY[:OPERATOR]=VALUE,...: =x' list malware --filter =x
    refused 'not KEY[:OPERATOR]=VALUE,...: :eq=x' list malware --filter :eq=x
    refused 'name:like=x: no such operator: like' list malware --filter name:like=x
    refused 'name:=x: no such operator: ' list malware --filter name:=x
    refused 'name=: no value; name:nil= is for what has none' list malware --filter name=
    refused 'name:nil=x: nil takes no values' list malware --filter name:nil=x
    refused 'created:within=now: within takes two values, from and to' list malware --filter created:within=now
    refused '--filters: not JSON: {' list malware --filters '{'
    refused '--filters: not a JSON object: []' list malware --filters '[]'
    refused '--filters: a group needs mode, filters and filterGroups; filterGroups is missing' \
        list malware --filters '{"mode":"and","filters":[]}'
    try octi-query list malware --filter nokey=1
    ends 1 '^octi-query: malwares: UNSUPPORTED_ERROR: Incorrect filter keys'
}

@test "search and order" {
    try octi-query list malware --search 'WARE 3' -r representative.main
    gives 0 'malware 3' ''
    [ "$(asked)" = '{"search":"WARE 3","first":500}' ]
    try octi-query list malware --order-by name --desc --limit 2 -r representative.main
    gives 0 'malware 6
malware 5' ''
    [[ "$(document)" = *'after: $after, orderBy: name, orderMode: desc)'* ]]
    try octi-query list malware --order-by name --page 3 -r representative.main
    gives 0 "$(names 0 6)" ''
    try octi-query list malware --order-by nothing
    ends 2 '^octi-query: malwares: GRAPHQL_VALIDATION_FAILED: '
    refused '--order-by: not the name of a field: a b; see octi-query --help' list malware --order-by 'a b'
    refused '--desc goes with --order-by; see octi-query --help' list malware --desc
}

@test "pages: to their end, with an empty one after a full last one" {
    try octi-query list malware --page 3 -r representative.main
    gives 0 "$(names 0 6)" ''
    [ "$(asked)" = '{"first":3}
{"first":3,"after":"WzJd"}
{"first":3,"after":"WzVd"}' ]
    forget_requests
    try octi-query list malware --page 7 -r representative.main
    gives 0 "$(names 0 6)" ''
    [ "$(asked)" = '{"first":7}
{"first":7,"after":"WzZd"}' ]
    forget_requests
    try octi-query list malware --after WzJd --page 3 -r representative.main
    gives 0 "$(names 3 6)" ''
    [ "$(asked | head -n1)" = '{"first":3,"after":"WzJd"}' ]
}

@test "--limit is exact, and asks for no more" {
    local limit
    for limit in 1 2 3 4 6 7 8; do
        forget_requests
        try octi-query list malware --page 3 --limit $limit -r representative.main
        gives 0 "$(names 0 $((limit < 7 ? limit - 1 : 6)))" ''
        [ "$(asked | jq -s 'map(.first) | add')" -le $((limit < 7 ? limit : 9)) ]
    done
    forget_requests
    try octi-query list malware --limit 0
    gives 0 '' ''
    [ -z "$(requests)" ]
}

@test "--page: 500, at most 5000" {
    octi-query list malware >"$out"
    [ "$(asked)" = '{"first":500}' ]
    forget_requests
    try octi-query list malware --page 5000 -r representative.main
    gives 0 "$(names 0 6)" ''
    [ "$(asked)" = '{"first":5000}' ]
    forget_requests
    try octi-query list malware --page 6000 -r representative.main
    gives 0 "$(names 0 6)" 'octi-query: warning: the platform gives at most 5000 elements at a time'
    [ "$(asked)" = '{"first":5000}' ]
    forget_requests
    refused '--page: at least 1; see octi-query --help' list malware --page 0
}

@test "what is busy is asked again, after the time it wants" {
    local fault
    for fault in '"status":429' '"status":503' '"status":500' '"graphql_code":"LOCK_ERROR"' '"close":true' '"truncate":10'; do
        forget_requests
        faults "[{\"match\":\"malwares\",\"skip\":1,\"times\":1,$fault}]"
        try octi-query list malware --page 3 -r representative.main
        gives 0 "$(names 0 6)" ''
        [ "$(asked | jq -r .after | paste -sd ' ')" = 'null WzJd WzJd WzVd' ]
    done
    faults '[{"match":"malwares","times":1,"status":429,"retry_after":1}]'
    try octi-query list malware --verbose --limit 1 -r representative.main
    gives 0 'malware 0' 'octi-query: malwares: HTTP 429: try again in 1 s; trying again in 1.0 s'
}

@test "five tries, then how to go on" {
    faults '[{"match":"malwares","skip":1,"status":429,"retry_after":1}]'
    try octi-query list malware --page 3 -r representative.main
    gives 75 "$(names 0 2)" 'octi-query: to go on: --after WzJd
octi-query: malwares: HTTP 429: try again in 1 s'
    [ "$(asked | wc -l)" -eq 6 ]
    faults '[{"match":"malwares","skip":1,"status":429,"retry_after":1}]'
    try octi-query list malware --page 3 --limit 5 -r representative.main
    gives 75 "$(names 0 2)" 'octi-query: to go on: --after WzJd --limit 2
octi-query: malwares: HTTP 429: try again in 1 s'
    faults
    try octi-query list malware --after WzJd --limit 2 -r representative.main
    gives 0 "$(names 3 4)" ''
}

@test "what is refused is not asked again" {
    faults '[{"match":"malwares","graphql_code":"FORBIDDEN_ACCESS"}]'
    try octi-query list malware
    ends 1 '^octi-query: malwares: FORBIDDEN_ACCESS: '
    [ "$(requests | wc -l)" -eq 1 ]
    faults '[{"match":"malwares","skip":1,"body":{"data":{"malwares":{"edges":[{"node":{"x":1}}],"pageInfo":{"hasNextPage":true,"endCursor":"WzJd"}}}}}]'
    try octi-query list malware --page 3 -r representative
    ends 1 '^octi-query: nothing at representative in the answer$'
    faults '[{"match":"malwares","body":{"data":{"malwares":{"edges":[{"node":{"x":1}}],"pageInfo":{"hasNextPage":true,"endCursor":"WzJd"}}}}}]'
    try octi-query list malware
    ends 1 '^octi-query: the pages do not go on: the cursor stays WzJd$'
}

@test "a page is printed as soon as it is there" {
    faults '[{"match":"malwares","skip":1,"delay":20}]'
    octi-query list malware --page 3 >"$out" 2>"$err" 3>&- 4>&- &
    until_true 15 eval '[ "$(wc -l <"$out")" -eq 3 ]'
    kill $!
    wait $! || true
}

@test "release 6.7: the same questions" {
    platform_use old
    forget_requests
    try octi-query list malware --stix --filter name:not_eq='malware 0'
    ends 0
    [ "$(jq -r .name "$out")" = "$(names 1 3)" ]
    try octi-query list malware --page 3 -r representative.main
    gives 0 "$(names 0 3)" ''
    [ "$(requests | wc -l)" -eq 3 ]
    try octi-query get "$(octi-query list malware --ids --limit 1)" --stix
    ends 0
    [ "$(jq -r .name "$out")" = 'malware 0' ]
}

old_answer='{"match":"malwares","body":{"data":{"malwares":{"edges":[{"node":{"id":"1"}}],"pageInfo":{"hasNextPage":false,"endCursor":"x"}}}}}'

@test "platforms before 5.12: filters as they took them" {
    faults '[{"match":"malwares","times":1,"graphql_code":"GRAPHQL_VALIDATION_FAILED","message":"Unknown type \"FilterGroup\"."},'"$old_answer]"
    try octi-query list malware --filter name='a "b",c' --filter labelledBy:not_eq=x --verbose
    gives 0 '{"id":"1"}' 'octi-query: malwares: GRAPHQL_VALIDATION_FAILED: Unknown type "FilterGroup".; asking as of a platform before 5.12'
    [ "$(document)" = 'query malwares($first: Int, $after: ID) { malwares(first: $first, after: $after, filters: [{ key: [name], values: ["a \"b\"", "c"], operator: "eq", filterMode: or }, { key: [labelledBy], values: ["x"], operator: "not_eq", filterMode: and }]) { edges { node { id standard_id entity_type } } pageInfo { hasNextPage endCursor } } }' ]
    [ "$(asked | tail -n1)" = '{"first":500}' ]
    # Once only; a whole group cannot be said in the old way; neither is a mistake of the fields an old platform.
    faults '[{"match":"malwares","graphql_code":"GRAPHQL_VALIDATION_FAILED","message":"Unknown type \"FilterGroup\"."}]'
    forget_requests
    try octi-query list malware --filter name=a
    ends 2 'Unknown type "FilterGroup"'
    [ "$(requests | wc -l)" -eq 2 ]
    try octi-query list malware --filters '{"mode":"and","filters":[],"filterGroups":[]}'
    ends 2 'Unknown type "FilterGroup"'
    [ "$(requests | wc -l)" -eq 3 ]
    faults
    try octi-query list malware --filter name=a --fields nope
    ends 2 'Cannot query field "nope"'
    [ "$(requests | wc -l)" -eq 4 ]
}

@test "get: an object, its fields, its STIX" {
    local tool
    tool=$(id tool 3)
    try octi-query get "$tool"
    ends 0
    [ "$(document)" = 'query get($id: String!) { stixObjectOrStixRelationship(id: $id) { ... on BasicObject { id standard_id entity_type } ... on BasicRelationship { id standard_id entity_type } } }' ]
    [ "$(jq -r '.standard_id, .entity_type' "$out")" = "$tool
Tool" ]
    try octi-query get "$(jq -r .id "$out")" -r standard_id
    gives 0 "$tool" ''
    try octi-query get "$tool" --fields 'name, createdBy { name }'
    gives 0 '{"name":"Tool","createdBy":{"name":"ACME"}}' ''
    [[ "$(document)" = *'{ ... on Tool { name, createdBy { name } } }'* ]]
    try octi-query get "$(id relationship 4)" --fields relationship_type -r relationship_type
    gives 0 related-to ''
    try octi-query get "$tool" --stix
    ends 0
    [ "$(document)" = 'query stix($id: String!) { stix(id: $id) }' ]
    [ "$(wc -l <"$out")" -eq 1 ]
    [ "$(jq -r .created_by_ref "$out")" = "$(id identity 1)" ]
}

@test "get: what is not there is status 1" {
    try octi-query get "$(id tool 99)"
    gives 1 '' "octi-query: $(id tool 99): not found"
    try octi-query get "$(id tool 99)" --fields name
    gives 1 '' "octi-query: $(id tool 99): not found"
    try octi-query get "$(id tool 99)" --stix
    gives 1 '' "octi-query: $(id tool 99): not found"
    try octi-query get "$(id tool 3)" --fields nope
    ends 2 'Cannot query field "nope" on type "Tool"'
}

@test "mistakes of the call" {
    refused 'list needs a TYPE; see octi-query --help' list
    refused 'get needs an ID; see octi-query --help' get
    refused 'too many operands: b; see octi-query --help' list a b
    refused 'too many operands: b; see octi-query --help' get a b
    refused 'too many operands: a; see octi-query --help' export a
    refused 'one document only: malware; see octi-query --help' '{ me { id } }' malware
    refused '--filter goes with list; see octi-query --help' --filter a=b '{ me { id } }'
    refused '--fields goes with list and get; see octi-query --help' --fields a '{ me { id } }'
    refused '--stix goes with list and get; see octi-query --help' export --stix
    refused '--limit goes with list; see octi-query --help' get x --limit 1
    refused '-v goes with a document; see octi-query --help' list malware -v a=b
    refused '--all goes with a document; see octi-query --help' list malware --all
    refused 'one of --fields, --stix and --ids only; see octi-query --help' list malware --stix --ids
    refused '-r does not go with --stix and --ids; see octi-query --help' list malware --stix -r id
    refused '--fields: not a list of fields: name}; see octi-query --help' list malware --fields 'name}'
    refused '--fields: not a list of fields: a{b; see octi-query --help' list malware --fields 'a{b'
    refused '--fields: not a list of fields:  ,; see octi-query --help' list malware --fields ' ,'
}

@test "--as and --draft go with every question" {
    octi-query list malware --as "$(user_id analyst)" --draft '' >"$out"
    octi-query get "$(id tool 3)" --as "$(user_id analyst)" --draft '' --fields name >"$out"
    [ "$(requests | jq -c '.headers | [.["opencti-draft-id"], .["opencti-applicant-id"]]' | sort -u)" = "[\"\",\"$(user_id analyst)\"]" ]
}

@test "/dev/full is never success" {
    status=0
    octi-query list malware --page 3 >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-query: stdout: No space left on device$'
    status=0
    octi-query get "$(id tool 3)" --stix >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-query: stdout: No space left on device$'
}

resident() { # COMMAND...: its largest resident size, in KB; a sanitizer shall not keep what is freed
    local -x ASAN_OPTIONS=quarantine_size_mb=0:thread_local_quarantine_size_kb=0
    python -c 'import os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
_, status, use = os.wait4(pid, 0)
assert status == 0
print(use.ru_maxrss)' "$@"
}

@test "200 pages take no more memory than one" {
    platform_up big --release 7
    platform_use big
    control POST 'objects/fill?n=10000&type=malware'
    local one many
    one=$(resident octi-query list malware --stix --page 50 --limit 50)
    many=$(resident octi-query list malware --stix --page 50)
    [ "$(requests | wc -l)" -eq 202 ]
    echo "$one KB for a page, $many KB for 200"
    [ $((many - one)) -lt 2048 ]
}
