"""`/desk`: an agent finds, lists, assigns, solves, and opens a ticket for a customer. Only they see the answers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

import structlog

from intake_chat.domain.slack.dialogs import announcing
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.entry import commands as wishes
from intake_chat.domain.slack.entry.command_answers import MOST_LISTED, answer, help_for, listed, quoted
from intake_chat.domain.slack.entry.new_ticket import new_ticket_dialog
from intake_chat.domain.slack.home.view import NEW
from intake_chat.domain.slack.home.words import home_word
from intake_chat.domain.slack.interactions import Commanded, Pressed
from intake_chat.domain.slack.people import Presser, Somebody
from intake_chat.domain.slack.teams import own_teams, team_meant
from intake_chat.domain.slack.words import word
from intake_chat.errors import DeskRefused
from intake_chat.handlers.agents.registry import OnPress, Registry, Views
from intake_chat.ports.desk import Desk
from intake_chat.ports.entry import FindsAgents

log = structlog.get_logger()

COMMAND: Final = "/desk"
_LIMIT: Final = str(MOST_LISTED)
_NOT_FOUND: Final = 404
_OPENING: Final = (wishes.OpenNew, wishes.Announce, wishes.Announcements)
"""What is answered by a dialog."""
Json = dict[str, Any]


class Commands:
    """Does what agents write behind `/desk`."""

    def __init__(
        self, *, desk: Desk, views: Views, agents: FindsAgents, address: str = "", done: Callable[[Presser], None]
    ) -> None:
        """Nothing is asked yet.

        Args:
            agents: finds out who is mentioned.
            address: of the desk's pages, to which a ticket's number is added; "": there are none.
            done: is told of whoever has changed something.
        """
        self._desk = desk
        self._views = views
        self._agents = agents
        self._address = address
        self._done = done
        self._actions: Mapping[str, OnPress] = {}

    def register(self, registry: Registry) -> None:
        """Be the one who does these."""
        registry.commands[COMMAND] = self.commanded
        registry.opening[COMMAND] = lambda text: isinstance(wishes.wish_of(text), _OPENING)
        self._actions = registry.actions
        registry.actions[NEW] = self.new_pressed

    async def commanded(self, commanded: Commanded) -> Json | None:
        """The answer to a command.

        Raises:
            DeskAway, SlackAway, SlackBusy, TooMuchWaits, SlackRefused: the desk, or Slack, did not answer.
        """
        presser = commanded.presser
        if presser is None:
            raise ValueError("the command is for agents alone")
        wish = wishes.wish_of(commanded.text)
        try:
            match wish:
                case wishes.OpenNew(subject):
                    await self._views.open(commanded.trigger_id, new_ticket_dialog(presser.language, subject))
                    return None
                case wishes.Announce(problem):
                    value = str(problem or announcing.NOTHING)
                    return await self._dialog(commanded, presser, announcing.ANNOUNCE, value)
                case wishes.Announcements():
                    return await self._dialog(commanded, presser, announcing.LIST, "")
                case wishes.Find(words):
                    return await self._find(presser, words)
                case wishes.Mine():
                    return await self._queue(presser, "mine")
                case wishes.TeamQueue(team):
                    return await self._team_queue(presser, team)
                case wishes.Assign():
                    return await self._changed(presser, self._assign(presser, wish))
                case wishes.Solve():
                    return await self._changed(presser, self._solve(presser, wish))
                case wishes.Reopen():
                    return await self._changed(presser, self._reopen(presser, wish))
                case wishes.Help(example):
                    return help_for(example, presser.language)
        except DeskRefused as error:
            why = in_words(error.code, error.detail, presser.language)
            return answer(home_word("desk.refused", presser.language, why=quoted(why)))

    async def new_pressed(self, pressed: Pressed) -> None:
        """Open the dialog for a new ticket."""
        await self._views.open(pressed.trigger_id, new_ticket_dialog(pressed.presser.language))

    async def _dialog(self, commanded: Commanded, presser: Presser, action: str, value: str) -> Json | None:
        """Open a dialog as if its button had been pressed; nothing is to be said then."""
        await self._actions[action](Pressed(presser, action, value, commanded.trigger_id))
        return None

    async def _find(self, presser: Presser, words: str) -> Json:
        found = await self._desk.get("/tickets", q=words, limit=_LIMIT)
        return self._listed(presser, found, "found", "none_found", words=quoted(words))

    async def _queue(self, presser: Presser, view: str, team: str = "") -> Json:
        narrowed = {"team": team} if team else {}
        found = await self._desk.get(
            f"/agents/{quote(presser.actor.handle, safe='')}/queue", view=view, limit=_LIMIT, **narrowed
        )
        name = "mine" if view == "mine" else "queue"
        return self._listed(presser, found, name, f"none_{name}")

    async def _team_queue(self, presser: Presser, written: str) -> Json:
        if not written:
            return await self._queue(presser, "unassigned")
        agent = await self._desk.get(f"/agents/{quote(presser.actor.handle, safe='')}")
        team = team_meant(written, agent)
        if team is not None:
            return await self._queue(presser, "unassigned", team)
        theirs = ", ".join(own_teams(agent, presser.language).values())
        values = {"team": quoted(written), "teams": quoted(theirs)}
        return answer(home_word("desk.no_such_team" if theirs else "desk.no_teams", presser.language, **values))

    async def _assign(self, presser: Presser, wish: wishes.Assign) -> Json:
        handle, name = wish.handle, wish.handle
        if wish.user:
            # A colleague need not have done anything in Slack yet: they are recognised as they would be then.
            named = await self._agents.presser(Somebody(presser.team_id, wish.user))
            if named is None:
                who = f"<@{wish.user}>"
                return answer(home_word("desk.no_such_agent", presser.language, who=who, number=str(wish.number)))
            handle, name = named.actor.handle, named.actor.name
        elif (found := await self._named(handle)) is not None:
            handle, name = str(found["handle"]), str(found.get("name") or found["handle"])
        await self._desk.act("POST", f"/tickets/{wish.number}/assign", presser.actor, {"agent": handle})
        return answer(home_word("desk.assigned", presser.language, number=str(wish.number), name=quoted(name)))

    async def _named(self, handle: str) -> Json | None:
        """An agent by their handle, which people write in capitals too; None: nobody has it, and the desk says so."""
        for one in dict.fromkeys((handle, handle.lower())):
            try:
                found: Json = await self._desk.get(f"/agents/{quote(one, safe='')}")
            except DeskRefused as error:
                if error.status != _NOT_FOUND:
                    raise
            else:
                return found
        return None

    async def _solve(self, presser: Presser, wish: wishes.Solve) -> Json:
        body = {"status": "solved"} | ({"resolution": wish.resolution} if wish.resolution else {})
        await self._desk.act("PATCH", f"/tickets/{wish.number}", presser.actor, body)
        return answer(home_word("desk.solved", presser.language, number=str(wish.number)))

    async def _reopen(self, presser: Presser, wish: wishes.Reopen) -> Json:
        """Open a ticket again that is solved. One in another state is not changed: `open` says something else of it."""
        number, language = str(wish.number), presser.language
        ticket = await self._desk.get(f"/tickets/{wish.number}")
        if ticket["status"] not in ("solved", "closed"):  # of a closed one the desk says why not
            status = word(f"status.{ticket['status']}", language)
            return answer(home_word("desk.not_solved", language, number=number, status=status))
        body = {"status": "open", "version": ticket["version"]} | ({"why": wish.why} if wish.why else {})
        await self._desk.act("PATCH", f"/tickets/{wish.number}", presser.actor, body)
        return answer(home_word("desk.reopened", language, number=number))

    async def _changed(self, presser: Presser, work: Awaitable[Json]) -> Json:
        told = await work
        self._done(presser)
        return told

    def _listed(self, presser: Presser, found: Json, some: str, none: str, **values: str) -> Json:
        language = presser.language
        if not found["items"]:
            return answer(home_word(f"desk.{none}", language, **values))
        head = home_word(f"desk.{some}", language, **values)
        return listed(head, found["items"], language, self._address, more=found["next"] is not None)
