"""The composer: what stands in it, what was written, and that nothing somebody wrote is ever lost."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.views import View

from intake_chat.domain.slack.interactions import Asked, Pressed, Submitted
from intake_chat.domain.slack.replies import composer as dialog
from intake_chat.domain.slack.replies.composer import (
    Composer,
    composed,
    composer_for,
    composer_view,
    preview_view,
    with_template,
)
from intake_chat.domain.slack.replies.line import ReplyLine
from intake_chat.errors import DeskAway, DeskRefused, SlackAway
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.composer import Replies
from intake_chat.handlers.agents.drafts import Drafts
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.agents.sending import Sending
from intake_chat.handlers.cards.record import reply_key
from tests.support.polling import eventually
from tests.unit.intake_chat.agent_rig import PRESSER, FakeDesk, FakeViews, with_state, words
from tests.unit.intake_chat.reply_rig import FakeBucket, FakeFiles, FakeState
from ventanilla_devstack.slack.blocks import check_blocks

TICKET: dict[str, Any] = {
    "number": 7,
    "channel": "email",
    "requester": {"name": "Ana", "identities": [{"address": "ana@cliente.example"}]},
}
HELD = {"id": "5f0c-1", "state": "held", "text": "Hola"}
REPLIES, MESSAGES = ("POST", "/tickets/7/replies"), ("GET", "/tickets/7/messages")
NOTE = {"id": "m2", "kind": "note", "author": {"name": "Tom"}, "text": "Ojo: <!channel>"}


async def at_once(_: float) -> None:
    """Wait for nothing."""


class Rig:
    """The composer over stand-ins."""

    def __init__(self, **answers: Any) -> None:
        self.desk = FakeDesk(
            {
                ("GET", "/tickets/7"): TICKET,
                MESSAGES: {"items": [{"id": "m1", "kind": "customer"}]},
                ("GET", "/tickets/7/replies/place"): DeskRefused(404, "not_found", "an earlier release"),
                ("GET", "/tickets/7/replies/waiting"): {"items": []},
                REPLIES: HELD,
                **answers.get("answers", {}),
            }
        )
        self.views, self.files, self.state, self.background = FakeViews(), FakeFiles(), FakeState(), Background()
        self.drafts = FakeBucket()
        self.replies = self.composer_with(self.views)

    def composer_with(self, views: FakeViews, hold_seconds: int = 10) -> Replies:
        """The composer, shown by other views or sending later."""
        sending = Sending(
            desk=self.desk, state=self.state, background=self.background, hold_seconds=hold_seconds,
            now=lambda: 5.0, pause=at_once,
        )  # fmt: skip
        return Replies(
            desk=self.desk, views=views, files=self.files, sending=sending, drafts=Drafts(self.drafts, at_once),
            background=self.background,
        )  # fmt: skip

    async def submit(self, text: str = "Hola", *, shown: Composer | None = None, **fields: Any) -> Any:
        view = written(text, shown=shown, **fields)
        return await self.replies.submitted(Submitted(PRESSER, view, "V1"))


def written(text: str, *, shown: Composer | None = None, status: str = "pending", **fields: Any) -> dict[str, Any]:
    """The composer as Slack gives it back."""
    shown = shown or composer_for(TICKET, "m1")
    values = {
        f"text.{shown.texts}": {"value": text},
        f"status.{shown.statuses}": {"selected_option": {"value": status}},
        f"resolution.{shown.statuses}": {"value": fields.get("resolution")},
        f"cause.{shown.statuses}": {"value": fields.get("cause")},
        "files": {"files": fields.get("files", [])},
    }
    return with_state(composer_view(shown, "es"), values)


def pressed(value: str = "7", view: dict[str, Any] | None = None) -> Pressed:
    return Pressed(PRESSER, "reply", value, "1.2.3", "C1", "1.1", "", view)


FILE = {"id": "F1", "name": "guia.pdf", "mimetype": "application/pdf", "size": 3, "url_private_download": "https://s/f"}


async def test_it_opens_at_once_and_says_where_the_words_go() -> None:
    rig = Rig()

    await rig.replies.pressed(pressed())

    [(first, _, loading), (second, view_id, view)] = rig.views.shown
    assert (first, second, view_id) == ("open", "update", "V1")
    assert "Un momento" in words(loading)
    assert "por correo: Ana" in words(view)
    assert not check_blocks(view["blocks"], "modal")
    View(**view).validate_json()


@pytest.mark.parametrize("error", [DeskAway("x"), DeskRefused(404, "not_found", "there is no ticket 7")])
async def test_what_the_desk_does_not_say_the_dialog_says(error: Exception) -> None:
    rig = Rig(answers={("GET", "/tickets/7"): error})

    await rig.replies.pressed(pressed())

    assert rig.views.shown[-1][0] == "update"
    assert "input" not in [block["type"] for block in rig.views.shown[-1][2]["blocks"]]


async def test_what_was_written_waits_at_the_desk_under_the_dialogs_own_key() -> None:
    rig = Rig()

    answer = await rig.submit(" Hola ", status="open")
    await rig.background.close()

    assert answer == {"response_action": "clear"}
    assert rig.desk.asked[-1] == (*REPLIES, {"text": "Hola", "status": "open", "hold_seconds": 10})
    assert (rig.desk.keys, rig.desk.actors) == (["V1"], [PRESSER.actor])
    line = ReplyLine.parse(rig.state.kept[reply_key("5f0c-1")])
    assert line is not None
    assert (line.number, line.user, line.text, line.since) == (7, PRESSER.user_id, "Hola", 5.0)


async def test_the_line_is_kept_although_the_broker_was_away_for_minutes() -> None:
    rig = Rig()
    rig.state.failures = 60

    await rig.submit()

    await eventually(lambda: rig.state.kept)


@pytest.mark.parametrize(
    ("fields", "block"),
    [({"text": "  "}, "text.0"), ({"status": "solved"}, "resolution.0")],
    ids=["words", "resolution"],
)
async def test_what_is_missing_is_said_beside_it(fields: dict[str, Any], block: str) -> None:
    rig = Rig()

    answer = await rig.submit(**fields)

    assert list(answer["errors"]) == [block]
    assert rig.desk.asked == []


async def test_what_others_wrote_meanwhile_is_shown_once_and_nothing_is_retyped() -> None:
    rig = Rig(answers={MESSAGES: {"items": [NOTE, {"id": "m1", "kind": "customer"}]}})

    warned = await rig.submit("Hola")
    fields = [block["block_id"] for block in warned["view"]["blocks"] if block["type"] == "input"]
    again = written("Hola")
    again["private_metadata"] = warned["view"]["private_metadata"]
    sent = await rig.replies.submitted(Submitted(PRESSER, again, "V1"))

    assert warned["response_action"] == "update"
    assert "Ojo: <!channel>" in words(warned["view"])
    assert fields[0] == "text.0", "the field keeps its name, and with it what stands in it"
    assert not check_blocks(warned["view"]["blocks"], "modal")
    assert sent == {"response_action": "clear"}


async def test_ones_own_words_are_no_news() -> None:
    own = {"id": "m2", "kind": "agent", "author": {"name": PRESSER.actor.name}, "text": "x"}
    automatic = {"id": "m3", "kind": "automatic", "author": {"name": "Soporte"}, "text": "x"}
    rig = Rig(answers={MESSAGES: {"items": [automatic, own, {"id": "m1", "kind": "customer"}]}})

    assert await rig.submit() == {"response_action": "clear"}


async def test_the_words_of_a_namesake_are_news() -> None:
    namesake = {"id": "m2", "kind": "agent", "author": {"name": PRESSER.actor.name, "handle": "eva2"}, "text": "Ya voy"}
    own = {"id": "m3", "kind": "agent", "author": {"name": "Eva", "handle": PRESSER.actor.handle}, "text": "x"}
    rig = Rig(answers={MESSAGES: {"items": [own, namesake, {"id": "m1", "kind": "customer"}]}})

    warned = await rig.submit()

    assert "Ya voy" in words(warned["view"])
    assert warned["view"]["private_metadata"].count('"last":"m2"') == 1


@pytest.mark.parametrize(
    ("error", "block", "said"),
    [
        (DeskAway("x"), "text.0", "no se sabe si se ha guardado"),
        (DeskRefused(409, "refused", "ticket 7 is closed; open a new one that points at it"), "text.0", "cerrada"),
        (DeskRefused(422, "invalid", "solving asks: say what caused it", "/cause"), "cause.0", "causado"),
    ],
)
async def test_what_the_desk_does_not_take_stays_in_the_dialog(error: Exception, block: str, said: str) -> None:
    rig = Rig(answers={REPLIES: error})

    answer = await rig.submit(resolution="x", status="solved")

    assert answer["response_action"] == "errors"
    assert said in answer["errors"][block]
    assert rig.state.kept == {}


async def test_files_are_sent_with_it_while_the_words_stay_in_sight() -> None:
    rig = Rig()
    rig.replies = rig.composer_with(rig.views, hold_seconds=4)
    rig.files.contents["F1"] = b"pdf"

    answer = await rig.submit("Va la guía", files=[FILE])
    await rig.background.close()

    assert "Va la guía" in words(answer["view"])
    assert rig.desk.uploads == [("guia.pdf", b"pdf")]
    assert (rig.desk.asked[-1][2]["attachments"], rig.desk.asked[-1][2]["hold_seconds"]) == (["upload-1"], 4)
    assert "4 segundos" in words(rig.views.shown[-1][2])
    line = ReplyLine.parse(rig.state.kept[reply_key("5f0c-1")])
    assert line is not None
    assert line.files == ("guia.pdf",)


@pytest.mark.parametrize("content", [None, SlackAway("x")])
async def test_files_that_cannot_be_had_bring_the_composer_back_with_the_words(content: Any) -> None:
    rig = Rig()
    rig.files.contents["F1"] = content

    await rig.submit("Va la guía", files=[FILE], status="open")
    await rig.background.close()

    how, view_id, view = rig.views.shown[-1]
    [text, status] = [one for one in view["blocks"] if one.get("block_id") in ("text.1", "status.1")]
    assert (how, view_id, text["element"]["initial_value"]) == ("update", "V1", "Va la guía")
    assert status["element"]["initial_option"]["value"] == "open"
    assert {one[0] for one in rig.desk.asked} == {"GET"}, "nothing was sent without its files"


async def test_a_template_goes_behind_what_was_written() -> None:
    filled = {"text": "¿Qué mensaje apareció?", "status": "open", "empty": ["next_update_by"]}
    rig = Rig(answers={("POST", "/tickets/7/templates/more%2Fdetails"): filled})

    await rig.replies.template_chosen(pressed("more/details", written("Buenos días.")))

    _, view_id, view = rig.views.shown[-1]
    text = next(one for one in view["blocks"] if one.get("block_id") == "text.1")
    assert view_id == "V1"
    assert text["element"]["initial_value"] == "Buenos días.\n\n¿Qué mensaje apareció?"
    assert next(one for one in view["blocks"] if one.get("block_id") == "status.1")
    assert "next_update_by" in words(view)


def test_a_template_that_does_not_fit_changes_nothing() -> None:
    shown = with_template(composed(written("x" * 2_900)), {"text": "y" * 200, "status": None, "empty": []}, "es")

    assert (shown.texts, "3000" in shown.words) == (0, True)


async def test_templates_are_found_by_what_is_typed() -> None:
    found = {"items": [{"name": "more-details", "title": "Pedir más datos", "text": "Hola,\n{{requester.name}}"}]}
    rig = Rig(answers={("GET", "/tickets/7/templates"): found})

    offered = await rig.replies.templates(Asked(PRESSER, dialog.TEMPLATE, "datos", written("")))

    assert [(one["value"], one["text"]["text"]) for one in offered] == [("more-details", "Pedir más datos")]
    assert rig.desk.asked[-1][2] == {"q": "datos"}


async def test_the_preview_is_what_the_customer_will_read() -> None:
    seen = {
        "to": {"address": "ana@c.example", "name": "Ana"},
        "cc": [],
        "subject": "Re: x [#7]",
        "text": "Hola\n-- \nEva",
    }
    rig = Rig(answers={("POST", "/tickets/7/replies/preview"): seen})

    await rig.replies.preview_pressed(pressed("7", written("Hola")))

    assert [one[0] for one in rig.views.shown] == ["push", "update"]
    text = words(rig.views.shown[-1][2])
    assert "Re: x [#7]" in text
    assert "Hola\n-- \nEva" in text


async def test_the_preview_for_a_chat_names_whoever_writes_as_the_customer_will_see_it() -> None:
    blocks = preview_view({"to": {"name": "Carmen"}, "author": "Eva Ruiz", "text": "Hola"}, "es")["blocks"]

    elements = [one["elements"][0]["elements"][0] for one in blocks if one["type"] == "rich_text"]
    assert elements == [
        {"type": "text", "text": "Eva Ruiz", "style": {"bold": True}},
        {"type": "text", "text": "Hola"},
    ]


async def test_undo_gives_the_words_back() -> None:
    rig = Rig(answers={("DELETE", "/tickets/7/replies/5f0c-1"): {**HELD, "state": "recalled"}})

    await rig.replies.undo_pressed(pressed("7:5f0c-1"))

    text = next(one for one in rig.views.shown[-1][2]["blocks"] if one.get("block_id") == "text.0")
    assert text["element"]["initial_value"] == "Hola"


async def test_what_failed_can_be_tried_again_with_its_words() -> None:
    message = {"id": "m9", "text": "Hola de nuevo"}
    rig = Rig(
        answers={
            ("GET", "/tickets/7/replies/5f0c-1"): {**HELD, "text": None, "message_id": "m9", "status": "open"},
            MESSAGES: {"items": [message]},
        }
    )

    await rig.replies.retry_pressed(pressed("7:5f0c-1"))

    shown = {one.get("block_id"): one.get("element") for one in rig.views.shown[-1][2]["blocks"]}
    assert shown["text.0"]["initial_value"] == "Hola de nuevo"
    assert shown["status.0"]["initial_option"]["value"] == "open"


def test_it_is_known_under_all_its_names() -> None:
    registry, rig = Registry(), Rig()

    rig.replies.register(registry)

    again = {"reply_undo", "reply_retry", "reply_draft"}
    assert set(registry.actions) == {"reply", "compose_template", "compose_preview"} | again
    assert registry.quiet == {"compose_template"}


WORDS = st.text(max_size=3_500)


@given(WORDS, WORDS, st.sampled_from(["email", "slack", "from-the-future"]), st.sampled_from(["es", "en", "fr"]))
def test_no_words_break_the_dialogs(name: str, text: str, channel: str, language: str) -> None:
    news = [{"id": "m2", "kind": "customer", "author": {"name": name}, "text": text}]
    shown = Composer(7, channel, name, "m1", text=text, words=name, news=news, resolution=text, cause=text)

    for view in (composer_view(shown, language), preview_view({"text": text, "subject": name, "to": {}}, language)):
        assert not check_blocks(view["blocks"], "modal")
        assert len(view.get("private_metadata", "")) <= 3_000
        assert "'type': 'mrkdwn'" not in str(view)


def test_the_language_of_the_dialog_is_the_agents() -> None:
    assert composer_view(composer_for(TICKET, "m1"), "en")["submit"]["text"] == "Send"


async def test_two_at_once_do_not_disturb_each_other() -> None:
    rig = Rig()

    answers = await asyncio.gather(*(rig.submit(f"Hola {number}") for number in range(5)))

    assert answers == [{"response_action": "clear"}] * 5


async def test_a_reply_that_is_submitted_once_more_keeps_the_line_that_it_has() -> None:
    rig = Rig()
    await rig.submit()
    await eventually(lambda: rig.state.kept, 5)
    rig.state.kept[reply_key("5f0c-1")] = b""  # its end was shown meanwhile

    await rig.submit()
    await rig.background.close()

    assert rig.state.kept == {reply_key("5f0c-1"): b""}


@pytest.mark.parametrize(("channel", "offered"), [("email", True), ("slack", True), ("webchat", False)])
def test_files_are_offered_where_they_can_go(channel: str, offered: bool) -> None:
    view = composer_view(Composer(7, channel, "Ana", "m1"), "es")

    assert ("files" in [block.get("block_id") for block in view["blocks"]]) is offered
