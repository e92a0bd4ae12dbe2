"""What must be done so that the desk becomes what a file or a request says: a plan that people can read before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Final

from tickets.domain.desk.documents import DOCUMENTS, Mention, mentions, nameable
from tickets.domain.desk.reading import Path
from tickets.domain.staffing.people import (
    Agent,
    CalendarHours,
    Category,
    Customer,
    Membership,
    Organisation,
    Team,
    WorkingHours,
    way_kind,
)
from tickets.domain.staffing.phones import masked_phone
from tickets.domain.verifying.factors import masked

KINDS: Final = (*DOCUMENTS, "skill", "category", "organisation", "customer", "agent", "team")
"""In the order in which they are written: documents, whose clocks lock tickets, before people; and agents before teams.
Whoever assigns locks them in this order too."""
RETIRED: Final = frozenset({"agent", "team"})
"""Kinds that tickets name: what is not wanted any more is retired, and its history stays readable."""
_MOST_SHOWN: Final = 12
"""So many differences of one thing are told in a sentence; all of them stand in the form for programs."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Who works at the desk, how, and for whom. None: this kind is not spoken of, and stays as it is.

    Attributes:
        documents: kind of document → name → content; a kind that is not there is not spoken of.
    """

    skill: Mapping[str, str] | None = None
    category: Mapping[str, Category] | None = None
    organisation: Mapping[str, Organisation] | None = None
    customer: Mapping[str, Customer] | None = None
    agent: Mapping[str, Agent] | None = None
    team: Mapping[str, Team] | None = None
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, kind: str) -> Mapping[str, Any] | None:
        """Name → value of one kind."""
        if kind in DOCUMENTS:
            return self.documents.get(kind)
        found: Mapping[str, Any] | None = getattr(self, kind)
        return found


@dataclass(frozen=True, slots=True)
class FieldStep:
    """One field before and after, as plain data."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do.

    Attributes:
        action: `create`, `change`, `retire` (it stays, and gets no more work), `remove`.
        value: what it becomes; where it is removed, what it was.
    """

    action: str
    kind: str
    name: str
    value: Any = None
    changes: tuple[FieldStep, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The form for programs."""
        changes = [{"field": one.field, "old": one.old, "new": one.new} for one in self.changes]
        return {"action": self.action, "kind": self.kind, "name": self.name, "changes": changes}

    def sentence(self) -> str:
        """The form for people: `change team network: tier 1 → 2`."""
        shown = [f"{one.field} {_shown(one.old)} → {_shown(one.new)}" for one in self.changes[:_MOST_SHOWN]]
        more = len(self.changes) - len(shown)
        changed = ", ".join([*shown, f"and {more} more"] if more > 0 else shown)
        return f"{self.action} {self.kind} {self.name}" + (f": {changed}" if changed else "")


def plan(wanted: Roster, present: Roster) -> list[Step]:
    """The steps from what is there to what is wanted; none if it is so already. What is there speaks of every kind."""
    steps: list[Step] = []
    for kind in KINDS:
        asked, there = wanted.of(kind), present.of(kind) or {}
        if asked is None:
            continue
        steps += [step for name in sorted(asked) if (step := step_to(kind, name, asked[name], there.get(name)))]
        steps += [step for name in sorted(there.keys() - asked.keys()) if (step := step_away(kind, name, there[name]))]
    return steps


def step_to(kind: str, name: str, wanted: Any, there: Any) -> Step | None:
    """The step that makes one thing what is wanted; None if it is that already."""
    if there is None:
        return Step("create", kind, name, wanted)
    before, after = as_plain(there), as_plain(wanted)
    names = [*after, *(name for name in before if name not in after)]
    changed = (FieldStep(name, before.get(name), after.get(name)) for name in names)
    changes = tuple(_told(one) for one in changed if one.old != one.new)
    if not changes:
        return None
    retires = kind in RETIRED and there.active and not wanted.active
    return Step("retire" if retires else "change", kind, name, wanted, changes)


