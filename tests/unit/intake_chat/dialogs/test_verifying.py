"""An agent verifies who asks in a dialog: chooses a way, sends a code, types what they are told."""

import json
from typing import Any

import pytest

from intake_chat.domain.slack.dialogs import verify
from intake_chat.errors import DeskAway, DeskRefused
from tests.unit.intake_chat.agent_rig import words
from tests.unit.intake_chat.dialogs.builders import code, standing, way
from tests.unit.intake_chat.dialogs.fakes import EVA, pressed, room, submission

READ, SEND, CHECK = (
    "/tickets/4711/verification",
    "POST /tickets/4711/verification",
    "POST /tickets/4711/verification/check",
)
OPEN = standing(code=code())


def wrong(left: int) -> DeskRefused:
    return DeskRefused(409, "wrong_code", f"the code is wrong; {left} more tries")


async def test_the_menu_shows_what_is_on_file_and_what_of_it_proves_nothing() -> None:
    new = way(id="x", medium="email", shown="a***@x.example", usable=False, why_not="new")
    registry, _, views, _ = room({READ: standing(way(), new)})

    await registry.actions["verify"](pressed("verify"))

    view = views.shown[-1][2]
    options = next(one for one in view["blocks"] if one["type"] == "input")["element"]["options"]
    assert [one["text"]["text"] for one in options] == ["SMS a +34 *** *** 22"]
    assert "Correo a a***@x.example: consta desde después de empezar la conversación" in words(view)
    assert view["submit"]["text"] == "Enviar un código"


async def test_without_a_way_from_before_there_is_nothing_to_send() -> None:
    registry, _, views, _ = room({READ: standing(way(usable=False, why_not="another of tomorrow"))})

    await registry.actions["verify"](pressed("verify"))

    view = views.shown[-1][2]
    assert "submit" not in view
    assert "no puede ser" in words(view)


async def test_sending_asks_for_the_code_and_the_code_verifies() -> None:
    verified = standing(grade="verified", verified={"shown": "+34 *** *** 22"})
    registry, desk, _, _ = room({SEND: OPEN, CHECK: verified})
    view = verify.view(standing(), "t1", "es")

    asked = await registry.submissions["verify"](submission(view, {"factor": way()["id"]}))
    assert asked is not None
    assert asked["view"]["callback_id"] == "verify_code"
    assert "pide que te lo diga" in words(asked["view"])
    done = await registry.submissions["verify_code"](submission(asked["view"], {"code": " 123-456 "}))

    assert done is not None
    assert "✓ Identidad comprobada" in words(done["view"])
    (_, sent_to, who, sent_body, key), (_, path, _, body, other) = desk.acts
    assert (f"POST {sent_to}", who, sent_body, key) == (SEND, "eva", {"factor": way()["id"]}, "V7.t1")
    assert (f"POST {path}", body) == (CHECK, {"code": "123456"})
    assert other not in (None, key)


async def test_a_wrong_code_leaves_the_field_with_another_key() -> None:
    registry, desk, _, _ = room({CHECK: wrong(4)})
    view = verify.checking(OPEN, "t1", "es")

    again = await registry.submissions["verify_code"](submission(view, {"code": "000000"}))
    assert again is not None
    await registry.submissions["verify_code"](submission(again["view"], {"code": "000001"}))

    assert "⚠ El código no es ese; quedan 4 intentos." in words(again["view"])
    assert len({key for *_, key in desk.acts}) == 2
    assert "000000" not in json.dumps(again)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({CHECK: DeskRefused(409, "refused", "the code has expired, it was good")}, "ha caducado"),
        ({CHECK: DeskAway("slow")}, "no ha contestado"),
    ],
)
async def test_what_ends_it_is_said_at_the_field(answers: dict[str, Any], said: str) -> None:
    registry, _, _, _ = room(answers)

    answer = await registry.submissions["verify_code"](submission(verify.checking(OPEN, "t", "es"), {"code": "123456"}))

    assert answer is not None
    assert said in answer["errors"]["code"]


@pytest.mark.parametrize("typed", ["12345", "abcdef", "١٢٣٤٥٦", "1234567", ""])
async def test_what_is_no_code_is_not_even_asked(typed: str) -> None:
    registry, desk, _, _ = room({})

    answer = await registry.submissions["verify_code"](submission(verify.checking(OPEN, "t", "es"), {"code": typed}))

    assert answer is not None
    assert answer["errors"] == {"code": "Son seis dígitos."}
    assert desk.acts == []


async def test_a_code_that_is_open_is_asked_for_at_once_and_another_can_be_sent() -> None:
    registry, _, views, _ = room({READ: standing(code=code(delivery="failed"))})

    await registry.actions["verify"](pressed("verify"))
    shown = views.shown[-1][2]
    await registry.actions["verify_another"](pressed("verify_another", view={**shown, "id": "V1", "type": "modal"}))

    assert shown["callback_id"] == "verify_code"
    assert "⚠ No ha llegado" in words(shown)
    assert (views.shown[-1][1], views.shown[-1][2]["callback_id"]) == ("V1", "verify")


async def test_a_refusal_of_the_desk_stands_at_the_way() -> None:
    why = "5 codes in a day are the most for one ticket; verify them in another way"
    registry, _, _, _ = room({SEND: DeskRefused(409, "refused", why)})

    answer = await registry.submissions["verify"](
        submission(verify.view(standing(), "t", EVA.language), {"factor": way()["id"]})
    )

    assert answer is not None
    assert answer["errors"]["factor"].startswith("Una petición admite 5 códigos al día")
