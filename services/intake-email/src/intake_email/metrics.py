"""Prometheus metrics of the mail service."""

from functools import cache
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from ventanilla_runtime.metrics import LATENCY_BUCKETS, REGISTRY, offer_media

OUR_REFUSALS: Final = (("no_room", "452"), ("desk_full", "452"), ("not_accepted", "451"))
"""Refusals that are the desk's fault: the client did nothing wrong, and comes again."""

CONNECTIONS = Counter(
    "intake_email_connections", "SMTP connections, by what became of them.", ("outcome",), registry=REGISTRY
)
SESSIONS = Gauge("intake_email_sessions", "SMTP connections that are open now.", registry=REGISTRY)
SESSIONS_LIMIT = Gauge("intake_email_sessions_limit", "SMTP connections that may be open at once.", registry=REGISTRY)
TLS_CERTIFICATE_EXPIRES = Gauge(
    "intake_email_tls_certificate_expires_timestamp_seconds",
    "When the certificate that STARTTLS shows ends; 0 where there is none.",
    registry=REGISTRY,
)
ACCEPTED = Counter("intake_email_accepted_mails", "Mails that got their 250.", registry=REGISTRY)
ACCEPTED_BYTES = Counter("intake_email_accepted_bytes", "Size of the mails that got their 250.", registry=REGISTRY)
ACCEPT_SECONDS = Histogram(
    "intake_email_accept_seconds",
    "Time from the final dot to the broker's acknowledgement.",
    buckets=LATENCY_BUCKETS,
    registry=REGISTRY,
)
REFUSED = Counter(
    "intake_email_refused_commands", "SMTP refusals, by reason and reply code.", ("reason", "code"), registry=REGISTRY
)
BYTES_HELD = Gauge("intake_email_held_bytes", "Bytes of mails that are being received or stored.", registry=REGISTRY)
BYTES_LIMIT = Gauge("intake_email_held_bytes_limit", "Bytes that those may have together.", registry=REGISTRY)

PARSED = Counter(
    "intake_email_parsed_mails", "Mails read, by what they turned out to be.", ("disposition",), registry=REGISTRY
)
PARSE_SECONDS = Histogram(
    "intake_email_parse_seconds", "Time to read one mail.", buckets=LATENCY_BUCKETS, registry=REGISTRY
)
AUTHENTICATED = Counter(
    "intake_email_authenticated_mails", "Mails by how sure their sender is.", ("grade",), registry=REGISTRY
)
AUTHENTICATION_RESULTS = Counter(
    "intake_email_authentication_results",
    "Results of SPF, DKIM, DMARC and ARC, by check and word.",
    ("check", "result"),
    registry=REGISTRY,
)
SUSPICIONS = Counter(
    "intake_email_suspicions", "Mails whose sender may be somebody else, by reason.", ("reason",), registry=REGISTRY
)
ATTACHMENTS = Counter("intake_email_attachments", "Attachments stored.", registry=REGISTRY)

SENT = Counter("intake_email_sent_mails", "Outgoing mails, by outcome.", ("outcome",), registry=REGISTRY)

IMAP_HELD = Gauge("intake_email_imap_held", "1 while this replica reads the mailbox.", ("entry",), registry=REGISTRY)
IMAP_CONNECTED = Gauge(
    "intake_email_imap_connected", "1 while there is a session with the mailbox.", ("entry",), registry=REGISTRY
)
IMAP_FETCHED = Counter("intake_email_imap_fetched_mails", "Mails taken in by IMAP.", ("entry",), registry=REGISTRY)
IMAP_REFUSED = Counter(
    "intake_email_imap_refused_mails",
    "Mails put aside on the server, by reason.",
    ("entry", "reason"),
    registry=REGISTRY,
)
IMAP_FAILURES = Counter(
    "intake_email_imap_failures", "Sessions that failed, by kind.", ("entry", "kind"), registry=REGISTRY
)
IMAP_POLL_AGE_SECONDS = Gauge(
    "intake_email_imap_poll_age_seconds",
    "Time since the last poll that worked; NaN where another replica reads the mailbox.",
    ("entry",),
    registry=REGISTRY,
)
IMAP_CREDENTIAL_SECONDS = Gauge(
    "intake_email_imap_credential_seconds",
    "How long the credential lasts; NaN where nobody knows.",
    ("entry",),
    registry=REGISTRY,
)


@cache
def refused(reason: str, code: str) -> Counter:
    """The counter of refusals; reasons and codes are words of the door, none of the client's."""
    return REFUSED.labels(reason, code)


@cache
def graded(grade: str) -> Counter:
    """The counter of mails of this grade."""
    return AUTHENTICATED.labels(grade)


@cache
def parsed(disposition: str) -> Counter:
    """The counter of mails that turned out to be this; looking its label up costs more than counting."""
    return PARSED.labels(disposition)


# Series that alerts and rates ask for exist from the start.
offer_media("email")
for _outcome in ("opened", "refused"):
    CONNECTIONS.labels(_outcome)
for _reason, _code in (*OUR_REFUSALS, ("unknown_mailbox", "550"), ("too_large", "552"), ("too_slow", "421")):
    refused(_reason, _code)
for _disposition in ("message", "unparseable"):
    parsed(_disposition)
for _grade in ("verified", "plausible", "claimed"):
    graded(_grade)
for _outcome in ("sent", "failed", "deferred"):
    SENT.labels(_outcome)
