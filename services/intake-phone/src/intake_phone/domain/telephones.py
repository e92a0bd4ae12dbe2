"""Agents' telephones: whose rings next, and what is kept of those that rang, for a caller who waits and for a callback.

Both follow the desk's order. Who answered and did not take it is not rung again (so neither is a private voicemail,
which presses no key), nor who cannot be rung at all. A leg of which nobody knows whether it was made holds its place
until that is known, unless whoever it was for is not there any more.

Where they differ, each has its reason:

- A caller who waits is there until they hang up, so who did not answer is rung again, a few times. A callback goes
  round once in an attempt: its customer has hung up long ago, and the desk plans the next attempt.
- A caller is spoken to in a language, so who speaks it comes first. What the desk tells of a callback names none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from intake_phone.domain.calls.placing import read_placing

TALKED, DECLINED, FAILED, LOST, STOPPED = "talked", "declined", "failed", "lost", "stopped"
"""How a leg ended, beside Twilio's own words for it: of what `LOST` was nobody can find out, `STOPPED` we have it."""
MISSED: Final = "missed"
"""As above: the key was pressed, and nobody was in the queue. Whoever pressed it has declined nobody."""
_NEVER_AGAIN: Final = frozenset({DECLINED, FAILED})
_OUT, _END, _MISS = "out.", "end.", "miss."
_ENDED_CHARACTERS: Final = 20


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
class Leg:
    """One telephone that was rung.

    Attributes:
        number: which time it rings for this agent, from 1. sid: Twilio's; empty: not known (yet).
        ended: how it ended: `no-answer`, `busy`, `declined`, `talked`, …; empty: it rings, or an agent listens.
        at: when it was made, Unix time; 0: not known.
    """

    handle: str
    number: int
    sid: str
    ended: str
    at: float = 0.0

    @property
    def name(self) -> str:
        """As its keys are called."""
        return leg_name(self.handle, self.number)


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done about the telephones now; with each agent stands which time theirs rings, from 1.

    Attributes:
        unsure: who may have been rung already: under the same key it is found out.
        fresh: who is to be rung, in this order.
        lost: legs of which nobody can find out: whoever they were for is not there any more.
        hopeless: nothing rings, and nobody is left who could be rung.
    """

    unsure: tuple[tuple[Agent, int], ...] = ()
    fresh: tuple[tuple[Agent, int], ...] = ()
    lost: tuple[Leg, ...] = ()
    hopeless: bool = False


def due(team: Sequence[Agent], legs: Sequence[Leg], *, at_once: int, each: int, language: str = "") -> Due:
    """What is to be done about a team's telephones, after what became of the legs so far.

    Args:
        team: whoever can be rung now, in the desk's order.
        at_once: so many telephones ring at the same time at most. each: so often one telephone rings at most.
        language: who speaks it comes first, the others when none of them is left; empty: it makes no difference.
    """
    there = {agent.handle: agent for agent in team}
    in_doubt = [leg for leg in ongoing(legs) if not leg.sid]
    lost = tuple(leg for leg in in_doubt if leg.handle not in there)
    unsure = tuple((there[leg.handle], leg.number) for leg in in_doubt if leg.handle in there)
    going = len(ongoing(legs)) - len(lost)
    free = [agent for agent in team if _may_ring(_legs_of(legs, agent), each)]
    speaks = [agent for agent in free if not (language and agent.languages) or language in agent.languages]
    turns = [(agent, len(_legs_of(legs, agent)) + 1) for agent in speaks or free]
    turns.sort(key=lambda turn: turn[1])  # nobody a second time before the others; the desk's order stays
    return Due(unsure, tuple(turns[: max(at_once - going, 0)]), lost, not going and not free)


def ongoing(legs: Sequence[Leg]) -> tuple[Leg, ...]:
    """Legs that ring, or on which an agent listens."""
    return tuple(leg for leg in legs if not leg.ended)


def ended_as(status: str) -> str:
    """How a leg ended on which nobody took anything, by Twilio's status of it.

    Whoever answers and takes nobody has declined; so has the voicemail that answered in their place.
    """
    return DECLINED if status in {"", "completed"} else status[:_ENDED_CHARACTERS]


def leg_name(handle: str, number: int) -> str:
    """As the keys of a leg are called."""
    return f"{handle}.{number}"


def out_key(leg: str) -> str:
    """What follows the prefix, in the key under which a leg of this name is made."""
    return f"{_OUT}{leg}"


def end_key(leg: str) -> str:
    """What follows the prefix, in the key that says how a leg of this name ended."""
    return f"{_END}{leg}"


def missed_key(leg: str) -> str:
    """What follows the prefix, in the key that says that on a leg of this name the key was pressed in vain."""
    return f"{_MISS}{leg}"


def read_legs(found: Mapping[str, bytes]) -> tuple[Leg, ...]:
    """The legs among what is kept; what cannot be read is not there.

    Args:
        found: what follows the prefix in each key → its value.
    """
    legs = []
    for key, value in sorted(found.items()):
        handle, _, number = key.removeprefix(_OUT).rpartition(".")
        if not key.startswith(_OUT) or not handle or not number.isdecimal():
            continue
        placing = read_placing(value)
        name = leg_name(handle, int(number))
        ended = found.get(end_key(name), b"").decode("utf-8", "replace")
        if ended == DECLINED and missed_key(name) in found:
            ended = MISSED
        refused = FAILED if placing is not None and placing.refused else ""
        at = placing.tried if placing else 0.0
        legs.append(Leg(handle, int(number), placing.sid if placing else "", ended or refused, at))
    return tuple(legs)


def _may_ring(legs: Sequence[Leg], each: int) -> bool:
    ended = {leg.ended for leg in legs}
    return len(legs) < each and "" not in ended and not ended & _NEVER_AGAIN


def _legs_of(legs: Sequence[Leg], agent: Agent) -> list[Leg]:
    return [leg for leg in legs if leg.handle == agent.handle]
