#!/usr/bin/env bats
# Jobs, each through the broker and the stand-in. What dies meanwhile is in octi-listen-faults.bats.

load listen

setup_file() {
    platform_up platform --release 7
    platform_up six --release 6.8
}

teardown_file() { services_down; }
setup() { begin_listening INTERNAL_ENRICHMENT; }
teardown() { listen_down; }

# ---- success

@test "success: received, sent and confirmed, processed; then the broker has no job any more" {
    handler '{"type": "malware", "id": "malware--44444444-4444-4444-8444-444444444444", "name": "Feodo", "is_family": true}'
    listen -- ./handler
    enrich
    closed
    assert_equal "$(operations_of_job)" \
        'workToReceived stix ConnectorState addExpectations WorkAliveQuery workToProcessed'
    stop 0
    assert_equal "$(cat out err)" ''
    assert_equal "$(listen_depth)" 0
    arrive 1
    assert_equal "$(messages | jq -c '[.body.work_id, .body.applicant_id, .body.draft_id]')" "[\"$work\",\"$connector_user\",null]"
    assert_equal "$(contents | jq -r '.objects[].name')" Feodo
    complete "$work"
    assert_equal "$(work "$work" | jq -c '[[.messages[].message], .errors]')" \
        '[["Connector ready to process the operation","done"],[]]'
}

@test "the handler gets the event on one line, and what it works on in its environment" {
    handler ''
    listen -- ./handler one 'two words'
    enrich
    closed
    stop 0
    assert_equal "$(wc -l <stdin)" 1
    assert_equal "$(jq -c '[.event_type, .entity_id, .entity_type, .stix_entity.value, (.stix_objects | map(.id))]' stdin)" \
        "[\"INTERNAL_ENRICHMENT\",\"$entity\",\"IPv4-Addr\",\"198.51.100.7\",[\"$entity\",\"$green\"]]"
    assert_equal "$(jq 'has("enrichment_entity")' stdin)" false
    assert_equal "$(cat arguments)" 'one|two words'
    assert_equal "$(variable OCTI_WORK_ID)" "$work"
    assert_equal "$(variable OCTI_APPLICANT_ID)" "$connector_user"
    assert_equal "$(variable OCTI_SHARED_ORGANIZATIONS)" ''
    assert_equal "$(jq -r .id registration.seen)" "$CONNECTOR_ID"
    assert_equal "$(jq -r .event.entity_id job.seen)" "$entity"
    run ! grep -E '^OCTI_(DRAFT_ID|PLAYBOOK|FILE)' environment
    assert_equal "$(find "$TMPDIR" -mindepth 1)" ''
}

@test "nothing printed: processed, and nothing is sent" {
    handler ''
    listen -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(operations_of_job)" 'workToReceived stix ConnectorState WorkAliveQuery workToProcessed'
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
}

@test "only white space is nothing; objects one a line are a bundle" {
    printf '#!/bin/sh\ncat >/dev/null; printf "\\n \\t\\n"\n' >handler
    listen -- ./handler
    enrich
    complete "$work"
    stop 0
    cat >handler <<'END'
#!/bin/sh
printf '{"type": "malware", "id": "malware--44444444-4444-4444-8444-44444444444%d", "name": "M", "is_family": true}\n' 1 2
END
    listen -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(contents | jq -r '.objects[].id' | LC_ALL=C sort -u | wc -l)" 2
}

@test "no handler: a line a job, let go of when it is written" {
    listen
    enrich
    says out event
    stop 0
    assert_equal "$(wc -l <out)" 1
    assert_equal "$(jq -c '[.internal.work_id, .event.entity_id]' out)" "[\"$work\",\"$entity\"]"
    assert_equal "$(listen_depth)" 0
    assert_equal "$(work "$work" | jq -r .status)" wait
}

@test "no handler, and nobody reads: 75, and the job stays" {
    octi-register >/dev/null
    enrich
    status=0
    timeout 20 octi-listen >/dev/full 2>err || status=$?
    assert_equal "$status" 75
    assert_equal "$(cat err)" 'octi-listen: stdout: No space left on device'
    assert_equal "$(listen_depth)" 1
}

# ---- the statuses of a handler

@test "75: tried again, then done" {
    printf '#!/bin/sh\necho x >>tries; [ "$(wc -l <tries)" -ge 2 ] || { echo not yet >&2; exit 75; }\n' >handler
    listen -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(wc -l <tries)" 2
    assert_equal "$(cat err)" "not yet
octi-listen: warning: not yet -- the handler exited with status 75 (work_id=$work, tries=1, status=75)"
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
}

