#!/usr/bin/env bats
# octi-send-bundle --to s3, against moto, which checks the signatures.

load send

setup_file() {
    export BATS_NO_PARALLELIZE_WITHIN_FILE=true
    mkdir "$BATS_FILE_TMPDIR/s3"
    # Objects whose names have a date of 2020 are that old.
    cat >"$BATS_FILE_TMPDIR/s3/sitecustomize.py" <<'PY'
import sys
if any("moto.server" in word for word in sys.orig_argv):
    import datetime
    import moto.s3.models as models
    models.FakeKey.last_modified = property(
        lambda self: datetime.datetime(2020, 1, 1) if "-20200101-" in self.name else self.real_date,
        lambda self, date: setattr(self, "real_date", date))
PY
    PYTHONPATH=$BATS_FILE_TMPDIR/s3 s3_start "$BATS_FILE_TMPDIR/s3"
    platform_up platform --s3-port "$(cat "$BATS_FILE_TMPDIR/s3/s3.port")"
    python - "$(cat "$BATS_FILE_TMPDIR/s3/s3.port")" >"$BATS_FILE_TMPDIR/s3/keys" <<'PY'
import json, sys, urllib.request, boto3
url = "http://127.0.0.1:" + sys.argv[1]
any = dict(endpoint_url=url, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
iam, s3 = boto3.client("iam", **any), boto3.client("s3", **any)
iam.create_user(UserName="octi")
key = iam.create_access_key(UserName="octi")["AccessKey"]
iam.put_user_policy(UserName="octi", PolicyName="s3", PolicyDocument=json.dumps({"Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))
s3.create_bucket(Bucket="bundles")
# From now on signatures are checked.
urllib.request.urlopen(urllib.request.Request(url + "/moto-api/reset-auth", b"0",
    {"Content-Type": "text/plain"}))
print(key["AccessKeyId"], key["SecretAccessKey"])
PY
}

teardown_file() {
    s3_stop "$BATS_FILE_TMPDIR/s3"
    services_down
}

setup() {
    begin
    small_bundle
    read -r S3_ACCESS_KEY S3_SECRET_KEY <"$BATS_FILE_TMPDIR/s3/keys"
    S3_PORT=$(cat "$BATS_FILE_TMPDIR/s3/s3.port")
    export S3_ENDPOINT=127.0.0.1 S3_PORT S3_ACCESS_KEY S3_SECRET_KEY CONNECTOR_SEND_TO_S3_BUCKET=bundles
    # A folder of this test alone.
    export CONNECTOR_SEND_TO_S3_FOLDER=$CONNECTOR_ID
    forget_requests
}

# s3 CODE: Python that has a client `c`.
s3() {
    python - "$S3_PORT" "$S3_ACCESS_KEY" "$S3_SECRET_KEY" "$1" <<'PY'
import os, sys, boto3
c = boto3.client("s3", endpoint_url="http://127.0.0.1:" + sys.argv[1], region_name="us-east-1",
    aws_access_key_id=sys.argv[2], aws_secret_access_key=sys.argv[3])
exec(sys.argv[4])
PY
}

keys() { # [PREFIX]
    s3 "
for one in c.list_objects_v2(Bucket='bundles', Prefix='$1').get('Contents', []): print(one['Key'])"
}

name='my_feed-[0-9]{8}-[0-9]{6}-[0-9]{10}\.[0-9]{7}\.json'

@test "pycti's file in the bucket, without the platform" {
    OPENCTI_URL=http://127.0.0.1:1 run --separate-stderr octi-send-bundle --to s3 -u -t tool b.json
    assert_success
    assert_equal "$stderr" ''
    local key
    key=$(keys "$CONNECTOR_ID")
    assert_regex "$key" "^$CONNECTOR_ID/$name\$"
    s3 "
one = c.get_object(Bucket='bundles', Key='$key')
print(one['ContentType'])
print(one['Body'].read().decode())" >object
    assert_equal "$(head -n 1 object)" application/json
    assert_equal "$(tail -n +2 object | jq -c .)" "$(jq -c --arg id "$CONNECTOR_ID" \
        '{bundle_type: "S3_BUNDLE", applicant_id: null, connector: {id: $id, name: "My Feed",
          type: "EXTERNAL_IMPORT", scope: "indicator", auto: false, validate_before_import: false},
          entities_types: ["tool"], bundle: {type, id, spec_version: "2.1", objects}, update: true}' b.json)"
    assert_equal "$(jq .bytes <<<"$output")" "$(tail -n +2 object | tr -d '\n' | wc -c)"
}

@test "the folder: none, a dot, slashes at its end, and depth" {
    local folder wanted
    CONNECTOR_NAME="Root $CONNECTOR_ID"
    while IFS='|' read -r folder wanted; do
        CONNECTOR_SEND_TO_S3_FOLDER=$folder octi-send-bundle --to s3 b.json
    done <<EOF
.|
$CONNECTOR_ID/a|$CONNECTOR_ID/a/
$CONNECTOR_ID/b//|$CONNECTOR_ID/b/
$CONNECTOR_ID/c d+e/|$CONNECTOR_ID/c d+e/
EOF
    assert_equal "$(keys "$CONNECTOR_ID" | sed -E "s#[^/]*\$##" | sort)" \
        "$(printf '%s\n' "$CONNECTOR_ID/a/" "$CONNECTOR_ID/b/" "$CONNECTOR_ID/c d+e/")"
    assert_regex "$(keys "root_$CONNECTOR_ID")" "^root_$CONNECTOR_ID-[0-9]{8}-[^/]*\\.json\$"
    # Without a folder, pycti's.
    unset CONNECTOR_SEND_TO_S3_FOLDER
    octi-send-bundle --to s3 b.json
    assert_regex "$(keys "connectors/root_$CONNECTOR_ID")" "^connectors/root_$CONNECTOR_ID-"
}

@test "retention deletes our own expired objects, and nothing else" {
    local old
    for old in "$CONNECTOR_ID/my_feed-20200101-000000-1577836800.0000000.json" \
        "$CONNECTOR_ID/my_feed-20200101-notes.json" "$CONNECTOR_ID/my_feed-two-20200101-000000-1577836800.0.json" \
        "$CONNECTOR_ID/other-20200101-000000-1577836800.0.json" \
        "$CONNECTOR_ID-2/my_feed-20200101-000000-1577836800.0.json"; do
        s3 "c.put_object(Bucket='bundles', Key='$old', Body=b'{}')"
    done
    s3 "c.put_object(Bucket='bundles', Key='$CONNECTOR_ID/my_feed-20240101-000000-1704067200.0.json', Body=b'{}')"
    CONNECTOR_SEND_TO_S3_RETENTION=0 octi-send-bundle --to s3 b.json
    assert_equal "$(keys "$CONNECTOR_ID" | wc -l)" 7
    run --separate-stderr octi-send-bundle --to s3 b.json
    assert_success
    assert_equal "$stderr" ''
    assert_equal "$(keys "$CONNECTOR_ID" | wc -l)" 7
    refute [ "$(keys "$CONNECTOR_ID/my_feed-20200101-000000-1577836800.0000000.json")" ]
}

@test "more objects than a page of the listing" {
    # A page has 1000 keys, in order; the expired one is on the second.
    s3 "
for i in range(1000):
    c.put_object(Bucket='bundles', Key='$CONNECTOR_ID/my_feed-20190101-000000-1546300800.%07d.json' % i, Body=b'')
c.put_object(Bucket='bundles', Key='$CONNECTOR_ID/my_feed-20200101-000000-1577836800.0000000.json', Body=b'')"
    octi-send-bundle --to s3 b.json
    assert_equal "$(keys "$CONNECTOR_ID/my_feed-20200101")" ''
    assert_equal "$(keys "$CONNECTOR_ID/my_feed-20190101-000000-1546300800.0000007.json" | wc -l)" 1
}

@test "what the configuration does not say comes with the registration" {
    unset S3_ENDPOINT S3_PORT CONNECTOR_SEND_TO_S3_BUCKET
    run --separate-stderr octi-send-bundle --to s3 b.json
    # The registration's endpoint, port and bucket (which is not there), and our keys.
    assert_failure 1
    assert_regex "$stderr" '^octi-send-bundle: S3: PUT opencti-bucket/.*: HTTP 404: NoSuchBucket: '
    assert_equal "$(asked)" RegisterConnector
}

@test "a wrong key is refused, and not shown" {
    run --separate-stderr env S3_SECRET_KEY=hunter2hunter2 octi-send-bundle --to s3 b.json
    assert_failure 1
    assert_regex "$stderr" '^octi-send-bundle: S3: PUT bundles/.*: HTTP 403: SignatureDoesNotMatch'
    refute_regex "$stderr" hunter2
    assert_equal "$(keys "$CONNECTOR_ID")" ''
}

@test "the store is not there: 75, and nothing is queued then" {
    run --separate-stderr env S3_PORT=1 octi-send-bundle --to s3 --to queue b.json
    assert_failure 75
    assert_regex "$stderr" '^octi-send-bundle: S3: PUT bundles/'
    assert_equal "${#stderr_lines[@]}" 1
    assert_equal "$(messages)$(depth)" 0
}

@test "CONNECTOR_SEND_TO_S3 beside the queue" {
    CONNECTOR_SEND_TO_S3=true octi-send-bundle --work W b.json
    arrive 3
    assert_regex "$(keys "$CONNECTOR_ID")" "^$CONNECTOR_ID/$name\$"
}
