"""A rule set as a value: groups of rules in order, what they may set, and the matrix of priorities."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Final

from router.domain.conditions import (
    NOWHERE,
    Ask,
    Combined,
    Condition,
    Node,
    Place,
    Test,
    asker,
    conditions_of,
    paths_of,
)
from ventanilla_contracts.words import LANGUAGES, LEVELS, PRIORITIES, TIERS, TYPES

MATRIX: Final = "matrix"
"""Named as the setter of a priority that comes from impact × urgency."""
CALLER: Final = "call.team"
"""Likewise of the team that a caller chose on the telephone; no rule can have this name."""
TAG_LIMIT: Final = 50
SKILL_LIMIT: Final = 20

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
    "skills": "skills",
    "tags": "tags",
    "quarantine": "quarantine",
    "acknowledge": "acknowledge",
}
"""What a rule may set: its name in the file → field of the decision. `acknowledge` also sets `acknowledgement`."""
LISTS: Final = {"tags": TAG_LIMIT, "skills": SKILL_LIMIT}
"""Fields whose values add up, and how many there may be."""
REPLY_FIELDS: Final = ("type", "category", "priority", "tier", "team", "policy", "tags")
"""What a rule of a group for answers may set: these can be changed in a ticket that exists."""
REPLY_NAMES: Final = {FIELDS[name]: "type" if name == "type" else FIELDS[name] for name in REPLY_FIELDS}
"""Field of the decision → its name in `ReplyChanges`."""

SCALES: Final = {"impact": LEVELS, "urgency": LEVELS, "priority": PRIORITIES, "tier": TIERS}
"""Fields whose values have an order, lowest first: `at_least` and `at_most` may be said of them."""
WORDS: Final[dict[str, tuple[str, ...]]] = {**SCALES, "ticket_type": TYPES}
TITLE_LANGUAGES: Final = LANGUAGES


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule does to one field of the decision.

    Attributes:
        how: `set`, `at_least` or `at_most` (on a scale), `add` (tags, skills).
        place: where it stands in its file.
    """

    field: str
    how: str
    value: Setting
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """When and what. Two rules are equal if they are the same object.

    Attributes:
        line, column: where it stands in its file.
        continues: name of a group that is gone through too if the rule matches, or empty.
    """

    name: str
    title: Mapping[str, str]
    when: Node
    changes: tuple[Change, ...]
    line: int = 0
    column: int = 0
    continues: str = ""
    continues_at: Place = NOWHERE
    conditions: tuple[Condition, ...] = field(init=False)
    within: tuple[tuple[str, ...], ...] = field(init=False)
    """For each condition the `any` and `all` that it stands in."""
    tests: tuple[Test, ...] = field(init=False)
    """Of its conditions."""
    outcomes: dict[tuple[object, ...], Any] = field(init=False, repr=False)
    """Answers of its conditions → what they amount to, as `decide` has worked it out before."""
    simple: bool = field(init=False)
    """All conditions must hold."""
    ask: Ask = field(init=False)
    """Whether it matches, without a trace."""
    may_fail: bool = field(init=False)
    """One of its conditions may fail while it runs."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "conditions", conditions_of(self.when))
        object.__setattr__(self, "within", paths_of(self.when))
        object.__setattr__(self, "ask", asker(self.when))
        object.__setattr__(self, "tests", tuple([condition.test for condition in self.conditions]))
        object.__setattr__(self, "outcomes", {})
        object.__setattr__(self, "may_fail", any(condition.may_fail for condition in self.conditions))
        flat = isinstance(self.when, Condition) or all(isinstance(part, Condition) for part in self.when.parts)
        object.__setattr__(self, "simple", flat and not (isinstance(self.when, Combined) and not self.when.every))


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are tried in order: until the `first` that matches, or all of them.

    Attributes:
        called: tried only if a rule continues with it, right after that rule's own group.
        on_reply: tried only for what looks like an answer; sets nothing but what changes in the ticket it joins.
    """

    name: str
    first: bool
    rules: tuple[Rule, ...]
    called: bool = False
    on_reply: bool = False
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """All that decides. Two sets are equal if they are the same object; their hashes say whether they decide the same.

    Attributes:
        hash: SHA-256 of its canonical form: comments, spacing and quoting do not count.
        zone: where the desk's day begins, for the `time.` facts.
        defaults: field of the decision → value where no rule sets one; has every field but `priority`.
        matrix: impact → urgency → priority.
        teams: all that messages can go to.
        recorded: facts that the rules look at otherwise than for words, kept with each decision.
        calendar: the desk's calendar that `time.open` speaks of.
        places: where defaults (`defaults.<field>`) and the calendar stand in the file.
    """

    name: str
    hash: str
    zone: tzinfo
    defaults: Mapping[str, Setting]
    matrix: Mapping[str, Mapping[str, str]]
    groups: tuple[Group, ...]
    teams: frozenset[str] = frozenset()
    recorded: tuple[str, ...] = ()
    calendar: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    entries: tuple[Group, ...] = field(init=False)
    """The groups that every message goes through, last first."""
    named: Mapping[str, Group] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", tuple(group for group in reversed(self.groups) if not group.called))
        object.__setattr__(self, "named", {group.name: group for group in self.groups})

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules in order."""
        return tuple(rule for group in self.groups for rule in group.rules)