def step_away(kind: str, name: str, there: Any) -> Step | None:
    """The step after which one thing gets no more work, or is gone; None if it is retired already."""
    if kind in DOCUMENTS:
        return Step("retire", kind, name, there)
    if kind not in RETIRED:
        return Step("remove", kind, name, there)
    if not there.active:
        return None
    return Step("retire", kind, name, replace(there, active=False), (FieldStep("active", True, False),))


_ORDERED: Final = ("languages",)


def as_plain(value: Any) -> dict[str, Any]:
    """A value of the desk as plain data, without its own name; of a document every part that is no mapping itself."""
    if isinstance(value, Mapping):
        return dict(_parts(value, ""))
    if not is_dataclass(value) or isinstance(value, type):
        return {}
    own_name = "handle" if isinstance(value, Agent) else "name"
    plain = {one.name: _plain(getattr(value, one.name)) for one in fields(value) if one.name != own_name}
    # Of languages the first one is whoever's own: their order says something.
    return plain | {name: list(getattr(value, name)) for name in _ORDERED if name in plain}


def missing_teams(wanted: Roster, present: Roster) -> Iterator[tuple[str, str]]:
    """(agent, team) of memberships in teams that will not be there."""
    known = (wanted.team if wanted.team is not None else present.team) or {}
    for agent in (wanted.agent or {}).values():
        yield from ((agent.handle, one.team) for one in agent.teams if one.team not in known)


@dataclass(frozen=True, slots=True)
class Missing:
    """That something names what will not be there: the kind and the name of who names it, and where in it."""

    kind: str
    name: str
    mention: Mention
    known: Sequence[str]

    @property
    def path(self) -> Path:
        """Where in it."""
        return self.mention.path


def missing_names(wanted: Roster, present: Roster) -> Iterator[Missing]:
    """What would name something that is not there, were the desk as it is wanted.

    What was wrong before, and of which the file does not speak, stays out of it.
    """
    known = {kind: _there(kind, wanted, present) for kind in KINDS}
    for kind in (*DOCUMENTS, "agent", "team"):
        spoken = wanted.of(kind)
        for name, value in known[kind].items():
            for mention in mentions(value):
                if mention.name in known.get(mention.kind, ()):
                    continue
                if spoken is not None or mention.name in _active(present.of(mention.kind) or {}):
                    yield Missing(kind, name, mention, nameable(mention.kind, known.get(mention.kind, ())))


def _there(kind: str, wanted: Roster, present: Roster) -> Mapping[str, Any]:
    """Name → value of what will be there and is not retired."""
    spoken = wanted.of(kind)
    return _active((present.of(kind) if spoken is None else spoken) or {})


def _active(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in values.items() if getattr(value, "active", True)}


def _masked_ways(ways: Sequence[str] | None) -> list[str] | None:
    return None if ways is None else [masked(way_kind(way), way) for way in ways]


def _told(change: FieldStep) -> FieldStep:
    """A difference as everybody may read it: that somebody has another telephone is told, its number is not."""
    if change.field == "ways":
        return FieldStep(change.field, _masked_ways(change.old), _masked_ways(change.new))
    if change.field != "phone":
        return change
    return FieldStep(change.field, masked_phone(change.old), masked_phone(change.new))


def _parts(value: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for key in value:
        inner = value[key]
        if isinstance(inner, list) and inner and all(isinstance(one, Mapping) for one in inner):
            inner = {str(number): one for number, one in enumerate(inner)}
        if isinstance(inner, Mapping) and inner:
            yield from _parts(inner, f"{before}{key}.")
        else:
            yield f"{before}{key}", inner


def _plain(value: Any) -> Any:
    if isinstance(value, CalendarHours):
        return value.name
    if isinstance(value, WorkingHours):
        return value.as_data()
    if isinstance(value, Mapping):
        return dict(sorted(value.items()))
    if isinstance(value, tuple):
        return sorted((_plain(one) for one in value), key=str)
    if isinstance(value, Membership):
        return {"team": value.team, "role": value.role}
    return value


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if value is True or value is False:
        return "yes" if value else "no"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    if isinstance(value, dict) and set(value) == {"team", "role"}:
        return str(value["team"]) if value["role"] == "member" else f"{value['team']} ({value['role']})"
    return repr(value) if isinstance(value, str) and (not value or " " in value) else str(value)
