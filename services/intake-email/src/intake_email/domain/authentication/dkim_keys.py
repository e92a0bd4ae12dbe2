"""Public keys of signers, as they stand in the DNS (RFC 6376 section 3.6, RFC 8301, RFC 8463)."""

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from intake_email.domain.authentication.results import FAIL, PERMERROR, Result
from intake_email.domain.authentication.tag_lists import read_tags

MIN_RSA_BITS = 1024
"""RFC 8301 section 3.2: shorter keys prove nothing."""
MAX_RSA_BITS = 4096
"""RFC 8301 asks verifiers for no more, and the time grows with the square."""
MAX_EXPONENT_BITS = 33
"""65537 has 17; a huge exponent is only there to cost time."""
RSA, ED25519 = "rsa", "ed25519"
_SHA256 = Prehashed(SHA256())


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A usable key. `strict`: the identity of a signature must be at exactly its domain (flag `s`)."""

    kind: str
    key: RSAPublicKey | Ed25519PublicKey
    strict: bool

    def signed(self, digest: bytes, signature: bytes) -> bool:
        """Whether the owner of the key signed this SHA-256 digest."""
        try:
            if isinstance(self.key, RSAPublicKey):
                self.key.verify(signature, digest, PKCS1v15(), _SHA256)
            else:
                self.key.verify(signature, digest)
        except (InvalidSignature, ValueError):
            return False
        return True


@lru_cache(maxsize=1_000)
def read_key(record: str) -> PublicKey | Result:
    """The key in a TXT record, or why it cannot be used."""
    tags = read_tags(record)
    if tags is None or tags.get("v", "DKIM1") != "DKIM1":
        return Result(PERMERROR, "the key record cannot be read")
    if "p" not in tags:
        return Result(PERMERROR, "the key record has no key")
    if not tags["p"]:
        return Result(PERMERROR, "the key is revoked")
    if "h" in tags and "sha256" not in _words(tags["h"]):
        return Result(PERMERROR, "the key is not for SHA-256")
    if not _words(tags.get("s", "*")) & {"*", "email"}:
        return Result(PERMERROR, "the key is not for mail")
    strict = "s" in _words(tags.get("t", ""))
    try:
        data = base64.b64decode("".join(tags["p"].split()), validate=True)
        return _usable(tags.get("k", RSA).lower(), data, strict)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return Result(PERMERROR, "the key cannot be read")


def _usable(kind: str, data: bytes, strict: bool) -> PublicKey | Result:
    if kind == ED25519:
        return PublicKey(kind, Ed25519PublicKey.from_public_bytes(data), strict)
    if kind != RSA:
        return Result(PERMERROR, "the key is of an unknown kind")
    # The library refuses to load keys that are too short and says so only in words; this is the encoding's size.
    if len(data) < MIN_RSA_BITS // 8:
        return Result(FAIL, "the key is too short")
    key = load_der_public_key(data)
    if not isinstance(key, RSAPublicKey):
        return Result(PERMERROR, "the key is of an unknown kind")
    if key.key_size < MIN_RSA_BITS:
        return Result(FAIL, "the key is too short")
    if key.key_size > MAX_RSA_BITS or key.public_numbers().e.bit_length() > MAX_EXPONENT_BITS:
        return Result(PERMERROR, "the key is too long")
    return PublicKey(kind, key, strict)


def _words(value: str) -> set[str]:
    return {word.strip().lower() for word in value.split(":")}
