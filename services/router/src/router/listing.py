"""A decision spelled out for the terminal: every rule, each of its conditions, what it saw, what won."""

from collections.abc import Iterator, Mapping

from router.domain.conditions import Condition, Node, Seen
from router.domain.decide import Outcome, RuleOutcome
from router.domain.rules import FIELDS, LISTS, Group, RuleSet

_TRUTHS = {True: "yes", False: "no ", None: "?  "}
_OUTCOMES = {
    "matched": "MATCHED",
    "not_matched": "no match",
    "unknown": "unknown: a fact that it needs is not known",
    "failed": "FAILED and skipped",
}


def listing(outcome: Outcome, rules: RuleSet, sentence: Mapping[str, str]) -> str:
    """The whole explanation, with lines for people and without colours."""
    lines = [f"rule set  {rules.name}  {rules.hash[:16]}", "", *_decision(outcome)]
    entries = {entry.rule.name: entry for entry in outcome.trace}
    for group in rules.groups:
        lines += ["", f"group {group.name} ({_kind(group)})"]
        for rule in group.rules:
            lines += _rule(entries[rule.name], group)
    lines.append("")
    lines += [f"{language}: {text}" for language, text in sentence.items()]
    return "\n".join(lines)


def _decision(outcome: Outcome) -> Iterator[str]:
    for name, field in FIELDS.items():
        value = outcome.values[field]
        if name in LISTS:
            items = value if isinstance(value, tuple) else ()
            shown = ", ".join(f"{item} ({outcome.set_by.get(f'{name}.{item}', 'default')})" for item in items)
            yield f"  {name:<12}{shown or '-'}"
            continue
        by = f"by {outcome.set_by[field]}" if field in outcome.set_by else "by default"
        if field in outcome.overridden:
            by += f", over {', '.join(outcome.overridden[field])}"
        if name == "acknowledge" and outcome.values["acknowledgement"]:
            value = outcome.values["acknowledgement"]
        shown = "-" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        yield f"  {name:<12}{shown:<14}{by}"
    if outcome.on_reply is not None:
        changes = "; ".join(
            f"{name} {', '.join(value) if isinstance(value, tuple) else value}"
            for name, value in outcome.on_reply.items()
            if value and name != "rules"
        )
        yield f"  on a ticket that it joins: {changes} (by {', '.join(_names(outcome.on_reply['rules']))})"


def _names(rules: object) -> tuple[str, ...]:
    return rules if isinstance(rules, tuple) else ()


def _kind(group: Group) -> str:
    kind = "the first that matches" if group.first else "all that match"
    if group.on_reply:
        kind += ", of answers only"
    return f"{kind}, when it is called" if group.called else kind


def _not_tried(entry: RuleOutcome, group: Group) -> str:
    if entry.detail:
        return f"not tried: {entry.detail} matched before"
    called = "no rule continued with this group" if group.called else "the message does not answer another"
    return f"not tried: {called}"


def _rule(entry: RuleOutcome, group: Group) -> Iterator[str]:
    rule = entry.rule
    said = _not_tried(entry, group) if entry.outcome == "not_tried" else _OUTCOMES[entry.outcome]
    yield f"  {rule.name} (line {rule.line}): {said}"
    if entry.seen:
        yield from _node(rule.when, iter(entry.seen), 2)
    elif entry.outcome == "matched":
        yield "    always"


def _node(node: Node, seen: Iterator[Seen], depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(node, Condition):
        one = next(seen)
        yield f"{indent}{_TRUTHS[one.truth]} {node.text}{_shown(one)}"
        return
    if depth > 2 or not node.every:
        yield f"{indent}{'all of' if node.every else 'any of'}"
        depth += 1
    for part in node.parts:
        yield from _node(part, seen, depth)


def _shown(seen: Seen) -> str:
    if seen.error:
        return f"   error: {seen.error}"
    if seen.found:
        return f"   found: {', '.join(seen.found)}"
    if not seen.saw:
        return ""
    values = (f"{name} = {'not known' if value is None else repr(value)}" for name, value in seen.saw.items())
    return f"   saw: {', '.join(values)}"
