"""A problem and what it causes: saying which is which, and one update to everybody whom it concerns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import PROBLEM
from intake_chat.domain.slack.blocks import Option
from intake_chat.domain.slack.dialogs import announcing
from intake_chat.domain.slack.dialogs.answers import Answers, ticket_number
from intake_chat.domain.slack.dialogs.frames import form, sheet, titled
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.dialogs.searching import FIND_PROBLEM
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.words import LANGUAGES
from ventanilla_contracts.history_reasons import reason_said

Json = dict[str, Any]
UPDATE_ALL: Final = "update_all"
"""Callback id of the update to all; `PROBLEM` is that of saying what is what."""
REFRESH: Final = "update_all_refresh"
"""Action id of the button that shows how far an update has come; the value is `<problem> <update>`."""
WHICH, TO = "which", "to"
IS, CAUSED = "is", "caused"
STATUS, RESOLUTION, CAUSE, INTERNAL, OPTIONS = "status", "resolution", "cause", "internal", "options"
FIELDS: Final = {"/texts/es": "text_es", "/texts/en": "text_en", "/texts": "text_es", "/status": STATUS,
                 "/resolution": RESOLUTION, "/cause": CAUSE}  # fmt: skip
_STATUSES: Final = ("pending", "solved")
_STAYS: Final = "as_it_is"
_DONE: Final = frozenset({"solved", "closed"})
_MOST_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Named:
    """What somebody says of a ticket: that it is a problem (`to` None), or that another one causes it."""

    ticket: int
    is_problem: bool
    to: int | None


@dataclass(frozen=True, slots=True)
class UpdateAll:
    """One update to everybody; empty fields are not sent."""

    ticket: int
    texts: Mapping[str, str]
    status: str
    resolution: str
    cause: str
    internal: bool

    def body(self) -> Json:
        """What the ticket service is asked with."""
        return {
            "texts": dict(self.texts),
            "status": self.status or None,
            "resolution": self.resolution or None,
            "cause": self.cause or None,
            "internal": self.internal,
        }


def view(ticket: Mapping[str, Any], links: Sequence[Mapping[str, Any]], language: str, page: str | None = None) -> Json:
    """The dialog: of a problem the update to all, of another ticket what it has to do with a problem.

    Args:
        links: as the API lists them.
    """
    if ticket["type"] != "problem":
        return _naming(ticket, language, page)
    incidents = [one for one in links if one.get("kind") == "caused_by" and one.get("direction") == "in"]
    if not incidents:
        return nobody(ticket["number"], language, page)
    return _update(ticket, incidents, language, page)


def nobody(number: int, language: str, page: str | None = None) -> Json:
    """What stands there of a problem that has caused nothing yet."""
    shown = [blocks.sentence(term("problem.none", language)), announcing.button(number, language)]
    return sheet(PROBLEM, number, shown, language, page=page)


def named(submitted: Mapping[str, Any]) -> Named:
    """What somebody said of a ticket.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(submitted)
    which, to = answers.chosen(WHICH), answers.chosen(TO)
    if which not in (IS, CAUSED):
        raise NotOurs("this dialog names no problem")
    return Named(answers.ticket, which == IS, ticket_number(to) if which == CAUSED and to else None)


def update_of(submitted: Mapping[str, Any]) -> UpdateAll:
    """The update to all; `texts` is empty where nothing was written.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(submitted)
    texts = {language: text for language in LANGUAGES if (text := answers.text(f"text_{language}"))}
    status = answers.chosen(STATUS)
    return UpdateAll(
        answers.ticket,
        texts,
        status if status in _STATUSES else "",
        answers.text(RESOLUTION),
        answers.text(CAUSE),
        INTERNAL in answers.several(OPTIONS),
    )


def told(number: int, update: Mapping[str, Any], language: str, page: str | None = None) -> Json:
    """How far an update has come: whom it reached, and why not all."""
    counts = {state: update["counts"].get(state, 0) for state in ("told", "waiting", "failed", "skipped")}
    shown = [blocks.sentence(term("problem.told", language, **counts))]
    if counts["waiting"]:
        again = blocks.button(REFRESH, term("problem.refresh", language), f"{number} {update['id']}")
        shown.append(blocks.buttons("refresh", [again]))
    # Those that need somebody come first.
    order = ("failed", "skipped", "waiting", "told")
    incidents = sorted(update["incidents"], key=lambda one: order.index(one["state"]) if one["state"] in order else 0)
    for one in incidents[:_MOST_SHOWN]:
        why = f": {_why(str(one['why']), language)}" if one.get("why") else ""
        shown.append(blocks.small(blocks.cut(f"#{one['number']} {term('state.' + one['state'], language)}{why}", 600)))
    return sheet(PROBLEM, number, shown, language, page=page)


def refreshed(value: str) -> tuple[int, int]:
    """(problem, update) of the button that asks how far it has come.

    Raises:
        NotOurs: it is no button of ours.
    """
    number, _, update = value.partition(" ")
    return ticket_number(number), ticket_number(update)


def _naming(ticket: Mapping[str, Any], language: str, page: str | None) -> Json:
    which = [Option(term("problem.caused", language), CAUSED), Option(term("problem.is", language), IS)]
    to = blocks.search_field(
        TO, FIND_PROBLEM, term("problem.to", language), term("find", language), hint=term("problem.to.hint", language)
    )
    shown = [
        blocks.choice(WHICH, term("problem.which", language, number=ticket["number"]), which, initial=CAUSED),
        {**to, "optional": True},
    ]
    return form(PROBLEM, ticket, shown, language, submit="problem.save", page=page)


def _update(ticket: Mapping[str, Any], incidents: Sequence[Mapping[str, Any]], language: str, page: str | None) -> Json:
    waiting = [one for one in incidents if one["status"] not in _DONE]
    statuses = [Option(term("problem.stays", language), _STAYS)]
    statuses += [Option(term(f"status.{status}", language), status) for status in _STATUSES]
    hint = term("problem.text.hint", language)
    texts = [
        blocks.text_field(name, term(f"problem.text.{spoken}", language), lines=True, hint=hint, optional=True)
        for spoken in LANGUAGES
        if (name := f"text_{spoken}")
    ]
    shown = [
        blocks.sentence(term("problem.incidents", language, count=len(incidents), open=len(waiting))),
        announcing.button(ticket["number"], language),
        *texts,
        blocks.choice(STATUS, term("problem.status", language), statuses, initial=_STAYS),
        blocks.text_field(
            RESOLUTION,
            term("problem.resolution", language),
            initial=str(ticket.get("resolution") or ""),
            hint=term("problem.resolution.hint", language),
            optional=True,
        ),
        blocks.text_field(
            CAUSE, term("problem.cause", language), initial=str(ticket.get("cause") or ""), optional=True
        ),
        blocks.ticks(OPTIONS, term("options", language), [Option(term("problem.internal", language), INTERNAL)]),
        *[_incident(one, language) for one in waiting[:_MOST_SHOWN]],
    ]
    made = form(UPDATE_ALL, ticket, shown, language, submit="problem.submit", page=page)
    return {**made, "title": blocks.plain(titled(PROBLEM, ticket["number"], language))}


def _incident(link: Mapping[str, Any], language: str) -> Json:
    status = term(f"status.{link['status']}", language)
    return blocks.small(blocks.cut(f"#{link['number']} ({status}) {link['subject']}", 300))


def _why(why: str, language: str) -> str:
    """Why an incident was not told: a reason of the desk's, or what it refused the update with."""
    said = reason_said("", why, language)
    return in_words("", why, language) if said == why else said
