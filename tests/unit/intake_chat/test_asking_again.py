"""Where the desk gave no answer, a button asks the same again, and what was written before is there once more."""

from typing import Any

import pytest

from intake_chat.domain.slack.events import File
from intake_chat.domain.slack.interactions import Pressed
from intake_chat.domain.slack.replies.composer import composed, composer_for, preview_view
from intake_chat.errors import DeskAway
from intake_chat.handlers.agents import interactions
from intake_chat.handlers.agents.registry import OPENED
from tests.unit.intake_chat.agent_rig import FakeAgents, press, with_state, words
from tests.unit.intake_chat.test_composer import FILE, HELD, TICKET, pressed, written
from tests.unit.intake_chat.test_composer import Rig as ComposerRig
from tests.unit.intake_chat.test_interactions import Rig
from ventanilla_devstack.slack.blocks import check_view

UNDO = ("DELETE", "/tickets/7/replies/5f0c-1")
EXPLAINED = {"status": "solved", "resolution": "Un cable nuevo", "cause": "El viejo"}


def fields(view: dict[str, Any]) -> dict[str, str]:
    """What stands in the fields of a composer that nobody has touched."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] == "input" and block["block_id"] != "files":
            chosen, text = block["element"].get("initial_option"), block["element"].get("initial_value")
            values[block["block_id"]] = {"selected_option": chosen} if chosen else {"value": text}
    found = composed(with_state(view, values))
    return {"text": found.text, "status": found.status, "resolution": found.resolution, "cause": found.cause}


async def test_a_dialog_that_gave_up_on_who_pressed_asks_again_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interactions, "_OPEN_SECONDS", 0.02)
    rig, heard = Rig(FakeAgents(seconds=0.1, error=DeskAway("x"))), []

    async def do(pressed: Pressed) -> None:
        heard.append((pressed.value, pressed.trigger_id))

    rig.registry.actions["escalate"] = do
    await rig.interactions.pressed(press("escalate"))
    await rig.background.close()
    gave_up = rig.views.shown[-1]
    [button] = gave_up[2]["blocks"][-1]["elements"]
    rig.agents.error = None
    view = {**gave_up[2], "id": gave_up[1]}
    await rig.interactions.pressed(press(button["action_id"], button["value"], view=view, container={}, channel={}))
    await rig.background.close()

    assert check_view(gave_up[2], "modal") == []
    assert "tarda en contestar" in words(gave_up[2])
    assert [(how, where) for how, where, _ in rig.views.shown[2:]] == [("update", "V1")], "no other dialog is opened"
    assert heard == [("7", f"{OPENED}V1")]


async def test_a_composer_that_could_not_be_opened_asks_again_and_loses_nothing() -> None:
    rig = ComposerRig(answers={UNDO: {**HELD, "state": "recalled"}, ("GET", "/tickets/7"): DeskAway("x")})

    await rig.replies.pressed(pressed())
    first = rig.views.shown[-1][2]
    await rig.replies.undo_pressed(pressed("7:5f0c-1"))
    second = rig.views.shown[-1][2]

    assert [check_view(view, "modal") for view in (first, second)] == [[], []]
    again = [view["blocks"][-1]["elements"][0] for view in (first, second)]
    assert [(one["action_id"], one["value"]) for one in again] == [("reply", "7"), ("reply_retry", "7:5f0c-1")]
    assert {view["callback_id"] for view in (first, second)} == {"again"}


async def test_undo_gives_back_the_status_and_what_solved_it_with_the_words() -> None:
    for kept in (EXPLAINED, {"status": "open", "resolution": None, "cause": None}):
        rig = ComposerRig(answers={UNDO: {**HELD, "state": "recalled", **kept}})

        await rig.replies.undo_pressed(pressed("7:5f0c-1"))

        explained = {name: value or "" for name, value in kept.items()}
        assert fields(rig.views.shown[-1][2]) == {"text": "Hola", **explained}


def test_a_reply_that_solved_its_ticket_and_did_not_arrive_solves_it_when_it_is_written_again() -> None:
    sent = {"text": "Hola", "status": None}
    shown = composer_for({**TICKET, **EXPLAINED}, "m1", sent)
    other = composer_for({**TICKET, "status": "new"}, "m1", sent)
    plain = composer_for({**TICKET, **EXPLAINED}, "m1")

    assert (shown.status, shown.resolution, shown.cause) == tuple(EXPLAINED.values())
    assert (other.status, plain.status, plain.resolution) == ("", "", "")


async def test_the_preview_names_the_files_that_were_chosen() -> None:
    rig = ComposerRig(answers={("POST", "/tickets/7/replies/preview"): {"text": "Hola", "to": {}}})

    await rig.replies.preview_pressed(pressed("7", written("Hola", files=[FILE])))

    assert f"Archivos: {FILE['name']}" in words(rig.views.shown[-1][2])


def test_a_preview_of_many_long_names_is_one_that_slack_takes() -> None:
    files = [File(id=f"F{one}", name="<!channel>" * 30, media_type="x/y", size_bytes=1, url=None) for one in range(10)]

    assert check_view(preview_view({"text": "Hola", "to": {}}, "en", files), "modal") == []
