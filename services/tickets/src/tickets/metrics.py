"""Metrics of the ticket service.

Those "of the whole desk" come from whichever replica holds the lock for it (`handlers/ledger/measure.py`); the others
show nothing, or NaN. Take their `max`, and look at `tickets_measured_timestamp_seconds`: it tells when they grow old.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from tickets.domain.settling.reach import BOUNCE_REASONS
from ventanilla_contracts.words import CHANNELS
from ventanilla_runtime.metrics import OTHER, REGISTRY, WAITING_BUCKETS, bounded

SETTLED = Counter(
    "tickets_settled_messages",
    "Accepted messages that came to an end, by outcome; those of synthetic probes are `probe`.",
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
SETTLE_SECONDS = Histogram(
    "tickets_settle_seconds",
    "From the broker's time of acceptance to the committed row of the ledger.",
    ("channel",),
    buckets=WAITING_BUCKETS,
    registry=REGISTRY,
)
ACCEPTED = Gauge(
    "tickets_ledger_accepted_messages",
    "Messages that doors ever accepted, as the auditor counts them. Of the whole desk.",
    ("channel",),
    registry=REGISTRY,
)
ENDED = Gauge(
    "tickets_ledger_settled_messages",
    "Of those, how many came to an end, by outcome. Of the whole desk.",
    ("channel", "outcome"),
    registry=REGISTRY,
)
IN_FLIGHT = Gauge(
    "tickets_in_flight_messages", "Accepted and not yet settled. Of the whole desk.", ("channel",), registry=REGISTRY
)
MISSING = Gauge(
    "tickets_missing_messages",
    "Accepted, and proven to be lost. Of the whole desk.",
    ("channel",),
    registry=REGISTRY,
)
REDRIVING = Gauge(
    "tickets_redriving_messages",
    "Messages that were lost on the way and are being brought home. Of the whole desk.",
    registry=REGISTRY,
)
REDRIVING_OLDEST_SECONDS = Gauge(
    "tickets_redriving_oldest_seconds", "Since when the oldest of them is missed. Of the whole desk.", registry=REGISTRY
)
QUARANTINED = Gauge(
    "tickets_quarantine_messages",
    "Messages that wait in quarantine for a person. Of the whole desk.",
    registry=REGISTRY,
)
QUARANTINE_OLDEST_SECONDS = Gauge(
    "tickets_quarantine_oldest_seconds", "How long the oldest of them has waited. Of the whole desk.", registry=REGISTRY
)
ERASURE_OLDEST_SECONDS = Gauge(
    "tickets_erasure_oldest_seconds",
    "How long the oldest order to erase somebody has waited to be carried out; 0: none does. Of the whole desk.",
    registry=REGISTRY,
)
OUTBOX_OLDEST_SECONDS = Gauge(
    "tickets_outbox_oldest_seconds",
    "Age of the oldest event that has not been published. Of the whole desk.",
    registry=REGISTRY,
)
UNREPORTED = Gauge(
    "tickets_unreported_notifications",
    "Notifications that were published, and whose channel has not said what became of them. Of the whole desk.",
    registry=REGISTRY,
)
UNREPORTED_OLDEST_SECONDS = Gauge(
    "tickets_unreported_oldest_seconds", "Age of the oldest of them. Of the whole desk.", registry=REGISTRY
)
OPEN_TICKETS = Gauge(
    "tickets_open_tickets",
    "Tickets neither solved nor closed, by status and priority. Of the whole desk.",
    ("status", "priority"),
    registry=REGISTRY,
)
MEASURED_AT = Gauge(
    "tickets_measured_timestamp_seconds",
    "When this replica last measured the whole desk; NaN at those that do not.",
    registry=REGISTRY,
)
EXPIRED = Counter(
    "tickets_expired_notifications",
    "Notifications that nobody delivered before their time was over.",
    registry=REGISTRY,
)
LEVEL_STEPS = Counter(
    "tickets_service_level_steps",
    "Warnings and breaches of service levels, by clock and step.",
    ("clock", "step"),
    registry=REGISTRY,
)
DATABASE_CONNECTIONS = Gauge(
    "tickets_database_connections",
    "Connections of a pool, by state: idle or busy.",
    ("pool", "state"),
    registry=REGISTRY,
)
DATABASE_CONNECTIONS_LIMIT = Gauge(
    "tickets_database_connections_limit", "Most connections of a pool.", ("pool",), registry=REGISTRY
)
DATABASE_WAIT_SECONDS = Histogram(
    "tickets_database_wait_seconds",
    "How long work waited for a connection of the pool.",
    buckets=(0.0005, 0.005, 0.05, 0.25, 1, 5),
    registry=REGISTRY,
)
DATABASE_FAILURES = Counter(
    "tickets_database_failures",
    "Times that Postgres could not be reached or gave up, by kind; what was under way is done again.",
    ("error",),
    registry=REGISTRY,
)
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
    "tickets_webhook_calls",
    "Tries to deliver webhooks, by outcome: delivered, failed (tried again), given_up, unknown, broken.",
    ("webhook", "outcome"),
    registry=REGISTRY,
)
WEBHOOKS_WAITING = Gauge("tickets_webhooks_waiting", "Webhooks that are on their way.", registry=REGISTRY)
RULE_MOVES_IGNORED = Counter(
    "tickets_rule_moves_ignored",
    "Tickets that rules wanted elsewhere when a message joined them, and that stayed where they were.",
    ("reason",),
    registry=REGISTRY,
)
DECIDED_FOR_UNKNOWN = Counter(
    "tickets_decided_for_unknown",
    "New tickets that rules decided for a team or a policy that the desk does not have, or has retired.",
    ("kind",),
    registry=REGISTRY,
)
WITHOUT_TEAM = Gauge("tickets_without_team", "Open tickets of teams that are retired.", registry=REGISTRY)
TIMERS_LATE = Gauge(
    "tickets_timers_late", "Timers, clocks and steps that are due and were not fired.", registry=REGISTRY
)
TIMERS_OLDEST_LATE_SECONDS = Gauge(
    "tickets_timers_oldest_late_seconds", "How late the latest of them is.", registry=REGISTRY
)
TIMERS_FAILING = Gauge(
    "tickets_timers_failing", "Timers that could not be fired and are tried again.", registry=REGISTRY
)
TIMERS_MISSING = Gauge(
    "tickets_timers_missing",
    "Tickets whose clocks ask for a timer that is not there, found by the last walk through all of them.",
    registry=REGISTRY,
)
TIMERS_AUDITED_AT = Gauge(
    "tickets_timers_audited_timestamp_seconds",
    "When timers were last looked after; growing old, it says that the auditor is dead too.",
    registry=REGISTRY,
)
TIMERS_RAISED = Counter(
    "tickets_timer_alarms",
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
API_ANSWERS = Counter(
    "tickets_api_answers", "Answers of the API: failed (5xx) or ok (all others).", ("outcome",), registry=REGISTRY
)


def count_stopped(reason: str | None) -> None:
    """One more address to which nothing is sent; a reason that is no word of ours counts as `other`."""
    STOPPED.labels(reason if reason in BOUNCE_REASONS else "other").inc()


METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
CLOCKS: Final = ("first_response", "next_response", "resolution", "update", "tier")
STEPS: Final = ("warning", "breach")
OUTCOMES: Final = ("created", "appended", "quarantined", "ignored", "duplicate", "dead_lettered", "probe")
DATABASE_ERRORS: Final = frozenset(
    {
        "AdminShutdownError", "CannotConnectNowError", "ConnectionDoesNotExistError", "ConnectionRefusedError",
        "ConnectionResetError", "CrashShutdownError", "DeadlockDetectedError", "InterfaceError",
        "LockNotAvailableError", "OSError", "QueryCanceledError", "ReadOnlySQLTransactionError", "SerializationError",
        "TimeoutError", "TooManyConnectionsError",
    }
)  # fmt: skip


_FAILED: Final = API_ANSWERS.labels("failed")
"""A status has no series before its first answer, and a rate does not see that one: this has."""
_OK: Final = API_ANSWERS.labels("ok")
_SETTLE_OF: Final = {channel: SETTLE_SECONDS.labels(channel) for channel in (*CHANNELS, OTHER)}


def note_settled(channel: str, seconds: float) -> None:
    """One more message that came to its end, so long after a door accepted it."""
    _SETTLE_OF.get(channel, _SETTLE_OF[OTHER]).observe(max(seconds, 0.0))


def note_request(route: str, method: str, status: int, seconds: float) -> None:
    """One more request of the API; a method that no route knows counts as `other`."""
    API_SECONDS.labels(route, bounded(method, METHODS), status).observe(seconds)
    (_FAILED if status >= 500 else _OK).inc()


def count_step(clock: str, kind: str) -> None:
    """One more warning or breach of a service level, named as its event names it (`tier:2`, `warning:50`)."""
    step = "warning" if kind.startswith("warning") else "breach"
    LEVEL_STEPS.labels(bounded(clock.partition(":")[0], CLOCKS), step).inc()


def count_database_failure(error: BaseException) -> None:
    """One more time that Postgres was not there for us."""
    DATABASE_FAILURES.labels(bounded(type(error).__name__, DATABASE_ERRORS)).inc()


FORGOTTEN = Counter("tickets_forgotten_total", "What was forgotten because of its age.", ("kind",), registry=REGISTRY)
TO_FORGET = Gauge(
    "tickets_to_forget", "What is old enough to be forgotten and is not yet, or is held.", ("kind",), registry=REGISTRY
)

# Series that alerts and rates ask for exist from the start.
for _channel in CHANNELS:
    for _outcome in OUTCOMES:
        SETTLED.labels(_channel, _outcome)
for _clock in CLOCKS:
    for _step in STEPS:
        LEVEL_STEPS.labels(_clock, _step)
for _error in (*sorted(DATABASE_ERRORS), OTHER):
    DATABASE_FAILURES.labels(_error)
for _stream in ("ACCEPTED", "INTAKE"):
    REDRIVEN.labels(_stream)
for _kind in ("clock", "ladder", "lifecycle", "snooze"):
    DUE_LATE_SECONDS.labels(_kind)
