"""The IMAP session against a server that misbehaves: every wait ends, nothing is read without bounds."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from intake_email.adapters.imap.login import PasswordLogin, Secret
from intake_email.adapters.imap.server import ImapServer
from intake_email.adapters.imap.session import ImapSession, ImapTimes
from intake_email.domain.imap.mailbox import Fetched, ImapMailbox, NotFetched, Tls, Wanted
from intake_email.errors import FolderUnusable, LoginRefused, MailboxUnreachable
from intake_email.ports import Bearer, Credential
from tests.support.imap_script import Proxy, ScriptedImap
from tests.support.polling import eventually

RAW = b"Subject: hola\r\n\r\nNo puedo entrar.\r\n"
QUICK = ImapTimes(connect=2.0, silence=0.4, command=1.0, fetch=2.0, idle=0.5)


@pytest.fixture
async def imap() -> AsyncIterator[ScriptedImap]:
    server = ScriptedImap()
    await server.listen()
    yield server
    await server.close()


class TokenOnly(PasswordLogin):
    async def credential(self) -> Credential:
        return Bearer("desk", "t0ken")


def server_of(imap: ScriptedImap, times: ImapTimes = QUICK, limit: int = 10_000, **changes: object) -> ImapServer:
    mailbox = ImapMailbox("soporte@desk.example", "one", "127.0.0.1", imap.port, imap.user, tls=Tls.OFF)
    mailbox = replace(mailbox, **changes)  # type: ignore[arg-type]  # the test names real fields
    login = PasswordLogin(imap.user, Secret(imap.password))
    return ImapServer(mailbox, login, times=times, size_limit_bytes=limit)


async def opened(imap: ScriptedImap, stack: AsyncExitStack, times: ImapTimes = QUICK, **changes: object) -> ImapSession:
    session = await server_of(imap, times, **changes).open()  # type: ignore[arg-type]  # as above
    stack.callback(session.drop)
    return session


async def test_a_mail_is_found_fetched_unseen_and_then_flagged(imap: ScriptedImap, stack: AsyncExitStack) -> None:
    imap.put(RAW)
    session = await opened(imap, stack)
    assert await session.search(Wanted(0)) == [1]
    assert await session.sizes([1]) == {1: len(RAW)}
    assert await session.fetch(1, lambda _: True) == Fetched(RAW)
    assert imap.flags[1] == set()
    await session.mark_done([1])
    assert imap.flags[1] == {"\\Seen", "VentanillaDone"}
    assert await session.search(Wanted(0)) == []
    assert await session.last_done() == 1


@pytest.mark.parametrize("capabilities", ["AUTH=PLAIN SASL-IR", "AUTH=PLAIN", ""])
@pytest.mark.parametrize("password", ["secret", 'with "quotes" and \\', "contraseña", "a\tb", "{3}"])
async def test_odd_passwords_get_through(
    imap: ScriptedImap, stack: AsyncExitStack, capabilities: str, password: str
) -> None:
    imap.capabilities, imap.password = capabilities, password
    assert (await opened(imap, stack)).folder.uid_validity == 7


@pytest.mark.parametrize("capabilities", ["AUTH=PLAIN SASL-IR", "AUTH=PLAIN", ""])
async def test_a_wrong_password_is_told_apart(imap: ScriptedImap, capabilities: str) -> None:
    imap.capabilities = capabilities
    server = server_of(imap)
    imap.password = "another"
    with pytest.raises(LoginRefused, match="AUTHENTICATIONFAILED"):
        await server.open()


async def test_a_server_that_lets_nobody_in_for_now_has_not_refused_the_password(imap: ScriptedImap) -> None:
    imap.raw["AUTHENTICATE"] = b"TAG NO [UNAVAILABLE] later\r\n"
    with pytest.raises(MailboxUnreachable) as caught:
        await server_of(imap).open()
    assert not isinstance(caught.value, LoginRefused)


@pytest.mark.parametrize("capabilities", ["AUTH=XOAUTH2 SASL-IR", "AUTH=XOAUTH2"])
async def test_a_token_is_taken_or_refused_and_a_refusal_does_not_hang(imap: ScriptedImap, capabilities: str) -> None:
    imap.capabilities = capabilities
    server = server_of(imap)
    server._login = TokenOnly("desk", Secret(""))
    with pytest.raises(LoginRefused):
        await server.open()
    imap.tokens.add("t0ken")
    (await server.open()).drop()


async def test_no_password_goes_where_login_is_disabled(imap: ScriptedImap) -> None:
    imap.capabilities = "LOGINDISABLED"
    with pytest.raises(MailboxUnreachable, match="set tls"):
        await server_of(imap).open()
    assert not any("LOGIN" in command for command in imap.commands)


@pytest.mark.parametrize("mute", ["CAPABILITY", "AUTHENTICATE", "SELECT", "NOOP", "UID SEARCH", "UID FETCH", "IDLE"])
async def test_a_server_that_falls_silent_ends_every_wait(imap: ScriptedImap, stack: AsyncExitStack, mute: str) -> None:
    async def go_through_all() -> None:
        session = await opened(imap, stack)
        await session.look()
        await session.search(Wanted(0))
        await session.fetch(1, lambda _: True)
        await session.wait_for_news(0.1)

    imap.put(RAW)
    imap.mute.add(mute)
    started = time.monotonic()
    with pytest.raises(MailboxUnreachable, match=r"answer|IDLE"):
        await go_through_all()
    assert time.monotonic() - started < 10


async def test_a_server_that_does_not_greet_ends_the_wait() -> None:
    imap = ScriptedImap(greeting=b"")
    await imap.listen()
    try:
        with pytest.raises(MailboxUnreachable, match="greet"):
            await server_of(imap, replace(QUICK, connect=0.3)).open()
    finally:
        await imap.close()


@pytest.mark.parametrize("greeting", [b"* BYE too busy\r\n", b"220 smtp.example ESMTP\r\n", b"\r\n", b"\xff\xfe\r\n"])
async def test_a_server_that_greets_otherwise_is_left(imap: ScriptedImap, greeting: bytes) -> None:
    imap.greeting = greeting
    with pytest.raises(MailboxUnreachable, match="greets"):
        await server_of(imap).open()


async def test_a_server_that_drips_is_left_when_the_whole_time_is_up(imap: ScriptedImap, stack: AsyncExitStack) -> None:
    session = await opened(imap, stack, replace(QUICK, command=0.8))

    async def drip() -> None:
        while True:
            for connection in imap._open:
                connection.writer.write(b"* OK still here\r\n")
            await asyncio.sleep(0.05)

    imap.mute.add("NOOP")
    dripping = asyncio.create_task(drip())
    try:
        with pytest.raises(MailboxUnreachable, match="too long"):
            await session.look()
    finally:
        dripping.cancel()


async def test_news_end_the_idle_at_once_and_quiet_ends_it_in_time(imap: ScriptedImap, stack: AsyncExitStack) -> None:
    session = await opened(imap, stack, replace(QUICK, idle=30.0))
    waiting = asyncio.create_task(session.wait_for_news(60))
    await eventually(lambda: imap.idling)
    imap.put(RAW)
    await asyncio.wait_for(waiting, 10)
    started = time.monotonic()
    await session.wait_for_news(0.2)
    assert 0.15 < time.monotonic() - started < 10
    assert await session.search(Wanted(0)) == [1]


async def test_a_server_that_closes_in_idle_is_noticed_at_once(imap: ScriptedImap, stack: AsyncExitStack) -> None:
    session = await opened(imap, stack, replace(QUICK, idle=30.0, silence=30.0))
    waiting = asyncio.create_task(session.wait_for_news(60))
    await eventually(lambda: imap.idling)
    await imap.hang_up()
    with pytest.raises(MailboxUnreachable):
        await asyncio.wait_for(waiting, 10)


async def test_a_connection_that_became_a_black_hole_is_noticed_when_idle_is_renewed(
    imap: ScriptedImap, stack: AsyncExitStack
) -> None:
    proxy = Proxy(imap.port)
    await proxy.listen()
    stack.push_async_callback(proxy.close)
    session = await opened(imap, stack, port=proxy.port)
    waiting = asyncio.create_task(session.wait_for_news(60))
    await eventually(lambda: imap.idling)
    proxy.silent.set()
    started = time.monotonic()
    with pytest.raises(MailboxUnreachable, match="answer"):
        await asyncio.wait_for(waiting, 20)
    assert time.monotonic() - started < QUICK.idle + QUICK.silence + 5


async def test_without_idle_the_wait_is_the_poll_interval(imap: ScriptedImap, stack: AsyncExitStack) -> None:
    imap.capabilities = "AUTH=PLAIN"
    session = await opened(imap, stack, poll_seconds=0.1)
    await session.wait_for_news(60)
    assert "IDLE" not in imap.commands


async def test_a_server_that_announces_idle_and_refuses_it_is_polled(imap: ScriptedImap, stack: AsyncExitStack) -> None:
    imap.raw["IDLE"] = b"TAG NO not today\r\n"
    session = await opened(imap, stack, poll_seconds=0.1)
    await session.wait_for_news(60)
    await session.wait_for_news(60)
    assert imap.commands.count("IDLE") == 1


async def test_a_mail_larger_than_the_server_said_is_read_past_and_not_kept(
    imap: ScriptedImap, stack: AsyncExitStack
) -> None:
    imap.put(b"x" * 30_000)
    imap.put(RAW)
    imap.sizes[1] = 100
    session = await opened(imap, stack)
    assert await session.fetch(1, lambda _: True) is NotFetched.TOO_LARGE
    assert await session.fetch(2, lambda _: True) == Fetched(RAW)
    assert imap.connections == 1


async def test_a_literal_without_reason_ends_the_connection(imap: ScriptedImap, stack: AsyncExitStack) -> None:
    session = await opened(imap, stack)
    imap.raw["UID FETCH"] = b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n"
    with pytest.raises(MailboxUnreachable, match="makes no sense"):
        await session.fetch(1, lambda _: True)


async def test_without_room_a_mail_stays_where_it_is(imap: ScriptedImap, stack: AsyncExitStack) -> None:
    imap.put(RAW)
    session = await opened(imap, stack)
    assert await session.fetch(1, lambda _: False) is NotFetched.NO_ROOM
    assert await session.fetch(1, lambda _: True) == Fetched(RAW)


async def test_a_mail_that_is_gone_and_one_that_cannot_be_fetched_are_told_apart(
    imap: ScriptedImap, stack: AsyncExitStack
) -> None:
    imap.put(RAW)
    imap.unfetchable.add(1)
    session = await opened(imap, stack)
    assert await session.fetch(1, lambda _: True) is NotFetched.UNFETCHABLE
    assert await session.fetch(9, lambda _: True) is NotFetched.GONE
    imap.raw["UID FETCH"] = b"* 1 FETCH (UID 1 BODY[] NIL)\r\nTAG OK\r\n"
    assert await session.fetch(1, lambda _: True) is NotFetched.UNFETCHABLE
    imap.raw["UID FETCH"] = b'* 1 FETCH (FLAGS () BODY[] "a) \\"b (" UID 1)\r\n* 5 FETCH (UID 5 FLAGS ())\r\nTAG OK\r\n'
    assert await session.fetch(1, lambda _: True) == Fetched(b'a) "b (')


async def test_thousands_of_lines_in_one_packet_are_read(imap: ScriptedImap, stack: AsyncExitStack) -> None:
    session = await opened(imap, stack, replace(QUICK, command=90.0, silence=90.0))
    imap.raw["NOOP"] = b"* 1 EXPUNGE\r\n" * 20_000 + b"TAG OK\r\n"
    await session.look()
    imap.raw["NOOP"] = b"* 1 EXPUNGE\r\n" * 400_000 + b"TAG OK\r\n"
    with pytest.raises(MailboxUnreachable, match="makes no sense"):
        await session.look()


@pytest.mark.parametrize("noise", [b"\xff\xff NO\r\n", b"A1 OK\r\n", b"* \r\n* 1\r\n)(\r\n"])
async def test_noise_ends_the_connection_and_nothing_else(
    imap: ScriptedImap, stack: AsyncExitStack, noise: bytes
) -> None:
    session = await opened(imap, stack)
    imap.raw["NOOP"] = noise
    with pytest.raises(MailboxUnreachable):
        await session.look()


@pytest.mark.parametrize(
    ("capabilities", "left"),
    [("MOVE UIDPLUS", []), ("UIDPLUS", []), ("", [1])],
    ids=["move", "copy and expunge", "copy and mark"],
)
async def test_a_mail_is_moved_with_what_the_server_has(
    imap: ScriptedImap, stack: AsyncExitStack, capabilities: str, left: list[int]
) -> None:
    imap.put(RAW)
    imap.capabilities = capabilities
    session = await opened(imap, stack, move_to="Listo")
    await session.mark_done([1])
    assert imap.moved == {"Listo": [RAW]}
    assert list(imap.mails) == left
    assert await session.search(Wanted(0)) == []
    assert not any(command.upper().startswith("EXPUNGE") for command in imap.commands)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"TAG NO no such folder\r\n", "cannot be opened"),
        (b"* OK [UIDVALIDITY 1] x\r\nTAG OK [READ-ONLY] y\r\n", "only be read"),
        (b"* 3 EXISTS\r\nTAG OK\r\n", "UIDVALIDITY"),
    ],
)
async def test_a_folder_that_cannot_be_used_is_named(imap: ScriptedImap, answer: bytes, words: str) -> None:
    imap.raw["SELECT"] = answer
    with pytest.raises(FolderUnusable, match=words):
        await server_of(imap).open()


async def test_a_server_without_uidnext_is_asked(imap: ScriptedImap, stack: AsyncExitStack) -> None:
    imap.put(RAW, uid=41)
    imap.raw["SELECT"] = b"* OK [UIDVALIDITY 1] x\r\nTAG OK\r\n"
    assert (await opened(imap, stack)).folder.uid_next == 42


async def test_tls_is_verified(stack: AsyncExitStack, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    imap = ScriptedImap(tls=context)
    await imap.listen()
    stack.push_async_callback(imap.close)
    await opened(imap, stack, tls=Tls.STARTTLS, ca_file=str(tmp_path / "ca.pem"))
    assert imap.commands[0] == "STARTTLS"
    with pytest.raises(MailboxUnreachable, match="certificate"):
        await server_of(imap, tls=Tls.STARTTLS).open()
    implicit = ScriptedImap()
    await implicit.listen(implicit=context)
    stack.push_async_callback(implicit.close)
    await opened(implicit, stack, tls=Tls.IMPLICIT, ca_file=str(tmp_path / "ca.pem"))
    with pytest.raises(MailboxUnreachable, match="certificate"):
        await server_of(implicit, tls=Tls.IMPLICIT).open()


async def test_words_that_come_before_tls_end_the_connection(stack: AsyncExitStack) -> None:
    imap = ScriptedImap()
    imap.raw["STARTTLS"] = b"TAG OK begin\r\n* CAPABILITY IMAP4rev1 LOGIN"
    await imap.listen()
    stack.push_async_callback(imap.close)
    with pytest.raises(MailboxUnreachable, match="unprotected"):
        await server_of(imap, tls=Tls.STARTTLS).open()


async def test_nobody_listening_is_said(imap: ScriptedImap) -> None:
    server = server_of(imap)
    await imap.close()
    with pytest.raises(MailboxUnreachable, match="no connection"):
        await server.open()
