"""Prometheus metrics of the phone service."""

from prometheus_client import Counter, Gauge, Histogram

from ventanilla_runtime.metrics import LATENCY_BUCKETS, REGISTRY, UNKNOWN, offer_media

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
RECONCILED_AT = Gauge(
    "intake_phone_reconciled_timestamp_seconds",
    "When Twilio's lists were last read to their end; NaN where another replica reads them.",
    registry=REGISTRY,
)
RECONCILED_UP_TO = Gauge(
    "intake_phone_reconciled_up_to_timestamp_seconds",
    "Up to when all that Twilio has is known to be accepted; NaN where another replica reads its lists.",
    registry=REGISTRY,
)
FOUND = Counter(
    "intake_phone_reconciled_found",
    "What only Twilio's lists told: its webhook never came, or was not accepted.",
    ("kind",),
    registry=REGISTRY,
)
ACCOUNT_WORKS = Gauge(
    "intake_phone_twilio_account_works",
    "1 while Twilio's account does what we ask; 0: suspended, closed, or its token refused. NaN: not asked yet.",
    registry=REGISTRY,
)
BALANCE = Gauge(
    "intake_phone_twilio_balance",
    "Money of Twilio's account, in its own currency (`currency`).",
    ("currency",),
    registry=REGISTRY,
)
BALANCE_LOW = Gauge(
    "intake_phone_twilio_balance_low",
    "Money below which the account is in danger (INTAKE_PHONE_BALANCE_LOW); NaN: it does not matter.",
    registry=REGISTRY,
)
ACCOUNT_ASKED_AT = Gauge(
    "intake_phone_twilio_account_asked_timestamp_seconds",
    "When Twilio last told of the account; NaN: not yet.",
    registry=REGISTRY,
)
for _gauge in (RECONCILED_AT, RECONCILED_UP_TO, ACCOUNT_WORKS, BALANCE_LOW, ACCOUNT_ASKED_AT):
    _gauge.set(UNKNOWN)


def count_request(what: str, outcome: str) -> None:
    """One more request to Twilio, by what came of it: done, away, busy, denied (the account's trouble) or refused."""
    CALLS.labels(what, outcome).inc()


FORGOTTEN = Counter(
    "intake_phone_forgotten_total",
    "What was deleted at the provider's because its person was erased.",
    ("kind",),
    registry=REGISTRY,
)

# Series that alerts and rates ask for exist from the start.
offer_media("sms", "whatsapp")
for _kind in ("text", "call", "status"):
    FOUND.labels(_kind)
    for _door in ("webhook", "reconciler"):
        ACCEPTED.labels(_kind, _door)
for _reason in ("signature", "malformed", "not_accepted", "too_large", "media"):
    REFUSED.labels(_reason)
for _medium in ("sms", "whatsapp"):
    for _outcome in ("sent", "failed"):
        SENT.labels(_medium, _outcome)
for _outcome in ("done", "away", "busy", "denied", "refused"):
    for _what in ("send_text", "make_call", "list_texts", "list_calls"):
        CALLS.labels(_what, _outcome)
for _outcome in ("made", "found", "refused"):
    PLACED.labels(_outcome)
for _what in ("text", "call", "too_many"):
    PAGED.labels(_what)
