"""A mail as a `message.received.v1`: one form for every mail, whatever its own.

The event is built as a plain dictionary, because a pydantic model costs more than everything else here together; a test
holds every result against the model.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from intake_email.domain.addresses import read_tokens
from intake_email.domain.automation import automation_of
from intake_email.domain.bodies import text_of
from intake_email.domain.envelope import Envelope
from intake_email.domain.identities import envelope_party, message_id, message_ids, parties, references, sender_of
from intake_email.domain.mime import File, Mail, Unreadable, read_fast, within_bounds
from intake_email.domain.mime_by_hand import read_by_hand
from intake_email.domain.words import clean_filename, clean_line
from ventanilla_contracts.events import EVENT_LIMIT_BYTES, TEXT_LIMIT_CHARS

ATTACHMENT_LIMIT = 200
DEFECT_LIMIT = 50
LOOP_HEADER = "x-loop"
"""On every mail that leaves the desk: the mailbox it was sent from."""

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Understood:
    """What a mail says: the fields of the event that come from the mail, and the bytes of its attachments.

    Attributes:
        fields: as `ventanilla_contracts.events.MessageReceived` names them.
        files: in the order of `fields["attachments"]`.
    """

    fields: Fields
    files: list[File] = field(default_factory=list)


def understand(raw: bytes, envelope: Envelope, own_addresses: Collection[str] = ()) -> Understood:
    """Read a mail. Never raises because of the mail: what nobody can read becomes `unparseable`, with the reason.

    Args:
        raw: the mail as it was accepted.
        envelope: what the door knew.
        own_addresses: the desk's mailboxes, in lower case; a mail that the desk itself sent is an own loop.
    """
    bounded, defects = within_bounds(raw)
    try:
        mail = read_fast(bounded, defects)
    except Unreadable:
        try:
            mail = read_by_hand(bounded, defects)
        except Unreadable as error:
            return unparseable(envelope, str(error))
    if reason := _unusable(raw, mail):
        return unparseable(envelope, reason, mail)
    files = mail.files[:ATTACHMENT_LIMIT]
    if len(mail.files) > ATTACHMENT_LIMIT:
        mail = Mail(
            mail.headers,
            mail.senders,
            mail.reply_to,
            mail.to,
            mail.cc,
            mail.date,
            mail.texts,
            mail.htmls,
            files,
            (*mail.defects, "attachments_cut"),
        )
    return Understood(_fields(mail, envelope, own_addresses), files)


def unparseable(envelope: Envelope, reason: str, mail: Mail | None = None) -> Understood:
    """The event for bytes that nobody can read: it says so, names the envelope's sender, and points at the original."""
    fields = _empty()
    fields["disposition"] = "unparseable"
    fields["disposition_reason"] = clean_line(reason, 500)
    fields["sender"] = envelope_party(envelope)
    fields["threading"] = _threading(mail, envelope)
    if envelope.sender == "":
        fields["automation"] = "auto-replied"
    return Understood(fields)


def encode(fields: Fields) -> bytes:
    """JSON of an event, made to fit: first the text gives way, then the lists of addresses."""
    encoded = orjson.dumps(fields)
    while len(encoded) > EVENT_LIMIT_BYTES:
        excess = len(encoded) - EVENT_LIMIT_BYTES
        text = fields["text"]
        if len(text) > 2_000:
            # A character takes up to six bytes; cutting one for each byte too many would cut too much of Chinese.
            fields["text"] = text[: min(len(text) - excess // 6 - 1, max(2_000, len(text) * 9 // 10))]
            fields["text_cut"] = True
        else:
            for name in ("to", "cc", "attachments", "defects"):
                fields[name] = fields[name][: len(fields[name]) // 2]
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
        "html": False,
        "automation": "no",
        "authentication": {"grade": "claimed"},
        "attachments": [],
        "defects": [],
    }


def _fields(mail: Mail, envelope: Envelope, own_addresses: Collection[str]) -> Fields:
    fields = _empty()
    fields["sender"] = sender = sender_of(mail, envelope)
    reply_to = parties(mail.reply_to[:1])
    fields["reply_to"] = reply_to[0] if reply_to else None
    fields["to"] = parties(mail.to)
    fields["cc"] = parties(mail.cc)
    fields["subject"] = clean_line(mail.header("subject"))
    fields["text"], fields["text_cut"] = text_of(mail, TEXT_LIMIT_CHARS)
    fields["html"] = bool(mail.htmls)
    fields["threading"] = _threading(mail, envelope)
    fields["automation"] = automation_of(mail, envelope.sender)
    if mail.date is not None:
        fields["sent_at"] = _plausible(mail.date)
    if mail.files:
        fields["attachments"] = [_attachment(file) for file in mail.files]
    if mail.defects:
        fields["defects"] = list(mail.defects[:DEFECT_LIMIT])
    if sender["address"] in own_addresses and mail.header(LOOP_HEADER).strip().lower() in own_addresses:
        fields["disposition"] = "own_loop"
        fields["disposition_reason"] = "sent by this desk"
    return fields


def _threading(mail: Mail | None, envelope: Envelope) -> Fields:
    tokens = read_tokens(envelope.recipients)
    replied = message_ids(mail.header("in-reply-to")) if mail and "in-reply-to" in mail.headers else []
    return {
        "message_id": message_id(mail) if mail else None,
        "in_reply_to": replied[0] if replied else None,
        "references": references(mail) if mail and "references" in mail.headers else [],
        "reply_token": clean_line(tokens.reply) if tokens.reply else None,
        "bounce_token": clean_line(tokens.bounce) if tokens.bounce else None,
    }


def _attachment(file: File) -> Fields:
    kind = clean_line(file.content_type, 200).lower()
    return {
        "filename": clean_filename(file.filename),
        "content_type": kind if "/" in kind else "application/octet-stream",
        "size_bytes": len(file.content),
        "sha256": sha256(file.content).hexdigest(),
        "inline": file.inline,
        "content_id": (clean_line(file.content_id) or None) if file.content_id else None,
        "blob": None,
    }


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
