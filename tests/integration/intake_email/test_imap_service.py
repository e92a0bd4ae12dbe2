"""The service as its own process, fetching from real IMAP servers: pymap always, Dovecot where it is installed."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.intake_email.test_service import environment
from tests.support.broker import Desk
from tests.support.imap_servers import NO_DOVECOT, Dovecot, ImapProcess, Pymap, has_dovecot
from tests.support.polling import eventually
from tests.support.processes import Processes, ServiceProcess
from tests.support.streams import bodies, stored
from ventanilla_contracts.events import ChannelEndangered

SERVERS = [
    pytest.param(Pymap, id="pymap"),
    pytest.param(Dovecot, id="dovecot", marks=pytest.mark.skipif(not has_dovecot(), reason=NO_DOVECOT)),
]
DEMO_MAILS = 2
"""pymap's INBOX has two unseen mails, too old to be taken in at the first contact."""


def mail(number: int) -> bytes:
    return (
        f"Return-Path: <ana{number}@cliente.example>\r\nDelivered-To: soporte+t.abc@desk.example\r\n"
        f"From: ana{number}@cliente.example\r\nTo: soporte@desk.example\r\nSubject: {number}\r\n"
        f"Message-ID: <{number}@cliente.example>\r\n\r\nNo puedo entrar, intento {number}.\r\n"
    ).encode()


def entry(imap: ImapProcess, **changes: Any) -> dict[str, Any]:
    return {
        "mailbox": "soporte@desk.example",
        "host": "127.0.0.1",
        "port": imap.port,
        "tls": "off",
        "user": imap.user,
        "password": imap.password,
        "poll_seconds": 1,
        **changes,
    }


def fetching(desk: Desk, tmp_path: Path, *entries: dict[str, Any], **more: str) -> dict[str, str]:
    return environment(desk, tmp_path, IMAP=json.dumps(entries), **more)


@pytest.fixture(params=SERVERS)
async def imap(request: pytest.FixtureRequest, servers_folder: Path, tmp_path: Path) -> AsyncIterator[ImapProcess]:
    server: ImapProcess = request.param(servers_folder / f"imap-{tmp_path.name}")
    await server.start()
    yield server
    server.stop()


async def accepted(desk: Desk) -> list[str]:
    """The ids in ACCEPTED, in order, repeats included."""
    return [message.headers["ce-id"] for message in await stored(await desk.connect(), "ACCEPTED")]


async def count_accepted(desk: Desk) -> int:
    broker = await desk.connect()
    found = (await broker.stream_state("ACCEPTED")).messages
    await broker.close()
    return found


async def wait_accepted(desk: Desk, count: int, seconds: float = 30.0) -> None:
    broker = await desk.connect()

    async def enough() -> bool:
        return (await broker.stream_state("ACCEPTED")).messages >= count

    await eventually(enough, seconds)


async def readiness(service: ServiceProcess) -> tuple[int, dict[str, Any]]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{service.url}/readyz")
    return answer.status_code, answer.json()


async def metrics(service: ServiceProcess) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{service.url}/metrics")).text


async def connected(service: ServiceProcess) -> bool:
    return any(
        line.startswith("intake_email_imap_connected{") and line.endswith(" 1.0")
        for line in (await metrics(service)).splitlines()
    )


