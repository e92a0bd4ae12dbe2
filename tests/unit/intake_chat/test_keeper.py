"""The keeper of all cards: wishes in their order, each ticket once at a time, nothing lost when it ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from intake_chat.errors import DeskAway, SlackRefused
from intake_chat.handlers.cards import unposted
from intake_chat.handlers.cards.keeper import POSITION, Keeper
from intake_chat.handlers.cards.record import unposted_key
from intake_chat.handlers.cards.wishes import lines_key, wanted_key
from intake_chat.handlers.keeping import keeper as keeping
from tests.support.polling import eventually
from tests.unit.intake_chat.card_world import Bucket
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.many import Page


class Keys(Bucket):
    """The bucket, read in the order in which its keys were written."""

    async def page(self, stream: str, sequence: int, *, subject: str | None = None, messages: int = 500) -> Page:
        beginning = f"{subject}".removeprefix("$KV.b.").rstrip("*>")
        found = sorted(
            (at, key, value) for key, (value, at) in self.values.items() if at >= sequence and key.startswith(beginning)
        )
        shown = [StoredMessage(f"$KV.b.{key}", at, "", value, {}) for at, key, value in found[:messages]]
        return Page(shown, len(found) > messages)


class Cards:
    """Notes what is kept; `errors` are raised first."""

    def __init__(self) -> None:
        self.kept: list[tuple[int, bool]] = []
        self.errors: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.at_once = 0

    async def keep(self, number: int, *, lines: bool) -> None:
        self.kept.append((number, lines))
        self.at_once += 1
        try:
            await self.gate.wait()
            if self.errors:
                raise self.errors.pop(0)
        finally:
            self.at_once -= 1


@asynccontextmanager
async def running(keys: Keys, cards: Cards) -> AsyncIterator[Keeper]:
    keeper = Keeper(keys, keys, cards, "b")
    task = asyncio.create_task(keeper.run())
    try:
        yield keeper
    finally:
        keeper.stop()
        await task


def position(keys: Keys) -> Callable[[], bool]:
    """Whether everything that was wished for is remembered as done."""
    wished = max(at for key, (_, at) in keys.values.items() if key.startswith("wanted."))
    return lambda: int(keys.values.get(POSITION, (b"0", 0))[0]) >= wished


async def test_each_ticket_is_looked_at_and_what_is_done_is_remembered() -> None:
    keys, cards = Keys(), Cards()
    await keys.put_all([wanted_key(1), wanted_key(2), lines_key(2)], b"1")
    async with running(keys, cards):
        await eventually(position(keys))

    assert sorted(cards.kept) == [(1, False), (2, True)]
    again = Cards()
    async with running(keys, again):
        await keys.put_all([wanted_key(3)], b"1")
        await eventually(lambda: again.kept)
    assert again.kept == [(3, False)]


async def test_wishes_that_come_while_a_card_waits_are_one_more_look() -> None:
    keys, cards = Keys(), Cards()
    cards.gate.clear()
    await keys.put_all([wanted_key(1)], b"1")
    async with running(keys, cards):
        await eventually(lambda: cards.kept)
        for _ in range(50):
            await keys.put_all([wanted_key(1)], b"1")
        await keys.put_all([wanted_key(2)], b"1")
        await eventually(lambda: len(cards.kept) == 2)
        cards.gate.set()
        await eventually(position(keys))

    assert cards.kept == [(1, False), (2, False), (1, False)]


async def test_what_does_not_work_now_is_tried_again_with_its_lines() -> None:
    keys, cards = Keys(), Cards()
    cards.errors = [DeskAway("away")]
    await keys.put_all([wanted_key(1), lines_key(1)], b"1")
    async with running(keys, cards):
        await eventually(position(keys))

    assert cards.kept == [(1, True), (1, True)]


async def test_what_never_works_holds_up_no_other_ticket() -> None:
    keys, cards = Keys(), Cards()
    cards.errors = [SlackRefused("chat.postMessage", "invalid_blocks"), ValueError("a bug")]
    await keys.put_all([wanted_key(1), wanted_key(2), wanted_key(3)], b"1")
    async with running(keys, cards):
        await eventually(position(keys))

    assert [number for number, _ in cards.kept] == [1, 2, 3]


async def test_a_ticket_that_fails_for_long_goes_behind_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    keys, cards = Keys(), Cards()
    monkeypatch.setattr(keeping, "_BACK_OFF_SECONDS", (0.0, 0.0))
    cards.errors = [DeskAway("away")] * 3
    await keys.put_all([wanted_key(1)], b"1")
    async with running(keys, cards):
        await eventually(lambda: len(cards.kept) == 4)
        await eventually(position(keys))

    assert keys.values[wanted_key(1)][1] > 1


async def test_what_is_not_finished_at_the_end_is_begun_again_by_the_next() -> None:
    keys, cards = Keys(), Cards()
    cards.gate.clear()
    await keys.put_all([wanted_key(1), wanted_key(2)], b"1")
    async with running(keys, cards):
        await eventually(lambda: len(cards.kept) == 2)
    assert cards.at_once == 0

    again = Cards()
    async with running(keys, again):
        await eventually(lambda: len(again.kept) == 2)
    assert sorted(again.kept) == [(1, False), (2, False)]


async def test_what_could_stand_nowhere_is_tried_again_by_the_next_keeper() -> None:
    keys, cards = Keys(), Cards()
    await keys.put_all(["unposted.8"], b"1")
    await keys.put_all(["unposted.9"], b"")
    async with running(keys, cards):
        await eventually(lambda: cards.kept)

    assert cards.kept == [(8, True)]


async def test_cards_that_stand_nowhere_are_tried_again_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """An archived channel that is brought back, an app that is invited again: nobody tells us."""
    monkeypatch.setattr(unposted, "_AGAIN_SECONDS", (0.05, 0.1))
    keys, cards = Keys(), Cards()
    async with running(keys, cards):
        await keys.put_all([unposted_key(7)], b"1")
        await eventually(lambda: len([one for one in cards.kept if one == (7, True)]) >= 3)
        await keys.put_all([unposted_key(7)], b"")
        await eventually(position(keys))
        seen = len(cards.kept)
        await keys.put_all([wanted_key(8)], b"1")
        await eventually(lambda: (8, False) in cards.kept)

    assert len(cards.kept) <= seen + 2
