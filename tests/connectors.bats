#!/usr/bin/env bats
# A connector of each type, whole: the scripts of scripts/templates, which README.md shows.

load listen

root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
template=$root/scripts/templates
everything=6b1f0f8e-4c1d-4c55-9d4b-7c2f8f1f0a02

setup_file() {
    platform_up platform --release 7 --heartbeat 0.3
}

teardown_file() { services_down; }

setup() { begin_listening EXTERNAL_IMPORT; }

teardown() {
    if [ -n "${server-}" ]; then kill "$server"; fi
    listen_down
}

# Starts a template beside the test, as its supervisor does.
start() { # NAME ARGS...
    # The template says what type it is.
    unset CONNECTOR_TYPE CONNECTOR_SCOPE
    "$template/$1" "${@:2}" >out 2>err 3>&- 4>&- &
    listener=$!
    until_true 20 known
}

shown() { # NAME: README.md has the script, byte for byte
    local text
    text=$(sed 's/^./    &/' "$template/$1" && echo .)
    grep -qF "scripts/templates/$1" "$root/README.md" && [[ "$(cat "$root/README.md")" == *$'\n\n'"${text%.}"* ]]
}

# ---- EXTERNAL_IMPORT

serve() { # serves the files here, until the test ends; its address goes to $FEED_URL
    "${OCTI_PYTHON:-$tests/../.venv/bin/python}" -u -m http.server --bind 127.0.0.1 0 >served 2>&1 3>&- 4>&- &
    server=$!
    disown
    until_true 10 grep -q '^Serving' served
    export FEED_URL
    FEED_URL=$(sed -n 's/^Serving.*(\(http.*\)\/).*/\1/p' served)/feed.json
}

last_run() { jq -r '.connector_state | fromjson? | .last_run' <<<"$(control GET connectors | jq -c --arg id "$CONNECTOR_ID" '.[] | select(.id == $id)')"; }
asked_since() { grep -o 'since=[^ ]*' served | sed 's/%3[Aa]/:/g'; }

@test "external-import: fetched since the last run, sent, and only then the state moves" {
    cat >feed.json <<'JSON'
[{"domain": "a.example.org", "uuid": "8d1f5c3a-4b27-5e96-a1c8-6f0e2d7b9a45", "seen": "2026-01-01T00:00:00Z"},
 {"domain": "b.example.org", "uuid": "8d1f5c3a-4b27-5e96-a1c8-6f0e2d7b9a46", "seen": "2026-01-02T00:00:00Z"}]
JSON
    serve
    try "$template/external-import" --once
    gives 0 '' ''
    complete "$(works | jq -r .id)"
    assert_equal "$(works | jq -c .errors)" '[]'
    assert_equal "$(contents | jq -r '.objects[].pattern')" "[domain-name:value = 'a.example.org']
[domain-name:value = 'b.example.org']"
    local first
    first=$(last_run)
    sleep 1
    try "$template/external-import" --once
    ends 0
    assert_equal "$(asked_since)" "since=1970-01-01T00:00:00Z
since=${first/ /T}Z"
    assert [ "$(last_run)" '>' "$first" ]
}

@test "external-import: by itself, as often as the configuration says" {
    echo '[{"domain": "a.example.org", "uuid": "8d1f5c3a-4b27-5e96-a1c8-6f0e2d7b9a45", "seen": "2026-01-01T00:00:00Z"}]' >feed.json
    serve
    CONNECTOR_DURATION_PERIOD=PT1S start external-import
    until_true 20 eval '[ "$(works | jq -s "map(select(.processed_time)) | length")" -ge 2 ]'
    stop 0
}

@test "external-import: nothing new is no work, and the state moves" {
    echo '[]' >feed.json
    serve
    try "$template/external-import" --once
    ends 0
    assert_equal "$(messages)" ''
    assert_equal "$(works)" ''
    assert_regex "$(last_run)" '^20'
}

@test "external-import: the feed fails, is none, or nobody takes it: the state stays, and the status says so" {
    echo '[]' >feed.json
    serve
    "$template/external-import" --once
    local before
    before=$(last_run)
    # The feed is not there.
    FEED_URL=${FEED_URL%.json} try "$template/external-import" --once
    ends 75 '^curl: .*404'
    # It is no feed.
    echo '<html>' >feed.json
    try "$template/external-import" --once
    ends 1 '^parse error'
    # Nobody takes it.
    echo '[{"domain": "a.example.org", "uuid": "8d1f5c3a-4b27-5e96-a1c8-6f0e2d7b9a45", "seen": "2026-01-01T00:00:00Z"}]' >feed.json
    faults '[{"match": "workAdd", "status": 503}]'
    try "$template/external-import" --once
    ends 75 '^octi-run: .*503'
    faults
    assert_equal "$(last_run)" "$before"
    assert_equal "$(messages)" ''
    # The platform is not there at all: nothing is fetched.
    : >served
    OPENCTI_URL=http://127.0.0.1:9 try "$template/external-import" --once
    ends 75 '^octi-run: '
    assert_equal "$(cat served)" ''
}

