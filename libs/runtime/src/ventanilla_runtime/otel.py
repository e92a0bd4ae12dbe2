"""Spans on their way to a collector: OTLP over HTTP, by OpenTelemetry's SDK. Imported only where a collector is set.

The SDK keeps a bounded queue and a thread; what finds no room in it, or no collector, is dropped and nothing waits for
it. The standard `OTEL_*` variables hold: endpoint, headers, certificates, time-outs, sampler, queue.
"""

import os
import socket
import threading
from contextlib import suppress
from typing import Final

import requests
import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from urllib3.exceptions import HTTPError

from ventanilla_runtime.tracing import Span

log = structlog.get_logger()

EXPORT_SECONDS: Final = 5.0
"""How long one export may take, unless OTEL_EXPORTER_OTLP_TIMEOUT says otherwise."""
FLUSH_SECONDS: Final = 2.0
"""How long a service that stops waits for its last spans to leave, if that much is left of its time."""
ANSWER_LIMIT_BYTES: Final = 65_536
"""How much of a collector's answer is read. Nobody looks at it: only its status says whether the spans arrived."""
_KINDS: Final = {kind.name: kind for kind in SpanKind}
_ROOT: Final = Context()


class _Named(IdGenerator):
    """Gives each span the ids that its message already carries."""

    def __init__(self) -> None:
        self.trace = self.span = 0

    def generate_trace_id(self) -> int:
        return self.trace

    def generate_span_id(self) -> int:
        return self.span


class Exporting:
    """A recorder that sends spans to a collector."""

    def __init__(self, service: str, version: str, url: str | None, ratio: float) -> None:
        """Start the thread; connect to nothing yet.

        Args:
            url: of the collector, without the signal's path; None: as OTEL_EXPORTER_OTLP_(TRACES_)ENDPOINT says.
            ratio: share of the traces that begin here which is recorded; those that others began are as they say.
        """
        named = {"service.namespace": "ventanilla", "service.version": version}
        instance = {"service.instance.id": f"{socket.gethostname()}-{os.getpid()}"}
        defaults = {**named, **instance, "service.name": os.environ.get("OTEL_SERVICE_NAME") or service}
        # What OTEL_RESOURCE_ATTRIBUTES says goes before our defaults, and a name that was given before both.
        resource = Resource(defaults).merge(Resource.create({"service.name": str(defaults["service.name"])}))
        self._ids = _Named()
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,  # who is recorded is decided where the trace begins
            resource=resource,
            id_generator=self._ids,
            shutdown_on_exit=False,  # would wait for a dead collector; `close` has a limit
        )
        timeout = None if _timeout_given() else EXPORT_SECONDS
        endpoint = f"{url.rstrip('/')}/v1/traces" if url else None
        self._exporter = OTLPSpanExporter(endpoint=endpoint, timeout=timeout, session=_session())
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("ventanilla", version)
        self._one_at_a_time = threading.Lock()
        self._bound = TraceIdRatioBased.get_bound_for_rate(ratio)

    def sample(self, trace_id: int) -> bool:
        """As OpenTelemetry's ratio sampler decides: every service alike, from the trace's id."""
        return (trace_id & TraceIdRatioBased.TRACE_ID_LIMIT) < self._bound

    def record(self, span: Span) -> None:
        """Queue a span; a full queue drops one."""
        own = _context(span.traceparent)
        above = set_span_in_context(NonRecordingSpan(_context(span.parent)), _ROOT) if span.parent else _ROOT
        links = [Link(_context(link)) for link in span.links]
        with self._one_at_a_time:  # mails are written in a thread
            self._ids.trace, self._ids.span = own.trace_id, own.span_id
            made = self._tracer.start_span(
                span.name, above, _KINDS[span.kind.name], span.attributes, links, span.start_ns
            )
        if span.error:
            made.set_attribute("error.type", span.error)
            made.set_status(Status(StatusCode.ERROR))
        made.end(span.end_ns)

    def close(self, within_seconds: float = FLUSH_SECONDS) -> None:
        """Send what is left, within so many seconds and `FLUSH_SECONDS`; then drop it. Blocks for as long."""
        seconds = min(within_seconds, FLUSH_SECONDS)
        # A thread that may be left behind: an export to a collector that does not answer cannot be cancelled.
        closing = threading.Thread(target=self._provider.shutdown, name="traces-flush", daemon=True)
        closing.start()
        closing.join(seconds)
        if closing.is_alive():
            self._exporter.shutdown()  # type: ignore[no-untyped-call]  # the SDK says no type; no further try
            log.warning("traces.not_flushed", seconds=round(seconds, 3))


def _context(traceparent: str) -> SpanContext:
    _, trace, span, flags = traceparent.split("-")
    return SpanContext(int(trace, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))


def _session() -> requests.Session | None:
    """One that keeps little of an answer; None: the SDK loads one that the operator has installed."""
    if any(
        name.endswith("_CREDENTIAL_PROVIDER") and name.startswith("OTEL_PYTHON_EXPORTER_OTLP_") for name in os.environ
    ):
        return None
    session = requests.Session()
    session.stream = True  # otherwise it reads a body to its end, which may never come
    session.hooks["response"].append(_let_go)
    return session


def _let_go(response: requests.Response, *_: object, **__: object) -> None:
    """Read what has come of a body: a connection whose answer was short is used again, any other is closed."""
    with suppress(HTTPError, OSError):
        response.raw.read1(ANSWER_LIMIT_BYTES, decode_content=False)
    response.close()


def _timeout_given() -> bool:
    return bool(os.environ.get("OTEL_EXPORTER_OTLP_TIMEOUT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"))
