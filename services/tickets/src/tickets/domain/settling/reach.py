"""Whether mail gets to an address: what bounces and answers teach, as values.

A hard bounce (nobody there) stops further mail at once; soft ones (a full mailbox, a host that is away) only when three
in a row came within a week. One mail from the address, or an agent's word, lifts it. Which reports may say anything at
all is decided in `domain.settling.bounces`: only about a mail of ours, proven by its signature, and whom it went to.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ventanilla_contracts.events import Undelivered

SOFT_LIMIT: Final = 3
SOFT_WINDOW: Final = timedelta(days=7)

# What a refusal says about the address. Anything else says something about the one mail: too big, or its content was
# not wanted, which is no reason to write to nobody there again, unless it goes on and on.
_NOBODY_THERE: Final = frozenset({"user_unknown", "host_unknown"})
_SAYS_NOTHING: Final = frozenset({"message_too_big"})
_PASSING: Final = frozenset({"mailbox_full", "expired", "policy"})
# The next server is our own relay. That it does not want to (`relaying denied`, its own lists and limits) is about us.
_RELAY_KNOWS: Final = frozenset({"user_unknown", "host_unknown", "mailbox_full"})
BOUNCE_REASONS: Final = _NOBODY_THERE | _SAYS_NOTHING | _PASSING


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of the way to an address.

    Attributes:
        since: no mail is sent there from then on; None: it is.
        reason: of the bounce that stopped it.
        message_id: our message that bounced.
        soft: soft bounces in a row, the first of them at `soft_since`.
        lifted_at: bounces of mails that were sent before say nothing any more.
    """

    since: datetime | None = None
    reason: str | None = None
    message_id: UUID | None = None
    soft: int = 0
    soft_since: datetime | None = None
    lifted_at: datetime | None = None

    @property
    def stopped(self) -> bool:
        """No mail is sent there."""
        return self.since is not None


REACHED = Reach()
"""Of an address of which nothing is known."""


def hardness(report: Undelivered) -> str:
    """`hard`, `soft`, or `none` where the report says nothing about the address."""
    if report.action == "refused":
        telling = report.reason in _RELAY_KNOWS
    else:
        telling = report.action == "failed" and report.reason not in _SAYS_NOTHING
    if not telling:
        return "none"
    if report.reason in _NOBODY_THERE:
        return "hard"
    if report.reason in _PASSING or (report.status or "").startswith("4"):
        return "soft"
    return "hard" if (report.status or "").startswith("5") else "soft"


def after_bounce(reach: Reach, report: Undelivered, message_id: UUID, sent_at: datetime, now: datetime) -> Reach:
    """The way to an address after a report about one of our mails; the same object if it teaches nothing.

    Args:
        sent_at: when that mail was asked for.
    """
    kind = hardness(report)
    if kind == "none" or reach.stopped or (reach.lifted_at is not None and sent_at <= reach.lifted_at):
        return reach
    if kind == "soft":
        fresh = reach.soft_since is not None and reach.soft_since > now - SOFT_WINDOW
        soft = reach.soft + 1 if fresh else 1
        reach = replace(reach, soft=soft, soft_since=reach.soft_since if fresh else now)
        if soft < SOFT_LIMIT:
            return reach
    return replace(reach, since=now, reason=report.reason, message_id=message_id)


def after_sign_of_life(reach: Reach, now: datetime) -> Reach:
    """The way to an address that was heard of, or that an agent vouches for: mail is sent there again."""
    return Reach(lifted_at=now) if reach.stopped or reach.soft else reach
