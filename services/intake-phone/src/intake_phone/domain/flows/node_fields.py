"""What each kind of node may say: the one table that the reader, the schema for editors and the documentation share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from intake_phone.domain.flows.flow import (
    AnnouncementsNode,
    CallbackNode,
    CollectNode,
    HangUpNode,
    HoursNode,
    LanguageNode,
    MenuNode,
    Node,
    RecordNode,
    RejectNode,
    SayNode,
    TeamNode,
    TextLinkNode,
    TicketNode,
    TransferNode,
    VerifyNode,
    VoicemailNode,
)

Kind = Literal[
    "node",
    "prompt",
    "calendar",
    "team",
    "number",
    "key",
    "whole",
    "truth",
    "word",
    "url",
    "name",
    "choices",
    "languages",
]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a node.

    Attributes:
        default: what holds where it is not said: a text, a number, a truth; None: it must be said.
        least, most: of a whole number.
        words: of a field that takes one of a few.
        blanks: what a prompt's text may leave open, for example `{ticket}`.
        silent: a prompt that may be `null`: nothing is said then.
        meaning: one sentence for editors and for docs/phone-flows.md.
    """

    kind: Kind
    meaning: str
    default: str | int | bool | None = None
    least: int = 0
    most: int = 0
    words: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()
    silent: bool = False


def _prompt(meaning: str, default: str | None = None, *blanks: str, silent: bool = False) -> Field:
    return Field("prompt", meaning, default, blanks=blanks, silent=silent or default == "")


def _node(meaning: str, default: str | None = None) -> Field:
    return Field("node", meaning, default)


def _whole(meaning: str, default: int | None, least: int, most: int) -> Field:
    return Field("whole", meaning, default, least, most)


_THEN: Final = _node("Where the call goes on.")
_AFTER: Final = _node("Where the call goes on; nowhere said: good-bye.", "")

