#!/usr/bin/env bats
load helper

date=2024-01-02T03:04:05Z

ioc() { # ARGS...: what octi-ioc makes at a fixed time
    try octi-ioc --created $date "$@"
}

shows() { # JQ-PROGRAM LINES: what jq prints of the objects
    is_text objects <(jq -r "$1" "$out") "$2"
}

values='select(.value or .hashes or .number or .type == "vulnerability") |
    "\(.type) \(.value // .number // .name // (.hashes | to_entries[0] | "\(.key) \(.value)"))"'

@test "a line becomes an observable, whole" {
    ioc <<<1.2.3.4
    gives 0 '{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--0198f97b-e65d-5025-87e5-58bc39d4bdb4","value":"1.2.3.4"}' ''
}

@test "-i: an indicator, and that it is based on the observable" {
    ioc -i <<<1.2.3.4
    gives 0 '{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--0198f97b-e65d-5025-87e5-58bc39d4bdb4","value":"1.2.3.4"}
{"type":"indicator","spec_version":"2.1","id":"indicator--274128a4-2ad4-50b5-ae7b-b0dea1fa9861","created":"2024-01-02T03:04:05.000Z","modified":"2024-01-02T03:04:05.000Z","name":"1.2.3.4","pattern":"[ipv4-addr:value = '"'1.2.3.4'"']","pattern_type":"stix","x_opencti_main_observable_type":"IPv4-Addr","pattern_version":"2.1","valid_from":"2024-01-02T03:04:05Z"}
{"type":"relationship","spec_version":"2.1","id":"relationship--a787645d-9c70-51d7-b74a-91f3c0a88d3f","created":"2024-01-02T03:04:05.000Z","modified":"2024-01-02T03:04:05.000Z","relationship_type":"based-on","source_ref":"indicator--274128a4-2ad4-50b5-ae7b-b0dea1fa9861","target_ref":"ipv4-addr--0198f97b-e65d-5025-87e5-58bc39d4bdb4"}' ''
}

