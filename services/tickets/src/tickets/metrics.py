"""Metrics of the ticket service."""

from prometheus_client import Counter, Gauge, Histogram

from tickets.domain.settling.reach import BOUNCE_REASONS
from ventanilla_runtime.metrics import REGISTRY

SETTLED = Counter(
    "tickets_settled_messages",
    "Accepted messages that came to an end, by outcome.",
    ("channel", "outcome"),
    registry=REGISTRY,
)
REVISIONS_IGNORED = Counter(
    "tickets_ignored_revisions",
    "Edits and deletions of chat messages that changed nothing, by reason.",
    ("reason",),
    registry=REGISTRY,
)
HELD = Counter("tickets_held_messages", "Messages that wait in quarantine, by reason.", ("reason",), registry=REGISTRY)
RETURNED = Counter(
    "tickets_returned_mails",
    "Mails of which a report came back, by what it made of them.",
    ("state",),
    registry=REGISTRY,
)
STOPPED = Counter(
    "tickets_stopped_addresses", "Addresses to which mail came back for good.", ("reason",), registry=REGISTRY
)
CODES = Counter(
    "tickets_one_time_codes",
    "One-time codes: sent, withheld by a cap, right, wrong.",
    ("medium", "outcome"),
    registry=REGISTRY,
)
OUTBOX_PUBLISHED = Counter(
    "tickets_outbox_published_events", "Events that left the outbox.", ("stream",), registry=REGISTRY
)
OUTBOX_WAITING = Gauge("tickets_outbox_waiting_events", "Events that have not left yet.", registry=REGISTRY)
CLOCK_SKEW_SECONDS = Gauge(
    "tickets_clock_skew_seconds", "Database clock minus the broker's, in seconds.", registry=REGISTRY
)
IN_FLIGHT = Gauge("tickets_in_flight_messages", "Accepted and not yet settled.", ("channel",), registry=REGISTRY)
MISSING = Gauge("tickets_missing_messages", "Accepted, and proven to be lost.", ("channel",), registry=REGISTRY)
REDRIVEN = Counter(
    "tickets_redriven_messages", "Messages that were ordered to be handled again.", ("stream",), registry=REGISTRY
)
ARCHIVED = Counter("tickets_archived_originals", "Originals moved into the blob store.", registry=REGISTRY)
COLLECTED = Counter("tickets_collected_blobs", "Blobs removed that nothing needed.", ("bucket",), registry=REGISTRY)
DUE_LATE_SECONDS = Histogram(
    "tickets_due_late_seconds",
    "How long after its time a timer, a clock or a step of a ladder was fired.",
    ("kind",),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30, 300),
    registry=REGISTRY,
)
DUE_FAILED = Counter(
    "tickets_due_failures",
    "What was due and could not be fired; it is tried again.",
    ("kind", "error"),
    registry=REGISTRY,
)
FACTS_TOLD = Counter("tickets_facts_told", "Customers of whom the router was told something.", registry=REGISTRY)
ASSIGNED = Counter("tickets_assigned_tickets", "Tickets that were handed out by themselves.", registry=REGISTRY)
CLOCKS_STUCK = Counter(
    "tickets_clocks_stuck", "Events that the clocks of a ticket could not follow.", ("error",), registry=REGISTRY
)
WEBHOOKS = Counter(
    "ventanilla_tickets_webhook_calls",
    "Tries to deliver webhooks, by outcome: delivered, failed (tried again), given_up, unknown, broken.",
    ("webhook", "outcome"),
    registry=REGISTRY,
)
WEBHOOKS_WAITING = Gauge("ventanilla_tickets_webhooks_waiting", "Webhooks that are on their way.", registry=REGISTRY)
RULE_MOVES_IGNORED = Counter(
    "ventanilla_tickets_rule_moves_ignored",
    "Tickets that rules wanted elsewhere when a message joined them, and that stayed where they were.",
    ("reason",),
    registry=REGISTRY,
)
DECIDED_FOR_UNKNOWN = Counter(
    "ventanilla_tickets_decided_for_unknown",
    "New tickets that rules decided for a team or a policy that the desk does not have, or has retired.",
    ("kind",),
    registry=REGISTRY,
)
WITHOUT_TEAM = Gauge("ventanilla_tickets_without_team", "Open tickets of teams that are retired.", registry=REGISTRY)
TIMERS_LATE = Gauge(
    "ventanilla_tickets_timers_late", "Timers, clocks and steps that are due and were not fired.", registry=REGISTRY
)
TIMERS_OLDEST_LATE_SECONDS = Gauge(
    "ventanilla_tickets_timers_oldest_late_seconds", "How late the latest of them is.", registry=REGISTRY
)
TIMERS_FAILING = Gauge(
    "ventanilla_tickets_timers_failing", "Timers that could not be fired and are tried again.", registry=REGISTRY
)
TIMERS_MISSING = Gauge(
    "ventanilla_tickets_timers_missing",
    "Tickets whose clocks ask for a timer that is not there, found by the last walk through all of them.",
    registry=REGISTRY,
)
TIMERS_AUDITED_AT = Gauge(
    "ventanilla_tickets_timers_audited_timestamp_seconds",
    "When timers were last looked after; growing old, it says that the auditor is dead too.",
    registry=REGISTRY,
)
TIMERS_RAISED = Counter(
    "ventanilla_tickets_timer_alarms",
    "Events that told of late, missing or failing timers.",
    ("problem",),
    registry=REGISTRY,
)
API_SECONDS = Histogram(
    "tickets_api_seconds",
    "Time to answer a request of the API.",
    ("route", "method", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
    registry=REGISTRY,
)


def count_stopped(reason: str | None) -> None:
    """One more address to which nothing is sent; a reason that is no word of ours counts as `other`."""
    STOPPED.labels(reason if reason in BOUNCE_REASONS else "other").inc()