@test "75 each time: at most --max-tries, then the work is in error, once" {
    printf '#!/bin/sh\necho x >>tries; echo busy >&2; exit 75\n' >handler
    mkdir dead
    listen --max-tries 2 --dead-letter dead -- ./handler
    enrich
    complete "$work"
    until_true 10 settled_in dead 1
    stop 0
    assert_equal "$(wc -l <tries)" 2
    assert_equal "$(work "$work" | jq -c '[.errors[].message]')" '["busy -- the handler exited with status 75"]'
    assert_equal "$(listen_depth)" 0
}

@test "another status: the work is in error with the end of stderr, and the next job is taken" {
    printf '#!/bin/sh\ncat >/dev/null; printf "first\\nbad \\377 key\\n\\n" >&2; exit 3\n' >handler
    listen -- ./handler
    enrich
    complete "$work"
    assert_regex "$(work "$work" | jq -r '.errors[].message')" '^first.bad . key -- the handler exited with status 3$'
    local first=$work
    enrich
    complete "$work"
    assert [ "$first" != "$work" ]
    stop 0
    assert_equal "$(listen_depth)" 0
    assert_equal "$(messages)" ''
}

@test "a long stderr: its end is kept, all of it is passed on" {
    printf '#!/bin/sh\nseq 1 20000 >&2; exit 1\n' >handler
    listen -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(head -n 20000 err | md5sum)" "$(seq 1 20000 | md5sum)"
    assert_regex "$(work "$work" | jq -r '.errors[].message')" '19999.20000 -- the handler exited with status 1$'
    assert [ "$(work "$work" | jq -r '.errors[].message | length')" -lt 2100 ]
}

@test "killed by a signal, not found, not to be run" {
    printf '#!/bin/sh\nkill -SEGV $$\n' >handler
    listen -- ./handler
    enrich
    complete "$work"
    assert_regex "$(work "$work" | jq -r '.errors[].message')" 'the handler was killed by signal 11$'
    stop 0
    handler ''
    listen -- ./handler
    rm handler
    enrich
    complete "$work"
    assert_equal "$(work "$work" | jq -r '.errors[].message')" \
        './handler: No such file or directory -- the handler exited with status 127'
    echo text >handler
    enrich
    complete "$work"
    assert_regex "$(work "$work" | jq -r '.errors[].message')" 'Permission denied -- the handler exited with status 126$'
    stop 0
}

@test "a handler that is not there, or cannot be run: said at once, and no job is touched" {
    mkdir dead bin one
    octi-register >/dev/null
    enrich
    forget_requests
    try timeout 10 octi-listen --dead-letter dead -- ./nowhere
    gives 127 '' 'octi-listen: ./nowhere: No such file or directory'
    try timeout 10 octi-listen --dead-letter dead -- no-such-program
    gives 127 '' 'octi-listen: no-such-program: No such file or directory'
    try timeout 10 octi-listen --dead-letter dead -- ''
    gives 127 '' 'octi-listen: : No such file or directory'
    echo text >plain
    try timeout 10 octi-listen --dead-letter dead -- ./plain
    gives 126 '' 'octi-listen: ./plain: Permission denied'
    try timeout 10 octi-listen --dead-letter dead -- ./one
    gives 126 '' 'octi-listen: ./one: Permission denied'
    try timeout 10 octi-listen --dead-letter dead -- ./plain/x
    gives 127 '' 'octi-listen: ./plain/x: Not a directory'
    printf '#!/no/such/shell -e\n' >script
    chmod +x script
    try timeout 10 octi-listen --dead-letter dead -- ./script
    gives 127 '' 'octi-listen: ./script: /no/such/shell: No such file or directory'
    cp plain bin/denied
    PATH=$PWD/bin:$PATH try timeout 10 octi-listen --dead-letter dead -- denied
    gives 126 '' 'octi-listen: denied: Permission denied'
    try octi-listen --replay plain -- ./nowhere
    gives 127 '' 'octi-listen: ./nowhere: No such file or directory'
    assert_equal "$(asked)" ''
    assert_equal "$(listen_depth)" 1
    assert_equal "$(find dead -type f)" ''
    printf '#!/bin/sh\ncat >/dev/null\n' >bin/denied
    chmod +x bin/denied
    mkdir two
    cp plain two/denied
    PATH=$PWD/two:$PWD/bin:$PATH listen -- denied
    complete "$work"
    stop 0
}

