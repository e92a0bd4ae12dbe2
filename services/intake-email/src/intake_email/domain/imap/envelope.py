"""The envelope of a mail that was fetched: what delivery wrote into its head, in place of what SMTP would have said."""

import re
from functools import lru_cache

from intake_email.domain.envelope import RECIPIENT_LIMIT, UNKNOWN_SENDER, Envelope

HEAD_LIMIT_BYTES = 256 * 1024
_FIELDS = re.compile(
    rb"^(return-path|delivered-to|x-original-to|envelope-to|x-envelope-to|x-rcpt-to|x-delivered-to|x-forwarded-to"
    rb"|to|cc|resent-to|resent-cc)[ \t]{0,20}:([^\r\n]*(?:\r?\n[ \t][^\r\n]*){0,500})",
    re.IGNORECASE | re.MULTILINE,
)
_WRITTEN_BY_SENDERS = frozenset([b"to", b"cc", b"resent-to", b"resent-cc"])
_HEAD_END = re.compile(rb"\r?\n\r?\n")


def envelope_of(raw: bytes, account: str) -> Envelope:
    """Sender and recipients of a fetched mail, as far as its head tells.

    The sender is what Return-Path says, `<>` included, and `UNKNOWN_SENDER` where there is none. The recipients are the
    forms of the mailbox that the head names, with their plus parts; those that delivery wrote come first.

    Args:
        raw: the mail.
        account: the desk's mailbox, `name@domain` in lower case.
    """
    end = _HEAD_END.search(raw, 0, HEAD_LIMIT_BYTES)
    head = raw[: end.start() if end else HEAD_LIMIT_BYTES]
    sender: str | None = None
    by_delivery: list[str] = []
    by_sender: list[str] = []
    own = _own_forms(account)
    for match in _FIELDS.finditer(head):
        name = match[1].lower()
        value = match[2].decode("utf-8", "replace")
        if name == b"return-path":
            sender = _reverse_path(value) if sender is None else sender
        elif "@" in value:
            (by_sender if name in _WRITTEN_BY_SENDERS else by_delivery).extend(own.findall(value)[:RECIPIENT_LIMIT])
    recipients = tuple(dict.fromkeys([*by_delivery, *by_sender]))[:RECIPIENT_LIMIT]
    return Envelope(UNKNOWN_SENDER if sender is None else sender, recipients or (account,), door="imap")


def _reverse_path(value: str) -> str | None:
    """The address in a Return-Path; empty for the null sender, None if it says nothing."""
    value = value.strip()
    first, last = value.find("<"), value.rfind(">")
    if 0 <= first < last:
        inside = value[first + 1 : last].strip()
        return inside if not inside or "@" in inside else None
    return value if "@" in value and not any(character.isspace() for character in value) else None


@lru_cache(maxsize=256)
def _own_forms(account: str) -> re.Pattern[str]:
    """Finds the mailbox with any plus part."""
    local, _, domain = account.rpartition("@")
    return re.compile(
        rf"(?<![\w.!#$%&*+/=?^{{|}}~'`-]){re.escape(local)}(?:\+[^\s<>\"'(),:;@\\]{{1,200}})?@{re.escape(domain)}(?![\w.-])",
        re.IGNORECASE,
    )
