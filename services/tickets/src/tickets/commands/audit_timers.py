"""`tickets audit-timers`: says which timers are late or missing, with no worker, queue or other service alive."""

import asyncio
import logging
import sys
from typing import TYPE_CHECKING, Annotated

import orjson
import structlog
import typer

from tickets.errors import DatabaseAway
from tickets.settings import read_settings

if TYPE_CHECKING:
    from tickets.domain.timers.audit import Trouble
    from tickets.handlers.timers.audit_timers import Findings

_SHOWN = 20


def audit_timers(
    once: Annotated[
        bool, typer.Option("--once", help="Look at all tickets once and end: 0 all is well, 1 something is late.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: print JSON instead of lines.")] = False,
) -> None:
    """Look for timers, clocks and steps that should have been fired and were not. Fires nothing itself.

    Without --once it goes on for ever, as a process of its own with probes and metrics.
    """
    # The other short commands need no broker.
    from tickets.timer_watch import audit_all_once, audit_for_ever
    from ventanilla_runtime.service import run

    settings = read_settings()
    if not once:
        run("tickets", settings, lambda service: audit_for_ever(service, settings))
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        findings, untold = asyncio.run(audit_all_once(settings))
    except DatabaseAway as error:
        typer.echo(f"tickets audit-timers: the database that TICKETS_POSTGRES_URL names: {error}", err=True)
        raise typer.Exit(2) from error
    if as_json:
        sys.stdout.buffer.write(orjson.dumps({**findings.as_data(), "untold": untold}) + b"\n")
    else:
        _print(findings)
    if untold:
        typer.echo(f"tickets audit-timers: no event told of it: {untold}", err=True)
    raise typer.Exit(0 if findings.fine else 1)


def _print(findings: "Findings") -> None:
    for trouble in findings.troubles[:_SHOWN]:
        typer.echo(_line(trouble, findings))
    if len(findings.troubles) > _SHOWN:
        typer.echo(f"and {len(findings.troubles) - _SHOWN} more")
    oldest = f", the latest by {findings.oldest_late_seconds:.0f} s" if findings.late else ""
    typer.echo(f"{findings.late} late{oldest}; {len(findings.missing)} missing or wrong; {findings.failing} failing")


def _line(trouble: "Trouble", findings: "Findings") -> str:
    late = trouble.late_seconds(findings.now)
    when = f"{late:.0f} s ago" if late is not None else f"at {trouble.due_at:%Y-%m-%d %H:%M:%S} UTC"
    failures = f", failed {trouble.failures} times" if trouble.failures else ""
    return f"ticket {trouble.ticket_number}: {trouble.kind} {trouble.key} is {trouble.problem}, due {when}{failures}"
