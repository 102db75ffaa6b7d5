"""The key that signs what the platform calls back with."""

import base64
import json
import time

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def _text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Keys:
    def __init__(self):
        self.count = 0
        self.change()

    def change(self):
        """Another key, as after a change of the platform's encryption key."""
        self.count += 1
        self.id = "stand-in-%d" % self.count
        self.private = Ed25519PrivateKey.generate()
        public = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        key = {"kty": "OKP", "crv": "Ed25519", "x": _text(public), "kid": self.id, "alg": "EdDSA", "use": "sig"}
        self.jwks = json.dumps({"keys": [key]})

    def token(self, seconds=3600):
        head = {"kid": self.id, "alg": "EdDSA", "typ": "JWT"}
        at = int(time.time())
        claims = {"iss": "opencti", "sub": "connector", "iat": at, "exp": at + seconds}
        signed = _text(json.dumps(head).encode()) + "." + _text(json.dumps(claims).encode())
        return signed + "." + _text(self.private.sign(signed.encode()))
