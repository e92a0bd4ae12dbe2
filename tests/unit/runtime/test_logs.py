"""No line of a log may tell who wrote, what, or with which password: fed with what really comes by."""

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from ventanilla_contracts.events import Party
from ventanilla_runtime import known_secrets, logs

SECRETS = {
    "ana": "ana.roldan+caja@panaderia-roldan.example",
    "sub": "luis@mail.correo.sub.example",
    "literal": "root@[192.0.2.7]",
    "spaced": "+34 600 123 456",
    "plain": "+34600123456",
    "dashed": "+1 (415) 555-2671",
    "zeros": "0034600123456",
    "password": "hunter2-s3cret",
    "odd": "p@ss/w0rd",
    "token": "vt_9f8e7d6c5b4a39281706",
    "slack": "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOp",
    "app": "xapp-1-A0B1C2D3-4567890123-abcdef0123456789",
    "jwt": "eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiJyb3V0ZXIifQ.c2lnbmF0dXJl",
    "sid": "AC0123456789abcdef0123456789abcdef",
    "body": "La caja 2 no imprime desde esta mañana",
}

TEXTS = [
    "550 5.1.1 <{ana}>: Recipient address rejected: User unknown in local recipient table",
    "MAIL FROM:<{ana}> SIZE=20481 BODY=8BITMIME",
    "From: =?utf-8?q?Ana?= <{ana}>, {sub}",
    "bounce of {literal} refused",
    "Key (address)=({ana}) already exists.",
    "mailto:{ana}?subject=hola",
    "GET /api/v1/tickets?requester=ana.roldan%40panaderia-roldan.example HTTP/1.1",
    "call from {spaced} to {plain}",
    "whatsapp:{plain} → whatsapp:{dashed}",
    "sip:{plain}@carrier.example;user=phone",
    "tel:{plain}",
    "From=%2B34600123456&To=%2B34911234567",
    "llamada de {zeros}",
    "cannot connect to nats://router:{password}@10.0.0.7:4222,nats://router:{password}@10.0.0.8:4222",
    "cannot connect to nats://router:{odd}@localhost:4222",
    "nats://{token}@localhost:4222 refused",
    'connection to "postgresql://tickets:{password}@db.internal:5432/desk?sslmode=require" failed',
    "smtp+starttls://user%40relay.example:{password}@relay.example:587",
    "Authorization: Bearer {token}",
    "authorization: basic dXNlcjpodW50ZXIy{token}",
    "AUTH PLAIN failed: Basic {token}==",
    '{{"password": "{password}", "token":"{token}"}}',
    "api_key={token}&x=1",
    "TICKETS_SECRET={password}",
    "INTAKE_EMAIL_NATS_PASSWORD: {password}",
    "slack says invalid_auth for {slack} and {app}",
    "user JWT {jwt} expired",
    "GET /s/abc?token={token} 404",
    'X-Twilio-Signature: "{token}"',
]

FIELDS: list[dict[str, Any]] = [
    {"sender": "{ana}", "recipient": "{sub}", "subject": "{body}", "text": "{body}"},
    {"reply_to": "Ana Roldán", "name": "Ana Roldán", "from": "Ana Roldán"},
    {"phone": "600123456", "caller_phone": "600123456"},
    {"nats_password": "{password}", "X-Twilio-Signature": "{token}", "authToken": "{token}", "api_token": "{token}"},
    {"headers": {"Authorization": "Token {token}", "Set-Cookie": "session={token}", "From": "{ana}"}},
    {"details": [{"loc": ["body", "email"], "input": "{ana}"}, ("{plain}", {"{ana}": 1})]},
    {"participants": ["{ana}"], "identities": [{"kind": "phone", "value": "{plain}"}]},
    {"error": ValueError("user {ana} at nats://x:{password}@h")},
    {"errors": [KeyError("{ana}")]},
    {"raw": "From: {ana}\r\n\r\n{body}"},
    {"party": Party(address="ana.roldan+caja@panaderia-roldan.example", name="x")},
    {"data": b"From: ana.roldan+caja@panaderia-roldan.example"},
    {"seen": {"ana.roldan+caja@panaderia-roldan.example"}},
    {"a": {"b": {"c": {"d": {"e": {"f": "{ana}"}}}}}},
    {"account_sid": "{sid}"},
]


