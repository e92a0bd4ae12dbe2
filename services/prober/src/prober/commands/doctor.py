"""`prober doctor`: says of every door that is probed whether it answers and believes us. No message is left behind."""

import asyncio
from typing import Annotated, Final

import typer

from prober.app import Doors, open_doors
from prober.domain.advice import look_at
from prober.domain.probe import API, DOOR
from prober.errors import Away, Refused
from prober.settings import ProberSettings
from ventanilla_runtime.desk_rights import DeskToken, desk_rights
from ventanilla_runtime.doctors import keep_logs_quiet, read_or_say, show
from ventanilla_runtime.findings import Finding, ok, problem, warning
from ventanilla_runtime.logs import redact_text
from ventanilla_runtime.service import CannotStart

_NAME: Final = "prober"
_PREFIX: Final = "PROBER_"
_TOKEN: Final = DeskToken(_NAME, f"{_PREFIX}TICKETS_TOKEN", f"{_PREFIX}TICKETS_URL", ("probe",))


def doctor(
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")] = False,
) -> None:
    """Look at the tickets API, the token and each door that is probed, with the settings of `serve`. Changes nothing.

    Exit code 0: probes can be sent (lines with ⚠ tell what to look at); 1: something is to be mended.
    """
    raise show(asyncio.run(examine()), as_data=as_data)


async def examine() -> list[Finding]:
    """Everything that is to be said, in the order in which a person mends it."""
    keep_logs_quiet()
    settings, said = read_or_say(ProberSettings, _NAME)
    if settings is None:
        return said
    found = [ok("settings", f"readable; probed: {', '.join(settings.channels)}"), *said]
    found.append(ok("broker", "is not needed here"))
    found.append(await desk_rights(settings.tickets_url, settings.tickets_token.get_secret_value(), _TOKEN))
    if (worry := _worry(settings)) is not None:
        found.append(worry)
    async with open_doors(settings) as doors:
        return [*found, *[await _door(doors, channel) for channel in settings.channels if channel != API]]


def _worry(settings: ProberSettings) -> Finding | None:
    """A probe that is still under way when the next one is due tells of trouble that there is not."""
    longest = settings.door_seconds + settings.settle_seconds
    if longest <= settings.interval_seconds:
        return None
    says = f"a probe may take {longest:g} s, and the next one is due after {settings.interval_seconds:g} s"
    return warning("pace", says, f"raise {_PREFIX}INTERVAL_SECONDS, or lower {_PREFIX}SETTLE_SECONDS")


async def _door(doors: Doors, channel: str) -> Finding:
    try:
        return ok(channel, redact_text(await doors.door(channel).look()))
    except CannotStart as error:
        return problem(channel, redact_text(str(error)), f"the README of {_NAME} lists its settings")
    except (Refused, Away) as error:
        return problem(channel, redact_text(f"{error.slug}: {error}"), f"look at {look_at(channel, DOOR, error.slug)}")
