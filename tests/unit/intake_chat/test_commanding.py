"""A slash command of an agent: answered in time or later, with a dialog while that can be opened, its words kept."""

import asyncio
from typing import Any

import pytest

from intake_chat.domain.slack.interactions import Commanded
from intake_chat.errors import DeskAway, SlackRefused
from intake_chat.handlers.agents import commanding
from intake_chat.handlers.agents.registry import OPENED
from tests.support.polling import eventually
from tests.unit.intake_chat.agent_rig import TEAM, FakeAgents, words
from tests.unit.intake_chat.test_interactions import Rig

NEW = {
    "team_id": TEAM, "user_id": "UEVA", "command": "/desk", "text": "new Se cayó <la> red", "trigger_id": "1.2.3",
    "response_url": "https://s/1",
}  # fmt: skip


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody waits for a tenth of the time."""
    for name in ("_OPEN_SECONDS", "_COMMAND_SECONDS"):
        monkeypatch.setattr(commanding, name, 0.05)


async def test_a_command_that_takes_long_is_answered_later(hurry: None) -> None:
    rig, answered = Rig(), asyncio.Event()

    async def desk(commanded: Commanded) -> dict[str, Any]:
        if commanded.text == "slow":
            await answered.wait()
        return {"text": commanded.text}

    rig.registry.commands["/desk"] = desk
    form = {"team_id": TEAM, "user_id": "UEVA", "command": "/desk", "text": " mine ", "response_url": "https://s/1"}

    assert await rig.interactions.commanded(form) == {"text": "mine"}
    assert await rig.interactions.commanded({**form, "text": "slow"}) is None
    answered.set()
    await eventually(lambda: rig.views.responses == [{"text": "slow"}])


async def test_a_command_that_opens_a_dialog_opens_one_before_its_trigger_is_over(hurry: None) -> None:
    rig, heard = Rig(FakeAgents(seconds=0.15)), []

    async def desk(commanded: Commanded) -> None:
        heard.append(commanded.trigger_id)

    rig.registry.commands["/desk"] = desk
    rig.registry.opening["/desk"] = lambda text: text.startswith("new")

    await rig.interactions.commanded(NEW)
    await rig.interactions.commanded({**NEW, "text": "mine"})
    await eventually(lambda: len(heard) == 2)

    assert [(how, trigger) for how, trigger, _ in rig.views.shown] == [("open", "1.2.3")]
    assert heard == [f"{OPENED}V1", "1.2.3"]


@pytest.mark.parametrize("error", [DeskAway("no"), SlackRefused("views.open", "expired_trigger_id"), ValueError("bug")])
async def test_a_command_that_fails_gives_its_words_back(hurry: None, error: Exception) -> None:
    rig = Rig()

    async def desk(_commanded: Commanded) -> None:
        raise error

    rig.registry.commands["/desk"] = desk

    answer = await rig.interactions.commanded(NEW)

    assert answer is not None
    assert answer["text"].endswith("\n\nnew Se cayó &lt;la&gt; red")


async def test_a_dialog_that_was_opened_for_a_command_says_what_went_wrong(hurry: None) -> None:
    rig = Rig(FakeAgents(seconds=0.15, error=DeskAway("no")))
    rig.registry.commands["/desk"] = lambda _: pytest.fail("nobody knows who it was")
    rig.registry.opening["/desk"] = lambda _: True

    await rig.interactions.commanded(NEW)
    await eventually(lambda: bool(rig.views.responses))

    assert [how for how, *_ in rig.views.shown] == ["open", "update"]
    assert "no se ha hecho nada" in words(rig.views.shown[-1][2])
    assert "Se cayó" in rig.views.responses[0]["text"]
