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
    DEFAULT_PREFIX,
    PHONE_STATE,
    PHONE_WISHES,
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
        reads=("CHAT", "OUTBOUND", "TICKETS", "PHONE", "DEADLETTER"),
        writes_buckets=("outbound_state", CHAT_STATE, "attachments"),
        reads_buckets=("outbound_state", CHAT_STATE, "attachments"),
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
        reads_buckets=("outbound_state", PHONE_STATE, PHONE_WISHES, "attachments"),
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
        reads_buckets=("raw", "attachments", FACTS_BUCKET),
        # What was archived, and what nobody names any more.
        prunes=("ACCEPTED", "OBJ_raw", "OBJ_attachments"),
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
