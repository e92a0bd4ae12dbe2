"""What is kept of a pair of numbers: the wish in force, since when, and which messages have said their part in it.

Twilio tells a text again, and its webhooks do not say when it was sent: a message that was noted before says nothing
new, whatever was wished since. Where the time is known (Twilio's lists), what is older than the wish in force is late.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

import orjson
from pydantic import TypeAdapter, ValidationError

from intake_phone.domain.texts.opt_out import Wish

MOST_SIDS: Final = 30
"""Messages that are remembered of one pair; Twilio tells one again within minutes, not after thirty others."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one pair.

    Attributes:
        wish: in force; of a window: START is open, STOP is shut.
        at: since when, seconds since 1970.
        sids: of the last messages that were noted, the newest last.
    """

    wish: Wish = Wish.NONE
    at: float = 0.0
    sids: tuple[str, ...] = ()

    def taken(self, wish: Wish, sid: str, at: float | None, now: float) -> Self | None:
        """What is kept once a message has said what it wishes; None: it was noted before.

        Args:
            sid: of the message; empty: nobody can tell it again.
            at: when it was said; None: just now.
        """
        if sid and sid in self.sids:
            return None
        noted = replace(self, sids=(*self.sids, sid)[-MOST_SIDS:] if sid else self.sids)
        # Twilio's times are whole seconds and its lists newest first: of two that are as old, the first one is newer.
        if wish not in (Wish.STOP, Wish.START) or (at is not None and at <= self.at):
            return noted
        # The clocks of replicas are apart: what counts now is never older than what it takes the place of.
        return replace(noted, wish=wish, at=max(self.at, now if at is None else at))

    def written(self) -> bytes:
        """As it is stored."""
        return orjson.dumps(self)


_READS: Final = TypeAdapter(Kept)


def read_kept(value: bytes | None) -> Kept:
    """What was stored; nothing for what makes no sense. Releases before kept the bare wish, or of a window its time."""
    if value is None:
        return Kept()
    if value.isdigit():
        return Kept(Wish.START, float(value))
    if value in (Wish.STOP.encode(), Wish.START.encode()):
        return Kept(Wish(value.decode()))
    try:
        return _READS.validate_json(value)
    except ValidationError:
        return Kept()
