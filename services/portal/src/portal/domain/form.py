"""The reply form: what came in, and what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

LONGEST_TEXT: Final = 20_000
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """The form as the reader left it.

    Attributes:
        key: hidden; random for each form that is shown, so that sending it twice is one message.
        problem: key of the text that says what is wrong, or None.
    """

    text: str = ""
    key: str = ""
    problem: str | None = None


def read_form(fields: Mapping[str, Sequence[str]], new_key: str) -> ReplyForm:
    """The form that was sent; characters that no mail can carry are left out.

    Args:
        new_key: for a form whose own key is missing or malformed.
    """
    text = _CONTROL.sub("", (fields.get("text") or [""])[0].replace("\r\n", "\n").replace("\r", "\n"))
    key = (fields.get("key") or [""])[0]
    problem = None
    if not text.strip():
        problem = "form.empty"
    elif len(text) > LONGEST_TEXT:
        problem = "form.too_long"
    return ReplyForm(text, key if _KEY.match(key) else new_key, problem)


def may_send(host: str, origin: str | None, fetch_site: str | None) -> bool:
    """Whether a form was sent from a page of ours, as far as the browser says.

    Pages here send no referrer, so browsers call their origin `null`; then only `Sec-Fetch-Site` tells. There are no
    cookies that another site could borrow: whoever knows the link may send, this keeps others' pages from doing it.
    """
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    if origin is None or origin == "null":
        return True
    return origin.partition("://")[2].lower() == host.lower()
