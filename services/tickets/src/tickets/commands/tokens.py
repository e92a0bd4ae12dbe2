"""`tickets token …`: makes, lists, revokes and checks the bearer tokens of the API.

A token is shown once, when it is made; the database keeps its SHA-256 alone.
"""

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, NoReturn, TypeVar

import asyncpg
import typer

from tickets.adapters.postgres import audit_log
from tickets.adapters.postgres.tokens import ACT, SCOPES, StoredToken, TokenStore
from tickets.commands.operating import As, AsJson, operator
from tickets.settings import read_settings

token_app = typer.Typer(no_args_is_help=True, help="Make, list, revoke and check the tokens of the API.")

_EXPIRES = re.compile(r"(\d{1,5})([hdw])\Z")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}
_CONNECT_SECONDS = 10.0
_NOT_VALID, _CANNOT = 1, 2
T = TypeVar("T")


@token_app.command(epilog="Example:  tickets token create --name reports --scope read --expires 30d")
def create(
    scope: Annotated[list[str], typer.Option(help=f"One of {', '.join(SCOPES)}; repeat for several.")],
    expires: Annotated[
        str | None, typer.Option(help="When it ends, for example 30d, 12h or 8w; never if not given.")
    ] = None,
    name: Annotated[
        str, typer.Option(help="Who will use it; shown in the history of tickets. Their handle if not given.")
    ] = "",
    agent: Annotated[
        str | None, typer.Option(help="Handle of the agent who acts with it, as `tickets import-desk` made them.")
    ] = None,
    bot: Annotated[
        bool, typer.Option("--bot", help="A program writes with it by itself: what it says is nobody's answer.")
    ] = False,
    as_json: AsJson = False,
    as_: As = None,
) -> None:
    """Make a token and print it. It cannot be shown again."""
    name = name or agent or ""
    unknown = [word for word in scope if word not in SCOPES]
    if unknown:
        _fail(f"--scope: {unknown[0]!r} is not one of {', '.join(SCOPES)}")
    if agent and ACT in scope:
        _fail(f"--scope: {ACT} lets a service act for agents; a token that is an agent's own needs and gets none")
    if agent and bot:
        _fail("--bot: a token is an agent's or a bot's; leave out --agent or --bot")
    if not name.strip() or len(name) > 100 or not name.isprintable():
        _fail("--name: give 1 to 100 printable characters")
    lifetime, actor = _lifetime(expires), operator("token create", as_)

    async def make(store: TokenStore, connection: Any) -> tuple[str, StoredToken]:
        async with connection.transaction():
            token, stored = await store.create(name.strip(), scope, lifetime, agent, bot=bot)
            await audit_log.add_line(connection, actor, "token.created", _noted(stored))
        return token, stored

    token, stored = _with_store(make)
    typer.echo(json.dumps({"token": token, **_described(stored)}) if as_json else token)


@token_app.command("list", epilog="Example:  tickets token list --json")
def list_tokens(as_json: AsJson = False) -> None:
    """Show every token that was made, without the token itself."""
    tokens = _with_store(lambda store, _: store.all())
    if as_json:
        typer.echo(json.dumps([_described(token) for token in tokens]))
        return
    typer.echo(f"{'ID':>5}  {'NAME':<24} {'SCOPES':<24} {'STATE':<8} {'WHOSE':<16} {'EXPIRES':<22} LAST USED")
    for token in tokens:
        ends = token.expires_at.isoformat(timespec="minutes") if token.expires_at else "never"
        used = token.last_used_at.isoformat(timespec="minutes") if token.last_used_at else "never"
        whose = token.agent or ("bot" if token.bot else "program")
        scopes = ",".join(token.scopes)
        typer.echo(f"{token.id:>5}  {token.name:<24} {scopes:<24} {token.state:<8} {whose:<16} {ends:<22} {used}")


@token_app.command(epilog="Example:  tickets token revoke reports; tickets token revoke 17")
def revoke(
    token: Annotated[str, typer.Argument(metavar="NAME|ID", help="As `tickets token list` shows it.")],
    as_: As = None,
) -> None:
    """End a token at once; a name ends every token of that name."""
    actor = operator("token revoke", as_)

    async def end(store: TokenStore, connection: Any) -> list[StoredToken]:
        async with connection.transaction():
            ended = await store.revoke(token)
            for stored in ended:
                await audit_log.add_line(connection, actor, "token.revoked", _noted(stored))
        return ended

    ended = _with_store(end)
    if not ended:
        _fail(f"no token {token!r} is in force", _NOT_VALID)
    for stored in ended:
        typer.echo(f"revoked {stored.id} {stored.name}")


@token_app.command(epilog="Example:  tickets token check < token.txt && echo in force")
def check(
    token: Annotated[str | None, typer.Argument(help="The token; from standard input if not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether a token is in force: exit 0 if it is, 1 if not, 2 if that cannot be known."""
    presented = sys.stdin.readline().strip() if token in (None, "-") else str(token)
    caller = _with_store(lambda store, _: store.check(presented))
    if caller is None:
        _fail("this token is unknown, expired or revoked", _NOT_VALID)
    if as_json:
        described = {
            "id": caller.id,
            "name": caller.name,
            "scopes": sorted(caller.scopes),
            "agent": caller.agent,
            "bot": caller.bot,
        }
        typer.echo(json.dumps(described))
    else:
        typer.echo(f"in force: {caller.name} ({', '.join(sorted(caller.scopes))})")


def _lifetime(expires: str | None) -> timedelta | None:
    if expires is None:
        return None
    match = _EXPIRES.match(expires)
    if not match or not int(match[1]):
        _fail(f"--expires: {expires!r} is not a number followed by h, d or w, for example 30d")
    return timedelta(hours=int(match[1]) * _HOURS[match[2]])


def _noted(token: StoredToken) -> dict[str, Any]:
    """What the audit log says of a token."""
    described = _described(token)
    return {name: described[name] for name in ("id", "name", "scopes", "agent", "bot", "expires_at")}


def _with_store(ask: Callable[[TokenStore, Any], Awaitable[T]]) -> T:
    settings = read_settings()

    async def connected() -> T:
        connection: Any = await asyncpg.connect(**settings.postgres().arguments(), timeout=_CONNECT_SECONDS)
        try:
            return await ask(TokenStore(connection), connection)
        finally:
            await connection.close()

    try:
        return asyncio.run(connected())
    except asyncpg.ForeignKeyViolationError:
        _fail("--agent: nobody at this desk has this handle; `tickets import-desk` makes agents")
    except asyncpg.UndefinedTableError:
        _fail("the database has no schema yet: run `tickets migrate`", _CANNOT)
    except asyncpg.UndefinedColumnError:
        _fail("the database is older than this release: run `tickets migrate`", _CANNOT)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        words = (str(error).splitlines() or [""])[0] or type(error).__name__
        _fail(f"cannot use the database of TICKETS_POSTGRES_URL or _HOST: {words}", _CANNOT)


def _described(token: StoredToken) -> dict[str, Any]:
    def written(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment else None

    return {
        "id": token.id,
        "name": token.name,
        "scopes": list(token.scopes),
        "agent": token.agent,
        "bot": token.bot,
        "state": token.state,
        "created_at": written(token.created_at),
        "expires_at": written(token.expires_at),
        "revoked_at": written(token.revoked_at),
        "last_used_at": written(token.last_used_at),
    }


def _fail(words: str, status: int = _CANNOT) -> NoReturn:
    typer.echo(f"tickets token: {words}", err=True)
    raise typer.Exit(status)
