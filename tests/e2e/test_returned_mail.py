"""Bounces, loops, floods, lists and verdicts through a whole desk: where each ends, and that nothing is lost."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio

from tests.support.desk import MAILBOX, RunningDesk, mail
from tests.support.polling import eventually
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTINGS = {"TICKETS_SENDER_PER_HOUR": "8", "TICKETS_LOOP_LIMIT": "6"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(servers_folder: Path) -> AsyncIterator[RunningDesk]:
    """A desk of two ticket services with low limits."""
    running = RunningDesk(servers_folder / "returned", SETTINGS)
    try:
        async with running.running():
            await running.add("tickets", "tickets-2")
            yield running
    finally:
        shutil.rmtree(running.folder, ignore_errors=True)


async def ticket_of(desk: RunningDesk, address: str) -> dict[str, Any]:
    """The one ticket of a customer, once it is there."""

    async def found() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await desk.api("GET", "/tickets", params={"requester": address}))["items"]
        return items

    [ticket] = await eventually(found, 20)
    return ticket


async def held(desk: RunningDesk, count: int = 1, **filters: str) -> list[dict[str, Any]]:
    """What waits in quarantine, once there is so much of it."""

    async def found() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await desk.api("GET", "/quarantine", params=filters))["items"]
        return items if len(items) >= count else []

    return await eventually(found, 20)


def bounce_of(
    sent: EmailMessage, recipient: str, *, status: str = "5.1.1", said: str = "550 5.1.1 No such user"
) -> bytes:
    """The report that a relay makes of a mail that it could not deliver (RFC 3464)."""
    return (
        "From: Mail Delivery System <mailer-daemon@relay.example>\r\n"
        f"To: {MAILBOX}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <{abs(hash((sent['Message-ID'], recipient, status)))}@relay.example>\r\n"
        "Date: Mon, 23 Nov 2026 10:05:00 +0100\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"\r\n\r\n'
        "--b1\r\nContent-Type: text/plain\r\n\r\nI could not deliver your mail.\r\n\r\n"
        "--b1\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; relay.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {said}\r\n\r\n"
        "--b1\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"From: {sent['From']}\r\nTo: {sent['To']}\r\nSubject: Re\r\nMessage-ID: {sent['Message-ID']}\r\n\r\n"
        "--b1--\r\n"
    ).encode()


async def answered(desk: RunningDesk, address: str, subject: str) -> tuple[dict[str, Any], EmailMessage]:
    """A customer's ticket with an agent's answer, and that answer as it left."""
    letter = mail(subject, "No puedo entrar.", sender=f"Cliente <{address}>", message_id=f"<{subject}@cliente.example>")
    await desk.send_later(letter, sender=address)
    ticket = await ticket_of(desk, address)
    solved = {"text": "Ya está.", "status": "solved", "resolution": "a new password"}
    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json=solved)
    _, answer = await desk.sent_to(address, 2)
    return ticket, answer


async def delivery_of(desk: RunningDesk, number: int) -> dict[str, Any]:
    items = (await desk.api("GET", f"/tickets/{number}/messages"))["items"]
    delivery: dict[str, Any] = next(item["delivery"] for item in items if item["kind"] == "agent")
    return delivery


async def test_a_real_bounce_to_the_return_path_ends_in_the_ticket_and_stops_mail_to_the_address(
    desk: RunningDesk,
) -> None:
    lucia = "lucia@cliente.example"
    ticket, answer = await answered(desk, lucia, "rebote")
    number = ticket["number"]
    path = str(answer["Return-Path"]).strip("<>")

    await asyncio.to_thread(desk.send, bounce_of(answer, lucia), sender="", to=path)

    async def bounced() -> bool:
        return (await delivery_of(desk, number))["state"] == "bounced"

    await eventually(bounced, 20)
    assert "user_unknown" in (await delivery_of(desk, number))["detail"]
    after = await desk.api("GET", f"/tickets/{number}")
    assert (after["status"], after["tags"][-1]) == ("open", "undeliverable")
    refused = await desk.call("POST", f"/tickets/{number}/replies", json={"text": "¿Hola?"})
    assert refused.status_code == 409
    assert refused.json()["addresses"] == [lucia]
    reply = mail(
        "Re: rebote", "Ya funciona mi correo.", sender=f"Lucía <{lucia}>", in_reply_to=str(answer["Message-ID"])
    )
    await desk.send_later(reply, sender=lucia)

    async def lifted() -> bool:
        return not (await desk.api("GET", "/undeliverable"))["items"]

    await eventually(lifted, 20)
    await desk.api("POST", f"/tickets/{number}/replies", json={"text": "Estupendo."})


async def test_a_forged_bounce_waits_and_marks_nothing(desk: RunningDesk) -> None:
    victim = "victima@cliente.example"
    ticket, answer = await answered(desk, victim, "falso")
    forged = bounce_of(answer, victim).replace(
        str(answer["Message-ID"]).encode(), b"<9.0123456789abcdef.aaaaaaaaaaaaaaaa@desk.example>"
    )

    await asyncio.to_thread(desk.send, forged, sender="", to=f"soporte+b.{ticket['number']}-{'a' * 29}@desk.example")

    [item] = await held(desk, reason="bounce_unproven")
    assert item["sender"]["address"] == "mailer-daemon@relay.example"
    assert (await delivery_of(desk, ticket["number"]))["state"] == "delivered"
    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "Sigue en marcha."})


async def test_two_desks_that_answer_each_other_stop(desk: RunningDesk) -> None:
    so_far = (await desk.ledger())["accepted"]
    other = "helpdesk@empresa.example"
    await desk.send_later(mail("Su solicitud", "Hemos recibido su mensaje.", sender=other), sender=other)
    ticket = await ticket_of(desk, other)
    [acknowledgement] = await desk.sent_to(other)
    for n in range(10):
        turn = mail(
            f"Re: [#{ticket['number']}] Su solicitud ({n})",
            f"Hemos recibido su mensaje número {n}.",
            sender=other,
            in_reply_to=str(acknowledgement["Message-ID"]),
        )
        await desk.send_later(turn, sender=other)

    await desk.settled(so_far + 11, 30)

    assert len(await desk.sent_to(other)) == 1, "nothing was answered on the way"
    messages = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
    joined = [message["kind"] for message in messages].count("customer")
    waiting = await held(desk, reason="loop_suspected")
    assert {item["sender"]["address"] for item in waiting} == {other}
    assert joined <= 7, "the limit and the first, at however many replicas"
    assert joined + len(waiting) == 11, "nothing is lost"


async def test_a_flood_waits_and_is_released_at_once(desk: RunningDesk) -> None:
    so_far = (await desk.ledger())["accepted"]
    monitor = "monitor@cliente.example"
    letters = [mail(f"Alarma {n}", "Disco lleno.", sender=monitor) for n in range(20)]
    await asyncio.gather(*(desk.send_later(letter, sender=monitor) for letter in letters))
    await desk.settled(so_far + 20, 30)

    waiting = await held(desk, 20 - 8 - 2, reason="too_many", sender=monitor)

    assert len(waiting) <= 12, "of two replicas each may let through a quarter more"
    before = len((await desk.api("GET", "/tickets", params={"requester": monitor, "limit": 200}))["items"])
    assert before + len(waiting) == 20, "nothing is lost"
    released = await desk.api(
        "POST", "/quarantine/release", params={"sender": monitor}, json={"why": "our own monitoring"}
    )
    assert len(released["items"]) == len(waiting)
    after = (await desk.api("GET", "/tickets", params={"requester": monitor, "limit": 200}))["items"]
    assert len(after) == 20


async def test_denied_mail_waits_in_every_replica(desk: RunningDesk) -> None:
    await desk.api("POST", "/sender-list", json={"kind": "deny", "sender": "ofertas.example", "note": "offers"})
    numbers = iter(range(1_000))

    async def waits() -> list[dict[str, Any]]:
        n = next(numbers)  # the replica that was not asked knows within five seconds
        sender = f"x{n}@ofertas.example"
        await desk.send_later(mail(f"Oferta {n}", "Compre.", sender=sender), sender=sender)
        items: list[dict[str, Any]] = (await desk.api("GET", "/quarantine", params={"reason": "denied"}))["items"]
        return items if len(items) >= 5 else []

    assert {item["reason"] for item in await eventually(waits, 30, every_seconds=0.2)} == {"denied"}


async def test_verdicts_decide_where_a_forged_mail_ends(desk: RunningDesk) -> None:
    publisher = Publisher(await desk.broker.connect("intake-email"))
    await publisher.start()

    async def receive(name: str, **fields: Any) -> None:
        body = {
            "id": f"message.received.v1:{name}",
            "channel": "email",
            "account": MAILBOX,
            "sender": {"address": f"{name}@otra.example", "name": "Otra"},
            "subject": name,
            "text": "Hola, necesito ayuda con mi cuenta.",
            "threading": {"message_id": f"{name}@otra.example"},
            **fields,
        }
        headers = {MSG_ID: body["id"], "ce-type": "message.received.v1", "vnt-channel": "email"}
        await publisher.publish(Outgoing("INTAKE", "desk.message.received.v1.email", orjson.dumps(body), headers))

    dmarc = {"dmarc": "fail", "suspicion": "dmarc_fail", "detail": "p=reject"}
    await receive("spam", filtered={"spam": True, "score": 15.0, "source": "rspamd"})
    await receive("lookalike", authentication={"suspicion": "lookalike", "detail": "0tra"})
    await receive("dmarc", authentication=dmarc)
    await receive("join", subject="Re: [#1]", authentication=dmarc)
    await receive("ham", filtered={"spam": False, "score": 2.0, "source": "rspamd"})

    for reason, name in (
        ("spam", "spam"),
        ("lookalike", "lookalike"),
        ("dmarc_fail", "dmarc"),
        ("unverified_join", "join"),
    ):
        [item] = await held(desk, reason=reason)
        assert item["sender"]["address"] == f"{name}@otra.example"
    assert (await ticket_of(desk, "ham@otra.example"))["subject"] == "ham"


async def test_after_all_this_nothing_is_missing(desk: RunningDesk) -> None:
    ledger = await desk.settled(40, 30)

    assert ledger["missing"] == 0
    assert sum(ledger["settled"].values()) == ledger["accepted"]
    for name in ("router", "tickets", "tickets-2"):
        text = desk.services[name].log.read_text()
        assert "message.quarantined" in text or "message.appended" in text or name == "router"
        assert "cliente.example" not in text, f"{name} logs an address"
