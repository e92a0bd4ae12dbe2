"""An answer with files whose window was closed: it goes, or whoever wrote it has their words back, once."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from intake_chat.domain.slack.interactions import Pressed
from intake_chat.domain.slack.replies.draft import DRAFT, Draft
from intake_chat.errors import DeskAway, DeskRefused, SlackAway, SlackRefused
from intake_chat.handlers.agents.drafts import SENDING_SECONDS, Drafts, DraftsGivenBack, draft_keeper
from intake_chat.handlers.cards.record import draft_key
from tests.support.polling import eventually
from tests.unit.intake_chat.agent_rig import EVA, PRESSER, TEAM, FakeDesk, FakeViews
from tests.unit.intake_chat.reply_rig import FakeBoard, FakeBucket, Turned
from tests.unit.intake_chat.test_composer import FILE, REPLIES, Rig, at_once
from ventanilla_contracts.errors import Temporary

ASKED = ("GET", "/tickets/7/replies")
DRAFT_KEPT = Draft("d1", "V1", 7, EVA, TEAM, "eva", "Eva", "es", 100.0, "Va la guía", "pending")


class Closed(FakeViews):
    """The window was closed."""

    async def update(self, view_id: str, view: Any) -> None:
        raise SlackRefused("views.update", "not_found")


class Author:
    """Whoever gives drafts back, over stand-ins, and a clock that a test turns."""

    def __init__(self, bucket: FakeBucket, **answers: Any) -> None:
        self.now, self.bucket, self.board = 100.0, bucket, FakeBoard()
        self.desk = FakeDesk({ASKED: answers.get("asked", DeskRefused(404, "not_found", "no such reply"))})
        self.begin()

    def begin(self) -> None:
        """Another replica takes over."""

        async def direct(user: str) -> str:
            return f"D{user}"

        self.drafts = DraftsGivenBack(
            state=self.bucket, desk=self.desk, slack=self.board, direct=direct, now=lambda: self.now
        )
        self.keeper = Turned(self.drafts, self.bucket, draft_key(""), lambda: self.now)

    async def later(self, seconds: float = 0.0) -> None:
        self.now += seconds
        await self.keeper.look()

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(channel, text) for channel, _, _, text, _ in self.board.lines.values()]


async def submitted(rig: Rig, views: FakeViews, content: Any = b"pdf") -> Any:
    rig.files.contents["F1"] = content
    rig.replies = rig.composer_with(views)
    answer = await rig.submit("Va la guía", files=[FILE])
    await rig.background.close()
    return answer


async def kept(rig: Rig) -> list[Draft]:
    return [draft for _, value in rig.drafts.values.values() if (draft := Draft.parse(value)) is not None]


async def test_what_went_is_kept_no_longer() -> None:
    rig = Rig(answers={("POST", "/uploads"): {"id": "f1"}})
    await submitted(rig, FakeViews())

    assert await kept(rig) == []
    assert len(rig.drafts.values) == 1, "while it was on its way it was kept"


@pytest.mark.parametrize("content", [None, SlackAway("files")])
async def test_whoever_closed_the_window_has_the_words_back_in_a_direct_message(content: Any) -> None:
    rig = Rig()
    await submitted(rig, Closed(), content)
    author = Author(rig.drafts)
    await author.later()
    await author.later(600)

    [(channel, text)] = author.told
    assert (channel, "#7" in text) == (f"D{EVA}", True)
    [(*_, blocks)] = author.board.lines.values()
    assert "Va la guía" in str(blocks)


async def test_why_the_desk_refused_it_is_said_too() -> None:
    rig = Rig(answers={REPLIES: DeskRefused(409, "refused", "ticket 7 is closed")})
    await submitted(rig, Closed())
    author = Author(rig.drafts)
    await author.later()

    assert "La #7 está cerrada" in author.told[0][1]


@pytest.mark.parametrize(("answer", "told"), [({"id": "x", "state": "held"}, 0), (None, 1)])
async def test_what_the_desk_did_not_answer_to_is_found_out_before_anybody_is_told(answer: Any, told: int) -> None:
    rig = Rig(answers={REPLIES: DeskAway("POST")})
    await submitted(rig, Closed())
    author = Author(rig.drafts, **({"asked": answer} if answer else {}))
    [draft] = await kept(rig)
    author.now = draft.since + SENDING_SECONDS
    await author.later()
    assert author.told == []
    await author.later(31)

    assert len(author.told) == told
    assert author.desk.asked[-1][:2] == ASKED


async def test_of_a_service_that_ended_meanwhile_the_author_hears() -> None:
    bucket = FakeBucket()
    assert await Drafts(bucket).keep(DRAFT_KEPT)
    author = Author(bucket)
    await author.later()
    await author.later(SENDING_SECONDS)
    assert author.told == [], "it may still be on its way"
    await author.later(31)
    await author.later(31)

    assert ["Se interrumpió" in text for _, text in author.told] == [True]


async def test_what_is_given_back_while_it_is_waited_for_is_told_at_once() -> None:
    bucket = FakeBucket()
    author = Author(bucket)
    await Drafts(bucket).keep(DRAFT_KEPT)
    keeper = draft_keeper(author.drafts, bucket, bucket, "chat_state")
    running = asyncio.create_task(keeper.run())
    try:
        await asyncio.sleep(0.05)
        await Drafts(bucket).give_back(DRAFT_KEPT, "Por esto.")
        await eventually(lambda: author.told)
        await eventually(lambda: b'"ts":"1.0"' in bucket.values[draft_key("d1")][1])
    finally:
        keeper.stop()
        await asyncio.wait_for(running, 5)

    assert len(author.told) == 1


async def test_nobody_is_told_twice_whatever_dies_in_between() -> None:
    bucket = FakeBucket()
    await bucket.put_all([draft_key("d1")], replace(DRAFT_KEPT, why="Por esto.").written())
    author = Author(bucket)
    author.board.unseen = True
    await author.later()
    author.begin()
    for _ in range(3):
        await author.later(21)

    assert len(author.told) == 1


async def test_of_two_keepers_the_one_whose_post_was_still_waiting_tells_nobody_again() -> None:
    bucket = FakeBucket()
    await bucket.put_all([draft_key("d1")], replace(DRAFT_KEPT, why="Por esto.").written())
    author = Author(bucket)

    async def taken_over() -> None:
        author.begin()
        await author.later()

    author.board.meanwhile = taken_over
    await author.later()
    await author.later(30)

    assert len(author.told) == 1


async def test_a_post_that_slack_did_not_do_is_done_then() -> None:
    bucket = FakeBucket()
    await bucket.put_all([draft_key("d1")], replace(DRAFT_KEPT, why="Por esto.").written())
    author = Author(bucket)
    author.board.error = SlackAway("cut off")
    await author.later()
    assert author.told == []
    author.begin()
    await author.later(21)

    assert len(author.told) == 1


async def test_without_a_broker_the_window_stays_open_with_the_words() -> None:
    class Away(FakeBucket):
        async def put_all(self, keys: Any, value: bytes) -> None:
            raise Temporary("the broker is away")

    rig = Rig()
    rig.drafts = Away()
    answer = await submitted(rig, FakeViews())

    assert answer["response_action"] == "errors"
    assert {one[0] for one in rig.desk.asked} == {"GET"}, "nothing was sent"


async def test_the_button_opens_the_composer_with_the_words_for_its_author_alone() -> None:
    rig = Rig()
    await rig.drafts.put_all([draft_key("d1")], DRAFT_KEPT.written())
    press = Pressed(PRESSER, DRAFT, "7:d1", "1.2.3", "C1", "1.1", "", None)
    await rig.replies.draft_pressed(press)
    await rig.replies.draft_pressed(replace(press, presser=replace(PRESSER, user_id="U99")))

    assert "'initial_value': 'Va la guía'" in str(rig.views.shown[-1][2])
    assert [user for _, user, _ in rig.views.told] == ["U99"]


async def test_a_broker_that_is_away_for_a_moment_costs_no_words() -> None:
    class Shaky(FakeBucket):
        failures = 0

        async def put_all(self, keys: Any, value: bytes) -> None:
            if self.failures:
                self.failures -= 1
                raise Temporary("the broker is away")
            await super().put_all(keys, value)

    bucket = Shaky()
    drafts = Drafts(bucket, at_once)
    await drafts.keep(DRAFT_KEPT)
    bucket.failures = 5
    await drafts.give_back(DRAFT_KEPT, "Por esto.")

    found = await drafts.find("d1")
    assert found is not None
    assert found.why == "Por esto."
