"""`tickets retention` and `tickets hold`: forget what is over, see what would be, and keep single tickets from it."""

import sys
from typing import Annotated, Any, Final

import orjson
import typer

from tickets.adapters.postgres.database import open_database
from tickets.adapters.postgres.retention_store import RetentionStore, holds, lift_hold, place_hold
from tickets.commands.operating import As, AsJson, operator, printable, run, with_database
from tickets.settings import TicketsSettings, read_settings

_COMMAND: Final = "retention"
_ALL_BATCHES: Final = 1_000_000
hold_app = typer.Typer(no_args_is_help=True, help="Tickets that nobody may erase, whatever their age: legal holds.")


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how much is old enough; forget nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget what is older than TICKETS_RETENTION_… say. The service does it by itself, some every ten minutes."""
    settings = read_settings()
    kept = settings.retention()

    async def work() -> dict[str, int]:
        database = await open_database(settings.postgres(), most_connections=2)
        try:
            store = RetentionStore(database)
            if dry_run:
                return await store.due(kept)
            # The other commands need nothing of what empties tickets.
            from tickets.adapters.postgres.desk_writes import DeskWrites
            from tickets.adapters.postgres.level_documents import Levels
            from tickets.adapters.words import Templates
            from tickets.domain.tokens import Signer
            from tickets.handlers.privacy.retain import Retaining, forget_once

            levels = Levels()
            async with database.connection() as connection:
                await levels.refresh(connection)
            writes = DeskWrites(database, Signer(settings.keys()), levels)
            retaining = Retaining(kept, database, store, writes, Templates().render, settings.prefix)
            return await forget_once(retaining, _ALL_BATCHES, _say)
        finally:
            await database.close()

    counts = run(_COMMAND, work)
    if as_json:
        typer.echo(orjson.dumps({"dry_run": dry_run, **counts}).decode())
        return
    if sys.stderr.isatty():
        typer.echo(err=True)
    if kept.keeps_all:
        typer.echo("everything is kept for ever: set TICKETS_RETENTION_CLOSED_DAYS or others of them")
    for kind, count in counts.items():
        typer.echo(f"{kind}: {count} {'kept by a legal hold' if kind == 'held' else _done(kind, dry_run=dry_run)}")


@hold_app.command(epilog='Example:  tickets hold place 4711 --why "case 12/2026"')
def place(
    ticket: Annotated[int, typer.Argument(help="Its number.", min=1)],
    why: Annotated[str, typer.Option(help="For which matter; shown to whoever wants to erase it.")],
    as_: As = None,
) -> None:
    """Keep a ticket as it is: neither its age nor an erasure touches it."""
    actor = operator("hold place", as_)

    async def work(connection: Any, _: TicketsSettings) -> bool:
        async with connection.transaction():
            return await place_hold(connection, ticket, actor, why)

    placed = with_database("hold place", work)
    typer.echo(f"ticket {ticket} is held" if placed else f"ticket {ticket} was held already; this is its reason now")


@hold_app.command(epilog="Example:  tickets hold lift 4711 --why closed")
def lift(
    ticket: Annotated[int, typer.Argument(help="Its number.", min=1)],
    why: Annotated[str, typer.Option(help="Why it need not be kept any more.")],
    as_: As = None,
) -> None:
    """Let a ticket be forgotten and erased again."""
    actor = operator("hold lift", as_)

    async def work(connection: Any, _: TicketsSettings) -> None:
        async with connection.transaction():
            await lift_hold(connection, ticket, actor, why)

    with_database("hold lift", work)
    typer.echo(f"ticket {ticket} is not held any more")


@hold_app.command("list", epilog="Example:  tickets hold list --json")
def list_holds(as_json: AsJson = False) -> None:
    """Show every ticket that is held, since when, by whom and why."""

    async def work(connection: Any, _: TicketsSettings) -> list[dict[str, Any]]:
        return [dict(row) for row in await holds(connection)]

    found = with_database("hold list", work)
    if as_json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_UTC_Z).decode())
        return
    if not found:
        typer.echo("no ticket is held")
    for row in found:
        typer.echo(
            printable(
                f"{row['ticket_number']:>8}  {row['placed_at']:%Y-%m-%d}  {row['placed_by']:<18} {row['why']}", 80
            )
        )


def _say(kind: str, count: int) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r{kind}: {count}", nl=False, err=True)


def _done(kind: str, *, dry_run: bool) -> str:
    thing = {"files": "tickets with files", "quarantine": "rejected messages", "audit": "lines"}.get(kind, "tickets")
    return f"{thing} {'to forget' if dry_run else 'forgotten'}"
