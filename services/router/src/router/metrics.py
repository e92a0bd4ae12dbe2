"""Prometheus metrics of the router, beside those of the chassis."""

from prometheus_client import Counter, Gauge

from ventanilla_runtime.metrics import REGISTRY

RULE_MATCHES = Counter("router_rule_matches", "Messages that a rule matched.", ("rule",), registry=REGISTRY)
RULE_FAILURES = Counter(
    "router_rule_failures", "Evaluations of a rule that ended in an error.", ("rule",), registry=REGISTRY
)
RULES_REFUSED = Counter(
    "router_rules_refused",
    "Changed rule files that were refused; the set in force stayed.",
    registry=REGISTRY,
)
FACTS_LOOKUPS = Counter(
    "router_facts_lookups",
    "Look-ups of what is known of senders, by what they came to; one for each batch. "
    "Unreadable counts single values of them.",
    ("outcome",),
    registry=REGISTRY,
)
DESK_FACTS = Gauge(
    "router_desk_facts_revision", "Revision of what the desk tells of itself; 0: nothing.", registry=REGISTRY
)
RULES_SINCE = Gauge(
    "router_rules_in_force_since_timestamp_seconds",
    "Since when the rule set in force decides at this replica.",
    registry=REGISTRY,
)
RULES_IN_FORCE = Gauge(
    "router_rules_in_force", "1 for the rule set that decides now.", ("name", "hash"), registry=REGISTRY
)
