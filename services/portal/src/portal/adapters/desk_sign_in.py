"""Signing in with Slack and out again: who is let in gets a cookie, and nobody else gets anything."""

import re
import time
from typing import Final
from urllib.parse import urlencode, urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.adapters.answering import HEADERS, RETRY, Answering
from portal.adapters.desk_api import DeskApi
from portal.adapters.desk_rendering import DeskPages
from portal.adapters.signed_cookies import SignedCookies
from portal.adapters.slack_identity import SlackIdentity
from portal.domain.form import may_send
from portal.domain.rate_limit import RateLimit
from portal.domain.sessions import ATTEMPT_SECONDS, SESSION_SECONDS, Session
from portal.domain.sign_in import (
    HOME,
    Attempt,
    Claimed,
    NotLetIn,
    language_of,
    must_be_a_member,
    new_attempt,
    page_of_the_desk,
    read_attempt,
    who_signed,
)
from portal.errors import SlackAway, TicketsAway
from portal.settings import PortalSettings

log = structlog.get_logger()

SESSION: Final = "desk-session"
_ATTEMPT: Final = "desk-attempt-"
_MOST_ATTEMPTS: Final = 5
"""Tabs in which one browser signs in at once; with more, the older ones begin again."""
_ATTEMPTS_PER_MINUTE: Final = 240
"""For one address: a whole office may stand behind it at nine in the morning."""
_STATE: Final = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_CODE: Final = re.compile(r"[\x21-\x7e]{1,1000}\Z")
_SCOPES: Final = "openid email profile"


