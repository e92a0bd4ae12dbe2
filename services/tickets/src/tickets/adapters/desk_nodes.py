"""Desk files as nodes: what `YamlPlaces` reads, in the words of the importer. Knows nothing of desks."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from yaml.nodes import Node, ScalarNode, SequenceNode

from ventanilla_runtime.yaml_places import Bounds, YamlPlaces, is_null, suggestion

__all__ = ["Nodes", "Problem", "is_null", "suggestion"]

PROBLEM_LIMIT: Final = 200
ENTRIES_LIMIT: Final = 20_000
BOUNDS: Final = Bounds(
    chars=4_000_000,
    depth=20,
    values=600_000,
    text_chars=200,
    one_line=True,
    beginning="docs/desk.md has an example to start from",
    instead_of_alias="write it out",
)
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


class Nodes(YamlPlaces):
    """Reads nodes and collects what is wrong with them. Methods return None after a complaint."""

    def __init__(self, file: str) -> None:
        super().__init__(BOUNDS)
        self.file = file
        self.problems: list[Problem] = []

    def note(self, line: int, column: int, reason: str, advice: str) -> None:
        """Keep a mistake."""
        if len(self.problems) < PROBLEM_LIMIT:
            self.problems.append(Problem(self.file, line, column, reason, advice))

    def mapping(self, node: Node, what: str, known: Sequence[str] | None = None) -> dict[str, Node]:
        """Key → value's node; complains about keys that are repeated or not `known`."""
        return {key: value for key, (_, value) in self.pairs(node, what, known).items()}

    def items(self, node: Node, what: str, limit: int = ENTRIES_LIMIT) -> list[Node]:
        """The nodes of a sequence; `[]` is one without any."""
        if not isinstance(node, SequenceNode):
            self.complain(node, f"{what} must be a list (`- entry`)")
            return []
        if len(node.value) > limit:
            self.complain(node, f"{what} has {len(node.value)} entries; {limit} are allowed")
            return []
        return list(node.value)

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
