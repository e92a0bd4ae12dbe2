"""How commands speak: JSON for programs, one clear line for what went wrong."""

import sys
from typing import Annotated, NoReturn

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")]


def print_json(content: object) -> None:
    """Write JSON to standard output."""
    import orjson

    sys.stdout.buffer.write(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")


def fail(reason: str) -> NoReturn:
    """Say why and leave with exit code 1."""
    sys.stderr.write(f"router: {reason}\n")
    raise typer.Exit(1)
