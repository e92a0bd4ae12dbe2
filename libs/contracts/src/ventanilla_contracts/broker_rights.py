"""Broker users with what each may do, as data.

Generated from the same rows as the streams, so that a right cannot exist without a use.
"""

from dataclasses import dataclass, field
from typing import Final

from ventanilla_contracts.acceptance import CHAT_ACCEPTED, MAIL_ACCEPTED, PHONE_ACCEPTED
from ventanilla_contracts.routing import FACTS_BUCKET, RULES_BUCKET
from ventanilla_contracts.topology import (
    BUCKETS,
    CHAT_STATE,
    CONSUMERS,
    DEFAULT_PREFIX,
    FORGOTTEN,
    PHONE_STATE,
    PHONE_WISHES,
    STREAMS,
    SWITCHES,
    consumers_of,
    stream_of,
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
        erases: those from which it may remove single messages, and nothing else.
    """

    service: str
    publishes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    watches: tuple[tuple[str, str], ...] = ()
    writes_buckets: tuple[str, ...] = ()
    reads_buckets: tuple[str, ...] = ()
    prunes: tuple[str, ...] = ()
    erases: tuple[str, ...] = ()


PERSONAL_BUCKETS: Final = tuple(
    bucket.name for bucket in BUCKETS if bucket.name not in ("imap_state", RULES_BUCKET, SWITCHES)
)
"""Buckets that hold something about customers."""

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
        reads_buckets=("outbound_state", "imap_state", "raw", "attachments", SWITCHES),
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
        reads=("CHAT", "OUTBOUND", "TICKETS", "PHONE", "DEADLETTER"),
        writes_buckets=("outbound_state", CHAT_STATE, "attachments"),
        reads_buckets=("outbound_state", CHAT_STATE, "attachments", SWITCHES),
    ),
    ServiceRights(
        "intake-phone",
        publishes=(
            f"{PHONE_ACCEPTED}.*",
            "call.changed.v1",
            "message.received.v1.sms",
            "message.received.v1.whatsapp",
            "message.received.v1.voice",
            "notification.delivered.v1.sms",
            "notification.delivered.v1.whatsapp",
            "notification.failed.v1.sms",
            "notification.failed.v1.whatsapp",
            "channel.endangered.v1.phone",
            "deadletter.intake-phone",
        ),
        reads=("PHONE", "OUTBOUND", "TICKETS", "DEADLETTER"),
        writes_buckets=("outbound_state", PHONE_STATE, PHONE_WISHES, "attachments"),
        reads_buckets=("outbound_state", PHONE_STATE, PHONE_WISHES, "attachments", SWITCHES),
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
            ("OUTBOUND", "intake-phone-speaker"),
        ),
        writes_buckets=("raw", "attachments", FACTS_BUCKET),
        reads_buckets=("raw", "attachments", FACTS_BUCKET, SWITCHES),
        # What was archived, and what nobody names any more.
        prunes=("ACCEPTED", "OBJ_raw", "OBJ_attachments"),
    ),
    # Whoever erases a person: `tickets erase-person`. No service: none may delete what others have written. It writes
    # nothing but the wish that a channel's provider forgets somebody, and can empty no stream at once.
    ServiceRights(
        "privacy",
        publishes=(FORGOTTEN,),
        reads=tuple(stream.name for stream in STREAMS),
        watches=tuple((consumer.stream, consumer.durable) for consumer in CONSUMERS),
        reads_buckets=PERSONAL_BUCKETS,
        erases=(
            *(stream.name for stream in STREAMS),
            *(bucket.stream for bucket in BUCKETS if bucket.name in PERSONAL_BUCKETS),
        ),
    ),
)


def inbox_prefix(service: str) -> str:
    """Private inbox of a service: with the shared default one, another user could read its replies."""
    return f"_inbox.{service}"


@dataclass(frozen=True, slots=True)
class Permissions:
    """Allow-lists of one broker user, in the broker's own subject syntax."""

    user: str
    publish: tuple[str, ...] = field(default=())
    subscribe: tuple[str, ...] = field(default=())


def streams_of(service: str) -> tuple[str, ...]:
    """Every stream that a service cannot do its work without, those below its buckets too; it may ask for their state.

    Nothing for a name that has no rights of its own.
    """
    buckets = {bucket.name: bucket.stream for bucket in BUCKETS}
    found: set[str] = set()
    for rights in RIGHTS:
        if rights.service == service:
            found |= _streams_without_buckets(rights) | {buckets[name] for name in rights.reads_buckets}
    return tuple(sorted(found))


def _streams_without_buckets(rights: ServiceRights) -> set[str]:
    read = {*rights.reads, *(consumer.stream for consumer in consumers_of(rights.service))}
    return read | {stream_of(subject) for subject in rights.publishes}


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
        # Whoever takes backups reads everything and changes nothing; only the operator restores.
        Permissions(
            "backup",
            (
                "$JS.API.INFO",
                "$JS.API.STREAM.INFO.*",
                "$JS.API.STREAM.SNAPSHOT.*",
                "$JS.SNAPSHOT.ACK.>",
                "$JS.API.CONSUMER.INFO.>",
            ),
            (f"{inbox_prefix('backup')}.>",),
        ),
    ]
    for rights in RIGHTS:
        publish = ["$JS.API.INFO", *(f"{prefix}.{subject}" for subject in rights.publishes)]
        streams = _streams_without_buckets(rights)
        for consumer in consumers_of(rights.service):
            publish += [
                f"$JS.API.CONSUMER.MSG.NEXT.{consumer.stream}.{consumer.durable}",
                f"$JS.API.CONSUMER.INFO.{consumer.stream}.{consumer.durable}",
                f"$JS.ACK.{consumer.stream}.{consumer.durable}.>",
            ]
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
        publish += [f"$JS.API.STREAM.MSG.DELETE.{stream}" for stream in rights.erases]
        users.append(Permissions(rights.service, tuple(dict.fromkeys(publish)), (f"{inbox_prefix(rights.service)}.>",)))
    return tuple(users)
