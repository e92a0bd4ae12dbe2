"""What is said in a thread stays in it."""

from typing import Any

import pytest

from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.adapters.slack.web import METADATA, Slack
from intake_chat.errors import SlackRefused


class Client:
    """Slack's client; the thread is there or not."""

    def __init__(self, *, there: bool) -> None:
        self.there = there
        self.deleted: list[str] = []

    async def chat_postMessage(self, **arguments: Any) -> dict[str, Any]:  # noqa: N802  # the library's name
        message = {"thread_ts": arguments["thread_ts"]} if self.there else {}
        return {"ts": "11.000001", "message": message}

    async def chat_delete(self, *, channel: str, ts: str) -> dict[str, Any]:
        self.deleted.append(f"{channel}/{ts}")
        return {}


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
