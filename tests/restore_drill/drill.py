"""The drill: a life of a desk, its two backups, its end, and its second life."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.restore_drill.commands import dump, load, publish_rules, tickets, ventanilla
from tests.restore_drill.pictures import Picture, picture_of
from tests.restore_drill.relay import CountingRelay
from tests.restore_drill.traffic import ERASED, OF_THE_ERASED, Traffic, nothing_waits
from tests.support.broker import STORAGE_BYTES
from tests.support.desk import SERVICES, RunningDesk
from tests.support.erasing import everything, naming
from tests.support.listening import listening_as
from tests.support.polling import eventually
from ventanilla_devstack.ports import HOST
from ventanilla_runtime.outbound_queue import waiting

Say = Callable[[str], None]
_STORM_SECONDS = 0.6
_UNDO_SECONDS = 10
"""Longer than the backup of the database takes."""
_RULES = Path(__file__).resolve().parents[2] / "services/router/src/router/rules/default.yaml"


@dataclass
class Outcome:
    """All that the drill has seen.

    Attributes:
        before, after: the desk at its end, and once everything has gone out in its second life.
        accepted: how many mails the doors of both lives said yes to.
        without_ticket: customers whose first mail was accepted and has no ticket.
        held: what waited when everything was settled again, as `ventanilla outbound list --json` says it.
        sent_while_held: mails that left while everything was held.
        message_ids: notification → Message-ID, of every mail that OUTBOUND was asked for in both lives.
        came_back, stands: where the restored desk named whom the first life had erased: at first, and in the end.
        in_doubt: of automatic mails that were reported as uncertain: they may have been sent, and are not sent again.
        seconds: how long each step took.
    """

    before: Picture
    after: Picture
    accepted: int
    without_ticket: list[str]
    relay: CountingRelay
    held: dict[str, Any]
    sent_while_held: int
    message_ids: dict[str, str]
    in_doubt: set[str]
    positions: dict[str, Any] = field(default_factory=dict)
    replies: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    streams_older: bool = False
    came_back: Mapping[str, str] = field(default_factory=dict)
    stands: Mapping[str, str] = field(default_factory=dict)


class Drill:
    """One drill in a folder of its own."""

    def __init__(
        self, folder: Path, customers: int, say: Say, *, streams_first: bool = False, kill_sender: bool = False
    ) -> None:
        """Nothing happens yet.

        Args:
            kill_sender: whoever sends mails dies in the middle of it too, and does not finish what it has in hand: what
                its relay has by then nobody knows.
            streams_first: the wrong order: the streams that are restored are older than the database.
        """
        self._streams_first = streams_first
        self._kill_sender = kill_sender
        self._folder = folder
        self._customers = customers
        self._say = say
        self._relay = CountingRelay()
        self._seconds: dict[str, float] = {}
        self._stack = AsyncExitStack()

    async def run(self) -> Outcome:
        """From an empty folder to the second life's last mail.

        Raises:
            CommandRefused, AssertionError: a step did not do what it should.
        """
        async with self._stack, listening_as(self._relay.server, self._relay.port):
            first = await self._desk("first")
            before, traffic, asked = await self._live(first)
            await self._destroy(first)
            second = await self._desk("second", empty=True)
            return await self._restore(second, before, traffic, asked)

    async def _desk(self, name: str, *, empty: bool = False) -> RunningDesk:
        settings = {"INTAKE_EMAIL_RELAY_URL": f"smtp://{HOST}:{self._relay.port}?starttls=off"}
        desk = RunningDesk(self._folder / name, settings)
        self._stack.push_async_callback(desk.end)
        if not empty:
            await desk.start()
        return desk

    async def _live(self, desk: RunningDesk) -> tuple[Picture, Traffic, dict[str, str]]:
        self._say(f"first life: {self._customers} customers write, agents answer")
        await publish_rules(desk, _RULES)
        traffic = Traffic(desk)
        half = self._customers // 2
        await traffic.storm(0, half)
        await traffic.settled()
        await nothing_waits(desk)
        numbers = await traffic.numbers()
        for customer in range(0, half, 2):
            await traffic.reply(numbers[f"kunde{customer}@cliente.example"], f"Antes de la copia {customer}")
        sent, undone = [
            await traffic.hold(numbers[f"kunde{customer}@cliente.example"], "Espera un poco", _UNDO_SECONDS)
            for customer in (0, 2)
        ]
        early, late = (self._dump, self._snapshots) if not self._streams_first else (self._snapshots, self._dump)
        backing_up = asyncio.create_task(early(desk))
        await traffic.storm(half, self._customers - half)
        await backing_up
        await traffic.undo(numbers["kunde2@cliente.example"], undone)
        await traffic.settled()
        await eventually(lambda: traffic.has_gone(sent), 30, every_seconds=0.3)
        await self._work_on(traffic, half)
        await self._erase(desk, traffic)
        picture = await picture_of(desk)
        if self._streams_first:  # what the database does not have either is lost: see docs/backup.md
            await late(desk)
            asked = await _asked(desk)
        else:
            await self._end_in_a_storm(traffic)
            asked = await _asked(desk)
            await late(desk)
        await ventanilla(desk, "backup", "verify", str(self._folder / "streams"))
        return picture, traffic, asked

    async def _dump(self, desk: RunningDesk) -> None:
        async with self._timed("database backed up"):
            await dump(desk, self._folder / "database.dump")

    async def _snapshots(self, desk: RunningDesk) -> None:
        async with self._timed("streams backed up"):
            await ventanilla(desk, "backup", "take", str(self._folder / "streams"), user="backup")

    async def _work_on(self, traffic: Traffic, half: int) -> None:
        """What the database's backup knows nothing of."""
        numbers = await traffic.numbers()
        for customer in range(0, self._customers, 3):
            number = numbers[f"kunde{customer}@cliente.example"]
            more = {"status": "pending"} if customer % 2 else {}
            await traffic.reply(number, f"Después de la copia {customer}", **more)
        await nothing_waits(traffic.desk)
        for customer in range(0, self._customers, 6):
            number = numbers[f"kunde{customer}@cliente.example"]
            await traffic.answer(customer, number, self._last_mail_to(f"kunde{customer}@cliente.example"))
        for customer in (1, half + 1):
            number = numbers[f"kunde{customer}@cliente.example"]
            await traffic.change(number, priority="urgent")
            await traffic.note(number, "Nadie de fuera lee esto.")
        await traffic.settled()
        await nothing_waits(traffic.desk)

    async def _end_in_a_storm(self, traffic: Traffic) -> None:
        """Customers and agents at work when every service is killed at once."""
        number = (await traffic.numbers())["kunde0@cliente.example"]
        storm = [
            *(traffic.write(customer) for customer in range(self._customers, 2 * self._customers)),
            *(traffic.reply(number, f"En la tormenta {turn}") for turn in range(10)),
        ]
        working = [asyncio.create_task(one) for one in storm]
        await asyncio.wait(working, timeout=_STORM_SECONDS)
        if not self._kill_sender:
            await traffic.desk.services["intake-email"].stop()
        await asyncio.gather(*(service.kill() for service in traffic.desk.services.values()))
        await asyncio.gather(*working, return_exceptions=True)  # a customer without a 250 writes again one day

    async def _erase(self, desk: RunningDesk, traffic: Traffic) -> None:
        """Somebody is erased whom the first backup has still; the list of whom is kept apart from the backups."""
        async with self._timed("somebody erased"):
            await tickets(desk, "erase-person", f"kunde{ERASED}@cliente.example", "--yes", "--json")
        del traffic.first[f"kunde{ERASED}@cliente.example"]
        (self._folder / "erased.jsonl").write_text(await tickets(desk, "erasures", "--list"), encoding="utf-8")

    def _last_mail_to(self, address: str) -> str:
        return next(one.message_id for one in reversed(self._relay.taken) if one.recipient == address)

    async def _destroy(self, desk: RunningDesk) -> None:
        self._say("the desk is destroyed: services, database and broker, with all they kept")
        await asyncio.gather(*(service.kill() for service in desk.services.values()))
        await desk.close()
        desk.postgres.kill()
        desk.nats.kill()
        self._relay.life = 2

    async def _restore(self, desk: RunningDesk, before: Picture, traffic: Traffic, asked: dict[str, str]) -> Outcome:
        sent_before = len(self._relay.taken)
        positions = await self._out_of_backups(desk)
        self._say("the second life begins, with everything held")
        async with self._timed("all settled again"):
            await asyncio.gather(*(desk.add(name) for name in SERVICES))
            await self._all_settled(desk, before)
        again = Traffic(desk, dict(traffic.first))
        await again.storm(10 * self._customers, 3)  # whoever writes now is taken in, and waits for the answer
        await eventually(lambda: self._opened(again), 30, every_seconds=0.3)
        replies = json.loads(await tickets(desk, "recover", "replies", "--json"))
        await tickets(desk, "recompute", "--all", "--write")
        came_back = naming(await everything(desk), OF_THE_ERASED)
        async with self._timed("erased again"):
            await tickets(desk, "erase-person", "--again", "--list", str(self._folder / "erased.jsonl"), "--json")
        said = (await desk.api("GET", "/intake/ledger"))["outbound_held"]
        assert "email" in said["ways"], said  # agents' tools can see why nothing leaves
        held = json.loads(await ventanilla(desk, "outbound", "list", "--json"))
        sent_while_held = len(self._relay.taken) - sent_before
        self._say("released: first the timers, then the rest")
        await ventanilla(desk, "outbound", "release", "--way", "timer", "--yes")
        await ventanilla(desk, "outbound", "release", "--yes")
        async with self._timed("all sent"):
            await nothing_waits(desk)
            await eventually(lambda: self._nothing_left(desk), 60, every_seconds=0.2)
        return Outcome(
            before,
            await picture_of(desk),
            traffic.mails + again.mails,
            sorted(again.first.keys() - (await again.numbers()).keys()),
            self._relay,
            held,
            sent_while_held,
            asked | await _asked(desk),
            await _in_doubt(desk),
            positions,
            replies,
            self._seconds,
            self._streams_first,
            came_back,
            naming(await everything(desk), OF_THE_ERASED),
        )

    async def _out_of_backups(self, desk: RunningDesk) -> dict[str, Any]:
        """Everything up to the start of the services, as docs/backup.md says it; what `recover positions` found."""
        desk.folder.mkdir(parents=True)
        desk.nats.start()
        desk.postgres.start()
        async with self._timed("streams restored"):
            await ventanilla(desk, "backup", "restore", str(self._folder / "streams"))
            await ventanilla(desk, "topology", "apply", "--storage-bytes", str(STORAGE_BYTES))
        async with self._timed("database restored"):
            await load(desk, self._folder / "database.dump")
            await tickets(desk, "migrate")
        async with self._timed("positions recovered"):
            positions: dict[str, Any] = json.loads(await tickets(desk, "recover", "positions", "--json"))
            await tickets(desk, "recover", "positions")  # whoever does it again changes nothing
        return positions

    async def _opened(self, traffic: Traffic) -> bool:
        return len(await traffic.numbers()) >= len(traffic.first)

    async def _nothing_left(self, desk: RunningDesk) -> bool:
        return not await waiting(await desk.broker.connect(), ["email"])

    async def _all_settled(self, desk: RunningDesk, before: Picture) -> None:
        """Until as much is accepted as before and all of it has ended, twice in a row."""
        await desk.settled(before.ledger["accepted"], within_seconds=90)

        async def caught_up() -> bool:
            operator = await desk.broker.connect()
            states = [
                await operator.consumer_state(stream, durable)
                for stream, durable in (("ROUTED", "tickets"), ("DELIVERY", "tickets-delivery"))
            ]
            await operator.close()
            return not any(state.pending or state.ack_pending for state in states)

        await eventually(caught_up, 60, every_seconds=0.3)
        await desk.settled(before.ledger["accepted"], within_seconds=90)

    def _timed(self, what: str) -> "_Timed":
        return _Timed(what, self._seconds, self._say)


