"""Who is named in what the thread of a card is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from intake_chat.domain.slack.cards.words import card_word
from intake_chat.domain.slack.mrkdwn import inert, shown_name

MOVES: Final = {"ticket.escalated": "escalated", "ticket.de_escalated": "de_escalated", "ticket.returned": "returned"}
"""What takes a ticket to another team."""
TEAM_RETIRED: Final = "team.retired"


@dataclass(frozen=True, slots=True)
class Company:
    """Who is named in lines.

    Attributes:
        names: handle → name, as people read it.
        mention: who has the ticket, as Slack mentions them; "" for nobody, or somebody who is not in Slack.
        page: where the whole ticket can be read; "" for nowhere.
        teams: handle → name of the team, as people read it.
        thread: where the lines stand, as channel/time stamp of the card; "" is not known.
    """

    names: Mapping[str, str]
    mention: str = ""
    page: str = ""
    teams: Mapping[str, str] = field(default_factory=dict)
    thread: str = ""

    def who(self, actor: str, language: str) -> str:
        """Whoever did something, escaped."""
        kind, _, handle = actor.partition(":")
        if kind == "agent":
            return self.name(handle)
        return card_word("who.customer" if kind in ("customer", "aside", "automatic") else "who.desk", language)

    def name(self, handle: str) -> str:
        """An agent's name, escaped."""
        return inert(shown_name(self.names.get(handle) or handle))

    def team(self, handle: str) -> str:
        """A team's name, escaped."""
        return inert(shown_name(self.teams.get(handle) or handle))

    def other(self, number: int | str, language: str) -> str:
        """A link to all that was said in another ticket, as Slack's words; "" without a page."""
        pages = self.page.rpartition("/")[0]
        return f"<{pages}/{number}|{card_word('whole', language)}>" if pages else ""

    def whole(self, message: str, language: str) -> str:
        """A link to the whole of what was cut, as Slack's words; "" without a page."""
        anchor = f"#m-{message}" if message else ""
        return f"<{self.page}{anchor}|{card_word('whole', language)}>" if self.page else ""


def agents_in(entries: Sequence[Mapping[str, Any]]) -> set[str]:
    """Handles of the agents whom entries of a history name."""
    found = {entry["actor"].partition(":")[2] for entry in entries if entry["actor"].startswith("agent:")}
    for entry in entries:
        detail = entry.get("detail") or {}
        if detail.get("field") == "assignee":
            found |= {str(value) for value in (detail.get("old"), detail.get("new")) if value}
        if entry["action"] == "ticket.assigned" and detail.get("assignee"):
            found.add(str(detail["assignee"]))
    return found


def teams_in(entries: Sequence[Mapping[str, Any]]) -> set[str]:
    """Handles of the teams that entries of a history name."""
    found = set()
    for entry in entries:
        detail = entry.get("detail") or {}
        if entry["action"] in MOVES:
            found |= {str(detail[end]["team"]) for end in ("from", "to") if (detail.get(end) or {}).get("team")}
        elif entry["action"] == TEAM_RETIRED and detail.get("team"):
            found.add(str(detail["team"]))
        elif detail.get("field") == "team":
            found |= {str(value) for value in (detail.get("old"), detail.get("new")) if value}
    return found
