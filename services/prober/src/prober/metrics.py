"""Metrics of the prober."""

from prometheus_client import Counter, Gauge, Histogram

from prober.domain.probe import REASONS, STAGES
from ventanilla_runtime.metrics import REGISTRY

LATENCY_SECONDS = Histogram(
    "prober_latency_seconds",
    "How long a stage of a probe took; `total`: from the first byte at the door until it was seen as a ticket.",
    ("channel", "stage"),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
    registry=REGISTRY,
)
PROBES = Counter("prober_probes", "Probes that were sent, by outcome.", ("channel", "outcome"), registry=REGISTRY)
FAILURES = Counter(
    "prober_failures", "Probes that failed, by stage and reason.", ("channel", "stage", "reason"), registry=REGISTRY
)
SUCCESS_AT = Gauge(
    "prober_success_timestamp_seconds", "When a probe last went well; 0: none has yet.", ("channel",), registry=REGISTRY
)
INTERVAL_SECONDS = Gauge("prober_interval_seconds", "How often the channel is probed.", ("channel",), registry=REGISTRY)


def offer_channel(channel: str) -> None:
    """Let the series of a channel exist before it is probed: a rate needs a beginning."""
    for outcome in ("ok", "failed"):
        PROBES.labels(channel, outcome)
    for stage in (*STAGES, "total"):
        LATENCY_SECONDS.labels(channel, stage)
    for stage, reasons in REASONS.items():
        for reason in reasons:
            FAILURES.labels(channel, stage, reason)
