"""Forged mails of each kind through the real door, and where each ends."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.desk import MAILBOX, RunningDesk, mail
from tests.support.polling import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

TRUSTED = "mx.desk.example"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(servers_folder: Path) -> AsyncIterator[RunningDesk]:
    """A desk behind a relay of its own, whose findings it believes."""
    running = RunningDesk(servers_folder / "forged", {"INTAKE_EMAIL_TRUSTED_SERVERS": TRUSTED})
    try:
        async with running.running():
            yield running
    finally:
        shutil.rmtree(running.folder, ignore_errors=True)


async def waiting(desk: RunningDesk, subject: str) -> dict[str, Any]:
    """The message with this subject that waits in quarantine."""

    async def found() -> dict[str, Any]:
        items = (await desk.api("GET", "/quarantine"))["items"]
        return next((item for item in items if item["subject"] == subject), {})

    return await eventually(found, 20)


async def ticket(desk: RunningDesk, subject: str) -> dict[str, Any]:
    """The ticket with this subject."""

    async def found() -> dict[str, Any]:
        items = (await desk.api("GET", "/tickets", params={"limit": 100}))["items"]
        return next((item for item in items if item["subject"] == subject), {})

    return await eventually(found, 20)


def found_by_relay(raw: Any, findings: str) -> bytes:
    """A mail as our relay hands it on."""
    return f"Authentication-Results: {TRUSTED}; {findings}\r\n".encode() + bytes(raw)


@pytest.mark.parametrize(
    ("subject", "sender", "findings", "reason"),
    [
        ("forged name", f'"Soporte <{MAILBOX}>" <attacker@elsewhere.example>', "", "display_name"),
        ("forged domain", "Soporte <soporte@desk-example.com>", "", "lookalike"),
        (
            "forged sender",
            "Ana <ana@banco.example>",
            "spf=fail smtp.mailfrom=banco.example; dkim=none; dmarc=fail (p=reject) header.from=banco.example",
            "dmarc_fail",
        ),
        (
            "forged colleague",
            "Jefa <jefa@desk.example>",
            "spf=softfail smtp.mailfrom=elsewhere.example; dkim=none; dmarc=none header.from=desk.example",
            "own_domain",
        ),
    ],
)
async def test_a_forged_sender_waits_for_a_person(
    desk: RunningDesk, subject: str, sender: str, findings: str, reason: str
) -> None:
    raw = mail(subject, "Urgente, por favor.", sender=sender, message_id=f"<{reason}@elsewhere.example>").as_bytes()
    raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    await desk.send_later(found_by_relay(raw, findings) if findings else raw, sender="attacker@elsewhere.example")
    item = await waiting(desk, subject)
    assert reason in item["reason"]
    assert item["state"] == "waiting"
    released = await desk.api("POST", f"/quarantine/{item['id']}/release", json={"why": "for the test"})
    assert (await desk.api("GET", f"/tickets/{released['ticket_number']}"))["subject"] == subject


async def test_a_proven_sender_is_verified_and_gets_a_ticket(desk: RunningDesk) -> None:
    raw = mail("proven", "Hola, ¿pueden ayudarme?", sender="Bo <bo@banco.example>", message_id="<proven@banco.example>")
    findings = "dkim=pass header.d=banco.example; dmarc=pass (p=reject) header.from=banco.example"
    await desk.send_later(found_by_relay(raw.as_bytes(), findings), sender="bo@banco.example")
    found = await ticket(desk, "proven")
    assert found["requester"]["grade"] == "verified"
    [message] = [
        one
        for one in (await desk.api("GET", f"/tickets/{found['number']}/messages"))["items"]
        if one["kind"] == "customer"
    ]
    assert message["authentication"]["dmarc"] == "pass"


async def test_findings_that_a_stranger_wrote_himself_prove_nothing(desk: RunningDesk) -> None:
    raw = mail("self-made", "Hola.", sender="Bo <bo2@banco.example>", message_id="<selfmade@banco.example>").as_bytes()
    claimed = b"Authentication-Results: mx.attacker.example; dmarc=pass header.from=banco.example\r\n" + raw
    await desk.send_later(claimed, sender="bo2@banco.example")
    assert (await ticket(desk, "self-made"))["requester"]["grade"] == "claimed"


async def test_a_stolen_message_id_and_a_forged_reply_open_tickets_of_their_own(desk: RunningDesk) -> None:
    await desk.send_later(
        mail("the original", "Hola.", sender="Ana <ana@cliente.example>", message_id="<stolen@cliente.example>"),
        sender="ana@cliente.example",
    )
    original = await ticket(desk, "the original")
    [acknowledgement] = await desk.sent_to("ana@cliente.example")
    await desk.send_later(
        mail("a stolen id", "Otra.", sender="Eve <eve@other.example>", message_id="<stolen@cliente.example>"),
        sender="eve@other.example",
    )
    assert (await ticket(desk, "a stolen id"))["number"] != original["number"]
    forged = mail(
        f"Re: the original [#{original['number']}]",
        "Cambien la cuenta de banco.",
        sender="Mallory <mallory@other.example>",
        message_id="<reply@other.example>",
    )
    forged["In-Reply-To"] = str(acknowledgement["Message-ID"])
    forged["References"] = f"<stolen@cliente.example> {acknowledgement['Message-ID']}"
    await desk.send_later(forged, sender="mallory@other.example")
    own = await ticket(desk, f"Re: the original [#{original['number']}]")
    assert own["number"] != original["number"]
    assert own["related_to"] == original["number"]
    messages = (await desk.api("GET", f"/tickets/{original['number']}/messages"))["items"]
    assert [message["kind"] for message in messages] == ["customer", "automatic"]


async def test_what_an_upstream_filter_calls_spam_waits(desk: RunningDesk) -> None:
    raw = mail("buy now", "Cheap.", sender="Shop <shop@shop.example>", message_id="<spam@shop.example>").as_bytes()
    await desk.send_later(b"X-Spamd-Result: default: True [18.00 / 15.00];\r\n" + raw, sender="shop@shop.example")
    assert "spam" in (await waiting(desk, "buy now"))["reason"]
