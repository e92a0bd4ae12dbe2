"""`tickets audit list`: who did what to the desk, when, from where and why."""

from typing import Annotated, Any

import orjson
import typer

from tickets.adapters.postgres.audit_log import Wanted, described, entries
from tickets.commands.operating import AsJson, moment, printable, with_database
from tickets.settings import TicketsSettings

audit_app = typer.Typer(no_args_is_help=True, help="The log of what people did to the desk.")
_COMMAND = "audit list"


@audit_app.command("list", epilog="Example:  tickets audit list --since 7d --action token. --json")
def list_entries(
    since: Annotated[str | None, typer.Option(help="From when on: 12h, 7d, or a time.")] = None,
    until: Annotated[str | None, typer.Option(help="Before when: 1h, 1d, or a time.")] = None,
    action: Annotated[
        str | None, typer.Option(help="Only this action, or with a dot at its end all that begin so: token.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Only who is named so: agent:ana, operator:root.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many at most, the newest.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show who did what to the desk, newest first. What is done in a ticket stands in the ticket's history."""
    wanted = Wanted(action, actor, moment(_COMMAND, "--since", since), moment(_COMMAND, "--until", until))

    async def read(connection: Any, _: TicketsSettings) -> list[dict[str, Any]]:
        return [described(row) for row in await entries(connection, wanted, limit=limit)]

    found = with_database(_COMMAND, read)
    if as_json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2).decode())
        return
    if not found:
        typer.echo("nothing is noted for this")
    for entry in found:
        typer.echo(_line(entry))


def _line(entry: dict[str, Any]) -> str:
    """One line of at most 80 columns."""
    target = f" {entry['target']}" if entry["target"] else ""
    why = f": {entry['why']}" if entry["why"] else ""
    return printable(f"{entry['at']:%Y-%m-%d %H:%M} {entry['actor']:<16} {entry['action']}{target}{why}", 80)
