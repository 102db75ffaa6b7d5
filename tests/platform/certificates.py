"""Makes a private CA and the certificates, good and bad, that the TLS tests need: certificates.py DIR"""

import datetime
import ipaddress
import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.timezone.utc)


def named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def builder(subject, issuer, key, start, end):
    return (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )


def authority(name):
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    certificate = (
        builder(name, name, key, NOW - 30 * DAY, NOW + 3650 * DAY)
        .add_extension(x509.BasicConstraints(True, None), True)
        .add_extension(usage, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, hashes.SHA256())
    )
    return name, key, certificate


def issue(ca, subject, names=(), purpose=ExtendedKeyUsageOID.SERVER_AUTH, start=NOW - 2 * DAY, end=NOW + 825 * DAY):
    issuer, issuer_key, issuer_certificate = ca
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        builder(subject, issuer, key, start, end)
        .add_extension(x509.BasicConstraints(False, None), True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    )
    if names:
        made = made.add_extension(x509.SubjectAlternativeName(list(names)), False)
    return key, made.sign(issuer_key, hashes.SHA256())


def save(folder, name, key, certificate):
    with open(os.path.join(folder, name + ".pem"), "wb") as out:
        out.write(certificate.public_bytes(serialization.Encoding.PEM))
    if key is not None:
        path = os.path.join(folder, name + ".key")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(
                key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )


def main(folder):
    local = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    ca, other = authority("octi test CA"), authority("another CA")
    save(folder, "ca", ca[1], ca[2])
    save(folder, "otherca", other[1], other[2])
    save(folder, "good", *issue(ca, "localhost", local))
    save(folder, "wrongname", *issue(ca, "elsewhere.example", [x509.DNSName("elsewhere.example")]))
    save(folder, "expired", *issue(ca, "localhost", local, start=NOW - 20 * DAY, end=NOW - DAY))
    save(folder, "foreign", *issue(other, "localhost", local))
    save(folder, "client", *issue(ca, "octi client", purpose=ExtendedKeyUsageOID.CLIENT_AUTH))


if __name__ == "__main__":
    main(sys.argv[1])
