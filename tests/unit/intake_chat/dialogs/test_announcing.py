"""Announcing something to everybody who calls: asked in a dialog, shown, changed and ended by buttons."""

from datetime import UTC, datetime
from typing import Any

import pytest

from intake_chat.domain.slack.dialogs import announcing
from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.interactions import Commanded
from intake_chat.domain.slack.people import Somebody
from intake_chat.errors import DeskRefused
from intake_chat.handlers.agents.commands import Commands
from tests.unit.intake_chat.dialogs.builders import announced, ticket
from tests.unit.intake_chat.dialogs.fakes import EVA, pressed, room, submission

Json = dict[str, Any]
TEXTS = {"es": "No hay internet.", "en": "There is no internet."}
IN_FORCE = announced(texts=TEXTS, state="in_force", until=None)
MISSING = DeskRefused(404, "not_found", "nothing is announced as problem-4711")


def words_of(view: Json) -> str:
    return str(view["blocks"])


def fields(view: Json) -> dict[str, str]:
    return {
        block["block_id"]: str(block["element"].get("initial_value", ""))
        for block in view["blocks"]
        if block["type"] == "input"
    }


async def test_a_problem_is_announced_in_both_languages_as_the_agent_who_does_it() -> None:
    registry, desk, views, _ = room(
        {
            "/announcements/problem-4711": MISSING,
            "/tickets/4711": ticket(type="problem"),
            "PUT /announcements/problem-4711": IN_FORCE,
        }
    )
    await registry.actions[announcing.ANNOUNCE](pressed(announcing.ANNOUNCE))
    shown = views.shown[-1][2]
    assert fields(shown) == {"text_es": "", "text_en": "", "until": ""}

    until = datetime(2026, 12, 1, 9, tzinfo=UTC)
    answer = await registry.submissions[announcing.ANNOUNCE](
        submission(shown, {"text_es": TEXTS["es"], "text_en": TEXTS["en"], "until": int(until.timestamp())})
    )

    [(method, path, who, body, _)] = desk.acts
    assert (method, path, who) == ("PUT", "/announcements/problem-4711", "eva")
    assert body == {"texts": TEXTS, "problem": 4711, "until": until.isoformat()}
    assert answer is not None
    assert "No hay internet." in words_of(answer["view"])


async def test_what_is_announced_is_changed_without_losing_what_the_dialog_does_not_show() -> None:
    registry, desk, views, _ = room(
        {"/announcements/wifi": {**IN_FORCE, "key": "wifi", "problem": None}, "PUT /announcements/wifi": IN_FORCE}
    )
    await registry.actions[announcing.ANNOUNCE](pressed(announcing.ANNOUNCE, "=wifi"))
    shown = views.shown[-1][2]
    assert fields(shown)["text_es"] == TEXTS["es"]
    await registry.submissions[announcing.ANNOUNCE](submission(shown, {"text_es": "Otra.", "text_en": "Another."}))
    [(_, path, _, body, _)] = desk.acts
    assert (path, body["importance"], body["starts_at"]) == ("/announcements/wifi", 3, "2026-11-27T09:00:00Z")


async def test_what_is_about_no_problem_has_a_key_of_its_dialog_so_that_twice_is_once() -> None:
    shown = announcing.view(None, None, "es")
    keys = {
        announcing.wanted(submission(shown, {"text_es": "a", "text_en": "b"}).view, "V0ÑA b/c").key for _ in range(2)
    }
    assert keys == {"notice-v0-a-b-c"}


@pytest.mark.parametrize(
    ("more", "words"),
    [({"type": "incident"}, "no es un problema"), ({"type": "problem", "status": "solved"}, "ya está resuelto")],
)
async def test_only_a_problem_that_goes_on_is_announced(more: Json, words: str) -> None:
    registry, _, views, _ = room({"/announcements/problem-4711": MISSING, "/tickets/4711": ticket(**more)})
    await registry.actions[announcing.ANNOUNCE](pressed(announcing.ANNOUNCE))
    assert words in words_of(views.shown[-1][2])


async def test_what_the_desk_refuses_stands_beside_its_field() -> None:
    refused = DeskRefused(422, "invalid", "/until: an announcement ends after it has begun", "/until")
    registry, _, _, _ = room({"PUT /announcements/problem-4711": refused})
    view = announcing.view(ticket(type="problem"), None, "es")
    answer = await registry.submissions[announcing.ANNOUNCE](submission(view, {"text_es": "a", "text_en": "b"}))
    assert answer is not None
    assert list(answer["errors"]) == ["until"]


@pytest.mark.parametrize("error", [None, MISSING])
async def test_whoever_ends_one_sees_what_is_announced_still(error: DeskRefused | None) -> None:
    registry, desk, views, _ = room(
        {"DELETE /announcements/wifi": error, "/announcements": {"items": [IN_FORCE], "next": None}}
    )
    await registry.actions[announcing.END](pressed(announcing.END, "wifi"))
    assert desk.acts[0][:3] == ("DELETE", "/announcements/wifi", "eva")
    assert desk.parameters == [{"planned": "true"}]
    assert "esperan 12" in words_of(views.shown[-1][2])


@pytest.mark.parametrize("value", ["", "=", "=A", "=a/b", "x", "-1"])
def test_a_foreign_button_is_none_of_ours(value: str) -> None:
    with pytest.raises(NotOurs):
        announcing.meant(value)


async def test_the_command_opens_the_same_dialogs() -> None:
    registry, desk, views, _ = room({"/announcements": {"items": [], "next": None}})
    commands = Commands(desk=desk, views=views, agents=None, done=lambda _: None)  # type: ignore[arg-type]  # never asked
    commands.register(registry)
    for text in ("announce", "announcements"):
        assert registry.opening["/desk"](text)
        command = Commanded(Somebody("T1", "U1"), EVA, "/desk", text, "trigger", "", "")
        assert await registry.commands["/desk"](command) is None
    assert "Ahora no se anuncia nada." in words_of(views.shown[-1][2])
