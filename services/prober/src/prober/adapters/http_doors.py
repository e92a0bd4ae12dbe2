"""What every door that speaks HTTP has in common: time limits, and what an answer means."""

from collections.abc import Mapping

import httpx

from prober.errors import Away, Refused

_NOT_NOW = frozenset({429, 502, 503, 504})
_LONGEST_WORDS = 200


async def posted(
    client: httpx.AsyncClient, url: str, body: bytes, headers: Mapping[str, str], seconds: float
) -> httpx.Response:
    """The answer of a door that said yes.

    Raises:
        Away: nobody answered in time, or not now.
        Refused: it said no.
    """
    try:
        answer = await client.post(url, content=body, headers=dict(headers), timeout=seconds)
    except httpx.TimeoutException as error:
        raise Away(f"no answer within {seconds:g} s") from error
    except httpx.HTTPError as error:
        raise Away(f"{type(error).__name__}: {error}"[:_LONGEST_WORDS]) from error
    return accepted(answer)


def accepted(answer: httpx.Response) -> httpx.Response:
    """An answer, if it is a yes.

    Raises:
        Away, Refused: it is none.
    """
    if answer.is_success:
        return answer
    words = f"HTTP {answer.status_code}: {' '.join(answer.text.split())}"[:_LONGEST_WORDS]
    raise (Away if answer.status_code in _NOT_NOW else Refused)(words)
