"""What bad input gets: each line of the promise, through the real doors."""

import asyncio
import smtplib
from typing import Any

import httpx
import pytest

from tests.support.desk import MAILBOX, RunningDesk, mail
from tests.support.polling import eventually
from ventanilla_devstack.ports import HOST
from ventanilla_runtime.publish import Outgoing, Publisher

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def tickets_with(desk: RunningDesk, subject: str) -> list[dict[str, Any]]:
    items = (await desk.api("GET", "/tickets", params={"limit": 200}))["items"]
    return [ticket for ticket in items if ticket["subject"] == subject]


async def one_ticket(desk: RunningDesk, subject: str) -> dict[str, Any]:
    async def found() -> list[dict[str, Any]]:
        return await tickets_with(desk, subject)

    [ticket] = await eventually(found, 20)
    return ticket


async def nothing_in_flight(desk: RunningDesk, more_than: int) -> dict[str, Any]:
    return await desk.settled(more_than, 30)


async def accepted(desk: RunningDesk) -> int:
    return (await desk.ledger())["accepted"]


async def test_an_unknown_mailbox_gets_550(desk: RunningDesk) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        await desk.send_later(mail("Hola", "Hola"), to="nadie@desk.example")
    [(code, text)] = refused.value.recipients.values()
    assert code == 550
    assert b"5.1.1" in text


async def test_without_a_broker_the_door_says_451_and_the_retry_makes_one_ticket(desk: RunningDesk) -> None:
    letter = mail("Sin broker", "La primera vez no hay nadie.", message_id="<sin-broker@cliente.example>")
    await asyncio.to_thread(desk.nats.stop)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        await desk.send_later(letter)
    assert refused.value.smtp_code == 451
    await asyncio.to_thread(desk.nats.start)

    async def taken() -> bool:
        try:
            await desk.send_later(letter)
        except (smtplib.SMTPException, OSError) as error:
            raise AssertionError(repr(error)) from error
        return True

    await eventually(taken, 30)
    await desk.send_later(letter)
    await one_ticket(desk, "Sin broker")
    await nothing_in_flight(desk, 1)
    assert len(await tickets_with(desk, "Sin broker")) == 1


async def test_bytes_that_nobody_can_parse_wait_in_quarantine_with_the_original(desk: RunningDesk) -> None:
    garbage = bytes(range(1, 256)).replace(b"\n", b"").replace(b"\r", b"").replace(b".", b"") * 3
    before = await accepted(desk)
    await desk.send_later(garbage, sender="raro@cliente.example")

    async def waiting() -> list[dict[str, Any]]:
        items = (await desk.api("GET", "/quarantine"))["items"]
        return [item for item in items if "raro@cliente.example" in str(item)]

    [item] = await eventually(waiting, 20)
    raw = await desk.call("GET", f"/messages/{item['id']}/raw")
    assert raw.status_code == 200
    assert garbage in raw.content
    ledger = await nothing_in_flight(desk, before + 1)
    assert ledger["settled"]["quarantined"] >= 1


async def test_malformed_input_to_the_api_is_a_problem_that_names_the_field(desk: RunningDesk) -> None:
    for path, body, field in (
        ("/tickets", {"subject": "Hola"}, "text"),
        ("/tickets/999999/replies", {"txt": "x"}, "text"),
    ):
        answer = await desk.call("POST", path, json=body)
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert field in answer.text
    answer = await desk.call("GET", "/tickets", params={"status": "nonsense"})
    assert answer.status_code == 422
    assert "pending" in answer.text, "it lists the words"


async def test_a_wrong_token_is_401_and_one_without_the_right_403(desk: RunningDesk) -> None:
    url = f"{desk.services['tickets'].url}/api/v1/tickets"
    reader = await desk.token("read")
    async with httpx.AsyncClient() as client:
        assert (await client.get(url)).status_code == 401
        assert (await client.get(url, headers={"Authorization": "Bearer wrong"})).status_code == 401
        allowed = {"Authorization": f"Bearer {reader}"}
        assert (await client.get(url, headers=allowed)).status_code == 200
        refused = await client.post(url, headers=allowed, json={"subject": "x", "text": "y"})
        assert refused.status_code == 403
        assert "write" in refused.text


async def test_the_same_mail_over_two_connections_at_once_and_over_another_relay_is_one_ticket(
    desk: RunningDesk,
) -> None:
    letter = mail("La misma carta", "Siempre la misma.", message_id="<misma@cliente.example>").as_bytes()
    relayed = b"Received: from other.example by relay.example; Mon, 23 Nov 2026 10:00:01 +0100\nX-Spam: no\n" + letter

    def crlf(data: bytes) -> bytes:
        return data.replace(b"\n", b"\r\n")

    await asyncio.gather(*(desk.send_later(crlf(data)) for data in (letter, letter, relayed, relayed)))
    await one_ticket(desk, "La misma carta")
    await nothing_in_flight(desk, 1)
    ticket = await one_ticket(desk, "La misma carta")
    messages = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
    assert [message["kind"] for message in messages].count("customer") == 1


