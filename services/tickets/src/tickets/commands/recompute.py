"""`tickets recompute`: fold the clocks of tickets anew from their histories, and say what differs."""

import asyncio
import sys
from typing import Annotated, Any

import orjson
import typer

from tickets.adapters.postgres.clock_reads import ClockReads
from tickets.adapters.postgres.database import open_database
from tickets.adapters.postgres.level_documents import Levels
from tickets.domain.service_levels.state import as_data
from tickets.errors import DatabaseAway
from tickets.handlers.timers.recompute import Difference, differences, mend
from tickets.settings import read_settings

_SHOWN = 20


def recompute(
    all_: Annotated[bool, typer.Option("--all", help="All tickets that have clocks.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Put right what differs; without it nothing is changed.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")] = False,
) -> None:
    """Fold the clocks of all tickets anew from their histories. On a healthy database nothing differs."""
    if not all_:
        raise typer.BadParameter("say --all: it looks at every ticket that has clocks", param_hint="--all")
    try:
        looked_at, found = asyncio.run(_recompute(write))
    except DatabaseAway as error:
        typer.echo(f"tickets recompute: the database of TICKETS_POSTGRES_URL or _HOST: {error}", err=True)
        raise typer.Exit(2) from error
    if as_json:
        sys.stdout.buffer.write(orjson.dumps({"tickets": looked_at, "different": list(map(_described, found))}) + b"\n")
    else:
        for difference in found[:_SHOWN]:
            typer.echo(f"ticket {difference.number}: {difference.why or _in_short(difference)}")
        if len(found) > _SHOWN:
            typer.echo(f"and {len(found) - _SHOWN} more")
        done = ", put right" if write and found else ""
        typer.echo(f"{looked_at} tickets folded anew from their histories, {len(found)} differ{done}")
    raise typer.Exit(1 if found and not write else 0)


async def _recompute(write: bool) -> tuple[int, list[Difference]]:
    database = await open_database(read_settings().postgres(), most_connections=2)
    try:
        clocks = ClockReads(database, Levels())
        looked_at, found = 0, []
        async for count, different in differences(clocks):
            looked_at += count
            found += different
            if sys.stderr.isatty():
                typer.echo(f"\r{looked_at} tickets", nl=False, err=True)
            if write:
                await mend(different, clocks)
        if sys.stderr.isatty():
            typer.echo("\r", nl=False, err=True)
        return looked_at, found
    finally:
        await database.close()


def _described(difference: Difference) -> dict[str, Any]:
    right = as_data(difference.right) if difference.right else None
    return {"ticket": difference.number, "stored": as_data(difference.stored), "right": right, "why": difference.why}


def _in_short(difference: Difference) -> str:
    stored, right = as_data(difference.stored), as_data(difference.right) if difference.right else {}
    clocks = stored["clocks"].keys() | right.get("clocks", {}).keys()
    named = sorted(name for name in clocks if stored["clocks"].get(name) != right.get("clocks", {}).get(name))
    return f"{', '.join(named) or 'its attributes'} are not what the history amounts to"
