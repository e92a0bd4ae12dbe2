"""A collector of traces: takes OTLP over HTTP as real ones do, and tells what it has got."""

import gzip
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent

from ventanilla_devstack.ports import HOST


@dataclass(frozen=True)
class Span:
    """A span as it arrived; ids in hexadecimal, "" where there is none."""

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    links: tuple[str, ...]
    attributes: dict[str, object]
    error: bool
    seconds: float


@dataclass
class Collector:
    """What has arrived so far."""

    url: str
    spans: list[Span] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    """The requests' bodies: nothing that must not leave may be in them."""
    connections: int = 0
    answer: bytes = b""

    def trace(self, trace: str) -> list[Span]:
        """The spans of a trace, in the order in which they began or arrived."""
        return [span for span in self.spans if span.trace == trace]

    def named(self, name: str) -> list[Span]:
        """Spans with a name."""
        return [span for span in self.spans if span.name == name]


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port, while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            collector.connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            collector.raw.append(body)
            collector.spans.extend(_read(ExportTraceServiceRequest.FromString(body)))
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(collector.answer)))
            self.end_headers()
            self.wfile.write(collector.answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    collector = Collector(f"http://{HOST}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _read(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for resource in request.resource_spans:
        service = str(_values(resource.resource.attributes)["service.name"])
        for scope in resource.scope_spans:
            for sent in scope.spans:
                yield Span(
                    service,
                    sent.name,
                    Sent.SpanKind.Name(sent.kind).removeprefix("SPAN_KIND_"),
                    sent.trace_id.hex(),
                    sent.span_id.hex(),
                    sent.parent_span_id.hex(),
                    tuple(link.span_id.hex() for link in sent.links),
                    _values(sent.attributes),
                    sent.status.code == 2,
                    (sent.end_time_unix_nano - sent.start_time_unix_nano) / 1e9,
                )


def _values(pairs: Sequence[KeyValue]) -> dict[str, object]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "string_value") for pair in pairs}
