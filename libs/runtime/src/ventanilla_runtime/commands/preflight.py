"""`ventanilla preflight`: every doctor of the services that are installed here, and the broker's streams, in one go.

A service brings its doctor as an entry point of the group `ventanilla.doctors`: a coroutine function without arguments
that returns findings. In an image that is one; in a checkout it is all of them.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import entry_points
from typing import Annotated, Final

import typer

from ventanilla_contracts.errors import ContractError
from ventanilla_runtime import topology
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.commands.session import OperatorSettings
from ventanilla_runtime.doctors import keep_logs_quiet
from ventanilla_runtime.findings import Finding, as_json, is_well, ok, problem, rows_of, summary_of, warning
from ventanilla_runtime.logs import redact_text, server_of

Doctor = Callable[[], Awaitable[list[Finding]]]
GROUP: Final = "ventanilla.doctors"
STREAMS: Final = "streams"
_SECONDS: Final = 120.0
_CONNECT_SECONDS: Final = 8.0
_MOST: Final = 20
_APPLY: Final = "run `ventanilla topology apply`"


def preflight(
    context: typer.Context,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this service, or `streams`; may be given again.")
    ] = None,
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")] = False,
) -> None:
    """Name each permission, DNS record, secret, setting and stream that is missing, before customers notice.

    Asks every service that is installed here and has a setting in the environment (`ROUTER_…`), and changes nothing.
    Exit code 0: the desk works (lines with ⚠ tell what will not); 1: something is to be mended.
    """
    operator: OperatorSettings = context.obj
    doctors = {STREAMS: lambda: streams_findings(operator), **installed()}
    if unknown := set(only or ()) - doctors.keys():
        typer.echo(f"ventanilla: {min(unknown)} is not here; here are {', '.join(doctors)}", err=True)
        raise typer.Exit(2)
    keep_logs_quiet()
    wanted = {name: doctors[name] for name in only} if only else set_up(doctors, os.environ)
    found = {name: asyncio.run(_asked(name, doctor, quiet=as_data)) for name, doctor in wanted.items()}
    findings = [finding for part in found.values() for finding in part]
    if as_data:
        import orjson

        data = {"ok": is_well(findings), "parts": {name: as_json(part) for name, part in found.items()}}
        sys.stdout.buffer.write(orjson.dumps(data, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        if left_out := [name for name in doctors if name not in found and not only]:
            typer.echo(f"Not set up here, so not asked: {', '.join(left_out)}.\n")
        typer.echo(summary_of(findings) if findings else "Nothing is set up here: give the settings of a service.")
    raise typer.Exit(0 if findings and is_well(findings) else 1)


def installed() -> dict[str, Doctor]:
    """The doctors that are here, by service."""
    return {entry.name: entry.load() for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)}


def set_up(doctors: Mapping[str, Doctor], environment: Mapping[str, str]) -> dict[str, Doctor]:
    """Those whose service has a setting in the environment."""
    prefixes = {name: f"{name.upper().replace('-', '_')}_" for name in doctors} | {STREAMS: "VENTANILLA_NATS_"}
    return {
        name: doctor
        for name, doctor in doctors.items()
        if any(variable.startswith(prefixes[name]) and value for variable, value in environment.items())
    }


async def streams_findings(settings: OperatorSettings) -> list[Finding]:
    """What the broker lacks of streams, buckets and consumers, asked as the operator."""
    where = server_of(settings.nats_url)
    broker = Broker(settings.user, settings)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            await broker.connect()
        lacking = await topology.differences(broker, prefix=settings.prefix)
    except (TimeoutError, OSError):
        return [problem("broker", f"no NATS server answers at {where}", "start it, or set VENTANILLA_NATS_URL")]
    except (BrokerRefuses, OldServer, ContractError, topology.TopologyRefused) as error:
        return [problem("broker", redact_text(str(error)), "look at VENTANILLA_NATS_USER and …_NATS_PASSWORD")]
    finally:
        await broker.close()
    if not lacking:
        return [ok("broker", f"{where} has every stream, bucket and consumer of this release")]
    more = len(lacking) - _MOST
    return [
        *(problem("broker", line, _APPLY) for line in lacking[:_MOST]),
        *([warning("broker", f"{more} more differences", _APPLY)] if more > 0 else ()),
    ]


async def _asked(name: str, doctor: Doctor, *, quiet: bool) -> list[Finding]:
    """What a doctor says; shown at once, since some look at servers that are far away."""
    if not quiet:
        typer.echo(f"{name} …", err=True)
    try:
        async with asyncio.timeout(_SECONDS):
            found = await doctor()
    except TimeoutError:
        found = [problem(name, f"was not done in {_SECONDS:.0f} s", f"see where: {name} doctor")]
    except Exception as error:  # noqa: BLE001  # what one doctor stumbles over must not hide what the others find
        says = f"its doctor broke off: {type(error).__name__}: {redact_text(str(error))}"
        found = [problem(name, says, f"tell the maintainers, with what this prints: {name} doctor")]
    if not quiet:
        typer.echo("\n".join([name, *rows_of(found, coloured=sys.stdout.isatty()), ""]))
    return found
