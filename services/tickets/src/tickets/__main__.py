"""The `tickets` command."""

import asyncio

import typer
from pydantic import ValidationError

from tickets.adapters.postgres.migrate import migrate
from tickets.app import serve as serve_desk
from tickets.settings import TicketsSettings
from ventanilla_runtime.service import run
from ventanilla_runtime.settings import explain

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Keeps the tickets of a Ventanilla desk.")


def _settings() -> TicketsSettings:
    try:
        return TicketsSettings()
    except ValidationError as error:
        typer.echo(explain(error, "TICKETS_"), err=True)
        raise typer.Exit(2) from error


@app.command()
def serve() -> None:
    """Run the service until SIGTERM."""
    settings = _settings()
    run("tickets", settings, lambda service: serve_desk(service, settings))


@app.command("migrate")
def migrate_schema() -> None:
    """Bring the database to the schema of this release."""
    applied = asyncio.run(migrate(_settings().postgres_url.get_secret_value()))
    for name in applied:
        typer.echo(f"applied {name}")
    typer.echo("the schema is up to date")


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
