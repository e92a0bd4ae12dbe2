"""Prometheus metrics that every service has. Children are bound once: `.labels()` costs more than the increment.

What a metric is about it says itself: of one process (add them up over replicas), or of something that all replicas see
alike, such as a durable of the broker or a table (take the `max`). No label holds an address, a name, a ticket or words
of a customer: `docs/observability.md` lists every label with what bounds it, and a test holds the code against it.
"""

from collections.abc import Collection
from functools import cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter, which nobody asks for

REGISTRY = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY)
LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
WAITING_BUCKETS: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
"""Of what people wait for: seconds are good, minutes are not, and beyond half an hour all is the same."""
UNKNOWN: Final = float("nan")
"""Of a gauge that has nothing to tell here: compares with nothing, so that no alert is about it."""
OTHER: Final = "other"
"""What a label says of words that are none of ours: a stranger must not be able to make series."""

BUILD = Gauge(
    "ventanilla_build_info",
    "1 for the release of this process. Its label is not `service`, which scrapers put on every series.",
    ("component", "version"),
    registry=REGISTRY,
)
READY = Gauge("ventanilla_ready", "1 while /readyz of this process answers 200.", registry=REGISTRY)
WARNINGS = Gauge("ventanilla_warnings", "How many warnings /readyz of this process shows.", registry=REGISTRY)
LOOP_LAG_SECONDS = Histogram(
    "ventanilla_event_loop_lag_seconds",
    "How much later than wanted the event loop of this process woke a timer; looked at twice a second.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)
LOOP_FAILURES = Counter(
    "ventanilla_loop_failures",
    "Rounds of work in the background that ended in a bug; the next one was begun all the same.",
    ("loop",),
    registry=REGISTRY,
)

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
    "ventanilla_publish_failures",
    "Messages that the broker did not store, each time that one was tried.",
    ("stream", "error"),
    registry=REGISTRY,
)
PUBLISH_ERRORS: Final = frozenset({"broker_away", "not_permitted", "stream_full", "stream_missing"})
CONNECTED = Gauge(
    "ventanilla_broker_connected",
    "1 while this process is connected to the broker; NaN where a service needs none.",
    registry=REGISTRY,
)
CONNECTED.set(UNKNOWN)
DENIED = Gauge(
    "ventanilla_broker_denied",
    "1 for a minute after the broker refused this process a subject: its user lacks a right.",
    registry=REGISTRY,
)
REDELIVERED = Counter(
    "ventanilla_redelivered_messages",
    "Messages that this process got and somebody had got before.",
    ("durable",),
    registry=REGISTRY,
)

PENDING = Gauge(
    "ventanilla_durable_pending_messages",
    "Messages of a durable that nobody has been given yet (its lag). Of the broker: the same at all replicas.",
    ("stream", "durable"),
    registry=REGISTRY,
)
ACK_PENDING = Gauge(
    "ventanilla_durable_ack_pending_messages",
    "Messages of a durable that somebody holds and has not settled. Of the broker.",
    ("stream", "durable"),
    registry=REGISTRY,
)
REDELIVERING = Gauge(
    "ventanilla_durable_redelivered_messages",
    "Messages of a durable that are held and were handed out more than once. Of the broker.",
    ("stream", "durable"),
    registry=REGISTRY,
)
OLDEST_UNSETTLED_SECONDS = Gauge(
    "ventanilla_durable_oldest_unsettled_seconds",
    "Age of the oldest message that a durable has not settled; 0: all are. Of the broker.",
    ("stream", "durable"),
    registry=REGISTRY,
)
STREAM_BYTES = Gauge("ventanilla_stream_bytes", "Size of a stream. Of the broker.", ("stream",), registry=REGISTRY)
STREAM_LIMIT_BYTES = Gauge(
    "ventanilla_stream_limit_bytes", "Size at which a stream is full. Of the broker.", ("stream",), registry=REGISTRY
)
STREAM_MESSAGES = Gauge(
    "ventanilla_stream_messages", "Messages that a stream keeps. Of the broker.", ("stream",), registry=REGISTRY
)
STREAM_MAX_AGE_SECONDS = Gauge(
    "ventanilla_stream_max_age_seconds",
    "Age at which a stream drops messages; 0: never. Of the broker.",
    ("stream",),
    registry=REGISTRY,
)
BROKER_ASKED_AT = Gauge(
    "ventanilla_broker_asked_timestamp_seconds",
    "When the broker last told this process of its durables and streams: older than a minute, those are stale.",
    registry=REGISTRY,
)

