# What octi-ioc makes of URLhaus, under the names that the collection's connector has for properties.
select(.type != "marking-definition")
| if .type == "url" then with_entries(.key |= sub("^x_opencti_(?=created_by_ref|description|external_references|labels)"; ""))
    else .modified = $now end
| if .type == "identity" then . else .external_references[]?.description = "URLhaus repository URL" end
