"""The pages of agents: a ticket's whole conversation, its history, why it is where it is, and its arithmetic.

They only read. Whoever looks must be signed in and an agent still: that is asked anew for each page. Who has looked at
which ticket is in the log.
"""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal.adapters.answering import RETRY, Answering, chosen_language
from portal.adapters.desk_api import Asked, DeskApi
from portal.adapters.desk_rendering import DeskPages
from portal.adapters.desk_sign_in import SESSION, SignIn, not_let_in
from portal.adapters.downloads import Passed
from portal.adapters.members import Members
from portal.adapters.signed_cookies import SignedCookies
from portal.domain.rate_limit import RateLimit
from portal.domain.sessions import Session, read_session
from portal.domain.sign_in import NotLetIn, page_of_the_desk
from portal.errors import AgentGone, TicketsAway, UnknownLink

log = structlog.get_logger()

_MESSAGES, _LINES, _TICKETS = "20", "100", "50"
"""On one page."""
_LONGEST_CURSOR: Final = 500
_NUMBER: Final = re.compile(r"[1-9]\d{0,17}\Z")
_FILE: Final = re.compile(r"[0-9a-f-]{36}\.\d{1,3}\Z")
_MESSAGE: Final = re.compile(r"[0-9a-f-]{36}\Z")
Json = dict[str, Any]
View = Callable[[Request, Session], Awaitable[Response]]


