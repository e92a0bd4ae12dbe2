"""The command `intake-email`."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from intake_email.commands.doctor import doctor

cli = typer.Typer(
    help="Mail in and out of Ventanilla: an SMTP door, a parser, and a sender.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # they would print what variables hold: passwords
)


@cli.command(epilog="Example:  INTAKE_EMAIL_MAILBOXES=help@desk.example INTAKE_EMAIL_OUTBOX=outbox intake-email serve")
def serve() -> None:
    """Run the service. Its settings are INTAKE_EMAIL_* environment variables; the README lists them."""
    from intake_email import app
    from intake_email.settings import Settings
    from ventanilla_runtime.service import run
    from ventanilla_runtime.settings import read_or_end

    settings = read_or_end(Settings, app.NAME)
    run(app.NAME, settings, partial(app.serve, settings=settings))


cli.command(epilog="Example:  intake-email doctor; intake-email doctor --json")(doctor)


@cli.command(epilog="Example:  intake-email parse mail.eml     ls *.eml | intake-email parse")
def parse(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Mails as they were received (.eml).")
    ] = None,
    pretty: Annotated[bool, typer.Option("--pretty", help="Indented instead of one line for each mail.")] = False,
) -> None:
    """Print what each mail says, one JSON object a line, in order. Nothing is sent or stored.

    Without paths, one path a line is read from standard input, and each is answered at once. The code is that of the
    service. A file that cannot be read is answered with {"error": ...}, and the exit code is 1 in the end.
    """
    from intake_email.adapters.parse_command import answer_paths

    if not answer_paths(map(str, paths) if paths else None, sys.stdin.buffer, sys.stdout.buffer, pretty=pretty):
        raise typer.Exit(1)


def main() -> None:
    """Entry point of the console script."""
    cli()


if __name__ == "__main__":
    main()
