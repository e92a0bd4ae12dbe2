"""Fifty rules: the shipped ones, and as many more of every kind in a group of which each rule is tried."""

from tests.unit.router.samples import DEFAULT_RULES, rule_text

COUNT = 50
LAST_RULE = "moved"
GROUP = "more"
ADDED = COUNT - sum(len(group.rules) for group in DEFAULT_RULES.groups)
"""Rules of that group; all of them are tried."""
_HEAD = f"\n  - name: {GROUP}\n    match: all\n    rules:\n"


def fifty_rules(shipped: str) -> str:
    """A rule file with `COUNT` rules; the last one moves every twelfth message of the sample to another team."""
    rules = [rule_text(f"more-{n}", _condition(n), f"{{tags: more-{n}}}") for n in range(ADDED - 1)]
    rules.append(rule_text(LAST_RULE, "{message.subject: {mentions: [baja]}}", "{team: billing, tier: 2}"))
    return shipped.rstrip() + "\n" + _HEAD + "".join(rules)


def _condition(n: int) -> str:
    """Words, a sender, nested conditions over what is known of the customer, CEL: in turn.

    As in any set, few of them match a message: what counts is that all are tried.
    """
    return (
        f"{{message.content: {{mentions: [palabra{n}, saludo {n}, please tell {n}, parcel{n}]}}}}",
        f"{{sender.domain: acme{n}.example, message.length: {{at_least: {n * 10}}}}}",
        f"{{any: [{{customer.vip: true}}, {{customer.open_tickets: {{at_least: {n}}}}}], message.automatic: false}}",
        f"{{cel: 'message.length > {200 + n * 400} && attachments.count == 0'}}",
    )[n % 4]
