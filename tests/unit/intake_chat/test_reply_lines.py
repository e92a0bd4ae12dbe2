"""The line about a reply: one, in the right place, with the last state, whatever dies in between."""

from dataclasses import replace
from typing import Any

import pytest

from intake_chat.domain.slack.cards.kept import Kept
from intake_chat.domain.slack.replies.line import ReplyLine, Stands, reply_line, reply_named, state_of
from intake_chat.errors import DeskAway, SlackAway, SlackRefused
from intake_chat.handlers.agents.reply_lines import ReplyLines
from intake_chat.handlers.cards.record import card_key, reply_key
from tests.unit.intake_chat.agent_rig import FakeDesk
from tests.unit.intake_chat.reply_rig import FakeBoard, FakeBucket, Turned
from ventanilla_devstack.slack.blocks import check_blocks

LINE = ReplyLine("5f0c", 7, "UEVA", "Eva <Ruiz>", "Hola <!channel>", "es", since=100.0)
PATH = ("GET", "/tickets/7/replies/5f0c")
HELD = {"state": "held", "why": "", "delivery": None, "delivery_detail": None}
SENT = {**HELD, "state": "sent", "delivery": "queued"}


class Rig:
    """Lines over stand-ins, and a clock that a test turns."""

    def __init__(self, *, card: bool = True) -> None:
        self.now = 100.0
        self.bucket, self.board = FakeBucket(), FakeBoard()
        self.desk = FakeDesk({PATH: HELD})
        self.card = card
        self.language: str | Exception = ""
        self.begin()

    def begin(self) -> None:
        """Another keeper takes over: all that it knows is what is written down."""

        async def direct(user: str) -> str:
            return f"D{user}"

        self.lines = ReplyLines(
            state=self.bucket, desk=self.desk, slack=self.board, direct=direct, speaks=self.speaks, now=lambda: self.now
        )
        self.keeper = Turned(self.lines, self.bucket, reply_key(""), lambda: self.now)

    async def speaks(self, user: str) -> str:
        if isinstance(self.language, Exception):
            raise self.language
        return self.language

    async def written(self, line: ReplyLine = LINE) -> None:
        if self.card:
            await self.bucket.put_all([card_key(7)], Kept(channel="C1", ts="1.1").written())
        await self.bucket.put_all([reply_key(line.id)], line.written())

    async def later(self, seconds: float = 0.0) -> None:
        self.now += seconds
        await self.keeper.look()

    @property
    def shown(self) -> list[tuple[str, str, str]]:
        return [(channel, root, text) for channel, root, _, text, _ in self.board.lines.values()]

    def buttons(self) -> list[str]:
        return [
            one["action_id"]
            for *_, blocks in self.board.lines.values()
            for block in blocks
            if block["type"] == "actions"
            for one in block["elements"]
        ]


async def test_it_waits_goes_and_arrives_in_one_line_below_the_card() -> None:
    rig = Rig()
    await rig.written()

    await rig.later()
    waits, undo = rig.shown, rig.buttons()
    rig.desk.answers[PATH] = SENT
    await rig.later(11)
    goes, gone = rig.shown, rig.buttons()
    rig.desk.answers[PATH] = {**SENT, "delivery": "delivered"}
    await rig.later(2)

    assert waits == [("C1", "1.1", "⏳ Eva &lt;Ruiz&gt; responde al cliente en unos segundos:")]
    assert (undo, gone) == (["reply_undo"], [])
    assert [text[:2] for _, _, text in goes] == ["✓ "]
    assert [text[:2] for _, _, text in rig.shown] == ["✓✓"]
    assert await rig.bucket.get(reply_key("5f0c")) == b"", "its end is shown: nobody looks after it any more"


@pytest.mark.parametrize(
    ("answer", "first", "button"),
    [
        ({**HELD, "state": "recalled"}, "↩", []),
        ({**HELD, "state": "failed", "why": "ticket 7 is closed"}, "⚠", ["reply_retry"]),
        ({**SENT, "delivery": "failed", "delivery_detail": "no such mailbox"}, "⚠", ["reply_retry"]),
    ],
)
async def test_an_end_without_an_answer_says_why_and_offers_another_try(
    answer: dict[str, Any], first: str, button: list[str]
) -> None:
    rig = Rig()
    await rig.written()
    await rig.later()

    rig.desk.answers[PATH] = answer
    await rig.later(2)

    assert rig.shown[0][2].startswith(first)
    assert rig.buttons() == button


