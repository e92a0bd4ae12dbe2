"""Whose telephone rings next for a caller who waits: from who is there, and what became of the legs so far.

Whoever answered and did not take the call is not rung again for it; whoever did not answer is, a few times. In turn one
telephone rings at a time; at once all of them do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from intake_phone.domain.calls.placing import read_placing

RINGS_EACH: Final = 3
"""So often one telephone rings for one caller at most."""
AT_ONCE: Final = 20
"""So many telephones ring at the same time at most."""
WISH, GONE, NOBODY, KEY = "wish", "gone", "nobody", "key"
_OUT, _END, _TAKEN = "out.", "end.", "taken."
_CLOCKS_APART_SECONDS: Final = 5.0
TALKED, DECLINED = "talked", "declined"
NEVER_AGAIN: Final = frozenset({DECLINED, "failed"})


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody whose telephone can ring.

    Attributes:
        handle: as the desk names them. phone: in E.164.
        languages: in which they can help; none: in any.
    """

    handle: str
    name: str
    phone: str = field(repr=False)
    languages: tuple[str, ...] = ()


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
class Leg:
    """One telephone that was rung for a caller.

    Attributes:
        number: which time it rings for this agent, from 1. sid: Twilio's; empty: not known (yet).
        ended: how it ended: `no-answer`, `busy`, `declined`, `talked`, …; empty: it rings, or an agent listens.
    """

    handle: str
    number: int
    sid: str
    ended: str

    @property
    def name(self) -> str:
        """As its keys are called."""
        return f"{self.handle}.{self.number}"


@dataclass(frozen=True, slots=True)
class Ring:
    """All that is kept of one caller's wait for a team.

    Attributes:
        gone: the caller waits no longer. nobody: nobody rings, nor could. by_key: the caller pressed the key to leave.
    """

    wish: Wish | None = None
    legs: tuple[Leg, ...] = ()
    taken: Taken | None = None
    gone: bool = False
    nobody: bool = False
    by_key: bool = False

    @property
    def over(self) -> bool:
        """Whether nobody has to ring any more."""
        return self.gone or self.taken is not None

    @property
    def ongoing(self) -> tuple[Leg, ...]:
        """Legs that ring, or on which an agent listens."""
        return tuple(leg for leg in self.legs if not leg.ended)


def talk_of(rings: Mapping[int, Ring]) -> tuple[int, Ring] | None:
    """The wait of a call that an agent ended, with the step at which it began; the last one, if there were several."""
    talks = [(step, ring) for step, ring in rings.items() if ring.wish is not None and ring.taken is not None]
    return max(talks, key=lambda one: one[0], default=None)


def next_legs(ring: Ring, team: Sequence[Agent]) -> list[tuple[Agent, int]]:
    """Who is to be rung now, and which time that is."""
    if ring.wish is None or ring.over:
        return []
    if ring.wish.in_turn and ring.ongoing:
        return []
    there = [agent for agent in team if _may_ring(ring, agent)]
    # Whoever speaks the caller's language comes first; the others only when none of them is left.
    speaks = [agent for agent in there if not agent.languages or ring.wish.language in agent.languages]
    free = [(len(_legs_of(ring, agent)), place, agent) for place, agent in enumerate(speaks or there)]
    free.sort(key=lambda one: one[:2])
    room = 1 if ring.wish.in_turn else max(AT_ONCE - len(ring.ongoing), 0)
    return [(agent, rung + 1) for rung, _, agent in free[:room]]


def is_exhausted(ring: Ring, team: Sequence[Agent]) -> bool:
    """Whether nobody rings, and nobody is left who could."""
    return not ring.ongoing and not any(_may_ring(ring, agent) for agent in team)


def _may_ring(ring: Ring, agent: Agent) -> bool:
    legs = _legs_of(ring, agent)
    ended = {leg.ended for leg in legs}
    return len(legs) < RINGS_EACH and "" not in ended and not ended & NEVER_AGAIN


def _legs_of(ring: Ring, agent: Agent) -> list[Leg]:
    return [leg for leg in ring.legs if leg.handle == agent.handle]


def out_key(name: str) -> str:
    """What follows a call's name in the key under which a leg is made."""
    return f"{_OUT}{name}"


def taken_key(leg: str) -> str:
    """What follows a call's name in the key that says who took the caller; `leg` is the SID of the agent's call."""
    return f"{_TAKEN}{leg}"


def end_key(name: str) -> str:
    """What follows a call's name in the key that says how a leg ended."""
    return f"{_END}{name}"


def write_wish(wish: Wish) -> bytes:
    """The form that `read_rings` reads."""
    return orjson.dumps({name: getattr(wish, name) for name in Wish.__slots__})


def write_taken(taken: Taken) -> bytes:
    """The form that `read_rings` reads."""
    return orjson.dumps({name: getattr(taken, name) for name in Taken.__slots__})


def read_rings(found: Mapping[str, bytes]) -> dict[int, Ring]:
    """A call's waits, each under the step at which the caller joined the queue. What cannot be read is not there.

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
    return {step: _read_ring(kept, takings) for step, kept in sorted(waits.items())}


def _read_ring(found: Mapping[str, bytes], takings: Sequence[Taken]) -> Ring:
    wish = _read_wish(found.get(WISH))
    legs = []
    for key, value in sorted(found.items()):
        handle, _, number = key.removeprefix(_OUT).rpartition(".")
        if not key.startswith(_OUT) or not handle or not number.isdecimal():
            continue
        placing = read_placing(value)
        ended = found.get(end_key(f"{handle}.{number}"), b"").decode("utf-8", "replace")
        refused = "failed" if placing is not None and placing.refused else ""
        legs.append(Leg(handle, int(number), placing.sid if placing else "", ended or refused))
    # Out of which queue they were taken nobody tells: it is the one that they waited in then.
    since = (wish.at if wish else 0.0) - _CLOCKS_APART_SECONDS
    taken = next((one for one in takings if one.at >= since), None)
    return Ring(wish, tuple(legs), taken, GONE in found, NOBODY in found, KEY in found)


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
