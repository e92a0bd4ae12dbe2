"""The SMTP door, spoken to over sockets: what it takes, what it refuses, and what it never does."""

import asyncio
import smtplib
import ssl

import pytest
import trustme

from intake_email.errors import DeskFull, NotAccepted
from tests.integration.intake_email.conftest import Connect, Counter, OpenDoor
from tests.support.polling import eventually


@pytest.fixture(autouse=True)
def quick_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake_email.adapters.smtp.server._WATCH_SECONDS", 0.02)


RAW = b"From: ana@cliente.example\r\nSubject: hola\r\n\r\n..\r\nhola\r\n"
STORED = b"From: ana@cliente.example\r\nSubject: hola\r\n\r\n.\r\nhola\r\n"


async def test_a_mail_of_smtplib_is_accepted_with_its_envelope(open_door: OpenDoor) -> None:
    counter = Counter()
    door = await open_door(counter)

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", door.port, local_hostname="client.example") as client:
            client.sendmail("ana@cliente.example", ["Soporte+t.ABC@desk.example"], STORED, ["BODY=8BITMIME"])
            client.sendmail("", ["postmaster"], STORED)

    await asyncio.to_thread(send)
    (raw, (first,)), (_, (second,)) = counter.mails
    assert raw == STORED
    assert first.account == "soporte@desk.example"
    assert first.envelope.sender == "ana@cliente.example"
    assert first.envelope.recipients == ("Soporte+t.ABC@desk.example",)
    assert (first.envelope.peer, first.envelope.greeting) == ("127.0.0.1", "client.example")
    assert (second.account, second.envelope.sender) == ("soporte@desk.example", "")


async def test_the_greeting_names_the_host_and_no_version(open_door: OpenDoor, connect: Connect) -> None:
    client = await connect(await open_door(Counter()))
    assert await client.reply() == "220 mx.desk.example ESMTP"
    extensions = (await client.say("EHLO x")).splitlines()
    assert {line[4:] for line in extensions[1:]} == {
        "PIPELINING", "SIZE 26214400", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES",
    }  # fmt: skip


async def test_a_mail_for_two_mailboxes_is_handed_over_once_for_both(open_door: OpenDoor, connect: Connect) -> None:
    counter = Counter()
    client = await connect(await open_door(counter))
    await client.reply()
    await client.begin()
    for recipient in ("soporte+x@desk.example", "ventas@desk.example"):
        assert (await client.say(f"RCPT TO:<{recipient}>")).startswith("250")
    await client.say("DATA")
    assert (await client.say(RAW + b".\r\n")).startswith("250 2.0.0")
    ((_, mailboxes),) = counter.mails
    assert [mailbox.account for mailbox in mailboxes] == ["soporte@desk.example", "ventas@desk.example"]
    assert mailboxes[0].envelope.recipients == ("soporte@desk.example", "soporte+x@desk.example")


@pytest.mark.parametrize(
    ("dialogue", "code"),
    [
        (["MAIL FROM:<a@b.example>"], "503 5.5.1"),
        (["EHLO"], "501 5.5.4"),
        (["EHLO x", "RCPT TO:<soporte@desk.example>"], "503 5.5.1"),
        (["EHLO x", "DATA"], "503 5.5.1"),
        (["EHLO x", "MAIL FROM:<a@b.example>", "DATA"], "503 5.5.1"),
        (["EHLO x", "MAIL FROM:<a@b.example>", "MAIL FROM:<a@b.example>"], "503 5.5.1"),
        (["EHLO x", "MAIL FROM:a@b.example"], "501 5.5.4"),
        (["EHLO x", "MAIL FROM:<a@b.example> SIZE=26214401"], "552 5.3.4"),
        (["EHLO x", "MAIL FROM:<a@b.example> SIZE=" + "9" * 20], "552 5.3.4"),
        (["EHLO x", "MAIL FROM:<a@b.example> SIZE=-1"], "555 5.5.4"),
        (["EHLO x", "MAIL FROM:<a@b.example> BODY=BINARYMIME"], "555 5.5.4"),
        (["EHLO x", "MAIL FROM:<a@b.example> AUTH=<>"], "555 5.5.4"),
        (["EHLO x", "MAIL FROM:<no at sign>"], "553 5.1.7"),
        (["EHLO x", "MAIL FROM:<a@[((((>"], "553 5.1.7"),
        (["EHLO x", "MAIL FROM:<" + "(" * 300 + ">"], "553 5.1.7"),
        (["EHLO x", "MAIL FROM:<" + "a" * 400 + "@b.example>"], "553 5.1.7"),
        (["EHLO x", b"MAIL FROM:<\xff@b.example> SMTPUTF8\r\n"], "553 5.1.7"),
        (["EHLO x", "MAIL FROM:<josé@b.example>"], "553 5.6.7"),
        (["EHLO x", "MAIL FROM:<josé@b.example> SMTPUTF8"], "250"),
        (["EHLO x", "MAIL FROM:<> BODY=8BITMIME SIZE=100 SMTPUTF8"], "250"),
        (["EHLO x", 'MAIL FROM:<"a b"@b.example>'], "250"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<nadie@desk.example>"], "550 5.1.1"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<soporte@elsewhere.example>"], "550 5.1.1"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<>"], "553 5.1.3"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<soporte@desk.example> NOTIFY=NEVER"], "555 5.5.4"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<Postmaster>"], "250"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<SOPORTE+b.x@DESK.example>"], "250"),
        (["HELO x", "MAIL FROM:<a@b.example>"], "250"),
        (["VRFY soporte"], "252"),
        (["EXPN soporte"], "502"),
        (["HELP"], "214"),
        (["NOOP ignored"], "250"),
        (["STARTTLS"], "503"),
        (["AUTH PLAIN abc"], "500 5.5.2"),
        (["GET / HTTP/1.1"], "500 5.5.2"),
        (["\xff\xfe"], "500 5.5.2"),
        (["X" * 3000], "500 5.5.6"),
        (["QUIT"], "221"),
    ],
)
async def test_commands_get_their_replies(
    open_door: OpenDoor, connect: Connect, dialogue: list[str | bytes], code: str
) -> None:
    client = await connect(await open_door(Counter()))
    await client.reply()
    for line in dialogue:
        reply = await client.say(line)
    assert reply.startswith(code), reply


