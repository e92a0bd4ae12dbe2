"""The small dialogs behind a card's buttons: assign, priority, snooze, solve, spam."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.dialogs.answers import TICKET, Answers
from intake_chat.domain.slack.presses.words import press_word
from intake_chat.domain.slack.words import word

Json = dict[str, Any]
ASSIGN, PRIORITY, SNOOZE, SOLVE, SPAM = "assign", "priority", "snooze", "solve", "spam"
"""Callback ids; each is the name of its action too."""
AGENT, WHICH, WHY, WHEN, EXACT, RESOLUTION, CAUSE = (
    "agent", "which", "why", "when", "exact", "resolution", "cause",
)  # fmt: skip
_PRIORITIES: Final = ("low", "normal", "high", "urgent")
_WAITS: Final[Mapping[str, timedelta]] = {
    "hour": timedelta(hours=1),
    "hours4": timedelta(hours=4),
    "tomorrow": timedelta(days=1),
    "days3": timedelta(days=3),
    "week": timedelta(days=7),
}


def assign_view(ticket: Mapping[str, Any], agents: Sequence[Mapping[str, Any]], language: str) -> Json:
    """To whom of its team a ticket goes."""
    team = str(ticket["team"])
    if not agents:
        shown = [blocks.sentence(press_word("assign.nobody", language, team=team))]
        return blocks.modal(_title(ASSIGN, ticket, language), shown, close=press_word("close", language))
    offered = [blocks.Option(str(one["name"]), str(one["handle"])) for one in agents]
    hint = press_word("assign.hint", language, team=team)
    holder = str(ticket.get("assignee") or "")
    return _form(
        ASSIGN,
        ticket,
        [
            blocks.choice(AGENT, press_word("assign.who", language), offered, initial=holder, hint=hint),
            _why("assign.why", language),
        ],
        language,
    )


def priority_view(ticket: Mapping[str, Any], language: str) -> Json:
    """How urgent a ticket is."""
    offered = [blocks.Option(word(f"priority.{one}", language), one) for one in _PRIORITIES]
    which = blocks.choice(WHICH, press_word("priority.which", language), offered, initial=str(ticket["priority"]))
    return _form(PRIORITY, ticket, [which, _why("priority.why", language)], language)


def snooze_view(ticket: Mapping[str, Any], language: str) -> Json:
    """Until when a ticket is put aside."""
    offered = [blocks.Option(press_word(f"snooze.{one}", language), one) for one in _WAITS]
    return _form(
        SNOOZE,
        ticket,
        [
            blocks.choice(WHEN, press_word("snooze.when", language), offered, initial="tomorrow", optional=True),
            blocks.time_field(EXACT, press_word("snooze.exact", language), hint=press_word("snooze.hint", language)),
            _why("snooze.why", language),
        ],
        language,
    )


def solve_view(ticket: Mapping[str, Any], language: str) -> Json:
    """What solved a ticket, and what caused it."""
    return _form(
        SOLVE,
        ticket,
        [
            blocks.small(press_word("solve.silent", language)),
            blocks.text_field(
                RESOLUTION, press_word(RESOLUTION, language), lines=True, most=1_000,
                initial=str(ticket.get("resolution") or ""),
            ),
            blocks.text_field(
                CAUSE, press_word(CAUSE, language), most=1_000, initial=str(ticket.get("cause") or ""),
                hint=press_word("cause.hint", language), optional=True,
            ),
        ],
        language,
    )  # fmt: skip


def spam_view(ticket: Mapping[str, Any], language: str) -> Json:
    """Whether a ticket is really spam."""
    what = press_word("spam.what", language, number=str(ticket["number"]))
    return _form(SPAM, ticket, [blocks.sentence(what)], language, {"tags": list(ticket.get("tags") or ())[:49]})


def until(answers: Answers, now: datetime) -> datetime | None:
    """Until when a ticket is to be put aside; the exact time counts more. None: nothing was chosen."""
    exact = answers.time(EXACT)
    wait = _WAITS.get(answers.chosen(WHEN))
    return exact or (None if wait is None else now + wait)


def _form(
    name: str, ticket: Mapping[str, Any], shown: Sequence[Json], language: str, private: Mapping[str, Any] | None = None
) -> Json:
    return blocks.modal(
        _title(name, ticket, language),
        shown,
        close=press_word("cancel", language),
        submit=press_word(f"{name}.submit", language),
        callback=name,
        private={TICKET: ticket["number"], **(private or {})},
    )


def _title(name: str, ticket: Mapping[str, Any], language: str) -> str:
    return f"{press_word(f'{name}.title', language)} #{ticket['number']}"


def _why(key: str, language: str) -> Json:
    return blocks.text_field(WHY, press_word(key, language), most=200, optional=True)
