"""What is known when a document is asked for. Nothing of it is needed: a call is answered while nobody can be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from intake_phone.domain.numbers import WITHHELD, Caller

CodeAnswer = Literal["", "sent", "right", "wrong", "none"]
"""Of a code: nobody was asked; it is on its way; it is the one; it is not, and may be tried again; there is none, or
the desk is away."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the desk announces now.

    Attributes:
        key: names it, so that somebody can be told when it is solved: letters, digits, `-` and `_`, at most 40.
        texts: language → what is said, at most 500 characters of it.
    """

    key: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a call.

    Attributes:
        language: in which this caller was last spoken to; empty: not known.
        tickets: numbers of the caller's open tickets, newest first. Only numbers: a caller id proves nothing.
        announcements: most important first.
        available: teams of whom somebody can take a call now; None: not known, they are rung.
        region: ISO 3166 region in which a number without a country's code is dialled.
        exhausted: of a caller who waits: no telephone rings for them, and nobody is left who could be rung.
        waited_seconds: of a caller who waits: for how long, as far as is known here.
        left_by_key: of a caller who left a queue: they pressed the key that was offered there.
        code: what the desk says of a one-time code, where this document needs it.
        wants_no_texts: the caller has asked for no texts from the number that was called; False where nobody can tell:
            Twilio itself refuses then.
        links_lost: a link that this document would promise could not be kept anywhere: it is not promised.
        desk_texts: texts can leave from the number that was called; True where nobody knows.
        ours: numbers of the desk in E.164, as far as they are known: a call to one of them comes in again.
    """

    caller: Caller = WITHHELD
    language: str = ""
    tickets: tuple[int, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    available: frozenset[str] | None = None
    region: str | None = None
    exhausted: bool = False
    waited_seconds: int = 0
    left_by_key: bool = False
    code: CodeAnswer = ""
    wants_no_texts: bool = False
    links_lost: bool = False
    desk_texts: bool = True
    ours: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def takes_texts(self) -> bool:
        """Whether the caller may be texted from some number: a text may arrive there, and is not unwanted."""
        return self.caller.textable and not self.wants_no_texts

    @property
    def textable(self) -> bool:
        """Whether the caller may be texted from the number that was called, as all is that a call promises."""
        return self.takes_texts and self.desk_texts


@dataclass(frozen=True, slots=True)
class Ringing:
    """What is known where an agent's phone has been answered.

    Attributes:
        caller: for whom it rings; whoever waits first in the team's queue is joined.
        name: of the caller, as the desk knows it; empty: not known.
        titles: language → what the team is called; what is not known is not there.
        over: the caller waits no longer.
    """

    caller: Caller = WITHHELD
    name: str = field(default="", repr=False)
    titles: Mapping[str, str] = field(default_factory=dict)
    over: bool = False
