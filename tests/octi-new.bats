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

# No daemon of Docker's is asked: what its image and its service are made of, read as they stand.
is_image() { # TYPE
    local part
    assert_equal "$(sed -n 's/^FROM //p' Dockerfile)" debian:bookworm-slim
    assert_equal "$(sed -n 's/^ENTRYPOINT //p' Dockerfile | jq -r type)" array
    # The last user is not root, and is there.
    assert_equal "$(sed -n 's/^USER //p' Dockerfile)" connector
    grep -q 'useradd --system .* connector$' Dockerfile
    # What is copied is there, or put there first, and none of it is kept out.
    assert_equal "$(sed -n 's/^COPY \([^ ]*\) .*/\1/p' Dockerfile | paste -sd ' ')" 'octi.deb connector'
    assert [ -x connector ]
    grep -qxF "	cp '\$(DEB)' octi.deb" Makefile
    for part in connector octi.deb; do grep -qxF "!$part" .dockerignore; done
    assert_equal "$(grep -vc '^!' .dockerignore)" 1
    # What it runs, Debian has; the connector uses nothing else.
    for part in bash curl jq uuid-runtime ca-certificates; do
        sed -n '/apt-get install/p' Dockerfile | tr ' ' '\n' | grep -qxF "$part"
    done
}

is_service() { # TYPE
    local stores='[]'
    # What a stream has kept is not to go with its container: the position is the platform's.
    if [ "$1" = stream ]; then stores='["patterns:/var/lib/connector"]'; fi
    "$OCTI_PYTHON" - docker-compose.yml <<'PYTHON' >service.json
import json, sys, yaml
json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)
PYTHON
    assert_equal "$(jq -c '.services | keys' service.json)" '["connector-new-one"]'
    # Ten seconds, unless it is said, are less than a run may take to end.
    assert_equal "$(jq -c '.services["connector-new-one"] | del(.environment, .volumes)' service.json)" \
        '{"image":"new-one:latest","init":true,"stop_grace_period":"90s","restart":"always"}'
    assert_equal "$(jq -c '.services["connector-new-one"].volumes // []' service.json)" "$stores"
    assert_equal "$(jq -c '.volumes // {} | keys' service.json)" "$(jq -c 'map(sub(":.*"; ""))' <<<"$stores")"
    # Each name of the environment is one that .env has, under its own name; and the other way round. It may have a default.
    assert_equal "$(jq -r '.services["connector-new-one"].environment[] | sub(":-[^}]*"; "")' service.json | sort)" \
        "$(sed -n 's/^\([A-Z_]*\)=.*/\1=${\1}/p' .env.sample | sort)"
    rm service.json
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
    is_image "$1"
    is_service "$1"
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

@test "the manifest has what those of OpenCTI's repository have, of the same types" {
    octi-new STREAM one
    jq -r 'to_entries[] | "\(.key) \(.value | type)"' one/__metadata__/connector_manifest.json >is
    # All of its 301 have these; a URL, an address or a date may be null.
    diff is - <<'END'
title string
slug string
description string
short_description string
logo null
use_cases array
solution_categories array
license_type string
contact null
verified boolean
last_verified_date null
playbook_supported boolean
max_confidence_level number
support_version string
subscription_link null
source_code string
manager_supported boolean
container_version string
container_image string
container_type string
END
    assert_equal "$(jq -c '[.license_type, .verified, .container_version, .container_type]' one/__metadata__/connector_manifest.json)" \
        '["Free",false,"rolling","STREAM"]'
}

@test "what is installed runs from where its service runs it, with no more than its environment" {
    octi-new external-import one
    sed 's|^OPENCTI_URL=.*|OPENCTI_URL=http://127.0.0.1:1|; s|^OPENCTI_TOKEN=.*|OPENCTI_TOKEN=x|' one/.env.sample >one/.env
    make -s -C one install DESTDIR="$PWD/dest"
    mkdir state
    local -a settings start
    mapfile -t settings < <(grep -v '^#' dest/etc/octi/one.env)
    cd state || return
    # As far as it gets without a platform, which is a thing to try again: neither 1 nor 2.
    read -ra start < <(sed -n 's/^ExecStart=//p' ../one/one.service)
    try env -i PATH="$PATH" "${settings[@]}" "../dest${start[0]}" "${start[@]:1}"
    ends 75 '"level": "ERROR", "name": "one", "message": "RegisterConnector: cannot connect to 127.0.0.1:1: Connection refused"}$'
    assert_equal "$(ls -A)" ''
}

@test "units that do no more than they have to" {
    octi-new stream one
    sed -i 's|^ExecStart=.*|ExecStart=/bin/true|' one/one.service
    try systemd-analyze security --offline=true --threshold=25 one/one.service
    ends 0
    grep -qx DynamicUser=yes one/one.service
    grep -qx ProtectSystem=strict one/one.service
}

@test "units that let a run end, and notice a connector that hangs" {
    octi-new internal-enrichment one
    # The handler would be ended at once, with the command that is to wait for it.
    grep -qx KillMode=mixed one/one.service
    grep -qx TimeoutStopSec=90 one/one.service
    grep -qx Type=notify one/one.service
    grep -qx WatchdogSec=2min one/one.service
    # One that a timer starts gives no sign of life.
    octi-new external-import two
    grep -qx KillMode=mixed two/two.service
    grep -qx Type=oneshot two/two.service
    refute grep -q WatchdogSec two/two.service
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