@test "types are told by their looks" {
    ioc <<'END'
1.2.3.0/24
2001:DB8::0:1
hxxps[://]Evil[.]example/A
Evil[.]Example.
user(at)evil(dot)example
printer.local
D41D8CD98F00B204E9800998ECF8427E
da39a3ee5e6b4b0d3255bfef95601890afd80709
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
cve-2021-44228
AS64500
00-1A-2B-3C-4D-5E
1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa
END
    ends 0
    assert_file_empty "$err"
    shows "$values" 'ipv4-addr 1.2.3.0/24
ipv6-addr 2001:DB8::0:1
url https://Evil.example/A
domain-name evil.example
email-addr user@evil.example
hostname printer.local
file MD5 d41d8cd98f00b204e9800998ecf8427e
file SHA-1 da39a3ee5e6b4b0d3255bfef95601890afd80709
file SHA-256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
vulnerability CVE-2021-44228
autonomous-system 64500
mac-addr 00:1a:2b:3c:4d:5e
cryptocurrency-wallet 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'
}

@test "patterns are escaped, and written as the platform writes them" {
    ioc -i <<'END'
http://evil.example/it's\here
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
AS64500
END
    shows 'select(.pattern) | "\(.name) \(.pattern) \(.x_opencti_main_observable_type)"' \
        "http://evil.example/it's\\here [url:value = 'http://evil.example/it\\'s\\\\here'] Url
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 [file:hashes.'SHA-256' = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'] StixFile
AS64500 [autonomous-system:number = 64500] Autonomous-System"
}

@test "-t: what the values are; those of other types are not recognised" {
    ioc -t domain <<<$'file.exe\n1.2.3.4\nEvil.example'
    ends 0
    is_text stderr "$err" 'octi-ioc: stdin:2: not of the type: 1.2.3.4
octi-ioc: 1 of 3 values not recognised'
    shows "$values" 'domain-name file.exe
domain-name evil.example'
    ioc -t hash <<<$'d41d8cd98f00b204e9800998ecf8427e\n1.2.3.4'
    ends 0
    is_text stderr "$err" 'octi-ioc: stdin:2: not of the type: 1.2.3.4
octi-ioc: 1 of 2 values not recognised'
    ioc -t user-agent <<<' Mozilla/5.0 (X11) [.] '
    shows "$values" 'user-agent Mozilla/5.0 (X11) [.]'
    ioc -i -t ja3 <<<D41D8CD98F00B204E9800998ECF8427E
    shows "$values" 'text d41d8cd98f00b204e9800998ecf8427e'
    ioc -t ipv4-addr <<<1.2.3.4
    shows "$values" 'ipv4-addr 1.2.3.4'
    ioc -t nothing
    ends 2 '^octi-ioc: -t: no such type: nothing; it is one of ip, hash, ipv4, '
}

@test "what is not recognised is named, the first ten, and counted; --strict makes it status 1" {
    ioc <<<$'1.2.3.4\nno\tvalue\nfile.exe\nAS4200000000\nevil.example'
    ends 0
    is_text stderr "$err" 'octi-ioc: stdin:2: not recognised: no?value
octi-ioc: stdin:3: ends like the name of a file; -t domain takes it: file.exe
octi-ioc: stdin:4: an AS number above 2147483647, which the platform refuses: AS4200000000
octi-ioc: 3 of 5 values not recognised'
    [ "$(wc -l <"$out")" -eq 2 ]
    cp "$out" wanted
    ioc --strict <<<$'1.2.3.4\nno\tvalue\nfile.exe\nAS4200000000\nevil.example'
    ends 1 '^octi-ioc: not all was recognised$'
    cmp "$out" wanted
    ioc --strict <<<1.2.3.4
    ends 0
    seq 1 25 >in
    ioc in
    gives 0 '' "$(for i in {1..10}; do echo "octi-ioc: in:$i: not recognised: $i"; done)
octi-ioc: and 15 more like these
octi-ioc: 25 of 25 values not recognised"
    printf '1.2.3.4\0\n\xff.example\n%0200d\n' 1 >in
    ioc in
    is_text stderr "$err" "octi-ioc: in:1: has a NUL byte: 1.2.3.4
octi-ioc: in:2: not UTF-8: $(printf '\xff').example
octi-ioc: in:3: not recognised: $(printf '%0100d' 0)...
octi-ioc: 3 of 3 values not recognised"
}

@test "ports are left out and counted" {
    ioc --strict <<<$'1.2.3.4:80\nevil.example:8080\n[2606:4700::1]:443\nhttp://1.2.3.4:80/'
    ends 0
    is_text stderr "$err" 'octi-ioc: 3 ports left out behind their addresses'
    shows "$values" 'ipv4-addr 1.2.3.4
domain-name evil.example
ipv6-addr 2606:4700::1
url http://1.2.3.4:80/'
}

@test "--no-private: what is not of the Internet is left out and counted" {
    printf '%s\n' 10.0.0.1 172.16.0.0/12 192.168.1.1 127.0.0.1 0.0.0.0/0 224.0.0.1 2001:db8::1 fe80::1 ::1 \
        http://192.168.1.1/x http://localhost/ http://nas.lan/ 8.8.8.8 http://8.8.8.8/ 2606:4700::1 >in
    ioc --strict --no-private in
    ends 0
    is_text stderr "$err" 'octi-ioc: 12 private values left out'
    shows "$values" 'ipv4-addr 8.8.8.8
url http://8.8.8.8/
ipv6-addr 2606:4700::1'
    ioc in
    [ "$(wc -l <"$out")" -eq 15 ]
}

@test "the same object is printed once" {
    ioc -i --indicates malware:Emotet <<<$'1.2.3.4\n1[.]2.3.4\n1.2.3.4:80\nEvil.example\nevil.example.'
    ends 0
    [ "$(jq -r .id "$out" | sort | uniq -d | wc -l)" -eq 0 ]
    shows .type 'malware
ipv4-addr
indicator
relationship
relationship
domain-name
indicator
relationship
relationship'
}

@test "a CVE is a vulnerability, for which there is no indicator" {
    ioc -i --related-to tool:Mimikatz <<<CVE-2021-44228
    ends 0
    is_text stderr "$err" 'octi-ioc: 1 vulnerabilities without an indicator, for they have no pattern'
    shows '"\(.type) \(.name // .relationship_type)"' 'tool Mimikatz
vulnerability CVE-2021-44228
relationship related-to'
}

@test "--create-indicator sets the flag" {
    ioc --create-indicator <<<$'1.2.3.4\nCVE-2021-44228'
    ends 0
    shows '"\(.type) \(.x_opencti_create_indicator)"' 'ipv4-addr true
vulnerability null'
    ioc -i --create-indicator
    gives 2 '' 'octi-ioc: -i and --create-indicator both make an indicator'
}

@test "--indicates and --related-to: objects and relationships" {
    ioc -i --indicates malware:Emotet --indicates 'threat-actor:A: B' --related-to campaign:C <<<1.2.3.4
    ends 0
    jq -r '"\(.id) \(.name // .value)"' "$out" >names
    jq -r 'select(.relationship_type) | "\(.source_ref) \(.relationship_type) \(.target_ref)"' "$out" |
        while read -r source type target; do
            echo "$(sed -n "s/^$source //p" names) ${source%%--*} $type $(sed -n "s/^$target //p" names)"
        done >relations
    is_text relations relations '1.2.3.4 ipv4-addr related-to C
1.2.3.4 indicator based-on 1.2.3.4
1.2.3.4 indicator indicates Emotet
1.2.3.4 indicator indicates A: B'
    ioc --indicates malware:Emotet
    gives 2 '' 'octi-ioc: --indicates needs -i: it is the indicator that indicates'
    ioc -i --indicates identity:X
    gives 2 '' 'octi-ioc: --indicates: no indicator indicates that: identity:X'
    ioc --related-to malware
    gives 2 '' 'octi-ioc: not TYPE:NAME: malware'
    ioc --related-to malware:
    gives 2 '' 'octi-ioc: not TYPE:NAME: malware:'
}

@test "CSV as feeds write it" {
    printf '\xef\xbb\xbf# list\r\n# Firstseen, "DstIP" ,DstPort\r\n\r\n"2024-01-01 10:00:00", "1.2.3.4", "a, ""b"""\r\n2024-01-01,5.6.7.8\r\nshort\r\n' >in
    ioc -F csv --comment '#' -v DstIP --set description=DstPort in
    ends 0
    is_text stderr "$err" 'octi-ioc: in:6: no value
octi-ioc: 1 of 3 values not recognised'
    shows '"\(.value) \(.x_opencti_description)"' '1.2.3.4 a, "b"
5.6.7.8 null'
    ioc -F csv --comment '#' -v 2 in
    shows .value '1.2.3.4
5.6.7.8'
    ioc -F csv --comment '#' -v ip in
    gives 1 '' 'octi-ioc: in:4: no column ip in the header, which has: 2024-01-01 10:00:00, 1.2.3.4, a, "b"'
    printf 'ip\n1.2.3.4\n"5.6.7.8\n' >in
    ioc -F csv -v ip in
    ends 1 '^octi-ioc: in:3: quotes that are not closed$'
    shows .value '1.2.3.4'
}

@test "TSV, lines with comments, several files with headers of their own" {
    printf '#a\tip\nx\t1.2.3.4\n' >one
    printf '#ip\ta\n5.6.7.8\tx\n' >two
    ioc -F tsv --comment '#' -v ip one two
    ends 0
    shows .value '1.2.3.4
5.6.7.8'
    ioc --comment ';' - <<<$'; list\n1.2.3.0/24 ; SBL1\n\n; end'
    gives 0 '{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--'"$(jq -r .id "$out" | sed 's/.*--//')"'","value":"1.2.3.0/24"}' ''
    ioc -v 2 </dev/null
    gives 2 '' 'octi-ioc: a line has no field: 2'
    ioc -F xml
    gives 2 '' 'octi-ioc: -F: not line, csv, tsv or json: xml'
}

@test "JSON: documents, lists, lists within objects" {
    ioc -F json -v ip <<<'{"ip": "1.2.3.4"} {"ip": "5.6.7.8"}'
    shows .value '1.2.3.4
5.6.7.8'
    ioc -F json -v /a/0/ip --set score=/s <<<'[{"a": [{"ip": "1.2.3.4"}], "s": 7},
{"s": 8}]'
    ends 0
    shows '"\(.value) \(.x_opencti_score)"' '1.2.3.4 7'
    is_text stderr "$err" 'octi-ioc: stdin:2: no value
octi-ioc: 1 of 2 values not recognised'
    ioc -F json -v ip --set labels=tags <<<'{"data": {"list": [{"ip": "1.2.3.4", "tags": ["a", "b"]}]}}'
    shows '"\(.value) \(.x_opencti_labels)"' '1.2.3.4 ["a","b"]'
    ioc -F json <<<'["1.2.3.4", "5.6.7.8"]'
    shows .value '1.2.3.4
5.6.7.8'
    ioc -F json -v ip <<<$'{"ip": "1.2.3.4"}\n{"ip": }'
    ends 1 '^octi-ioc: stdin:2: not JSON: value expected$'
    shows .value 1.2.3.4
}

@test "--set: properties of each family of objects" {
    printf '%s\n' 'ip,when,tags,more,what,score,sure,family,link' \
        '1.2.3.4,2024-01-01 10:00:00 UTC,"a, b",c,"It ""is""",80,90,Emotet,https://evil.example/1' \
        '5.6.7.8,1700000000,,,,,,,' >in
    ioc -i -F csv -v ip --set first_seen=when --set labels=tags --set labels=more --set description=what \
        --set score=score --set confidence=sure --set malware=family --set reference=link --set x_mine=what in
    ends 0
    assert_file_empty "$err"
    shows 'select(.value == "1.2.3.4") | del(.id) | tojson' '{"type":"ipv4-addr","spec_version":"2.1","value":"1.2.3.4","x_opencti_description":"It \"is\"","x_opencti_score":80,"x_opencti_external_references":[{"source_name":"evil.example","url":"https://evil.example/1"}],"x_mine":"It \"is\"","x_opencti_labels":["a","b","c"]}'
    shows 'select(.pattern and .name == "1.2.3.4") | [.created, .valid_from, .description, .x_opencti_score, .confidence,
        .labels, .external_references[0].url, .x_mine] | tojson' \
        '["2024-01-01T10:00:00.000Z","2024-01-01T10:00:00Z","It \"is\"",80,90,["a","b","c"],"https://evil.example/1","It \"is\""]'
    shows 'select(.type == "malware" or .relationship_type == "indicates") | .name // .relationship_type' 'Emotet
indicates'
    shows 'select(.pattern and .name == "5.6.7.8") | .valid_from' '2023-11-14T22:13:20Z'
    ioc -F csv -v ip --set malware=family in
    shows 'select(.relationship_type) | "\(.relationship_type) \(.source_ref[:9])"' 'related-to ipv4-addr'
}

