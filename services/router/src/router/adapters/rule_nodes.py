"""Rule files and files of cases as nodes: what `YamlPlaces` reads, with the rule that a mistake stands in."""

from collections.abc import Sequence
from typing import Final

from yaml.nodes import Node, ScalarNode, SequenceNode

from router.adapters.text_places import place_inside
from router.domain.conditions import Place
from router.errors import Problem
from ventanilla_runtime.yaml_places import Bounds, YamlPlaces, is_null, place_of

__all__ = ["Plain", "Reader", "place_of", "plain"]

PROBLEM_LIMIT: Final = 200
BOUNDS: Final = Bounds(
    chars=1_000_000,
    depth=30,
    values=200_000,
    text_chars=2_000,
    one_line=False,
    beginning="start from the default rules: `router rules`",
    instead_of_alias="use a named list",
)

Plain = str | list["Plain"] | dict[str, "Plain"] | None


class Reader(YamlPlaces):
    """Reads nodes and collects what is wrong with them. Methods return None after a complaint."""

    def __init__(self, file: str, source: str) -> None:
        super().__init__(BOUNDS)
        self.file = file
        self.problems: list[Problem] = []
        self.rule = ""
        self._source = source

    def note(self, line: int, column: int, reason: str, advice: str) -> None:
        """Keep a mistake, in the rule that is being read."""
        if len(self.problems) < PROBLEM_LIMIT:
            self.problems.append(Problem(self.file, line, column, self.rule, reason, advice))

    def complain_at(self, place: Place, reason: str, advice: str = "") -> None:
        """Note a mistake at a place that was kept, in the rule that is being read."""
        self.note(*place, reason, advice)

    def complain_inside(self, node: ScalarNode, line: int, column: int, reason: str, advice: str) -> None:
        """Note a mistake at a place inside a text; line and column count from 1 in it."""
        self.note(*place_inside(self._source, node, line, column), reason, advice)

    def mapping(self, node: Node, what: str, known: Sequence[str] | None = None) -> dict[str, tuple[Node, Node]]:
        """Key → (key's node, value's node); complains about keys that are repeated or not `known`."""
        return self.pairs(node, what, known)

    def items(self, node: Node, what: str) -> list[Node]:
        """The nodes of a sequence that is not empty."""
        if not isinstance(node, SequenceNode) or not node.value:
            self.complain(node, f"{what} must be a list with at least one entry (`- entry`)")
            return []
        return list(node.value)

    def texts(self, node: Node, what: str, limit: int) -> tuple[str, ...]:
        """A list of texts, at most `limit`."""
        entries = self.items(node, what)
        if len(entries) > limit:
            self.complain(node, f"{what} has {len(entries)} entries, {limit} are allowed")
            return ()
        read = (self.text(entry, f"an entry of {what}", 200) for entry in entries)
        return tuple(entry for entry in read if entry is not None)

    def number(self, node: Node, what: str) -> int | None:
        """A whole number, plain."""
        return self.whole(node, what)


def plain(node: Node) -> Plain:
    """The bare content of a node: what the hash of a rule set is made of."""
    if isinstance(node, ScalarNode):
        return None if is_null(node) else str(node.value)
    if isinstance(node, SequenceNode):
        return [plain(child) for child in node.value]
    return {str(key.value): plain(value) for key, value in node.value}
