"""Errors of the chat service.

Permanent
├── MalformedRequest   a notification that no chat message can be made of
├── MalformedEvent     an accepted event that cannot be read (contracts)
├── SlackRefused       Slack will never do this: the channel is gone, the message too long, the token revoked
│   └── StandsApart    what answers a deleted message stands in direct messages, below none
└── DeskRefused        the ticket service says no
Temporary
├── NotAccepted        the door could not make an event durable in time
├── SlackAway          Slack cannot be reached, answers 5xx, or not in time; it may have done it
│   └── TokenRefused   it does not take the bot token: nothing goes out until somebody sets another one
├── SlackBusy          Slack wants us to wait longer than we wait for
├── DeskAway           the ticket service did not answer; it may have done what was asked
├── InDoubt            it is not known yet what became of a post
├── Overtaken          a ticket changed, or its card was deleted, while a call for it waited
└── TooMuchWaits       more waits for Slack already than may wait
"""

from ventanilla_contracts.errors import Permanent, Temporary


class MalformedRequest(Permanent):
    """A notification that no chat message can be made of."""

    slug = "malformed_request"


class SlackRefused(Permanent):
    """Slack will never do this; `code` is its own word for why."""

    slug = "slack_refused"

    def __init__(self, method: str, code: str, detail: str = "") -> None:
        super().__init__(f"Slack refused {method}: {code}" + (f" ({detail})" if detail else ""))
        self.code = code


class StandsApart(SlackRefused):
    """What was to stand in a thread stands in direct messages by itself, at `ts`: its first message is gone."""

    slug = "stands_apart"

    def __init__(self, method: str, ts: str) -> None:
        super().__init__(method, "thread_gone", "the message that it answers was deleted")
        self.ts = ts


class NotAccepted(Temporary):
    """The event could not be made durable in time; Slack keeps it and gives it again."""

    slug = "not_accepted"


class SlackAway(Temporary):
    """Slack cannot be reached, answers 5xx, or not in time. What was asked may have been done."""

    slug = "slack_away"


class TokenRefused(SlackAway):
    """Slack does not take the bot token. What waits goes out when somebody has set another one."""

    slug = "token_refused"


class SlackBusy(Temporary):
    """Slack limits us for longer than we wait."""

    slug = "slack_busy"


class TooMuchWaits(Temporary):
    """So much waits for Slack already that more would never get its turn."""

    slug = "too_much_waits"


class InDoubt(Temporary):
    """It is not known yet what became of a post: come again after `seconds`."""

    slug = "in_doubt"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"a post may still be under way for {seconds:.1f} s")
        self.seconds = seconds


class Overtaken(Temporary):
    """A ticket changed, or its card was deleted, while a call for it waited: look again."""

    slug = "overtaken"


class DeskRefused(Permanent):
    """The ticket service says no, in words for a person; `pointer` is the JSON pointer to the field that is wrong."""

    slug = "desk_refused"

    def __init__(self, status: int, code: str, detail: str, pointer: str = "") -> None:
        super().__init__(detail or code or str(status))
        self.status = status
        self.code = code
        self.detail = detail
        self.pointer = pointer


class DeskAway(Temporary):
    """The ticket service did not answer; it may have done what was asked."""

    slug = "desk_away"
