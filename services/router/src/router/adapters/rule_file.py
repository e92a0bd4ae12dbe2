"""Reads a rule file into a rule set, or says everything that is wrong with it.

`docs/rules.md` describes the language.
"""

import json
import re
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from yaml.nodes import MappingNode, Node, SequenceNode

from router.adapters.cel import CelEngine
from router.adapters.rule_conditions import CONDITION_LIMIT, ConditionReader
from router.adapters.rule_nodes import Plain, Reader, plain
from router.domain.conditions import Combined
from router.domain.facts import LONG_FACTS
from router.domain.rules import FIELDS, MATRIX, SCALES, TITLE_LANGUAGES, Change, Group, Rule, RuleSet, Setting
from router.errors import Problem, RulesRefused
from ventanilla_contracts.words import LEVELS, PRIORITIES, TIERS, TYPES

FORMAT: Final = "1"
RULE_LIMIT: Final = 500
LIST_LIMIT: Final = 5_000
DEFAULT_NAME: Final = "rules/default.yaml"

_TOP_KEYS: Final = (
    "rules", "name", "description", "zone", "teams", "policies", "categories", "defaults", "matrix", "lists", "groups",
)  # fmt: skip
_NEEDED: Final = ("rules", "name", "teams", "policies", "categories", "defaults", "matrix", "groups")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,47}\Z")
_EMPTY: Final = Combined(True, ())


def default_rules_text() -> str:
    """The rule file that comes with the router."""
    return resources.files("router").joinpath(DEFAULT_NAME).read_text(encoding="utf-8")


def load_default_rules() -> RuleSet:
    """The rule set that comes with the router."""
    return read_rules(default_rules_text(), "default.yaml")


