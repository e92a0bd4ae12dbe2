"""Notifications become mails: over a relay that misbehaves, and into a Maildir, once each and always reported."""

import asyncio
import email
import json
import ssl
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from intake_email.adapters.maildir import Maildir, file_name
from intake_email.adapters.relay import Relay
from intake_email.domain import outbound
from intake_email.domain.outbound import Letter, Outcome, Progress, Stage
from tests.integration.intake_email.conftest import Connected
from tests.integration.intake_email.relays import open_relay
from tests.integration.intake_email.sending import (
    ask,
    relay_to,
    reports,
    request,
    sending,
    settled,
)
from tests.support.broker import Desk
from tests.support.listening import listening_as
from tests.support.polling import eventually
from tests.support.streams import stored
from ventanilla_contracts.events import Attachment, Party
from ventanilla_runtime.publish import Outgoing, Publisher
from ventanilla_runtime.smtp_address import SmtpAddress
from ventanilla_runtime.state import StateBucket


async def test_mails_go_over_the_relay_and_are_reported(fresh_desk: Desk, service: Connected) -> None:
    await ask(fresh_desk, *[request(number) for number in range(20)])
    async with open_relay() as relay:
        transport = relay_to(relay.port)
        async with sending(service, transport):
            assert set((await reports(fresh_desk, 20)).values()) == {"delivered"}
            await settled(fresh_desk)
        await transport.close()
        assert relay.connections <= 2
    assert len(relay.taken) == 20
    sender, recipients, content = relay.taken[0]
    message = email.message_from_bytes(content)
    assert sender == "soporte+b.t@desk.example"
    assert recipients == [str(message["To"]).split("<")[1].rstrip(">")]
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode() == "Hola\r\n.\r\nadiós\r\n"


async def test_a_repeated_request_is_reported_and_not_sent_again(fresh_desk: Desk, service: Connected) -> None:
    async with open_relay() as relay:
        transport = relay_to(relay.port)
        async with sending(service, transport):
            await ask(fresh_desk, request())
            await reports(fresh_desk, 1)
            await ask(fresh_desk, request(), suffix=".r1")
            await settled(fresh_desk)
        await transport.close()
    assert len(relay.taken) == 1
    await reports(fresh_desk, 1)


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
async def test_a_no_for_good_is_reported_as_rejected(fresh_desk: Desk, service: Connected, command: str) -> None:
    await ask(fresh_desk, request())
    async with open_relay() as relay:
        relay.will_answer(command, "550 5.7.1 No, ana1@cliente.example")
        transport = relay_to(relay.port)
        async with sending(service, transport):
            assert await reports(fresh_desk, 1) == {"n:1": "rejected"}
            await settled(fresh_desk)
        await transport.close()
    (report,) = await stored(await fresh_desk.connect(), "DELIVERY")
    detail = json.loads(report.body)["detail"]
    assert "550" in detail
    assert "ana1" not in detail
    assert not relay.taken


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
async def test_a_no_for_now_is_tried_again_and_holds_up_nobody(
    fresh_desk: Desk, service: Connected, command: str, fast_retries: None
) -> None:
    await ask(fresh_desk, request(1, automatic=True))
    async with open_relay() as relay:
        relay.will_answer(command, "451 4.7.1 Greylisted", "421 4.3.2 Busy")
        transport = relay_to(relay.port)
        async with sending(service, transport):
            await eventually(lambda: len(relay.replies[command]) < 2)
            await ask(fresh_desk, request(2))
            assert await reports(fresh_desk, 2) == {"n:1": "delivered", "n:2": "delivered"}
        await transport.close()
    assert len(relay.taken) == 2


async def test_only_recipients_that_are_left_get_it_again(
    fresh_desk: Desk, service: Connected, fast_retries: None
) -> None:
    copies = tuple(Party(address=f"{name}@cliente.example") for name in ("luis", "gone"))
    await ask(fresh_desk, request(cc=copies))
    async with open_relay() as relay:
        relay.recipient_replies = {"luis@cliente.example": "450 4.2.0 Later", "gone@cliente.example": "550 5.1.1 Gone"}
        transport = relay_to(relay.port)
        async with sending(service, transport):
            await eventually(lambda: len(relay.taken) == 1)
            del relay.recipient_replies["luis@cliente.example"]
            assert await reports(fresh_desk, 1) == {"n:1": "delivered"}
        await transport.close()
    assert [recipients for _, recipients, _ in relay.taken] == [["ana1@cliente.example"], ["luis@cliente.example"]]
    (report,) = await stored(await fresh_desk.connect(), "DELIVERY")
    event = json.loads(report.body)
    assert "refused for 1" in event["detail"]
    [undelivered] = event["undelivered"]
    assert (undelivered["recipient"], undelivered["action"]) == ("gone@cliente.example", "refused")
    assert (undelivered["status"], undelivered["reason"]) == ("5.1.1", "user_unknown")


