"""Having a customer called back: whom, when and by whom; and calling that off again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import CALLBACK
from intake_chat.domain.slack.blocks import Confirmation, Option
from intake_chat.domain.slack.dialogs.answers import Answers
from intake_chat.domain.slack.dialogs.frames import form, sheet
from intake_chat.domain.slack.dialogs.words import knows, term
from ventanilla_contracts.history_values import Names

Json = dict[str, Any]
OFF: Final = "callback_off"
"""Action id of the button that calls off what is planned."""
NUMBER, AT, WHO = "number", "at", "who"
FIELDS: Final = {"/number": NUMBER, "/at": AT, "/agent": WHO}
"""Where a fault of the request stands in the dialog."""
_ME, _TEAM = "me", "team"
_OPEN: Final = frozenset({"scheduled", "due", "talking"})
_LONGEST_NUMBER: Final = 40
_MOST_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What an agent asks for. `number` is "" for the customer's own, `at` None for as soon as possible."""

    ticket: int
    number: str
    at: datetime | None
    mine: bool

    def body(self, handle: str) -> Json:
        """What the ticket service is asked with; `handle`: of whoever asks."""
        return {
            "number": self.number or None,
            "at": self.at.isoformat() if self.at else None,
            "agent": handle if self.mine else None,
        }


def view(number: int, found: Sequence[Mapping[str, Any]], language: str, page: str | None = None) -> Json:
    """What is planned, with a way to call it off; where nothing is, the fields that plan it.

    Args:
        found: the ticket's callbacks as the API lists them, newest first.
    """
    waiting = [one for one in found if one["state"] in _OPEN]
    if waiting:
        return shown(number, found, language, page)
    fields = [
        blocks.sentence(term("callback.what", language)),
        blocks.text_field(
            NUMBER,
            term("callback.number", language),
            most=_LONGEST_NUMBER,
            hint=term("callback.number.hint", language),
            optional=True,
        ),
        blocks.time_field(AT, term("callback.at", language), hint=term("callback.at.hint", language)),
        blocks.choice(
            WHO,
            term("callback.who", language),
            [Option(term("callback.team", language), _TEAM), Option(term("callback.me", language), _ME)],
            initial=_TEAM,
        ),
    ]
    return form(CALLBACK, {"number": number}, [*_earlier(found, language), *fields], language, page=page)


def shown(number: int, found: Sequence[Mapping[str, Any]], language: str, page: str | None = None) -> Json:
    """What is planned, and what became of what was."""
    lines = [line for one in found if one["state"] in _OPEN for line in _open(one, language)]
    if any(one["state"] in ("scheduled", "due") for one in found):
        lines.append(blocks.buttons("off", [_off(number, language)]))
    lines += _earlier(found, language)
    return sheet(CALLBACK, number, lines or [blocks.sentence(term("callback.none", language))], language, page=page)


def parsed(submitted: Mapping[str, Any]) -> Wish:
    """What was asked for.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(submitted)
    return Wish(answers.ticket, answers.text(NUMBER), answers.time(AT), answers.chosen(WHO) == _ME)


def waiting_ids(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Ids of those that can be called off."""
    return [str(one["id"]) for one in found if one["state"] in ("scheduled", "due")]


def _off(number: int, language: str) -> Json:
    confirm = Confirmation(
        term("callback.title", language),
        term("callback.off.ask", language),
        term("callback.off.yes", language),
        term("callback.off.no", language),
    )
    return blocks.button(OFF, term("callback.off", language), str(number), style="danger", confirm=confirm)


def _open(one: Mapping[str, Any], language: str) -> list[Json]:
    lines = [blocks.sentence(_told(one, language))]
    if one["state"] == "scheduled" and one.get("next_at"):
        at = blocks.moment(datetime.fromisoformat(str(one["next_at"])))
        lines.append(blocks.spoken(blocks.words(f"{term('callback.scheduled', language)} "), at))
    elif one["state"] != "scheduled":
        lines.append(blocks.sentence(term(f"callback.{one['state']}", language)))
    return [*lines, *_tries(one, language)]


def _earlier(found: Sequence[Mapping[str, Any]], language: str) -> list[Json]:
    """What became of those that are over, the newest first."""
    lines: list[Json] = []
    for one in [one for one in found if one["state"] not in _OPEN][:_MOST_SHOWN]:
        key = f"callback.{one['state']}"
        said = term(key, language) if knows(key) else str(one["state"])
        lines += [blocks.small(f"{_told(one, language)} {said}"), *_tries(one, language)]
    return lines


def _told(one: Mapping[str, Any], language: str) -> str:
    """Whom it calls, and who does."""
    names = Names.of(one, language)
    who = names.agent(str(one["agent"])) if one.get("agent") else names.team(str(one["team"]))
    return term("callback.open", language, number=blocks.cut(str(one["number"]), 40), who=blocks.cut(who, 100))


def _tries(one: Mapping[str, Any], language: str) -> list[Json]:
    tries = [each for each in one.get("attempts") or () if each.get("outcome")]
    if not tries:
        return []
    names = Names.of(one, language)
    told = "; ".join(_tried(each, names, language) for each in tries)
    return [blocks.small(f"{term('callback.attempts', language, count=len(tries))} {told}.")]


def _tried(one: Mapping[str, Any], names: Names, language: str) -> str:
    key = f"callback.tried.{one['outcome']}"
    seconds = int(one.get("seconds") or 0)
    said = term(key, language, lasted=f"{seconds // 60}:{seconds % 60:02d}") if knows(key) else str(one["outcome"])
    return f"{said} ({names.agent(str(one['agent']))})" if one.get("agent") else said
