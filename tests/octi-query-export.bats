#!/usr/bin/env bats
# shellcheck disable=SC2016
# The verb export: what is in the bundle that an export job asks for.
load helper

green=marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da
red=marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed

setup_file() {
    platform_up seven --release 7
    platform_use seven
    control POST objects "$(things)"
    platform_up old --release 6.7
    platform_use old
    control POST objects "$(things)"
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

# Malware 2 of identity 1 uses tool 3, which is red; indicator 4 indicates it; it was sighted by identities 7 (red) and 1.
# Note 9 and report 10 are by 7; the report holds the note and all of the others.
things() {
    jq -cn --arg green $green --arg red $red 'def id($type; $n): "\($type)--00000000-0000-4000-8000-\("00000000000\($n)"[-12:])";
        def thing($type; $n): {type: $type, spec_version: "2.1", id: id($type; $n)}; [
        thing("identity"; 1) + {name: "ACME", identity_class: "organization", object_marking_refs: [$green]},
        thing("malware"; 2) + {name: "Bad", created_by_ref: id("identity"; 1), object_marking_refs: [$green]},
        thing("tool"; 3) + {name: "Secret", object_marking_refs: [$red]},
        thing("indicator"; 4) + {name: "Sign", pattern: "[a:b = \u0027c\u0027]", pattern_type: "stix", created_by_ref: id("identity"; 1)},
        thing("relationship"; 5) + {relationship_type: "uses", source_ref: id("malware"; 2), target_ref: id("tool"; 3)},
        thing("relationship"; 6) + {relationship_type: "indicates", source_ref: id("indicator"; 4), target_ref: id("malware"; 2)},
        thing("identity"; 7) + {name: "Hidden", identity_class: "organization", object_marking_refs: [$red]},
        thing("sighting"; 8) + {sighting_of_ref: id("malware"; 2), where_sighted_refs: [id("identity"; 7), id("identity"; 1)]},
        thing("note"; 9) + {content: "n", created_by_ref: id("identity"; 7), object_refs: [id("malware"; 2), id("tool"; 3), id("ipv4-addr"; 11)]},
        thing("report"; 10) + {name: "Report", published: "2024-01-01T00:00:00Z", created_by_ref: id("identity"; 7),
            object_refs: [id("malware"; 2), id("tool"; 3), id("relationship"; 5), id("relationship"; 6), id("note"; 9)]},
        thing("ipv4-addr"; 11) + {value: "192.0.2.1"},
        thing("sighting"; 12) + {sighting_of_ref: id("ipv4-addr"; 11), where_sighted_refs: [id("identity"; 7)]}]'
}

internal() { # ID: the platform's own id of an object
    octi-query get "$1" -r id
}

# A job about the ids in $named: SCOPE TYPE [red], with red objects kept back; further arguments are jq's, to change it.
job() {
    local scope=$1 type=$2 kept=null
    shift 2
    if [ "${1-}" = red ]; then
        kept=\"$(internal $red)\"
        shift
    fi
    jq -cn --arg scope "$scope" --arg type "$type" --argjson kept "$kept" --args '
        [$ARGS.positional[]] as $ids |
        (if $kept then [{key: "objectMarking", mode: "and", operator: "not_eq", values: [$kept]}] else [] end) as $access |
        {internal: {work_id: "w", applicant_id: null}, event: ({file_name: "f", format: "application/json", export_scope: $scope,
            export_type: $type, file_markings: [], entity_type: "Report",
            access_filter: {mode: "and", filters: $access, filterGroups: []},
            main_filter: {mode: "and", filters: ($access + (if $ids == [] then [] else
                [{key: "ids", values: $ids, mode: "or", operator: "eq"}] end)), filterGroups: []}} +
            (if $scope == "single" then {entity_id: $ids[0]} elif $scope == "selection" then {event_type: "INTERNAL_EXPORT_FILE", selected_ids: $ids}
            else {} end))}' "${named[@]}" | jq -c "${@:-.}"
}

# The bundle on stdin in short: an object a line, what it refers to, sorted.
short() {
    jq -r 'def short: if startswith("marking-definition--3") then "green" elif startswith("marking-definition--5") then "red"
            else split("--") | "\(.[0]) \(.[1][-2:] | tonumber)" end;
        .objects[] | [.id, (to_entries[] | select(.key | test("_refs?$")) | .value)] | flatten | map(short) | join(", ")' | sort
}

exports() { # WANTED: the job on stdin gives this, in short, and nothing on stderr
    octi-query export >"$out" 2>"$err"
    jq -e '.type == "bundle" and (.id | test("^bundle--[0-9a-f-]{36}$")) and .spec_version == "2.1"' "$out" >/dev/null
    [ "$(jq -r '.objects[].id' "$out" | sort | uniq -d)" = '' ]
    diff -u <(sort <<<"$1") <(short <"$out")
    [ ! -s "$err" ]
}

# Each reference leads to an object of the bundle; those of containers may not, when `simple`.
is_closed() {
    jq -e '[.objects[].id] as $ids | [.objects[] | to_entries[] | select(.key | test("_refs?$")) | .value] | flatten - $ids == []' "$out" >/dev/null
}

@test "single, simple: the element and what it embeds" {
    named=("$(internal "$(id malware 2)")")
    job single simple >message
    exports <message 'green
identity 1, green
malware 2, identity 1, green'
    is_closed
    named=("$(internal "$(id relationship 5)")")
    job single simple >message
    exports <message 'green
red
identity 1, green
malware 2, identity 1, green
tool 3, red
relationship 5, malware 2, tool 3'
    is_closed
    # A container keeps what it holds, by reference.
    named=("$(internal "$(id report 10)")")
    job single simple >message
    exports <message 'red
identity 7, red
report 10, identity 7, malware 2, tool 3, relationship 5, relationship 6, note 9'
}

@test "single, full: with relationships, sightings and their other ends" {
    named=("$(internal "$(id malware 2)")")
    job single full >message
    exports <message 'green
red
identity 1, green
malware 2, identity 1, green
tool 3, red
indicator 4, identity 1
relationship 5, malware 2, tool 3
relationship 6, indicator 4, malware 2
identity 7, red
sighting 8, malware 2, identity 7, identity 1'
    is_closed
}

@test "single, full: with what a container holds, and containers in it last" {
    named=("$(internal "$(id report 10)")")
    job single full >message
    exports <message 'green
red
identity 1, green
malware 2, identity 1, green
tool 3, red
indicator 4, identity 1
relationship 5, malware 2, tool 3
relationship 6, indicator 4, malware 2
identity 7, red
note 9, identity 7, malware 2, tool 3
report 10, identity 7, malware 2, tool 3, relationship 5, relationship 6, note 9'
    is_closed
    [ "$(jq -r '.objects[-1].type' "$out")" = note ]
}

@test "the access filter: what it keeps back leaves no trace" {
    named=("$(internal "$(id malware 2)")")
    job single full red >message
    exports <message 'green
identity 1, green
malware 2, identity 1, green
indicator 4, identity 1
relationship 6, indicator 4, malware 2
sighting 8, malware 2, identity 1'
    is_closed
    [ "$(grep -c -e 000000000003 -e 000000000007 "$out")" -eq 0 ]
    named=("$(internal "$(id report 10)")")
    job single full red >message
    exports <message 'green
identity 1, green
malware 2, identity 1, green
indicator 4, identity 1
relationship 6, indicator 4, malware 2
note 9, malware 2
report 10, malware 2, relationship 6, note 9'
    is_closed
    job single simple red >message
    exports <message 'report 10, malware 2, relationship 5, relationship 6, note 9'
    # What is sighted only where it may not be said is not sighted.
    named=("$(internal "$(id ipv4-addr 11)")")
    job single full red >message
    exports <message 'ipv4-addr 11'
}

@test "every question about what goes in carries the access filter" {
    named=("$(internal "$(id report 10)")")
    job single full red >message
    forget_requests
    octi-query export <message >"$out"
    [ "$(requests | wc -l)" -gt 5 ]
    [ "$(requests | jq -c "[.variables.filters.filterGroups[] | select(.filters[0].operator == \"not_eq\")] | length > 0" | sort -u)" = true ]
    [ "$(requests | jq -r '.fields[0]' | sort -u | paste -sd ' ')" = 'stixCoreRelationships stixObjectOrStixRelationships stixSightingRelationships' ]
    [ "$(requests | jq -c 'select(.fields[0] == "stixCoreRelationships") | .variables' | head -n1)" = "$(
        jq -c --arg red "$(internal $red)" --arg id "${named[0]}" -n '{filters: {mode: "and", filters: [{key: ["fromOrToId"], operator: "eq", values: [$id],
            mode: "or"}], filterGroups: [{mode: "and", filters: [{key: "objectMarking", mode: "and", operator: "not_eq", values: [$red]}],
            filterGroups: []}]}, first: 500}'
    )" ]
}

