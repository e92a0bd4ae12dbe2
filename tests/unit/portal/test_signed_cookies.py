"""Cookies over https: tied to this host, never sent in the clear, and of no use for another purpose."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from portal.adapters.signed_cookies import SignedCookies

SECRET = "a secret of the tests, long enough for HS256"


def given(response: Response) -> str:
    return response.headers["set-cookie"]


def sent(name: str, value: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", f"{name}={value}".encode())]})


def test_over_https_a_cookie_is_secure_and_of_this_host_alone() -> None:
    cookies, response = SignedCookies(SECRET, https=True), Response()

    cookies.put(response, "desk-session", {"handle": "eva"}, 60)

    said = given(response)
    assert said.startswith("__Host-desk-session=")
    for part in ("; Secure", "; HttpOnly", "; SameSite=lax", "; Path=/", "; Max-Age=60"):
        assert part in said
    assert "omain" not in said


def test_what_was_put_is_read_for_its_own_purpose_only() -> None:
    cookies, response = SignedCookies(SECRET, https=True), Response()
    cookies.put(response, "desk-session", {"handle": "eva ñ"}, 60)
    value = given(response).partition("=")[2].partition(";")[0]

    assert cookies.read(sent("__Host-desk-session", value), "desk-session") == {"handle": "eva ñ"}
    assert cookies.read(sent("__Host-other", value), "other") is None
    assert cookies.read(sent("desk-session", value), "desk-session") is None, "a neighbour could have set that one"


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "x" * 5_000])
def test_what_is_no_cookie_of_ours_is_nobody(value: str) -> None:
    cookies = SignedCookies(SECRET, https=False)

    assert cookies.read(sent("desk-session", value), "desk-session") is None


def test_a_cookie_is_taken_away_at_once() -> None:
    cookies, response = SignedCookies(SECRET, https=True), Response()

    cookies.take_away(response, "desk-session")

    assert "Max-Age=0" in given(response)
