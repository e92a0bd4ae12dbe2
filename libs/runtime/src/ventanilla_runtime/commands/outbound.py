"""`ventanilla outbound`: hold everything that goes out, look at what would go, drop some of it, let it go."""

import json
import socket
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from ventanilla_runtime.broker import Broker
from ventanilla_runtime.commands.backup import who
from ventanilla_runtime.commands.deadletters import parse_since
from ventanilla_runtime.commands.session import CommandFailed, OperatorSettings, connected, printable, run
from ventanilla_runtime.errors import BrokerAway, NotPermitted, WrongSequence
from ventanilla_runtime.outbound import WAYS, Hold, hold, read_hold
from ventanilla_runtime.outbound_queue import Waiting, drop, waiting
from ventanilla_runtime.publish import Publisher

app = typer.Typer(no_args_is_help=True, help="Hold what goes out, see what waits, drop it, let it go.")

_Ways = Annotated[
    list[str] | None, typer.Option("--way", help=f"Only this way, repeatable: {', '.join(WAYS)}.", metavar="WAY")
]
_By = Annotated[str | None, typer.Option("--as", help="Who says so; your name at this machine.")]
_Json = Annotated[bool, typer.Option("--json", help="Say it as one JSON object.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command("hold", epilog="Example: ventanilla outbound hold --way email --why 'the relay is being moved'")
def hold_ways(
    context: typer.Context,
    why: Annotated[str, typer.Option(help="Everybody sees it who asks why nothing leaves.")],
    ways: _Ways = None,
    by: _By = None,
) -> None:
    """Let nothing go out any more, for the whole desk and over restarts, until `release`. It waits, and may expire."""
    settings: OperatorSettings = context.obj

    async def command() -> int:
        wanted = _checked(ways)
        async with connected(settings) as broker:
            before = await _hold_now(broker)
            await _say(broker, Hold(before.ways | wanted, by or who(), why, origin=_origin()), before)
        typer.echo(f"held: {', '.join(sorted(before.ways | wanted))}; services know within a second or two")
        return 0

    run(command)


@app.command(epilog="Example: ventanilla outbound release --way timer")
def release(context: typer.Context, ways: _Ways = None, yes: _Yes = False, by: _By = None) -> None:
    """Let go what is held: says first what would go out, and asks."""
    settings: OperatorSettings = context.obj

    async def command() -> int:
        wanted = _checked(ways)
        async with connected(settings) as broker:
            before = await _hold_now(broker)
            if not before.ways & wanted:
                typer.echo("nothing of that is held")
                return 0
            _print_counts(await waiting(broker, before.ways & wanted))
            if not yes and not typer.confirm("let it go"):
                return 1
            left = before.ways - wanted
            await _say(broker, Hold(left, by or who(), before.why if left else "", origin=_origin()), before)
        typer.echo(f"released: {', '.join(sorted(before.ways & wanted))}")
        if left:
            typer.echo(f"still held: {', '.join(sorted(left))}")
        return 0

    run(command)


@app.command(epilog="Example: ventanilla outbound status --json")
def status(context: typer.Context, as_json: _Json = False) -> None:
    """Say what is held, since when, by whom and why."""
    settings: OperatorSettings = context.obj

    async def command() -> int:
        async with connected(settings) as broker:
            held = await _hold_now(broker)
        if as_json:
            typer.echo(held.encode().decode())
        elif held.ways:
            typer.echo(f"held: {', '.join(sorted(held.ways))}")
            typer.echo(f"since {held.at:%Y-%m-%d %H:%M:%S} UTC by {printable(held.by)}: {printable(held.why)}")
        else:
            typer.echo("nothing is held")
        return 0

    run(command)


@app.command("list", epilog="Example: ventanilla outbound list --way email --each")
def list_waiting(
    context: typer.Context,
    ways: _Ways = None,
    each: Annotated[bool, typer.Option("--each", help="Every one, not only counts.")] = False,
    as_json: _Json = False,
) -> None:
    """Say what waits to go out: how many, of which kind, how old. Webhooks wait in the database, not here."""
    settings: OperatorSettings = context.obj

    async def command() -> int:
        async with connected(settings) as broker:
            found = await waiting(broker, _checked(ways))
        if as_json:
            typer.echo(json.dumps({"waiting": _counts(found), "each": [_described(one) for one in found]}))
            return 0
        _print_counts(found)
        if each and found:
            typer.echo("STREAM/SEQUENCE    WAY    KIND                 TICKET  ASKED AT (UTC)    DOUBT")
            for one in found:
                typer.echo(
                    f"{f'{one.stream}/{one.sequence}':<18} {one.way:<6} {printable(one.kind):<20.20} "
                    f"{one.ticket_number or '':>6}  {one.asked_at:%Y-%m-%d %H:%M}  {'yes' if one.in_doubt else ''}"
                )
        return 0

    run(command)


@app.command("drop", epilog="Example: ventanilla outbound drop --kind acknowledgement --older-than 6h")
def drop_waiting(
    context: typer.Context,
    ways: _Ways = None,
    kinds: Annotated[list[str] | None, typer.Option("--kind", help="Only this kind, repeatable.")] = None,
    older_than: Annotated[str | None, typer.Option(help="Asked for longer ago: 30m, 12h, 7d.")] = None,
    in_doubt: Annotated[bool, typer.Option("--in-doubt", help="What may have been sent already.")] = False,
    places: Annotated[list[str] | None, typer.Argument(help="Or these, as in the list: OUTBOUND/17.")] = None,
    yes: _Yes = False,
    by: _By = None,
) -> None:
    """Let some of what waits never go out, whoever asks for it again. It must be held. Tickets say what was dropped,
    and by whom. Ladders and callbacks go on: their next call is another one.
    """
    settings: OperatorSettings = context.obj

    async def command() -> int:
        if not (kinds or older_than or places or in_doubt):
            raise CommandFailed("say what to drop: places of the list, --kind, --older-than or --in-doubt")
        before = parse_since(older_than, option="--older-than")
        async with connected(settings) as broker:
            held = await _hold_now(broker)
            found = [
                one
                for one in await waiting(broker, _checked(ways))
                if (not kinds or one.kind in kinds)
                and (before is None or one.asked_at < before)
                and (one.in_doubt or not in_doubt)
                and (not places or f"{one.stream}/{one.sequence}" in places)
            ]
            if loose := sorted({one.way for one in found} - held.ways):
                raise CommandFailed(f"{', '.join(loose)} is not held: hold it first, or it may leave meanwhile")
            if not found:
                typer.echo("nothing to drop: nothing of that waits (`ventanilla outbound list`)")
                return 0
            _print_counts(found)
            if not (yes or typer.confirm("drop them")):
                return 1
            if (await _hold_now(broker)).revision != held.revision:
                raise CommandFailed("somebody has turned the switch meanwhile, and some may have left: look again")
            publisher = Publisher(broker)
            await publisher.start()
            count = await drop(broker, publisher, settings.prefix, found, by or who(), _origin())
        left = len(found) - count
        typer.echo(f"{count} dropped{f'; {left} were settled meanwhile' if left else ''}")
        return 0

    run(command)


def _origin() -> str:
    return f"{who()}@{socket.gethostname()}"


async def _hold_now(broker: Broker) -> Hold:
    """What is held, or what to do first.

    Raises:
        CommandFailed: this user may not ask, or the broker has no streams.
        Temporary: the broker is away.
    """
    try:
        return await read_hold(broker)
    except NotPermitted as error:
        raise CommandFailed(
            f"the broker's user {broker.user} may not ask what is held: connect as `operator`"
        ) from error
    except BrokerAway as error:
        with suppress(BrokerAway):
            if not (await broker.api("STREAM.NAMES")).get("total"):
                raise CommandFailed("the broker has no streams yet: `ventanilla topology apply`") from error
        raise


async def _say(broker: Broker, wanted: Hold, before: Hold) -> None:
    publisher = Publisher(broker)
    await publisher.start()
    try:
        await hold(publisher, wanted, before)
    except WrongSequence as error:
        raise CommandFailed("somebody else has just turned the switch: look at `status`, and say it again") from error


def _checked(ways: Sequence[str] | None) -> frozenset[str]:
    if unknown := sorted(set(ways or ()) - set(WAYS)):
        raise CommandFailed(f"there is no way {', '.join(unknown)}: {', '.join(WAYS)}")
    return frozenset(ways or WAYS)


def _counts(items: Sequence[Waiting]) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    kinds = Counter((one.way, one.kind, one.automatic) for one in items)
    found = []
    for (way, kind, automatic), count in sorted(kinds.items()):
        same = [one for one in items if (one.way, one.kind, one.automatic) == (way, kind, automatic)]
        found.append(
            {
                "way": way,
                "kind": kind,
                "automatic": automatic,
                "count": count,
                "in_doubt": sum(one.in_doubt for one in same),
                "expired": sum(one.expires_at is not None and one.expires_at <= now for one in same),
                "oldest_seconds": round((now - min(one.asked_at for one in same)).total_seconds()),
            }
        )
    return found


def _print_counts(items: Sequence[Waiting]) -> None:
    if not items:
        typer.echo("nothing waits to go out")
        return
    typer.echo("WAY    KIND                 BY      COUNT  IN DOUBT  EXPIRED  OLDEST")
    for row in _counts(items):
        typer.echo(
            f"{row['way']:<6} {printable(row['kind']):<20.20} {'desk' if row['automatic'] else 'person':<6} "
            f"{row['count']:>6} {row['in_doubt']:>9} {row['expired']:>8}  {_age(row['oldest_seconds'])}"
        )


def _described(one: Waiting) -> dict[str, Any]:
    return {
        "place": f"{one.stream}/{one.sequence}",
        "way": one.way,
        "kind": one.kind,
        "id": one.id,
        "ticket": one.ticket_number,
        "automatic": one.automatic,
        "asked_at": one.asked_at.isoformat(),
        "expires_at": one.expires_at and one.expires_at.isoformat(),
        "in_doubt": one.in_doubt,
    }


def _age(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
