"""Originals leave the doors' stream when they have come to an end, and everything can be read as before."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.support.desk import RunningDesk, mail
from tests.support.polling import eventually
from tickets.adapters.postgres.archive import ArchiveStore
from tickets.adapters.postgres.database import open_database
from tickets.adapters.postgres.ledger import LedgerStore
from tickets.handlers.ledger.archive import Archiver
from tickets.handlers.ledger.collect import Collector
from ventanilla_runtime.blobs import Blobs
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.publish import Outgoing, Publisher

NOW = timedelta(0)
LARGE = "Una línea de un registro muy largo que alguien nos manda entero.\r\n" * 12_000


@dataclass
class House:
    """The archiver and the collector with the rights that the ticket service has, on a running desk."""

    desk: RunningDesk
    broker: Broker
    publisher: Publisher
    blobs: Blobs
    archiver: Archiver
    collector: Collector

    async def verified(self) -> None:
        """Wait until the sweeper has passed everything that was accepted."""

        async def passed() -> bool:
            [row] = await self.desk.query(
                "select verified_through from audit join stream_epoch on id = epoch where stream = 'ACCEPTED'"
            )
            return bool(row[0] == (await self.broker.stream_state("ACCEPTED")).last_sequence)

        await eventually(passed, 30)

    async def accepted(self) -> int:
        """How many messages lie in ACCEPTED."""
        return (await self.broker.stream_state("ACCEPTED")).messages


@pytest.fixture
async def house(desk: RunningDesk) -> AsyncIterator[House]:
    broker = await desk.broker.connect("tickets")
    publisher = Publisher(broker)
    await publisher.start()
    database = await open_database(desk.postgres.dsn())
    blobs, archive = Blobs(broker, publisher), ArchiveStore(database)
    archiver = Archiver(broker, blobs, LedgerStore(database), archive, prefix="desk", after=NOW)
    yield House(desk, broker, publisher, blobs, archiver, Collector(broker, blobs, archive, after=NOW))
    await database.close()


async def originals(desk: RunningDesk) -> dict[str, bytes]:
    """Subject → original of every customer's message, as the API gives it."""
    found = {}
    for ticket in (await desk.api("GET", "/tickets"))["items"]:
        for message in (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]:
            if message["raw"]:
                answer = await desk.call("GET", message["raw"].removeprefix("/api/v1"))
                assert answer.status_code == 200, answer.text
                found[ticket["subject"]] = answer.content
    return found


def with_a_file(subject: str) -> Any:
    message = mail(subject, "Adjunto la captura.", message_id="<file@c.example>")
    message.add_attachment(b"\x89PNG" + bytes(2_000), maintype="image", subtype="png", filename="captura.png")
    return message


async def test_what_has_ended_leaves_the_stream_and_can_be_read_as_before(house: House) -> None:
    desk = house.desk
    plain = mail("Sencillo", "No puedo entrar en mi cuenta.", message_id="<plain@c.example>")
    for message in (plain, mail("Largo", LARGE, message_id="<large@c.example>"), with_a_file("Con captura")):
        await desk.send_later(message)
    await desk.send_later(plain)  # within the duplicate window: not even accepted twice
    await desk.send_later(b"\x00\x01 no mail at all")
    await desk.settled(4)
    await house.verified()
    before = await originals(desk)
    assert set(before) == {"Sencillo", "Largo", "Con captura"}
    [waiting] = (await desk.api("GET", "/quarantine"))["items"]

    assert await house.archiver.archive_once() == 4

    assert await house.accepted() == 0
    assert await house.archiver.archive_once() == 0
    assert await originals(desk) == before
    raw = await desk.call("GET", waiting["raw"].removeprefix("/api/v1"))
    assert raw.content.startswith(b"\x00\x01 no mail")
    assert (await desk.ledger())["missing"] == 0

    # The desk goes on, and what was archived still belongs to the account of what was accepted.
    await desk.send_later(mail("Después", "Otra cosa.", message_id="<after@c.example>"))
    ledger = await desk.settled(5)
    assert ledger["settled"] == {"created": 4, "quarantined": 1}


async def test_what_is_young_or_has_not_ended_stays(house: House) -> None:
    await house.desk.send_later(mail("Reciente", "Hola."))
    await house.desk.settled(1)
    await house.verified()
    house.archiver._after = timedelta(hours=1)
    assert await house.archiver.archive_once() == 0

    house.archiver._after = NOW
    await house.desk.services["router"].stop()
    await house.desk.send_later(mail("Sin decidir", "Hola."))
    assert await house.archiver.archive_once() == 1
    assert await house.accepted() == 1


