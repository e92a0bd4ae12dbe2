"""What becomes of tickets that nobody touches, as values."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.tickets.builders import DESK, NOON
from tests.unit.tickets.builders import ticket as a_ticket
from tickets.adapters.words import Templates
from tickets.domain.rows import Settlement
from tickets.domain.timers.due import Due, Moment, again_in_seconds
from tickets.domain.timers.lifecycle_timers import USUAL, end_snooze, fire_step, read_lifecycle, timers_of
from tickets.errors import Invalid

LATER = NOON + timedelta(days=3)


def moment(**changes: Any) -> Moment:
    return replace(Moment(LATER, DESK, Templates().render), **changes)


def due(do: str, status: str = "pending") -> Due:
    return Due(7, "lifecycle", f"{status}/0", LATER, {"status": status, "do": do})


def test_the_steps_of_a_status_count_from_when_the_ticket_got_it() -> None:
    timers = timers_of("pending", NOON, USUAL)
    assert [(timer.due_at - NOON, timer.detail["do"]) for timer in timers] == [
        (timedelta(days=3), "remind"),
        (timedelta(days=7), "solve"),
    ]
    assert not timers_of("open", NOON, USUAL)


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_reminder_is_an_automatic_mail_in_the_customers_language(language: str) -> None:
    rows, ticket = Settlement(), a_ticket(status="pending", language=language)
    assert fire_step(ticket, due("remind"), moment(), rows) is ticket
    [message], [event] = rows.messages, rows.outbox
    assert (message.kind, message.language, message.automation) == ("automatic", language, "auto-generated")
    assert event.payload["automatic"] is True
    assert event.payload["to"]["address"] == ticket.requester_address
    assert [row.action for row in rows.history] == ["reminder.sent"]


def test_the_same_reminder_is_the_same_notification() -> None:
    first, second = Settlement(), Settlement()
    for rows in (first, second):
        fire_step(a_ticket(status="pending"), due("remind"), moment(), rows)
    assert first.outbox[0].notification_id == second.outbox[0].notification_id
    assert first.messages[0].id == second.messages[0].id


def test_nobody_is_reminded_where_mail_comes_back() -> None:
    rows, ticket = Settlement(), a_ticket(status="pending")
    fire_step(ticket, due("remind"), moment(stopped=frozenset({ticket.requester_address})), rows)
    assert not rows.outbox
    assert [row.action for row in rows.history] == ["reminder.withheld"]


def test_a_ticket_that_nobody_answers_is_solved_and_says_why() -> None:
    rows = Settlement()
    after = fire_step(a_ticket(status="pending"), due("solve"), moment(), rows)
    assert (after.status, after.resolution, after.solved_at) == ("solved", "no answer", LATER)
    assert after.version == a_ticket().version + 1
    assert {row.why for row in rows.history} == {"nobody answered"}
    assert [event.type for event in rows.outbox] == ["ticket.changed.v1"]


def test_a_resolution_that_somebody_wrote_stays() -> None:
    after = fire_step(a_ticket(status="pending", resolution="restarted"), due("solve"), moment(), Settlement())
    assert after.resolution == "restarted"


def test_a_solved_ticket_is_closed() -> None:
    after = fire_step(a_ticket(status="solved"), due("close", "solved"), moment(), Settlement())
    assert (after.status, after.closed_at) == ("closed", LATER)


@pytest.mark.parametrize("do", ["remind", "solve", "close"])
def test_a_step_of_another_status_does_nothing(do: str) -> None:
    rows, ticket = Settlement(), a_ticket(status="open")
    assert fire_step(ticket, due(do), moment(), rows) is ticket
    assert not rows.history


def test_a_snooze_ends_only_while_the_ticket_is_on_hold() -> None:
    end = Due(7, "snooze", "end", LATER, {"status": "on_hold"})
    assert end_snooze(a_ticket(status="on_hold"), end, moment(), Settlement()).status == "open"
    assert end_snooze(a_ticket(status="solved"), end, moment(), Settlement()).status == "solved"


def test_a_lifecycle_is_data_in_any_order() -> None:
    content = {"pending": [{"after_days": 5, "do": "solve"}, {"after_days": 0.5, "do": "remind"}]}
    steps = read_lifecycle(3, content).steps["pending"]
    assert [(step.after, step.do) for step in steps] == [
        (timedelta(hours=12), "remind"),
        (timedelta(days=5), "solve"),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "mapping"),
        ({"open": []}, "pending, on_hold and solved"),
        ({"pending": "x"}, "as a list"),
        ({"pending": [{"after_days": 1}]}, "a step is"),
        ({"pending": [{"after_days": 0, "do": "remind"}]}, "above 0"),
        ({"pending": [{"after_days": True, "do": "remind"}]}, "above 0"),
        ({"pending": [{"after_days": 1, "do": "explode"}]}, "'explode'"),
        ({"pending": [{"after_days": 1, "do": "remind"}] * 11}, "10 are allowed"),
    ],
)
def test_a_lifecycle_with_a_mistake_is_refused_with_words(content: Any, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        read_lifecycle(1, content)


def test_what_fails_is_tried_ever_more_seldom_and_for_ever() -> None:
    waits = [again_in_seconds(failures) for failures in range(10)]
    assert waits == sorted(waits)
    assert waits[-1] == 3600
