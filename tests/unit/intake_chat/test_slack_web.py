"""What is said in a thread stays in it."""

from typing import Any

import pytest

from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.adapters.slack.web import Slack
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
