"""What all `doctor` commands share: settings that cannot be read become findings, and findings are printed alike."""

import logging
import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, TypeVar

import structlog
import typer
from pydantic_settings import BaseSettings

from ventanilla_runtime.findings import Finding, as_json, is_well, lines_of, problem, warning
from ventanilla_runtime.settings import SettingsWrong, usable

_WIDTH: Final = 80
_OF_KUBERNETES: Final = re.compile(r"(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP)(?:_\w+)?)")
"""What it sets in pods for each Service (https://kubernetes.io/docs/concepts/services-networking/service/)."""
_Settings = TypeVar("_Settings", bound=BaseSettings)


def keep_logs_quiet() -> None:
    """What libraries log is for the log of a service; in an examination every outcome has its line."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)


def read_or_say(
    kind: type[_Settings], service: str, others: Collection[str] = ()
) -> tuple[_Settings | None, list[Finding]]:
    """The settings, with what is to be said of variables beside them; or a finding for each that is wrong.

    Args:
        others: beginnings of variables that other commands of the service read.
    """
    do = f"the README of {service} lists them"
    try:
        return usable(kind), [warning("settings", says, do) for says in _unread(kind, os.environ, others)]
    except SettingsWrong as error:
        return None, [problem("settings", line, do) for line in str(error).splitlines()]


def _unread(kind: type[BaseSettings], environment: Mapping[str, str], others: Collection[str]) -> Iterator[str]:
    """What is set and counts for nothing, most likely by a slip of the hand."""
    prefix = str(kind.model_config.get("env_prefix", ""))
    known = {f"{prefix}{name}".upper() for name in kind.model_fields}
    for variable in sorted(name for name, value in environment.items() if value and name.startswith(prefix)):
        name = variable.removesuffix("_FILE")
        links = environment[variable].startswith(("tcp://", "udp://"))
        if variable in known or links or _OF_KUBERNETES.fullmatch(variable.removeprefix(prefix)):
            continue
        if name in known:
            if environment.get(name):
                yield f"{name} and {variable} are both set: the file is not read"
        elif not variable.startswith(tuple(others)):
            yield f"{variable} is no setting, and nobody reads it"


def show(findings: Sequence[Finding], *, as_data: bool) -> typer.Exit:
    """Print what was found; returns the exit to raise: 0 if the desk works, 1 if something is to be mended."""
    if as_data:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(as_json(findings), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        for line in lines_of(findings, _WIDTH, coloured=sys.stdout.isatty()):
            typer.echo(line)
    return typer.Exit(0 if is_well(findings) else 1)
