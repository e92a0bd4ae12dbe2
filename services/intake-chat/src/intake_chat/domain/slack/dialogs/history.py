"""What happened to a ticket, a page at a time: who did what, when, by which way and why; the newest first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import HISTORY
from intake_chat.domain.slack.dialogs.frames import sheet
from intake_chat.domain.slack.dialogs.leafing import Leaf, turns
from intake_chat.domain.slack.dialogs.words import term
from ventanilla_contracts.history_text import said_of

Json = dict[str, Any]
ON_A_PAGE: Final = 20
_LONGEST_PIECE: Final = 400
_LONGEST_WHY: Final = 600


def view(leaf: Leaf, entries: Sequence[Mapping[str, Any]], language: str, page: str | None = None) -> Json:
    """One page of a ticket's history, the newest first.

    Args:
        entries: all of it, oldest first, as the API lists it.
    """
    last = max(0, (len(entries) - 1) // ON_A_PAGE)
    here = Leaf(leaf.ticket, min(leaf.page, last))
    first = here.page * ON_A_PAGE
    shown = [_entry(entry, language) for entry in entries[::-1][first : first + ON_A_PAGE]]
    if not shown:
        shown.append(blocks.sentence(term("history.empty", language)))
    return sheet(
        HISTORY, leaf.ticket, [*shown, *turns(HISTORY, here, language, more=here.page < last)], language, page=page
    )


def _entry(entry: Mapping[str, Any], language: str) -> Json:
    said = said_of(entry, language)
    parts = [blocks.moment(datetime.fromisoformat(str(entry["at"]))), blocks.words("  ")]
    for piece in said.sentence:
        if isinstance(piece, datetime):
            parts.append(blocks.moment(piece))
        else:
            parts.append(blocks.words(blocks.cut(piece, _LONGEST_PIECE)))
    if said.way:
        parts.append(blocks.words(f" ({said.way})"))
    if said.why:
        parts.append(blocks.words(f"\n{blocks.cut(said.why, _LONGEST_WHY)}"))
    return blocks.spoken(*parts)
