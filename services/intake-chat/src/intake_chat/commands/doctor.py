"""`intake-chat doctor`: says of all that the service needs whether it is there, and what to do where it is not."""

import asyncio
from typing import Annotated, Final

import typer

from intake_chat.settings import Settings
from ventanilla_runtime.doctors import keep_logs_quiet, read_or_say, show
from ventanilla_runtime.findings import Finding, ok

_NAME: Final = "intake-chat"


def doctor(
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")] = False,
) -> None:
    """Look at tokens, scopes, channels, the ticket service and the broker, with the settings of `serve`.

    Changes nothing. Exit code 0: the desk works (lines with ⚠ tell what will not); 1: something is to be mended.
    """
    raise show(asyncio.run(examine()), as_data=as_data)


async def examine() -> list[Finding]:
    """Everything that is to be said, in the order in which a person mends it."""
    from intake_chat.commands.desk_checks import examine_broker, examine_tickets
    from intake_chat.commands.slack_checks import examine_slack

    keep_logs_quiet()
    settings, said = read_or_say(Settings, _NAME)
    if settings is None:
        return said
    slack, tickets, broker = await asyncio.gather(
        examine_slack(settings), examine_tickets(settings), examine_broker(settings)
    )
    way = "Socket Mode" if settings.slack_app_token is not None else "HTTP"
    return [ok("settings", f"readable; events come by {way}"), *said, *slack, *tickets, *broker]