@test "--set: a text for all, a name for references, and what does not fit" {
    ioc --set 'description=:All of them' --set 'reference:Mine=:https://evil.example/' <<<1.2.3.4
    ends 0
    shows '"\(.x_opencti_description) \(.x_opencti_external_references[0].source_name)"' 'All of them Mine'
    printf '1.2.3.4,101\n5.6.7.8,high\n1.1.1.1,7.0\n' >in
    ioc -i -F csv -v 1 --set score=2 in
    ends 0
    is_text stderr "$err" 'octi-ioc: in:1: score: not a number from 0 to 100: 101
octi-ioc: in:2: score: not a number from 0 to 100: high
octi-ioc: 2 properties left out'
    shows 'select(.pattern) | .x_opencti_score' 'null
null
7'
    ioc -i -F csv -v 1 --set valid_until=2 --strict in
    ends 1 '^octi-ioc: in:1: valid_until: not a date: 101$'
    ioc --set score
    gives 2 '' 'octi-ioc: --set: not PROPERTY=FIELD: score'
    ioc --set colour=1
    ends 2 '^octi-ioc: --set: no property that can be set: colour; it is one of confidence, created, '
    ioc --set name=1
    gives 2 '' 'octi-ioc: --set name needs -i: it is a property of indicators'
    ioc -F csv --set score=1 --set score=2
    gives 2 '' 'octi-ioc: --set score: given twice'
}

