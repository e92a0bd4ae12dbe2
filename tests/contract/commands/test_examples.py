"""Whoever asks a command for help sees how it is called."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

import intake_chat.__main__
import intake_email.__main__
import intake_phone.__main__
import portal.__main__
import router.__main__
import tickets.__main__
import ventanilla_runtime.__main__

PROGRAMS = {
    "intake-chat": intake_chat.__main__.cli,
    "intake-email": intake_email.__main__.cli,
    "intake-phone": intake_phone.__main__.cli,
    "portal": portal.__main__.app,
    "router": router.__main__.cli,
    "tickets": tickets.__main__.app,
    "ventanilla": ventanilla_runtime.__main__.app,
}


def commands(command: Any, called: str) -> Iterator[tuple[str, str]]:
    """How each command is called, those of groups too, and what stands below its help."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield called, command.epilog or ""
    for name, one in (inner or {}).items():
        yield from commands(one, f"{called} {name}")


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_help_of_each_command_has_an_example_that_calls_it(program: str) -> None:
    found = dict(commands(typer.main.get_command(PROGRAMS[program]), program))

    without = [called for called, below in found.items() if called not in below.partition("Example:")[2]]

    assert found.keys() != {program}
    assert without == []
