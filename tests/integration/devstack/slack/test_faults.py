"""What can be made to go wrong, as a client sees it; and limits at their real size."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.support.slack import client_for
from ventanilla_devstack.slack.server import LocalSlack


def where(slack: LocalSlack) -> str:
    return slack.workspace.channel_named("ayuda").id


async def test_a_limit_hits_one_method_for_some_calls(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.faults.add("ratelimited", "chat.postMessage", calls=2, seconds=7)

    for _ in range(2):
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(channel=where(slack), text="x")
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["Retry-After"] == "7"
        assert (await client.auth_test())["ok"]
    assert (await client.chat_postMessage(channel=where(slack), text="x"))["ok"]
    assert len(slack.hands.messages("carmen", "ayuda")) == 1


@pytest.mark.parametrize(("kind", "status"), [("internal_error", 500), ("unavailable", 503)])
async def test_servers_that_fail_answer_so(slack: LocalSlack, kind: str, status: int) -> None:
    slack.faults.add(kind, calls=1)  # type: ignore[arg-type]  # both are kinds
    async with aiohttp.ClientSession() as session, session.post(f"{slack.url}/api/auth.test") as answer:
        assert answer.status == status


@pytest.mark.parametrize(("kind", "posted"), [("cut_before", 0), ("cut_after", 1)])
async def test_a_connection_is_cut_before_or_after_the_work(
    slack: LocalSlack, client: AsyncWebClient, kind: str, posted: int
) -> None:
    client.retry_handlers = []  # by default the client tries once more by itself
    slack.faults.add(kind, "chat.postMessage")  # type: ignore[arg-type]  # both are kinds

    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=where(slack), text="x")

    assert len(slack.hands.messages("carmen", "ayuda")) == posted


async def test_a_fault_may_hit_only_calls_about_something_and_knows_where_they_came_from(
    slack: LocalSlack, client: AsyncWebClient
) -> None:
    fault = slack.faults.add("internal_error", "chat.postMessage", about="cañón")

    assert (await client.chat_postMessage(channel=where(slack), text="otra cosa"))["ok"]
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=where(slack), text="un cañón")
    assert (await client.chat_postMessage(channel=where(slack), text="un cañón"))["ok"]

    assert fault.hits == 1
    assert all(1024 < port < 65536 for port in fault.callers)
    assert len(fault.callers) == 1


async def test_a_wait_outlasts_an_impatient_client(slack: LocalSlack) -> None:
    slack.faults.add("wait", "auth.test", seconds=5)
    client = client_for(slack)
    client.timeout = 1

    with pytest.raises(TimeoutError):
        await client.auth_test()


async def test_a_fault_ends_with_its_time_and_can_be_cleared() -> None:
    now = [1_700_000_000.0]
    async with LocalSlack(clock=lambda: now[0]) as slack:
        client = client_for(slack)
        fault = slack.faults.add("ratelimited", for_seconds=60)
        for _ in range(3):
            with pytest.raises(SlackApiError):
                await client.auth_test()
        now[0] += 61
        assert (await client.auth_test())["ok"]
        assert fault.hits == 3
        slack.faults.add("ratelimited", calls=None)
        slack.faults.clear()
        assert (await client.auth_test())["ok"]
        with pytest.raises(ValueError, match="no fault"):
            slack.faults.add("nonsense")  # type: ignore[arg-type]  # on purpose


async def test_posts_have_a_budget_for_each_channel() -> None:
    now = [1_700_000_000.0]
    async with LocalSlack(limits="real", clock=lambda: now[0]) as slack:
        client = client_for(slack)
        for _ in range(5):
            await client.chat_postMessage(channel=where(slack), text="x")
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(channel=where(slack), text="x")
        assert refused.value.response.headers["Retry-After"] == "1"
        other = slack.workspace.channel_named("general").id
        assert (await client.chat_postMessage(channel=other, text="x"))["ok"]
        now[0] += 1
        assert (await client.chat_postMessage(channel=where(slack), text="x"))["ok"]
        assert slack.limits.refused == {"chat.postMessage": 1}
