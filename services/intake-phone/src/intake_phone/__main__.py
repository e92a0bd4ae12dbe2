"""The command `intake-phone`."""

import sys
from functools import partial

import typer

from intake_phone.commands import flows
from intake_phone.commands.doctor import doctor

cli = typer.Typer(
    help="Calls, voicemail, SMS and WhatsApp in and out of Ventanilla.",
    no_args_is_help=True,
    epilog="Example:  intake-phone check acme.yaml; intake-phone doctor; intake-phone serve",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # they would print what variables hold: tokens
)


@cli.callback()
def commands() -> None:
    """Calls and texts in and out of Ventanilla."""


cli.command(epilog="Example:  intake-phone doctor; intake-phone doctor --fix +34910000000; intake-phone doctor --json")(
    doctor
)
cli.command(epilog="Example:  intake-phone check acme.yaml night.yaml && intake-phone serve")(flows.check)
cli.command(epilog="Example:  intake-phone show acme.yaml")(flows.show)
cli.command(epilog="Example:  intake-phone flow > acme.yaml")(flows.flow)
cli.command(epilog="Example:  intake-phone schema > phone-flow.schema.json")(flows.schema)


@cli.command(
    epilog="Example:  INTAKE_PHONE_TWILIO_ACCOUNT_SID=AC… INTAKE_PHONE_TWILIO_AUTH_TOKEN=…"
    " INTAKE_PHONE_PUBLIC_URL=https://phone.example.com intake-phone serve"
)
def serve() -> None:
    """Run the service. Its settings are INTAKE_PHONE_* environment variables; the README lists them."""
    from intake_phone import app
    from intake_phone.errors import FlowRefused
    from intake_phone.settings import Settings
    from ventanilla_runtime.service import run
    from ventanilla_runtime.settings import read_or_end

    settings = read_or_end(Settings, app.NAME)
    try:
        app.flows_of(settings)
    except FlowRefused as error:
        sys.stderr.write(f"{app.NAME}: {error}\n")
        raise typer.Exit(1) from None
    run(app.NAME, settings, partial(app.serve, settings=settings))


def main() -> None:
    """Entry point of the console script."""
    cli()


if __name__ == "__main__":
    main()