class SignIn:
    """The door of agents' pages."""

    def __init__(
        self,
        settings: PortalSettings,
        answering: Answering,
        pages: DeskPages,
        cookies: SignedCookies,
        slack: SlackIdentity,
        desk: DeskApi,
    ) -> None:
        self._settings = settings
        self._answering = answering
        self._pages = pages
        self._cookies = cookies
        self._slack = slack
        self._desk = desk
        self._back = f"{settings.public_url}/desk/signed-in"
        self._attempts = RateLimit(_ATTEMPTS_PER_MINUTE)

    async def begin(self, request: Request) -> Response:
        """Send the browser to Slack, with what only this browser can come back with."""
        if not self._attempts.allows(self._answering.reader(request), time.monotonic()):
            return self._answering.words(request, 429, "busy.title", "busy.do", headers=RETRY)
        wanted = page_of_the_desk(request.query_params.get("next", HOME))
        ours = urlsplit(self._settings.public_url).netloc
        if request.headers.get("host", "") != ours and "here" not in request.query_params:
            # Slack leads back to our own name: the cookie must be set under it, once we are there.
            there = urlencode({"next": wanted, "here": "1"})
            return RedirectResponse(f"{self._settings.public_url}/desk/sign-in?{there}", 303, HEADERS)
        attempt = new_attempt(wanted)
        try:
            place = (await self._slack.places())["authorization_endpoint"]
        except SlackAway as error:
            return self._away(request, error)
        answer = RedirectResponse(f"{place}?{urlencode(self._question(attempt))}", 303, HEADERS)
        self._forget_older(request, answer)
        self._cookies.put(answer, _kind(attempt.state), attempt.as_claims(), ATTEMPT_SECONDS)
        return answer

    async def finish(self, request: Request) -> Response:
        """Take the browser back from Slack; whoever is an agent is signed in and led on."""
        if not self._attempts.allows(self._answering.reader(request), time.monotonic()):
            return self._answering.words(request, 429, "busy.title", "busy.do", headers=RETRY)
        state = request.query_params.get("state", "")
        kind = _kind(state) if _STATE.match(state) else ""
        attempt = read_attempt(self._cookies.read(request, kind)) if kind else None
        if attempt is None or not attempt.belongs_to(state):
            return self._refused(request, NotLetIn("wrong_state"), HOME)
        try:
            session = await self._session(request, attempt)
        except NotLetIn as refusal:
            answer = self._refused(request, refusal, attempt.goes_to)
        except (SlackAway, TicketsAway) as error:
            answer = self._away(request, error)
        else:
            log.info("agent.signed_in", agent=session.handle)
            answer = RedirectResponse(attempt.goes_to, 303, HEADERS)
            self._cookies.put(answer, SESSION, session.as_claims(), SESSION_SECONDS)
        self._cookies.take_away(answer, kind)
        return answer

    async def end(self, request: Request) -> Response:
        """Sign out: this browser forgets who was signed in. Another site cannot make it."""
        headers = request.headers
        if not may_send(headers.get("host", ""), headers.get("origin"), headers.get("sec-fetch-site")):
            page = self._pages.words(self._answering.language(request), "refused.title", "desk.out_refused")
            return self._answering.page(page, 403)
        answer = RedirectResponse(f"{HOME}?out=1", 303, HEADERS)
        if self._cookies.read(request, SESSION) is not None:
            self._cookies.take_away(answer, SESSION)
        return answer

    async def _session(self, request: Request, attempt: Attempt) -> Session:
        if "error" in request.query_params:
            raise NotLetIn("refused")
        code = request.query_params.get("code", "")
        if not _CODE.match(code):
            raise NotLetIn("stale_code")
        claims = await self._slack.exchange(code, attempt.verifier, self._back)
        claimed = who_signed(claims, attempt.nonce, self._settings.slack_team)
        user = await self._slack.user(claimed.user_id)
        must_be_a_member(user, claimed)
        handle, name = await self._agent(claimed)
        return Session(handle, name, claimed.team_id, claimed.user_id, language_of(user))

    async def _agent(self, claimed: Claimed) -> tuple[str, str]:
        """Handle and name of the agent who this is: linked already, or linked now by the address that Slack confirms.

        Raises:
            NotLetIn: nobody of the desk.
        """
        agent = await self._desk.in_slack(claimed.team_id, claimed.user_id)
        if agent is None:
            if not claimed.mail:
                raise NotLetIn("no_mail")
            agent = await self._desk.by_mail(claimed.mail)
            if agent is None or not await self._desk.link(
                agent["handle"], claimed.team_id, claimed.user_id, claimed.mail
            ):
                raise NotLetIn("no_agent")
            log.info("agent.linked", agent=agent["handle"])
        if not agent["active"]:
            raise NotLetIn("retired")
        return agent["handle"], agent["name"]

    def _question(self, attempt: Attempt) -> dict[str, str]:
        return {
            "response_type": "code",
            "scope": _SCOPES,
            "client_id": self._settings.slack_client_id,
            "redirect_uri": self._back,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "team": self._settings.slack_team,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }

    def _forget_older(self, request: Request, answer: Response) -> None:
        prefix = self._cookies.name(_ATTEMPT)
        kinds = [_ATTEMPT + name.removeprefix(prefix) for name in request.cookies if name.startswith(prefix)]
        if len(kinds) >= _MOST_ATTEMPTS:
            for kind in kinds[:50]:
                self._cookies.take_away(answer, kind)

    def _refused(self, request: Request, refusal: NotLetIn, goes_to: str) -> Response:
        log.warning("sign_in.refused", why=refusal.slug)
        return self._answering.page(not_let_in(self._pages, self._answering.language(request), refusal, goes_to), 403)

    def _away(self, request: Request, error: Exception) -> Response:
        log.warning("sign_in.delayed", error=error)
        page = self._pages.words(self._answering.language(request), "desk.away_title", "desk.away_do", again=HOME)
        return self._answering.page(page, 503, RETRY)


def not_let_in(pages: DeskPages, language: str, refusal: NotLetIn, goes_to: str) -> str:
    """The page that tells somebody why they are not let in, and what to do."""
    return pages.words(language, "denied.title", *_SENTENCES[refusal.slug], again=goes_to)


def _kind(state: str) -> str:
    return _ATTEMPT + state[:8]


_SENTENCES: Final = {
    "refused": ("denied.refused",),
    "wrong_state": ("denied.wrong_state",),
    "stale_code": ("denied.stale_code",),
    "bad_token": ("denied.bad_token",),
    "wrong_nonce": ("denied.bad_token",),
    "wrong_team": ("denied.wrong_team",),
    "guest": ("denied.guest", "denied.customers"),
    "no_user": ("denied.no_user",),
    "no_mail": ("denied.no_mail",),
    "no_agent": ("denied.no_agent", "denied.customers"),
    "retired": ("denied.retired",),
}
