"""How commands speak: JSON for programs, one clear line for what went wrong."""

import sys
from typing import Annotated, NoReturn

import typer

_NOTHING = {"en": ("nothing", "none"), "es": ("nada", "ninguno")}
_TRUTHS = {"en": ("false", "true"), "es": ("no", "sí")}
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")]


def print_json(content: object) -> None:
    """Write JSON to standard output."""
    import orjson

    sys.stdout.buffer.write(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")


def in_words(value: object, language: str = "en") -> str:
    """A value of a decision as people read it."""
    if value is None or (isinstance(value, (list, tuple)) and not value):
        return _NOTHING[language][value is not None]
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return "; ".join(f"{name} {in_words(one, language)}" for name, one in value.items())
    return _TRUTHS[language][value] if isinstance(value, bool) else str(value)


def printable(text: str) -> str:
    """On one line, without what a terminal would take for an order."""
    return "".join(character if character.isprintable() else " " for character in text)


def fail(reason: str, code: int = 1) -> NoReturn:
    """Say why and leave with this exit code."""
    sys.stderr.write(f"router: {reason}\n")
    raise typer.Exit(code)
