"""Signed requests to the desk, with Twilio's time-outs and what it makes of answers.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urldefrag, urlencode, urljoin, urlsplit

import aiohttp
from aiohttp.typedefs import URL  # type: ignore[attr-defined]  # yarl's, which aiohttp brings

from ventanilla_devstack.twilio.errors import DocumentFailed, Trouble
from ventanilla_devstack.twilio.signing import HEADER, sign, with_body_hash

_FORM = "application/x-www-form-urlencoded; charset=UTF-8"
_REDIRECTS = 10
DOCUMENT_BYTES = 64 * 1024
_SENT_KEPT = 5_000
Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the desk.

    Attributes:
        url: absolute; its fragment may override how often Twilio tries (`#rc=2`).
        method: GET puts the fields into the query.
    """

    url: str
    method: str = "POST"
    fields: Fields = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk said.

    Attributes:
        url: where it was said in the end, after redirects of HTTP.
        location: where a redirect of HTTP leads.
    """

    status: int
    content_type: str
    body: bytes
    url: str
    location: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it went out."""

    kind: str
    method: str
    url: str
    fields: Fields
    status: int
    problem: str = ""

    def __getitem__(self, name: str) -> str:
        return next(value for each, value in self.fields if each == name)

    def get(self, name: str, default: str = "") -> str:
        """A field, or what stands in for it."""
        return next((value for each, value in self.fields if each == name), default)


@dataclass(slots=True)
class Webhooks:
    """The way to the desk.

    Attributes:
        token: signs.
        seconds: how long the desk may take.
        routes: a public address to where it really is, as behind a proxy: the signature is over the public one.
        sent: the last requests, oldest first.
    """

    token: str
    seconds: float = 15.0
    routes: dict[str, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    _session: aiohttp.ClientSession | None = field(default=None)

    async def ask(self, kind: str, request: Request, most_bytes: int = DOCUMENT_BYTES) -> Answer:
        """One request, with the redirects that follow; of a longer answer one byte more than was asked for comes.

        Raises:
            DocumentFailed: no answer, or one that is an error.
        """
        url, _, fragment = request.url.partition("#")
        url = as_sent(url)
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise DocumentFailed(Trouble(11100, url, fatal=True))
        tries = 1 + _retries(fragment)
        for attempt in range(tries):
            try:
                answer = await self._follow(kind, Request(url, request.method.upper(), request.fields), most_bytes)
            except DocumentFailed as failed:
                if attempt + 1 == tries or failed.trouble.code != 11205:
                    raise
            else:
                return answer
        raise AssertionError("unreachable: the last try returns or raises")

    async def post_json(self, kind: str, url: str, body: bytes) -> Answer:
        """A body that is no form, signed by its hash."""
        address = with_body_hash(as_sent(url), body)
        headers = {"Content-Type": "application/json"}
        return await self._once(kind, Request(address), headers, body)

    async def stop(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _follow(self, kind: str, request: Request, most: int) -> Answer:
        for _ in range(_REDIRECTS + 1):
            if request.method == "GET":
                joint = "&" if "?" in request.url else "?"
                address = request.url + (joint + urlencode(request.fields) if request.fields else "")
                answer = await self._once(kind, Request(address, "GET"), {}, None, shown=request.fields, most=most)
            else:
                body = urlencode(request.fields).encode()
                answer = await self._once(kind, request, {"Content-Type": _FORM}, body, most=most)
            if answer.status not in (301, 302, 303, 307, 308):
                break
            target = as_sent(urldefrag(urljoin(request.url, answer.location)).url)
            kept = request.method if answer.status in (307, 308) else "GET"
            request = Request(target, kept, request.fields)
        else:
            raise DocumentFailed(Trouble(11215, request.url, fatal=True))
        if not 200 <= answer.status < 300:
            raise DocumentFailed(Trouble(11200, f"Got HTTP {answer.status} response to {request.url}", fatal=True))
        return answer

    async def _once(
        self,
        kind: str,
        request: Request,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        shown: Fields = (),
        most: int = DOCUMENT_BYTES,
    ) -> Answer:
        fields = request.fields or shown
        more = {
            HEADER: sign(self.token, request.url, request.fields if request.method != "GET" else ()),
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            **headers,
        }
        address = self._routed(request.url)
        parts = urlsplit(request.url)
        if address != request.url:
            more |= {"Host": parts.netloc, "X-Forwarded-Proto": parts.scheme, "X-Forwarded-Host": parts.netloc}
        try:
            async with (
                asyncio.timeout(self.seconds),
                # As it was signed: nothing in it may be written another way.
                self._open().request(
                    request.method, URL(address, encoded=True), data=body, headers=more, allow_redirects=False
                ) as answer,
            ):
                content = await answer.content.read(most + 1)
                while len(content) <= most and (rest := await answer.content.read(most + 1 - len(content))):
                    content += rest
                self._note(Sent(kind, request.method, request.url, fields, answer.status))
                given = answer.headers.get("Content-Type", "")
                return Answer(answer.status, given, content, request.url, answer.headers.get("Location", ""))
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            problem, trouble = _trouble(error, request.url, self.seconds)
            self._note(Sent(kind, request.method, request.url, fields, 0, problem))
            raise DocumentFailed(trouble) from error

    def _note(self, sent: Sent) -> None:
        self.sent.append(sent)
        del self.sent[:-_SENT_KEPT]

    def _routed(self, url: str) -> str:
        for public, real in self.routes.items():
            if url.startswith(public):
                return real + url[len(public) :]
        return url

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # As Twilio comes: a fresh connection may be used for each request, and nothing is remembered between them.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=5)
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=None), connector=connector, cookie_jar=jar
            )
        return self._session


def _retries(fragment: str) -> int:
    given: dict[str, Any] = parse_qs(fragment)
    text = str(given.get("rc", ["1"])[0])
    return min(int(text), 5) if text.isascii() and text.isdigit() else 1


def as_sent(url: str) -> str:
    """An address as it goes over the wire: what may not stand there is escaped, what is escaped stays so."""
    return quote(url, safe="%/:=&?~+!$,;'@()*[]")


def _trouble(error: Exception, url: str, seconds: float) -> tuple[str, Trouble]:
    """What went wrong with a request: a word for it, and Twilio's number."""
    if isinstance(error, TimeoutError):
        return "timeout", Trouble(11200, f"no answer within {seconds:g} s", fatal=True)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "dns", Trouble(11210, url, fatal=True)
    if isinstance(error, aiohttp.ClientSSLError):
        return "tls", Trouble(11220, url, fatal=True)
    if isinstance(error, aiohttp.ClientConnectionError | OSError):
        return "connection", Trouble(11205, url, fatal=True)
    return "protocol", Trouble(11206, url, fatal=True)
