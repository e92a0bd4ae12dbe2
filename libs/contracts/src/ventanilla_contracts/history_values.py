"""Values of a ticket's history for people: names in place of handles, no ids, no signs of machines."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from ventanilla_contracts.shown_address import readable_address

_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")
_OF_SLACK: Final = re.compile(r"[TE][A-Z0-9]{2,20}/[UW][A-Z0-9]{2,20}")
_SOMEBODY: Final = {"es": "alguien en Slack", "en": "somebody in Slack"}
_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Names:
    """What people and teams that an entry names are called.

    Attributes:
        agents: handle → name.
        teams: handle → title in the reader's language.
        people: address → name.
    """

    agents: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"

    @classmethod
    def of(cls, entry: Mapping[str, Any], language: str) -> "Names":
        """The names that came with an entry; an older ticket service tells none."""
        given = entry.get("names") or {}
        teams = {str(name): _titled(titles, language) for name, titles in (given.get("teams") or {}).items()}
        return cls(given.get("agents") or {}, teams, given.get("people") or {}, language)

    def agent(self, handle: str) -> str:
        """An agent's name; of somebody whom nobody knows any more the handle."""
        return self.agents.get(handle) or handle

    def team(self, name: str) -> str:
        """A team's title; its name where it has none."""
        return self.teams.get(name) or name

    def address(self, address: str) -> str:
        """Somebody's address: one of Slack, or of a call without a number, says nothing; their name if it is known."""
        if known := self.people.get(address):
            return known
        if _OF_SLACK.fullmatch(address):
            return _SOMEBODY.get(self.language, _SOMEBODY["en"])
        return readable_address(address, self.language)

    def anybody(self, handle: str) -> str:
        """The name of an agent or a team."""
        return self.agents.get(handle) or self.teams.get(handle) or handle


def is_id(value: Any) -> bool:
    """Whether a value is an id, or a list of ids: nothing for people."""
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(isinstance(one, str) and bool(_ID.fullmatch(one)) for one in values)


def moment_of(value: Any) -> datetime | None:
    """The time that a text of a history means; None: it means none."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def plainly(value: Any) -> str:
    """A value as one line of plain words; "" for what is nothing to people."""
    if value is None or value is False or is_id(value):
        return ""
    if isinstance(value, Mapping):
        return ", ".join(
            f"{str(name).replace('_', ' ')} {told}" for name, one in value.items() if (told := plainly(one))
        )
    if isinstance(value, list | tuple):
        return ", ".join(told for one in value[:_MOST] if (told := plainly(one)))
    text = " ".join(str(value).split())
    return _ID.sub("…", text)


def _titled(titles: Any, language: str) -> str:
    if not isinstance(titles, Mapping):
        return str(titles or "")
    return str(titles.get(language) or next((one for one in titles.values() if one), ""))
