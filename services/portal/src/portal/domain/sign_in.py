"""Signing in with Slack (OpenID Connect, authorization code with PKCE): what is remembered, and who is let in."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

HOME: Final = "/desk"
_PLACES: Final = re.compile(r"/desk(?:/[1-9]\d{0,17}(?:/(?:history|routing|service-level))?)?\Z")
_TEAM, _USER = "https://slack.com/team_id", "https://slack.com/user_id"
_SLACK_ID: Final = re.compile(r"[A-Z][A-Z0-9]{2,30}\Z")


class NotLetIn(Exception):  # it is an answer rather than an error
    """Somebody is not let in; `slug` says why, for the page and for the log."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt to sign in began with; it stays in the browser that began it.

    Attributes:
        state: comes back through Slack's address; only the same browser has it in a cookie too.
        nonce: comes back inside the signed token.
        verifier: proves to Slack that whoever exchanges the code also asked for it (RFC 7636).
        goes_to: a page of the desk.
    """

    state: str
    nonce: str
    verifier: str
    goes_to: str

    @property
    def challenge(self) -> str:
        """The verifier as Slack gets to see it beforehand: its hash."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def belongs_to(self, state: str) -> bool:
        """Whether an answer of Slack is to this attempt."""
        return hmac.compare_digest(self.state.encode(), state.encode())

    def as_claims(self) -> dict[str, str]:
        """As it is put into a cookie."""
        return asdict(self)


def new_attempt(wanted: str) -> Attempt:
    """An attempt that nobody can guess, and that leads to a page of the desk whatever was asked for."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Attempt(state, nonce, verifier, page_of_the_desk(wanted))


def read_attempt(claims: Mapping[str, Any] | None) -> Attempt | None:
    """What a cookie holds that we have signed; None: none, or of another release."""
    if claims is None or not all(isinstance(claims.get(field.name), str) for field in fields(Attempt)):
        return None
    return Attempt(claims["state"], claims["nonce"], claims["verifier"], page_of_the_desk(claims["goes_to"]))


def page_of_the_desk(wanted: str) -> str:
    """Where to go after signing in: one of our own pages for agents, else the first of them. Never elsewhere."""
    return wanted if _PLACES.match(wanted) else HOME


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who Slack says that somebody is.

    Attributes:
        mail: the address that Slack has confirmed; "" if there is none.
    """

    team_id: str
    user_id: str
    mail: str


def who_signed(claims: Mapping[str, Any], nonce: str, team_id: str) -> Claimed:
    """Who is meant by a token whose signature, issuer, audience and time are good.

    Raises:
        NotLetIn: it is not the answer to this attempt, or not of our workspace.
    """
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise NotLetIn("wrong_nonce")
    team, user = claims.get(_TEAM), claims.get(_USER)
    if team != team_id:
        raise NotLetIn("wrong_team")
    if not isinstance(user, str) or not _SLACK_ID.match(user) or claims.get("sub") != user:
        raise NotLetIn("no_user")
    mail = claims.get("email")
    confirmed = claims.get("email_verified") is True and isinstance(mail, str)
    return Claimed(team_id, user, str(mail) if confirmed else "")


def must_be_a_member(user: Mapping[str, Any], claimed: Claimed) -> None:
    """Let pass whom Slack knows as a full member of the workspace: no guest, no stranger, no bot, nobody who left.

    Args:
        user: as `users.info` tells of them.

    Raises:
        NotLetIn: they are none.
    """
    if user.get("id") != claimed.user_id or user.get("team_id") != claimed.team_id or user.get("is_stranger"):
        raise NotLetIn("wrong_team")
    if user.get("deleted") or user.get("is_bot"):
        raise NotLetIn("no_user")
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        raise NotLetIn("guest")


def language_of(user: Mapping[str, Any]) -> str:
    """The language that somebody has chosen in Slack, `es` for `es-LA`; "" if Slack does not say."""
    return str(user.get("locale") or "").partition("-")[0].lower()[:8]
