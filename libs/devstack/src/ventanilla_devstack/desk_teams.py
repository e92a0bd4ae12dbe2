"""Who works in which team, as a desk file says it: as much of the file as a local Slack needs, and no more."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ventanilla_runtime.yaml_places import Bounds, YamlPlaces

_BOUNDS: Final = Bounds(
    chars=4_000_000,
    depth=20,
    values=600_000,
    text_chars=200,
    one_line=True,
    beginning="docs/desk.md has an example to start from",
    instead_of_alias="write it out",
)
_MOST_MEMBERS: Final = 2_000


@dataclass(frozen=True, slots=True)
class TeamMember:
    """Somebody in one of their teams.

    Attributes:
        language: the first that they speak, a code of two letters; empty: the file does not say.
    """

    team: str
    handle: str
    name: str
    email: str
    language: str


class UnreadableDesk(ValueError):
    """A desk file from which nothing can be learned; the text says where it is wrong."""


def read_members(desk: str) -> tuple[TeamMember, ...]:
    """Everybody of a desk file with each of their teams, in the file's order; those without a mail are left out.

    Raises:
        UnreadableDesk: it is no desk file. Whether all else in it is right is for `tickets import-desk` to say.
    """
    reader = _Reader(_BOUNDS)
    members: list[TeamMember] = []
    for member in reader.members(desk):
        members.append(member)
        if len(members) == _MOST_MEMBERS:
            break
    if reader.mistake:
        raise UnreadableDesk(reader.mistake)
    return tuple(members)


class _Reader(YamlPlaces):
    """Remembers the first mistake."""

    mistake = ""

    def note(self, line: int, column: int, reason: str, advice: str) -> None:
        self.mistake = self.mistake or f"line {line}, column {column}: {'; '.join(filter(None, (reason, advice)))}"

    def members(self, desk: str) -> Iterator[TeamMember]:
        root = self.compose(desk)
        agents = self._values(root, "the file").get("agents") if root is not None else None
        for agent in _entries(agents):
            fields = self._values(agent, "an agent")
            known = {key: self._word(fields.get(key)) for key in ("handle", "name", "email")}
            language = next((self._word(each) for each in _entries(fields.get("languages"))), "")
            if not all(known.values()):
                continue
            for entry in _entries(fields.get("teams")):
                team = self._values(entry, "a team").get("team") if _kind(entry) == "mapping" else entry
                if name := self._word(team):
                    yield TeamMember(name, **known, language=language)

    def _values(self, node: Any, what: str) -> dict[str, Any]:
        return {key: value for key, (_, value) in self.pairs(node, what).items()}

    def _word(self, node: Any) -> str:
        return (self.text(node, "a value") or "") if _kind(node) == "scalar" else ""


def _entries(node: Any) -> list[Any]:
    return list(node.value) if _kind(node) == "sequence" else []


def _kind(node: Any) -> str:
    """`mapping`, `sequence` or `scalar`; empty if there is nothing."""
    return str(getattr(node, "id", ""))
