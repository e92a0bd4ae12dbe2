"""YAML with its places kept: every value knows its line and column, and every mistake is collected.

For files that people write. Only the plain subset of YAML is taken: no anchors, aliases, tags or several documents, so
that a file means what it shows; size, depth and the number of values are bounded while it is read, not afterwards.
Knows nothing of what a file is about: services read their own kinds with a class of their own on top of `YamlPlaces`.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

import yaml
from yaml.events import AliasEvent, Event, NodeEvent, ScalarEvent
from yaml.nodes import MappingNode, Node, ScalarNode
from yaml.reader import ReaderError

from ventanilla_runtime.yaml_traps import cure

Place = tuple[int, int]
"""Line and column, from 1."""

SUGGESTED_LIMIT: Final = 40
_REASON_LIMIT_CHARS: Final = 200
_NULL: Final = "tag:yaml.org,2002:null"
_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")
"""What escapes can write and neither UTF-8 nor the database can hold; an emoji is such a pair where JSON wrote it."""
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}\Z")
_WHOLE_MOST: Final = 10**15 - 1


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a kind of file may be, and what its readers are advised.

    Attributes:
        values: keys, entries and mappings of the whole file.
        text_chars: of one text, where its reader says nothing else.
        one_line: texts must be one line of printable characters, and are taken without spaces around them.
        beginning: where somebody finds a file to start from.
        instead_of_alias: what to write where YAML would take an alias.
    """

    chars: int
    depth: int
    values: int
    text_chars: int
    one_line: bool
    beginning: str
    instead_of_alias: str


class YamlPlaces(ABC):
    """Reads nodes and collects what is wrong with them. Methods return None, or nothing, after a complaint."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds

    @abstractmethod
    def note(self, line: int, column: int, reason: str, advice: str) -> None:
        """Keep a mistake. Whoever implements it sees to it that not endlessly many are kept."""

    def complain(self, node: Node, reason: str, advice: str = "") -> None:
        """Note a mistake at a node."""
        self.note(*place_of(node), reason, advice)

    def compose(self, source: str) -> MappingNode | None:
        """The file's top mapping."""
        bounds = self._bounds
        if len(source) > bounds.chars:
            self.note(1, 1, f"the file has more than {bounds.chars} characters", "make it shorter, or two files of it")
            return None
        try:
            root = _compose(source, bounds)
        except _Refused as refused:
            self.note(*refused.place, refused.reason, refused.advice)
            return None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            reason = " ".join(filter(None, (error.problem, error.context)))[:_REASON_LIMIT_CHARS]
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self.note(*place, f"not YAML: {reason}", cure(error, source))
            return None
        except ReaderError as error:
            before = source[: error.position]
            line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
            self.note(line, column, "not YAML: a character that cannot be seen", "delete it, or type the line anew")
            return None
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            self.note(1, 1, f"not YAML: {' '.join(str(error).split())[:_REASON_LIMIT_CHARS]}", "")
            return None
        if not isinstance(root, MappingNode):
            self.note(1, 1, "the file is empty or not a mapping", bounds.beginning)
            return None
        return root

    def pairs(self, node: Node, what: str, known: Sequence[str] | None = None) -> dict[str, tuple[Node, Node]]:
        """Key → (key's node, value's node); complains about keys that are repeated or not `known`."""
        if not isinstance(node, MappingNode):
            self.complain(node, f"{what} must be a mapping (`key: value`)")
            return {}
        found: dict[str, tuple[Node, Node]] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.complain(key, f"{what} has a key that is not a word")
            elif key.value in found:
                self.complain(key, f"{key.value} stands twice in {what}", "remove one")
            elif known is not None and key.value not in known:
                self.complain(key, f"unknown key {key.value} in {what}", suggestion(key.value, known))
            else:
                found[key.value] = (key, value)
        return found

    def text(self, node: Node, what: str, limit: int | None = None) -> str | None:
        """A text as it is written: `no` and `12` are texts here, whatever YAML thinks of them."""
        limit = self._bounds.text_chars if limit is None else limit
        if not isinstance(node, ScalarNode) or is_null(node):
            self.complain(node, f"{what} must be a text")
        elif not node.value.strip():
            self.complain(node, f"{what} is empty")
        elif len(node.value) > limit:
            self.complain(node, f"{what} has more than {limit} characters")
        elif self._bounds.one_line and not node.value.isprintable():
            self.complain(node, f"{what} must be one line of printable characters")
        else:
            text = str(node.value)
            return text.strip() if self._bounds.one_line else text
        return None

    def choice(self, node: Node, what: str, words: Sequence[str]) -> str | None:
        """One of a few words."""
        word = self.text(node, what)
        if word is not None and word not in words:
            self.complain(node, f"{word} is no {what}", suggestion(word, words))
            return None
        return word

    def truth(self, node: Node, what: str) -> bool | None:
        """`true` or `false`, and nothing that YAML 1.1 also takes for it."""
        if isinstance(node, ScalarNode) and not node.style and node.value in ("true", "false"):
            return bool(node.value == "true")
        self.complain(node, f"{what} must be true or false")
        return None

    def whole(self, node: Node, what: str, least: int = -_WHOLE_MOST, most: int = _WHOLE_MOST) -> int | None:
        """A whole number in a range, plain."""
        if not (isinstance(node, ScalarNode) and not node.style and _WHOLE.match(node.value)):
            self.complain(node, f"{what} must be a whole number")
            return None
        number = int(node.value)
        if least <= number <= most:
            return number
        self.complain(node, f"{what} is {number}", f"it must be from {least} to {most}")
        return None


