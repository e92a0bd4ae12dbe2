"""What is said in a thread stays in it, and what Slack does not say is no failure."""

from typing import Any

import pytest

from intake_chat.adapters.slack.card_board import CardBoard
from intake_chat.adapters.slack.entrance import Entrance
from intake_chat.adapters.slack.newcomers import Newcomers
from intake_chat.adapters.slack.people import People
from intake_chat.adapters.slack.staff import Staff
from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.adapters.slack.web import METADATA, Slack
from intake_chat.domain.slack.normalise import Profile
from intake_chat.errors import SlackRefused
from intake_chat.ports.cards import Post


class Client:
    """Slack's client; the thread is there or not, and answers show the message or do not."""

    def __init__(self, *, there: bool, shown: bool = True) -> None:
        self.there = there
        self.shown = shown
        self.deleted: list[str] = []

    async def chat_postMessage(self, **arguments: Any) -> dict[str, Any]:  # noqa: N802  # the library's name
        if not self.shown:
            return {"ok": True, "channel": arguments["channel"], "ts": "11.000001"}
        message = {"text": arguments["text"], "ts": "11.000001"}
        if self.there:
            message["thread_ts"] = arguments["thread_ts"]
        return {"ts": "11.000001", "message": message}

    async def chat_update(self, **_: Any) -> dict[str, Any]:
        return {"ok": True}

    async def users_info(self, **_: Any) -> dict[str, Any]:
        return {"ok": True}

    files_info = team_info = conversations_info = conversations_join = users_info
    users_lookupByEmail = users_info  # noqa: N815  # the library's name

    async def chat_delete(self, *, channel: str, ts: str) -> dict[str, Any]:
        self.deleted.append(f"{channel}/{ts}")
        return {}


async def card() -> Post | None:
    """What is shown of a ticket."""
    return Post("hola", [], "", {})


class LongThread:
    """A thread of more replies than are read of it, the oldest first, as Slack gives them."""

    def __init__(self) -> None:
        self.replies = [{"ts": f"{number}.000000"} for number in range(1_000, 2_500)]
        payload = {"event_type": METADATA, "event_payload": {"notification": "n1"}}
        self.replies.append({"ts": "2500.000000", "metadata": payload})

    async def conversations_replies(self, *, limit: int, cursor: str | None, **asked: Any) -> dict[str, Any]:
        found = [one for one in self.replies if float(one["ts"]) >= float(asked.get("oldest") or 0)]
        start = int(cursor or 0)
        after = str(start + limit) if start + limit < len(found) else ""
        return {"messages": found[start : start + limit], "response_metadata": {"next_cursor": after}}


async def test_a_post_is_found_at_the_end_of_the_longest_thread_by_when_it_was_begun() -> None:
    way_out, client = WayOut(), LongThread()
    any_client: Any = client

    assert await Slack(any_client, way_out).find_post("C1", "1000.000000", "n1", since=2_400.0) == "2500.000000"
    await way_out.close()


@pytest.mark.parametrize("there", [True, False])
async def test_an_answer_whose_thread_is_gone_is_taken_back_from_the_channel(there: bool) -> None:
    way_out, client = WayOut(), Client(there=there)
    any_client: Any = client
    slack = Slack(any_client, way_out)

    if there:
        assert await slack.post("C1", "10.000001", "hola", "n1") == "11.000001"
    else:
        with pytest.raises(SlackRefused, match="thread_gone"):
            await slack.post("C1", "10.000001", "hola", "n1")
    await way_out.close()

    assert client.deleted == ([] if there else ["C1/11.000001"])


async def test_an_answer_that_shows_no_message_is_a_post_that_stands() -> None:
    way_out, client = WayOut(), Client(there=True, shown=False)
    any_client: Any = client
    card_line = await CardBoard(any_client, way_out).say("C1", "10.000001", card)

    assert await Slack(any_client, way_out).post("C1", "10.000001", "hola", "n1") == card_line == "11.000001"
    assert await CardBoard(any_client, way_out).update("C1", "10.000001", card) is True
    await way_out.close()

    assert client.deleted == []


async def test_what_an_answer_leaves_out_is_not_known_and_no_failure() -> None:
    way_out = WayOut()
    client: Any = Client(there=True)
    slack, staff = Slack(client, way_out), Staff(client, way_out)

    assert await People(slack).profile("U1") == Profile()
    assert await People(slack).organisation("T1") == ""
    assert await slack.file("F1") == {}
    assert await staff.member("U1") is None
    assert await staff.user_of("ana@cliente.example") is None
    assert await Newcomers(client, way_out, People(slack).organisation).look_at("U1", "") is None
    assert await Entrance(client, way_out).take_part("C1") is True
    await way_out.close()