@test "an element that may not be exported, or is not there, is status 1" {
    named=("$(internal "$(id tool 3)")")
    job single simple red >message
    try octi-query export <message
    gives 1 '' 'octi-query: nothing to export: not found, or marked above what the export may hold'
    named=("$(internal "$(id relationship 5)")")
    job single simple red >message
    try octi-query export <message
    gives 1 '' 'octi-query: nothing to export: not found, or marked above what the export may hold'
    named=(00000000-0000-4000-8000-000000000099)
    job selection full >message
    try octi-query export <message
    gives 1 '' 'octi-query: nothing to export: not found, or marked above what the export may hold'
}

@test "selection: the elements that are selected, those left out are counted" {
    named=("$(internal "$(id indicator 4)")" "$(internal "$(id ipv4-addr 11)")")
    job selection simple >message
    exports <message 'green
identity 1, green
indicator 4, identity 1
ipv4-addr 11'
    named+=("$(internal "$(id tool 3)")")
    job selection simple red >message
    try octi-query export <message
    ends 0 '^octi-query: 1 of 3 elements are left out: not found, or marked above what the export may hold$'
    [ "$(short <"$out" | paste -sd ';')" = 'green;identity 1, green;indicator 4, identity 1;ipv4-addr 11' ]
    # Without its main_filter, as by its ids alone.
    job selection simple red 'del(.event.main_filter)' >message
    try octi-query export <message
    ends 0 '^octi-query: 1 of 3 elements'
    try octi-query export --verbose <message
    ends 0 '^octi-query: 4 objects; 0 kept back$'
}

