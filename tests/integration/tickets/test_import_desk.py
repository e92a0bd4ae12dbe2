"""`tickets import-desk`, as an operator types it."""

import json
from pathlib import Path

import asyncpg

from tests.integration.tickets.api_desk import open_api_desk
from tests.integration.tickets.desk_people import PEOPLE, people
from tests.integration.tickets.routed_mails import routed, settle
from tests.support.commands import Said, run


def import_desk(dsn: str, file: Path, *options: str) -> Said:
    environment = {"TICKETS_POSTGRES_URL": dsn, "TICKETS_SECRET": "a secret of the tests", "LC_ALL": "C.UTF-8"}
    return run("tickets", "import-desk", str(file), *options, environment=environment)


async def counted(dsn: str) -> dict[str, int]:
    connection = await asyncpg.connect(dsn)
    try:
        tables = ("team", "agent", "team_member", "category", "desk_decision", "facts_outbox")
        return {table: await connection.fetchval(f"select count(*) from {table}") for table in tables}
    finally:
        await connection.close()


async def test_a_dry_run_shows_the_plan_and_changes_nothing(database: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(PEOPLE)

    shown = import_desk(database, file, "--dry-run")

    assert (shown.code, shown.err) == (0, "")
    assert "create agent ana\n" in shown.out
    assert shown.out.endswith("8 changes would be made\n")
    assert set((await counted(database)).values()) == {0}


async def test_the_second_import_of_a_file_changes_nothing(database: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(PEOPLE)

    first, second = import_desk(database, file), import_desk(database, file)

    assert first.out.endswith("8 changes made\n")
    assert (second.code, second.out) == (0, "the desk is so already\n")
    counts = await counted(database)
    assert (counts["team"], counts["agent"], counts["team_member"], counts["desk_decision"]) == (3, 4, 4, 8)


async def test_what_the_file_does_not_name_any_more_is_retired_and_stays(database: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(PEOPLE)
    import_desk(database, file)
    shorter = PEOPLE.replace("tier: 2", "tier: 3").split("  - {handle: zoe")[0]
    file.write_text(shorter)

    changed = import_desk(database, file, "--json")

    steps = json.loads(changed.out)["steps"]
    assert [(step["action"], step["kind"], step["name"]) for step in steps] == [
        ("retire", "agent", "zoe"),
        ("change", "team", "network"),
    ]
    assert steps[1]["changes"] == [{"field": "tier", "old": "2", "new": "3"}]
    assert (await counted(database))["agent"] == 4


async def test_a_file_with_mistakes_is_refused_whole_with_every_place(database: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(PEOPLE.replace("assignment", "way").replace("tier: 3", "tier: 9").replace("handle: bob,", ""))

    refused = import_desk(database, file)
    as_json = import_desk(database, file, "--json")

    assert (refused.code, refused.out) == (1, "")
    assert "desk.yaml:6:68: 9 is no tier" in refused.err
    assert "desk.yaml:9:5: an entry of agents has no handle" in refused.err
    assert refused.err.endswith("desk.yaml has 2 mistakes; nothing was changed\n")
    assert as_json.code == 1
    assert [problem["line"] for problem in json.loads(as_json.out)["problems"]] == [6, 9]
    assert set((await counted(database)).values()) == {0}


async def test_a_membership_in_a_team_of_nobody_is_a_mistake_with_its_place(database: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(PEOPLE.replace("teams: [makers]", "teams: [maker]"))

    refused = import_desk(database, file)

    assert refused.code == 1
    assert "agent zoe is in team maker, which does not exist; did you mean makers?" in refused.err
    assert refused.err.startswith("desk.yaml:11:")


async def test_what_cannot_be_tried_is_told_apart(database: str, tmp_path: Path) -> None:
    missing = import_desk(database, tmp_path / "none.yaml")
    file = tmp_path / "desk.yaml"
    file.write_text(PEOPLE)
    away = import_desk("postgresql://nobody@127.0.0.1:1/none", file)

    assert (missing.code, "cannot read" in missing.err) == (2, True)
    assert (away.code, "TICKETS_POSTGRES_URL" in away.err) == (2, True)


async def test_a_domain_may_go_from_one_organisation_to_another_in_one_file(database: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text("organisations:\n  - {name: B, domains: [x.example]}\n  - {name: C, domains: [y.example]}\n")
    import_desk(database, file)
    file.write_text(
        "organisations:\n  - {name: A, domains: [x.example]}\n  - {name: B, domains: [y.example]}\n  - {name: C}\n"
    )

    moved = import_desk(database, file)

    assert (moved.code, moved.err) == (0, "")
    assert "change organisation B: domains [x.example] → [y.example]" in moved.out


async def test_a_token_belongs_to_an_agent_of_the_desk_or_is_not_made(database: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text(PEOPLE)
    import_desk(database, file)
    environment = {"TICKETS_POSTGRES_URL": database, "TICKETS_SECRET": "a secret of the tests"}

    def token(*arguments: str) -> Said:
        return run("tickets", "token", *arguments, environment=environment)

    made = token("create", "--agent", "eva", "--scope", "write", "--json")
    nobody = token("create", "--agent", "nobody", "--scope", "write")

    assert (json.loads(made.out)["agent"], json.loads(made.out)["name"]) == ("eva", "eva")
    assert (nobody.code, "nobody at this desk has this handle" in nobody.err) == (2, True)


async def test_a_team_that_goes_while_it_has_open_tickets_is_a_warning_also_of_a_dry_run(
    database: str, tmp_path: Path
) -> None:
    async with open_api_desk(database) as desk:
        await people(desk)
        await settle(desk, routed(1, decision={"team": "network"}))
    file = tmp_path / "desk.yaml"
    file.write_text(PEOPLE.replace("network", "nets"))

    shown, made = import_desk(database, file, "--dry-run"), import_desk(database, file, "--json")

    words = "team network is retired and leaves 1 open ticket (#1)"
    assert (shown.code, f"warning: {words}" in shown.err) == (0, True)
    assert [words in one for one in json.loads(made.out)["warnings"]] == [True]
