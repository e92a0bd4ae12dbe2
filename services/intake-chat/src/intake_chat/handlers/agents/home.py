"""App Home: shown to whoever opens it, again after what they press, and when what waits for them has changed.

What somebody chose to see is kept, so that every replica shows the same. Whoever has not opened their Home for hours is
not followed; who has is looked at once a minute, and Slack is told only of what looks different.
"""

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, TypeVar
from urllib.parse import quote

import structlog

from intake_chat.domain.slack.entry.asking import MOST_COUNTED, NOT_DONE, customer_home
from intake_chat.domain.slack.home import view as home
from intake_chat.domain.slack.home.capacity import CALLBACK as CAPACITY_DIALOG
from intake_chat.domain.slack.home.capacity import MOST, NoNumber, capacity_dialog, wanted_capacity
from intake_chat.domain.slack.home.words import home_word
from intake_chat.domain.slack.interactions import HomeOpened, Pressed, Submitted
from intake_chat.domain.slack.people import Presser, Somebody
from intake_chat.errors import DeskAway, DeskRefused, SlackAway, SlackBusy, SlackRefused, TooMuchWaits
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.registry import KnowsAgents, Registry, Views
from intake_chat.ports.desk import Desk
from intake_chat.ports.entry import KeepsPlaces
from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.stopping import keep_going

log = structlog.get_logger()

FOLLOWED_SECONDS: Final = 4 * 3600.0
MINUTE: Final = 60.0
_TICK_SECONDS: Final = 5.0
_FULL_LOOK: Final = 5
"""Every so many looks all of a Home is made anew: days and foreign tickets change without a trace in one's own."""
_GLANCED_AT: Final = "25"
_MOST_FOLLOWED: Final = 500
_SEEN_SECONDS: Final = 8.0
_SUBMIT_SECONDS: Final = 2.3
_OWN: Final = (home.CHOOSE_VIEW, home.CHOOSE_PRIORITY, home.CHOOSE_CHANNEL, home.CHOOSE_TEAM, home.SEARCH, home.CLEAR,
               home.NEXT, home.FIRST, home.REFRESH)  # fmt: skip
