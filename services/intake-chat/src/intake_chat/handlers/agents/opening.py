"""A ticket that an agent opens for a customer: the desk opens it, and the agent's words are its first answer.

By mail the desk does all of it. In Slack the conversation is begun first, in the customer's direct messages: a ticket
needs a place. Whoever submits the dialog again after a failure goes on where it broke off: nothing is done twice.
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import structlog

from intake_chat.domain.slack.entry.command_answers import quoted
from intake_chat.domain.slack.entry.new_ticket import (
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
from intake_chat.domain.slack.people import Presser
from intake_chat.errors import SlackRefused
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.customers.begin import Beginnings
from intake_chat.ports.desk import Desk
from intake_chat.ports.entry import KnowsProfiles

log = structlog.get_logger()

_SECONDS: Final = 2.3
Json = dict[str, Any]


class Opening:
    """Opens tickets for customers."""

    def __init__(
        self,
        *,
        desk: Desk,
        beginnings: Beginnings,
        people: KnowsProfiles,
        done: Callable[[Presser], None],
        address: str = "",
    ) -> None:
        """Nothing is asked yet.

        Args:
            address: of the desk's pages, to which a ticket's number is added; "": there are none.
            done: is told of whoever has opened something.
        """
        self._desk = desk
        self._beginnings = beginnings
        self._people = people
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
        key = submitted.view_id
        ticket = await self._desk.act("POST", "/tickets", presser.actor, body, key=f"{key}/open", seconds=_SECONDS)
        reply = {"text": new.text}
        path = f"/tickets/{ticket['number']}/replies"
        await self._desk.act("POST", path, presser.actor, reply, key=f"{key}/reply", seconds=_SECONDS)
        self._done(presser)
        to = new.address or str(body["requester"]["name"])
        shown = opened_dialog(int(ticket["number"]), to, presser.language, self._address)
        return {"response_action": "update", "view": shown}

    async def _body(self, new: NewTicket, presser: Presser, team: str, source: str) -> Json:
        opened = home_word("new.opened_by", presser.language, name=presser.actor.name)
        body: Json = {"subject": new.subject, "text": opened, "team": team, "assignee": presser.actor.handle}
        if new.channel != SLACK:
            return {**body, "requester": {"address": new.address}}

        async def words() -> str:
            return f"*{quoted(new.subject)}*"

        profile = await self._people.profile(new.person)
        source = f"opening/{presser.team_id}/{source}/{new.person}"
        where = await self._beginnings.conversation(source, presser.team_id, new.person, words)
        chat = {"channel": SLACK, "account": where.account, "conversation": str(where)}
        requester = {"address": f"{profile.team or presser.team_id}/{new.person}", "name": profile.name[:200]}
        language = {"language": profile.language} if profile.language in ("es", "en") else {}
        return {**body, **language, "requester": requester, "chat": chat}


def _error(field: str, text: str) -> Json:
    return {"response_action": "errors", "errors": {field: text}}
