#!/usr/bin/env bats
# shellcheck disable=SC2016
load helper

report='report--0b6f3f5e-2f0d-4e0b-b6a5-9c3d7e8f0a11'
marking='marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9'

setup_file() {
    platform_up seven --release 7
}

teardown_file() {
    platforms_down
}

setup() {
    platform_fresh seven
    control POST objects "[{\"type\": \"report\", \"id\": \"$report\", \"name\": \"R\", \"published\": \"2024-01-01T00:00:00Z\"}]" >"$out"
}

upload() { # NAME: the last request of that operation, what it sent
    requests "$1" | tail -n1 | jq -cS '[(.variables | .file |= "<file>"), .parts, (.files | map([.part, .filename, .content_type, .size]))]'
}

header() { # NAME: of the last request
    requests | tail -n1 | jq -r --arg name "$1" '.headers | with_entries(.key |= ascii_downcase)[$name]'
}

internal_id() {
    octi-query -r stixCoreObject.id -v id="$1" 'query($id: String!) { stixCoreObject(id: $id) { id } }'
}

job() { # EVENT [INTERNAL]: $OCTI_JOB of a handler
    printf '{"internal": %s, "event": %s, "configuration": null}' "${2:-{\}}" "$1" >job.json
    export OCTI_JOB=$PWD/job.json
}

peak() { # COMMAND...: runs it; its resident memory at its peak, in KB, goes to $peak
    status=0
    /usr/bin/time -o time.out -f %M "$@" >"$out" 2>"$err" || status=$?
    peak=$(tail -n1 time.out)
}

small_enough() { # in MB; the sanitizers have their own memory
    case $OCTI_BUILD in
    */san) ;;
    *) [ "$peak" -lt 20480 ] ;;
    esac
}

mtime_of() { # FILE
    stat -c %y "$1"
}

@test "put: the parts in the server's order, the file's name in UTF-8, the File on one line" {
    printf 'a,b\n' >'Été 100% #?.CSV'
    try octi-file put 'Été 100% #?.CSV'
    ends 0
    assert_file_empty "$err"
    [ "$(wc -l <"$out")" -eq 1 ]
    [ "$(jq -c '[.id, .name, .size, .metaData.mimetype]' "$out")" = '["import/global/été 100% #?.csv","Été 100% #?.CSV",4,"text/csv"]' ]
    [ "$(upload UploadImport)" = '[{"file":"<file>","fileMarkings":[]},["operations","map","0"],[["0","Été 100% #?.CSV",null,4]]]' ]
}

@test "put: markings, name, type" {
    echo x >x.txt
    try octi-file put x.txt --marking "$marking" --marking '' --name 'a "b".csv' --mime text/csv
    ends 0
    [ "$(upload uploadImport | jq -c '[.[0].fileMarkings, .[2]]')" = "[[\"$marking\"],[[\"0\",\"a %22b%22.csv\",\"text/csv\",2]]]" ]
    [ "$(jq '.metaData.file_markings | length' "$out")" -eq 1 ]
    try octi-file put x.txt --marking nonsense
    gives 1 '' 'octi-file: x.txt: UploadImport: FUNCTIONAL_ERROR: Cannot find the marking of the file'
}

@test "put: the same contents again are the same file" {
    echo same >same.txt
    octi-file put same.txt >first
    try octi-file put same.txt
    gives 0 "$(cat first)" ''
}

@test "put: stdin, by a pipe and as a file; a pipe by name; nothing" {
    try octi-file put - --name piped.txt < <(printf 'by pipe')
    ends 0
    try octi-file put - --name redirected.txt <<<'by file'
    ends 0
    try octi-file put <(printf 'by name') --name fd.txt
    ends 0
    try octi-file put - </dev/null --name nothing.txt
    ends 0
    [ "$(octi-file get import/global/piped.txt)" = 'by pipe' ]
    [ "$(octi-file get import/global/redirected.txt)" = 'by file' ]
    [ "$(octi-file get import/global/fd.txt)" = 'by name' ]
    [ "$(octi-file get import/global/nothing.txt)" = '' ]
    # Not from where stdin begins.
    printf 'one\ntwo\n' >lines
    { read -r _ && octi-file put - --name rest.txt; } <lines >"$out"
    octi-file get import/global/rest.txt | grep -qvx one
}