async def test_everybody_whom_the_relay_refused_is_named_with_a_reason(fresh_desk: Desk, service: Connected) -> None:
    luis = Party(address="Luis@cliente.example")
    await ask(fresh_desk, request(cc=(luis,)))
    async with open_relay() as relay:
        relay.recipient_replies = {
            "ana1@cliente.example": "550 5.1.1 User unknown",
            "Luis@cliente.example": "554 5.7.1 Relay access denied",
        }
        transport = relay_to(relay.port)
        async with sending(service, transport):
            assert await reports(fresh_desk, 1) == {"n:1": "rejected"}
        await transport.close()
    (report,) = await stored(await fresh_desk.connect(), "DELIVERY")
    found = {one["recipient"]: one["reason"] for one in json.loads(report.body)["undelivered"]}
    assert found == {"ana1@cliente.example": "user_unknown", "Luis@cliente.example": "policy"}


async def test_a_relay_that_is_away_is_waited_for(fresh_desk: Desk, service: Connected, fast_retries: None) -> None:
    async with open_relay() as relay:
        port = relay.port
    await ask(fresh_desk, *[request(number, automatic=True) for number in range(10)])
    transport = relay_to(port)
    async with sending(service, transport):
        state = await fresh_desk.connect()
        await eventually(lambda: _keys(state, 10))
        async with open_relay(port) as relay:
            assert set((await reports(fresh_desk, 10)).values()) == {"delivered"}
            await transport.close()
    assert len(relay.taken) == 10


async def _keys(broker: Any, count: int) -> bool:
    return bool((await broker.stream_state("KV_outbound_state")).messages >= count)


async def test_a_mail_whose_fate_is_unknown_is_sent_again_by_a_person_and_not_by_a_machine(
    fresh_desk: Desk, service: Connected, fast_retries: None
) -> None:
    async with open_relay() as relay:
        relay.will_answer("DATA", "drop", "drop")
        transport = relay_to(relay.port)
        async with sending(service, transport):
            await ask(fresh_desk, request(1, automatic=True))
            assert await reports(fresh_desk, 1) == {"n:1": "uncertain"}
            await ask(fresh_desk, request(2))
            assert (await reports(fresh_desk, 2))["n:2"] == "delivered"
        await transport.close()
    contents = [content for _, _, content in relay.taken]
    assert len(contents) == 3
    assert contents[1] == contents[2]


@pytest.mark.parametrize(("automatic", "outcome", "mails"), [(True, "uncertain", 0), (False, "delivered", 1)])
async def test_what_a_dead_process_left_unfinished(
    fresh_desk: Desk, service: Connected, automatic: bool, outcome: str, mails: int
) -> None:
    key = sha256(b"n:1").hexdigest()
    state = StateBucket(service.broker, service.publisher, "outbound_state")
    await state.create_all([key], Progress(owner="another process").encode())
    await ask(fresh_desk, request(automatic=automatic))
    async with open_relay() as relay:
        transport = relay_to(relay.port)
        async with sending(service, transport):
            assert await reports(fresh_desk, 1) == {"n:1": outcome}
        await transport.close()
    assert len(relay.taken) == mails
    value = await state.get(key)
    assert value is not None
    assert Progress.decode(value).stage is (Stage.FAILED if automatic else Stage.SENT)


async def test_a_kept_connection_that_the_relay_has_closed_costs_no_delay(fresh_desk: Desk, service: Connected) -> None:
    async with open_relay() as relay:
        relay.will_answer("MAIL", "250 2.0.0 Ok", "drop")
        transport = relay_to(relay.port)
        async with sending(service, transport):
            await ask(fresh_desk, request(1))
            await reports(fresh_desk, 1)
            await ask(fresh_desk, request(2, automatic=True))
            async with asyncio.timeout(8):  # a retry would come after 13 s or more
                assert await reports(fresh_desk, 2) == {"n:1": "delivered", "n:2": "delivered"}
        await transport.close()
    assert relay.connections == 2


