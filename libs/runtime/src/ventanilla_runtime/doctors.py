"""What all `doctor` commands share: settings that cannot be read become findings, and findings are printed alike."""

import logging
import sys
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import structlog
import typer
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from ventanilla_runtime.findings import Finding, as_json, is_well, lines_of, problem
from ventanilla_runtime.settings import explain

_WIDTH: Final = 80
_Settings = TypeVar("_Settings", bound=BaseSettings)


def keep_logs_quiet() -> None:
    """What libraries log is for the log of a service; in an examination every outcome has its line."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)


def read_or_say(read: Callable[[], _Settings], prefix: str, service: str) -> tuple[_Settings | None, list[Finding]]:
    """The settings, or a finding for each that is wrong."""
    try:
        return read(), []
    except ValidationError as error:
        lines = explain(error, prefix).splitlines()
        return None, [problem("settings", line, f"the README of {service} lists them") for line in lines]
    except ValueError as error:  # a file of a secret that cannot be read
        return None, [problem("settings", str(error), "mount it, or set the variable itself")]


def show(findings: Sequence[Finding], *, as_data: bool) -> typer.Exit:
    """Print what was found; returns the exit to raise: 0 if the desk works, 1 if something is to be mended."""
    if as_data:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(as_json(findings), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        for line in lines_of(findings, _WIDTH, coloured=sys.stdout.isatty()):
            typer.echo(line)
    return typer.Exit(0 if is_well(findings) else 1)
