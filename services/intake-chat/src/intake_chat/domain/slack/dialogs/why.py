"""Why a ticket is where it is: the router's decision with every rule that was tried, in the agent's language."""

from typing import Any

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import WHY
from intake_chat.domain.slack.dialogs.frames import sheet
from intake_chat.domain.slack.dialogs.leafing import Leaf, leafed
from intake_chat.domain.slack.dialogs.words import term

Json = dict[str, Any]


def view(leaf: Leaf, trace: str, language: str, page: str | None = None) -> Json:
    """One page of the trace.

    Args:
        trace: as lines to read; "" where no router decided.
    """
    if not trace.strip():
        return sheet(WHY, leaf.ticket, [blocks.sentence(term("why.nobody", language))], language, page=page)
    return sheet(WHY, leaf.ticket, leafed(WHY, leaf, trace.rstrip("\n").split("\n"), language), language, page=page)
