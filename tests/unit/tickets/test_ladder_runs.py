"""A run of a ladder: what starts it, what stops it, and that no step is done twice or left out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.tickets.climbing import (
    DAY,
    changed,
    due_of,
    duty,
    ladder,
    line,
    minutes,
    moment,
    row_of,
    run,
    urgent,
)
from tickets.domain.ladders.climbing import fire_ladder, gone_on
from tickets.domain.ladders.documents import PAGE, RAISE_TIER, REPEAT, Ladder
from tickets.domain.ladders.runs import WAITS, Followed, Run, TicketFacts, after_step, begins, follow, run_of, timer_of
from tickets.domain.rows import HistoryRow, Settlement, Timer

ARRIVED = line("ticket.created", "customer")
BREACHED = line("service_level.breached", clock="first_response", kind="breach")


def facts(**changes: Any) -> TicketFacts:
    return replace(TicketFacts(7, "new", "urgent", "first-line", ladder(), paged=True), **changes)


def followed(before: Run | None, *lines: HistoryRow, known: Ladder | None = None, **changes: Any) -> Followed:
    known = known or ladder()
    return follow(before, lines, facts(ladder=known, **changes), lambda name, version: known, DAY)


def on(*starts: str, **more: Any) -> Ladder:
    return ladder({"after_minutes": 5, "do": "notify_team"}, starts=[{"on": one} for one in starts], **more)


@pytest.mark.parametrize("start", ["arrival", "warning", "breach", "unanswered", "reopened"])
@pytest.mark.parametrize("priorities", [["urgent"], ["low"]])
@pytest.mark.parametrize(
    "lines",
    [
        [ARRIVED],
        [BREACHED],
        [line("reply.sent", "agent:eva")],
        [ARRIVED, line("message.added", "customer")],
        [ARRIVED, changed("assignee", "eva", None), changed("team", "network", "first-line")],
    ],
)
def test_what_begins_is_known_before_the_run_is_followed(
    start: str, priorities: list[str], lines: list[HistoryRow]
) -> None:
    known = ladder(starts=[{"on": start, "priorities": priorities}])
    assert begins(known, lines, "urgent") == (followed(None, *lines, known=known).run is not None)


def test_a_run_begins_now_and_waits_for_its_first_step() -> None:
    old = replace(ARRIVED, at=DAY - timedelta(hours=3))  # it lay in the broker while nobody was there
    begun = followed(None, old)
    assert begun.run is not None
    assert begun.first == Timer(
        begun.run.id,
        DAY + minutes(5),
        {
            "ladder": "outage", "version": 1, "team": "first-line", "on": "arrival", "step": 1, "round": 1,
            "attempt": 0, "do": "notify_assignee",
        },
    )  # fmt: skip
    [told] = begun.lines
    assert (told.action, told.actor, told.why) == ("ladder.started", "ladder:outage", "arrival")


@pytest.mark.parametrize(
    ("start", "happened"),
    [
        ("arrival", ARRIVED),
        ("arrival", line("ticket.escalated", "agent:eva")),
        ("arrival", line("ticket.de_escalated", "agent:eva")),
        ("arrival", line("ticket.returned", "agent:eva")),
        ("arrival", changed("team", "network", "first-line")),
        ("arrival", changed("assignee", "eva", None)),
        ("warning", line("service_level.warned", clock="resolution", kind="warning:0.8")),
        ("breach", BREACHED),
        ("breach", line("service_level.breached", clock="tier:1", kind="breach")),
        ("update_due", line("service_level.breached", clock="update", kind="update_due")),
        ("reopened", changed("status", "solved", "open")),
        ("reopened", line("message.added", "customer", status=["solved", "open"])),
        ("unanswered", line("message.added", "customer")),
    ],
)
def test_a_ladder_starts_with_what_it_names_and_with_nothing_else(start: str, happened: HistoryRow) -> None:
    begun = followed(None, happened, known=on(start))
    assert begun.run is not None
    assert begun.run.on == start
    others = [one for one in ("arrival", "warning", "breach", "update_due", "reopened", "unanswered") if one != start]
    if happened.detail.get("status") != ["solved", "open"]:  # that is both: reopened and unanswered
        assert followed(None, happened, known=on(*others)).run is None


@pytest.mark.parametrize(
    "happened",
    [
        line("message.added", "automatic"),
        line("reply.sent", "agent:eva"),
        changed("priority", "low", "urgent"),
        changed("status", "new", "open"),
        changed("assignee", None, "eva"),
    ],
)
def test_nothing_else_starts_a_ladder(happened: HistoryRow) -> None:
    every = on("arrival", "warning", "breach", "update_due", "reopened", "unanswered")
    assert followed(None, happened, known=every).run is None


def test_a_ticket_for_which_no_ladder_is_there_has_no_run() -> None:
    begun = follow(None, [ARRIVED], facts(ladder=None), lambda name, version: ladder(), DAY)
    assert (begun.run, begun.lines) == (None, [])


@pytest.mark.parametrize("status", ["solved", "closed", "pending", "on_hold"])
def test_a_ticket_that_nobody_should_work_on_starts_no_run(status: str) -> None:
    assert followed(None, BREACHED, known=on("breach"), status=status).run is None


def test_a_run_that_is_under_way_is_not_started_again() -> None:
    again = followed(run(3), BREACHED, ARRIVED, known=on("breach", "arrival"))
    assert (again.run, again.lines, again.first) == (run(3), [], None)


@pytest.mark.parametrize(
    ("happened", "changes", "why"),
    [
        ([changed("assignee", None, "eva")], {}, "taken"),
        ([changed("assignee", "bob", "eva")], {}, "taken"),
        ([line("reply.sent", "agent:eva")], {}, "answered"),
        ([line("page.acknowledged", "agent:eva", run="another")], {}, "acknowledged"),
        ([changed("status", "open", "solved")], {"status": "solved"}, "solved"),
        ([changed("status", "open", "closed")], {"status": "closed"}, "closed"),
        ([changed("status", "open", "pending")], {"status": "pending"}, "pending"),
        ([changed("status", "open", "on_hold")], {"status": "on_hold"}, "on_hold"),
        ([line("ticket.merged", "agent:eva", into=9)], {}, "merged"),
        ([changed("team", "first-line", "network")], {"team": "network", "ladder": None}, "left the team"),
    ],
)
def test_what_stops_a_run_is_told_and_takes_its_pages_back(
    happened: Sequence[HistoryRow], changes: dict[str, Any], why: str
) -> None:
    known = ladder()
    after = follow(run(3), happened, facts(**changes), lambda name, version: known, DAY)
    assert (after.run, after.first, after.over) == (None, None, why)
    [told] = after.lines
    assert (told.action, told.why, told.detail["step"]) == ("ladder.stopped", why, 3)


@pytest.mark.parametrize(
    "happened",
    [
        changed("assignee", None, "eva", actor="desk"),  # handed out, not taken
        changed("assignee", "eva", None),
        line("message.added", "customer"),
        changed("priority", "urgent", "low"),
        BREACHED,
    ],
)
def test_nobody_who_reacts_is_no_reaction(happened: HistoryRow) -> None:
    assert followed(run(3), happened).run == run(3)


def test_a_ladder_that_does_not_stop_when_taken_goes_on() -> None:
    known = ladder(stops=["acknowledged"])
    after = followed(run(3), changed("assignee", None, "eva"), line("reply.sent", "agent:eva"), known=known)
    assert (after.run, after.over) == (run(3), None)


def test_a_ladder_may_go_on_while_a_ticket_is_pending() -> None:
    known = ladder(goes_on_in=["pending"])
    assert followed(run(3), changed("status", "open", "pending"), known=known, status="pending").run == run(3)
    assert followed(run(3), changed("status", "open", "on_hold"), known=known, status="on_hold").run is None


def test_a_ticket_that_is_handed_on_starts_anew_in_its_new_team_and_whoever_got_it_has_not_taken_it() -> None:
    lines = [
        line("ticket.escalated", "agent:eva"),
        changed("tier", "1", "2"),
        changed("team", "first-line", "network"),
        changed("assignee", "eva", "luis"),
    ]
    after = followed(run(3), *lines, team="network")
    assert [told.action for told in after.lines] == ["ladder.stopped", "ladder.started"]
    assert after.run is not None
    assert (after.run.team, after.run.step) == ("network", 1)


def test_pages_of_a_run_that_is_over_are_taken_back_when_somebody_reacts() -> None:
    assert followed(None, line("reply.sent", "agent:eva"), known=on("breach")).over == "answered"
    assert followed(None, changed("status", "open", "solved"), known=on("breach"), status="solved").over == "solved"
    assert followed(None, line("reply.sent", "agent:eva"), known=on("breach"), paged=False).over is None
    assert followed(None, line("message.added", "customer"), known=on("breach")).over is None


def test_a_row_says_all_that_there_is_to_know_of_a_run() -> None:
    timer = timer_of(run(4, round=2, attempt=1), ladder(), DAY)
    assert run_of(timer.key, timer.detail) == run(4, round=2, attempt=1)
    known = ladder({"do": "raise_tier"})
    assert timer_of(run(), known, DAY).detail["alone"] == "raise_tier"


def unrolled(known: Ladder) -> Iterator[tuple[int, int]]:
    """(step, round) in the order in which they are done, by somebody who has never heard of runs."""
    number = 1
    while number <= len(known.steps):
        later = next(
            (n for n, one in enumerate(known.steps, 1) if one.do == REPEAT and one.from_step <= number <= n), 0
        )
        if later == 0:
            yield number, 1
            number += 1
            continue
        for round_ in range(1, known.steps[later - 1].times + 2):
            yield from ((inner, round_) for inner in range(known.steps[later - 1].from_step, later + 1))
        number = later + 1


def walked(known: Ladder) -> list[tuple[int, int]]:
    places, now = [], run()
    following: Run | None = now
    while following is not None:
        places.append((following.step, following.round))
        following = after_step(following, known)
    return places


SIMPLE = st.sampled_from(["notify_team", "notify_assignee", "raise_tier", "webhook", "page"])


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    steps: list[dict[str, Any]] = []
    free_from = 1
    for _ in range(draw(st.integers(1, 4))):
        for do in draw(st.lists(SIMPLE, min_size=1, max_size=3)):
            wait = draw(st.sampled_from([0, 0, 1, 10]))
            more = {"webhook": {"webhook": "status"}, "page": {"rota": "nights", "times": draw(st.integers(1, 3))}}
            steps.append({"do": do, "after_minutes": wait, **more.get(do, {})})
        if draw(st.booleans()):
            back = draw(st.integers(free_from, len(steps)))
            steps.append({"do": "repeat", "from_step": back, "times": draw(st.integers(1, 3)), "after_minutes": 1})
            free_from = len(steps) + 1
    return ladder(*steps)


@given(ladders())
def test_every_step_of_every_round_comes_once_and_in_order(known: Ladder) -> None:
    assert walked(known) == list(unrolled(known))


HARMLESS = st.sampled_from(
    [BREACHED, line("message.added", "customer"), changed("priority", "low", "urgent"), line("ticket.created")]
)
REACTIONS = st.sampled_from([line("reply.sent", "agent:eva"), changed("assignee", None, "eva")])


class Table:
    """One row of `due`, and the workers that fire it: what the transactions of a real one amount to."""

    def __init__(self, known: Ladder) -> None:
        self.known, self.duty = known, duty(known)
        self.done: list[tuple[int, int, int]] = []
        self.pages: list[Any] = []
        self.row: Timer | None = None

    def write(self, now: datetime, *lines: HistoryRow) -> None:
        before = run_of(self.row.key, self.row.detail) if self.row else None
        after = follow(before, lines, facts(ladder=self.known), lambda name, version: self.known, now)
        if after.run is not before:
            self.row = after.first

    def fire(self, now: datetime) -> None:
        if self.row is None or self.row.due_at > now:
            return
        at = run_of(self.row.key, self.row.detail)
        step = self.known.steps[at.step - 1]
        rows = Settlement()
        if step.do == RAISE_TIER:
            timers, _ = gone_on(7, at, self.known, now)
            self.row = timers[0] if timers else None
        else:
            fire_ladder(urgent(assignee="bob"), due_of(self.row), moment(now, self.duty), rows)
            self.row = row_of(rows)
            if rows.history[0].action == WAITS:  # the night: nothing was done yet
                return
        self.pages += [page.id for page in rows.pages]
        self.done.append((at.step, at.round, at.attempt))


@settings(deadline=None)
@given(
    ladders(),
    st.lists(st.tuples(st.sampled_from([0, 1, 2, 7, 600, -30]), st.integers(0, 3), st.one_of(st.none(), HARMLESS))),
)
def test_whatever_the_order_of_lines_fires_and_outages_no_step_is_done_twice_and_none_is_left_out(
    known: Ladder, happenings: list[tuple[int, int, HistoryRow | None]]
) -> None:
    table, now = Table(known), DAY
    table.write(now, ARRIVED)
    for passed, fires, happened in happenings:
        now += minutes(passed)
        for _ in range(fires):
            table.fire(now)
        if happened is not None and table.row is not None:  # after the end, a new one would begin
            table.write(now, happened)
    attempts = {number: step.times + 1 if step.do == PAGE else 1 for number, step in enumerate(known.steps, 1)}
    wanted = [(step, round_, n) for step, round_ in unrolled(known) for n in range(attempts[step])]
    assert table.done == wanted[: len(table.done)]
    assert len(table.pages) == len(set(table.pages))
    if table.row is None:
        assert table.done == wanted


@settings(deadline=None)
@given(ladders(), st.integers(0, 30), REACTIONS)
def test_after_somebody_has_reacted_nothing_is_done_any_more(known: Ladder, fires: int, reaction: HistoryRow) -> None:
    table, now = Table(known), DAY
    table.write(now, ARRIVED)
    for _ in range(fires):
        now += minutes(10)
        table.fire(now)
    table.write(now, reaction)
    done = list(table.done)
    for _ in range(20):
        now += minutes(600)
        table.fire(now)
    assert table.row is None
    assert table.done == done
