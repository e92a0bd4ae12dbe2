"""The one way out: who goes first, who waits, and what becomes of a refusal."""

import asyncio
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from intake_chat.adapters.slack.way_out import Lane, Unasked, WayOut
from intake_chat.errors import SlackAway, SlackBusy, SlackRefused, TokenRefused
from tests.support.polling import eventually
from ventanilla_runtime.metrics import REGISTRY


class Clock:
    """A clock that goes on when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def refusal(status: int, error: str, **headers: str) -> SlackApiError:
    data: dict[str, Any] = {"ok": False, "error": error}
    response = AsyncSlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data=data, headers=headers, status_code=status
    )
    return SlackApiError("refused", response)


async def test_what_is_said_to_customers_goes_before_calls_cards_and_homes() -> None:
    clock, done = Clock(), []
    way_out = WayOut(clock=clock)

    async def call(lane: Lane) -> None:
        async def now() -> dict[str, Any]:
            done.append(lane)
            return {}

        await way_out.call("chat.update", lane, now)

    blocked = [asyncio.create_task(call(Lane.CARD)) for _ in range(8)]  # the burst is used up
    await asyncio.gather(*blocked)
    lanes = (Lane.HOME, Lane.CARD, Lane.CUSTOMER, Lane.NEW_CARD, Lane.CALL)
    waiting = [asyncio.create_task(call(lane)) for lane in lanes]
    await asyncio.sleep(0)
    clock.now += 60
    waiting.append(asyncio.create_task(call(Lane.READING)))
    await asyncio.gather(*waiting)
    await way_out.close()

    assert done[8:] == [Lane.CUSTOMER, Lane.CALL, Lane.NEW_CARD, Lane.CARD, Lane.HOME, Lane.READING]


async def test_an_answer_goes_at_once_however_many_cards_and_acknowledgements_wait() -> None:
    clock, done = Clock(), []
    way_out = WayOut(clock=clock)

    async def call(lane: Lane, number: int) -> None:
        async def now() -> dict[str, Any]:
            done.append(lane)
            return {}

        await way_out.call("chat.postMessage", lane, now, channel=f"C{number}")

    lanes = [Lane.NEW_CARD] * 30 + [Lane.AUTOMATIC] * 30
    waiting = [asyncio.create_task(call(lane, number)) for number, lane in enumerate(lanes)]
    while not done:
        await asyncio.sleep(0)
    before = len(done)
    async with asyncio.timeout(5):
        await asyncio.gather(*(call(Lane.CUSTOMER, 100 + number) for number in range(10)))  # the clock stands still
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await way_out.close()

    assert 0 < before <= 11
    assert done.count(Lane.CUSTOMER) == 10


async def test_who_yields_lets_those_pass_who_come_soon_after_and_no_others() -> None:
    clock, done = Clock(), []
    way_out = WayOut(clock=clock)
    for _ in range(8):
        await way_out.call("chat.update", Lane.CARD, _ok)  # the burst is used up

    async def call(name: str, yields_seconds: float) -> None:
        async def now() -> dict[str, Any]:
            done.append(name)
            return {}

        await way_out.call("chat.update", Lane.CARD, now, yields_seconds=yields_seconds)

    waiting = [asyncio.create_task(call("low", 60.0))]
    await asyncio.sleep(0)
    waiting.append(asyncio.create_task(call("urgent", 0.0)))
    await asyncio.sleep(0)
    clock.now += 70
    waiting.append(asyncio.create_task(call("too late to pass", 0.0)))
    await asyncio.gather(*waiting)
    await way_out.close()

    assert done == ["urgent", "low", "too late to pass"]


async def test_what_did_not_have_to_be_asked_uses_up_nothing() -> None:
    way_out = WayOut(clock=Clock())

    async def nothing() -> Unasked:
        return Unasked()

    async with asyncio.timeout(5):
        for _ in range(20):  # more than the burst, and the clock stands still
            assert (await way_out.call("chat.update", Lane.CARD, nothing)).get("ts") is None
    await way_out.close()


async def test_too_many_requests_are_repeated_when_slack_says_so() -> None:
    clock, answers = Clock(), [refusal(429, "ratelimited", **{"Retry-After": "2"}), None]
    way_out = WayOut(clock=clock)
    tries: list[float] = []

    async def call() -> dict[str, Any]:
        tries.append(clock.now)
        if (error := answers.pop(0)) is not None:
            raise error
        return {"ts": "1.1"}

    task = asyncio.create_task(way_out.call("chat.postMessage", Lane.CUSTOMER, call, channel="C1"))
    while not tries:
        await asyncio.sleep(0)
    other = await way_out.call("chat.postMessage", Lane.CUSTOMER, _ok, channel="C2")
    assert not task.done()
    clock.now += 2
    await way_out.call("chat.postMessage", Lane.CUSTOMER, _ok, channel="C3")  # wakes the queue

    assert (await task)["ts"] == "1.1"
    assert other.get("ok") is True
    assert tries == [0.0, 2.0]
    await way_out.close()


async def _ok() -> dict[str, Any]:
    return {"ok": True}


@pytest.mark.parametrize(("error", "expected"), [
    (refusal(200, "channel_not_found"), SlackRefused),
    (refusal(500, ""), SlackAway),
    (refusal(200, "internal_error"), SlackAway),
    (TimeoutError(), SlackAway),
    (refusal(429, "ratelimited", **{"retry-after": "3600"}), SlackBusy),
])  # fmt: skip
async def test_a_refusal_is_for_good_or_for_now(error: Exception, expected: type[Exception]) -> None:
    way_out = WayOut()

    async def call() -> dict[str, Any]:
        raise error

    with pytest.raises(expected):
        await way_out.call("chat.update", Lane.CARD, call)
    await way_out.close()


async def test_whoever_gives_up_waiting_is_not_called_for() -> None:
    clock, called = Clock(), []
    way_out = WayOut(clock=clock)
    for _ in range(8):
        await way_out.call("chat.update", Lane.CARD, _ok)

    async def call() -> dict[str, Any]:
        called.append(1)
        return {}

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await way_out.call("chat.update", Lane.CARD, call)
    clock.now += 60
    await way_out.call("chat.update", Lane.CARD, _ok)
    await way_out.close()

    assert not called


class Token:
    """A token that Slack takes or not; notes when it was asked."""

    def __init__(self, clock: Clock, way_out: WayOut) -> None:
        self.clock, self.way_out = clock, way_out
        self.code, self.asked = "", list[float]()

    async def call(self) -> dict[str, Any]:
        self.asked.append(self.clock.now)
        if self.code:
            raise refusal(200, self.code)
        return {"ok": True}

    async def ask(self, channel: str = "") -> Any:
        return await self.way_out.call("chat.postMessage", Lane.CUSTOMER, self.call, channel=channel)


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "org_login_required", "not_allowed_token_type"])
async def test_a_token_that_slack_does_not_take_is_tried_ever_more_seldom_until_it_does(code: str) -> None:
    clock = Clock()
    token = Token(clock, WayOut(clock=clock))
    token.code = code
    for _ in range(600):  # ten minutes, somebody asks each second
        with pytest.raises(TokenRefused, match=code):  # what waits goes on waiting
            await token.ask()
        clock.now += 1

    assert "INTAKE_CHAT_SLACK_BOT_TOKEN" in str(token.way_out.problem())
    assert token.asked == [0.0, 15.0, 45.0, 105.0, 225.0, 345.0, 465.0, 585.0]
    assert token.way_out.trial_seconds() == 105.0
    token.code = ""
    clock.now += 105
    assert await token.ask() == {"ok": True}
    assert (token.way_out.problem(), token.way_out.trial_seconds()) == (None, None)
    token.code = code
    with pytest.raises(TokenRefused):
        await token.ask()
    assert token.way_out.trial_seconds() == 15.0  # from the start
    await token.way_out.close()


async def test_one_call_tries_a_dead_token_and_nobody_else_meanwhile() -> None:
    clock = Clock()
    token = Token(clock, WayOut(clock=clock))
    token.code = "token_revoked"
    with pytest.raises(TokenRefused):
        await token.ask()
    clock.now = 16
    answered = asyncio.Event()

    async def slow() -> dict[str, Any]:
        await answered.wait()
        return await token.call()

    trial = asyncio.create_task(token.way_out.call("auth.test", Lane.READING, slow))
    await asyncio.sleep(0)
    for channel in ("C1", "C2"):
        await asyncio.sleep(0)
        with pytest.raises(TokenRefused):
            await token.ask(channel)
    token.code = ""
    answered.set()

    assert await trial == {"ok": True}
    assert token.asked == [0.0, 16]
    assert await token.ask() == {"ok": True}
    await token.way_out.close()


async def test_what_waits_for_its_turn_is_told_at_once_when_the_token_dies() -> None:
    clock = Clock()
    token = Token(clock, WayOut(clock=clock))
    token.code = "account_inactive"
    many = [asyncio.create_task(token.ask("C1")) for _ in range(50)]  # three at once, then one a second
    async with asyncio.timeout(5):
        done = await asyncio.gather(*many, return_exceptions=True)

    assert all(isinstance(one, TokenRefused) for one in done)
    assert len(token.asked) <= 3
    assert token.way_out.trial_seconds() == 15.0  # they are one refusal
    await token.way_out.close()


async def test_metrics_show_the_debt_and_no_word_that_slack_may_invent() -> None:
    clock = Clock()
    way_out = WayOut(clock=clock)
    answers = [refusal(429, "ratelimited", **{"Retry-After": "40"}), refusal(200, "a_word_of_next_year")]

    async def call() -> dict[str, Any]:
        raise answers.pop(0)

    waiting = asyncio.create_task(way_out.call("chat.update", Lane.CARD, call))
    await eventually(lambda: len(answers) == 1)
    clock.now += 10
    assert REGISTRY.get_sample_value("intake_chat_slack_pause_seconds") == 30
    assert REGISTRY.get_sample_value("intake_chat_slack_oldest_waiting_seconds") == 10
    assert REGISTRY.get_sample_value("intake_chat_slack_token_taken") == 1

    clock.now += 31
    other = {"method": "chat.update", "outcome": "other"}
    before = REGISTRY.get_sample_value("intake_chat_slack_calls_total", other) or 0
    way_out._wakes["chat.update"].set()
    with pytest.raises(SlackRefused):
        await waiting
    assert REGISTRY.get_sample_value("intake_chat_slack_calls_total", other) == before + 1
    assert REGISTRY.get_sample_value("intake_chat_slack_pause_seconds") == 0
    await way_out.close()
