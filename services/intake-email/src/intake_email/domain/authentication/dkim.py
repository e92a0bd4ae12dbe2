"""DKIM signatures of a received mail (RFC 6376): which are worth checking, and whether each holds.

Not by dkimpy: its canonical forms take time with the square of a run of blanks (40 KB of them: 1.5 s, during which
nothing else runs), and it tells a key that could not be fetched from a wrong signature only in its log.

Stricter than the RFC where a signature is to prove who sent the mail: SHA-1, keys below 1024 bits (RFC 8301), a part of
the body only (`l=`) and an unsigned second From prove nothing.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from intake_email.domain.authentication.dkim_keys import ED25519, RSA, PublicKey, read_key
from intake_email.domain.authentication.public_suffix import ascii_domain, organizational_domain
from intake_email.domain.authentication.raw_fields import RawField, RawMail, relaxed_body, relaxed_field, simple_body
from intake_email.domain.authentication.results import FAIL, NEUTRAL, PERMERROR, TEMPERROR, Result
from intake_email.domain.authentication.tag_lists import compact, read_tags, without_signature

SIGNATURE_LIMIT = 5
"""Signatures of a mail that are checked, those of the sender's domain first."""
CLOCK_SKEW_SECONDS = 3_600
FIELD_NAME = b"dkim-signature"
_ALGORITHMS = {"rsa-sha256": RSA, "ed25519-sha256": ED25519}
_FORMS = {"simple", "relaxed"}
_LENGTH = re.compile(r"[0-9]{0,18}\Z")
_SIGNATURE_BYTES = 1_024
"""More than an RSA key of 4096 bits makes."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature field that can be checked once its key is known.

    Attributes:
        key_kind: the kind of key that its algorithm needs.
        signed_fields: names of the covered header fields, in lower case, in the order in which they were signed.
        length: octets of the canonical body that it covers; None for all.
    """

    source: RawField
    key_kind: str
    domain: str
    selector: str
    identity_domain: str
    header_relaxed: bool
    body_relaxed: bool
    signed_fields: tuple[bytes, ...]
    body_hash: bytes
    value: bytes
    length: int | None

    @property
    def key_name(self) -> str:
        """The DNS name of its key."""
        return f"{self.selector}._domainkey.{self.domain}"


@dataclass(slots=True)
class BodyHashes:
    """SHA-256 and size of a mail's body in each canonical form, computed when first asked for."""

    mail: RawMail
    _known: dict[bool, tuple[bytes, int]] = field(default_factory=dict)

    def of(self, relaxed: bool) -> tuple[bytes, int]:
        """Hash and size of the relaxed or the simple form."""
        if relaxed not in self._known:
            canonical = relaxed_body(self.mail.body) if relaxed else simple_body(self.mail.body)
            self._known[relaxed] = (sha256(canonical).digest(), len(canonical))
        return self._known[relaxed]


def signatures_of(mail: RawMail, from_domain: str | None, now: float) -> list[Signature | Result]:
    """The signatures worth checking, in this order: aligned with the sender's domain, then top first.

    One that cannot be checked is there as its result.

    Args:
        mail: the mail.
        from_domain: domain of the sender in ASCII form, if known.
        now: seconds since the epoch; when the mail was received.
    """
    own = organizational_domain(from_domain) if from_domain else None
    aligned: list[Signature | Result] = []
    others: list[Signature | Result] = []
    for source in mail.named(FIELD_NAME)[: 10 * SIGNATURE_LIMIT]:
        found = read_signature(source, now)
        fits = own is not None and organizational_domain(found.domain) == own
        (aligned if fits else others).append(found)
    return (aligned + others)[:SIGNATURE_LIMIT]


def read_signature(source: RawField, now: float, version: str | None = "1") -> Signature | Result:
    """A signature field as a value, or why it cannot be checked.

    Args:
        source: a DKIM-Signature or ARC-Message-Signature.
        now: seconds since the epoch.
        version: what `v=` must say; None for ARC, where there is none.
    """
    tags = read_tags(source.value.decode("utf-8", "replace"))
    if tags is None:
        return Result(PERMERROR, "the signature cannot be read")
    domain = ascii_domain(tags.get("d", "")) or ""
    if problem := _syntax_problem(tags, version) or _signer_problem(tags, version, domain):
        return Result(PERMERROR, problem, domain)
    if problem := time_problem(tags, now):
        return Result(FAIL, problem, domain)
    header_form, body_form = _forms(tags)
    signed = tuple(name.strip().lower().encode() for name in tags["h"].split(":"))
    if b"from" not in signed:
        return Result(PERMERROR, "From is not signed", domain)
    value, body_hash = from_base64(tags["b"]), from_base64(tags["bh"])
    length = compact(tags.get("l", ""))
    if not value or len(body_hash) != 32 or not _LENGTH.match(length):
        return Result(PERMERROR, "the signature cannot be read", domain)
    return Signature(
        source,
        _ALGORITHMS[tags["a"].lower()],
        domain,
        compact(tags["s"]).lower(),
        domain if version is None else _identity_domain(tags, domain),
        header_form == "relaxed",
        body_form == "relaxed",
        signed,
        body_hash,
        value,
        int(length) if length else None,
    )


