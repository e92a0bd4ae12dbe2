"""Reads flow files: YAML to plain content with its places, and faults back to file, line and column.

`docs/phone-flows.md` describes the language; what it means is `domain.flows`.
"""

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path as FilePath
from typing import Final

from yaml.nodes import Node, ScalarNode, SequenceNode

from intake_phone.adapters.national_holidays import holidays_from
from intake_phone.adapters.words import load_words
from intake_phone.domain.flows.book import FlowBook, calling_each_other, doubled, flow_book
from intake_phone.domain.flows.flow import Flow
from intake_phone.domain.flows.read_flow import Surroundings, read_flow
from intake_phone.domain.flows.reading import Fault, Path, Plain
from intake_phone.domain.flows.review import Desk
from intake_phone.errors import FlowRefused, Problem
from ventanilla_runtime.yaml_places import Bounds, YamlPlaces, is_null, place_of
from ventanilla_runtime.yaml_traps import has_comment_behind

PROBLEM_LIMIT: Final = 200
DEFAULT_NAME: Final = "flows/default.yaml"
ANY_DESK: Final = Desk()
_BOUNDS: Final = Bounds(
    chars=500_000,
    depth=12,
    values=20_000,
    text_chars=2_000,
    one_line=False,
    beginning="docs/phone-flows.md has an example to start from",
    instead_of_alias="write it out",
)

Places = Mapping[Path, tuple[int, int]]


def read_flow_text(source: str, file: str, *, first_year: int, desk: Desk = ANY_DESK) -> Flow:
    """The flow that a file's text says; `file` names it in complaints.

    Args:
        first_year: holidays are known for six years from this one on.
        desk: what the desk has: teams and numbers that it has not are refused.

    Raises:
        FlowRefused: it has mistakes; all of them are listed.
    """
    return _read(source, file, first_year, desk)[0]


def read_flow_files(paths: Sequence[FilePath], *, first_year: int, desk: Desk = ANY_DESK) -> FlowBook:
    """All flows of a desk; those that come with the service answer what is left.

    Raises:
        FlowRefused: one of them cannot be read, has mistakes, two answer one number, or one transfers to a number
            that another one answers; all mistakes of all files.
    """
    problems: list[Problem] = []
    flows: list[tuple[str, Flow, Places]] = []
    for path in paths:
        try:
            flow, places = _read(_text_of(path), str(path), first_year, desk)
            flows.append((str(path), flow, places))
        except FlowRefused as refused:
            problems += refused.problems
    readable = [flow for _, flow, _ in flows]
    for position, fault in (*doubled(readable), *calling_each_other(readable)):
        file, _, places = flows[position]
        problems.append(_problem(file, fault, places))
    if problems:
        raise FlowRefused(problems)
    return flow_book(readable, default_flow(first_year))


def default_flow_text() -> str:
    """The flow file that comes with the service."""
    return resources.files("intake_phone").joinpath(DEFAULT_NAME).read_text(encoding="utf-8")


def default_flow(first_year: int) -> Flow:
    """The flow that comes with the service: it answers any number."""
    return read_flow_text(default_flow_text(), "default.yaml", first_year=first_year)


def _text_of(path: FilePath) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FlowRefused([Problem(str(path), 1, 1, "", "the file is not UTF-8", "save it as UTF-8")]) from error
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        raise FlowRefused([Problem(str(path), 1, 1, "", reason, "check path and permissions")]) from error


def _read(source: str, file: str, first_year: int, desk: Desk) -> tuple[Flow, Places]:
    reader = _Reader(file)
    root = reader.compose(source)
    content = reader.plain(root, ()) if root is not None else None
    if reader.problems or content is None:
        raise FlowRefused(reader.problems)
    around = Surroundings(load_words(), holidays_from(first_year), desk)
    flow, faults = read_flow(content, around)
    if flow is None:
        raise FlowRefused([_problem(file, fault, reader.places) for fault in faults])
    return flow, reader.places


def _problem(file: str, fault: Fault, places: Places) -> Problem:
    path = fault.path
    while path and path not in places:
        path = path[:-1]
    line, column = places.get(path, (1, 1))
    return Problem(file, line, column, "/".join(map(str, fault.path)), fault.reason, fault.advice)


class _Reader(YamlPlaces):
    """Turns nodes into plain content and remembers where each part of it stood."""

    def __init__(self, file: str) -> None:
        super().__init__(_BOUNDS)
        self.problems: list[Problem] = []
        self.places: dict[Path, tuple[int, int]] = {}
        self._file = file

    def note(self, line: int, column: int, reason: str, advice: str) -> None:
        """Keep a mistake."""
        if len(self.problems) < PROBLEM_LIMIT:
            self.problems.append(Problem(self._file, line, column, "", reason, advice))

    def plain(self, node: Node, path: Path) -> Plain:
        """The bare content of a node, every scalar as it is written."""
        self.places.setdefault(path, place_of(node))
        if isinstance(node, ScalarNode):
            self._look_for_a_lost_half(node, path)
            return None if is_null(node) else str(node.value)
        if isinstance(node, SequenceNode):
            return [self.plain(child, (*path, position)) for position, child in enumerate(node.value)]
        found: dict[str, Plain] = {}
        for key, (key_node, value) in self.pairs(node, "/".join(map(str, path)) or "the file").items():
            # What is wrong with something that has a name of its own is told at its name.
            self.places[(*path, key)] = place_of(value if isinstance(value, ScalarNode) else key_node)
            found[key] = self.plain(value, (*path, key))
        return found

    def _look_for_a_lost_half(self, node: ScalarNode, path: Path) -> None:
        """`es: Press # and wait` says `Press` to YAML, and `key: #` nothing: nobody would hear what became of it."""
        key = is_null(node) and str(path[-1]).endswith("key")
        if (path[0] == "prompts" or key) and node.style is None and has_comment_behind(node):
            advice = "put the text in quotes, or the comment on a line of its own"
            self.complain(node, "the # makes a comment of the rest of the line", advice)