@test "query: the list, with what list_params says" {
    named=()
    job query simple '.event += {entity_type: "Identity", list_params: {search: "acm", orderBy: "name", orderMode: "desc",
        filters: {mode: "and", filters: [{key: ["entity_type"], values: ["Organization"], operator: "eq", mode: "or"}], filterGroups: []}, visible_columns: []}}' >message
    exports <message 'green
identity 1, green'
    [ "$(requests | head -n1 | jq -r .query)" = 'query identities($first: Int, $after: ID, $search: String, $filters: FilterGroup) { identities(first: $first, after: $after, search: $search, orderBy: name, orderMode: desc, filters: $filters) { edges { node { id toStix } } pageInfo { hasNextPage endCursor } } }' ]
    [ "$(requests | head -n1 | jq -c .variables)" = '{"search":"acm","filters":{"mode":"and","filters":[{"key":["entity_type"],"values":["Organization"],"operator":"eq","mode":"or"}],"filterGroups":[]},"first":500}' ]
}

@test "query: access filter, types, an empty list" {
    local kept
    kept=$(internal $red)
    named=()
    job query simple red '.event += {entity_type: "Stix-Core-Object", list_params: {search: null, orderBy: "_score", filters: null}}' >message
    forget_requests
    octi-query export <message >"$out"
    # Each is a root; those that embed what is kept back are there without it.
    [ "$(jq -r '.objects[].type' "$out" | sort | paste -sd ' ')" = 'identity indicator ipv4-addr malware marking-definition note report' ]
    [ "$(requests | head -n1 | jq -c .variables.filters)" = "{\"mode\":\"and\",\"filters\":[{\"key\":\"objectMarking\",\"mode\":\"and\",\"operator\":\"not_eq\",\"values\":[\"$kept\"]}],\"filterGroups\":[]}" ]
    [ "$(requests | head -n1 | grep -c orderBy)" -eq 0 ]
    job query simple '.event += {entity_type: "Stix-Cyber-Observable", list_params: {types: ["IPv4-Addr"]}}' >message
    exports <message 'ipv4-addr 11'
    job query simple '.event += {entity_type: "IPv4-Addr", list_params: {search: "192"}}' >message
    forget_requests
    exports <message 'ipv4-addr 11'
    # By relevance, pages would not hold together.
    [[ "$(requests | head -n1 | jq -r .query)" = *'types: ["IPv4-Addr"], search: $search, orderBy: created_at, orderMode: desc)'* ]]
    job query full '.event += {entity_type: "Campaign"}' >message
    try octi-query export <message
    ends 0
    [ "$(jq -c .objects "$out")" = '[]' ]
    job query simple '.event += {entity_type: "Some-Thing"}' >message
    forget_requests
    try octi-query export <message
    ends 0
    [[ "$(requests | jq -r .query)" = 'query stixCoreObjects('*'types: ["Some-Thing"]'* ]]
}

