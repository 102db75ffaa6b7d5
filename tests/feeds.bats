#!/usr/bin/env bats
# The connectors of scripts/templates/feeds: what each makes of a feed (tests/feeds), and what it sends.

load send

feeds=$(cd "$BATS_TEST_DIRNAME/../scripts/templates/feeds" && pwd)
recorded=$BATS_TEST_DIRNAME/feeds

setup_file() { platform_up platform; }

teardown_file() { services_down; }

setup() {
    begin
    unset CONNECTOR_NAME CONNECTOR_TYPE
    export CONNECTOR_SCOPE=feed OCTI_STATE=state.json
}

converts() { # NAME: what was recorded, to what is expected, in any order
    try "$feeds/$1" --convert --created 2024-01-02T03:04:05Z <"$recorded/$1/input"
    gives 0 "$(cat "$recorded/$1/expected.ndjson")" ''
    octi-bundle "$recorded/$1/expected.ndjson" | octi-split -q >/dev/null
}

sends() { # NAME: fetches, and sends all that is expected
    try "$feeds/$1"
    ends 0
    complete "$(jq -r .work_id "$out")"
    assert_equal "$(contents | ids)" "$(jq -r 'select(.type != "x-mitre-collection").id' "$recorded/$1/expected.ndjson" |
        LC_ALL=C sort -u)"
}

sends_nothing_when_empty() { # NAME FILE
    : >"$2"
    try "$feeds/$1"
    gives 0 '' ''
}

@test "abuse-ssl" {
    converts abuse-ssl
    export ABUSESSL_URL=file://$recorded/abuse-ssl/input
    sends abuse-ssl
    ABUSESSL_URL=file://$PWD/empty sends_nothing_when_empty abuse-ssl empty
}

@test "cisa-kev: once for each release of the catalogue" {
    converts cisa-kev
    export CISA_CATALOG_URL=file://$recorded/cisa-kev/input
    sends cisa-kev
    forget_requests
    assert_equal "$(octi-state get last_update)" 2026-01-02T15:00:00.0000Z
    try "$feeds/cisa-kev"
    gives 0 '' ''
    sed 's/2026-01-02T15/2026-01-03T15/' "$recorded/cisa-kev/input" >newer
    CISA_CATALOG_URL=file://$PWD/newer sends cisa-kev
}

@test "cisa-kev: with infrastructures" {
    CISA_CREATE_INFRASTRUCTURES=true "$feeds/cisa-kev" --convert <"$recorded/cisa-kev/input" |
        jq -r 'select(.type == "infrastructure").name' >is
    is_text names is $'Log4j2\nHTTP Server\nThing'
}

@test "cisa-kev: the flag only" {
    CISA_KEV_FLAG_ONLY=true "$feeds/cisa-kev" --convert --created 2024-01-02T03:04:05Z <"$recorded/cisa-kev/input" >is
    local when='"created":"2024-01-02T03:04:05.000Z","modified":"2024-01-02T03:04:05.000Z"' flag='"x_opencti_cisa_kev":true'
    is_text objects is '{"type":"vulnerability","spec_version":"2.1","id":"vulnerability--693c68fd-9a33-5d6d-b44e-407b6a48b05b",'"$when"',"name":"CVE-2021-44228",'"$flag"'}
{"type":"vulnerability","spec_version":"2.1","id":"vulnerability--71ba4850-4f44-594b-9733-ef1de689132f",'"$when"',"name":"CVE-2021-40438",'"$flag"'}
{"type":"vulnerability","spec_version":"2.1","id":"vulnerability--984a9d34-261d-590d-bd9f-6675a9db410c",'"$when"',"name":"CVE-2026-0001",'"$flag"'}'
}

@test "dshield" {
    converts dshield
    export DSHIELD_API_BASE_URL=file://$recorded/dshield/input
    sends dshield
}

@test "ipsum: networks become hosts, private ones go" {
    converts ipsum
    export CONNECTOR_IPSUM_API_BASE_URL=file://$recorded/ipsum/input
    try "$feeds/ipsum"
    ends 0 '^octi-ioc: 256 private values left out$'
    assert_equal "$(contents | jq -r '.objects[].value | strings' | LC_ALL=C sort)" '1.1.1.1
1.1.1.2
2606:4700::1111
8.8.8.8
9.9.9.8
9.9.9.9'
}

