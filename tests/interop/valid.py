"""valid.py OCTI_STIX: what octi-stix makes of the least of every type, under OASIS's stix2-validator."""

import json
import subprocess
import sys

from stix2validator import ValidationOptions, validate_instance

TOOL, MALWARE, IDENTITY = ({"type": kind, "name": "n"} for kind in ("tool", "malware", "identity"))
NAMED = """attack-pattern campaign case-incident case-rfi case-rft channel course-of-action data-component data-source
    event feedback grouping identity incident infrastructure intrusion-set language malware narrative report task
    threat-actor tool vulnerability mutex software""".split()
VALUES = {
    "domain-name": "a.example",
    "email-addr": "a@b.example",
    "ipv4-addr": "1.2.3.4",
    "ipv6-addr": "2001:db8::1",
    "mac-addr": "aa:bb:cc:dd:ee:ff",
    "url": "https://example.org/",
}
VALUED = """ai-prompt credential cryptocurrency-wallet cryptographic-key hostname iccid imei imsi phone-number ssh-key
    text tracking-number user-agent""".split()
CONTAINERS = {"grouping", "report"}
OTHERS = [
    {"type": "indicator", "pattern": "[ipv4-addr:value = '1.2.3.4']"},
    {"type": "note", "content": "c", "objects": [TOOL]},
    {"type": "opinion", "opinion": "agree", "objects": [TOOL]},
    {"type": "observed-data", "objects": [{"type": "ipv4-addr", "value": "1.2.3.4"}]},
    {"type": "location", "country": "France"},
    {"type": "location", "name": "here", "latitude": 1.5, "longitude": 2.5},
    {"type": "malware-analysis", "product": "p", "result_name": "r", "result": "malicious"},
    {"type": "security-coverage", "name": "n", "covered": TOOL},
    {"type": "relationship", "relationship_type": "uses", "source": MALWARE, "target": TOOL},
    {"type": "sighting", "sighting_of": MALWARE, "where_sighted": [IDENTITY]},
    {"type": "autonomous-system", "number": 5},
    {"type": "directory", "path": "/x"},
    {"type": "email-message", "is_multipart": False, "subject": "s", "body": "b"},
    {"type": "file", "hashes": {"md5": "d41d8cd98f00b204e9800998ecf8427e"}},
    {"type": "artifact", "payload_bin": "aGVsbG8="},
    {"type": "network-traffic", "protocols": ["tcp"], "src": {"type": "ipv4-addr", "value": "1.2.3.4"}},
    {"type": "process", "pid": 1},
    {"type": "user-account", "user_id": "u"},
    {"type": "windows-registry-key", "key": "HKEY_LOCAL_MACHINE\\x"},
    {"type": "x509-certificate", "serial_number": "1"},
    {"type": "bank-account", "iban": "i"},
    {"type": "payment-card", "card_number": "1"},
    {"type": "media-content", "url": "https://example.org/"},
    {"type": "persona", "persona_name": "n", "persona_type": "t"},
    dict(TOOL, name="marked", marking=["clear", "green", "amber", "amber+strict", "red", "PAP:RED", "(c)"]),
]
FLAGS = "--author Me --tlp green --label l --score 5 --confidence 7 --external-ref s,https://example.org/ --report R"


def objects():
    for kind in NAMED:
        yield dict({"type": kind, "name": "n"}, **{"objects": [TOOL]} if kind in CONTAINERS else {})
    for kind in VALUED:
        yield {"type": kind, "value": "v"}
    for kind, value in VALUES.items():
        yield {"type": kind, "value": value, "description": "d", "labels": ["a"], "score": 1}
    yield from OTHERS


def main():
    text = "".join(json.dumps(one) + "\n" for one in objects())
    bad, made = 0, 0
    options = ValidationOptions(version="2.1", silent=True)
    for flags in ([], FLAGS.split(), ["--ids", "platform"]):
        call = [sys.argv[1], "-q", "--created", "2024-01-02"] + flags
        done = subprocess.run(call, input=text, capture_output=True, text=True, check=True)
        for line in done.stdout.splitlines():
            result = validate_instance(json.loads(line), options)
            made += 1
            if not result.is_valid:
                bad += 1
                print(line, *result.errors, sep="\n    ", file=sys.stderr)
    print("valid: %d objects, %d are not" % (made, bad))
    return 1 if bad or made < 150 else 0


if __name__ == "__main__":
    sys.exit(main())
