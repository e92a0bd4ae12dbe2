"""A decision with its trace as lines for people: the same whether the router says them or a ticket's page of the API.

What is told is what travels in `MessageRouted`, made whole by `traces`; nothing is decided again. Texts are in
`trace_words/`, one file for each language with the same keys.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from pydantic import Field

from ventanilla_contracts.decisions import ConditionTrace, Decision, GroupTrace, ReplyChanges, RuleSetRef, RuleTrace
from ventanilla_contracts.local_times import local_time, zone_called
from ventanilla_contracts.parts import Part
from ventanilla_contracts.words import LANGUAGES

HASH_CHARS: Final = 12
_FIELDS: Final = (
    "ticket_type", "category", "impact", "urgency", "priority", "tier", "team", "service_level_policy", "skills",
    "tags", "quarantine", "acknowledge",
)  # fmt: skip
_MATRIX: Final = "matrix"
_CALLER: Final = "call.team"
_VALUE_WIDTH: Final = 14
_TRUTHS: Final = {True: "true", False: "false", None: "nothing"}

Texts = Mapping[str, str]
Titles = Mapping[str, str]
"""Team → what it is called in the reader's language."""


class LaterChange(Part):
    """What rules changed of a ticket when another message joined it."""

    message_id: str
    at: datetime
    rules: tuple[str, ...] = ()
    changed: dict[str, Any] = Field(default_factory=dict, description="Field → its new value.")


class Explained(Part):
    """What of a decision with its whole trace the lines are made of."""

    decision: Decision
    set_by: dict[str, str] = Field(default_factory=dict)
    overridden: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    groups: tuple[GroupTrace, ...] = ()
    trace: tuple[RuleTrace, ...] = ()
    trace_cut: bool = False
    sentence: dict[str, str] = Field(default_factory=dict)
    rule_set: RuleSetRef
    decided_at: datetime | None = None
    later: tuple[LaterChange, ...] = ()


def trace_lines(
    explained: Explained,
    language: str,
    rule_lines: Mapping[str, int] | None = None,
    *,
    teams: Titles | None = None,
    zone: tzinfo | None = None,
) -> list[str]:
    """The whole explanation: the sentence, what was decided by which rule, and each rule with what it saw.

    Args:
        language: one of the desk's.
        rule_lines: rule → its line in the file, where that is known.
        teams: what teams are called; the sentence is told as it is given.
        zone: whose clock times are told by; None: in full and in UTC, as for those who compare them with logs.
    """
    teams = teams or {}
    texts = _texts(language)
    rule_set = explained.rule_set
    head = texts["rule_set"].format(name=rule_set.name, hash=rule_set.hash[:HASH_CHARS])
    if explained.decided_at is not None:
        head += texts["at"].format(time=_time(explained.decided_at, zone, language))
    sentence = explained.sentence.get(language)
    lines = [*([sentence, ""] if sentence else []), head, "", *_decision(explained, texts, teams)]
    entries = {entry.rule: entry for entry in explained.trace}
    for group in explained.groups or (GroupTrace(name="", match="all", rules=tuple(entries)),):
        lines.append("")
        if group.name:
            lines.append(texts["group"].format(name=group.name, kind=_kind(group, texts)))
        for rule in group.rules:
            if rule in entries:
                lines += _rule(entries[rule], group, texts, (rule_lines or {}).get(rule))
    if explained.later:
        times = [_time(one.at, zone, language) for one in explained.later]
        told = (_later_line(one, time, texts, teams) for one, time in zip(explained.later, times, strict=True))
        lines += ["", texts["later"], *(f"  {line}" for line in told)]
    return [*lines, "", texts["cut"]] if explained.trace_cut else lines


def with_team_called(sentence: str, team: str, title: str) -> str:
    """The router's sentence with a team's title in the place of its name, which is all that the router knows.

    In each language the sentence names it once, before its tier in brackets.
    """
    return re.sub(rf"(?<!\S){re.escape(team)}(?= \()", lambda _: title, sentence, count=1)


