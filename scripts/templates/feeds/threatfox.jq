# A row of ThreatFox, as octi-ioc gives it: what was seen, the indicator for it, the malware that it indicates.
def list: . // "" | split(",") | map(select(. != ""));
def link($source; $type; $target): {type: "relationship", relationship_type: $type, $source, $target};
def setting($name; $default): $ENV["THREATFOX_" + $name] // "" | if . == "" then $default else . end;

(setting("IOC_TO_IMPORT"; "all_types") | [splits(" *, *")]) as $wanted | .x_type as $type
| {"ip:port": "ipv4-addr:value", domain: "domain-name:value", url: "url:value", md5_hash: "file:hashes.MD5",
    sha1_hash: "file:hashes.SHA1", sha256_hash: "file:hashes.\u0027SHA-256\u0027"}[$type] as $path
| select($path and (.x_more | not)) # 15 columns, not more
| select(any($wanted[]; IN("all_types", $type)))
| select(setting("IMPORT_OFFLINE"; "true") != "false" or (.x_seen // "" | sub(" "; "T")) > $now)
| ({"ip:port": "IP", domain: "DOMAIN", url: "URL"}[$type] // "HASH" | setting("X_OPENCTI_SCORE_" + .; null)) as $score
| (if $type == "ip:port" then .x_value / ":" else [.x_value] end) as [$value, $port]
| ({description: ($port | strings |= "Traffic seen on port \(.)"), labels: ([.x_threat | strings] + (.x_tags | list))}
    + if $score then {score: ($score | tonumber)} else {} end) as $both
| ($both + {type: ($path | sub(":.*"; ""))}
    + if $type | endswith("hash") then {name: $value, hashes: {($type | rtrimstr("_hash")): $value}} else {$value} end)
    as $seen
| ($both + {type: "indicator", name: $value, pattern: "[\($path) = \u0027\($value | gsub("(?<c>[\\\\\u0027])"; "\\\(.c)"))\u0027]",
    confidence: (.x_confidence | tonumber), external_references: [.x_reference | strings | select(test("^https?://"))
        | {source_name: "ThreatFox source reference", url: .}]} | del(.[] | select(. == []))) as $indicator
| $seen, $indicator, link($indicator; "based-on"; $seen),
    (select((.x_family // "unknown") != "unknown" and (.x_malware // "Unknown malware") != "Unknown malware")
    | {type: "malware", name: .x_family, is_family: false, aliases: ([.x_malware] + (.x_aliases | list) - ["None"]),
        labels: $both.labels, confidence: $indicator.confidence,
        description: "Threat: \(.x_family)\nReporter: \(.x_reporter)",
        malware_types: {botnet_cc: ["Bot"], payload_delivery: ["dropper"]}[.x_threat // ""]}
    | ., link($indicator; "indicates"; .))
