"""Reads the groups of a rule file with their rules, and makes sure of what they continue with."""

import re
from typing import Final

from yaml.nodes import Node

from router.adapters.cel_cost import RULE_STEPS_LIMIT
from router.adapters.rule_actions import ActionReader
from router.adapters.rule_conditions import CONDITION_LIMIT, ConditionReader
from router.adapters.rule_nodes import Reader, place_of
from router.domain.conditions import Combined
from router.domain.facts import CALENDAR_FACT
from router.domain.rules import MATRIX, TITLE_LANGUAGES, Group, Rule

RULE_LIMIT: Final = 500
GROUP_LIMIT: Final = 100
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,47}\Z")
_EMPTY: Final = Combined(True, ())
GROUP_KEYS: Final = ("name", "match", "on", "called", "description", "rules")
RULE_KEYS: Final = ("name", "title", "when", "then", "description")


class GroupReader:
    """Reads the groups of one file."""

    def __init__(
        self, reader: Reader, conditions: ConditionReader, actions: ActionReader, calendar: str | None
    ) -> None:
        self._reader = reader
        self._conditions = conditions
        self._actions = actions
        self._calendar = calendar
        self._names: set[str] = set()

    def read(self, node: Node) -> tuple[Group, ...]:
        """All groups in order."""
        groups: list[Group] = []
        items = self._reader.items(node, "groups")
        if len(items) > GROUP_LIMIT:
            self._reader.complain(node, f"{len(items)} groups, {GROUP_LIMIT} are allowed")
            return ()
        for item in items:
            group = self._group(item, {group.name for group in groups})
            if group is not None:
                groups.append(group)
        self._check_calls(groups)
        return tuple(groups)

    def _group(self, item: Node, names: set[str]) -> Group | None:
        found = self._reader.mapping(item, "a group", GROUP_KEYS)
        missing = [key for key in ("name", "match", "rules") if key not in found]
        if missing:
            self._reader.complain(item, f"the group lacks {', '.join(missing)}")
            return None
        name = read_name(self._reader, found["name"][1], "name of a group") or ""
        if name in names:
            self._reader.complain(found["name"][1], f"a second group is named {name}", "give it another name")
        match = self._reader.choice(found["match"][1], "way to match", ("first", "all"))
        called = "called" in found and bool(self._reader.truth(found["called"][1], "called"))
        on = self._reader.choice(found["on"][1], "kind of message", ("message", "reply")) if "on" in found else ""
        rules = [
            self._rule(rule, on_reply=on == "reply")
            for rule in self._reader.items(found["rules"][1], f"the rules of {name}")
        ]
        kept = tuple(rule for rule in rules if rule is not None)
        return Group(name, match == "first", kept, called, on == "reply", place_of(item))

    def _rule(self, node: Node, *, on_reply: bool) -> Rule | None:
        self._reader.rule = ""
        found = self._reader.mapping(node, "a rule", RULE_KEYS)
        name = read_name(self._reader, found["name"][1], "name of a rule") if "name" in found else None
        self._reader.rule = name or ""
        missing = [key for key in ("name", "title", "then") if key not in found]
        if missing:
            self._reader.complain(node, f"the rule lacks {', '.join(missing)}")
            self._reader.rule = ""
            return None
        if name in self._names or name == MATRIX:
            self._reader.complain(found["name"][1], f"the name {name} is taken", "give the rule another name")
        self._names.add(name or "")
        if len(self._names) > RULE_LIMIT:
            self._reader.complain(node, f"more than {RULE_LIMIT} rules")
        title = self._title(found["title"][1])
        steps = self._conditions.steps
        when = self._conditions.read(found["when"][1]) if "when" in found else _EMPTY
        if (steps := self._conditions.steps - steps) > RULE_STEPS_LIMIT:
            reason = f"the rule may take {steps:,} steps to look for its patterns, {RULE_STEPS_LIMIT:,} are allowed"
            self._reader.complain(found["when"][1], reason, "split the rule, or make its patterns shorter")
        actions = self._actions.read(found["then"][1], on_reply=on_reply)
        rule = Rule(name or "", title, when or _EMPTY, actions.changes, *place_of(node), *actions[1:])
        self._check_conditions(rule, node)
        self._reader.rule = ""
        return rule

    def _check_conditions(self, rule: Rule, node: Node) -> None:
        if len(rule.conditions) > CONDITION_LIMIT:
            reason = f"{len(rule.conditions)} conditions, {CONDITION_LIMIT} are allowed"
            self._reader.complain(node, reason, "split the rule")
        if self._calendar is not None:
            return
        for condition in rule.conditions:
            if CALENDAR_FACT in condition.facts:
                advice = "write `calendar: NAME` at the top of the file"
                self._reader.complain_at(condition.place, f"{CALENDAR_FACT} needs a calendar", advice)

    def _title(self, node: Node) -> dict[str, str]:
        found = self._reader.mapping(node, "title", TITLE_LANGUAGES)
        title: dict[str, str] = {}
        for language in TITLE_LANGUAGES:
            if language not in found:
                self._reader.complain(node, f"the title has no text in {language}")
            else:
                title[language] = self._reader.text(found[language][1], "a title", 120) or ""
        return title

    def _check_calls(self, groups: list[Group]) -> None:
        """Every group that a rule continues with is there, waits to be called, and does not come back to itself."""
        named = {group.name: group for group in groups}
        for group in groups:
            for rule in group.rules:
                if not rule.continues:
                    continue
                self._reader.rule = rule.name
                if reason := _why_not(group, rule, named):
                    self._reader.complain_at(rule.continues_at, *reason)
        self._reader.rule = ""


def _why_not(group: Group, rule: Rule, named: dict[str, Group]) -> tuple[str, str] | None:
    """What is wrong with what a rule continues with, and what to do about it."""
    target = named.get(rule.continues)
    if target is None:
        callable_groups = [one.name for one in named.values() if one.called]
        known = f"groups that can be called are {', '.join(callable_groups)}" if callable_groups else "there is none"
        return f"no group is named {rule.continues}", known
    if not target.called:
        return f"the group {target.name} is gone through anyway", "write `called: true` in it"
    if target.on_reply is not group.on_reply:
        return f"the group {target.name} is not for the same kind of message", "give both groups the same `on:`"
    if _leads_to(target, group, named):
        return f"the group {target.name} leads back to {group.name}", "a decision must come to an end: break the circle"
    return None


def _leads_to(start: Group, goal: Group, named: dict[str, Group]) -> bool:
    waiting, seen = [start], {start.name}
    while waiting:
        group = waiting.pop()
        if group is goal:
            return True
        for rule in group.rules:
            if rule.continues in named and rule.continues not in seen:
                seen.add(rule.continues)
                waiting.append(named[rule.continues])
    return False


def read_name(reader: Reader, node: Node, what: str) -> str | None:
    """A name of something in the file."""
    name = reader.text(node, what)
    if name is not None and not NAME.match(name):
        reader.complain(node, f"{name} is no {what}", "use small letters, digits and hyphens, 48 at most")
        return None
    return name
