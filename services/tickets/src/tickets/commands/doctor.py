"""`tickets doctor`: says of all that the ticket service needs whether it is there, and what to do where it is not."""

import asyncio
from typing import Annotated, Final

import typer

from ventanilla_runtime.doctors import keep_logs_quiet, read_or_say, show
from ventanilla_runtime.findings import Finding, ok, warning

VARIABLES: Final = "TICKETS_"
_NAME: Final = "tickets"
_LONG_SECRET: Final = 32
_OBJECTS: Final = ("raw", "attachments")
"""Object stores with originals and files: without them nothing is archived, and no file leaves."""
_NEAR: Final = ("http://127.0.0.1", "http://localhost")


def doctor(
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")] = False,
) -> None:
    """Look at the database (schema, rights, clock), the broker and the settings of `serve`. Changes nothing.

    Exit code 0: the desk works (lines with ⚠ tell what will not); 1: something is to be mended.
    """
    raise show(asyncio.run(examine()), as_data=as_data)


async def examine() -> list[Finding]:
    """Everything that is to be said, in the order in which a person mends it."""
    from tickets.adapters.postgres.database_checks import examine_database
    from tickets.settings import TicketsSettings
    from ventanilla_contracts.routing import FACTS_BUCKET
    from ventanilla_runtime.broker_check import broker_findings

    keep_logs_quiet()
    settings, said = read_or_say(TicketsSettings, _NAME, ("TICKETS_PRIVACY_",))
    if settings is None:
        return said
    database, broker = await asyncio.gather(
        examine_database(settings.postgres()), broker_findings(_NAME, settings, VARIABLES, (FACTS_BUCKET,), _OBJECTS)
    )
    given = setting_findings(
        keys=list(map(len, settings.keys())),
        status_url=settings.status_url,
        mailboxes=bool(settings.names()),
    )
    return [*given, *said, *database, *broker]


def setting_findings(*, keys: list[int], status_url: str, mailboxes: bool) -> list[Finding]:
    """What is to be said of settings that can be read.

    Args:
        keys: lengths of the secrets.
    """
    found = [ok("settings", "readable")]
    if min(keys, default=0) < _LONG_SECRET:
        do = "openssl rand -base64 32; put the new one before the old, with a comma between"
        found.append(warning("secret", f"one of TICKETS_SECRET has fewer than {_LONG_SECRET} characters", do))
    if status_url.startswith(_NEAR):
        says = f"links in answers begin with {status_url}: customers cannot open them"
        found.append(warning("links", says, "set TICKETS_STATUS_URL to the portal's public address and /s"))
    if not mailboxes:
        says = "TICKETS_MAILBOXES names no mailbox: answers have no name in their From"
        found.append(warning("mailboxes", says, "TICKETS_MAILBOXES='soporte@desk.example=Soporte'"))
    return found
