#!/usr/bin/env bats
load helper

all_malware='query($first: Int, $after: ID) { malwares(first: $first, after: $after) { edges { node { name } } pageInfo { hasNextPage endCursor } } }'

setup_file() {
    platform_up seven --release 7
    platform_use seven
    control POST 'objects/fill?n=7&type=malware'
}

teardown_file() {
    platforms_down
}

setup() {
    platform_fresh seven
}

names() { # FIRST LAST
    seq -f 'malware %g' "$1" "$2"
}

@test "a document: as operand, from a file, from stdin" {
    local document='{ about { version } }'
    echo "$document" >query.graphql
    try octi-query "$document"
    gives 0 '{"about":{"version":"7.261026.0"}}' ''
    try octi-query -f query.graphql
    gives 0 '{"about":{"version":"7.261026.0"}}' ''
    try octi-query <query.graphql
    gives 0 '{"about":{"version":"7.261026.0"}}' ''
    try octi-query -f - <query.graphql
    gives 0 '{"about":{"version":"7.261026.0"}}' ''
    try octi-query < <(cat query.graphql)
    gives 0 '{"about":{"version":"7.261026.0"}}' ''
    [ "$(requests | jq -c '[.query, .variables, .headers["content-type"]]' | sort -u | wc -l)" -eq 2 ]
}

@test "variables: strings and JSON, sent as they are" {
    local document='query($id: String!, $n: Int, $f: FilterGroup, $s: String) { a: stix(id: $id) malwares(first: $n, filters: $f, search: $s) { edges { node { name } } } }'
    octi-query -v id='marking--"é"=1' -j n=2 -j 'f={"mode": "and", "filters": [], "filterGroups": []}' --variable s= "$document" >"$out"
    [ "$(requests | jq -c .variables)" = '{"id":"marking--\"é\"=1","s":"","n":2,"f":{"mode":"and","filters":[],"filterGroups":[]}}' ]
    [ "$(requests | jq -r .query)" = "$document" ]
}

@test "-r prints a part, strings without quotes" {
    try octi-query -r about.version '{ about { version } }'
    gives 0 7.261026.0 ''
    try octi-query -r about '{ about { version } }'
    gives 0 '{"version":"7.261026.0"}' ''
    try octi-query -r malwares.edges -j n=1 'query($n: Int) { malwares(first: $n) { edges { node { name } } } }'
    gives 0 '[{"node":{"name":"malware 0"}}]' ''
    try octi-query -r about.nothing '{ about { version } }'
    gives 1 '' 'octi-query: nothing at about.nothing in the answer'
}

@test "an object as STIX, whole" {
    local id
    id=$(octi-query -r malwares.edges '{ malwares(first: 1) { edges { node { standard_id } } } }' | jq -r '.[0].node.standard_id')
    octi-query -r stix -v id="$id" 'query($id: String!) { stix(id: $id) }' >stix.json
    [ "$(jq -r '.id, .type' stix.json | paste -sd ' ')" = "$id malware" ]
}

@test "--all follows the pages and prints the nodes" {
    try octi-query --all -j first=3 "$all_malware"
    gives 0 "$(names 0 6 | sed 's/.*/{"name":"&"}/')" ''
    [ "$(requests | jq -c '.variables.after' | paste -sd ' ')" = 'null "WzJd" "WzVd"' ]
    try octi-query --all -r name -j first=3 "$all_malware"
    gives 0 "$(names 0 6)" ''
    # A page that is full to the last node.
    try octi-query --all -r name -j first=7 "$all_malware"
    gives 0 "$(names 0 6)" ''
    try octi-query --all -r name -j first=1 "$all_malware"
    gives 0 "$(names 0 6)" ''
    try octi-query --all 'query($after: ID) { channels(after: $after) { edges { node { name } } pageInfo { hasNextPage endCursor } } }'
    [ "$status" -eq 0 ] || ends 2 'Cannot query field'
}

@test "--all: the empty page after the last one is the end" {
    faults '[{"match":"malwares","skip":1,"times":1,"body":{"data":{"malwares":{"edges":[],"pageInfo":{"hasNextPage":true,"endCursor":"WzVd"}}}}}]'
    try octi-query --all -r name -j first=3 "$all_malware"
    gives 0 "$(names 0 2)" ''
}

@test "--all: a cursor that does not go on is no endless run" {
    faults '[{"match":"malwares","skip":1,"body":{"data":{"malwares":{"edges":[{"node":{"name":"again"}}],"pageInfo":{"hasNextPage":true,"endCursor":"WzJd"}}}}}]'
    try octi-query --all -r name -j first=3 "$all_malware"
    ends 1 '^octi-query: the pages do not go on: the cursor stays WzJd$'
}

