"""How a call ended, in words for its ticket: from what its steps noted and what Twilio says of its end.

Either may be missing: steps whose word the broker never got, or an end that nobody reported yet. Entries may come
twice and in any order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from intake_phone.domain.calls.state import State
from intake_phone.domain.calls.turn import Entry
from intake_phone.domain.numbers import Caller, Kind
from ventanilla_contracts.undelivered_text import why_undelivered

LOG_LINES: Final = 60
NOT_TEXTED: Final = "not_texted"
"""Line of the log about a text that Twilio refused; its detail is the desk's word for why."""
_TALKED: Final = frozenset({"completed", "answered"})
_NOT_TALKED: Final = frozenset({"busy", "no-answer", "canceled"})


class Outcome(StrEnum):
    """How a call ended; `subject.<outcome>`, `text.<outcome>` and `sentence.<outcome>` are among the words."""

    ANSWERED = "answered"
    VOICEMAIL = "voicemail"
    CALLBACK = "callback"
    MISSED = "missed"
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    ABANDONED_IN_MENU = "abandoned_in_menu"
    WITHOUT_MESSAGE = "without_message"
    """No telephone rang: the caller was asked for a message and left none."""
    ENDED = "ended"
    """The caller got what was asked for without a person, for example a text."""
    FAILED = "failed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class CallEnd:
    """What is known of a call's end.

    Attributes:
        status: Twilio's `CallStatus`, or empty.
        seconds: how long it lasted; None: not known.
        answered_by: name of the agent who talked to the caller, or empty.
        waited_seconds: in a queue; None: not known.
        greeted: something was said to the caller, as far as is known.
        callback_number: in E.164, that somebody whose own one cannot be called asked to be called at; or empty.
        asked_for_message: the call stood last where a message is asked for.
    """

    status: str = ""
    seconds: int | None = None
    answered_by: str = ""
    waited_seconds: int | None = None
    greeted: bool = False
    callback_number: str = field(default="", repr=False)
    asked_for_message: bool = False


@dataclass(frozen=True, slots=True)
class CallReport:
    """What a ticket's message says of a call.

    Attributes:
        entries: once each, in order.
        team: that was asked for last, or empty. ticket: that the caller says it is about, or None.
        text: the call's log, for the desk. sentence: the call as its caller reads of it, without a number.
    """

    outcome: Outcome
    language: str
    team: str
    ticket: int | None
    seconds: int | None
    entries: tuple[Entry, ...] = field(repr=False)
    subject: str
    text: str = field(repr=False)
    sentence: str = ""


