"""Who edits an answer from the line about it, or takes it back; what is said then, and that nothing written is lost."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.interactions import Pressed, Submitted
from intake_chat.domain.slack.replies.correcting import corrected, correcting_view
from intake_chat.errors import DeskAway, DeskRefused, SlackRefused
from intake_chat.handlers.agents.correcting import Corrections
from intake_chat.handlers.agents.registry import Registry
from tests.unit.intake_chat.agent_rig import PRESSER, FakeDesk, FakeViews, with_state, words
from ventanilla_devstack.slack.blocks import check_blocks

MESSAGE = "0190b5a0-1111-8222-8333-444455556666"
PATH = f"/tickets/7/messages/{MESSAGE}"
STANDS = {
    "id": MESSAGE,
    "text": "A las 12",
    "author": {"handle": "eva", "name": "Eva Ruiz"},
    "deleted_at": None,
    "changeable_until": "2026-12-27T12:00:00Z",
}
Json = dict[str, Any]


@dataclass
class Lines:
    asked: list[tuple[int, str]] = field(default_factory=list)

    def soon(self, number: int, message: str) -> None:
        self.asked.append((number, message))


class World:
    def __init__(self, **answers: Any) -> None:
        self.desk, self.views, self.lines = FakeDesk(), FakeViews(), Lines()
        self.desk.answers |= {(method, PATH): answer for method, answer in answers.items()}
        self.corrections = Corrections(desk=self.desk, views=self.views, lines=self.lines)

    def press(self, action: str, user: str = PRESSER.user_id) -> Pressed:
        return Pressed(PRESSER, action, f"7:{MESSAGE}:{user}", "1.2.3", "C1", "2.2", "1.1")

    @property
    def shown(self) -> str:
        return words(self.views.shown[-1][2])

    async def submit(self, text: str) -> Json | None:
        view = with_state(correcting_view(7, STANDS, "es"), {"text": {"value": text}})
        return await self.corrections.submitted(Submitted(PRESSER, view, "V1"))


async def test_the_dialog_opens_at_once_and_then_holds_the_words() -> None:
    world = World(GET=STANDS)
    await world.corrections.edit_pressed(world.press("reply_edit"))

    (opened, _, waiting), (updated, _, view) = world.views.shown
    assert (opened, updated) == ("open", "update")
    assert "Un momento" in words(waiting)
    assert view["blocks"][0]["element"]["initial_value"] == "A las 12"
    assert not check_blocks(view["blocks"], "modal")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({**STANDS, "author": {"handle": "tom"}}, "quien la escribió"),
        ({**STANDS, "deleted_at": "2026-11-27T12:00:00Z"}, "ya se retiró"),
        ({**STANDS, "changeable_until": None}, "ya no se puede cambiar"),
        ({**STANDS, "text": "x" * 3_001}, "demasiado largo"),
        (DeskAway("x"), "tarda en contestar"),
        (DeskRefused(404, "not_found", "ticket 7 has no such message"), "ya no está en la #7"),
    ],
)
async def test_where_there_is_nothing_to_edit_the_dialog_says_why(answer: Any, said: str) -> None:
    world = World(GET=answer)
    await world.corrections.edit_pressed(world.press("reply_edit"))

    assert said in world.shown
    assert world.views.shown[-1][2].get("submit") is None


async def test_a_dialog_that_slack_does_not_take_says_so() -> None:
    world = World(GET=STANDS)
    update, refused = world.views.update, [SlackRefused("views.update", "invalid_blocks")]

    async def once(view_id: str, view: Json) -> None:
        if refused:
            raise refused.pop()
        await update(view_id, view)

    world.views.update = once  # type: ignore[method-assign]  # the first call fails
    await world.corrections.edit_pressed(world.press("reply_edit"))

    assert "Algo ha fallado" in world.shown


async def test_somebody_else_is_told_and_the_desk_is_not_asked() -> None:
    world = World()
    await world.corrections.edit_pressed(world.press("reply_edit", "UTOM"))
    await world.corrections.take_back_pressed(world.press("reply_take_back", "UTOM"))

    assert world.views.told == [("C1", "UEVA", "Solo la corrige o la retira quien la escribió.")] * 2
    assert (world.views.shown, world.desk.asked) == ([], [])


async def test_what_was_written_is_asked_for_as_the_agent_and_the_line_is_wished_for() -> None:
    world = World(PATCH=STANDS)
    answer = await world.submit("  A las 13 ")

    assert answer == {"response_action": "clear"}
    assert world.desk.asked == [("PATCH", PATH, {"text": "A las 13"})]
    assert world.desk.actors == [PRESSER.actor]
    assert world.lines.asked == [(7, MESSAGE)]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (DeskAway("x"), "sigue aquí"),
        (DeskRefused(409, "refused", "it was sent more than 30 days ago; send a second answer"), "hace más de 30 días"),
        (DeskRefused(403, "not_yours", "only whoever wrote an answer edits it or takes it back"), "quien la escribió"),
        (DeskRefused(409, "refused", "it was edited 100 times; send a second answer, or take it back"), "100 veces"),
    ],
)
async def test_what_the_desk_does_not_take_stays_in_the_dialog(answer: Exception, said: str) -> None:
    world = World(PATCH=answer)
    kept = await world.submit("A las 13")

    assert kept is not None
    assert said in kept["errors"]["text"]
    assert world.lines.asked == []


async def test_nothing_is_no_answer_and_the_desk_is_not_asked() -> None:
    world = World()
    kept = await world.submit("   ")

    assert kept is not None
    assert "Retirar" in kept["errors"]["text"]
    assert world.desk.asked == []


@pytest.mark.parametrize(
    ("answer", "told", "lines"),
    [
        (STANDS, [], [(7, MESSAGE)]),
        (DeskRefused(409, "refused", "what was mailed cannot be changed; send a second answer"), ["por correo"], []),
        (DeskAway("x"), ["no se sabe si se ha retirado"], []),
    ],
)
async def test_taking_back_is_done_or_whoever_pressed_is_told(answer: Any, told: list[str], lines: list[Any]) -> None:
    world = World(DELETE=answer)
    await world.corrections.take_back_pressed(world.press("reply_take_back"))

    assert world.desk.asked == [("DELETE", PATH, None)]
    assert [words in text for (_, _, text), words in zip(world.views.told, told, strict=True)] == [True] * len(told)
    assert world.lines.asked == lines


def test_it_is_registered_by_what_slack_calls_it_and_taking_back_opens_nothing() -> None:
    registry = Registry()
    World().corrections.register(registry)

    assert set(registry.actions) == {"reply_edit", "reply_take_back"}
    assert (registry.quiet, set(registry.submissions)) == ({"reply_take_back"}, {"correct"})


@pytest.mark.parametrize("private", ["{}", '{"ticket":7}', '{"ticket":7,"message":"../1"}', '{"message":"a"}', "x"])
def test_a_dialog_that_is_not_ours_is_not_read(private: str) -> None:
    with pytest.raises(NotOurs):
        corrected({"private_metadata": private, "state": {"values": {}}})
