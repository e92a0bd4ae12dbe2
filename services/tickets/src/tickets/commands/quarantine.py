"""`tickets quarantine …`: what waits for a person, decided at a terminal."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

import orjson
import typer

from tickets.commands.operating import REFUSED, As, AsJson, fail, operator, printable, run
from tickets.settings import read_settings

quarantine_app = typer.Typer(no_args_is_help=True, help="Messages that wait for a person before they become tickets.")
_Ids = Annotated[list[UUID], typer.Argument(metavar="ID...", help="As `tickets quarantine list` shows them.")]
_Why = Annotated[str, typer.Option(help="Why; shown to whoever looks at it later.")]
_MOST: Final = 200


@quarantine_app.command("list", epilog="Example:  tickets quarantine list --reason spam --json")
def list_waiting(
    state: Annotated[str, typer.Option(help="waiting, released or rejected.")] = "waiting",
    reason: Annotated[str | None, typer.Option(help="Only what is there for this reason.")] = None,
    sender: Annotated[str | None, typer.Option(help="Only of this address, or @domain.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many at most, the oldest.")] = _MOST,
    as_json: AsJson = False,
) -> None:
    """Show what waits, oldest first."""
    if state not in ("waiting", "released", "rejected"):
        fail("quarantine list", "--state: give waiting, released or rejected")
    from tickets.commands.quarantine_work import listed

    found = run("quarantine list", lambda: listed(read_settings(), state, reason, sender, limit))
    if as_json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_UTC_Z).decode())
        return
    if not found:
        typer.echo(f"nothing is {state}")
    for one in found:
        line = f"{one['id']} {one['accepted_at']:%m-%d %H:%M} {one['reason']}: {one['sender']['address']}"
        typer.echo(printable(line, 80))


@quarantine_app.command(epilog="Example:  tickets quarantine show 8f0c…")
def show(id_: Annotated[UUID, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Show one message with its words: they are personal data."""
    from tickets.commands.quarantine_work import shown

    found = run("quarantine show", lambda: shown(read_settings(), id_))
    if as_json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_UTC_Z).decode())
        return
    for name, value in found.items():
        if name != "text" and value not in (None, ""):
            typer.echo(printable(f"{name.replace('_', ' ')}: {value}", 300))
    for line in found["text"].splitlines():
        typer.echo(printable(line))


@quarantine_app.command(epilog='Example:  tickets quarantine release 8f0c… --why "a customer of ours"')
def release(ids: _Ids, why: _Why = "", as_json: AsJson = False, as_: As = None) -> None:
    """Settle messages after all: each in the ticket that it proves to belong to, else in one of its own.

    Exit 1: some could not be released, and are named; the others are.
    """
    _decide("quarantine release", ids, why, as_, as_json=as_json)


@quarantine_app.command(epilog='Example:  tickets quarantine reject 8f0c… --why "phishing"')
def reject(ids: _Ids, why: _Why = "", as_json: AsJson = False, as_: As = None) -> None:
    """Leave messages where they are for good; how long the desk keeps them then, its retention says.

    Exit 1: some could not be rejected, and are named; the others are.
    """
    _decide("quarantine reject", ids, why, as_, as_json=as_json)


def _decide(command: str, ids: Sequence[UUID], why: str, name: str | None, *, as_json: bool) -> None:
    # The other commands need nothing of what settles messages.
    from tickets.commands.quarantine_work import decided

    actor, releases = operator(command, name), command.endswith("release")
    done = run(command, lambda: decided(read_settings(), ids, why, actor, releases=releases))
    wrong = [(id_, str(one)) for id_, one in done if isinstance(one, Exception)]
    decisions = [one for _, one in done if not isinstance(one, Exception)]
    if as_json:
        data = [{"id": str(one.id), "state": one.state, "ticket_number": one.ticket_number} for one in decisions]
        refused = [{"id": str(id_), "state": None, "ticket_number": None, "why": says} for id_, says in wrong]
        typer.echo(orjson.dumps(data + refused).decode())
    else:
        for one in decisions:
            typer.echo(f"{one.id} {one.state}" + (f", ticket {one.ticket_number}" if one.ticket_number else ""))
    for id_, says in wrong:
        typer.echo(printable(f"tickets {command}: {id_}: {says}"), err=True)
    if wrong:
        raise typer.Exit(REFUSED)
