"""Answers of other services, read no further than we are ready to hold, and what goes wrong on the way in our words."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

import httpx

from portal.errors import TicketsAway

_LARGEST_FILE_BYTES: Final = 128 * 1024 * 1024


async def read_whole(answer: httpx.Response, most_bytes: int) -> bytes:
    """The body of an answer that is being streamed.

    Raises:
        ValueError: it is larger than that.
    """
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > most_bytes:
            raise ValueError(f"more than {most_bytes} bytes")
    return bytes(body)


async def chunks_of(answer: httpx.Response) -> AsyncIterator[bytes]:
    """The body of an answer of the ticket service, as it comes.

    Raises:
        TicketsAway: it broke off, or is larger than any file of the desk.
    """
    passed = 0
    with translated():
        async for chunk in answer.aiter_bytes():
            passed += len(chunk)
            if passed > _LARGEST_FILE_BYTES:
                raise TicketsAway(f"more than {_LARGEST_FILE_BYTES} bytes")
            yield chunk


@contextmanager
def translated() -> Iterator[None]:
    """What goes wrong on the way to the ticket service is said in our words."""
    try:
        yield
    except httpx.HTTPError as error:
        raise TicketsAway(type(error).__name__) from error
