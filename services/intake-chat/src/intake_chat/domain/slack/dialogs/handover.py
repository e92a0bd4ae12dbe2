"""Handing a ticket to another team: up a tier, down again, or back where it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import ESCALATE, RETURN
from intake_chat.domain.slack.blocks import Option
from intake_chat.domain.slack.dialogs.answers import Answers
from intake_chat.domain.slack.dialogs.frames import form, requester_of, sheet, who
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.teams import title_of

Json = dict[str, Any]
TO, REASON, NOTE, NEXT, TELL = "to", "reason", "note", "next_update_by", "tell"
FIELDS: Final = {"/reason": REASON, "/note": NOTE, "/next_update_by": NEXT, "/tier": TO, "/team": TO}
"""Where a fault of the request stands in the dialog."""
_BACK: Final = "back:"
_TEAM: Final = "team:"
_EXTRACT: Final = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """What the dialog is made of.

    Attributes:
        teams: those of the desk, as the API lists them.
        messages: of the ticket, oldest first.
        came_from: the team of the last handover; None: there was none.
    """

    ticket: Mapping[str, Any]
    teams: Sequence[Mapping[str, Any]]
    messages: Sequence[Mapping[str, Any]] = ()
    came_from: str | None = None
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """What somebody wants: `way` is the last part of the API's path."""

    ticket: int
    way: str
    team: str | None
    reason: str
    note: str
    next_update_by: datetime | None
    tell_customer: bool

    def body(self) -> Json:
        """What the ticket service is asked with."""
        by = self.next_update_by
        asked = {
            "reason": self.reason,
            "note": self.note,
            "next_update_by": by.isoformat() if by else None,
            "tell_customer": self.tell_customer,
        }
        return asked if self.team is None else {"team": self.team, **asked}


def view(name: str, seen: Seen, language: str) -> Json:
    """The dialog for going up (`escalate`) or down (`return`); where there is nowhere to go, a sentence."""
    ticket = seen.ticket
    places = _places(name, seen, language)
    if not places:
        nowhere = blocks.sentence(term(f"{name}.nowhere", language, tier=ticket["tier"]))
        return sheet(name, ticket["number"], [nowhere], language, page=seen.page)
    shown = [
        blocks.choice(TO, term("handover.to", language), places, initial=places[0].value if len(places) == 1 else ""),
        blocks.text_field(REASON, term("reason", language), most=300, hint=term("reason.hint", language)),
        blocks.text_field(
            NOTE,
            term("handover.note", language),
            lines=True,
            initial=draft(ticket, seen.messages, language),
            hint=term("handover.note.hint", language),
        ),
        blocks.time_field(NEXT, term("handover.next", language), hint=term("handover.next.hint", language)),
        blocks.ticks(TELL, term("options", language), [Option(term("tell_customer", language), TELL)], ticked=[TELL]),
    ]
    return form(name, ticket, shown, language, page=seen.page)


def parsed(submitted: Mapping[str, Any]) -> Handover:
    """What was asked for.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(submitted)
    to, name = answers.chosen(TO), str(submitted.get("callback_id"))
    if name not in (ESCALATE, RETURN) or not to.startswith((_BACK, _TEAM)):
        raise NotOurs("this dialog hands nothing over")
    back = to.startswith(_BACK)
    return Handover(
        ticket=answers.ticket,
        way="return" if back else "escalate" if name == ESCALATE else "de-escalate",
        team=None if back else to.removeprefix(_TEAM),
        reason=answers.text(REASON),
        note=answers.text(NOTE),
        next_update_by=answers.time(NEXT),
        tell_customer=TELL in answers.several(TELL),
    )


def is_untouched(submitted: Mapping[str, Any]) -> bool:
    """Whether the note is what the dialog began with: whoever gets the ticket would read nothing new in it.

    Slack gives a submitted dialog back with its blocks, and so with what its fields began with.
    """
    block: Mapping[str, Any] = next((one for one in submitted.get("blocks") or () if one.get("block_id") == NOTE), {})
    began = str((block.get("element") or {}).get("initial_value") or "").split()
    return bool(began) and Answers(submitted).text(NOTE).split() == began


def draft(ticket: Mapping[str, Any], messages: Sequence[Mapping[str, Any]], language: str) -> str:
    """What whoever gets a ticket should know, as far as it is known: the agent writes on from there."""
    lines = [
        term("draft.asks", language, who=blocks.cut(who(requester_of(ticket), language), 200)),
        term("draft.subject", language, subject=blocks.cut(str(ticket["subject"]), 300)),
    ]
    for kind in ("customer", "agent", "note"):
        text = next((_said(one) for one in reversed(messages) if one.get("kind") == kind and _said(one)), "")
        if text:
            lines.append(term(f"draft.{kind}", language, text=blocks.cut(text, _EXTRACT)))
    return "\n".join([*lines, term("draft.tried", language), term("draft.missing", language)])


def _said(message: Mapping[str, Any]) -> str:
    return " ".join(str(message.get("reply_text") or message.get("text") or "").split())


def _places(name: str, seen: Seen, language: str) -> list[Option]:
    """Where it can go. A tier is one digit, so that they compare as words. Of a team that is retired, or that the desk
    does not know, it goes to any other: the one that does its work now may stand in the same tier.
    """
    tier = str(seen.ticket["tier"])
    at_work = [team for team in seen.teams if team.get("active")]
    left = name == ESCALATE and all(team["name"] != seen.ticket["team"] for team in at_work)
    there = [
        team for team in at_work if left or (str(team["tier"]) > tier if name == ESCALATE else str(team["tier"]) < tier)
    ]
    there.sort(key=lambda team: (str(team["tier"]), str(team["name"])), reverse=name == RETURN)
    places = [_place(team, language) for team in there]
    if name == RETURN and seen.came_from is not None:
        back = term("handover.back", language, team=_title(seen.came_from, seen.teams, language))
        places.insert(0, Option(back, _BACK))
    return places


def _place(team: Mapping[str, Any], language: str) -> Option:
    return Option(
        term("handover.team", language, title=title_of(team, language), tier=team["tier"]), f"{_TEAM}{team['name']}"
    )


def _title(name: str, teams: Sequence[Mapping[str, Any]], language: str) -> str:
    found = next((team for team in teams if team["name"] == name), None)
    return name if found is None else title_of(found, language)