async def test_two_hundred_mails_come_in_once_each_while_the_service_is_killed(
    imap: ImapProcess, fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    service = await processes.start("intake-email", fetching(fresh_desk, tmp_path, entry(imap)))
    await eventually(partial(connected, service))

    async def put_all() -> None:
        for number in range(0, 200, 5):
            await imap.append(*map(mail, range(number, number + 5)))
            await asyncio.sleep(0.02)

    putting = asyncio.create_task(put_all())
    for goal in (20, 60, 100, 150):
        await wait_accepted(fresh_desk, goal)
        await service.kill()
        await service.start()
    await putting
    await wait_accepted(fresh_desk, 200)
    await eventually(partial(nothing_left, imap))
    ids = await accepted(fresh_desk)
    assert len(set(ids)) == len(ids) == 200
    assert await service.stop() == 0
    assert "cliente.example" not in service.log.read_text()


async def nothing_left(imap: ImapProcess) -> bool:
    """Nothing in INBOX is unseen but pymap's old mails."""
    return len(await imap.ask("UNSEEN")) == (DEMO_MAILS if isinstance(imap, Pymap) else 0)


async def test_a_push_brings_mail_within_a_moment(
    imap: ImapProcess, fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    await processes.start("intake-email", fetching(fresh_desk, tmp_path, entry(imap, poll_seconds=60)))
    broker = await fresh_desk.connect()
    took: list[float] = []
    await imap.append(mail(0))
    await wait_accepted(fresh_desk, 1)
    for number in range(1, 6):
        await eventually(partial(nothing_left, imap))
        await imap.append(mail(number))
        started = time.monotonic()
        while (await broker.stream_state("ACCEPTED")).messages <= number:
            assert time.monotonic() - started < 5
            await asyncio.sleep(0.002)
        took.append(time.monotonic() - started)
    print(f"{type(imap).__name__}: seconds from APPEND to ACCEPTED: {[round(seconds, 3) for seconds in took]}")


async def test_the_envelope_is_read_from_what_delivery_wrote(
    imap: ImapProcess, fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    await processes.start("intake-email", fetching(fresh_desk, tmp_path, entry(imap)))
    await imap.append(mail(1))
    await wait_accepted(fresh_desk, 1)
    (message,) = await stored(await fresh_desk.connect(), "ACCEPTED")
    envelope = json.loads(message.headers["vnt-envelope"])
    assert envelope["door"] == "imap"
    assert envelope["sender"] == "ana1@cliente.example"
    assert envelope["recipients"] == ["soporte+t.abc@desk.example", "soporte@desk.example"]
    assert message.headers["vnt-account"] == "soporte@desk.example"


async def test_mail_waits_unseen_while_the_broker_is_away(
    imap: ImapProcess, own_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    service = await processes.start("intake-email", fetching(own_desk, tmp_path, entry(imap), ACCEPT_SECONDS="0.5"))
    await eventually(partial(connected, service))
    await own_desk.close()
    own_desk.server.kill()
    await imap.append(mail(1))
    unseen = DEMO_MAILS if isinstance(imap, Pymap) else 0
    # Which of the two says whether the mail had been fetched already when the broker went.
    told = {"not_accepted", "broker_away"}
    await eventually(lambda: any(line.get("kind") in told for line in service.events()))
    assert len(await imap.ask("UNSEEN")) == unseen + 1
    own_desk.server.start()
    await wait_accepted(own_desk, 1, 40)
    await eventually(partial(nothing_left, imap))
    assert await count_accepted(own_desk) == 1


async def test_moved_mail_lies_in_the_other_folder(
    imap: ImapProcess, fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    moving = entry(imap, then="move", move_to="Tomados ñ")
    await processes.start("intake-email", fetching(fresh_desk, tmp_path, moving))
    await imap.append(*map(mail, range(30)))
    await wait_accepted(fresh_desk, 30)

    async def all_moved() -> bool:
        return len(await imap.ask("ALL", '"Tomados &APE-"')) == 30

    await eventually(all_moved)


async def test_a_wrong_password_is_a_warning_and_closes_no_other_door(
    imap: ImapProcess, fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    wrong = entry(imap, folder="Sent", password="not-the-one", name="wrong")
    env = fetching(fresh_desk, tmp_path, wrong, entry(imap, name="right"), IMAP_PATIENCE_SECONDS="0.2")
    service = await processes.start("intake-email", env)
    await imap.append(mail(1))
    await wait_accepted(fresh_desk, 1)

    async def warned() -> bool:
        status, body = await readiness(service)
        assert status == 200
        return "refuses the login" in body.get("warnings", {}).get("imap wrong", "")

    await eventually(warned)
    assert "imap right" not in (await readiness(service))[1]["warnings"]
    assert 'intake_email_imap_failures_total{entry="wrong",kind="login_refused"} 1.0' in await metrics(service)
    assert 'intake_email_imap_connected{entry="right"} 1.0' in await metrics(service)
    logged = [line for line in service.events() if line.get("entry") == "wrong"]
    assert any(line["event"] == "mailbox.failed" and line["pause_seconds"] >= 30 for line in logged)
    assert "not-the-one" not in service.log.read_text()


async def test_a_credential_that_will_end_is_named_while_mail_still_comes(
    fresh_desk: Desk, processes: Processes, tmp_path: Path, servers_folder: Path
) -> None:
    imap = Pymap(servers_folder / f"imap-{tmp_path.name}")
    await imap.start()
    try:
        soon = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
        env = fetching(fresh_desk, tmp_path, entry(imap, credential_ends=soon, name="soon"))
        service = await processes.start("intake-email", env)
        await imap.append(mail(1))
        await wait_accepted(fresh_desk, 1)
        status, body = await readiness(service)
        assert status == 200
        assert "the credential ends in" in body["warnings"]["imap soon"]
        assert any(line["event"] == "credential.endangered" for line in service.events())
        (left,) = re.findall(r'imap_credential_seconds{entry="soon"} ([\d.e+]+)', await metrics(service))
        assert 0 < float(left) < 3 * 86_400
        [told] = await bodies(await fresh_desk.connect(), "OPERATIONS")
        event = ChannelEndangered.model_validate_json(told)
        assert (event.connection, event.account) == ("soon", "soporte@desk.example")
        assert "the credential ends in" in event.problem
        assert event.ends_at is not None
        assert event.ends_at.date().isoformat() == soon
    finally:
        imap.stop()


async def test_readiness_fails_only_where_it_was_asked_to(
    fresh_desk: Desk, processes: Processes, tmp_path: Path, servers_folder: Path
) -> None:
    gone = Pymap(servers_folder / f"imap-{tmp_path.name}")
    env = fetching(fresh_desk, tmp_path, entry(gone, name="gone"), IMAP_UNREADY_SECONDS="0.5")
    service = processes.add("intake-email", env)
    with suppress(AssertionError):
        await service.start(ready_within_seconds=3)

    async def unready() -> bool:
        status, body = await readiness(service)
        return status == 503 and "no connection" in body["problems"].get("imap gone", "")

    await eventually(unready)


async def test_a_dead_reader_is_replaced_within_thirty_seconds(
    fresh_desk: Desk, processes: Processes, tmp_path: Path, servers_folder: Path
) -> None:
    imap = Pymap(servers_folder / f"imap-{tmp_path.name}")
    await imap.start()
    try:
        first = await processes.start("intake-email", fetching(fresh_desk, tmp_path, entry(imap)))
        await eventually(partial(connected, first))
        second = await processes.start("intake-email", fetching(fresh_desk, tmp_path, entry(imap)))
        await imap.append(mail(1))
        await wait_accepted(fresh_desk, 1)
        assert not await connected(second)
        await first.kill()
        killed = time.monotonic()
        await imap.append(mail(2))
        await wait_accepted(fresh_desk, 2, 30)
        print(f"another replica read the mailbox {time.monotonic() - killed:.1f} s after the kill")
        assert await connected(second)
        await first.start()
        assert await second.stop() == 0
        stopped = time.monotonic()
        await imap.append(mail(3))
        await wait_accepted(fresh_desk, 3, 10)
        print(f"another replica read the mailbox {time.monotonic() - stopped:.1f} s after an orderly stop")
    finally:
        imap.stop()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('[{"mailbox": "otra@desk.example", "host": "h", "user": "u", "password": "p"}]', "otra@desk.example"),
        ('[{"mailbox": "soporte@desk.example", "host": "h", "user": "u"}]', "exactly one of password"),
        ("{not json", "INTAKE_EMAIL_IMAP"),
    ],
)
async def test_an_entry_that_cannot_work_ends_the_start_with_its_name(
    fresh_desk: Desk, processes: Processes, tmp_path: Path, value: str, words: str
) -> None:
    service = processes.add("intake-email", environment(fresh_desk, tmp_path, IMAP=value))
    with pytest.raises(AssertionError, match="ended"):
        await service.start()
    assert words in service.log.read_text()