def outcome_of(entries: Iterable[Entry], end: CallEnd) -> Outcome:
    """How a call ended. A conversation counts most, then what the caller left, then where the call broke off."""
    ordered = in_order(entries)
    kinds = {entry.kind for entry in ordered}
    # Who talked to the caller is known apart from what the call noted, which may be missing or still under way.
    talked = end.answered_by or "answered" in kinds
    if talked or any(entry.kind == "dialled" and entry.detail in _TALKED for entry in ordered):
        return Outcome.ANSWERED
    if "recorded" in kinds:
        return Outcome.VOICEMAIL
    if "callback" in kinds:
        return Outcome.CALLBACK
    if "rejected" in kinds:
        return Outcome.REJECTED
    if end.status == "failed":
        return Outcome.FAILED
    if kinds & {"queued", "dialled", "unavailable", "capped"}:
        return Outcome.ABANDONED_IN_QUEUE if _left_while_waiting(ordered) else Outcome.MISSED
    if "closed" in kinds or not (ordered or end.greeted) or end.status in _NOT_TALKED:
        return Outcome.MISSED
    if end.asked_for_message or "empty_recording" in kinds:
        return Outcome.WITHOUT_MESSAGE
    if "ended" in kinds:
        return Outcome.ENDED
    return Outcome.ABANDONED_IN_MENU


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries once each, as they happened."""
    return tuple(sorted(set(entries), key=lambda entry: (entry.step, entry.position, entry.kind, entry.node)))


def report(
    entries: Iterable[Entry],
    state: State,
    end: CallEnd,
    caller: Caller,
    words: Mapping[str, Mapping[str, str]],
    spoken: str,
) -> CallReport:
    """The words of a call's ticket, in the language that the caller spoke.

    Args:
        state: where the call stood last: what was chosen and collected.
        words: language → key → text.
        spoken: the flow's language, for a call in which none was chosen.
    """
    ordered = in_order(entries)
    outcome = outcome_of(ordered, end)
    language = state.language if state.language in words else spoken
    own = words[language]
    team = next(
        (entry.detail for entry in reversed(ordered) if entry.kind in ("queued", "callback", "unavailable")), ""
    )
    shown = _caller(caller, own)
    blanks = {
        "caller": shown,
        "who": end.answered_by or own["text.somebody"],
        "seconds": str(_seconds_of(outcome, ordered, end)),
        "number": end.callback_number or caller.number or own["text.number_shown"],
    }
    by_team = end.answered_by or any(entry.kind == "answered" for entry in ordered)
    key = "text.answered_transfer" if outcome == Outcome.ANSWERED and not by_team else f"text.{outcome}"
    lines = [own[key].format(**blanks), *_lines(ordered, state, end, own, language)]
    subject = own[f"subject.{outcome}"].format(**blanks)
    subject = subject[:1].upper() + subject[1:]  # it may begin with who calls, in words that stand anywhere
    ticket = state.ticket or None
    sentence = own[f"sentence.{outcome}"].format(**blanks)
    return CallReport(outcome, language, team, ticket, end.seconds, ordered, subject, "\n".join(lines), sentence)


def _lines(
    ordered: Sequence[Entry], state: State, end: CallEnd, words: Mapping[str, str], language: str
) -> Iterable[str]:
    if end.seconds is not None:
        yield words["line.lasted"].format(seconds=end.seconds, language=words[f"language.{language}"])
    if state.ticket:
        yield words["line.ticket"].format(ticket=state.ticket)
    for name, digits in state.answers:
        yield words["line.collected"].format(name=name, digits="•" * int(digits[1:]) if digits[0] == "x" else digits)
    if len(ordered) > LOG_LINES:
        ordered = [*ordered[: LOG_LINES // 2], *ordered[-LOG_LINES // 2 :]]
    for entry in ordered:
        if line := _line(entry, words, language):
            yield f"- {line}"


def _line(entry: Entry, words: Mapping[str, str], language: str) -> str:
    """A line of the log in words; empty where it has none. Teams, nodes and calendars have only handles here."""
    kind, detail = entry.kind, entry.detail
    if kind == NOT_TEXTED:
        detail = why_undelivered(detail, language)
    elif kind == "chose" and f"language.{detail}" in words:
        kind, detail = "chose_language", words[f"language.{detail}"]
    text = words.get(f"log.{kind}.{detail or 'none'}") or words.get(f"log.{kind}", "")
    return text.format(detail=detail)


def _left_while_waiting(ordered: Sequence[Entry]) -> bool:
    """Whether the caller hung up in a queue rather than after it."""
    last = next(
        (one for one in reversed(ordered) if one.kind in ("queued", "left_queue", "dialled", "unavailable")), None
    )
    return last is not None and (last.kind == "queued" or (last.kind == "left_queue" and last.detail == "hangup"))


def _seconds_of(outcome: Outcome, ordered: Sequence[Entry], end: CallEnd) -> int:
    if outcome == Outcome.VOICEMAIL:
        return sum(int(entry.detail) for entry in ordered if entry.kind == "recorded" and entry.detail.isdecimal())
    if outcome == Outcome.ABANDONED_IN_QUEUE:
        return end.waited_seconds or 0  # of whoever hung up on the way into it nothing says how long
    return end.seconds or 0


def _caller(caller: Caller, words: Mapping[str, str]) -> str:
    if caller.number:
        return caller.number
    key = {Kind.WITHHELD: "caller.withheld", Kind.SHORT_CODE: "caller.short_code"}.get(caller.kind, "caller.unknown")
    return words[key]
