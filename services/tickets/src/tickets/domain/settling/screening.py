"""What is held back for a person to look at, although it could be settled: quarantine, never a loss.

`denied` by the desk's list; `unverified_join`, which names a ticket without proof and is suspicious besides;
`loop_suspected`, when one writer adds to a ticket faster than people do; `too_many` tickets of one sender or domain in
an hour; and whatever a rule says. The list of the allowed lifts what says that a sender may be false or unwelcome, but
only where the sender is proven: a list of names that anybody may write into a From header would be a way in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tickets.domain.settling.incoming import Incoming
from tickets.domain.settling.threads import Thread

DENIED: Final = "denied"
UNVERIFIED_JOIN: Final = "unverified_join"
LOOP_SUSPECTED: Final = "loop_suspected"
TOO_MANY: Final = "too_many"
SUSPICION: Final = "suspicion"
SUSPICIONS: Final = ("dmarc_fail", "own_domain", "lookalike", "display_name")
LIFTED_BY_ALLOW: Final = frozenset({"spam", TOO_MANY, UNVERIFIED_JOIN, SUSPICION, *SUSPICIONS})
"""Reasons that an allowed and proven sender does not meet; what else a rule says holds for everybody."""
REASONS: Final = LIFTED_BY_ALLOW | {DENIED, LOOP_SUSPECTED, "bounce_unproven", "unparseable"}
"""What messages are held back for without rules of the desk's own."""
LOOP_SECONDS: Final = 600.0
_REPORTS_PER_MESSAGE: Final = 5
"""So many more reports than messages: a mail to many people may bounce for each of them."""
_PROVEN_GRADES: Final = frozenset({"verified", "plausible"})
_MOST_LABELS: Final = 20

RateKey = tuple[str, datetime]
"""(address, or @domain; hour of acceptance)"""


@dataclass(frozen=True, slots=True)
class SenderList:
    """Whom the desk allows or denies: address or domain → `allow` or `deny`. A domain stands for its subdomains too."""

    entries: Mapping[str, str] = field(default_factory=dict)

    def says(self, address: str) -> str | None:
        """`allow`, `deny`, or None; the address counts more than its domain, and that more than the one above it."""
        if not self.entries:
            return None
        return next((found for name in names_of(address) if (found := self.entries.get(name)) is not None), None)


NOBODY = SenderList()


def names_of(address: str) -> list[str]:
    """What stands for an address in the sender list, that which counts most first: itself, its domain, those above."""
    labels = address.rpartition("@")[2].split(".")[-_MOST_LABELS:]
    return [address, *(".".join(labels[start:]) for start in range(len(labels)))]


@dataclass(slots=True)
class Screen:
    """What the messages of a batch are held against.

    Attributes:
        loop_limit: messages of one writer in one ticket within ten minutes; 0: any number.
        allowances: how many tickets may still be opened for a sender or a domain in an hour, where that is near its
            limit; they are used up as tickets are opened.
    """

    senders: SenderList = NOBODY
    loop_limit: int = 0
    allowances: dict[RateKey, int] = field(default_factory=dict)

    def denies(self, message: Incoming) -> bool:
        """The desk wants nothing of this sender without having looked at it."""
        return self.senders.says(message.sender_address) == "deny"

    def holds_reply(self, message: Incoming, recent: list[tuple[str, float]]) -> bool:
        """Whether a message that may join a ticket looks like one more turn of a loop.

        Args:
            recent: (author, Unix time) of what came in for the ticket.
        """
        if not self.loop_limit:
            return False
        at = message.accepted_at.timestamp()
        limit = self.loop_limit * (_REPORTS_PER_MESSAGE if message.claim.is_report else 1)
        author = message.sender_address
        # Replicas settle a ticket's messages in any order: what was accepted a little later counts too.
        return sum(who == author and abs(at - when) < LOOP_SECONDS for who, when in recent) >= limit

    def reason_against(self, message: Incoming, thread: Thread) -> str | None:
        """Why a message does not get a ticket of its own before somebody has looked at it; None: it gets one."""
        reason = _suspicious_join(message, thread) or message.decision.quarantine
        if reason == SUSPICION and message.suspicion:
            reason = message.suspicion  # rules ask for any kind; people who look want to know which
        if reason and not (reason in LIFTED_BY_ALLOW and self._trusts(message)):
            return reason
        if self.allowances and not self._draw(message) and not self._trusts(message):
            return TOO_MANY
        return None

    def _trusts(self, message: Incoming) -> bool:
        proven = message.grade in _PROVEN_GRADES and not message.claim.dmarc_failed
        return proven and self.senders.says(message.sender_address) == "allow"

    def _draw(self, message: Incoming) -> bool:
        """Use up a ticket of the sender's and of the domain's; whether there was one of each left."""
        left = True
        for key in rate_keys(message):
            if (allowance := self.allowances.get(key)) is not None:
                self.allowances[key] = allowance - 1
                left = left and allowance > 0
        return left


def rate_keys(message: Incoming) -> tuple[RateKey, RateKey]:
    """What the tickets of a sender are counted under: the address and the domain, each in the hour of acceptance."""
    at, address = message.accepted_at, message.sender_address
    hour = datetime(at.year, at.month, at.day, at.hour, tzinfo=at.tzinfo)
    return (address, hour), ("@" + address.rpartition("@")[2], hour)


def _suspicious_join(message: Incoming, thread: Thread) -> str | None:
    doubtful = message.suspicion in SUSPICIONS or message.claim.dmarc_failed
    return UNVERIFIED_JOIN if thread.related_to is not None and doubtful else None
