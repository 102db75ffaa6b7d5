"""Random bundles through pycti's splitter, in this process, and through octi-split."""

import json
import os
import subprocess

from pycti.utils.opencti_stix2_splitter import OpenCTIStix2Splitter

from generate import Generator


def theirs(text, cleanup, version):
    """(lines, incompatible lines), or the exception."""
    splitter = OpenCTIStix2Splitter()
    try:
        _, incompatible, bundles = splitter.split_bundle_with_expectations(text, True, version, cleanup)
        return bundles, [json.dumps(one) for one in incompatible]
    except Exception as error:  # whatever it raises, it gives no result
        return error


def ours(program, text, cleanup, version, scratch):
    """(lines, incompatible lines, status, stderr)"""
    left_out = os.path.join(scratch, "incompatible")
    call = [program, "-q", "--incompatible", left_out] + ["--cleanup"] * cleanup
    call += ["--event-version", version] if version is not None else []
    if os.path.exists(left_out):
        os.unlink(left_out)
    done = subprocess.run(call, input=text.encode(), capture_output=True)
    lines, incompatible = done.stdout.decode("ascii").splitlines(), []
    if os.path.exists(left_out):
        with open(left_out) as file:
            incompatible = file.read().splitlines()
    return lines, incompatible, done.returncode, done.stderr.decode(errors="replace")


def run(program, number, seed, scratch, report):
    """Compares `number` bundles; report(passed, what) is told of each. Returns how many one of the two refuses."""
    refused = 0
    for index in range(number):
        name = "random bundle %d of seed %d" % (index, seed)
        generator = Generator("%d/%d" % (seed, index))
        text, cleanup, version = generator.bundle()
        reference = theirs(text, cleanup, version)
        lines, incompatible, status, errors = ours(program, text, cleanup, version, scratch)
        if isinstance(reference, Exception) or (generator.odd and status == 1):
            # pycti raises where it comes to what is wrong, octi-split says which object it is, or works; no crash.
            refused += 1
            report(status == 0 or (status == 1 and "object " in errors), name, repr(reference), errors)
            continue
        report(status == 0, name + ": status", 0, (status, errors))
        report(lines == reference[0], name + ": parts", *first(reference[0], lines))
        report(incompatible == reference[1], name + ": incompatible", *first(reference[1], incompatible))
    return refused


def first(a, b):
    """The first lines that differ."""
    for one, other in zip(a, b):
        if one != other:
            return one, other
    return "%d lines" % len(a), "%d lines" % len(b)
