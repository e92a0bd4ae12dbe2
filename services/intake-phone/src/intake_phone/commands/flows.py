"""Commands that need nothing but files: check, show, flow, schema; `check --teams` asks the ticket service too."""

import asyncio
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from ventanilla_runtime.settings import ServiceSettings, read_or_end

_SECONDS: Final = 8.0
_VARIABLES: Final = "INTAKE_PHONE_"
_SILENT: Final = "the ticket service does not tell its teams"


class _DeskAddress(ServiceSettings):
    """Where the ticket service is: all that a check of flows may ask for."""

    model_config = SettingsConfigDict(env_prefix=_VARIABLES)

    tickets_url: str = "http://127.0.0.1:8001"
    tickets_token: SecretStr | None = None


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Flow files; together they are the desk's.")],
    teams: Annotated[
        bool, typer.Option("--teams", help="Also ask the ticket service whether it has the teams that they name.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")] = False,
) -> None:
    """Say everything that is wrong with flow files, one line each: file, line, column; exit code 1 if anything is.

    With --teams it asks INTAKE_PHONE_TICKETS_URL with INTAKE_PHONE_TICKETS_TOKEN. Whether the account has the numbers
    is told by `intake-phone doctor`.
    """
    from intake_phone.adapters.flow_file import read_flow_files
    from intake_phone.domain.flows.review import Desk
    from intake_phone.errors import FlowRefused

    desk = Desk(_teams() if teams else None)
    year = datetime.now(UTC).year
    try:
        book = read_flow_files(files, first_year=year, desk=desk)
        found = [(file, read_flow_files([file], first_year=year, desk=desk)) for file in files]
    except FlowRefused as error:
        if as_json:
            _print_json({"valid": False, "problems": [asdict(one) for one in error.problems]})
        else:
            count = len(error.problems)
            lines = "".join(f"{_printable(str(one))}\n" for one in error.problems)
            sys.stdout.write(f"{lines}{count} mistake{'s' if count > 1 else ''}: these flows would be refused\n")
        raise typer.Exit(1) from error
    flows = [(file, next(iter(alone.by_number.values()), alone.otherwise)) for file, alone in found]
    if as_json:
        told = [
            {"file": str(file), "name": one.name, "digest": one.digest, "numbers": one.numbers, "nodes": len(one.nodes)}
            for file, one in flows
        ]
        _print_json({"valid": True, "problems": [], "flows": told, "otherwise": book.otherwise.name})
        return
    for file, one in flows:
        answers = ", ".join(one.numbers) or "all other numbers"
        sys.stdout.write(f"{file}: {len(one.nodes)} nodes, no mistakes; flow {one.name} {one.digest} for {answers}\n")


def show(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Flow file; without it the shipped flow.")
    ] = None,
) -> None:
    """Print which node of a flow leads where, in the order in which calls get there."""
    from intake_phone.adapters.flow_file import default_flow, read_flow_files
    from intake_phone.domain.flows.listing import listing
    from intake_phone.errors import FlowRefused

    year = datetime.now(UTC).year
    try:
        if file is None:
            flow = default_flow(year)
        else:
            book = read_flow_files([file], first_year=year)
            flow = next(iter(book.by_number.values()), book.otherwise)
    except FlowRefused as error:
        _fail(_printable(str(error.problems[0])))
    sys.stdout.write("".join(f"{_printable(line)}\n" for line in listing(flow)))


def flow() -> None:
    """Print the flow that comes with Ventanilla: a file to begin one's own with. docs/phone-flows.md describes it."""
    from intake_phone.adapters.flow_file import default_flow_text

    sys.stdout.write(default_flow_text())


def schema() -> None:
    """Print the JSON Schema of flow files, for editors; services/intake-phone/phone-flow.schema.json holds the same."""
    from intake_phone.flow_schema import schema_text

    sys.stdout.write(schema_text())


def _teams() -> frozenset[str]:
    import aiohttp

    from intake_phone.adapters.desk_setup import teams_of_desk
    from intake_phone.errors import DeskAway, DeskRefused
    from intake_phone.wiring.desk import TOKEN

    given = read_or_end(_DeskAddress, "intake-phone")
    if given.tickets_token is None or not given.tickets_token.get_secret_value():
        _fail("--teams asks the ticket service: set INTAKE_PHONE_TICKETS_TOKEN and INTAKE_PHONE_TICKETS_URL")
    token = given.tickets_token.get_secret_value()

    async def ask() -> frozenset[str]:
        async with aiohttp.ClientSession(trust_env=True) as session:
            return await teams_of_desk(session, given.tickets_url, token, _SECONDS)

    try:
        return asyncio.run(ask())
    except DeskRefused as error:
        of_token = error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        do = f"INTAKE_PHONE_TICKETS_TOKEN is none that it takes; {TOKEN.make_one}"
        _fail(f"{_SILENT} ({error}): {do if of_token else 'look at its log, or at INTAKE_PHONE_TICKETS_URL'}")
    except DeskAway as error:
        _fail(f"{_SILENT} ({error}): start it, or look at INTAKE_PHONE_TICKETS_URL")


def _print_json(content: object) -> None:
    import orjson

    sys.stdout.buffer.write(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")


def _printable(text: str) -> str:
    """On one line, without what a terminal would take for an order."""
    return "".join(character if character.isprintable() else " " for character in text)


def _fail(reason: str) -> NoReturn:
    sys.stderr.write(f"intake-phone: {reason}\n")
    raise typer.Exit(1)