# ---- STREAM

happen() { # EVENT...: their ids
    control POST stream/events "$(jq -cs . <<<"$*")" | jq -r '.ids[]'
}

indicator() { # NAME PATTERN
    jq -nc --arg id "indicator--0000000$1-6666-4666-8666-666666666666" --arg pattern "$2" \
        '{type: "indicator", spec_version: "2.1", $id, name: "n", $pattern, pattern_type: "stix", valid_from: "2026-01-01T00:00:00Z"}'
}

event() { jq -nc --arg type "$1" --argjson data "$2" '{$type, $data}'; } # TYPE OBJECT

listened() { [ "$(control GET stream/channels | jq 'map(select(.user == "connector")) | length')" = 1 ]; }
follow() {
    mkdir -p patterns
    start stream patterns
    until_true 20 listened
}

kept() { [ "$(cat patterns/* 2>/dev/null)" = "$1" ]; } # TEXT

@test "stream: what happens is kept, and it goes on from there when it was ended" {
    export CONNECTOR_LIVE_STREAM_ID=$everything CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE=no
    follow
    local pattern="[file:name = 'a\\\\b']"
    happen "$(event create "$(indicator 1 "$pattern")")" "$(event create "$(indicator 2 '[url:value = 1]')")" "$(event create "$malware")"
    until_true 10 kept "$pattern
[url:value = 1]"
    stop 0
    # Meanwhile one is deleted, one changes, and one comes.
    happen "$(event delete "$(indicator 1 "$pattern")")" "$(event update "$(indicator 2 '[url:value = 2]')")" \
        "$(event create "$(indicator 3 '[url:value = 3]')")"
    follow
    until_true 10 kept '[url:value = 2]
[url:value = 3]'
    # Nor does it matter when the connection is lost.
    control POST stream/cut >/dev/null
    happen "$(event delete "$(indicator 2 '[url:value = 2]')")"
    until_true 10 kept '[url:value = 3]'
    stop 0
}

@test "stream: refused, it ends, and the state stays" {
    export CONNECTOR_LIVE_STREAM_ID=00000000-0000-4000-8000-000000000000
    CONNECTOR_TYPE=STREAM octi-register >/dev/null
    octi-state set start_from=5-0
    mkdir patterns
    try "$template/stream" patterns
    ends 1 '^octi-stream: .*HTTP 401'
    assert_equal "$(octi-state get)" '{"start_from":"5-0"}'
}

# ---- INTERNAL_ENRICHMENT

names() { # SCRIPT: what the system knows of names, in its place
    mkdir -p bin
    printf '#!/bin/sh\n%s\n' "$1" >bin/getent
    chmod +x bin/getent
    PATH=$PWD/bin:$PATH
}

@test "internal-enrichment: the name of an address, and that it resolves to it, under pycti's ids" {
    names '[ "$*" = "hosts 198.51.100.7" ] && echo "198.51.100.7    host.example.org alias.example.org"'
    start internal-enrichment
    enrich
    complete "$work"
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
    assert_equal "$(contents | jq -r '.objects[] | .value // "\(.relationship_type) \(.target_ref)"')" "host.example.org
resolves-to $entity"
    assert_equal "$(contents | jq -r '.objects[].id')" "$(python - "$entity" <<'PY'
import sys, pycti, stix2
name = stix2.DomainName(value="host.example.org").id
print(name, pycti.StixCoreRelationship.generate_id("resolves-to", name, sys.argv[1]), sep="\n")
PY
    )"
    stop 0
    assert_equal "$(cat out err)" ''
}

@test "internal-enrichment: without a name it is done, with nothing; when nobody answers it is tried again" {
    names 'echo x >>"'"$PWD"'/tries"; [ "$(wc -l <"'"$PWD"'/tries")" -gt 1 ] || exit 1; exit 2'
    start internal-enrichment
    enrich
    complete "$work"
    stop 0
    assert_equal "$(wc -l <tries)" 2
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
    assert_equal "$(messages)" ''
}

# ---- INTERNAL_IMPORT_FILE

upload() { # NAME: imports it; the id of the work goes to $work
    local id
    id=$(octi-file put --no-trigger "$1" | jq -r .id)
    job '{"work_id": "new", "applicant_id": "'"$connector_user"'", "draft_id": null}' \
        "{\"file_id\": \"$id\", \"file_mime\": \"text/plain\", \"file_fetch\": \"/storage/get/$id\", \"file_markings\": [], \"bypass_validation\": true}"
}

