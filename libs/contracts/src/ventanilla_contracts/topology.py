"""Streams, consumers and buckets as data: the one place that says what the broker keeps and who reads it.

The `topology` job (`ventanilla topology apply`) makes the broker look like this, in `make run` as in production;
services only bind to what it made. Who may write and read what is `broker_rights`. Plain dictionaries in the shape of
the JetStream API: this package knows no client library.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from ventanilla_contracts.acceptance import CHAT_ACCEPTED, MAIL_ACCEPTED, PHONE_ACCEPTED
from ventanilla_contracts.routing import FACTS_BUCKET, RULES_BUCKET, RULES_HISTORY
from ventanilla_contracts.words import CHANNELS

DEFAULT_PREFIX: Final = "desk"
REVISION: Final = 1
"""Of the rows below. Raise it by one with the first change of a row after a release: `ventanilla-contracts check` asks.

Whatever the topology job makes or changes it marks with it, and a job of an older release leaves what a newer one has
marked as it is: after a rollback the pods of the newer release, which still run, keep their subjects and filters.
"""
MINIMUM_SERVER: Final = (2, 12, 0)
"""Atomic batches came with 2.12."""

_DAY_NS: Final = 86_400 * 10**9
_SECOND_NS: Final = 10**9
DUPLICATE_WINDOW_SECONDS: Final = 600
CHAT_STATE: Final = "chat_state"
PHONE_STATE: Final = "phone_state"
PHONE_WISHES: Final = "phone_wishes"
SWITCHES: Final = "switches"
FORGOTTEN: Final = "person.forgotten.v1"
INLINE_LIMIT_BYTES: Final = 512 * 1024
"""A raw mail up to this size travels inside the stream, a larger one by reference."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A JetStream stream.

    Attributes:
        subjects: without the desk's prefix; wild cards allowed.
        share: part of the desk's storage budget, in thousandths.
        max_age_days: 0 keeps messages until something removes them.
        refuse_when_full: a full stream refuses new messages ("try again") instead of dropping old ones.
    """

    name: str
    subjects: tuple[str, ...]
    share: int
    max_age_days: int = 0
    refuse_when_full: bool = True

    def config(self, prefix: str, storage_bytes: int, replicas: int) -> dict[str, Any]:
        """Body of `STREAM.CREATE` and `STREAM.UPDATE`."""
        return {
            "name": self.name,
            "subjects": [f"{prefix}.{subject}" for subject in self.subjects],
            "retention": "limits",
            "storage": "file",
            "num_replicas": replicas,
            "max_bytes": storage_bytes * self.share // 1000,
            "max_age": self.max_age_days * _DAY_NS,
            "discard": "new" if self.refuse_when_full else "old",
            "duplicate_window": DUPLICATE_WINDOW_SECONDS * _SECOND_NS,
            "allow_atomic": True,
            "allow_direct": True,
            "deny_delete": False,
        }


@dataclass(frozen=True, slots=True)
class Bucket:
    """A key-value bucket (`kv`) or an object store (`object`), in the layout that all NATS clients share."""

    kind: str
    name: str
    share: int
    max_age_days: int = 0
    compressed: bool = False
    history: int = 1
    """Of a key-value bucket: so many values of a key are kept."""

    @property
    def stream(self) -> str:
        """Name of the stream below the bucket."""
        return f"{'KV' if self.kind == 'kv' else 'OBJ'}_{self.name}"

    @property
    def subjects(self) -> tuple[str, ...]:
        """What that stream stores."""
        if self.kind == "kv":
            return (f"$KV.{self.name}.>",)
        return (f"$O.{self.name}.C.>", f"$O.{self.name}.M.>")

    def config(self, prefix: str, storage_bytes: int, replicas: int) -> dict[str, Any]:  # noqa: ARG002  # as Stream's
        """Body of `STREAM.CREATE` and `STREAM.UPDATE`."""
        return {
            "name": self.stream,
            "subjects": list(self.subjects),
            "storage": "file",
            "num_replicas": replicas,
            "max_bytes": storage_bytes * self.share // 1000,
            "max_age": self.max_age_days * _DAY_NS,
            "discard": "new",
            # Whoever may write one key of a bucket could replace all of them by it. An object store needs that for
            # its meta messages; the keys of ours are written over, and purged by nobody.
            "allow_rollup_hdrs": self.kind == "object",
            "allow_atomic": True,
            "allow_direct": True,
            "duplicate_window": 120 * _SECOND_NS,
            **({"max_msgs_per_subject": self.history} if self.kind == "kv" else {}),
            **({"compression": "s2"} if self.compressed else {}),
        }


@dataclass(frozen=True, slots=True)
class Consumer:
    """A durable pull consumer that all replicas of a service share, across releases."""

    service: str
    durable: str
    stream: str
    subjects: tuple[str, ...]
    headers_only: bool = False

    def config(self, prefix: str, replicas: int) -> dict[str, Any]:
        """The `config` of `CONSUMER.CREATE`."""
        filters = [f"{prefix}.{subject}" for subject in self.subjects]
        return {
            "durable_name": self.durable,
            **({"filter_subject": filters[0]} if len(filters) == 1 else {"filter_subjects": filters}),
            "deliver_policy": "all",
            "ack_policy": "explicit",
            "ack_wait": 10 * _SECOND_NS,
            "max_deliver": -1,
            "max_ack_pending": 4000,
            "max_waiting": 512,
            "replay_policy": "instant",
            "headers_only": self.headers_only,
            "num_replicas": replicas,
        }

    def unheard(self, filters: Sequence[str], prefix: str) -> tuple[str, ...]:
        """Which of its subjects a consumer with these filters (with prefix) does not get; without any it gets all."""
        wanted = {subject: f"{prefix}.{subject}" for subject in self.subjects}
        heard = {subject for subject, whole in wanted.items() if any(_covers(one, whole) for one in filters)}
        return tuple(subject for subject in self.subjects if subject not in heard) if filters else ()


STREAMS: Final = (
    Stream("ACCEPTED", (MAIL_ACCEPTED,), share=160),
    # Events of chats as their providers gave them; what customers say among them becomes a message in INTAKE.
    Stream("CHAT", (f"{CHAT_ACCEPTED}.*",), share=15, max_age_days=14),
    # Texts, ends of calls and recordings as the provider told of them; what customers say becomes a message in INTAKE.
    # Beside them stands what agents see of a call before there is a ticket.
    Stream("PHONE", (f"{PHONE_ACCEPTED}.*", "call.changed.v1"), share=8, max_age_days=14),
    Stream("INTAKE", ("message.received.v1.*",), share=150, max_age_days=90),
    Stream("ROUTED", ("message.routed.v1.*",), share=150, max_age_days=90, refuse_when_full=False),
    # What becomes of chat messages after they were accepted: no messages themselves, so they are not in INTAKE.
    Stream("REVISIONS", ("message.revised.v1.*",), share=5, max_age_days=30),
    Stream("TICKETS", ("ticket.*.v1",), share=55, max_age_days=30, refuse_when_full=False),
    # What changes a notification comes behind it, in the same stream.
    Stream("OUTBOUND", ("notification.requested.v1.*", "notification.revised.v1.*"), share=50, max_age_days=14),
    Stream(
        "DELIVERY",
        ("notification.delivered.v1.*", "notification.failed.v1.*"),
        share=20,
        max_age_days=14,
        refuse_when_full=False,
    ),
    Stream("DEADLETTER", ("deadletter.*",), share=30, max_age_days=90),
    Stream("REDRIVE", ("redrive.v1.*",), share=10, max_age_days=7, refuse_when_full=False),
    # What somebody has to look after before it costs messages, read by whoever is told; and who is to be forgotten,
    # which is deleted again once it was read.
    Stream(
        "OPERATIONS",
        ("channel.endangered.v1.*", "timer.late.v1", FORGOTTEN),
        share=2,
        max_age_days=90,
        refuse_when_full=False,
    ),
)

BUCKETS: Final = (
    Bucket("kv", "outbound_state", share=20, max_age_days=21),
    # Leases and positions of mailboxes that are fetched by IMAP: a few hundred bytes for each, and nothing expires.
    Bucket("kv", "imap_state", share=2),
    # Cards of tickets in chats: what is to be shown, where it stands, which thread is which ticket's. A card that is
    # touched is written anew; one that nobody has touched for so long gets a new one.
    Bucket("kv", CHAT_STATE, share=10, max_age_days=180),
    # What happened in a call until it ends, who is being rung, how far lists were read.
    Bucket("kv", PHONE_STATE, share=5, max_age_days=60),
    # Who wants no texts: some hundred bytes for each, and it holds until they say otherwise.
    Bucket("kv", PHONE_WISHES, share=1),
    # Rule sets with which is in force, and what the router is told of customers: some hundred bytes for each.
    Bucket("kv", RULES_BUCKET, share=3, history=RULES_HISTORY),
    Bucket("kv", FACTS_BUCKET, share=9),
    # What an operator holds for the whole desk, such as everything that goes out, until somebody says otherwise.
    Bucket("kv", SWITCHES, share=1, history=20),
    Bucket("object", "raw", share=224, compressed=True),
    Bucket("object", "attachments", share=70),
)

CARD_EVENTS: Final = (
    "ticket.created.v1",
    "ticket.changed.v1",
    "ticket.message_added.v1",
    "ticket.message_changed.v1",
    "ticket.service_level.v1",
)
"""Events after which a ticket's card may look different, or its thread has something to say."""

