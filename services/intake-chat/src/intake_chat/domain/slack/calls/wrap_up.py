"""The note that is asked for after a call: the message that asks, the dialog in which it is written, its answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from intake_chat.domain.slack import actions, blocks
from intake_chat.domain.slack.calls.heard import Call
from intake_chat.domain.slack.calls.pop import Page, caller, ticket_link
from intake_chat.domain.slack.calls.words import call_word, lasted
from intake_chat.domain.slack.cards.card import Card, is_done, marked
from intake_chat.domain.slack.dialogs.answers import TICKET, Answers
from intake_chat.domain.slack.mrkdwn import escaped, inert, shown_name
from intake_chat.domain.slack.replies.words import phrase
from intake_chat.domain.slack.words import word

Json = dict[str, Any]
METADATA: Final = "ventanilla_wrap_up"
WRAP_UP: Final = "wrap_up"
"""Action of the button, and callback id of the dialog."""
TEXT, STATUS, RESOLUTION, CAUSE = "text", "status", "resolution", "cause"
CALL: Final = "call"
_KEEP: Final = "keep"
_SOLVED: Final = "solved"
_STATUSES: Final = (_KEEP, "open", "pending", _SOLVED)
_LONGEST_EXPLANATION: Final = 1_000
_LONGEST_TITLE: Final = 24


@dataclass(frozen=True, slots=True)
class WrapUp:
    """A note as it was written in the dialog.

    Attributes:
        call: the call's tag.
        status: what the ticket is to be with it; "" for what it is.
    """

    ticket: int
    call: str
    text: str
    status: str
    resolution: str
    cause: str

    @property
    def lacks_resolution(self) -> bool:
        """Whether it solves the ticket without saying what solved it."""
        return self.status == _SOLVED and not self.resolution

    def body(self, text: str) -> Json:
        """What the ticket service is asked for, with this text."""
        body: Json = {"text": text, "internal": True}
        if self.status:
            body["status"] = self.status
        explained = {RESOLUTION: self.resolution, CAUSE: self.cause} if self.status == _SOLVED else {}
        return body | {name: said for name, said in explained.items() if said}


def ask_card(call: Call, tag: str, number: int, page: Page, language: str, *, agent: str = "") -> Card:
    """The message that asks for the note.

    Args:
        tag: the call's.
        agent: the name of whoever took the call, where the team is asked for them; "" where they are asked.
    """
    given = {"who": caller(call, language, within=True), "agent": shown_name(agent)}
    key = "ask.team" if agent else "ask.untimed" if call.talked is None else "ask"
    time = "" if call.talked is None else lasted(call.talked)

    def said(ticket: str, **names: str) -> str:
        return f"📞 {call_word(key, language, ticket=ticket, time=time, **names)}"

    text = escaped(said(f"#{number}", **given))
    shown = said(ticket_link(number, page), **{name: inert(value) for name, value in given.items()})
    pressed = [blocks.button(WRAP_UP, call_word("note", language), f"{number}:{tag}", style="primary")]
    if at := page(number):
        pressed.append(blocks.button(actions.OPEN, word("open", language), str(number), url=at))
    return Card(text, [{"type": "section", "text": marked(shown)}, blocks.buttons(WRAP_UP, pressed)])


def noted_card(number: int, name: str, page: Page, language: str) -> Card:
    """What is left of that message once the note is written, and by whom."""
    name = shown_name(name)
    text = escaped(call_word("noted", language, name=name, ticket=f"#{number}"))
    shown = call_word("noted", language, name=inert(name), ticket=ticket_link(number, page))
    return Card(text, [{"type": "context", "elements": [marked(shown)]}])


def note_view(ticket: Mapping[str, Any], tag: str, language: str, *, asked: int) -> Json:
    """The dialog in which the note is written.

    Args:
        asked: the ticket for which the note was asked; the dialog says that it goes on in this one, if it is another.
    """
    number = int(ticket["number"])
    inside = call_word("inside", language, number=str(number))
    if asked != number:
        inside = f"{call_word('merged', language, number=str(asked), into=str(number))} {inside}"
    text = blocks.text_field(TEXT, call_word("text", language), lines=True)
    text["element"]["focus_on_load"] = True
    return blocks.modal(
        title_of(number, language),
        [
            blocks.small(inside),
            text,
            *([] if is_done(ticket) else _ending(ticket, language)),
        ],
        close=call_word("cancel", language),
        submit=call_word("submit", language),
        callback=WRAP_UP,
        private={TICKET: number, CALL: tag},
    )


def title_of(number: int, language: str) -> str:
    """The title of the dialog, with the ticket's number where there is room for it."""
    title = call_word("title", language)
    whole = f"{title} #{number}"
    return whole if len(whole) <= _LONGEST_TITLE else title


def wrap_up_in(view: Mapping[str, Any]) -> WrapUp:
    """What was written in the dialog.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(view)
    status = answers.chosen(STATUS)
    return WrapUp(
        ticket=answers.ticket,
        call=str(answers.private.get(CALL) or ""),
        text=answers.text(TEXT),
        status=status if status in _STATUSES and status != _KEEP else "",
        resolution=answers.text(RESOLUTION),
        cause=answers.text(CAUSE),
    )


def _ending(ticket: Mapping[str, Any], language: str) -> list[Json]:
    """What the ticket is to be with the note."""
    now = str(ticket["status"])
    kept = call_word("status.keep", language, status=word(f"status.{now}", language))
    offered = [blocks.Option(kept, _KEEP)]
    offered += [blocks.Option(word(f"status.{one}", language), one) for one in _STATUSES[1:] if one != now]
    explained = [
        blocks.text_field(
            name,
            phrase(name, language),
            most=_LONGEST_EXPLANATION,
            initial=str(ticket.get(name) or ""),
            hint=phrase(f"{name}.hint", language),
            optional=True,
        )
        for name in (RESOLUTION, CAUSE)
    ]
    return [blocks.choice(STATUS, call_word("status", language), offered, initial=_KEEP), *explained]
