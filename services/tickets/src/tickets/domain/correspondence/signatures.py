"""How a team signs its mails: words with placeholders, in the languages that the team has written them in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from tickets.domain.correspondence.replies import paragraphs

PLACEHOLDERS = ("{agent}", "{team}", "{desk}")
_PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS)))


@dataclass(frozen=True, slots=True)
class Signature:
    """Words below a mail; `html` is sanitised already, None where the text is enough."""

    text: str
    html: str | None = None


NO_SIGNATURE = Signature("")


def signature_in(signatures: Mapping[str, Signature], language: str, default_language: str) -> Signature:
    """The signature in a language, else in the desk's own; `NO_SIGNATURE` where there is none."""
    return signatures.get(language) or signatures.get(default_language) or NO_SIGNATURE


def signed(signature: Signature, *, agent: str, team: str, desk: str) -> Signature:
    """The signature with its placeholders filled, always with HTML unless it is empty."""
    if not signature.text and not signature.html:
        return NO_SIGNATURE
    values = dict(zip(PLACEHOLDERS, (agent, team, desk), strict=True))
    html = signature.html or _as_html(signature.text)
    return Signature(_filled(signature.text, values).strip("\n"), _filled(html, _escaped(values)))


def _filled(words: str, values: Mapping[str, str]) -> str:
    # One pass: a name that itself looks like a placeholder stays as it is.
    return _PLACEHOLDER.sub(lambda match: values[match[0]], words)


def _as_html(text: str) -> str:
    return "".join("<p>" + "<br>".join(map(escape, lines)) + "</p>" for lines in paragraphs(text))


def _escaped(values: Mapping[str, str]) -> dict[str, str]:
    return {name: escape(value) for name, value in values.items()}
