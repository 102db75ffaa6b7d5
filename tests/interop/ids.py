"""The ids of random objects by pycti and python-stix2, in this process, and by octi-stix.

ids.py OCTI_STIX N SEED   compares N objects
"""

import json
import random
import subprocess
import sys

import pycti
import stix2
from pycti.utils import constants

# What is cased, blank, escaped, combining, beyond the first plane, or passed over by the final sigma.
PIECES = (
    list("abcXYZ019 _-./:@#'\"\\\t\n\r\x0b\x0c\x01\x1c\x1f\x7f")
    + list("\x85\xa0\u1680\u2003\u2028\u202f\u3000\u200b\ufeff")
    + list("éÉßẞİıΣσςΩ\u2126\u212aǅﬁÅ\u00c5А中\U0001f600\U0001d400\U00010400\u0301\u0307\u02b0\u00ad\u0345\u1c89")
    + ["Emotet", "APT28", "ΟΔΥΣΣΕΥΣ", "CVE-2021-44228", "   ", "\\u0041"]
)
DATES = [
    "2020-01-01T00:00:00Z",
    "2020-01-01T00:00:00.000Z",
    "2020-01-01T00:00:00.123456Z",
    "2021-06-30T12:30:45+02:00",
    "2020-01-01T00:00:00+00:00",
]
HEX = "0123456789abcdefABCDEF"
LENGTHS = {"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128}


class Objects:
    """Random objects with the ids that the references give them; None stands for a random one."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.kinds = [getattr(self, name) for name in dir(self) if name.startswith("of_")]

    def __iter__(self):
        while True:
            made = self.random.choice(self.kinds)()
            if made:
                yield made

    # What they are made of

    def text(self, least=1):
        pieces = self.random.choices(PIECES, k=self.random.randint(least, 8))
        return "".join(pieces)

    def loose(self):
        """A text, or what python-stix2 makes one of."""
        return self.random.choice((0, -7, 1.5, 1e21, 2**70, True, False)) if self.random.random() < 0.1 else self.text()

    def maybe(self, make, chance=0.5):
        return make() if self.random.random() < chance else None

    def date(self):
        return self.random.choice(DATES)

    def uuid(self):
        return "%08x-0000-4000-8000-%012x" % (self.random.getrandbits(32), self.random.getrandbits(48))

    def ref(self, *types):
        return "%s--%s" % (self.random.choice(types), self.uuid())

    def number(self):
        numbers = (0, 1, -1.5, 48.0, 1e21, 1e-7, 2**53 + 1, 12.25, 100.125)
        return self.random.choice(numbers)

    def hashes(self):
        names = self.random.sample(sorted(LENGTHS), self.random.randint(1, 3))
        made = {name: "".join(self.random.choices(HEX, k=LENGTHS[name])) for name in names}
        if self.random.random() < 0.2:
            made = dict({"SSDEEP": "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"}, **made)
        if self.random.random() < 0.2:
            made = {"SSDEEP": "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"}
        return made

    # Domain objects, by generate_id

    def of_named(self):
        made = self.random.choice(
            (
                pycti.Campaign,
                pycti.Channel,
                pycti.DataComponent,
                pycti.DataSource,
                pycti.Event,
                pycti.Feedback,
                pycti.Infrastructure,
                pycti.IntrusionSet,
                pycti.Language,
                pycti.Malware,
                pycti.Narrative,
                pycti.Tool,
                pycti.Vulnerability,
            )
        )
        name = self.text(0)
        id = made.generate_id(name)
        return {"type": id.split("--")[0], "name": name}, id

    def of_mitre(self):
        made = self.random.choice((pycti.AttackPattern, pycti.CourseOfAction))
        name, mitre = self.text(), self.maybe(lambda: self.random.choice(("T1566", " t1059.001 ", "  ", "")))
        given = {"name": name, "x_mitre_id": mitre, "x_opencti_external_id": self.maybe(lambda: "T1059", 0.2)}
        id = made.generate_id_from_data(given)
        return dict(given, type=id.split("--")[0]), id

    def of_dated(self):
        made = self.random.choice((pycti.CaseIncident, pycti.CaseRfi, pycti.CaseRft, pycti.Incident, pycti.Task))
        name, created = self.text(), self.maybe(self.date, 0.8)
        id = made.generate_id(name, created)
        return {"type": id.split("--")[0], "name": name, "created": created}, id

    def of_report(self):
        name, published = self.text(), self.maybe(self.date, 0.8)
        return {"type": "report", "name": name, "published": published}, pycti.Report.generate_id(name, published)

    def of_grouping(self):
        name, context, created = self.text(), self.text(), self.maybe(self.date)
        given = {"type": "grouping", "name": name, "context": context, "created": created}
        return given, pycti.Grouping.generate_id(name, context, created)

    def of_identity(self):
        name = self.text()
        kind = self.random.choice(("organization", "Individual", "CLASS", "system", " unknown ", "SecurityPlatform"))
        return {"type": "identity", "name": name, "identity_class": kind}, pycti.Identity.generate_id(name, kind)

    def of_indicator(self):
        pattern = self.random.choice(("[file:name = '%s']", " [url:value='%s'] ", "rule %s {}", "%s")) % self.text()
        return {"type": "indicator", "pattern": pattern, "pattern_type": "stix"}, pycti.Indicator.generate_id(pattern)

    def of_kill_chain_phase(self):
        phase, chain = self.text(), self.maybe(self.text, 0.9)
        given = {"type": "kill-chain-phase", "phase_name": phase, "kill_chain_name": chain}
        return given, pycti.KillChainPhase.generate_id(phase, chain)

    def of_label(self):
        value = self.text()
        return {"type": "label", "value": value}, pycti.Label.generate_id(value)

    def of_location(self):
        name = self.text()
        kind = self.random.choice(("City", "Country", "Region", "Position", "Administrative-Area", "country"))
        latitude, longitude = self.maybe(self.number), self.maybe(self.number)
        given = {"type": "location", "name": name, "x_opencti_location_type": kind}
        given.update(latitude=latitude, longitude=longitude)
        return given, pycti.Location.generate_id(name, kind, latitude, longitude)

    def of_malware_analysis(self):
        result, product, submitted = self.text(), self.maybe(self.text, 0.8), self.maybe(self.date)
        given = {"type": "malware-analysis", "result_name": result, "product": product, "submitted": submitted}
        return given, pycti.MalwareAnalysis.generate_id(result, product, submitted)

    def of_marking(self):
        kind = self.random.choice(("TLP", "PAP", "statement", "tlp"))
        levels = ("TLP:CLEAR", "TLP:WHITE", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED", "tlp:red")
        definition = self.random.choice(levels + ("PAP:RED", self.text()))
        given = {"type": "marking-definition", "definition_type": kind, "definition": definition}
        return given, pycti.MarkingDefinition.generate_id(kind, definition)

    def of_note(self):
        created, content, abstract = self.maybe(self.date), self.text(), self.maybe(lambda: self.text(0))
        given = {"type": "note", "created": created, "content": content, "abstract": abstract}
        return given, pycti.Note.generate_id(created, content, abstract)

    def of_observed_data(self):
        refs = [self.ref("ipv4-addr", "file") for _ in range(self.random.randint(1, 4))]
        return {"type": "observed-data", "object_refs": refs}, pycti.ObservedData.generate_id(refs)

    def of_opinion(self):
        created, opinion = self.maybe(self.date), self.text()
        return {"type": "opinion", "created": created, "opinion": opinion}, pycti.Opinion.generate_id(created, opinion)

    def of_coverage(self):
        covered = self.ref("report", "intrusion-set")
        return {"type": "security-coverage", "covered_ref": covered}, pycti.SecurityCoverage.generate_id(covered)

    def of_relationship(self):
        kind, start, stop = self.random.choice(("uses", "based-on", " Uses ")), self.maybe(self.date), None
        stop = self.maybe(self.date)
        ends = {"source_ref": self.ref("indicator", "malware"), "target_ref": self.ref("tool", "ipv4-addr")}
        given = dict({"type": "relationship", "relationship_type": kind, "start_time": start, "stop_time": stop}, **ends)
        return given, pycti.StixCoreRelationship.generate_id(kind, *ends.values(), start, stop)

    def of_sighting(self):
        first, last = self.maybe(self.date), self.maybe(self.date)
        of, where = self.ref("indicator", "file"), [self.ref("identity") for _ in range(self.random.randint(1, 3))]
        given = {"type": "sighting", "sighting_of_ref": of, "where_sighted_refs": where}
        given.update(first_seen=first, last_seen=last)
        return given, pycti.StixSightingRelationship.generate_id(of, where, first, last)

    def of_threat_actor(self):
        name = self.text()
        kind = self.random.choice(("Threat-Actor-Group", "Threat-Actor-Individual"))
        given = {"type": "threat-actor", "name": name}
        if kind != "Threat-Actor-Group" or self.random.random() < 0.5:
            given["x_opencti_type"] = kind
        return given, pycti.ThreatActor.generate_id(name, kind)

    def of_vocabulary(self):
        name, category = self.text(), self.random.choice(("report_types_ov", "case_severity_ov"))
        return {"type": "vocabulary", "name": name, "category": category}, pycti.Vocabulary.generate_id(name, category)

    def of_external_reference(self):
        url, source, number = self.maybe(self.text), self.text(), self.text()
        given = {"type": "external-reference", "url": url, "source_name": source, "external_id": number}
        return given, pycti.ExternalReference.generate_id(url, source, number)

    # Observables, by python-stix2

    def made(self, kind, properties):
        """The id of one that python-stix2 makes; nothing of what it refuses."""
        given = {key: value for key, value in properties.items() if value is not None}
        try:
            made = kind(allow_custom=True, **given)
        except (stix2.exceptions.STIXError, ValueError):
            return None
        id = made["id"]
        fixed = id.split("--")[1][14] == "5"
        return dict({"type": made["type"]}, **given), id if fixed else None

    def of_value(self):
        kind = self.random.choice(
            (
                stix2.IPv4Address,
                stix2.IPv6Address,
                stix2.MACAddress,
                stix2.URL,
                stix2.DomainName,
                stix2.EmailAddress,
                constants.CustomObservableHostname,
                constants.CustomObservableText,
                constants.CustomObservableUserAgent,
                constants.CustomObservableCredential,
                constants.CustomObservableCryptocurrencyWallet,
                constants.CustomObservableCryptographicKey,
                constants.CustomObservablePhoneNumber,
                constants.CustomObservableTrackingNumber,
                constants.CustomObservableSshKey,
                constants.CustomObservableAIPrompt,
                constants.CustomObservableIMEI,
                constants.CustomObservableICCID,
                constants.CustomObservableIMSI,
            )
        )
        return self.made(kind, {"value": self.loose()})

    def of_own_key(self):
        kind, keys = self.random.choice(
            (
                (stix2.Mutex, ["name"]),
                (stix2.Directory, ["path"]),
                (constants.CustomObservablePersona, ["persona_name", "persona_type"]),
                (constants.CustomObservableMediaContent, ["url"]),
                (constants.CustomObservableBankAccount, ["iban", "value"]),
                (constants.CustomObservablePaymentCard, ["card_number", "value"]),
            )
        )
        return self.made(kind, {key: self.loose() for key in keys})

    def of_autonomous_system(self):
        number = self.random.getrandbits(32)
        number = self.random.choice((number, str(number), " +%04d\n" % number, number / 4, "%d_0" % number))
        return self.made(stix2.AutonomousSystem, {"number": number, "name": self.maybe(self.text)})

    def spelled(self, hashes):
        """The same under names that python-stix2 puts right, at times."""
        names = {"SHA-256": "sha256", "SHA-1": "SHA1", "MD5": "md5", "SHA-512": "sha-512"}
        wrong = self.random.random() < 0.3
        return {names.get(key, key) if wrong else key: value for key, value in hashes.items()}

    def extensions(self):
        stream = {"name": self.text(), "hashes": self.spelled(self.hashes())}
        binary = {"pe_type": "exe", "file_header_hashes": self.spelled(self.hashes())}
        binary["optional_header"] = {"magic_hex": "01", "hashes": self.spelled(self.hashes())}
        binary["sections"] = [stream, {"name": self.text(), "size": 7}]
        return self.random.choice(({"windows-pebinary-ext": binary}, {"ntfs-ext": {"alternate_data_streams": [stream]}}))

    def of_file(self):
        hashes = self.maybe(lambda: self.spelled(self.hashes()), 0.7)
        given = {"hashes": hashes, "name": self.maybe(self.text, 0.7), "size": self.maybe(lambda: 7)}
        given["parent_directory_ref"] = self.maybe(lambda: self.ref("directory"), 0.2)
        given["x_opencti_score"] = self.maybe(lambda: 80)
        given["extensions"] = self.maybe(self.extensions, 0.3)
        return self.made(stix2.File, given)

    def of_artifact(self):
        payload = self.maybe(lambda: "aGVsbG8=")
        return self.made(
            stix2.Artifact,
            {"payload_bin": payload, "hashes": self.hashes(), "url": None if payload else "https://example.org/x"},
        )

    def of_certificate(self):
        return self.made(
            stix2.X509Certificate, {"hashes": self.maybe(self.hashes), "serial_number": self.maybe(self.loose), "issuer": "x"}
        )

    def of_email_message(self):
        given = {"subject": self.maybe(self.loose), "body": self.maybe(self.text), "is_multipart": False}
        given["from_ref"] = self.maybe(lambda: self.ref("email-addr"))
        return self.made(stix2.EmailMessage, given)

    def of_network_traffic(self):
        given = {"protocols": self.random.sample(["tcp", "ipv4", "http", "é"], 2), "is_active": False}
        given["src_ref"] = self.ref("ipv4-addr", "domain-name")
        given["dst_ref"] = self.maybe(lambda: self.ref("ipv6-addr"))
        given["src_port"] = self.maybe(lambda: self.random.getrandbits(15))
        given["dst_port"] = self.maybe(lambda: self.random.choice((443, "443", 443.0)))
        given["start"] = self.maybe(lambda: self.random.choice(("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.250Z")))
        given["end"] = self.maybe(lambda: "2020-01-01T00:00:01.500000Z")
        return self.made(stix2.NetworkTraffic, given)

    def of_process(self):
        return self.made(stix2.Process, {"pid": self.random.getrandbits(15)})

    def of_software(self):
        given = {key: self.maybe(self.loose) for key in ("vendor", "version", "swid")}
        return self.made(stix2.Software, dict(given, name=self.text(), languages=["en"]))

    def of_user_account(self):
        keys = ("user_id", "account_login", "account_type", "display_name")
        return self.made(stix2.UserAccount, {key: self.maybe(self.loose) for key in keys})

    def of_registry_key(self):
        values = [{"name": self.text(), "data": self.text(), "data_type": "REG_SZ"}]
        return self.made(stix2.WindowsRegistryKey, {"key": self.text(), "values": self.maybe(lambda: values)})


def run(program, number, seed, report):
    """Compares `number` objects; report(passed, what, theirs, ours) is told of each."""
    objects, wanted = [], []
    for given, id in Objects(seed):
        # A mark of its own, for equal objects are printed once.
        objects.append(dict(given, x_case=len(objects)))
        wanted.append(id)
        if len(objects) == number:
            break
    text = "".join(json.dumps(one, ensure_ascii=bool(index % 2)) + "\n" for index, one in enumerate(objects))
    done = subprocess.run([program, "-q"], input=text.encode(), capture_output=True)
    report(done.returncode == 0, "octi-stix", 0, (done.returncode, done.stderr.decode(errors="replace")))
    made = {one["x_case"]: one for one in map(json.loads, done.stdout.splitlines())}
    for index, (given, id) in enumerate(zip(objects, wanted)):
        ours = made.get(index, {}).get("id", "")
        fine = ours == id if id else ours.startswith(given["type"] + "--") and ours[-22] == "4"
        report(fine, "id of " + json.dumps(given, ensure_ascii=True), id, ours)


def main():
    program, number, seed = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    bad = []

    def report(passed, what, theirs, ours):
        if not passed:
            bad.append(what)
            print("%s\n    theirs: %s\n    ours:   %s" % (what, theirs, ours), file=sys.stderr)

    run(program, number, seed, report)
    print("ids: %d objects, %d differ" % (number, len(bad)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
