"""The command `intake-chat`."""

from functools import partial

import typer

from intake_chat.commands.doctor import doctor
from intake_chat.commands.manifest import print_manifest

cli = typer.Typer(
    help="Slack in and out of Ventanilla: customers who chat, agents who never need to leave.",
    no_args_is_help=True,
    epilog="Example:  intake-chat manifest --socket > app.json; intake-chat doctor; intake-chat serve",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # they would print what variables hold: tokens
)


@cli.callback()
def commands() -> None:
    """Slack in and out of Ventanilla."""


cli.command(epilog="Example:  intake-chat doctor; intake-chat doctor --json | jq .ok")(doctor)
cli.command(
    "manifest", epilog="Example:  intake-chat manifest --socket; intake-chat manifest --url https://chat.example.com"
)(print_manifest)


@cli.command(epilog="Example:  INTAKE_CHAT_SLACK_BOT_TOKEN=xoxb-… INTAKE_CHAT_SLACK_APP_TOKEN=xapp-… intake-chat serve")
def serve() -> None:
    """Run the service. Its settings are INTAKE_CHAT_* environment variables; the README lists them."""
    from intake_chat import app
    from intake_chat.settings import Settings
    from ventanilla_runtime.service import run
    from ventanilla_runtime.settings import read_or_end

    settings = read_or_end(Settings, app.NAME)
    run(app.NAME, settings, partial(app.serve, settings=settings))


def main() -> None:
    """Entry point of the console script."""
    cli()


if __name__ == "__main__":
    main()
