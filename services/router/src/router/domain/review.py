"""What is wrong with a rule set as a whole, though each of its rules can be understood.

Rules that can never match, questions whose answer is always the same, groups that nobody calls, values that never
survive, and names that the desk does not have. Only what is certain is reported. A set in force is not held to it; one
that is to be published is.
"""

from collections.abc import Iterator

from router.domain.claims import contradiction
from router.domain.conditions import Claim, compare
from router.domain.covering import covered_rules
from router.domain.possible_values import why_never
from router.domain.rules import FIELDS, Change, Group, Rule, RuleSet
from router.errors import Problem
from ventanilla_contracts.routing import ALWAYS, DeskFacts

_NAMES = {field: name for name, field in FIELDS.items()} | {"acknowledgement": "acknowledge"}
"""Field of the decision → its name in the file."""
_HOST_ZONES = frozenset({"localtime", "posixrules", "Factory"})
_ANSWERS = compare("message.reply", "is", True, "true")
"""Holds for whatever a group for answers is tried for."""


def review(rules: RuleSet, file: str) -> list[Problem]:
    """Rules that can never match, facts that are never so and values that never survive, in the order of the file."""
    unreachable = [
        *_contradictions(rules, file),
        *_after_unconditional(rules, file),
        *_repeated(rules, file),
    ]
    reported = {problem.rule for problem in unreachable}
    found = [
        *unreachable,
        *(problem for problem in _covered(rules, file) if problem.rule not in reported),
        *_impossible(rules, file),
        *_zone_of_the_host(rules, file),
        *_uncalled(rules, file),
        *_dead_ends(rules, file),
    ]
    return sorted(dict.fromkeys(found), key=lambda problem: (problem.line, problem.column))


def unknown_names(rules: RuleSet, desk: DeskFacts, file: str) -> list[Problem]:
    """What the rules name and the desk does not have. Of what the desk tells nothing, nothing is said."""
    known = {
        "team": ("team", desk.teams),
        "service_level_policy": ("policy", desk.policies),
        "category": ("category", desk.categories),
        "skills": ("skill", desk.skills),
        "acknowledgement": ("acknowledgement template", desk.templates),
    }
    found = []
    for rule, change in _all_changes(rules):
        what, names = known.get(change.field, ("", ()))
        words = change.value if isinstance(change.value, tuple) else (change.value,)
        found += [
            _problem(file, change.place, rule, f"the desk has no {what} {word}", _known(names))
            for word in words
            if names and isinstance(word, str) and word not in names
        ]
    if rules.calendar and desk.hours and rules.calendar not in (ALWAYS, *desk.hours):
        place = rules.places.get("calendar", (1, 1))
        found.append(_problem(file, place, "", f"the desk has no calendar {rules.calendar}", _known(tuple(desk.hours))))
    return found


def _all_changes(rules: RuleSet) -> Iterator[tuple[str, Change]]:
    for field, value in rules.defaults.items():
        yield "", Change(field, "set", value, rules.places.get(f"defaults.{field}", (1, 1)))
    for rule in rules.rules:
        for change in rule.changes:
            yield rule.name, change


def _zone_of_the_host(rules: RuleSet, file: str) -> Iterator[Problem]:
    zone = str(rules.zone)
    if zone in _HOST_ZONES or zone.startswith(("posix/", "right/")):
        place = rules.places.get("zone", (1, 1))
        reason = f"the zone {zone} is another one on each machine, and replicas would decide differently"
        yield _problem(file, place, "", reason, "write it like Europe/Madrid")


def _contradictions(rules: RuleSet, file: str) -> Iterator[Problem]:
    for group in rules.groups:
        given = (_ANSWERS,) if group.on_reply else ()
        for rule in group.rules:
            if pair := contradiction(rule.when, given):
                one, other = pair
                reason = f"the rule can never match: “{one.text}” and “{other.text}” exclude each other"
                advice = (
                    "the group is for answers" if one is _ANSWERS else "ask for one of them, or put both under `any:`"
                )
                yield _problem(file, other.place, rule.name, reason, advice)


def _after_unconditional(rules: RuleSet, file: str) -> Iterator[Problem]:
    for group in rules.groups:
        always = next((rule for rule in group.rules if group.first and not rule.conditions), None)
        if always is None:
            continue
        for rule in group.rules[group.rules.index(always) + 1 :]:
            reason = f"the rule can never match: {always.name} before it always does, and the group ends with it"
            yield _problem(file, (rule.line, rule.column), rule.name, reason, f"put {always.name} last")


def _repeated(rules: RuleSet, file: str) -> Iterator[Problem]:
    """In a `first` group, a rule that asks all that an earlier one asks, and perhaps more."""
    for group in rules.groups:
        if not group.first:
            continue
        before: list[tuple[Rule, frozenset[Claim]]] = []
        for rule in group.rules:
            claims = _claims(rule)
            earlier = next((one for one, asked in before if asked and claims and asked <= claims), None)
            if earlier is not None:
                reason = f"the rule can never match: whatever it matches, {earlier.name} has matched before"
                yield _problem(file, (rule.line, rule.column), rule.name, reason, f"put it before {earlier.name}")
            if claims:
                before.append((rule, claims))


