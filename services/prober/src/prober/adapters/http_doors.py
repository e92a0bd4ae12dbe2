"""What every peer that speaks HTTP has in common: limits of time and size, and what an answer means."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import httpx

from prober.errors import Away, Refused

_NOT_NOW: Final = frozenset({429, 502, 503, 504})
_LONGEST_WORDS: Final = 200
_MOST_BYTES: Final = 1024 * 1024


async def asked(client: httpx.AsyncClient, method: str, url: str, seconds: float, **what: Any) -> httpx.Response:
    """Whatever is answered, read as a whole.

    Args:
        seconds: for all of it, however slowly it comes.
        what: as `httpx.AsyncClient.request` takes it.

    Raises:
        Away: nobody answered in time.
        Refused: it is more than a peer of ours says, or could not be asked.
    """
    try:
        async with asyncio.timeout(seconds), client.stream(method, url, timeout=seconds, **what) as answer:
            body = b""
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > _MOST_BYTES:
                    raise Refused(f"HTTP {answer.status_code} with more than {_MOST_BYTES // 1024} KiB")
    except (TimeoutError, httpx.TimeoutException) as error:
        raise Away(f"no answer within {seconds:g} s") from error
    except httpx.LocalProtocolError:  # its words quote the header, and with it the token
        raise Refused("no request can be made of these settings") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Away(f"{type(error).__name__}: {error}"[:_LONGEST_WORDS]) from error
    kind = {"content-type": answer.headers.get("content-type", "")}
    return httpx.Response(answer.status_code, headers=kind, content=body)


async def posted(
    client: httpx.AsyncClient, url: str, body: bytes, headers: Mapping[str, str], seconds: float
) -> httpx.Response:
    """The answer of a door that said yes.

    Raises:
        Away: nobody answered in time, or not now.
        Refused: it said no.
    """
    return accepted(await asked(client, "POST", url, seconds, content=body, headers=dict(headers)))


def accepted(answer: httpx.Response) -> httpx.Response:
    """An answer, if it is a yes.

    Raises:
        Away, Refused: it is none.
    """
    if answer.is_success:
        return answer
    words = f"HTTP {answer.status_code}: {' '.join(answer.text.split())}"[:_LONGEST_WORDS]
    raise (Away if answer.status_code in _NOT_NOW else Refused)(words)
