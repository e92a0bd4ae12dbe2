"""A desk with everything: the shipped file, with more people.

Calendars with holidays, policies with all clocks and a ladder, a lifecycle and a rota are as they are shipped; the
teams hand out by turns, and fifty rules decide where the empty desk has the shipped ones. Everybody works at any hour
and takes any number of tickets, so that the figures are the same at night and after ten thousand mails; what they took
is closed between the turns, so that nobody holds more than a person could.
"""

import asyncio
import os
import re
import sys
from importlib import resources
from pathlib import Path
from typing import Final

import asyncpg
import yaml

from tests.bench.replay.fifty_rules import ADDED, GROUP, LAST_RULE

PEOPLE_A_TEAM: Final = 40
_MOST_HELD: Final = 100_000


def desk_file() -> str:
    """The shipped file with other people, and with teams that hand out by turns."""
    shipped = resources.files("tickets").joinpath("desk/default.yaml").read_text("utf-8")
    teams = [team["name"] for team in yaml.safe_load(shipped)["teams"]]
    before, agents, _ = shipped.partition("\nagents:\n")
    before = re.sub(r"assignment: \w+", "assignment: round_robin", before)
    before = re.sub(r"members: \[.*\]", f"members: [{teams[0]}-0, {teams[-1]}-0]", before)
    return before + agents + "".join(_agent(team, number) for team in teams for number in range(PEOPLE_A_TEAM))


def _agent(team: str, number: int) -> str:
    role = "lead" if number == 0 else "member"
    return (
        f"  - {{handle: {team}-{number}, name: Agent {number}, email: {team}-{number}@desk.example,"
        f" languages: [es, en], capacity: {{default: {_MOST_HELD}}}, teams: [{{team: {team}, role: {role}}}]}}\n"
    )


async def furnish(dsn: str, folder: Path) -> None:
    """Make a migrated, empty desk a full one, as an operator does.

    Raises:
        RuntimeError: the file was refused; the text is the command's own.
    """
    file = folder / "desk.yaml"
    file.write_text(desk_file())
    command = str(Path(sys.prefix) / "bin" / "tickets")
    importing = await asyncio.create_subprocess_exec(
        command, "import-desk", str(file),
        env={**os.environ, "TICKETS_POSTGRES_URL": dsn, "TICKETS_SECRET": "not-a-secret-but-long-enough"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, complaints = await importing.communicate()
    if importing.returncode:
        raise RuntimeError(f"the desk of the bench is refused: {complaints.decode()}")


async def must_be_full(connection: asyncpg.Connection) -> None:
    """See that the last of fifty rules was tried for each ticket, which has an assignee and a clock to fire next.

    Raises:
        RuntimeError: not so; the figures would be those of an empty desk.
    """
    found = await connection.fetchrow(
        "select count(*) as tickets, count(assignee) as assigned, (select count(*) from service_level) as clocks,"
        " (select count(distinct ticket_number) from due where kind = 'clock') as timers,"
        " (select count(*) from routing join rule_texts on rule_texts.id = decision::jsonb #>> '{rule_set,texts}'"
        " where strpos(texts, $1) > 0"
        " and array_length(string_to_array(decision::jsonb #>> $2, ' '), 1) = $3) as decided"
        " from ticket",
        f'"rule":"{LAST_RULE}"',
        ["outcomes", GROUP],
        ADDED,
    )
    if len(set(found.values())) > 1:
        raise RuntimeError(f"the full desk is not full: {dict(found)}")