CALLING_EVENTS: Final = ("ticket.paged.v1", "ticket.page_settled.v1", "ticket.callback.v1")
"""Events after which a telephone has to ring, or must not any more."""

CONSUMERS: Final = (
    Consumer("intake-email", "intake-email-parser", "ACCEPTED", (MAIL_ACCEPTED,)),
    Consumer("intake-email", "intake-email-sender", "OUTBOUND", ("notification.requested.v1.email",)),
    Consumer("intake-email", "intake-email-redrive", "REDRIVE", ("redrive.v1.intake-email",)),
    Consumer("intake-chat", "intake-chat-reader", "CHAT", (f"{CHAT_ACCEPTED}.*",)),
    Consumer(
        "intake-chat",
        "intake-chat-speaker",
        "OUTBOUND",
        ("notification.requested.v1.slack", "notification.revised.v1.slack"),
    ),
    Consumer("intake-chat", "intake-chat-cards", "TICKETS", CARD_EVENTS),
    Consumer("intake-chat", "intake-chat-calls", "PHONE", ("call.changed.v1",)),
    Consumer("intake-chat", "intake-chat-redrive", "REDRIVE", ("redrive.v1.intake-chat",)),
    Consumer("intake-phone", "intake-phone-reader", "PHONE", (f"{PHONE_ACCEPTED}.*",)),
    Consumer(
        "intake-phone",
        "intake-phone-speaker",
        "OUTBOUND",
        ("notification.requested.v1.sms", "notification.requested.v1.whatsapp"),
    ),
    Consumer("intake-phone", "intake-phone-caller", "TICKETS", CALLING_EVENTS),
    Consumer("intake-phone", "intake-phone-forgetting", "OPERATIONS", (FORGOTTEN,)),
    Consumer("intake-phone", "intake-phone-redrive", "REDRIVE", ("redrive.v1.intake-phone",)),
    Consumer("router", "router", "INTAKE", ("message.received.v1.*",)),
    Consumer("router", "router-redrive", "REDRIVE", ("redrive.v1.router",)),
    Consumer("tickets", "tickets", "ROUTED", ("message.routed.v1.*",)),
    Consumer("tickets", "tickets-revisions", "REVISIONS", ("message.revised.v1.*",)),
    Consumer("tickets", "tickets-redrive", "REDRIVE", ("redrive.v1.tickets",)),
    Consumer("tickets", "tickets-delivery", "DELIVERY", ("notification.*.v1.*",)),
    Consumer("tickets", "tickets-deadletter", "DEADLETTER", ("deadletter.*",)),
    Consumer("tickets", "tickets-auditor-accepted", "ACCEPTED", (MAIL_ACCEPTED,), headers_only=True),
    # Mail is counted where it is accepted; in INTAKE only what was accepted there.
    Consumer(
        "tickets",
        "tickets-auditor-intake",
        "INTAKE",
        tuple(f"message.received.v1.{channel}" for channel in CHANNELS if channel != "email"),
        headers_only=True,
    ),
)


