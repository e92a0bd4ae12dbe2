"""The service as its own process: from SMTP to the event, through a broker that goes away, and to its end."""

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import pytest
import trustme

from tests.support.broker import Desk
from tests.support.polling import eventually
from tests.support.processes import Processes, ServiceProcess
from tests.support.streams import stored
from ventanilla_contracts.events import MessageReceived, Redrive
from ventanilla_devstack.ports import free_port
from ventanilla_runtime.publish import Outgoing, Publisher

RAW = b"From: ana@cliente.example\r\nSubject: hola\r\nMessage-ID: <1@x.example>\r\n\r\nNo puedo entrar.\r\n"


def environment(desk: Desk, tmp_path: Path, **more: str) -> dict[str, str]:
    return {
        **desk.environment("intake-email"),
        "INTAKE_EMAIL_MAILBOXES": "soporte@desk.example",
        "INTAKE_EMAIL_HOSTNAME": "mx.desk.example",
        "INTAKE_EMAIL_SMTP_PORT": str(free_port()),
        "INTAKE_EMAIL_OUTBOX": str(tmp_path / "outbox"),
        **{f"INTAKE_EMAIL_{name}": value for name, value in more.items()},
    }


async def send(service: ServiceProcess, raw: bytes = RAW, tls: ssl.SSLContext | None = None) -> int:
    """Offer a mail; the code of the reply to it."""

    def offer() -> int:
        port = int(service.environment["INTAKE_EMAIL_SMTP_PORT"])
        with smtplib.SMTP("127.0.0.1", port, local_hostname="client.example", timeout=30) as client:
            if tls:
                client._host = "mx.desk.example"  # type: ignore[attr-defined]  # the name that is verified
                client.starttls(context=tls)
            client.ehlo()
            client.mail("ana@cliente.example")
            client.rcpt("soporte@desk.example")
            return client.data(raw)[0]

    return await asyncio.to_thread(offer)


async def events(desk: Desk, count: int) -> list[MessageReceived]:
    broker = await desk.connect()

    async def enough() -> bool:
        return (await broker.stream_state("INTAKE")).messages >= count

    await eventually(enough, 30)
    return [MessageReceived.model_validate_json(message.body) for message in await stored(broker, "INTAKE")]


