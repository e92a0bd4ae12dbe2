"""What is remembered of a ticket's card: where it stands, what it shows, and what is just being posted.

Before anything is posted it is written down what and when: whoever finds that later reads Slack's history back before
posting it again. Fields that a release does not know are dropped, those it misses have their defaults.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final

GONE: Final = "gone"
"""Stands for a channel where there is none any more; Slack's ids are capital letters."""
DELETED: Final = "message_not_found"
"""Slack's word for a card that is no more; each other one leaves it there with what it shows."""
_STUCK: Final = 20
"""So many cards of a ticket that nobody could change are remembered."""
_OLDER: Final = 5
"""So many cards that a ticket left behind are turned into a line."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that may have been posted: it is known for sure only by what Slack's history shows.

    Attributes:
        id: what its metadata names it by.
        at: when Slack was asked, in seconds since 1970.
        by: the keeper that asked.
        channel: of a card; "" for a line of its thread.
    """

    id: str
    at: float
    by: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A ticket's card.

    Attributes:
        channel, ts: where it stands; "" while it stands nowhere.
        shown: digest of what it shows.
        posting: the card's post under way.
        older: cards in channels that the ticket has left, which still have to say so.
        looked: extract, why and similar were asked for.
        extract: the customer's first words. opening: id of the message that they are of.
        why: why it is where it is, as the router said when it came.
        by: priority, team, tier → who set it last and why, as far as the router did not: see `standing.set_by`.
        placed: priority, team and tier for which `why` and `by` hold; none: nobody has looked.
        weighed: up to this entry of its history `by` was read.
        weighed_at: cursor of the page of the history that this entry stands on.
        similar: tickets like it, as the card shows them.
        told: up to this entry of its history the thread has been told.
        cursor: of the page of the history that this entry stands on.
        telling: the line's post under way.
        unposted: why it stands nowhere, in Slack's word; "" where nothing is wrong.
        turn: another one each time somebody has used its menu.
        before: what was said before this card stands elsewhere: the channel that the ticket came from, `GONE` where
            that card is no more; "": nothing was, or its thread has said where.
        leaving: the post under way that says in the thread of the first of `older` where the ticket went.
        stuck: (channel, ts, Slack's word) of cards that it let nobody change: there they show what they showed.
    """

    channel: str = ""
    ts: str = ""
    shown: str = ""
    posting: Attempt | None = None
    older: tuple[tuple[str, str], ...] = ()
    looked: bool = False
    extract: str = ""
    opening: str = ""
    why: str = ""
    by: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    placed: tuple[str, ...] = ()
    weighed: int = 0
    weighed_at: str | None = None
    similar: tuple[Mapping[str, Any], ...] = field(default=())
    told: int = 0
    cursor: str | None = None
    telling: Attempt | None = None
    unposted: str = ""
    turn: str = ""
    before: str = ""
    leaving: Attempt | None = None
    stuck: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def parse(cls, value: bytes | None) -> "Kept":
        """What was written; nothing is known of a card whose record cannot be read."""
        try:
            found = json.loads(value or b"{}")
            known = {name: found[name] for name in (one.name for one in fields(cls)) if name in found}
            for name in ("posting", "telling", "leaving"):
                known[name] = Attempt(**known[name]) if known.get(name) else None
            known["older"] = tuple((str(channel), str(ts)) for channel, ts in known.get("older", ()))
            known["stuck"] = tuple((str(channel), str(ts), str(why)) for channel, ts, why in known.get("stuck", ()))
            known["similar"] = tuple(known.get("similar", ()))
            known["placed"] = tuple(str(one) for one in known.get("placed", ()))
            return cls(**known)
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()

    def written(self) -> bytes:
        """The form in which it is kept."""
        empty = asdict(Kept())
        changed = {name: value for name, value in asdict(self).items() if value != empty[name]}
        return json.dumps(changed, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def stands(self) -> bool:
        """Whether there is a card to be changed."""
        return bool(self.ts)

    def posted(self, channel: str, ts: str, shown: str) -> "Kept":
        """With a new card; the one that it replaces still has to say where the ticket went."""
        older = (*self.older, (self.channel, self.ts))[-_OLDER:] if self.stands else self.older
        before = self.before or ("" if not self.told else self.channel if self.stands else GONE)
        made = replace(self, channel=channel, ts=ts, shown=shown, posting=None, older=older, telling=None, unposted="")
        return replace(made, before=before)

    def stuck_at(self, channel: str, ts: str, code: str) -> "Kept":
        """Slack does not let a card be changed; of one that is deleted nothing is left to remember."""
        others = self.free_at(channel, ts)
        return others if code == DELETED else replace(others, stuck=(*others.stuck, (channel, ts, code))[-_STUCK:])

    def free_at(self, channel: str, ts: str) -> "Kept":
        """A card could be changed."""
        return replace(self, stuck=tuple(one for one in self.stuck if one[:2] != (channel, ts)))

    def gone(self) -> "Kept":
        """Somebody has deleted the card, or its channel."""
        return replace(self, channel="", ts="", shown="", posting=None, telling=None)