def check(signature: Signature, mail: RawMail, hashes: BodyHashes, key_records: Sequence[str] | None) -> Result:
    """Whether a signature holds.

    Args:
        signature: one of the mail's.
        mail: the mail, with all that stands in it.
        hashes: of its body; kept between the signatures of a mail.
        key_records: TXT records at the signature's key name; None if they could not be fetched now.
    """
    domain = signature.domain
    key = usable_key(signature.key_kind, key_records)
    if isinstance(key, Result):
        return Result(key.word, key.reason, domain)
    if key.strict and signature.identity_domain != domain:
        return Result(PERMERROR, "the key is not for subdomains", domain)
    if len(mail.named(b"from")) > signature.signed_fields.count(b"from"):
        return Result(FAIL, "there is a From that is not signed", domain)
    digest, size = hashes.of(signature.body_relaxed)
    if signature.length is not None and signature.length != size:
        if signature.length > size:
            return Result(PERMERROR, "the body is shorter than what was signed", domain)
        return Result(NEUTRAL, "only a part of the body is signed", domain)
    if digest != signature.body_hash:
        return Result(FAIL, "the body was changed", domain)
    if not key.signed(_digest_of_header(signature, mail), signature.value):
        return Result(FAIL, "the signature is wrong", domain)
    return Result("pass", "", domain)


def usable_key(kind: str, records: Sequence[str] | None) -> PublicKey | Result:
    """The key out of the TXT records at its name, or the result of a signature that needs it."""
    if records is None:
        return Result(TEMPERROR, "the key could not be fetched")
    # Several records are against the RFC; wildcard TXT records of other uses are the usual cause.
    candidates = [record for record in records if "p=" in record] or list(records[:1])
    if not candidates:
        return Result(PERMERROR, "there is no key")
    key = read_key(candidates[0])
    if isinstance(key, PublicKey) and key.kind != kind:
        return Result(PERMERROR, "the key is of another kind")
    return key


def time_problem(tags: dict[str, str], now: float) -> str:
    """What is wrong with the times of a signature, or nothing."""
    times: dict[str, int] = {}
    for tag in ("t", "x"):
        text = compact(tags.get(tag, ""))
        # Up to twelve digits (RFC 6376 section 3.5); whoever writes more means "never".
        if text.isascii() and text.isdigit() and len(text) <= 12:
            times[tag] = int(text)
    if "x" in times and (times["x"] + CLOCK_SKEW_SECONDS < now or times["x"] < times.get("t", 0)):
        return "the signature has expired"
    if times.get("t", 0) > now + 10 * CLOCK_SKEW_SECONDS:
        return "the signature is from the future"
    return ""


def from_base64(value: str) -> bytes:
    """The bytes of a folded base64 value, bounded; none where it is broken."""
    text = compact(value)
    if len(text) > 2 * _SIGNATURE_BYTES:
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _syntax_problem(tags: dict[str, str], version: str | None) -> str:
    if version is not None and tags.get("v") != version:
        return "the version of the signature is unknown"
    for tag in ("a", "b", "bh", "d", "h", "s"):
        if not tags.get(tag):
            return f"the signature has no {tag}="
    if tags["a"].lower() not in _ALGORITHMS:
        return "the algorithm is unknown or too weak"
    if not _FORMS.issuperset(_forms(tags)):
        return "the canonical form is unknown"
    methods = tags.get("q", "dns/txt").lower().split(":")
    return "" if any(method.strip() in ("dns/txt", "dns") for method in methods) else "the key is not in the DNS"


def _signer_problem(tags: dict[str, str], version: str | None, domain: str) -> str:
    if organizational_domain(domain) is None:
        return "the signer is no domain"
    # In ARC `i=` is the number of the set.
    identity = domain if version is None else _identity_domain(tags, domain)
    return "" if identity == domain or identity.endswith("." + domain) else "the identity is not the signer's"


def _identity_domain(tags: dict[str, str], domain: str) -> str:
    return ascii_domain(compact(tags.get("i", "")).rpartition("@")[2]) or domain


def _forms(tags: dict[str, str]) -> tuple[str, str]:
    """Canonical forms of header and body."""
    header, _, body = tags.get("c", "simple/simple").lower().partition("/")
    return header, body or "simple"


def _digest_of_header(signature: Signature, mail: RawMail) -> bytes:
    """Hash of the covered fields, each taken from the bottom up, and of the signature without its value."""
    waiting: dict[bytes, list[RawField]] = {}
    for one in mail.fields:
        if one is not signature.source:
            waiting.setdefault(one.name, []).append(one)
    digest = sha256()
    for name in signature.signed_fields:
        if fields := waiting.get(name):
            one = fields.pop()
            digest.update((relaxed_field(one) if signature.header_relaxed else one.content) + b"\r\n")
    own = RawField(signature.source.name, without_signature(signature.source.content))
    digest.update(relaxed_field(own) if signature.header_relaxed else own.content)
    return digest.digest()
