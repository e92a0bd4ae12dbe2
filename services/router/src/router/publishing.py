"""What the commands about published rules do at the broker: put into force, go back, find texts."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from router.adapters.facts_lookup import read_desk_facts
from router.adapters.rule_file import default_rules_text, read_rules, read_text
from router.adapters.rule_store import BY_HAND, SHORTEST_PREFIX, SHOWN_HASH_CHARS, Entry, Publication, RuleStore
from router.checking import checked
from router.errors import Problem, PublicationRefused
from ventanilla_contracts.routing import RulesInForce
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.publish import Publisher

IN_FORCE = "in-force"
SHIPPED = "shipped"
_HEXADECIMAL = frozenset("0123456789abcdef")


class Published(NamedTuple):
    """What is in force now.

    Attributes:
        new: it was not before.
        warnings: what to think of.
        desk_known: names were held against what the desk has.
    """

    entry: Entry
    new: bool
    warnings: Sequence[Problem]
    desk_known: bool


async def publish_source(broker: Broker, source: str, file: str, publication: Publication) -> Published:
    """Check the text of a rule file whole, and put it into force.

    Raises:
        RulesRefused: it has mistakes, also against what the desk has.
        PublicationRefused: as `RuleStore.publish`.
        Temporary: the broker does not answer.
    """
    desk = await read_desk_facts(broker)
    rules, warnings = checked(source, file, desk.facts if desk else None)
    store = await _store(broker)
    before = await _revision(store)
    entry = await store.publish(rules, source, publication, datetime.now(UTC))
    return Published(entry, entry.revision != before, warnings, desk is not None)


async def roll_back(
    broker: Broker, wanted: str | None, by: str, note: str, *, unchecked: bool = False
) -> tuple[Entry, bool]:
    """Put a set into force again, by default the one before this, and say whether that changed anything.

    Again goes further back. Before the first one that was published, those that come with the router decided;
    `shipped` names them too.

    Args:
        unchecked: whether it names what the desk no longer has makes no difference.

    Raises:
        RulesRefused: this release can no longer read it, or it names what the desk no longer has.
        PublicationRefused: there is none.
        Temporary: the broker does not answer.
    """
    store = await _store(broker)
    entries = await store.history()
    if not entries:
        raise PublicationRefused("nothing was ever published: there is nothing to go back to")
    ref = wanted or _previous(entries)
    source = await _text(store, ref)
    desk = None if unchecked else await read_desk_facts(broker)
    rules = checked(source, ref[:SHOWN_HASH_CHARS], desk.facts).rules if desk else read_rules(source, ref)
    said = note or f"rollback from {entries[0].rules.hash[:SHOWN_HASH_CHARS]}"
    before = await _revision(store)
    entry = await store.publish(rules, source, Publication(by, BY_HAND, said, rollback=True), datetime.now(UTC))
    return entry, entry.revision != before


async def history_of(broker: Broker) -> tuple[list[Entry], int]:
    """What came into force, the newest first, and the revision that is in force now; 0: none is.

    Raises:
        Temporary: the broker does not answer.
    """
    store = await _store(broker)
    return await store.history(), await _revision(store)


def local_text(ref: str) -> str | None:
    """The text of a rule set that lies here; None: the broker must be asked for it.

    Raises:
        RulesRefused: the file cannot be read.
    """
    if ref == SHIPPED:
        return default_rules_text()
    if ref == IN_FORCE or not Path(ref).is_file():
        return None
    return read_text(Path(ref))


def is_published(ref: str) -> bool:
    """Whether only the broker can tell which rules are meant: `in-force`, or a hash or the start of one."""
    return ref == IN_FORCE or (len(ref) >= SHORTEST_PREFIX and set(ref) <= _HEXADECIMAL and not Path(ref).exists())


async def stored_texts(broker: Broker, refs: Iterable[str]) -> dict[str, str]:
    """The texts of published rule sets: a hash or the start of one, or `in-force`.

    Raises:
        PublicationRefused: there is none.
        Temporary: the broker does not answer.
    """
    store = await _store(broker)
    return {ref: await _text(store, ref) for ref in refs}


async def text_of(broker: Broker, ref: str) -> str:
    """The text of the rules that a command names: a file, `shipped`, or what is published.

    Raises:
        RulesRefused: the file cannot be read.
        PublicationRefused: nothing is published under that name.
        Temporary: the broker does not answer.
    """
    if is_published(ref):
        return await _text(await _store(broker), ref)
    text = local_text(ref)
    return read_text(Path(ref)) if text is None else text


async def in_force_text(broker: Broker, file: Path | None) -> str:
    """The text of the set in force: of the file that the settings name, else at the broker, else the shipped one.

    Raises:
        RulesRefused: the file cannot be read.
        Temporary: the broker does not answer.
    """
    return read_text(file) if file else await _text(await _store(broker), IN_FORCE)


async def _text(store: RuleStore, ref: str) -> str:
    if ref == SHIPPED:
        return default_rules_text()
    if ref == IN_FORCE:
        entry = await store.in_force()
        return default_rules_text() if entry is None else await _source(store, entry.rules.hash)
    if not set(ref) <= _HEXADECIMAL:
        raise PublicationRefused(f"{ref} is no file, no hash, not {IN_FORCE} and not {SHIPPED}")
    return await _source(store, await store.find(ref))


async def _source(store: RuleStore, hash_: str) -> str:
    source = await store.source(hash_)
    if source is None:
        raise PublicationRefused(f"the set {hash_[:SHOWN_HASH_CHARS]} is no longer stored: publish its file")
    return source


async def _revision(store: RuleStore) -> int:
    """The revision in force; 0: none, or nobody can read it."""
    try:
        entry = await store.in_force()
    except PublicationRefused:
        return 0
    return entry.revision if entry else 0


async def _store(broker: Broker) -> RuleStore:
    publisher = Publisher(broker)
    await publisher.start()
    return RuleStore(broker, publisher)


def _previous(entries: Sequence[Entry]) -> str:
    """The set before the one in force; what was taken back is as if it had never been.

    Raises:
        PublicationRefused: nobody knows of any.
    """
    line: list[RulesInForce] = []
    for entry in reversed(entries):
        rules = entry.rules
        if rules.rolled_back:
            while line and line[-1].hash != rules.hash:
                line.pop()
        if not line or line[-1].hash != rules.hash:
            line.append(rules)
    *before, current = line
    if before:
        return before[-1].hash
    if current.rolled_back:
        raise PublicationRefused(
            f"before {current.name} {current.hash[:SHOWN_HASH_CHARS]} nothing is known: name the hash of a set that"
            f" `router history` shows, or {SHIPPED}"
        )
    return current.replaces or SHIPPED