class Kept:
    """What aiosmtpd took over."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        self.contents.append(envelope.content)
        return "250 2.0.0 queued as 42"


async def test_a_relay_that_asks_for_encryption_and_a_password_gets_them(fresh_desk: Desk, service: Connected) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    kept = Kept()

    def check(server: Any, session: Any, envelope: Any, mechanism: str, login: LoginPassword) -> AuthResult:
        return AuthResult(success=login == LoginPassword(b"desk", b"p@ss"))

    smtp = partial(SMTP, kept, hostname="relay", tls_context=context, require_starttls=True)
    async with listening_as(partial(smtp, auth_required=True, authenticator=check)) as port:
        transport = Relay(
            SmtpAddress.parse(f"smtp://desk:p%40ss@127.0.0.1:{port}?verify=off"),
            hostname="mx.desk.example",
            connections=1,
            timeout_seconds=5,
        )
        await ask(fresh_desk, request(), request(2))
        async with sending(service, transport):
            assert set((await reports(fresh_desk, 2)).values()) == {"delivered"}
        await transport.close()
    (report, _) = await stored(await fresh_desk.connect(), "DELIVERY")
    assert "queued as 42" in json.loads(report.body)["detail"]
    assert len(kept.contents) == 2


async def test_an_expired_notification_is_not_sent(fresh_desk: Desk, service: Connected) -> None:
    await ask(fresh_desk, request(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    async with open_relay() as relay:
        transport = relay_to(relay.port)
        async with sending(service, transport):
            assert await reports(fresh_desk, 1) == {"n:1": "expired"}
    assert not relay.taken


async def test_a_notification_expires_while_it_waits(fresh_desk: Desk, service: Connected, fast_retries: None) -> None:
    await ask(fresh_desk, request(expires_at=datetime.now(UTC) + timedelta(seconds=0.5)))
    async with open_relay() as relay:
        relay.recipient_replies = {"ana1@cliente.example": "450 4.2.0 Later"}
        transport = relay_to(relay.port)
        async with sending(service, transport):
            assert await reports(fresh_desk, 1) == {"n:1": "expired"}
        await transport.close()


async def test_what_cannot_be_a_mail_fails_with_its_reason(
    fresh_desk: Desk, service: Connected, tmp_path: Path
) -> None:
    lost = Attachment(filename="a", content_type="a/b", size_bytes=1, sha256="0" * 64)
    await ask(
        fresh_desk,
        request(1, to=Party(address="nobody")),
        request(2, mail=None),
        request(3, attachments=(lost,)),
        request(4),
    )
    async with sending(service, Maildir(tmp_path)):
        assert await reports(fresh_desk, 4) == {
            "n:1": "no_address",
            "n:2": "malformed",
            "n:3": "attachment_lost",
            "n:4": "delivered",
        }


async def test_bytes_that_are_no_notification_become_a_dead_letter(
    fresh_desk: Desk, service: Connected, tmp_path: Path
) -> None:
    publisher = Publisher(await fresh_desk.connect("tickets"))
    await publisher.start()
    await publisher.publish(Outgoing("OUTBOUND", "desk.notification.requested.v1.email", b"{}"))
    operator = await fresh_desk.connect()

    async def buried() -> bool:
        return (await operator.stream_state("DEADLETTER")).messages == 1

    async with sending(service, Maildir(tmp_path)):
        await eventually(buried)


async def test_the_maildir_holds_each_mail_once_as_it_would_be_sent(
    fresh_desk: Desk, service: Connected, tmp_path: Path
) -> None:
    data = b"%PDF" * 50_000
    blob = await service.blobs.put("attachments", data)
    file = Attachment(
        filename="factura.pdf", content_type="application/pdf", size_bytes=len(data), sha256=blob.sha256, blob=blob
    )
    await ask(
        fresh_desk, request(1, attachments=(file,)), *[request(number, automatic=True) for number in range(2, 30)]
    )
    async with sending(service, Maildir(tmp_path)):
        await reports(fresh_desk, 29)
        await ask(fresh_desk, request(2, automatic=True), suffix=".r1")
        await settled(fresh_desk)
    files = sorted((tmp_path / "new").iterdir())
    assert len(files) == 29
    assert not list((tmp_path / "tmp").iterdir())
    first = email.message_from_bytes((tmp_path / "new" / file_name("n:1")).read_bytes())
    assert first["Return-Path"] == "<soporte+b.t@desk.example>"
    assert [part.get_payload(decode=True) for part in first.walk() if part.get_filename()] == [data]
    second = email.message_from_bytes((tmp_path / "new" / file_name("n:2")).read_bytes())
    assert second["Return-Path"] == "<>"


async def test_writing_a_mail_again_leaves_one_file(tmp_path: Path) -> None:
    letter = Letter("n:1/../x", "", ("a@b.example",), b"Subject: x\r\n\r\nx\r\n")
    outcomes: list[Outcome] = []
    for _ in range(3):
        outcomes += await Maildir(tmp_path).deliver_all([letter])
    assert all(isinstance(outcome, outbound.Sent) for outcome in outcomes)
    (file,) = (tmp_path / "new").iterdir()
    assert file.read_bytes() == b"Return-Path: <>\r\nSubject: x\r\n\r\nx\r\n"
