"""What is different between two rule sets, as their files say it: rules added, removed, changed, moved, and the rest.

Works on the plain content of the files, so that a set can be compared whose language this release no longer reads.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

Content = Mapping[str, Any]

ADDED: Final = "added"
REMOVED: Final = "removed"
CHANGED: Final = "changed"
MOVED: Final = "moved"
_ABSENT: Final = "-"


@dataclass(frozen=True, slots=True)
class Detail:
    """One place that is different: its name, and what it was and is as a short text; `-`: not there."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Attributes:
        kind: `added`, `removed`, `changed` or `moved`.
        what: `rule`, `group` or `setting`.
        place: of a rule its group and its number there; of a moved one also where it was.
    """

    kind: str
    what: str
    name: str
    place: str = ""
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True)
class _Placed:
    group: str
    number: int
    content: Content

    @property
    def place(self) -> str:
        return f"{self.group} {self.number}"


def differences_of(old: Content, new: Content) -> list[Difference]:
    """All differences: settings first, then groups, then rules in the order of the new file, then those that went."""
    return [*_settings(old, new), *_groups(old, new), *_rules(old, new)]


def _settings(old: Content, new: Content) -> Iterator[Difference]:
    for key in _keys(old, new):
        if key == "groups":
            continue
        details = tuple(_details("", old.get(key), new.get(key)))
        if details:
            kind = ADDED if key not in old else REMOVED if key not in new else CHANGED
            yield Difference(kind, "setting", key, "", details)


def _groups(old: Content, new: Content) -> Iterator[Difference]:
    before, after = _named(old.get("groups")), _named(new.get("groups"))
    moved = _out_of_order([name for name in before if name in after], [name for name in after if name in before])
    for name in _keys(before, after):
        if name not in before or name not in after:
            yield Difference(REMOVED if name in before else ADDED, "group", name)
            continue
        if name in moved:
            yield Difference(MOVED, "group", name)
        first, second = ({k: v for k, v in one[name].items() if k != "rules"} for one in (before, after))
        if details := tuple(_details("", first, second)):
            yield Difference(CHANGED, "group", name, "", details)


def _rules(old: Content, new: Content) -> Iterator[Difference]:
    before, after = _placed(old), _placed(new)
    moved = _moved(before, after)
    for name, rule in after.items():
        former = before.get(name)
        if former is None:
            yield Difference(ADDED, "rule", name, rule.place, tuple(_details("", {}, _without_name(rule))))
            continue
        if name in moved:
            yield Difference(MOVED, "rule", name, f"{former.place} → {rule.place}")
        if details := tuple(_details("", former.content, rule.content)):
            yield Difference(CHANGED, "rule", name, rule.place, details)
    for name, rule in before.items():
        if name not in after:
            yield Difference(REMOVED, "rule", name, rule.place, tuple(_details("", _without_name(rule), {})))


def _moved(before: Mapping[str, _Placed], after: Mapping[str, _Placed]) -> set[str]:
    """Rules that stand in another group, or in another order among those of their group that both sets have."""
    common = [name for name in before if name in after]
    moved = {name for name in common if before[name].group != after[name].group}
    for group in {before[name].group for name in common}:
        stayed = [name for name in common if before[name].group == group and name not in moved]
        ordered = [name for name in after if name in set(stayed)]
        moved |= _out_of_order(stayed, ordered)
    return moved


def _out_of_order(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The names that have to be taken out so that the others are in the same order."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    kept = {before[block.a + step] for block in matcher.get_matching_blocks() for step in range(block.size)}
    return set(before) - kept


def _details(name: str, old: Any, new: Any) -> Iterator[Detail]:
    if old == new:
        return
    if name.startswith("when") or not isinstance(old, dict | None) or not isinstance(new, dict | None):
        if isinstance(old, list) and isinstance(new, list) and all(isinstance(item, str) for item in [*old, *new]):
            gone, come = [item for item in old if item not in new], [item for item in new if item not in old]
            if gone or come:
                yield Detail(name, _text(gone) if gone else _ABSENT, _text(come) if come else _ABSENT)
                return
        yield Detail(name, _text(old), _text(new))
        return
    for key in _keys(old or {}, new or {}):
        yield from _details(f"{name}.{key}" if name else key, (old or {}).get(key), (new or {}).get(key))


def _text(value: Any) -> str:
    if value is None:
        return _ABSENT
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _keys(old: Content, new: Content) -> list[str]:
    return list(dict.fromkeys([*new, *old]))


def _named(groups: Any) -> dict[str, Content]:
    found = groups if isinstance(groups, list) else []
    return {str(group.get("name")): group for group in found if isinstance(group, dict)}


def _placed(content: Content) -> dict[str, _Placed]:
    found: dict[str, _Placed] = {}
    for group_name, group in _named(content.get("groups")).items():
        rules = group.get("rules")
        for number, rule in enumerate(rules if isinstance(rules, list) else [], 1):
            if isinstance(rule, dict):
                found[str(rule.get("name"))] = _Placed(group_name, number, rule)
    return found


def _without_name(rule: _Placed) -> Content:
    return {key: value for key, value in rule.content.items() if key != "name"}
