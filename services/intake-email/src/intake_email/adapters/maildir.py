"""The Maildir outbox: outgoing mail as files, one a mail, for desks without a relay. Writing again changes nothing."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from intake_email.domain.outbound import Deferred, Letter, Outcome, Sent
from ventanilla_runtime.service import CannotStart
from ventanilla_runtime.tracing import Kind, span

_NAME_LIMIT = 200


class Maildir:
    """A transport that writes mails to a folder."""

    repeatable = True

    def __init__(self, folder: Path) -> None:
        """Make the folder's three parts where they are missing.

        Raises:
            CannotStart: it cannot be written to.
        """
        self._tmp, self._new = folder / "tmp", folder / "new"
        try:
            for part in ("tmp", "new", "cur"):
                (folder / part).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotStart(f"cannot make INTAKE_EMAIL_OUTBOX={folder}: {error.strerror}") from error

    async def deliver_all(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Write mails durably; an outcome for each, in order."""
        return await asyncio.to_thread(self._write_all, letters)

    async def close(self) -> None:
        """Nothing is open."""

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:  # noqa: ARG002  # a memory's signature
        """No attempt needs to be remembered: the files are the memory, and writing one again changes nothing."""
        return [True] * len(keys)

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        """As `create_all`."""

    async def get(self, key: str) -> bytes | None:  # noqa: ARG002  # a memory's signature
        """As `create_all`."""
        return None

    def _write_all(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Write, sync and link each, then sync the folder once for all."""
        outcomes: list[Outcome] = []
        for letter in letters:
            try:
                with span("send mail", Kind.CLIENT, letter.trace, notification_id=letter.name):
                    outcomes.append(self._write(letter))
            except OSError as error:
                outcomes.append(Deferred(f"the outbox cannot be written: {error.strerror}"))
        try:
            _sync_folder(self._new)
        except OSError as error:
            return [Deferred(f"the outbox cannot be written: {error.strerror}")] * len(letters)
        return outcomes

    def _write(self, letter: Letter) -> Outcome:
        """One mail: made in `tmp`, synced, linked into `new`. A name that is there already is the same mail.

        Plain calls with plain strings: paths as objects cost as much again.
        """
        name = file_name(letter.name)
        # Replicas may write the same mail at once: each its own file in tmp, and only one of them gets the name in new.
        draft = f"{self._tmp}/{name}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        try:
            _write_whole(descriptor, b"Return-Path: <%b>\r\n%b" % (letter.sender.encode(), letter.content))
            os.fsync(descriptor)
            with suppress(FileExistsError):
                os.link(draft, f"{self._new}/{name}")
        finally:
            os.close(descriptor)
            os.unlink(draft)  # noqa: PTH108  # as above
        return Sent(name)


def _write_whole(descriptor: int, data: bytes) -> None:
    """Write all of it: one call may take only a part."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def file_name(notification_id: str) -> str:
    """The file's name for a notification: its id, with what a Maildir does not allow (slash, colon) percent-encoded."""
    name = quote(notification_id, safe="@+=,").lstrip(".")
    return name if name and len(name) <= _NAME_LIMIT else sha256(notification_id.encode()).hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
