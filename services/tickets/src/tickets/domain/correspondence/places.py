"""Where an answer will stand, and so who reads it: what whoever writes one must know before it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tickets.domain.correspondence.fallback import Way
from tickets.domain.correspondence.ways import MAIL, in_direct_messages

MAILED: Final = "mail"
DIRECT: Final = "direct"
"""Between one person and the desk alone."""
CHANNEL: Final = "channel"
"""In a thread that everybody in the channel reads."""
KINDS: Final = (MAILED, DIRECT, CHANNEL)


def without_address(event: Mapping[str, Any], way: Way | None) -> Mapping[str, Any]:
    """A `NotificationRequested`, as plain data, as agents may see it: a way on file is not everybody's to read.

    Args:
        way: another way to the customer, on which it goes; None: it goes where the agents see them.
    """
    if way is None:
        return event
    chat = {**event["chat"], "conversation": None} if event.get("chat") else None
    return {**event, "to": {**event["to"], "address": way.shown}, "chat": chat}


@dataclass(frozen=True, slots=True)
class ReplyPlace:
    """Where an answer will stand.

    Attributes:
        kind: one of `KINDS`.
        account: of a chat, as it names it (`T0123/C0456` of Slack); of a mail the mailbox that sends it.
        conversation: of a chat: the thread.
        to, cc: parties (`address`, `name`); `cc` of a mail alone.
    """

    medium: str
    kind: str
    account: str
    conversation: str | None
    to: Mapping[str, str]
    cc: tuple[Mapping[str, str], ...] = ()

    def as_data(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "medium": self.medium,
            "kind": self.kind,
            "account": self.account,
            "conversation": self.conversation,
            "to": self.to,
            "cc": list(self.cc),
        }


def place_of(event: Mapping[str, Any]) -> ReplyPlace:
    """Where the words of a `NotificationRequested`, as plain data, will stand."""
    chat: Mapping[str, Any] = event.get("chat") or {}
    mail: Mapping[str, Any] = event.get("mail") or {}
    account = str((chat or mail).get("account" if chat else "from_address") or "")
    medium = str(event["medium"])
    kind = MAILED if medium == MAIL else DIRECT if in_direct_messages(medium, account) else CHANNEL
    others = [*(event.get("also_to") or ()), *(event.get("cc") or ())]
    return ReplyPlace(medium, kind, account, chat.get("conversation"), event["to"], tuple(others))
