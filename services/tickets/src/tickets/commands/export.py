"""`tickets export-person`: everything that the desk keeps of somebody, as files for them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tickets.commands.operating import REFUSED, As, fail, operator, run
from tickets.domain.privacy.person import NoIdentity, read_identity
from tickets.settings import read_settings

if TYPE_CHECKING:
    from tickets.handlers.privacy.find import Found

_COMMAND: Final = "export-person"


def export(
    identities: Annotated[
        list[str], typer.Argument(metavar="IDENTITY", help="ana@cliente.example, +34600111222, T…/U….")
    ],
    out: Annotated[Path, typer.Option(help="A new folder, or a new file that ends in .zip.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is them.")] = False,
    why: Annotated[str, typer.Option(help="Why, for the audit log; without naming anybody.")] = "",
    only_given: Annotated[
        bool, typer.Option("--only-given", help="Leave out what else is known to be theirs.")
    ] = False,
    as_: As = None,
) -> None:
    """Write what the desk keeps of a person: JSON, a page to read, files, originals, and a list of all with SHA-256."""
    try:
        given = [read_identity(text) for text in identities]
    except NoIdentity as error:
        fail(_COMMAND, str(error))
    # The other commands need neither the broker nor what exports.
    from tickets.commands.exporting_work import write_export

    settings, actor = read_settings(), operator(_COMMAND, as_)

    def confirm(found: "Found") -> None:
        _confirm(found, yes=yes)

    tickets, missing = run(
        _COMMAND,
        lambda: write_export(given, out, settings, confirm, actor=actor, why=why, only_given=only_given),
    )
    lost = f"; {missing} files are gone, and the list says which" if missing else ""
    typer.echo(f"{out}: {tickets} tickets{lost}")


def _confirm(found: "Found", *, yes: bool) -> None:
    if yes:
        return
    described: dict[str, Any] = found.as_data()
    for name in ("identities", "linked", "names", "tickets", "takes_part_in"):
        for one in described[name]:
            typer.echo(
                f"{name.replace('_', ' ')}: {' '.join(map(str, one.values())) if isinstance(one, dict) else one}",
                err=True,
            )
    if not typer.confirm("Is it them, and may all of this be given out?", err=True):
        fail(_COMMAND, "nothing was written", REFUSED)
