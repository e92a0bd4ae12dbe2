"""An export of a person as files: JSON for programs, a page for people, files and originals, and a list of all."""

import html
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

import orjson

from tickets.errors import Refused

DATA, PAGE, LIST = "person.json", "index.html", "manifest.json"
_STYLE: Final = "body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}pre{white-space:pre-wrap}"

_NOT_GIVEN: Final = {
    "notes": "notes of the desk's",
    "of_others": "messages of others",
    "to_others": "messages of the desk's to others",
}


class Target(Protocol):
    """Where files go."""

    def write(self, path: str, data: bytes) -> None:
        """Write a file whole."""


@contextmanager
def opened(out: Path) -> Iterator["Listed"]:
    """A new folder, or a new archive where the name ends in `.zip`; the list is written at the end.

    Raises:
        Refused: there is something by that name already.
        OSError: it cannot be written.
    """
    if out.exists():
        raise Refused(f"{out} is there already; give another name")
    if out.suffix == ".zip":
        # Only its owner may read it.
        out.touch(mode=0o600)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            listed = Listed(_Archive(archive))
            yield listed
            listed.finish()
    else:
        out.mkdir(mode=0o700, parents=True)
        listed = Listed(_Folder(out))
        yield listed
        listed.finish()


class Listed:
    """Writes files and remembers of each its size and SHA-256."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._files: list[dict[str, Any]] = []

    def write(self, path: str, data: bytes) -> None:
        """Write a file whole."""
        self._target.write(path, data)
        self._files.append({"path": path, "bytes": len(data), "sha256": sha256(data).hexdigest()})

    def missing(self, path: str, why: str) -> None:
        """Note a file that is not there, and why."""
        self._files.append({"path": path, "missing": why})

    def data(self, data: Mapping[str, Any]) -> None:
        """Write what is known, for programs and for people."""
        self.write(DATA, orjson.dumps(data, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2))
        self.write(PAGE, page_of(data).encode())

    def finish(self) -> None:
        """Write the list of all files: whoever gets them can see that none is missing or changed."""
        self._target.write(LIST, json.dumps({"files": self._files}, indent=2).encode())


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, path: str, data: bytes) -> None:
        place = self._folder / path
        place.parent.mkdir(mode=0o700, exist_ok=True)
        place.touch(mode=0o600)
        place.write_bytes(data)


class _Archive:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def write(self, path: str, data: bytes) -> None:
        self._archive.writestr(path, data)


def page_of(data: Mapping[str, Any]) -> str:
    """An export for people, as one page without anything from elsewhere."""
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Your data</title><style>{_STYLE}</style>',
        f"<h1>What this desk keeps of you</h1><p>Made {_shown(data['made_at'])}.</p>",
    ]
    for ticket in data["tickets"]:
        parts.append(f"<h2>#{ticket['number']} {_escaped(ticket['subject'])}</h2>")
        parts.append(f"<p>{_escaped(ticket['status'])}, opened {_shown(ticket['created_at'])}</p>")
        parts += [_message(message) for message in ticket["messages"]]
        left_out = {name: count for name, count in ticket["not_given"].items() if count}
        if left_out:
            counts = ", ".join(f"{count} {_NOT_GIVEN[name]}" for name, count in left_out.items())
            parts.append(f"<p>Not given: {_escaped(counts)}</p>")
    for other in data["written_in_tickets_of_others"]:
        parts.append(f"<h2>In #{other['ticket']}, in which somebody else asks</h2>")
        parts += [_message(message) for message in other["messages"]]
    for name, rows in data.items():
        if isinstance(rows, list) and rows and name not in ("tickets", "written_in_tickets_of_others"):
            parts.append(f"<h2>{_escaped(name.replace('_', ' ').capitalize())}</h2><ul>")
            parts += [
                f"<li>{_escaped(', '.join(f'{key}: {_shown(value)}' for key, value in row.items()))}" for row in rows
            ]
            parts.append("</ul>")
    return "\n".join([*parts, "</html>"])


def _message(message: Mapping[str, Any]) -> str:
    files = "".join(
        f'<li><a href="{_escaped(file["file"] or "")}">{_escaped(file["filename"] or "")}</a>'
        for file in message["attachments"]
    )
    return (
        f"<h3>{_escaped(message['from'])}, {_shown(message['accepted_at'])}</h3>"
        f"<pre>{_escaped(message['text'])}</pre>" + (f"<ul>{files}</ul>" if files else "")
    )


def _shown(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)


def _escaped(value: Any) -> str:
    return html.escape(str(value))
