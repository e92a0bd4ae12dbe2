"""What tests of privacy share: the operator's commands, and all that a desk keeps anywhere, as text."""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.desk import RunningDesk
from ventanilla_contracts.topology import BUCKETS, STREAMS
from ventanilla_runtime.many import Many


def operator_environment(desk: RunningDesk) -> dict[str, str]:
    """As an operator has it who runs `tickets …`: the service's settings, and the broker's user for erasing."""
    return {
        **os.environ,
        **desk.environment("tickets"),
        "TICKETS_PRIVACY_NATS_USER": "privacy",
        "TICKETS_PRIVACY_NATS_PASSWORD": desk.broker.password("privacy"),
    }


async def tickets_command(desk: RunningDesk, *arguments: str) -> tuple[int, str, str]:
    """Run `tickets …` to its end; exit status, what it printed, and what it complained of."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tickets", *arguments, env=operator_environment(desk),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def everything(desk: RunningDesk) -> dict[str, str]:
    """Place → what stands there: rows of tables, messages of streams and buckets, files of outbox and logs."""
    return {**await _rows(desk), **await _messages(desk), **_files(desk.outbox), **_files(desk.folder, "*.log")}


def naming(places: Mapping[str, str], words: Sequence[str]) -> dict[str, str]:
    """Places in which one of these words stands, with the word."""
    return {place: word for place, text in places.items() for word in words if word.lower() in text.lower()}


def changed(before: Mapping[str, str], after: Mapping[str, str], word: str) -> list[str]:
    """Places in which a word stood and whose text stands nowhere any more."""
    kept = set(after.values())
    return [place for place, text in before.items() if word in text and text not in kept]


async def _rows(desk: RunningDesk) -> dict[str, str]:
    found: dict[str, str] = {}
    tables = await desk.query(
        "select table_name from information_schema.tables"
        " where table_schema = current_schema() and table_type = 'BASE TABLE'"
    )
    for (table,) in tables:
        columns = await desk.query(
            "select column_name from information_schema.columns where table_name = $1 and udt_name = 'bytea'", table
        )
        readable = "".join(f", encode({name}, 'escape')" for (name,) in columns)
        rows = await desk.query(f"select row(one.*{readable})::text as row from {table} as one")
        found |= {f"{table}/{number}": row["row"] for number, row in enumerate(rows)}
    return found


async def _messages(desk: RunningDesk) -> dict[str, str]:
    found: dict[str, str] = {}
    many = Many(await desk.broker.connect())
    for stream in [*(one.name for one in STREAMS), *(one.stream for one in BUCKETS)]:
        page, sequence = await many.page(stream, 1, subject=">"), 1
        while page.messages:
            for message in page.messages:
                headers = {name: value for name, value in message.headers.items() if not name.startswith("Nats-")}
                body = message.body.decode("utf-8", "replace")
                found[f"{stream}/{message.sequence}"] = f"{message.subject}\n{headers}\n{body}"
            sequence = page.messages[-1].sequence + 1
            if not page.more:
                break
            page = await many.page(stream, sequence, subject=">")
    return found


def _files(folder: Path, pattern: str = "*") -> dict[str, str]:
    return {
        f"file/{path.name}": path.read_bytes().decode("utf-8", "replace")
        for path in folder.rglob(pattern)
        if path.is_file() and "postgres" not in path.parts and "nats" not in path.parts
    }
