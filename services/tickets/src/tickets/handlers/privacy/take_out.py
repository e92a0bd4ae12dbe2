"""Taking a person out of tickets: of their own a skeleton stays, in others' only they go.

A ticket is one transaction under its lock. Again changes nothing: what is erased is marked, what is blackened holds no
name any more.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from tickets.adapters.postgres.blackening import taken_out
from tickets.adapters.postgres.desk_writes import DeskTransaction, DeskWrites
from tickets.domain.changes import CHANGED, FieldChange, changed_event, search_row
from tickets.domain.correspondence.notices import Render
from tickets.domain.correspondence.replies import MESSAGE_CHANGED, message_changed
from tickets.domain.lifecycle import FINAL
from tickets.domain.outgoing import encode
from tickets.domain.privacy.person import NOBODY, NOBODY_ELSEWHERE, NOBODYS, Person
from tickets.domain.privacy.scrubbing import keeps_reason, scrubbed
from tickets.domain.rows import HistoryRow, OutboxRow
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.revisions import DELETED, EDITED
from tickets.domain.settling.search_terms import words_of
from tickets.errors import NotFound, Refused
from tickets.handlers.working.work import until_settled
from ventanilla_contracts.words import identity_kind
from ventanilla_runtime.tracing import headers_under, new_traceparent

DESK: Final = "desk"
ERASED: Final = "ticket.erased"
_MARK: Final = "erased:"
_ALWAYS: Final = datetime.max.replace(tzinfo=UTC)
_TEXTS: Final = ("subject", "body", "body_html", "reply_text", "fallback_to")
_JSONS: Final = ("addressed", "findings", "delivery_recipients")


@dataclass(frozen=True, slots=True)
class TakingOut:
    """What is needed for it.

    Attributes:
        person: who goes; None: everybody, because the ticket is too old.
        before: what came later stays.
        name: of the order, for the ids of the events that it causes.
    """

    writes: DeskWrites
    render: Render
    prefix: str
    person: Person | None
    before: datetime
    name: str


@dataclass(slots=True)
class Taken:
    """What was taken out of tickets.

    Attributes:
        review: ticket → ids of messages of others that named them, for a person to look at.
        doubtful: ticket → ids of messages that may name them still.
        cards: ticket → its cards in chats that nobody could change.
    """

    tickets: int = 0
    others_tickets: int = 0
    messages: int = 0
    blackened: int = 0
    files: int = 0
    review: dict[int, list[str]] = field(default_factory=dict)
    doubtful: dict[int, list[str]] = field(default_factory=dict)
    cards: Mapping[int, list[str]] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """As reports have it."""
        return {
            "tickets_emptied": self.tickets,
            "tickets_of_others": self.others_tickets,
            "messages_erased": self.messages,
            "messages_blackened": self.blackened,
            "look_at": {
                "messages": merged(_by_text(self.review), _by_text(self.doubtful)),
                "cards": _by_text(self.cards),
            },
        }

    def add(self, other: "Taken") -> None:
        """Everything of another one as well."""
        for name in ("tickets", "others_tickets", "messages", "blackened", "files"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.review |= other.review
        self.doubtful |= other.doubtful


def merged(one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Ticket → ids of messages, of both, each once."""
    return {number: list(dict.fromkeys([*one.get(number, ()), *other.get(number, ())])) for number in {**one, **other}}


def _by_text(found: Mapping[int, Sequence[str]]) -> dict[str, list[str]]:
    return {str(number): [*ids] for number, ids in found.items()}


async def empty_ticket(number: int, taking: TakingOut) -> Taken:
    """Leave the skeleton of a ticket in which they ask: its number, times, category, clocks, and what others wrote.

    Raises:
        Refused: nobody may erase it by now.
        DatabaseAway: nothing was written, or it cannot be known; again is safe.
    """
    return await until_settled(lambda: _empty(number, taking))


async def leave_ticket(number: int, taking: TakingOut, person: Person) -> Taken:
    """Take them out of a ticket of somebody else: what they wrote goes, where others name them it is blackened.

    Raises:
        Refused, DatabaseAway: as `empty_ticket`.
    """
    return await until_settled(lambda: _leave(number, taking, person))


