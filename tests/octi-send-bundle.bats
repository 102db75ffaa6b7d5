#!/usr/bin/env bats
# octi-send-bundle: what it publishes, what the work is told, and the other places a bundle can go.

load send

setup_file() {
    platform_up platform
    platform_up six --release 6.7
}

teardown_file() { services_down; }

setup() {
    begin
    small_bundle
    forget_requests
}

ext=extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba

# The body of message N for the bundle on stdin, as pycti writes it. Further arguments: what differs.
body() { # N [APPLICANT] [TYPES] [UPDATE] [DRAFT] [NO_SPLIT] [WORK]
    printf '{"bundle_type": "QUEUE_BUNDLE", "applicant_id": "%s", "action_sequence": %s, "entities_types": %s, ' \
        "${2:-$connector_user}" "$1" "${3:-[]}"
    printf '"content": "%s", "update": %s, "draft_id": %s, "no_split": %s%s}\n' "$(base64 -w0)" "${4:-false}" \
        "${5:-null}" "${6:-false}" "${7:+, \"work_id\": \"$7\"}"
}

# The one message of a bundle with one object.
one() {
    jq -c '.objects = [.objects[1]]' b.json >one.json
    octi-send-bundle "$@" one.json >/dev/null
    arrive 1
    messages | jq -c .body
}

summary() { # OBJECTS PARTS BYTES [WORK] [DRAFT]
    printf '{"objects": %s, "parts": %s, "bytes": %s, "incompatible": [], "dropped_references": 0, "replaced": 0, ' \
        "$1" "$2" "$3"
    printf '"work_id": %s, "draft_id": %s, "seconds": S}\n' "${4:-null}" "${5:-null}"
}

# ---- messages

@test "the messages are pycti's, to the byte, in the order of their dependencies" {
    octi-split b.json >parts
    run --separate-stderr octi-send-bundle b.json
    assert_success
    assert_equal "$stderr" ''
    arrive 3
    local n=0 part
    while read -r part; do
        n=$((n + 1))
        printf '%s' "$part" | body $n >>bodies
    done <parts
    assert_equal "$(messages | jq -r .text)" "$(cat bodies)"
    assert_equal "$(timeless <<<"$output")" "$(summary 3 3 "$(tr -d '\n' <bodies | wc -c)")"
    assert_equal "$(contents | jq -r '.objects[0].type')" $'indicator\nmalware\nrelationship'
    assert_equal "$(contents | jq -c '[.id, .spec_version, .x_opencti_seq, .objects[0].nb_deps]')" \
        '["bundle--11111111-1111-4111-8111-111111111111","2.1",1,1]
["bundle--11111111-1111-4111-8111-111111111111","2.1",1,1]
["bundle--11111111-1111-4111-8111-111111111111","2.1",3,3]'
}

@test "the messages are persistent, have an encoding and no other property" {
    octi-send-bundle b.json
    arrive 3
    assert_equal "$(messages | jq -c '[.exchange, .routing_key, .properties]' | sort -u)" \
        "[\"amqp.worker.exchange\",\"push_routing_$CONNECTOR_ID\",{\"delivery_mode\":2,\"content_encoding\":\"utf-8\"}]"
}

@test "stdin and several files make one bundle" {
    jq -c '.objects[0]' b.json >o.ndjson
    run --separate-stderr bash -c 'jq -c ".objects[1:][]" b.json | octi-send-bundle - o.ndjson'
    assert_success
    arrive 3
    assert_equal "$(contents | jq -r .id | sort -u | wc -l)" 1
    assert_equal "$(contents | jq -r '.objects[0].type')" $'indicator\nmalware\nrelationship'
}

@test "-u, -t and --applicant are in each message" {
    local user=00000000-0000-4000-8000-000000000001
    octi-send-bundle -u -t Malware,indicator --applicant $user b.json >/dev/null
    arrive 3
    assert_equal "$(messages | jq -c '.body | [.update, .entities_types, .applicant_id]' | sort -u)" \
        "[true,[\"Malware\",\"indicator\"],\"$user\"]"
}

@test "--draft: an id, the empty one, and none" {
    assert_equal "$(one --draft d1 | jq -c .draft_id)" '"d1"'
    begin && small_bundle
    assert_equal "$(one --draft '' | jq -c .draft_id)" '""'
    begin && small_bundle
    assert_equal "$(one | jq -c .draft_id)" null
}

