"""An agent has a customer called back in a dialog: plans it, looks how it stands, calls it off."""

from datetime import UTC, datetime
from typing import Any

import pytest

from intake_chat.domain.slack.cards.card import _MENU
from intake_chat.domain.slack.cards.company import Company
from intake_chat.domain.slack.cards.lines import line_of
from intake_chat.domain.slack.dialogs import calling_back
from intake_chat.errors import DeskAway, DeskRefused
from tests.unit.intake_chat.agent_rig import words
from tests.unit.intake_chat.dialogs.fakes import pressed, room, submission
from ventanilla_devstack.slack.blocks import check_view

READ, PLAN = "/tickets/4711/callbacks", "POST /tickets/4711/callbacks"
ID = "0f1c5e7a-52b1-4c7e-9d8e-1b2a3c4d5e6f"
DELETE = f"DELETE {READ}/{ID}"


def callback(state: str = "scheduled", *attempts: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = {
        "id": ID, "ticket": 4711, "state": state, "team": "first-line", "agent": None, "number": "+34600111222",
        "next_at": "2026-11-30T08:00:00Z" if state == "scheduled" else None, "attempts": list(attempts),
    }  # fmt: skip
    return {**made, **more}


def tried(outcome: str, **more: Any) -> dict[str, Any]:
    return {"attempt": 1, "outcome": outcome, "agent": None, "seconds": None, **more}


def test_the_menu_of_a_card_has_it() -> None:
    assert "callback" in _MENU


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("state", ["scheduled", "due", "talking", "done", "failed", "withdrawn", "another"])
def test_each_state_is_a_dialog_that_slack_takes(state: str, language: str) -> None:
    view = calling_back.view(
        4711, [callback(state, tried("customer_busy"), tried("of tomorrow"))], language, "https://p"
    )

    assert check_view(view, "modal") == []
    assert "+34600111222" in words(view)


@pytest.mark.parametrize(
    ("agent", "language", "said"),
    [(None, "es", "por Primera línea."), (None, "en", "by First line."), ("eva", "es", "por Eva Ruiz.")],
)
@pytest.mark.parametrize("state", ["scheduled", "done"])
def test_teams_and_agents_are_called_what_people_call_them(state: str, agent: Any, language: str, said: str) -> None:
    names = {"agents": {"eva": "Eva Ruiz"}, "teams": {"first-line": {"es": "Primera línea", "en": "First line"}}}
    view = calling_back.view(
        4711, [callback(state, tried("customer_busy", agent="eva"), agent=agent, names=names)], language
    )

    assert said in words(view)
    assert "(Eva Ruiz)" in words(view)


async def test_where_nothing_is_planned_it_can_be() -> None:
    registry, desk, views, _ = room({READ: {"items": [callback("failed", tried("nobody_took_it"))]}, PLAN: callback()})
    await registry.actions["callback"](pressed("callback"))
    view = views.shown[-1][2]
    at = datetime(2026, 11, 30, 8, tzinfo=UTC)

    done = await registry.submissions["callback"](
        submission(view, {"number": " +34600111222 ", "at": int(at.timestamp()), "who": "me"})
    )

    assert "ningún agente la cogió" in words(view)
    [(method, path, who, body, key)] = desk.acts
    assert (method, path, who) == ("POST", READ, "eva")
    assert body == {"number": "+34600111222", "at": at.isoformat(), "agent": "eva"}
    assert key
    assert done is not None
    assert done["response_action"] == "update"
    assert "Llamada al +34600111222" in words(done["view"])


async def test_left_blank_it_is_the_customers_number_as_soon_as_somebody_is_there() -> None:
    registry, desk, _, _ = room({PLAN: callback()})
    view = calling_back.view(4711, [], "en")

    await registry.submissions["callback"](submission(view, {"who": "team"}))

    assert desk.acts[0][3] == {"number": None, "at": None, "agent": None}


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (DeskRefused(409, "refused", "this number is to be called already; call that off first"), "ya se va a llamar"),
        (DeskRefused(422, "invalid", "/number: no number of the customer is known; say which"), "No consta ningún"),
        (DeskAway("slow"), ""),
    ],
)
async def test_what_cannot_be_planned_stays_in_the_dialog_with_why(refusal: Exception, said: str) -> None:
    registry, _, _, _ = room({PLAN: refusal})

    answer = await registry.submissions["callback"](submission(calling_back.view(4711, [], "es"), {"who": "team"}))

    assert answer is not None
    assert answer["response_action"] == "errors"
    assert said in answer["errors"]["number"]


async def test_what_is_planned_can_be_called_off() -> None:
    registry, desk, views, _ = room({READ: {"items": [callback("due", tried("customer_busy"))]}, DELETE: {}})
    await registry.actions["callback"](pressed("callback"))
    planned = views.shown[-1][2]
    await registry.actions[calling_back.OFF](pressed(calling_back.OFF))

    assert "Están sonando" in words(planned)
    assert "comunicaba" in words(planned)
    assert [(method, path, who) for method, path, who, *_ in desk.acts] == [("DELETE", f"{READ}/{ID}", "eva")]


def test_who_is_being_talked_to_cannot_be_called_off() -> None:
    view = calling_back.view(4711, [callback("talking")], "en")

    assert "being called" in words(view)
    assert not [one for one in view["blocks"] if one["type"] == "actions"]


@pytest.mark.parametrize(
    ("action", "detail", "said"),
    [
        ("callback.unreached", {"outcome": "customer_busy", "attempt": 1, "again_at": "2026-11-30T15:00:00+00:00"},
         "el cliente comunicaba. Se intenta otra vez el <!date^1796050800^"),
        ("callback.talked", {"talked": "3:20"}, "Eva Ruiz habló con el cliente en el +34•••••••22. Duró 3:20."),
        ("callback.begun", {"attempt": 1}, ""),
    ],
)  # fmt: skip
def test_the_thread_of_the_card_says_what_became_of_it(action: str, detail: dict[str, Any], said: str) -> None:
    entry = {
        "action": action, "actor": "agent:eva", "at": "2026-11-30T14:00:00+00:00", "why": "", "via": None,
        "detail": {"callback": ID, "number": "+34•••••••22", "team": "first-line", **detail},
        "names": {"agents": {"eva": "Eva Ruiz"}, "teams": {}, "people": {}},
    }  # fmt: skip
    line = line_of(entry, None, Company({}), "es")

    assert said in (line.text if line else "")
    assert bool(line) is bool(said)
