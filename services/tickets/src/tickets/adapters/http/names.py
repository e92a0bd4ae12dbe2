"""What people and teams are called, beside their handles in an answer: whoever shows it need not ask for each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import Field

from tickets.adapters.http.answer_model import Answer
from tickets.adapters.postgres.desk_reads import DeskReads

Named = Mapping[str, Sequence[Mapping[str, Any]]]
"""Handle, name of a team or address → rows of `DeskReads.names`; an agent and a team may share a handle."""


class Names(Answer):
    """What those are called of whom an answer speaks; of whom nobody knows any more there is nothing."""

    agents: dict[str, str] = Field(description="Handle → name.", examples=[{"eva": "Eva Ruiz"}])
    teams: dict[str, dict[str, str]] = Field(
        description="Team → language → title.", examples=[{"network": {"es": "Redes", "en": "Network"}}]
    )
    people: dict[str, str] = Field(description="Address in a chat → name.", examples=[{"T0123/U0456": "Ana"}])


def by_key(rows: Iterable[Mapping[str, Any]]) -> Named:
    """Rows of `DeskReads.names` by what they name."""
    known: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        known.setdefault(row["key"], []).append(row)
    return known


def names_of(words: Iterable[str], known: Named) -> dict[str, dict[str, Any]]:
    """`Names` of those who are known among these handles, teams and addresses."""
    names: dict[str, dict[str, Any]] = {"agents": {}, "teams": {}, "people": {}}
    for word in words:
        for row in known.get(word, ()):
            names[row["kind"]][word] = _called(row)
    return names


async def tickets_with_names(tickets: Sequence[Mapping[str, Any]], reads: DeskReads) -> list[dict[str, Any]]:
    """Tickets as the API answers them, each with the `names` of its team and people; one question for all of them."""
    words = [list(_named_by(ticket)) for ticket in tickets]
    known = by_key(await reads.names({word for each in words for word in each}))
    return [{**ticket, "names": names_of(each, known)} for ticket, each in zip(tickets, words, strict=True)]


def names_beside(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """`Names` of a ticket's team and assignee, which its row by `DeskReads.ticket` has beside it."""
    names = names_of((), {})
    if row["team_known"]:
        names["teams"][row["team"]] = _titles(row)
    if row["assignee_called"]:
        names["agents"][row["assignee"]] = row["assignee_called"]
    return names


def handle_in(actor: str | None) -> str | None:
    """The agent who an actor of the history is: `agent:eva` is `eva`; None: it is no agent."""
    kind, _, handle = (actor or "").partition(":")
    return handle if kind == "agent" and handle else None


def _named_by(ticket: Mapping[str, Any]) -> Iterable[str]:
    mention = ticket.get("mention") or {}
    words = (ticket["team"], ticket["assignee"], handle_in(mention.get("by")))
    return dict.fromkeys(word for word in words if word)


def _called(row: Mapping[str, Any]) -> Any:
    return _titles(row) if row["kind"] == "teams" else row["title_es"]


def _titles(row: Mapping[str, Any]) -> dict[str, str]:
    return {language: title for language in ("es", "en") if (title := row[f"title_{language}"])}
