"""Messages that are about something else: letting them be a ticket of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import SPLIT
from intake_chat.domain.slack.blocks import Option
from intake_chat.domain.slack.dialogs.answers import Answers
from intake_chat.domain.slack.dialogs.frames import form, sheet
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.teams import title_of
from ventanilla_contracts.local_times import local_time

Json = dict[str, Any]
MESSAGES, SUBJECT, REASON, TEAM = "messages", "subject", "reason", "team"
FIELDS: Final = {"/messages": MESSAGES, "/subject": SUBJECT, "/reason": REASON, "/team": TEAM}


@dataclass(frozen=True, slots=True)
class Split:
    """What is to be a ticket of its own; `subject` and `team` empty: as the old one's."""

    ticket: int
    messages: Sequence[str]
    subject: str
    reason: str
    team: str

    def body(self) -> Json:
        """What the ticket service is asked with."""
        return {
            "messages": list(self.messages),
            "subject": self.subject or None,
            "reason": self.reason,
            "team": self.team or None,
        }


def view(
    ticket: Mapping[str, Any],
    messages: Sequence[Mapping[str, Any]],
    teams: Sequence[Mapping[str, Any]],
    language: str,
    page: str | None = None,
    *,
    zone: tzinfo = UTC,
) -> Json:
    """The dialog; where there is nothing to split off, a sentence. Of many messages the last hundred are offered.

    Args:
        messages: of the ticket, oldest first.
        teams: of the desk, as the API lists them.
        zone: whose clock times are told by; Slack shows none in an option by itself.
    """
    ours = [one for one in messages if one.get("kind") == "customer"]
    can_go = [one for one in ours if not one.get("deleted_at") and one.get("came_by") is None]
    if len(ours) < 2 or not can_go:
        nothing = blocks.sentence(term("split.nothing", language))
        return sheet(SPLIT, ticket["number"], [nothing], language, page=page)
    offered = [_option(one, language, zone) for one in can_go[-blocks.MOST_OPTIONS :]]
    there = [Option(title_of(team, language), str(team["name"])) for team in teams if team.get("active")]
    shown = [
        blocks.sentence(term("split.what", language)),
        blocks.choices(MESSAGES, term("split.messages", language), offered),
        blocks.text_field(REASON, term("reason", language), most=300, hint=term("reason.hint", language)),
        blocks.text_field(
            SUBJECT,
            term("split.subject", language),
            most=300,
            hint=term("split.subject.hint", language),
            optional=True,
        ),
    ]
    if there:
        shown.append(blocks.choice(TEAM, term("split.team", language), there, optional=True))
    return form(SPLIT, ticket, shown, language, page=page)


def parsed(submitted: Mapping[str, Any]) -> Split:
    """What was asked for.

    Raises:
        ValueError: this is no dialog of ours.
    """
    answers = Answers(submitted)
    return Split(
        answers.ticket,
        answers.several(MESSAGES),
        answers.text(SUBJECT),
        answers.text(REASON),
        answers.chosen(TEAM),
    )


def _option(message: Mapping[str, Any], language: str, zone: tzinfo) -> Option:
    at = local_time(datetime.fromisoformat(str(message["accepted_at"])), zone, language)
    author = message.get("author") or {}
    text = " ".join(str(message.get("reply_text") or message.get("text") or message.get("subject") or "").split())
    by = f"{author.get('name') or author.get('address') or '?'}"
    return Option(text, str(message["id"]), f"{blocks.cut(by, 45)} · {at}")