@test "mitre: each of its matrices" {
    converts mitre
    export MITRE_ENTERPRISE_FILE_URL=file://$recorded/mitre/input MITRE_MOBILE_ATTACK_FILE_URL=false \
        MITRE_ICS_ATTACK_FILE_URL=False MITRE_CAPEC_FILE_URL=false
    sends mitre
}

@test "mitre: without statement markings; another version has other tactics" {
    sed 's/"18.1"/"19.0"/' "$recorded/mitre/input" |
        MITRE_REMOVE_STATEMENT_MARKING=true "$feeds/mitre" --convert >is
    jq -r 'select(.type == "attack-pattern") | .object_marking_refs, (.kill_chain_phases[] |
        "\(.kill_chain_name) \(.phase_name) \(.x_opencti_order)") | tostring' is >phases
    is_text phases phases 'null
mitre-attack defense-evasion null
mitre-attack-v19 defense-evasion null
mitre-attack impact 14
mitre-attack-v19 impact 14
other one null
["marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"]
mitre-ics-attack evasion 4
mitre-ics-attack-v19 evasion 4
mitre-mobile-attack new-tactic null
mitre-mobile-attack-v19 new-tactic null
mitre-mobile-attack impact 11
mitre-mobile-attack-v19 impact 11'
}

@test "red-flag-domains: the list of yesterday" {
    converts red-flag-domains
    cp "$recorded/red-flag-domains/input" "$(date -u -d yesterday +%F).txt"
    export RED_FLAG_DOMAINS_URL=file://$PWD/
    sends red-flag-domains
}

@test "stopforumspam" {
    converts stopforumspam
    export STOPFORUMSPAM_URL=file://$recorded/stopforumspam/input
    sends stopforumspam
    STOPFORUMSPAM_CREATE_INDICATORS=false "$feeds/stopforumspam" --convert <"$recorded/stopforumspam/input" >is
    assert_equal "$(jq -c 'select(.value).x_opencti_create_indicator' is | sort -u)" false
}

@test "threatfox: what is new since the last run, also zipped" {
    converts threatfox
    python -c 'import sys, zipfile; zipfile.ZipFile("full.zip", "w").write(sys.argv[1], "full.csv")' \
        "$recorded/threatfox/input"
    export THREATFOX_CSV_URL=file://$PWD/full.zip
    sends threatfox
    assert_equal "$(octi-state get)" '{"last_processed_entry":1767263100}'
    octi-state set last_processed_entry:=1767263000.0
    forget_requests
    THREATFOX_CSV_URL=file://$recorded/threatfox/input
    try "$feeds/threatfox"
    assert_equal "$(contents | jq -r '.objects[] | select(.pattern).name' | tail -n 1)" \
        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    octi-state set last_processed_entry:=1767263101
    try "$feeds/threatfox"
    gives 0 '' ''
}

@test "threatfox: only some types, what is online, scores by type" {
    names() { "$feeds/threatfox" --convert --created "${1-now}" <"$recorded/threatfox/input" | jq -r 'select(.pattern).name'; }
    assert_equal "$(THREATFOX_IOC_TO_IMPORT='domain , sha1_hash' names)" 'evil.example
da39a3ee5e6b4b0d3255bfef95601890afd80709'
    assert_equal "$(THREATFOX_IOC_TO_IMPORT=url,all_types names | wc -l)" 6
    export THREATFOX_IMPORT_OFFLINE=false
    assert_equal "$(names 2026-01-01T11:59:59Z)" evil.example
    assert_equal "$(names 2026-01-01T12:00:01Z)" ''
    unset THREATFOX_IMPORT_OFFLINE
    THREATFOX_X_OPENCTI_SCORE_IP=1 THREATFOX_X_OPENCTI_SCORE_DOMAIN=2 THREATFOX_X_OPENCTI_SCORE_URL='' \
        THREATFOX_X_OPENCTI_SCORE_HASH=4 THREATFOX_DEFAULT_X_OPENCTI_SCORE=3 \
        "$feeds/threatfox" --convert <"$recorded/threatfox/input" >is
    assert_equal "$(jq -r .x_opencti_score is | grep -v null | paste -sd ' ')" '1 1 2 2 3 3 4 4 4 4 4 4'
}

