"""The `tickets` command."""

import typer

from tickets.commands.audit_log import audit_app
from tickets.commands.audit_timers import audit_timers
from tickets.commands.doctor import doctor
from tickets.commands.erase import erase, list_erasures
from tickets.commands.export import export
from tickets.commands.import_desk import import_file, print_desk
from tickets.commands.migrate import migrate_schema
from tickets.commands.quarantine import quarantine_app
from tickets.commands.recompute import recompute
from tickets.commands.recover import app as recover_app
from tickets.commands.retention import hold_app, retention
from tickets.commands.tokens import token_app
from tickets.settings import read_settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Keeps the tickets of a Ventanilla desk.",
)
app.add_typer(token_app, name="token")
app.add_typer(recover_app, name="recover")
app.add_typer(audit_app, name="audit")
app.add_typer(hold_app, name="hold")
app.add_typer(quarantine_app, name="quarantine")
app.command("desk", epilog="Example:  tickets desk > mine.yaml; tickets import-desk mine.yaml --dry-run")(print_desk)
app.command("import-desk", epilog="Example:  tickets import-desk mine.yaml --dry-run; tickets import-desk mine.yaml")(
    import_file
)
app.command("migrate", epilog="Example:  TICKETS_POSTGRES_HOST=desk-rw … tickets migrate --wait 300")(migrate_schema)
app.command("doctor", epilog="Example:  tickets doctor; tickets doctor --json")(doctor)
app.command("audit-timers", epilog="Example:  tickets audit-timers --once --json")(audit_timers)
app.command("retention", epilog="Example:  tickets retention --dry-run --json")(retention)
app.command("erase-person", epilog="Example:  tickets erase-person ana@cliente.example --dry-run")(erase)
app.command("export-person", epilog="Example:  tickets export-person ana@cliente.example --out ana.zip")(export)
app.command("erasures", epilog="Example:  tickets erasures --list > erased.jsonl")(list_erasures)
app.command("recompute", epilog="Example:  tickets recompute --all")(recompute)


@app.command(epilog="Example:  TICKETS_POSTGRES_URL=postgresql://… TICKETS_SECRET_FILE=/run/secret tickets serve")
def serve() -> None:
    """Run the service until SIGTERM."""
    # The short commands need neither the API nor the broker.
    from tickets.app import serve as serve_desk
    from ventanilla_runtime.service import run

    settings = read_settings()
    run("tickets", settings, lambda service: serve_desk(service, settings))


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
