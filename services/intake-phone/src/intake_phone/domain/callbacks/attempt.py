"""One attempt to call a customer back, as it is kept: what is asked for, who was rung, who has taken it.

Agents are rung one after the other. Whoever presses the key has it, and nobody else: then the customer is called.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from intake_phone.domain.telephones import Agent, Due, Leg, due, leg_name, ongoing, read_legs
from intake_phone.errors import Senseless

BACK: Final = "b"
"""In a query, or in a form of ours: which attempt, and whose telephone."""
LANGUAGE, STAGE = "l", "s"
ASKED, DIALLED = "asked", "dialled"
"""What an agent's document follows: the question for the key, the customer's call."""
WANTED, GONE, TAKEN = "wanted", "gone", "taken"
MARGIN_SECONDS: Final = 30.0
"""So long before the desk gives an attempt up nobody is called any more."""

CALLING, TALKED, NO_ANSWER, BUSY, NOBODY, GAVE_UP, FAILED = (
    "calling", "talked", "customer_no_answer", "customer_busy", "nobody_took_it", "agent_gave_up", "failed",
)  # fmt: skip
GOES_ON: Final = frozenset({"queued", "initiated", "ringing", "in-progress"})
"""Of a call that is not over, as far as Twilio's list knows."""
_OUTCOMES: Final[Mapping[str, str]] = {
    "completed": TALKED,
    "answered": TALKED,
    "in-progress": TALKED,
    "busy": BUSY,
    "no-answer": NO_ANSWER,
    "canceled": GAVE_UP,  # the agent hung up while it rang
}


@dataclass(frozen=True, slots=True)
class Name:
    """Which attempt of which callback."""

    callback: str
    attempt: int

    def __str__(self) -> str:
        return f"{self.callback}.{self.attempt}"

    @property
    def prefix(self) -> str:
        """What the keys of this attempt begin with."""
        return f"back.{self}."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the desk asks for.

    Attributes:
        agent: handle of the one agent who calls; empty: whoever of the team is there.
        number: of the customer, in E.164. desk: the desk's number that both see.
        until: when the desk gives it up, Unix time.
    """

    ticket: int
    team: str
    agent: str
    number: str = field(repr=False)
    desk: str
    until: float


@dataclass(frozen=True, slots=True)
class Taken:
    """Who calls the customer; `leg` is the SID of their own call."""

    handle: str
    leg: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """All that is kept of one attempt."""

    wanted: Wanted | None = None
    legs: tuple[Leg, ...] = ()
    taken: Taken | None = None
    gone: bool = False

    @property
    def ongoing(self) -> tuple[Leg, ...]:
        """Legs that ring, or on which an agent listens."""
        return ongoing(self.legs)

    def is_over(self, now: float) -> bool:
        """Whether nobody is to be rung any more."""
        late = self.wanted is not None and now > self.wanted.until - MARGIN_SECONDS
        return self.gone or self.taken is not None or late


def due_for(attempt: Attempt, there: Sequence[Agent]) -> Due:
    """What is to be done about the telephones of whoever is there: one at a time, each once in an attempt."""
    wanted = attempt.wanted.agent if attempt.wanted else ""
    return due([agent for agent in there if wanted in ("", agent.handle)], attempt.legs, at_once=1, each=1)


def leg_of(handle: str) -> str:
    """The name of an agent's leg, as its keys are called."""
    return leg_name(handle, 1)


def leg_query(name: Name, handle: str, language: str = "", stage: str = "") -> str:
    """The query that an agent's leg carries in its addresses."""
    fields = {BACK: f"{name}/{handle}", LANGUAGE: language, STAGE: stage}
    return urlencode({key: value for key, value in fields.items() if value})


def read_leg(query: Mapping[str, str]) -> tuple[Name, str]:
    """Which attempt an agent's leg was made for, and whose telephone it is.

    Raises:
        Senseless: it does not say.
    """
    name, slash, handle = query.get(BACK, "").partition("/")
    callback, _, attempt = name.rpartition(".")
    if not (slash and handle and callback and attempt.isdecimal()):
        raise Senseless("a leg of a callback without its name")
    return Name(callback, int(attempt)), handle


def outcome_of(status: str, *, hung_up: bool = False) -> str:
    """What became of the customer's call, by Twilio's status of it.

    Args:
        hung_up: the agent's own call is over, or the customer's rang for less than it may. Where nobody answers in time
            both go on until then, so whoever is gone has not waited for that.
    """
    outcome = _OUTCOMES.get(status, FAILED)
    return GAVE_UP if hung_up and outcome == NO_ANSWER else outcome


def word(name: Name, outcome: str, handle: str = "", call: str = "", seconds: str = "") -> dict[str, str]:
    """What the desk is to be told, as a form."""
    return {
        "Callback": name.callback,
        "Attempt": str(name.attempt),
        "Outcome": outcome,
        "Agent": handle,
        "Call": call,
        "Seconds": seconds if seconds.isdecimal() and len(seconds) < 6 else "",
    }


def read_word(form: Mapping[str, str]) -> tuple[Name, dict[str, Any]]:
    """What `word` wrote: which attempt, and the body that tells the desk of it.

    Raises:
        Senseless: it was not that.
    """
    try:
        name = Name(form["Callback"], int(form["Attempt"]))
        told: dict[str, Any] = {
            "outcome": form["Outcome"],
            "agent": form["Agent"] or None,
            "call": form["Call"] or None,
        }
        return name, told | {"seconds": int(form["Seconds"]) if form["Seconds"] else None}
    except (KeyError, ValueError) as error:
        raise Senseless(f"nobody can tell what became of which callback: {error}") from error


def write_wanted(wanted: Wanted) -> bytes:
    """The form that `read_attempt` reads."""
    return orjson.dumps({name: getattr(wanted, name) for name in Wanted.__slots__})


def write_taken(taken: Taken) -> bytes:
    """The form that `read_attempt` reads."""
    return orjson.dumps([taken.handle, taken.leg])


def read_taken(value: bytes | None) -> Taken | None:
    """Who has taken it; None: nobody, or nobody can tell."""
    try:
        handle, leg = orjson.loads(value or b"")
        return Taken(str(handle), str(leg))
    except (orjson.JSONDecodeError, TypeError, ValueError):
        return None


def read_attempt(found: Mapping[str, bytes]) -> Attempt:
    """An attempt as it is kept; `found`: what follows its name in each key → the value."""
    return Attempt(_read_wanted(found.get(WANTED)), read_legs(found), read_taken(found.get(TAKEN)), GONE in found)


def _read_wanted(value: bytes | None) -> Wanted | None:
    try:
        fields: dict[str, Any] = orjson.loads(value or b"")
        return Wanted(**{name: fields[name] for name in Wanted.__slots__})
    except (orjson.JSONDecodeError, TypeError, KeyError):
        return None
