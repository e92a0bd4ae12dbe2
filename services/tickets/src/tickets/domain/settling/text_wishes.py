"""What customers say about texts in place of asking for help: that they want none, or some again. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tickets.domain.settling.matching import OPT_OUT, Assignment

_WANTS_NONE: Final[Mapping[str, bool]] = {"stop": True, "start": False}
"""The wish, as the intake names it; who asks what this number is wants neither."""


@dataclass(frozen=True, slots=True)
class TextWish:
    """What somebody wants of one of the desk's numbers.

    Attributes:
        medium: `sms` or `whatsapp`. account: the desk's number. address: theirs.
    """

    medium: str
    account: str
    address: str = field(repr=False)
    wants_none: bool
    said_at: datetime


def wishes_of(assignments: Sequence[Assignment]) -> list[TextWish]:
    """What was said last between each two numbers."""
    found: dict[tuple[str, str, str], TextWish] = {}
    for assignment in assignments:
        message = assignment.message
        wants_none = _WANTS_NONE.get(message.disposition_reason)
        if assignment.reason != OPT_OUT or wants_none is None:
            continue
        between = message.channel, message.account, message.sender_address
        known = found.get(between)
        # What was found late in the provider's list was said when it was sent; what was told just now, just now.
        said_at = min(message.sent_at or message.accepted_at, message.accepted_at)
        if known is None or known.said_at < said_at:
            found[between] = TextWish(*between, wants_none, said_at)
    return list(found.values())
