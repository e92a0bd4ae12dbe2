"""Prometheus metrics of the phone service."""

from prometheus_client import Counter, Gauge, Histogram

from ventanilla_runtime.metrics import LATENCY_BUCKETS, REGISTRY

ACCEPTED = Counter(
    "intake_phone_accepted", "What is durable of what Twilio told, by kind and door.", ("kind", "door"),
    registry=REGISTRY,
)  # fmt: skip
REFUSED = Counter("intake_phone_refused_requests", "Refused requests, by reason.", ("reason",), registry=REGISTRY)
READ = Counter("intake_phone_read", "What was read, by what it turned out to be.", ("kind",), registry=REGISTRY)
ANSWER_SECONDS = Histogram(
    "intake_phone_answer_seconds", "How long a webhook waited for its answer.", ("door",), buckets=LATENCY_BUCKETS,
    registry=REGISTRY,
)  # fmt: skip
EFFECTS = Counter(
    "intake_phone_effects", "What calls had done beside their documents.", ("what", "outcome"), registry=REGISTRY
)
CALLS = Counter("intake_phone_twilio_requests", "Requests to Twilio.", ("what", "outcome"), registry=REGISTRY)
SENT = Counter(
    "intake_phone_sent_notifications", "Texts for customers, by medium and outcome.", ("medium", "outcome"),
    registry=REGISTRY,
)  # fmt: skip
RECONCILES = Gauge("intake_phone_reconciles_here", "1: this replica reads Twilio's lists.", registry=REGISTRY)
PLACED = Counter("intake_phone_placed_calls", "Calls that the desk made, by outcome.", ("outcome",), registry=REGISTRY)
PAGED = Counter("intake_phone_pages", "Texts and calls to whoever is on call.", ("what",), registry=REGISTRY)
