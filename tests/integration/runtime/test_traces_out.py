"""Spans on their way to a collector: a real one, one that is not there, and one that takes and never answers."""

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support.collector import collecting
from tests.support.polling import eventually
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_runtime import otel, tracing
from ventanilla_runtime.settings import ServiceSettings
from ventanilla_runtime.traces_out import TracesUnset, ratio_of, start_traces, wanted
from ventanilla_runtime.tracing import Kind

MIB = 1024 * 1024
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "500")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100")
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    yield
    tracing.record_with(None)


def work(count: int) -> None:
    for _ in range(count):
        with tracing.span("accept mail", Kind.SERVER, "", door="smtp"):
            pass


def test_spans_come_to_the_collector_that_the_settings_name_with_the_last_ones_at_the_end() -> None:
    with collecting() as collector:
        end = start_traces("intake-email", ServiceSettings(otlp_url=f"{collector.url}/"))
        assert end is not None
        with tracing.span("accept mail", Kind.SERVER, "", door="smtp") as trace:
            tracing.note(trace, ticket_number=4711)
        end(2.0)
        [span] = collector.spans

    assert (span.service, span.name, span.kind, span.parent) == ("intake-email", "accept mail", "SERVER", "")
    assert (span.trace, span.id) == tuple(trace.split("-")[1:3])
    assert span.attributes == {"ventanilla.door": "smtp", "ventanilla.ticket.number": 4711}


def test_the_standard_variables_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as collector:
        monkeypatch.setenv(ENDPOINT, collector.url)
        monkeypatch.setenv("OTEL_SERVICE_NAME", "doors-of-acme")
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
        monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.25")
        end = start_traces("intake-email", ServiceSettings())
        assert end is not None
        work(400)
        end(2.0)
        assert {span.service for span in collector.spans} == {"doors-of-acme"}
        assert 50 <= len(collector.spans) <= 160


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("there", [True, False], ids=["takes and never answers", "is not there"])
async def test_a_collector_that_does_not_work_costs_nothing_but_its_spans(
    deaf: int, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otel, "EXPORT_SECONDS", 0.3)
    port = deaf if there else free_port()
    end = start_traces("intake-email", ServiceSettings(otlp_url=f"http://{HOST}:{port}"))
    assert end is not None
    work(500)  # the first ones load what they need
    began = time.thread_time()
    work(2_000)
    each = (time.thread_time() - began) / 2_000
    assert each < 0.000_5  # seconds of this thread: there is no waiting in it, and no room is made

    began = time.monotonic()
    end(0.3)  # what is left of the time in which the service must have stopped
    assert time.monotonic() - began < 1
    await eventually(lambda: not any("OtelBatch" in thread.name for thread in threading.enumerate()), 10)


class Endless(ThreadingHTTPServer):
    """Counts what its clients let it send."""

    daemon_threads = True
    sent = left = 0


class _Stream(BaseHTTPRequestHandler):
    server: Endless

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            while self.server.sent < 64 * MIB:
                self.server.sent += self.wfile.write(bytes(65_536))
        self.server.left += 1

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endless() -> Iterator[Endless]:
    """A port that answers 200 with a body that does not end."""
    server = Endless((HOST, 0), _Stream)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


async def test_an_answer_that_does_not_end_is_left_alone(endless: Endless) -> None:
    end = start_traces("intake-email", ServiceSettings(otlp_url=f"http://{HOST}:{endless.server_port}"))
    assert end is not None
    work(1)
    await asyncio.to_thread(end, 2.0)
    await eventually(lambda: endless.left > 0, 10)
    assert endless.sent < 32 * MIB  # what fits into the buffers of two sockets, and no more


def test_one_connection_carries_many_exports() -> None:
    with collecting() as collector:
        collector.answer = b"{}"
        end = start_traces("intake-email", ServiceSettings(otlp_url=collector.url))
        assert end is not None
        work(300)
        end(2.0)
    assert len(collector.raw) >= 3
    assert collector.connections == 1


def test_without_a_collector_nothing_of_opentelemetry_is_asked_for() -> None:
    assert start_traces("router", ServiceSettings()) is None
    assert not tracing.recording()


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({}, False),
        ({ENDPOINT: "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({ENDPOINT: "http://collector:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({ENDPOINT: "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({ENDPOINT: "http://collector:4318", "OTEL_TRACES_EXPORTER": "console, otlp"}, True),
    ],
)
def test_who_asks_for_spans(environment: dict[str, str], asked: bool) -> None:
    assert wanted(ServiceSettings(), environment) is asked


@pytest.mark.parametrize(
    ("sampler", "argument", "ratio"),
    [
        ("", "", 1.0),
        ("parentbased_always_on", "", 1.0),
        ("always_off", "", 0.0),
        ("traceidratio", "0.1", 0.1),
        ("parentbased_traceidratio", "", 1.0),
    ],
)
def test_the_share_that_is_recorded(sampler: str, argument: str, ratio: float) -> None:
    assert ratio_of({"OTEL_TRACES_SAMPLER": sampler, "OTEL_TRACES_SAMPLER_ARG": argument}) == ratio


@pytest.mark.parametrize(("sampler", "argument"), [("jaeger_remote", ""), ("traceidratio", "2"), ("traceidratio", "x")])
def test_a_sampler_that_nobody_knows_is_told_before_anything_runs(sampler: str, argument: str) -> None:
    with pytest.raises(TracesUnset, match="OTEL_TRACES_SAMPLER is always_on"):
        ratio_of({"OTEL_TRACES_SAMPLER": sampler, "OTEL_TRACES_SAMPLER_ARG": argument})


async def test_a_flush_waits_for_what_is_on_its_way() -> None:
    with collecting() as collector, contextlib.ExitStack() as stack:
        end = start_traces("router", ServiceSettings(otlp_url=collector.url))
        assert end is not None
        stack.callback(end, 2.0)
        work(300)
        await eventually(lambda: len(collector.spans) >= 200, 10)
    assert len(collector.spans) == 300
