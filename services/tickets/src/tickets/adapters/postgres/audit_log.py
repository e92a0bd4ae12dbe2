"""The audit log: who did what to the desk, when, from where and why. Lines are added and read, never changed.

It is the table `desk_decision`, in which releases before noted decisions outside of tickets; what is done in a ticket
stands in the ticket's history.
"""

import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries

_SQL = load_queries("audit_log")
NEWEST: Final = 2**63 - 1
_LONGEST_ORIGIN: Final = 300
_TARGETS: Final = (
    "name", "token", "message", "sender", "address", "letter", "ticket", "announcement", "person", "erasure", "ways",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """With what and from where something is done.

    Attributes:
        token: name of the API token, or of the command.
        place: an address, a way of a chat, or the machine of a command.
    """

    token: str = ""
    place: str = ""


_NOWHERE: Final = Origin()
ORIGIN: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)
"""Of whatever goes on now: the door of the API and the commands say it once, and every line of theirs has it."""


class Executes(Protocol):
    """What is needed of a connection to write a line."""

    async def execute(self, query: str, *arguments: Any) -> Any:
        """One statement without rows."""


class Fetches(Protocol):
    """What is needed of a connection, or of the pool, to read lines."""

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """All rows of one statement."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines; None: any.

    Attributes:
        action: such as `token.created`; with a dot at its end all that begin so, `token.`.
    """

    action: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def add_line(connection: Executes, actor: str, action: str, detail: Mapping[str, Any], why: str = "") -> None:
    """Write a line, in the transaction of what it tells of."""
    origin = ORIGIN.get()
    place = origin.place[:_LONGEST_ORIGIN]
    await connection.execute(_SQL["add"], actor, action, json.dumps(detail), why, origin.token, place)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Something that was done without this service.

    Attributes:
        source: what makes it one, such as the message that says it.
        dropped: calls that are not made: (number of the ticket, kind, id) of each.
    """

    source: str
    at: datetime
    actor: str
    action: str
    detail: Mapping[str, Any]
    why: str
    origin: Origin
    dropped: tuple[tuple[int, str, str], ...] = ()


async def note_elsewhere(database: Database, line: Elsewhere) -> bool:
    """Write a line of what was done elsewhere, once; False: it stands here, or is too old to know that it does not.

    Raises:
        DatabaseAway: note it again.
    """
    origin = line.origin
    values = line.at, line.actor, line.action, json.dumps(line.detail), line.why, origin.token
    async with database.transaction() as connection:
        if await connection.fetchval(_SQL["add_once"], *values, origin.place[:_LONGEST_ORIGIN], line.source) is None:
            return False
        if line.dropped:
            columns = zip(*line.dropped, strict=True)
            await connection.execute(_SQL["dropped_calls"], line.at, line.why, *map(list, columns))
    return True


async def entries(database: Fetches, wanted: Wanted, before: int = NEWEST, limit: int = 100) -> list[Any]:
    """Lines below an id, newest first."""
    return await database.fetch(_SQL["entries"], before, wanted.action, wanted.actor, wanted.since, wanted.until, limit)


def described(row: Mapping[str, Any]) -> dict[str, Any]:
    """A line as data: what was changed stands in `changes`, each with what was there before and after."""
    detail: dict[str, Any] = json.loads(row["detail"])
    via = detail.pop("via", None)
    return {
        "id": row["id"],
        "at": row["at"],
        "actor": row["actor"],
        "token": row["token"] or None,
        "origin": via or row["origin"] or None,
        "action": row["action"],
        "target": _target(detail),
        "changes": detail.pop("changes", None) or [],
        "detail": detail,
        "why": row["why"],
    }


def _target(detail: Mapping[str, Any]) -> str | None:
    """On what it was done, by whichever name its kind of thing has."""
    for name in _TARGETS:
        if detail.get(name) not in (None, ""):
            return str(detail[name])
    return None
