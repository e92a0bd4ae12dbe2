"""`ventanilla`: the operator's command. Settings are `VENTANILLA_*` variables or the options before the command."""

import logging
from pathlib import Path
from typing import Annotated

import structlog
import typer

from ventanilla_runtime.commands import backup, deadletters, outbound, preflight, topology
from ventanilla_runtime.commands.session import read_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(topology.app, name="topology")
app.add_typer(deadletters.app, name="deadletters")
app.add_typer(backup.app, name="backup")
app.add_typer(outbound.app, name="outbound")
app.command(epilog="Example: ventanilla preflight; ventanilla preflight --only router --json")(preflight.preflight)


@app.callback(epilog="Example: VENTANILLA_NATS_URL=nats://operator:secret@127.0.0.1:8022 ventanilla deadletters list")
def options(
    context: typer.Context,
    nats_url: Annotated[str | None, typer.Option(help="Broker; or VENTANILLA_NATS_URL.")] = None,
    nats_user: Annotated[str | None, typer.Option(help="User; or VENTANILLA_NATS_USER, or in the URL.")] = None,
    nats_creds_file: Annotated[Path | None, typer.Option(help="Credentials; or VENTANILLA_NATS_CREDS_FILE.")] = None,
    prefix: Annotated[str | None, typer.Option(help="First word of every subject; or VENTANILLA_PREFIX.")] = None,
) -> None:
    """Look after the broker. The password comes from VENTANILLA_NATS_PASSWORD or VENTANILLA_NATS_PASSWORD_FILE."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    context.obj = read_settings(nats_url=nats_url, nats_user=nats_user, nats_creds_file=nats_creds_file, prefix=prefix)


def main() -> None:
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
