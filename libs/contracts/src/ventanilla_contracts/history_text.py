"""An entry of a ticket's history as sentences for people: the same in a dialog of Slack and on the desk's page.

Who did what, from what to what, with names in place of handles and without ids. Words are in `history_words/`, one file
for each language with the same keys; `history_reasons` has the reasons that the desk itself gives. What a newer ticket
service writes and nobody here has words for falls back to its plain words.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from importlib import resources
from string import Formatter
from typing import Any, Final

from ventanilla_contracts.history_reasons import reason_said
from ventanilla_contracts.history_values import Names, is_id, moment_of, plainly
from ventanilla_contracts.words import LANGUAGES

Entry = Mapping[str, Any]
Detail = Mapping[str, Any]
Piece = str | datetime
"""A time is for whoever shows it: in the reader's zone and form."""
_LISTS: Final = frozenset({"tags", "skills"})
_QUOTED: Final = frozenset({"subject", "cause", "resolution"})
_FAMILY: Final = {"impact": "level", "urgency": "level"}
_MOST_NAMED: Final = 8
_LONGEST_VALUE: Final = 200
_ALSO: Final = (
    "came_by", "came_back_from", "related_to", "left_out", "shared", "unanswered", "new_time", "brought_by",
    "listed_until", "again_at", "talked",
)  # fmt: skip
_TIMES: Final = frozenset(
    {"until", "due_at", "next_update_by", "next_at", "answer_by", "new_time", "listed_until", "again_at"}
)
_ADDRESSES: Final = frozenset({"addresses", "left_out", "recipient", "address", "brought_by", "sender"})


@dataclass(frozen=True, slots=True)
class Said:
    """What an entry says.

    Attributes:
        sentence: one sentence or more, in pieces: texts as they are, never markup, and times.
        way: by which way somebody came; "" where nobody did, or it says nothing.
        why: the reason, as a person gave it or in the reader's language; "" for none.
    """

    sentence: tuple[Piece, ...]
    way: str
    why: str

    def plain(self, moment: Callable[[datetime], str]) -> str:
        """The sentence as one text."""
        return "".join(one if isinstance(one, str) else moment(one) for one in self.sentence)


def said_of(entry: Entry, language: str) -> Said:
    """An entry of the tickets API's history for people.

    Args:
        entry: `action`, `actor`, `via`, `detail`, `why`, and in `names` what agents and teams are called.
        language: one of the desk's; another is English.
    """
    telling = _Telling(entry, language if language in LANGUAGES else "en")
    return Said(tuple(_joined(telling.pieces())), telling.way(), telling.why())


def actor_called(actor: str, names: Names) -> str:
    """Who did something, such as `agent:eva` or `desk`, for people: a name in place of a handle.

    Args:
        names: what agents are called, and the reader's language.
    """
    kind, _, name = actor.partition(":")
    if kind == "agent" and name:
        return names.agent(name)
    text = _texts(names.language if names.language in LANGUAGES else "en").get(f"who.{kind}")
    return text.format(name=name) if text else (name or kind).replace("_", " ")


def dangerous_files(files: Iterable[Mapping[str, Any]], language: str) -> list[str]:
    """Those of files that can do harm when opened, each with why, in a person's words.

    Args:
        files: `filename` and `dangerous` of each, as the tickets API tells them.
    """
    texts = _texts(language if language in LANGUAGES else "en")
    harmful = ((str(one["filename"]), str(one.get("dangerous") or "")) for one in files)
    return [f"{name} ({texts.get(f'danger.{why}', why)})" for name, why in harmful if why]


def words_of(language: str) -> Mapping[str, str]:
    """Every word of a language, by key."""
    return _texts(language)


@lru_cache(maxsize=len(LANGUAGES))
def _texts(language: str) -> Mapping[str, str]:
    source = resources.files("ventanilla_contracts").joinpath("history_words", f"{language}.json")
    texts: dict[str, str] = json.loads(source.read_text(encoding="utf-8"))
    return texts


