"""Pages of a list, with the platform's cursors, and its filters."""

import base64
import json

from refusal import Refusal

DEFAULT, CEILING = 500, 5000
SPECIAL = set("""ids id entity_type regardingOf dynamicRegardingOf fromId toId fromOrToId relationship_type
    elementWithTargetTypes objects objectMarking objectLabel createdBy creator_id workflow_id source_reliability
    bulkSearchKeywords representative is_inferred alias connector_id status event_source_id draft_context
    name value created modified created_at updated_at pattern pattern_type revoked confidence x_opencti_score
    x_opencti_main_observable_type published report_types timestamp user_email standard_id x_opencti_stix_ids
    lastModified metaData.mimetype definition definition_type x_opencti_order stream_live stream_public
    valid_from valid_until first_seen last_seen start_time stop_time x_mitre_id external_id url source_name
    kill_chain_name phase_name description aliases x_opencti_aliases color category hashes.MD5 hashes.SHA-1
    hashes.SHA-256 number path account_login x_opencti_detection source_ref target_ref""".split())


def _texts(value):
    if value is None:
        return []
    if isinstance(value, (list, tuple, set)):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [str(value)]


def _test(operator, mode, have, values):
    have = [text.lower() for text in have]
    wanted = [text.lower() for text in _texts(values)]
    if operator == "nil":
        return not have
    if operator == "not_nil":
        return bool(have)
    tests = {
        "eq": lambda w: w in have,
        "contains": lambda w: any(w in h for h in have),
        "search": lambda w: any(w in h for h in have),
        "match": lambda w: any(w in h for h in have),
        "starts_with": lambda w: any(h.startswith(w) for h in have),
        "ends_with": lambda w: any(h.endswith(w) for h in have),
        "gt": lambda w: any(_number(h) > _number(w) for h in have),
        "gte": lambda w: any(_number(h) >= _number(w) for h in have),
        "lt": lambda w: any(_number(h) < _number(w) for h in have),
        "lte": lambda w: any(_number(h) <= _number(w) for h in have),
    }
    negative = operator.startswith("not_")
    name = operator[4:] if negative else operator
    if name not in tests:
        raise Refusal("UNSUPPORTED_ERROR", "Filter operator not supported by the stand-in", operator=operator)
    results = [not tests[name](w) if negative else tests[name](w) for w in wanted]
    return all(results) if mode == "and" else any(results)


def _number(text):
    try:
        return (0, float(text), "")
    except ValueError:
        return (1, 0.0, text)


def matcher(group, get):
    """A predicate for one FilterGroup; get(item, key) gives a value, or a list of them."""
    unknown = [key for one in group["filters"] for key in one["key"] if key not in SPECIAL]
    if unknown:
        raise Refusal(
            "UNSUPPORTED_ERROR", "Incorrect filter keys not existing in any schema definition", keys=unknown
        )
    tests = [_one(one, get) for one in group["filters"]]
    tests += [matcher(inner, get) for inner in group["filterGroups"]]
    if not tests:
        return lambda item: True
    every = group["mode"] == "and"
    return lambda item: (all if every else any)(test(item) for test in tests)


def _one(one, get):
    operator, mode = one.get("operator") or "eq", one.get("mode") or "or"

    def test(item):
        return any(_test(operator, mode, _texts(get(item, key)), one["values"]) for key in one["key"])

    return test


def page(items, get, args, search=None):
    """The connection for the arguments of a list field."""
    filters = args.get("filters")
    if filters:
        accepts = matcher(filters, get)
        items = [item for item in items if accepts(item)]
    if args.get("search"):
        wanted = args["search"].lower()
        get_text = search or (lambda item: str(get(item, "name")))
        items = [item for item in items if wanted in get_text(item).lower()]
    total = len(items)
    key = args.get("orderBy")
    if key and key != "_score":
        ordered = [(str(get(item, key) or ""), str(get(item, "id")), item) for item in items]
        ordered.sort(key=lambda row: row[:2], reverse=args.get("orderMode") == "desc")
        sorts, items = [list(row[:2]) for row in ordered], [row[2] for row in ordered]
    else:
        sorts = [[number] for number in range(total)]
    start = 0
    if args.get("after"):
        after = json.loads(base64.b64decode(args["after"], validate=True))
        if not isinstance(after, list) or len(after) != (2 if key and key != "_score" else 1):
            raise ValueError("search_after has a wrong number of values")
        if key and key != "_score":
            down = args.get("orderMode") == "desc"
            while start < total and (sorts[start] >= after if down else sorts[start] <= after):
                start += 1
        else:
            start = after[0] + 1
    asked = DEFAULT if args.get("first") is None else args["first"]
    chosen = range(start, min(total, start + min(asked, CEILING)))
    edges = [{"cursor": _cursor(sorts[at]), "node": items[at]} for at in chosen]
    return {
        "edges": edges,
        "pageInfo": {
            "startCursor": edges[0]["cursor"] if edges else "",
            "endCursor": edges[-1]["cursor"] if edges else "",
            # Compared with what was asked, not with what is left: a full last page promises one more.
            "hasNextPage": len(edges) > 0 and len(edges) == asked,
            "hasPreviousPage": bool(args.get("after")),
            "globalCount": total,
        },
    }


def all_of(items):
    return page(items, lambda item, key: None, {"first": max(len(items), 1)})


def _cursor(sort):
    return base64.b64encode(json.dumps(sort).encode()).decode()