async def _empty(number: int, taking: TakingOut) -> Taken:
    async with taking.writes.transaction() as transaction:
        ticket = await _locked(number, transaction)
        if ticket is None:
            return Taken()
        if await transaction.persons.is_held(number):  # since somebody looked
            return _held(number, taking)
        rows = await transaction.persons.messages(number)
        taking = _beside_others(taking, ticket, rows)
        now = max(ticket.updated_at, await transaction.now())
        newer = any(row["accepted_at"] > taking.before and _wrote(taking.person, row) for row in rows)
        if not newer:  # what the desk has said there since was said to nobody else
            taking = replace(taking, before=_ALWAYS)
        others = [row for row in rows if row["kind"] == "customer" and _is_new(row) and not _wrote(taking.person, row)]
        others = others if taking.person is not None else []
        kept = await _said_to_others(number, taking, transaction)
        erased = [row for row in rows if row["id"] not in kept and _goes(row, others, taking)]
        stay = [row for row in rows if row not in erased]
        taken = await _take_messages(ticket, erased, stay, taking, now, transaction)
        await _rewrite_history(number, taking, whole=True, transaction=transaction)
        if newer:  # they have written since, and still ask here
            changed = replace(ticket, version=ticket.version + 1, updated_at=now)
            if taken.messages:
                await transaction.save_ticket(changed)
                await _find_by_what_stays(changed, stay, taking, transaction)
                await _tell(ticket, changed, _revised(erased, taken), taking, now, transaction)
            return taken
        already = ticket.requester_address in NOBODYS
        emptied = await _without_requester(ticket, stay, taking, now, transaction)
        if taken.messages or not already:
            await _tell(ticket, emptied, _revised(erased, taken), taking, now, transaction)
            taken.tickets = 1
        return taken


async def _leave(number: int, taking: TakingOut, person: Person) -> Taken:
    async with taking.writes.transaction() as transaction:
        ticket = await _locked(number, transaction)
        if ticket is None:
            return Taken()
        if await transaction.persons.is_held(number):
            return _held(number, taking)
        rows = await transaction.persons.messages(number)
        taking = _beside_others(taking, ticket, rows)
        person = taking.person or person
        now = max(ticket.updated_at, await transaction.now())
        erased = [row for row in rows if _wrote(person, row) and row["accepted_at"] <= taking.before]
        stay = [row for row in rows if row not in erased]
        taken = await _take_messages(ticket, erased, stay, taking, now, transaction)
        await _rewrite_history(number, taking, whole=False, transaction=transaction)
        await transaction.persons.leave(number, person.identities)
        changed = _unnamed(ticket, person)
        if not taken.messages and not taken.blackened and changed == ticket:
            return taken
        changed = replace(changed, version=ticket.version + 1, updated_at=now)
        await transaction.save_ticket(changed)
        if changed.requester_name != ticket.requester_name:
            await transaction.persons.call_requester(number, changed.requester_name)
        await _find_by_what_stays(changed, stay, taking, transaction)
        await _tell(ticket, changed, _revised(erased, taken), taking, now, transaction)
        taken.others_tickets = 1
        return taken


def _beside_others(taking: TakingOut, ticket: TicketRow, rows: Sequence[Any]) -> TakingOut:
    """In this ticket: a name under which somebody else wrote or asks here is theirs, whoever else claimed it."""
    if taking.person is None:
        return taking
    names = [row["author_name"] for row in rows if not _wrote(taking.person, row)]
    if not taking.person.is_at(identity_kind(ticket.channel), ticket.requester_address):
        names.append(ticket.requester_name)
    return replace(taking, person=taking.person.without_names(filter(None, names)))


def _unnamed(ticket: TicketRow, person: Person) -> TicketRow:
    """Somebody else's ticket without them. Whoever asks is called so, even like them, but for an address of theirs."""
    return replace(
        ticket,
        subject=person.taken_out(ticket.subject),
        cause=ticket.cause and person.taken_out(ticket.cause),
        resolution=ticket.resolution and person.taken_out(ticket.resolution),
        tags=tuple(tag for tag in ticket.tags if not person.stands_in(tag)),
        requester_name=person.by_address.taken_out(ticket.requester_name),
    )