@test "a handler's environment says what options do not" {
    local id other
    id=$(open_work)
    other=$(open_work)
    export OCTI_WORK_ID=$id OCTI_APPLICANT_ID=$admin_user OCTI_DRAFT_ID=
    assert_equal "$(one | jq -c '[.work_id, .applicant_id, .draft_id]')" "[\"$id\",\"$admin_user\",\"\"]"
    begin && small_bundle
    export OCTI_WORK_ID=$id OCTI_APPLICANT_ID=$admin_user OCTI_DRAFT_ID=d1
    assert_equal "$(one -w "$other" --applicant $connector_user --draft d2 |
        jq -c '[.work_id, .applicant_id, .draft_id]')" "[\"$other\",\"$connector_user\",\"d2\"]"
    begin && small_bundle
    export OCTI_WORK_ID='' OCTI_APPLICANT_ID=''
    assert_equal "$(one | jq -c '[has("work_id"), .applicant_id]')" "[false,\"$connector_user\"]"
}

@test "OCTI_REGISTRATION stands for the registration" {
    octi-register -o registration
    forget_requests
    OCTI_REGISTRATION=registration octi-send-bundle b.json
    arrive 3
    assert_equal "$(asked)" ''
    assert_equal "$(messages | jq -r .body.applicant_id | sort -u)" $connector_user
}

@test "--event-version is in each part" {
    octi-send-bundle --event-version 7.1 b.json
    arrive 3
    assert_equal "$(contents | jq -r .x_opencti_event_version | sort -u)" 7.1
}

@test "--cleanup drops references to what is not in the bundle" {
    jq '.objects[1].created_by_ref = "identity--77777777-7777-4777-8777-777777777777"' b.json >c.json
    run --separate-stderr octi-send-bundle --cleanup c.json
    assert_success
    assert_equal "$(jq .dropped_references <<<"$output")" 1
    arrive 3
    assert_equal "$(contents | jq -c 'select(.objects[0].type == "indicator").objects[0].created_by_ref')" null
}

@test "--no-split sends one message; the work expects the worker's reports" {
    local id
    id=$(open_work -n Whole)
    run --separate-stderr octi-send-bundle --no-split -w "$id" b.json
    assert_success
    assert_equal "$(jq -c '[.objects, .parts]' <<<"$output")" '[3,1]'
    arrive 1
    assert_equal "$(messages | jq -c '.body | [.no_split, .action_sequence, .work_id]')" "[true,1,\"$id\"]"
    assert_equal "$(contents | jq -c .)" "$(jq -c '{type, id, spec_version: "2.1", objects}' b.json)"
    assert_equal "$(arguments addExpectations)" "{\"id\":\"$id\",\"expectations\":3}"
    octi-work processed "$id"
    complete "$id"
    assert_equal "$(work "$id" | jq -c '[.expected, .processed]')" '[3,3]'
}

@test "--no-split counts what the worker will refuse, too" {
    jq -c '.objects += [{"type": "x-what", "id": "x-what--77777777-7777-4777-8777-777777777777"}]' b.json >c.json
    run --separate-stderr octi-send-bundle --no-split --work Whole c.json
    assert_success
    complete "$(jq -r .work_id <<<"$output")"
    assert_equal "$(works | jq -c '[.expected, .processed]')" '[4,4]'
}

