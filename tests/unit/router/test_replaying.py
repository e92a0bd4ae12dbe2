"""What another rule set would have made of a message, counted."""

from collections.abc import Sequence
from typing import Any

import pytest

from router.adapters.recorded_messages import read_recorded
from router.domain.replaying import SUBJECT_LIMIT_CHARS, Recorded, Replay, Tally
from router.domain.rules import RuleSet
from router.replay import split
from tests.unit.router.routed_samples import routed
from tests.unit.router.samples import NOON, file_with, message, rule_text, rules_of
from ventanilla_contracts.events import MessageReceived
from ventanilla_contracts.routing import RoutingContext
from ventanilla_runtime.answers import StoredMessage

ANSWER = {"in_reply_to": "x@desk.example"}


def recorded(received: MessageReceived, rules: RuleSet, context: RoutingContext | None = None) -> Recorded:
    """A message as it is read back after a rule set has routed it."""
    (output,) = routed([(received, NOON, context)], rules)
    found = read_recorded(StoredMessage(output.subject, 7, "", output.body))
    assert found is not None
    return found


def tally_of(
    new: RuleSet, in_force: RuleSet, received: Sequence[MessageReceived], by: RuleSet | None = None, limit: int = 10
) -> Tally:
    tally = Tally()
    replay = Replay(new, in_force, limit)
    for one in received:
        replay.compare(recorded(one, by or in_force), tally)
    return tally


OLD = rules_of(rule_text("old", then="{team: technical, tags: a}"))


def test_the_same_rules_change_nothing() -> None:
    tally = tally_of(OLD, OLD, [message(), message("x", threading=ANSWER)])

    assert (tally.messages, tally.changed, tally.anew, tally.moves) == (2, 0, 0, [])
    assert tally.before == tally.after
    assert tally.matched == {"old": 2}


def test_what_another_set_decided_is_decided_anew_by_the_set_in_force() -> None:
    other = rules_of(rule_text("other", then="{team: first-line, priority: urgent}"))

    tally = tally_of(OLD, OLD, [message()], by=other)

    assert (tally.changed, tally.anew) == (0, 1)


def test_a_decision_of_the_set_in_force_counts_as_it_was_recorded() -> None:
    given = recorded(message(), OLD)
    otherwise = given._replace(decision=given.decision.model_copy(update={"team": "first-line"}))
    tally = Tally()

    Replay(OLD, OLD, 10).compare(otherwise, tally)

    assert tally.changed == 1
    assert tally.moves[0].changes == (("team", "first-line", "technical"),)


@pytest.mark.parametrize(
    ("new", "changes", "rule"),
    [
        (rule_text("new", then="{team: first-line, tags: a}"), (("team", "technical", "first-line"),), "new"),
        (rule_text("new", then="{team: technical, tags: [a, b]}"), (("tags", ("a",), ("a", "b")),), "new"),
        (rule_text("new", then="{team: technical}"), (("tags", ("a",), ()),), "no longer old"),
        (rule_text("new", then="{team: technical, tags: a, urgency: high}"),
         (("urgency", "low", "high"), ("priority", "low", "normal")), "new"),
        (rule_text("new", then="{team: technical, tags: a, priority: urgent}"),
         (("priority", "low", "urgent"),), "new"),
        (rule_text("new", then="{team: technical, tags: a, acknowledge: night}"),
         (("acknowledgement", None, "night"),), "new"),
        (rule_text("new", when="{message.channel: sms}"),
         (("team", "technical", "first-line"), ("tags", ("a",), ())), "no longer old"),
    ],
)  # fmt: skip
def test_a_move_names_each_field_and_the_rule_that_makes_it(
    new: str, changes: tuple[tuple[str, Any, Any], ...], rule: str
) -> None:
    (move,) = tally_of(rules_of(new), OLD, [message("Hola")]).moves

    assert move.changes == changes
    assert move.rule == rule
    assert (move.sequence, move.message_id, move.subject) == (7, "message.received.v1:abc", "Hola")


