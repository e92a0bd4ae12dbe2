"""Prometheus metrics of the router, beside those of the chassis."""

from prometheus_client import Counter, Gauge

from ventanilla_runtime.metrics import REGISTRY

RULE_MATCHES = Counter("ventanilla_router_rule_matches", "Messages that a rule matched.", ("rule",), registry=REGISTRY)
RULE_FAILURES = Counter(
    "ventanilla_router_rule_failures", "Evaluations of a rule that ended in an error.", ("rule",), registry=REGISTRY
)
RULES_REFUSED = Counter(
    "ventanilla_router_rules_refused",
    "Changed rule files that were refused; the set in force stayed.",
    registry=REGISTRY,
)
RULES_IN_FORCE = Gauge(
    "ventanilla_router_rules_in_force", "1 for the rule set that decides now.", ("name", "hash"), registry=REGISTRY
)
