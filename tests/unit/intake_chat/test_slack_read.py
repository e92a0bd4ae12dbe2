"""What becomes of accepted events: what Slack does not tell now is asked again, and holds up nobody else."""

import asyncio
from typing import Any

import orjson
import pytest

from intake_chat.adapters.slack.people import People
from intake_chat.adapters.slack.way_out import Lane
from intake_chat.domain.slack.events import Reacted, Said
from intake_chat.domain.slack.normalise import Fetched, Profile
from intake_chat.errors import SlackAway
from intake_chat.handlers.customers.read import PATIENCE, Doors, Reader
from tests.support.polling import eventually
from ventanilla_contracts.events import MessageReceived
from ventanilla_runtime.delivery import Batch, Delivery


class Slack:
    """People and files; of user UAWAY and of files nothing is told while `away`."""

    def __init__(self) -> None:
        self.away = True
        self.owners: list[str] = []

    async def profile(self, user: str) -> Profile:
        if user == "UAWAY" and self.away:
            raise SlackAway("users.info: 500")
        return Profile(name=user.title(), language="es")

    async def names(self, users: list[str]) -> dict[str, str]:
        return {user: (await self.profile(user)).name for user in users if user != "UAWAY"}

    async def fetch(self, files: list[Any], owner: str) -> Fetched:
        self.owners.append(owner)
        return Fetched()


class Publisher:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    async def publish_all(self, messages: list[Any]) -> None:
        self.events += [{**orjson.loads(message.body), "stream": message.stream} for message in messages]


def reader(slack: Slack, publisher: Publisher) -> Reader:
    parts: Any = {"publisher": publisher, "people": slack, "files": slack}
    return Reader(**parts, doors=Doors(frozenset({"C1"})), prefix="desk")


