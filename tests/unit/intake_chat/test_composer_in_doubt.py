"""The composer where nobody heard whether a reply was stored, or Slack shows no more: no word is lost or sent twice."""

from typing import Any

import pytest

from intake_chat.domain.slack.interactions import Submitted
from intake_chat.domain.slack.replies.line import ReplyLine
from intake_chat.errors import DeskAway, DeskRefused, SlackRefused
from intake_chat.handlers.cards.record import reply_key
from tests.support.polling import eventually
from tests.unit.intake_chat.agent_rig import PRESSER, FakeViews, words
from tests.unit.intake_chat.test_composer import FILE, HELD, REPLIES, Rig, pressed, written
from ventanilla_devstack.slack.blocks import check_blocks


class ForgetfulDesk:
    """Holds replies under their keys as the ticket service does; the first answers are lost on their way."""

    def __init__(self, rig: Rig, lost: int = 1, state: str = "held") -> None:
        self.held: dict[str, dict[str, Any]] = {}
        self._rig, self._lost, self._state = rig, lost, state
        rig.desk.answers |= {REPLIES: self.hold, ("GET", REPLIES[1]): self.find}

    def hold(self, body: dict[str, Any]) -> Any:
        key = str(self._rig.desk.keys[-1])
        reply = self.held.get(key)
        if reply is not None and reply["body"] != body:
            return DeskRefused(422, "key_reused", "x")
        if reply is None:
            reply = {"id": f"5f0c-{len(self.held) + 1}", "state": "held", "text": body["text"], "body": body}
            self.held[key] = reply
            self._rig.desk.answers["DELETE", f"{REPLIES[1]}/{reply['id']}"] = lambda _: self.recall(reply)
        if self._lost:
            self._lost -= 1
            reply["state"] = self._state
            return DeskAway("x")
        return reply

    def recall(self, reply: dict[str, Any]) -> Any:
        if reply["state"] == "sent":
            return DeskRefused(409, "refused", "it was sent already")
        reply["state"] = "recalled"
        return reply

    def find(self, _: Any) -> Any:
        found = self.held.get(str(self._rig.desk.keys[-1]))
        return found or DeskRefused(404, "not_found", "no reply of this ticket was held under this Idempotency-Key")

    def texts(self, state: str) -> list[str]:
        return [one["text"] for one in self.held.values() if one["state"] == state]


async def test_a_reply_that_was_stored_although_nobody_heard_of_it_gets_its_line_with_undo() -> None:
    rig = Rig()
    desk = ForgetfulDesk(rig)

    answer = await rig.submit("A")
    await eventually(lambda: reply_key("5f0c-1") in rig.state.kept)

    assert "no se sabe si se ha guardado" in answer["errors"]["text.0"]
    assert desk.texts("held") == ["A"]
    line = ReplyLine.parse(rig.state.kept[reply_key("5f0c-1")])
    assert line is not None
    assert (line.text, line.user) == ("A", PRESSER.user_id)


async def test_what_was_not_stored_is_not_stored_by_finding_out() -> None:
    away = DeskRefused(404, "not_found", "x")
    rig = Rig(answers={REPLIES: DeskAway("x"), ("GET", REPLIES[1]): away})

    await rig.submit("A")
    await rig.background.close()

    assert [one[0] for one in rig.desk.asked].count("POST") == 1
    assert rig.state.kept == {}


async def test_the_same_words_again_are_the_same_reply() -> None:
    rig = Rig()
    desk = ForgetfulDesk(rig)

    await rig.submit("A")
    again = await rig.submit("A")

    assert again == {"response_action": "clear"}
    assert desk.texts("held") == ["A"]


async def test_corrected_words_take_the_place_of_those_that_were_stored_unheard() -> None:
    rig = Rig()
    desk = ForgetfulDesk(rig)

    await rig.submit("A")
    again = await rig.submit("B")
    await rig.background.close()

    assert again == {"response_action": "clear"}
    assert (desk.texts("held"), desk.texts("recalled")) == (["B"], ["A"])
    assert set(rig.state.kept) == {reply_key("5f0c-1"), reply_key("5f0c-2")}


