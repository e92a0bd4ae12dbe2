"""Canned answers: texts of the desk with places for what differs from ticket to ticket. Pure.

A place is filled once. What customers wrote, their name or their subject, is put in as it is and never looked at again:
`{{agent.name}}` in a subject stays these letters.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tickets.domain.desk.reading import Path, Reading
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.search_terms import fold
from ventanilla_contracts.words import LANGUAGES

TEMPLATE: Final = "template"
PLACES: Final = (
    "ticket.number", "ticket.subject", "ticket.link", "requester.name", "requester.first_name", "agent.name",
    "next_update_by",
)  # fmt: skip
GAP: Final = "…"
"""Stands where nothing is known to put in; whoever sends the text sees it, and is told."""
STATUSES_AFTER: Final = ("open", "pending", "on_hold", "solved")
_PLACE: Final = re.compile(r"\{\{([^{}\n]{0,100})\}\}")
_BRACES: Final = re.compile(r"\{\{|\}\}")
_UNFIT: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LONGEST_TEXT: Final = 10_000
_LONGEST_TITLE: Final = 100
_LONGEST_SHORTCUT: Final = 30
_MOST_TEAMS: Final = 50


@dataclass(frozen=True, slots=True)
class Template:
    """A canned answer.

    Attributes:
        title: language → what agents find it by.
        texts: language → the text with its places.
        teams: that see it; none: all.
        status: what the ticket is to become with the answer; None: what follows from a reply.
        shortcut: a word that an agent types; None: none.
    """

    name: str
    version: int
    title: Mapping[str, str]
    texts: Mapping[str, str]
    teams: tuple[str, ...] = ()
    status: str | None = None
    shortcut: str | None = None

    def is_for(self, team: str) -> bool:
        """Whether the people of a team see it."""
        return not self.teams or team in self.teams

    def language(self, wanted: str) -> str:
        """The language in which it speaks to somebody who should be spoken to in this one."""
        return wanted if wanted in self.texts else next(iter(self.texts))

    def title_in(self, language: str) -> str:
        """Its title, in this language if it has one there."""
        return self.title.get(language) or next(iter(self.title.values()))


@dataclass(frozen=True, slots=True)
class Filled:
    """A text whose places are filled; `empty` names those for which nothing was known."""

    text: str
    empty: Sequence[str]


def read_template(name: str, version: int, content: Any) -> Template:
    """A template out of plain data: `{"title": {"es": …}, "texts": {"es": …, "en": …}, "teams": […], …}`.

    Raises:
        Invalid: it is something else, or names a place that there is not; the text says what and where.
    """
    reading = Reading()
    given = reading.mapping(content, (), ("title", "texts", "teams", "status", "shortcut"))
    title = _words(given.get("title"), ("title",), _LONGEST_TITLE, reading)
    texts = _words(given.get("texts"), ("texts",), _LONGEST_TEXT, reading)
    for language, text in texts.items():
        _check_places(text, ("texts", language), reading)
    teams = reading.listed(given.get("teams", ()), ("teams",), 0, _MOST_TEAMS)
    status, shortcut = given.get("status"), given.get("shortcut")
    template = Template(
        name=name,
        version=version,
        title=title,
        texts=texts,
        teams=tuple(reading.name(one, ("teams", number)) for number, one in enumerate(teams)),
        status=None if status is None else reading.choice(status, ("status",), STATUSES_AFTER),
        shortcut=None if shortcut is None else _shortcut(shortcut, reading),
    )
    reading.refuse()
    return template


def values_for(ticket: TicketRow, agent: str, link: str, next_update_by: str) -> dict[str, str]:
    """What the places of a ticket's texts are filled with; empty where nothing is known.

    Args:
        agent: name of whoever answers.
        next_update_by: when the customer hears next, in words.
    """
    name = " ".join(ticket.requester_name.split())
    return {
        "ticket.number": str(ticket.number),
        "ticket.subject": " ".join(ticket.subject.split()),
        "ticket.link": link,
        "requester.name": name,
        "requester.first_name": _first_name(name),
        "agent.name": agent,
        "next_update_by": next_update_by,
    }


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """A text with its places filled, each once."""
    empty: dict[str, None] = {}

    def value_of(match: re.Match[str]) -> str:
        place = match[1].strip()
        value = values.get(place, "")
        if not value:
            empty[place] = None
        return value or GAP

    return Filled(_PLACE.sub(value_of, text), tuple(empty))


def find_templates(templates: Iterable[Template], team: str, language: str, words: str) -> list[Template]:
    """The templates that a team sees and that hold all words, by shortcut, title or text; the likeliest first."""
    wanted = fold(words).split()
    found = [one for one in templates if one.is_for(team) and _holds(one, wanted)]
    return sorted(found, key=lambda one: (_rank(one, wanted), fold(one.title_in(language)), one.name))


def _holds(template: Template, wanted: Sequence[str]) -> bool:
    parts = (template.name, template.shortcut or "", *template.title.values(), *template.texts.values())
    held = fold("\n".join(parts))
    return all(word in held for word in wanted)


def _rank(template: Template, wanted: Sequence[str]) -> int:
    """0: the shortcut itself was typed, 1: how it begins, 2: all else."""
    shortcut = fold(template.shortcut or "")
    if not wanted or not shortcut:
        return 2
    return 0 if shortcut == wanted[0] else 1 if shortcut.startswith(wanted[0]) else 2


def _first_name(name: str) -> str:
    """What somebody is called: `Ruiz, Eva` is an Eva too."""
    last, comma, first = name.partition(",")
    words = (first if comma and first.strip() else last).split()
    return words[0] if words else ""


def _words(value: Any, path: Path, longest: int, reading: Reading) -> dict[str, str]:
    found: dict[str, str] = {}
    for language, text in reading.mapping(value, path, LANGUAGES).items():
        if not isinstance(text, str) or not text.strip() or len(text) > longest or _UNFIT.search(text):
            reading.complain(
                (*path, language), f"must be a text of 1 to {longest} characters without control characters"
            )
        elif language in LANGUAGES:
            found[language] = text.strip()
    if not found and not reading.faults:
        reading.complain(path, f"must have words in one language at least: {', '.join(LANGUAGES)}")
    return found


def _check_places(text: str, path: Path, reading: Reading) -> None:
    """Complain of places that there are not, and of braces that make none."""
    for match in _PLACE.finditer(text):
        if match[1].strip() not in PLACES:
            known = ", ".join(f"{{{{{one}}}}}" for one in PLACES)
            reading.complain(path, f"{_where(text, match.start())}: {match[0]} is no place; there are {known}")
    without = _PLACE.sub(lambda match: " " * len(match[0]), text)
    for match in _BRACES.finditer(without):
        reading.complain(
            path, f"{_where(text, match.start())}: {match[0]} has no other half; write {{{{ticket.number}}}}"
        )


def _where(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"line {line}, character {at - text.rfind(chr(10), 0, at)}"


def _shortcut(value: Any, reading: Reading) -> str:
    fits = isinstance(value, str) and 0 < len(value) <= _LONGEST_SHORTCUT and value.isprintable()
    if not fits or any(letter.isspace() for letter in value):
        reading.complain(("shortcut",), f"must be one word of up to {_LONGEST_SHORTCUT} characters")
        return ""
    return str(value)
