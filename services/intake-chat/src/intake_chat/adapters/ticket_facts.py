"""What cards show, asked of the ticket service."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote

import structlog

from intake_chat.adapters.tickets_api import TicketsApi
from intake_chat.domain.slack.cards.card import extract_of
from intake_chat.domain.slack.cards.standing import FIELDS
from intake_chat.domain.slack.teams import title_of
from intake_chat.errors import DeskRefused
from intake_chat.ports.cards import AgentSeen, Json, Look

log = structlog.get_logger()

_NOT_FOUND: Final = 404
_UNPROCESSABLE: Final = 422
_PAGE: Final = "200"
_MOST_PAGES: Final = 20
_SIMILAR: Final = "3"
_LONGEST_KEPT: Final = 300
_KNOWN_SECONDS: Final = 60.0
_UNLINKED_SECONDS: Final = 2.0
"""So long somebody stays a name only: whoever has just been linked wants to be called."""
_LOOKED_FOR_SECONDS: Final = 600.0
"""So often Slack is asked whether somebody unlinked is among its people."""
_MOST_KNOWN: Final = 2_000
_MOST_AT_ONCE: Final = 10
"""Questions under way: a storm of cards must not take the connections of those who answer customers."""


class TicketFacts:
    """Asks as the service itself, not as an agent.

    Args:
        home: says which workspace of Slack is ours.
        user_of: the Slack user of an agent who is not linked yet, by handle and mail address; "" for none.
    """

    def __init__(
        self,
        desk: TicketsApi,
        home: Callable[[], Awaitable[str]],
        clock: Callable[[], float] = time.monotonic,
        user_of: Callable[[str, str], Awaitable[str]] | None = None,
    ) -> None:
        self._desk = desk
        self._home = home
        self._user_of = user_of
        self._looked_for: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._clock = clock
        self._asking = asyncio.Semaphore(_MOST_AT_ONCE)
        self._agents: OrderedDict[str, tuple[float, AgentSeen]] = OrderedDict()
        self._teams: OrderedDict[str, tuple[float, Json]] = OrderedDict()

    async def ticket(self, number: int) -> Json | None:
        """A ticket; None: there is none of this number.

        Raises:
            DeskAway, DeskRefused: it could not be asked.
        """
        found: Json | None = await self._get(f"/tickets/{number}")
        return found

    async def look(self, number: int, language: str) -> Look:
        """What a new card needs.

        Raises:
            DeskAway, DeskRefused: it could not be asked.
        """
        opening = await self.opening(number)
        routing = await self._get(f"/tickets/{number}/routing") or {}
        similar = (await self._get(f"/tickets/{number}/similar", limit=_SIMILAR) or {}).get("items", ())
        return Look(
            extract_of(words_of(opening)),
            str((routing.get("sentence") or {}).get(language, "")),
            tuple(
                {
                    "number": one["number"],
                    **{name: str(one[name])[:_LONGEST_KEPT] for name in ("subject", "resolution")},
                }
                for one in similar
            ),
            _placed(routing.get("decision") or {}),
            str((opening or {}).get("id") or ""),
        )

    async def opening(self, number: int, id_: str = "") -> Json | None:
        """The message with which a ticket begins; None: it has none (any more).

        Args:
            id_: the one that it began with so far: what was written before it may come behind it.
        """
        page = await self._get(f"/tickets/{number}/messages", limit="1") or {}
        first = next(iter(page.get("items", ())), None)
        if not id_ or (first or {}).get("id") == id_:
            return first
        return (await self.messages(number, {id_})).get(id_, first)

    async def history(self, number: int, after: int, cursor: str | None) -> tuple[list[Json], str | None]:
        """Entries of the history behind one, oldest first, and a cursor with which to go on the next time.

        Raises:
            DeskAway, DeskRefused: it could not be asked.
        """
        try:
            return await self._history(number, after, cursor)
        except DeskRefused:
            if cursor is None:
                raise
            return await self._history(number, after, None)  # the desk has other secrets now, which cursors go by

    async def messages(self, number: int, wanted: set[str]) -> dict[str, Json]:
        """Messages of a ticket by id, as far as they are there.

        Raises:
            DeskAway, DeskRefused: it could not be asked.
        """
        found: dict[str, Json] = {}
        cursor: str | None = None
        for _ in range(_MOST_PAGES if wanted else 0):
            page = await self._page(f"/tickets/{number}/messages", cursor)
            found |= {one["id"]: one for one in page.get("items", ()) if one["id"] in wanted}
            cursor = page.get("next")
            if cursor is None or len(found) == len(wanted):
                break
        return found

    async def reply(self, number: int, id_: str) -> Json | None:
        """A reply that waited before it went, or could not go; None: it is forgotten.

        Raises:
            DeskAway, DeskRefused: it could not be asked.
        """
        found: Json | None = await self._get(f"/tickets/{number}/replies/{quote(id_, safe='')}")
        return found

    async def agent(self, handle: str) -> AgentSeen:
        """Who an agent is; somebody whom the desk does not know (any more) is their handle.

        Raises:
            DeskAway, SlackAway and others: it could not be found out.
        """
        known = self._agents.get(handle)
        if known is not None and known[0] > self._clock():
            return known[1]
        found = await self._get(f"/agents/{quote(handle, safe='')}") or {}
        home = await self._home()
        users = [one["user_id"] for one in found.get("slack") or () if one["team_id"] == home]
        user = str(users[0]) if users else await self._looked_up(handle, found)
        seen = AgentSeen(str(found.get("name") or handle), user if found.get("active") else "")
        seconds = _KNOWN_SECONDS if seen.user else _UNLINKED_SECONDS
        self._agents[handle] = (self._clock() + seconds, seen)
        while len(self._agents) > _MOST_KNOWN:
            self._agents.popitem(last=False)
        return seen

    async def _looked_up(self, handle: str, agent: Json) -> str:
        """The Slack user of an agent who has never pressed anything: whoever gets a ticket wants to hear of it."""
        mail = str(agent.get("email") or "").lower()
        if self._user_of is None or not mail or not agent.get("active"):
            return ""
        key = (handle, mail)
        if self._looked_for.get(key, 0.0) > self._clock():
            return ""
        user = await self._user_of(handle, mail)
        self._looked_for[key] = self._clock() + _LOOKED_FOR_SECONDS
        self._looked_for.move_to_end(key)
        while len(self._looked_for) > _MOST_KNOWN:
            self._looked_for.popitem(last=False)
        return user

    async def team(self, name: str, language: str) -> str:
        """What people call a team; its handle where it has no other name, or the desk does not know it (any more).

        Raises:
            DeskAway, DeskRefused: it could not be asked.
        """
        known = self._teams.get(name)
        if known is None or known[0] <= self._clock():
            found = await self._get(f"/teams/{quote(name, safe='')}") or {}
            known = self._teams[name] = self._clock() + _KNOWN_SECONDS, dict(found.get("title") or {})
            while len(self._teams) > _MOST_KNOWN:
                self._teams.popitem(last=False)
        return title_of({"name": name, "title": known[1]}, language)

    async def ticket_of(self, message: str) -> int | None:
        """The ticket that a message is part of, by the message's id; None: it is in none (yet).

        Raises:
            DeskAway, DeskRefused: it could not be asked.
        """
        try:
            found = (await self._get("/tickets", message=message, limit="1") or {}).get("items") or ()
        except DeskRefused as error:
            if error.status != _UNPROCESSABLE:
                raise
            log.warning("ticket.unfindable", reason=error.code)  # a ticket service of an earlier release cannot say
            return None
        return int(found[0]["number"]) if found else None

    async def _history(self, number: int, after: int, cursor: str | None) -> tuple[list[Json], str | None]:
        entries: list[Json] = []
        for _ in range(_MOST_PAGES):
            page = await self._page(f"/tickets/{number}/history", cursor)
            entries += [one for one in page.get("items", ()) if one["id"] > after]
            if page.get("next") is None:
                break
            cursor = page["next"]
        return entries, cursor

    async def _page(self, path: str, cursor: str | None) -> Json:
        found: Json | None = await self._get(path, limit=_PAGE, **({"cursor": cursor} if cursor else {}))
        return found or {}

    async def _get(self, path: str, **parameters: str) -> Any:
        try:
            async with self._asking:
                return await self._desk.get(path, **parameters)
        except DeskRefused as error:
            if error.status == _NOT_FOUND:
                return None
            raise


def _placed(decision: Json) -> tuple[str, ...]:
    """Priority, team and tier of a decision, as a ticket has them; none where it lacks one."""
    placed = tuple(str(decision.get(name) or "") for name in FIELDS)
    return placed if all(placed) else ()


def words_of(message: Json | None) -> str:
    """What somebody wrote newly in a message; of a note, which a card tells in its thread, nothing."""
    if (message or {}).get("kind") == "note":
        return ""
    return str((message or {}).get("reply_text") or (message or {}).get("text") or "")