def _covered(rules: RuleSet, file: str) -> Iterator[Problem]:
    """In a `first` group, a rule that other questions of earlier ones leave nothing to. Only warned of.

    Releases before 0.2.0 did not find it, and a rule for one bad night may well stand before all others.
    """
    for group in rules.groups:
        if not group.first:
            continue
        for covered in covered_rules(group.rules, (_ANSWERS,) if group.on_reply else ()):
            names = " or ".join(rule.name for rule in covered.by)
            place, name = (covered.rule.line, covered.rule.column), covered.rule.name
            reason = f"the rule can never match: whatever it matches, {names} has matched before"
            yield _problem(file, place, name, reason, f"put it before {names}", warning=True)


def _impossible(rules: RuleSet, file: str) -> Iterator[Problem]:
    """Questions about what a fact never is, and expressions that are never true."""
    for rule in rules.rules:
        for condition in rule.conditions:
            if why := why_never(condition):
                yield _problem(file, condition.place, rule.name, *why)


def _claims(rule: Rule) -> frozenset[Claim]:
    """All that a rule asks, where all of it must hold and each part can be compared; else nothing."""
    claims = [condition.claim for condition in rule.conditions]
    if not rule.simple or None in claims:
        return frozenset()
    return frozenset(claim for claim in claims if claim is not None)


def _uncalled(rules: RuleSet, file: str) -> Iterator[Problem]:
    reached = [group for group in rules.groups if not group.called]
    for group in reached:  # grows while it is gone through, by each group once
        for rule in group.rules:
            target = rules.named.get(rule.continues)
            if target is not None and target not in reached:
                reached.append(target)
    for group in rules.groups:
        if group not in reached:
            reason = f"no rule that is ever tried continues with the group {group.name}"
            advice = f"write `continue: {group.name}` in a rule, or take `called: true` away"
            yield _problem(file, group.place, "", reason, advice)


def _dead_ends(rules: RuleSet, file: str) -> Iterator[Problem]:
    """Values that a later rule always replaces by another."""
    positions = _positions(rules)
    for number, group in enumerate(rules.groups):
        if group.called:
            continue
        for field in _fields(group):
            for rule, change in _always_sets(group, field):
                yield from _lost(rules, file, positions, (number, group, rule), change)


def _positions(rules: RuleSet) -> dict[str, int]:
    """Group → number of the last group that it can be tried after, as its own or as one that is called from it."""
    positions: dict[str, int] = {}
    for number, group in enumerate(rules.groups):
        waiting = [] if group.called else [group]
        seen: set[str] = set()
        while waiting:
            one = waiting.pop()
            if one.name in seen:
                continue
            seen.add(one.name)
            positions[one.name] = number
            waiting += [rules.named[rule.continues] for rule in one.rules if rule.continues in rules.named]
    return positions


def _fields(group: Group) -> list[str]:
    return list(dict.fromkeys(change.field for rule in group.rules for change in rule.changes if change.how == "set"))


def _always_sets(group: Group, field: str) -> Iterator[tuple[Rule, Change]]:
    """The change with which a group gives a field a value whatever the message: that of a rule without conditions."""
    for rule in reversed(group.rules):
        if rule.conditions:
            continue
        change = next((change for change in rule.changes if change.field == field and change.how == "set"), None)
        alone = not group.first or len(group.rules) == 1
        if change is not None and alone:
            yield rule, change
            return


def _lost(
    rules: RuleSet, file: str, positions: dict[str, int], winner: tuple[int, Group, Rule], last: Change
) -> Iterator[Problem]:
    number, winning_group, winning_rule = winner
    for group in rules.groups:
        before = positions.get(group.name, len(rules.groups)) < number
        if group.on_reply is not winning_group.on_reply or not (before or group is winning_group):
            continue
        for rule in group.rules:
            if rule is winning_rule:
                break
            for change in rule.changes:
                if change.field == last.field and change.how != "add" and change.value != last.value:
                    name = _NAMES.get(change.field, change.field)
                    reason = f"dead end: the {name} never survives, {winning_rule.name} always sets it afterwards"
                    advice = f"take it out, or give {winning_rule.name} a condition"
                    yield _problem(file, change.place, rule.name, reason, advice)


def _problem(
    file: str, place: tuple[int, int], rule: str, reason: str, advice: str, *, warning: bool = False
) -> Problem:
    line, column = place
    return Problem(file, max(line, 1), max(column, 1), rule, reason, advice, warning)


def _known(names: tuple[str, ...]) -> str:
    return f"it has {', '.join(sorted(names)[:20])}"