@test "dead letters: the whole message, replayed when all is well again, kept when it is not" {
    printf '#!/bin/sh\ncat >/dev/null; echo no key >&2; exit 1\n' >handler
    mkdir dead
    listen --dead-letter dead -- ./handler
    enrich
    complete "$work"
    until_true 10 settled_in dead 1
    stop 0
    local letter
    letter=$(echo dead/*.json)
    assert_equal "$(jq -r .internal.work_id "$letter")" "$work"
    assert_equal "$(stat -c %a "$letter")" 600
    try octi-listen --replay "$letter" -- ./handler
    ends 1 'no key -- the handler exited with status 1$'
    assert_file_exists "$letter"
    handler "$malware"
    try octi-listen --replay "$letter" -- ./handler
    gives 0 '' ''
    assert_file_not_exists "$letter"
    arrive 1
    complete "$work"
}

@test "--replay: 75 leaves the file and the work open; a file that is not there, or no job, is 1" {
    octi-register >/dev/null
    job '{"work_id": "new"}' "{\"entity_id\": \"$entity\", \"entity_type\": \"IPv4-Addr\"}" aside
    try octi-listen --replay aside -- sh -c 'exit 75'
    ends 75 'the handler exited with status 75$'
    assert_file_exists aside
    assert_equal "$(work "$work" | jq -c '[.status, .errors]')" '["progress",[]]'
    try octi-listen --replay nothing -- true
    ends 1 'nothing: No such file or directory$'
    echo '{' >bad
    try octi-listen --replay bad -- true
    ends 1 '^octi-listen: job: 1:3: not JSON|^octi-listen: job:'
    assert_file_exists bad
}

@test "a body that is no job is a dead letter, and the next job is taken" {
    handler ''
    mkdir dead
    octi-register >/dev/null
    raw 'no JSON'
    raw '{"internal": {}}'
    raw ''
    listen --dead-letter dead -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(listen_depth)" 0
    assert_equal "$(cat dead/*.json | tr -d '\n')" 'no JSON{"internal": {}}'
    assert_equal "$(find dead -type f | wc -l)" 3
    assert_equal "$(grep -c '^octi-listen: job:' err)" 3
}

@test "a dead letter that cannot be kept: the job stays" {
    printf '#!/bin/sh\nexit 1\n' >handler
    mkdir dead
    listen --dead-letter dead -- ./handler
    rm -r dead
    enrich
    says err 'the job stays'
    stop 0
    assert_equal "$(listen_depth)" 1
}

# ---- what a handler may print and do

@test "half a bundle: the work is in error, and nothing is sent" {
    printf '#!/bin/sh\nprintf %%s '"'"'{"type": "bundle", "id": "bundle--1", "objects": [{"type"'"'"'\n' >handler
    listen -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_regex "$(work "$work" | jq -r '.errors[].message')" "^the handler's output:1:[0-9]+: not JSON: "
    assert_equal "$(messages)" ''
}

@test "a bad object among good ones: the work is in error, and nothing is sent" {
    handler "$malware" '{"type": "malware", "name": "without id"}'
    listen -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(work "$work" | jq -r '.errors[].message')" "the handler's output:2: object 2: it has no id"
    assert_equal "$(messages)" ''
}

@test "50 MB: all of it arrives" {
    many 500 100000 >big.json
    printf '#!/bin/sh\ncat big.json\n' >handler
    listen -- ./handler
    enrich
    closed
    stop 0
    complete "$work"
    assert_equal "$(work "$work" | jq -c '[.completed_number, .errors]')" '[500,[]]'
}

@test "stdin that is not read, more of it than a pipe holds" {
    printf '#!/bin/sh\nexec <&-; sleep 0.2\n' >handler
    listen -- ./handler
    job '{"work_id": "new"}' "{\"entity_id\": \"$entity\", \"entity_type\": \"IPv4-Addr\", \"long\": 300000}"
    complete "$work"
    stop 0
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
}

@test "a handler that leaves a process behind, with its stdout and stderr, is not waited for" {
    printf '#!/bin/sh\nprintf "%%s\\n" '"'%s'"'; sleep 30 & echo $! >left\n' "$malware" >handler
    listen -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(contents | jq -r '.objects[].name')" Feodo
    kill -0 "$(cat left)"
    kill "$(cat left)"
}

@test "--timeout: ended with what it started, and the work is in error" {
    printf '#!/bin/sh\nsleep 60 & echo $! >left; echo waiting >&2; wait\n' >handler
    listen --timeout 1 -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(work "$work" | jq -r '.errors[].message')" 'waiting -- the handler ran longer than 1 s'
    until_true 5 gone "$(cat left)"
}

@test "-j 4: four at a time" {
    cat >handler <<'END'
#!/bin/sh
echo $$ >"running.$$"
for i in $(seq 100); do
    [ "$(ls running.* | wc -l)" -lt 4 ] || exit 0
    sleep 0.1
done
exit 1
END
    octi-register >/dev/null
    local ids=() i
    for i in 1 2 3 4; do
        enrich
        ids+=("$work")
    done
    listen -j 4 -- ./handler
    for i in "${ids[@]}"; do complete "$i"; done
    stop 0
    assert_equal "$(works | jq -c .errors | sort -u)" '[]'
}

# ---- the state

@test "state: in \$OCTI_STATE, stored after success, and not otherwise" {
    octi-register >/dev/null
    octi-state set n=1
    printf '#!/bin/sh\nocti-state set n="$(( $(octi-state get n) + 1 ))"; exec ./ending\n' >handler
    printf '#!/bin/sh\nexit 1\n' >ending
    chmod +x ending
    listen -- ./handler
    enrich
    complete "$work"
    assert_equal "$(octi-state get n)" 1
    printf '#!/bin/sh\nexit 0\n' >ending
    enrich
    complete "$work"
    assert_equal "$(octi-state get n)" 2
    stop 0
}

@test "state: a ping that has read the state before does not bring it back" {
    octi-register -o registration
    octi-state set n=1
    export OCTI_REGISTRATION=$PWD/registration # it pings at once then
    forget_requests
    faults '[{"match": "PingConnector", "delay": 1, "times": 1}]'
    printf '#!/bin/sh\nocti-state set n=2\n' >handler
    chmod +x handler
    octi-listen -- ./handler >out 2>err 3>&- 4>&- &
    listener=$!
    until_true 20 eval 'asked | grep -qx PingConnector'
    enrich
    complete "$work"
    answered() { [ "$(ask requests | jq 'map(select(.operation == "PingConnector" and .status)) | length')" = 2 ]; }
    until_true 20 answered
    assert_equal "$(octi-state get n)" 2
    stop 0
}

@test "state: what is no state is not taken for an empty one, and nothing is sent" {
    octi-register >/dev/null
    octi-state set n=1
    printf '#!/bin/sh\n. ./leave; echo %s\n' "'$malware'" >handler
    echo ': >"$OCTI_STATE"' >leave
    listen -- ./handler
    enrich
    complete "$work"
    assert_regex "$(work "$work" | jq -r '.errors[].message')" '^the state that the handler left: .*/state\.json: not a JSON object$'
    echo 'rm "$OCTI_STATE"; mkfifo "$OCTI_STATE"' >leave
    enrich
    complete "$work"
    assert_regex "$(work "$work" | jq -r '.errors[].message')" '^the state that the handler left: .*/state\.json: not a regular file$'
    stop 0
    assert_equal "$(octi-state get n)" 1
    assert_equal "$(messages)" ''
}

@test "what a handler says of its failure is shown with its lines" {
    printf '#!/bin/sh\nprintf "one\\n  two\\n\\n" >&2; exit 3\n' >handler
    listen -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(work "$work" | jq -c '[.errors[].message]')" '["one\n  two -- the handler exited with status 3"]'
    assert_equal "$(tail -n 1 err)" "octi-listen: one?  two -- the handler exited with status 3 (work_id=$work, tries=1, status=3)"
}

# ---- enrichment

@test "--entity: as the API has it" {
    handler ''
    listen --entity -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(jq -c '.enrichment_entity | [.standard_id, .entity_type]' stdin)" "[\"$entity\",\"IPv4-Addr\"]"
}

@test "--max-tlp: what is above it is refused, and what is not is not" {
    handler ''
    listen --max-tlp clear -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(work "$work" | jq -r '.errors[].message')" "$entity is TLP:GREEN, above the maximum of TLP:CLEAR"
    assert_file_not_exists stdin
    listen --max-tlp TLP:GREEN -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_file_exists stdin
}

@test "the connector's scope: what is not in it is refused" {
    handler ''
    CONNECTOR_SCOPE='Domain-Name, Url' listen -- ./handler
    enrich
    complete "$work"
    stop 0
    assert_equal "$(work "$work" | jq -r '.errors[].message')" "IPv4-Addr is not in the connector's scope"
    assert_file_not_exists stdin
}

@test "an entity that is not there, and a job that names none: in error" {
    handler ''
    listen -- ./handler
    job '{"work_id": "new"}' '{"entity_id": "malware--00000000-0000-4000-8000-000000000000", "entity_type": "Malware"}'
    complete "$work"
    assert_regex "$(work "$work" | jq -r '.errors[].message')" 'malware--00000000-0000-4000-8000-000000000000: not found$'
    job '{"work_id": "new"}' '{}'
    complete "$work"
    assert_equal "$(work "$work" | jq -r '.errors[].message')" 'the job names no entity'
    stop 0
}

@test "the objects of the message are taken; what is no JSON in it is in error" {
    handler ''
    listen -- ./handler
    job '{"work_id": "new"}' '{"entity_id": "tool--1", "entity_type": "Tool",
        "stix_entity": "{\"id\": \"tool--1\", \"n\": 1.50}", "stix_objects": "{\"objects\": []}"}'
    complete "$work"
    assert_equal "$(jq -c '[.stix_entity.id, .stix_objects]' stdin)" '["tool--1",{"objects":[]}]'
    job '{"work_id": "new"}' '{"entity_id": "tool--1", "stix_entity": "{\"id", "stix_objects": "x"}'
    complete "$work"
    assert_regex "$(work "$work" | jq -r '.errors[].message')" "^stix_entity: the platform's STIX"
    stop 0
}

@test "shared organizations: of the entity, on all that is sent" {
    control POST objects "[{\"type\": \"tool\", \"id\": \"tool--66666666-6666-4666-8666-666666666666\", \"name\": \"T\",
        \"x_opencti_granted_refs\": [\"identity--a\", \"identity--b\"]}]" >/dev/null
    handler "$malware"
    listen -- ./handler
    job '{"work_id": "new"}' '{"entity_id": "tool--66666666-6666-4666-8666-666666666666", "entity_type": "Tool"}'
    closed
    arrive 1
    stop 0
    assert_equal "$(variable OCTI_SHARED_ORGANIZATIONS)" identity--a,identity--b
    assert_equal "$(contents | jq -c '.objects[].x_opencti_granted_refs')" '["identity--a","identity--b"]'
}

@test "a draft: absent and empty are outside of any, null says nothing, an id is where it goes" {
    handler "$malware"
    octi-register >/dev/null
    local draft
    draft=$(octi-query -r draftWorkspaceAdd.id 'mutation { draftWorkspaceAdd(input: {name: "D"}) { id } }')
    export OCTI_DRAFT_ID=ours
    listen -- ./handler
    local event="{\"entity_id\": \"$entity\", \"entity_type\": \"IPv4-Addr\"}"
    job '{"work_id": "new"}' "$event"
    closed
    assert_equal "$(grep OCTI_DRAFT_ID environment)" OCTI_DRAFT_ID=
    job '{"work_id": "new", "draft_id": ""}' "$event"
    closed
    assert_equal "$(grep OCTI_DRAFT_ID environment)" OCTI_DRAFT_ID=
    job '{"work_id": "new", "draft_id": null}' "$event"
    closed
    run ! grep OCTI_DRAFT_ID environment
    forget_requests
    job "{\"work_id\": \"new\", \"draft_id\": \"$draft\"}" "$event"
    closed
    assert_equal "$(grep OCTI_DRAFT_ID environment)" "OCTI_DRAFT_ID=$draft"
    assert_equal "$(requests stix | jq -r '.headers["opencti-draft-id"]' | sort -u)" "$draft"
    stop 0
    arrive 4
    assert_equal "$(messages | jq -c .body.draft_id | LC_ALL=C sort | paste -sd ' ')" "\"\" \"\" \"$draft\" null"
}

@test "a draft that is closed: the work is in error, and closed" {
    handler "$malware"
    octi-register >/dev/null
    local draft
    draft=$(octi-query -r draftWorkspaceAdd.id 'mutation { draftWorkspaceAdd(input: {name: "D"}) { id } }')
    control POST "draft/$draft/close" >/dev/null
    listen -- ./handler
    job "{\"work_id\": \"new\", \"draft_id\": \"$draft\"}" "{\"entity_id\": \"$entity\", \"entity_type\": \"IPv4-Addr\"}"
    complete "$work"
    stop 0
    assert_regex "$(work "$work" | jq -r '.errors[].message')" DRAFT_LOCKED
    assert_file_not_exists stdin
}

@test "the applicant of the job" {
    handler "$malware"
    listen -- ./handler
    job "{\"work_id\": \"new\", \"applicant_id\": \"$admin_user\"}" "{\"entity_id\": \"$entity\", \"entity_type\": \"IPv4-Addr\"}"
    closed
    arrive 1
    stop 0
    assert_equal "$(variable OCTI_APPLICANT_ID)" "$admin_user"
    assert_equal "$(messages | jq -r .body.applicant_id)" "$admin_user"
}

@test "6.x: no trigger, no mode, no stix_entity" {
    platform_use six
    control POST objects "$objects" >/dev/null
    handler "$malware"
    listen -- ./handler
    enrich
    closed
    complete "$work"
    stop 0
    assert_equal "$(jq -c '[.stix_entity.value, (.stix_objects | length)]' stdin)" '["198.51.100.7",2]'
    assert_equal "$(jq -c '.internal | has("trigger")' job.seen)" false
}

# ---- playbooks

playbook_event() {
    printf '{"entity_id": "%s", "entity_type": "IPv4-Addr", "bundle": {"type": "bundle", "id": "bundle--1", "objects": [%s]}}' \
        "$entity" "{\"id\": \"$entity\", \"type\": \"ipv4-addr\", \"value\": \"198.51.100.7\"}"
}
playbook() { # [STEP]
    printf '{"work_id": null, "applicant_id": "%s", "playbook": {"event_id": "e", "execution_id": "x", "data_instance_id": "%s",
        "playbook_id": "aaaaaaaa-0000-4000-8000-000000000001", "step_id": "%s", "previous_step_id": "aaaaaaaa-0000-4000-8000-000000000003"}}' \
        "$admin_user" "$entity" "${1:-aaaaaaaa-0000-4000-8000-000000000002}"
}
answered() { [ -n "$(requests playbookStepExecution)" ]; }

