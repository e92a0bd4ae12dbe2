"""What is left after a storm in Slack: everything that was said is somewhere, once, and nothing waits any more."""

from collections import Counter
from typing import Any

import httpx
import orjson

from intake_chat.domain.slack.cards.kept import Kept
from tests.faults.slack_traffic import Traffic
from tests.support.card_desk import CardDesk, words
from tests.support.polling import eventually
from tests.support.streams import stored
from ventanilla_devstack.slack.records import Channel, Message

Json = dict[str, Any]


async def settled(at: CardDesk, traffic: Traffic, within_seconds: float) -> None:
    """Wait until nothing is on its way any more: not at Slack, not at the broker, not in the database."""

    async def done() -> bool:
        try:
            await _is_taken_in(at, traffic)
            await _has_left(at)
            await _is_shown(at)
        except (httpx.HTTPError, OSError) as error:
            raise AssertionError(repr(error)) from error
        return True

    await eventually(done, within_seconds, every_seconds=0.5)


async def check(at: CardDesk, traffic: Traffic) -> None:
    """Everything once: customers' messages, notes, answers, cards, lines. Raises AssertionError with what is not so."""
    messages = await at.desk.query("select id, ticket_number, kind, body, notification_id from message")
    customers = Counter(row["body"] for row in messages if row["kind"] == "customer")
    assert customers == Counter(traffic.said), customers - Counter(traffic.said) or Counter(traffic.said) - customers
    assert Counter(row["body"] for row in messages if row["kind"] == "note") == Counter(traffic.notes)
    assert traffic.unkept == [], "a dialog was gone, or had lost what was written in it"
    answers = Counter((row["body"], row["ticket_number"]) for row in messages if row["kind"] == "agent")
    assert answers == Counter(traffic.replies.items())
    tickets = {row["number"] for row in await at.desk.query("select number from ticket")}
    assert not await at.desk.query("select 1 from ledger where outcome = 'dead_lettered'")
    _check_threads_of_customers(at, messages)
    _check_cards(at, tickets)
    _check_threads_of_cards(at, traffic)


def _check_threads_of_customers(at: CardDesk, messages: list[Any]) -> None:
    """Each thing that the desk says to a customer stands in their conversation, once, and nothing else does."""
    said: Counter[tuple[str, str]] = Counter()
    for place, message in _posts(at, "ventanilla_notification"):
        root = place.messages[message.thread_ts]
        said[message.metadata["event_payload"]["notification"], root.text] += 1
    assert set(said.values()) <= {1}, "the same notification stands there twice"
    expected = [row for row in messages if row["notification_id"]]
    assert {key[0] for key in said} == {row["notification_id"] for row in expected}
    of_ticket: dict[int, set[str]] = {}
    for row in messages:
        if row["kind"] == "customer":
            of_ticket.setdefault(row["ticket_number"], set()).add(row["body"])
    tickets = {row["notification_id"]: row["ticket_number"] for row in expected}
    for notification, root in said:
        heard = of_ticket[tickets[notification]]
        assert root in heard, f"{notification} of {tickets[notification]} {heard} stands below {root!r}"


def _check_cards(at: CardDesk, tickets: set[int]) -> None:
    cards = Counter(int(message.metadata["event_payload"]["ticket"]) for _, message in _posts(at, "ventanilla_card"))
    assert cards == Counter(tickets), "each ticket has exactly one card"


def _check_threads_of_cards(at: CardDesk, traffic: Traffic) -> None:
    lines = [one.metadata["event_payload"] for _, one in _posts(at, "ventanilla_line")]
    twice = Counter((one["ticket"], one["line"]) for one in lines)
    assert set(twice.values()) <= {1}, "the same step was told twice"
    replies = Counter(one.metadata["event_payload"]["reply"] for _, one in _posts(at, "ventanilla_reply"))
    assert set(replies.values()) <= {1}, "the same reply has two lines"
    posts = [
        words({"text": one.text, "blocks": one.blocks})
        for kind in ("ventanilla_card", "ventanilla_line", "ventanilla_reply")
        for _, one in _posts(at, kind)
    ]
    told = {text: sum(text in post for post in posts) for text in (*traffic.said, *traffic.replies)}
    assert set(told.values()) == {1}, {text: count for text, count in told.items() if count != 1}


async def _is_taken_in(at: CardDesk, traffic: Traffic) -> None:
    assert await at.slack.courier.settle(0.1), "Slack still brings events"
    [row] = await at.desk.query(
        "select count(*) filter (where kind = 'customer') as customers, count(*) filter (where kind = 'note') as notes,"
        " count(*) filter (where kind = 'agent') as answers from message"
    )
    expected = {"customers": len(traffic.said), "notes": len(traffic.notes), "answers": len(traffic.replies)}
    assert all(row[name] >= count for name, count in expected.items()), (dict(row), expected, traffic.outcomes)
    read = await at.desk.api("GET", "/intake/ledger")
    ledger = read["channels"]["slack"]
    assert not ledger["in_flight"], ledger
    assert not ledger["missing"], ledger


async def _has_left(at: CardDesk) -> None:
    [row] = await at.desk.query(
        "select (select count(*) from outbox) as leaving,"
        " (select count(*) from held_reply where state = 'held') as held,"
        " (select count(*) from message where delivery_state = 'queued') as queued"
    )
    assert not any(row.values()), dict(row)


async def _is_shown(at: CardDesk) -> None:
    """All wishes for cards are fulfilled, and nobody is in doubt about a post."""
    broker = await at.desk.broker.connect()
    try:
        keys = {one.subject.split(".", 2)[2]: one for one in await stored(broker, "KV_chat_state")}
        posts = {one.subject: one.body for one in await stored(broker, "KV_outbound_state")}
    finally:
        await broker.close()
    wanted = max((one.sequence for key, one in keys.items() if key.startswith("wanted.")), default=0)
    assert "position" in keys, "no card was kept"
    assert int(keys["position"].body) >= wanted, "a card is still wished for"
    for key, one in keys.items():
        if key.startswith("card."):
            kept = Kept.parse(one.body)
            assert (kept.posting, kept.telling, kept.unposted) == (None, None, ""), (key, kept)
        if key.startswith(("reply.", "unposted.")):
            assert not one.body, (key, orjson.loads(one.body))
    ends = Counter(body.split()[0] for body in posts.values())  # behind it stands where
    assert set(ends) <= {b"sent"}, ends


def _posts(at: CardDesk, kind: str) -> list[tuple[Channel, Message]]:
    """Every message of the app of this kind, wherever it stands."""
    return [
        (place, message)
        for place in at.slack.workspace.channels.values()
        for message in place.messages.values()
        if message.metadata.get("event_type") == kind
    ]
