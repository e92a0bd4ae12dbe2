"""What every `doctor` says of its token at the ticket service."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.support.listening import listening
from ventanilla_runtime.desk_rights import DeskToken, desk_rights

TOKEN = DeskToken("portal", "PORTAL_DESK_TOKEN", "PORTAL_TICKETS_URL", ("read", "write", "act"))
SECRET = "vnt_" + "s" * 40
Answering = Callable[[bytes], tuple[int, object]]


def desk_that_permits(*scopes: str) -> Answering:
    """The ticket service: it looks at rights first, then at the agent, then at the ticket that is to be made."""

    def answer(asked: bytes) -> tuple[int, object]:
        needed = ("act", "read") if b"ventanilla-agent:" in asked.lower() else ("read",)
        needed = ("write",) if asked.startswith(b"POST /api/v1/tickets ") else needed
        for scope in needed:
            if scope not in scopes:
                return 403, {"type": "urn:ventanilla:problem:scope_missing", "missing_scope": scope}
        if needed == ("read",):
            return 200, {"items": []}
        return 422, {"type": "urn:ventanilla:problem:invalid"}

    return answer


def always(status: int, content: object) -> Answering:
    return lambda _: (status, content)


@asynccontextmanager
async def answering(answer: Answering, asked: list[bytes] | None = None) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if asked is not None:
            asked.append(head)
        status, content = answer(head)
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        more = b"location: /elsewhere\r\n" if status == 302 else b""
        writer.write(b"HTTP/1.1 %d x\r\n%scontent-length: %d\r\n\r\n%s" % (status, more, len(body), body))
        await writer.drain()

    async with listening(serve) as port:
        yield f"http://127.0.0.1:{port}"


async def test_a_token_that_may_all_is_taken() -> None:
    asked: list[bytes] = []
    async with answering(desk_that_permits("read", "write", "act"), asked) as url:
        found = await desk_rights(url, SECRET, TOKEN)

    assert (found.state, found.about) == ("ok", "tickets")
    assert found.says == f"{url} takes PORTAL_DESK_TOKEN, which permits read, write, act"
    assert all(f"authorization: bearer {SECRET}".encode() in one.lower() for one in asked)


@pytest.mark.parametrize(
    ("may", "lacks"),
    [(("read",), "write, act"), (("write", "act"), "read"), (("read", "write"), "act"), ((), "read, ")],
)
async def test_each_scope_that_a_token_lacks_is_named(may: tuple[str, ...], lacks: str) -> None:
    async with answering(desk_that_permits(*may)) as url:
        found = await desk_rights(url, SECRET, TOKEN)

    assert found.state == "problem"
    assert f"PORTAL_DESK_TOKEN lacks {lacks}" in found.says
    assert found.do == "make one: tickets token create --name portal --scope read --scope write --scope act"


@pytest.mark.parametrize(
    ("answer", "says", "do"),
    [
        (always(401, {"type": "urn:ventanilla:problem:token_invalid"}), "is unknown there, expired or revoked", "make"),
        (always(502, b"<html>"), "answers 502", "its log, or at PORTAL_TICKETS_URL"),
        (always(503, {"type": "urn:ventanilla:problem:away"}), "answers 503", "its log, or at PORTAL_TICKETS_URL"),
        (always(404, {"detail": "Not Found"}), "answers 404", "PORTAL_TICKETS_URL"),
        (always(200, b"<html>please log in</html>"), "is no ticket service", "PORTAL_TICKETS_URL"),
        (always(302, b""), "answers 302", "PORTAL_TICKETS_URL"),
    ],
)
async def test_what_is_no_answer_of_the_desk_is_named(answer: Answering, says: str, do: str) -> None:
    async with answering(answer) as url:
        found = await desk_rights(url, SECRET, TOKEN)

    assert found.state == "problem"
    assert says in found.says
    assert do in found.do


async def test_nobody_else_is_given_the_token() -> None:
    asked: list[bytes] = []
    async with answering(always(302, b""), asked) as url:
        await desk_rights(url, SECRET, TOKEN)

    assert not [one for one in asked if b"/elsewhere" in one]


@pytest.mark.parametrize("url", ["", "tickets:8001", "http://", "http://x:99999", "ftp://x", "http://" + "a" * 64])
async def test_an_address_that_is_none_is_named_without_a_crash(url: str) -> None:
    found = await desk_rights(url, SECRET, TOKEN)

    assert found.state == "problem"
    assert "is no address of a ticket service" in found.says
    assert "set PORTAL_TICKETS_URL" in found.do


async def test_a_desk_that_is_away_is_named() -> None:
    found = await desk_rights("http://127.0.0.1:1", SECRET, TOKEN)

    assert found.says == "http://127.0.0.1:1 does not answer (URLError)"
    assert found.do == "start it, or set PORTAL_TICKETS_URL"


@pytest.mark.parametrize("secret", ["vnt_a\nvnt_b", "vnt_ñandú"])
async def test_a_token_that_no_header_takes_is_named_and_not_told(secret: str) -> None:
    found = await desk_rights("http://127.0.0.1:1", secret, TOKEN)

    assert "PORTAL_DESK_TOKEN has characters that no token has" in found.says
    assert "vnt_" not in f"{found.says}{found.do}"


async def test_proxies_of_the_environment_are_asked_by_whoever_asks_by_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with answering(desk_that_permits("read", "write", "act"), asked) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        by_proxy = await desk_rights("http://tickets.invalid", SECRET, TOKEN, by_proxy=True)
        directly = await desk_rights("http://tickets.invalid", SECRET, TOKEN)

    assert any(one.startswith(b"GET http://tickets.invalid/api/v1/tickets") for one in asked)
    assert "answers 4" not in by_proxy.says
    assert "does not answer" in directly.says
