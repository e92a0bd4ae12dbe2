"""The `tickets` command."""

import asyncio

import asyncpg
import typer

from tickets.adapters.postgres.migrate import migrate
from tickets.audit_command import audit_timers
from tickets.import_command import import_file, print_desk
from tickets.recompute_command import recompute
from tickets.settings import read_settings
from tickets.token_commands import token_app

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Keeps the tickets of a Ventanilla desk.",
)
app.add_typer(token_app, name="token")
app.command("desk", epilog="Example:  tickets desk > mine.yaml; tickets import-desk mine.yaml --dry-run")(print_desk)
app.command("import-desk", epilog="Example:  tickets import-desk mine.yaml --dry-run; tickets import-desk mine.yaml")(
    import_file
)
app.command("audit-timers", epilog="Example:  tickets audit-timers --once --json")(audit_timers)
app.command("recompute", epilog="Example:  tickets recompute --all")(recompute)


@app.command(epilog="Example:  TICKETS_POSTGRES_URL=postgresql://… TICKETS_SECRET_FILE=/run/secret tickets serve")
def serve() -> None:
    """Run the service until SIGTERM."""
    # The short commands need neither the API nor the broker.
    from tickets.app import serve as serve_desk
    from ventanilla_runtime.service import run

    settings = read_settings()
    run("tickets", settings, lambda service: serve_desk(service, settings))


@app.command("migrate", epilog="Example:  TICKETS_POSTGRES_URL=postgresql://… tickets migrate")
def migrate_schema() -> None:
    """Bring the database to the schema of this release."""
    try:
        applied = asyncio.run(migrate(read_settings().postgres_url.get_secret_value()))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        words = (str(error).splitlines() or [""])[0] or type(error).__name__
        typer.echo(f"tickets migrate: cannot use the database that TICKETS_POSTGRES_URL names: {words}", err=True)
        raise typer.Exit(2) from error
    for name in applied:
        typer.echo(f"applied {name}")
    typer.echo("the schema is up to date")


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