@test "playbook: the handler's bundle is the answer of the step" {
    handler "$malware"
    listen -- ./handler
    job "$(playbook)" "$(playbook_event)"
    until_true 20 answered
    stop 0
    assert_equal "$(variable OCTI_PLAYBOOK)" 1
    assert_equal "$(jq -c '[.stix_entity.id, (.stix_objects | length)]' stdin)" "[\"$entity\",1]"
    assert_equal "$(requests playbookStepExecution | jq -c '.variables | [.execution_id, .event_id, .data_instance_id, .step_id,
        (.bundle | fromjson | .objects[].name), (.previous_bundle | fromjson | .objects[].value)]')" \
        "[\"x\",\"e\",\"$entity\",\"aaaaaaaa-0000-4000-8000-000000000002\",\"Feodo\",\"198.51.100.7\"]"
    assert_equal "$(operations_of_job)" 'ConnectorState PlaybookStepExecution'
    assert_equal "$(messages)" ''
    assert_equal "$(listen_depth)" 0
}

@test "playbook: nothing printed is answered with what came" {
    handler ''
    listen -- ./handler
    job "$(playbook)" "$(playbook_event)"
    until_true 20 answered
    stop 0
    assert_equal "$(requests playbookStepExecution | jq -c '.variables | .bundle == .previous_bundle')" true
}

