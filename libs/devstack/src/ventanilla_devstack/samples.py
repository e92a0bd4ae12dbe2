"""A few real mails through the real door, so that a new desk has something to show."""

import json
import smtplib
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

from ventanilla_devstack.atomic_file import write_whole
from ventanilla_devstack.children import Tick
from ventanilla_devstack.errors import ServiceFailed
from ventanilla_devstack.probes import ask

_DOMAIN = "samples.ventanilla.example"
_SMTP_SECONDS = 30.0
_POLL_SECONDS = 0.1
_WORD_SECONDS = 5.0


class Expected(Protocol):
    """A sample of any channel, as far as waiting for its ticket goes."""

    @property
    def id(self) -> str:
        """Tells it from the others."""
        ...

    @property
    def subject(self) -> str:
        """The subject of its ticket."""
        ...

    @property
    def reply_to(self) -> str | None:
        """The id of the one that it answers."""
        ...


@dataclass(frozen=True, slots=True)
class Sample:
    """One mail; `reply_to` names the sample that it answers."""

    id: str
    sender: str
    subject: str
    text: str
    sent_at: datetime
    reply_to: str | None = None


def read_samples() -> tuple[Sample, ...]:
    """The samples that come with this package, in the order in which they are sent."""
    text = resources.files("ventanilla_devstack").joinpath("data/samples.toml").read_text(encoding="utf-8")
    return tuple(
        Sample(
            mail["id"],
            mail["from"],
            mail["subject"],
            mail["text"].lstrip("\n"),
            mail["date"],
            mail.get("reply_to"),
        )
        for mail in tomllib.loads(text)["mail"]
    )


def compose(sample: Sample, mailbox: str) -> EmailMessage:
    """The sample as a mail to the desk: always the same bytes."""
    mail = EmailMessage(policy=SMTP)
    name, address = parseaddr(sample.sender)
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = mailbox
    mail["Subject"] = sample.subject
    mail["Date"] = format_datetime(sample.sent_at)
    mail["Message-ID"] = f"<{sample.id}@{_DOMAIN}>"
    if sample.reply_to:
        mail["In-Reply-To"] = mail["References"] = f"<{sample.reply_to}@{_DOMAIN}>"
    mail.set_content(sample.text, cte="quoted-printable")
    return mail


def send(samples: Sequence[Sample], mailbox: str, host: str, port: int) -> None:
    """Hand the samples to the desk's door, one after another.

    Raises:
        ServiceFailed: the door did not take one.
    """
    try:
        with smtplib.SMTP(host, port, timeout=_SMTP_SECONDS) as door:
            for sample in samples:
                door.send_message(compose(sample, mailbox), parseaddr(sample.sender)[1], [mailbox])
    except (OSError, smtplib.SMTPException) as error:
        raise ServiceFailed(f"the door did not take a sample mail ({error}); see the log of intake-email") from error


def wait_for_tickets(
    samples: Sequence[Expected], api: str, token: str, within_seconds: float, tick: Tick, report: Callable[[str], None]
) -> list[dict[str, Any]]:
    """The tickets that the samples became, by number; fewer if the time is up.

    A sample that answers another one counts when it is a message of that one's ticket.
    """
    deadline = time.monotonic() + within_seconds
    next_word_at = time.monotonic() + _WORD_SECONDS
    while True:
        tick()
        tickets = _tickets_of(samples, latest_tickets(api, token, 100))
        if all(_is_there(sample, samples, tickets, api, token) for sample in samples) or time.monotonic() > deadline:
            return sorted(tickets.values(), key=lambda ticket: int(ticket["number"]))
        if time.monotonic() > next_word_at:
            next_word_at += _WORD_SECONDS
            report(f"waiting for the samples: {len(tickets)} tickets so far")
        time.sleep(_POLL_SECONDS)


def latest_tickets(api: str, token: str, limit: int) -> list[dict[str, Any]]:
    """The newest tickets, newest first; none if the API does not answer."""
    body = ask(f"{api}/api/v1/tickets?limit={limit}", token).body
    return list(body.get("items") or ()) if isinstance(body, dict) else []


def already_sent(path: Path) -> bool:
    """Whether this desk has had its samples."""
    return path.exists()


def remember_sent(path: Path, samples: Sequence[Expected]) -> None:
    """Note that this desk has had its samples."""
    write_whole(path, json.dumps([sample.id for sample in samples]) + "\n", 0o644)


def _tickets_of(samples: Sequence[Expected], tickets: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    by_subject = {ticket.get("subject"): ticket for ticket in tickets}
    return {sample.id: by_subject[sample.subject] for sample in samples if sample.subject in by_subject}


def _is_there(
    sample: Expected, samples: Sequence[Expected], tickets: dict[str, dict[str, Any]], api: str, token: str
) -> bool:
    if not sample.reply_to:
        return sample.id in tickets
    if sample.id in tickets:  # it was not taken for an answer; the table shows that
        return True
    if sample.reply_to not in tickets:
        return False
    wanted = 1 + sum(other.reply_to == sample.reply_to for other in samples)
    number = tickets[sample.reply_to]["number"]
    body = ask(f"{api}/api/v1/tickets/{number}/messages?limit=100", token).body
    items = body.get("items") or () if isinstance(body, dict) else ()
    return len([item for item in items if item.get("kind") == "customer"]) >= wanted
