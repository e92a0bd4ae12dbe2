"""The `portal` command."""

import typer

from portal.commands.doctor import doctor
from portal.settings import PortalSettings
from ventanilla_runtime.settings import read_or_end

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they would print what variables hold: tokens
    help="The pages of a Ventanilla desk for its customers.",
)


@app.callback()
def portal() -> None:
    """The pages of a Ventanilla desk for its customers."""


@app.command(epilog="Example:  PORTAL_TICKETS_URL=http://127.0.0.1:8001 PORTAL_TICKETS_TOKEN=vnt_… portal serve")
def serve() -> None:
    """Run the service until SIGTERM."""
    from portal.app import serve as serve_pages
    from ventanilla_runtime.service import run

    settings = read_or_end(PortalSettings, "portal")
    run("portal", settings, lambda service: serve_pages(service, settings))


app.command(epilog="Example:  portal doctor; portal doctor --json")(doctor)


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
