"""Sender and recipients of a mail that was fetched."""

import time

import pytest

from intake_email.domain.envelope import UNKNOWN_SENDER, Envelope
from intake_email.domain.imap.envelope import envelope_of

ACCOUNT = "soporte@desk.example"


def of(head: str) -> Envelope:
    return envelope_of(head.replace("\n", "\r\n").encode() + b"\r\n\r\nTo: soporte+t.body@desk.example\r\n", ACCOUNT)


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        ("Return-Path: <ana@cliente.example>", "ana@cliente.example"),
        ("return-path:\n <ana@cliente.example>", "ana@cliente.example"),
        ("Return-Path: ana@cliente.example", "ana@cliente.example"),
        ("Return-Path: <>", ""),
        ("Return-Path: < >", ""),
        ("Return-Path: MAILER-DAEMON", UNKNOWN_SENDER),
        ("Return-Path: <nobody>", UNKNOWN_SENDER),
        ("Return-Path:", UNKNOWN_SENDER),
        ("X-Return-Path: <ana@cliente.example>", UNKNOWN_SENDER),
        ("From: ana@cliente.example", UNKNOWN_SENDER),
        ("Return-Path: <outer@x.example>\nReturn-Path: <inner@x.example>", "outer@x.example"),
    ],
)
def test_the_sender_is_what_the_return_path_says(head: str, sender: str) -> None:
    assert of(head).sender == sender


@pytest.mark.parametrize(
    ("head", "recipients"),
    [
        ("To: soporte+t.abc@desk.example", ("soporte+t.abc@desk.example",)),
        ("Delivered-To: Soporte+b.Xyz@Desk.example", ("Soporte+b.Xyz@Desk.example",)),
        (
            "To: Ana <soporte@desk.example>, b@c.example\nX-Original-To: soporte+t.1@desk.example",
            ("soporte+t.1@desk.example", "soporte@desk.example"),
        ),
        ('Cc: "x" <y@z.example>,\n\t<soporte+t.2@desk.example>', ("soporte+t.2@desk.example",)),
        ("To: nosoporte@desk.example, soporte@desk.example.org, x.soporte@desk.example", (ACCOUNT,)),
        ("To: undisclosed-recipients:;", (ACCOUNT,)),
        ("", (ACCOUNT,)),
    ],
)
def test_the_recipients_are_the_forms_of_the_mailbox(head: str, recipients: tuple[str, ...]) -> None:
    found = of(head)
    assert found.recipients == recipients
    assert found.door == "imap"
    assert found.peer == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"To: " + b"soporte+t.a@desk.example, " * 50_000,
        b"To: " + b"soporte+" * 100_000,
        b"To:" + b"\r\n " * 100_000,
        b"To: x\r\n" * 100_000,
        b"Return-Path: " + b"<" * 1_000_000,
        b"a" * 1_000_000,
        b"\r\n" * 500_000,
    ],
    ids=range(9),
)
def test_hostile_heads_cost_little(raw: bytes) -> None:
    started = time.process_time()
    found = envelope_of(raw, ACCOUNT)
    assert len(found.recipients) >= 1
    assert time.process_time() - started < 1.5


def test_a_mail_of_mail_lines_that_end_in_lf_alone_is_read() -> None:
    found = envelope_of(b"Return-Path: <a@b.example>\nTo: soporte+t.9@desk.example\n\nReturn-Path: <>\n", ACCOUNT)
    assert found.sender == "a@b.example"
    assert found.recipients == ("soporte+t.9@desk.example",)


def test_the_door_is_kept_with_the_envelope_and_older_envelopes_came_by_smtp() -> None:
    assert Envelope.decode(of("Return-Path: <>").encode()).door == "imap"
    assert Envelope.decode('{"sender": "a@b.example"}').door == "smtp"
