"""YAML with its places kept: every value knows its line and column, and every mistake is collected.

Only the plain subset of YAML is taken: no anchors, aliases, tags or several documents, so that a file means what it
shows.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from router.adapters.cel import suggestion
from router.domain.conditions import Place
from router.errors import Problem

SIZE_LIMIT_CHARS: Final = 1_000_000
DEPTH_LIMIT: Final = 30
PROBLEM_LIMIT: Final = 200
_PLAIN_TAG: Final = "tag:yaml.org,2002:"

_NUMBER: Final = re.compile(r"-?[0-9]{1,15}\Z")

Plain = str | list["Plain"] | dict[str, "Plain"] | None


class Reader:
    """Reads nodes and collects what is wrong with them. Methods return None after a complaint."""

    def __init__(self, file: str, source: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.rule = ""
        self._lines = source.splitlines()

    def complain(self, node: Node, reason: str, advice: str = "") -> None:
        """Note a mistake at a node, in the rule that is being read."""
        self._note(node.start_mark.line + 1, node.start_mark.column + 1, reason, advice)

    def complain_at(self, place: Place, reason: str, advice: str = "") -> None:
        """Note a mistake at a place that was kept, in the rule that is being read."""
        self._note(*place, reason, advice)

    def complain_inside(self, node: ScalarNode, line: int, column: int, reason: str, advice: str) -> None:
        """Note a mistake at a place inside a text; line and column count from 1 in it."""
        start = node.start_mark
        if node.style in ("|", ">"):
            wanted = node.value.splitlines()[line - 1] if line <= len(node.value.splitlines()) else ""
            for number in range(start.line + 1, len(self._lines)):
                if wanted and (indent := self._lines[number].find(wanted)) >= 0:
                    self._note(number + 1, indent + column, reason, advice)
                    return
            self._note(start.line + 1 + line, column, reason, advice)
        else:
            quote = 1 if node.style else 0
            self._note(start.line + line, start.column + quote + column, reason, advice)

    def _note(self, line: int, column: int, reason: str, advice: str) -> None:
        if len(self.problems) < PROBLEM_LIMIT:
            self.problems.append(Problem(self.file, line, column, self.rule, reason, advice))

    def compose(self, source: str) -> MappingNode | None:
        """The file's top mapping."""
        if len(source) > SIZE_LIMIT_CHARS:
            self._note(1, 1, f"the file has more than {SIZE_LIMIT_CHARS} characters", "move long lists elsewhere")
            return None
        try:
            root = yaml.compose(source, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            reason = " ".join(filter(None, (error.problem, error.context)))
            self._note(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, f"not YAML: {reason}", "")
            return None
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            self._note(1, 1, f"not YAML: {reason}", "")
            return None
        if not isinstance(root, MappingNode):
            self._note(1, 1, "the file is empty or not a mapping", "start from the default rules: `router rules`")
            return None
        return root if self._plain_enough(root, set(), 0) else None

    def _plain_enough(self, node: Node, met: set[int], depth: int) -> bool:
        if id(node) in met:
            self.complain(node, "anchors and aliases are not allowed", "use a named list")
            return False
        met.add(id(node))
        if depth > DEPTH_LIMIT:
            self.complain(node, f"more than {DEPTH_LIMIT} levels deep")
            return False
        if not node.tag.startswith(_PLAIN_TAG):
            self.complain(node, f"the tag {node.tag} is not allowed")
            return False
        return all(self._plain_enough(child, met, depth + 1) for child in _children(node))

    def mapping(self, node: Node, what: str, known: Sequence[str] | None = None) -> dict[str, tuple[Node, Node]]:
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
                self.complain(key, f"unknown key {key.value} in {what}", suggestion(key.value, list(known)))
            else:
                found[key.value] = (key, value)
        return found

    def items(self, node: Node, what: str) -> list[Node]:
        """The nodes of a sequence that is not empty."""
        if not isinstance(node, SequenceNode) or not node.value:
            self.complain(node, f"{what} must be a list with at least one entry (`- entry`)")
            return []
        return list(node.value)

    def text(self, node: Node, what: str, limit: int = 2_000) -> str | None:
        """A text as it is written: `no` and `12` are texts here, whatever YAML thinks of them."""
        if not isinstance(node, ScalarNode) or node.tag == f"{_PLAIN_TAG}null":
            self.complain(node, f"{what} must be a text")
        elif not node.value.strip():
            self.complain(node, f"{what} is empty")
        elif len(node.value) > limit:
            self.complain(node, f"{what} has more than {limit} characters")
        else:
            return str(node.value)
        return None

    def texts(self, node: Node, what: str, limit: int) -> tuple[str, ...]:
        """A list of texts, at most `limit`."""
        entries = self.items(node, what)
        if len(entries) > limit:
            self.complain(node, f"{what} has {len(entries)} entries, {limit} are allowed")
            return ()
        read = (self.text(entry, f"an entry of {what}", 200) for entry in entries)
        return tuple(entry for entry in read if entry is not None)

    def choice(self, node: Node, what: str, words: Sequence[str]) -> str | None:
        """One of a few words."""
        word = self.text(node, what)
        if word is not None and word not in words:
            self.complain(node, f"{word} is no {what}", suggestion(word, list(words)))
            return None
        return word

    def truth(self, node: Node, what: str) -> bool | None:
        """`true` or `false`, and nothing that YAML 1.1 also takes for it."""
        if isinstance(node, ScalarNode) and not node.style and node.value in ("true", "false"):
            return bool(node.value == "true")
        self.complain(node, f"{what} must be true or false")
        return None

    def number(self, node: Node, what: str) -> int | None:
        """A whole number, plain."""
        if isinstance(node, ScalarNode) and not node.style and _NUMBER.match(node.value):
            return int(node.value)
        self.complain(node, f"{what} must be a whole number")
        return None


def place_of(node: Node) -> Place:
    """Line and column of a node, from 1."""
    return node.start_mark.line + 1, node.start_mark.column + 1


def plain(node: Node) -> Plain:
    """The bare content of a node: what the hash of a rule set is made of."""
    if isinstance(node, ScalarNode):
        return None if node.tag == f"{_PLAIN_TAG}null" else str(node.value)
    if isinstance(node, SequenceNode):
        return [plain(child) for child in node.value]
    return {str(key.value): plain(value) for key, value in node.value}


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node, SequenceNode):
        yield from node.value
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            yield key
            yield value