async def test_a_dead_letter_keeps_its_original_for_the_replay(house: House) -> None:
    await house.desk.send_later(mail("Bueno", "Hola."))
    doors = await house.desk.broker.connect("intake-email")
    publisher = Publisher(doors)
    await publisher.start()
    await publisher.publish(Outgoing("ACCEPTED", "desk.mail.accepted.v1", b"no account", {"Nats-Msg-Id": "poison"}))
    await house.desk.send_later(mail("Bueno también", "Hola."))
    ledger = await house.desk.settled(3)
    assert ledger["settled"] == {"created": 2, "dead_lettered": 1}
    await house.verified()

    assert await house.archiver.archive_once() == 2

    stored = await house.broker.next_message("ACCEPTED", "desk.mail.accepted.v1", 1)
    assert stored is not None
    assert stored.body == b"no account"


async def test_an_archived_original_is_found_for_a_ticket_that_comes_home(house: House) -> None:
    await house.desk.send_later(mail("Vuelve a casa", "No puedo entrar en mi cuenta.", message_id="<home@c.example>"))
    await house.desk.settled(1)
    await house.verified()
    before = await originals(house.desk)
    await house.archiver.archive_once()

    await house.desk.query("delete from ticket")

    async def home() -> bool:
        return bool((await house.desk.api("GET", "/tickets"))["items"])

    await eventually(home, 60)
    assert await originals(house.desk) == before


async def test_only_blobs_that_nothing_needs_are_collected(house: House) -> None:
    orphan = await house.blobs.put("attachments", b"x" * 300_000, owners=["message.received.v1:nobody"])
    unused = await house.blobs.put("attachments", b"never sent", owners=[f"upload:{uuid4()}"])
    foreign = await house.blobs.put("attachments", b"somebody else's")
    unknown = await house.blobs.put("attachments", b"of a newer release", owners=["something.new:1"])
    await house.desk.send_later(with_a_file("Con captura"))
    await house.desk.send_later(mail("Largo", LARGE))
    await house.desk.settled(2)
    await house.verified()
    before = await originals(house.desk)
    late = await house.blobs.put("attachments", b"of a mail on its way", owners=["message.received.v1:later"])

    assert await house.collector.collect_once() == 2

    for gone in (orphan, unused):
        assert gone.name
        assert await house.blobs.find("attachments", gone.name) is None
    for kept in (foreign, unknown, late):
        assert await house.blobs.get(kept)
    assert await originals(house.desk) == before
    assert (await house.broker.stream_state("OBJ_attachments")).messages == 2 * 4
    assert await house.collector.collect_once() == 0


async def test_nothing_is_collected_while_something_may_come_home(house: House) -> None:
    orphan = await house.blobs.put("attachments", b"x", owners=["message.received.v1:nobody"])
    await house.desk.send_later(mail("Hola", "Hola."))
    await house.desk.settled(1)
    await house.verified()
    await house.desk.query(
        "insert into unsettled (epoch, sequence, channel, note, next_redrive_at)"
        " select min(epoch), 4711, 'email', 'for this test', 'infinity' from audit"
    )

    assert await house.collector.collect_once() == 0
    assert await house.blobs.get(orphan) == b"x"


async def test_a_file_goes_with_its_reply(house: House) -> None:
    await house.desk.send_later(mail("Pregunta", "¿Me mandan el manual?"))
    await house.desk.settled(1)
    upload = await house.desk.api(
        "POST", "/attachments?filename=manual.pdf", content=b"%PDF-1.7", headers={"content-type": "application/pdf"}
    )
    [ticket] = (await house.desk.api("GET", "/tickets"))["items"]
    await house.desk.api(
        "POST", f"/tickets/{ticket['number']}/replies", json={"text": "Aquí va.", "attachments": [upload["id"]]}
    )
    await house.desk.send_later(mail("Otra", "Hola."))
    await house.desk.settled(2)
    await house.verified()
    assert await house.collector.collect_once() == 0

    await house.desk.query("delete from message where kind = 'agent'")
    assert await house.collector.collect_once() == 1


async def test_two_archivers_at_once_lose_nothing(house: House) -> None:
    for number in range(20):
        await house.desk.send_later(mail(f"Mail {number}", "Hola, tengo una pregunta."))
    await house.desk.settled(20)
    await house.verified()
    before = await originals(house.desk)

    await asyncio.gather(house.archiver.archive_once(), house.archiver.archive_once())

    assert await house.accepted() == 0
    assert await originals(house.desk) == before