def test_what_changes_in_a_ticket_is_compared_and_a_rule_that_is_renamed_changes_nothing() -> None:
    from router.adapters.rule_file import read_rules

    def with_answers(name: str, then: str) -> RuleSet:
        answers = "  - name: answers\n    match: all\n    on: reply\n    rules:\n" + rule_text(name, then=then)
        return read_rules(file_with(rule_text("old")) + answers, "r")

    old, renamed = with_answers("b", "{policy: vip}"), with_answers("c", "{policy: vip}")
    other = with_answers("b", "{policy: standard}")
    answer = message("x", threading=ANSWER)

    assert tally_of(renamed, old, [answer]).changed == 0
    (move,) = tally_of(other, old, [answer]).moves
    assert move.changes == (("on_reply", {"service_level_policy": "vip"}, {"service_level_policy": "standard"}),)
    assert move.rule == "b"


def test_what_was_known_at_the_time_decides_again() -> None:
    rules = rules_of(rule_text("vip", when="{customer.vip: true}"))
    known = RoutingContext.model_validate({"customer": {"vip": True}})
    given = recorded(message(authentication={"grade": "verified"}), rules, known)
    tally = Tally()

    Replay(rules, OLD, 10).compare(given, tally)

    assert given.context == known
    assert tally.matched == {"vip": 1}


def test_only_the_first_moves_are_kept_and_subjects_are_cut() -> None:
    new = rules_of(rule_text("new", then="{team: first-line}"))

    tally = tally_of(new, OLD, [message("x" * 500)] * 5, limit=2)

    assert (tally.changed, len(tally.moves)) == (5, 2)
    assert len(tally.moves[0].subject) == SUBJECT_LIMIT_CHARS


def test_tallies_of_parts_add_up() -> None:
    new = rules_of(rule_text("new", then="{team: first-line}"))
    whole, part = tally_of(new, OLD, [message()] * 3), tally_of(new, OLD, [message()] * 2)

    whole.add(part, 4)

    assert (whole.messages, whole.changed, len(whole.moves)) == (5, 5, 4)
    assert whole.before["team", "technical"] == 5
    assert whole.after["team", "first-line"] == 5
    assert sum(whole.load_after.values()) == 5


FAILING = rules_of(
    rule_text("always", when="{cel: 'message.length / (message.length - message.length) == 1'}"),
    rule_text("sometimes", when="{cel: '1000 / (message.length - 3) > 0'}", then="{tags: a}"),
    rule_text("beside", when="{any: [{message.channel: email}, {cel: '1 / (message.length - 3) > 0'}]}"),
    rule_text("never", when="{message.channel: sms}"),
)


def test_rules_that_fail_are_counted_as_often_as_the_desk_would_with_the_first_message_of_each() -> None:
    # `beside` matches whatever its second condition comes to: the desk tells that it fails all the same.
    tally = tally_of(FAILING, OLD, [message("a", "four"), message("Hola\n\tEva", "two"), message("b", "now")])

    assert tally.failed == {"always": 3, "sometimes": 2, "beside": 2}
    assert tally.matched == {"sometimes": 1, "beside": 3}
    first = tally.first_failures["sometimes"]
    assert (first.sequence, first.message_id, first.subject) == (7, "message.received.v1:abc", "Hola Eva")
    assert first.error == "cel: 1000 / (message.length - 3) > 0: divide by zero"


def test_failures_of_parts_add_up_and_the_first_of_the_stream_stands_for_them() -> None:
    def part(sequence: int) -> Tally:
        tally = Tally()
        Replay(FAILING, OLD, 10).compare(recorded(message("x", "two"), OLD)._replace(sequence=sequence), tally)
        return tally

    total = Tally()
    for sequence in (9, 4, 12):
        total.add(part(sequence), 10)

    assert total.failed == {"always": 3, "sometimes": 3, "beside": 3}
    assert {name: first.sequence for name, first in total.first_failures.items()} == dict.fromkeys(total.failed, 4)


@pytest.mark.parametrize("body", [b"", b"{}", b"nonsense", b'{"received": {}}'])
def test_what_is_no_routed_message_is_none(body: bytes) -> None:
    assert read_recorded(StoredMessage("s", 1, "", body)) is None


@pytest.mark.parametrize(("range_", "parts"), [((1, 101), 8), ((5, 6), 8), ((1, 8), 8), ((3, 1_000), 1)])
def test_a_range_is_split_without_gaps_and_without_empty_parts(range_: tuple[int, int], parts: int) -> None:
    found = split(range_, parts)

    assert [number for start, behind in found for number in range(start, behind)] == list(range(*range_))
    assert all(start < behind for start, behind in found)
    assert len(found) <= parts