NOTIFICATION_SECONDS = Histogram(
    "ventanilla_notification_seconds",
    "From the wish to tell a customer something to when the next system took it; by who says it (person or desk).",
    ("medium", "by"),
    buckets=WAITING_BUCKETS,
    registry=REGISTRY,
)
NOTIFICATIONS = Counter(
    "ventanilla_notifications",
    "Notifications that came to their end here, by outcome: sent or failed.",
    ("medium", "outcome"),
    registry=REGISTRY,
)
NOTIFICATION_FAILURES = Counter(
    "ventanilla_notification_failures",
    "Notifications that were given up, by reason.",
    ("medium", "reason"),
    registry=REGISTRY,
)
FAILURE_REASONS: Final = frozenset(
    {
        "account_inactive", "attachment_lost", "blocked", "channel_not_found", "dropped", "expired", "file_refused",
        "is_archived", "malformed", "msg_too_long", "no_address", "no_texts", "not_allowed", "not_in_channel",
        "opted_out", "refused", "rejected", "restricted_action", "sender_unusable", "uncertain", "unreachable",
        "user_gone", "window_closed",
    }
)  # fmt: skip


def bounded(word: str, known: Collection[str]) -> str:
    """A word as a label: itself where it is one of ours, else `other`."""
    return word if word in known else OTHER


def offer_streams(*streams: str) -> None:
    """Let the series of these streams exist before anything is published: a rate needs a beginning."""
    for stream in streams:
        for how in ("single", "batch", "duplicate"):
            PUBLISHED.labels(stream, how)
        for error in sorted(PUBLISH_ERRORS):
            PUBLISH_FAILURES.labels(stream, error)


def offer_media(*media: str) -> None:
    """Let the series of these media exist before anything is sent: a rate needs a beginning."""
    for medium in media:
        for by in ("person", "desk"):
            NOTIFICATION_SECONDS.labels(medium, by)
        for outcome in ("sent", "failed"):
            NOTIFICATIONS.labels(medium, outcome)
        for reason in (*sorted(FAILURE_REASONS), OTHER):
            NOTIFICATION_FAILURES.labels(medium, reason)


@cache
def _sent_of(medium: str, by: str) -> tuple[Counter, Histogram]:
    return NOTIFICATIONS.labels(medium, "sent"), NOTIFICATION_SECONDS.labels(medium, by)


def count_sent(medium: str, waited_seconds: float, *, automatic: bool) -> None:
    """One more notification that the next system took, so long after it was wanted."""
    sent, clock = _sent_of(medium, "desk" if automatic else "person")
    sent.inc()
    clock.observe(max(waited_seconds, 0.0))


def count_failed(medium: str, reason: str) -> None:
    """One more notification that was given up, for a reason in the channel's word."""
    NOTIFICATIONS.labels(medium, "failed").inc()
    NOTIFICATION_FAILURES.labels(medium, bounded(reason, FAILURE_REASONS)).inc()


OUTBOUND_HELD = Gauge(
    "ventanilla_outbound_held",
    "1 while a way out is held by `ventanilla outbound hold`, or it is not known yet.",
    ("way",),
    registry=REGISTRY,
)

__all__ = [
    "ACK_PENDING",
    "BATCH_SECONDS",
    "BROKER_ASKED_AT",
    "BUILD",
    "CONNECTED",
    "CONSUMED",
    "DENIED",
    "FAILURE_REASONS",
    "HELD",
    "LATENCY_BUCKETS",
    "LOOP_FAILURES",
    "LOOP_LAG_SECONDS",
    "NOTIFICATIONS",
    "NOTIFICATION_FAILURES",
    "NOTIFICATION_SECONDS",
    "OLDEST_UNSETTLED_SECONDS",
    "OTHER",
    "OUTBOUND_HELD",
    "PENDING",
    "PUBLISHED",
    "PUBLISH_ERRORS",
    "PUBLISH_FAILURES",
    "READY",
    "REDELIVERED",
    "REDELIVERING",
    "REGISTRY",
    "RETRIES",
    "STREAM_BYTES",
    "STREAM_LIMIT_BYTES",
    "STREAM_MAX_AGE_SECONDS",
    "STREAM_MESSAGES",
    "UNKNOWN",
    "WAITING_BUCKETS",
    "WARNINGS",
    "bounded",
    "count_failed",
    "count_sent",
    "offer_media",
    "offer_streams",
]
