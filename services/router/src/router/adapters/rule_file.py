"""Reads a rule file into a rule set, or says everything that is wrong with it.

`docs/rules.md` describes the language.
"""

import json
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from yaml.nodes import MappingNode, Node

from router.adapters.cel import CelEngine
from router.adapters.rule_actions import ActionReader
from router.adapters.rule_conditions import ConditionReader
from router.adapters.rule_groups import GroupReader, read_name
from router.adapters.rule_nodes import Plain, Reader, place_of, plain
from router.domain.conditions import Place
from router.domain.rules import FIELDS, SCALES, RuleSet, Setting
from router.errors import Problem, RulesRefused
from ventanilla_contracts.words import LEVELS, PRIORITIES, TYPES

FORMAT: Final = "1"
LIST_LIMIT: Final = 5_000
DEFAULT_NAME: Final = "rules/default.yaml"

_TOP_KEYS: Final = (
    "rules", "name", "description", "zone", "calendar", "teams", "policies", "categories", "skills", "templates",
    "defaults", "matrix", "lists", "groups",
)  # fmt: skip
NEEDED: Final = ("rules", "name", "teams", "policies", "categories", "defaults", "matrix", "groups")
DECLARED: Final = {
    "teams": "team",
    "policies": "service_level_policy",
    "categories": "category",
    "skills": "skills",
    "templates": "acknowledgement",
}
"""Where the file says which words rules may use → field of the decision."""
OPTIONAL_DEFAULTS: Final = ("skills", "acknowledge")
WITHOUT_DEFAULT: Final = ("priority", "tags", "quarantine")


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
    return read_rules(read_text(path), str(path))


def read_text(path: Path) -> str:
    """The text of a rule file.

    Raises:
        RulesRefused: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RulesRefused([Problem(str(path), 1, 1, "", "the file is not UTF-8", "save it as UTF-8")]) from error
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        raise RulesRefused([Problem(str(path), 1, 1, "", reason, "check path and permissions")]) from error


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


def plain_content(source: str, file: str) -> dict[str, Plain]:
    """The bare content of a rule file's text, whatever it means.

    Raises:
        RulesRefused: it is not YAML, or no mapping.
    """
    reader = Reader(file, source)
    root = reader.compose(source)
    if root is None:
        raise RulesRefused(reader.problems)
    content = plain(root)
    assert isinstance(content, dict)
    return content


def canonical_hash(content: Plain) -> str:
    """SHA-256 of a file's content: what stands in it counts, not how it is written down."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class _FileReader:
    def __init__(self, reader: Reader, root: MappingNode) -> None:
        self._reader = reader
        self._root = root
        self._top = reader.mapping(root, "the file", _TOP_KEYS)
        self._words: dict[str, tuple[str, ...]] = {**SCALES, "ticket_type": TYPES, "skills": (), "acknowledgement": ()}
        self._lists: dict[str, tuple[str, ...]] = {}
        self._places: dict[str, Place] = {}
        self._actions = ActionReader(reader, self._words)

    def read(self) -> RuleSet | None:
        """The rule set; what it lacks has been complained about."""
        for key in NEEDED:
            if key not in self._top:
                self._reader.complain(self._root, f"{key} is missing")
        if len(self._reader.problems) and not all(key in self._top for key in NEEDED):
            return None
        self._reader.choice(self._top["rules"][1], "version of the rule language", (FORMAT,))
        name = read_name(self._reader, self._top["name"][1], "name of the rule set")
        for key, target in DECLARED.items():
            if key in self._top:
                self._words[target] = self._reader.texts(self._top[key][1], key, LIST_LIMIT)
        self._read_lists()
        defaults = self._defaults(self._top["defaults"][1])
        matrix = self._matrix(self._top["matrix"][1])
        calendar = self._calendar()
        conditions = ConditionReader(self._reader, CelEngine(), self._lists)
        groups = GroupReader(self._reader, conditions, self._actions, calendar).read(self._top["groups"][1])
        rules = tuple(rule for group in groups for rule in group.rules)
        compared = (one for rule in rules for one in rule.conditions if not one.finds_words)
        recorded = dict.fromkeys(fact for condition in compared for fact in condition.facts)
        return RuleSet(
            name or "",
            canonical_hash(plain(self._root)),
            self._zone(),
            defaults,
            matrix,
            groups,
            frozenset(self._words.get("team", ())),
            tuple(recorded),
            calendar,
            self._places,
        )

    def _calendar(self) -> str | None:
        if "calendar" not in self._top:
            return None
        node = self._top["calendar"][1]
        self._places["calendar"] = place_of(node)
        return self._reader.text(node, "calendar", 200)

    def _zone(self) -> ZoneInfo:
        if "zone" in self._top:
            node = self._top["zone"][1]
            self._places["zone"] = place_of(node)
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
            read_name(self._reader, key, "name of a list")
            self._lists[name] = self._reader.texts(node, f"list {name}", LIST_LIMIT)

    def _defaults(self, node: Node) -> dict[str, Setting]:
        keys = tuple(key for key in FIELDS if key not in WITHOUT_DEFAULT)
        found = self._reader.mapping(node, "defaults", keys)
        values: dict[str, Setting] = {
            "tags": (), "skills": (), "quarantine": None, "priority": None,
            "acknowledge": True, "acknowledgement": None,
        }  # fmt: skip
        for key in keys:
            if key in found:
                settings = self._actions.default(key, found[key][1])
                values |= settings
                self._places |= {f"defaults.{field}": place_of(found[key][1]) for field in settings}
            elif key not in OPTIONAL_DEFAULTS:
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