class _Telling:
    """One entry on its way into one language."""

    def __init__(self, entry: Entry, language: str) -> None:
        self._texts, self._language = _texts(language), language
        self._action, self._actor = str(entry["action"]), str(entry["actor"])
        self._detail: Detail = entry.get("detail") or {}
        self._via, self._why = str(entry.get("via") or ""), str(entry.get("why") or "").strip()
        self._names = Names.of(entry, language)
        self._blanks: dict[str, Callable[[], Piece | None]] = {
            "who": self._who,
            "field": self._field,
            "old": lambda: self._changed("old"),
            "new": lambda: self._changed("new"),
            "added": lambda: self._listed(self._differences()[0]),
            "dropped": lambda: self._listed(self._differences()[1]),
            "from": lambda: self._place("from"),
            "to": lambda: self._place("to"),
            "assignee": lambda: self._called("assignee", self._names.agent),
            "team": lambda: self._called("team", self._names.team),
            "agent": lambda: self._called("agent", self._names.agent),
            "agents": lambda: self._people("agents") or None,
            "channel": lambda: self._called("channel", partial(self._word, "channel")),
            "failed": lambda: self._called("failed", partial(self._word, "channel")),
            "medium": lambda: self._called("medium", partial(self._word, "channel")),
            "clock": self._clock,
            "link": self._link,
            "notes": self._notes,
            "files": lambda: self._listed(dangerous_files(self._detail.get("files") or (), self._language)),
            "done": self._step_done,
            "count": self._count,
            "problem": self._problem,
            "tried": lambda: self._word("callback", self._detail.get("outcome")),
            "news": lambda: self._word("news", self._detail.get("status")),
        }

    def pieces(self) -> Iterator[Piece]:
        """The sentences, not yet put together."""
        key = self._key()
        if key is None:
            yield from self._unknown()
            return
        yield from self._filled(key)
        for name in _ALSO:
            if self._detail.get(name) and f"{{{name}}}" not in self._texts[key]:
                yield " "
                yield from self._filled(f"also.{name}")
        yield from self._status_too()

    def way(self) -> str:
        """By which way somebody came: the medium, not the ids that it names people by."""
        return self._texts.get(f"way.{self._via.partition(':')[0]}", "")

    def why(self) -> str:
        """The reason in the reader's language, with names in place of handles."""
        given = self._why or str(self._detail.get("reason") or "")
        said = reason_said(self._action, given, self._language, self._names)
        return said[:1].upper() + said[1:]

    def _key(self) -> str | None:
        """Which sentence tells it; None: there are no words for it."""
        if self._action == "ticket.changed" and "field" in self._detail:
            return self._change_key()
        special = {
            "reply.sent": ("aside", "reply.aside"),
            "incidents.updated": ("internal", "incidents.internal"),
            "announcement.started": ("until", "announcement.started_until"),
            "announcement.changed": ("until", "announcement.changed_until"),
            "customer.told": ("next_update_by", "told.next_update"),
            "sender.listed": ("allowed", "sender.allowed"),
            "ticket.created": ("split_from", "created.by_split"),
            "callback.begun": ("agent", "callback.begun_by_agent"),
        }
        name, key = special.get(self._action, ("", ""))
        if name and self._detail.get(name):
            return key
        key = f"did.{self._action}"
        return key if key in self._texts and self._can_fill(key) else None

    def _change_key(self) -> str:
        field, old, new = (self._detail.get(name) for name in ("field", "old", "new"))
        if field == "assignee":
            mine = self._actor == f"agent:{new}"
            if not new:
                return "assignee.left" if self._actor == f"agent:{old}" else "assignee.withdrawn"
            if old:
                return "assignee.taken_over" if mine else "assignee.passed"
            return "assignee.taken" if mine else "assignee.given"
        if isinstance(old, list) and isinstance(new, list):
            added, dropped = self._differences()
            return "added_and_dropped" if added and dropped else "added" if added else "dropped"
        if old in (None, "", []):
            return "set"
        if new in (None, "", []):
            return "unset"
        return "changed.status" if field == "status" else "changed"

    def _can_fill(self, key: str) -> bool:
        return all(self._value(blank) is not None for _, blank, *_ in Formatter().parse(self._texts[key]) if blank)

    def _filled(self, key: str) -> Iterator[Piece]:
        for text, blank, *_ in Formatter().parse(self._texts[key]):
            yield text
            if blank:
                value = self._value(blank)
                yield self._texts["nothing"] if value is None else value

    def _value(self, blank: str) -> Piece | None:
        if blank in self._blanks:
            return self._blanks[blank]()
        given = self._detail.get(blank)
        if blank in _TIMES:
            return moment_of(given)
        if blank in _ADDRESSES:
            return self._listed([given] if isinstance(given, str) else given) if given else None
        return None if given is None else self._cut(plainly(given))

    def _who(self) -> str:
        return actor_called(self._actor, self._names)

    def _status_too(self) -> Iterator[Piece]:
        states = self._detail.get("status")
        if self._action == "message.added" and isinstance(states, list) and len(states) == 2:
            old, new = (self._word("status", one) for one in states)
            yield " " + self._texts["also.status"].format(old_status=old, new_status=new)

    def _place(self, name: str) -> str | None:
        place = self._detail.get(name)
        if isinstance(place, Mapping):
            team, tier = place.get("team"), place.get("tier")
            named = self._names.team(str(team)) if team else self._texts["nobody"]
            return self._texts["place"].format(team=named, tier=tier) if tier else named
        return self._cut(self._names.address(plainly(place))) if place else None

    def _field(self) -> str:
        field = str(self._detail["field"])
        return self._texts.get(f"field.{field}", field.replace("_", " "))

    def _changed(self, which: str) -> str:
        field, value = str(self._detail["field"]), self._detail.get(which)
        if field == "assignee":
            return self._names.agent(str(value)) if value else self._texts["nobody"]
        if value in (None, "", []):
            return self._texts["nothing"]
        if field == "team":
            return self._names.team(str(value))
        if field in _QUOTED:
            return self._texts["quoted"].format(value=self._cut(plainly(value)))
        if field == "requester":
            return self._names.address(plainly(value))
        return self._cut(self._word(_FAMILY.get(field, field), value))

    def _differences(self) -> tuple[list[str], list[str]]:
        old, new = (list(map(str, self._detail.get(name) or ())) for name in ("old", "new"))
        return [one for one in new if one not in old], [one for one in old if one not in new]

    def _word(self, family: str, value: Any) -> str:
        return self._texts.get(f"{family}.{value}") or plainly(value)

    def _clock(self) -> str | None:
        name, _, tier = str(self._detail.get("clock") or "").partition(":")
        return self._word("clock", name).format(tier=tier) if name else None

    def _link(self) -> str:
        return self._texts.get(f"link.{self._detail.get('kind')}.{self._detail.get('direction')}", "")

    def _notes(self) -> str:
        return ", ".join(self._word("note", one) for one in self._detail.get("notes") or ())

    def _step_done(self) -> str:
        detail = self._detail
        people = self._people("to")
        if detail.get("webhook"):
            key = "step.webhook"
        elif detail.get("from_step"):
            key = "step.again"
        elif "to" not in detail:
            return ""
        else:
            key = ("step.paged" if "attempt" in detail else "step.told") if people else "step.nobody"
        values = {name: detail.get(name) for name in ("webhook", "from_step", "attempt")}
        return self._texts[key].format(people=people, **values)

    def _people(self, name: str) -> str:
        return self._listed([self._names.agent(str(one)) for one in self._detail.get(name) or ()])

    def _count(self) -> str:
        count = self._detail.get("count")
        return str(len(self._detail.get("messages") or ()) if count is None else count)

    def _listed(self, values: Sequence[Any]) -> str:
        shown = [self._names.address(self._cut(plainly(one))) for one in values[:_MOST_NAMED]]
        if len(values) > _MOST_NAMED:
            return self._texts["more"].format(shown=", ".join(shown), count=len(values) - _MOST_NAMED)
        return f"{', '.join(shown[:-1])} {self._texts['and']} {shown[-1]}" if len(shown) > 1 else "".join(shown)

    def _problem(self) -> str:
        return reason_said(self._action, str(self._detail.get("why") or ""), self._language, self._names).rstrip(".")

    def _unknown(self) -> Iterator[Piece]:
        """What there are no words for: as plainly as it can be said."""
        action = self._action.replace(".", " ").replace("_", " ")
        yield self._texts["unknown"].format(who=self._who(), action=action)
        for name, value in self._detail.items():
            told = moment_of(value) or plainly(value)
            if told == "" or is_id(value):
                continue
            yield from (f" {name.replace('_', ' ')}: ", told, ".")

    def _cut(self, text: str) -> str:
        return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"

    def _called(self, name: str, word: Callable[[str], str]) -> str | None:
        value = self._detail.get(name)
        return word(str(value)) if value else None


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Texts that follow one another as one."""
    held = ""
    for piece in pieces:
        if isinstance(piece, str):
            held += piece
            continue
        if held:
            yield held
        held = ""
        yield piece
    if held:
        yield held
