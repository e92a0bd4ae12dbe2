"""Whose account is deactivated is known at once, at every replica, though Slack tells one of them alone."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from intake_chat.adapters.slack.people import People
from intake_chat.domain.slack.people_changes import Changed, changed_person
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.customers.departures import Departures
from tests.support.polling import eventually
from tests.unit.intake_chat.card_world import Bucket
from tests.unit.intake_chat.test_people import Slack
from ventanilla_runtime.errors import BrokerAway


def change(user: Any, kind: str = "user_change") -> dict[str, Any]:
    return {"type": "event_callback", "team_id": "T1", "event": {"type": kind, "user": user}}


class Replica:
    """One of them, with what it knows of people."""

    def __init__(self, slack: Slack, bucket: Bucket) -> None:
        known: Any = slack
        self.background = Background()
        departures = Departures(bucket, self.background)
        self.people = People(known, is_news=departures.is_news)
        self.taken: list[Mapping[str, Any]] = []
        self.hear = partial(departures.take_in, self._take_in, self.people, b"{}")

    async def _take_in(self, body: bytes, envelope: Mapping[str, Any], door: str) -> None:
        self.taken.append(envelope)


@pytest.mark.parametrize(
    ("envelope", "changed"),
    [
        (change({"id": "U1", "deleted": True}), Changed("U1", gone=True)),
        (change({"id": "U1", "deleted": False}), Changed("U1", gone=False)),
        (change({"id": "U1", "deleted": True}, "team_join"), None),
        (change({"id": "U1.>", "deleted": True}), None),
        (change("U1"), None),
        ({"type": "event_callback"}, None),
    ],
)
def test_an_event_tells_whose_account_is_deactivated(envelope: dict[str, Any], changed: Changed | None) -> None:
    assert changed_person(envelope) == changed


async def test_whoever_was_deactivated_a_moment_ago_is_gone_at_every_replica() -> None:
    slack, bucket = Slack(), Bucket()
    told, other = Replica(slack, bucket), Replica(slack, bucket)
    assert [await one.people.is_gone("U1") for one in (told, other)] == [False, False]
    slack.deleted.add("U1")

    await told.hear(change({"id": "U1", "deleted": True}), "socket")
    assert await told.people.is_gone("U1")

    await eventually(lambda: other.people.is_gone("U1"))
    assert len(told.taken) == 1, "it goes on to whoever else looks at events"
    asked = len(slack.asked)
    assert await other.people.is_gone("U1")
    assert len(slack.asked) == asked, "known again for a while"


async def test_who_is_back_is_known_at_once_where_it_was_heard_and_other_changes_cost_nothing() -> None:
    slack, bucket = Slack(), Bucket()
    one = Replica(slack, bucket)
    slack.deleted.add("U1")
    assert await one.people.is_gone("U1")
    slack.deleted.clear()

    await one.hear(change({"id": "U1", "deleted": False}), "socket")
    assert not await one.people.is_gone("U1")
    asked = len(slack.asked)
    await one.hear(change({"id": "U1", "deleted": False}), "socket")  # another picture
    assert not await one.people.is_gone("U1")

    assert (len(slack.asked), bucket.values) == (asked, {})


async def test_without_the_broker_what_is_known_for_a_minute_counts() -> None:
    slack = Slack()

    class Away(Bucket):
        async def read(self, key: str) -> Any:
            raise BrokerAway("gone")

    assert not await Replica(slack, Away()).people.is_gone("U1")
