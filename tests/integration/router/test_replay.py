"""Replaying rules over what a real broker holds, as somebody types it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from router.adapters.recorded_messages import read_range
from router.adapters.rule_file import default_rules_text, read_rules
from tests.integration.router.published import Command, publish, store_of
from tests.integration.router.told_tickets import told
from tests.support.broker import Desk
from tests.unit.router.routed_samples import messages, routed
from tests.unit.router.samples import file_with, rule_text
from ventanilla_contracts.probes import sentence
from ventanilla_contracts.ticket_events import TicketCreated, TicketMessageAdded
from ventanilla_runtime.many import Many
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher

COUNT = 400
MOVED = default_rules_text().replace(
    "then: {type: request, category: billing, impact: medium, urgency: medium, team: billing}",
    "then: {type: request, category: billing, impact: medium, urgency: medium, team: first-line}",
)


@pytest.fixture
async def filled(fresh_desk: Desk) -> Desk:
    """A broker that holds routed messages, decided by the shipped rules."""
    await publish_routed(fresh_desk, list(routed(messages(COUNT))))
    return fresh_desk


async def publish_routed(desk: Desk, given: list[Outgoing]) -> None:
    publisher = Publisher(await desk.connect())
    await publisher.start()
    await publisher.publish_all(given)


@pytest.fixture
async def router(filled: Desk, tmp_path: Path) -> Command:
    return Command(filled, tmp_path)


async def report(router: Command, source: str, *options: str) -> Any:
    said = await router("replay", "--rules", router.file("new.yaml", source), "--json", *options)
    assert said.code == 0, said.err
    assert said.err == ""  # nobody looks: no bar
    return json.loads(said.out)


async def test_the_set_in_force_changes_nothing(router: Command) -> None:
    found = await report(router, default_rules_text())

    assert (found["messages"], found["changed"], found["unreadable"]) == (COUNT, 0, 0)
    assert (found["moves"], found["changed_fields"], found["decided_anew_by_set_in_force"]) == ([], {}, 0)
    assert sum(row["before"] for row in found["counts"]["team"].values()) == COUNT


async def test_the_set_in_force_can_be_replayed_by_its_name(router: Command, filled: Desk) -> None:
    unpublished = json.loads((await router("replay", "--rules", "in-force", "--json")).out)
    await publish(await store_of(filled), MOVED)

    published = json.loads((await router("replay", "--rules", "in-force", "--json")).out)
    shipped = json.loads((await router("replay", "--rules", "shipped", "--json")).out)

    assert [(found["messages"], found["changed"]) for found in (unpublished, published)] == [(COUNT, 0), (COUNT, 0)]
    assert shipped["changed"] > 0


async def test_a_set_in_force_that_did_not_decide_then_changes_nothing_either(router: Command, filled: Desk) -> None:
    source = file_with(rule_text("vip", when="{customer.vip: true}"), rule_text("open", when="{message.reply: true}"))
    await publish(await store_of(filled), source)

    found = await report(router, source)

    assert (found["messages"], found["changed"]) == (COUNT, 0)
    assert found["decided_anew_by_set_in_force"] == COUNT


async def test_a_rule_that_is_changed_shows_what_moves_from_where_to_where_and_why(router: Command) -> None:
    found = await report(router, MOVED, "--limit-moves", "5")

    team = found["counts"]["team"]
    moved = team["billing"]["before"]
    assert moved > 0
    assert (found["changed"], found["changed_fields"]) == (moved, {"team": moved})
    assert team["billing"]["after"] == 0
    assert team["first-line"]["after"] == team["first-line"]["before"] + moved
    assert found["counts"]["priority"]["normal"]["before"] == found["counts"]["priority"]["normal"]["after"]
    assert sum(found["load"]["billing"]["before"]) == moved
    assert sum(found["load"]["billing"]["after"]) == 0
    assert len(found["moves"]) == 5
    first = found["moves"][0]
    assert first["changes"] == [{"field": "team", "old": "billing", "new": "first-line"}]
    assert (first["rule"], first["message_id"].startswith("message.received.v1:m")) == ("billing", True)
    assert [move["sequence"] for move in found["moves"]] == sorted(move["sequence"] for move in found["moves"])
    assert "spam" in found["never_matched"]


async def test_the_tickets_that_would_move_are_named_as_far_as_they_were_told(router: Command, filled: Desk) -> None:
    unnamed = await report(router, MOVED, "--limit-moves", "3")
    opened, joined, waiting = (move["message_id"] for move in unnamed["moves"])
    given = [told(4711, opened, TicketCreated), told(12, joined, TicketMessageAdded)]
    await publish_routed(filled, [Outgoing("TICKETS", "desk.ticket.created.v1", b"{}"), *given])

    named = await report(router, MOVED, "--limit-moves", "3")
    lines = (await router("replay", "--rules", "new.yaml", "--limit-moves", "3")).out

    assert [move["ticket"] for move in unnamed["moves"]] == [None, None, None]
    assert [move["ticket"] for move in named["moves"]] == [4711, 12, None]
    assert "  ticket 4711  “" in lines
    assert f"  no ticket known, entry {named['moves'][2]['sequence']}  “" in lines
    assert waiting in lines


async def test_where_nobody_tells_of_tickets_the_report_stands_without_them(router: Command, filled: Desk) -> None:
    operator = await filled.connect()
    await operator.api("STREAM.DELETE.TICKETS", {})

    said = await router("replay", "--rules", router.file("new.yaml", MOVED), "--limit-moves", "1")

    assert said.code == 0
    assert "team: billing → first-line  (by billing)" in said.out
    assert "  their tickets are not named: nobody answers for this stream" in said.out


async def test_a_time_before_the_stream_begins_is_said_to_be_one(router: Command) -> None:
    long_ago = await router("replay", "--rules", router.file("new.yaml", MOVED), "--since", "3650d")
    lately = await router("replay", "--rules", "new.yaml", "--since", datetime.now(UTC).isoformat())
    as_json = await report(router, MOVED, "--since", "3650d")

    assert f"\n          nothing older is kept than {datetime.now(UTC):%Y-%m-%d} " in long_ago.out
    assert "nothing older" not in lately.out
    assert as_json["since"] < as_json["reaches_back_to"]


async def test_any_number_of_processes_finds_the_same(router: Command) -> None:
    one, three = [await report(router, MOVED, "--processes", processes) for processes in ("1", "3")]

    for found in (one, three):
        found.pop("since")
    assert one == three


async def test_only_one_channel_and_only_a_time_can_be_looked_at(router: Command, filled: Desk) -> None:
    webchat = await report(router, MOVED, "--channel", "webchat")
    none = await report(router, MOVED, "--channel", "voice")
    later = await report(router, MOVED, "--since", (datetime.now(UTC) + timedelta(hours=1)).isoformat())
    earlier = await report(router, MOVED, "--until", (datetime.now(UTC) - timedelta(hours=1)).isoformat())

    expected = sum(1 for received, _, _ in messages(COUNT) if received.channel == "webchat")
    assert (webchat["messages"], none["messages"], later["messages"], earlier["messages"]) == (expected, 0, 0, 0)


async def test_the_report_for_people_is_readable(router: Command) -> None:
    said = await router("replay", "--rules", router.file("new.yaml", MOVED), "--limit-moves", "1")

    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].startswith("rules     default ")
    assert f"messages  {COUNT}, of which " in said.out
    assert "load by hour of the day (Europe/Madrid)" in said.out
    assert "team: billing → first-line  (by billing)" in said.out
    assert "rules that never matched: " in said.out


async def test_rules_that_fail_while_running_are_told_with_the_first_ticket(router: Command, filled: Desk) -> None:
    source = file_with(rule_text("failing", when="{cel: '1 / (message.length - message.length) == 1'}"))
    found = await report(router, source, "--processes", "2", "--limit-moves", "0")
    await publish_routed(filled, [told(4711, found["failed"][0]["first"]["message_id"], TicketCreated)])

    lines = (await router("replay", "--rules", "new.yaml", "--limit-moves", "0")).out

    (failed,) = found["failed"]
    assert (failed["rule"], failed["messages"], failed["matched"]) == ("failing", COUNT, 0)
    assert failed["first"]["sequence"] == 1
    assert failed["first"]["error"].endswith("divide by zero")
    assert found["never_matched"] == []
    assert f"  failing  {COUNT} of {COUNT} messages, matched none" in lines
    assert "            first: ticket 4711  “" in lines


async def test_entries_that_cannot_be_read_are_counted_and_left_out(router: Command, filled: Desk) -> None:
    await publish_routed(filled, [Outgoing("ROUTED", "desk.message.routed.v1.email", b'{"no": 1}')] * 3)

    found = await report(router, default_rules_text())

    assert (found["messages"], found["unreadable"]) == (COUNT, 3)


async def test_synthetic_probes_are_no_customers_and_are_left_out(router: Command, filled: Desk) -> None:
    probes = [
        (received.model_copy(update={"id": f"message.received.v1:probe{number}", "text": sentence("0" * 32)}), *more)
        for number, (received, *more) in enumerate(messages(5))
    ]
    sent = [replace(one, headers={**one.headers, MSG_ID: f"probe-{n}"}) for n, one in enumerate(routed(probes))]
    await publish_routed(filled, sent)

    found = await report(router, default_rules_text())
    lines = (await router("replay", "--rules", "new.yaml")).out

    assert (found["messages"], found["probes"], found["unreadable"]) == (COUNT, 5, 0)
    assert "5 synthetic probes are left out" in lines


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--since", "yesterday"), "--since yesterday: give 30m, 12h, 7d, 2w or a time like"),
        (("--since", "1d", "--until", "2d"), "--until lies before --since"),
        (("--channel", "fax"), "fax is no channel; known are email, slack"),
    ],
)
async def test_what_cannot_be_meant_gets_one_clear_line(router: Command, options: tuple[str, ...], reason: str) -> None:
    said = await router("replay", "--rules", router.file("new.yaml", MOVED), *options)

    assert said.code == 1
    assert reason in said.err
    assert "Traceback" not in said.err


async def test_rules_with_mistakes_are_not_replayed(router: Command) -> None:
    said = await router("replay", "--rules", router.file("bad.yaml", file_with(rule_text(then="{team: nobody}"))))

    assert said.code == 1
    assert "nobody is no team" in said.err


async def test_a_range_is_read_without_gaps_whatever_was_removed_from_it(filled: Desk) -> None:
    operator = await filled.connect()
    for sequence in (1, 7, 8, 9, COUNT):
        await operator.remove("ROUTED", sequence)
    many = Many(operator)

    found, advanced = [], 0
    async for page, more in read_range(many, (1, COUNT + 1), None):
        found += [message.sequence for message in page]
        advanced += more

    assert found == [number for number in range(1, COUNT + 1) if number not in (1, 7, 8, 9, COUNT)]
    assert advanced == COUNT


def test_the_changed_rules_of_these_tests_are_changed() -> None:
    assert read_rules(MOVED, "x").hash != read_rules(default_rules_text(), "x").hash
