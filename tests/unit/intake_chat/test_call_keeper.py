"""Everything that is heard of calls is looked after: nothing is forgotten before it is told, or holds up the rest."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from intake_chat.domain.slack.calls.heard import Call, tag_of
from intake_chat.errors import DeskAway, SlackRefused
from intake_chat.handlers.calls import keeper
from intake_chat.handlers.calls.hear import CallsHeard
from intake_chat.handlers.calls.records import call_key
from intake_chat.handlers.keeping import keeper as keeping_module
from tests.support.polling import eventually
from tests.unit.intake_chat.call_rig import batch_of, event
from tests.unit.intake_chat.reply_rig import FakeBucket
from ventanilla_contracts.call_events import CallChanged

ANSWERED, OVER = event("answered", agent="eva"), event("over", agent="eva", message_id="m1")


class Job:
    """Notes which states it was asked to show; `then` happens behind each look, errors before."""

    def __init__(self, bucket: FakeBucket) -> None:
        self.bucket = bucket
        self.seen: list[tuple[str, str, bool]] = []
        self.then: Callable[[str], Awaitable[None]] | None = None
        self.errors: dict[str, list[Exception]] = {}

    async def tend(self, tag: str) -> float | None:
        if errors := self.errors.get(tag):
            raise errors.pop(0)
        call = Call.parse(await self.bucket.get(call_key(tag)))
        assert call is not None
        self.seen.append((tag, call.state, bool(call.number)))
        if self.then is not None:
            then, self.then = self.then, None
            await then(tag)
        return None


class Keeping:
    """A keeper at work, and what is heard meanwhile."""

    def __init__(self) -> None:
        self.bucket = FakeBucket()
        self.job = Job(self.bucket)
        self.heard = CallsHeard(self.bucket)
        self.begin()

    def begin(self) -> None:
        """Another replica takes over."""
        self.keeper = keeper.call_keeper(self.bucket, self.bucket, {"pop": self.job}, "chat_state")

    async def hears(self, *events: CallChanged) -> None:
        await self.heard.handle(batch_of(*events))

    async def until(self, check: Callable[[], bool]) -> None:
        running = asyncio.create_task(self.keeper.run())
        try:
            await eventually(check)
        finally:
            self.keeper.stop()
            await asyncio.wait_for(running, 5)

    def forgotten(self, tag: str) -> bool:
        call = Call.parse(self.bucket.values[call_key(tag)][1])
        return call is not None and call.forgotten and not call.number


async def test_who_called_is_forgotten_once_the_call_is_over_and_told() -> None:
    keeping = Keeping()
    await keeping.hears(OVER)
    tag = tag_of(OVER.call)
    await keeping.until(lambda: keeping.forgotten(tag))

    assert keeping.job.seen[0] == (tag, "over", True)


async def test_what_is_heard_right_behind_a_look_is_told_before_it_is_forgotten() -> None:
    keeping = Keeping()
    await keeping.hears(ANSWERED)
    tag = tag_of(OVER.call)
    keeping.job.then = lambda _: keeping.hears(OVER)
    await keeping.until(lambda: keeping.forgotten(tag))

    assert [one for one in keeping.job.seen if one[2]] == [(tag, "answered", True), (tag, "over", True)]


async def test_a_call_that_fails_takes_no_other_with_it_and_one_that_cannot_yet_is_tried_again() -> None:
    keeping = Keeping()
    calls = [event("waiting", call=name) for name in ("bug", "refused", "later", "token", "well")]
    bug, refused, later, token, well = (tag_of(one.call) for one in calls)
    keeping.job.errors = {
        bug: [ZeroDivisionError()],
        refused: [SlackRefused("chat.postMessage", "msg_too_long")],
        later: [DeskAway("GET")],
        token: [SlackRefused("chat.postMessage", "invalid_auth")],
    }
    await keeping.hears(*calls)
    await keeping.until(lambda: {one[0] for one in keeping.job.seen} == {later, token, well})


async def test_the_next_keeper_begins_behind_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_module, "_SAVE_SECONDS", 0.0)
    keeping = Keeping()
    await keeping.hears(event("waiting", call="old"))
    await keeping.until(lambda: keeping.bucket.values.get(keeper.POSITION, (0, b""))[1] == b"1")
    keeping.begin()
    await keeping.hears(event("waiting", call="new"))
    await keeping.until(lambda: len(keeping.job.seen) > 1)

    assert [one[0] for one in keeping.job.seen] == [tag_of("old"), tag_of("new")]
