"""Counting: the share of checks that each reader has right, and which targets are missed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.mail_score.checks import KINDS, Check, judge
from tests.mail_score.corpus import Case
from tests.mail_score.readers import PRODUCT, STANDARD_LIBRARY, Reader

BOUNCE_DETAILS = ("bounce recipient", "bounce status", "bounce reason", "bounce diagnostic")
_OF_THEIR_OWN = ("answer for every mail", "person taken for a bounce")
"""Kinds that are right for a reader that reads nothing: they have targets, but do not raise the total."""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "bounce details": BOUNCE_DETAILS,
    "all checks": tuple(kind for kind in KINDS if kind not in _OF_THEIR_OWN),
}
TARGETS: Mapping[str, float] = {
    "answer for every mail": 100.0,
    "from": 99.5,
    "other headers": 99.5,
    "reply text": 88.0,
    "attachments": 99.0,
    "class": 97.0,
    "person taken for a bounce": 100.0,
    "bounce details": 88.0,
    "all checks": 95.0,
}
"""Percent of checks that must be right; for a person taken for a bounce that is every single one."""


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of check, or a group of kinds: how many there are, and how many are right."""

    kind: str
    checks: int
    ours: int
    standard: int

    @property
    def target(self) -> float | None:
        """Percent that must be right, where there is a target."""
        return TARGETS.get(self.kind)

    @property
    def missed(self) -> bool:
        """Whether ours stays below the target."""
        return self.target is not None and percent(self.ours, self.checks) < self.target


def percent(right: int, checks: int) -> float:
    """Share in percent; of nothing all is right."""
    return 100.0 * right / checks if checks else 100.0


def ours(cases: Iterable[Case]) -> list[Check]:
    """All checks of the product's own command."""
    return _asked(PRODUCT, cases)


def standard_library(cases: Iterable[Case]) -> list[Check]:
    """The same checks of the standard library."""
    return _asked(STANDARD_LIBRARY, cases)


def _asked(command: tuple[str, ...], cases: Iterable[Case]) -> list[Check]:
    with Reader(command) as reader:
        return [check for case in cases for check in judge(case, reader.ask(case.path))]


def rows(product: Iterable[Check], standard: Iterable[Check] = ()) -> list[Row]:
    """A row for every kind that was checked, then the groups."""
    mine, other = _counted(product), _counted(standard)
    found = [_row(kind, (kind,), mine, other) for kind in KINDS if kind in mine]
    found += [_row(name, kinds, mine, other) for name, kinds in GROUPS.items()]
    return [row for row in found if row.checks]


def _counted(checks: Iterable[Check]) -> dict[str, list[bool]]:
    found: dict[str, list[bool]] = {}
    for check in checks:
        found.setdefault(check.kind, []).append(check.right)
    return found


def _row(name: str, kinds: tuple[str, ...], mine: dict[str, list[bool]], other: dict[str, list[bool]]) -> Row:
    checks = sum(len(mine.get(kind, ())) for kind in kinds)
    right, standard = (sum(sum(counted.get(kind, ())) for kind in kinds) for counted in (mine, other))
    return Row(name, checks, right, standard)


def as_json(cases: int, table: list[Row]) -> dict[str, Any]:
    """The table as an object."""
    kinds = {
        row.kind: {
            "checks": row.checks,
            "ours_percent": round(percent(row.ours, row.checks), 2),
            "standard_library_percent": round(percent(row.standard, row.checks), 2),
            "target_percent": row.target,
            "missed": row.missed,
        }
        for row in table
    }
    return {"mails": cases, "kinds": kinds}
