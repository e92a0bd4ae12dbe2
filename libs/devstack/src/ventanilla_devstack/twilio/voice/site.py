"""What every leg needs: the state, the way to the desk, people outside, and how other legs are made."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ventanilla_devstack.twilio import fields
from ventanilla_devstack.twilio.callbacks import Callbacks
from ventanilla_devstack.twilio.exchange import Exchange
from ventanilla_devstack.twilio.faults import Faults
from ventanilla_devstack.twilio.line import Line
from ventanilla_devstack.twilio.records import Call, Person
from ventanilla_devstack.twilio.webhooks import Webhooks

if TYPE_CHECKING:
    from ventanilla_devstack.twilio.voice.leg import Leg
    from ventanilla_devstack.twilio.voice.recordings import Tape

_LINES = 5_000


@dataclass(slots=True)
class Site:
    """Everything together.

    Attributes:
        url: our address, for what callbacks say of recordings and files.
        legs: calls that go on, by sid.
        lines: the ends that people hold, by the call's sid; those of calls that are over too, the last ones.
        ringing: told of each call that rings somebody outside.
        tapes: recordings that run, by sid.
        patient: for people in somebody's hand time passes only when they say so; on the page it passes by itself.
    """

    exchange: Exchange
    faults: Faults
    webhooks: Webhooks
    callbacks: Callbacks
    url: str = ""
    legs: "dict[str, Leg]" = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    ringing: list[Callable[[Person, Line], None]] = field(default_factory=list)
    tapes: "dict[str, Tape]" = field(default_factory=dict)
    patient: bool = True

    def tell_status(self, call: Call, event: str, status: str) -> None:
        """A call has got into a state: tell whoever wished to know.

        Args:
            event: in the words of wishes (`initiated`, `ringing`, `answered`, `completed`).
        """
        exchange = self.exchange
        call.updated = exchange.pace.now()
        exchange.changed()
        if call.wish.url and event in call.wish.events:
            told = fields.call_status(exchange, call, status)
            self.callbacks.send("call", call.sid, call.wish.url, call.wish.method, told)

    def open_line(self, call: Call, *, by_hand: bool) -> Line:
        """The end of a call that a person holds."""
        line = Line(call, self.exchange.pace, by_hand=by_hand, changed=self.exchange.changed)
        if len(self.lines) >= _LINES:
            for sid in [sid for sid, each in self.lines.items() if each.over][: _LINES // 10]:
                del self.lines[sid]
        self.lines[call.sid] = line
        return line
