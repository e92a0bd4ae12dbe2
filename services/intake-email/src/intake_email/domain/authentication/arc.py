"""The chain of custody of a forwarded mail (ARC, RFC 8617): what each relay saw, sealed by each, and whether it holds.

A chain that holds proves only that nobody tampered with it: anybody may seal anything. What a set says counts where its
sealer is trusted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from intake_email.domain.authentication.dkim import (
    BodyHashes,
    Signature,
    check,
    from_base64,
    read_signature,
    time_problem,
    usable_key,
)
from intake_email.domain.authentication.dkim_keys import ED25519, RSA
from intake_email.domain.authentication.public_suffix import ascii_domain
from intake_email.domain.authentication.raw_fields import RawField, RawMail, relaxed_field
from intake_email.domain.authentication.results import FAIL, NONE, PASS, TEMPERROR, Result
from intake_email.domain.authentication.tag_lists import compact, read_tags, without_signature

SET_LIMIT = 10
"""RFC 8617 allows 50; each costs a look-up and a signature, and real chains have one to four."""
RESULTS, MESSAGE_SIGNATURE, SEAL = b"arc-authentication-results", b"arc-message-signature", b"arc-seal"
_NAMES = (RESULTS, MESSAGE_SIGNATURE, SEAL)
_KINDS = {"rsa-sha256": RSA, "ed25519-sha256": ED25519}


@dataclass(frozen=True, slots=True)
class ArcSet:
    """What one relay added: its results, a signature of the mail and a seal over the chain so far."""

    number: int
    results: RawField
    message_signature: RawField
    seal: RawField
    seal_tags: Mapping[str, str]

    @property
    def sealer(self) -> str:
        """The domain that sealed it."""
        return ascii_domain(self.seal_tags.get("d", "")) or ""

    @property
    def key_name(self) -> str:
        """The DNS name of the sealer's key."""
        return f"{compact(self.seal_tags.get('s', '')).lower()}._domainkey.{self.sealer}"


@dataclass(frozen=True, slots=True)
class Chain:
    """The sets of a mail, first one first, and the newest signature of the mail; `broken` says what ended it."""

    sets: tuple[ArcSet, ...] = ()
    newest: Signature | None = None
    broken: str = ""

    @property
    def key_names(self) -> list[str]:
        """The DNS names of all keys that checking it takes."""
        names = [one.key_name for one in self.sets]
        return [*names, self.newest.key_name] if self.newest else names


def read_chain(mail: RawMail, now: float) -> Chain | None:
    """The chain of a mail, with the first thing that is wrong with its form; None if the mail has none."""
    found: dict[int, dict[bytes, RawField]] = {}
    for field in mail.fields:
        if field.name not in _NAMES:
            continue
        number = _number(field)
        if number is None or not 1 <= number <= SET_LIMIT or field.name in found.get(number, ()):
            return Chain(broken="a header field of the chain is doubled or has no number")
        found.setdefault(number, {})[field.name] = field
    if not found:
        return None
    sets = []
    for number in range(1, len(found) + 1):
        parts = found.get(number, {})
        if len(parts) != len(_NAMES):
            return Chain(broken=f"set {number} is not complete")
        tags = read_tags(parts[SEAL].value.decode("utf-8", "replace"))
        if tags is None or "h" in tags or tags.get("cv", "").lower() != (NONE if number == 1 else PASS):
            return Chain(broken=f"the seal of set {number} says that the chain is broken, or cannot be read")
        sets.append(ArcSet(number, parts[RESULTS], parts[MESSAGE_SIGNATURE], parts[SEAL], tags))
    newest = read_signature(sets[-1].message_signature, now, version=None)
    if isinstance(newest, Result):
        return Chain(broken=newest.reason)
    if SEAL in newest.signed_fields:
        return Chain(broken="a seal is covered by a signature of the mail")
    return Chain(tuple(sets), newest)


def check_chain(
    chain: Chain, mail: RawMail, hashes: BodyHashes, key_records: Mapping[str, Sequence[str] | None], now: float
) -> Result:
    """Whether the newest signature and every seal hold.

    Args:
        chain: of the mail.
        mail: the mail, with all that stands in it.
        hashes: of its body.
        key_records: TXT records by key name; None where they could not be fetched now.
        now: seconds since the epoch.
    """
    if chain.broken or chain.newest is None:
        return Result(FAIL, chain.broken)
    newest = check(chain.newest, mail, hashes, key_records.get(chain.newest.key_name))
    if newest.word != PASS:
        return Result(TEMPERROR if newest.word == TEMPERROR else FAIL, newest.reason, newest.domain)
    sealed: list[bytes] = []
    for one in chain.sets:
        sealed += [relaxed_field(one.results), relaxed_field(one.message_signature)]
        result = _check_seal(one, sealed, key_records.get(one.key_name), now)
        if result.word != PASS:
            return result
        sealed.append(relaxed_field(one.seal))
    return Result(PASS, "", chain.sets[-1].sealer)


def _check_seal(one: ArcSet, sealed: Sequence[bytes], records: Sequence[str] | None, now: float) -> Result:
    kind, value = _KINDS.get(one.seal_tags.get("a", "").lower()), from_base64(one.seal_tags.get("b", ""))
    if kind is None or not value or not one.sealer or time_problem(dict(one.seal_tags), now):
        return Result(FAIL, f"the seal of set {one.number} cannot be checked", one.sealer)
    key = usable_key(kind, records)
    if isinstance(key, Result):
        return Result(TEMPERROR if key.word == TEMPERROR else FAIL, key.reason, one.sealer)
    own = RawField(SEAL, without_signature(one.seal.content))
    digest = sha256(b"\r\n".join([*sealed, relaxed_field(own)])).digest()
    if not key.signed(digest, value):
        return Result(FAIL, f"the seal of set {one.number} is wrong", one.sealer)
    return Result(PASS, "", one.sealer)


def _number(field: RawField) -> int | None:
    """The number of the set that a field belongs to: its tag `i`."""
    if field.name == RESULTS:
        # Behind the number stand results, whose comments may have semicolons: no list of tags.
        name, _, value = field.value.partition(b";")[0].decode("utf-8", "replace").partition("=")
        text = compact(value) if compact(name) == "i" else ""
    else:
        tags = read_tags(field.value.decode("utf-8", "replace"))
        text = compact(tags.get("i", "")) if tags else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else None
