# An entry of the catalogue: the vulnerability, the software that has it and its vendor; with $hosts, infrastructure too;
# with $flag, only the vulnerability, and that it is exploited.
# Dates are to the millisecond, as they are in the ids of relationships.
def organization: {type: "identity", organization_type: "vendor"} + .;
def link($source; $type; $target): {type: "relationship", relationship_type: $type, $source, $target, $tlp};

{author: ({name: "Cybersecurity and Infrastructure Security Agency", description: ("The Cybersecurity and Infrastructure "
    + "Security Agency is a United States federal agency, an operational component under Department of Homeland Security "
    + "oversight. Its activities are a continuation of the National Protection and Programs Directorate.")} | organization)} as $by
| .vulnerabilities[]
| {created: "\(.dateAdded)T00:00:00.000Z"} as $dated
| {start_time: $dated.created} as $since
| ($by + $dated + {$tlp}) as $all
| ({name: .vendorProject, description: "Software Vendor"} | organization + $all) as $vendor
| ({type: "software", name: .product, vendor: .vendorProject} + $by) as $software
| ({type: "vulnerability", name: .cveID, description: .shortDescription, cisa_kev: true} + $all) as $hole
| ({type: "infrastructure", name: .product} + $all) as $host
| if $flag then $hole | {type, name, cisa_kev} else $hole, $vendor, $software,
    link($software; "related-to"; $vendor) + $by + {description: "This software is maintained by"},
    link($software; "has"; $hole) + $by + $since,
    (select($hosts) | $host,
        link($host; "has"; $hole) + $since,
        link($vendor; "related-to"; $host) + $since + {description: "maintains"}) end
