#!/usr/bin/env bats
# octi-send-bundle with input that means harm, disks that are full, and eyes on its secrets.

load send

setup_file() { platform_up platform --no-worker; }
teardown_file() { services_down; }

setup() {
    begin
    small_bundle
}

teardown() {
    amqp 'c.queue_delete(queue)' || :
}

# The bundles in the queue, byte for byte, a line each. They are gone then.
queued() {
    amqp '
import base64, json, sys
c.basic_qos(prefetch_count=500)
for method, _, body in c.consume(queue, inactivity_timeout=1):
    if method is None: break
    sys.stdout.buffer.write(base64.b64decode(json.loads(body)["content"]) + b"\n")
    c.basic_ack(method.delivery_tag)'
}

malware() { # MEMBERS: one object
    printf '{"type": "malware", "id": "malware--44444444-4444-4444-8444-444444444444", "is_family": true%b}' "$1"
}

refused() { # PATTERN: a line, nothing sent, nobody asked
    assert_failure 1
    assert_equal "$output" ''
    assert_equal "${#stderr_lines[@]}" 1
    assert_regex "$stderr" "^octi-send-bundle: $1"
}

# ---- bytes

@test "a NUL byte is no JSON" {
    malware ', "name": "a\0b"' >n.json
    run --separate-stderr octi-send-bundle n.json
    refused 'n\.json:1:[0-9]+: not JSON: '
    printf '{}\0' >n.json
    run --separate-stderr octi-send-bundle n.json
    refused 'n\.json'
}

@test "an escaped NUL travels as it is" {
    malware ', "name": "a\\u0000b"' | octi-send-bundle
    assert_regex "$(queued)" '"name": "a\\u0000b"'
}

@test "a byte order mark at the start is passed over" {
    { printf '\xef\xbb\xbf' && cat b.json; } >bom.json
    octi-send-bundle bom.json
    assert_equal "$(queued | wc -l)" 3
}

@test "invalid UTF-8 is refused, with its place" {
    local bytes
    for bytes in '\xff' '\xc0\xaf' '\xed\xa0\x80' '\xf4\x90\x80\x80' '\xe2\x82'; do
        malware ", \"name\": \"$bytes\"" >u.json
        run --separate-stderr octi-send-bundle u.json
        refused 'u\.json:1:[0-9]+: not JSON: '
    done
}

@test "keys that only look alike are no duplicates" {
    run --separate-stderr octi-split "$tests/fuzz/seeds/bundle/keys-that-look-alike"
    assert_failure 1
    assert_regex "$stderr" 'object 1: it has no id$'
}

@test "duplicate keys: the last one wins, as in pycti" {
    malware ', "name": "first", "name": "second", "is_family": false' | octi-send-bundle
    assert_equal "$(queued | jq -c '.objects[0] | [.name, .is_family]')" '["second",false]'
}

@test "numbers travel to the digit" {
    local numbers='[9007199254740993, 123456789012345678901234567890, -0, 0.1000, 1e400, 1.7976931348623157e309, 1E+2]'
    malware ", \"x_numbers\": $numbers" | octi-send-bundle
    local content
    content=$(queued)
    assert_regex "$content" '9007199254740993, 123456789012345678901234567890'
    # What Python reads of it is what Python reads of the original.
    assert_equal "$(python -c '
import json, sys
print(json.loads(sys.argv[1])["objects"][0]["x_numbers"] == json.loads(sys.argv[2]))' "$content" "$numbers")" True
}

@test "control characters and quotes in ids do not break the line that names them" {
    printf '{"type": "malware", "id": "malware--\\u001b[31m\\n\\"", "name": 5, "created_by_ref": 7}' >c.json
    run --separate-stderr octi-send-bundle c.json
    refute_regex "$output$stderr" $'\e'
    if [ "$status" -eq 0 ]; then jq -e . <<<"$output"; fi
}

# ---- sizes

