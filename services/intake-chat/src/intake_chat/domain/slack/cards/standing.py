"""Why a ticket has its priority and is where it is, as it stands now: who set that last, and what they said.

The router's sentence tells of a ticket's beginning. Once somebody has changed what it speaks of, theirs comes first.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from intake_chat.domain.slack.cards.words import card_word
from intake_chat.domain.slack.mrkdwn import one_line, shown_name

PRIORITY, TEAM, TIER = FIELDS = ("priority", "team", "tier")
OPENED: Final = "opened"
"""Beside the fields: who opened a ticket by hand."""
SPLIT: Final = "split"
"""Beside the fields: who made it a ticket of its own, out of which one."""
_SPLIT_OFF: Final = "ticket.split_off"
_MOVES: Final = frozenset({"ticket.escalated", "ticket.de_escalated", "ticket.returned"})
_MOVED_BY: Final = frozenset({"escalated", "de_escalated", "returned"})
_RULES: Final = "rules: "
_AGENT: Final = "agent:"
_LONGEST_WHY: Final = 300

By = Mapping[str, Mapping[str, str]]
"""Field → `actor` and `why`, as the history has them."""


def placed_of(ticket: Mapping[str, Any]) -> tuple[str, ...]:
    """What is to be explained of a ticket; the same tuple needs no other explanation."""
    return tuple(str(ticket[name]) for name in FIELDS)


def set_by(entries: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Who set each of the fields last in a stretch of a ticket's history, and why; and who opened it by hand."""
    found: dict[str, dict[str, str]] = {}
    given = {(entry.get("at"), entry.get("why")) for entry in entries if _gives(entry)}
    for entry in entries:
        detail, actor = entry.get("detail") or {}, str(entry.get("actor") or "")
        why = str(entry.get("why") or "")
        if detail.get("field") == TEAM and (entry.get("at"), why) in given:
            why = why.rpartition("; ")[0]  # its end says why that one agent has it
        said = {"actor": actor, "why": why[:_LONGEST_WHY]}
        if entry["action"] == "ticket.created" and actor not in ("", "customer"):
            found[OPENED] = {"actor": actor, "why": ""}
        elif entry["action"] == _SPLIT_OFF:
            found[SPLIT] = {**said, "from": str(detail.get("from") or "")}
        elif entry["action"] in _MOVES:
            found |= {TEAM: said, TIER: said}
        elif (
            entry["action"] == "ticket.changed"
            and detail.get("field") in FIELDS
            and why.partition(";")[0] not in _MOVED_BY
        ):
            found[str(detail["field"])] = said
    return found


def _gives(entry: Mapping[str, Any]) -> bool:
    """Whether somebody has the ticket from now on."""
    detail = entry.get("detail") or {}
    return detail.get("field") == "assignee" and bool(detail.get("new"))


def agents_of(by: By) -> set[str]:
    """Handles of the agents who are named in it."""
    return {one["actor"].removeprefix(_AGENT) for one in by.values() if one.get("actor", "").startswith(_AGENT)}


def why_now(ticket: Mapping[str, Any], routed: str, by: By, names: Mapping[str, str], team: str, language: str) -> str:
    """Why a ticket has its priority, and why this team has it; "" where nobody said anything.

    Args:
        routed: the router's sentence about the ticket's beginning; "": no router decided.
        names: handle → name of agents.
        team: the name of the ticket's team, as people know it.
    """
    parts = []
    if one := by.get(PRIORITY):
        value = card_word(f"priority.{ticket['priority']}", language)
        parts.append(card_word("why.priority", language, value=value, **_said(one, names, language)))
    place = by.get(TEAM) or by.get(TIER)
    if place:
        values = {"team": one_line(team), "tier": str(ticket["tier"])}
        parts.append(card_word("why.place", language, **values, **_said(place, names, language)))
    if len(parts) == 2:
        return " ".join(parts)
    if split := by.get(SPLIT):  # what the router said of its message was about the ticket in which that stood
        parts.append(card_word("why.split", language, number=split.get("from", ""), **_said(split, names, language)))
    elif routed:
        parts.append(card_word("why.at_first", language, why=routed) if parts else routed)
    elif opened := by.get(OPENED):
        name = _who(opened, names, language)
        parts.append(card_word("why.opened", language, name=name[:1].upper() + name[1:]))
    return " ".join(parts)


def _said(one: Mapping[str, str], names: Mapping[str, str], language: str) -> dict[str, str]:
    why = one_line(one.get("why", ""))
    if why.startswith(_RULES):
        return {"name": card_word("why.rules", language, rules=why.partition(";")[0].removeprefix(_RULES)), "why": ""}
    return {
        "name": _who(one, names, language),
        "why": card_word("why.said", language, why=why.rstrip(".")) if why else "",
    }


def _who(one: Mapping[str, str], names: Mapping[str, str], language: str) -> str:
    kind, _, name = one.get("actor", "").partition(":")
    if kind == "agent":
        return shown_name(names.get(name) or name)
    return card_word("why.customer" if kind == "customer" else "why.desk", language)