async def test_pipelined_commands_are_answered_in_order(open_door: OpenDoor, connect: Connect) -> None:
    counter = Counter()
    client = await connect(await open_door(counter))
    await client.reply()
    client.send(
        b"EHLO x\r\nMAIL FROM:<a@b.example>\r\n"
        b"RCPT TO:<nadie@desk.example>\r\nRCPT TO:<ventas@desk.example>\r\nDATA\r\n"
    )
    codes = [(await client.reply())[:3] for _ in range(5)]
    assert codes == ["250", "250", "550", "250", "354"]
    client.send(RAW + b".\r\nRSET\r\nQUIT\r\n")
    assert [(await client.reply())[:3] for _ in range(3)] == ["250", "250", "221"]
    assert counter.mails[0][0] == STORED


async def test_a_client_that_sends_all_at_once_and_stops_sending_gets_its_answers(
    open_door: OpenDoor, connect: Connect
) -> None:
    counter = Counter()
    client = await connect(await open_door(counter))
    client.send(b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<ventas@desk.example>\r\nDATA\r\n" + RAW + b".\r\n")
    client.writer.write_eof()
    assert [(await client.reply())[:3] for _ in range(6)] == ["220", "250", "250", "250", "354", "250"]
    assert len(counter.mails) == 1


async def test_a_mail_that_breaks_off_is_not_accepted(open_door: OpenDoor, connect: Connect) -> None:
    counter = Counter()
    door = await open_door(counter)
    client = await connect(door)
    await client.reply()
    await client.begin()
    await client.say("DATA")
    client.send(RAW)
    client.writer.write_eof()
    assert await client.ended()
    await eventually(lambda: door.budget.held_bytes == 0)
    assert not counter.mails


async def test_any_bytes_pass_unchanged(open_door: OpenDoor, connect: Connect) -> None:
    counter = Counter()
    client = await connect(await open_door(counter))
    await client.reply()
    raw = b"Subject: \0 nul\r\n\r\n" + bytes(byte for byte in range(256) if byte not in b"\r\n") + b"\nbare\rends\r\n"
    assert (await client.mail(raw)).startswith("250")
    assert counter.mails[0][0] == raw


async def test_a_mail_of_the_full_size_passes_and_one_byte_more_does_not(open_door: OpenDoor, connect: Connect) -> None:
    counter = Counter()
    door = await open_door(counter, size_bytes=3_000_000, budget_bytes=10_000_000)
    client = await connect(door)
    await client.reply()
    raw = (b"x" * 998 + b"\r\n") * 3_000
    assert (await client.mail(raw)).startswith("250")
    assert counter.mails[0][0] == raw
    assert (await client.mail(raw[:-2] + b"y\r\n")).startswith("552 5.3.4")
    assert (await client.mail(RAW)).startswith("250")
    assert door.budget.held_bytes == 0


@pytest.mark.parametrize("end", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r"])
async def test_a_smuggled_second_mail_is_refused_with_the_first(
    open_door: OpenDoor, connect: Connect, end: bytes
) -> None:
    counter = Counter()
    client = await connect(await open_door(counter))
    await client.reply()
    smuggled = end + b"MAIL FROM:<ceo@desk.example>\r\nRCPT TO:<ventas@desk.example>\r\nDATA\r\nevil\r\n"
    assert (await client.mail(b"Subject: x\r\n\r\nhola" + smuggled)).startswith("521 5.5.2")
    assert await client.ended()
    assert not counter.mails


async def test_all_mails_together_may_hold_only_the_budget(open_door: OpenDoor, connect: Connect) -> None:
    counter = Counter(gate=asyncio.Event())
    door = await open_door(counter, size_bytes=300_000, budget_bytes=500_000)
    first, second, third = [await connect(door) for _ in range(3)]
    for client in (first, second, third):
        await client.reply()
    await first.begin(parameters=" SIZE=300000")
    await first.say("DATA")
    first.send(b"x" * 290_000 + b"\r\n.\r\n")
    await second.begin(parameters=" SIZE=250000")
    assert (await second.say("DATA")).startswith("452 4.3.1")
    await third.begin()
    assert (await third.say("DATA")).startswith("354")
    assert (await third.say(b"y" * 280_000 + b"\r\n.\r\n")).startswith("452 4.3.1")
    assert counter.gate
    counter.gate.set()
    assert (await first.reply()).startswith("250")
    assert (await third.mail(b"y" * 280_000 + b"\r\n")).startswith("250")
    assert door.budget.held_bytes == 0


async def test_an_announced_size_keeps_nobody_out(open_door: OpenDoor, connect: Connect) -> None:
    door = await open_door(Counter(), size_bytes=300_000, budget_bytes=400_000)
    boaster, client = await connect(door), await connect(door)
    await boaster.reply()
    await boaster.begin(parameters=" SIZE=300000")
    assert (await boaster.say("DATA")).startswith("354")
    await client.reply()
    assert (await client.mail(b"x" * 200_000 + b"\r\n")).startswith("250")


@pytest.mark.parametrize(("failure", "code"), [(NotAccepted("x"), "451 4.3.0"), (DeskFull("x"), "452 4.3.1")])
async def test_what_is_not_durable_gets_no_yes_and_may_be_tried_again(
    open_door: OpenDoor, connect: Connect, failure: Exception, code: str
) -> None:
    counter = Counter(failure=failure)
    client = await connect(await open_door(counter))
    await client.reply()
    assert (await client.mail(RAW)).startswith(code)
    counter.failure = None
    assert (await client.mail(RAW)).startswith("250")


async def test_a_bug_costs_one_connection(open_door: OpenDoor, connect: Connect) -> None:
    counter = Counter(failure=ZeroDivisionError())
    door = await open_door(counter)
    client = await connect(door)
    await client.reply()
    assert (await client.mail(RAW)).startswith("451")
    assert await client.ended()
    counter.failure = None
    client = await connect(door)
    await client.reply()
    assert (await client.mail(RAW)).startswith("250")


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("mx.desk.example").configure_cert(context)
    return context


async def test_a_mail_over_starttls(
    open_door: OpenDoor, connect: Connect, authority: trustme.CA, tls_context: ssl.SSLContext
) -> None:
    counter = Counter()
    client = await connect(await open_door(counter, tls_context=tls_context))
    await client.reply()
    assert "250-STARTTLS" in await client.say("EHLO x")
    assert (await client.say("STARTTLS")).startswith("220")
    await client.start_tls(authority)
    assert (await client.say("MAIL FROM:<a@b.example>")).startswith("503")
    assert "STARTTLS" not in await client.say("EHLO x")
    assert (await client.say("STARTTLS")).startswith("503")
    large = RAW + (b"x" * 900 + b"\r\n") * 1000
    assert (await client.mail(large)).startswith("250")
    assert len(counter.mails[0][0]) == len(large) - 1
    assert (await client.say("QUIT")).startswith("221")


async def test_nothing_is_carried_over_starttls(
    open_door: OpenDoor, connect: Connect, tls_context: ssl.SSLContext
) -> None:
    counter = Counter()
    client = await connect(await open_door(counter, tls_context=tls_context))
    await client.reply()
    await client.say("EHLO x")
    client.send(b"STARTTLS\r\nMAIL FROM:<evil@x.example>\r\nRCPT TO:<ventas@desk.example>\r\n")
    assert (await client.reply()).startswith("554 5.5.1")
    assert await client.ended()


async def test_plain_text_instead_of_a_handshake_ends_the_connection(
    open_door: OpenDoor, connect: Connect, tls_context: ssl.SSLContext
) -> None:
    counter = Counter()
    door = await open_door(counter, tls_context=tls_context)
    client = await connect(door)
    await client.reply()
    await client.say("EHLO x")
    assert (await client.say("STARTTLS")).startswith("220")
    client.send(b"MAIL FROM:<evil@x.example>\r\n")
    async with asyncio.timeout(10):
        rest = await client.reader.read()
    assert b"250" not in rest
    assert not counter.mails