def _held(number: int, taking: TakingOut) -> Taken:
    """Age passes over a ticket that is held; an erasure waits, because all that it finds later is theirs as well."""
    if taking.person is None:
        return Taken()
    raise Refused(f"ticket {number} is held since it was ordered; lift the hold (`tickets hold lift`) and go on")


async def _locked(number: int, transaction: DeskTransaction) -> TicketRow | None:
    try:
        return await transaction.lock_ticket(number)
    except NotFound:  # it was deleted meanwhile
        return None


def _wrote(person: Person | None, row: Mapping[str, Any]) -> bool:
    if row["kind"] != "customer":
        return False
    return person is None or person.is_at(identity_kind(row["channel"]), row["author_address"])


def _is_new(row: Mapping[str, Any]) -> bool:
    return not row["event_id"].startswith(_MARK)


async def _said_to_others(number: int, taking: TakingOut, transaction: DeskTransaction) -> Collection[UUID]:
    """What the desk said there to others only: theirs, whether they have written or not. Age asks for nobody."""
    return await transaction.persons.said_to_others(number, taking.person) if taking.person is not None else ()


def _goes(row: Mapping[str, Any], others: Sequence[Any], taking: TakingOut) -> bool:
    """Whether a message of their own ticket goes whole: theirs, and what the desk wrote to them and about them.

    Where others have written too, the desk's words were for those as well: they stay, without the one who goes.
    """
    if row["accepted_at"] > taking.before:
        return False
    return _wrote(taking.person, row) or (row["kind"] != "customer" and not others)


async def _take_messages(
    ticket: TicketRow,
    erased: Sequence[Any],
    stay: Sequence[Any],
    taking: TakingOut,
    now: datetime,
    transaction: DeskTransaction,
) -> Taken:
    taken = Taken()
    fresh = [row for row in erased if _is_new(row)]
    places = [place for row in fresh for place in _places(row)]
    await transaction.persons.note_unwanted(places)
    await transaction.persons.erase_messages([row["id"] for row in fresh], now)
    taken.messages, taken.files = len(fresh), len(places)
    if taking.person is None:
        return taken
    for row in stay:
        blackened = _blackened(row, taking.person) if row["accepted_at"] <= taking.before else None
        if blackened is not None:
            await transaction.persons.redact_message(row["id"], blackened)
            taken.blackened += 1
            taken.review.setdefault(ticket.number, []).append(str(row["id"]))
        if row["accepted_at"] <= taking.before and taking.person.may_stand_in(_words_of(blackened or row)):
            taken.doubtful.setdefault(ticket.number, []).append(str(row["id"]))
    return taken


def _words_of(row: Mapping[str, Any]) -> str:
    return "\n".join(str(row[name]) for name in ("subject", "body", "body_html", "addressed") if row[name])


