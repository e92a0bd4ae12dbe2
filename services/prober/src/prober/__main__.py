"""The `prober` command."""

import asyncio
import json
import textwrap
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from prober.commands.doctor import doctor
from prober.domain.probe import Result

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they would print what variables hold: tokens
    help="Synthetic probes: does what customers send become a ticket?",
)

_WIDTH = 78
_QUIET_SECONDS = 2.0


@app.callback()
def prober() -> None:
    """Synthetic probes: does what customers send become a ticket?"""


@app.command(epilog="Example:  prober once --channel mail --run .run/run.json")
def once(
    channel: Annotated[
        list[str] | None, typer.Option(help="mail, slack, sms, whatsapp, voice, api or portal; repeat for several.")
    ] = None,
    run_file: Annotated[
        Path | None, typer.Option("--run", help="The run.json of `make run`: its doors, instead of PROBER_* settings.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Send a probe by each channel; exit 0 if all were seen, 1 if not, 2 if the settings are wrong."""
    from prober.app import probe_each
    from prober.run_file import RunFileWrong, settings_in
    from prober.settings import read_settings
    from ventanilla_runtime import logs
    from ventanilla_runtime.service import CannotStart

    try:
        given = settings_in(run_file) if run_file else {}
    except RunFileWrong as error:
        _fail(str(error))
    if channel:
        given["channels"] = ",".join(channel)
    settings = read_settings(**given)
    logs.configure("prober", "error")
    told: list[str] = []

    async def probed() -> list[Result]:
        async with saying_so(told, _QUIET_SECONDS, lambda words: typer.echo(words, err=True)):
            return await probe_each(
                settings, settings.channels, lambda which, words: told.append(f"{which}: {words} …")
            )

    try:
        results = asyncio.run(probed())
    except CannotStart as error:
        _fail(str(error))
    if as_json:
        typer.echo(json.dumps({"ok": all(one.ok for one in results), "probes": [one.as_data() for one in results]}))
    else:
        for one in results:
            _show(one)
    raise typer.Exit(0 if all(one.ok for one in results) else 1)


@app.command(epilog="Example:  PROBER_TICKETS_TOKEN=vnt_… PROBER_CHANNELS=mail,api prober serve")
def serve() -> None:
    """Probe at intervals and serve /metrics until SIGTERM."""
    from prober.app import serve as serve_probes
    from prober.settings import read_settings
    from ventanilla_runtime.service import run

    settings = read_settings()
    run("prober", settings, lambda service: serve_probes(service, settings))


app.command(epilog="Example:  prober doctor; prober doctor --json")(doctor)


def _show(result: Result) -> None:
    seconds = result.seconds
    if result.ok:
        parts = "  ".join(
            f"{stage} {seconds[stage]:.2f}" for stage in ("door", "settle", "answer", "clean") if stage in seconds
        )
        typer.echo(f"{result.channel:<9} seen as a ticket in {seconds['total']:.2f} s  ({parts})")
        return
    lines = textwrap.wrap(f"FAILED at {result.stage}: {result.detail}", _WIDTH - 10)
    lines += textwrap.wrap(f"Look at {result.look}.", _WIDTH - 10)
    for place, line in enumerate(lines):
        typer.echo(f"{'' if place else result.channel:<9} {line}")


@asynccontextmanager
async def saying_so(told: Sequence[str], every_seconds: float, say: Callable[[str], None]) -> AsyncIterator[None]:
    """While something goes on, say every few seconds how far it is; nothing of what is over sooner."""

    async def go_on() -> None:
        while True:
            await asyncio.sleep(every_seconds)
            if told:
                say(told[-1])

    saying = asyncio.create_task(go_on())
    try:
        yield
    finally:
        saying.cancel()


def _fail(words: str) -> None:
    typer.echo(f"prober: {words}", err=True)
    raise typer.Exit(2)


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
