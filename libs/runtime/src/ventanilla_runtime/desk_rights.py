"""What is to be said of a service's token at the ticket service: whether that answers, and takes the token."""

import asyncio
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from ventanilla_runtime.findings import Finding, ok, problem
from ventanilla_runtime.logs import redact_text
from ventanilla_runtime.web_address import is_web_address

_SECONDS: Final = 8.0
_MOST_BYTES: Final = 64 * 1024
_API: Final = "/api/v1"
_OURS: Final = "urn:ventanilla:problem:"
_UNKNOWN: Final = 401
_BROKEN: Final = 500


@dataclass(frozen=True, slots=True)
class DeskToken:
    """A token of a service, and what it must permit.

    Attributes:
        service: who holds it, such as `intake-chat`.
        variable: the setting that gives it, such as `INTAKE_CHAT_TICKETS_TOKEN`.
        address: the setting that says where the ticket service is, such as `INTAKE_CHAT_TICKETS_URL`.
        scopes: what it must permit: of `read`, `write`, `act`, `portal`, `probe`.
        without: what does not work without it, such as "nobody is an agent in Slack".
    """

    service: str
    variable: str
    address: str
    scopes: tuple[str, ...]
    without: str = ""

    @property
    def unset(self) -> str:
        """That it is not there; whoever names a file that is empty may believe that it is."""
        file = f"{self.variable}_FILE"
        empty = f"is not set ({file} names an empty file)" if os.environ.get(file) else "is not set"
        return f"{self.variable} {empty}: {self.without}" if self.without else f"{self.variable} {empty}"

    @property
    def make_one(self) -> str:
        """What an operator does who has none that is taken."""
        scopes = " ".join(f"--scope {scope}" for scope in self.scopes)
        return f"make one: tickets token create --name {self.service} {scopes}"


@dataclass(frozen=True, slots=True)
class _Question:
    """Which scope a request needs is looked at before anything else: none of these changes or tells anything."""

    path: str
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


_QUESTIONS: Final[Mapping[str, _Question]] = {
    "read": _Question("/tickets?limit=1"),
    # Without a subject no ticket is made.
    "write": _Question("/tickets", "POST", b"{}", {"content-type": "application/json"}),
    # For an agent whom nobody knows nothing is done.
    "act": _Question("/tickets?limit=1", headers={"ventanilla-agent": "nobody.of-this-name"}),
    "portal": _Question("/status/nobody"),
    "probe": _Question(f"/probes/{'0' * 16}"),
}


@dataclass(frozen=True, slots=True)
class _Said:
    """What the ticket service answered.

    Attributes:
        desks: it is an answer of a ticket service, not of a proxy or a page to log in.
        lacks: the scope that it misses; "" where it speaks of none.
    """

    status: int
    desks: bool
    lacks: str = ""


async def desk_rights(
    url: str, secret: str, token: DeskToken, *, by_proxy: bool = False, seconds: float = _SECONDS
) -> Finding:
    """What is to be said of the ticket service and the token. Nothing is changed there.

    Args:
        url: where it is.
        secret: the token itself; it is sent there and nowhere else.
        by_proxy: the service asks by the proxies that its environment names, so this must.
        seconds: it takes so long at most.
    """
    where = redact_text(url)
    if not is_web_address(url):
        says = f"{where or 'an empty text'} is no address of a ticket service"
        return problem("tickets", says, f"set {token.address} to one such as http://tickets:8001")
    if not secret.isascii() or not secret.isprintable():
        return problem("tickets", f"{token.variable} has characters that no token has", token.make_one)
    try:
        async with asyncio.timeout(seconds):
            said = {s: await asyncio.to_thread(_ask, url, secret, s, by_proxy, seconds) for s in token.scopes}
    except (OSError, TimeoutError, http.client.HTTPException) as error:
        says = f"{where} does not answer ({type(error).__name__})"
        return problem("tickets", says, f"start it, or set {token.address}")
    return _judged(said, where, token)


def _judged(said: Mapping[str, _Said], where: str, token: DeskToken) -> Finding:
    if any(one.status == _UNKNOWN for one in said.values()):
        return problem("tickets", f"{token.variable} is unknown there, expired or revoked", token.make_one)
    if strange := next((one.status for one in said.values() if one.status >= _BROKEN or not one.desks), None):
        says = f"answers {strange}" if strange >= 300 else "is no ticket service: a proxy, or a page to log in?"
        return problem("tickets", f"{where} {says}", f"look at its log, or at {token.address}")
    if lacking := [scope for scope, one in said.items() if one.lacks == scope]:
        return problem("tickets", f"{token.variable} lacks {', '.join(lacking)}", token.make_one)
    return ok("tickets", f"{where} takes {token.variable}, which permits {', '.join(token.scopes)}")


class _NowhereElse(urllib.request.HTTPRedirectHandler):
    """Whoever sends us on would be given the token."""

    def redirect_request(self, *_: object) -> None:
        """None: the answer is taken as it is."""


def _ask(url: str, secret: str, scope: str, by_proxy: bool, seconds: float) -> _Said:
    """Blocks for a time-out at most. No client of a service's own is used: the chassis has none."""
    question = _QUESTIONS[scope]
    request = urllib.request.Request(  # noqa: S310  # the scheme was looked at
        f"{url.rstrip('/')}{_API}{question.path}",
        question.body,
        {"authorization": f"Bearer {secret}", **question.headers},
        method=question.method,
    )
    proxies = urllib.request.ProxyHandler(None if by_proxy else {})
    try:
        with urllib.request.build_opener(proxies, _NowhereElse).open(request, timeout=seconds) as answer:
            return _read(answer.status, answer.read(_MOST_BYTES))
    except urllib.error.HTTPError as refused:
        with refused:
            return _read(refused.code, refused.read(_MOST_BYTES))


def _read(status: int, body: bytes) -> _Said:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        # Of a page of tickets the limit may have cut the end off.
        return _Said(status, desks=status < 300 and body.startswith(b"{"))
    if not isinstance(content, dict):
        return _Said(status, desks=False)
    is_problem = str(content.get("type") or "").startswith(_OURS)
    return _Said(status, desks=is_problem or status < 300, lacks=str(content.get("missing_scope") or ""))