@test "--all: a failure in the middle tells how to go on" {
    faults '[{"match":"malwares","skip":1,"status":500}]'
    try octi-query --all -r name -j first=3 "$all_malware"
    gives 75 "$(names 0 2)" 'octi-query: to go on: --after WzJd
octi-query: query: HTTP 500'
    faults
    try octi-query --all -r name -j first=3 --after WzJd "$all_malware"
    gives 0 "$(names 3 6)" ''
    [ "$(requests | tail -n2 | jq -c .variables.after | paste -sd ' ')" = '"WzJd" "WzVd"' ]
}

@test "--all, and list: a signal tells how to go on" {
    faults '[{"match":"malwares","skip":1,"delay":20}]'
    interrupted() { # SIGNAL COMMAND...
        local signal=$1
        shift
        : >"$out"
        "$@" >"$out" 2>"$err" 3>&- &
        until_true 10 test -s "$out"
        kill -"$signal" $!
        status=0
        wait $! || status=$?
        gives 75 "$(names 0 2)" "octi-query: to go on: --after WzJd
octi-query: malwares: stopped by signal $(kill -l "$signal")"
        faults '[{"match":"malwares","skip":1,"delay":20}]'
    }
    interrupted TERM octi-query list malware --page 3 -r representative.main
    interrupted INT env --default-signal=INT octi-query list malware --page 3 -r representative.main
    interrupted HUP octi-query --all -r name -j first=3 "${all_malware/query(/query malwares(}"
}

@test "list: who reads no more ends it, and is told nothing" {
    faults '[{"match":"malwares","skip":1,"times":1,"delay":2}]' # so long that head has ended
    try bash -c 'octi-query list malware --page 1 -r representative.main | head -n 1; echo ${PIPESTATUS[0]}'
    gives 0 "malware 0
141" ''
}

@test "--all: nodes without edges, a list deeper down, several pages written as they come" {
    faults '[{"match":"me","body":{"data":{"me":{"x":{"list":{"nodes":[{"n":1},{"n":2}],"pageInfo":{"hasNextPage":false,"endCursor":""}}}}}}}]'
    try octi-query --all 'query($after: ID) { me { id hasNextPage: id endCursor: id after: id } a: malwares(after: $after) { edges { cursor } } }'
    gives 0 '{"n":1}
{"n":2}' ''
    faults '[{"match":"malwares","skip":1,"delay":20}]'
    octi-query --all -r name -j first=3 "$all_malware" >"$out" 2>"$err" 3>&- 4>&- &
    until_true 15 eval '[ "$(wc -l <"$out")" -eq 3 ]'
    kill $!
    wait $! || true
}

@test "--all: what it needs" {
    try octi-query --all '{ about { version } }'
    gives 2 '' 'octi-query: --all needs a document with $after: ID'
    try octi-query --all 'query($after: ID) { malwares(after: $after) { edges { cursor } } }'
    gives 2 '' 'octi-query: --all needs a document with pageInfo { hasNextPage endCursor }'
    try octi-query --after x '{ about { version } }'
    gives 2 '' 'octi-query: --after goes with --all; see octi-query --help'
    [ -z "$(requests)" ]
}

headers() { # of the last request: draft and applicant, null when they are not there
    requests | tail -n1 | jq -c '.headers | [.["opencti-draft-id"], .["opencti-applicant-id"]]'
}

@test "--draft: no header, an empty one, one that names a draft" {
    octi-query '{ me { id } }' >"$out"
    [ "$(headers)" = '[null,null]' ]
    try octi-query --draft '' '{ me { id } }'
    ends 0
    [ "$(headers)" = '["",null]' ]
    OCTI_DRAFT_ID='' octi-query '{ me { id } }' >"$out"
    [ "$(headers)" = '["",null]' ]
    local draft
    OPENCTI_TOKEN=$(token admin)
    draft=$(octi-query -r draftWorkspaceAdd.id 'mutation { draftWorkspaceAdd(input: { name: "d" }) { id } }')
    try octi-query --draft "$draft" '{ me { id } }'
    ends 0
    [ "$(headers)" = "[\"$draft\",null]" ]
    OCTI_DRAFT_ID=$draft octi-query '{ me { id } }' >"$out"
    [ "$(headers)" = "[\"$draft\",null]" ]
    control POST "draft/$draft/close"
    try octi-query --draft "$draft" '{ me { id } }'
    ends 1 '^octi-query: query: DRAFT_LOCKED: '
}

