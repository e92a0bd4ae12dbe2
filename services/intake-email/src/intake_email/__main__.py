"""The command `intake-email`."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

cli = typer.Typer(
    help="Mail in and out of Ventanilla: an SMTP door, a parser, and a sender.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@cli.command()
def serve() -> None:
    """Run the service. Its settings are INTAKE_EMAIL_* environment variables; the README lists them."""
    from intake_email import app
    from intake_email.settings import Settings
    from ventanilla_runtime.service import run
    from ventanilla_runtime.settings import explain

    try:
        settings = Settings()
    except ValidationError as error:
        sys.stderr.write(f"{app.NAME}: {explain(error, 'INTAKE_EMAIL_')}\n")
        raise typer.Exit(1) from error
    run(app.NAME, settings, partial(app.serve, settings=settings))


@cli.command(epilog="Example:  intake-email parse --pretty mail.eml")
def parse(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Mails as they were received (.eml).")],
    account: Annotated[str, typer.Option(help="The mailbox that the mails were for.")] = "desk@localhost",
    sender: Annotated[str, typer.Option(help="Envelope sender; matters where From is missing.")] = "unknown",
    lines: Annotated[bool, typer.Option("--json/--pretty", help="One line for each mail, or indented.")] = True,
) -> None:
    """Print the event that each mail becomes, as JSON, in the order of the files. Nothing is sent or stored."""
    import orjson

    from intake_email.domain.envelope import Envelope
    from intake_email.handlers.parse import event_of

    for path in files:
        try:
            raw = path.read_bytes()
        except OSError as error:
            sys.stderr.write(f"intake-email: cannot read {path}: {error.strerror}\n")
            raise typer.Exit(1) from error
        event = event_of(raw, account, Envelope(sender=sender, recipients=(account,)))
        if not lines:
            event = orjson.dumps(orjson.loads(event), option=orjson.OPT_INDENT_2)
        sys.stdout.buffer.write(event + b"\n")
        sys.stdout.buffer.flush()


def main() -> None:
    """Entry point of the console script."""
    cli()


if __name__ == "__main__":
    main()
