"""Spans as values: what is recorded, under what, and that nothing is while nobody asks for it."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from ventanilla_contracts.topology import Consumer
from ventanilla_runtime import message_spans, tracing
from ventanilla_runtime.delivery import Delivery
from ventanilla_runtime.publish import Outgoing, PubAck
from ventanilla_runtime.tracing import HEADER, Kind, Span

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
UNSAMPLED = PARENT[:-2] + "00"
DURABLE = Consumer("router", "router", "INTAKE", ("message.received.v1.*",))


class Kept(list[Span]):
    """Keeps what is recorded; begins no trace if told so."""

    samples = True

    def sample(self, trace_id: int) -> bool:
        return self.samples

    def record(self, span: Span) -> None:
        self.append(span)


@pytest.fixture
def kept() -> Iterator[Kept]:
    recorder = Kept()
    tracing.record_with(recorder)
    yield recorder
    tracing.record_with(None)


def delivery(traceparent: str | None = PARENT, sequence: int = 1) -> Delivery:
    headers = {"ce-id": f"id-{sequence}", "ce-type": "message.received.v1"}
    if traceparent is not None:
        headers[HEADER] = traceparent
    return Delivery("desk.message.received.v1.email", b"", headers, "INTAKE", "", sequence, 1, 0, "")


def published(cause: str | None) -> Outgoing:
    return Outgoing("ROUTED", "desk.message.routed.v1.email", b"", {HEADER: tracing.child_of(cause)})


def test_without_a_recorder_a_handler_sees_the_header_as_it_came_and_children_are_plain() -> None:
    one = delivery()
    with message_spans.handling(DURABLE, [one]):
        assert one.headers[HEADER] == PARENT
        assert type(tracing.child_of(PARENT)) is str
        with tracing.span("decide", parent=PARENT) as trace:
            assert trace == PARENT
    assert tracing.headers_under(PARENT).keys() == {HEADER}


class Raising(Kept):
    """As an exporter whose library has a bug."""

    def record(self, span: Span) -> None:
        super().record(span)
        raise RuntimeError("queue.Full")


def test_a_recorder_that_raises_costs_its_spans_and_nothing_else() -> None:
    recorder = Raising()
    tracing.record_with(recorder)
    try:
        with capture_logs() as said:
            for _ in range(3):
                with tracing.span("decide", parent=PARENT):
                    pass
                message_spans.published([published(PARENT)], [PubAck("ROUTED", 1)], 1)
    finally:
        tracing.record_with(None)
    assert len(recorder) == 6
    assert [line["event"] for line in said] == ["span.lost"]


def test_what_a_handler_publishes_is_under_the_span_of_what_it_handles(kept: Kept) -> None:
    one = delivery()
    with message_spans.handling(DURABLE, [one]):
        out = published(one.headers[HEADER])
        message_spans.published([out], [PubAck("ROUTED", 7)], 1)
    message_spans.settled([one], "handled")

    sent, handled = kept
    assert (handled.kind, handled.parent, sent.kind, sent.parent) == (
        Kind.CONSUMER, PARENT, Kind.PRODUCER, handled.traceparent,
    )  # fmt: skip
    assert sent.traceparent == out.headers[HEADER]
    assert tracing.trace_id(sent.traceparent) == tracing.trace_id(PARENT)
    assert handled.attributes["ventanilla.outcome"] == "handled"


@pytest.mark.parametrize("header", [UNSAMPLED, None, "nonsense"])
def test_what_is_not_sampled_or_belongs_to_no_trace_is_no_span(kept: Kept, header: str | None) -> None:
    one = delivery(header)
    with message_spans.handling(DURABLE, [one]):
        assert one.headers.get(HEADER) == header
        if header == UNSAMPLED:
            message_spans.published([published(header)], [PubAck("ROUTED", 7)], 1)
    message_spans.settled([one], "handled")
    assert kept == []


def test_a_trace_that_begins_here_is_as_the_recorder_wishes_and_stays_so(kept: Kept) -> None:
    kept.samples = False
    with tracing.span("accept mail", Kind.SERVER, "") as trace:
        assert trace.endswith("-00")
        assert tracing.child_of(trace).endswith("-00")
    assert kept == []


def test_what_a_stranger_says_of_his_trace_is_never_a_span_of_that_name(kept: Kept) -> None:
    with tracing.span("decide", parent="") as trace:
        assert trace == ""
    assert kept == []


def test_a_batch_is_a_trace_of_its_own_with_links_to_and_fro(kept: Kept) -> None:
    both = [delivery(sequence=1), delivery(UNSAMPLED, sequence=2), delivery(PARENT.replace("4b", "5b"), sequence=3)]
    with message_spans.handling(DURABLE, both):
        assert tracing.current() is None
    message_spans.settled(both, "handled")

    batch, first, third = kept
    assert batch.name == "process batch router"
    assert batch.links == [first.traceparent, third.traceparent]
    assert first.links == third.links == [batch.traceparent]
    assert tracing.trace_id(batch.traceparent) not in {tracing.trace_id(one.traceparent) for one in (first, third)}


def test_a_message_that_is_published_again_has_one_span_with_its_id(kept: Kept) -> None:
    out = published(PARENT)
    message_spans.published([out], [TimeoutError()], 1)
    message_spans.published([out], [PubAck("ROUTED", 7, duplicate=True)], 1)
    [sent] = kept
    assert sent.attributes["ventanilla.duplicate"] is True


def test_a_dead_letter_is_an_error_with_the_name_of_its_reason(kept: Kept) -> None:
    one = delivery()
    with message_spans.handling(DURABLE, [one]):
        message_spans.buried(one, ValueError("words of a customer"))
    message_spans.settled([one], "handled")
    [handled] = kept
    assert (handled.error, handled.attributes["ventanilla.outcome"]) == ("ValueError", "dead_lettered")


def test_an_event_that_waited_in_a_table_still_knows_what_caused_it(kept: Kept) -> None:
    stored = tracing.headers_under(PARENT)
    out = tracing.headers_from(stored)
    message_spans.published([Outgoing("TICKETS", "desk.ticket.created.v1", b"", out)], [PubAck("TICKETS", 1)], 1)
    [sent] = kept
    assert sent.parent == PARENT
    assert out.keys() == {HEADER}


def test_spans_that_nobody_ends_make_room(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_MOST_OPEN", 10)
    for number in range(100):
        tracing.begin("x", Kind.INTERNAL, f"trace-{number}", None)
    assert len(tracing._open) == 10


def test_an_exception_is_an_error_of_the_span_by_its_name_only(kept: Kept) -> None:
    with pytest.raises(ValueError, match="secret"), tracing.span("accept mail", Kind.SERVER, ""):
        raise ValueError("secret words")
    [failed] = kept
    assert failed.error == "ValueError"
    assert "secret" not in repr(failed)
