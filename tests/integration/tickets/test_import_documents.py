"""Calendars, policies, lifecycle, rotas and ladders in a desk file: with people, in one transaction, or not at all."""

import json
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest

from router.adapters.rule_file import default_rules_text
from router.checking import checked
from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import assignees
from tests.integration.tickets.routed_mails import items, routed, settle
from tests.integration.tickets.test_clocks import new, state, worker
from tests.integration.tickets.test_documents import refresh
from tests.integration.tickets.test_import_desk import import_desk as import_by_command
from tickets.adapters.postgres.desk_store import DeskStore
from tickets.adapters.postgres.facts_store import FactsStore
from tickets.domain.desk.router_facts import desk_fact
from tickets.domain.service_levels.policies import Ref
from tickets.handlers.desk.importing import Imported, import_desk
from ventanilla_contracts.routing import DeskFacts

ALL_DAY = "{" + ", ".join(f"{day}: [00:00-24:00]" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")) + "}"
DESK = f"""\
calendars:
  - name: office
    zone: UTC
    week: {ALL_DAY}
policies:
  - name: standard
    targets: {{first_response: {{normal: {{minutes: 60, calendar: office}}}}}}
    ladder: default
lifecycle:
  solved: [{{after_days: 5, do: close}}]
rotas:
  - name: nights
    zone: UTC
    layers: [{{members: [eva], first_day: 2026-01-05, hours: office}}]
ladders:
  - name: default
    starts: [{{on: breach}}]
    steps: [{{do: page, rota: nights}}, {{do: notify_team, team: first-line}}]
teams:
  - {{name: first-line, calendar: office, ladder: default, assignment: round_robin}}
agents:
  - {{handle: eva, name: Eva, email: eva@desk.example, hours: office, teams: [first-line]}}
"""


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def admin(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", "admin", name="boss")


async def imported(api: ApiDesk, source: str, **how: Any) -> Imported:
    return await import_desk("desk.yaml", source, "operator:test", DeskStore(api.database), **how)


async def done(api: ApiDesk, source: str, **how: Any) -> list[str]:
    """The steps of an import that goes well, as people read them."""
    found = await imported(api, source, **how)
    assert found.problems == []
    return [step.sentence() for step in found.steps]


async def refused(api: ApiDesk, source: str) -> list[str]:
    return [problem.sentence() for problem in (await imported(api, source)).problems]


async def versions(api: ApiDesk) -> dict[str, int]:
    rows = await api.database.fetch(
        "select kind || ' ' || name as what, max(version) as version from desk_document where not retired group by 1"
    )
    return {row["what"]: row["version"] for row in rows}


async def test_the_whole_desk_comes_out_of_one_file_and_the_second_time_changes_nothing(api: ApiDesk) -> None:
    first, again = await done(api, DESK), await done(api, DESK)

    assert first == [
        "create calendar office", "create policy standard", "create lifecycle default", "create rota nights",
        "create ladder default", "create agent eva", "create team first-line",
    ]  # fmt: skip
    assert again == []
    assert set((await versions(api)).values()) == {1}


async def test_a_dry_run_shows_fields_before_and_after_and_writes_nothing(api: ApiDesk) -> None:
    await done(api, DESK)
    changed = DESK.replace("minutes: 60", "minutes: 30").replace("after_days: 5", "after_days: 9")

    planned = await done(api, changed, dry_run=True)

    assert planned[0] == "change policy standard: targets.first_response.normal.minutes 60 → 30"
    assert planned[1] == "change lifecycle default: solved.0.after_days 5 → 9"
    assert await done(api, DESK) == []
    assert set((await versions(api)).values()) == {1}
    assert await done(api, changed) == planned
    assert (await versions(api))["policy standard"] == 2


async def test_what_the_file_does_not_speak_of_stays_and_a_section_is_whole(api: ApiDesk) -> None:
    await done(api, DESK + "organisations: []\n")
    other = (
        "calendars:\n  - {name: office, zone: UTC, week: "
        + ALL_DAY
        + "}\n  - {name: free, zone: UTC, week: "
        + ALL_DAY
        + "}\n"
    )

    await done(api, other)
    shorter = await done(api, other.rpartition("  - ")[0])
    back = await done(api, other)

    assert shorter == ["retire calendar free"]
    assert back == ["create calendar free"]
    assert (await versions(api))["calendar free"] == 2  # what was promised by the first version stays
    assert (await versions(api))["policy standard"] == 1


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (DESK.replace("calendar: office}}", "calendar: ofice}}"), "desk.yaml:7:64: policy standard: "),
        (DESK.replace("rota: nights", "rota: night"), "did you mean nights?"),
        (
            "calendars:\n  - name: always\n    zone: UTC\n",
            "desk.yaml:2:11: calendar always: every desk has the calendar always",
        ),
        (DESK.replace("team: first-line}", "team: frist-line}"), "this desk has no team frist-line; did you mean"),
        (DESK.replace("members: [eva]", "members: [evo]"), "this desk has no agent evo; did you mean eva?"),
        (DESK.replace("hours: office, teams", "hours: ofice, teams"), "agent eva: this desk has no calendar ofice"),
        (DESK.replace("ladder: default\n", "ladder: defaults\n"), "policy standard: ladder: this desk has no ladder"),
        (
            DESK.replace("zone: UTC\n    week", "zone: UTD\n    week"),
            "desk.yaml:3:11: calendar office: zone: 'UTD' is no",
        ),
        (DESK.replace("mon: [00:00-24:00]", "mon: [08:00-10:00, 09:00-11:00]"), "overlaps or precedes 08:00-10:00"),
    ],
)
async def test_what_makes_no_sense_is_refused_whole_with_its_place(api: ApiDesk, source: str, words: str) -> None:
    problems = await refused(api, source)

    assert len(problems) == 1, problems
    assert words in problems[0]
    assert await versions(api) == {}
    assert await api.database.fetch("select from team") == []


