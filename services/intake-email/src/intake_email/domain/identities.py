"""Who sent a mail to whom, and which mails it belongs to: addresses and message ids out of headers."""

import re
from collections.abc import Iterable
from typing import Any

from intake_email.domain.envelope import Envelope
from intake_email.domain.mail import Mail, Mailbox
from intake_email.domain.words import LINE_LIMIT_CHARS, clean_line
from ventanilla_contracts.events import REFERENCE_LIMIT

PARTY_LIMIT = 100
UNKNOWN = "unknown"
"""Address of a sender that nothing names."""
_ANGLE_ID = re.compile(r"<([^<>]{1,998})(?:>|(?=<))")
_ANY_ID = re.compile(r"<([^<>]{1,998})(?:>|(?=<))|([^<>\s,;()\"]+)")
_BARE_ID = re.compile(r"[^<>\s,;]{1,998}")
_SPACES = re.compile(r"\s+")
_HEADER_LIMIT_CHARS = 100_000

PartyValue = dict[str, Any]
"""A `ventanilla_contracts.events.Party` before it is encoded."""


def author_of(mail: Mail) -> Mailbox:
    """Who wrote a mail: From, and where that is unusable Reply-To, Sender, Return-Path; the address may be empty."""
    for mailboxes in (mail.senders, mail.reply_to, mail.sender, mail.return_path):
        for mailbox in mailboxes:
            if _usable(mailbox):
                if mailboxes is mail.senders or not mail.senders:
                    return mailbox
                # Whatever From says beside its useless address is still the name that the writer goes by.
                return Mailbox(mailbox.address, mail.senders[0].name or mailbox.name)
    return mail.senders[0] if mail.senders else Mailbox("")


def _usable(mailbox: Mailbox) -> bool:
    local, at, domain = mailbox.address.rpartition("@")
    return bool(at and local and domain) and not any(map(str.isspace, mailbox.address))


def party(mailbox: Mailbox) -> PartyValue | None:
    """An address in lower case with its name; None if it is none."""
    address = clean_line(mailbox.address).replace(" ", "").lower()
    return {"address": address, "name": clean_line(mailbox.name)} if address else None


def parties(mailboxes: Iterable[Mailbox]) -> list[PartyValue]:
    """The addresses of a header, each once, in order."""
    found: dict[str, PartyValue] = {}
    for mailbox in mailboxes:
        if (one := party(mailbox)) is not None:
            found.setdefault(one["address"], one)
            if len(found) == PARTY_LIMIT:
                break
    return list(found.values())


def sender_party(mail: Mail, envelope: Envelope) -> PartyValue:
    """Who a mail is from, by the mail itself or else by its envelope; the unknown sender if neither names one."""
    author = author_of(mail)
    found = party(author)
    if found is not None and "@" in found["address"]:
        return found
    return envelope_party(envelope, author.name)


def envelope_party(envelope: Envelope, name: str = "") -> PartyValue:
    """The envelope's sender, or the unknown one."""
    return party(Mailbox(envelope.sender, name)) or {"address": UNKNOWN, "name": clean_line(name)}


def message_id(mail: Mail) -> str | None:
    """The mail's own id, without angle brackets."""
    for value in mail.headers.get("message-id", ()):
        if ids := _ids(value) or [word for word in _BARE_ID.findall(value[:LINE_LIMIT_CHARS]) if word]:
            return ids[0]
    return None


def in_reply_to(mail: Mail) -> str | None:
    """The first id that `In-Reply-To` names; older programs write words around it."""
    for value in mail.headers.get("in-reply-to", ()):
        if ids := _ids(value):
            return ids[0]
    return None


def references(mail: Mail) -> list[str]:
    """The ids of `References`; of a long list the first and the last ones, which are the thread and its end."""
    value = " ".join(mail.headers.get("references", ()))
    pairs = _ANY_ID.findall(value[:_HEADER_LIMIT_CHARS])
    found = _unique(angle or bare for angle, bare in pairs if angle or "@" in bare) or _ids(value)
    return found if len(found) <= REFERENCE_LIMIT else found[:1] + found[1 - REFERENCE_LIMIT :]


def _ids(value: str) -> list[str]:
    """Ids out of a header value, without angle brackets, each once, in order; bare ones where none has brackets."""
    value = value[:_HEADER_LIMIT_CHARS]
    found = _ANGLE_ID.findall(value) or [word for word in _BARE_ID.findall(value) if "@" in word]
    return _unique(found)


def _unique(ids: Iterable[str]) -> list[str]:
    """Ids each once, in order, without white space."""
    joined = (clean_line(_joined(one), LINE_LIMIT_CHARS) for one in ids)
    return list(dict.fromkeys(one for one in joined if one))


def _joined(one: str) -> str:
    """An id in one piece: a fold inside it belongs to whoever folded it, but white space between quotes is meant."""
    if '"' not in one:
        return _SPACES.sub("", one)
    return '"'.join(piece if index % 2 else _SPACES.sub("", piece) for index, piece in enumerate(one.split('"')))