async def test_the_same_mail_months_later_is_a_duplicate_in_the_ledger_and_no_second_ticket(desk: RunningDesk) -> None:
    letter = mail("La de hace meses", "Otra vez la misma.", message_id="<meses@cliente.example>")
    await desk.send_later(letter)
    ticket = await one_ticket(desk, "La de hace meses")
    before = await nothing_in_flight(desk, 1)
    operator = await desk.broker.connect("operator")
    state = await operator.stream_state("ACCEPTED")
    stored = await operator.stored_message("ACCEPTED", state.last_sequence)
    assert stored is not None
    publisher = Publisher(operator)
    await publisher.start()
    # The broker's duplicate window (10 min) is over: the door's publish is a second acceptance.
    headers = {key: value for key, value in stored.headers.items() if not key.startswith("Nats-")}
    await publisher.publish(Outgoing("ACCEPTED", stored.subject, stored.body, headers))

    after = await nothing_in_flight(desk, before["accepted"] + 1)

    assert after["settled"]["duplicate"] == before["settled"].get("duplicate", 0) + 1
    assert len(await tickets_with(desk, "La de hace meses")) == 1
    messages = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
    assert [message["kind"] for message in messages].count("customer") == 1


async def test_a_mail_without_a_message_id_is_fine(desk: RunningDesk) -> None:
    await desk.send_later(mail("Sin identificador", "No tengo Message-ID."))
    await one_ticket(desk, "Sin identificador")


async def test_two_different_mails_that_share_a_message_id_are_two_messages(desk: RunningDesk) -> None:
    await desk.send_later(mail("Compartida uno", "El primero.", message_id="<compartida@cliente.example>"))
    await desk.send_later(mail("Compartida dos", "El segundo.", message_id="<compartida@cliente.example>"))
    first, second = await one_ticket(desk, "Compartida uno"), await one_ticket(desk, "Compartida dos")
    assert first["number"] != second["number"]


@pytest.mark.parametrize("way", ["number", "subject tag", "message id", "forged reply token", "forged own message id"])
async def test_a_stranger_who_quotes_gets_a_ticket_of_their_own(desk: RunningDesk, way: str) -> None:
    subject = f"Asunto privado ({way})"
    own = f"<privado-{way.replace(' ', '-')}@cliente.example>"
    await desk.send_later(mail(subject, "Es confidencial.", message_id=own))
    victim = await one_ticket(desk, subject)
    quoted: dict[str, dict[str, str]] = {
        "number": {"text": f"Es sobre el ticket {victim['number']}"},
        "subject tag": {"subject": f"Re: {subject} [#{victim['number']}]"},
        "message id": {"in_reply_to": own, "references": own},
        "forged reply token": {"to": f"soporte+t.{victim['number']}-aaaaaaaaaaaaaaaa@desk.example"},
        "forged own message id": {
            "in_reply_to": f"<{victim['number']}.0123456789abcdef.aaaaaaaaaaaaaaaa@desk.example>"
        },
    }
    claim = quoted[way]
    title = claim.pop("subject", f"De un extraño ({way})")
    text = claim.pop("text", "Cuénteme de qué va ese ticket.")
    to = claim.pop("to", MAILBOX)
    await desk.send_later(
        mail(title, text, sender="extrano@otra.example", to=to, **claim), sender="extrano@otra.example", to=to
    )

    stranger = await one_ticket(desk, title)

    assert stranger["number"] != victim["number"]
    assert stranger["requester"]["identities"][0]["address"] == "extrano@otra.example"
    messages = (await desk.api("GET", f"/tickets/{victim['number']}/messages"))["items"]
    assert [message["kind"] for message in messages].count("customer") == 1
    answers = [str(answer) for answer in await desk.sent_to("extrano@otra.example")]
    assert not any("confidencial" in answer or subject in answer for answer in answers)


async def test_a_nul_byte_in_a_mail_harms_nobody(desk: RunningDesk) -> None:
    letter = (
        mail("Con un byte nulo", "MARCA").as_bytes().replace(b"MARCA", b"antes \x00 despues").replace(b"\n", b"\r\n")
    )
    await desk.send_later(letter)
    await one_ticket(desk, "Con un byte nulo")


async def test_after_all_this_nothing_is_missing(desk: RunningDesk) -> None:
    ledger = await nothing_in_flight(desk, 1)
    assert ledger["missing"] == 0
    assert sum(ledger["settled"].values()) == ledger["accepted"]
    async with httpx.AsyncClient() as client:
        for name in ("intake-email", "router", "tickets"):
            answer = await client.get(f"http://{HOST}:{desk.services[name].http_port}/readyz")
            assert answer.status_code == 200, answer.text