class _Timed:
    """Notes how long a step took, and says so."""

    def __init__(self, what: str, seconds: dict[str, float], say: Say) -> None:
        self._what, self._seconds, self._say = what, seconds, say

    async def __aenter__(self) -> None:
        self._began = time.monotonic()

    async def __aexit__(self, *error: object) -> None:
        self._seconds[self._what] = round(time.monotonic() - self._began, 1)
        if error[0] is None:
            self._say(f"{self._what} in {self._seconds[self._what]} s")


async def _asked(desk: RunningDesk) -> dict[str, str]:
    """Notification → Message-ID, of all mails that OUTBOUND was ever asked for."""
    operator = await desk.broker.connect()
    state = await operator.stream_state("OUTBOUND")
    found = {}
    for sequence in range(max(state.first_sequence, 1), state.last_sequence + 1):
        stored = await operator.stored_message("OUTBOUND", sequence)
        if stored is not None and stored.subject.endswith(".requested.v1.email"):
            body = json.loads(stored.body)
            found[body["id"]] = body["mail"]["message_id"]
    return found


async def _in_doubt(desk: RunningDesk) -> set[str]:
    """Message-IDs of automatic mails whose sender was killed in the middle."""
    rows = await desk.query(
        "select rfc_message_id from message where delivery_state = 'failed' and delivery_detail like 'uncertain%'"
    )
    return {row["rfc_message_id"] for row in rows}
