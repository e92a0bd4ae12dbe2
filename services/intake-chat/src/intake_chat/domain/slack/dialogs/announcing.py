"""Announcing something to everybody who calls, seeing what is announced, and ending it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.blocks import Confirmation
from intake_chat.domain.slack.dialogs.answers import TICKET, Answers, ticket_number
from intake_chat.domain.slack.dialogs.frames import rest, sheet, titled, whole
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.words import LANGUAGES

Json = dict[str, Any]
ANNOUNCE: Final = "announce"
"""Action and callback id; the value of its buttons is the number of a problem, `NOTHING` for none, or `=` and a key."""
LIST: Final = "announcements"
"""Action id of what shows all of them."""
END: Final = "announcement_end"
"""Action id of the button beside one; the value is its key."""
NOTHING: Final = "0"
UNTIL: Final = "until"
FIELDS: Final = {"/texts/es": "text_es", "/texts/en": "text_en", "/texts": "text_es", "/until": UNTIL}
LONGEST: Final = 500
_KEY: Final = "key"
_KEPT: Final = ("importance", "starts_at")
_WHOLE_KEY: Final = re.compile(r"[a-z0-9_-]{1,40}")
_UNFIT: Final = re.compile(r"[^a-z0-9_-]")
_MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be announced: empty texts are for the desk to refuse.

    Attributes:
        kept: what the dialog does not show, as it is already.
    """

    key: str
    texts: Mapping[str, str]
    problem: int | None
    until: datetime | None
    kept: Mapping[str, Any]

    def body(self) -> Json:
        """What the ticket service is asked with."""
        return {
            "texts": dict(self.texts),
            "problem": self.problem,
            "until": self.until.isoformat() if self.until else None,
            **self.kept,
        }


def key_of_problem(number: int) -> str:
    """The key of what is announced of a problem."""
    return f"problem-{number}"


def meant(value: str) -> tuple[int | None, str]:
    """(problem, key) that a button of `ANNOUNCE` speaks of; an empty key: none yet.

    Raises:
        NotOurs: it is no button of ours.
    """
    if value.startswith("="):
        return None, key_in(value[1:])
    if value == NOTHING:
        return None, ""
    number = ticket_number(value)
    return number, key_of_problem(number)


def key_in(value: str) -> str:
    """The key that a button carries.

    Raises:
        NotOurs: it is no button of ours.
    """
    if not _WHOLE_KEY.fullmatch(value):
        raise NotOurs(f"{value[:40]!r} is no key of an announcement")
    return value


def view(
    problem: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None,
    language: str,
    page: str | None = None,
) -> Json:
    """The dialog in which something is announced, or what is announced is changed.

    Args:
        problem: the ticket that it is about; None: it is about none.
        before: what is announced already, as the API has it.
    """
    number = problem["number"] if problem else None
    if problem and problem["type"] != "problem":
        return _sentence(number, term("announce.no_problem", language, number=number), language, page)
    if problem and problem["status"] in ("solved", "closed"):
        return _sentence(number, term("announce.unsolved", language, number=number), language, page)
    texts, until = (before or {}).get("texts") or {}, (before or {}).get("until")
    about = term("announce.of_problem", language, number=number) if number else term("announce.alone", language)
    hint = term("announce.text.hint", language)
    shown = [
        blocks.sentence(term("announce.what", language)),
        *[
            blocks.text_field(
                f"text_{spoken}",
                term(f"announce.text.{spoken}", language),
                lines=True,
                most=LONGEST,
                initial=str(texts.get(spoken) or ""),
                hint=hint,
            )
            for spoken in LANGUAGES
        ],
        blocks.time_field(
            UNTIL,
            term("announce.until", language),
            hint=term("announce.until.hint", language),
            initial=datetime.fromisoformat(str(until)) if until else None,
        ),
        blocks.small(about),
        whole(page, language),
    ]
    private: Json = {TICKET: number} if number else {}
    return blocks.modal(
        titled(ANNOUNCE, number, language),
        shown,
        close=term("cancel", language),
        submit=term("announce.submit", language),
        callback=ANNOUNCE,
        private=private | ({_KEY: before["key"], **{name: before[name] for name in _KEPT}} if before else {}),
        rest=rest(page, language),
    )


def wanted(submitted: Mapping[str, Any], view_id: str) -> Wanted:
    """What somebody wants announced.

    Args:
        view_id: of the dialog: what is about no problem is known by it, so that submitting it twice makes one.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(submitted)
    number = answers.ticket if answers.private.get(TICKET) is not None else None
    known = answers.private.get(_KEY)
    made = key_of_problem(number) if number else f"notice-{_UNFIT.sub('-', view_id.lower())}"[:40]
    texts = {language: text for language in LANGUAGES if (text := answers.text(f"text_{language}"))}
    kept = {name: answers.private[name] for name in _KEPT if name in answers.private}
    return Wanted(key_in(str(known)) if known else made, texts, number, answers.time(UNTIL), kept)


def listed(items: Sequence[Mapping[str, Any]], language: str) -> Json:
    """What is announced, and what is planned; each with the buttons that change and end it."""
    shown = [block for one in items[:_MOST_SHOWN] for block in _one(one, language)]
    if not shown:
        shown = [blocks.sentence(term("announcements.none", language))]
    another = blocks.button(ANNOUNCE, term("announce.open", language), NOTHING)
    return sheet(LIST, None, [*shown, blocks.divider(), blocks.buttons("another", [another])], language)


def button(number: int, language: str) -> Json:
    """The button of a problem's dialog that leads here."""
    return blocks.buttons("announce", [blocks.button(ANNOUNCE, term("announce.open", language), str(number))])


def _one(one: Mapping[str, Any], language: str) -> list[Json]:
    key, problem = str(one["key"]), one.get("problem")
    said = str(one["texts"].get(language) or next(iter(one["texts"].values()), ""))
    parts: list[Json] = []
    for name, at in (("planned", one["starts_at"] if one["state"] == "planned" else None), ("until", one["until"])):
        if at:
            parts += [blocks.words(term(f"announcements.{name}", language)),
                      blocks.moment(datetime.fromisoformat(str(at))), blocks.words(" · ")]  # fmt: skip
    if problem:
        parts.append(blocks.words(f"{term('announcements.about', language, number=problem)} · "))
    parts.append(blocks.words(term("announcements.waiting", language, count=one.get("waiting", 0))))
    ask = Confirmation(
        term("announcements.end", language),
        term("announcements.end.ask", language),
        term("announcements.end", language),
        term("cancel", language),
    )
    change = str(problem) if problem and key == key_of_problem(problem) else f"={key}"
    made = [
        blocks.button(ANNOUNCE, term("announcements.change", language), change),
        blocks.button(END, term("announcements.end", language), key, confirm=ask),
    ]
    return [blocks.sentence(said), blocks.spoken(*parts), blocks.buttons(f"announced:{key}", made)]


def _sentence(number: int | None, text: str, language: str, page: str | None) -> Json:
    return sheet(ANNOUNCE, number, [blocks.sentence(text)], language, page=page)
