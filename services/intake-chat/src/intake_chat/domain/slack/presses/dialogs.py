"""The small dialogs behind a card's buttons: assign, priority, snooze, solve, spam, and what takes these two back."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.dialogs.answers import TICKET, Answers
from intake_chat.domain.slack.presses.words import press_word
from intake_chat.domain.slack.teams import title_of
from intake_chat.domain.slack.words import word
from ventanilla_contracts.history_values import Names

Json = dict[str, Any]
ASSIGN, PRIORITY, SNOOZE, SOLVE, SPAM = "assign", "priority", "snooze", "solve", "spam"
REOPEN, NOT_SPAM = "reopen", "not_spam"
"""Callback ids; each is the name of its action too."""
AGENT, WHICH, WHY, WHEN, EXACT, RESOLUTION, CAUSE = (
    "agent", "which", "why", "when", "exact", "resolution", "cause",
)  # fmt: skip
SEEN: Final = "seen"
_MATTERS: Final = ("status", "priority", "assignee", RESOLUTION, CAUSE)
_PRIORITIES: Final = ("low", "normal", "high", "urgent")
_WAITS: Final[Mapping[str, timedelta]] = {
    "hour": timedelta(hours=1),
    "hours4": timedelta(hours=4),
    "tomorrow": timedelta(days=1),
    "days3": timedelta(days=3),
    "week": timedelta(days=7),
}


def assign_view(
    ticket: Mapping[str, Any], agents: Sequence[Mapping[str, Any]], language: str, team: Mapping[str, Any] | None = None
) -> Json:
    """To whom a ticket goes: somebody of its team, or anybody where the team is retired.

    Args:
        agents: who can have it.
        team: the team itself, as the desk answers it.
    """
    called = title_of({"name": ticket["team"], **(team or {})}, language)
    if not agents:
        shown = [blocks.sentence(press_word("assign.nobody", language, team=called))]
        return blocks.modal(_title(ASSIGN, ticket, language), shown, close=press_word("close", language))
    offered = [blocks.Option(str(one["name"]), str(one["handle"])) for one in agents]
    retired = not (team or {}).get("active", True)
    hint = press_word("assign.hint.retired" if retired else "assign.hint", language, team=called)
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


def priority_before(view: Mapping[str, Any]) -> str:
    """The priority that the dialog offered as that which the ticket has; "" where it does not say."""
    fields = (block.get("element") or {} for block in view.get("blocks") or () if block.get("block_id") == WHICH)
    return next((str((field.get("initial_option") or {}).get("value") or "") for field in fields), "")


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
    return _form(SPAM, ticket, [blocks.sentence(what)], language)


def not_spam_view(ticket: Mapping[str, Any], language: str) -> Json:
    """Whether a ticket was closed as spam by mistake."""
    return _form(NOT_SPAM, ticket, _back(NOT_SPAM, ticket, language), language)


def reopen_view(ticket: Mapping[str, Any], language: str) -> Json:
    """Whether a solved ticket is opened again; whoever asked in a chat reads there that it is."""
    return _form(REOPEN, ticket, _back(REOPEN, ticket, language), language)


def changed_meanwhile(seen: Mapping[str, Any], ticket: Mapping[str, Any], language: str) -> str:
    """What others did to a ticket since its dialog was opened, as a sentence; "" where it is nothing that matters.

    Args:
        seen: what the dialog keeps; one of an older release keeps nothing of the ticket.
    """
    before = seen.get(SEEN)
    now = marks(ticket)
    changed = [name for name in now if isinstance(before, Mapping) and before.get(name) != now[name]]
    if not changed:
        return ""
    told = (press_word(f"changed.{name}", language, value=_told(name, ticket, language)) for name in changed)
    return press_word("changed", language, what=" ".join(told))


def marks(ticket: Mapping[str, Any]) -> dict[str, int]:
    """What is kept of a ticket as it was seen: a mark of whatever it matters that others change."""
    return {name: zlib.crc32(str(ticket.get(name) or "").encode(errors="replace")) for name in _MATTERS}


def until(answers: Answers, now: datetime) -> datetime | None:
    """Until when a ticket is to be put aside; the exact time counts more. None: nothing was chosen."""
    exact = answers.time(EXACT)
    wait = _WAITS.get(answers.chosen(WHEN))
    return exact or (None if wait is None else now + wait)


def _form(name: str, ticket: Mapping[str, Any], shown: Sequence[Json], language: str) -> Json:
    return blocks.modal(
        _title(name, ticket, language),
        shown,
        close=press_word("cancel", language),
        submit=press_word(f"{name}.submit", language),
        callback=name,
        private={TICKET: ticket["number"], SEEN: marks(ticket)},
    )


def _back(name: str, ticket: Mapping[str, Any], language: str) -> list[Json]:
    what = press_word(f"{name}.what", language, number=str(ticket["number"]))
    return [blocks.sentence(what), _why("reopen.why", language)]


def _told(name: str, ticket: Mapping[str, Any], language: str) -> str:
    value = str(ticket.get(name) or "")
    if name in ("status", "priority"):
        return word(f"{name}.{value}", language)
    if name == "assignee":
        return Names.of(ticket, language).agent(value) if value else word("nobody", language)
    return blocks.cut(value, 800) or "—"


def _title(name: str, ticket: Mapping[str, Any], language: str) -> str:
    return f"{press_word(f'{name}.title', language)} #{ticket['number']}"


def _why(key: str, language: str) -> Json:
    return blocks.text_field(WHY, press_word(key, language), most=200, optional=True)