chain() { # COUNT: notes, each refers to the next
    python - "$1" <<'PY'
import sys
n = int(sys.argv[1])
note = '{"type": "note", "id": "note--%08x-0000-4000-8000-000000000000", "content": "c", "object_refs": [%s]}'
ref = '"note--%08x-0000-4000-8000-000000000000"'
print('{"type": "bundle", "objects": [' + ",\n".join(note % (i, ref % (i + 1) if i + 1 < n else "") for i in range(n)) + "]}")
PY
}

@test "a chain of 2,000 and one of 100,000 are sent whole, the last link first" {
    chain 2000 >c.json
    octi-send-bundle c.json
    queued >parts
    assert_equal "$(wc -l <parts)" 2000
    assert_equal "$(head -n 1 parts | jq -r '.objects[0].id')" note--000007cf-0000-4000-8000-000000000000
    assert_equal "$(tail -n 1 parts | jq -c '[.objects[0].id, .x_opencti_seq]')" \
        '["note--00000000-0000-4000-8000-000000000000",2000]'
    chain 100000 >c.json
    run --separate-stderr octi-send-bundle c.json
    assert_success
    assert_equal "$(jq -c '[.objects, .parts]' <<<"$output")" '[100000,100000]'
    assert_equal "$(depth)" 100000
}

@test "a report with 100,000 references" {
    python >r.json <<'PY'
refs = ['"indicator--%08x-0000-4000-8000-000000000000"' % i for i in range(100000)]
print('{"type": "report", "id": "report--1", "name": "r", "object_refs": [%s]}' % ", ".join(refs))
PY
    run --separate-stderr octi-send-bundle r.json
    assert_success
    assert_equal "$(queued | jq '.objects[0].object_refs | length')" 100000
}

@test "10,000 bundles one after the other make one" {
    python >m.json <<'PY'
for i in range(10000):
    print('{"type": "bundle", "id": "bundle--%d", "objects": [{"type": "label", "id": "label--%d", "value": "l"}]}' % (i, i))
PY
    run --separate-stderr octi-send-bundle m.json
    assert_success
    assert_equal "$(jq -c '[.objects, .parts]' <<<"$output")" '[10000,10000]'
    assert_equal "$(queued | jq -r .id | sort -u | wc -l)" 1
}

@test "arrays as deep as a well" {
    python -c 'print("{\"type\": \"malware\", \"id\": \"malware--1\", \"x\": " + "[" * 200000 + "]" * 200000 + "}")' >d.json
    run --separate-stderr octi-send-bundle -n d.json
    assert [ "$status" -eq 0 ] || [ "$status" -eq 1 ]
    python -c 'print("[" * 1000000)' >d.json
    run --separate-stderr octi-send-bundle -n d.json
    assert_failure 1
}

@test "what is no bundle: values, an object list that is none, an object without an id" {
    local input
    while read -r input; do
        run --separate-stderr octi-send-bundle <<<"$input"
        assert_failure 1
        assert_equal "$output" ''
        assert_regex "$stderr" '^octi-send-bundle: (stdin|nothing to import)'
        assert_equal "${#stderr_lines[@]}" 1
    done <<'EOF'
5
"text"
null
{"type": "bundle"}
{"type": "bundle", "objects": {}}
{"type": "bundle", "objects": null}
{"type": "bundle", "objects": [5]}
{"type": "bundle", "objects": [[]]}
{"type": "bundle", "objects": [{}]}
{"type": "bundle", "objects": [{"type": "malware"}]}
{"type": "bundle", "objects": [{"type": "malware", "id": 5}]}
{"type": "bundle", "objects": [{"type": "malware", "id": null}]}
[]
{}
EOF
}

# ---- disks and pipes

@test "a full disk on stdout: 75" {
    local option
    for option in '' -n -o '-n -o' '--to stdout'; do
        # shellcheck disable=SC2086
        run --separate-stderr bash -c "octi-send-bundle $option b.json >/dev/full"
        assert_failure 75
        assert_equal "$(grep -v '^{' <<<"$stderr")" 'octi-send-bundle: stdout: No space left on device'
    done
}