@test "put --no-trigger: no import connector starts" {
    new_connector INTERNAL_IMPORT_FILE
    CONNECTOR_AUTO=true CONNECTOR_SCOPE=text/x-none,text/plain octi-register >"$out"
    echo loud >loud.txt
    octi-file put loud.txt >"$out"
    [ "$(octi-work list | jq -r .name)" = loud.txt ]
    echo quiet >quiet.txt
    try octi-file put quiet.txt --no-trigger
    ends 0
    [ "$(upload UploadAndAskJobImport | jq -c '.[0]')" = '{"file":"<file>","fileMarkings":[],"noTriggerImport":true}' ]
    [ "$(octi-work list | jq -r .name)" = loud.txt ]
    octi-register --unregister
}

@test "put --pending: a workbench, with its entity" {
    echo '{}' >bench.json
    try octi-file put bench.json --pending --entity "$report" --marking "$marking"
    ends 0
    [ "$(jq -r .id "$out")" = import/pending/bench.json ]
    [ "$(upload UploadPending)" = "[{\"entityId\":\"$report\",\"file\":\"<file>\",\"file_markings\":[\"$marking\"]},[\"operations\",\"map\",\"0\"],[[\"0\",\"bench.json\",null,3]]]" ]
}

@test "put --entity: among the entity's files, on 7 and as an older platform wants it" {
    echo doc >doc.md
    try octi-file put doc.md --entity "$report" --no-trigger
    ends 0
    id=$(internal_id "$report")
    [ "$(jq -r .id "$out")" = "import/Report/$id/doc.md" ]
    [ "$(upload StixCoreObjectEdit | jq -c '.[0]')" = "{\"file\":\"<file>\",\"fileMarkings\":[],\"id\":\"$report\",\"noTriggerImport\":true}" ]
    faults '[{"match": "stixCoreObjectEdit", "graphql_code": "GRAPHQL_VALIDATION_FAILED", "message": "Cannot query field \"importPush\" on type \"X\"."}]'
    echo two >two.md
    try octi-file put two.md --entity "$report"
    ends 0
    [ "$(jq -r .id "$out")" = "import/Report/$id/two.md" ]
    [ "$(upload StixDomainObjectEdit | jq -c '.[0]')" = "{\"file\":\"<file>\",\"fileMarkings\":[],\"id\":\"$report\",\"noTriggerImport\":false}" ]
    faults
    try octi-file put doc.md --entity report--00000000-0000-4000-8000-000000000000
    gives 1 '' 'octi-file: doc.md: StixCoreObjectEdit: UNSUPPORTED_ERROR: Cant upload a file an none existing element'
}

@test "put and get on 6.7" {
    platform_up old --release 6.7
    platform_use old
    control POST objects "[{\"type\": \"report\", \"id\": \"$report\", \"name\": \"R\", \"published\": \"2024-01-01T00:00:00Z\"}]" >"$out"
    echo old >Old.txt
    try octi-file put Old.txt --entity "$report"
    ends 0
    [ "$(octi-file get "$(jq -r .id "$out")")" = old ]
    for option in --pending --no-trigger --name=other.txt; do
        try octi-file put Old.txt $option
        ends 0
    done
    [ "$(octi-file list --entity "$report" | jq -r .name)" = Old.txt ]
    platform_stop "$BATS_FILE_TMPDIR/old"
}