def _places(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Where the original and the files of a message lie."""
    files = [one.get("blob") for one in json.loads(row["attachments"])]
    return [place for place in (*files, json.loads(row["raw"]) if row["raw"] else None) if place]


def _blackened(row: Mapping[str, Any], person: Person) -> dict[str, Any] | None:
    """A message of somebody else without them; None: it does not name them."""
    found: dict[str, Any] = dict(row)
    found |= {name: person.taken_out(row[name]) for name in _TEXTS if row[name]}
    # Whoever wrote it is called so: others have the same name, and may have an address of theirs for one.
    found["author_name"] = person.by_address.taken_out(row["author_name"])
    for name in _JSONS:
        if row[name] and person.stands_in(row[name]):
            found[name] = taken_out(row[name], person)
    return found if found != dict(row) else None


async def _rewrite_history(number: int, taking: TakingOut, *, whole: bool, transaction: DeskTransaction) -> None:
    changed: list[tuple[int, str, str]] = []
    for line in await transaction.persons.history(number):
        if line["at"] > taking.before:
            continue
        detail, why = json.loads(line["detail"]), line["why"]
        if whole:
            detail = scrubbed(line["action"], detail)
            why = why if keeps_reason(line["actor"]) else ""
        text = json.dumps(detail)
        if taking.person is not None:
            text, why = taken_out(text, taking.person), taking.person.taken_out(why)
        if json.loads(text) != json.loads(line["detail"]) or why != line["why"]:
            changed.append((line["id"], text, why))
    await transaction.persons.rewrite_history(changed)


async def _without_requester(
    ticket: TicketRow, stay: Sequence[Any], taking: TakingOut, now: datetime, transaction: DeskTransaction
) -> TicketRow:
    """Close a ticket in which nobody asks any more, and call it after nothing."""
    address = NOBODY if identity_kind(ticket.channel) == "email" else NOBODY_ELSEWHERE
    emptied = replace(
        ticket,
        subject=taking.render("deleted_message", ticket.language, {}).subject,
        cause=None,
        resolution=None,
        tags=tuple(tag for tag in ticket.tags if taking.person is None or not taking.person.stands_in(tag)),
        requester_address=address,
        requester_name="",
        requester_grade="claimed",
        version=ticket.version + 1,
        updated_at=now,
    )
    if ticket.status != FINAL:
        emptied = replace(emptied, status=FINAL, closed_at=now, solved_at=ticket.solved_at or now)
    await transaction.save_ticket(emptied)
    if ticket.status != FINAL:
        detail = {"field": "status", "old": ticket.status, "new": FINAL}
        await transaction.save(history=[HistoryRow(ticket.number, now, DESK, CHANGED.removesuffix(".v1"), detail)])
    await transaction.persons.anonymise(ticket.number, await transaction.persons.nobody(), address)
    await _find_by_what_stays(emptied, stay, taking, transaction)
    return emptied


async def _find_by_what_stays(
    ticket: TicketRow, stay: Sequence[Any], taking: TakingOut, transaction: DeskTransaction
) -> None:
    person = taking.person
    texts = [f"{row['subject']}\n{row['body']}" for row in stay] if person is not None else []
    words = set(words_of(ticket.subject, ticket.language))
    for text in texts:
        words |= words_of(person.taken_out(text) if person else text, ticket.language)
    _, lexemes = search_row(ticket, words)
    await transaction.persons.set_terms(ticket.number, lexemes)


def _revised(erased: Sequence[Any], taken: Taken) -> list[tuple[UUID, str]]:
    """(message, what became of it) for those who show them elsewhere."""
    gone = [(row["id"], DELETED) for row in erased if _is_new(row)]
    return gone + [(UUID(id_), EDITED) for ids in taken.review.values() for id_ in ids]


async def _tell(
    before: TicketRow,
    ticket: TicketRow,
    revised: Sequence[tuple[UUID, str]],
    taking: TakingOut,
    now: datetime,
    transaction: DeskTransaction,
) -> None:
    """Let the history say so, and whoever shows the ticket show it anew: cards and threads of chats, webhooks."""
    revision = f"erased-{taking.name}"
    at = now.isoformat()
    lines = [
        HistoryRow(ticket.number, now, DESK, f"message.{kind}", {"message": str(id_), "revision": revision, "at": at})
        for id_, kind in revised
    ]
    lines.append(HistoryRow(ticket.number, now, DESK, ERASED, {}))
    await transaction.save(history=lines)
    source = f"{ticket.number}/{ticket.version}"
    changes = [FieldChange("subject", None, None)]
    if before.status != ticket.status:
        changes.append(FieldChange("status", before.status, ticket.status))
    trace = new_traceparent()
    rows = [OutboxRow(CHANGED, source, changed_event(ticket, changes, DESK, now), trace)]
    for id_, kind in revised:
        told, event = message_changed(ticket, id_, revision, kind, now)
        rows.append(OutboxRow(MESSAGE_CHANGED, told, event, trace))
    # Without a lease: whichever replica of the service looks first publishes them.
    await transaction.save_outbox(encode(rows, taking.prefix, headers_under), 0.0)