def split_off_sentence(number: int, who: str, why: str, decided: str, language: str) -> str:
    """That somebody made a ticket out of messages of another one: what rules had decided was about that one.

    Args:
        decided: the sentence of that decision.
    """
    texts = _texts(language)
    reason = texts["split_why"].format(why=why.strip().rstrip(".")) if why.strip() else ""
    return texts["split_off"].format(number=number, who=who, why=reason, decided=decided)


def later_sentence(later: LaterChange, language: str, teams: Titles | None = None) -> str:
    """That rules moved a ticket, or changed something of it, after it was opened."""
    texts = _texts(language)
    key = "later_moved" if later.changed.keys() & {"team", "tier"} else "later_changed"
    return texts[key].format(rules=_named(later.rules, texts), changes=_changed(later, texts, teams or {}))


@lru_cache(maxsize=len(LANGUAGES))
def _texts(language: str) -> Texts:
    source = resources.files("ventanilla_contracts").joinpath("trace_words", f"{language}.json")
    texts: dict[str, str] = json.loads(source.read_text(encoding="utf-8"))
    return texts


def _decision(explained: Explained, texts: Texts, teams: Titles) -> Iterator[str]:
    width = 1 + max(len(texts[f"field.{name}"]) for name in _FIELDS)
    decision = explained.decision
    for name in _FIELDS:
        label = f"  {texts[f'field.{name}']:<{width}}"
        value: Any = getattr(decision, name)
        if isinstance(value, tuple):
            items = (f"{item} ({explained.set_by.get(f'{name}.{item}', texts['default'])})" for item in value)
            yield f"{label}{', '.join(items) or '-'}"
            continue
        if name == "acknowledge" and decision.acknowledgement:
            value = decision.acknowledgement
        if name == "team":
            value = teams.get(value, value)
        elif isinstance(value, str):
            value = _in_words(name, value, texts)
        yield f"{label}{f'{_value(value, texts)} ':<{_VALUE_WIDTH}}{_by(name, explained, texts)}"
    if decision.on_reply is not None:
        changes = "; ".join(_reply_changes(decision.on_reply, texts, teams))
        yield "  " + texts["joining"].format(changes=changes, rules=", ".join(decision.on_reply.rules))


def field_in_words(name: str, value: str, language: str) -> str:
    """A field's value as people say it; what has no word of ours (a category, a word of a newer release) as it is."""
    return _in_words(name, value, _texts(language))


def _in_words(name: str, value: str, texts: Texts) -> str:
    return texts.get(f"{'type' if name == 'ticket_type' else name}.{value}", value)


def _value(value: object, texts: Texts) -> str:
    if value is None:
        return "-"
    return texts[_TRUTHS[value]] if isinstance(value, bool) else str(value)


def _by(name: str, explained: Explained, texts: Texts) -> str:
    setter = explained.set_by.get(name)
    if setter is None:
        said = texts["by_default"]
    else:
        said = texts["by_matrix"] if setter == _MATRIX else texts["by"].format(rule=_setter(setter, texts))
    losers = [_setter(one, texts) for one in explained.overridden.get(name, ())]
    return said + texts["over"].format(rules=", ".join(losers)) if losers else said


def _setter(name: str, texts: Texts) -> str:
    """A rule by its name, or who else has set a value."""
    return texts["caller"] if name == _CALLER else name


def _reply_changes(changes: ReplyChanges, texts: Texts, teams: Titles) -> Iterator[str]:
    for name in ("type", "category", "priority", "tier", "team", "service_level_policy"):
        label = texts[f"field.{name}"]
        if (value := getattr(changes, name)) is not None:
            yield f"{label} {teams.get(value, value) if name == 'team' else _in_words(name, value, texts)}"
        for how in ("at_least", "at_most"):
            if bound := getattr(changes, how).get(name):
                yield f"{label} {texts[how].format(value=_in_words(name, bound, texts))}"
    if changes.tags:
        yield f"{texts['field.tags']} {', '.join(changes.tags)}"