@test "playbook: what is not in the connector's scope is answered with what came" {
    handler "$malware"
    CONNECTOR_SCOPE=Domain-Name listen -- ./handler
    job "$(playbook)" "$(playbook_event)"
    until_true 20 answered
    stop 0
    assert_equal "$(requests playbookStepExecution | jq -c '.variables | .bundle == .previous_bundle')" true
    assert_file_not_exists stdin
    assert_equal "$(listen_depth)" 0
    assert_equal "$(cat err)" ''
}

@test "playbook: a step that is gone is a dead letter" {
    handler ''
    mkdir dead
    listen --dead-letter dead -- ./handler
    job "$(playbook gone)" "$(playbook_event)"
    until_true 20 settled_in dead 1
    stop 0
    assert_equal "$(cat err)" 'octi-listen: PlaybookStepExecution: the platform does not know the step any more (tries=1, status=0)'
}

# ---- imports

upload() { # NAME TEXT: prints the file's id
    printf '%s' "$2" >"$1"
    octi-file put --no-trigger "$1" | jq -r .id
}

import() { # FILE-ID [EVENT]: a job that imports it; more of the event
    job '{"work_id": "new", "applicant_id": "'"$admin_user"'", "draft_id": null, "trigger": "update", "mode": "auto"}' \
        "$(jq -nc --arg id "$1" --argjson more "${2:-{\}}" '{file_id: $id, file_mime: "text/csv", file_markings: [],
            file_fetch: "/storage/get/\($id)", validation_mode: "draft", bypass_validation: false, force_validation: false} + $more')"
}

