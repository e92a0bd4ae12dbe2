"""The desk's own addresses: which of them a recipient means, and what its plus part carries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

REPLY_TAG, BOUNCE_TAG = "t.", "b."
"""`box+t.<token>@` is where a reply to a ticket goes, `box+b.<token>@` where a bounce of our mail goes."""
_POSTMASTER = "postmaster"


class Mailboxes:
    """The configured mailboxes. Addresses are compared without case, and with any plus part."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._known = {address.strip().lower() for address in addresses if address.strip()}
        self._first = next((address.strip().lower() for address in addresses if address.strip()), "")
        self._by_domain: dict[str, str] = {}
        for address in addresses:
            cleaned = address.strip().lower()
            self._by_domain.setdefault(cleaned.rpartition("@")[2], cleaned)

    def __contains__(self, address: str) -> bool:
        return address in self._known

    def account_for(self, recipient: str) -> str | None:
        """The mailbox that a recipient of an envelope means, in lower case; None if it is none of ours.

        Postmaster (RFC 5321 section 4.5.1) is read by the first mailbox of its domain; without a domain, by the first.
        """
        address = recipient.lower()
        if address in self._known:
            return address
        local, at, domain = address.rpartition("@")
        if not at:
            return self._first if domain == _POSTMASTER else None
        box, plus, _ = local.partition("+")
        if plus and f"{box}@{domain}" in self._known:
            return f"{box}@{domain}"
        return self._by_domain.get(domain) if local == _POSTMASTER else None


def by_mailbox(recipients: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Recipients, given as (mailbox, recipient), grouped by mailbox in order of their first."""
    found: dict[str, tuple[str, ...]] = {}
    for mailbox, recipient in recipients:
        found[mailbox] = (*found.get(mailbox, ()), recipient)
    return found


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the plus parts of a mail's recipients carried."""

    reply: str | None = None
    bounce: str | None = None


def read_tokens(recipients: Sequence[str]) -> Tokens:
    """Find the reply and the return-path token among the recipients; the first of each kind counts."""
    reply = bounce = None
    for recipient in recipients:
        if "+" not in recipient:
            continue
        tag = recipient.rpartition("@")[0].partition("+")[2]
        if tag[:2].lower() == REPLY_TAG and reply is None:
            reply = tag[2:] or None
        elif tag[:2].lower() == BOUNCE_TAG and bounce is None:
            bounce = tag[2:] or None
    return Tokens(reply, bounce)
