"""The mail sets: plain 3 KB mails, and the set on which other help desks were measured."""

import secrets

from tests.bench.generator import Mail
from tests.bench.make_mails import make

_LINE = "Hola, desde ayer no puedo acceder a mi cuenta y aparece el error {n}.\r\n"
SENDERS = 2_000


def plain(count: int, recipient: str, *, automatic: bool, size_bytes: int = 3_000) -> list[Mail]:
    """Text mails of one size from `SENDERS` people; `automatic` ones are marked and get no acknowledgement."""
    run = secrets.token_hex(4)
    mark = "Auto-Submitted: auto-generated\r\n" if automatic else ""
    mails = []
    for n in range(count):
        sender = f"ana.{n % SENDERS}@cliente-{n % 31}.example"
        message_id = f"{run}.{n}@generator.example"
        line = _LINE.format(n=n)
        data = (
            f"From: Ana Prueba <{sender}>\r\nTo: {recipient}\r\nSubject: No puedo entrar {n}\r\n"
            f"Message-ID: <{message_id}>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n{mark}"
            "Content-Type: text/plain; charset=utf-8\r\n\r\n" + line * (size_bytes // len(line)) + ".\r\n"
        )
        mails.append(Mail(sender, message_id, data.encode()))
    return mails


def peers(count: int, recipient: str, seed: int, *, automatic: bool) -> list[Mail]:
    """The set of `make_mails.py`: text and HTML, every tenth with a 50 KB attachment, every fifth a reply."""
    seen: list[tuple[str, str, str]] = []
    mails = []
    for n in range(count):
        past = seen[: max(0, n - 20)][-200:]
        message_id, subject, text, kind, raw = make(n, seed, recipient, past)
        seen.append((message_id, subject.removeprefix("Re: ") if kind.startswith("reply") else subject, text))
        sender = raw.partition(b"Return-Path: <")[2].partition(b">")[0].decode()
        if automatic:
            raw = b"Auto-Submitted: auto-generated\n" + raw
        data = raw.replace(b"\n", b"\r\n").replace(b"\r\n.", b"\r\n..")
        mails.append(Mail(sender, message_id.strip("<>"), data.rstrip(b"\r\n") + b"\r\n.\r\n"))
    return mails