def _time(at: datetime, zone: tzinfo | None, language: str) -> str:
    if zone is None:
        return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return f"{local_time(at, zone, language)} ({zone_called(zone)})"


def _later_line(later: LaterChange, time: str, texts: Texts, teams: Titles) -> str:
    rules, changes = _named(later.rules, texts), _changed(later, texts, teams)
    return texts["later_line"].format(time=time, rules=rules, changes=changes)


def _named(rules: Sequence[str], texts: Texts) -> str:
    key = "one_rule" if len(rules) == 1 else "several_rules" if rules else "no_rule"
    return texts[key].format(rules=", ".join(rules))


def _changed(later: LaterChange, texts: Texts, teams: Titles) -> str:
    found = []
    for name, value in later.changed.items():
        label = texts.get(f"field.{'service_level_policy' if name == 'policy' else name}", name)
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else _value(value, texts)
        if name == "team":
            shown = teams.get(shown, shown)
        found.append(f"{label} {_line(_in_words(name, shown, texts))}")
    return "; ".join(found)


def _kind(group: GroupTrace, texts: Texts) -> str:
    kind = texts["first" if group.match == "first" else "all"]
    if group.on == "reply":
        kind += texts["of_answers"]
    return kind + texts["when_called"] if group.called else kind


def _rule(entry: RuleTrace, group: GroupTrace, texts: Texts, line: int | None) -> Iterator[str]:
    said = _not_tried(entry, group, texts) if entry.outcome == "not_tried" else texts.get(entry.outcome, entry.outcome)
    yield "  " + texts["rule_at" if line else "rule"].format(rule=entry.rule, line=line, outcome=said)
    if entry.outcome == "matched" and not entry.conditions:
        yield f"    {texts['always']}"
    if entry.outcome != "not_tried" and entry.detail:
        yield "    " + texts["error"].format(error=_line(entry.detail))
    yield from _conditions(entry.conditions, texts)


def _not_tried(entry: RuleTrace, group: GroupTrace, texts: Texts) -> str:
    if entry.detail:
        return texts["not_tried_after"].format(rule=entry.detail)
    if group.on == "reply":
        return texts["not_tried_reply"]
    return texts["not_tried_called" if group.called else "not_tried"]


def _conditions(conditions: Sequence[ConditionTrace], texts: Texts) -> Iterator[str]:
    width = 1 + max(len(texts[word]) for word in _TRUTHS.values())
    before: tuple[str, ...] = ()
    for condition in conditions:
        inside = condition.within
        for depth, combiner in enumerate(inside):
            if inside[: depth + 1] != before[: depth + 1]:
                yield f"{'  ' * (depth + 2)}{texts['any_of' if combiner.startswith('any') else 'all_of']}"
        before = inside
        truth = texts[_TRUTHS[condition.truth]]
        yield f"{'  ' * (len(inside) + 2)}{truth:<{width}}{_line(condition.condition)}{_saw(condition, texts)}"


def _saw(condition: ConditionTrace, texts: Texts) -> str:
    saw = condition.saw
    if not saw:
        return ""
    asked = condition.condition.removeprefix("not: ")
    (name, found), *more = saw.items()
    if not more and isinstance(found, list) and asked.startswith(f"{name} mentions "):
        return "   " + texts["found"].format(phrases=_line(", ".join(map(str, found))))
    values = (f"{name} = {_seen(value, texts)}" for name, value in saw.items())
    return "   " + texts["saw"].format(values=", ".join(values))


def _line(text: str) -> str:
    """On one line, without what a terminal would take for an order."""
    return "".join(character if character.isprintable() else " " for character in " ".join(text.split()))


def _seen(value: object, texts: Texts) -> str:
    """A value on one line, texts in quotes, so that what a customer writes never passes for a line of ours."""
    if value is None:
        return texts["not_known"]
    if isinstance(value, list):
        return "[" + ", ".join(_seen(one, texts) for one in value) + "]"
    return repr(value) if isinstance(value, str) else _value(value, texts)
