"""What was heard of a call so far: one state follows the other, whatever order its events come in."""

import json
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from typing import Final

from ventanilla_contracts.call_events import CallChanged

WAITING, ANSWERED, OVER = "waiting", "answered", "over"
_RANKS: Final = {WAITING: 1, ANSWERED: 2, OVER: 3}
_TAG: Final = 32


def tag_of(call: str) -> str:
    """What a call is named by in keys and in metadata, whatever its channel calls it."""
    return sha256(call.encode()).hexdigest()[:_TAG]


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it stands.

    Attributes:
        at: when it came to this state, in seconds since 1970.
        number: the caller's, in E.164; "": withheld, or forgotten. name: of whom the desk knows by it; "" for nobody.
        ticket: that the caller says it is about, or that they were called back about; 0: none.
        called_back: the desk called them, so that the ticket is known.
        agent: handle of whoever took it; "" for nobody.
        waited, talked: seconds; None: nobody said.
        message: id of the message that it became or becomes; "" for none.
        noted_by: handle of whoever has written the wrap-up note; "" for nobody.
        noted_in: ticket that has the note; 0: that of the call.
        forgotten: it is over and told: who called is not kept any more.
    """

    state: str
    at: float
    team: str
    number: str = ""
    name: str = ""
    language: str = ""
    ticket: int = 0
    called_back: bool = False
    tickets: tuple[int, ...] = ()
    agent: str = ""
    waited: int | None = None
    talked: int | None = None
    message: str = ""
    noted_by: str = ""
    noted_in: int = 0
    forgotten: bool = False

    @classmethod
    def parse(cls, value: bytes | None) -> "Call | None":
        """What was written; None: nothing, or nothing that this release can read."""
        try:
            found = json.loads(value or b"{}")
            known = {name: found[name] for name in (one.name for one in fields(cls)) if name in found}
            return cls(**{**known, "tickets": tuple(map(int, known.get("tickets") or ()))})
        except (ValueError, TypeError, AttributeError):
            return None

    def written(self) -> bytes:
        """The form in which it is kept."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def leaves_a_ticket(self) -> bool:
        """Whether what was said in it belongs to a ticket, which may not be there yet."""
        return bool(self.message or (self.called_back and self.ticket))

    @property
    def is_over(self) -> bool:
        """Whether the caller waits for nobody and talks to nobody any more."""
        return self.state == OVER

    def without_caller(self) -> "Call":
        """What is kept of a call of which all is told: enough to take a repeated event for one."""
        return replace(self, number="", name="", ticket=0, tickets=(), forgotten=True)


def heard(call: Call | None, event: CallChanged) -> Call | None:
    """The call after an event; None: the event says nothing new.

    Args:
        call: as it stood; None: nothing was heard of it before.
    """
    rank = _RANKS.get(event.state, 0)  # what a later release may say besides is no step that anybody waits for
    if rank <= _RANKS.get(call.state if call else "", 0):
        return None
    agent = event.agent or (call.agent if call else "")
    waited, talked = (call.waited if call else None), None
    if event.state == OVER and agent:
        talked = event.seconds
    elif event.state != WAITING:
        waited = event.seconds
    return Call(
        state=event.state,
        at=event.occurred_at.timestamp(),
        team=event.team,
        number=event.caller.address,
        name=event.caller.name,
        language=event.language,
        ticket=max(event.ticket or 0, 0),
        called_back=bool(event.callback),
        tickets=tuple(number for number in event.tickets if number > 0),
        agent=agent,
        waited=waited,
        talked=talked,
        message=event.message_id or "",
    )
