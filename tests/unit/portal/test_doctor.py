"""`portal doctor` asks with both tokens for exactly what the pages need."""

from typing import Final

import pytest

from portal.commands import doctor as doctor_command
from ventanilla_runtime.desk_rights import DeskToken
from ventanilla_runtime.findings import Finding, ok

GIVEN: Final = {
    "TICKETS_TOKEN": "pages",
    "DESK_TOKEN": "agents",
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "s",
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_TEAM": "T024BE7LD",
    "SLACK_ISSUER": "http://127.0.0.1:1",
    "SECRET": "s" * 32,
    "PUBLIC_URL": "https://desk.example",
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, tuple[str, ...]]]:
    found: list[tuple[str, str, tuple[str, ...]]] = []

    async def rights(_: str, secret: str, token: DeskToken, **__: bool) -> Finding:
        found.append((secret, token.variable, token.scopes))
        return ok("tickets", token.variable)

    monkeypatch.setattr(doctor_command, "desk_rights", rights)
    return found


async def test_each_token_is_asked_about_the_scopes_that_its_pages_need(
    asked: list[tuple[str, str, tuple[str, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(f"PORTAL_{name}", value)

    found = await doctor_command.examine()

    assert asked == [
        ("pages", "PORTAL_TICKETS_TOKEN", ("portal",)),
        ("agents", "PORTAL_DESK_TOKEN", ("read", "act")),
    ]
    assert (found[-1].state, found[-1].about) == ("problem", "Slack")


async def test_without_an_app_for_agents_only_the_token_of_customers_pages_is_asked_about(
    asked: list[tuple[str, str, tuple[str, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_TICKETS_TOKEN", "pages")
    monkeypatch.delenv("PORTAL_SLACK_CLIENT_ID", raising=False)

    found = await doctor_command.examine()

    assert [variable for _, variable, _ in asked] == ["PORTAL_TICKETS_TOKEN"]
    assert "agents cannot sign in here" in f"{found[-1].about} {found[-1].says}"
