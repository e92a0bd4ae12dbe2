"""Names of what an agent can do to a ticket by a button, a menu or a dialog.

A button carries its action as `action_id` and the ticket's number as `value`. The menu of a card is one element
(`MORE`); what is chosen in it is `<action>:<number>`.
"""

from typing import Final

from intake_chat.domain.slack.foreign import NotOurs

CLAIM: Final = "claim"
ASSIGN: Final = "assign"
REPLY: Final = "reply"
PRIORITY: Final = "priority"
SNOOZE: Final = "snooze"
SOLVE: Final = "solve"
SPAM: Final = "spam"
OPEN: Final = "open"
ESCALATE: Final = "escalate"
RETURN: Final = "return"
MERGE: Final = "merge"
LINK: Final = "link"
SPLIT: Final = "split"
PROBLEM: Final = "problem"
HISTORY: Final = "history"
WHY: Final = "why"
CLOCKS: Final = "clocks"
REQUESTER: Final = "requester"
VERIFY: Final = "verify"
CALLBACK: Final = "callback"
CC: Final = "cc"
BLOCK: Final = "block"
RELEASE: Final = "release"
REOPEN: Final = "reopen"
NOT_SPAM: Final = "not_spam"
UNMERGE: Final = "unmerge"

MORE: Final = "more"
"""`action_id` of the menu that holds what has no button."""


def choice(action: str, number: int) -> str:
    """The value of an entry of the menu."""
    return f"{action}:{number}"


def chosen(value: str) -> tuple[str, int]:
    """The action and the ticket's number of an entry of the menu.

    Raises:
        NotOurs: no card of ours holds such an entry.
    """
    action, _, number = value.partition(":")
    if not action or not number.isascii() or not number.isdigit():
        raise NotOurs(f"{value!r} is no entry of a card's menu")
    return action, int(number)
