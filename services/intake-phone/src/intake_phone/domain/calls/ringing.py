"""A caller's wait for a team, as it is kept: who waits, whose telephones rang, who took the caller.

In turn one telephone rings at a time; at once all of them do. Who comes first is said in `domain.telephones`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from intake_phone.domain.telephones import Agent, Due, Leg, due, ongoing, read_legs

RINGS_EACH: Final = 3
"""So often one telephone rings for one caller at most."""
AT_ONCE: Final = 20
"""So many telephones ring at the same time at most."""
WISH, GONE, NOBODY, KEY = "wish", "gone", "nobody", "key"
ENTERS: Final = "enters"
"""Key of a wish that was told on the way into the queue: an agent who listens there already takes its caller before
there is a round of waiting."""
LEFT, SERVED = "left", "served"
"""How a wait ended by the word of its own, which is the value of its key `GONE`: nobody had talked to the caller; or
somebody had, whom it does not name."""
OVER: Final = "over"
"""Key of a call itself, beside those of its waits: it has ended, so nobody waits in it any more."""
_TAKEN: Final = "taken."
_CLOCKS_APART_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody waits for a team.

    Attributes:
        desk: number that was called. caller: in E.164, or empty. name: of the caller, as the desk knows it.
        leg: query of an agent's leg. ticket: that the call is about, or None. tickets: the caller's open ones.
        at: since when, Unix time.
    """

    team: str
    queue: str
    in_turn: bool
    ring_seconds: int
    leg: str
    desk: str
    language: str
    at: float
    caller: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    ticket: int | None = None
    tickets: tuple[int, ...] = ()

    def known_as(self, name: str, tickets: tuple[int, ...]) -> "Wish":
        """With what the desk knows of the caller."""
        return replace(self, name=name, tickets=tickets)


@dataclass(frozen=True, slots=True)
class Taken:
    """An agent has taken the caller out of the queue.

    Attributes:
        leg: SID of the agent's call. at: Unix time.
    """

    handle: str
    name: str
    leg: str
    at: float


@dataclass(frozen=True, slots=True)
class Ring:
    """All that is kept of one caller's wait for a team.

    Attributes:
        gone: the caller waits no longer. nobody: nobody rings, nor could. by_key: the caller pressed the key to leave.
        ended: `LEFT` or `SERVED`; empty: nothing told how it ended, if it has.
    """

    wish: Wish | None = None
    legs: tuple[Leg, ...] = ()
    taken: Taken | None = None
    gone: bool = False
    nobody: bool = False
    by_key: bool = False
    ended: str = ""

    @property
    def over(self) -> bool:
        """Whether nobody has to ring any more."""
        return self.gone or self.taken is not None

    @property
    def ongoing(self) -> tuple[Leg, ...]:
        """Legs that ring, or on which an agent listens."""
        return ongoing(self.legs)


@dataclass(frozen=True, slots=True)
class Waits:
    """All that is kept of a call's waits.

    Attributes:
        rings: each under the step at which the caller joined the queue, the first one first.
        over: the call has ended; all its waits are `gone` then, also those of which nothing is kept yet.
    """

    rings: Mapping[int, Ring] = field(default_factory=dict)
    over: bool = False

    def at(self, step: int) -> Ring:
        """One wait."""
        return self.rings.get(step) or Ring(gone=self.over)

    @property
    def talk(self) -> tuple[int, Ring] | None:
        """The wait that an agent ended, with its step; the last one, if there were several."""
        return self._last([step for step, ring in self.rings.items() if ring.wish and ring.taken])

    @property
    def last(self) -> tuple[int, Ring] | None:
        """The last wait that somebody was to be rung for, with its step."""
        return self._last([step for step, ring in self.rings.items() if ring.wish])

    def _last(self, steps: Sequence[int]) -> tuple[int, Ring] | None:
        step = max(steps, default=None)
        return None if step is None else (step, self.rings[step])


def due_for(ring: Ring, team: Sequence[Agent]) -> Due:
    """What is to be done about a team's telephones for a caller; nothing once nobody has to ring any more."""
    if ring.wish is None or ring.over:
        return Due()
    at_once = 1 if ring.wish.in_turn else AT_ONCE
    return due(team, ring.legs, at_once=at_once, each=RINGS_EACH, language=ring.wish.language)


def taken_key(leg: str) -> str:
    """What follows a call's name in the key that says who took the caller; `leg` is the SID of the agent's call."""
    return f"{_TAKEN}{leg}"


def write_wish(wish: Wish) -> bytes:
    """The form that `read_waits` reads."""
    return orjson.dumps({name: getattr(wish, name) for name in Wish.__slots__})


def write_taken(taken: Taken) -> bytes:
    """The form that `read_waits` reads."""
    return orjson.dumps({name: getattr(taken, name) for name in Taken.__slots__})


def over_key(call: str) -> str:
    """The key that says that a call has ended."""
    return f"ring.{call}.{OVER}"


def read_waits(found: Mapping[str, bytes]) -> Waits:
    """A call's waits. What cannot be read is not there.

    Args:
        found: what follows the call's name in each key → its value.
    """
    takings = [
        taken for key, value in sorted(found.items()) if key.startswith(_TAKEN) and (taken := _read_taken(value))
    ]
    waits: dict[int, dict[str, bytes]] = {}
    for key, value in found.items():
        step, _, rest = key.partition(".")
        if step.isdecimal():
            waits.setdefault(int(step), {})[rest] = value
    over = OVER in found
    return Waits({step: _read_ring(kept, takings, over=over) for step, kept in sorted(waits.items())}, over)


def _read_ring(found: Mapping[str, bytes], takings: Sequence[Taken], *, over: bool) -> Ring:
    wish = _read_wish(found.get(WISH))
    told = wish or _read_wish(found.get(ENTERS))
    # Out of which queue they were taken nobody tells: it is the one that they waited in then.
    since = (told.at if told else 0.0) - _CLOCKS_APART_SECONDS
    taken = next((one for one in takings if one.at >= since), None)
    wish = told if taken else wish
    gone = found.get(GONE)
    ended = "" if gone is None else SERVED if gone == SERVED.encode() else LEFT
    return Ring(wish, read_legs(found), taken, over or gone is not None, NOBODY in found, KEY in found, ended)


def _read_wish(value: bytes | None) -> Wish | None:
    try:
        fields: dict[str, Any] = orjson.loads(value or b"")
        fields["tickets"] = tuple(fields.get("tickets", ()))
        return Wish(**{name: fields[name] for name in Wish.__slots__ if name in fields})
    except (orjson.JSONDecodeError, TypeError, AttributeError):
        return None


def _read_taken(value: bytes | None) -> Taken | None:
    try:
        fields: dict[str, Any] = orjson.loads(value or b"")
        return Taken(str(fields["handle"]), str(fields["name"]), str(fields["leg"]), float(fields["at"]))
    except (orjson.JSONDecodeError, TypeError, KeyError, ValueError):
        return None
