"""Bodies of answers over HTTP, whole and within a bound."""

import aiohttp


async def read_body(answer: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    """The body of an answer; of a longer one that many bytes. A single `read` gives only what has come so far."""
    body = bytearray()
    while len(body) < most_bytes and (more := await answer.content.read(most_bytes - len(body))):
        body += more
    return bytes(body)