def place_of(node: Node) -> Place:
    """Line and column of a node, from 1."""
    return node.start_mark.line + 1, node.start_mark.column + 1


def is_null(node: Node) -> bool:
    """Whether nothing, `null` or `~` stands there."""
    return isinstance(node, ScalarNode) and node.tag == _NULL


def suggestion(word: str, known: Sequence[str]) -> str:
    """What was meant, or what there is."""
    if near := get_close_matches(word, known, 1, 0.6):
        return f"did you mean {near[0]}?"
    return f"known are {', '.join(known[:SUGGESTED_LIMIT])}" if known else ""


class _Refused(Exception):
    """YAML that is well formed and yet not taken."""

    def __init__(self, event: Event, reason: str, advice: str) -> None:
        super().__init__(reason)
        mark = event.start_mark
        self.place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        self.reason = reason
        self.advice = advice


class _BoundedLoader(yaml.SafeLoader):
    """Composes nodes and stops at the first that is not plain, too deep, or one too many."""

    def __init__(self, source: str, bounds: Bounds) -> None:
        super().__init__(source)
        self._bounds = bounds
        self._depth = 0
        self._values = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """A node with all that is in it."""
        event: Event = self.peek_event()  # type: ignore[no-untyped-call] # no types in the stubs
        self._check(event)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def _check(self, event: Event) -> None:
        self._values += 1
        bounds = self._bounds
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor is not None):
            advice = f"{bounds.instead_of_alias}; a text that begins with * or & stands in quotes"
            raise _Refused(event, "anchors and aliases are not allowed", advice)
        if (tag := getattr(event, "tag", None)) is not None:
            raise _Refused(event, f"the tag {tag[:60]} is not allowed", "write the value without it")
        if isinstance(event, ScalarEvent) and (wrong := _UNSTORABLE.search(event.value)):
            reason = f"\\u{ord(wrong[0]):04x} is no character that can be kept"
            raise _Refused(event, reason, "write it as itself: é, 😀")
        if self._depth > bounds.depth:
            raise _Refused(event, f"more than {bounds.depth} levels deep", "write it with less nesting")
        if self._values > bounds.values:
            raise _Refused(event, f"the file has more than {bounds.values} values", "make it shorter")


def _compose(source: str, bounds: Bounds) -> Node | None:
    loader = _BoundedLoader(source, bounds)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()
