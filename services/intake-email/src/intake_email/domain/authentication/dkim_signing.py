"""DKIM signatures for outgoing mails (RFC 6376, RFC 8463).

By `cryptography` instead of dkimpy, whose RSA in pure Python takes 9 ms a mail.
"""

import base64
import re
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from intake_email.domain.authentication.dkim_keys import MIN_RSA_BITS
from intake_email.domain.authentication.public_suffix import ascii_domain
from intake_email.domain.authentication.raw_fields import RawField, read_raw, relaxed_body, relaxed_field

OVERSIGNED = (b"from", b"to", b"cc", b"subject", b"date", b"reply-to", b"message-id", b"in-reply-to", b"references")
"""Signed once more than they are there, so that nobody adds a second one that a mail program might show instead."""
SIGNED = (
    b"sender",
    b"mime-version",
    b"content-type",
    b"content-transfer-encoding",
    b"auto-submitted",
    b"list-id",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
)
"""RFC 6376 section 5.4.1. Not Return-Path, Received and what relays change or add."""
_LINE_CHARS = 72
_SELECTOR = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,3}\Z")


class Signer:
    """Signs mails for one domain."""

    def __init__(self, domain: str, selector: str, key_pem: str | bytes) -> None:
        """Read the key.

        Args:
            domain: `d=`; the domain of the mailboxes that the mails come from, or one above it.
            selector: `s=`; the key's name below `_domainkey.<domain>`.
            key_pem: an RSA or Ed25519 private key, PEM without a password, or the base64 of one in DER or of the 32
                octets of an Ed25519 key.

        Raises:
            ValueError: the domain is none, or the key cannot be used.
        """
        self._key = _read_key(key_pem)
        name = ascii_domain(domain)
        if name is None or not _SELECTOR.match(selector):
            raise ValueError("DKIM needs a domain and a selector in ASCII")
        self._domain, self._selector = name.encode(), selector.encode()

    @property
    def record_name(self) -> str:
        """The DNS name that the key must be published at."""
        return f"{self._selector.decode()}._domainkey.{self._domain.decode()}"

    @property
    def record(self) -> str:
        """The text of the TXT record to publish."""
        public = self._key.public_key()
        if isinstance(self._key, RSAPrivateKey):
            data, kind = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), "rsa"
        else:
            data, kind = public.public_bytes(Encoding.Raw, PublicFormat.Raw), "ed25519"
        return f"v=DKIM1; k={kind}; p={base64.b64encode(data).decode()}"

    def sign(self, raw: bytes, signed_at: float | None = None) -> bytes:
        """The header field to put before a mail, with its line end.

        Args:
            raw: a whole mail with a From, as it will be sent.
            signed_at: seconds since the epoch, for `t=`.

        Raises:
            ValueError: the mail has no From, or more header than can be read.
        """
        mail = read_raw(raw)
        if mail is None or not mail.named(b"from"):
            raise ValueError("a mail without From, or with too many header fields, cannot be signed")
        covered, names = _covered(mail.fields)
        algorithm = b"rsa-sha256" if isinstance(self._key, RSAPrivateKey) else b"ed25519-sha256"
        body_hash = base64.b64encode(sha256(relaxed_body(mail.body)).digest())
        lines = [
            b" v=1; a=" + algorithm + b"; c=relaxed/relaxed; d=" + self._domain + b";",
            b" s=" + self._selector + b";" + (b" t=%d;" % signed_at if signed_at is not None else b""),
            *_folded(b" h=" + b":".join(names) + b";"),
            b" bh=" + body_hash + b";",
            b" b=",
        ]
        content = b"DKIM-Signature:" + b"\r\n".join(lines)
        digest = sha256()
        for field in covered:
            digest.update(relaxed_field(field) + b"\r\n")
        digest.update(relaxed_field(RawField(b"dkim-signature", content)))
        value = base64.b64encode(self._signature(digest.digest()))
        pieces = [value[place : place + _LINE_CHARS] for place in range(0, len(value), _LINE_CHARS)]
        return content + b"\r\n ".join(pieces) + b"\r\n"

    def _signature(self, digest: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(digest, PKCS1v15(), Prehashed(SHA256()))
        return self._key.sign(digest)


def _read_key(key: str | bytes) -> RSAPrivateKey | Ed25519PrivateKey:
    data = key.encode() if isinstance(key, str) else key
    found: object
    try:
        if b"-----BEGIN" in data:
            found = load_pem_private_key(data, None)
        else:
            data = base64.b64decode(b"".join(data.split()), validate=True)
            found = Ed25519PrivateKey.from_private_bytes(data) if len(data) == 32 else load_der_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("the DKIM key cannot be read: it must be a private key in PEM, without a password") from error
    if isinstance(found, Ed25519PrivateKey):
        return found
    if isinstance(found, RSAPrivateKey) and found.key_size >= MIN_RSA_BITS:
        return found
    raise ValueError(f"the DKIM key must be RSA of at least {MIN_RSA_BITS} bits, or Ed25519")


def _covered(fields: tuple[RawField, ...]) -> tuple[list[RawField], list[bytes]]:
    """The fields to sign, and the names for `h=`, in the same order, each name from the bottom up."""
    by_name: dict[bytes, list[RawField]] = {}
    for field in fields:
        by_name.setdefault(field.name, []).append(field)
    covered: list[RawField] = []
    names: list[bytes] = []
    for name in (*OVERSIGNED, *SIGNED):
        there = by_name.get(name, [])[::-1]
        covered += there
        names += [name] * (len(there) + (name in OVERSIGNED))
    return covered, names


def _folded(line: bytes) -> list[bytes]:
    """A list of names on lines of bearable length, broken behind colons."""
    lines: list[bytes] = []
    while len(line) > _LINE_CHARS and (place := line.rfind(b":", 0, _LINE_CHARS)) > 0:
        lines.append(line[: place + 1])
        line = b" " + line[place + 1 :]
    return [*lines, line]
