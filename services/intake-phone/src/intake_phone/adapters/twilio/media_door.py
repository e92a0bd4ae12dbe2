"""`GET /twilio/media/{token}`: where Twilio fetches the files of answers. The token says which, and that we made it."""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, Response

from intake_phone import metrics
from intake_phone.handlers.texts.offering import Content
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.file_names import safe_filename

log = structlog.get_logger()

PATH: Final = "/twilio/media/"
_RETRY_SECONDS: Final = "5"
Offers = Callable[[str], Awaitable[Content | None]]
"""Token → the file; None: there is none. Raises Temporary."""


def add_media_door(application: FastAPI, offers: Offers) -> None:
    """Let files be fetched. Whatever is asked for without a good token is not there."""

    async def fetch(request: Request) -> Response:
        try:
            found = await offers(request.path_params["token"])
        except Temporary as error:
            log.warning("media.not_now", error=error)
            return PlainTextResponse("try again\n", 503, headers={"retry-after": _RETRY_SECONDS})
        if found is None:
            metrics.REFUSED.labels("media").inc()
            log.warning("request.refused", reason="media")  # never the token: whoever has it has the file
            return PlainTextResponse("there is no such file\n", 404)
        log.info("media.fetched", size_bytes=len(found.data), media_type=found.media_type)
        return Response(found.data, media_type=found.media_type, headers=_headers(found))

    application.add_route(f"{PATH}{{token}}", fetch, methods=["GET"])


def _headers(found: Content) -> dict[str, str]:
    name = safe_filename(found.filename)
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_").replace("\\", "_")
    return {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "cache-control": "private, no-store",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
