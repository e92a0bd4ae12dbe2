"""`ventanilla-devstack slack`: a local Slack as a process of its own."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ventanilla_devstack.errors import CannotRun, Unsuitable

if TYPE_CHECKING:
    from ventanilla_devstack.slack.server import LocalSlack


def slack(
    port: Annotated[int, typer.Option(help="Where to listen; 0 for any free port.", min=0, max=65_535)] = 0,
    state: Annotated[Path | None, typer.Option(help="A file that keeps the workspace between runs.")] = None,
    seed: Annotated[Path | None, typer.Option(help="A file with teams, agents and tokens.")] = None,
    limits: Annotated[str, typer.Option(help="real or off: whether calls are refused as Slack would.")] = "real",
    history: Annotated[str, typer.Option(help="small or large: the budget for reading histories.")] = "large",
    socket_mode: Annotated[bool, typer.Option("--socket-mode", help="Send events over sockets.")] = False,
    request_url: Annotated[str, typer.Option(help="Send events by HTTP to this address.")] = "",
) -> None:
    """Run a local Slack until Ctrl-C. Prints one line of JSON when it is ready: its address, tokens and secrets."""
    # Here, because aiohttp takes its time and other subcommands need none of it.
    from ventanilla_devstack.slack.limits import HISTORY_MODES, LIMITS_MODES
    from ventanilla_devstack.slack.seed import read_seed
    from ventanilla_devstack.slack.server import LocalSlack

    try:
        if limits not in LIMITS_MODES or history not in HISTORY_MODES:
            raise Unsuitable("--limits is real or off, --history is small or large: choose one of them")
        if socket_mode and request_url:
            raise Unsuitable("--socket-mode and --request-url exclude each other: give one of them")
        server = LocalSlack(
            port=port,
            state_file=state,
            seed=read_seed(seed) if seed is not None else None,
            limits=next(each for each in LIMITS_MODES if each == limits),
            history=next(each for each in HISTORY_MODES if each == history),
            request_url=request_url,
        )
        asyncio.run(_run(server))
    except CannotRun as error:
        sys.stderr.write(f"ventanilla: {error}\n")
        raise typer.Exit(1) from error


async def _run(server: "LocalSlack") -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with server:
        app = server.app
        keys = ("bot_token", "app_token", "signing_secret", "client_id", "client_secret")
        ready = {"url": server.url, "app_id": app.id, "team_id": server.workspace.home}
        ready |= {key: getattr(app, key) for key in keys}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await stop.wait()
