"""Streams, consumers, buckets and broker rights as data: the one place that says who may write and read what.

The `topology` job (`ventanilla topology apply`) makes the broker look like this, in `make run` as in production;
services only bind to what it made. The broker's users are generated from the same rows, so that a right cannot exist
without a use. Plain dictionaries in the shape of the JetStream API: this package knows no client library.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from ventanilla_contracts.acceptance import CHAT_ACCEPTED, MAIL_ACCEPTED
from ventanilla_contracts.routing import FACTS_BUCKET, RULES_BUCKET, RULES_HISTORY
from ventanilla_contracts.words import CHANNELS

DEFAULT_PREFIX: Final = "desk"
MINIMUM_SERVER: Final = (2, 12, 0)
"""Atomic batches came with 2.12."""

_DAY_NS: Final = 86_400 * 10**9
_SECOND_NS: Final = 10**9
DUPLICATE_WINDOW_SECONDS: Final = 600
CHAT_STATE: Final = "chat_state"
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
            "allow_rollup_hdrs": True,
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


STREAMS: Final = (
    Stream("ACCEPTED", (MAIL_ACCEPTED,), share=160),
    # Events of chats as their providers gave them; what customers say among them becomes a message in INTAKE.
    Stream("CHAT", (f"{CHAT_ACCEPTED}.*",), share=15, max_age_days=14),
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
    # What somebody has to look after before it costs messages; read by whoever is told, and by no service.
    Stream(
        "OPERATIONS", ("channel.endangered.v1.*", "timer.late.v1"), share=2, max_age_days=90, refuse_when_full=False
    ),
)

BUCKETS: Final = (
    Bucket("kv", "outbound_state", share=20, max_age_days=21),
    # Leases and positions of mailboxes that are fetched by IMAP: a few hundred bytes for each, and nothing expires.
    Bucket("kv", "imap_state", share=2),
    # Cards of tickets in chats: what is to be shown, where it stands, which thread is which ticket's. A card that is
    # touched is written anew; one that nobody has touched for so long gets a new one.
    Bucket("kv", CHAT_STATE, share=10, max_age_days=180),
    # Rule sets with which is in force, and what the router is told of customers: some hundred bytes for each.
    Bucket("kv", RULES_BUCKET, share=3, history=RULES_HISTORY),
    Bucket("kv", FACTS_BUCKET, share=10),
    Bucket("object", "raw", share=238, compressed=True),
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
    Consumer("intake-chat", "intake-chat-redrive", "REDRIVE", ("redrive.v1.intake-chat",)),
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


@dataclass(frozen=True, slots=True)
class ServiceRights:
    """What a service's broker user may do beyond consuming: subjects without prefix, streams and buckets by name.

    Attributes:
        publishes: subjects that it writes.
        reads: streams of which it may fetch single messages (`DIRECT.GET`) and the state.
        watches: consumers of other services whose position it may ask for, as (stream, durable).
        writes_buckets, reads_buckets: names of buckets.
        prunes: streams, and streams of buckets, from which it may remove messages.
    """

    service: str
    publishes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    watches: tuple[tuple[str, str], ...] = ()
    writes_buckets: tuple[str, ...] = ()
    reads_buckets: tuple[str, ...] = ()
    prunes: tuple[str, ...] = ()


RIGHTS: Final = (
    ServiceRights(
        "intake-email",
        publishes=(
            MAIL_ACCEPTED,
            "message.received.v1.email",
            "notification.delivered.v1.email",
            "notification.failed.v1.email",
            "channel.endangered.v1.email",
            "deadletter.intake-email",
        ),
        reads=("ACCEPTED", "OUTBOUND", "DEADLETTER"),
        writes_buckets=("outbound_state", "imap_state", "raw", "attachments"),
        reads_buckets=("outbound_state", "imap_state", "raw", "attachments"),
    ),
    ServiceRights(
        "intake-chat",
        publishes=(
            f"{CHAT_ACCEPTED}.slack",
            "message.received.v1.slack",
            "message.revised.v1.slack",
            "notification.delivered.v1.slack",
            "notification.failed.v1.slack",
            "deadletter.intake-chat",
        ),
        reads=("CHAT", "OUTBOUND", "TICKETS", "DEADLETTER"),
        writes_buckets=("outbound_state", CHAT_STATE, "attachments"),
        reads_buckets=("outbound_state", CHAT_STATE, "attachments"),
    ),
    ServiceRights(
        "router",
        publishes=("message.routed.v1.*", "deadletter.router"),
        reads=("INTAKE", "DEADLETTER"),
        reads_buckets=(RULES_BUCKET, FACTS_BUCKET),
    ),
    # Whoever publishes rules and tries them on what came in: `router publish`, `router replay`. No service.
    ServiceRights(
        "rules",
        reads=("INTAKE", "ROUTED", "TICKETS"),
        writes_buckets=(RULES_BUCKET,),
        reads_buckets=(RULES_BUCKET, FACTS_BUCKET),
    ),
    ServiceRights(
        "tickets",
        publishes=(
            "ticket.*.v1",
            "notification.requested.v1.*",
            "notification.revised.v1.*",
            "redrive.v1.*",
            "timer.late.v1",
            "deadletter.tickets",
        ),
        reads=("ACCEPTED", "INTAKE", "ROUTED", "REVISIONS", "OUTBOUND", "DELIVERY", "DEADLETTER"),
        watches=(
            ("ACCEPTED", "intake-email-parser"),
            ("INTAKE", "router"),
            ("OUTBOUND", "intake-email-sender"),
            ("OUTBOUND", "intake-chat-speaker"),
        ),
        writes_buckets=("raw", "attachments", FACTS_BUCKET),
        reads_buckets=("raw", "attachments", FACTS_BUCKET),
        # What was archived, and what nobody names any more.
        prunes=("ACCEPTED", "OBJ_raw", "OBJ_attachments"),
    ),
)


def inbox_prefix(service: str) -> str:
    """Private inbox of a service: with the shared default one, another user could read its replies."""
    return f"_inbox.{service}"


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


@dataclass(frozen=True, slots=True)
class Permissions:
    """Allow-lists of one broker user, in the broker's own subject syntax."""

    user: str
    publish: tuple[str, ...] = field(default=())
    subscribe: tuple[str, ...] = field(default=())


