"""A Maildir into which mails are written where no relay takes them: those of one person, deleted."""

import email
import email.policy
import email.utils
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tickets.domain.privacy.person import Identity

_FOLDERS: Final = ("new", "cur", "tmp")
_TO: Final = ("to", "cc", "bcc")


def erase_mails(outbox: Path, identities: Iterable[Identity]) -> int:
    """Delete the mails to somebody, overwritten first; returns how many.

    Raises:
        OSError: one cannot be deleted.
    """
    addresses = {one.address for one in identities if one.kind == "email"}
    erased = 0
    for folder in _FOLDERS:
        for path in sorted((outbox / folder).glob("*")):
            if addresses & _recipients(path):
                with path.open("r+b") as file:
                    file.write(b"\0" * path.stat().st_size)
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()
                erased += 1
    return erased


def _recipients(path: Path) -> set[str]:
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
    fields = [str(value) for name in _TO for value in mail.get_all(name, [])]
    return {address.lower() for _, address in email.utils.getaddresses(fields)}
