"""Passwords and tokens of IMAP mailboxes: renewed ahead of their end, and named before they stop the mail."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from intake_email.adapters.imap.login import PasswordLogin, Secret, TokenLogin, TokenService
from intake_email.errors import LoginRefused, MailboxUnreachable
from intake_email.ports import Bearer, Password

DAY = 86_400.0


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0  # 2027-01-15

    def __call__(self) -> float:
        return self.now


class Tokens:
    """A token service."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.status = 200
        self.answer: Any = {"expires_in": 3600}
        self.failure: Exception | None = None
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        if self.failure:
            raise self.failure
        self.asked.append({name: values[0] for name, values in parse_qs(request.content.decode()).items()})
        if isinstance(self.answer, bytes):
            return httpx.Response(self.status, content=self.answer)
        said = {"access_token": f"token{len(self.asked)}", **self.answer} if self.status == 200 else self.answer
        return httpx.Response(self.status, json=said)


@pytest.fixture
async def tokens() -> AsyncIterator[Tokens]:
    service = Tokens()
    yield service
    await service.http.aclose()


def login(tokens: Tokens, clock: Clock, refresh: Secret | None = None, **more: Any) -> TokenLogin:
    service = TokenService("https://login.example/token", "client", Secret("hush"), refresh, "imap")
    return TokenLogin("desk@x.example", service, tokens.http, entry="one", clock=clock, **more)


async def test_a_token_is_fetched_once_and_renewed_ahead_of_its_end(tokens: Tokens) -> None:
    clock = Clock()
    one = login(tokens, clock, Secret("r"))
    assert await one.credential() == Bearer("desk@x.example", "token1")
    clock.now += 2600
    assert await one.credential() == Bearer("desk@x.example", "token1")
    clock.now += 101
    await one.keep_fresh()
    assert await one.credential() == Bearer("desk@x.example", "token2")
    assert tokens.asked[0] == {
        "grant_type": "refresh_token",
        "refresh_token": "r",
        "client_id": "client",
        "client_secret": "hush",
        "scope": "imap",
    }


async def test_an_application_has_a_grant_of_its_own(tokens: Tokens) -> None:
    await login(tokens, Clock()).credential()
    assert tokens.asked[0]["grant_type"] == "client_credentials"


async def test_a_refusal_shows_while_the_old_token_still_works(tokens: Tokens) -> None:
    clock = Clock()
    one = login(tokens, clock, Secret("r"))
    await one.credential()
    assert one.problem() is None
    assert one.seconds_left() is None
    clock.now += 3000
    tokens.status, tokens.answer = 400, {"error": "invalid_grant", "error_description": "revoked"}
    await one.keep_fresh()
    assert "invalid_grant revoked" in (one.problem() or "")
    assert one.seconds_left() == 600
    assert await one.credential() == Bearer("desk@x.example", "token1")
    clock.now += 601
    with pytest.raises(LoginRefused, match="invalid_grant"):
        await one.credential()
    tokens.status, tokens.answer = 200, {"expires_in": 3600}
    assert isinstance(await one.credential(), Bearer)
    assert one.problem() is None


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, {"error": "server_error"}),
        (429, {"error": "slow_down"}),
        (200, b"<html>"),
        (503, b""),
        (200, {"access_token": ""}),
        (200, {"access_token": "line\r\nend"}),
        (200, [1]),
        (200, b"[" + b" " * 300_000 + b"]"),
    ],
)
async def test_what_may_pass_is_no_refusal(tokens: Tokens, status: int, answer: Any) -> None:
    tokens.status, tokens.answer = status, answer if not isinstance(answer, list) else b"[1]"
    with pytest.raises(MailboxUnreachable) as caught:
        await login(tokens, Clock()).credential()
    assert not isinstance(caught.value, LoginRefused)


async def test_a_token_service_that_is_away_is_no_refusal(tokens: Tokens) -> None:
    tokens.failure = httpx.ConnectError("no route")
    with pytest.raises(MailboxUnreachable, match="cannot be reached") as caught:
        await login(tokens, Clock()).credential()
    assert not isinstance(caught.value, LoginRefused)


async def test_a_new_refresh_token_replaces_the_old_one_in_its_file(tokens: Tokens, tmp_path: Path) -> None:
    path = tmp_path / "refresh"
    path.write_text("old\n")
    clock = Clock()
    one = login(tokens, clock, Secret(file=path))
    tokens.answer = {"expires_in": 3600, "refresh_token": "new"}
    await one.credential()
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    clock.now += 3600
    await one.credential()
    assert [asked["refresh_token"] for asked in tokens.asked] == ["old", "new"]


async def test_a_token_that_the_server_refused_is_not_used_again(tokens: Tokens) -> None:
    one = login(tokens, Clock())
    await one.credential()
    one.refused("NO")
    assert one.problem() == "NO"
    assert await one.credential() == Bearer("desk@x.example", "token2")
    one.taken()
    assert one.problem() is None


async def test_the_end_of_a_refresh_token_is_known_where_the_service_tells_it(tokens: Tokens) -> None:
    tokens.answer = {"expires_in": 3600, "refresh_token_expires_in": int(3 * DAY)}
    one = login(tokens, Clock(), Secret("r"))
    await one.credential()
    assert one.seconds_left() == 3 * DAY
    assert one.problem() == "the credential ends in 3.0 days"


async def test_a_password_that_ends_is_named_two_weeks_before(tmp_path: Path) -> None:
    clock = Clock()
    one = PasswordLogin("u", Secret("p"), ends=date(2027, 2, 15), clock=clock)
    assert await one.credential() == Password("u", "p")
    assert one.problem() is None
    clock.now += 20 * DAY
    assert "ends in 10" in (one.problem() or "")
    clock.now += 20 * DAY
    assert one.problem() == "the credential has ended"


async def test_a_password_file_is_read_each_time_and_its_absence_is_named(tmp_path: Path) -> None:
    path = tmp_path / "password"
    one = PasswordLogin("u", Secret(file=path))
    with pytest.raises(LoginRefused, match="password"):
        await one.credential()
    path.write_text("changed\n")
    assert await one.credential() == Password("u", "changed")


def test_no_secret_shows_in_a_representation() -> None:
    for one in (Secret("hush"), Password("u", "hush"), Bearer("u", "hush")):
        assert "hush" not in repr(one)