@test "a closed stdout: 1, for the summary is not printed, though all is sent" {
    run --separate-stderr bash -c 'octi-send-bundle b.json >&-'
    assert_failure 1
    assert_equal "$stderr" 'octi-send-bundle: stdout: Bad file descriptor'
    assert_equal "$(depth)" "$(octi-split b.json | wc -l)"
}

@test "a reader that goes away: 75 when there was something to send, else as any filter" {
    many 5000 >m.json
    # shellcheck disable=SC2016
    run --separate-stderr bash -c 'octi-send-bundle -o m.json | head -c 10 >/dev/null; exit "${PIPESTATUS[0]}"'
    assert_failure 75
    assert_equal "$stderr" 'octi-send-bundle: stdout: Broken pipe'
    assert_equal "$(depth)" 5000
    # shellcheck disable=SC2016
    run --separate-stderr bash -c 'octi-send-bundle -n -o m.json | head -c 10 >/dev/null; exit "${PIPESTATUS[0]}"'
    assert_failure 141
    assert_equal "$stderr" ''
}

@test "a full disk under dir: 75, and nothing is left there" {
    many 2000 >m.json
    mkdir out
    if mount -t tmpfs -o size=64k none out 2>/dev/null; then
        run --separate-stderr octi-send-bundle --to dir:out --to queue m.json
        ls -A out >left
        umount out
        assert_failure 75
        assert_regex "$stderr" '^octi-send-bundle: out/my_feed-.*\.json: No space left on device$'
        assert_equal "$(cat left)" ''
        # What comes before the queue has failed: nothing is queued.
        assert_equal "$(depth)" 0
    else
        run --separate-stderr bash -c 'trap "" XFSZ; ulimit -f 64; octi-send-bundle --to dir:out m.json'
        assert_failure
        assert_regex "$stderr" '^octi-send-bundle: out/my_feed-.*\.json: File too large$'
        assert_equal "$(ls -A out)" ''
    fi
}

@test "a directory that may not be written to" {
    mkdir out
    : >file
    run --separate-stderr octi-send-bundle --to dir:file b.json
    assert_failure 1
    assert_equal "$stderr" 'octi-send-bundle: file: Not a directory'
}

# ---- secrets

@test "no secret on a command line, in a child's or in what is said" {
    run --separate-stderr octi-send-bundle -s OPENCTI_TOKEN=hunter2 b.json
    assert_failure 2
    refute_regex "$stderr" hunter2
    ASAN_OPTIONS=detect_leaks=0 MQ_PASS=hunter2 strace -f -qq -o trace -e trace=execve,clone,clone3,fork,vfork octi-send-bundle -v b.json || :
    refute_regex "$(cat trace)" hunter2
    refute_regex "$(sed 's/execve([^]]*\]//' trace)" "$OPENCTI_TOKEN"
    assert_equal "$(grep -c execve trace)" 1
}

@test "no token and no password in any message, whatever fails" {
    export OPENCTI_TOKEN=sesame-token MQ_PASS=sesame-pass S3_SECRET_KEY=sesame-secret S3_ACCESS_KEY=sesame-access
    export S3_ENDPOINT=127.0.0.1 S3_PORT=1 CONNECTOR_SEND_TO_S3_BUCKET=b
    octi-send-bundle -v b.json >said 2>&1 || :
    octi-send-bundle -v --to api b.json >>said 2>&1 || :
    octi-send-bundle -v --to s3 b.json >>said 2>&1 || :
    OPENCTI_TOKEN=$(token connector)
    octi-send-bundle -v --work W b.json >>said 2>&1 || :
    octi-send-bundle -v --validate draft b.json >>said 2>&1 || :
    OPENCTI_URL=http://user:sesame-url@127.0.0.1:1 octi-send-bundle -v b.json >>said 2>&1 || :
    HTTPS_PROXY=http://user:sesame-proxy@127.0.0.1:1 OPENCTI_URL=https://127.0.0.1:1 octi-send-bundle b.json >>said 2>&1 || :
    assert [ "$(wc -l <said)" -ge 6 ]
    refute grep -e sesame -e "$(token connector)" said
}
