"""What an agent means by `/desk …`: words in, one of a few wishes out. Unknown words are a question for help."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from intake_chat.domain.slack.entry.typed import typed

_MENTION: Final = re.compile(r"<@([UW][A-Z0-9]{2,30})(?:\|[^>]*)?>")
_HANDLE: Final = re.compile(r"@?([^\W_](?:[\w.-]{0,58}[^\W_])?)")
_NUMBER: Final = re.compile(r"#?(\d{1,12})")
LONGEST_SEARCH: Final = 200
_LONGEST_TEAM: Final = 80
_VERBS: Final[Mapping[str, str]] = {
    "find": "find", "busca": "find", "buscar": "find", "search": "find",
    "mine": "mine", "mias": "mine", "mías": "mine",
    "queue": "queue", "cola": "queue",
    "assign": "assign", "asigna": "assign", "asignar": "assign",
    "solve": "solve", "resuelve": "solve", "resolver": "solve",
    "reopen": "reopen", "reabre": "reopen", "reabrir": "reopen",
    "new": "new", "nueva": "new", "nuevo": "new",
    "announce": "announce", "anuncia": "announce", "anunciar": "announce",
    "announcements": "announcements", "anuncios": "announcements", "avisos": "announcements",
    "help": "help", "ayuda": "help", "": "help",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Find:
    """Tickets in which words stand."""

    words: str


@dataclass(frozen=True, slots=True)
class Mine:
    """What the agent has."""


@dataclass(frozen=True, slots=True)
class TeamQueue:
    """What waits for somebody, of one team or of all that the agent is in."""

    team: str = ""


@dataclass(frozen=True, slots=True)
class Assign:
    """Give a ticket to somebody: named by Slack (`user`), or by the desk's handle."""

    number: int
    user: str = ""
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Solve:
    """Solve a ticket; what solved it may be said with it."""

    number: int
    resolution: str = ""


@dataclass(frozen=True, slots=True)
class Reopen:
    """Open a solved ticket again; why may be said with it."""

    number: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class OpenNew:
    """Open a ticket for a customer; the words are its subject so far."""

    subject: str = ""


@dataclass(frozen=True, slots=True)
class Announce:
    """Announce something to everybody who calls: of a problem, or (None) of none."""

    problem: int | None = None


@dataclass(frozen=True, slots=True)
class Announcements:
    """What is announced."""


@dataclass(frozen=True, slots=True)
class Help:
    """What can be asked.

    Attributes:
        example: key of the words that show how it would have been right; "" if nothing was wrong.
    """

    example: str = ""


Wish = Find | Mine | TeamQueue | Assign | Solve | Reopen | OpenNew | Announce | Announcements | Help


def wish_of(text: str) -> Wish:
    """What somebody wants who wrote this behind `/desk`."""
    verb, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    match _VERBS.get(verb.lower()):
        case "find":
            return Find(typed(rest)[:LONGEST_SEARCH]) if rest else Help("find")
        case "mine":
            return Mine()
        case "queue":
            return _queue(rest)
        case "assign":
            return _assign(rest)
        case "solve":
            return _solve(rest)
        case "reopen":
            return _reopen(rest)
        case "new":
            return OpenNew(typed(rest)[:150])
        case "announce":
            return _announce(rest)
        case "announcements":
            return Announcements()
        case "help":
            return Help()
        case _:
            return Help("unknown")


def _queue(rest: str) -> Wish:
    if not rest:
        return TeamQueue()
    # Where a channel is called like the team, Slack has made a mention of it.
    team = " ".join(typed(rest).removeprefix("#").split())[:_LONGEST_TEAM]
    return TeamQueue(team) if any(map(str.isalnum, team)) else Help("queue")


def _assign(rest: str) -> Wish:
    first, _, who = rest.partition(" ")
    number, who = _NUMBER.fullmatch(first), who.strip()
    if number is None or not who:
        return Help("assign")
    if mentioned := _MENTION.fullmatch(who):
        return Assign(int(number[1]), user=mentioned[1])
    handle = _HANDLE.fullmatch(who)
    return Assign(int(number[1]), handle=handle[1]) if handle else Help("assign")


def _solve(rest: str) -> Wish:
    first, _, resolution = rest.partition(" ")
    number = _NUMBER.fullmatch(first)
    return Solve(int(number[1]), typed(resolution)[:2_000]) if number else Help("solve")


def _announce(rest: str) -> Wish:
    if not rest:
        return Announce()
    number = _NUMBER.fullmatch(rest)
    return Announce(int(number[1])) if number and int(number[1]) else Help("announce")


def _reopen(rest: str) -> Wish:
    first, _, why = rest.partition(" ")
    number = _NUMBER.fullmatch(first)
    return Reopen(int(number[1]), typed(why)[:1_000]) if number else Help("reopen")
