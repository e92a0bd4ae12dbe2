"""What new lines of histories mean for callbacks that wait: what is solved needs no call, nor does a customer who has
called meanwhile and talked; and a callback goes with its ticket. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tickets.domain.callbacks.telling import THEY_TALKED, withdrawn_line
from tickets.domain.callbacks.wishes import CUSTOMER, TALKING, Callback
from tickets.domain.rows import HistoryRow
from tickets.domain.service_levels.from_history import CALL_TAKEN
from tickets.domain.service_levels.policies import DONE

_HANDED: Final = frozenset({"ticket.escalated", "ticket.de_escalated", "ticket.returned"})


@dataclass(slots=True)
class News:
    """What lines say.

    Attributes:
        handed: ticket → team that has it now. ended: ticket → the line that it is done. talked: ticket → the line that
            an agent took its customer's call.
    """

    handed: dict[int, str] = field(default_factory=dict)
    ended: dict[int, HistoryRow] = field(default_factory=dict)
    talked: dict[int, HistoryRow] = field(default_factory=dict)

    @property
    def tickets(self) -> frozenset[int]:
        """Those whose open callbacks may end by it."""
        return frozenset((*self.ended, *self.talked))

    def withdrawals(self, waiting: Sequence[Callback]) -> list[tuple[Callback, HistoryRow]]:
        """Open callbacks of these tickets that end, each with its line; what an agent talks about just now goes on."""
        found = []
        for one in waiting:
            ended, talked = self.ended.get(one.ticket_number), self.talked.get(one.ticket_number)
            if one.state == TALKING:
                continue
            if ended is not None:
                found.append((one, withdrawn_line(one, ended.actor, f"it is {ended.detail['new']}", ended.at)))
            elif talked is not None and one.asked_by == CUSTOMER and one.wanted_at < talked.at:
                # What is wished in the very call, or in a later one of the batch, is wished after that talk.
                found.append((one, withdrawn_line(one, talked.actor, THEY_TALKED, talked.at)))
        return found


def news_in(history: Iterable[HistoryRow]) -> News:
    """What new lines say; most of them say nothing."""
    news = News()
    for line in history:
        if line.action in _HANDED:
            news.handed[line.ticket_number] = line.detail["to"]["team"]
        elif line.action == CALL_TAKEN and "aside" not in line.detail:
            news.talked[line.ticket_number] = line
        elif line.action != "ticket.changed":
            continue
        elif line.detail["field"] == "team":
            news.handed[line.ticket_number] = line.detail["new"]
        elif line.detail["field"] == "status" and line.detail["new"] in DONE:
            news.ended[line.ticket_number] = line
    return news
