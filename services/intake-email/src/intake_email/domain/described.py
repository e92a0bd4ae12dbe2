"""What a mail says as the object that `intake-email parse` prints."""

from hashlib import sha256
from typing import Any

from intake_email.domain.bounces import Bounce
from intake_email.domain.html_clean import resolve_pictures
from intake_email.domain.mail import File, Mailbox
from intake_email.domain.understanding import Understood
from intake_email.domain.words import clean_line
from ventanilla_contracts.file_names import shown_filename

NO_AUTHENTICATION = {"spf": None, "dkim": None, "dmarc": None, "arc": None, "grade": "claimed"}


def describe(found: Understood, authentication: dict[str, str | None] | None = None) -> dict[str, Any]:
    """The fields of a mail, JSON-ready; the README of the service explains each."""
    mail = found.mail
    attachments = [_attachment(file) for file in found.files]
    html = found.html
    if html is not None:
        html = resolve_pictures(html, found.files, [f"attachment:{one['sha256']}" for one in attachments])
    return {
        "message_id": found.message_id,
        "in_reply_to": found.in_reply_to,
        "references": found.references,
        "from": _mailbox(found.author),
        "reply_to": _mailboxes(mail.reply_to),
        "to": _mailboxes(mail.to),
        "cc": _mailboxes(mail.cc),
        "subject": found.subject,
        "date": mail.date.isoformat() if mail.date else None,
        "text": found.text,
        "reply_text": found.reply_text,
        "html": html,
        "language": found.language,
        "auto_submitted": found.automation,
        "bounce": _bounce(found.bounces),
        "attachments": attachments,
        "authentication": authentication or NO_AUTHENTICATION,
        "defects": list(found.defects),
    }


def describe_unread(reason: str) -> dict[str, Any]:
    """The same fields for a mail that was not understood, with the reason among its defects."""
    nobody = {"name": "", "address": ""}
    return {
        "message_id": None,
        "in_reply_to": None,
        "references": [],
        "from": nobody,
        "reply_to": [],
        "to": [],
        "cc": [],
        "subject": "",
        "date": None,
        "text": "",
        "reply_text": "",
        "html": None,
        "language": None,
        "auto_submitted": "no",
        "bounce": None,
        "attachments": [],
        "authentication": NO_AUTHENTICATION,
        "defects": [clean_line(reason, 500)],
    }


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    return {"name": clean_line(mailbox.name), "address": clean_line(mailbox.address)}


def _mailboxes(mailboxes: list[Mailbox]) -> list[dict[str, str]]:
    return [_mailbox(mailbox) for mailbox in mailboxes if "@" in mailbox.address]


def _bounce(bounces: tuple[Bounce, ...]) -> dict[str, Any] | list[dict[str, Any]] | None:
    described = [
        {
            "recipient": bounce.recipient,
            "status": bounce.status,
            "reason": bounce.reason,
            "diagnostic": bounce.diagnostic,
        }
        for bounce in bounces
    ]
    return described[0] if len(described) == 1 else described or None


def _attachment(file: File) -> dict[str, Any]:
    return {
        "filename": shown_filename(file.filename),
        "content_type": clean_line(file.content_type, 200).lower(),
        "size": len(file.content),
        "inline": file.inline,
        "sha256": sha256(file.content).hexdigest(),
    }
