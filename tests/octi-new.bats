#!/usr/bin/env bats
# A new connector of each type, tried as its owner would.
load helper

root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)

setup_file() {
    broker_wait "$OCTI_BROKER"
}

setup() {
    clean_setup
    export OCTI_PYTHON=${OCTI_PYTHON:-$root/.venv/bin/python}
}

works() { # TYPE: a new one passes its checks, and what it has is sound
    octi-new "$1" new-one
    cd new-one || return
    make -s lint
    # The connector says itself what it is.
    grep -q "CONNECTOR_TYPE=$(jq -r .container_type __metadata__/connector_manifest.json)" connector
    try make -s test
    gives 0 ok ''
    refute grep -rnE '@[A-Z]+@' .
    assert_equal "$(sed -n 's/^ENTRYPOINT //p' Dockerfile | jq -r type)" array
    # One id, in all places.
    [ "$(sed -n 's/^CONNECTOR_ID=//p' .env.sample)" = "$(sed -n 's/^id = //p' config.ini)" ]
    sed 's|^ExecStart=/usr/local/lib/octi/new-one|ExecStart=/bin/true|' new-one.service >checked.service
    try systemd-analyze verify --man=no ./checked.service
    gives 0 '' ''
    octi-new "$1" other-one
    refute grep -qF "$(sed -n 's/^id = //p' config.ini)" other-one/config.ini
}

@test "external-import" {
    works external-import
    assert [ -f new-one.timer ]
    sed -i 's|^ExecStart=.*|ExecStart=/bin/true|' new-one.service
    try systemd-analyze verify --man=no ./new-one.timer
    gives 0 '' ''
    # A connector that does not do its work does not pass.
    sed -i 's/^jq -c /true /' connector
    sed -i 's/left=600/left=20/' tests/run
    try make -s test
    ends 2 '^never so: imported '
}

@test "internal-analysis" { works internal-analysis; }

@test "internal-enrichment" {
    works internal-enrichment
    assert [ ! -e new-one.timer ]
}

@test "internal-export-file" { works internal-export-file; }

@test "internal-import-file" { works internal-import-file; }

@test "stream" { works stream; }

@test "the manifest has what those of OpenCTI's repository have" {
    octi-new STREAM one
    assert_equal "$(jq -r 'keys_unsorted[]' one/__metadata__/connector_manifest.json | paste -sd ' ')" \
        'title slug description short_description logo use_cases solution_categories license_type contact verified last_verified_date playbook_supported max_confidence_level support_version subscription_link source_code manager_supported container_version container_image container_type'
}

@test "make install puts it where its unit looks for it" {
    octi-new internal-export-file one
    cp one/.env.sample one/.env
    make -s -C one install DESTDIR="$PWD/dest"
    assert_equal "$(cd dest && find . -type f -printf '%m %p\n' | sort -k2)" '600 ./etc/octi/one.env
644 ./etc/systemd/system/one.service
755 ./usr/local/lib/octi/one'
}

@test "mistakes of the call" {
    local name
    try octi-new
    gives 2 '' 'octi-new: a type and a name are wanted; see octi-new --help'
    try octi-new stream
    gives 2 '' 'octi-new: a type and a name are wanted; see octi-new --help'
    try octi-new feed new
    gives 2 '' 'octi-new: no type of connectors: feed; see octi-new --help'
    for name in A -a 1 a_b a/b .. '' "$(printf '%064d' 0 | tr 0 a)"; do
        try octi-new stream -- "$name"
        gives 2 '' "octi-new: $name: a name is a lower-case letter, and then letters, digits and hyphens, at most 63"
    done
}

@test "what is there stays, and without success nothing is left" {
    mkdir there
    try octi-new stream there
    gives 1 '' 'octi-new: there: is there already'
    assert_equal "$(ls -A there)" ''
    cp -r "$root/scripts" .
    rm scripts/connector/service
    OCTI_SHARE=$PWD try octi-new stream new
    gives 1 '' "octi-new: $PWD/scripts/connector/service: No such file or directory"
    assert [ ! -e new ]
    unset OCTI_SHARE
    try octi-new stream new
    ends 1 "^octi-new: $(dirname "$OCTI_BUILD")/share/octi/scripts/templates/stream: No such file"
    assert [ ! -e new ]
}
