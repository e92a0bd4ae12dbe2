"""Named queries from `tickets/sql/*.sql`."""

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def load_queries(file: str) -> dict[str, str]:
    """The queries of one file by name; a query begins at its `-- name:` line."""
    text = (files("tickets") / "sql" / f"{file}.sql").read_text()
    parts = _NAME.split(text)[1:]
    return {name: query.strip().rstrip(";") for name, query in zip(parts[::2], parts[1::2], strict=True)}
