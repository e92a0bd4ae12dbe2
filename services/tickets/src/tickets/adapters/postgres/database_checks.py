"""What `tickets doctor` says of the database: reachable, new enough, durable, with its schema and our rights on it."""

from datetime import UTC, datetime
from typing import Any, Final

import asyncpg

from tickets.adapters.postgres.address import Address
from tickets.adapters.postgres.migrate import encoding_problem, missing_migrations, newer_migrations
from ventanilla_runtime.findings import Finding, ok, problem, warning
from ventanilla_runtime.logs import redact_text

_SECONDS: Final = 8.0
_OLDEST: Final = 15
_SKEW_SECONDS: Final = 2.0
_STATE = """
select current_setting('server_version_num')::int / 10000 as version,
  pg_is_in_recovery() or current_setting('default_transaction_read_only')::bool as read_only,
  current_setting('fsync')::bool and current_setting('synchronous_commit') <> 'off' as durable,
  (select rolsuper from pg_roles where rolname = current_user) as superuser,
  current_user as who,
  current_setting('server_encoding') as encoding,
  clock_timestamp() as now
"""
_FORBIDDEN = """
select relname from pg_class
where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and relname <> 'schema_migration'
  and not (has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert'))
order by relname
"""


async def examine_database(where: Address) -> list[Finding]:
    """What is to be said of the database. Nothing is changed there."""
    try:
        connection: Any = await asyncpg.connect(**where.arguments(), timeout=_SECONDS, command_timeout=_SECONDS)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        words = redact_text((str(error).splitlines() or [""])[0] or type(error).__name__)
        do = "look at TICKETS_POSTGRES_URL, or TICKETS_POSTGRES_HOST and the others, and whether this host may"
        return [problem("database", words, do)]
    try:
        state = await connection.fetchrow(_STATE)
        skew = abs((datetime.now(UTC) - state["now"]).total_seconds())
        found = server_findings(state["version"], state["who"], skew, **_flags(state))
        if any(finding.about == "database" and finding.state == "problem" for finding in found):
            return found
        if wrong := encoding_problem(state["encoding"]):
            found.append(problem("encoding", *wrong.split(": ", 1)))
        missing = await missing_migrations(connection)
        if missing:
            says = f"{len(missing)} migrations are missing: {missing[0]} is the first"
            return [*found, problem("schema", says, "run `tickets migrate` with this release")]
        found.append(_schema(await newer_migrations(connection)))
        if forbidden := [row["relname"] for row in await connection.fetch(_FORBIDDEN)]:
            says = f"{state['who']} may not read and write {forbidden[0]} and {len(forbidden) - 1} others"
            found.append(problem("rights", says, f"grant all on all tables in the schema to {state['who']}"))
        return found
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return [problem("database", redact_text(str(error)), "look at its log")]
    finally:
        await connection.close(timeout=2)


def server_findings(
    version: int, who: str, skew_seconds: float, *, read_only: bool, durable: bool, superuser: bool
) -> list[Finding]:
    """What is to be said of the server and the role.

    Args:
        version: major one.
        skew_seconds: between its clock and ours.
    """
    found = []
    if version < _OLDEST:
        found.append(problem("database", f"it is Postgres {version}", f"take {_OLDEST} or newer"))
    if read_only:
        do = "lead TICKETS_POSTGRES_HOST to the primary (with CloudNativePG: <cluster>-rw)"
        found.append(problem("database", "it takes no writes: it is a replica, or read-only", do))
    if not durable:
        says = "fsync or synchronous_commit is off: a crash loses tickets that were confirmed"
        found.append(problem("durability", says, "set both to on"))
    if superuser:
        says = f"{who} is a superuser: whoever gets in here may do anything"
        found.append(warning("role", says, "make a role that owns this database alone"))
    if skew_seconds > _SKEW_SECONDS:
        says = f"its clock and ours are {skew_seconds:.1f} s apart: deadlines and logs disagree"
        found.append(warning("clock", says, "have both follow the same time servers"))
    return found or [ok("database", f"Postgres {version} answers, {who} may log in")]


def _flags(state: Any) -> dict[str, bool]:
    return {name: bool(state[name]) for name in ("read_only", "durable", "superuser")}


def _schema(newer: list[str]) -> Finding:
    if newer:
        return warning("schema", f"it is newer than this release: {newer[-1]}", "meant, if this is a rollback")
    return ok("schema", "is that of this release")
