"""`intake-email parse`: paths in, a JSON object for each out, at once and in order."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

import orjson
import structlog

from intake_email.adapters.languages import language_of
from intake_email.handlers.parse import described

SIZE_LIMIT_BYTES = 100 * 1024 * 1024
"""As much as the door may be told to accept; of a larger file the beginning is read."""


def answer_paths(paths: Iterable[str] | None, asked: IO[bytes], answers: IO[bytes], *, pretty: bool) -> bool:
    """Answer each path, or where there are none each line of `asked`; says whether every file could be read."""
    everything = True
    option = orjson.OPT_APPEND_NEWLINE | (orjson.OPT_INDENT_2 if pretty else 0)
    with _logs_on_standard_error():
        for path in paths if paths is not None else _lines(asked):
            found, readable = _answer(path)
            everything &= readable
            answers.write(orjson.dumps(found, option=option))
            answers.flush()
    return everything


@contextmanager
def _logs_on_standard_error() -> Iterator[None]:
    """What goes wrong inside is for whoever runs this; standard output belongs to the answers."""
    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer(key_order=["event"])],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        yield
    finally:
        structlog.configure(**before)


def _lines(asked: IO[bytes]) -> Iterable[str]:
    for line in asked:
        path = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
        if path:
            yield path


def _answer(path: str) -> tuple[dict[str, Any], bool]:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 # a path may be bytes that no Path can hold
            raw = file.read(SIZE_LIMIT_BYTES)
            cut = bool(file.read(1))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        shown = path.encode("utf-8", "replace").decode()
        return {"error": f"cannot read {shown}: {reason}"}, False
    found = described(raw, language_of)
    if cut:
        found["defects"].append("mail_cut")
    return found, True
