"""What waits in quarantine: the list, and what a person decides about one message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.dialogs.answers import Answers
from intake_chat.domain.slack.dialogs.frames import rest, sheet
from intake_chat.domain.slack.dialogs.words import knows, term
from intake_chat.domain.slack.foreign import NotOurs
from intake_chat.domain.slack.places import is_direct
from ventanilla_contracts.shown_address import readable_address

Json = dict[str, Any]
LIST: Final = "quarantine"
RELEASE: Final = "quarantine_release"
REJECT: Final = "quarantine_reject"
"""Action ids of the buttons, and callback ids of what they open; the value is the message's id."""
ON_A_PAGE: Final = 15
WHY: Final = "why"
FIELDS: Final = {"/why": WHY}
_LONGEST_CURSOR: Final = 500
_BEGINNING: Final = 200
"""Two lines in the list; nobody is to decide about a message of which they have read no word."""
_LONGEST_TEXT: Final = 2_500
_OF_SLACK: Final = "slack"


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided: `way` is the last part of the API's path."""

    id: str
    way: str
    why: str

    def body(self) -> Json:
        """What the ticket service is asked with."""
        return {"why": self.why}


def view(items: Sequence[Mapping[str, Any]], following: str | None, language: str) -> Json:
    """What waits, the oldest first.

    Args:
        items: as the API lists them.
        following: the cursor of the next page.
    """
    shown: list[Json] = []
    for item in items[:ON_A_PAGE]:
        shown += [*_item(item, language, _BEGINNING), blocks.divider()]
    if not shown:
        shown.append(blocks.sentence(term("quarantine.none", language)))
    if following and len(following) <= _LONGEST_CURSOR:
        shown.append(blocks.buttons("turns", [blocks.button(LIST, term("onward", language), following)]))
    return sheet(LIST, None, shown, language)


def deciding(item: Mapping[str, Any], way: str, language: str) -> Json:
    """The dialog in which a decision is made; where it was made already, a sentence.

    Args:
        way: `release` or `reject`.
    """
    if item["state"] != "waiting":
        state = term(f"quarantine.state.{item['state']}", language)
        return sheet(LIST, None, [blocks.sentence(term("quarantine.gone", language, state=state))], language)
    shown = [
        *_item(item, language, _LONGEST_TEXT)[:-1],
        *_cut(item, language),
        blocks.small(term(f"quarantine.{way}.what", language)),
        blocks.text_field(WHY, term("quarantine.why", language), most=200, optional=True),
    ]
    return blocks.modal(
        term(f"quarantine.{way}", language),
        shown,
        close=term("cancel", language),
        submit=term(f"quarantine.{way}", language),
        callback=RELEASE if way == "release" else REJECT,
        private={"id": str(item["id"])},
        rest=rest(None, language),
    )


def parsed(submitted: Mapping[str, Any]) -> Decision:
    """What was decided.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(submitted)
    way = "release" if submitted.get("callback_id") == RELEASE else "reject"
    return Decision(message_id(answers.private.get("id")), way, answers.text(WHY))


def decided(answer: Mapping[str, Any], language: str, page: str | None = None) -> Json:
    """What became of it; `page` is that of the ticket that it is now."""
    number = answer.get("ticket_number")
    if answer.get("state") == "released" and number:
        text = term("quarantine.released", language, number=number)
    else:
        text = term("quarantine.rejected", language)
    return sheet(LIST, None, [blocks.sentence(text)], language, page=page)


def message_id(value: object) -> str:
    """A message's id.

    Raises:
        NotOurs: it is none.
    """
    try:
        return str(UUID(str(value)))
    except ValueError as error:
        raise NotOurs(f"{str(value)[:60]!r} is no message's id") from error


def _item(item: Mapping[str, Any], language: str, most: int) -> list[Json]:
    """What is held, as paragraphs; the last block has the buttons.

    Args:
        most: so many characters of its text; of a short one, two lines as one.
    """
    reason = str(item["reason"])
    held = term(f"held.{reason}", language) if knows(f"held.{reason}") else reason
    about = blocks.spoken(
        blocks.bold(blocks.cut(str(item.get("subject") or "—"), 300)),
        blocks.words(f"\n{blocks.cut(_sender(item, language), 320)} → "),
        _place(item, language),
        blocks.words(" · "),
        blocks.moment(datetime.fromisoformat(str(item["quarantined_at"]))),
    )
    detail = " ".join(str(item.get("detail") or "").split())
    why = blocks.small(blocks.cut(f"{held}: {detail}" if detail else held, 600))
    id_ = str(item["id"])
    row = blocks.buttons(
        f"decide_{id_}",
        [
            blocks.button(RELEASE, term("quarantine.release", language), id_),
            blocks.button(REJECT, term("quarantine.reject", language), id_, style="danger"),
        ],
    )
    return [about, *_text(item, most), why, row]


def _text(item: Mapping[str, Any], most: int) -> list[Json]:
    text = str(item.get("text") or "").strip()
    if not text:
        return []
    return [blocks.quoted(blocks.cut(" ".join(text.split()) if most == _BEGINNING else text, most))]


def _cut(item: Mapping[str, Any], language: str) -> list[Json]:
    """That there is more of the text than stands here."""
    long = len(str(item.get("text") or "").strip()) > _LONGEST_TEXT
    return [blocks.small(term("quarantine.cut", language))] if long or item.get("text_cut") else []


def _place(item: Mapping[str, Any], language: str) -> Json:
    """Where it was sent to: of Slack, the channel as people call it."""
    account = str(item.get("account") or "?")
    if item.get("channel") != _OF_SLACK:
        return blocks.words(blocks.cut(account, 320))
    channel = account.rpartition("/")[2]
    return blocks.words(term("quarantine.direct", language)) if is_direct(channel) else blocks.channel(channel)


def _sender(item: Mapping[str, Any], language: str) -> str:
    """Whoever wrote: name and address; an id of Slack says nothing beside a name."""
    sender = item.get("sender") or {}
    name = str(sender.get("name") or "")
    address = readable_address(str(sender.get("address") or "?"), language)
    if not name or name == address:
        return address
    return name if item.get("channel") == _OF_SLACK else f"{name} <{address}>"