@test "--set: a text of several fields" {
    printf 'one,1.2.3.4,two\n,5.6.7.8,\n,1.1.1.1,three\n' >in
    ioc -F csv -v 2 --set 'description=Threat: {1} - by {3}!' --set 'x_a={2}' --set 'labels={1}/{3},c' in
    ends 0
    shows '"\(.x_opencti_description) \(.x_a) \(.x_opencti_labels)"' 'Threat: one - by two! 1.2.3.4 ["one/two","c"]
null 5.6.7.8 null
Threat:  - by three! 1.1.1.1 ["/three","c"]'
    ioc -F json -v ip --set 'description={/a/0} of {b}' <<<'{"ip": "1.2.3.4", "a": ["x"], "b": 2}'
    shows .x_opencti_description 'x of 2'
    ioc --set 'description=a {1'
    gives 2 '' 'octi-ioc: --set: description: a { without a }'
    ioc --set 'description=a {}'
    gives 2 '' 'octi-ioc: --set: description: no field in {}'
}

@test "--verbatim: nothing is refanged, nothing around the value goes" {
    ioc -t url --verbatim <<<$' http://evil[.]example/[.]; \n"http://evil.example/"'
    shows .value 'http://evil[.]example/[.];
"http://evil.example/"'
    ioc --verbatim <<<$'1[.]2.3.4\n1.2.3.4'
    ends 0
    shows .value 1.2.3.4
}

