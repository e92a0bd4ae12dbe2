"""The values of signing in: where it leads, what it remembers, and who is let in."""

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.sessions import Session, read_session
from portal.domain.sign_in import (
    Claimed,
    NotLetIn,
    language_of,
    must_be_a_member,
    new_attempt,
    page_of_the_desk,
    read_attempt,
    who_signed,
)

TEAM, USER = "T0TEAM", "U0EVA"
CLAIMS: dict[str, Any] = {
    "sub": USER,
    "nonce": "n",
    "https://slack.com/team_id": TEAM,
    "https://slack.com/user_id": USER,
    "email": "eva@desk.example",
    "email_verified": True,
}
MEMBER: dict[str, Any] = {"id": USER, "team_id": TEAM}


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/4711", "/desk/4711/history", "/desk/1/routing", "/desk/123456789012345678/service-level"]
)
def test_signing_in_leads_to_pages_of_the_desk(path: str) -> None:
    assert page_of_the_desk(path) == path


@given(
    st.text()
    | st.sampled_from(["//evil.example", "https://evil.example/desk", "/desk/1\n", "/desk/1?x=//e", "/desk/../s"])
)
def test_whatever_is_asked_for_it_leads_nowhere_else(wanted: str) -> None:
    found = page_of_the_desk(wanted)

    assert found == "/desk" or (found == wanted and found.startswith("/desk/") and found.isascii())


def test_an_attempt_comes_back_from_its_cookie_as_it_was() -> None:
    attempt = new_attempt("/desk/7")

    assert read_attempt(attempt.as_claims()) == attempt
    assert attempt.belongs_to(attempt.state)
    assert not attempt.belongs_to(new_attempt("/desk/7").state)
    digest = hashlib.sha256(attempt.verifier.encode()).digest()
    assert attempt.challenge == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert len({attempt.state, attempt.nonce, attempt.verifier}) == 3


@pytest.mark.parametrize("claims", [None, {}, {"state": "s", "nonce": 1, "verifier": "v", "goes_to": "/desk"}])
def test_a_cookie_of_another_form_is_no_attempt_and_no_session(claims: dict[str, Any] | None) -> None:
    assert read_attempt(claims) is None
    assert read_session(claims) is None


def test_a_cookie_leads_to_pages_of_the_desk_only() -> None:
    attempt = read_attempt({**new_attempt("/desk").as_claims(), "goes_to": "https://evil.example"})

    assert attempt is not None
    assert attempt.goes_to == "/desk"


def test_a_session_comes_back_from_its_cookie_as_it_was() -> None:
    session = Session("eva", "Eva Ruiz", TEAM, USER, "es")

    assert read_session(session.as_claims()) == session
    assert session.way == "slack:T0TEAM/U0EVA"


def test_a_good_token_says_who_it_is() -> None:
    assert who_signed(CLAIMS, "n", TEAM) == Claimed(TEAM, USER, "eva@desk.example")


@pytest.mark.parametrize("changed", [{"email_verified": False}, {"email_verified": "true"}, {"email": None}])
def test_an_address_that_slack_has_not_confirmed_does_not_count(changed: dict[str, Any]) -> None:
    assert who_signed(CLAIMS | changed, "n", TEAM).mail == ""


@pytest.mark.parametrize(
    ("changed", "slug"),
    [
        ({"nonce": "other"}, "wrong_nonce"),
        ({"nonce": None}, "wrong_nonce"),
        ({"https://slack.com/team_id": "T0OTHER"}, "wrong_team"),
        ({"https://slack.com/team_id": None}, "wrong_team"),
        ({"https://slack.com/user_id": None}, "no_user"),
        ({"https://slack.com/user_id": "../admin"}, "no_user"),
        ({"sub": "U0OTHER"}, "no_user"),
    ],
)
def test_a_token_for_another_attempt_team_or_user_is_refused(changed: dict[str, Any], slug: str) -> None:
    with pytest.raises(NotLetIn) as refused:
        who_signed(CLAIMS | changed, "n", TEAM)

    assert refused.value.slug == slug


@pytest.mark.parametrize(
    ("changed", "slug"),
    [
        ({"is_restricted": True}, "guest"),
        ({"is_ultra_restricted": True}, "guest"),
        ({"is_stranger": True}, "wrong_team"),
        ({"team_id": "T0OTHER"}, "wrong_team"),
        ({"id": "U0OTHER"}, "wrong_team"),
        ({"deleted": True}, "no_user"),
        ({"is_bot": True}, "no_user"),
    ],
)
def test_only_full_members_pass(changed: dict[str, Any], slug: str) -> None:
    claimed = Claimed(TEAM, USER, "")
    must_be_a_member(MEMBER, claimed)

    with pytest.raises(NotLetIn) as refused:
        must_be_a_member(MEMBER | changed, claimed)

    assert refused.value.slug == slug


def test_the_language_is_the_one_chosen_in_slack() -> None:
    assert [language_of({"locale": locale}) for locale in ("es-LA", "en-US", "", None)] == ["es", "en", "", ""]