class Desk:
    """Answers agents' requests."""

    def __init__(
        self,
        answering: Answering,
        pages: DeskPages,
        cookies: SignedCookies,
        sign_in: SignIn,
        desk: DeskApi,
        members: Members,
        views: RateLimit,
    ) -> None:
        """`views` counts agents, and addresses of those who are not signed in."""
        self._answering = answering
        self._pages = pages
        self._cookies = cookies
        self._sign_in = sign_in
        self._desk = desk
        self._members = members
        self._views = views

    def routes(self) -> list[Route]:
        """The addresses of agents' pages."""
        return [
            Route("/desk", self._seen_by_agents(self.mine)),
            Route("/desk/sign-in", self._sign_in.begin, methods=["GET"]),
            Route("/desk/signed-in", self._sign_in.finish, methods=["GET"]),
            Route("/desk/sign-out", self._sign_in.end, methods=["POST"]),
            Route("/desk/{number}", self._seen_by_agents(self.conversation)),
            Route("/desk/{number}/history", self._seen_by_agents(self.history)),
            Route("/desk/{number}/routing", self._seen_by_agents(self.routing)),
            Route("/desk/{number}/service-level", self._seen_by_agents(self.service_level)),
            Route("/desk/{number}/files/{file}", self._seen_by_agents(self.file)),
            Route("/desk/{number}/originals/{message}", self._seen_by_agents(self.original)),
        ]

    async def mine(self, request: Request, session: Session) -> Response:
        """What the agent has."""
        parameters = {"view": "mine", "limit": _TICKETS, **_cursor(request)}
        [queue] = await self._desk.view(session, Asked(f"/agents/{quote(session.handle, safe='')}/queue", parameters))
        language, chosen = self._language(request, session), chosen_language(request)
        return self._answering.page(self._pages.mine(language, session, queue, chosen))

    async def conversation(self, request: Request, session: Session) -> Response:
        """The newest messages of a ticket, and with a cursor older ones."""
        number = _number(request)
        parameters = {"limit": _MESSAGES, "newest_first": "true", **_cursor(request)}
        ticket, page = await self._seen(session, number, Asked(f"/tickets/{number}/messages", parameters))
        _note(session, number, "conversation")
        language, chosen = self._language(request, session), chosen_language(request)
        return self._answering.page(self._pages.conversation(language, session, ticket, page, chosen))

    async def history(self, request: Request, session: Session) -> Response:
        """What happened to a ticket."""
        number = _number(request)
        parameters = {"limit": _LINES, **_cursor(request)}
        ticket, page = await self._seen(session, number, Asked(f"/tickets/{number}/history", parameters))
        _note(session, number, "history")
        language, chosen = self._language(request, session), chosen_language(request)
        return self._answering.page(self._pages.history(language, session, ticket, page, chosen))

    async def routing(self, request: Request, session: Session) -> Response:
        """Why a ticket went where it went."""
        number = _number(request)
        language, chosen = self._language(request, session), chosen_language(request)
        parameters = {"format": "text", "language": language}
        asked = Asked(f"/tickets/{number}/routing", parameters, may_be_missing=True, is_text=True)
        by_clock = replace(asked, parameters={**parameters, "zone": str(self._pages.zone(session) or "UTC")})
        try:
            ticket, lines = await self._seen(session, number, by_clock)
        except UnknownLink:  # the ticket service of the release before knows no zones; or there is no such ticket
            ticket, lines = await self._seen(session, number, asked)
        _note(session, number, "routing")
        return self._answering.page(self._pages.routing(language, session, ticket, lines, chosen))

    async def service_level(self, request: Request, session: Session) -> Response:
        """The arithmetic behind a ticket's clocks."""
        number = _number(request)
        asked = Asked(f"/tickets/{number}/service-level/arithmetic", may_be_missing=True)
        ticket, sums = await self._seen(session, number, asked)
        _note(session, number, "service_level")
        language, chosen = self._language(request, session), chosen_language(request)
        return self._answering.page(self._pages.service_level(language, session, ticket, sums, chosen))

    async def file(self, request: Request, session: Session) -> Response:
        """A file of a message, for saving."""
        number, file = _number(request), _checked(request.path_params["file"], _FILE)
        download = await self._desk.download(session, f"/attachments/{file}")
        log.info("file.downloaded", ticket=number, file=file, agent=session.handle)
        return Passed(download)

    async def original(self, request: Request, session: Session) -> Response:
        """The original of a message as it came in, for saving."""
        number, message = _number(request), _checked(request.path_params["message"], _MESSAGE)
        download = await self._desk.download(session, f"/messages/{message}/raw")
        log.info("original.downloaded", ticket=number, message=message, agent=session.handle)
        return Passed(download)

    async def _seen(self, session: Session, number: int, asked: Asked) -> tuple[Json, Any]:
        """A ticket with the names of its team and of whoever has it, and the answer to another question about it."""
        ticket, answer = await self._desk.view(session, _ticket(number), asked)
        return {**ticket, "names": await self._desk.names(ticket)}, answer

    def _seen_by_agents(self, view: View) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            session = read_session(self._cookies.read(request, SESSION))
            # A whole office may stand behind one address; whoever is signed in counts for themselves.
            counted = session.way if session else self._answering.reader(request)
            if not self._views.allows(counted, time.monotonic()):
                return self._answering.words(request, 429, "busy.title", "busy.do", headers=RETRY)
            if session is None:
                return self._nobody(request)
            try:
                await self._members.must_be_one(session)
                return await view(request, session)
            except AgentGone:
                return self._gone(request, session)
            except UnknownLink:
                page = self._pages.words(self._language(request, session), "desk.missing_title", "desk.missing_do")
                return self._answering.page(page, 404)
            except TicketsAway as error:
                log.warning("view.delayed", error=error)
                page = self._pages.words(self._language(request, session), "desk.slow_title", "away.do")
                return self._answering.page(page, 503, RETRY)

        return guarded

    def _nobody(self, request: Request) -> Response:
        """Ask somebody to sign in. Nothing is said of whether there is such a ticket."""
        goes_to = page_of_the_desk(request.url.path)
        out = request.url.path == "/desk" and "out" in request.query_params
        page = self._pages.sign_in(self._answering.language(request), goes_to, signed_out=out)
        return self._answering.page(page, 401, {"www-authenticate": 'Bearer realm="desk"'})

    def _gone(self, request: Request, session: Session) -> Response:
        log.warning("session.ended", agent=session.handle)
        refusal = NotLetIn("retired")
        page = not_let_in(self._pages, self._language(request, session), refusal, page_of_the_desk(request.url.path))
        answer = self._answering.page(page, 403)
        self._cookies.take_away(answer, SESSION)
        return answer

    def _language(self, request: Request, session: Session) -> str:
        return self._answering.language(request, session.language)


class NoDesk:
    """What agents are told where nobody has set up how they sign in."""

    def __init__(self, answering: Answering, pages: DeskPages) -> None:
        self._answering = answering
        self._pages = pages

    def routes(self) -> list[Route]:
        """The addresses of agents' pages."""
        return [Route("/desk", self.tell), Route("/desk/{rest:path}", self.tell)]

    async def tell(self, request: Request) -> Response:
        """Say that it is not set up, and how to."""
        language = self._answering.language(request)
        return self._answering.page(self._pages.words(language, "desk.unset_title", "desk.unset_do"), 503)


def _ticket(number: int) -> Asked:
    return Asked(f"/tickets/{number}")


def _note(session: Session, number: int, view: str) -> None:
    log.info("ticket.viewed", ticket=number, view=view, agent=session.handle)


def _number(request: Request) -> int:
    return int(_checked(request.path_params["number"], _NUMBER))


def _checked(given: str, form: re.Pattern[str]) -> str:
    """A part of an address that can be part of one of the API's too.

    Raises:
        UnknownLink: it cannot be one of ours.
    """
    if not form.match(given):
        raise UnknownLink("no address of ours")
    return given


def _cursor(request: Request) -> dict[str, str]:
    given = request.query_params.get("after", "")
    return {"cursor": given} if given and len(given) <= _LONGEST_CURSOR else {}
