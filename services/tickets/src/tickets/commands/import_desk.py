"""`tickets import-desk FILE`: makes the desk what a file says, or shows what that would change.

`tickets desk` prints the file that comes with the service, to start from.
"""

import asyncio
import json
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, NoReturn

import asyncpg
import typer

from tickets.adapters.postgres.desk_store import DeskStore
from tickets.commands.operating import As, operator
from tickets.handlers.desk.importing import Imported, import_desk
from tickets.settings import read_settings
from ventanilla_contracts.errors import Permanent, Temporary

_CONNECT_SECONDS = 10.0
_REFUSED, _CANNOT = 1, 2


class _OneConnection:
    """A single connection in the shape that the store knows."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def transaction(self) -> Any:
        """A transaction on it."""
        return _Transaction(self._connection)

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """All rows of one statement."""
        rows: list[Any] = await self._connection.fetch(query, *arguments)
        return rows


class _Transaction:
    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._transaction = connection.transaction()

    async def __aenter__(self) -> Any:
        await self._transaction.__aenter__()
        return self._connection

    async def __aexit__(self, *reason: Any) -> Any:
        return await self._transaction.__aexit__(*reason)


def import_file(
    file: Annotated[Path, typer.Argument(help="A desk file in YAML; docs/desk.md describes it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    only_new: Annotated[bool, typer.Option("--only-new", help="Leave a desk alone that has anything already.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    as_: As = None,
) -> None:
    """Make people, calendars, policies and all else of the desk what FILE says. Twice changes nothing more.

    A file with a mistake is refused whole: exit 1, a line for each mistake with its place. Exit 2: it cannot be tried.
    """
    try:
        source = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        _fail(f"cannot read {file}: {error}")
    imported = _imported(file.name, source, operator("import-desk", as_), dry_run=dry_run, only_new=only_new)
    if as_json:
        typer.echo(json.dumps(_described(imported, dry_run=dry_run)))
    else:
        for problem in imported.problems:
            typer.echo(problem.sentence(), err=True)
        for step in imported.steps:
            typer.echo(step.sentence())
        for words in imported.warnings:
            typer.echo(f"warning: {words}", err=True)
    if imported.problems:
        if not as_json:
            _fail(f"{file.name} has {_count(imported.problems, 'mistake')}; nothing was changed", _REFUSED)
        raise typer.Exit(_REFUSED)
    if imported.skipped and not as_json:
        typer.echo("the desk has something already and was left as it is")
    elif not as_json:
        done = "would be made" if dry_run else "made"
        typer.echo(f"{_count(imported.steps, 'change')} {done}" if imported.steps else "the desk is so already")


def print_desk() -> None:
    """Print a desk to start from: calendars, policies, a ladder, teams for three tiers, examples of agents."""
    typer.echo(resources.files("tickets").joinpath("desk/default.yaml").read_text(encoding="utf-8"), nl=False)


def _imported(name: str, source: str, actor: str, *, dry_run: bool, only_new: bool) -> Imported:
    settings = read_settings()

    async def connected() -> Imported:
        connection: Any = await asyncpg.connect(**settings.postgres().arguments(), timeout=_CONNECT_SECONDS)
        try:
            store = DeskStore(_OneConnection(connection))
            return await import_desk(name, source, actor, store, dry_run=dry_run, only_new=only_new)
        finally:
            await connection.close()

    try:
        return asyncio.run(connected())
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
        _fail("the database is older than this release: run `tickets migrate`")
    except (Permanent, Temporary) as error:
        _fail(str(error), _REFUSED)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        words = (str(error).splitlines() or [""])[0] or type(error).__name__
        _fail(f"cannot use the database of TICKETS_POSTGRES_URL or _HOST: {words}")


def _described(imported: Imported, *, dry_run: bool) -> dict[str, Any]:
    problems = [
        {"file": one.file, "line": one.line, "column": one.column, "reason": one.reason, "advice": one.advice}
        for one in imported.problems
    ]
    steps = [step.as_data() for step in imported.steps]
    return {
        "dry_run": dry_run,
        "steps": steps,
        "problems": problems,
        "warnings": imported.warnings,
        "skipped": imported.skipped,
    }


def _count(things: list[Any], name: str) -> str:
    return f"{len(things)} {name}" + ("" if len(things) == 1 else "s")


def _fail(words: str, status: int = _CANNOT) -> NoReturn:
    typer.echo(f"tickets import-desk: {words}", err=True)
    raise typer.Exit(status)
