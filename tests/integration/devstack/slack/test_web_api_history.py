"""Threads and histories as Slack's own client reads them: order, pages, bounds, what deleting leaves."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.support.slack import client_for
from ventanilla_devstack.slack.server import LocalSlack


def channel(slack: LocalSlack, name: str) -> str:
    return slack.workspace.channel_named(name).id


def person(slack: LocalSlack, name: str) -> str:
    return slack.workspace.person(name).id


async def test_a_thread_is_rolled_up_in_its_parent(slack: LocalSlack, client: AsyncWebClient) -> None:
    parent = slack.hands.write("carmen", "ayuda", "parent")
    first = slack.hands.write("john", "ayuda", "one", parent.ts)
    last = await client.chat_postMessage(channel=channel(slack, "ayuda"), text="two", thread_ts=first.ts)

    answer = await client.conversations_replies(channel=channel(slack, "ayuda"), ts=parent.ts)

    messages = answer["messages"]
    assert [message["text"] for message in messages] == ["parent", "one", "two"]
    assert messages[0]["reply_count"] == 2
    assert messages[0]["latest_reply"] == last["ts"]
    assert messages[0]["reply_users"] == [person(slack, "john"), slack.app.bot_user]
    assert messages[2]["thread_ts"] == parent.ts, "a reply to a reply belongs to the same thread"
    assert [
        message["text"] for message in (await client.conversations_history(channel=parent.channel))["messages"]
    ] == ["parent"]


async def test_a_reply_whose_parent_is_gone_falls_into_the_channel(slack: LocalSlack, client: AsyncWebClient) -> None:
    parent = slack.hands.write("carmen", "ayuda", "gone soon")
    slack.hands.delete("carmen", "ayuda", parent.ts)

    answer = await client.chat_postMessage(channel=parent.channel, thread_ts=parent.ts, text="for carmen only")

    assert "thread_ts" not in answer["message"]
    assert [each["text"] for each in slack.hands.messages("john", "ayuda")] == ["for carmen only"]


async def test_a_deleted_parent_leaves_a_tombstone(slack: LocalSlack, client: AsyncWebClient) -> None:
    parent = slack.hands.write("carmen", "ayuda", "parent")
    slack.hands.write("john", "ayuda", "reply", parent.ts)

    slack.hands.delete("carmen", "ayuda", parent.ts)

    answer = await client.conversations_replies(channel=parent.channel, ts=parent.ts)
    assert (answer["messages"][0]["subtype"], answer["messages"][1]["text"]) == ("tombstone", "reply")


async def test_a_tombstone_goes_with_its_last_reply(slack: LocalSlack, client: AsyncWebClient) -> None:
    parent = slack.hands.write("carmen", "ayuda", "parent")
    reply = slack.hands.write("john", "ayuda", "reply", parent.ts)

    slack.hands.delete("carmen", "ayuda", parent.ts)
    slack.hands.delete("john", "ayuda", reply.ts)

    assert (await client.conversations_history(channel=parent.channel))["messages"] == []


async def test_history_is_paged_backwards_with_cursors(slack: LocalSlack, client: AsyncWebClient) -> None:
    for number in range(7):
        slack.hands.write("carmen", "ayuda", str(number))

    answer = await client.conversations_history(channel=channel(slack, "ayuda"), limit=3)
    pages = [[message["text"] for message in page["messages"]] async for page in answer]

    assert pages == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


async def test_history_since_a_moment_begins_there(slack: LocalSlack, client: AsyncWebClient) -> None:
    written = [slack.hands.write("carmen", "ayuda", str(number)) for number in range(7)]
    place = written[0].channel

    first = await client.conversations_history(channel=place, oldest=written[1].ts, limit=3)
    rest = await client.conversations_history(
        channel=place, oldest=written[1].ts, limit=3, cursor=first["response_metadata"]["next_cursor"]
    )
    between = await client.conversations_history(
        channel=place, oldest=written[1].ts, latest=written[3].ts, inclusive=True
    )

    assert [message["text"] for message in first["messages"]] == ["4", "3", "2"]
    assert first["has_more"] is True
    assert [message["text"] for message in rest["messages"]] == ["6", "5"]
    assert [message["text"] for message in between["messages"]] == ["3", "2", "1"]


async def test_replies_are_paged_with_their_parent_in_front(slack: LocalSlack, client: AsyncWebClient) -> None:
    parent = slack.hands.write("carmen", "ayuda", "parent")
    for number in range(5):
        slack.hands.write("john", "ayuda", str(number), parent.ts)

    answer = await client.conversations_replies(channel=parent.channel, ts=parent.ts, limit=3)
    pages = [[message["text"] for message in page["messages"]] async for page in answer]

    assert pages == [["parent", "0", "1"], ["parent", "2", "3"], ["parent", "4"]]


async def test_a_small_budget_gives_fifteen_messages_a_minute() -> None:
    async with LocalSlack(limits="real", history="small") as slack:
        for number in range(20):
            slack.hands.write("carmen", "ayuda", str(number))
        client = client_for(slack)
        place = channel(slack, "ayuda")

        answer = await client.conversations_history(channel=place, limit=100)

        assert len(answer["messages"]) == 15
        with pytest.raises(SlackApiError) as refused:
            await client.conversations_history(channel=place)
        assert refused.value.response.status_code == 429
        assert refused.value.response["error"] == "ratelimited"
        assert 50 < int(refused.value.response.headers["Retry-After"]) <= 60
