"""Answers of other services, read no further than we are ready to hold."""

import httpx


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
