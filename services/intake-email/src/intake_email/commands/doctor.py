"""`intake-email doctor`: says of all that mail needs whether it is there, and what to do where it is not."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer

from ventanilla_runtime.doctors import keep_logs_quiet, read_or_say, show
from ventanilla_runtime.findings import Finding, ok

VARIABLES: Final = "INTAKE_EMAIL_"
_NAME: Final = "intake-email"


def doctor(
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")] = False,
) -> None:
    """Look at DNS (MX, SPF, DKIM, DMARC), relay, certificate, mailboxes and broker, with the settings of `serve`.

    Changes nothing and sends no mail. Exit code 0: the desk works (lines with ⚠ tell what will not); 1: something is
    to be mended.
    """
    raise show(asyncio.run(examine()), as_data=as_data)


async def examine() -> list[Finding]:
    """Everything that is to be said, in the order in which a person mends it."""
    from intake_email.commands.dns_checks import examine_dns
    from intake_email.commands.door_checks import examine_certificate, examine_outbox
    from intake_email.commands.mailbox_checks import examine_mailboxes
    from intake_email.commands.relay_checks import examine_relay
    from intake_email.settings import Settings
    from ventanilla_runtime.broker_check import broker_findings

    keep_logs_quiet()
    settings, said = read_or_say(Settings, _NAME)
    if settings is None:
        return said
    found = await asyncio.gather(
        examine_dns(settings),
        examine_certificate(settings),
        examine_relay(settings) if settings.relay_url is not None else examine_outbox(settings.outbox or Path()),
        examine_mailboxes(settings),
        broker_findings(_NAME, settings, VARIABLES, ("outbound_state", "imap_state")),
    )
    return [ok("settings", "readable"), *said, *(finding for part in found for finding in part)]
