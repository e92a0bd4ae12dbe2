"""Long lists and long texts a page at a time: what stands on a page, and the buttons to the next ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.dialogs.answers import ticket_number
from intake_chat.domain.slack.dialogs.words import term
from intake_chat.domain.slack.foreign import NotOurs

Json = dict[str, Any]
LINES_CHARS: Final = 2_600
"""Of one block of lines."""
BLOCKS_ON_A_PAGE: Final = 4
_MOST_PAGES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """Which page of what: the value of a button is `<ticket> <page>`."""

    ticket: int
    page: int = 0

    def value(self) -> str:
        """What a button carries."""
        return f"{self.ticket} {self.page}"


def leaf_of(value: str) -> Leaf:
    """Which page a button asks for; without one, the first.

    Raises:
        NotOurs: it is no button of ours.
    """
    number, _, page = value.partition(" ")
    if page and not (page.isascii() and page.isdigit()):
        raise NotOurs(f"{page[:40]!r} is no page")
    return Leaf(ticket_number(number), min(int(page or 0), _MOST_PAGES))


def leafed(action: str, leaf: Leaf, lines: Sequence[str], language: str) -> list[Json]:
    """Lines of one width, as the blocks of one page and the buttons to the others."""
    texts = chunks(lines)
    last = max(0, (len(texts) - 1) // BLOCKS_ON_A_PAGE)
    page = min(leaf.page, last)
    here = texts[page * BLOCKS_ON_A_PAGE : (page + 1) * BLOCKS_ON_A_PAGE]
    return [*map(blocks.preformatted, here), *turns(action, Leaf(leaf.ticket, page), language, more=page < last)]


def turns(action: str, leaf: Leaf, language: str, *, more: bool) -> list[Json]:
    """The buttons to the page before and the next one, where there are such pages.

    Both in one row; they are told apart by what stands behind the colon, which is not part of the action.
    """
    made = []
    if leaf.page > 0:
        back = Leaf(leaf.ticket, leaf.page - 1).value()
        made.append(blocks.button(f"{action}:back", term("back", language), back))
    if more:
        following = Leaf(leaf.ticket, leaf.page + 1).value()
        made.append(blocks.button(f"{action}:onward", term("onward", language), following))
    return [blocks.buttons("turns", made)] if made else []


def chunks(lines: Sequence[str]) -> list[str]:
    """Lines put together to texts of at most `LINES_CHARS`; a longer line is cut."""
    texts: list[str] = []
    held: list[str] = []
    length = 0
    for line in lines:
        short = blocks.cut(line, LINES_CHARS)
        if held and length + len(short) + 1 > LINES_CHARS:
            texts.append("\n".join(held))
            held, length = [], 0
        held.append(short)
        length += len(short) + 1
    return [*texts, "\n".join(held)] if held else texts