NODE_KINDS: Final[Mapping[str, tuple[type[Node], Mapping[str, Field]]]] = {
    "say": (SayNode, {"say": _prompt("What is said."), "then": _THEN}),
    "language": (
        LanguageNode,
        {
            "say": _prompt("Said in each language, one after the other.", "language-offer", "key"),
            "choices": Field("languages", "Language → its key and the words that choose it."),
            "then": _THEN,
        },
    ),
    "menu": (
        MenuNode,
        {
            "say": _prompt("The question with its choices."),
            "choices": Field("choices", "Keys and words, and where each leads."),
            "wait_seconds": _whole("How long an answer is waited for after the last word.", 6, 2, 20),
        },
    ),
    "hours": (
        HoursNode,
        {
            "calendar": Field("calendar", "One of `calendars`."),
            "open": _node("Where a call goes in opening hours."),
            "closed": _node("Where it goes otherwise."),
            "special": _node("Where it goes on holidays and other dates of their own while closed; else `closed`.", ""),
            "say": _prompt(
                "Said while it is closed; `{opens}` is when it opens next (from a week on with the date).", "", "opens"
            ),
        },
    ),
    "announcements": (
        AnnouncementsNode,
        {
            "key": Field("key", "Key that asks to be told when it is solved.", "1"),
            "offer": _prompt("Said behind the announcements.", "announcement-offer", "key"),
            "confirm": _prompt("Said to whoever pressed it.", "announcement-confirmed", silent=True),
            "then": _THEN,
        },
    ),
    "ticket": (
        TicketNode,
        {
            "say": _prompt("Said for each of the caller's newest open tickets.", "ticket-offer", "ticket", "key"),
            "then": _node("Where a call about one of them goes."),
            "otherwise": _node("Where a call about something else goes, and one of somebody without tickets."),
        },
    ),
    "collect": (
        CollectNode,
        {
            "say": _prompt("The question."),
            "name": Field("name", "What the digits are called in the ticket."),
            "least": _whole("Fewest digits.", 1, 1, 20),
            "most": _whole("Most digits.", 12, 1, 20),
            "sensitive": Field("truth", "They are kept nowhere, and recording pauses meanwhile.", default=False),
            "then": _THEN,
        },
    ),
    "verify": (
        VerifyNode,
        {
            "say": _prompt("Tells that a code is being sent, and asks for it.", "verify-code"),
            "again": _prompt("Asks once more for the same code, after a wrong one or a silence.", "verify-code-again"),
            "wait_seconds": _whole("How long the code is waited for: the text must arrive first.", 30, 10, 60),
            "confirm": _prompt("Said to whoever gave the right one.", "verify-confirmed", silent=True),
            "then": _node("Where a call goes whose caller is verified."),
            "otherwise": _node(
                "Where it goes if none can be sent: no ticket chosen, no number on file before, no texts wanted, "
                "the desk is away."
            ),
        },
    ),
    "record": (
        RecordNode,
        {
            "say": _prompt("Tells the caller that recording begins."),
            "what": Field("word", "What is recorded from here on.", "conversation", words=("conversation", "call")),
            "then": _THEN,
        },
    ),
    "team": (
        TeamNode,
        {
            "team": Field("team", "One of `teams`."),
            "ring": Field(
                "word", "All phones at once, or one after the other.", "at_once", words=("at_once", "in_turn")
            ),
            "ring_seconds": _whole("How long one phone rings.", 20, 5, 60),
            "whisper": _prompt("Heard by the agent before the call is taken.", "whisper", "caller", "team", "language"),
            "say": _prompt("Heard by the caller before waiting.", "connecting", silent=True),
            "most_seconds": _whole("How long a caller waits at most.", 600, 20, 3_600),
            "every_seconds": _whole("Time between two announcements in the queue.", 30, 10, 300),
            "position": _prompt("Tells the position in the queue.", "queue-position", "position", silent=True),
            "music": Field("url", "Sound between announcements.", ""),
            "offer_key": Field("key", "Key with which a caller leaves the queue.", "1"),
            "offer": _prompt("Says so.", "queue-offer", "key"),
            "offered": _node("Where that key leads, for example to a callback; nowhere said: it is not offered.", ""),
            "answered": _node("Where the call goes after a conversation; nowhere said: good-bye.", ""),
            "unavailable": _node("Where it goes if nobody is available."),
            "unanswered": _node("Where it goes if nobody came in time."),
        },
    ),
    "voicemail": (
        VoicemailNode,
        {
            "say": _prompt("The announcement; it must say that a message is recorded.", "voicemail"),
            "most_seconds": _whole("Longest message.", 180, 10, 600),
            "silence_seconds": _whole("So much silence ends the message.", 5, 2, 30),
            "finish_key": Field("key", "Key that ends the message.", "#"),
            "then": _AFTER,
        },
    ),
    "callback": (
        CallbackNode,
        {
            "team": Field("team", "Who calls back."),
            "confirm": _prompt("Said once it is noted.", "callback-confirmed", silent=True),
            "ask": _prompt(
                "Asks whoever withholds the number, or has one that costs extra (satellites too) or is the desk's, "
                "for another.",
                "callback-number",
            ),
            "then": _AFTER,
        },
    ),
    "transfer": (
        TransferNode,
        {
            "number": Field("number", "Where to, in E.164."),
            "say": _prompt("Said before.", "connecting", silent=True),
            "ring_seconds": _whole("How long it rings.", 25, 5, 60),
            "pause_recording": Field(
                "truth", "The call is not recorded meanwhile, as for card numbers.", default=False
            ),
            "answered": _node("Where the call goes after a conversation; nowhere said: good-bye.", ""),
            "unanswered": _node("Where it goes if nobody took it."),
        },
    ),
    "text_link": (
        TextLinkNode,
        {
            "say": _prompt("Said while the text is being sent.", "link-sent", silent=True),
            "text": _prompt("The text itself; `{link}` is the address.", None, "link"),
            "url": Field("url", "The address."),
            "then": _THEN,
            "otherwise": _node(
                "Where a call goes whose number takes no texts, who wants none, or if none can be sent."
            ),
        },
    ),
    "hang_up": (HangUpNode, {"say": _prompt("Good-bye.", "goodbye", silent=True)}),
    "reject": (RejectNode, {"busy": Field("truth", "As busy rather than as refused.", default=False)}),
}
"""`do:` of a node → its class and its fields; the fields have the names of the class's attributes."""

STANDARD_USES: Final[Mapping[str, tuple[str, ...]]] = {
    "not-understood": (),
    "nothing-heard": (),
    "number-not-understood": (),
    "wrong-code": (),
    "something-else": ("key",),
    "sorry": (),
    "accepted": (),
    "leg-gone": (),
}
"""Prompts that are said without a node naming them → their blanks."""
