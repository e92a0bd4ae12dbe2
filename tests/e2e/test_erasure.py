"""Somebody is erased out of a running desk, on every channel; everybody else's data stays, byte by byte."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio

from tests.support.card_desk import FIRST, SEED, CardDesk, card_desk, words
from tests.support.desk import mail
from tests.support.erasing import changed, everything, naming, operator_environment, tickets_command
from tests.support.phone_desk import PUBLIC, phone_settings
from tests.support.polling import eventually
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_devstack.twilio.seed import DESK_ES, JOHN
from ventanilla_devstack.twilio.server import LocalTwilio

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECONDS = 30
ANA = "ana.garcia@cliente.example"
OF_ANA = (ANA, "Ana García", "zapatilla-azul", "informe-privado", "contenido-del-fichero", "querida clienta")
BEA = "bea@otra.example"
Everywhere = tuple[CardDesk, LocalTwilio]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at(servers_folder: Path) -> AsyncIterator[Everywhere]:
    folder = servers_folder / "erasing"
    try:
        async with (
            LocalSlack(seed=SEED) as slack,
            LocalTwilio(pace=0.001) as twilio,
            card_desk(folder, slack, more=phone_settings(twilio)) as cards,
        ):
            await cards.add_chat()
            acts = await cards.desk.token("read", "write", "act")
            peers = {
                "INTAKE_PHONE_TICKETS_URL": cards.desk.services["tickets"].url,
                "INTAKE_PHONE_TICKETS_TOKEN": acts,
            }
            phone = await cards.desk.add("intake-phone", environment=peers)
            twilio.webhooks.routes[PUBLIC] = phone.url
            doors = {"voice_url": "voice", "sms_url": "messages", "status_callback": "status/call"}
            twilio.number(DESK_ES, **{name: f"{PUBLIC}/twilio/{path}" for name, path in doors.items()})
            yield cards, twilio
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def ticket_of(cards: CardDesk, address: str) -> dict[str, Any]:
    """The one ticket in which somebody asks."""

    async def found() -> Any:
        items = (await cards.desk.api("GET", "/tickets", params={"requester": address}))["items"]
        return items[0] if len(items) == 1 else None

    return dict(await eventually(found, SECONDS))


async def erase(cards: CardDesk, identity: str, *more: str) -> dict[str, Any]:
    """Erase somebody as an operator would; the report, once nothing is on its way any more."""

    async def erased() -> dict[str, Any]:
        outbox = ("--outbox", str(cards.desk.outbox))
        status, out, err = await tickets_command(
            cards.desk, "erase-person", identity, "--yes", "--json", "--wait", "10", *outbox, *more
        )
        assert status in (0, 3), f"{out} {err}"
        report: dict[str, Any] = orjson.loads(out)
        assert report["state"] == "done", report
        return report

    return await eventually(erased, SECONDS)


async def ventanilla_command(environment: dict[str, str], *arguments: str) -> None:
    """Run `ventanilla …` as an operator."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ventanilla_runtime", *arguments, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def settled(cards: CardDesk) -> None:
    """Return when nothing is to be sent any more."""

    async def quiet() -> bool:
        return not await cards.desk.query("select 1 from outbox where stream = 'OUTBOUND'")

    await eventually(quiet, SECONDS)


def in_slack(cards: CardDesk, channel: str) -> str:
    """Everything that stands in a channel."""
    return words(
        [dict(cards._shown(channel, one)) for one in cards.slack.workspace.channel_named(channel).messages.values()]
    )