def filled(value: Any) -> Any:
    if isinstance(value, str):
        for name, secret in SECRETS.items():
            value = value.replace("{" + name + "}", secret)
        return value
    if isinstance(value, dict):
        return {filled(key): filled(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(filled(item) for item in value)
    if isinstance(value, BaseException):
        return type(value)(*map(filled, value.args))
    return value


def fail_with(text: str) -> None:
    raise RuntimeError(text)


def leaks(text: str) -> list[str]:
    needles = [*SECRETS.values(), "ana.roldan", "600 123", "600123456", "34600", "911234567", "555-2671", "hunter2",
               "s3cret", "w0rd", "luis@", "Ana Roldán", "192.0.2.7"]  # fmt: skip
    return [needle for needle in needles if needle in text]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_redacted(text: str) -> None:
    real = text.format(**SECRETS)
    assert leaks(logs.redact_text(real)) == []


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T08:31:04.218+00:00",
        "stream INTAKE is missing: run `ventanilla topology apply`",
        "message.received.v1:6d0c5ea6f6b52b0f4c6aa3a7c1b1f6a4",
        "ACCEPTED/2026-11-02T06:00:00.104233911Z/90317",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "connected to 10.0.0.7:4222 in 0.003 s",
        "deadlock detected: process 4711 waits for ShareLock on transaction 889",
        "1+1=2, C++ and a + b",
        "the basic facts",
        "rule vip-domains line 12: unknown name `sendr`",
        "ticket 4711 version 3",
        "1000000000000",
    ],
)
def test_what_an_operator_needs_stays_as_it_is(text: str) -> None:
    assert logs.redact_text(text) == text


@pytest.fixture
def lines(capsysbinary: pytest.CaptureFixture[bytes]) -> Iterator[Any]:
    """What a configured service writes, as parsed objects."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure("router", "debug")
    yield lambda: [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("fields", FIELDS, ids=lambda fields: next(iter(fields)))
def test_a_line_of_ours_is_redacted(fields: dict[str, Any], lines: Any) -> None:
    structlog.get_logger().warning("mail.refused", **{k.replace("-", "_"): v for k, v in filled(fields).items()})

    [line] = lines()
    assert line["event"] == "mail.refused"
    assert line["service"] == "router"
    assert leaks(json.dumps(line, ensure_ascii=False)) == []


def test_a_pattern_leaves_no_piece_of_a_secret_that_it_cuts_through(
    lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_secrets, "_texts", {})
    monkeypatch.setattr(known_secrets, "_bytes", ())
    known_secrets.keep_secret("horse +34 600 123 456 battery", "staple@panaderia.example!rest")

    structlog.get_logger().warning(
        "relay.refused", reply="no: horse +34 600 123 456 battery", words=["staple@panaderia.example!rest"]
    )

    [line] = lines()
    assert (line["reply"], line["words"]) == ("no: [secret]", ["[secret]"])


def test_a_traceback_is_redacted(lines: Any) -> None:
    try:
        fail_with(f"cannot write to {SECRETS['ana']} with password={SECRETS['password']}")
    except RuntimeError:
        structlog.get_logger().exception("batch.failed")

    [line] = lines()
    assert "RuntimeError" in line["exception"]
    assert leaks(line["exception"]) == []


def test_a_line_of_a_library_is_redacted_and_has_our_form(lines: Any) -> None:
    try:
        fail_with(SECRETS["plain"])
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("lost %s", SECRETS["ana"])

    [line] = lines()
    assert (line["event"], line["library"], line["level"]) == ("library.logged", "uvicorn.error", "error")
    assert leaks(json.dumps(line, ensure_ascii=False)) == []


def test_numbers_and_times_come_through(lines: Any) -> None:
    structlog.get_logger().info("ticket.created", number=4711, size_bytes=20481, seconds=0.003, first=True, team=None)
    [line] = lines()
    assert (line["number"], line["size_bytes"], line["seconds"], line["first"], line["team"]) == (
        4711, 20481, 0.003, True, None,
    )  # fmt: skip


def test_redacting_a_long_text_takes_no_time() -> None:
    hostile = [
        "a" * 200_000 + "@",
        "+" * 100_000,
        "+1 " * 60_000,
        "password" * 20_000,
        "://" + "x" * 200_000,
        "a@" * 60_000,
    ]
    started = time.process_time()
    for text in hostile:
        logs.redact_text(text)
    assert time.process_time() - started < 5  # it takes less than one; what is not linear takes minutes


async def test_lines_of_one_turn_leave_together_and_in_order(lines: Any) -> None:
    log = structlog.get_logger()
    for number in range(3):
        log.info("line.written", number=number)
    assert lines() == []

    await asyncio.sleep(0)
    assert [line["number"] for line in lines()] == [0, 1, 2]


def test_a_loop_that_ended_keeps_no_line(lines: Any) -> None:
    async def say() -> None:
        structlog.get_logger().info("line.written", number=1)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(say())
    loop.close()
    structlog.get_logger().info("line.written", number=2)
    assert [line["number"] for line in lines()] == [1, 2]


async def test_a_thread_writes_at_once(lines: Any) -> None:
    await asyncio.to_thread(structlog.get_logger().info, "line.written", number=1)
    assert [line["number"] for line in lines()] == [1]
