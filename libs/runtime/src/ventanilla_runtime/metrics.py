"""Prometheus metrics that every service has. Children are bound once: `.labels()` costs more than the increment."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry(auto_describe=True)
LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)

CONSUMED = Counter(
    "ventanilla_consumed_messages",
    "Messages taken from a stream, by outcome.",
    ("durable", "outcome"),
    registry=REGISTRY,
)
BATCH_SECONDS = Histogram(
    "ventanilla_batch_seconds",
    "Time to handle one batch.",
    ("durable",),
    buckets=LATENCY_BUCKETS,
    registry=REGISTRY,
)
RETRIES = Counter(
    "ventanilla_retries", "Batches tried again, by kind of error.", ("durable", "error"), registry=REGISTRY
)
HELD = Gauge("ventanilla_held_messages", "Messages taken and not yet settled.", ("durable",), registry=REGISTRY)
PUBLISHED = Counter(
    "ventanilla_published_messages", "Messages stored by the broker.", ("stream", "how"), registry=REGISTRY
)
PUBLISH_FAILURES = Counter(
    "ventanilla_publish_failures", "Publishes that were not acknowledged.", ("stream", "error"), registry=REGISTRY
)
CONNECTED = Gauge("ventanilla_broker_connected", "1 while the broker is connected.", registry=REGISTRY)

__all__ = [
    "BATCH_SECONDS",
    "CONNECTED",
    "CONSUMED",
    "HELD",
    "LATENCY_BUCKETS",
    "PUBLISHED",
    "PUBLISH_FAILURES",
    "REGISTRY",
    "RETRIES",
]
