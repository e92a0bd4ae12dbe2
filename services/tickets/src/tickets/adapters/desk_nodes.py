"""YAML with its places kept: every value knows its line and column, and every mistake is collected.

Only the plain subset of YAML is taken: no anchors, aliases, tags or several documents, so that a file means what it
shows. Knows nothing of desks.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

SIZE_LIMIT_CHARS: Final = 4_000_000
DEPTH_LIMIT: Final = 20
PROBLEM_LIMIT: Final = 200
ENTRIES_LIMIT: Final = 20_000
_PLAIN_TAG: Final = "tag:yaml.org,2002:"
_NULL: Final = f"{_PLAIN_TAG}null"
_WHOLE: Final = re.compile(r"-?[0-9]{1,9}\Z")
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?\Z")


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a file, and what to do about it."""

    file: str
    line: int
    column: int
    reason: str
    advice: str = ""

    def sentence(self) -> str:
        """The form for people: `desk.yaml:3:9: …`."""
        words = f"{self.reason}; {self.advice}" if self.advice else self.reason
        return f"{self.file}:{self.line}:{self.column}: {words}"


class Nodes:
    """Reads nodes and collects what is wrong with them. Methods return None after a complaint."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def complain(self, node: Node, reason: str, advice: str = "") -> None:
        """Note a mistake at a node."""
        self._note(node.start_mark.line + 1, node.start_mark.column + 1, reason, advice)

    def compose(self, source: str) -> MappingNode | None:
        """The file's top mapping."""
        if len(source) > SIZE_LIMIT_CHARS:
            self._note(1, 1, f"the file has more than {SIZE_LIMIT_CHARS} characters")
            return None
        try:
            root = yaml.compose(source, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            reason = " ".join(filter(None, (error.problem, error.context)))
            self._note(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, f"not YAML: {reason}")
            return None
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            self._note(1, 1, f"not YAML: {' '.join(str(error).split())[:200] or type(error).__name__}")
            return None
        if not isinstance(root, MappingNode):
            self._note(1, 1, "the file is empty or not a mapping", "docs/desk.md has an example to start from")
            return None
        return root if self._plain_enough(root, set(), 0) else None

    def mapping(self, node: Node, what: str, known: Sequence[str] | None = None) -> dict[str, Node]:
        """Key → value's node; complains about keys that are repeated or not `known`."""
        if not isinstance(node, MappingNode):
            self.complain(node, f"{what} must be a mapping (`key: value`)")
            return {}
        found: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.complain(key, f"{what} has a key that is not a word")
            elif key.value in found:
                self.complain(key, f"{key.value} stands twice in {what}", "remove one")
            elif known is not None and key.value not in known:
                self.complain(key, f"unknown key {key.value} in {what}", suggestion(key.value, known))
            else:
                found[key.value] = value
        return found

    def items(self, node: Node, what: str, limit: int = ENTRIES_LIMIT) -> list[Node]:
        """The nodes of a sequence; `[]` is one without any."""
        if not isinstance(node, SequenceNode):
            self.complain(node, f"{what} must be a list (`- entry`)")
            return []
        if len(node.value) > limit:
            self.complain(node, f"{what} has {len(node.value)} entries; {limit} are allowed")
            return []
        return list(node.value)

    def text(self, node: Node, what: str, limit: int = 200) -> str | None:
        """One line as it is written: `no` and `12` are texts here, whatever YAML thinks of them."""
        if not isinstance(node, ScalarNode) or node.tag == _NULL:
            self.complain(node, f"{what} must be a text")
        elif not node.value.strip():
            self.complain(node, f"{what} is empty")
        elif len(node.value) > limit:
            self.complain(node, f"{what} has more than {limit} characters")
        elif not node.value.isprintable():
            self.complain(node, f"{what} must be one line of printable characters")
        else:
            return str(node.value).strip()
        return None

    def nullable(self, node: Node, what: str, limit: int = 200) -> str | None:
        """As `text`, and None for `null`."""
        return None if is_null(node) else self.text(node, what, limit)

    def texts(self, node: Node, what: str, limit: int, check: Callable[[str], str | None] | None = None) -> list[str]:
        """Different texts; `check` says what is wrong with one, or None."""
        found: list[str] = []
        for entry in self.items(node, what, limit):
            word = self.text(entry, f"an entry of {what}")
            if word is None:
                continue
            if word in found:
                self.complain(entry, f"{word} stands twice in {what}", "remove one")
            elif check is not None and (reason := check(word)):
                self.complain(entry, reason)
            else:
                found.append(word)
        return found

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

    def whole(self, node: Node, what: str, least: int, most: int) -> int | None:
        """A whole number in a range."""
        if isinstance(node, ScalarNode) and not node.style and _WHOLE.match(node.value):
            number = int(node.value)
            if least <= number <= most:
                return number
            self.complain(node, f"{what} is {number}", f"it must be from {least} to {most}")
            return None
        self.complain(node, f"{what} must be a whole number")
        return None

    def number(self, node: Node, what: str, least: float, most: float) -> float | None:
        """A number in a range."""
        if isinstance(node, ScalarNode) and not node.style and _NUMBER.match(node.value):
            number = float(node.value)
            if least <= number <= most:
                return number
            self.complain(node, f"{what} is {number:g}", f"it must be from {least:g} to {most:g}")
            return None
        self.complain(node, f"{what} must be a number")
        return None

    def _note(self, line: int, column: int, reason: str, advice: str = "") -> None:
        if len(self.problems) < PROBLEM_LIMIT:
            self.problems.append(Problem(self.file, line, column, reason, advice))

    def _plain_enough(self, node: Node, met: set[int], depth: int) -> bool:
        if id(node) in met:
            self.complain(node, "anchors and aliases are not allowed", "write it out")
            return False
        met.add(id(node))
        if depth > DEPTH_LIMIT:
            self.complain(node, f"more than {DEPTH_LIMIT} levels deep")
            return False
        if not node.tag.startswith(_PLAIN_TAG):
            self.complain(node, f"the tag {node.tag} is not allowed")
            return False
        return all(self._plain_enough(child, met, depth + 1) for child in _children(node))


def is_null(node: Node) -> bool:
    """Whether nothing, `null` or `~` stands there."""
    return isinstance(node, ScalarNode) and node.tag == _NULL


def suggestion(word: str, known: Sequence[str]) -> str:
    """What was meant, or what there is."""
    near = difflib.get_close_matches(word, known, 1, 0.6)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known[:20])}"


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node, SequenceNode):
        yield from node.value
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            yield key
            yield value
