"""Files that came with texts: fetched from Twilio's own hosts alone, within a bound; what is left out is said."""

from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from intake_phone.adapters.twilio.media import LARGE, MISSING, Files
from intake_phone.adapters.twilio.tokens import Tokens
from intake_phone.errors import TwilioAway
from ventanilla_contracts.events import BlobRef
from ventanilla_runtime.blobs import Blobs

LIMIT = 1_000
TOKENS = Tokens("AC" + "0" * 32, ("a" * 32,))
PNG = b"\x89PNG\r\n\x1a\n"


class Kept(Blobs):
    """Keeps nothing but how much it was."""

    def __init__(self) -> None:
        pass

    async def put(
        self,
        bucket: str,
        data: bytes,
        *,
        content_type: str = "application/octet-stream",  # as the other one
        owners: Sequence[str] = (),  # as the other one
        name: str | None = None,  # as the other one
    ) -> BlobRef:
        return BlobRef(size_bytes=len(data), sha256="0" * 64, bucket=bucket, name="x")


class Account:
    """Somebody who has files, and remembers who asked how."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        self.asked.append((path, "authorization" in request.headers))
        if path == "/large":
            return web.Response(body=b"x" * (LIMIT + 1))
        if path == "/program":
            return web.Response(body=b"MZ".ljust(LIMIT, b"x"))
        if path == "/fits":
            return web.Response(body=PNG.ljust(LIMIT, b"x"))
        if path in ("/round", "/elsewhere", "/moved"):
            to = {"/round": "/round", "/moved": "/fits", "/elsewhere": f"http://localhost:{request.url.port}/fits"}[
                path
            ]
            return web.Response(status=307, headers={"location": to})
        return web.Response(status={"/gone": 404, "/broken": 503, "/busy": 429, "/refused": 403}[path])


@pytest.fixture
async def account() -> AsyncIterator[tuple[Account, TestServer]]:
    account = Account()
    application = web.Application()
    application.router.add_get("/{path:.*}", account.answer)
    server = TestServer(application, host="127.0.0.1")
    await server.start_server()
    yield account, server
    await server.close()


async def fetched(
    server: TestServer, *urls: str, api: str = "", hosts: Sequence[str] = ("127.0.0.1",)
) -> tuple[list[str], list[str]]:
    """(names of files, what is said of those that are missing); `api`: address of the REST API, else the server's."""
    async with aiohttp.ClientSession() as session:
        files = Files(session, TOKENS, Kept(), api or str(server.make_url("")), frozenset(hosts), LIMIT)
        whole = [(str(server.make_url(url)) if url.startswith("/") else url, "image/png") for url in urls]
        found = await files.fetch(whole, "message")
    return [one.filename for one in found.attachments], list(found.missing)


@pytest.mark.parametrize(
    "path", ["/large", "/gone", "/refused", "/round", "/elsewhere", "https://evil.example/x", "file:///x"]
)
async def test_what_cannot_be_kept_is_said_once_and_the_others_come(
    account: tuple[Account, TestServer], path: str
) -> None:
    owner, server = account
    missing = [MISSING, LARGE] if path == "/large" else [MISSING]
    assert await fetched(server, path, "/fits", path) == (["file-2.png"], missing)
    assert all(secret for _, secret in owner.asked)


async def test_a_program_is_kept_and_marked_whatever_its_sender_calls_it(account: tuple[Account, TestServer]) -> None:
    _, server = account
    async with aiohttp.ClientSession() as session:
        files = Files(session, TOKENS, Kept(), str(server.make_url("")), frozenset({"127.0.0.1"}), LIMIT)
        found = await files.fetch([(str(server.make_url("/program")), "image/png")], "message")
    [file] = found.attachments
    assert (file.dangerous, file.blob is not None) == ("disguised", True)


async def test_a_file_that_has_moved_within_twilio_is_followed(account: tuple[Account, TestServer]) -> None:
    _, server = account
    assert await fetched(server, "/moved") == (["file-1.png"], [])


@pytest.mark.parametrize("path", ["/broken", "/busy"])
async def test_what_twilio_does_not_give_now_is_asked_for_again(account: tuple[Account, TestServer], path: str) -> None:
    with pytest.raises(TwilioAway):
        await fetched(account[1], path)


@pytest.mark.parametrize(
    ("api", "found"),
    [
        ("http://localhost:8007", ["file-1.png"]),  # a stand-in's, as its REST API
        ("https://localhost:8007", []),
        ("https://api.twilio.com", []),
        ("http://elsewhere", []),
    ],
)
async def test_the_secret_goes_in_the_clear_only_to_where_the_rest_api_is_asked_in_the_clear(
    account: tuple[Account, TestServer], api: str, found: list[str]
) -> None:
    owner, server = account
    file = f"http://localhost:{server.port}/fits"
    assert (await fetched(server, file, api=api, hosts=["localhost"]))[0] == found
    assert owner.asked == [("/fits", True)] * len(found)


async def test_the_secret_goes_to_no_other_host(account: tuple[Account, TestServer]) -> None:
    owner, server = account
    await fetched(server, "/elsewhere")
    assert [path for path, _ in owner.asked] == ["/elsewhere"]
