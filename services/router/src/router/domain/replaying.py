"""What another rule set would have made of messages that were routed: counted, and never done.

Tallies of parts of the range are added up, so that any number of processes may work on it and nothing grows with it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from router.domain.decide import Outcome, decide_only
from router.domain.facts import Facts
from router.domain.rules import FIELDS, LISTS, MATRIX, RuleSet
from ventanilla_contracts.decisions import Decision
from ventanilla_contracts.events import MessageReceived
from ventanilla_contracts.routing import RoutingContext

COUNTED: Final = {"team": "team", "tier": "tier", "priority": "priority", "policy": "service_level_policy"}
"""Fields that messages are counted by: name in the report → field of the decision."""
COMPARED: Final = {**FIELDS, "acknowledgement": "acknowledgement"}
SUBJECT_LIMIT_CHARS: Final = 60
VALUES_LIMIT: Final = 1_000
"""Different values of a field that are told apart; further ones are counted together."""
OTHERS: Final = "(others)"

Values = Mapping[str, object]


class Recorded(NamedTuple):
    """A message that was routed: what was decided, by which rule set, when, and what was known."""

    sequence: int
    received: MessageReceived
    decision: Decision
    set_by: Mapping[str, str]
    rules_hash: str
    context: RoutingContext | None
    decided_at: datetime


class Move(NamedTuple):
    """A message that would go another way.

    Attributes:
        decided_at: when it was routed.
        changes: field, what it was, what it would be.
        rule: whose doing it is; of a value that no rule sets any more, the rule that did.
    """

    sequence: int
    message_id: str
    subject: str
    changes: tuple[tuple[str, object, object], ...]
    rule: str
    decided_at: datetime


class Failed(NamedTuple):
    """The first message on which a rule of the new set failed while it ran, and what it said."""

    sequence: int
    message_id: str
    subject: str
    error: str
    decided_at: datetime


@dataclass(slots=True)
class Tally:
    """Counts over some messages.

    Attributes:
        anew: messages that were not decided by the set in force, so that it decided them now.
        unreadable: entries that are no routed message.
        probes: messages that say that they are synthetic probes: no customers' messages, and not counted.
        fields: field → messages in which it would change.
        before, after: (field, value) → messages.
        load_before, load_after: (team, hour of day in the new set's zone) → messages.
        matched: rule of the new set → messages that it matches.
        failed: rule of the new set → messages on which one of its conditions fails while it runs.
        first_failures: each of these rules → the first such message.
        moves: the first ones, in the order of the stream.
    """

    messages: int = 0
    changed: int = 0
    anew: int = 0
    unreadable: int = 0
    probes: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    before: Counter[tuple[str, str]] = field(default_factory=Counter)
    after: Counter[tuple[str, str]] = field(default_factory=Counter)
    load_before: Counter[tuple[str, int]] = field(default_factory=Counter)
    load_after: Counter[tuple[str, int]] = field(default_factory=Counter)
    matched: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    first_failures: dict[str, Failed] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)

    def add(self, other: "Tally", limit_moves: int) -> None:
        """Count the messages of another part of the range too."""
        self.messages += other.messages
        self.changed += other.changed
        self.anew += other.anew
        self.unreadable += other.unreadable
        self.probes += other.probes
        self.fields.update(other.fields)
        self.before.update(other.before)
        self.after.update(other.after)
        self.load_before.update(other.load_before)
        self.load_after.update(other.load_after)
        self.matched.update(other.matched)
        self.failed.update(other.failed)
        for rule, found in other.first_failures.items():
            known = self.first_failures.setdefault(rule, found)
            self.first_failures[rule] = min(known, found, key=lambda one: one.sequence)
        if other.moves:
            self.moves = sorted([*self.moves, *other.moves], key=lambda move: move.sequence)[:limit_moves]


class Replay:
    """Decides recorded messages by a new set and compares with what the set in force makes, or has made, of them."""

    def __init__(self, new: RuleSet, in_force: RuleSet, limit_moves: int) -> None:
        self._new = new
        self._in_force = in_force
        self._limit_moves = limit_moves

    def compare(self, recorded: Recorded, tally: Tally) -> None:
        """Count one message."""
        new = self._new
        outcome = decide_only(
            Facts(recorded.received, recorded.decided_at, new.zone, recorded.context, new.calendar), new
        )
        after = _values(outcome)
        if recorded.rules_hash == self._in_force.hash:
            before, setters = _recorded_values(recorded.decision), recorded.set_by
        else:
            before, setters = self._decided_anew(recorded)
            tally.anew += 1
        tally.messages += 1
        tally.matched.update([rule.name for rule in outcome.matched])
        if outcome.failures:
            _note_failures(recorded, outcome, tally)
        self._count(before, after, recorded.decided_at, tally)
        if before != after:
            self._note(recorded, before, after, (setters, outcome), tally)

    def _decided_anew(self, recorded: Recorded) -> tuple[Values, Mapping[str, str]]:
        rules = self._in_force
        facts = Facts(recorded.received, recorded.decided_at, rules.zone, recorded.context, rules.calendar)
        outcome = decide_only(facts, rules)
        return _values(outcome), outcome.set_by

    def _count(self, before: Values, after: Values, decided_at: datetime, tally: Tally) -> None:
        for name, key in COUNTED.items():
            tally.before[_told_apart(tally.before, name, before[key])] += 1
            tally.after[_told_apart(tally.after, name, after[key])] += 1
        hour = decided_at.astimezone(self._new.zone).hour
        tally.load_before[str(before["team"]), hour] += 1
        tally.load_after[str(after["team"]), hour] += 1

    def _note(
        self, recorded: Recorded, before: Values, after: Values, how: tuple[Mapping[str, str], Outcome], tally: Tally
    ) -> None:
        tally.changed += 1
        changes = [
            (name, before[key], after[key])
            for name, key in (*COMPARED.items(), ("on_reply", "on_reply"))
            if before[key] != after[key]
        ]
        tally.fields.update([name for name, _, _ in changes])
        if len(tally.moves) < self._limit_moves:
            subject, rule = _subject(recorded), _mover(changes, *how)
            tally.moves.append(
                Move(recorded.sequence, recorded.received.id, subject, tuple(changes), rule, recorded.decided_at)
            )


def _note_failures(recorded: Recorded, outcome: Outcome, tally: Tally) -> None:
    """Count each rule once, however many of its conditions fail."""
    errors = dict(reversed(outcome.failures))
    tally.failed.update(errors.keys())
    for rule, error in errors.items():
        if rule not in tally.first_failures:
            tally.first_failures[rule] = Failed(
                recorded.sequence, recorded.received.id, _subject(recorded), error, recorded.decided_at
            )


def _subject(recorded: Recorded) -> str:
    subject = " ".join(recorded.received.subject.split())
    return subject if len(subject) <= SUBJECT_LIMIT_CHARS else subject[: SUBJECT_LIMIT_CHARS - 1] + "…"


def _told_apart(counts: Counter[tuple[str, str]], name: str, value: object) -> tuple[str, str]:
    key = (name, str(value))
    return key if key in counts or len(counts) < VALUES_LIMIT else (name, OTHERS)


def _values(outcome: Outcome) -> Values:
    """A decision, to be compared: what an answer changes without the names of the rules."""
    on_reply = outcome.on_reply
    if on_reply is not None:
        on_reply = {name: value for name, value in on_reply.items() if value and name != "rules"}
    return {**outcome.values, "on_reply": on_reply}


def _recorded_values(decision: Decision) -> Values:
    values = dict(decision.__dict__)
    if decision.on_reply is not None:
        changes = decision.on_reply.__dict__.items()
        values["on_reply"] = {name: value for name, value in changes if value and name != "rules"}
    return values


def _mover(changes: list[tuple[str, object, object]], former: Mapping[str, str], outcome: Outcome) -> str:
    """The rule that makes the first of the changes; if none sets the value any more, the one that did."""
    first = [change for change in changes if change[0] != "on_reply"]
    if not first:
        rules = (outcome.on_reply or {}).get("rules")
        return rules[-1] if isinstance(rules, tuple) and rules else "no rule for answers any more"
    found = ""
    for name, old, new in first:
        found = found or _setter(outcome.set_by, name, new, old)
    if found:
        return found
    for name, old, new in first:
        found = found or _setter(former, name, old, new)
    return f"no longer {found}" if found else "the defaults"


def _setter(set_by: Mapping[str, str], name: str, value: object, other: object) -> str:
    """Who sets a value; of a list, who adds what the other one lacks; of a priority from the matrix, its axes."""
    if name in LISTS and isinstance(value, tuple) and isinstance(other, tuple):
        return next((set_by.get(f"{name}.{item}", "") for item in value if item not in other), "")
    field_name = COMPARED[name]
    if field_name == "acknowledgement":
        field_name = "acknowledge"
    found = set_by.get(field_name, "")
    if found == MATRIX:
        return set_by.get("impact") or set_by.get("urgency") or ""
    return found
