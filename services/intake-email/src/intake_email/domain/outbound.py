"""Sending a notification once: what is remembered of it, and what follows from that. No words and no sockets here."""

from dataclasses import dataclass
from enum import Enum

import orjson


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as the next server gets it.

    Attributes:
        name: id of the notification.
        sender: envelope sender; empty for the null sender.
        recipients: envelope recipients, each once, the addressee first.
        content: the mail with CRLF line ends, not dot-stuffed.
        utf8: an address needs SMTPUTF8.
        trace: traceparent of what asked for it; "": nothing did.
    """

    name: str
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    utf8: bool = False
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A recipient that the next server does not take, and its words."""

    recipient: str
    reply: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The next server took the mail over, for all recipients but the refused ones."""

    detail: str = ""
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The mail will never be delivered.

    Attributes:
        reason: `rejected`, `expired`, `no_address`, `malformed`, `attachment_lost`, or `uncertain`: it may have been
            delivered, and an automatic mail is not sent again in doubt.
        refused: recipients that the next server did not take.
    """

    reason: str
    detail: str = ""
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now.

    Attributes:
        uncertain: the connection ended where the next server may have taken the mail.
        left: recipients that have not got it; empty: all of them.
        refused: recipients that never will.
    """

    detail: str
    uncertain: bool = False
    left: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()


Outcome = Sent | Failed | Deferred


class Stage(Enum):
    """How far a notification has come."""

    ATTEMPTING = "attempting"
    """Somebody is handing it over, or died doing so."""
    WAITING = "waiting"
    """It certainly was not handed over to those that are left; it is tried again later."""
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """What all replicas remember of a notification."""

    stage: Stage = Stage.ATTEMPTING
    left: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    reason: str = ""
    detail: str = ""
    owner: str = ""
    """Which process claimed it; it knows whether it has begun."""
    claimed_at: float = 0.0
    """When, in seconds since 1970 by that process's clock."""

    def encode(self) -> bytes:
        """As the value of a key."""
        value: dict[str, object] = {"stage": self.stage.value}
        if self.owner:
            value["owner"], value["claimed_at"] = self.owner, self.claimed_at
        if self.left:
            value["left"] = self.left
        if self.refused:
            value["refused"] = [(refusal.recipient, refusal.reply) for refusal in self.refused]
        if self.reason:
            value["reason"], value["detail"] = self.reason, self.detail
        return orjson.dumps(value)

    @classmethod
    def decode(cls, value: bytes) -> "Progress":
        """Read what `encode` writes.

        Raises:
            ValueError: it is something else.
        """
        found = orjson.loads(value)
        return cls(
            Stage(found["stage"]),
            tuple(found.get("left", ())),
            tuple(Refusal(*refusal) for refusal in found.get("refused", ())),
            found.get("reason", ""),
            found.get("detail", ""),
            found.get("owner", ""),
            found.get("claimed_at", 0.0),
        )


def decide(before: Progress | None, *, automatic: bool, expired: bool, repeatable: bool) -> Outcome | None:
    """What is known of a notification without sending it; None: send it.

    Args:
        before: what was remembered when it was handed out; None: nothing, this is the first time.
        automatic: nobody wrote it; it is not sent again in doubt.
        expired: its time has passed.
        repeatable: delivering it twice changes nothing (a Maildir).
    """
    if before is not None and before.stage is Stage.SENT:
        return Sent("sent before", before.refused)
    if before is not None and before.stage is Stage.FAILED:
        return Failed(before.reason, before.detail, before.refused)
    in_doubt = before is not None and before.stage is Stage.ATTEMPTING and not repeatable
    if in_doubt and automatic:
        return Failed("uncertain", "the service ended while it was sending; an automatic mail is not sent twice")
    if expired:
        return Failed("expired", "could not be delivered in time")
    return None


def progress_after(outcome: Outcome, before: Progress | None) -> Progress:
    """What to remember when an attempt has ended."""
    if isinstance(outcome, Sent):
        return Progress(Stage.SENT, refused=outcome.refused)
    if isinstance(outcome, Failed):
        return Progress(Stage.FAILED, refused=outcome.refused, reason=outcome.reason, detail=outcome.detail)
    left = outcome.left or (before.left if before else ())
    refused = outcome.refused + (before.refused if before else ())
    return Progress(Stage.ATTEMPTING if outcome.uncertain else Stage.WAITING, left, refused)


FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 15.0, 900.0


def delay_seconds(attempt: int, spread: int, seconds_left: float) -> float:
    """How long to wait before the next attempt: doubling, spread a little, and not beyond the notification's end.

    Args:
        attempt: how often it has been tried, from 1.
        spread: any number that differs between notifications.
        seconds_left: until it expires.
    """
    delay = min(FIRST_DELAY_SECONDS * 2.0 ** (min(attempt, 10) - 1), LONGEST_DELAY_SECONDS)
    delay *= 0.9 + (spread % 21) / 100
    return max(1.0, min(delay, seconds_left + 1.0))
