"""`ventanilla-devstack`: run a whole desk on this machine, or delete what a run has kept."""

import ctypes
import io
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from ventanilla_devstack.data_folder import DataFolder
from ventanilla_devstack.desk_services import installed_programs
from ventanilla_devstack.errors import CannotRun, Interrupted
from ventanilla_devstack.interruption import Interruption
from ventanilla_devstack.postgres_server import remove_cluster
from ventanilla_devstack.run import run_desk
from ventanilla_devstack.screen import Screen
from ventanilla_devstack.settings import read_settings
from ventanilla_devstack.slack.command import slack as slack_command
from ventanilla_devstack.twilio.command import twilio as twilio_command

_PR_SET_PDEATHSIG = 1
_INTERRUPTED = 130

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run() -> None:
    """Start NATS, Postgres, a local Slack, a local Twilio and every service; stay until Ctrl-C.

    Environment: PORT_BASE (8000), DATA_DIR (.run), SAMPLES=0 for no samples, VENTANILLA_NATS_URL and
    VENTANILLA_POSTGRES_URL for servers of your own, INTAKE_CHAT_SLACK_… tokens for a workspace of your own,
    INTAKE_PHONE_TWILIO_… for an account of your own, VENTANILLA_SLACK=off and VENTANILLA_PHONE=off for none. Variables
    of services (ROUTER_…, TICKETS_…) are passed on.
    """
    _leave_with_make()
    # What goes wrong here is told in one line at the end; the libraries' log lines would only stand between.
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no Spanish letters must still see the rest
    screen = Screen()
    interruption = Interruption()
    interruption.listen()
    status = 0
    try:
        run_desk(read_settings(os.environ), installed_programs(), screen, interruption)
    except CannotRun as error:
        screen.close()
        sys.stderr.write(f"ventanilla: {error}\n")
        status = 1
    except Interrupted:
        screen.step("stopped before it was ready")
        status = _INTERRUPTED
    screen.close()
    raise typer.Exit(status)


app.command(name="slack")(slack_command)
app.command(name="twilio")(twilio_command)


@app.command()
def clean(
    data_dir: Annotated[Path, typer.Option(envvar="DATA_DIR", help="The desk's folder.")] = Path(".run"),
) -> None:
    """Delete a desk: its folder, and its database wherever that lives. Refused while it runs."""
    if not data_dir.exists():
        return
    try:
        with DataFolder(data_dir.absolute()) as folder:
            folder.clear_leftovers()
            remove_cluster(folder.postgres)
    except CannotRun as error:
        sys.stderr.write(f"ventanilla: {error}\n")
        raise typer.Exit(1) from error
    shutil.rmtree(data_dir, ignore_errors=True)


def _leave_with_make() -> None:
    """Stop in order if the `make` that started us is killed: nobody would be there to stop us."""
    parent = os.getppid()
    try:
        name = Path(f"/proc/{parent}/comm").read_text().strip()
    except OSError:
        return
    if name in ("make", "gmake") and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:
            raise typer.Exit(1)


def main() -> None:
    """The command."""
    app()


if __name__ == "__main__":
    main()
