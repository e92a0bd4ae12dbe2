"""What somebody filled in in a dialog."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from intake_chat.domain.slack.foreign import NotOurs

Json = dict[str, Any]
TICKET: Final = "ticket"
_BIGGEST: Final = 2**63 - 1


class Answers:
    """The fields of a submitted dialog, by name."""

    def __init__(self, view: Mapping[str, Any]) -> None:
        self.private = _private(view)
        self._values: Mapping[str, Any] = (view.get("state") or {}).get("values") or {}

    @property
    def ticket(self) -> int:
        """The ticket that the dialog is about.

        Raises:
            NotOurs: it is no dialog about a ticket.
        """
        return ticket_number(self.private.get(TICKET))

    def text(self, name: str) -> str:
        """What was written; "" where nothing was."""
        return str(self._one(name).get("value") or "").strip()

    def chosen(self, name: str) -> str:
        """The value of what was chosen; "" where nothing was."""
        return str((self._one(name).get("selected_option") or {}).get("value") or "")

    def several(self, name: str) -> list[str]:
        """The values of all that was chosen or ticked."""
        return [str(one.get("value") or "") for one in self._one(name).get("selected_options") or ()]

    def person(self, name: str) -> str:
        """The id of whoever was chosen; "" where nobody was."""
        return str(self._one(name).get("selected_user") or "")

    def time(self, name: str) -> datetime | None:
        """The time that was chosen."""
        found = self._one(name).get("selected_date_time")
        return datetime.fromtimestamp(int(found), UTC) if found else None

    def _one(self, name: str) -> Mapping[str, Any]:
        # Whatever the action is called: a field has one element.
        block: Mapping[str, Any] = self._values.get(name) or {}
        found: Mapping[str, Any] = next(iter(block.values()), {})
        return found


def ticket_number(value: object) -> int:
    """A ticket's number.

    Raises:
        NotOurs: it is none.
    """
    text = str(value)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _BIGGEST:
        raise NotOurs(f"{text[:40]!r} is no ticket's number")
    return int(text)


def _private(view: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        found = json.loads(view.get("private_metadata") or "{}")
    except ValueError as error:
        raise NotOurs("this is no dialog of the desk") from error
    if not isinstance(found, dict):
        raise NotOurs("this is no dialog of the desk")
    return found