async def test_whoever_wrote_mails_stands_nowhere_any_more_and_nobody_else_is_touched(at: Everywhere) -> None:
    cards, _ = at
    desk = cards.desk
    theirs = mail("La zapatilla-azul no llega", "Soy Ana García y espero.", sender=f"Ana García <{ANA}>")
    theirs.add_attachment(
        b"contenido-del-fichero" * 9000, maintype="application", subtype="pdf", filename="informe-privado.pdf"
    )
    others = mail("Factura", "Nada que ver con nadie.", sender=f"Bea Ruiz <{BEA}>", message_id="<1@otra.example>")
    await desk.send_later(theirs, sender=ANA)
    await desk.send_later(others, sender=BEA)
    number, other = (await ticket_of(cards, ANA))["number"], (await ticket_of(cards, BEA))["number"]
    await desk.api("POST", f"/tickets/{number}/replies", json={"text": "Estimada querida clienta, ya sale."})
    await desk.api("POST", f"/tickets/{other}/replies", json={"text": "Aquí está, Bea."})
    await desk.sent_to(ANA, 2)
    await desk.sent_to(BEA, 2)
    await settled(cards)
    copied = mail(
        "Re: Factura", f"Pregunte a Ana García ({ANA}).", sender=f"Bea Ruiz <{BEA}>", in_reply_to="<1@otra.example>"
    )
    await desk.send_later(copied, sender=BEA)
    await eventually(lambda: "zapatilla-azul" in in_slack(cards, "rest") + in_slack(cards, FIRST), SECONDS)
    await desk.settled(3)
    before = await everything(desk)
    assert len(set(naming(before, OF_ANA).values())) >= 4

    status, out, err = await tickets_command(desk, "erase-person", ANA, "--dry-run", "--json")
    assert (status, orjson.loads(out)["tickets"]) == (0, [number]), err
    report = await erase(cards, ANA, "--why", "asked for it")

    after = await everything(desk)
    left = naming(after, OF_ANA)
    assert {place.partition("/")[0] for place in left} <= {"ACCEPTED", "INTAKE", "ROUTED", "CHAT"}, left
    assert sum(one["messages"] for one in report["look_at"]["streams"].values()) == len(left), (
        "Bea's own mail, and told"
    )
    assert changed(before, after, "Aquí está, Bea.") == []
    said = (await desk.api("GET", f"/tickets/{other}/messages"))["items"]
    assert any("Pregunte a █████ (█████)." in one["text"] for one in said)
    ticket = await desk.api("GET", f"/tickets/{number}")
    assert (ticket["status"], ticket["requester"]["name"], ticket["subject"]) == ("closed", "", "(mensaje eliminado)")
    ledger = await desk.ledger()
    assert (ledger["accepted"], ledger["missing"], ledger["in_flight"]) == (3, 0, 0)
    await eventually(lambda: not naming({"slack": in_slack(cards, "rest") + in_slack(cards, FIRST)}, OF_ANA), SECONDS)
    entries = await desk.api("GET", "/audit", params={"action": "person."})
    assert entries["items"][0]["action"] == "person.erased"


@pytest.mark.long
async def test_whoever_called_and_texted_is_deleted_at_the_provider_too(at: Everywhere) -> None:
    cards, twilio = at
    await twilio.text(JOHN, DESK_ES, "The golden-teapot is broken.")
    call = twilio.call(JOHN, DESK_ES)
    await call.hear("press two", timeout_seconds=20)
    call.press("2")
    await call.hear("leave a message")
    call.press("3")
    await call.hear("after the tone")
    call.speak("The golden-teapot again", seconds=5)
    call.press("#")
    await call.ended()

    async def both() -> bool:
        items = (await cards.desk.api("GET", "/tickets", params={"requester": JOHN}))["items"]
        return {one["channel"] for one in items} == {"sms", "voice"}

    await eventually(both, SECONDS)
    await settled(cards)
    of_john = (JOHN, JOHN.removeprefix("+"), "golden-teapot")
    assert naming(await everything(cards.desk), of_john)

    await erase(cards, JOHN)

    assert naming(await everything(cards.desk), of_john) == {}
    exchange = twilio.exchange
    left = [one for one in exchange.messages.values() if JOHN in (one.from_, one.to)]
    assert (left, list(exchange.recordings.values())) == ([], [])
    assert not [one for one in exchange.calls.values() if JOHN in (one.from_, one.to)]