async def test_a_mail_becomes_an_event_and_the_service_ends_in_order(
    fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    service = await processes.start("intake-email", environment(fresh_desk, tmp_path))
    assert await send(service) == 250
    assert await send(service, RAW + b"x" * 900_000) == 250
    first, second = sorted(await events(fresh_desk, 2), key=lambda event: len(event.text))
    assert first.subject == "hola"
    assert first.raw is not None
    assert first.raw.stream == "ACCEPTED"
    assert second.raw is not None
    assert second.raw.bucket == "raw"
    async with httpx.AsyncClient() as client:
        metrics = (await client.get(f"{service.url}/metrics")).text
    assert "intake_email_accepted_mails_total 2.0" in metrics
    assert 'intake_email_parsed_mails_total{disposition="message"} 2.0' in metrics
    assert await service.stop() == 0
    assert "cliente.example" not in service.log.read_text()


async def test_an_acceptance_is_parsed_again_on_order(fresh_desk: Desk, processes: Processes, tmp_path: Path) -> None:
    service = await processes.start("intake-email", environment(fresh_desk, tmp_path))
    assert await send(service) == 250
    (first,) = await events(fresh_desk, 1)
    assert first.acceptance is not None
    tickets = Publisher(await fresh_desk.connect("tickets"))
    await tickets.start()
    order = Redrive(stream="ACCEPTED", created_at=first.acceptance.created_at, sequence=1, attempt=1)
    await tickets.publish(Outgoing("REDRIVE", "desk.redrive.v1.intake-email", order.model_dump_json().encode()))
    assert await events(fresh_desk, 2) == [first, first]
    again = (await stored(await fresh_desk.connect(), "INTAKE"))[1]
    assert again.headers["Nats-Msg-Id"].endswith(".r1")


async def test_starttls_works_in_the_loop_that_the_service_uses(
    fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("mx.desk.example")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "tls.pem")
    files = {"TLS_CERT": str(tmp_path / "tls.pem"), "TLS_KEY": str(tmp_path / "tls.pem")}
    service = await processes.start("intake-email", environment(fresh_desk, tmp_path, **files))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    assert await send(service, RAW + b"x" * 300_000, context) == 250
    assert len(await events(fresh_desk, 1)) == 1
    assert await service.stop() == 0


async def test_while_the_broker_is_away_the_sender_hears_451_and_its_retry_is_one_mail(
    own_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    service = await processes.start("intake-email", environment(own_desk, tmp_path, ACCEPT_SECONDS="1"))
    assert await send(service) == 250
    await own_desk.close()
    own_desk.server.kill()
    assert await send(service, RAW + b"otra") == 451
    own_desk.server.start()
    again: Callable[[], object] = lambda: send(service, RAW + b"otra")  # noqa: E731  # a closure is all that is needed
    assert await eventually(lambda: _is_250(again))
    assert await send(service, RAW + b"otra") == 250
    assert await send(service) == 250
    assert len(await events(own_desk, 2)) == 2
    assert len(await stored(await own_desk.connect(), "ACCEPTED")) == 2


async def _is_250(offer: Callable[[], object]) -> bool:
    code = offer()
    return await code == 250  # type: ignore[misc]  # a coroutine


async def test_kills_in_the_stream_of_mails_lose_and_double_nothing(
    fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    service = await processes.start("intake-email", environment(fresh_desk, tmp_path))
    accepted: set[int] = set()
    numbers = iter(range(300))

    async def stream() -> None:
        for number in numbers:
            while number not in accepted:
                try:
                    if await send(service, RAW + b"mail %d" % number) == 250:
                        accepted.add(number)
                except (OSError, smtplib.SMTPException):
                    await asyncio.sleep(0.02)

    streams = asyncio.gather(*[stream() for _ in range(6)])
    for goal in (50, 120, 200):
        await eventually(partial(_at_least, accepted, goal), 30)
        await service.kill()
        await service.start()
    await streams
    assert len(accepted) == 300
    broker = await fresh_desk.connect()
    stored_ids = [message.headers["ce-id"] for message in await stored(broker, "ACCEPTED")]
    assert len(stored_ids) == len(set(stored_ids)) == 300
    found = await events(fresh_desk, 300)
    assert len({event.id for event in found}) == len(found) == 300
    assert {event.text.split()[-1] for event in found} == {str(number) for number in range(300)}


def _at_least(accepted: set[int], goal: int) -> bool:
    return len(accepted) >= goal


async def test_a_mail_of_25_megabytes_passes(fresh_desk: Desk, processes: Processes, tmp_path: Path) -> None:
    service = await processes.start("intake-email", environment(fresh_desk, tmp_path))
    raw = RAW + (b"x" * 998 + b"\r\n") * 26_000
    assert await send(service, raw) == 250
    (event,) = await events(fresh_desk, 1)
    assert event.text_cut
    assert event.raw is not None
    assert event.raw.size_bytes == len(raw)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"MAILBOXES": "x"}, "INTAKE_EMAIL_MAILBOXES"),
        ({"TLS_CERT": "/none", "TLS_KEY": "/none"}, "INTAKE_EMAIL_TLS_CERT"),
    ],
)
async def test_a_setting_that_cannot_work_ends_the_start_with_its_name(
    fresh_desk: Desk, processes: Processes, tmp_path: Path, more: dict[str, str], word: str
) -> None:
    service = processes.add("intake-email", environment(fresh_desk, tmp_path, **more))
    with pytest.raises(AssertionError, match="ended"):
        await service.start()
    assert word in service.log.read_text()


async def test_a_taken_port_ends_the_start_with_one_clear_line(
    fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    first = await processes.start("intake-email", environment(fresh_desk, tmp_path))
    port = first.environment["INTAKE_EMAIL_SMTP_PORT"]
    second = processes.add("intake-email", environment(fresh_desk, tmp_path, SMTP_PORT=port))
    with pytest.raises(AssertionError, match="ended"):
        await second.start()
    assert f"cannot listen on 127.0.0.1:{port}" in second.log.read_text()
