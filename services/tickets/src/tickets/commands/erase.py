"""`tickets erase-person`: takes a person out of everything that the desk keeps, and says what still names them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import orjson
import typer

from tickets.adapters.postgres.erasure_store import Erasure, ErasureStore
from tickets.commands.operating import (
    CANNOT,
    REFUSED,
    As,
    AsJson,
    fail,
    in_words,
    operator,
    printable,
    run,
    with_database,
)
from tickets.domain.privacy.person import Identity, NoIdentity, read_identity
from tickets.settings import TicketsSettings, read_settings

if TYPE_CHECKING:
    from tickets.handlers.privacy.find import Found

_COMMAND: Final = "erase-person"
_WAITING: Final = 3
_UNKNOWN: Final = (
    "the desk knows nobody at {}, and nothing was erased; look for a slip, or give --even-unknown to search streams and"
    " files too"
)

_FORGOTTEN: Final = (
    "the desk was restored before {:%Y-%m-%d %H:%M} UTC: whom it was told to erase between its backup and that,\n"
    "only the list outside of the backups knows; give it with --list FILE (docs/privacy.md)"
)


def erase(
    identities: Annotated[
        list[str] | None, typer.Argument(metavar="IDENTITY", help="ana@cliente.example, +34600111222, T…/U….")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show who it is and what is kept; erase nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is them.")] = False,
    why: Annotated[str, typer.Option(help="Why, for the audit log; without naming anybody.")] = "",
    only_given: Annotated[
        bool, typer.Option("--only-given", help="Leave out what else is known to be theirs.")
    ] = False,
    even_unknown: Annotated[
        bool, typer.Option("--even-unknown", help="Look through streams and files though no table names them.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Open orders; after a restore, also everybody who was erased before.")
    ] = False,
    erased_list: Annotated[
        Path | None, typer.Option("--list", help="With --again: the list that `tickets erasures --list` wrote.")
    ] = None,
    outbox: Annotated[
        Path | None, typer.Option(help="Maildir into which intake-email writes: their mails there go too.")
    ] = None,
    no_provider: Annotated[
        bool, typer.Option("--no-provider", help="This desk has no intake-phone: nothing is to be deleted at Twilio.")
    ] = False,
    wait: Annotated[float, typer.Option(min=0, max=3600, help="Seconds for others to follow.")] = 60.0,
    as_json: AsJson = False,
    as_: As = None,
) -> None:
    """Take a person out of tickets, files, streams and buckets, and list what still names them.

    Exit 0: nothing is left. 3: something is on its way; run it again. 1: refused. 2: it cannot be tried;
    of --again: an order failed, and the others were carried out.
    """
    given = _given(identities)
    if bool(given) == again:
        fail(_COMMAND, "give who is to be erased, or --again")
    # The other commands need neither the broker nor what erases.
    from tickets.commands.erasing_work import ErasingWork
    from tickets.commands.privacy_session import erasing, progress
    from tickets.handlers.privacy.find import find_person

    settings, actor, say = read_settings(), operator(_COMMAND, as_), progress()
    listed = _read_list(erased_list) if erased_list is not None else []

    failures: list[str] = []

    def failed(order: Erasure, error: Exception) -> None:
        failures.append(f"{order.id}: {in_words(error)}")

    async def work() -> list[tuple[Erasure | None, Mapping[str, Any]]]:
        async with erasing(settings, wait, say, providers=not no_provider) as parts:
            task = ErasingWork(parts, actor, why, outbox)
            if again:
                if erased_list is None and (at := await parts.store.recovered_at()) is not None:
                    typer.echo(_FORGOTTEN.format(at), err=True)
                return [*await task.again(listed, failed)]
            found = await find_person(given, await parts.database.now(), parts.reads, only_given=only_given)
            if not even_unknown and (unknown := await task.unknown(given)):
                _refuse(_UNKNOWN.format(", ".join(map(str, unknown))))
            if dry_run:
                return [(None, found.as_data())]
            _confirm(found, yes=yes)
            return [await task.one(found, only_given=only_given)]

    results = run(_COMMAND, work)
    say("")
    _print(results, as_json=as_json)
    for words in failures:
        typer.echo(printable(f"tickets {_COMMAND}: {words}"), err=True)
    if failures:
        raise typer.Exit(CANNOT)
    if any(report.get("state") == "waiting" for _, report in results):
        raise typer.Exit(_WAITING)


def list_erasures(
    as_list: Annotated[
        bool, typer.Option("--list", help="As lines for `erase-person --again --list`; keep them apart from backups.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show whom the desk was told to erase and what came of it. Nobody is named."""

    async def read(connection: Any, settings: TicketsSettings) -> tuple[list[Erasure], list[tuple[str, datetime]]]:
        store = ErasureStore(connection, settings.keys())
        return await store.all(), await store.listed()

    orders, listed = with_database("erasures", read)
    if as_list:
        for hash_, before in listed:
            typer.echo(orjson.dumps({"hash": hash_, "before": before}, option=orjson.OPT_UTC_Z).decode())
    elif as_json:
        typer.echo(orjson.dumps([order.as_data() for order in orders], option=orjson.OPT_UTC_Z).decode())
    elif not orders:
        typer.echo("nobody was erased")
    else:
        for order in orders:
            left = "; ".join(order.report.get("waiting_for", ()))
            typer.echo(printable(f"{order.id} {order.ordered_at:%Y-%m-%d %H:%M} {order.state:<8} {left}", 80))