@test "import --fetch: the file is there before the handler runs" {
    begin_listening INTERNAL_IMPORT_FILE
    octi-register >/dev/null
    local id
    id=$(upload 'Été 100% #1.csv' $'a,b\n')
    printf '#!/bin/sh\nenv >environment; cat >stdin; cat "$OCTI_FILE" >file.seen; printf %%s '"'%s'"'\n' "$malware" >handler
    listen --fetch -- ./handler
    octi-query -v file="$id" -v connector="$CONNECTOR_ID" 'mutation ask($file: ID!, $connector: String) {
        askJobImport(fileName: $file, connectorId: $connector, configuration: "{\"a\": 1}") { id } }' >/dev/null
    arrive 1
    until_true 20 eval '[ "$(works | jq -r .status)" = complete ]'
    stop 0
    assert_equal "$(cat file.seen)" a,b
    assert_equal "$(variable OCTI_FILE_NAME)" 'été 100% #1.csv'
    assert_equal "$(variable OCTI_FILE_MIME)" text/csv
    assert_equal "$(jq -c '[.file_id, .configuration]' stdin)" "[\"$id\",\"{\\\"a\\\": 1}\"]"
    assert_file_not_exists "$(variable OCTI_FILE)"
}

@test "import --fetch: a file that is gone is in error" {
    begin_listening INTERNAL_IMPORT_FILE
    handler ''
    listen --fetch -- ./handler
    import import/global/gone.csv
    complete "$work"
    stop 0
    assert_regex "$(work "$work" | jq -r '.errors[].message')" 'gone\.csv'
    assert_file_not_exists stdin
}

