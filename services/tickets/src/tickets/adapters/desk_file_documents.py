"""The sections of a desk file that hold documents: calendars, policies, the lifecycle, rotas, ladders, templates.

Their content is plain data, as the API takes it. Here it is read out of YAML, with the places kept, so that whatever is
wrong with a document is told with file, line and column.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tickets.adapters.desk_nodes import Nodes, is_null, suggestion
from tickets.adapters.special_days import with_special_days, without_special_days
from tickets.domain.desk.documents import CALENDAR, DEFAULT, SECTIONS, document_faults
from tickets.domain.desk.reading import Path, faults_in
from tickets.errors import Invalid

SINGLE: Final = frozenset({"lifecycle"})
"""Sections that are one document themselves, and no list."""
_ANY_YEAR: Final = 2026
"""Whether a calendar makes sense can be seen in any year; the days of the right ones are written out later."""
_WHOLE: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\Z")
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}\.[0-9]{1,9}\Z")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a document stands: the node that names it, and the one that holds it."""

    own: Node
    whole: Node


class DocumentSections:
    """Documents as a file holds them; complaints go to its nodes."""

    def __init__(self, nodes: Nodes) -> None:
        self.contents: dict[str, dict[str, Any]] = {}
        """Kind → name → content. A kind that is not there is not spoken of."""
        self._nodes = nodes
        self._places: dict[tuple[str, str], _Place] = {}
        self._sections: dict[str, Node] = {}
        self._holders: dict[int, Node] = {}
        """Identity of a value's node → the entry of a section that it stands in."""

    def begin(self, section: str, node: Node) -> None:
        """A section is there, whatever it holds."""
        kind = SECTIONS[section]
        self.contents[kind] = {}
        self._sections[kind] = node
        if isinstance(node, SequenceNode):
            entries = (entry for entry in node.value if isinstance(entry, MappingNode))
            self._holders |= {id(value): entry for entry in entries for _, value in entry.value}
        if section in SINGLE:
            self._add(kind, DEFAULT, _Place(node, node), self._nodes.mapping(node, section))

    def note_section(self, kind: str, node: Node) -> None:
        """A section of another kind is there: documents may name what it leaves out."""
        self._sections[kind] = node

    def add(self, section: str, name: str, parts: Mapping[str, Node]) -> None:
        """Take one document of a section, and complain of what is wrong with it by itself."""
        own = parts["name"]
        self._add(SECTIONS[section], name, _Place(own, self._holders[id(own)]), parts)

    def _add(self, kind: str, name: str, place: _Place, parts: Mapping[str, Node]) -> None:
        nodes, before = self._nodes, len(self._nodes.problems)
        self._places[kind, name] = place
        content: Any = {key: self._plain(node, f"{kind} {name}") for key, node in parts.items() if key != "name"}
        self.contents[kind][name] = content
        if len(nodes.problems) > before:  # it is not whole
            return
        if kind == CALENDAR and (worked_out := self._worked_out(name, content, _ANY_YEAR)) is not None:
            content = worked_out
        elif kind == CALENDAR:  # the rest may be wrong as well
            content = without_special_days(content)
        for fault in document_faults(kind, name, content):
            self.complain(kind, name, fault.path, fault.words)

    def work_out(self, first_year: int) -> None:
        """Write national holidays and the days of ICS files out, from this year on."""
        for name, content in self.contents.get(CALENDAR, {}).items():
            self.contents[CALENDAR][name] = self._worked_out(name, content, first_year)

    def complain(self, kind: str, name: str, path: Path, words: str, advice: str = "") -> None:
        """Note what is wrong at a part of a document of this file."""
        place = self._places[kind, name]
        where, words = ".".join(map(str, path)), words.removeprefix(f"{kind} {name}: ")
        reason = ": ".join(filter(None, (f"{kind} {name}", where, words)))
        self._nodes.complain(_node_at(place, path, words), reason, advice)

    def complain_of_loss(self, kind: str, name: str, by: str) -> None:
        """Note that a section leaves out what something names that the file does not speak of."""
        reason = f"without {kind} {name} here it is retired, but {by} names it"
        self._nodes.complain(self._sections[kind], reason, "keep it, or change that in this file too")

    def _worked_out(self, name: str, content: Any, first_year: int) -> Any:
        try:
            return with_special_days(content, first_year)
        except Invalid as invalid:
            for fault in faults_in(invalid):
                self.complain(CALENDAR, name, fault.path, fault.words)
            return None

    def _plain(self, node: Node, what: str) -> Any:
        """A node as plain data: only what looks like a number is one, and only `true`, `false` and `null` are those."""
        if isinstance(node, MappingNode):
            return {key: self._plain(inner, what) for key, inner in self._nodes.mapping(node, what).items()}
        if isinstance(node, SequenceNode):
            return [self._plain(inner, what) for inner in self._nodes.items(node, what)]
        assert isinstance(node, ScalarNode)
        text = str(node.value)
        if node.style:  # quoted: a text whatever it looks like
            return text
        if is_null(node):
            return None
        if text in ("true", "false"):
            return text == "true"
        if _WHOLE.match(text):
            return int(text)
        return float(text) if _NUMBER.match(text) else text


def missing_words(kind: str, name: str, known: Sequence[str]) -> tuple[str, str]:
    """(reason, advice) where something names what is not there."""
    advice = suggestion(name, known) if known else f"there is no {kind} at all; add one, or leave the name out"
    return f"this desk has no {kind} {name}", advice


def _node_at(place: _Place, path: Path, words: str) -> Node:
    """The node of a part, or of the nearest that is there; its key, where that is what is wrong."""
    node = place.own
    for number, part in enumerate(path):
        found = _child(place.whole if number == 0 else node, part)
        if found is None:
            break
        key, node = found
        if number + 1 == len(path) and (
            not isinstance(node, ScalarNode) or words.startswith(("is not known here", f"{part} is no "))
        ):
            return key
    return node


def _child(node: Node, part: str | int) -> tuple[Node, Node] | None:
    if isinstance(node, SequenceNode):
        at = int(part) if str(part).isdecimal() else len(node.value)
        return (node.value[at], node.value[at]) if at < len(node.value) else None
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(part)), None)
    return None