def _given(identities: Sequence[str] | None) -> list[Identity]:
    try:
        return [read_identity(text) for text in identities or ()]
    except NoIdentity as error:
        fail(_COMMAND, str(error))


def _read_list(path: Path) -> list[tuple[str, datetime]]:
    try:
        lines = [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
        return [(str(line["hash"]), datetime.fromisoformat(line["before"])) for line in lines]
    except OSError as error:
        fail(_COMMAND, f"cannot read {path}: {error.strerror}")
    except (ValueError, KeyError, TypeError):
        fail(_COMMAND, f"{path} is no list of `tickets erasures --list`")


def _confirm(found: "Found", *, yes: bool) -> None:
    if found.held:
        _refuse("; ".join(f"ticket {number} is held: {why}" for number, why in found.held))
    if yes:
        return
    for line in _described(found.as_data()):
        typer.echo(line, err=True)
    if not typer.confirm("Is it them, and are they to be erased for good?", err=True):
        _refuse("nothing was erased")


def _refuse(words: str) -> NoReturn:
    fail(_COMMAND, words, REFUSED)


def _print(results: Sequence[tuple[Erasure | None, Mapping[str, Any]]], *, as_json: bool) -> None:
    if as_json:
        data = [{**({"id": str(order.id)} if order else {}), **report} for order, report in results]
        typer.echo(orjson.dumps(data if len(data) != 1 else data[0], option=orjson.OPT_UTC_Z).decode())
        return
    if not results:
        typer.echo("nobody is there again who was erased, as far as this database and --list say")
    for order, report in results:
        lines = _described(report) if order is None else [f"{order.id}: {report['state']}", *_described(report)]
        for line in lines:
            typer.echo(line)


def _described(report: Mapping[str, Any]) -> list[str]:
    """Line by line, what is not empty."""
    lines: list[str] = []
    for name, value in report.items():
        if name == "state" or value in ([], {}, ""):
            continue
        if isinstance(value, Mapping):
            lines += [f"{name.replace('_', ' ')}:"]
            lines += [printable(f"  {key}: {_short(one)}", 80) for key, one in value.items() if one]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines += [printable(f"{name.replace('_', ' ')}: {' '.join(map(str, one.values()))}", 80) for one in value]
        else:
            lines.append(printable(f"{name.replace('_', ' ')}: {_short(value)}", 80))
    return lines


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_short(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
