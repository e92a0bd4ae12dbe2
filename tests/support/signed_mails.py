"""Signed and sealed mails for tests, with any tags, right or wrong: a second implementation of what is tested."""

import base64
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

MAIL = (
    b"From: Ana <ana@cliente.example>\r\n"
    b"To: soporte@desk.example\r\n"
    b"Subject: =?utf-8?q?Factura_de_mayo?=\r\n"
    b"Date: Fri, 27 Nov 2026 03:00:00 +0000\r\n"
    b"Message-ID: <1@cliente.example>\r\n"
    b"\r\n"
    b"Hola,\t no puedo  entrar. \r\n"
    b"\r\n"
    b"Ana\r\n"
    b"\r\n\r\n"
)
NOW = 1_795_750_000
SIGNED = "from:to:subject:date:message-id"


@dataclass(frozen=True)
class Key:
    """A key pair, its private part in PEM and its public part as a TXT record."""

    private: RSAPrivateKey | Ed25519PrivateKey

    @property
    def pem(self) -> bytes:
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def old_pem(self) -> bytes:
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )

    @property
    def record(self) -> str:
        if isinstance(self.private, RSAPrivateKey):
            data = self.private.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            return "v=DKIM1; k=rsa; p=" + base64.b64encode(data).decode()
        data = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return "v=DKIM1; k=ed25519; p=" + base64.b64encode(data).decode()

    @property
    def algorithm(self) -> str:
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    def sign(self, data: bytes) -> str:
        if isinstance(self.private, RSAPrivateKey):
            value = self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        else:
            value = self.private.sign(sha256(data).digest())
        return base64.b64encode(value).decode()


@cache
def rsa_key(number: int = 0, bits: int = 1024) -> Key:
    """One of several RSA keys; always the same within a run."""
    return Key(generate_private_key(65_537, bits))


@cache
def ed25519_key(number: int = 0) -> Key:
    """One of several Ed25519 keys; always the same within a run."""
    return Key(Ed25519PrivateKey.generate())


def sign(
    raw: bytes = MAIL, key: Key | None = None, *, domain: str = "cliente.example", selector: str = "s1", **tags: str
) -> bytes:
    """The mail behind a DKIM-Signature in relaxed form. Further tags replace the usual ones; empty: left out."""
    key = key or rsa_key()
    header, _, body = raw.partition(b"\r\n\r\n")
    wanted = {
        "v": "1",
        "a": key.algorithm,
        "c": "relaxed/relaxed",
        "d": domain,
        "s": selector,
        "h": SIGNED,
        "bh": body_hash(body),
        **tags,
    }
    text = "; ".join(f"{name}={value}" for name, value in wanted.items() if value) + "; b="
    data = covered(header, wanted["h"]) + b"dkim-signature:" + text.encode()
    return f"DKIM-Signature: {text}{key.sign(data)}\r\n".encode() + raw


def seal(
    raw: bytes,
    number: int,
    results: str,
    *,
    domain: str = "lists.example",
    key: Key | None = None,
    validation: str | None = None,
) -> bytes:
    """The mail with one more ARC set before it; `validation` is the `cv=` of its seal."""
    key = key or rsa_key()
    header, _, body = raw.partition(b"\r\n\r\n")
    own_results = f"ARC-Authentication-Results: i={number}; relay.{domain}; {results}".encode()
    message = (
        f"i={number}; a={key.algorithm}; c=relaxed/relaxed; d={domain}; s=arc; h={SIGNED}; bh={body_hash(body)}; b="
    )
    message += key.sign(covered(header, SIGNED) + b"arc-message-signature:" + message.encode())
    own_message = b"ARC-Message-Signature: " + message.encode()
    validation = validation or ("none" if number == 1 else "pass")
    seal_tags = f"i={number}; a={key.algorithm}; cv={validation}; d={domain}; s=arc; b="
    fields = _fields(header)
    chain = b""
    for earlier in range(1, number):
        for name in (b"arc-authentication-results", b"arc-message-signature", b"arc-seal"):
            chain += next(relaxed(one) for one in fields if _name(one) == name and b"i=%d;" % earlier in one) + b"\r\n"
    chain += relaxed(own_results) + b"\r\n" + relaxed(own_message) + b"\r\narc-seal:" + seal_tags.encode()
    own_seal = f"ARC-Seal: {seal_tags}{key.sign(chain)}".encode()
    return b"\r\n".join([own_seal, own_message, own_results, raw])


def body_hash(body: bytes) -> str:
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return base64.b64encode(sha256(b"".join(line + b"\r\n" for line in lines)).digest()).decode()


def covered(header: bytes, names: str) -> bytes:
    waiting = _fields(header)
    data = b""
    for name in names.split(":"):
        found = [field for field in waiting if _name(field) == name.strip().encode()]
        if found:
            waiting.remove(found[-1])
            data += relaxed(found[-1]) + b"\r\n"
    return data


def relaxed(field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    return name.strip().lower() + b":" + b" ".join(value.replace(b"\r\n", b"").split())


def _fields(header: bytes) -> list[bytes]:
    return re.split(rb"\r\n(?![ \t])", header)


def _name(field: bytes) -> bytes:
    return field.partition(b":")[0].strip().lower()
