"""A mail as a `message.received.v1`: one form for every mail, whatever its own.

The event is built as a plain dictionary, because a pydantic model costs more than everything else here together; a test
holds every result against the model.
"""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from intake_email.domain.addresses import read_tokens
from intake_email.domain.bounces import Bounce
from intake_email.domain.envelope import Envelope
from intake_email.domain.filter_verdict import filter_verdict
from intake_email.domain.identities import envelope_party, parties, sender_party
from intake_email.domain.mail import File, Mail
from intake_email.domain.understanding import HTML_NOT_SHOWN, Understood
from intake_email.domain.words import clean_line, clean_text
from ventanilla_contracts.events import EVENT_LIMIT_BYTES, HTML_LIMIT_CHARS, TEXT_LIMIT_CHARS
from ventanilla_contracts.file_names import shown_filename
from ventanilla_contracts.file_types import file_type_of

DEFECT_LIMIT = 50
UNDELIVERED_LIMIT = 100
LOOP_HEADER = "x-loop"
"""On every mail that leaves the desk: the mailbox it was sent from."""

Fields = dict[str, Any]
"""As `ventanilla_contracts.events.MessageReceived` names them."""


def normalise(found: Understood, raw: bytes, envelope: Envelope, own_addresses: Collection[str] = ()) -> Fields:
    """The fields of the event that come from a mail; `attachments` in the order of `found.files`.

    Args:
        found: the mail, understood.
        raw: its bytes.
        envelope: what the door knew.
        own_addresses: the desk's mailboxes, in lower case; a mail that the desk itself sent is an own loop.
    """
    if reason := _unusable(raw, found.mail):
        return unparseable(envelope, reason)
    mail = found.mail
    fields = _empty()
    fields["sender"] = sender = sender_party(mail, envelope)
    reply_to = parties(mail.reply_to[:1])
    fields["reply_to"] = reply_to[0] if reply_to else None
    fields["to"] = parties(mail.to)
    fields["cc"] = parties(mail.cc)
    fields["subject"] = found.subject
    fields["text"] = found.text[:TEXT_LIMIT_CHARS]
    fields["text_cut"] = found.text_cut or len(found.text) > TEXT_LIMIT_CHARS
    if found.reply_text != found.text:
        fields["reply_text"] = clean_text(found.reply_text[:TEXT_LIMIT_CHARS])
    fields["html"] = mail.html is not None
    if found.html is not None and len(found.html) <= HTML_LIMIT_CHARS:
        fields["html_body"] = found.html
    elif found.html is not None:
        _note(fields, HTML_NOT_SHOWN)
    fields["language"] = found.language
    fields["protection"] = mail.protection
    fields["threading"] = _threading(found, envelope)
    fields["automation"] = found.automation
    if found.bounces:
        fields["undelivered"] = [_undelivered(bounce) for bounce in found.bounces[:UNDELIVERED_LIMIT]]
    if (verdict := filter_verdict(mail)) is not None:
        fields["filtered"] = {"spam": verdict.spam, "score": verdict.score, "source": verdict.source}
    if mail.date is not None:
        fields["sent_at"] = _plausible(mail.date)
    if found.files:
        fields["attachments"] = [_attachment(file) for file in found.files]
    for defect in found.defects:
        _note(fields, defect)
    if sender["address"] in own_addresses and mail.header(LOOP_HEADER).strip().lower() in own_addresses:
        fields["disposition"] = "own_loop"
        fields["disposition_reason"] = "sent by this desk"
    return fields


def unparseable(envelope: Envelope, reason: str) -> Fields:
    """The event for bytes that nobody can read: it says so, names the envelope's sender, and points at the original."""
    fields = _empty()
    fields["disposition"] = "unparseable"
    fields["disposition_reason"] = clean_line(reason, 500)
    fields["sender"] = envelope_party(envelope)
    fields["threading"] = _threading(None, envelope)
    if envelope.sender == "":
        fields["automation"] = "auto-replied"
    return fields


