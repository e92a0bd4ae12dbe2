"""`tickets recover`: after a restore, make good what the database and the streams do not know of each other."""

import asyncio
import functools
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import orjson
import structlog
import typer

from tickets.commands.operating import As, operator
from tickets.errors import DatabaseAway
from tickets.settings import read_settings
from ventanilla_contracts.errors import ContractError
from ventanilla_runtime.commands.session import CommandFailed, connected
from ventanilla_runtime.commands.session import read_settings as read_operator

if TYPE_CHECKING:
    from tickets.adapters.postgres.database import Database
    from tickets.adapters.postgres.recovery_store import RecoveryStore
    from ventanilla_runtime.broker import Broker

app = typer.Typer(
    no_args_is_help=True,
    help="After a restore (docs/backup.md). The broker is VENTANILLA_NATS_URL, as the operator.",
)
_Json = Annotated[bool, typer.Option("--json", help="Say it as one JSON object.")]
_Gap = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=10_000_000,
        help="Ticket numbers to leave out: customers may know them though no backup does. By itself twice the busiest "
        "day for each day since, 1000 at least.",
        show_default=False,
    ),
]
_Wait = Annotated[
    float, typer.Option(min=0.0, max=86_400.0, help="Seconds to wait until all that was accepted is settled.")
]
_GiveUp = Annotated[
    bool,
    typer.Option("--give-up-absent", help="End the recovery though tickets are not there whose replies are known."),
]
_PROGRESS_SECONDS = 2.0
_LOOK_SECONDS = 0.5
_QUIET_LOOKS = 2


class _Result(Protocol):
    def as_data(self) -> dict[str, Any]: ...


@app.command(epilog="Example:  tickets recover positions; then start the services")
def positions(gap: _Gap = None, by: As = None, as_json: _Json = False) -> None:
    """Before the services start: put consumers, sequences and ticket numbers where the database is.

    Customers' messages that the database does not know then go their ordinary way again, under their numbers. From here
    on everything that goes out is held.
    """

    async def work(broker: "Broker", database: "Database", store: "RecoveryStore") -> _Result:
        from tickets.adapters.postgres.settling import SettlingStore
        from tickets.domain.tokens import Signer
        from tickets.handlers.recovering.positions import NotReady, recover_positions
        from ventanilla_runtime.publish import Publisher

        settings, who = read_settings(), operator("recover positions", by)
        publisher = Publisher(broker)
        await publisher.start()
        settling = SettlingStore(database, Signer(settings.keys()))
        try:
            return await recover_positions(
                broker, publisher, store, settling, prefix=settings.prefix, by=who, gap=gap, progress=_Progress()
            )
        except NotReady as error:
            raise CommandFailed(str(error)) from error

    found = _run(work)
    if as_json:
        _print_json(found)
        return
    _print_positions(found)


@app.command(epilog="Example:  tickets recover replies && tickets recompute --all --write")
def replies(wait: _Wait = 600.0, give_up_absent: _GiveUp = False, as_json: _Json = False) -> None:
    """Before anything goes out: give tickets back what agents wrote and changed since the database's backup.

    The services run. It waits until they have settled all that was accepted.
    """

    async def work(broker: "Broker", database: "Database", store: "RecoveryStore") -> _Result:
        from tickets.adapters.postgres.outbound import OutboundStore
        from tickets.handlers.recovering.replies import recover_replies, unsettled
        from ventanilla_runtime.outbound import read_hold

        if "timer" not in (await read_hold(broker)).ways:
            raise CommandFailed("timers are not held: this belongs before `ventanilla outbound release`")
        if (unfinished := await store.unfinished()) is None:
            raise CommandFailed("nothing is unfinished: `tickets recover positions` comes first, and once")
        progress = _Progress()
        await _settled(functools.partial(unsettled, broker), wait, progress)
        return await recover_replies(
            broker,
            store,
            OutboundStore(database),
            known_until=unfinished[1],
            give_up_absent=give_up_absent,
            progress=progress,
        )

    found = _run(work)
    if as_json:
        _print_json(found)
        return
    typer.echo(f"{found['tickets']} tickets got back {found['replies']} replies and {found['changes']} changes")
    if found["notes"]:
        typer.echo(f"{found['notes']} internal notes are lost: the histories of their tickets say so")
    if found["wordless"]:
        typer.echo(f"{found['wordless']} replies are lost: OUTBOUND does not have their words")
    if found["absent"]:
        numbers = ", ".join(f"#{number}" for number in found["absent"][:20])
        typer.echo(f"{len(found['absent'])} tickets are not in the database (yet): {numbers}")
        if not give_up_absent:
            typer.echo("do it again once they are, or with --give-up-absent if they cannot come")
            raise typer.Exit(1)
    typer.echo("next: `tickets recompute --all --write`;")
    typer.echo("`tickets erase-person --again --list FILE`, the list that is outside of the backups;")
    typer.echo("`ventanilla outbound list`, `ventanilla outbound release`")