_AWAY: Final = (SlackAway, SlackBusy, SlackRefused, TooMuchWaits)
Json = dict[str, Any]
Done = TypeVar("Done", Pressed, Submitted)
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Followed:
    """Somebody who has opened their Home."""

    presser: Presser
    opened_at: float
    look_at: float
    choice: home.Choice = field(default_factory=home.Choice)
    shown: str = ""
    glance: str = ""
    looks: int = 1
    wanted: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Homes:
    """Shows Homes."""

    def __init__(
        self,
        *,
        desk: Desk,
        views: Views,
        agents: KnowsAgents,
        state: KeepsPlaces,
        background: Background,
        address: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nobody is followed yet.

        Args:
            address: of the desk's pages, to which a ticket's number is added; "": there are none.
        """
        self._desk = desk
        self._views = views
        self._agents = agents
        self._state = state
        self._background = background
        self._address = address
        self._clock = clock
        self._followed: OrderedDict[str, _Followed] = OrderedDict()

    def register(self, registry: Registry) -> None:
        """Be the one who shows Home and does what is pressed there; to be called after all others have registered."""
        for name, press in list(registry.actions.items()):
            registry.actions[name] = self._then_shown(press)
        for name, submit in list(registry.submissions.items()):
            registry.submissions[name] = self._then_shown(submit)
        registry.home = self.opened
        registry.home_away = self.unreachable
        registry.home_said = self.said
        registry.actions |= dict.fromkeys(_OWN, self.chosen)
        registry.actions |= {
            home.AVAILABILITY: self.available,
            home.READ: self.read,
            home.ACKNOWLEDGE: self.acknowledged,
            home.CAPACITY: self.capacity,
        }
        registry.quiet |= {*_OWN, home.AVAILABILITY, home.READ, home.ACKNOWLEDGE}
        registry.submissions[CAPACITY_DIALOG] = self.capacity_wanted

    async def opened(self, event: HomeOpened) -> None:
        """Show somebody their Home."""
        if event.presser is None:
            await self._show_customer(event.somebody)
            return
        await self._show(await self._follow(event.presser), always=event.view is None)

    async def unreachable(self, somebody: Somebody) -> None:
        """Show somebody that the desk does not answer; nobody knows whether they are an agent."""
        view = home.unreachable(home.Choice(), self._agents.language(somebody))
        await self._views.publish(somebody.user_id, view)

    async def said(self, somebody: Somebody, view: Json, text: str) -> None:
        """Say to somebody what came of what they pressed in their Home, above what they see there."""
        await self._views.publish(somebody.user_id, home.saying(view, text))
        one = self._followed.get(f"{somebody.team_id}/{somebody.user_id}")
        if one is not None:
            one.shown, one.glance = "", ""  # the next look shows it as it is, without the sentence

    async def chosen(self, pressed: Pressed) -> None:
        """Show what an agent chose to see."""
        one = await self._follow(pressed.presser)
        before = home.read(str((pressed.view or {}).get("private_metadata") or ""))
        one.choice = home.chosen(before, pressed.action, pressed.value)
        await self._keep(one)
        await self._show(one, always=True)

    async def available(self, pressed: Pressed) -> None:
        """Let an agent be available, busy or away."""
        await self._as_them(pressed, "PUT", "availability", {"availability": pressed.value})

    async def read(self, pressed: Pressed) -> None:
        """Mark a note that names an agent as read."""
        await self._as_them(pressed, "POST", f"mentions/{quote(pressed.value, safe='')}/read")

    async def acknowledged(self, pressed: Pressed) -> None:
        """Say that an agent has what they were called for."""
        path = f"/desk/pages/{quote(pressed.value, safe='')}/acknowledge"
        await self._desk.act("POST", path, pressed.presser.actor)
        await self._show(await self._follow(pressed.presser), always=True)

    async def capacity(self, pressed: Pressed) -> None:
        """Open the dialog for how much an agent can hold."""
        agent = await self._desk.get(_of(pressed.presser))
        await self._views.open(pressed.trigger_id, capacity_dialog(agent["capacity"], pressed.presser.language))

    async def capacity_wanted(self, submitted: Submitted) -> Json | None:
        """Set how much an agent can hold."""
        wanted, presser = wanted_capacity(submitted.view), submitted.presser
        if isinstance(wanted, NoNumber):
            why = home_word("capacity.number", presser.language, most=str(MOST))
            return {"response_action": "errors", "errors": {wanted.field: why}}
        body = {"capacity": wanted}
        await self._desk.act("PUT", f"{_of(presser)}/capacity", presser.actor, body, seconds=_SUBMIT_SECONDS)
        self.soon(presser)
        return None

    def soon(self, presser: Presser) -> None:
        """Show an agent's Home again, if they have opened it: they have just done something."""
        one = self._followed.get(_key(presser))
        if one is not None:
            self._background.start(self._quietly(self._show(one)))

    async def follow(self) -> None:
        """Look after the Homes that were opened, for ever."""
        await keep_going("homes", self.look, _TICK_SECONDS, first_after_seconds=_TICK_SECONDS)

    async def look(self) -> None:
        """Show those Homes anew for which it is time and in which something has changed."""
        now = self._clock()
        for key, one in list(self._followed.items()):
            if one.opened_at + FOLLOWED_SECONDS < now:
                self._followed.pop(key, None)
            elif one.look_at <= now:
                await self._quietly(self._look_at(key, one))

    async def _look_at(self, key: str, one: _Followed) -> None:
        one.look_at = self._clock() + MINUTE
        presser = await self._agents.presser(Somebody(one.presser.team_id, one.presser.user_id, one.presser.language))
        if presser is None:  # no agent any more
            self._followed.pop(key, None)
            await self._show_customer(Somebody(one.presser.team_id, one.presser.user_id, one.presser.language))
            return
        one.presser = presser
        kept = await self._kept(presser)
        one.choice = replace(kept, cursor=one.choice.cursor if kept.view == one.choice.view else "")
        glance = await self._glance(presser)
        if glance != one.glance or one.looks % _FULL_LOOK == 0:
            await self._show(one)
        one.glance, one.looks = glance, one.looks + 1

    async def _glance(self, presser: Presser) -> str:
        """What changes with nearly all that matters to an agent, at the price of two questions."""
        own = _of(presser)
        counts, mine = await asyncio.gather(
            self._desk.get(f"{own}/counts"), self._desk.get(f"{own}/queue", view="mine", limit=_GLANCED_AT)
        )
        states = [(item["number"], item["version"], item.get("next_due")) for item in mine["items"]]
        return json.dumps([counts, states], sort_keys=True)

    async def _show(self, one: _Followed, *, always: bool = False) -> None:
        """Publish a Home if it looks different; of several that wait for their turn only the last is made."""
        one.wanted += 1
        turn = one.wanted
        async with one.lock:
            if turn != one.wanted:
                return
            view = await self._view(one)
            shown = _digest(view)
            if always or shown != one.shown:
                await self._views.publish(one.presser.user_id, view)
                one.shown = shown
            one.look_at = self._clock() + MINUTE

    async def _view(self, one: _Followed) -> Json:
        language = one.presser.language
        try:
            async with asyncio.timeout(_SEEN_SECONDS):
                seen = await self._seen(one)
        except (DeskAway, TimeoutError):
            return home.unreachable(one.choice, language)
        except DeskRefused as error:
            if one.choice == home.Choice():
                raise
            # A filter that the desk does not know any more, a cursor of yesterday: begin anew.
            log.info("home.begun_anew", reason=error.code)
            one.choice = home.Choice()
            await self._keep(one)
            return await self._view(one)
        return home.home(seen, language, datetime.now(UTC))

    async def _seen(self, one: _Followed) -> home.Seen:
        own, choice = _of(one.presser), one.choice
        shown = choice.shown()
        agent, load, counts, day, held, *pages = await asyncio.gather(
            self._desk.get(own),
            self._desk.get(f"{own}/load"),
            self._desk.get(f"{own}/counts"),
            self._desk.get(f"{own}/day"),
            self._desk.get("/quarantine", limit=str(home.MOST_QUARANTINED)),
            *(self._desk.get(f"{own}/queue", **choice.parameters(view)) for view in shown),
        )
        return home.Seen(
            agent, load, counts, day, dict(zip(shown, pages, strict=True)), choice, self._address, len(held["items"])
        )

    async def _show_customer(self, somebody: Somebody) -> None:
        who = f"{self._agents.team(somebody)}/{somebody.user_id}"
        try:
            async with asyncio.timeout(_SEEN_SECONDS):
                tickets = (
                    await self._desk.get("/tickets", requester=who, status=",".join(NOT_DONE), limit=str(MOST_COUNTED))
                )["items"]
        except (DeskAway, TimeoutError):
            tickets = None
        await self._views.publish(somebody.user_id, customer_home(tickets, self._agents.language(somebody)))

    async def _as_them(self, pressed: Pressed, method: str, what: str, body: Json | None = None) -> None:
        await self._desk.act(method, f"{_of(pressed.presser)}/{what}", pressed.presser.actor, body)
        await self._show(await self._follow(pressed.presser), always=True)

    async def _follow(self, presser: Presser) -> _Followed:
        key, now = _key(presser), self._clock()
        one = self._followed.get(key)
        if one is None:
            one = _Followed(presser, now, now + MINUTE, choice=await self._kept(presser))
            one = self._followed.setdefault(key, one)
        one.presser, one.opened_at = presser, now
        self._followed.move_to_end(key)
        while len(self._followed) > _MOST_FOLLOWED:
            self._followed.popitem(last=False)
        return one

    async def _kept(self, presser: Presser) -> home.Choice:
        try:
            value = await self._state.get(f"home.{presser.team_id}.{presser.user_id}")
        except Temporary:
            return home.Choice()
        return replace(home.read(value.decode()), cursor="") if value else home.Choice()

    async def _keep(self, one: _Followed) -> None:
        key = f"home.{one.presser.team_id}.{one.presser.user_id}"
        try:
            await self._state.put_all([key], home.written(one.choice).encode())
        except Temporary as error:  # it is shown all the same
            log.info("home.not_kept", reason=str(error))

    def _then_shown(self, do: Callable[[Done], Awaitable[Answer]]) -> Callable[[Done], Awaitable[Answer]]:
        async def both(done: Done) -> Answer:
            answer = await do(done)
            self.soon(done.presser)
            return answer

        return both

    async def _quietly(self, work: Awaitable[None]) -> None:
        """What nobody has asked for; the next look finds the same again."""
        try:
            await work
        except (DeskAway, DeskRefused, Temporary, *_AWAY) as error:
            log.info("home.missing", reason=str(error))


def _of(presser: Presser) -> str:
    return f"/agents/{quote(presser.actor.handle, safe='')}"


def _key(presser: Presser) -> str:
    return f"{presser.team_id}/{presser.user_id}"


def _digest(view: Json) -> str:
    """What a Home shows, but for the time at which it was seen."""
    blocks = [block for block in view["blocks"] if block.get("block_id") != "home_foot"]
    return sha256(json.dumps(blocks, sort_keys=True).encode()).hexdigest()