@pytest.mark.parametrize(
    ("language", "said"), [("es", "Adjuntos: guía.pdf, <b>.zip"), ("en", "Attachments: guía.pdf, <b>.zip")]
)
def test_the_files_of_a_reply_are_named_below_its_words_until_it_is_taken_back(language: str, said: str) -> None:
    line = ReplyLine.parse(replace(LINE, files=("guía.pdf", "<b>.zip"), language=language).written())
    assert line is not None
    shown = {state: reply_line(line, Stands(state))[1] for state in ("held", "delivered", "failed", "edited", "taken")}

    below = {state: [one["elements"][0] for one in made if one["type"] == "context"] for state, made in shown.items()}
    assert below.pop("taken") == []
    assert {(one["type"], one["text"]) for found in below.values() for one in found} == {("plain_text", said)}
    assert all(not check_blocks(made, "message") for made in shown.values())


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("files left out: a.pdf, <b>.zip", "no se pudieron enviar: a.pdf, <b>.zip"),
        ("1795803992.817829", ""),
        ("template: SM1", "Llegó la plantilla de WhatsApp"),
    ],
)
async def test_what_arrived_without_its_files_says_so_and_nothing_else_of_the_report(detail: str, said: str) -> None:
    rig = Rig()
    await rig.written()
    await rig.later()

    rig.desk.answers[PATH] = {**SENT, "delivery": "delivered", "delivery_detail": detail}
    await rig.later(2)

    [(*_, blocks)] = rig.board.lines.values()
    shown = [one["elements"][0]["text"] for one in blocks if one["type"] == "context"]
    assert rig.shown[0][2].startswith("✓✓")
    assert [said in text for text in shown] == [True] * bool(said)
    assert detail not in str(blocks) or said


async def test_why_a_reply_did_not_arrive_is_said_in_words() -> None:
    rig = Rig()
    await rig.written()
    await rig.later()

    refused = "is_archived: Slack refused chat.postMessage: is_archived"
    rig.desk.answers[PATH] = {**SENT, "delivery": "failed", "delivery_detail": refused}
    await rig.later(2)

    (*_, blocks) = next(iter(rig.board.lines.values()))
    shown = [one["elements"][0]["text"] for one in blocks if one["type"] == "context"]
    assert shown == ["Motivo: el canal está archivado."]


async def test_without_a_card_its_author_has_the_line() -> None:
    rig = Rig(card=False)
    await rig.written()

    await rig.later()

    assert [one[:2] for one in rig.shown] == [("DUEVA", "")]


async def test_a_card_that_has_gone_leaves_the_line_to_the_author() -> None:
    rig = Rig()
    rig.board.error = SlackRefused("chat.postMessage", "message_not_found")
    await rig.written()

    await rig.later()
    await rig.later(3)

    assert [one[:2] for one in rig.shown] == [("DUEVA", "")]


async def test_what_was_posted_unseen_is_found_and_not_posted_twice() -> None:
    rig = Rig()
    rig.board.unseen = True
    await rig.written()
    await rig.later()

    rig.begin()
    await rig.later(5)
    await rig.later(20)
    await rig.later(2)

    assert len(rig.board.lines) == 1
    assert rig.buttons() == ["reply_undo"]
    kept = ReplyLine.parse(await rig.bucket.get(reply_key("5f0c")) or b"")
    assert kept is not None
    assert (kept.ts, kept.shown) == ("1.0", "held")


@pytest.mark.parametrize("looks", [1, 6])
async def test_of_two_keepers_the_one_whose_post_was_still_waiting_posts_no_second_line(looks: int) -> None:
    rig = Rig()
    await rig.written()
    old = rig.keeper

    async def taken_over() -> None:
        rig.begin()
        rig.desk.answers[PATH] = {**SENT, "delivery": "delivered"} if looks > 1 else HELD
        for _ in range(looks):
            await rig.later(2)

    rig.board.meanwhile = taken_over
    await old.look()
    for _ in range(3):
        rig.now += 15
        await old.look()

    assert len(rig.board.lines) == 1


async def test_what_was_never_posted_is_posted_once_nobody_can_be_posting_it_any_more() -> None:
    rig = Rig()
    await rig.written(replace(LINE, channel="C1", root="1.1", posting_at=95.0))

    await rig.later()
    early = len(rig.board.lines)
    await rig.later(30)

    assert (early, len(rig.board.lines)) == (0, 1)


