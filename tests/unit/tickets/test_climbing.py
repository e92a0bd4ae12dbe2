"""The steps of a ladder: who is told, who is paged when, and what the history says of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.tickets.builders import DESK
from tests.unit.tickets.climbing import (
    BOB,
    DAY,
    EVA,
    EVERYTHING,
    NIGHT,
    due_of,
    duty,
    ladder,
    minutes,
    moment,
    next_run,
    row_of,
    run,
    urgent,
)
from tickets.domain.ladders.climbing import fire_ladder
from tickets.domain.ladders.documents import Ladder
from tickets.domain.ladders.pages import Page
from tickets.domain.ladders.paging import tell_settled
from tickets.domain.ladders.rota_documents import read_rota
from tickets.domain.ladders.runs import timer_of
from tickets.domain.rows import Settlement
from tickets.domain.service_levels.calendars import Calendar
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.people import CalendarHours, Team, WorkingHours
from tickets.domain.timers.due import Due, Moment
from ventanilla_contracts.ticket_events import TicketPaged, TicketPageSettled

PAGE = {"do": "page", "rota": "nights", "answer_within_minutes": 5, "times": 2}
LAST = {"do": "notify_team", "after_minutes": 3}


def fired(
    at: int = 1, known: Ladder | None = None, ticket: TicketRow | None = None, when: Moment | None = None, **place: Any
) -> Settlement:
    """What the step of a run leaves behind."""
    known, rows = known or ladder(), Settlement()
    when = when or moment(known=duty(known))
    due = due_of(timer_of(run(at, **place), known, DAY))
    ticket = ticket or urgent()
    assert fire_ladder(ticket, due, when, rows) is ticket
    return rows


def mails(rows: Settlement) -> list[dict[str, Any]]:
    return [dict(event.payload) for event in rows.outbox if event.type == "notification.requested.v1"]


def paged(rows: Settlement) -> list[dict[str, Any]]:
    return [dict(event.payload) for event in rows.outbox if event.type == "ticket.paged.v1"]


def at_night(at: datetime = NIGHT, **changes: Any) -> Moment:
    return moment(at, duty(ladder(PAGE, LAST), **changes))


def test_whoever_has_the_ticket_is_told_and_the_next_step_counts_from_now() -> None:
    late = DAY + timedelta(hours=2)
    rows = fired(ticket=urgent(assignee="bob"), when=moment(late))
    [mail] = mails(rows)
    assert (mail["to"]["address"], mail["language"], mail["automatic"]) == ("bob@desk.example", "en", True)
    assert mail["subject"] == "[#7] Waiting (urgent): Hola"
    assert mail["mail"]["reply_to"] is None
    [told] = rows.history
    assert (told.action, told.actor, told.at, told.why) == ("ladder.step", "ladder:outage", late, "")
    assert told.detail == {
        "ladder": "outage", "version": 1, "run": run().id, "step": 1, "round": 1, "do": "notify_assignee",
        "to": ["bob"],
    }  # fmt: skip
    following = row_of(rows)
    assert following is not None
    assert (following.due_at, following.detail["step"]) == (late + minutes(10), 2)


@pytest.mark.parametrize(
    ("assignee", "why"), [(None, "nobody has the ticket"), ("carla", "carla is nobody of the desk")]
)
def test_where_nobody_has_it_the_ladder_goes_on_and_says_so(assignee: str | None, why: str) -> None:
    rows = fired(ticket=urgent(assignee=assignee))
    assert (mails(rows), rows.history[0].why, rows.history[0].detail["to"]) == ([], why, [])
    assert next_run(rows) == run(2)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({}, ["eva", "bob"]),
        ({"role": "lead"}, ["eva"]),
        ({"role": "member"}, ["bob"]),
        ({"team": "network"}, ["bob"]),
    ],
)
def test_a_team_is_told_or_those_of_it_with_a_role(step: dict[str, str], told: list[str]) -> None:
    known = ladder({"do": "notify_team", **step})
    members = {"first-line": [("eva", "lead"), ("bob", "member")], "network": [("bob", "member")]}
    rows = fired(known=known, when=moment(known=duty(known, members=members)))
    assert [mail["to"]["address"].partition("@")[0] for mail in mails(rows)] == told
    assert rows.history[0].detail["to"] == told
    assert len({mail["id"] for mail in mails(rows)}) == len(told)


def test_a_team_without_a_lead_is_passed_over() -> None:
    known = ladder({"do": "notify_team", "role": "lead"}, LAST)
    rows = fired(known=known, when=moment(known=duty(known, members={})))
    assert (rows.history[0].why, mails(rows)) == ("the team first-line has no lead", [])
    assert next_run(rows) == run(2)


def test_a_desk_without_a_mailbox_says_that_it_told_nobody() -> None:
    slack = urgent(account="slack:T1", assignee="bob")
    rows = fired(ticket=slack)
    assert mails(rows)[0]["mail"]["from_address"] == "soporte@desk.example"
    rows = fired(ticket=slack, when=moment(desk=replace(DESK, names={})))
    assert (mails(rows), rows.history[0].why) == ([], "this desk has no mailbox to write from")


def test_a_page_calls_whoever_is_on_call_and_waits_for_them() -> None:
    rows = fired(3, ladder(*EVERYTHING))
    [page] = rows.pages
    assert (page.agent, page.attempt, page.answer_by, page.state) == ("eva", 1, DAY + minutes(5), "open")
    [mail] = mails(rows)
    assert mail["subject"].startswith("URGENTE [#7] Está de guardia")
    assert f"https://desk.example/p/{DESK.signer.page_token(page.id)}" in mail["text"]
    assert mail["expires_at"] == DAY + timedelta(hours=1)
    [event] = paged(rows)
    assert (event["page"], event["agent"], event["rota"], event["attempt"]) == (str(page.id), "eva", "nights", 1)
    assert TicketPaged.model_validate(event).ticket.number == 7
    waits = row_of(rows)
    assert waits is not None
    assert (waits.due_at, next_run(rows)) == (DAY + minutes(5), run(3, attempt=1))


def test_a_page_that_nobody_answers_goes_out_again_and_then_the_ladder_goes_on() -> None:
    known = ladder(PAGE, LAST)
    again = fired(1, known, attempt=1)
    given_up = fired(1, known, attempt=2)
    assert [page.attempt for page in again.pages] == [2]
    assert next_run(again) == run(1, attempt=2)
    assert (given_up.pages, given_up.history[0].why) == ([], "nobody acknowledged")
    following = row_of(given_up)
    assert following is not None
    assert (next_run(given_up), following.due_at) == (run(2), DAY + minutes(3))


def test_the_same_attempt_is_always_the_same_page_and_another_one_another() -> None:
    known = ladder(PAGE, {"do": "repeat", "from_step": 1})
    ids = [
        fired(1, known, **place).pages[0].id for place in ({}, {"attempt": 1}, {"round": 2}, {"round": 2, "attempt": 1})
    ]
    assert len(set(ids)) == 4
    assert fired(1, known).pages[0].id == ids[0]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"rotas": {}}, "there is no rota nights any more"),
        ({"agents": {"bob": BOB}}, "eva, who is on call, is nobody of the desk any more"),
        ({"agents": {"eva": replace(EVA, active=False)}}, "eva, who is on call, is nobody of the desk any more"),
        (
            {"rotas": {"nights": read_rota("nights", 1, {
                "zone": "UTC", "layers": [{"members": ["eva"], "first_day": "2027-01-01"}]}, {})}},
            "nobody is on call",
        ),
    ],
)  # fmt: skip
def test_where_nobody_is_on_call_history_and_event_say_so_and_the_ladder_goes_on(
    changes: dict[str, Any], why: str
) -> None:
    known = ladder(PAGE, LAST)
    rows = fired(1, known, when=moment(known=duty(known, **changes)))
    assert (rows.pages, mails(rows), rows.history[0].why) == ([], [], why)
    [event] = paged(rows)
    assert (event["page"], event["agent"], event["answer_by"]) == (None, None, None)
    assert TicketPaged.model_validate(event).agent is None
    assert next_run(rows) == run(2)


def test_nobody_is_paged_at_night_and_the_history_says_until_when_and_why() -> None:
    known = ladder(PAGE, LAST)
    rows = fired(1, known, when=at_night())
    morning = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert (rows.pages, rows.outbox) == ([], [])
    [told] = rows.history
    assert (told.action, told.why) == ("ladder.waits", "nobody is paged at night")
    assert (told.detail["until"], told.detail["agent"]) == (morning.isoformat(), "eva")
    waits = row_of(rows)
    assert waits is not None
    assert (waits.due_at, next_run(rows)) == (morning, run(1))
    assert [page.agent for page in fired(1, known, when=at_night(morning)).pages] == ["eva"]


@pytest.mark.parametrize(
    ("priorities", "priority", "wakes"),
    [(["urgent"], "urgent", True), (["urgent"], "high", False), ([], "urgent", False)],
)
def test_the_policy_says_who_is_paged_at_night_too(priorities: list[str], priority: str, wakes: bool) -> None:
    when = at_night(at_night={"standard": frozenset(priorities)})
    rows = fired(1, ladder(PAGE, LAST), urgent(priority=priority), when)
    assert bool(rows.pages) is wakes


MADRID = WorkingHours("Europe/Madrid", ((),) * 7)
AROUND = Calendar("around", "1", "UTC", dict.fromkeys(range(1, 8), ((0, 1440),)))
NEVER = Calendar("never", "1", "UTC", {})


@pytest.mark.parametrize(
    ("at", "changes", "until"),
    [
        # The day is the one of the person who is called; without hours, the desk's.
        ("2026-11-23T19:30", {}, None),
        ("2026-11-23T19:30", {"agents": {"eva": replace(EVA, hours=MADRID)}}, "2026-11-24T07:00"),
        ("2026-11-23T07:30", {"agents": {"eva": replace(EVA, hours=MADRID)}}, None),
        ("2026-11-23T07:30", {}, "2026-11-23T08:00"),
        # A calendar of the team comes before.
        ("2026-11-23T23:00", {"teams": {"first-line": Team("first-line", calendar="around")}}, None),
        ("2026-11-23T12:00", {"teams": {"first-line": Team("first-line", calendar="office")}}, "2026-11-24T09:00"),
        # A calendar that is gone says nothing, and one that never opens would keep the page for ever.
        ("2026-11-23T12:00", {"teams": {"first-line": Team("first-line", calendar="gone")}}, None),
        ("2026-11-23T12:00", {"teams": {"first-line": Team("first-line", calendar="never")}}, None),
        # Hours may be a calendar of the desk.
        ("2026-11-23T19:30", {"agents": {"eva": replace(EVA, hours=CalendarHours("office"))}}, "2026-11-24T07:00"),
        ("2026-11-23T19:30", {"agents": {"eva": replace(EVA, hours=CalendarHours("gone"))}}, None),
        # One who works around the clock has their nights by the desk's zone.
        ("2026-11-23T23:00", {"agents": {"eva": replace(EVA, hours=CalendarHours("always"))}}, "2026-11-24T08:00"),
        # The night of the change to summer time is an hour shorter.
        ("2027-03-28T01:30", {"agents": {"eva": replace(EVA, hours=MADRID)}}, "2027-03-28T06:00"),
    ],
)
def test_night_is_when_it_is_night_for_them(at: str, changes: dict[str, Any], until: str | None) -> None:
    office = Calendar("office", "1", "Europe/Madrid", {2: ((600, 1080),)})  # Tuesdays at ten
    calendars = {"office": office, "around": AROUND, "never": NEVER}
    when = at_night(datetime.fromisoformat(at).replace(tzinfo=UTC), calendars=calendars, **changes)
    rows = fired(1, ladder(PAGE, LAST), when=when)
    waits = row_of(rows)
    assert waits is not None
    if until is None:
        assert len(rows.pages) == 1
    else:
        assert (rows.pages, waits.due_at) == ([], datetime.fromisoformat(until).replace(tzinfo=UTC))


def test_a_desk_without_hours_has_its_own_zone() -> None:
    when = replace(at_night(datetime(2026, 11, 23, 19, 30, tzinfo=UTC)), desk=replace(DESK, zone="Europe/Madrid"))
    assert not fired(1, ladder(PAGE, LAST), when=when).pages


def test_a_webhook_gets_what_happened_as_data_under_one_id() -> None:
    rows, again = fired(4), fired(4)
    [call] = rows.webhooks
    assert (call.name, call.ticket_number, call.id) == ("status", 7, again.webhooks[0].id)
    assert call.body["type"] == "ladder.step"
    assert (call.body["ladder"], call.body["step"], call.body["why"], call.body["time"]) == (
        "outage",
        4,
        "arrival",
        DAY,
    )
    assert call.body["ticket"] == urgent().snapshot()
    assert fired(4, round=2).webhooks[0].id != call.id


def test_steps_are_repeated_as_often_as_is_said_and_then_the_ladder_ends() -> None:
    first, last = fired(5), fired(5, round=2)
    assert next_run(first) == run(2, round=2)
    assert next_run(last) is None
    assert [told.action for told in last.history] == ["ladder.step", "ladder.ended"]
    assert last.history[1].why == "nobody reacted"


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"status": "solved"}, "solved"), ({"status": "pending"}, "pending"), ({"team": "network"}, "left the team")],
)
def test_a_step_is_not_done_for_a_ticket_that_the_run_ends_with(changes: dict[str, str], why: str) -> None:
    rows = fired(3, ticket=urgent(**changes))
    assert (rows.pages, rows.outbox, rows.timers) == ([], [], {})
    assert [(told.action, told.why) for told in rows.history] == [("ladder.stopped", why)]


def test_a_ladder_that_this_release_cannot_read_is_a_failure_and_nothing_is_forgotten() -> None:
    due = due_of(timer_of(run(), ladder(), DAY))
    with pytest.raises(KeyError):
        fire_ladder(urgent(), due, moment(known=replace(duty(), ladders={})), Settlement())


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("assignee", [None, "bob"])
def test_pages_and_notices_are_written_in_the_language_of_whoever_gets_them(
    language: str, assignee: str | None
) -> None:
    known = ladder(PAGE, {"do": "notify_team", "role": "lead"})
    agents = {"eva": replace(EVA, languages=(language,)), "bob": BOB}
    when = moment(known=duty(known, agents=agents))
    for step in (1, 2):
        [mail] = mails(fired(step, known, urgent(assignee=assignee), when))
        assert mail["language"] == language
        assert ("guardia" in mail["text"] or "reaccione" in mail["text"]) is (language == "es")
        assert (assignee or ("nadie" if language == "es" else "nobody")) in mail["text"]


def test_the_end_of_a_page_is_told_with_who_and_why() -> None:
    detail = {"agent": "eva", "ladder": "outage", "run": run().id, "state": "withdrawn", "by": None, "why": "taken"}
    rows = Settlement()
    page = fired(3).pages[0]
    tell_settled(urgent(), Due(7, "page_settled", str(page.id), DAY, detail), moment(), rows)
    [event] = rows.outbox
    assert event.type == "ticket.page_settled.v1"
    assert TicketPageSettled.model_validate(event.payload).state == "withdrawn"
    assert {**event.payload}.items() >= {"page": str(page.id), "agent": "eva", "why": "taken", "by": None}.items()


def test_a_page_is_open_until_it_was_acknowledged_or_withdrawn() -> None:
    page: Page = fired(3).pages[0]
    assert page.state == "open"
    assert replace(page, acknowledged_at=DAY, acknowledged_by="eva").state == "acknowledged"
    assert replace(page, withdrawn_at=DAY, withdrawn_why="taken").state == "withdrawn"
