"""`intake-phone doctor`: says of all that the telephone needs whether it is there, and what to do where it is not."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from ventanilla_runtime.doctors import keep_logs_quiet, read_or_say, show
from ventanilla_runtime.findings import Finding, ok

VARIABLES: Final = "INTAKE_PHONE_"
_NAME: Final = "intake-phone"
_SECONDS: Final = 10.0


def doctor(
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")] = False,
    fix: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER", help="Let calls and texts to this number come here; may be given again."),
    ] = None,
) -> None:
    """Look at account, numbers, public address, flows, ticket service and broker, with the settings of `serve`.

    Changes nothing without --fix, which sets the addresses of the numbers that it names at Twilio, if the public
    address is proven to reach this desk. Exit code 0: the desk works (lines with ⚠ tell what will not); 1: something is
    to be mended.
    """
    raise show(asyncio.run(examine(fix or ())), as_data=as_data)


async def examine(fix: Sequence[str] = ()) -> list[Finding]:
    """Everything that is to be said, in the order in which a person mends it."""
    import aiohttp

    from intake_phone.adapters.flow_file import default_flow
    from intake_phone.adapters.twilio.account import TwilioAccount
    from intake_phone.adapters.twilio.tokens import Tokens
    from intake_phone.commands.desk_checks import (
        examine_tickets,
        examine_transcription,
        flows_beside_desk,
        read_flows,
    )
    from intake_phone.commands.number_checks import (
        desk_number_finding,
        number_findings,
        region_finding,
        telephone_findings,
    )
    from intake_phone.commands.public_check import examine_public
    from intake_phone.commands.twilio_checks import examine_twilio, mend
    from intake_phone.commands.waiting import all_of
    from intake_phone.domain.account import MOST_NUMBERS
    from intake_phone.domain.flows.review import Desk
    from intake_phone.settings import Settings
    from ventanilla_contracts.topology import PHONE_STATE, PHONE_WISHES
    from ventanilla_runtime.broker_check import broker_findings

    keep_logs_quiet()
    settings, said = read_or_say(Settings, _NAME)
    if settings is None:
        return said
    now = datetime.now(UTC)
    flows, book = read_flows(settings, now)
    async with aiohttp.ClientSession(trust_env=True) as session:
        tokens = Tokens(settings.twilio_account_sid, settings.twilio_tokens)
        account = TwilioAccount(session, tokens, settings.twilio_url, _SECONDS)
        found = await all_of(
            {
                "Twilio": examine_twilio(settings, account),
                "the public address": examine_public(settings),
                "the ticket service": examine_tickets(settings),
                "the transcription server": examine_transcription(settings),
                "the broker": broker_findings(
                    _NAME, settings, VARIABLES, ("outbound_state", PHONE_STATE, PHONE_WISHES)
                ),
            }
        )
        seen = found["Twilio"]
        public, proven = found["the public address"]
        mended, numbers = await mend(fix, seen, settings, account, proven=proven)
    tickets, desk = found["the ticket service"]
    shipped = book is not None and book.otherwise.digest == default_flow(now.year).digest
    if book is not None:
        all_known = numbers is not None and len(numbers) < MOST_NUMBERS
        known = frozenset(one.number for one in numbers or ()) if all_known else None
        around = Desk(desk.teams if desk is not None else None, known)
        flows = flows_beside_desk(settings, now, around, shipped=shipped) or flows
    ours = {settings.desk_number, *(book.by_number if book else ()), *(one.number for one in numbers or ())} - {""}
    shipped_too = shipped and bool(settings.flows)
    listed = number_findings(numbers, book, settings.public_url, shipped_too=shipped_too) if numbers is not None else []
    return [
        ok("settings", "readable"),
        *said,
        *seen.findings,
        *public,
        *mended,
        *listed,
        *([desk_number_finding(settings.desk_number, numbers)] if numbers is not None else ()),
        *(region_finding(settings.region, numbers) if numbers is not None else ()),
        *flows,
        *tickets,
        *telephone_findings(desk.phones if desk is not None else {}, ours),
        *found["the transcription server"],
        *found["the broker"],
    ]