@test "--as: on behalf of a user, with BYPASS only" {
    try octi-query -r me.id --as "$(user_id analyst)" '{ me { id } }'
    gives 0 "$(user_id connector)" ''
    [ "$(headers)" = "[null,\"$(user_id analyst)\"]" ]
    OPENCTI_TOKEN=$(token admin) try octi-query -r me.id --as "$(user_id analyst)" '{ me { id } }'
    gives 0 "$(user_id analyst)" ''
    OCTI_APPLICANT_ID=$(user_id reader) OPENCTI_TOKEN=$(token admin) try octi-query -r me.id '{ me { id } }'
    gives 0 "$(user_id reader)" ''
    OPENCTI_TOKEN=$(token admin) try octi-query --as nobody '{ me { id } }'
    ends 1 AUTH_REQUIRED
}

@test "what the schema refuses is a mistake, what the platform refuses is a no" {
    try octi-query '{ nope }'
    ends 2 '^octi-query: query: GRAPHQL_VALIDATION_FAILED: Cannot query field "nope" on type "Query"'
    says_one_line
    try octi-query '{'
    ends 2 '^octi-query: query: GRAPHQL_PARSE_FAILED: '
    try octi-query 'query Named($id: String!) { stix(id: $id) }'
    ends 2 '^octi-query: Named: '
    OPENCTI_TOKEN=nobody try octi-query '{ me { id } }'
    ends 1 '^octi-query: query: AUTH_REQUIRED: '
    OPENCTI_TOKEN=$(token reader) try octi-query 'mutation Go { deleteConnector(id: "x") }'
    ends 1 '^octi-query: Go: FORBIDDEN_ACCESS: '
    says_one_line
}

@test "every code of an error has its status" {
    local code wanted
    while read -r wanted code; do
        faults "[{\"match\":\"about\",\"graphql_code\":\"$code\",\"message\":\"why\"}]"
        try octi-query '{ about { version } }'
        ends "$wanted" "^octi-query: query: $code: why"
        assert_file_empty "$out"
    done <<'END'
1 AUTH_REQUIRED
1 FORBIDDEN_ACCESS
1 FUNCTIONAL_ERROR
1 ALREADY_DELETED_ERROR
1 RESOURCE_NOT_FOUND
1 DATABASE_ERROR
1 UNKNOWN_ERROR
75 LOCK_ERROR
75 MISSING_REFERENCE_ERROR
2 GRAPHQL_VALIDATION_FAILED
END
}

@test "an answer with data and errors is a failure" {
    faults '[{"match":"about","body":{"data":{"about":{"version":"1"}},"errors":[{"message":"half","extensions":{"code":"FUNCTIONAL_ERROR"}}]}}]'
    try octi-query '{ about { version } }'
    ends 1 '^octi-query: query: FUNCTIONAL_ERROR: half'
    assert_file_empty "$out"
}

@test "troubles are 75" {
    local fault
    for fault in '"status":500' '"status":503' '"status":429' '"truncate":10' '"close":true' '"delay":5'; do
        faults "[{\"match\":\"about\",$fault}]"
        OPENCTI_REQUESTS_TIMEOUT=1 try octi-query '{ about { version } }'
        ends 75 '^octi-query: query: '
        says_one_line
        assert_file_empty "$out"
    done
}

@test "mistakes of the call" {
    try octi-query a b
    gives 2 '' 'octi-query: one document only: b; see octi-query --help'
    echo '{ me { id } }' >query.graphql
    try octi-query -f query.graphql x
    gives 2 '' 'octi-query: one document only: x; see octi-query --help'
    try octi-query -f missing
    gives 1 '' 'octi-query: missing: No such file or directory'
    try octi-query -v x '{ me { id } }'
    gives 2 '' 'octi-query: not NAME=STRING: x'
    try octi-query -j =1 '{ me { id } }'
    gives 2 '' 'octi-query: not NAME=JSON: =1'
    try octi-query -j 'x={' '{ me { id } }'
    gives 2 '' 'octi-query: x: not JSON: {'
    try octi-query -j 'x=1 2' '{ me { id } }'
    gives 2 '' 'octi-query: x: not JSON: 1 2'
    printf '{ \xff }' >query.graphql
    try octi-query -f query.graphql
    gives 2 '' 'octi-query: the document is not UTF-8 text'
    try octi-query </dev/null
    ends 2
    says_one_line
}

@test "/dev/full is never success" {
    status=0
    octi-query '{ about { version } }' >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-query: stdout: No space left on device$'
    status=0
    octi-query --all -j first=3 "$all_malware" >/dev/full 2>"$err" || status=$?
    ends 75 'stdout: No space left on device$'
}
