"""Who presses: the agent that a Slack user is, or nobody.

Slack says what somebody is in the workspace, the desk says whose Slack user it is. Whoever is not linked yet is linked
by the mail address that Slack has confirmed; nobody is linked on a name or on a guess. What was found out holds for a
short while only: whoever retires at the desk, or leaves the workspace, loses it within a minute.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import quote

import structlog

from intake_chat.domain.actors import Actor
from intake_chat.domain.slack.people import Member, Presser, Somebody
from intake_chat.errors import DeskRefused
from intake_chat.ports.desk import Desk

log = structlog.get_logger()

KNOWN_SECONDS: Final = 30.0
"""How long an answer of the desk and of Slack holds; less than the minute within which somebody must lose it."""
UNKNOWN_SECONDS: Final = 10.0
"""How long somebody stays no agent: whoever was just invited tries again at once."""
_MOST_KNOWN: Final = 5_000
_DESK_SECONDS: Final = 8.0


class KnowsMembers(Protocol):
    """What Slack says of its people; `adapters.slack.staff.Staff` does."""

    async def home(self) -> str:
        """The workspace that is ours."""

    async def member(self, user: str) -> Member | None:
        """What Slack says of a user."""

    async def user_of(self, mail: str) -> str | None:
        """Id of the user who has a mail address."""


@dataclass(frozen=True, slots=True)
class _Known:
    until: float
    presser: Presser | None
    language: str
    team: str


class Agents:
    """Finds agents by their Slack user."""

    def __init__(self, *, desk: Desk, staff: KnowsMembers, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._staff = staff
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Presser | None]] = {}

    def language(self, somebody: Somebody) -> str:
        """Their language, as far as it is known without asking; that of this desk else."""
        known = self._known.get(str(somebody))
        return known.language if known else somebody.language

    def team(self, somebody: Somebody) -> str:
        """The workspace that they are of, as far as it is known without asking; the one that was named else.

        An event names ours for everybody; a stranger of Slack Connect is of another one.
        """
        known = self._known.get(str(somebody))
        return (known.team if known else "") or somebody.team_id

    def forget(self, somebody: Somebody) -> None:
        """Ask again at the next press: the desk has just refused them."""
        self._known.pop(str(somebody), None)

    async def presser(self, somebody: Somebody) -> Presser | None:
        """The agent that somebody is; None: no agent, or not any more.

        Raises:
            DeskAway, SlackAway, SlackBusy, TooMuchWaits, SlackRefused: it could not be found out.
        """
        key = str(somebody)
        known = self._known.get(key)
        if known is not None and known.until > self._clock():
            self._known.move_to_end(key)
            return known.presser
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(self._find_out(somebody))
            asking.add_done_callback(lambda done: self._asked(key, done))
        # Whoever gives up waiting must not take the answer from the others.
        return await asyncio.shield(asking)

    async def user_of(self, handle: str, mail: str) -> str:
        """The Slack user of an agent who has never done anything in Slack; "": nobody who proves to be them.

        Raises:
            DeskAway, SlackAway, SlackBusy, TooMuchWaits, SlackRefused: it could not be found out.
        """
        user = await self._staff.user_of(mail)
        if user is None:
            return ""
        presser = await self.presser(Somebody(await self._staff.home(), user))
        return user if presser is not None and presser.actor.handle == handle else ""

    def _asked(self, key: str, done: asyncio.Task[Presser | None]) -> None:
        self._asking.pop(key, None)
        if not done.cancelled() and (error := done.exception()) is not None:
            log.info("agent.not_found_out", reason=type(error).__name__)

    async def _find_out(self, somebody: Somebody) -> Presser | None:
        member, home = await asyncio.gather(self._staff.member(somebody.user_id), self._staff.home())
        language = member.language if member else somebody.language
        presser = None
        # What a payload says is checked against what Slack itself says: both name the workspace that somebody is of.
        if member is not None and somebody.team_id == home and member.may_be_agent_in(home):
            agent = await self._linked(somebody) or await self._link(somebody, member)
            if agent is not None and agent["active"]:
                actor = Actor(str(agent["handle"]), str(agent.get("name") or agent["handle"]), str(somebody))
                presser = Presser(actor, somebody.team_id, somebody.user_id, language, member.zone or "UTC")
        seconds = KNOWN_SECONDS if presser else UNKNOWN_SECONDS
        self._known[str(somebody)] = _Known(
            self._clock() + seconds, presser, language, member.team_id if member else ""
        )
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return presser

    async def _linked(self, somebody: Somebody) -> Mapping[str, Any] | None:
        found = (await self._desk.get("/agents", slack=str(somebody)))["items"]
        return dict(found[0]) if found else None

    async def _link(self, somebody: Somebody, member: Member) -> Mapping[str, Any] | None:
        """The agent whose mail address is theirs, linked to them from now on."""
        if not member.proves():
            return None
        try:
            found = (await self._desk.get("/agents", mail=member.mail))["items"]
        except DeskRefused:
            return None  # no address that the desk takes for one
        if len(found) != 1 or str(found[0].get("email") or "").lower() != member.mail:
            return None  # an address that two agents share proves neither
        return await self._linked_now(str(found[0]["handle"]), somebody, member)

    async def _linked_now(self, handle: str, somebody: Somebody, member: Member) -> Mapping[str, Any] | None:
        body = {
            "team_id": somebody.team_id,
            "user_id": somebody.user_id,
            "mail": member.mail,
            "mail_confirmed": member.mail_confirmed,
        }
        try:
            agent = await self._desk.act(
                "PUT", f"/agents/{quote(handle, safe='')}/slack", None, body, seconds=_DESK_SECONDS
            )
        except DeskRefused as error:
            log.warning("agent.not_linked", reason=error.code, status=error.status)
            return None
        log.info("agent.linked", agent=handle)
        return dict(agent)
