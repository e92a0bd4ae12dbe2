"""`intake-chat doctor`: says of all that the service needs whether it is there, and what to do where it is not."""

import asyncio
import logging
import sys
from typing import Annotated

import structlog
import typer
from pydantic import ValidationError

from intake_chat.settings import Settings
from ventanilla_runtime.findings import Finding, as_json, is_well, lines_of, ok, problem
from ventanilla_runtime.settings import explain

PREFIX = "INTAKE_CHAT_"
_WIDTH = 80


def doctor(
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")] = False,
) -> None:
    """Look at tokens, scopes, channels, the ticket service and the broker, with the settings of `serve`.

    Changes nothing. Exit code 0: the desk works (lines with ⚠ tell what will not); 1: something is to be mended.
    """
    findings = asyncio.run(examine())
    if as_data:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(as_json(findings), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        for line in lines_of(findings, _WIDTH, coloured=sys.stdout.isatty()):
            typer.echo(line)
    raise typer.Exit(0 if is_well(findings) else 1)


async def examine() -> list[Finding]:
    """Everything that is to be said, in the order in which a person mends it."""
    from intake_chat.commands.desk_checks import examine_broker, examine_tickets
    from intake_chat.commands.slack_checks import examine_slack

    # What libraries log is for the log of a service; here every outcome has its line.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    try:
        settings = Settings()
    except ValidationError as error:
        return [problem("settings", line, "the README of intake-chat lists them") for line in _lines(error)]
    except ValueError as error:  # a file of a secret that cannot be read
        return [problem("settings", str(error), "mount it, or set the variable itself")]
    slack, tickets, broker = await asyncio.gather(
        examine_slack(settings), examine_tickets(settings), examine_broker(settings)
    )
    way = "Socket Mode" if settings.slack_app_token is not None else "HTTP"
    return [ok("settings", f"readable; events come by {way}"), *slack, *tickets, *broker]


def _lines(error: ValidationError) -> list[str]:
    return explain(error, PREFIX).splitlines()
