"""Who sent a mail to whom, and which mails it belongs to: addresses and message ids out of headers."""

import re
from typing import Any

from intake_email.domain.envelope import Envelope
from intake_email.domain.mime import Mail, Mailbox
from intake_email.domain.mime_by_hand import read_mailboxes
from intake_email.domain.words import LINE_LIMIT_CHARS, clean_line
from ventanilla_contracts.events import REFERENCE_LIMIT

PARTY_LIMIT = 100
UNKNOWN = "unknown"
"""Address of a sender that nothing names."""
_ANGLE_ID = re.compile(r"<([^<>\s]{1,998})>")
_BARE_ID = re.compile(r"[^<>\s,;]{1,998}")
_ADDRESS_INSIDE = re.compile(r"[^\s<>\"'(),:;@\\]{1,128}@[^\s<>\"'(),:;@\\]{1,255}")
_HEADER_LIMIT_CHARS = 100_000

PartyValue = dict[str, Any]
"""A `ventanilla_contracts.events.Party` before it is encoded."""


def party(mailbox: Mailbox) -> PartyValue | None:
    """An address in lower case with its name; None if it is none."""
    address = clean_line(mailbox.address).replace(" ", "").lower()
    return {"address": address, "name": clean_line(mailbox.name)} if address else None


def parties(mailboxes: list[Mailbox]) -> list[PartyValue]:
    """The addresses of a header, each once, in order."""
    found: dict[str, PartyValue] = {}
    for mailbox in mailboxes[: 2 * PARTY_LIMIT]:
        if (one := party(mailbox)) is not None:
            found.setdefault(one["address"], one)
    return list(found.values())[:PARTY_LIMIT]


def sender_of(mail: Mail, envelope: Envelope) -> PartyValue:
    """Who a mail is from: From, and where that is unusable Reply-To, Sender, the envelope's sender."""
    for mailbox in mail.senders or salvage(mail.headers.get("from")):
        if (found := party(mailbox)) is not None and "@" in found["address"]:
            return found
    for mailboxes in (mail.reply_to, read_mailboxes(mail.headers.get("sender"))):
        for mailbox in mailboxes:
            if (found := party(mailbox)) is not None and "@" in found["address"]:
                return found
    return envelope_party(envelope)


def envelope_party(envelope: Envelope) -> PartyValue:
    """The envelope's sender, or the unknown one."""
    return party(Mailbox(envelope.sender)) or {"address": UNKNOWN, "name": ""}


def salvage(values: list[str] | None) -> list[Mailbox]:
    """An address out of a header value that breaks the grammar: the last thing in it that looks like one."""
    for value in values or ():
        found = _ADDRESS_INSIDE.findall(value[:2_000])
        if found:
            name = value[: value.rfind(found[-1])].strip(" <\"'\t")
            return [Mailbox(found[-1], name)]
    return []


def message_id(mail: Mail) -> str | None:
    """The mail's own id, without angle brackets."""
    value = mail.header("message-id")
    if not value:
        return None
    ids = message_ids(value)
    return ids[0] if ids else None


def message_ids(value: str) -> list[str]:
    """Ids out of a header value, without angle brackets, each once, in order; bare ones where none has brackets."""
    value = value[:_HEADER_LIMIT_CHARS]
    found = _ANGLE_ID.findall(value) or [word for word in _BARE_ID.findall(value) if "@" in word]
    return list(dict.fromkeys(clean_line(one, LINE_LIMIT_CHARS) for one in found))


def references(mail: Mail) -> list[str]:
    """The ids of `References`; of a long list the first and the last ones, which are the thread and its end."""
    found = message_ids(" ".join(mail.headers.get("references", ())))
    return found if len(found) <= REFERENCE_LIMIT else found[:1] + found[1 - REFERENCE_LIMIT :]
