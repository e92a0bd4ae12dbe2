"""What documents of the desk name, what is wrong in them, and how a plan compares them."""

from typing import Any

import pytest

from tickets.domain.desk.documents import DOCUMENTS, SECTIONS, Mention, document_faults, mentions, nameable
from tickets.domain.desk.plan import Roster, missing_names, plan
from tickets.domain.staffing.people import Agent, CalendarHours, Team

OFFICE: dict[str, Any] = {"zone": "Europe/Madrid", "week": {"mon": ["09:00-14:00"]}}
POLICY: dict[str, Any] = {
    "targets": {"first_response": {"normal": {"minutes": 60, "calendar": "office"}}},
    "apology": {"minutes": 60, "calendar": "always"},
    "ladder": "default",
}
ROTA: dict[str, Any] = {
    "zone": "Europe/Madrid",
    "layers": [{"members": ["eva", "omar"], "first_day": "2026-01-05", "hours": "office"}],
    "overrides": [{"agent": None, "since": "2026-02-01T00:00:00+01:00", "until": "2026-02-02T00:00:00+01:00"}],
}
LADDER: dict[str, Any] = {
    "starts": [{"on": "breach"}],
    "steps": [{"do": "page", "rota": "nights"}, {"do": "notify_team", "team": "network", "role": "lead"}],
}


def test_each_kind_of_document_has_a_section_of_the_file() -> None:
    assert set(SECTIONS.values()) == set(DOCUMENTS)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (OFFICE, set()),
        (POLICY, {("calendar", "office"), ("ladder", "default")}),
        (ROTA, {("agent", "eva"), ("agent", "omar"), ("calendar", "office")}),
        (LADDER, {("rota", "nights"), ("team", "network")}),
        (Team("network", calendar="office", ladder="fast"), {("calendar", "office"), ("ladder", "fast")}),
        (Team("network", calendar="always"), set()),
        (Agent("eva", "Eva", "eva@desk.example", hours=CalendarHours("office")), {("calendar", "office")}),
    ],
)
def test_what_something_names_is_found_wherever_it_stands(value: Any, named: set[tuple[str, str]]) -> None:
    assert {(one.kind, one.name) for one in mentions(value)} == named


def test_where_something_is_named_is_known() -> None:
    assert list(mentions(ROTA))[1] == Mention(("layers", 0, "members", 1), "agent", "omar")


def test_the_calendar_that_every_desk_has_may_be_named() -> None:
    assert (nameable("calendar", ["office"]), nameable("rota", ["nights"])) == (["always", "office"], ["nights"])


@pytest.mark.parametrize(
    ("kind", "content", "path", "words"),
    [
        ("calendar", {**OFFICE, "week": {"mon": ["09:00-14:00", "13:00-15:00"]}}, ("week", "mon", 1), "overlaps"),
        ("calendar", {"zone": "Europa/Madrid"}, ("zone",), "is no time zone"),
        ("policy", {"targets": {"answer": {}}}, ("targets", "answer"), "is no clock"),
        ("lifecycle", {"pending": [{"after_days": 0, "do": "solve"}]}, ("pending", 0, "after_days"), "above 0"),
        ("rota", {**ROTA, "layers": [{"members": []}]}, ("layers", 0, "members"), "0 entries"),
        ("ladder", {**LADDER, "steps": [{"do": "shout"}]}, ("steps", 0, "do"), "'shout' is none of"),
    ],
)
def test_a_fault_of_a_document_has_its_path(kind: str, content: Any, path: tuple[str | int, ...], words: str) -> None:
    fault = document_faults(kind, "name", content)[0]

    assert fault.path == path
    assert words in fault.words


@pytest.mark.parametrize(("kind", "content"), [("calendar", OFFICE), ("policy", POLICY), ("rota", ROTA)])
def test_whether_what_is_named_exists_is_no_fault_of_the_document_itself(kind: str, content: Any) -> None:
    assert document_faults(kind, "name", content) == []


def test_a_plan_shows_each_field_of_a_document_before_and_after() -> None:
    changed = {
        **POLICY,
        "targets": {"first_response": {"normal": {"minutes": 30, "calendar": "office"}}},
        "ladder": None,
    }
    present = Roster(documents={"policy": {"standard": POLICY, "vip": POLICY}})

    steps = plan(Roster(documents={"policy": {"standard": changed, "gold": POLICY}}), present)

    assert [step.sentence() for step in steps] == [
        "create policy gold",
        "change policy standard: targets.first_response.normal.minutes 60 → 30, ladder default → none",
        "retire policy vip",
    ]


def test_a_part_that_is_taken_out_of_a_document_is_a_difference() -> None:
    without = {name: value for name, value in POLICY.items() if name != "apology"}

    [step] = plan(Roster(documents={"policy": {"a": without}}), Roster(documents={"policy": {"a": POLICY}}))

    assert [(one.field, one.new) for one in step.changes] == [("apology.minutes", None), ("apology.calendar", None)]


def test_very_many_differences_are_counted_in_a_sentence_and_listed_for_programs() -> None:
    days = {f"2026-01-{day:02}": ["09:00-10:00"] for day in range(1, 21)}

    [step] = plan(
        Roster(documents={"calendar": {"a": {**OFFICE, "days": days}}}), Roster(documents={"calendar": {"a": OFFICE}})
    )

    assert step.sentence().endswith(", and 8 more")
    assert len(step.as_data()["changes"]) == 20


def test_documents_come_before_people_because_their_clocks_lock_tickets_first() -> None:
    wanted = Roster(team={"a": Team("a")}, documents={"rota": {"r": ROTA}, "calendar": {"office": OFFICE}})

    assert [step.kind for step in plan(wanted, Roster())] == ["calendar", "rota", "team"]


def missing(wanted: Roster, present: Roster) -> list[tuple[str, str, str]]:
    return [(one.kind, one.name, one.mention.name) for one in missing_names(wanted, present)]


def test_what_a_file_names_must_be_in_the_file_or_at_the_desk() -> None:
    wanted = Roster(documents={"policy": {"standard": POLICY}})
    both = Roster(documents={"calendar": {"office": OFFICE}, "ladder": {"default": LADDER}})

    assert missing(wanted, Roster()) == [("policy", "standard", "office"), ("policy", "standard", "default")]
    assert missing(wanted, both) == []


def test_what_others_name_cannot_be_left_out() -> None:
    present = Roster(
        team={"network": Team("network", calendar="office"), "old": Team("old", calendar="office", active=False)},
        documents={"calendar": {"office": OFFICE}},
    )

    assert missing(Roster(documents={"calendar": {}}), present) == [("team", "network", "office")]


def test_what_was_wrong_before_does_not_hold_up_a_file_that_does_not_speak_of_it() -> None:
    present = Roster(team={"network": Team("network", calendar="gone")})

    assert missing(Roster(skill={}), present) == []
    assert missing(Roster(documents={"calendar": {"office": OFFICE}}), present) == []


def test_who_is_retired_cannot_be_on_call() -> None:
    people = {
        "eva": Agent("eva", "Eva", "eva@desk.example", active=False),
        "omar": Agent("omar", "Omar", "omar@desk.example"),
    }
    wanted = Roster(documents={"rota": {"nights": ROTA}})

    assert missing(wanted, Roster(agent=people, documents={"calendar": {"office": OFFICE}})) == [
        ("rota", "nights", "eva")
    ]
