# A bundle of MITRE, without what is revoked and what leads there; the phases of kill chains with their order, and once more
# under the version of the matrix. With $bare, without MITRE's statement markings.
def tactics($version): {
    "mitre-attack": ("reconnaissance resource-development initial-access execution persistence privilege-escalation "
        + if $version < 19 then "defense-evasion " else "stealth defense-impairment " end
        + "credential-access discovery lateral-movement collection command-and-control exfiltration impact"),
    "mitre-mobile-attack": ("initial-access execution persistence privilege-escalation defense-evasion "
        + "credential-access discovery lateral-movement collection command-and-control exfiltration impact"),
    "mitre-ics-attack": ("initial-access execution persistence privilege-escalation evasion discovery lateral-movement "
        + "collection command-and-control inhibit-response-function impair-process-control impact")} | map_values(split(" "));
def is_statement: IN("marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168",
    "marking-definition--17d82bb2-eeeb-4898-bda5-3ddbcd2b799d");
def ends: .id, if .type == "relationship" then .source_ref, .target_ref
    elif .type == "sighting" then .sighting_of_ref, .where_sighted_refs[] else empty end;

(reduce (.objects[] | select(.revoked == true or .x_capec_status == "Deprecated").id) as $id ({}; .[$id] = true)) as $revoked
| [.objects[] | select(any(ends; $revoked[.]) or ($bare and (.id | is_statement)) | not)]
| (map(select(.type == "x-mitre-collection").x_mitre_version // "" | select(. != "") | split(".")[0])[0]) as $version
| tactics($version // "" | tonumber? // 19) as $tactics
| .[]
| if $bare and .object_marking_refs then .object_marking_refs |= map(select(is_statement | not)) else . end
| if .object_marking_refs == [] then del(.object_marking_refs) else . end
| if .type == "attack-pattern" and .kill_chain_phases then .kill_chain_phases |= map(
    .kill_chain_name as $chain | .phase_name as $phase | ($tactics[$chain] // [] | index($phase)) as $order
    | {kill_chain_name: $chain, phase_name: $phase} + if $order then {x_opencti_order: $order} else {} end
    | ., if $version and $tactics[$chain] then .kill_chain_name += "-v\($version)" else empty end) else . end
