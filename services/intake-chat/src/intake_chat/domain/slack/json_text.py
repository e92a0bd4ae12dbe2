"""JSON as Slack writes it: with halves of characters now and then, which strict readers and writers do not take."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import orjson


def read(body: bytes) -> Any:
    """What a JSON text says; halves of characters in it are question marks.

    Raises:
        ValueError: it is no JSON, no UTF-8, or nested deeper than anything of Slack's.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        if b"\\u" not in body:
            raise
    try:
        # Python's own reader takes an escaped half of a character; and NaN, which is none of JSON's words.
        found = json.loads(body.decode(), parse_constant=_refuse)
        return orjson.loads(written(found))
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def written(value: Mapping[str, Any]) -> bytes:
    """JSON, in which half of a character is a question mark."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")