@test "internal-import-file: an indicator for each domain in the file" {
    # A text may have bytes that make grep take it for none.
    printf 'See evil.example.com and Bad words.\nEVIL\0; evil.example.com again, x.example.net.\n' >report.txt
    start internal-import-file
    upload report.txt
    complete "$work"
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
    assert_equal "$(contents | jq -r '.objects[].pattern')" "[domain-name:value = 'evil.example.com']
[domain-name:value = 'x.example.net']"
    assert_equal "$(contents | jq -r '.objects[].valid_from' | sort -u)" "${work##*_}"
    # Again, as after a crash: the same.
    local first
    first=$(contents)
    control POST messages/clear >/dev/null
    upload report.txt
    complete "$work"
    stop 0
    assert_equal "$(ids <(contents))" "$(ids <(echo "$first"))"
    printf 'nothing\n' >empty.txt
    start internal-import-file
    upload empty.txt
    complete "$work"
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
    stop 0
}

@test "internal-import-file: a file that is gone is an error of the work" {
    echo evil.example.com >report.txt
    octi-file put --no-trigger report.txt >/dev/null
    control POST files/drop >/dev/null
    start internal-import-file
    job '{"work_id": "new", "applicant_id": null, "draft_id": null}' \
        '{"file_id": "import/global/report.txt", "file_mime": "text/plain", "file_fetch": "/storage/get/import/global/report.txt", "file_markings": []}'
    complete "$work"
    stop 0
    assert_regex "$(work "$work" | jq -r '.errors[].message')" 'report.txt'
    assert_equal "$(messages)" ''
}

# ---- INTERNAL_EXPORT_FILE

@test "internal-export-file: the bundle is handed in under its name" {
    start internal-export-file
    job '{"work_id": "new", "applicant_id": "'"$connector_user"'"}' \
        "{\"export_scope\": \"single\", \"export_type\": \"simple\", \"entity_id\": \"$entity\", \"entity_type\": \"IPv4-Addr\", \"file_name\": \"a.json\", \"file_markings\": [], \"format\": \"application/json\"}"
    complete "$work"
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
    local id
    id=$(control GET files | jq -r 'map(select(.name == "a.json"))[0].id')
    octi-file get "$id" >a.json
    assert_equal "$(jq -c '[.type, (.objects | map(.id))]' a.json)" "[\"bundle\",[\"$green\",\"$entity\"]]"
    stop 0
}

# ---- INTERNAL_ANALYSIS

analyse() { # EVENT
    job '{"work_id": "new", "applicant_id": null}' "$1"
    complete "$work"
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
}

result() { # NAME: of the analysis
    octi-file get "$(control GET files | jq -r --arg name "$1" 'map(select(.name == $name))[0].id')"
}

@test "internal-analysis: known names in a file, and in a description" {
    local report='{"type": "report", "id": "report--99999999-9999-4999-8999-999999999999", "name": "R", "description": "All about Feodo.", "published": "2026-01-01T00:00:00Z", "report_types": [], "object_refs": []}'
    control POST objects "[$malware, $report]" >/dev/null
    start internal-analysis
    local event='{"event_type": "INTERNAL_ANALYSIS", "entity_id": "report--99999999-9999-4999-8999-999999999999", "entity_type": "Report"'
    analyse "$event, \"content_type\": \"fields\", \"content_source\": \"content_mapping\", \"content_fields\": \"description content\", \"analysis_name\": \"one.json\"}"
    assert_equal "$(result one.json)" '{"Feodo":"malware--44444444-4444-4444-8444-444444444444"}'
    echo 'nothing of note' >text.txt
    octi-file put --no-trigger text.txt >/dev/null
    analyse "$event, \"content_type\": \"file\", \"content_source\": \"import/global/text.txt\", \"file_id\": \"import/global/text.txt\", \"file_mime\": \"text/plain\", \"file_fetch\": \"/storage/get/import/global/text.txt\", \"analysis_name\": \"two.json\"}"
    assert_equal "$(result two.json)" '{}'
    stop 0
    assert_equal "$(cat out err)" ''
}

# ---- all of them

@test "every template is shown in README.md, or named there, and is a whole script" {
    local name
    for path in "$template"/*; do
        [ -f "$path" ] || continue
        name=${path##*/}
        [ -x "$path" ]
        grep -qx 'set -euo pipefail' "$path"
        # Only the one that is no type of its own is named alone.
        if [ "$name" = internal-analysis ]; then grep -qF "scripts/templates/$name" "$root/README.md"; else shown "$name"; fi
    done
}
