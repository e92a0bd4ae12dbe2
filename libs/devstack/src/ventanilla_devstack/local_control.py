"""What the doors to the hands of the local providers share: JSON objects, from this machine only."""

import base64
import binascii
import json
from typing import Any

from aiohttp import web

from ventanilla_devstack.local_page import from_here


class Unreadable(ValueError):
    """What was sent is not what such a door takes; the text says why, in a word where there is one."""


def turned_away(request: web.Request) -> web.Response | None:
    """The answer for who may not ask; None: they may."""
    if not from_here(request):
        return web.json_response({"ok": False, "error": "local_only"}, status=403)
    if request.method == "POST" and request.content_type != "application/json":
        # A form of another site could be sent without asking; JSON could not.
        return web.json_response({"ok": False, "error": "invalid_post_type"}, status=415)
    return None


async def object_of(request: web.Request) -> dict[str, Any]:
    """The object that was sent; nothing at all is one without names.

    Raises:
        Unreadable: it is none.
    """
    try:
        given = json.loads(await request.text() or "{}")
    except ValueError as error:
        raise Unreadable("invalid_json") from error
    if not isinstance(given, dict):
        raise Unreadable("json_not_object")
    return given


def decoded(content: object) -> bytes:
    """A file's bytes out of base64.

    Raises:
        Unreadable: it is none.
    """
    try:
        return base64.b64decode(str(content or ""), validate=True)
    except binascii.Error as error:
        raise Unreadable("content is no base64") from error