def permissions(prefix: str = DEFAULT_PREFIX) -> tuple[Permissions, ...]:
    """All broker users with what each may do, generated from the rows above.

    `topology` alone may make consumers: whoever may do that can have the server deliver to subjects that he may not
    publish to. `operator` is the person at the terminal and may do everything.
    """
    buckets = {bucket.name: bucket for bucket in BUCKETS}
    users = [
        Permissions("operator", (">",), (">",)),
        Permissions(
            "topology",
            ("$JS.API.INFO", "$JS.API.STREAM.>", "$JS.API.CONSUMER.>"),
            (f"{inbox_prefix('topology')}.>",),
        ),
    ]
    for rights in RIGHTS:
        publish = ["$JS.API.INFO", *(f"{prefix}.{subject}" for subject in rights.publishes)]
        streams = set(rights.reads)
        for consumer in consumers_of(rights.service):
            streams.add(consumer.stream)
            publish += [
                f"$JS.API.CONSUMER.MSG.NEXT.{consumer.stream}.{consumer.durable}",
                f"$JS.API.CONSUMER.INFO.{consumer.stream}.{consumer.durable}",
                f"$JS.ACK.{consumer.stream}.{consumer.durable}.>",
            ]
        streams |= {stream_of(subject) for subject in rights.publishes}
        publish += [f"$JS.API.CONSUMER.INFO.{stream}.{durable}" for stream, durable in rights.watches]
        publish += [f"$JS.API.STREAM.INFO.{stream}" for stream in sorted(streams)]
        publish += [f"$JS.API.DIRECT.GET.{stream}" for stream in rights.reads]
        for name in rights.writes_buckets:
            publish += list(buckets[name].subjects)
        for name in rights.reads_buckets:
            stream = buckets[name].stream
            publish += [
                f"$JS.API.DIRECT.GET.{stream}",
                f"$JS.API.DIRECT.GET.{stream}.>",
                f"$JS.API.STREAM.INFO.{stream}",
            ]
        for stream in rights.prunes:
            publish += [f"$JS.API.STREAM.MSG.DELETE.{stream}", f"$JS.API.STREAM.PURGE.{stream}"]
        users.append(Permissions(rights.service, tuple(dict.fromkeys(publish)), (f"{inbox_prefix(rights.service)}.>",)))
    return tuple(users)


def _matches(pattern: str, subject: str) -> bool:
    pattern_tokens, tokens = pattern.split("."), subject.split(".")
    return len(pattern_tokens) == len(tokens) and all(
        p in ("*", t) or t == "*" for p, t in zip(pattern_tokens, tokens, strict=True)
    )