@test "--author and --external-ref in JSON; an author that is elsewhere" {
    local id=identity--8ef73b2a-3bea-5cfa-bffd-9e0323977f6c
    ioc --author '{"name": "A", "description": "Who"}' --external-ref '{"source_name": "S", "description": "What"}' \
        --external-ref T,https://evil.example/ <<<1.2.3.4
    ends 0
    shows '[.type, .description, .x_opencti_external_references] | tojson' '["identity","Who",null]
["ipv4-addr",null,[{"source_name":"S","description":"What"},{"source_name":"T","url":"https://evil.example/"}]]'
    ioc --author $id <<<1.2.3.4
    shows '"\(.type) \(.x_opencti_created_by_ref)"' "ipv4-addr $id"
    ioc --author '{"type": "malware", "name": "A"}'
    gives 2 '' 'octi-ioc: --author {"type": "malware", "name": "A"}: no identity'
    ioc --author '{"name": '
    ends 2 '^octi-ioc: --author \{"name": : '
    ioc --external-ref '{} {}'
    gives 2 '' 'octi-ioc: --external-ref {} {}: not one JSON object'
    ioc --author '{}'
    gives 2 '' 'octi-ioc: --author {}: it has no name'
}

@test "the common options go into every object" {
    ioc -i --author 'Abuse.ch' --tlp green --label a,b --score 70 --external-ref S,https://evil.example/ \
        --report R --published 2024-01-03T00:00:00Z <<<1.2.3.4
    ends 0
    shows '"\(.type) \(.created_by_ref // .x_opencti_created_by_ref | type) \(.labels // .x_opencti_labels)"' 'identity null null
marking-definition null null
ipv4-addr string ["a","b"]
indicator string ["a","b"]
relationship string null
report string ["a","b"]'
    shows 'select(.type == "report") | "\(.name) \(.published) \(.object_refs | length)"' 'R 2024-01-03T00:00:00.000Z 3'
    ioc --tlp pink
    ends 2
}

@test "what it makes is what octi-bundle and octi-split read" {
    ioc -i --author A --tlp clear --indicates malware:M <<<$'1.2.3.4\nevil.example'
    octi-bundle "$out" | octi-split >parts
    [ "$(wc -l <parts)" -eq "$(wc -l <"$out")" ]
}

@test "what comes by pipe goes on while it comes" {
    mkfifo in
    octi-ioc <in >"$out" 2>"$err" 3>&- &
    exec 4>in
    echo 1.2.3.4 >&4
    until_true 5 test -s "$out"
    exec 4>&-
    wait $!
    shows .value 1.2.3.4
}

@test "files that cannot be read, output that cannot be written" {
    ioc none
    gives 1 '' 'octi-ioc: none: No such file or directory'
    printf '\xff\xfea\0' >in
    ioc in
    gives 1 '' 'octi-ioc: in: is UTF-16; iconv -f UTF-16 -t UTF-8 helps'
    status=0
    octi-ioc <<<1.2.3.4 >/dev/full 2>"$err" || status=$?
    ends 75 '^octi-ioc: stdout: No space left on device$'
    try octi-ioc <&-
    ends 1 '^octi-ioc: stdin: Bad file descriptor$'
    ioc </dev/null
    gives 0 '' ''
}
