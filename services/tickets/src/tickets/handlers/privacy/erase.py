"""Erasing a person, in steps that each may be done again: whoever is killed in between goes on where they were.

Written down first is whom it is about and how what is theirs is called, then tickets and tables are emptied, then
copies, then the providers are told, then streams and buckets; at the end everything is read once more.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from tickets.adapters.person_streams import PersonStreams, Sweep
from tickets.adapters.postgres import audit_log
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.desk_writes import DeskWrites
from tickets.adapters.postgres.erasure_store import Erasure, ErasureStore
from tickets.adapters.postgres.person_store import PersonReads
from tickets.adapters.postgres.solution_store import SolutionStore
from tickets.domain.correspondence.notices import Render
from tickets.domain.privacy.ownership import Traces
from tickets.domain.privacy.person import Person, person_of
from tickets.errors import Refused
from tickets.handlers.joining.learn_solutions import learn_once
from tickets.handlers.privacy.find import NOT_THEIRS, as_traces, find_person, shared_tickets, traces_of
from tickets.handlers.privacy.report import AGAIN, CARD_READER, CARDS, FORGETTING, TICKETS, Outcome, with_earlier
from tickets.handlers.privacy.retain import delete_unwanted
from tickets.handlers.privacy.take_out import Taken, TakingOut, empty_ticket, leave_ticket
from ventanilla_contracts.ids import event_id
from ventanilla_contracts.operations_events import ForgottenIdentity, PersonForgotten
from ventanilla_contracts.routing import customer_key
from ventanilla_contracts.topology import FORGOTTEN
from ventanilla_contracts.words import CHANNELS, identity_kind
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher

log = structlog.get_logger()

_AGAIN_SECONDS: Final = 0.25
_SWEEPS: Final = 3


@dataclass(frozen=True, slots=True)
class Erasing:
    """What erasing needs.

    Attributes:
        reads: over a connection that may read whole tables, which takes longer than the service lets a statement run.
        say: is told what goes on.
        providers: providers of telephones are told; not so at a desk that has no intake-phone.
        wait_seconds: so long others have to follow, before the order is left to be gone on with.
    """

    database: Database
    reads: PersonReads
    writes: DeskWrites
    store: ErasureStore
    streams: PersonStreams
    publisher: Publisher
    render: Render
    prefix: str
    say: Callable[[str], None]
    wait_seconds: float = 60.0
    providers: bool = True


async def erase_person(order: Erasure, erasing: Erasing, *, only_given: bool = False) -> Mapping[str, Any]:
    """Carry out an order, or go on with it; returns the report, whose `state` is `done` or `waiting`.

    Raises:
        Refused: a ticket is held, or it is somebody of the desk; nothing was erased.
        Temporary: broker or database are away; again goes on.
    """
    person, kept = await _remembered(order, erasing, only_given=only_given)
    began = datetime.fromisoformat(min(kept["began"]))
    taken = await _tickets(order, person, kept, erasing)
    asking = await erasing.reads.asking_since(kept["tickets"], person.identities, order.before)
    shared = await shared_tickets(kept["tickets"], person, erasing.reads)  # somebody may have been asked meanwhile
    traces = as_traces(person, kept)
    traces = replace(traces, asking=asking, shared=traces.shared | shared)
    # Words that are blackened name nobody any more: whoever goes on after a kill would not find them again.
    await erasing.store.wait(order.id, with_earlier(taken.as_data(), order.report), "running")
    erasing.say("tables outside of tickets")
    await _tables(order, traces, erasing)
    copies = await _originals(erasing)
    await _tell_providers(order, person, erasing)
    unread = await _wait_for_readers(person, traces, began, erasing)
    posted = await erasing.streams.card_threads(sorted(traces.tickets))  # one more may have been under way
    traces = replace(traces, threads=traces.threads | posted)
    # What is remembered of cards goes now: whoever goes on after a kill would not know any more where they stand.
    taken.cards = await erasing.streams.stuck_cards(traces.tickets | traces.others)
    await erasing.store.wait(order.id, with_earlier(taken.as_data(), order.report), "running")
    erasing.say("streams, buckets and files")
    erased, sweep = await _sweep(traces, order.before, erasing, cards_follow=not set(unread) - {FORGETTING})
    erasing.say("everything once more")
    tables = await erasing.reads.still_named(person, NOT_THEIRS)
    newer = await erasing.reads.have_written_since(person.identities, order.before)
    perhaps = await erasing.reads.perhaps_naming(person, order.before)
    outcome = Outcome(taken, copies, erased, sweep, tables, unread, newer, perhaps)
    report = with_earlier(outcome.as_data(), order.report)
    if report["state"] != "done" or not await erasing.store.finish(order.id, report, order.before):
        report = {**report, "state": "waiting", "waiting_for": report["waiting_for"] or [AGAIN]}
        await erasing.store.wait(order.id, report)
    log.info("person.erased", erasure=str(order.id), state=report["state"], tickets=len(kept["tickets"]))
    return report


async def _remembered(order: Erasure, erasing: Erasing, *, only_given: bool) -> tuple[Person, dict[str, list[Any]]]:
    """Whom it is about and how what is theirs is called: as it was found first, and what has come to light since."""
    reads = erasing.reads
    found = await find_person(order.identities, order.before, reads, only_given=only_given)
    person = person_of(found.person.identities, [*found.person.names, *order.names])
    erasing.say("looking for words of others that name them")
    naming = await reads.naming(person, [*found.own, *found.others], order.before)
    if held := sorted({*found.held, *await reads.held(naming)}):
        raise Refused(
            "; ".join(f"ticket {number} is held: {why}" for number, why in held)
            + "; lift the hold (`tickets hold lift`) and run this again"
        )
    kept = await traces_of(found, order.before, reads)
    kept["threads"] = sorted({*kept["threads"], *await erasing.streams.card_threads(found.own)})
    kept["others"] = sorted({*kept["others"], *naming})
    kept["began"] = [datetime.now(UTC).isoformat()]
    for name, before in order.traces.items():
        kept[name] = sorted([*kept[name], *(one for one in before if one not in kept[name])])
    kept["others"] = [number for number in kept["others"] if number not in kept["tickets"]]
    await erasing.store.run(order.id, person.identities, person.names, kept)
    return person, kept


async def _tickets(order: Erasure, person: Person, kept: Mapping[str, Sequence[int]], erasing: Erasing) -> Taken:
    taking = TakingOut(erasing.writes, erasing.render, erasing.prefix, person, order.before, str(order.id)[:8])
    taken = Taken()
    for done, number in enumerate(kept["tickets"], 1):
        erasing.say(f"their tickets: {done} of {len(kept['tickets'])}")
        taken.add(await empty_ticket(number, taking))
    for done, number in enumerate(kept["others"], 1):
        erasing.say(f"tickets of others: {done} of {len(kept['others'])}")
        taken.add(await leave_ticket(number, taking, person))
    return taken


async def _tables(order: Erasure, traces: Traces, erasing: Erasing) -> None:
    contacts = await erasing.reads.contacts(traces.person.identities)
    left = sorted(traces.tickets - traces.asking)
    async with erasing.writes.transaction() as transaction:
        await transaction.persons.erase_outside(traces.person, contacts, left, order.before)
    solutions = SolutionStore(erasing.database)
    while await learn_once(solutions):  # what was learned of their words
        pass
    await erasing.database.execute("delete from solution_word where tickets <= 0")


async def _originals(erasing: Erasing) -> int:
    return await delete_unwanted(
        erasing.store, erasing.streams, sys.maxsize, lambda removed: erasing.say(f"originals and files: {removed}")
    )


async def _tell_providers(order: Erasure, person: Person, erasing: Erasing) -> None:
    """Let a service whose provider keeps something of them delete it there."""
    phones = [one for one in person.identities if one.kind == "phone"]
    if not phones or not erasing.providers:
        return
    # Of each run its own: one that was read before says nothing about what was found since.
    id_ = event_id(FORGOTTEN, f"{order.id}/{time.time_ns()}")
    event = PersonForgotten(
        id=id_,
        identities=tuple(ForgottenIdentity(kind=one.kind, address=one.address) for one in phones),
        before=order.before,
        requested_at=datetime.now(UTC),
    )
    headers = {
        MSG_ID: id_,
        "ce-specversion": "1.0",
        "ce-id": id_,
        "ce-type": FORGOTTEN,
        "ce-source": "/tickets",
    }
    await erasing.publisher.publish(
        Outgoing("OPERATIONS", f"{erasing.prefix}.{FORGOTTEN}", event.model_dump_json().encode(), headers)
    )


async def _wait_for_readers(person: Person, traces: Traces, began: datetime, erasing: Erasing) -> list[str]:
    """Wait until cards and providers have followed; returns who has not in time."""
    deadline = time.monotonic() + erasing.wait_seconds
    readers = []
    if erasing.providers and any(one.kind == "phone" for one in person.identities):
        readers.append(("OPERATIONS", FORGETTING))
    if await erasing.streams.card_threads(sorted(traces.tickets | traces.others)):
        readers.append(("TICKETS", CARD_READER))
    while True:
        unread = [durable for stream, durable in readers if not await erasing.streams.read_by(stream, durable)]
        row = await erasing.database.fetchrow(
            "select (select count(*) from facts_outbox)"
            " + (select count(*) from outbox where stream = 'TICKETS' and published_at is null) as waiting"
        )
        if row["waiting"]:
            unread.append(TICKETS)
        if not unread and not await erasing.streams.cards_followed(traces, began):
            unread.append(CARDS)
        if not unread or time.monotonic() > deadline:
            break
        erasing.say(f"waiting for {', '.join(unread)}")
        await asyncio.sleep(_AGAIN_SECONDS)
    return unread


async def _sweep(
    traces: Traces, before: datetime, erasing: Erasing, *, cards_follow: bool
) -> tuple[dict[str, int], Sweep]:
    """Look through the broker until nothing of theirs is found any more; what was erased, and the last look.

    What is remembered of cards goes once these show nothing of them any more: without it nobody could change the cards.
    """
    keys = {
        customer_key(channel, one.address)
        for one in traces.person.identities
        for channel in CHANNELS
        if identity_kind(channel) == one.kind
    }
    if cards_follow:
        keys |= {f"card.{number}" for number in traces.tickets - traces.asking}
    erased: dict[str, int] = {}
    deadline = time.monotonic() + erasing.wait_seconds
    for _ in range(_SWEEPS):
        sweep = await erasing.streams.sweep(traces, frozenset(keys), before, cards=cards_follow)
        for stream, count in sweep.erased.items():
            erased[stream] = erased.get(stream, 0) + count
        if not sweep.found_theirs or time.monotonic() > deadline:
            break
        if sweep.in_flight:
            await asyncio.sleep(_AGAIN_SECONDS)
    return erased, sweep


async def note_order(connection: Any, order: Erasure, actor: str) -> None:
    """Write the order into the audit log: by its id and hashes, not by whom it is about."""
    await audit_log.add_line(
        connection, actor, "person.erasure_ordered", {"erasure": str(order.id), "hashes": list(order.hashes)}, order.why
    )


async def note_end(connection: Any, order: Erasure, report: Mapping[str, Any], actor: str) -> None:
    """Write into the audit log what came of it."""
    counts = {name: value for name, value in report.items() if isinstance(value, (int, str))}
    action = "person.erased" if report["state"] == "done" else "person.erasure_waits"
    await audit_log.add_line(connection, actor, action, {"erasure": str(order.id), **counts})