async def test_what_was_called_back_in_its_line_is_not_taken_for_sent_when_it_is_submitted_again() -> None:
    rig = Rig()
    desk = ForgetfulDesk(rig, state="recalled")

    await rig.submit("A")
    again = await rig.submit("A")

    assert again == {"response_action": "clear"}
    assert (desk.texts("held"), desk.texts("recalled")) == (["A"], ["A"])


async def test_what_has_left_already_is_said_and_the_corrected_words_may_go_as_another_reply() -> None:
    rig = Rig()
    desk = ForgetfulDesk(rig, state="sent")

    await rig.submit("A")
    said = await rig.submit("B")
    again = written("B")
    again["private_metadata"] = said["view"]["private_metadata"]
    sent = await rig.replies.submitted(Submitted(PRESSER, again, "V1"))

    assert "ya ha salido" in words(said["view"])
    assert next(one["block_id"] for one in said["view"]["blocks"] if one["type"] == "input") == "text.0"
    assert sent == {"response_action": "clear"}
    assert (desk.texts("sent"), desk.texts("held")) == (["A"], ["B"])


async def test_files_whose_answer_was_lost_are_sent_once() -> None:
    rig = Rig()
    rig.files.contents["F1"] = b"pdf"
    desk = ForgetfulDesk(rig)

    for _ in range(2):
        await rig.submit("Va la guía", files=[FILE])
        await rig.background.close()

    assert (desk.texts("held"), desk.texts("recalled")) == (["Va la guía"], ["Va la guía"])
    assert "10 segundos" in words(rig.views.shown[-1][2])


LONG = "palabra " * 374 + "al final"


@pytest.mark.parametrize("text", [LONG, "x" * 3_000], ids=["words", "one word"])
async def test_while_files_are_on_their_way_all_of_the_words_stand_there(text: str) -> None:
    view = (await Rig().submit(text, files=[FILE]))["view"]

    parts = [one["elements"][0]["elements"][0]["text"] for one in view["blocks"] if one["type"] == "rich_text"]
    assert "".join(parts) == text
    assert not check_blocks(view["blocks"], "modal")


async def test_all_of_the_words_of_a_reply_that_was_called_back_stand_there_although_the_desk_is_away() -> None:
    recalled = {**HELD, "state": "recalled", "text": LONG}
    rig = Rig(answers={("DELETE", "/tickets/7/replies/5f0c-1"): recalled, ("GET", "/tickets/7"): DeskAway("x")})

    await rig.replies.undo_pressed(pressed("7:5f0c-1"))

    view = rig.views.shown[-1][2]
    parts = [one["elements"][0]["elements"][0]["text"] for one in view["blocks"] if one["type"] == "rich_text"]
    assert "".join(parts) == LONG
    assert "tarda en contestar" in words(view)


async def test_a_composer_that_slack_does_not_take_leaves_a_sentence_and_the_words() -> None:
    class PickyViews(FakeViews):
        async def update(self, view_id: str, view: dict[str, Any]) -> None:
            await super().update(view_id, view)
            if view.get("callback_id") == "compose":
                raise SlackRefused("views.update", "invalid_arguments")

    rig = Rig(answers={("DELETE", "/tickets/7/replies/5f0c-1"): {**HELD, "state": "recalled"}})
    rig.replies = rig.composer_with(views := PickyViews())

    await rig.replies.undo_pressed(pressed("7:5f0c-1"))

    assert "Algo ha fallado" in words(views.shown[-1][2])
    assert "Hola" in words(views.shown[-1][2])


async def test_undo_that_comes_too_late_says_so_and_opens_nothing() -> None:
    rig = Rig(answers={("DELETE", "/tickets/7/replies/5f0c-1"): DeskRefused(409, "refused", "it was sent already")})

    await rig.replies.undo_pressed(pressed("7:5f0c-1"))

    assert rig.views.shown == []
    assert "Ya había salido" in rig.views.told[0][2]