async def test_what_others_name_cannot_be_taken_away(api: ApiDesk) -> None:
    await done(api, DESK)

    problems = await refused(api, "calendars: []\nagents: []\n")

    assert [problem.partition(": ")[2] for problem in problems] == [
        f"without {lost} here it is retired, but {by} names it; keep it, or change that in this file too"
        for lost, by in [
            ("calendar office", "policy standard"),
            ("calendar office", "rota nights"),
            ("calendar office", "team first-line"),
            ("agent eva", "rota nights"),
        ]
    ]  # fmt: skip
    assert await done(api, DESK) == []


async def test_names_may_be_those_of_what_is_in_force(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    await done(api, DESK)
    policy = "policies:\n  - name: standard\n    targets: {update: {low: {minutes: 5, calendar: office}}}\n"

    steps = await done(api, policy)

    assert [step.partition(":")[0] for step in steps] == ["change policy standard"]
    [newest, _] = await items(admin, "/desk/policies/standard")
    assert (newest["version"], newest["created_by"]) == (2, "operator:test")
    decided = [entry for entry in await items(admin, "/decisions") if entry["action"] == "policy.changed"]
    assert decided[0]["detail"]["changes"][0]["field"] == "targets.update.low.minutes"


async def test_open_tickets_follow_what_a_file_changes(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    await done(api, DESK)
    await refresh(api)
    await settle(api, new(1))
    before = (await state(api, 1))["clocks"]["first_response"]["target"]

    await done(api, DESK.replace("minutes: 60", "minutes: 90"))
    await refresh(api)
    while await worker(api).fire_once():
        pass

    now = await state(api, 1)
    assert (before, now["clocks"]["first_response"]["target"]) == (60 * 60 * 1_000_000, 90 * 60 * 1_000_000)
    assert now["policy"] == ["standard", "2"]
    actions = [line["action"] for line in await items(admin, "/tickets/1/history")]
    assert "service_level.recalculated" in actions


async def test_hours_of_a_rota_that_nobody_covers_are_a_warning_and_no_mistake(api: ApiDesk) -> None:
    gappy = DESK.replace(ALL_DAY, "{mon: [08:00-10:00]}", 1)

    found = await imported(api, gappy)

    assert (found.problems, len(found.steps)) == ([], 7)
    [warning] = found.warnings
    assert warning.startswith("rota nights: nobody is on call from ")


async def test_a_changed_calendar_that_leaves_hours_of_a_rota_uncovered_is_a_warning_too(api: ApiDesk) -> None:
    await done(api, DESK)
    calendars = DESK.partition("policies:")[0]

    same = await imported(api, calendars.replace("zone: UTC", "zone: Europe/Madrid"), dry_run=True)
    gappy = await imported(api, calendars.replace(ALL_DAY, "{mon: [08:00-10:00]}"))

    assert (len(same.steps), same.warnings) == (1, [])
    [warning] = gappy.warnings
    assert warning.startswith("rota nights: nobody is on call from ")
    assert (await imported(api, calendars.replace(ALL_DAY, "{mon: [08:00-10:00]}"))).warnings == []


async def test_an_ics_file_with_a_mistake_is_refused_with_its_line(api: ApiDesk) -> None:
    source = (
        "calendars:\n  - name: closed\n    zone: UTC\n    holidays: {country: ES, language: klingon}\n    ics: |\n"
        "      BEGIN:VCALENDAR\n      BEGIN:VEVENT\n      SUMMARY:Works\n      DTSTART;VALUE=DATE:20261332\n"
        "      END:VEVENT\n      END:VCALENDAR\n    week: {mon: [09:00-14:00]}\n"
    )

    [language, event] = await refused(api, source)

    assert language.startswith("desk.yaml:4:39: calendar closed: holidays.language: 'klingon' is no language of")
    assert event == "desk.yaml:5:10: calendar closed: ics: Works: DTSTART: Wrong date format 20261332"


async def test_a_new_desk_only_leaves_alone_what_is_there(api: ApiDesk) -> None:
    assert len(await done(api, DESK, only_new=True)) == 7

    found = await imported(api, DESK.replace("minutes: 60", "minutes: 30"), only_new=True)

    assert (found.skipped, found.steps) == (True, [])
    assert (await versions(api))["policy standard"] == 1


async def test_holidays_are_written_out_and_the_next_import_finds_them(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    source = (
        "calendars:\n  - {name: madrid, zone: Europe/Madrid, week: {mon: [09:00-14:00]},"
        " holidays: {country: ES, subdivision: MD, language: es}}\n"
    )

    await done(api, source)

    assert await done(api, source) == []
    content = (await items(admin, "/desk/calendars/madrid"))[0]["content"]
    assert "Natividad del Señor" in content["names"].values()


async def test_who_works_by_a_calendar_gets_tickets_while_it_is_open(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    closed = DESK.replace(ALL_DAY, '{}\n    days: {"2040-01-07": ["09:00-10:00"]}', 1)
    await done(api, closed)
    assert api.assigner is not None

    await settle(api, routed(1))
    at_night = (await admin.get("/api/v1/agents/eva/load")).json()
    nothing = await api.assigner.hand_out_once()
    await done(api, DESK)  # the calendar changes, the agent does not: that counts at once
    handed_out = await api.assigner.hand_out_once()
    await settle(api, routed(2))
    await done(api, closed)
    await settle(api, routed(3))

    assert (at_night["takes_work"], at_night["why_not"]) == (False, "outside working hours")
    assert (nothing, handed_out) == (0, 1)
    assert await assignees(api) == ["eva", "eva", None]


async def test_a_ticket_is_written_with_its_assignee_and_the_turn_is_remembered(api: ApiDesk) -> None:
    two = DESK + "  - {handle: omar, name: Omar, email: omar@desk.example, teams: [first-line]}\n"
    await done(api, two)

    await settle(api, routed(1), routed(2), routed(3))

    assert sorted(str(who) for who in await assignees(api)) == ["eva", "eva", "omar"]
    [team] = await api.database.fetch("select last_assigned from team")
    await settle(api, routed(4))
    assert (await assignees(api))[3] != team["last_assigned"]


SHIPPED = resources.files("tickets").joinpath("desk/default.yaml").read_text(encoding="utf-8")


async def test_the_desk_that_comes_with_the_service_has_what_the_shipped_rules_name(api: ApiDesk) -> None:
    found = await imported(api, SHIPPED)
    await refresh(api)
    row, levels = await FactsStore(api.database).desk(), api.levels
    calendars = [levels.desk.calendars[Ref(name, version)] for name, version in levels.calendars.items()]
    _, told = desk_fact(row, [], levels.policies, calendars, row["now"])
    desk = DeskFacts.model_validate_json(told)

    assert (found.problems, found.warnings) == ([], [])
    assert await done(api, SHIPPED) == []
    checked(default_rules_text(), "default.yaml", desk)  # raises where a team, policy or category is missing
    tiers = {row["name"]: row["tier"] for row in await api.database.fetch("select name, tier from team")}
    assert sorted(tiers.values()) == ["1", "1", "2", "3"]  # one above the first, so that a ladder knows whom to ask


async def test_the_shipped_desk_promises_all_four_clocks_for_each_priority(api: ApiDesk) -> None:
    await imported(api, SHIPPED)
    await refresh(api)

    for name in ("standard", "vip"):
        policy = api.levels.desk.policy(api.levels.policies[name])
        for clock in ("first_response", "next_response", "resolution", "update"):
            assert set(policy.targets[clock]) == {"urgent", "high", "normal", "low"}
        assert set(policy.tiers) == {"1", "2", "3"}
        assert policy.apology is not None


def test_the_command_prints_the_shipped_desk_and_takes_it(database: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(SHIPPED)

    planned = import_by_command(database, file, "--dry-run", "--json")
    made = import_by_command(database, file, "--only-new")
    left = import_by_command(database, file, "--only-new")
    again = import_by_command(database, file)

    steps = json.loads(planned.out)["steps"]
    assert {step["kind"] for step in steps} == {
        "calendar",
        "policy",
        "lifecycle",
        "rota",
        "ladder",
        "template",
        "category",
        "agent",
        "team",
    }
    assert made.out.endswith(f"{len(steps)} changes made\n")
    assert left.out == "the desk has something already and was left as it is\n"
    assert (again.code, again.out) == (0, "the desk is so already\n")


def test_a_warning_is_printed_and_told_to_programs(database: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(DESK.replace(ALL_DAY, "{mon: [08:00-10:00]}", 1))

    shown = import_by_command(database, file, "--dry-run")
    told = import_by_command(database, file, "--dry-run", "--json")

    assert (shown.code, told.code) == (0, 0)
    assert "warning: rota nights: nobody is on call from " in shown.err
    assert json.loads(told.out)["warnings"][0].startswith("rota nights: nobody is on call from ")


async def test_a_tier_that_may_take_longer_than_the_customer_was_promised_is_warned_of(api: ApiDesk) -> None:
    target = "{normal: {minutes: %d, calendar: always}}"
    source = f"policies:\n  - name: x\n    targets: {{resolution: {target % 60}}}\n    tiers: {{1: {target % 90}}}\n"

    first, again = await imported(api, source), await imported(api, source)

    assert first.warnings == ["policy x: tier 1, normal: 90 minutes are more than the 60 in which it is to be solved"]
    assert again.warnings == []
