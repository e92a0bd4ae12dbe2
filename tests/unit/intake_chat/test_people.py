"""Who people in Slack are: asked once, remembered for a while, and nobody waits long for it."""

import asyncio
from typing import Any

import pytest

from intake_chat.adapters.slack import people as module
from intake_chat.adapters.slack.people import People
from intake_chat.adapters.slack.way_out import Lane
from intake_chat.errors import SlackAway, SlackRefused, TooMuchWaits
from tests.support.polling import eventually


class Slack:
    """Answers when the gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[str] = []
        self.lanes: list[Lane] = []
        self.deleted: set[str] = set()
        self.error: Exception | None = None

    async def user(self, user: str, lane: Lane = Lane.CUSTOMER) -> dict[str, Any]:
        self.asked.append(user)
        self.lanes.append(lane)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return {"real_name": f"name of {user}", "team_id": "T1", "deleted": user in self.deleted}

    async def team(self, team: str) -> dict[str, Any]:
        self.asked.append(team)
        await self.gate.wait()
        return {"name": f"name of {team}"}


def people(slack: Slack, seconds: float = 5.0) -> People:
    known: Any = slack
    return People(known, patience_seconds=seconds)


async def test_many_who_ask_at_once_ask_slack_once() -> None:
    slack = Slack()
    who = people(slack)

    profiles = await asyncio.gather(*(who.profile("U1") for _ in range(20)))
    await who.profile("U1")

    assert {one.name for one in profiles} == {"name of U1"}
    assert slack.asked == ["U1"]


async def test_a_slack_that_is_slow_keeps_nobody_waiting_and_is_asked_no_second_time() -> None:
    slack = Slack()
    slack.gate.clear()
    who = people(slack, 0.01)

    for _ in range(3):
        with pytest.raises(SlackAway):
            await who.profile("U1")
    with pytest.raises(SlackAway):
        await who.organisation("T2")
    assert slack.asked == ["U1", "T2"]
    slack.gate.set()

    async def known() -> bool:
        try:
            return (await who.profile("U1")).name == "name of U1" and await who.organisation("T2") == "name of T2"
        except SlackAway:
            return False

    assert await eventually(known)
    assert slack.asked == ["U1", "T2"]


async def test_whom_slack_does_not_tell_about_is_remembered_and_a_failure_is_not() -> None:
    slack = Slack()
    who = people(slack)
    slack.error = SlackRefused("users.info", "user_not_visible")
    assert [(await who.profile("U1")).name for _ in range(2)] == ["", ""]

    slack.error = SlackAway("users.info: 500")
    with pytest.raises(SlackAway):
        await who.profile("U2")
    slack.error = None

    assert (await who.profile("U2")).name == "name of U2"
    assert slack.asked == ["U1", "U2", "U2"]


async def test_what_is_known_and_what_is_asked_is_bounded_and_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_KNOWN", 2)
    monkeypatch.setattr(module, "_MOST_ASKED", 2)
    slack = Slack()
    who = people(slack, 0.05)
    for user in ("U1", "U2", "U3", "U1"):
        await who.profile(user)
    assert slack.asked == ["U1", "U2", "U3", "U1"]

    slack.gate.clear()
    for user in ("U4", "U5"):
        with pytest.raises(SlackAway):
            await who.profile(user)
    with pytest.raises(TooMuchWaits):
        await who.profile("U6")

    monkeypatch.setattr(module, "_KNOWN_SECONDS", -1.0)
    slack.gate.set()
    old = people(slack)
    for _ in range(2):
        await old.profile("U1")
    assert slack.asked[-2:] == ["U1", "U1"]


async def test_whom_messages_name_are_asked_about_after_who_writes_a_few_of_them_and_nobody_waits_long() -> None:
    slack = Slack()
    who = people(slack, 0.01)
    await who.profile("U1")
    slack.gate.clear()
    named = [f"U{number}" for number in range(50)]

    names = [await who.names(named[:2]), await who.names(named), await who.names(["U70"] * 2)]

    assert names == [{"U1": "name of U1"}, {"U1": "name of U1"}, {}]
    assert slack.lanes == [Lane.CUSTOMER] + [Lane.MENTION] * (len(slack.asked) - 1)
    assert len(slack.asked) <= 1 + 10 + 1
    with pytest.raises(SlackAway):
        await who.profile("U0")
    assert (slack.asked[-1], slack.lanes[-1]) == ("U0", Lane.CUSTOMER), "who writes does not wait in that line"
    assert min(Lane.MENTION, Lane.CUSTOMER) == Lane.CUSTOMER

    slack.gate.set()
    assert await eventually(lambda: who.names(["U0", "U1"])) == {"U0": "name of U0", "U1": "name of U1"}


async def test_of_very_many_whom_messages_name_no_more_are_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_MENTIONS_ASKED", 15)
    slack = Slack()
    slack.gate.clear()
    who = people(slack, 0.01)
    for message in range(5):
        assert await who.names([f"U{message}X{number}" for number in range(50)]) == {}

    assert len(slack.asked) == 15


async def test_whether_somebody_is_gone_is_asked_anew_after_a_minute_and_old_news_are_better_than_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slack = Slack()
    who = people(slack)

    found = [await who.is_gone("U1"), await who.is_gone("U1")]
    asked_within_a_minute = len(slack.asked)
    slack.deleted.add("U1")
    monkeypatch.setattr(module, "_FRESH_SECONDS", 0.0)  # what is known is older than that
    slack.error = SlackAway("away")
    found.append(await who.is_gone("U1"))
    slack.error = None
    found.append(await who.is_gone("U1"))

    assert (found, asked_within_a_minute) == ([False, False, False, True], 1)


async def test_what_is_being_asked_while_somebody_is_forgotten_counts_for_nobody() -> None:
    slack = Slack()
    who = people(slack)
    slack.gate.clear()
    early = asyncio.create_task(who.is_gone("U1"))
    await eventually(lambda: slack.asked)
    who.forget("U1")
    slack.gate.set()
    await early
    slack.deleted.add("U1")

    assert await who.is_gone("U1") is True
    assert who.known_as_gone("U1")
