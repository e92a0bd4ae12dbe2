"""Pictures inside an agent's HTML: `<img src="cid:ID">` with the id of an upload becomes an inline part of the mail."""

import re
from collections.abc import Mapping
from typing import Any

from tickets.errors import Invalid
from ventanilla_contracts.file_types import PICTURES

_PICTURE = re.compile(r'(<img[^<>]{0,2000}?src=")cid:([^"<>]{0,200})"')
"""As the sanitiser writes it."""


def with_inline_pictures(
    html: str, files: Mapping[str, Mapping[str, Any]], domain: str
) -> tuple[str, dict[str, dict[str, Any]]]:
    """HTML that names its pictures by content id, and the files, those pictures marked as inline.

    Args:
        html: sanitised.
        files: attachments of the reply by the id of their upload, in order.
        domain: of the mailbox, for the content ids.

    Raises:
        Invalid: the HTML shows something that is no picture among the files.
    """
    changed = {id_: dict(file) for id_, file in files.items()}
    if "cid:" not in html:
        return html, changed

    def place(match: re.Match[str]) -> str:
        file = changed.get(match[2].lower())
        if file is None:
            raise Invalid("/html", f"it shows cid:{match[2]}, which is none of the attachments")
        if file.get("detected_type") not in PICTURES:
            raise Invalid("/html", f"it shows cid:{match[2]}, which is no PNG, JPEG, GIF or WebP")
        content_id = f"{match[2].lower()}@{domain}"
        file.update(inline=True, content_id=content_id, content_type=file["detected_type"])
        return f'{match[1]}cid:{content_id}"'

    return _PICTURE.sub(place, html), changed
