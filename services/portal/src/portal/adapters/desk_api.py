"""The ticket service's API, as far as agents' pages need it. It is asked as the agent who looks; nothing is changed."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import httpx
import structlog

from portal.adapters.bounded import chunks_of, read_whole, translated
from portal.adapters.downloads import Download
from portal.domain.sessions import Session
from portal.errors import AgentGone, TicketsAway, TokenRefused, UnknownLink
from ventanilla_runtime import tracing

log = structlog.get_logger()

_AGENT, _VIA = b"Ventanilla-Agent", b"Ventanilla-Via"
_GONE: Final = frozenset({"agent_unknown", "agent_retired"})
_MOST_BYTES: Final = 16 * 1024 * 1024
_PROBE_SECONDS: Final = 15.0
_NOBODY: Final = "T000/U000"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the API.

    Attributes:
        may_be_missing: None is an answer too.
        is_text: the answer is for reading as it is.
    """

    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    may_be_missing: bool = False
    is_text: bool = False


class DeskApi:
    """Reads the desk for agents, and says who of them is who in Slack."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._refused: str | None = None
        self._unknown = False  # the token was not known at all

    @property
    def problem(self) -> str | None:
        """What an operator must act on, or None."""
        return self._refused

    async def in_slack(self, team_id: str, user_id: str) -> Json | None:
        """The agent who is this user of Slack, retired or not; None: nobody of the desk is.

        Raises:
            TicketsAway: try again.
        """
        found = await self._read("/agents", {"slack": f"{team_id}/{user_id}"})
        items: list[Json] = found["items"]
        return items[0] if items else None

    async def by_mail(self, mail: str) -> Json | None:
        """The agent at work with this address; None: there is none, or more than one.

        Raises:
            TicketsAway: try again.
        """
        try:
            items: list[Json] = (await self._read("/agents", {"mail": mail}))["items"]
        except UnknownLink:  # an address that no agent can have
            return None
        return items[0] if len(items) == 1 else None

    async def link(self, handle: str, team_id: str, user_id: str, mail: str) -> bool:
        """Say that an agent is this user of Slack, whose address Slack has confirmed; False: the desk says no.

        Raises:
            TicketsAway: try again.
        """
        body = {"team_id": team_id, "user_id": user_id, "mail": mail, "mail_confirmed": True}
        async with AsyncExitStack() as stack:
            answer = await self._ask(stack, "PUT", f"/agents/{quote(handle, safe='')}/slack", body=body)
            if answer.status_code in (404, 409, 422):
                log.info("agent.unlinkable", agent=handle, status=answer.status_code)
                return False
            self._must_be_good(answer)
            return True

    async def view(self, session: Session, *asked: Asked) -> list[Any]:
        """The answers to several questions of an agent, asked at once, after it was made sure that they still are one.

        Raises:
            AgentGone: they are none.
            UnknownLink: something of it does not exist that must; of several, the first that was asked for tells.
            TicketsAway: try again.
        """
        answers = await asyncio.gather(
            self.must_be_an_agent(session), *(self._answer(one, session) for one in asked), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return list(answers[1:])

    async def names(self, ticket: Json) -> Json:
        """What people call the team of a ticket and whoever has it: `names`, as the ticket service tells it.

        One of the release before does not tell it with the ticket; where it cannot be known now, there is nothing.
        """
        if "names" in ticket:
            return dict(ticket["names"])
        team, assignee = ticket["team"], ticket["assignee"]
        asked = [Asked(f"/teams/{quote(team, safe='')}", may_be_missing=True)]
        if assignee:
            asked.append(Asked(f"/agents/{quote(assignee, safe='')}", may_be_missing=True))
        try:
            known, *agents = await asyncio.gather(*(self._answer(one, None) for one in asked))
        except (TicketsAway, UnknownLink) as error:  # the page is good with handles too
            log.info("names.unknown", reason=str(error))
            return {}
        name = next((str(agent.get("name") or "") for agent in agents if agent), "")
        return {"agents": {assignee: name}, "teams": {team: (known or {}).get("title") or {}}}

    async def download(self, session: Session, path: str) -> Download:
        """A file, as it comes.

        Raises:
            AgentGone, UnknownLink, TicketsAway: as in `view`.
        """
        await self.must_be_an_agent(session)
        async with AsyncExitStack() as stack:
            answer = await self._ask(stack, "GET", path, session)
            self._must_be_good(answer)
            return Download(answer.headers, chunks_of(answer), stack.pop_all().aclose)

    async def must_be_an_agent(self, session: Session) -> None:
        """Make sure that whoever is signed in still is the agent whom they signed in as.

        Raises:
            AgentGone: they are none any more, or somebody else.
            TicketsAway: try again.
        """
        agent = await self.in_slack(session.team_id, session.user_id)
        if agent is None or not agent["active"] or agent["handle"] != session.handle:
            raise AgentGone(session.handle)

    async def watch(self) -> None:
        """Find out for ever whether our token is good, so that readiness can say it."""
        while True:
            with suppress(UnknownLink, TicketsAway):
                await self.in_slack(*_NOBODY.split("/"))
            await asyncio.sleep(_PROBE_SECONDS)

    async def _read(self, path: str, parameters: Mapping[str, str]) -> Any:
        return await self._answer(Asked(path, parameters), None)

    async def _answer(self, asked: Asked, session: Session | None) -> Any:
        async with AsyncExitStack() as stack:
            answer = await self._ask(stack, "GET", asked.path, session, asked.parameters)
            if asked.may_be_missing and answer.status_code == 404:
                return None
            self._must_be_good(answer)
            try:
                with translated():
                    body = await read_whole(answer, _MOST_BYTES)
                return body.decode() if asked.is_text else json.loads(body)
            except ValueError as error:
                raise TicketsAway("its answer is too large or none") from error

    async def _ask(
        self,
        stack: AsyncExitStack,
        method: str,
        path: str,
        session: Session | None = None,
        parameters: Mapping[str, str] | None = None,
        body: Json | None = None,
    ) -> httpx.Response:
        """An answer whose body is still to be read; the stack closes it."""
        headers: dict[bytes, bytes] = {}
        if session is not None:
            headers = {_AGENT: session.handle.encode(), _VIA: session.way.encode()}
        with translated(), tracing.span("ask tickets", tracing.Kind.CLIENT) as trace:
            headers |= {tracing.HEADER.encode(): trace.encode()} if trace else {}
            answer = await stack.enter_async_context(
                self._client.stream(method, f"/api/v1{path}", params=parameters, json=body, headers=headers)
            )
            if answer.status_code >= 400:
                await answer.aread()
        if answer.status_code in (401, 403):
            if _slug(answer) in _GONE:
                raise AgentGone(session.handle if session else path)
            self._refused = "the ticket service refuses PORTAL_DESK_TOKEN; it needs the scopes read and act"
            self._unknown = answer.status_code == 401
            log.error("token.refused", status=answer.status_code)
            raise TokenRefused(self._refused)
        # Who signs in is read with fewer rights than what an agent sees: that it went well says nothing of the rest.
        if session is not None or self._unknown:
            self._refused = None
        return answer

    def _must_be_good(self, answer: httpx.Response) -> None:
        if answer.status_code in (404, 410, 422):  # the last: a cursor of another list, or cut
            raise UnknownLink(f"status {answer.status_code}")
        if answer.status_code >= 400:
            raise TicketsAway(f"status {answer.status_code}")


def _slug(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("type", "")).rpartition(":")[2]
    except (ValueError, AttributeError):
        return ""