@test "query: the arguments of relationships" {
    named=()
    job query simple '.event += {entity_type: "stix-core-relationship", list_params: {relationship_type: ["indicates"], fromTypes: null,
        fromOrToId: ["'"$(internal "$(id malware 2)")"'"], visible_columns: []}}' >message
    forget_requests
    exports <message 'green
identity 1, green
malware 2, identity 1, green
indicator 4, identity 1
relationship 6, indicator 4, malware 2'
    [[ "$(requests | head -n1 | jq -r .query)" = 'query stixCoreRelationships($first: Int, $after: ID, $fromOrToId: [String], $relationship_type: [String]) { stixCoreRelationships(first: $first, after: $after, fromOrToId: $fromOrToId, relationship_type: $relationship_type) {'* ]]
}

@test "query, full: roots that are met before they are listed are still expanded, once" {
    named=()
    job query full '.event += {entity_type: "Stix-Core-Object"}' >message
    exports <message 'green
red
identity 1, green
malware 2, identity 1, green
tool 3, red
indicator 4, identity 1
relationship 5, malware 2, tool 3
relationship 6, indicator 4, malware 2
identity 7, red
sighting 8, malware 2, identity 7, identity 1
note 9, identity 7, malware 2, tool 3, ipv4-addr 11
report 10, identity 7, malware 2, tool 3, relationship 5, relationship 6, note 9
ipv4-addr 11
sighting 12, ipv4-addr 11, identity 7'
    is_closed
}

@test "the job: from the file of OCTI_JOB or stdin, whole or the event alone" {
    named=("$(internal "$(id ipv4-addr 11)")")
    job single simple >message
    OCTI_JOB=message exports 'ipv4-addr 11' </dev/null
    jq -c .event message >event
    exports 'ipv4-addr 11' <event
    local text wanted
    while IFS='|' read -r text wanted; do
        try octi-query export <<<"$text"
        gives 1 '' "octi-query: stdin: $wanted"
    done <<'END'
[]|no export job: not a JSON object
{}|no export job: export_scope is ""
{"event":{"export_scope":"all"}}|no export job: export_scope is "all"
{"export_scope":"single"}|no export job: it names no element
{"export_scope":"selection","selected_ids":[]}|no export job: it names no element
{"export_scope":"query","export_type":"huge"}|export_type is neither simple nor full: huge
END
    try octi-query export <<<'{"a":'
    ends 1 '^octi-query: stdin:'
    OCTI_JOB=missing try octi-query export
    gives 1 '' 'octi-query: missing: No such file or directory'
}

