"""Delivery status fields (RFC 3464) as they really come: without blank lines, with too many, in the text of a mail."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from intake_email.domain.bounces.limits import BOUNCE_LIMIT, STATUS_LIMIT_BYTES
from intake_email.domain.bounces.recipients import bare_name, field_address
from intake_email.domain.bounces.statuses import status_in
from intake_email.domain.mail import File, Mail

_RECIPIENT_FIELDS: Final = ("final-recipient", "original-recipient", "x-actual-recipient")
_KNOWN: Final = frozenset(
    {
        *_RECIPIENT_FIELDS,
        "action", "status", "remote-mta", "diagnostic-code", "last-attempt-date", "final-log-id", "will-retry-until",
        "reporting-mta", "dsn-gateway", "received-from-mta", "arrival-date", "original-envelope-id", "content-type",
        "content-transfer-encoding", "content-description", "content-disposition", "date", "subject",
    }
)  # fmt: skip
_DIAGNOSTIC_KIND: Final = re.compile(r"\s{0,8}(?:\S{1,64} #\d\.\d\.\d{1,3} )?\S{0,30}\s{0,8}\Z")
_ACTIONS: Final = ("failed", "delayed", "delivered", "relayed", "expanded")
_STATUS_TYPES: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_HIDING_PLACES: Final = ("message/", "text/", "application/octet-stream")
"""Kinds of parts that a delivery status with a wrong or no type of its own has been seen in."""


@dataclass(slots=True)
class Group:
    """The fields of one recipient, unfolded, by lower-case name."""

    fields: dict[str, str] = field(default_factory=dict)

    @property
    def recipient(self) -> str | None:
        """The address that failed, or None where the fields name none."""
        found = [address for name in _RECIPIENT_FIELDS if (address := field_address(self.fields.get(name, "")))]
        # A server's own name for a mailbox (user@sims-ms-daemon) is no address that we wrote to.
        return next((address for address in found if "." in address.rpartition("@")[2]), found[0] if found else None)

    @property
    def login(self) -> str:
        """What the fields name instead of an address."""
        return bare_name(self.fields.get("final-recipient", ""))

    @property
    def action(self) -> str:
        """One of the actions of RFC 3464; nothing if there is none, or one that nobody knows."""
        words = self.fields.get("action", "").lower().replace(";", " ").split()
        word = words[0].strip("()\"'.,") if words else ""
        if word in ("failure", "fail", "bounced", "undeliverable"):
            return "failed"
        return word if word in _ACTIONS else ""

    @property
    def status(self) -> str | None:
        """The enhanced status of the field, without its comment."""
        return status_in(self.fields.get("status", ""))

    @property
    def diagnostic(self) -> str:
        """The remote server's words, without the type in front of them."""
        # Exchange 2010 keeps another server's words in a field of its own: <host #5.1.1 smtp;550 …>.
        value = self.fields.get("diagnostic-code") or self.fields.get("x-supplementary-info", "").strip(" <>")
        kind, semicolon, words = value.partition(";")
        # `smtp; 550 …`, `X-Postfix; …`, `X-Notes; …`; some leave the type out, and their words may hold a semicolon.
        return words.strip() if semicolon and len(kind) <= 80 and _DIAGNOSTIC_KIND.match(kind) else value.strip()


def status_files(mail: Mail) -> list[File]:
    """The parts that are delivery statuses, by their type or else by what stands in them."""
    found = [file for file in mail.files[:50] if file.content_type in _STATUS_TYPES]
    if found:
        return found
    return [
        file
        for file in mail.files[:50]
        if file.content_type.startswith(_HIDING_PLACES)
        and b"final-recipient:" in file.content[:STATUS_LIMIT_BYTES].lower()
    ]


def decoded(content: bytes) -> str:
    """The text of a delivery status: ASCII by its standard, UTF-8 or a national charset in practice."""
    content = content[:STATUS_LIMIT_BYTES]
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def groups_in(text: str) -> list[Group]:
    """The recipients that a delivery status names, with their fields, at most `BOUNCE_LIMIT`."""
    found: list[Group] = []
    current = Group()
    gap = False
    for name, value in _fields(text):
        if not name:
            gap = True
            continue
        if _begins(current, name, gap=gap):
            _keep(current, found)
            if len(found) >= BOUNCE_LIMIT:
                return found
            current = Group()
        gap = False
        current.fields.setdefault(name, value)
    _keep(current, found)
    return found[:BOUNCE_LIMIT]


def _keep(group: Group, found: list[Group]) -> None:
    if any(name in group.fields for name in _RECIPIENT_FIELDS) and group.fields not in [
        other.fields for other in found[-1:]
    ]:
        found.append(group)


def _begins(group: Group, name: str, *, gap: bool) -> bool:
    """Whether a field begins the next recipient. Blank lines say little: some servers write one after each."""
    if name == "final-recipient":
        return name in group.fields
    if name == "original-recipient":
        return name in group.fields and (gap or "final-recipient" in group.fields)
    return gap and name in group.fields and "final-recipient" in group.fields


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Known fields in order, unfolded; an empty name stands for a blank line."""
    name, parts = "", [""]
    for line in text.splitlines():
        if not line.strip():
            if name:
                yield name, " ".join(parts)
            name, parts = "", [""]
            yield "", ""
            continue
        head, colon, rest = line.partition(":")
        label = head.strip("> \t").lower() if colon and len(head) <= 40 else ""
        if label in _KNOWN or (label.startswith("x-") and " " not in label and line[0] not in " \t"):
            if name:
                yield name, " ".join(parts)
            name, parts = label, [rest.strip()]
        elif name and len(parts) < 60:
            # A continuation, indented as it should be or not.
            parts.append(line.strip())
    if name:
        yield name, " ".join(parts)
