"""A rule set as a value: groups of rules in order, what they may set, and the matrix of priorities."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

from router.domain.conditions import Combined, Condition, Node, conditions_of
from ventanilla_contracts.words import LANGUAGES, LEVELS, PRIORITIES, TIERS, TYPES

MATRIX: Final = "matrix"
"""Named as the setter of a priority that comes from impact × urgency."""
TAG_LIMIT: Final = 50

Setting = str | bool | tuple[str, ...] | None

FIELDS: Final = {
    "type": "ticket_type",
    "category": "category",
    "impact": "impact",
    "urgency": "urgency",
    "priority": "priority",
    "tier": "tier",
    "team": "team",
    "policy": "service_level_policy",
    "tags": "tags",
    "quarantine": "quarantine",
    "acknowledge": "acknowledge",
}
"""What a rule may set: its name in the file → field of the decision."""

SCALES: Final = {"impact": LEVELS, "urgency": LEVELS, "priority": PRIORITIES, "tier": TIERS}
"""Fields whose values have an order, lowest first: `at_least` and `at_most` may be said of them."""
WORDS: Final[dict[str, tuple[str, ...]]] = {**SCALES, "ticket_type": TYPES}
TITLE_LANGUAGES: Final = LANGUAGES


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule does to one field of the decision.

    Attributes:
        how: `set`, `at_least` or `at_most` (on a scale), `add` (tags).
    """

    field: str
    how: str
    value: Setting


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """When and what. `line` is where it stands in its file. Two rules are equal if they are the same object."""

    name: str
    title: Mapping[str, str]
    when: Node
    changes: tuple[Change, ...]
    line: int = 0
    conditions: tuple[Condition, ...] = field(init=False)
    simple: bool = field(init=False)
    """All conditions must hold: no tree has to be walked."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "conditions", conditions_of(self.when))
        flat = isinstance(self.when, Condition) or all(isinstance(part, Condition) for part in self.when.parts)
        object.__setattr__(self, "simple", flat and not (isinstance(self.when, Combined) and not self.when.every))


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are tried in order: until the `first` that matches, or all of them."""

    name: str
    first: bool
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All that decides.

    Attributes:
        hash: SHA-256 of its canonical form: comments, spacing and quoting do not count.
        zone: where the desk's day begins, for the `time.` facts.
        defaults: field of the decision → value where no rule sets one; has every field but `priority`.
        matrix: impact → urgency → priority.
        recorded: short facts that the rules look at, kept with each decision.
    """

    name: str
    hash: str
    zone: tzinfo
    defaults: Mapping[str, Setting]
    matrix: Mapping[str, Mapping[str, str]]
    groups: tuple[Group, ...]
    recorded: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules in order."""
        return tuple(rule for group in self.groups for rule in group.rules)
