"""Spans of requests: what they are called, whose trace they belong to, and what never gets into them."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.unit.runtime.test_spans import PARENT, Kept
from ventanilla_runtime import tracing
from ventanilla_runtime.http_spans import spanned


@pytest.fixture
def kept() -> Iterator[Kept]:
    recorder = Kept()
    tracing.record_with(recorder)
    yield recorder
    tracing.record_with(None)


async def page(request: Request) -> PlainTextResponse:
    if request.path_params["number"] == "13":
        raise RuntimeError("ana@cliente.example is unlucky")
    return PlainTextResponse(tracing.trace_id(tracing.current()) or "")


def client(*, continues: bool = False) -> httpx.AsyncClient:
    application = Starlette(routes=[Route("/t/{number}/{token}", page), Route("/livez", page)])
    transport = httpx.ASGITransport(spanned(application, continues=continues), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://desk.example")


async def test_a_request_is_a_span_with_the_template_of_its_route_and_no_word_of_its_path(kept: Kept) -> None:
    async with client() as desk:
        answer = await desk.get("/t/4711/s3cret?mail=ana@cliente.example")
    [span] = kept
    assert span.name == "GET /t/{number}/{token}"
    assert answer.text == tracing.trace_id(span.traceparent)
    assert span.attributes == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/t/{number}/{token}",
        "ventanilla.ticket.number": 4711,
    }


@pytest.mark.parametrize(("continues", "same"), [(True, True), (False, False)])
async def test_a_callers_trace_goes_on_only_where_callers_are_known(kept: Kept, continues: bool, same: bool) -> None:
    async with client(continues=continues) as desk:
        answer = await desk.get("/t/1/x", headers={"traceparent": PARENT})
    assert (answer.text == tracing.trace_id(PARENT)) is same
    assert (kept[0].parent == PARENT) is same


async def test_what_no_route_takes_is_called_by_its_method_and_a_strange_method_by_none(kept: Kept) -> None:
    async with client() as desk:
        await desk.get("/wp-admin/ana@cliente.example")
        await desk.request("STEAL", "/t/1/x")
    assert [span.name for span in kept] == ["GET", "_OTHER /t/{number}/{token}"]


async def test_a_request_that_fails_is_an_error_without_its_words(kept: Kept) -> None:
    async with client() as desk:
        await desk.get("/t/13/x")
    [span] = kept
    assert span.error
    assert "ana" not in repr(span)


async def test_without_a_recorder_log_lines_still_have_a_trace() -> None:
    async with client() as desk:
        assert len((await desk.get("/t/1/x")).text) == 32


async def test_what_is_no_request_goes_by(kept: Kept) -> None:
    seen: list[str] = []

    async def application(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    await spanned(application)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]  # nothing is received
    assert (seen, kept) == (["lifespan"], [])
