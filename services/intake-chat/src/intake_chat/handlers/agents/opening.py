"""A ticket that an agent opens for a customer: the desk opens it, and the agent's words are its first answer.

By mail the desk does all of it. In Slack the conversation is begun first, in the customer's direct messages: a ticket
needs a place. Whoever submits the dialog again after a failure goes on where it broke off: nothing is done twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote

import structlog

from intake_chat.domain.slack.blocks import cut
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.entry.new_ticket import (
    ADDRESS,
    CALLBACK,
    PERSON,
    SLACK,
    SUBJECT,
    NewTicket,
    Wrong,
    opened_dialog,
    wanted,
)
from intake_chat.domain.slack.home.words import home_word
from intake_chat.domain.slack.interactions import Submitted
from intake_chat.domain.slack.mrkdwn import headline
from intake_chat.domain.slack.newcomers import Newcomer, why_not
from intake_chat.domain.slack.people import Presser
from intake_chat.errors import DeskRefused, SlackRefused
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.customers.begin import Beginnings
from intake_chat.ports.desk import Desk
from intake_chat.ports.entry import KnowsProfiles

log = structlog.get_logger()

_SECONDS: Final = 2.3
_REQUESTER: Final = "/requester/address"
_LONGEST_HEADLINE: Final = 200
_INTERNAL: Final = "internal"
Json = dict[str, Any]
LookAt = Callable[[str, str], Awaitable[Newcomer | None]]
"""(user, account) → who they are there; None: Slack knows nobody of that id."""


class _Nobody(Exception):
    """Whoever was chosen cannot be written to; its argument is the key of the words why."""


class Opening:
    """Opens tickets for customers."""

    def __init__(
        self,
        *,
        desk: Desk,
        beginnings: Beginnings,
        people: KnowsProfiles,
        look_at: LookAt,
        done: Callable[[Presser], None],
        address: str = "",
    ) -> None:
        """Nothing is asked yet.

        Args:
            address: of the desk's pages, to which a ticket's number is added; "": there are none.
            done: is told of whoever has opened something.
            look_at: who somebody in Slack is who is to be written to: no machine, and nobody who has left.
        """
        self._desk = desk
        self._beginnings = beginnings
        self._people = people
        self._look_at = look_at
        self._done = done
        self._address = address

    def register(self, registry: Registry) -> None:
        """Be the one who takes the dialog."""
        registry.submissions[CALLBACK] = self.submitted

    async def submitted(self, submitted: Submitted) -> Json | None:
        """Open what the dialog says, and say as which ticket.

        Raises:
            DeskAway, DeskRefused, SlackAway, SlackBusy, TooMuchWaits: whoever called keeps the dialog open.
        """
        new, presser = wanted(submitted.view), submitted.presser
        if isinstance(new, Wrong):
            return _error(new.field, home_word(new.key, presser.language))
        agent = await self._desk.get(f"/agents/{quote(presser.actor.handle, safe='')}")
        team = next((str(one["team"]) for one in agent.get("teams") or ()), None)
        if team is None:  # the desk lets nobody answer for a team that they are not of
            return _error(SUBJECT, home_word("new.no_team", presser.language))
        try:
            body = await self._body(new, presser, team, submitted.view_id)
        except SlackRefused as error:
            log.info("ticket.unopened", reason=error.code)
            return _error(PERSON, home_word("new.no_direct", presser.language))
        except _Nobody as error:
            return _error(PERSON, term(str(error), presser.language))
        key = submitted.view_id
        try:
            ticket = await self._ticket(body, presser, f"{key}/open")
        except DeskRefused as error:
            if error.pointer != _REQUESTER:
                raise
            return _error(ADDRESS, in_words(error.code, error.detail, presser.language))
        reply = {"text": new.text}
        path = f"/tickets/{ticket['number']}/replies"
        await self._desk.act("POST", path, presser.actor, reply, key=f"{key}/reply", seconds=_SECONDS)
        self._done(presser)
        to = new.address or str(body["requester"]["name"])
        shown = opened_dialog(int(ticket["number"]), to, presser.language, self._address)
        return {"response_action": "update", "view": shown}

    async def _ticket(self, body: Json, presser: Presser, key: str) -> Json:
        try:
            ticket: Json = await self._desk.act("POST", "/tickets", presser.actor, body, key=key, seconds=_SECONDS)
        except DeskRefused as error:
            if error.pointer != f"/{_INTERNAL}":
                raise
            # A ticket service of the release before knows no notes to begin with.
            older = {name: value for name, value in body.items() if name != _INTERNAL}
            ticket = await self._desk.act("POST", "/tickets", presser.actor, older, key=key, seconds=_SECONDS)
        return ticket

    async def _body(self, new: NewTicket, presser: Presser, team: str, source: str) -> Json:
        opened = home_word("new.opened_by", presser.language, name=presser.actor.name)
        body: Json = {"subject": new.subject, "text": opened, "team": team, "assignee": presser.actor.handle}
        body[_INTERNAL] = True  # the customer has written nothing: they are answered nothing, and read only the reply
        if new.channel != SLACK:
            return {**body, "requester": {"address": new.address}}

        async def words() -> str:
            return headline(cut(new.subject, _LONGEST_HEADLINE))

        profile, newcomer = await asyncio.gather(
            self._people.profile(new.person), self._look_at(new.person, f"{presser.team_id}/")
        )
        if why := why_not(newcomer):
            raise _Nobody(why)
        source = f"opening/{presser.team_id}/{source}/{new.person}"
        where = await self._beginnings.conversation(source, presser.team_id, new.person, words)
        chat = {"channel": SLACK, "account": where.account, "conversation": str(where)}
        requester = {"address": f"{profile.team or presser.team_id}/{new.person}", "name": profile.name[:200]}
        language = {"language": profile.language} if profile.language in ("es", "en") else {}
        return {**body, **language, "requester": requester, "chat": chat}


def _error(field: str, text: str) -> Json:
    return {"response_action": "errors", "errors": {field: text}}