@pytest.mark.long
async def test_whoever_wrote_in_slack_is_erased_and_what_they_write_then_is_new(at: Everywhere) -> None:
    cards, _ = at
    user = cards.slack.workspace.person("carmen")
    address = f"{user.team_id}/{user.id}"
    direct = cards.slack.hands.dm("carmen")
    cards.slack.hands.write("carmen", direct, "El loro-verde no contesta")
    await ticket_of(cards, address)
    await settled(cards)

    await erase(cards, address)

    assert naming(await everything(cards.desk), (address, user.id, "loro-verde")) == {}
    cards.slack.hands.write("carmen", direct, "Otra cosa distinta")
    assert (await ticket_of(cards, address))["subject"] == "Otra cosa distinta"


@pytest.mark.long
async def test_an_erasure_that_is_killed_goes_on_where_it_was(at: Everywhere) -> None:
    cards, _ = at
    desk = cards.desk
    for number in range(4):
        await desk.send_later(
            mail(f"El tren-rojo {number}", "tren-rojo", sender="Eva <eva.killed@tercera.example>"),
            sender="eva.killed@tercera.example",
        )

    async def there() -> bool:
        found = await desk.api("GET", "/tickets", params={"requester": "eva.killed@tercera.example"})
        return len(found["items"]) == 4

    await eventually(there, SECONDS)
    await settled(cards)
    found = await desk.api("GET", "/tickets", params={"requester": "eva.killed@tercera.example"})
    numbers = [one["number"] for one in found["items"]]
    command = ("erase-person", "eva.killed@tercera.example", "--yes", "--wait", "10")
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tickets", *command, env=operator_environment(desk)
    )

    async def begun() -> bool:
        return bool(
            await desk.query("select 1 from ticket where number = any($1) and anonymised_at is not null", numbers)
        )

    await eventually(begun, SECONDS, every_seconds=0.01)
    killed.kill()
    await killed.wait()

    status, out, err = await tickets_command(
        desk, "erase-person", "--again", "--wait", "10", "--outbox", str(desk.outbox)
    )

    assert status == 0, f"{out} {err}"
    assert naming(await everything(desk), ("eva.killed@tercera.example", "tren-rojo")) == {}
    status, out, _ = await tickets_command(desk, "erase-person", "--again", "--wait", "10")
    assert (status, out) == (0, "nobody is there again who was erased, as far as this database and --list say\n")


@pytest.mark.long
async def test_an_answer_to_somebody_else_that_is_held_leaves_after_whoever_asked_was_erased(at: Everywhere) -> None:
    cards, _ = at
    desk = cards.desk
    asks, joins = "dora@compartido.example", "bruno@compartido.example"
    sent = mail("El farol-verde", "farol-verde", sender=f"Dora Gil <{asks}>", message_id="<d@compartido.example>")
    await desk.send_later(sent, sender=asks)
    number = (await ticket_of(cards, asks))["number"]
    path = f"/tickets/{number}/replies"
    await desk.api("POST", path, json={"text": "Hola.", "cc": [{"address": joins}]})
    ours = next(one for one in await desk.sent_to(asks, 2) if joins in str(one["Cc"]))
    answer = mail("Re: El farol-verde", "Yo también.", sender=joins, in_reply_to=str(ours["Message-ID"]))
    await desk.send_later(answer, sender=joins)

    async def joined() -> bool:
        said = (await desk.api("GET", f"/tickets/{number}/messages"))["items"]
        return any(one["text"].startswith("Yo también.") for one in said)

    await eventually(joined, SECONDS)
    await settled(cards)
    environment = {**os.environ, "VENTANILLA_NATS_URL": desk.broker.url("operator")}
    await ventanilla_command(environment, "outbound", "hold", "--why", "a test")
    await desk.api("POST", path, json={"text": "Solo para Bruno.", "to": [{"address": joins}]})

    await erase(cards, asks)
    await ventanilla_command(environment, "outbound", "release", "--yes")

    [left] = await desk.sent_to(joins)
    assert "Solo para Bruno." in left.as_string()
    await settled(cards)
    said = (await desk.api("GET", f"/tickets/{number}/messages"))["items"]
    assert [one["delivery"]["state"] for one in said if one["text"] == "Solo para Bruno."] == ["delivered"]