@test "import: force_validation opens a draft, or uploads a workbench; bypass_validation does neither" {
    begin_listening INTERNAL_IMPORT_FILE
    handler "$malware"
    listen -- ./handler
    import f.csv
    closed
    arrive 1
    assert_equal "$(requests draftWorkspaceAdd)" ''
    import f.csv '{"force_validation": true}'
    closed
    arrive 2
    local draft
    draft=$(work "$work" | jq -r .draft_context)
    assert_regex "$draft" '^[0-9a-f-]{36}$'
    assert_equal "$(messages | jq -c .body.draft_id | tail -n1)" "\"$draft\""
    import f.csv '{"force_validation": true, "validation_mode": "workbench", "file_markings": ["'$green'"]}'
    complete "$work"
    assert_equal "$(requests uploadPending | jq -c .variables.file_markings)" "[\"$green\"]"
    assert_equal "$(control GET files | jq -r '.[] | select(.id | startswith("import/pending")) | .name')" "$work.json"
    import f.csv '{"force_validation": true, "bypass_validation": true}'
    closed
    arrive 3
    stop 0
    assert_equal "$(requests draftWorkspaceAdd | wc -l)" 1
    assert_equal "$(works | jq -c '.errors' | sort -u)" '[]'
}

@test "import: CONNECTOR_VALIDATE_BEFORE_IMPORT" {
    begin_listening INTERNAL_IMPORT_FILE
    handler "$malware"
    CONNECTOR_VALIDATE_BEFORE_IMPORT=true listen -- ./handler
    import f.csv
    closed
    arrive 1
    stop 0
    assert_equal "$(variable OCTI_VALIDATION_MODE)" draft
    assert_equal "$(requests draftWorkspaceAdd | wc -l)" 1
}

# ---- exports and analyses: what the handler prints is the file

