"""What rules for answers want of the ticket that a message joins, put together rule by rule.

What the ticket has is not known here. A bound is therefore carried on as one, and the ticket service applies it, unless
an earlier rule has given the field a value: then it holds of that. A value that a later rule gives replaces both.
"""

from collections.abc import Sequence
from typing import Final

from router.domain.rules import REPLY_NAMES, SCALES, TAG_LIMIT, Change, Rule, Setting

REPLY_RULES_LIMIT: Final = 50
AT_LEAST: Final = "at_least"
AT_MOST: Final = "at_most"
BOUNDS: Final = (AT_LEAST, AT_MOST)

Wanted = dict[str, Setting | dict[str, str]]
"""As `ReplyChanges` has it; fields that nothing is wanted of are left out."""


def with_reply_rules(before: Wanted | None, matched: Sequence[Rule]) -> Wanted | None:
    """What was wanted and what these rules want besides; None: nothing. The last who sets a field wins."""
    found: Wanted = before if before is not None else {"tags": (), "rules": ()}
    for rule in matched:
        for change in rule.changes:
            _want(found, change)
        rules = found["rules"]
        assert isinstance(rules, tuple)
        if rule.changes and len(rules) < REPLY_RULES_LIMIT:
            found["rules"] = (*rules, rule.name)
    return found if found["rules"] else None


def _want(found: Wanted, change: Change) -> None:
    name = REPLY_NAMES[change.field]
    if change.how == "add":
        have = found["tags"]
        assert isinstance(have, tuple)
        assert isinstance(change.value, tuple)
        found["tags"] = (*have, *[tag for tag in change.value if tag not in have])[:TAG_LIMIT]
    elif change.how in BOUNDS:
        _bound(found, name, change)
    else:
        found[name] = change.value
        for how in BOUNDS:
            if isinstance(bounds := found.get(how), dict) and bounds.pop(name, "") and not bounds:
                del found[how]


def _bound(found: Wanted, name: str, change: Change) -> None:
    """Hold a value within a bound; of two bounds that cross, the later one stands and takes the other with it."""
    scale = SCALES[change.field]
    pick = max if change.how == AT_LEAST else min
    bound = str(change.value)
    if name in found:
        found[name] = pick(str(found[name]), bound, key=scale.index)
        return
    other = AT_MOST if change.how == AT_LEAST else AT_LEAST
    for how, otherwise in ((change.how, bound), (other, None)):
        bounds = found.get(how)
        known = bounds.get(name, otherwise) if isinstance(bounds, dict) else otherwise
        if known is not None:
            kept = bounds if isinstance(bounds, dict) else {}
            found[how] = {**kept, name: pick(known, bound, key=scale.index)}
