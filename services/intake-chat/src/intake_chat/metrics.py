"""Prometheus metrics of the chat service."""

from prometheus_client import Counter, Gauge, Histogram

from ventanilla_runtime.metrics import LATENCY_BUCKETS, REGISTRY

ACCEPTED = Counter("intake_chat_accepted_events", "Events that are durable, by door.", ("door",), registry=REGISTRY)
REFUSED = Counter("intake_chat_refused_requests", "Refused requests, by reason.", ("reason",), registry=REGISTRY)
READ = Counter("intake_chat_read_events", "Events read, by what they turned out to be.", ("kind",), registry=REGISTRY)
CALLS = Counter("intake_chat_slack_calls", "Calls of Slack's Web API.", ("method", "outcome"), registry=REGISTRY)
CALL_SECONDS = Histogram(
    "intake_chat_slack_wait_seconds",
    "How long calls waited for their turn.",
    ("lane",),
    buckets=LATENCY_BUCKETS,
    registry=REGISTRY,
)
WAITING = Gauge("intake_chat_slack_waiting", "Calls that wait for their turn.", registry=REGISTRY)
SENT = Counter("intake_chat_sent_notifications", "Notifications, by outcome.", ("outcome",), registry=REGISTRY)
