"""Direct messages whose first line is gone: answers reach whoever asked, and what they write goes on with it."""

from typing import Any

import pytest

from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.adapters.slack.web import METADATA, Slack
from intake_chat.domain.slack.entry import directs
from intake_chat.errors import InDoubt, SlackRefused
from intake_chat.handlers.customers.threads import ThreadedFiles, ThreadedWords, Threads
from tests.unit.intake_chat.entry_rig import Rig, line, ts

ROOT = ts(600)


class Client:
    """Slack's client. Of `there` are the messages below which something can be said."""

    def __init__(self, *there: str) -> None:
        self.there = set(there)
        self.posts: list[dict[str, Any]] = []

    async def chat_postMessage(self, **asked: Any) -> dict[str, Any]:  # noqa: N802  # the library's name
        at = ts(1_000 + len(self.posts))
        message = {"ts": at, "metadata": asked["metadata"]}
        if asked["thread_ts"] in self.there:
            message["thread_ts"] = asked["thread_ts"]
        self.posts.append(message)
        self.there.add(at)
        return {"ts": at, "message": message}

    async def conversations_replies(self, *, ts: str, **_asked: Any) -> dict[str, Any]:
        if ts not in self.there:
            raise SlackRefused("conversations.replies", "thread_not_found")
        return {"messages": [one for one in self.posts if ts in (one.get("thread_ts"), one["ts"])]}

    async def conversations_history(self, **_asked: Any) -> dict[str, Any]:
        return {"messages": [one for one in self.posts if "thread_ts" not in one]}

    async def chat_delete(self, *, ts: str, **_asked: Any) -> dict[str, Any]:
        self.posts = [one for one in self.posts if one["ts"] != ts]
        return {}


class World:
    """The desk's words on their way out, and customers' lines on their way in."""

    def __init__(self, *there: str) -> None:
        self.rig, self.client, self.way_out = Rig(), Client(*there), WayOut()
        any_client: Any = self.client
        self.threads = Threads(self.rig.state)
        self.words = ThreadedWords(Slack(any_client, self.way_out), self.threads)

    async def root_of(self, said: Any) -> str:
        return (await self.rig.heard(said)).said.where.root

    def threads_of_posts(self) -> list[str]:
        return [str(one.get("thread_ts", "")) for one in self.client.posts]


async def test_what_answers_a_line_that_is_gone_stays_and_all_that_follows_goes_on_below_it() -> None:
    world = World()
    await world.root_of(line(ROOT))

    first = await world.words.post("DU1", ROOT, "Le ayudo", "n1")
    await world.words.post("DU1", ROOT, "¿Sigue ahí?", "n2")
    below = await world.root_of(line(ts(90_000), root=first))
    beside = await world.root_of(line(ts(1_100)))
    await world.way_out.close()

    assert world.threads_of_posts() == ["", first]
    assert (below, beside) == (ROOT, ROOT)


async def test_what_stands_there_in_between_keeps_its_own_conversation() -> None:
    world = World()
    for at in (ROOT, ts(5_000), ts(5_100)):
        await world.root_of(line(at))
    world.client.posts = [{"ts": ts(0)}] * 8_000  # the answer comes at 9,000

    await world.words.post("DU1", ROOT, "Le ayudo", "n1")
    roots = [await world.root_of(line(at)) for at in (ROOT, ts(5_000), ts(5_100), ts(9_100), ts(20_000))]
    await world.way_out.close()

    assert roots == [ROOT, ts(5_000), ts(5_000), ROOT, ts(20_000)]


async def test_an_answer_whose_poster_died_is_found_where_it_stands_and_not_said_again() -> None:
    world = World()
    metadata = {"event_type": METADATA, "event_payload": {"notification": "n1"}}
    await world.client.chat_postMessage(channel="DU1", thread_ts=ROOT, metadata=metadata)

    found = await world.words.find_post("DU1", ROOT, "n1", 0.0)
    await world.words.post("DU1", ROOT, "¿Sigue ahí?", "n2")
    await world.way_out.close()

    assert found == ts(1_000)
    assert world.threads_of_posts() == ["", ts(1_000)]


async def test_nothing_that_was_said_is_found_where_nothing_was_said() -> None:
    world = World()

    assert await world.words.find_post("DU1", ROOT, "n1", 0.0) is None
    await world.way_out.close()


async def test_where_the_first_line_stands_all_is_as_ever() -> None:
    world = World(ROOT)

    await world.words.post("DU1", ROOT, "Le ayudo", "n1")
    await world.way_out.close()

    assert world.threads_of_posts() == [ROOT]
    assert world.rig.state.values == {}


async def test_in_a_channel_nothing_stays_that_was_to_stand_in_a_thread() -> None:
    world = World()

    with pytest.raises(SlackRefused, match="thread_gone"):
        await world.words.post("C1", ROOT, "Le ayudo", "n1")
    with pytest.raises(SlackRefused, match="thread_not_found"):
        await world.words.find_post("C1", ROOT, "n1", 0.0)
    await world.way_out.close()

    assert world.client.posts == []
    assert world.rig.state.values == {}


async def test_when_what_it_went_on_below_is_gone_too_it_goes_on_below_the_next() -> None:
    world = World()
    first = await world.words.post("DU1", ROOT, "uno", "n1")
    world.client.there.clear()

    second = await world.words.post("DU1", ROOT, "dos", "n2")
    roots = [await world.root_of(line(ts(90_000), root=one)) for one in (first, second)]
    await world.way_out.close()

    assert roots == [ROOT, ROOT]
    assert await world.threads.place("DU1", ROOT) == second


class Files:
    """Shares files, but below no message that is gone."""

    def __init__(self) -> None:
        self.roots: list[str] = []

    async def upload(self, name: str, data: bytes) -> str:
        return "F1"

    async def find_share(self, channel: str, file: str) -> None:
        return None

    async def take_back(self, channel: str, ts: str, files: Any, *, gone_before: bool = False) -> None:
        raise AssertionError("nothing is to be taken back")

    async def share(self, channel: str, root: str, text: str, files: Any) -> None:
        self.roots.append(root)

    async def stands_in(self, channel: str, root: str, ts: str) -> bool:
        return False


async def test_files_whose_first_line_is_gone_stay_in_direct_messages_alone() -> None:
    rig, slack = Rig(), Files()
    files = ThreadedFiles(slack, Threads(rig.state))

    in_direct = await files.stands_in("DU1", ROOT, ts(1_000))
    await files.share("DU1", ROOT, "más", [("F2", "b.txt")])

    assert in_direct
    assert not await files.stands_in("C1", ROOT, ts(1_000))
    assert slack.roots == [ts(1_000)]


async def test_where_others_write_all_the_time_it_is_tried_again_later() -> None:
    rig = Rig()
    rig.state.rivals = [directs.written([directs.Span(ts(n), ts(n), ts(n))]) for n in range(10)]

    with pytest.raises(InDoubt):
        await Threads(rig.state).moved("DU1", ROOT, ts(1_000))