@test "list: all pages; of an entity; pending; sizes that cannot be told" {
    echo 1 >one.txt
    octi-file put one.txt --entity "$report" >"$out"
    octi-file put one.txt --name bench1.json --pending --entity "$(internal_id "$report")" >"$out"
    octi-file put one.txt --name bench2.json --pending >"$out"
    [ "$(octi-file list --entity "$report" | jq -r .name | grep -cx one.txt)" -eq 1 ]
    [ "$(octi-file list --pending --entity "$report" | jq -r .name)" = bench1.json ]
    [ "$(octi-file list --pending | jq -r .name | grep -c '^bench[12]')" -eq 2 ]
    try octi-file list --entity report--00000000-0000-4000-8000-000000000000
    gives 1 '' 'octi-file: there is no entity report--00000000-0000-4000-8000-000000000000'

    control POST files/fill?n=1203 >"$out"
    forget_requests
    octi-file list >files
    [ "$(grep -c '"name":"filled' files)" -eq 1203 ]
    [ "$(sort -u files | wc -l)" -eq "$(wc -l <files)" ]
    [ "$(operations)" = 'ImportFiles ImportFiles ImportFiles' ]
    [ "$(jq 'select(.name == "filled7.txt") | .size' files)" = 0 ]

    truncate -s 2G large.bin
    octi-file put large.bin --name zlarge.bin --no-trigger >"$out"
    [ "$(jq .size "$out")" -eq 2147483648 ]
    try octi-file list -v
    ends 0 'Int cannot represent .*; asking without the sizes$'
    [ "$(wc -l <"$out")" -gt 1203 ]
    [ "$(sort -u "$out" | wc -l)" -eq "$(wc -l <"$out")" ]
    grep -q '"name":"zlarge.bin"' "$out"
    octi-file delete import/global/zlarge.bin
    rm -rf "$platform_dir/files"
    control POST files/drop >"$out"
}

@test "delete" {
    echo 1 >gone.txt
    octi-file put gone.txt >"$out"
    try octi-file delete import/global/gone.txt
    gives 0 '' ''
    try octi-file delete import/global/gone.txt
    gives 1 '' 'octi-file: import/global/gone.txt: InternalFileDelete: FUNCTIONAL_ERROR: File not found or restricted'
    octi-file put gone.txt >"$out"
    octi-file delete /storage/get/import/global/gone.txt
}

@test "get: every way to write an id" {
    local name id form
    for name in plain.txt 'with space.txt' 'a#b?c&d+e.txt' '100%.txt' '100%25.txt' '%41.txt' 'ünï—çödé.txt' "q'uote(1):2.txt"; do
        printf '%s' "$name" >"$name"
        octi-file put "$name" >file
        id=$(jq -r .id file)
        encoded=$(jq -rn --arg id "$id" '$id | split("/") | map(@uri) | join("/")')
        for form in "$id" "/storage/get/$id" "storage/get/$id" "$encoded" "/storage/get/$encoded"; do
            try octi-file get "$form"
            ends 0
            [ "$(cat "$out")" = "$name" ] || {
                echo "-- $form: $(cat "$out" "$err")"
                return 1
            }
        done
    done
    forget_requests
    octi-file get 'import/global/a#b?c&d+e.txt' >"$out"
    [ "$(requests | jq -r .path)" = /storage/get/import/global/a%23b%3Fc%26d%2Be.txt ]
    [ "$(header authorization)" = "Bearer ***" ]
}

@test "get -o: beside and renamed, the mode of the umask, - is stdout" {
    printf one >one.txt
    octi-file put one.txt >"$out"
    umask 027
    try octi-file get import/global/one.txt -o got
    gives 0 '' ''
    [ "$(cat got)" = one ]
    [ "$(stat -c %a got)" = 640 ]
    try octi-file get import/global/one.txt -o -
    ends 0 && [ "$(cat "$out")" = one ]
    try octi-file get import/global/one.txt -o nowhere/got
    gives 1 '' 'octi-file: nowhere/got: No such file or directory'
    try octi-file get import/global/one.txt -o /dev/null
    gives 2 '' 'octi-file: /dev/null: not a regular file'
    [ -c /dev/null ]
}

@test "get: what is no file is told apart, and leaves nothing" {
    echo kept >got
    before=$(mtime_of got)
    never() { # STATUS STDERR
        gives "$1" '' "$2" && [ "$(cat got)" = kept ] && [ "$(mtime_of got)" = "$before" ] && [ "$(echo *)" = "$listed" ]
    }
    listed=$(touch out err && echo *)
    try octi-file get import/global/nothing -o got
    never 1 'octi-file: import/global/nothing: HTTP 503: File not found or restricted'
    OPENCTI_TOKEN=wrong try octi-file get x -o got
    never 1 'octi-file: x: HTTP 403 (is OPENCTI_TOKEN right, and not expired?)'
    OPENCTI_URL=$OPENCTI_URL/base try octi-file get x.csv -o got
    never 1 'octi-file: x.csv: the answer is a web page, not a file: is OPENCTI_URL right, with its path?'
    OPENCTI_URL=http://127.0.0.1:1 try octi-file get x -o got
    never 75 'octi-file: x: cannot connect to 127.0.0.1:1: Connection refused'
    faults '[{"match": "/storage/", "status": 503, "body": {"status": "error", "error": "connect ECONNREFUSED 10.0.0.1:9000"}}]'
    try octi-file get x -o got
    never 75 'octi-file: x: HTTP 503: connect ECONNREFUSED 10.0.0.1:9000'
    faults '[{"match": "/storage/", "status": 503, "body": {"status": "error", "error": "Cannot read properties of null"}}]'
    try octi-file get x -o got
    never 1 'octi-file: x: HTTP 503: Cannot read properties of null'
    faults '[{"match": "/storage/", "status": 503, "body": "<html>", "content_type": "text/html"}]'
    try octi-file get x -o got
    never 75 'octi-file: x: HTTP 503: a web page'
    faults '[{"match": "/storage/", "status": 429, "body": "", "retry_after": 7}]'
    try octi-file get x -o got
    never 75 'octi-file: x: HTTP 429: try again in 7 s'
    faults '[{"match": "/storage/", "status": 302, "body": ""}]'
    try octi-file get x -o got
    never 2 'octi-file: x: HTTP 302 (a redirect, which is not followed: is OPENCTI_URL right?)'
    faults '[{"match": "/storage/", "close": true}]'
    try octi-file get x -o got
    [ "$status" -eq 75 ] && [ "$(cat got)" = kept ]
}

@test "get: a page that is the file is a file" {
    echo '<html></html>' >page.html
    octi-file put page.html >"$out"
    try octi-file get import/global/page.html
    gives 0 '<html></html>' ''
}

@test "get: half a file is no file" {
    seq 100000 >numbers.txt
    octi-file put numbers.txt >"$out"
    faults '[{"match": "/storage/", "truncate": 300000}]'
    try octi-file get import/global/numbers.txt -o got
    ends 75 '^octi-file: import/global/numbers.txt: .*: the answer ended early \(300000 bytes came\)$'
    [ ! -e got ]
    [ -z "$(ls got.* 2>/dev/null)" ]
    try octi-file get import/global/numbers.txt
    ends 75
    status=0
    faults
    octi-file get import/global/numbers.txt >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-file: import/global/numbers.txt: writing the answer: No space left on device$'
}

@test "put: troubles" {
    echo x >x.txt
    faults '[{"match": "uploadImport", "graphql_code": "LOCK_ERROR", "message": "busy"}]'
    try octi-file put x.txt
    gives 75 '' 'octi-file: x.txt: UploadImport: LOCK_ERROR: busy'
    faults '[{"match": "uploadImport", "status": 502, "body": "<html>", "content_type": "text/html"}]'
    try octi-file put x.txt
    gives 75 '' 'octi-file: x.txt: UploadImport: HTTP 502: a web page'
    faults
    OPENCTI_TOKEN=$(token reader) try octi-file put x.txt
    ends 1 '^octi-file: x.txt: UploadImport: FORBIDDEN_ACCESS: '
    try octi-file put nofile
    gives 1 '' 'octi-file: nofile: No such file or directory'
    try octi-file put .
    gives 1 '' 'octi-file: .: Is a directory'
    status=0
    octi-file put x.txt >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-file: stdout: No space left on device$'
}

@test "300 MB go up and down in flat memory" {
    head -c 300M /dev/urandom >large.bin
    peak octi-file put large.bin --no-trigger
    ends 0
    small_enough
    peak octi-file get import/global/large.bin -o got.bin
    ends 0
    small_enough
    cmp large.bin got.bin
    peak octi-file put - --name spooled.bin --no-trigger < <(cat large.bin)
    ends 0
    small_enough
    [ "$(requests | jq -r '.files[0].sha256 // empty' | sort -u | wc -l)" -eq 1 ]
    octi-file delete import/global/large.bin
    octi-file delete import/global/spooled.bin
    rm -rf "$platform_dir/files"
}

@test "SIGTERM ends an upload, a download and a wait for stdin at once, with 75" {
    local name begin
    seq 100000 >numbers.txt
    octi-file put numbers.txt >"$out"
    faults '[{"match": "uploadPending", "delay": 20}, {"match": "/storage/", "delay": 20}]'
    mkfifo pipe
    sleep 20 >pipe &
    writer=$!
    under_way() { # PID: it waits for the platform, or has the pipe open
        local fd
        for fd in "/proc/$1/fd/"*; do
            if [[ $(readlink "$fd") = */pipe ]]; then return 0; fi
        done
        [ -n "$(requests)" ]
    }
    ended() { # STDERR-PATTERN COMMAND...
        local pattern=$1 status=0 begin
        shift
        forget_requests
        "$@" >"$out" 2>"$err" &
        until_true 10 under_way $!
        begin=$(date +%s%N)
        kill -TERM $!
        wait $! || status=$?
        [ "$status" -eq 75 ]
        [ $((($(date +%s%N) - begin) / 1000000)) -lt 5000 ]
        grep -qxE "octi-file: $pattern: stopped by signal 15" "$err"
    }
    ended 'numbers.txt: UploadPending' octi-file put numbers.txt --pending
    ended import/global/numbers.txt octi-file get import/global/numbers.txt -o got
    ended pipe octi-file put pipe
    kill $writer
    [ ! -e got ] && [ -z "$(ls got.* 2>/dev/null)" ]
}

@test "a time without progress ends it, a long one with progress does not" {
    seq 100000 >numbers.txt
    octi-file put numbers.txt >"$out"
    faults '[{"match": "/storage/", "delay": 10}]'
    OPENCTI_REQUESTS_TIMEOUT=1 try octi-file get import/global/numbers.txt
    ends 75 ': nothing moved for 1 s$'
}

@test "draft: of the option, of the environment; empty is outside of any" {
    echo x >x.txt
    octi-file put x.txt >"$out"
    [ "$(header opencti-draft-id)" = null ]
    OCTI_DRAFT_ID='' octi-file put x.txt >"$out"
    [ "$(header opencti-draft-id)" = '' ]
    draft=$(octi-query -r draftWorkspaceAdd.id -v name=D 'mutation($name: String!) { draftWorkspaceAdd(input: {name: $name}) { id } }')
    OCTI_DRAFT_ID=$draft octi-file put x.txt --name indraft.txt >"$out"
    [ "$(jq -r .id "$out")" = "draft/$draft/import/global/indraft.txt" ]
    [ "$(header opencti-draft-id)" = "$draft" ]
    OCTI_DRAFT_ID=$draft octi-file put x.txt --name outside.txt --draft '' >"$out"
    [ "$(jq -r .id "$out")" = import/global/outside.txt ]
    control POST "draft/$draft/close" >"$out"
    OCTI_DRAFT_ID=$draft try octi-file put x.txt
    ends 1 '^octi-file: x.txt: UploadImport: DRAFT_LOCKED: '
}

@test "in a handler: the job's file, entity and markings" {
    printf 'a,b' >in.csv
    octi-file put in.csv --entity "$report" >file
    id=$(internal_id "$report")
    job "{\"file_id\": \"import/Report/$id/in.csv\", \"file_fetch\": \"/storage/get/import/Report/$id/in.csv\", \"entity_id\": \"$id\", \"file_markings\": [\"$marking\"]}"
    [ "$(octi-file get)" = a,b ]
    echo out >out.txt
    octi-file put out.txt >file
    [ "$(jq -r .id file)" = "import/Report/$id/out.txt" ]
    [ "$(upload StixCoreObjectEdit | jq -c '.[0].fileMarkings')" = "[\"$marking\"]" ]
    octi-file put out.txt --entity '' --marking '' >file
    [ "$(jq -r .id file)" = import/global/out.txt ]
    [ "$(upload UploadImport | jq -c '.[0].fileMarkings')" = '[]' ]
    [ "$(octi-file list | jq -r .name | grep -cx out.txt)" -eq 1 ]
    OCTI_JOB=nofile try octi-file get
    gives 1 '' 'octi-file: OCTI_JOB: nofile: No such file or directory'
    echo '[]' >job.json
    try octi-file get
    ends 1 '^octi-file: .*job.json: '
}

@test "export-push: one entity" {
    id=$(internal_id "$report")
    job "{\"event_type\": \"INTERNAL_EXPORT_FILE\", \"file_name\": \"2024_TLP:ALL_(c)_Report-R_full.pdf\", \"format\": \"application/pdf\", \"export_scope\": \"single\", \"export_type\": \"full\", \"entity_id\": \"$id\", \"entity_type\": \"Report\", \"file_markings\": [\"$marking\"]}"
    echo %PDF >result
    try octi-file export-push result
    gives 0 '' ''
    [ "$(upload StixDomainObjectEdit)" = "[{\"file\":\"<file>\",\"file_markings\":[\"$marking\"],\"id\":\"$id\"},[\"operations\",\"map\",\"0\"],[[\"0\",\"2024_TLP:ALL_(c)_Report-R_full.pdf\",\"application/pdf\",5]]]" ]
    control GET files | jq -e --arg id "$id" 'any(.id == "export/Report/\($id)/2024_tlp:all_(c)_report-r_full.pdf")' >"$out"
    octi-file export-push - --name other.pdf --marking '' --mime text/x <result
    [ "$(upload StixDomainObjectEdit | jq -c '[.[0].file_markings, .[2]]')" = '[[],[["0","other.pdf","text/x",5]]]' ]
    unset OCTI_JOB
    octi-file export-push result --entity "$report"
    [ "$(upload StixDomainObjectEdit | jq -c '[.[0].id, .[2][0][1]]')" = "[\"$report\",\"result\"]" ]
    try octi-file export-push result
    gives 2 '' 'octi-file: result: the export of one entity needs its id'
}

@test "export-push: lists, each with its mutation" {
    local type mutation
    echo x >result
    while read -r type mutation; do
        job "{\"file_name\": \"l.csv\", \"format\": \"text/csv\", \"export_scope\": \"query\", \"entity_type\": \"$type\", \"entity_name\": \"global\", \"file_markings\": [], \"list_params\": {\"search\": null,\"orderBy\":\"name\", \"filters\": {\"mode\": \"and\", \"filters\": [], \"filterGroups\": []}}}"
        try octi-file export-push result
        gives 0 '' ''
        [ "$(upload "${mutation^}ExportPush" | jq -c '.[0]')" = "{\"entity_id\":null,\"entity_type\":\"$type\",\"file\":\"<file>\",\"file_markings\":[],\"listFilters\":\"{\\\"search\\\": null, \\\"orderBy\\\": \\\"name\\\", \\\"filters\\\": {\\\"mode\\\": \\\"and\\\", \\\"filters\\\": [], \\\"filterGroups\\\": []}}\"}" ]
        [ "$(requests "${mutation^}ExportPush" | tail -n1 | jq -r '.fields[0]')" = "${mutation}ExportPush" ]
    done <<'END'
Report stixDomainObjects
Stix-Domain-Object stixDomainObjects
Malware-Analysis stixDomainObjects
Stix-Cyber-Observable stixCyberObservables
IPv4-Addr stixCyberObservables
StixFile stixCyberObservables
Stix-Core-Object stixCoreObjects
stix-core-relationship stixCoreRelationships
uses stixCoreRelationships
END
}

@test "export-push: a selection of a container, echoed unchanged; by options alone" {
    job '{"file_name": "l.csv", "export_scope": "selection", "entity_type": "Stix-Core-Object", "entity_id": "0b6f", "file_markings": ["'$marking'"], "selected_ids": ["a"], "list_params": {"a": 1}}'
    echo x >result
    octi-file export-push result
    [ "$(upload StixCoreObjectsExportPush | jq -c '.[0]')" = "{\"entity_id\":\"0b6f\",\"entity_type\":\"Stix-Core-Object\",\"file\":\"<file>\",\"file_markings\":[\"$marking\"],\"listFilters\":\"selected_ids\"}" ]
    unset OCTI_JOB
    octi-file export-push result --entity-type Malware --filters '{}' --name m.csv
    [ "$(upload StixDomainObjectsExportPush | jq -c '[.[0], .[2][0][1]]')" = '[{"entity_id":null,"entity_type":"Malware","file":"<file>","file_markings":[],"listFilters":"{}"},"m.csv"]' ]
    try octi-file export-push result --scope query
    gives 2 '' 'octi-file: result: the export of a list needs the type of its entities'
}

@test "analysis-push" {
    job "{\"event_type\": \"INTERNAL_ANALYSIS\", \"entity_id\": \"$report\", \"entity_type\": \"Report\", \"content_type\": \"fields\", \"content_source\": \"content_mapping\", \"content_fields\": \"description content\", \"analysis_name\": \"found.json\"}"
    echo '{"Malware": []}' >result
    try octi-file analysis-push result
    ends 0
    [ "$(jq -r .name "$out")" = found.json ]
    [ "$(upload StixCoreObjectEdit)" = "[{\"analysisType\":\"mapping_analysis\",\"contentSource\":\"content_mapping\",\"contentType\":\"fields\",\"file\":\"<file>\",\"id\":\"$report\"},[\"operations\",\"map\",\"0\"],[[\"0\",\"found.json\",\"application/json\",16]]]" ]
    unset OCTI_JOB
    octi-file analysis-push result --entity "$report" --content-source import/global/x --content-type file --analysis-type other >"$out"
    [ "$(upload StixCoreObjectEdit | jq -c '.[0]')" = "{\"analysisType\":\"other\",\"contentSource\":\"import/global/x\",\"contentType\":\"file\",\"file\":\"<file>\",\"id\":\"$report\"}" ]
    try octi-file analysis-push result
    gives 2 '' 'octi-file: result: an analysis needs the id of its entity'
    try octi-file analysis-push result --entity "$report"
    gives 2 '' 'octi-file: result: an analysis needs the source and the type of what was analysed'
}

@test "mistakes of the call, before any request" {
    try octi-file
    gives 2 '' 'octi-file: a verb is missing; see octi-file --help'
    try octi-file fetch
    gives 2 '' 'octi-file: no such verb: fetch; see octi-file --help'
    try octi-file get
    gives 2 '' 'octi-file: get: ID is missing, and there is no job with a file'
    try octi-file get a b
    gives 2 '' 'octi-file: get: too many operands: b; see octi-file --help'
    try octi-file put
    gives 2 '' 'octi-file: put: FILE is missing; see octi-file --help'
    try octi-file delete
    gives 2 '' 'octi-file: delete: ID is missing; see octi-file --help'
    try octi-file list a
    gives 2 '' 'octi-file: list: too many operands: a; see octi-file --help'
    [ -z "$(requests)" ]
}