def load_rules(path: Path) -> RuleSet:
    """Read a rule file.

    Raises:
        RulesRefused: it cannot be read, or has mistakes; all of them are listed.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RulesRefused([Problem(str(path), 1, 1, "", "the file is not UTF-8", "save it as UTF-8")]) from error
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        raise RulesRefused([Problem(str(path), 1, 1, "", reason, "check path and permissions")]) from error
    return read_rules(source, str(path))


def read_rules(source: str, file: str) -> RuleSet:
    """Read the text of a rule file; `file` names it in complaints.

    Raises:
        RulesRefused: it has mistakes; all of them are listed.
    """
    reader = Reader(file, source)
    root = reader.compose(source)
    rules = _FileReader(reader, root).read() if root is not None else None
    if reader.problems or rules is None:
        raise RulesRefused(reader.problems)
    return rules


def canonical_hash(content: Plain) -> str:
    """SHA-256 of a file's content: what stands in it counts, not how it is written down."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class _FileReader:
    def __init__(self, reader: Reader, root: MappingNode) -> None:
        self._reader = reader
        self._root = root
        self._top = reader.mapping(root, "the file", _TOP_KEYS)
        self._words: dict[str, tuple[str, ...]] = {**SCALES, "ticket_type": TYPES}
        self._lists: dict[str, tuple[str, ...]] = {}
        self._names: set[str] = set()
        self._conditions = ConditionReader(reader, CelEngine(), self._lists)

    def read(self) -> RuleSet | None:
        """The rule set; what it lacks has been complained about."""
        for key in _NEEDED:
            if key not in self._top:
                self._reader.complain(self._root, f"{key} is missing")
        if len(self._reader.problems) and not all(key in self._top for key in _NEEDED):
            return None
        self._reader.choice(self._top["rules"][1], "version of the rule language", (FORMAT,))
        name = self._name(self._top["name"][1], "name of the rule set")
        for key, target in (("teams", "team"), ("policies", "service_level_policy"), ("categories", "category")):
            self._words[target] = self._reader.texts(self._top[key][1], key, LIST_LIMIT)
        self._read_lists()
        defaults = self._defaults(self._top["defaults"][1])
        matrix = self._matrix(self._top["matrix"][1])
        groups = self._groups(self._top["groups"][1])
        rules = tuple(rule for group in groups for rule in group.rules)
        used = dict.fromkeys(fact for rule in rules for condition in rule.conditions for fact in condition.facts)
        return RuleSet(
            name or "",
            canonical_hash(plain(self._root)),
            self._zone(),
            defaults,
            matrix,
            groups,
            tuple(fact for fact in used if fact not in LONG_FACTS),
        )

    def _name(self, node: Node, what: str) -> str | None:
        name = self._reader.text(node, what)
        if name is not None and not _NAME.match(name):
            self._reader.complain(node, f"{name} is no {what}", "use small letters, digits and hyphens, 48 at most")
            return None
        return name

    def _zone(self) -> ZoneInfo:
        if "zone" in self._top:
            node = self._top["zone"][1]
            name = self._reader.text(node, "zone")
            try:
                return ZoneInfo(name or "UTC")
            except (OSError, ValueError, KeyError):
                self._reader.complain(node, f"{name} is no time zone", "write it like Europe/Madrid")
        return ZoneInfo("UTC")

    def _read_lists(self) -> None:
        if "lists" not in self._top:
            return
        for name, (key, node) in self._reader.mapping(self._top["lists"][1], "lists").items():
            self._name(key, "name of a list")
            self._lists[name] = self._reader.texts(node, f"list {name}", LIST_LIMIT)

    def _defaults(self, node: Node) -> dict[str, Setting]:
        keys = tuple(key for key in FIELDS if key not in ("priority", "tags", "quarantine"))
        found = self._reader.mapping(node, "defaults", keys)
        values: dict[str, Setting] = {"tags": (), "quarantine": None, "priority": None, "acknowledge": True}
        for key in keys:
            if key in found:
                values[FIELDS[key]] = self._value(key, found[key][1])
            elif key != "acknowledge":
                self._reader.complain(node, f"{key} is missing in defaults", "each field needs a value")
        return values

    def _matrix(self, node: Node) -> dict[str, dict[str, str]]:
        matrix: dict[str, dict[str, str]] = {}
        rows = self._reader.mapping(node, "matrix", LEVELS)
        for impact in LEVELS:
            if impact not in rows:
                self._reader.complain(node, f"the matrix has no row for impact {impact}")
                continue
            row = rows[impact][1]
            cells = self._reader.mapping(row, f"the matrix row {impact}", LEVELS)
            matrix[impact] = {}
            for urgency in LEVELS:
                if urgency not in cells:
                    self._reader.complain(row, f"the matrix row {impact} has nothing for urgency {urgency}")
                    continue
                matrix[impact][urgency] = self._reader.choice(cells[urgency][1], "priority", PRIORITIES) or ""
        return matrix

    def _groups(self, node: Node) -> tuple[Group, ...]:
        groups = []
        names: set[str] = set()
        for item in self._reader.items(node, "groups"):
            found = self._reader.mapping(item, "a group", ("name", "match", "rules"))
            missing = [key for key in ("name", "match", "rules") if key not in found]
            if missing:
                self._reader.complain(item, f"the group lacks {', '.join(missing)}")
                continue
            name = self._name(found["name"][1], "name of a group") or ""
            if name in names:
                self._reader.complain(found["name"][1], f"a second group is named {name}", "give it another name")
            names.add(name)
            match = self._reader.choice(found["match"][1], "way to match", ("first", "all"))
            rules = [self._rule(rule) for rule in self._reader.items(found["rules"][1], f"the rules of {name}")]
            groups.append(Group(name, match == "first", tuple(rule for rule in rules if rule is not None)))
        return tuple(groups)

    def _rule(self, node: Node) -> Rule | None:
        self._reader.rule = ""
        found = self._reader.mapping(node, "a rule", ("name", "title", "when", "then", "description"))
        name = self._name(found["name"][1], "name of a rule") if "name" in found else None
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
        when = self._conditions.read(found["when"][1]) if "when" in found else _EMPTY
        changes = self._changes(found["then"][1])
        rule = Rule(name or "", title, when or _EMPTY, changes, node.start_mark.line + 1)
        if len(rule.conditions) > CONDITION_LIMIT:
            reason = f"{len(rule.conditions)} conditions, {CONDITION_LIMIT} are allowed"
            self._reader.complain(node, reason, "split the rule")
        self._reader.rule = ""
        return rule

    def _title(self, node: Node) -> dict[str, str]:
        found = self._reader.mapping(node, "title", TITLE_LANGUAGES)
        title: dict[str, str] = {}
        for language in TITLE_LANGUAGES:
            if language not in found:
                self._reader.complain(node, f"the title has no text in {language}")
            else:
                title[language] = self._reader.text(found[language][1], "a title", 120) or ""
        return title

    def _changes(self, node: Node) -> tuple[Change, ...]:
        changes = []
        entries = self._reader.mapping(node, "then", tuple(FIELDS))
        if isinstance(node, MappingNode) and not node.value:
            self._reader.complain(node, "then sets nothing")
        for key, (_, value) in entries.items():
            field = FIELDS[key]
            if key in SCALES and isinstance(value, MappingNode):
                for how, (_, bound) in self._reader.mapping(value, key, ("at_least", "at_most")).items():
                    changes.append(Change(field, how, self._value(key, bound)))
            else:
                changes.append(Change(field, "add" if key == "tags" else "set", self._value(key, value)))
        return tuple(changes)

    def _value(self, key: str, node: Node) -> Setting:
        field = FIELDS[key]
        if key == "acknowledge":
            return self._reader.truth(node, key)
        if key == "tags":
            tags = (
                self._reader.texts(node, key, 20) if isinstance(node, SequenceNode) else (self._reader.text(node, key),)
            )
            return tuple(tag for tag in tags if tag is not None)
        if key == "quarantine":
            return self._reader.text(node, key, 200)
        return self._reader.choice(node, key, self._words.get(field, TIERS))