def event(user: str = "U1", *, deliveries: int = 1, channel: str = "C1", **more: Any) -> Delivery:
    said = {"type": "message", "channel": channel, "user": user, "text": f"de <@{user}>", "ts": "10.000001", **more}
    body = {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": said}
    return Delivery("s", orjson.dumps(body), {}, "CHAT", "x", 1, deliveries, 10**18, "")


async def test_somebody_whom_slack_does_not_tell_about_is_asked_for_again_and_holds_up_nobody() -> None:
    slack, publisher = Slack(), Publisher()
    batch = Batch([event("UAWAY"), event("U2")])
    await reader(slack, publisher).handle(batch)

    assert [one["sender"]["name"] for one in publisher.events] == ["U2"]
    assert list(batch.postponed.values()) == [5.0]


async def test_after_a_while_the_words_are_worth_more_than_the_name() -> None:
    slack, publisher = Slack(), Publisher()
    late = event("UAWAY", deliveries=PATIENCE + 1, files=[{"id": "F1"}], subtype="file_share")
    await reader(slack, publisher).handle(Batch([late]))

    [told] = publisher.events
    assert (told["sender"], told["text"]) == ({"address": "T1/UAWAY", "name": ""}, "de @UAWAY")
    assert told["defects"] == ["attachments_cut"]


async def test_files_are_kept_for_the_sake_of_the_event() -> None:
    slack, publisher = Slack(), Publisher()
    await reader(slack, publisher).handle(Batch([event()]))

    assert slack.owners == [publisher.events[0]["id"]]


async def test_who_misses_files_is_told_after_the_message_is_safe() -> None:
    slack, publisher = Slack(), Publisher()
    told: list[tuple[str, int]] = []

    class Missing:
        async def tell(self, said: Said, event: MessageReceived) -> None:
            told.append((said.author.user, len(publisher.events)))

    parts: Any = {"publisher": publisher, "people": slack, "files": slack, "missing": Missing()}
    one = Reader(**parts, doors=Doors(frozenset({"C1"})), prefix="desk")
    await one.handle(Batch([event(), event("U2", bot_id="B1"), event(channel="C7")]))

    assert told == [("U1", 1)]


async def test_an_edit_does_not_wait_for_names() -> None:
    slack, publisher = Slack(), Publisher()
    new = {"user": "UAWAY", "text": "a <@UAWAY>", "ts": "10.000001", "edited": {"ts": "12.0"}}
    changed = event(subtype="message_changed", message=new, previous_message={**new, "edited": None})
    await reader(slack, publisher).handle(Batch([changed]))

    assert [(one["stream"], one["text"]) for one in publisher.events] == [("REVISIONS", "a @UAWAY")]


async def test_what_is_said_elsewhere_or_by_machines_is_not_heard() -> None:
    slack, publisher = Slack(), Publisher()
    bot = event(bot_id="B1", subtype="bot_message")
    await reader(slack, publisher).handle(Batch([event(channel="C2"), bot, event(channel="D7")]))

    assert [one["account"] for one in publisher.events] == ["T1/D7"]


async def test_what_is_said_below_a_message_waits_until_that_is_handed_in_and_nobody_else_does() -> None:
    slack, publisher = Slack(), Publisher()
    heard, gate = [], asyncio.Event()

    class Slow(Doors):
        async def hears(self, happening: Any) -> bool:
            heard.append(happening.where.channel)
            return await super().hears(happening)

        async def heard(self, happening: Any) -> Any:
            if isinstance(happening, Reacted):
                await gate.wait()
                heard.append("handed in")
                return None
            return await super().heard(happening)

    parts: Any = {"publisher": publisher, "people": slack, "files": slack}
    one = Reader(**parts, doors=Slow(frozenset({"C1", "C2"})), prefix="desk")
    reaction = {"type": "reaction_added", "user": "U1", "reaction": "ticket", "event_ts": "1.1",
                "item": {"type": "message", "channel": "C1", "ts": "10.000001"}}  # fmt: skip
    body = {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": reaction}
    first = Delivery("s", orjson.dumps(body), {}, "CHAT", "x", 1, 1, 10**18, "")
    reading = asyncio.create_task(one.handle(Batch([first, event(thread_ts="10.000001"), event(channel="C2")])))
    await eventually(lambda: "C2" in heard)
    early = list(heard)
    gate.set()
    await reading

    assert early == ["C2"]
    assert heard == ["C2", "handed in", "C1"]


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two"])
async def test_an_answer_is_not_read_before_the_message_that_it_answers(together: bool) -> None:
    slack, publisher = Slack(), Publisher()
    one = reader(slack, publisher)
    first, answer = event("UAWAY"), event("U2", ts="11.000001", thread_ts="10.000001")
    other = event("U2", ts="12.000001", thread_ts="9.000001")
    batches = [Batch([first, answer, other])] if together else [Batch([first]), Batch([answer, other])]

    for batch in batches:
        await one.handle(batch)
    waited = [told["threading"]["message_id"] for told in publisher.events]
    slack.away = False
    for delivery in (event("UAWAY", deliveries=2), answer):
        await one.handle(Batch([delivery]))

    assert waited == ["T1/C1/12.000001"]
    assert sum(len(batch.postponed) for batch in batches) == 2
    assert [told["sender"]["address"] for told in publisher.events[1:]] == ["T1/UAWAY", "T1/U2"]


async def test_a_slack_that_wants_a_pause_before_it_tells_of_one_person_holds_up_nobody_else() -> None:
    publisher, files = Publisher(), Slack()

    class Paused:
        async def user(self, user: str, _lane: Lane) -> dict[str, Any]:
            if user == "UNEW":
                await asyncio.Event().wait()
            return {"real_name": user, "team_id": "T1"}

    paused: Any = Paused()
    parts: Any = {"publisher": publisher, "people": People(paused, patience_seconds=0.05), "files": files}
    batch = Batch([event("UNEW"), event("U2", ts="11.000001")])

    async with asyncio.timeout(5):
        await Reader(**parts, doors=Doors(frozenset({"C1"})), prefix="desk").handle(batch)

    assert [one["sender"]["name"] for one in publisher.events] == ["U2"]
    assert list(batch.postponed.values()) == [5.0]
