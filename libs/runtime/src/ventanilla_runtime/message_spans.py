"""Spans of messages: one for each that is published, one for each that is handled, and one for a batch of them.

Names and attributes are those of OpenTelemetry's messaging conventions
(https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/); what is ours begins with `ventanilla.`.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ventanilla_contracts.topology import Consumer
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Delivery
from ventanilla_runtime.tracing import HEADER, Kind, Span, Value

if TYPE_CHECKING:
    from ventanilla_runtime.publish import Outgoing, PubAck


@contextmanager
def handling(consumer: Consumer, deliveries: Sequence[Delivery]) -> Iterator[None]:
    """Deliveries in hand: whatever their handler publishes is under the span of the delivery that caused it.

    The spans of the deliveries end with `settled`; that of the batch ends here. A batch is a trace of its own, since it
    belongs to no message more than to another: links lead to and fro. Auditors, who read headers only, count messages
    and are no part of their way.
    """
    if not tracing.recording() or consumer.headers_only:
        with tracing.working_on(deliveries[0].headers.get(HEADER) if len(deliveries) == 1 else None):
            yield
        return
    begun = [span for delivery in deliveries if (span := _taken(consumer.durable, delivery)) is not None]
    if len(deliveries) == 1:
        with tracing.working_on(deliveries[0].headers.get(HEADER)):
            yield
        return
    batch = _batch(consumer.durable, deliveries, begun) if begun else None
    try:
        with tracing.working_on(None):
            yield
    finally:
        if batch is not None:
            tracing.end(batch.traceparent)


def settled(deliveries: Sequence[Delivery], outcome: str) -> None:
    """The end of these deliveries' spans: `handled`, or `returned` to the broker; for now or for a while."""
    for delivery in deliveries:
        traceparent = delivery.headers.get(HEADER, "")
        if (span := tracing.began(traceparent)) is not None:
            span.attributes.setdefault("ventanilla.outcome", outcome)
            tracing.end(traceparent)


def buried(delivery: Delivery, reason: Exception) -> None:
    """This delivery becomes a dead letter; `settled` ends its span."""
    if (span := tracing.began(delivery.headers.get(HEADER, ""))) is not None:
        span.attributes["ventanilla.outcome"] = "dead_lettered"
        span.error = type(reason).__name__


def published(messages: "Sequence[Outgoing]", results: "Sequence[PubAck | BaseException]", began_ns: int) -> None:
    """Messages that the broker has stored. One that it did not store will be published again, with the same span id."""
    now = time.time_ns()
    for message, result in zip(messages, results, strict=True):
        traceparent = message.headers.get(HEADER)
        if traceparent is None or isinstance(result, BaseException) or not tracing.is_sampled(traceparent):
            continue
        attributes = _described(message.subject, message.headers, "publish", "send")
        attributes["ventanilla.stream"] = message.stream
        attributes["ventanilla.sequence"] = result.sequence
        if result.duplicate:
            attributes["ventanilla.duplicate"] = True
        if len(messages) > 1:
            attributes["messaging.batch.message_count"] = len(messages)
        parent = getattr(traceparent, "parent", None)
        name = f"publish {message.subject}"
        tracing.record(Span(name, Kind.PRODUCER, traceparent, parent, began_ns, attributes, end_ns=now))


def _taken(durable: str, delivery: Delivery) -> Span | None:
    """The span of a delivery, which is from now on the parent of what it causes; None: its trace is not recorded."""
    parent = delivery.headers.get(HEADER)
    if not tracing.is_sampled(parent) or (parent and tracing.began(parent)):
        return None  # halved batches hold what was begun with the whole one
    own = delivery.headers[HEADER] = tracing.child_of(parent)
    span = tracing.begin(f"process {delivery.subject}", Kind.CONSUMER, own, parent)
    span.attributes = _described(delivery.subject, delivery.headers, "process", "process")
    span.attributes["messaging.consumer.group.name"] = durable
    span.attributes["ventanilla.stream"] = delivery.stream
    span.attributes["ventanilla.sequence"] = delivery.sequence
    span.attributes["ventanilla.deliveries"] = delivery.deliveries
    span.attributes["ventanilla.waited_ms"] = max(0, (span.start_ns - delivery.stored_at_ns) // 1_000_000)
    return span


def _batch(durable: str, deliveries: Sequence[Delivery], begun: Sequence[Span]) -> Span:
    traceparent = f"{tracing.new_traceparent()[:-2]}01"  # recorded, since messages of it are
    batch = tracing.begin(f"process batch {durable}", Kind.CONSUMER, traceparent, None)
    batch.links = [span.traceparent for span in begun]
    batch.attributes = {
        "messaging.system": "nats",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.consumer.group.name": durable,
        "messaging.batch.message_count": len(deliveries),
    }
    for span in begun:
        span.links.append(traceparent)
    return batch


def _described(subject: str, headers: dict[str, str], name: str, kind: str) -> dict[str, Value]:
    attributes: dict[str, Value] = {
        "messaging.system": "nats",
        "messaging.destination.name": subject,
        "messaging.operation.name": name,
        "messaging.operation.type": kind,
    }
    if identity := headers.get("ce-id"):
        attributes["messaging.message.id"] = attributes["cloudevents.event_id"] = identity
        attributes["cloudevents.event_type"] = headers.get("ce-type", "")
    return attributes