async def test_a_desk_that_is_away_holds_up_nothing_for_good() -> None:
    rig = Rig()
    rig.desk.answers[PATH] = DeskAway("x")
    await rig.written()

    await rig.later()
    rig.desk.answers[PATH] = HELD
    await rig.later(4)

    assert len(rig.board.lines) == 1


async def test_what_cannot_be_read_is_let_go() -> None:
    rig = Rig()
    await rig.bucket.put_all([reply_key("a"), reply_key("b")], b"[]")

    await rig.later()

    assert rig.board.lines == {}


def test_the_words_of_the_desk_and_of_buttons() -> None:
    assert state_of({"state": "sent", "delivery": "bounced"}) == "failed"
    assert state_of({"state": "failed", "delivery": None}) == "unsent"
    assert reply_named("7:5f0c-1") == (7, "5f0c-1")
    for wrong in ("", "7", "x:1", "7:", "7:../../1"):
        with pytest.raises(ValueError, match="names no reply"):
            reply_named(wrong)


async def test_what_was_not_sent_before_its_line_stood_is_told_to_its_author_directly() -> None:
    rig = Rig()
    await rig.written()

    rig.desk.answers[PATH] = {**HELD, "state": "failed", "why": "ticket 7 is closed"}
    await rig.later()

    assert [(channel, root, text[:1]) for channel, root, text in rig.shown] == [("DUEVA", "", "⚠")]
    assert rig.buttons() == ["reply_retry"]


UNSENT = {**HELD, "state": "failed", "why": "ticket 7 is closed"}
UNDELIVERED = {**SENT, "delivery": "failed", "delivery_detail": "is_archived: no"}


@pytest.mark.parametrize(
    ("answer", "in_thread", "direct"),
    [
        (UNSENT, "⚠ La respuesta de Eva &lt;Ruiz&gt; no se envió:", "⚠ Tu respuesta en la solicitud #7 no se envió:"),
        (
            UNDELIVERED,
            "⚠ La respuesta de Eva &lt;Ruiz&gt; no llegó al cliente:",
            "⚠ Tu respuesta en la solicitud #7 no llegó al cliente:",
        ),
    ],
)
async def test_whoever_wrote_what_did_not_arrive_is_told_directly_too_once_whoever_looks_after_it(
    answer: dict[str, Any], in_thread: str, direct: str
) -> None:
    rig = Rig()
    await rig.written()
    await rig.later()
    rig.desk.answers[PATH] = answer

    for _ in range(4):
        await rig.later(2)
    rig.begin()
    for _ in range(3):
        await rig.later(2)

    assert rig.shown == [("C1", "1.1", in_thread), ("DUEVA", "", direct)]
    assert rig.buttons() == ["reply_retry", "reply_retry"]
    assert await rig.bucket.get(reply_key("5f0c_author")) == b"", "nobody looks after it any more"


async def test_of_what_went_or_was_called_back_its_author_is_told_nothing_directly() -> None:
    for answer in ({**HELD, "state": "recalled"}, {**SENT, "delivery": "delivered"}):
        rig = Rig()
        await rig.written()
        await rig.later()
        rig.desk.answers[PATH] = answer
        for _ in range(3):
            await rig.later(2)
        assert [channel for channel, *_ in rig.shown] == ["C1"]


async def test_a_keeper_that_dies_before_or_after_telling_the_author_neither_forgets_nor_repeats_it() -> None:
    rig = Rig()
    await rig.written()
    await rig.later()
    rig.desk.answers[PATH] = UNSENT
    await rig.later(2)  # the line in the thread has changed, what is for the author is written down

    first = len(rig.board.lines)
    rig.begin()
    rig.board.unseen = True
    await rig.later(2)
    rig.begin()
    await rig.later(30)
    await rig.later(2)

    assert (first, [one[:2] for one in rig.shown]) == (1, [("C1", "1.1"), ("DUEVA", "")])


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "⚠ Your reply in ticket #7"), ("", "⚠ Tu respuesta"), (SlackAway("x"), "⚠ Tu respuesta")],
)
async def test_the_author_is_told_in_their_own_language_as_far_as_slack_says_it(
    language: str | Exception, said: str
) -> None:
    rig = Rig()
    rig.language = language
    await rig.written()
    rig.desk.answers[PATH] = UNSENT

    await rig.later()

    assert [text.startswith(said) for *_, text in rig.shown] == [True]
