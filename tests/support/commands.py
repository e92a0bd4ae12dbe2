"""Runs the commands of the services as somebody types them, without the second that Python takes to import each."""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.forking import forge_of

WITHIN_SECONDS = 60.0
_GONE_SECONDS = 10.0


@dataclass(frozen=True)
class Said:
    """How a command ended: its exit status, negative for a signal, what it said and what it complained of."""

    code: int
    out: str
    err: str


def run(
    command: str,
    *arguments: str,
    environment: Mapping[str, str],
    folder: Path | None = None,
    given: str = "",
    within_seconds: float = WITHIN_SECONDS,
) -> Said:
    """Run a command in a process of its own, and wait for its end.

    Args:
        command: `router`, `tickets`, …, `ventanilla`.
        environment: all of it; nothing is inherited.
        folder: where it runs.
        given: what it reads.

    Raises:
        subprocess.TimeoutExpired: it did not end in time; it is ended.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained, tempfile.TemporaryFile() as read:
        read.write(given.encode())
        read.seek(0)
        streams = read.fileno(), said.fileno(), complained.fileno()
        process = forge_of(command).run(list(arguments), environment, folder or Path.cwd(), streams)
        try:
            code = process.wait(within_seconds)
        except BaseException:
            process.kill()
            process.wait(_GONE_SECONDS)
            raise
        said.seek(0)
        complained.seek(0)
        return Said(code, said.read().decode(), complained.read().decode())


async def run_beside(
    command: str,
    *arguments: str,
    environment: Mapping[str, str],
    folder: Path | None = None,
    given: str = "",
    within_seconds: float = WITHIN_SECONDS,
) -> Said:
    """`run`, for a command that needs what lives in the loop of the test."""
    forge_of(command)
    return await asyncio.to_thread(
        run,
        command,
        *arguments,
        environment=environment,
        folder=folder,
        given=given,
        within_seconds=within_seconds,
    )
