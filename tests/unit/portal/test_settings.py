"""Settings of agents' pages: whole or not at all, and addresses that nobody can be led away with."""

import pytest
from pydantic import ValidationError

from portal.settings import PortalSettings
from ventanilla_runtime.settings import explain

WHOLE = {
    "tickets_token": "x",
    "public_url": "https://desk.example/",
    "secret": "s" * 32,
    "desk_token": "vnt_x",
    "slack_client_secret": "c",
    "slack_bot_token": "xoxb-x",
    "slack_team": "T024BE7LD",
    "slack_client_id": "1.2",
}


def test_agents_pages_need_nothing_where_they_are_not_set_up() -> None:
    assert PortalSettings(tickets_token="x").slack_client_id == ""


def test_a_host_is_kept_without_its_last_slash() -> None:
    assert PortalSettings(**WHOLE).public_url == "https://desk.example"  # type: ignore[arg-type]  # pydantic makes them what they are


@pytest.mark.parametrize("missing", ["secret", "desk_token", "public_url", "slack_team", "slack_bot_token"])
def test_what_is_missing_is_named(missing: str) -> None:
    given = {name: value for name, value in WHOLE.items() if name != missing}

    with pytest.raises(ValidationError) as refused:
        PortalSettings(**given)  # type: ignore[arg-type]  # as above

    said = explain(refused.value, "PORTAL_")
    assert said.startswith("PORTAL_SLACK_CLIENT_ID: ")
    assert f"PORTAL_{missing.upper()}" in said


@pytest.mark.parametrize(
    "address", ["http://desk.example", "desk.example", "https://desk.example/x", "https://a@desk.example", "ftp://x"]
)
@pytest.mark.parametrize("name", ["public_url", "slack_issuer"])
def test_an_address_is_a_host_alone_and_safe(name: str, address: str) -> None:
    with pytest.raises(ValidationError):
        PortalSettings(**{**WHOLE, name: address})  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("changed", [{"secret": "short"}, {"slack_team": "desk"}])
def test_a_short_secret_and_a_team_that_is_none_are_refused(changed: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        PortalSettings(**{**WHOLE, **changed})  # type: ignore[arg-type]  # as above
