"""Cards in the local Slack: put together when their turn comes, found again by what they carry."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from intake_chat.adapters.slack.card_board import CardBoard
from intake_chat.adapters.slack.way_out import Lane, WayOut
from intake_chat.domain.slack.cards.lines import METADATA
from intake_chat.errors import DeskAway, SlackRefused
from intake_chat.ports.cards import Post
from tests.support.slack import client_for
from ventanilla_devstack.slack.server import LocalSlack

BLOCKS = [{"type": "section", "text": {"type": "plain_text", "text": "hola"}}]


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack() as running:
        yield running


@pytest_asyncio.fixture
async def board(slack: LocalSlack) -> AsyncIterator[CardBoard]:
    way_out = WayOut()
    yield CardBoard(client_for(slack), way_out)
    await way_out.close()


def channel(slack: LocalSlack) -> str:
    return slack.workspace.channel_named("soporte").id


async def made(text: str = "hola", attempt: str = "a1", kind: str = "ventanilla_card") -> Post:
    return Post(text, BLOCKS, kind, {"attempt": attempt})


async def nothing() -> Post | None:
    return None


async def test_a_card_is_found_by_its_attempt_and_not_by_its_words(slack: LocalSlack, board: CardBoard) -> None:
    ts = await board.post(channel(slack), made)
    since = slack.workspace.now()

    assert await board.find(channel(slack), "ventanilla_card", "attempt", "a1", since) == ts
    assert await board.find(channel(slack), "ventanilla_card", "attempt", "a2", since) is None
    assert await board.find(channel(slack), METADATA, "attempt", "a1", since) is None
    assert await board.find(channel(slack), "ventanilla_card", "attempt", "a1", since + 3600) is None


@pytest.mark.parametrize(
    ("lane", "taken"),
    [(None, [Lane.NEW_CARD, Lane.CARD, Lane.NEW_CARD]), (Lane.CALL, [Lane.CALL, Lane.CALL, Lane.CALL])],
)
async def test_calls_wait_for_no_card(slack: LocalSlack, lane: Lane | None, taken: list[Lane]) -> None:
    lanes: list[Lane] = []

    class Watched(WayOut):
        async def call(self, method: str, lane: Lane, *rest: Any, **more: Any) -> Any:
            lanes.append(lane)
            return await super().call(method, lane, *rest, **more)

    way_out = Watched()
    board = CardBoard(client_for(slack), way_out, lane)
    ts = await board.post(channel(slack), made)
    await board.update(channel(slack), str(ts), lambda: made("adiós"))
    await board.find(channel(slack), "ventanilla_card", "attempt", "a1", slack.workspace.now())
    await way_out.close()

    assert lanes == taken


async def test_a_line_is_found_in_its_thread(slack: LocalSlack, board: CardBoard) -> None:
    root = await board.post(channel(slack), made)
    assert root is not None
    ts = await board.say(channel(slack), root, lambda: made("una línea", "l1", METADATA))

    assert await board.find_line(channel(slack), root, METADATA, "attempt", "l1") == ts


async def test_where_there_is_nothing_to_say_any_more_slack_is_not_asked(slack: LocalSlack, board: CardBoard) -> None:
    assert await board.post(channel(slack), nothing) is None
    assert await board.say(channel(slack), "1.000001", nothing) is None
    assert await board.update(channel(slack), "1.000001", nothing) is False
    assert slack.calls == []


async def test_what_goes_wrong_while_a_card_is_put_together_is_whoever_posts_its_own(
    slack: LocalSlack, board: CardBoard
) -> None:
    async def away() -> Post | None:
        raise DeskAway("away")

    with pytest.raises(DeskAway):
        await board.post(channel(slack), away)
    assert slack.calls == []


async def test_a_line_whose_card_is_gone_does_not_stay_in_the_channel(slack: LocalSlack, board: CardBoard) -> None:
    with pytest.raises(SlackRefused) as refused:
        await board.say(channel(slack), "1.000001", made)

    assert refused.value.code == "message_not_found"
    assert [one["text"] for one in slack.hands.messages("soporte-eva", "soporte") if one.get("bot_id")] == []