def rows_digest() -> str:
    """SHA-256 of all rows, as the broker is told them: what `REVISION` is the revision of."""
    configs = [row.config(DEFAULT_PREFIX, 10**12, 1) for row in (*STREAMS, *BUCKETS)]
    readers = [[row.stream, row.config(DEFAULT_PREFIX, 1)] for row in CONSUMERS]
    return hashlib.sha256(json.dumps([configs, readers], sort_keys=True).encode()).hexdigest()


def consumers_of(service: str) -> Iterator[Consumer]:
    """The durable consumers that a service binds to."""
    return (consumer for consumer in CONSUMERS if consumer.service == service)


@lru_cache(maxsize=256)
def stream_of(subject: str) -> str:
    """Name of the stream that stores a subject (without prefix).

    Raises:
        KeyError: no stream does.
    """
    for stream in STREAMS:
        if any(_matches(pattern, subject) for pattern in stream.subjects):
            return stream.name
    raise KeyError(subject)


def _matches(pattern: str, subject: str) -> bool:
    pattern_tokens, tokens = pattern.split("."), subject.split(".")
    return len(pattern_tokens) == len(tokens) and all(
        p in ("*", t) or t == "*" for p, t in zip(pattern_tokens, tokens, strict=True)
    )


def _covers(pattern: str, subject: str) -> bool:
    """Whether a filter lets through all that a subject, which may have wild cards itself, stands for."""
    wide, narrow = pattern.split("."), subject.split(".")
    if wide[-1] == ">":
        wide, narrow = wide[:-1], narrow[: len(wide) - 1]
    return len(wide) == len(narrow) and all(one in ("*", other) for one, other in zip(wide, narrow, strict=True))