@test "export of one entity" {
    begin_listening INTERNAL_EXPORT_FILE
    printf '#!/bin/sh\ncat >stdin; printf "%%s\\000b" "%%PDF"\n' >handler
    listen -- ./handler
    job '{"work_id": "new", "applicant_id": "'"$admin_user"'", "trigger": null, "mode": "manual"}' "{\"event_type\": \"INTERNAL_EXPORT_FILE\",
        \"export_scope\": \"single\", \"export_type\": \"simple\", \"file_name\": \"2026_TLP:ALL_(me)_IP.pdf\", \"format\": \"application/pdf\",
        \"entity_id\": \"$entity\", \"entity_type\": \"IPv4-Addr\", \"file_markings\": [\"$green\"]}"
    complete "$work"
    stop 0
    assert_equal "$(requests StixDomainObjectEdit | jq -c '[.variables.file_markings, .files[0].filename, .files[0].content_type, .files[0].size]')" \
        "[[\"$green\"],\"2026_TLP:ALL_(me)_IP.pdf\",\"application/pdf\",6]"
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
    assert_equal "$(operations_of_job)" 'workToReceived ConnectorState StixDomainObjectEdit WorkAliveQuery workToProcessed'
}

@test "export of a list" {
    begin_listening INTERNAL_EXPORT_FILE
    printf '#!/bin/sh\necho a,b\n' >handler
    listen -- ./handler
    job '{"work_id": "new", "applicant_id": "'"$admin_user"'"}' '{"export_scope": "query", "export_type": "simple",
        "file_name": "list.csv", "format": "text/csv", "entity_type": "Malware", "file_markings": [], "list_params": {"search": "x"}}'
    complete "$work"
    stop 0
    assert_equal "$(requests stixDomainObjectsExportPush | jq -c '[.variables.entity_type, .variables.listFilters, .files[0].filename, .files[0].size]')" \
        '["Malware","{\"search\": \"x\"}","list.csv",4]'
}

@test "an export of something that is gone: in error" {
    begin_listening INTERNAL_EXPORT_FILE
    printf '#!/bin/sh\necho a,b\n' >handler
    listen -- ./handler
    job '{"work_id": "new"}' '{"export_scope": "single", "entity_id": "report--0", "entity_type": "Report", "file_name": "f"}'
    complete "$work"
    stop 0
    assert_regex "$(work "$work" | jq -r '.errors[].message')" 'Cannot find the element'
}

@test "analysis" {
    begin_listening INTERNAL_ANALYSIS
    printf '#!/bin/sh\ncat >stdin; echo "{}"\n' >handler
    listen -- ./handler
    job '{"work_id": "new", "applicant_id": null, "mode": "manual", "trigger": "update"}' "{\"event_type\": \"INTERNAL_ANALYSIS\",
        \"entity_id\": \"$entity\", \"entity_type\": \"IPv4-Addr\", \"content_type\": \"fields\", \"content_source\": \"content_mapping\",
        \"content_fields\": \"description content\", \"analysis_name\": \"An analysis.json\"}"
    complete "$work"
    stop 0
    assert_equal "$(requests StixCoreObjectEdit | jq -c '[.variables.id, .variables.contentSource, .variables.contentType, .files[0].filename]')" \
        "[\"$entity\",\"content_mapping\",\"fields\",\"An analysis.json\"]"
    assert_equal "$(work "$work" | jq -c .errors)" '[]'
}

# ---- called wrongly

@test "usage" {
    try octi-listen -j 0 -- true
    gives 2 '' 'octi-listen: -j: not from 1 to 1000: 0; see octi-listen --help'
    try octi-listen --max-tlp purple -- true
    gives 2 '' 'octi-listen: --max-tlp: no level of TLP: purple; see octi-listen --help'
    try octi-listen --replay FILE
    gives 2 '' 'octi-listen: --replay needs a handler; see octi-listen --help'
    touch handler
    mkdir kept
    ln -s kept other
    try timeout 10 octi-listen --journal kept --dead-letter ./other -- true
    gives 2 '' 'octi-listen: --journal and --dead-letter: one directory: kept; see octi-listen --help'
    for option in --journal --dead-letter; do
        try timeout 10 octi-listen "$option" nowhere -- true
        gives 1 '' 'octi-listen: nowhere: No such file or directory'
    done
    try timeout 10 octi-listen --dead-letter handler -- true
    gives 1 '' 'octi-listen: handler: Not a directory'
    run ! known
    try octi-listen -s OPENCTI_TOKEN=x -- true
    ends 2 'a secret on the command line'
    unset CONNECTOR_TYPE
    try octi-listen -- true
    ends 2 CONNECTOR_TYPE
}

@test "a broker that refuses us, a journal that is not there" {
    MQ_USER=nobody MQ_PASS=nothing try timeout 20 octi-listen -- true
    ends 1 'octi-listen: .*(ACCESS_REFUSED|refuse)'
    try timeout 20 octi-listen --journal nowhere -- true
    ends 1 'nowhere: No such file or directory$'
}
