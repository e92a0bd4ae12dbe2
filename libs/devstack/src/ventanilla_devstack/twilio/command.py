"""`ventanilla-devstack twilio`: a local Twilio as a process of its own."""

import asyncio
import json
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ventanilla_devstack.errors import CannotRun

if TYPE_CHECKING:
    from ventanilla_devstack.twilio.server import LocalTwilio


def twilio(
    port: Annotated[int, typer.Option(help="Where to listen; 0 for any free port.", min=0, max=65_535)] = 0,
    seed: Annotated[Path | None, typer.Option(help="A file with the account, numbers and people.")] = None,
    desk: Annotated[str, typer.Option(help="The desk's address: its doors below /twilio/ get calls and texts.")] = "",
    pace: Annotated[float, typer.Option(help="Real seconds for each of the telephone's.")] = 1.0,
) -> None:
    """Run a local Twilio until Ctrl-C. Prints one line of JSON when it is ready: its address, account and numbers."""
    # Here, because aiohttp takes its time and other subcommands need none of it.
    from ventanilla_devstack.twilio.seed import Seed, read_seed
    from ventanilla_devstack.twilio.server import LocalTwilio

    try:
        given = read_seed(seed) if seed is not None else Seed()
        wanted = replace(given, desk=desk.rstrip("/")) if desk else given
        asyncio.run(_run(LocalTwilio(seed=wanted, port=port, pace=max(pace, 0.001), patient=False)))
    except CannotRun as error:
        sys.stderr.write(f"ventanilla: {error}\n")
        raise typer.Exit(1) from error


async def _run(server: "LocalTwilio") -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with server:
        ready = {
            "url": server.url,
            "page": f"{server.url}/",
            "account_sid": server.account.sid,
            "auth_token": server.account.auth_token,
            "numbers": list(server.exchange.numbers),
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await stop.wait()
