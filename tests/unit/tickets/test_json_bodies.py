"""What no body of a request may hold is refused with its place, whatever the body is about."""

import json
import tracemalloc
from collections.abc import MutableMapping
from typing import Any

import pytest
from fastapi import Request

from tickets.adapters.http.json_bodies import must_be_storable
from tickets.adapters.http.problems import Problem


def request(body: bytes) -> Request:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "method": "PUT", "path": "/", "headers": []}, receive)


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        (rb'{"names": {"2026-12-24": "a\u0000"}}', "/names/2026-12-24", "holds the character U+0000, which"),
        (rb'{"steps": [{"do": "x"}, {"do": "a\ud800b"}]}', "/steps/1/do", "holds the character U+D800, which"),
        (b'{"raw": "a\xed\xa0\x80b"}', "/raw", "holds the character U+D800, which"),
        (rb'{"a/b~c": {"\ud83d": 1, "d": "\u0000"}}', "/a~1b~0c", "a key holds the character U+D83D, which"),
        (rb'["\udfff"]', "/0", "holds the character U+DFFF, which"),
        (rb'"\u0000"', "", "holds the character U+0000, which"),
        (rb'{"first": "\u0000", "then": "\ud800"}', "/first", "holds the character U+0000, which"),
        (b'{"days": NaN}', "/days", "is no number that can be kept"),
        (b'{"days": [1, 1e999]}', "/days/1", "is no number that can be kept"),
        (b'{"minutes": -%d}' % 2**64, "/minutes", "is no number that can be kept"),
    ],
)
async def test_what_cannot_be_kept_is_refused_with_its_pointer(body: bytes, pointer: str, words: str) -> None:
    with pytest.raises(Problem) as refused:
        await must_be_storable(request(body))

    [fault] = refused.value.errors
    assert (refused.value.status, fault["pointer"]) == (422, pointer)
    assert fault["detail"].startswith(words)
    assert refused.value.detail.endswith(fault["detail"])
    refused.value.detail.encode()


@pytest.mark.parametrize(
    "body",
    [
        rb'{"emoji": "\ud83d\ude00", "tab": "a\tb\u0001", "n": [1.5, -1, true, null]}',
        b'{"n": %d}' % (2**63 - 1),
        b'{"a":',
        b"\xff\xfe",
        b"",
        b"[" * 200_000,
    ],
)
async def test_what_can_be_kept_and_what_is_no_json_at_all_is_left_to_the_route(body: bytes) -> None:
    await must_be_storable(request(body))


async def test_a_body_that_is_nested_as_deep_as_it_is_read_is_looked_at_to_its_end() -> None:
    deep = 500
    with pytest.raises(Problem) as refused:
        await must_be_storable(request(json.dumps("x\x00").join(("[" * deep, "]" * deep)).encode()))

    assert refused.value.errors[0]["pointer"] == "/0" * deep


async def test_a_body_that_is_deep_and_long_is_looked_at_in_bounded_memory() -> None:
    deep, long = 900, 100_000
    body = "[" * deep + ",".join("0" * long) + "]" * deep
    tracemalloc.start()
    try:
        await must_be_storable(request(body.encode()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 64 * 1024 * 1024