async def _settled(unsettled: Callable[[], Awaitable[dict[str, int]]], wait: float, progress: "_Progress") -> None:
    """Return once all that was accepted is in the database, at two looks: between two consumers it is nowhere."""
    deadline, quiet = time.monotonic() + wait, 0
    while quiet < _QUIET_LOOKS:
        waiting = await unsettled()
        quiet = 0 if waiting else quiet + 1
        listed = ", ".join(f"{count} at {durable}" for durable, count in waiting.items())
        if waiting and time.monotonic() >= deadline:
            raise CommandFailed(f"not settled yet: {listed}; start the services, and do it again (--wait SECONDS)")
        if waiting:
            progress(f"waiting until all is settled: {listed}")
        await asyncio.sleep(_LOOK_SECONDS)


def _print_positions(found: dict[str, Any]) -> None:
    if found["held"]:
        typer.echo(f"held from now on: {', '.join(found['held'])}")
    for stream, count in found["skipped"].items():
        typer.echo(f"{stream} was older than the database: {count} sequences are not given out again")
    for stream, count in found["anew"].items():
        typer.echo(f"{count} messages of {stream} came between its restore and this, under sequences of others: they")
        typer.echo("  are stored anew, and become tickets; dead letters with the reason `collision` can be dropped")
    for durable, sequence in found["rewound"].items():
        typer.echo(f"{durable} hands out again from {sequence} on")
    typer.echo(f"since {found['since']}: {found['numbers_kept']} tickets will open under the numbers they had")
    typer.echo(f"the next new ticket is #{found['last_number'] + 1}")
    if found["gap"]:
        typer.echo(
            f"  {found['gap']} numbers before it are left out: after the backups they may have been told to others,"
        )
        typer.echo("  whose links and answers must not open somebody else's ticket (--gap)")
    if found["settled_elsewhere"]:
        typer.echo(f"{found['settled_elsewhere']} notifications were sent already and do not go out again")
    if found["held_in_doubt"]:
        numbers = ", ".join(f"#{number}" for number in found["held_in_doubt"][:20])
        typer.echo(f"replies that waited, to be looked at by an agent: {numbers}")
    if found["by_hand"]:
        numbers = ", ".join(f"#{number}" for number in found["by_hand"][:20])
        typer.echo(f"made over the API, not to be had back: {numbers}")
    typer.echo("next: start the services, then `tickets recover replies`")


def _run(work: Callable[["Broker", "Database", "RecoveryStore"], Awaitable[_Result]]) -> dict[str, Any]:
    from tickets.adapters.postgres.database import open_database
    from tickets.adapters.postgres.recovery_store import RecoveryStore
    from ventanilla_runtime.broker import BrokerRefuses

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

    async def live() -> dict[str, Any]:
        database = await open_database(read_settings().postgres(), most_connections=2)
        try:
            async with connected(read_operator()) as broker:
                return (await work(broker, database, RecoveryStore(database))).as_data()
        finally:
            await database.close()

    try:
        return asyncio.run(live())
    except (CommandFailed, ContractError, BrokerRefuses, DatabaseAway) as error:
        typer.echo(f"tickets recover: {error}", err=True)
        raise typer.Exit(1) from error


class _Progress:
    """Says on standard error what is being done, once it takes long."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, what: str) -> None:
        now = time.monotonic()
        if now - self._last >= _PROGRESS_SECONDS:
            self._last = now
            typer.echo(what, err=True)


def _print_json(found: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(found) + b"\n")
