"""What the desk says, as texts: split where a reader would pause, with a bound, the rest behind a link."""

import re
from collections.abc import Sequence
from typing import Final

BODY_CHARS: Final = 1_600
"""Of one text at Twilio, SMS and WhatsApp alike (error 21617)."""
MOST_PARTS: Final = 4
_NUMBERING: Final = 8
"""`(1/4) ` and a space more."""
_PAUSES: Final = (re.compile(r"\n\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…:;]) "), re.compile(r" "))
_REST: Final = {"es": "[…] Sigue en {page}", "en": "[…] More at {page}"}
_CUT: Final = "[…]"


def parts_of(text: str, page: str | None, language: str, last_line: str = "") -> list[str]:
    """The texts that words become, in order: at most `MOST_PARTS`, numbered where there are several.

    Args:
        page: where all of it can be read; named where something is left out.
        language: in which that is said.
        last_line: stands at the end, whatever is left out.
    """
    words = f"{text.strip()}\n\n{last_line}".strip()
    if len(words) <= BODY_CHARS:
        return [words]
    end = _REST.get(language, _REST["en"]).format(page=page) if page else _CUT
    end = f"{end}\n{last_line}".rstrip()
    parts: list[str] = []
    while words:
        last = len(parts) + 1 == MOST_PARTS
        room = BODY_CHARS - _NUMBERING
        if len(words) <= room:
            parts.append(words)
            break
        head, words = _split(words, room - (len(end) + 1 if last else 0))
        if last:
            parts.append(f"{head}\n{end}")
            break
        parts.append(head)
    count = len(parts)
    return [f"({position}/{count}) {part}" for position, part in enumerate(parts, 1)]


def files_line(page: str | None, files: Sequence[str], language: str) -> str:
    """A line about files that no text carries, and where they are; empty without any."""
    if not files:
        return ""
    named = ", ".join(files[:5]) + (" …" if len(files) > 5 else "")
    where = {"es": "Archivos ({named}): {page}", "en": "Files ({named}): {page}"}
    alone = {"es": "Archivos que no caben en un mensaje: {named}", "en": "Files that no text carries: {named}"}
    chosen = (where if page else alone).get(language) or (where if page else alone)["en"]
    return chosen.format(named=named, page=page)


def _split(words: str, room: int) -> tuple[str, str]:
    """What fits, up to the best pause in its second half; and the rest."""
    for pause in _PAUSES:
        places = [found for found in pause.finditer(words, room // 2, room + 1) if found.start() <= room]
        if places:
            at = places[-1]
            return words[: at.start()].rstrip(), words[at.end() :].lstrip()
    return words[:room], words[room:]