@test "urlhaus: what is new since the last run, and online" {
    converts urlhaus
    export URLHAUS_CSV_URL=file://$recorded/urlhaus/input
    octi-state set last_processed_entry:=1767265200.0
    URLHAUS_IMPORT_OFFLINE=false try "$feeds/urlhaus"
    ends 0
    assert_equal "$(contents | jq -r '.objects[] | select(.type == "url").value')" 'http://198.51.100.7:8080/a[.]sh;'
    assert_equal "$(octi-state get)" '{"last_processed_entry":1767268800}'
    octi-state reset
    sends urlhaus
    octi-state set last_processed_entry:=1767268801
    try "$feeds/urlhaus"
    gives 0 '' ''
}

@test "urlhaus: what the platform has under the names of tags is linked" {
    export URLHAUS_CSV_URL=file://$recorded/urlhaus/input
    printf '%s\n' '{"type":"malware","name":"emotet"}' '{"type":"tool","name":"MOZI"}' '{"type":"vulnerability","name":"exe"}' |
        octi-stix | octi-bundle | jq .objects >there
    control POST objects @there >/dev/null
    try "$feeds/urlhaus"
    ends 0
    complete "$(jq -r .work_id "$out")"
    contents | jq -r '.objects[] | select(.start_time) | .relationship_type + " " + .source_ref + " " + .target_ref + " " +
        .created + " " + .start_time + " " + .stop_time' >links
    id() { jq -r "select($1).id" "$recorded/urlhaus/expected.ndjson"; }
    emotet=malware--36297121-bf18-56e1-b200-d39c9f9f5cee mozi=$(octi-stix <<<'{"type":"tool","name":"mozi"}' | jq -r .id)
    local ten=2026-01-01T10:00:0 noon=2026-01-01T12:00:0
    is_text links links "indicates $(id '.name == "http://198.51.100.7:8080/a[.]sh;"') $mozi ${noon}0.000Z ${noon}0.000Z ${noon}3.000Z
related-to $(id '.value == "http://198.51.100.7:8080/a[.]sh;"') $mozi ${noon}0.000Z ${noon}0.000Z ${noon}3.000Z
indicates $(id '.name | strings | contains("evil.example")') $emotet ${ten}0.000Z ${ten}0.000Z ${ten}3.000Z
related-to $(id '.value | strings | contains("evil.example")') $emotet ${ten}0.000Z ${ten}0.000Z ${ten}3.000Z"
    forget_requests
    URLHAUS_THREATS_FROM_LABELS=false try "$feeds/urlhaus.threats" <"$recorded/urlhaus/expected.ndjson"
    gives 0 "$(cat "$recorded/urlhaus/expected.ndjson")" ''
    assert_equal "$(asked)" ''
}

@test "a feed of which a part cannot be read is sent not at all, and is new the next time" {
    sed '$s/"bob"/"bob/' "$recorded/urlhaus/input" >urlhaus
    sed '$d' "$recorded/threatfox/input" | sed '$s/"carol"/"carol/' >threatfox
    jq 'del(.vulnerabilities[-1].cveID)' "$recorded/cisa-kev/input" >cisa-kev
    export CISA_CATALOG_URL=file://$PWD/cisa-kev THREATFOX_CSV_URL=file://$PWD/threatfox URLHAUS_CSV_URL=file://$PWD/urlhaus
    local feed
    for feed in cisa-kev threatfox urlhaus; do
        octi-state reset
        # What is before it is converted.
        [ "$("$feeds/$feed" --convert <"$feed" 2>/dev/null | wc -l)" -gt 3 ]
        try "$feeds/$feed"
        ends 1 '^octi-(ioc|stix): stdin:'
        assert_equal "$(works)" ''
        assert_equal "$(octi-state get)" '{}'
    done
}

@test "vxvault" {
    converts vxvault
    export VXVAULT_URL=file://$recorded/vxvault/input
    sends vxvault
}

@test "a feed that cannot be fetched is 75, and nothing is sent" {
    export ABUSESSL_URL=file:///none CISA_CATALOG_URL=file:///none DSHIELD_API_BASE_URL=file:///none \
        CONNECTOR_IPSUM_API_BASE_URL=file:///none MITRE_ENTERPRISE_FILE_URL=file:///none RED_FLAG_DOMAINS_URL=file:///none \
        STOPFORUMSPAM_URL=file:///none THREATFOX_CSV_URL=file:///none URLHAUS_CSV_URL=file:///none VXVAULT_URL=file:///none
    local feed
    for feed in "$recorded"/*; do
        try "$feeds/${feed##*/}"
        ends 75 '^curl: '
        [ "$(wc -l <"$feeds/${feed##*/}")" -le 25 ]
    done
    assert_equal "$(messages)" ''
}