@test "--shared-organizations: in OpenCTI's extension where there is one, else beside it, each once" {
    local a=identity--aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa b=identity--bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb
    jq -c --arg a $a --arg ext $ext '.objects[1].extensions[$ext] = {extension_type: "property-extension"} |
        .objects[2].x_opencti_granted_refs = [$a]' b.json >c.json
    octi-send-bundle --shared-organizations "$a, $b" c.json
    arrive 3
    assert_equal "$(contents | jq -c --arg ext $ext '.objects[0] |
        [.type, .x_opencti_granted_refs, (.extensions[$ext] // {}).granted_refs]')" \
        "[\"indicator\",null,[\"$a\",\"$b\"]]
[\"malware\",[\"$a\",\"$b\"],null]
[\"relationship\",[\"$a\",\"$b\"],null]"
}

@test "OCTI_SHARED_ORGANIZATIONS: what is shared already stays, in its place" {
    local a=identity--aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa b=identity--bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb
    jq -c --arg b $b --arg ext $ext '.objects = [.objects[1]] | .objects[0].extensions[$ext].granted_refs = [$b]' \
        b.json >c.json
    OCTI_SHARED_ORGANIZATIONS=$a,$b octi-send-bundle c.json
    arrive 1
    assert_equal "$(contents | jq -c --arg ext $ext '.objects[0].extensions[$ext].granted_refs')" "[\"$b\",\"$a\"]"
}

@test "incompatible objects are listed in the summary, with reasons" {
    jq -c '.objects += [{"type": "x-what", "id": "x-what--77777777-7777-4777-8777-777777777777"},
        {"type": "relationship", "id": "relationship--88888888-8888-4888-8888-888888888888", "source_ref": null,
         "target_ref": "malware--44444444-4444-4444-8444-444444444444"}]' b.json >c.json
    run --separate-stderr octi-send-bundle c.json
    assert_success
    assert_equal "$(jq -c '[.objects, .parts, (.incompatible | map(.id)), (.incompatible | map(.reason | length > 5))]' \
        <<<"$output")" '[5,3,["x-what--77777777-7777-4777-8777-777777777777","relationship--88888888-8888-4888-8888-888888888888"],[true,true]]'
}

@test "an object that comes twice is counted as replaced" {
    run --separate-stderr octi-send-bundle b.json b.json
    assert_success
    assert_equal "$(jq -c '[.objects, .parts, .replaced]' <<<"$output")" '[6,3,3]'
    arrive 3
}

@test "-o prints the parts, and the summary on stderr" {
    run --separate-stderr octi-send-bundle -o b.json
    assert_success
    assert_equal "$output" "$(octi-split b.json)"
    arrive 3
    assert_equal "$(messages | jq -r .body.content | base64 -d)" "$(tr -d '\n' <<<"$output")"
    assert_equal "$(timeless <<<"$stderr")" "$(summary 3 3 "$(messages | jq -j .text | wc -c)")"
}

# ---- works

@test "-w: the work expects the parts before they are sent, and is left open" {
    local id
    id=$(open_work -n Open)
    run --separate-stderr octi-send-bundle -w "$id" b.json
    assert_success
    assert_equal "$(jq -r .work_id <<<"$output")" "$id"
    arrive 3
    assert_equal "$(messages | jq -r .body.work_id | sort -u)" "$id"
    assert_equal "$(asked)" $'RegisterConnector\nWorkAliveQuery\naddExpectations'
    assert_equal "$(arguments addExpectations)" "{\"id\":\"$id\",\"expectations\":3}"
    processed() { [ "$(work "$id" | jq .processed)" = 3 ]; }
    until_true 30 processed
    assert_equal "$(work "$id" | jq -r .status)" progress
}

@test "-w: a work that is gone is refused before anything is sent" {
    local id
    id=$(open_work)
    octi-work delete "$id"
    run --separate-stderr octi-send-bundle -w "$id" b.json
    assert_failure 1
    assert_equal "$output" ''
    assert_equal "$stderr" \
        "octi-send-bundle: there is no work $id; the workers would drop what is sent for it"
    assert_equal "$(depth)" 0
    assert_equal "$(messages)" ''
}

@test "--work opens a work and closes it, once" {
    run --separate-stderr octi-send-bundle --work 'Backfill 2024' b.json
    assert_success
    local id
    id=$(jq -r .work_id <<<"$output")
    complete "$id"
    assert_equal "$(asked)" \
        $'RegisterConnector\nConnectorWorksQuery\nworkAdd\nworkToReceived\naddExpectations\nWorkAliveQuery\nworkToProcessed'
    assert_equal "$(arguments workAdd)" \
        "{\"connectorId\":\"$CONNECTOR_ID\",\"friendlyName\":\"Backfill 2024\",\"isMultiPartWork\":true}"
    assert_equal "$(arguments workToProcessed)" \
        "{\"id\":\"$id\",\"message\":\"3 of 3 objects sent\",\"inError\":false}"
    assert_equal "$(work "$id" | jq -c '[.name, .expected, .processed, .errors]')" '["Backfill 2024",3,3,[]]'
}

@test "--work: nothing is opened for a bundle that cannot be read" {
    run --separate-stderr octi-send-bundle --work W <<<'{"type": "bundle", "objects": ['
    assert_failure 1
    assert_regex "$stderr" '^octi-send-bundle: stdin:2:1: not JSON: '
    assert_equal "$(asked)" ''
}

@test "--work: two runs at once leave each other's work alone" {
    many 300 >m.json
    octi-send-bundle --work A m.json >a &
    octi-send-bundle --work B m.json >b
    wait $!
    complete "$(jq -r .work_id a)"
    complete "$(jq -r .work_id b)"
    assert_equal "$(works | jq -c '[.name, .expected, .processed, .errors]' | sort)" \
        $'["A",300,300,[]]\n["B",300,300,[]]'
}

@test "release 6.7: an expectation is held open, so that faster workers do not complete the work" {
    begin six
    small_bundle
    forget_requests
    run --separate-stderr octi-send-bundle -v --work Old b.json
    assert_success
    assert_regex "$stderr" 'the platform has no multipart works; an expectation is held open'
    local id
    id=$(jq -r .work_id <<<"$output")
    arrive 3
    complete "$id"
    assert_equal "$(work "$id" | jq -c '[.is_multipart, .expected, .processed, (.messages | map(.message))]' |
        sed 's/process [0-9]* on [^"]*/process P on H/')" \
        "[false,4,4,[$(printf '"%s",' 'octi: one expectation is held open until the work is processed' \
            'octi: opened by process P on H')\"3 of 3 objects sent\"]]"
    assert_equal "$(asked | tail -n 2)" $'workToProcessed\nreportExpectation'
}

@test "release 6.7: between two bundles the work does not complete" {
    begin six
    small_bundle
    local id
    id=$(open_work -n Two)
    octi-send-bundle -w "$id" b.json
    processed() { [ "$(work "$id" | jq .processed)" = "$1" ]; }
    until_true 30 processed 3
    assert_equal "$(work "$id" | jq -c '[.status, .expected]')" '["progress",4]'
    octi-send-bundle -w "$id" b.json
    until_true 30 processed 6
    assert_equal "$(work "$id" | jq -c '[.status, .expected]')" '["progress",7]'
    octi-work processed "$id"
    assert_equal "$(work "$id" | jq -c '[.status, .expected, .processed]')" '["complete",7,7]'
}

# ---- people first

@test "--validate draft: a draft is opened, and the messages go into it" {
    run --separate-stderr octi-send-bundle --validate draft b.json
    assert_success
    local draft name
    draft=$(jq -r .draft_id <<<"$output")
    arrive 3
    assert_equal "$(messages | jq -r .body.draft_id | sort -u)" "$draft"
    assert_equal "$(asked)" $'RegisterConnector\ndraftWorkspaceAdd'
    name=$(arguments draftWorkspaceAdd | jq -r .input.name)
    assert_regex "$name" '^my_feed-[0-9]{8}-[0-9]{6}-[0-9]+\.[0-9]{7}\.json$'
}

@test "--validate draft with a work: its name, and the work is in the draft" {
    local id
    id=$(open_work)
    run --separate-stderr octi-send-bundle --validate draft -w "$id" --entity report--1 b.json
    assert_success
    arrive 3
    assert_equal "$(arguments draftWorkspaceAdd)" \
        "{\"input\":{\"name\":\"$id.json\",\"entity_id\":\"report--1\"}}"
    assert_equal "$(work "$id" | jq -r .draft_context)" "$(jq -r .draft_id <<<"$output")"
}

@test "--validate draft: in a draft already, none is opened" {
    octi-send-bundle --validate draft --draft d1 b.json
    arrive 3
    assert_equal "$(asked)" RegisterConnector
    assert_equal "$(messages | jq -r .body.draft_id | sort -u)" d1
}

@test "--validate workbench: the whole bundle becomes a pending file, and nothing is sent" {
    run --separate-stderr octi-send-bundle --validate workbench --file-name find.json --entity report--1 b.json
    assert_success
    assert_equal "$(asked)" $'RegisterConnector\nUploadPending'
    assert_equal "$(arguments UploadPending)" '{"file":{"upload":"find.json"},"entityId":"report--1","file_markings":[]}'
    local file
    file=$(ask files | jq -c '.[] | select(.name == "find.json")')
    assert_equal "$(jq -r .metaData.mimetype <<<"$file")" application/json
    assert_equal "$(jq -c . "$(jq -r .path <<<"$file")")" "$(jq -c '{type, id, spec_version: "2.1", objects}' b.json)"
    assert_equal "$(messages)$(depth)" 0
}

@test "--validate workbench with a work: named after it, and the work is met" {
    run --separate-stderr octi-send-bundle --validate workbench --work Look b.json
    assert_success
    local id
    id=$(jq -r .work_id <<<"$output")
    assert_equal "$(ask files | jq -r --arg name "$id.json" '.[] | select(.name == $name).name')" "$id.json"
    assert_equal "$(asked | tail -n 5)" \
        $'UploadPending\naddExpectations\nreportExpectation\nWorkAliveQuery\nworkToProcessed'
    assert_equal "$(work "$id" | jq -c '[.status, .expected, .processed, .errors]')" '["complete",1,1,[]]'
}

@test "CONNECTOR_VALIDATE_BEFORE_IMPORT asks for it when there is a name; OCTI_VALIDATION_MODE says which" {
    export CONNECTOR_VALIDATE_BEFORE_IMPORT=true
    octi-send-bundle b.json
    assert_equal "$(asked)" RegisterConnector
    octi-send-bundle --file-name n.json b.json
    assert_equal "$(arguments draftWorkspaceAdd | jq -r .input.name)" n.json
    OCTI_VALIDATION_MODE=workbench octi-send-bundle --file-name w.json b.json
    assert_equal "$(ask files | jq -r '.[] | select(.name == "w.json").name')" w.json
    arrive 6
    assert_equal "$(messages | wc -l)" 6
}

# ---- other places

@test "--to api: the platform splits and makes the work" {
    run --separate-stderr octi-send-bundle --to api b.json
    assert_success
    assert_equal "$(asked)" $'RegisterConnector\nStixBundlePush'
    assert_equal "$(arguments StixBundlePush | jq -c '[.connectorId, .work_id]')" "[\"$CONNECTOR_ID\",null]"
    assert_equal "$(arguments StixBundlePush | jq -r .bundle | jq -c .)" \
        "$(jq -c '{type, id, spec_version: "2.1", objects}' b.json)"
    arrive 3
    assert_regex "$(works | jq -r .name)" '^My Feed run @ '
}

@test "--to api: into a given work, and one of our own" {
    local id
    id=$(open_work)
    octi-send-bundle --to api -w "$id" b.json
    assert_equal "$(arguments StixBundlePush | jq -r .work_id)" "$id"
    octi-send-bundle --to api --work Mine b.json
    arrive 6
    local mine
    mine=$(works | jq -r 'select(.name == "Mine").id')
    complete "$mine"
    assert_equal "$(work "$mine" | jq -c '[.expected, .processed, .errors]')" '[3,3,[]]'
}

@test "--to api refuses what the API would lose" {
    local option
    for option in '-t malware' -u --no-split '--draft d1'; do
        # shellcheck disable=SC2086
        run --separate-stderr octi-send-bundle --to api $option b.json
        assert_failure 2
        assert_equal "$stderr" \
            'octi-send-bundle: the API has no way for -t, -u, --no-split and drafts; send to the queue'
    done
    assert_equal "$(asked)" ''
}

@test "CONNECTOR_QUEUE_PROTOCOL=api and CONNECTOR_SEND_TO_QUEUE=false are the defaults of --to" {
    CONNECTOR_QUEUE_PROTOCOL=api octi-send-bundle b.json
    assert_equal "$(asked)" $'RegisterConnector\nStixBundlePush'
    forget_requests
    CONNECTOR_SEND_TO_QUEUE=false CONNECTOR_SEND_TO_DIRECTORY=true CONNECTOR_SEND_TO_DIRECTORY_PATH=. \
        octi-send-bundle b.json
    assert_equal "$(asked)" ''
    assert_equal "$(jq -r .bundle_type my_feed-*.json)" DIRECTORY_BUNDLE
    run --separate-stderr env CONNECTOR_SEND_TO_QUEUE=false octi-send-bundle b.json
    assert_failure 2
    assert_equal "$stderr" 'octi-send-bundle: nowhere to send to: CONNECTOR_SEND_TO_QUEUE is off'
    run --separate-stderr env CONNECTOR_QUEUE_PROTOCOL=carrier-pigeon octi-send-bundle b.json
    assert_failure 2
    assert_equal "$stderr" 'octi-send-bundle: CONNECTOR_QUEUE_PROTOCOL: not amqp or api: carrier-pigeon'
}

@test "--to dir: pycti's file, and no network" {
    mkdir out
    export OPENCTI_URL=http://127.0.0.1:1 CONNECTOR_SCOPE=a,b
    run --separate-stderr octi-send-bundle --to dir:out -u -t malware,tool --applicant $admin_user b.json
    assert_success
    assert_equal "$stderr" ''
    run ls out
    assert_line --regexp '^my_feed-[0-9]{8}-[0-9]{6}-[0-9]{10}\.[0-9]{7}\.json$'
    assert_equal "${#lines[@]}" 1
    # The keys in pycti's order.
    assert_equal "$(jq -c . out/*)" "$(jq -c --arg id "$CONNECTOR_ID" --arg user $admin_user \
        '{bundle_type: "DIRECTORY_BUNDLE", applicant_id: $user, connector: {id: $id, name: "My Feed",
          type: "EXTERNAL_IMPORT", scope: "a,b", auto: false, validate_before_import: false},
          entities_types: ["malware", "tool"], bundle: {type, id, spec_version: "2.1", objects}, update: true}' b.json)"
    assert_equal "$(stat -c %a out/*)" 644
}

@test "--to dir: what is not known is null" {
    mkdir out
    OPENCTI_URL=http://127.0.0.1:1 octi-send-bundle --to dir:out b.json
    assert_equal "$(jq -c '[.applicant_id, .entities_types, .update]' out/*)" '[null,null,false]'
    octi-send-bundle --to queue --to dir:out b.json
    assert_equal "$(jq -c .applicant_id out/* | sort)" $'"'$connector_user$'"\nnull'
}

@test "--to dir: written beside and renamed" {
    mkdir out
    ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o trace -e trace=openat,rename,renameat,renameat2,fsync,unlink octi-send-bundle --to dir:out b.json
    run grep -oE '(openat\(AT_FDCWD, "out/my_feed[^"]*", O_WRONLY|fsync\(|rename[^(]*\(.*out/my_feed[^"]*")' trace
    assert_line --index 0 --regexp '^openat.*\.json\.tmp", O_WRONLY$'
    assert_line --index 1 'fsync('
    assert_line --index 2 --regexp '^rename.*\.json\.tmp", .*\.json"$'
}

@test "--to dir: retention deletes our own expired files and nothing else" {
    mkdir out
    local old
    for old in my_feed-20200101-000000-1577836800.0000000.json my_feed-20200101-000000-1577836800.0000001.json.tmp \
        my_feed-notes.json my_feed_two-20200101-000000-1577836800.0000000.json other-20200101-000000-1.0.json readme.json; do
        touch -d '9 days ago' "out/$old"
    done
    touch -d '6 days ago' out/my_feed-20200101-000000-1577836800.0000002.json
    octi-send-bundle --to dir:out b.json
    run ls out
    assert_equal "${#lines[@]}" 7
    refute_line my_feed-20200101-000000-1577836800.0000000.json
    assert_line my_feed-20200101-000000-1577836800.0000002.json
    CONNECTOR_SEND_TO_DIRECTORY_RETENTION=5 octi-send-bundle --to dir:out b.json
    refute [ -e out/my_feed-20200101-000000-1577836800.0000002.json ]
    touch -d '99 days ago' out/my_feed-20200101-000000-1577836800.0000003.json
    CONNECTOR_SEND_TO_DIRECTORY_RETENTION=0 octi-send-bundle --to dir:out b.json
    assert [ -e out/my_feed-20200101-000000-1577836800.0000003.json ]
}

@test "--to dir: a directory that is not there, a name that is a path" {
    run --separate-stderr octi-send-bundle --to dir:nowhere b.json
    assert_failure 1
    assert_equal "$stderr" 'octi-send-bundle: nowhere: No such file or directory'
    mkdir out
    CONNECTOR_NAME='../My/Feed' octi-send-bundle --to dir:out b.json
    run ls -A out
    assert_line --regexp '^\.\._my_feed-.*\.json$'
}

@test "--to stdout, and several at once" {
    mkdir one two
    run --separate-stderr octi-send-bundle --to dir:one --to dir:two --to queue --to api --to stdout b.json
    assert_success
    assert_equal "$output" "$(octi-split b.json)"
    arrive 6
    assert_equal "$(cat one/*)" "$(cat two/*)"
    assert_equal "$(jq -r .bundle.objects[2].name one/*)" Feodo
    run --separate-stderr env OPENCTI_URL=http://127.0.0.1:1 octi-send-bundle --to stdout b.json
    assert_success
    assert_equal "$output" "$(octi-split b.json)"
}

@test "--to: a name that is none" {
    local sink
    for sink in somewhere dir: QUEUE; do
        run --separate-stderr octi-send-bundle --to "$sink" b.json
        assert_failure 2
        assert_equal "$stderr" "octi-send-bundle: --to: not queue, api, dir:PATH, s3 or stdout: $sink"
    done
}

# ---- --from-dir

@test "--from-dir sends what --to dir: wrote, as it was meant, and removes it" {
    mkdir out
    octi-send-bundle --to dir:out -u -t malware --applicant $admin_user b.json
    octi-send-bundle --to dir:out b.json
    # Where the configuration sends new bundles is of no interest.
    CONNECTOR_SEND_TO_DIRECTORY=true CONNECTOR_SEND_TO_DIRECTORY_PATH=out CONNECTOR_SEND_TO_QUEUE=false \
        run --separate-stderr octi-send-bundle --from-dir out
    assert_success
    arrive 6
    assert_equal "$(ls out)" ''
    assert_equal "$(messages | jq -c '.body | [.action_sequence, .update, .entities_types, .applicant_id]')" \
        "[1,true,[\"malware\"],\"$admin_user\"]
[2,true,[\"malware\"],\"$admin_user\"]
[3,true,[\"malware\"],\"$admin_user\"]
[1,false,[],\"$connector_user\"]
[2,false,[],\"$connector_user\"]
[3,false,[],\"$connector_user\"]"
    assert_equal "$(contents | jq -r '.objects[0].type' | sort | uniq -c | tr -s ' \n' ' ')" \
        ' 2 indicator 2 malware 2 relationship '
    assert_equal "$(jq -r .file <<<"$output" | grep -c '^out/my_feed-.*\.json$')" 2
}

@test "--from-dir: options go before what the file says" {
    mkdir out
    octi-send-bundle --to dir:out -t malware --applicant $admin_user b.json
    octi-send-bundle --from-dir out -t tool --applicant $connector_user -u
    arrive 3
    assert_equal "$(messages | jq -c '.body | [.update, .entities_types, .applicant_id]' | sort -u)" \
        "[true,[\"tool\"],\"$connector_user\"]"
}

@test "--from-dir to the API: what the API would lose stays" {
    mkdir out
    octi-send-bundle --to dir:out b.json
    octi-send-bundle --to dir:out -t malware b.json
    CONNECTOR_QUEUE_PROTOCOL=api run --separate-stderr octi-send-bundle --from-dir out
    assert_failure 2
    assert_regex "$stderr" '^octi-send-bundle: out/my_feed-.*\.json: the API has no way for -t, '
    assert_equal "${#stderr_lines[@]}" 1
    assert_equal "$(asked)" $'RegisterConnector\nStixBundlePush'
    assert_equal "$(jq -c .entities_types out/*)" '["malware"]'
}

@test "--from-dir: a broken file stays and is named, the others are sent" {
    mkdir out
    octi-send-bundle --to dir:out b.json
    echo '{"bundle_type": "DIRECTORY_BUNDLE", "bundle": {' >out/a.json
    echo '{"hello": "world"}' >out/b.json
    echo '{"bundle_type": "DIRECTORY_BUNDLE", "bundle": {"type": "bundle", "objects": []}}' >out/z.json
    echo 'not for us' >out/note.txt
    echo '{' >out/c.json.tmp
    run --separate-stderr octi-send-bundle --from-dir out
    assert_failure 1
    arrive 3
    assert_equal "$(cd out && echo *)" 'a.json b.json c.json.tmp note.txt z.json'
    assert_equal "$(jq -c '[.parts]' <<<"$output")" '[3]'
    assert_equal "${#stderr_lines[@]}" 4
    assert_regex "${stderr_lines[0]}" '^octi-send-bundle: not sent: out/a\.json:2:1: not JSON: '
    assert_equal "${stderr_lines[1]}" 'octi-send-bundle: not sent: out/b.json: not a DIRECTORY_BUNDLE'
    assert_regex "${stderr_lines[2]}" '^octi-send-bundle: out/z\.json: nothing to import'
    assert_equal "${stderr_lines[3]}" 'octi-send-bundle: out: files are left in it'
}

@test "--from-dir: nothing is removed when nothing could be sent" {
    mkdir out
    octi-send-bundle --to dir:out b.json
    run --separate-stderr env MQ_PORT=1 octi-send-bundle --from-dir out
    assert_failure 75
    assert_regex "$stderr" '^octi-send-bundle: out/my_feed-.*\.json: cannot reach the broker 127\.0\.0\.1:1: '
    assert_equal "$(ls out | wc -l)" 1
    run --separate-stderr octi-send-bundle -n --from-dir out
    assert_success
    assert_equal "$(ls out | wc -l)" 1
}

@test "--from-dir: an empty directory, and none" {
    mkdir out
    run --separate-stderr octi-send-bundle --from-dir out
    assert_success
    assert_equal "$output$stderr" ''
    run --separate-stderr octi-send-bundle --from-dir gone
    assert_failure 1
    assert_equal "$stderr" 'octi-send-bundle: gone: No such file or directory'
}

@test "--from-dir with --work: each file has its own" {
    mkdir out
    octi-send-bundle --to dir:out b.json
    octi-send-bundle --to dir:out b.json
    octi-send-bundle --from-dir out --work Later
    arrive 6
    later() { [ "$(works | jq -c '[.name, .status, .expected, .processed]' | uniq -c | tr -s ' ')" = \
        ' 2 ["Later","complete",3,3]' ]; }
    until_true 30 later
}

# ---- dry run

@test "-n: the summary of what would be sent, and no network" {
    export OPENCTI_URL=http://127.0.0.1:1 MQ_HOST=127.0.0.1 MQ_PORT=1
    run --separate-stderr octi-send-bundle -n --work W --to queue --to api --to dir:nowhere b.json
    assert_success
    assert_equal "$stderr" ''
    assert_equal "$(timeless <<<"$output" | jq -c '[.objects, .parts, .work_id]' 2>/dev/null || jq -c \
        '[.objects, .parts, .work_id]' <<<"$output")" '[3,3,null]'
    if command -v strace >/dev/null; then
        ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o trace -e trace=network octi-send-bundle -n b.json
        run grep -E 'AF_INET|connect\(' trace
        assert_output ''
    fi
}

@test "-n counts the bytes of the messages, but for the applicant whom only the platform knows" {
    octi-send-bundle --applicant $connector_user b.json >sent
    octi-send-bundle -n --applicant $connector_user b.json >dry
    assert_equal "$(timeless <dry)" "$(timeless <sent)"
    run --separate-stderr octi-send-bundle -n -o b.json
    assert_equal "$output" "$(octi-split b.json)"
}

# ---- the call

@test "what excludes each other" {
    local id=w
    run --separate-stderr octi-send-bundle -w $id --work W b.json
    assert_failure 2
    assert_equal "$stderr" 'octi-send-bundle: -w and --work exclude each other; see octi-send-bundle --help'
    run --separate-stderr octi-send-bundle --from-dir . b.json
    assert_failure 2
    run --separate-stderr octi-send-bundle --from-dir . --to api
    assert_failure 2
    run --separate-stderr octi-send-bundle --validate soon b.json
    assert_failure 2
    assert_equal "$stderr" 'octi-send-bundle: --validate: not draft or workbench: soon; see octi-send-bundle --help'
    run --separate-stderr octi-send-bundle --to stdout --work W b.json
    assert_failure 2
    assert_equal "$stderr" 'octi-send-bundle: --work and --validate need the queue or the API to send to'
    local bad
    for bad in 0 -1 5X 5MM M '' 1.5M; do
        run --separate-stderr octi-send-bundle --max-queue "$bad" b.json
        assert_failure 2
    done
    for bad in 0 65536 x; do
        run --separate-stderr octi-send-bundle --window $bad b.json
        assert_failure 2
    done
    assert_equal "$(asked)" ''
}

@test "nothing to import" {
    run --separate-stderr octi-send-bundle <<<'{"type": "bundle", "id": "bundle--1", "objects": []}'
    assert_failure 1
    assert_equal "$stderr" 'octi-send-bundle: nothing to import: no objects'
    run --separate-stderr octi-send-bundle </dev/null
    assert_failure 1
    assert_equal "$stderr" 'octi-send-bundle: stdin: nothing in it'
    run --separate-stderr octi-send-bundle <<<'{"type": "x-what", "id": "x-what--77777777-7777-4777-8777-777777777777"}'
    assert_failure 1
    assert_equal "$stderr" 'octi-send-bundle: nothing to import: none of the 1 objects is supported'
    run --separate-stderr octi-send-bundle nowhere.json
    assert_failure 1
    assert_equal "$stderr" 'octi-send-bundle: nowhere.json: No such file or directory'
    assert_equal "$(asked)" ''
}
