"""Whether somebody still is a member is asked every few minutes, and a Slack that is away locks nobody out."""

from typing import Any

import httpx
import pytest

from portal.adapters.members import Members
from portal.adapters.slack_identity import SlackIdentity
from portal.domain.sessions import Session
from portal.errors import AgentGone

EVA = Session("eva", "Eva Ruiz", "T0TEAM", "U0EVA", "es")
MEMBER = {"id": "U0EVA", "team_id": "T0TEAM"}


class Workspace:
    """A workspace with one user, and a clock."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {"ok": True, "user": MEMBER}
        self.asked = 0
        self.now = 1_000.0
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._handle))
        slack = SlackIdentity(client, "https://slack.example", "c", "s", "xoxb-x", lambda: self.now)
        self.members = Members(slack, lambda: self.now)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(200, json=self.answer)


async def test_a_member_is_asked_for_once_in_five_minutes() -> None:
    workspace = Workspace()
    for _ in range(10):
        await workspace.members.must_be_one(EVA)
    workspace.now += 301
    await workspace.members.must_be_one(EVA)

    assert workspace.asked == 2


async def test_whose_clock_they_read_is_what_slack_said_last() -> None:
    workspace = Workspace()
    before = workspace.members.zone(EVA)
    workspace.answer = {"ok": True, "user": MEMBER | {"tz": "Atlantic/Canary"}}
    await workspace.members.must_be_one(EVA)
    workspace.now += 301
    workspace.answer = {"ok": False, "error": "internal_error"}
    await workspace.members.must_be_one(EVA)

    assert before is None
    assert str(workspace.members.zone(EVA)) == "Atlantic/Canary"


@pytest.mark.parametrize("changed", [{"deleted": True}, {"is_restricted": True}, {"team_id": "T0OTHER"}])
async def test_whoever_is_none_any_more_is_out_and_asked_for_anew_each_time(changed: dict[str, Any]) -> None:
    workspace = Workspace()
    workspace.answer = {"ok": True, "user": MEMBER | changed}

    for _ in range(2):
        with pytest.raises(AgentGone):
            await workspace.members.must_be_one(EVA)

    assert workspace.asked == 2


async def test_a_slack_that_is_away_is_asked_again_after_a_minute() -> None:
    workspace = Workspace()
    workspace.answer = {"ok": False, "error": "internal_error"}
    for _ in range(5):
        await workspace.members.must_be_one(EVA)
    asked = workspace.asked
    workspace.answer = {"ok": True, "user": MEMBER | {"deleted": True}}
    workspace.now += 61

    with pytest.raises(AgentGone):
        await workspace.members.must_be_one(EVA)

    assert asked == 1
