"""`router explain --ticket`: the message of a ticket under other rules."""

import json
from pathlib import Path

import pytest

from router.adapters.rule_file import read_rules
from tests.integration.router.published import Command
from tests.integration.router.told_tickets import told
from tests.support.broker import Desk
from tests.unit.router.routed_samples import messages, routed
from tests.unit.router.samples import file_with, rule_text
from ventanilla_contracts.events import MessageReceived
from ventanilla_contracts.ids import effect_id
from ventanilla_contracts.ticket_events import TicketCreated, TicketMessageAdded
from ventanilla_runtime.publish import Outgoing, Publisher

COUNT = 60


@pytest.fixture
async def router(fresh_desk: Desk, tmp_path: Path) -> Command:
    """A desk on which each message opened a ticket: message 7 ticket 1007; two of them are told in another order."""
    given = list(messages(COUNT))
    events: list[Outgoing] = []
    for number, (received, _, _) in enumerate(given):
        events.append(told(1_000 + 30 * number, received.id, TicketCreated, received.channel))
        events.append(told(1, received.id, TicketMessageAdded, received.channel))
    events[4], events[6] = events[6], events[4]
    publisher = Publisher(await fresh_desk.connect())
    await publisher.start()
    await publisher.publish_all(list(routed(given)))
    await publisher.publish_all([*events, told(9_999, "message.received.v1:by-hand", TicketCreated)])
    return Command(fresh_desk, tmp_path)


async def test_the_message_that_opened_a_ticket_is_explained_under_any_rules(router: Command) -> None:
    other = router.file("other.yaml", file_with(rule_text("all", when="{sender.address: {contains: ana}}")))
    senders = [received.sender.address for received, _, _ in messages(COUNT)]

    for number in (0, 2, 3, 31, COUNT - 1):
        said = await router("explain", "--ticket", str(1_000 + 30 * number), "--json", "--rules", other)
        assert said.code == 0, said.err
        assert json.loads(said.out)["facts"]["sender.address"] == senders[number]
    same = await router("explain", "--ticket", "1060")
    different = await router("explain", "--ticket", "1060", "--rules", other)

    assert "the recorded decision is the same" in same.out
    assert "decided by the rules small" in different.out
    assert "differs: " in different.out
    assert len(set(senders)) == COUNT


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("--ticket", "4711"), 1, "told nothing of a ticket 4711 lately; what it tells is kept for 30 days"),
        (("--ticket", "9999"), 1, "no message was routed when ticket 9999 was opened"),
        (("--ticket", "1000", "event.json"), 2, "name a file with an event, or a ticket with --ticket NUMBER"),
        ((), 2, "name a file with an event, or a ticket with --ticket NUMBER"),
    ],
)
async def test_a_ticket_without_a_message_gets_one_clear_line(
    router: Command, arguments: tuple[str, ...], code: int, reason: str
) -> None:
    said = await router("explain", *arguments)

    assert said.code == code
    assert reason in " ".join(said.err.split())


def is_answer(received: MessageReceived) -> bool:
    return received.channel == "email" and bool(received.threading.in_reply_to)


async def test_messages_whose_rules_changed_the_ticket_later_are_named_and_explained(
    router: Command, fresh_desk: Desk
) -> None:
    answers = "  - name: answers\n    match: all\n    on: reply\n    rules:\n" + rule_text("lawyer", then="{tier: 3}")
    rules = read_rules(file_with(rule_text("all")) + answers, "small.yaml")
    given = [(received.model_copy(update={"id": f"{received.id}-later"}), at, None) for received, at, _ in messages(7)]
    publisher = Publisher(await fresh_desk.connect())
    await publisher.start()
    await publisher.publish_all(list(routed(given, rules)))
    joining = [told(1_060, received.id, TicketMessageAdded, received.channel) for received, _, _ in given]
    await publisher.publish_all(joining)
    answered = [str(effect_id(received.id)) for received, _, _ in given if is_answer(received)]

    said = await router("explain", "--ticket", "1060")
    other = router.file("other.yaml", file_with(rule_text("all", when="{sender.address: {contains: ana}}")))
    one = await router("explain", "--ticket", "1060", "--message", answered[1], "--json", "--rules", other)
    nothing = await router("explain", "--ticket", "1060", "--message", "no-such")
    alone = await router("explain", "--message", answered[1], "event.json")

    later = [line for line in said.out.splitlines() if line.startswith("later, ")]
    assert later == [f"later, message {id_}: changed by lawyer; --message {id_} explains it" for id_ in answered]
    assert (one.code, nothing.code, alone.code) == (0, 1, 2)
    assert json.loads(one.out)["facts"]["sender.address"] == given[6][0].sender.address
    assert "no routed message no-such of ticket 1060" in nothing.err
    assert "say --ticket NUMBER too" in " ".join(alone.err.split())