def encode(fields: Fields) -> bytes:
    """JSON of an event, made to fit: first the HTML gives way, then the text, then the lists of addresses."""
    encoded = orjson.dumps(fields)
    while len(encoded) > EVENT_LIMIT_BYTES:
        excess = len(encoded) - EVENT_LIMIT_BYTES
        text = fields["text"]
        if fields["html_body"] is not None:
            fields["html_body"] = None
            _note(fields, HTML_NOT_SHOWN)
        elif fields["reply_text"] and len(fields["reply_text"]) > 2_000 and len(text) > 2_000:
            fields["reply_text"] = fields["reply_text"][: len(fields["reply_text"]) * 3 // 4]
            fields["text"], fields["text_cut"] = text[: len(text) * 3 // 4], True
        elif len(text) > 2_000:
            # A character takes up to six bytes; cutting one for each byte too many would cut too much of Chinese.
            fields["text"] = text[: min(len(text) - excess // 6 - 1, max(2_000, len(text) * 9 // 10))]
            fields["text_cut"] = True
        else:
            cut = bool(fields["attachments"])
            for name in ("to", "cc", "attachments", "defects", "undelivered"):
                fields[name] = fields[name][: len(fields[name]) // 2]
            if cut:
                _note(fields, "attachments_cut")
            fields["threading"]["references"] = fields["threading"]["references"][-10:]
        encoded = orjson.dumps(fields)
    return encoded


def _empty() -> Fields:
    return {
        "channel": "email",
        "disposition": "message",
        "disposition_reason": "",
        "sent_at": None,
        "reply_to": None,
        "to": [],
        "cc": [],
        "subject": "",
        "text": "",
        "text_cut": False,
        "reply_text": None,
        "html": False,
        "html_body": None,
        "language": None,
        "protection": None,
        "automation": "no",
        "undelivered": [],
        "authentication": {"grade": "claimed"},
        "filtered": None,
        "attachments": [],
        "defects": [],
    }


def _threading(found: Understood | None, envelope: Envelope) -> Fields:
    tokens = read_tokens(envelope.recipients)
    original = found.original if found else None
    return {
        "message_id": found.message_id if found else None,
        "in_reply_to": found.in_reply_to if found else None,
        "references": found.references if found else [],
        "reply_token": clean_line(tokens.reply) if tokens.reply else None,
        "bounce_token": clean_line(tokens.bounce) if tokens.bounce else None,
        "bounced_message_id": clean_line(original.message_id) if original and original.message_id else None,
    }


def _undelivered(bounce: Bounce) -> Fields:
    return {
        "recipient": clean_line(bounce.recipient),
        "status": bounce.status,
        "reason": bounce.reason,
        "diagnostic": clean_line(bounce.diagnostic),
        "action": bounce.action,
    }


def _attachment(file: File) -> Fields:
    kind = clean_line(file.content_type, 200).lower()
    name = shown_filename(file.filename)
    looked_at = file_type_of(file.content, name, kind)
    return {
        "filename": name,
        "content_type": kind if "/" in kind else "application/octet-stream",
        "size_bytes": len(file.content),
        "sha256": sha256(file.content).hexdigest(),
        "inline": file.inline,
        "content_id": (clean_line(file.content_id) or None) if file.content_id else None,
        "blob": None,
        "detected_type": looked_at.detected,
        "dangerous": looked_at.dangerous,
    }


def _note(fields: Fields, defect: str) -> None:
    """Say what was left out or wrong, once."""
    defects = fields["defects"]
    if defect not in defects and len(defects) < DEFECT_LIMIT:
        defects.append(defect)


def _plausible(date: datetime) -> datetime | None:
    """A date that a mail can have; others are forged, or the clock's battery was empty."""
    return date if 1980 <= date.year <= 2199 else None


def _unusable(raw: bytes, mail: Mail) -> str | None:
    """Why this is no mail although something was read, or None."""
    if not raw.strip(b"\r\n\t \0"):
        return "the mail is empty"
    if not mail.headers:
        return "there are no headers"
    if not any(name.replace("-", "").isalnum() and name.isascii() for name in mail.headers):
        return "there are no headers with a name"
    return None
