"""Published rule sets in the broker's key-value bucket: every one under its hash, and which of them is in force.

A set is stored first and comes into force second, by compare and set: of two who publish at once one is told.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from router.domain.rules import RuleSet
from router.errors import PublicationRefused
from ventanilla_contracts.routing import (
    IN_FORCE_KEY,
    RULES_BUCKET,
    RULES_HISTORY,
    RULES_LIMIT_BYTES,
    RulesInForce,
    rule_set_key,
)
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import BrokerAway, WrongSequence
from ventanilla_runtime.many import Many
from ventanilla_runtime.publish import Publisher
from ventanilla_runtime.state import Entry as BucketEntry
from ventanilla_runtime.state import StateBucket

BY_HAND: Final = "hand"
SHORTEST_PREFIX: Final = 4
TEXT_LIMIT_CHARS: Final = 500
SHOWN_HASH_CHARS: Final = 12
_STREAM: Final = f"KV_{RULES_BUCKET}"


@dataclass(frozen=True, slots=True)
class Entry:
    """What came into force, and which revision of the key that is."""

    rules: RulesInForce
    revision: int


@dataclass(frozen=True, slots=True)
class Publication:
    """Who publishes, where it comes from, and which set they know that they replace (its hash, or the start of it).

    Attributes:
        rollback: back to what was in force before.
    """

    by: str
    origin: str = BY_HAND
    note: str = ""
    replaces: str | None = None
    rollback: bool = False


class RuleStore:
    """Reads and writes published rule sets."""

    def __init__(self, broker: Broker, publisher: Publisher) -> None:
        self._broker = broker
        self._many = Many(broker)
        self._bucket = StateBucket(broker, publisher, RULES_BUCKET)

    async def in_force(self) -> Entry | None:
        """What is in force; None: nothing was ever published, or it was taken away.

        Raises:
            Temporary: the broker does not answer; `StreamMissing`: it has no such bucket.
            PublicationRefused: the entry cannot be read.
        """
        try:
            found = await self._bucket.read(IN_FORCE_KEY)
        except BrokerAway:
            await self._broker.stream_state(_STREAM)  # an absent bucket does not answer either: this tells them apart
            raise
        return None if found.value is None else Entry(_parsed(found.value), found.revision)

    async def source(self, hash_: str) -> str | None:
        """The text of a published set; None: there is none under this hash.

        Raises:
            Temporary: the broker does not answer.
        """
        found = await self._bucket.get(rule_set_key(hash_))
        return None if found is None else found.decode("utf-8", "replace")

    async def history(self) -> list[Entry]:
        """What came into force and can be read, the newest first; as far back as the bucket keeps it.

        Raises:
            Temporary: the broker does not answer.
        """
        subject = f"$KV.{RULES_BUCKET}.{IN_FORCE_KEY}"
        page = await self._many.page(_STREAM, 1, subject=subject, messages=RULES_HISTORY)
        entries = []
        for message in reversed(page.messages):
            if "KV-Operation" not in message.headers:
                with suppress(PublicationRefused):
                    entries.append(Entry(_parsed(message.body), message.sequence))
        return entries

    async def find(self, prefix: str) -> str:
        """The whole hash of the one published set whose hash begins so.

        Raises:
            PublicationRefused: there is none, or there are several.
            Temporary: the broker does not answer.
        """
        if len(prefix) < SHORTEST_PREFIX:
            raise PublicationRefused(f"{prefix}: give at least {SHORTEST_PREFIX} characters of a hash")
        found = {entry.rules.hash for entry in await self.history() if entry.rules.hash.startswith(prefix)}
        if not found and await self.source(prefix) is not None:
            return prefix
        if len(found) != 1:
            what = "several published rule sets begin" if found else "no published rule set begins"
            raise PublicationRefused(f"{what} with {prefix}: look at `router history`")
        return found.pop()

    async def publish(self, rules: RuleSet, source: str, publication: Publication, now: datetime) -> Entry:
        """Put a set into force that has been checked; one that is already in force is left as it is.

        Raises:
            PublicationRefused: it is too large, somebody else was faster, or it would overwrite unasked what came
                from elsewhere.
            Temporary: it is not known whether it came into force.
        """
        if max(len(publication.by), len(publication.note)) > TEXT_LIMIT_CHARS:
            raise PublicationRefused(f"who and why may have {TEXT_LIMIT_CHARS} characters each")
        body = source.encode()
        if len(body) > RULES_LIMIT_BYTES:
            raise PublicationRefused(f"the file has {len(body)} bytes, {RULES_LIMIT_BYTES} can be published")
        read = await self._bucket.read(IN_FORCE_KEY)
        current = _to_be_replaced(read, publication)
        if current is not None and current.rules.hash == rules.hash:
            return current
        _insist(current, publication)
        wanted = RulesInForce(
            hash=rules.hash,
            name=rules.name,
            published_by=publication.by,
            origin=publication.origin,
            note=publication.note,
            replaces=current.rules.hash if current else None,
            rolled_back=publication.rollback,
            published_at=now,
        )
        await self._bucket.create_all([rule_set_key(rules.hash)], body)
        try:
            revision = await self._bucket.replace(IN_FORCE_KEY, wanted.model_dump_json().encode(), read.revision)
        except WrongSequence as error:
            raise PublicationRefused(
                "somebody else published at this moment: look at `router history`, then publish again"
            ) from error
        return Entry(wanted, revision)


def told(entry: RulesInForce) -> Mapping[str, str]:
    """An entry as a person reads it: name and short hash, who, where from, when."""
    return {
        "set": f"{entry.name} {entry.hash[:SHOWN_HASH_CHARS]}",
        "who": entry.published_by,
        "origin": entry.origin,
        "when": f"{entry.published_at:%Y-%m-%d %H:%M} UTC",
    }


def _to_be_replaced(read: BucketEntry, publication: Publication) -> Entry | None:
    """What is in force; what nobody can read may be overwritten by a person, and is then as good as nothing."""
    if read.value is None:
        return None
    try:
        return Entry(_parsed(read.value), read.revision)
    except PublicationRefused:
        if publication.origin != BY_HAND:
            raise
        return None


def _insist(current: Entry | None, publication: Publication) -> None:
    """A set that came from elsewhere is only overwritten by a person, or by whoever names it."""
    if current is None or publication.origin in (BY_HAND, current.rules.origin):
        return
    hash_, named = current.rules.hash, publication.replaces
    if named is not None and len(named) >= SHORTEST_PREFIX and hash_.startswith(named):
        return
    who = told(current.rules)
    note = f" (“{current.rules.note}”)" if current.rules.note else ""
    raise PublicationRefused(
        f"the rules in force were published by {who['who']} ({who['origin']}) on {who['when']}{note}, and this "
        f"publication (origin {publication.origin}) does not know them. Look at `router diff in-force FILE`; take over "
        f"what is right, then publish with --replaces {hash_[:SHOWN_HASH_CHARS]}"
    )


def _parsed(value: bytes) -> RulesInForce:
    try:
        return RulesInForce.model_validate_json(value)
    except ValidationError as error:
        reason = "the broker's entry of the rules in force cannot be read: publish rules by hand"
        raise PublicationRefused(reason) from error
