"""The bearer tokens of the API: 256 random bits for the client, their SHA-256 for us."""

import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Protocol

from tickets.adapters.postgres.queries import load_queries
from tickets.domain.rows import BOT

_SQL = load_queries("tokens")
ACT: Final = "act"
PRIVACY: Final = "privacy"
SCOPES: Final = ("read", "write", "admin", "portal", ACT, PRIVACY, "probe")
"""`admin` includes `read` and `write`; `portal` stands alone, for the pages that customers see; with `act` a service in
which agents work does things as them; with `privacy` what is kept of a person is given out and erased, which no other
scope includes; `probe` lets the prober ask for probes and see what became of them."""
_IMPLIED = {"admin": frozenset({"read", "write"})}
_PREFIX = "vnt_"
_LONGEST_TOKEN = 200


class Fetching(Protocol):
    """What is needed of a connection, or of the pool."""

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """All rows of one statement."""

    async def fetchrow(self, query: str, *arguments: Any) -> Any:
        """The first row of one statement, or None."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds a token."""

    id: int
    name: str
    scopes: frozenset[str]
    agent: str | None = None
    """Handle of the agent whose token it is, or for whom a service asks; None: a program's."""
    service: str | None = None
    """Name of the token with which a service asks for the agent; None: they ask themselves."""
    via: str | None = None
    """On which way the agent came to the service, for example `slack:T0123/U0456`."""
    bot: bool = False
    """A program that writes by itself; where it asks for an agent, the agent writes."""
    token: str = ""
    """Name of the token, whoever acts with it."""

    @property
    def actor(self) -> str:
        """How the history of a ticket names this caller."""
        return f"{BOT}{self.name}" if self.bot and self.agent is None else f"agent:{self.agent or self.name}"


@dataclass(frozen=True, slots=True)
class KnownAgent:
    """An agent, as far as acting for them needs to know."""

    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What the database knows of a token."""

    id: int
    name: str
    scopes: tuple[str, ...]
    state: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    agent: str | None = None
    bot: bool = False
    last_used_at: datetime | None = None
    """To the minute or two; None: not since releases keep it."""


class TokenStore:
    """Makes and checks tokens."""

    def __init__(self, database: Fetching, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._uses: dict[int, float] = {}

    async def create(
        self,
        name: str,
        scopes: Sequence[str],
        lifetime: timedelta | None,
        agent: str | None = None,
        *,
        bot: bool = False,
    ) -> tuple[str, StoredToken]:
        """A new token, which nobody can read again, and what is kept of it.

        Args:
            agent: who acts with it.
            bot: a program writes with it by itself.
        """
        token = _PREFIX + secrets.token_urlsafe(32)
        given = list(dict.fromkeys(scopes))
        row = await self._database.fetchrow(_SQL["create"], name, _hash(token), given, lifetime, agent, bot)
        return token, _stored(row)

    async def check(self, token: str) -> Caller | None:
        """Who holds this token; None if it is unknown, expired or revoked."""
        if not token or len(token) > _LONGEST_TOKEN:
            return None
        presented = _hash(token)
        row = await self._database.fetchrow(_SQL["find"], presented)
        if row is None or not hmac.compare_digest(bytes(row["hash"]), presented):
            return None
        self._uses[row["id"]] = self._clock()
        scopes = set(row["scopes"])
        for scope in row["scopes"]:
            scopes |= _IMPLIED.get(scope, frozenset())
        name = row["agent_name"] or row["name"]
        return Caller(row["id"], name, frozenset(scopes), row["agent"], bot=row["bot"], token=row["name"])

    async def note_uses(self) -> None:
        """Write down when tokens were last used, of those that were since the last call: apart from any request.

        Raises:
            DatabaseAway: they are kept for the next call.
        """
        if not self._uses:
            return
        uses, now = dict(self._uses), self._clock()
        await self._database.fetch(_SQL["note_uses"], list(uses), [now - at for at in uses.values()])
        for id_, at in uses.items():
            if self._uses[id_] == at:  # else it was used again meanwhile
                del self._uses[id_]

    async def agent(self, handle: str) -> KnownAgent | None:
        """Somebody of the desk by their handle, retired or not; None: nobody has it."""
        row = await self._database.fetchrow(_SQL["agent"], handle)
        return KnownAgent(row["name"], row["active"]) if row else None

    async def all(self) -> list[StoredToken]:
        """Every token that was ever made, oldest first."""
        return [_stored(row) for row in await self._database.fetch(_SQL["all"])]

    async def revoke(self, name_or_id: str) -> list[StoredToken]:
        """End tokens by name or id; returns those that were in force until now."""
        return [_stored(row) for row in await self._database.fetch(_SQL["revoke"], name_or_id)]


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()


def _stored(row: Any) -> StoredToken:
    return StoredToken(
        row["id"],
        row["name"],
        tuple(row["scopes"]),
        row["state"],
        row["created_at"],
        row["expires_at"],
        row["revoked_at"],
        row["agent"],
        row["bot"],
        row["last_used_at"],
    )
