"""`make run` as a newcomer sees it: the real services, real servers, and samples of all channels as tickets."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk_runs import DeskRun, free_port_base
from tests.support.polling import eventually
from ventanilla_devstack.probes import ask, tell
from ventanilla_devstack.samples import read_samples
from ventanilla_devstack.slack_samples import read_slack_samples, write_slack_samples
from ventanilla_devstack.twilio_samples import read_text_samples

REAL_DESK = (str(Path(sys.prefix) / "bin" / "ventanilla-devstack"), "run")


@pytest.fixture
def data_dir(server_folder: Path) -> Path:
    return server_folder / "data"


def table(said: str) -> list[str]:
    """The lines of the last table that a run printed."""
    lines = said.split("What to try next")[-2].splitlines()
    start = max(number for number, line in enumerate(lines) if line.startswith("channel "))
    return [line for line in lines[start + 1 :] if line.strip()]


async def test_the_samples_become_tickets_once(data_dir: Path) -> None:
    first = DeskRun(data_dir, free_port_base(), {"SAMPLES": "1"}, REAL_DESK)
    try:
        said = await first.ready()
        tell(f"{said['twilio']['url']}/_local/faults", {"pace": 0.1})  # calls need not take their time
        api, token = said["tickets_api"], said["token"]
        tickets = ask(f"{api}/api/v1/tickets?limit=50", token).body["items"]

        mails = {sample.subject for sample in read_samples() if not sample.reply_to}
        chats = {sample.subject for sample in read_slack_samples()}
        assert {ticket["subject"] for ticket in tickets if ticket["channel"] == "email"} == mails
        assert {ticket["subject"] for ticket in tickets if ticket["channel"] == "slack"} == chats
        texts = [sample for sample in read_text_samples() if not sample.reply_to]
        assert {ticket["subject"] for ticket in tickets if ticket["channel"] == "sms"} == {one.subject for one in texts}
        outage = next(ticket for ticket in tickets if "caído" in ticket["subject"])
        messages = ask(f"{api}/api/v1/tickets/{outage['number']}/messages", token).body["items"]
        assert [message["kind"] for message in messages].count("customer") == 2
        assert ask(f"{api}/api/v1/tickets", "not-a-token").status == 401

        teams = {team["name"]: team["tier"] for team in ask(f"{api}/api/v1/teams", token).body["items"]}
        assert teams == {"first-line": "1", "billing": "1", "technical": "2", "security": "3"}
        assert {ticket["team"] for ticket in tickets} <= teams.keys()
        clocks = [ticket["service_level"]["first_response"] for ticket in tickets]
        assert all(clock["due_at"] for clock in clocks)
        # Whatever the time is: in each of these teams somebody works around the clock.
        waiting = [ticket["team"] for ticket in tickets if ticket["assignee"] is None]
        assert set(waiting) <= {"billing"}
        assert str(data_dir / "desk.yaml") in first.said()

        shown = table(first.said())
        assert len([line for line in shown if line.startswith("email ")]) == len(mails)
        assert len([line for line in shown if line.startswith("slack ")]) == len(chats)
        assert len([line for line in shown if line.startswith("sms ")]) == len(texts)
        assert max(map(len, shown)) <= 80
        assert any(line.startswith("        ") for line in shown)
        assert f"{said['portal']}/s/" in first.said()

        slack = ask(f"{said['slack']['url']}/_local/state").body
        people = {user["id"]: user["email"] for user in slack["users"]}
        members = {channel["name"]: {people[user] for user in channel["members"]} for channel in slack["channels"]}
        assert {"eva@desk.example", "pau@desk.example"} <= members["billing"]
        assert members.keys() >= teams.keys()
        assert slack["connections"] == 1
        write_slack_samples(read_slack_samples(), said["slack"]["url"])

        # The voicemail of the sample call becomes a ticket with what was said.
        async def told() -> Any:
            items = ask(f"{api}/api/v1/tickets?q=receipts", token).body["items"]
            return [ticket for ticket in items if ticket["channel"] == "voice"]

        [call] = await eventually(told, 60)
        assert call["language"] == "en"
    finally:
        await first.stop()

    second = DeskRun(data_dir, first.port_base, {"SAMPLES": "1"}, REAL_DESK)
    try:
        again = await second.ready()
        assert again["token"] == token
        assert again["slack"] == said["slack"]
        kept = ask(f"{api}/api/v1/tickets?limit=50", token).body["items"]
        assert {ticket["number"] for ticket in kept} == {call["number"], *(ticket["number"] for ticket in tickets)}
        assert "sending" not in second.said().split("stopping the servers")[-1]
        assert "importing" not in second.said().split("stopping the servers")[-1]
        assert len([line for line in table(second.said()) if line.startswith("email ")]) == len(mails)
        assert len([line for line in table(second.said()) if line.startswith("slack ")]) == len(chats)
    finally:
        assert await second.stop() == 0