@test "on behalf of who asked for it" {
    local applicant
    applicant=$(user_id analyst)
    named=("$(internal "$(id ipv4-addr 11)")")
    job single simple ".internal.applicant_id = \"$applicant\"" >message
    forget_requests
    octi-query export <message >"$out"
    [ "$(requests | jq -r '.headers["opencti-applicant-id"]' | sort -u)" = "$applicant" ]
    forget_requests
    octi-query export --as "$(user_id reader)" <message >"$out"
    [ "$(requests | jq -r '.headers["opencti-applicant-id"]' | sort -u)" = "$(user_id reader)" ]
}

@test "release 6.7: the same" {
    platform_use old
    named=("$(internal "$(id malware 2)")")
    job single full red >message
    exports <message 'green
identity 1, green
malware 2, identity 1, green
indicator 4, identity 1
relationship 6, indicator 4, malware 2
sighting 8, malware 2, identity 1'
}

@test "troubles: asked again, and a bundle that is not whole is never success" {
    named=("$(internal "$(id malware 2)")")
    job single full >message
    faults '[{"match":"stixCoreRelationships","times":1,"status":503}]'
    octi-query export <message >"$out"
    [ "$(jq '.objects | length' "$out")" -eq 10 ]
    faults '[{"match":"stixSightingRelationships","graphql_code":"FORBIDDEN_ACCESS"}]'
    try octi-query export <message
    ends 1 '^octi-query: stixSightingRelationships: FORBIDDEN_ACCESS: '
    [ "$(jq -c . "$out" 2>&1 | grep -c 'parse error')" -gt 0 ]
    faults
    status=0
    octi-query export <message >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-query: stdout: No space left on device$'
}

@test "many roots, many relationships, large containers: pages of each" {
    platform_up many --release 7
    platform_use many
    jq -cn 'def id($type; $n): "\($type)--00000000-0000-4000-8000-\("00000000000\($n)"[-12:])";
        def thing($type; $n): {type: $type, spec_version: "2.1", id: id($type; $n)};
        [range(1; 1201) as $n | thing("malware"; $n) + {name: "m\($n)", created_by_ref: id("identity"; 1)}] +
        [range(1; 1201) as $n | thing("relationship"; $n) + {relationship_type: "uses", source_ref: id("malware"; $n), target_ref: id("tool"; 1)}] +
        [thing("tool"; 1) + {name: "Tool"}, thing("identity"; 1) + {name: "ACME", identity_class: "organization"},
            thing("report"; 1) + {name: "R", published: "2024-01-01T00:00:00Z", object_refs: [range(1; 1201) as $n | id("malware"; $n)]}]' >things
    control POST objects @things
    named=()
    job query full '.event += {entity_type: "Malware"}' >message
    octi-query export <message >"$out"
    [ "$(jq '.objects | length' "$out")" -eq 2402 ]
    [ "$(jq -r '.objects[].id' "$out" | sort | uniq -d)" = '' ]
    is_closed
    named=("$(internal "$(id tool 1)")")
    job single full >message
    octi-query export <message >"$out"
    [ "$(jq '.objects | length' "$out")" -eq 2402 ]
    is_closed
    named=("$(internal "$(id report 1)")")
    job single full >message
    octi-query export <message >"$out"
    [ "$(jq '.objects | length' "$out")" -eq 1202 ]
    [ "$(jq '.objects[-1].object_refs | length' "$out")" -eq 1200 ]
    is_closed
}
