"""What is remembered of one message about a call: where it stands, what it shows, and what is just being posted.

As with cards (`domain.slack.cards.kept`): before anything is posted that is written down, and whoever finds it later
reads Slack's history back before posting it again.
"""

import json
from dataclasses import asdict, dataclass, fields

from intake_chat.domain.slack.cards.kept import Attempt


@dataclass(frozen=True, slots=True)
class Stand:
    """A message about a call.

    Attributes:
        channel, ts: where it stands; "" while it stands nowhere.
        shown: digest of what it shows; "": nobody knows.
        posting: its post under way.
        ended: nothing is to be done about it any more, or nothing can be.
        number: of the ticket that the call became; 0: not known (yet).
        since: since when the ticket is looked for, in seconds since 1970; 0: nobody has looked.
        language: in which it is written, where it is one person's.
    """

    channel: str = ""
    ts: str = ""
    shown: str = ""
    posting: Attempt | None = None
    ended: bool = False
    number: int = 0
    since: float = 0.0
    language: str = ""

    @classmethod
    def parse(cls, value: bytes | None) -> "Stand":
        """What was written; nothing is known of a message whose record cannot be read."""
        try:
            found = json.loads(value or b"{}")
            known = {name: found[name] for name in (one.name for one in fields(cls)) if name in found}
            known["posting"] = Attempt(**known["posting"]) if known.get("posting") else None
            return cls(**known)
        except (ValueError, TypeError, AttributeError):
            return cls()

    def written(self) -> bytes:
        """The form in which it is kept."""
        empty = asdict(Stand())
        changed = {name: value for name, value in asdict(self).items() if value != empty[name]}
        return json.dumps(changed, ensure_ascii=False, separators=(",", ":")).encode()
