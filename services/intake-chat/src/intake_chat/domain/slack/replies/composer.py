"""The dialog in which an agent answers a customer: what stands in it, and what was written.

A field keeps what somebody has typed for as long as its name stays the same. Where the desk puts words into it, it gets
another name (`text.1`, `text.2`, …), else Slack would go on showing what stood there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.dialog_answers import AGAIN
from intake_chat.domain.slack.dialogs.answers import TICKET, Answers
from intake_chat.domain.slack.events import File
from intake_chat.domain.slack.interaction_words import said
from intake_chat.domain.slack.mrkdwn import shown_name, with_links
from intake_chat.domain.slack.replies.place import kept_place, moved, party, place_block
from intake_chat.domain.slack.replies.words import phrase
from intake_chat.domain.slack.words import way_word, word
from ventanilla_contracts.shown_address import readable_address

Json = dict[str, Any]
CALLBACK: Final = "compose"
TEXT, STATUS, FILES, RESOLUTION, CAUSE = "text", "status", "files", "resolution", "cause"
WAITING: Final = "waiting"
"""The kind of news that waits for its time to be sent."""
TEMPLATE, PREVIEW = "compose_template", "compose_preview"
LONGEST: Final = 3_000
"""Characters that one of Slack's fields takes."""
MOST_FILES: Final = 10
_SOLVED: Final = "solved"
_STATUSES: Final = ("pending", "open", _SOLVED)
_LONGEST_EXPLANATION: Final = 1_000
_WITHOUT_FILES: Final = frozenset({"webchat"})
"""Files do not go there yet."""
_MOST_NEWS: Final = 3
_MOST_WAITING: Final = 20
_LONGEST_PART: Final = 2_800
_MOST_PARTS: Final = 5


@dataclass(frozen=True, slots=True)
class Composer:
    """What the composer shows.

    Attributes:
        name: of whoever asked.
        last: id of the last message that the agent has seen.
        text, status, resolution, cause: what stands in the fields at first.
        words: words of ours above everything.
        news: messages that came since it was opened.
        texts, statuses: how often the desk has put words into the field.
        place: where it will stand, of `kept_place`; empty: an earlier release of the ticket service does not say.
        waiting: ids of colleagues' replies that the agent was told of while these waited.
        tries: how many replies were taken from this dialog before, and called back or sent.
    """

    ticket: int
    channel: str
    name: str
    last: str
    text: str = ""
    status: str = ""
    resolution: str = ""
    cause: str = ""
    words: str = ""
    news: Sequence[Mapping[str, Any]] = field(default=())
    texts: int = 0
    statuses: int = 0
    tries: int = 0
    place: Mapping[str, Any] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    """What an agent has written, with the composer that it was written in."""

    composer: Composer
    text: str
    status: str
    resolution: str
    cause: str
    files: Sequence[File]

    @property
    def text_block(self) -> str:
        """The field of the text."""
        return f"{TEXT}.{self.composer.texts}"

    def body(self, hold_seconds: int, attachments: Sequence[str] = ()) -> Json:
        """What the ticket service is asked for."""
        body: Json = {"text": self.text, "status": self.status, "hold_seconds": hold_seconds}
        if attachments:
            body["attachments"] = list(attachments)
        explained = {RESOLUTION: self.resolution, CAUSE: self.cause} if self.status == _SOLVED else {}
        return body | {name: said for name, said in explained.items() if said}

    def again(self, words: str) -> Composer:
        """The composer with everything that was written, under new names, so that Slack shows it."""
        return replace(
            self.composer,
            text=self.text,
            status=self.status,
            resolution=self.resolution,
            cause=self.cause,
            words=words,
            texts=self.composer.texts + 1,
            statuses=self.composer.statuses + 1,
        )


def composer_for(
    ticket: Mapping[str, Any], last: str, reply: Mapping[str, Any] | None = None, words: str = ""
) -> Composer:
    """The composer for a ticket as the API answers it.

    Args:
        reply: that was called back, or did not arrive, and is written again: `text`, `status`, `resolution`, `cause`.
    """
    requester = ticket["requester"]
    identity: Mapping[str, Any] = next(iter(requester.get("identities") or ()), {})
    name = shown_name(str(requester.get("name") or identity.get("address") or "?"))
    reply = reply or {}
    # Of a reply that was sent while the desk did not keep what it asked for besides its words the ticket has it.
    asked = ticket if reply and not reply.get("status") and ticket.get("status") == _SOLVED else reply
    status = str(asked.get("status") or "")
    return Composer(
        ticket=int(ticket["number"]),
        channel=str(ticket["channel"]),
        name=name,
        last=last,
        text=str(reply.get("text") or ""),
        status=status if status in _STATUSES else "",
        resolution=str(asked.get("resolution") or "")[:_LONGEST_EXPLANATION],
        cause=str(asked.get("cause") or "")[:_LONGEST_EXPLANATION],
        words=words,
    )


def composer_view(shown: Composer, language: str) -> Json:
    """The dialog."""
    title = f"{phrase('title', language)} #{shown.ticket}"
    return blocks.modal(
        title,
        [
            _place(shown, language),
            *([blocks.sentence(f"⚠ {shown.words}")] if shown.words else []),
            *_news(shown, language),
            _templates(language),
            _text(shown, language),
            *([] if shown.channel in _WITHOUT_FILES else [_files(language)]),
            _status(shown, language),
            _explained(RESOLUTION, shown.resolution, shown, language),
            _explained(CAUSE, shown.cause, shown, language),
            blocks.buttons("preview", [blocks.button(PREVIEW, phrase("preview", language), str(shown.ticket))]),
        ],
        close=phrase("cancel", language),
        submit=phrase("send", language),
        callback=CALLBACK,
        private=_private(shown),
    )


def composed(view: Mapping[str, Any]) -> Composed:
    """What was written in the dialog.

    Raises:
        KeyError, TypeError, ValueError: this is no dialog of ours.
    """
    answers = Answers(view)
    kept = answers.private
    shown = Composer(
        ticket=answers.ticket,
        channel=str(kept["channel"]),
        name=str(kept["name"]),
        last=str(kept["last"]),
        texts=int(kept["texts"]),
        statuses=int(kept["statuses"]),
        tries=int(kept.get("tries") or 0),
        place=kept.get("place") or {},
        waiting=tuple(map(str, kept.get("waiting") or ())),
    )
    return Composed(
        composer=shown,
        text=answers.text(f"{TEXT}.{shown.texts}"),
        status=answers.chosen(f"{STATUS}.{shown.statuses}") or _STATUSES[0],
        resolution=answers.text(f"{RESOLUTION}.{shown.statuses}"),
        cause=answers.text(f"{CAUSE}.{shown.statuses}"),
        files=_chosen_files(view),
    )


def with_template(written: Composed, filled: Mapping[str, Any], language: str) -> Composer:
    """The composer with a template behind what was written so far."""
    both = "\n\n".join(part for part in (written.text, str(filled["text"]).strip()) if part)
    if len(both) > LONGEST:
        return replace(written.composer, words=phrase("template.too_long", language))
    words = [phrase("template.behind", language)] if written.text else []
    if places := ", ".join(map(str, filled.get("empty") or ())):
        words.append(phrase("template.empty", language, places=places))
    shown = replace(written.composer, text=both, texts=written.composer.texts + 1, words=" ".join(words))
    status = str(filled.get("status") or "")
    if status not in _STATUSES or status == written.status:
        return shown
    return replace(
        shown,
        status=status,
        resolution=written.resolution,
        cause=written.cause,
        statuses=written.composer.statuses + 1,
    )


def after_another(written: Composed, tries: int, language: str) -> Composer:
    """The composer that says that what was sent from it before has left, and that this would be another reply."""
    return replace(written.composer, tries=tries, words=phrase("left", language))


def with_news(
    written: Composed, news: Sequence[Mapping[str, Any]], place: Mapping[str, Any], language: str
) -> Composer:
    """The composer that says what came meanwhile; what was written stays in its fields, for they keep their names.

    Args:
        place: where it would stand now; empty: that is not known.
    """
    before = written.composer
    last = [before.last, *(str(one["id"]) for one in news if one["kind"] != WAITING)][-1]
    waiting = (*before.waiting, *(str(one["id"]) for one in news if one["kind"] == WAITING))[-_MOST_WAITING:]
    words = phrase("place.moved", language) if moved(before.place, place) else ""
    return replace(before, news=tuple(news), last=last, words=words, place=place or before.place, waiting=waiting)


def preview_view(seen: Mapping[str, Any], language: str, files: Sequence[File] = ()) -> Json:
    """A reply as whoever gets it will read it, and the files that were chosen for it."""
    text = str(seen.get("text") or "")
    if place := kept_place(seen.get("place")):
        shown = [place_block(place, language)]
    else:
        shown = [blocks.small(phrase("preview.to", language, to=party(seen.get("to") or {})))]
    copies = ", ".join(party(one) for one in seen.get("cc") or ())
    if copies and (not place or place["more"]):
        shown.append(blocks.small(phrase("preview.cc", language, cc=copies)))
    if subject := str(seen.get("subject") or ""):
        shown.append(blocks.spoken(blocks.bold(phrase("preview.subject", language, subject=subject))))
    if author := str(seen.get("author") or ""):
        shown.append(blocks.spoken(blocks.bold(author)))
    shown.append(_as_read(text, place))
    if len(text) > len(blocks.words(text)["text"]):
        shown.append(blocks.small(phrase("preview.cut", language)))
    if names := ", ".join(blocks.cut(one.name or one.id, 100) for one in files):
        shown.append(blocks.small(phrase("preview.files", language, names=names)))
    return blocks.modal(phrase("preview.title", language), shown, close=phrase("close", language))


def _as_read(text: str, place: Mapping[str, Any]) -> Json:
    """The words as they are read: in a chat Slack makes bold of stars, a quotation of `>`, links of addresses."""
    as_posted = with_links(text)
    if place and place["kind"] != "mail" and 0 < len(as_posted) <= blocks.LONGEST_TEXT:
        return blocks.marked(as_posted)
    return blocks.spoken(blocks.words(text))


def sending_view(written: Composed, language: str) -> Json:
    """What stands while files are on their way, with the words, so that nobody can lose them."""
    return kept_view(phrase("sending", language), written.text, written.composer.ticket, language)


def kept_view(why: str, text: str, ticket: int, language: str, again: tuple[str, str] | None = None) -> Json:
    """A sentence where the composer cannot be shown, with all of the words.

    Args:
        again: action and value of a button that asks for the composer once more, in this dialog's place.
    """
    shown = [blocks.sentence(why)]
    if text:
        shown.append(blocks.small(phrase("sending.text", language)))
        shown += [blocks.spoken(blocks.words(part)) for part in parts(text)]
    title = f"{phrase('title', language)} #{ticket}"
    if again is not None:
        shown.append(blocks.buttons(AGAIN, [blocks.button(again[0], said("again", language), again[1])]))
    return blocks.modal(title, shown, close=phrase("close", language), callback=AGAIN if again else "")


def template_options(found: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Templates as options to choose from."""
    return blocks.options(
        [
            blocks.Option(
                str(one["title"] or one["name"]), str(one["name"]), " ".join(str(one.get("text") or "").split())
            )
            for one in found
        ]
    )


def parts(text: str) -> list[str]:
    """A text in parts that a block takes whole, divided between words where there are any."""
    made: list[str] = []
    while len(text) > _LONGEST_PART and len(made) < _MOST_PARTS:
        at = max(text.rfind(" ", 1, _LONGEST_PART), text.rfind("\n", 1, _LONGEST_PART))
        at = at if at > 0 else _LONGEST_PART
        made.append(text[:at])
        text = text[at:]
    return [*made, text]


def _private(shown: Composer) -> Json:
    return {
        TICKET: shown.ticket,
        "channel": shown.channel,
        "name": blocks.cut(shown.name, 100),
        "last": shown.last,
        "texts": shown.texts,
        "statuses": shown.statuses,
        "tries": shown.tries,
        "place": dict(shown.place),
        "waiting": list(shown.waiting),
    }


def _place(shown: Composer, language: str) -> Json:
    if shown.place:
        return place_block(shown.place, language)
    channel = way_word(shown.channel, language)
    name = readable_address(shown.name, language)
    return blocks.small(phrase("goes", language, channel=channel, name=blocks.cut(name, 100)))


def _news(shown: Composer, language: str) -> list[Json]:
    if not shown.news:
        return []
    made = [blocks.sentence(f"⚠ {phrase('news', language)}")]
    for message in shown.news[-_MOST_NEWS:]:
        name = str((message.get("author") or {}).get("name") or "?")
        kind = message["kind"] if message["kind"] in ("customer", "agent", "note", WAITING) else "customer"
        made.append(blocks.small(phrase(f"news.{kind}", language, name=blocks.cut(name, 100))))
        made.append(blocks.quoted(blocks.cut(str(message.get("reply_text") or message.get("text") or ""), 1_000)))
    return made


def _templates(language: str) -> Json:
    chooser = {
        "type": "external_select",
        "action_id": TEMPLATE,
        "min_query_length": 0,
        "placeholder": blocks.plain(phrase("template.choose", language), 150),
    }
    return blocks.sentence(phrase("template", language), chooser, name="template")


def _text(shown: Composer, language: str) -> Json:
    made = blocks.text_field(f"{TEXT}.{shown.texts}", phrase("text", language), lines=True, initial=shown.text)
    made["element"]["focus_on_load"] = True
    return made


def _files(language: str) -> Json:
    return {
        "type": "input",
        "block_id": FILES,
        "optional": True,
        "label": blocks.plain(phrase("files", language)),
        "element": {"type": "file_input", "action_id": FILES, "max_files": MOST_FILES},
    }


def _status(shown: Composer, language: str) -> Json:
    offered = [blocks.Option(word(f"status.{status}", language), status) for status in _STATUSES]
    initial = shown.status or _STATUSES[0]
    return blocks.choice(f"{STATUS}.{shown.statuses}", phrase("status", language), offered, initial=initial)


def _explained(name: str, initial: str, shown: Composer, language: str) -> Json:
    return blocks.text_field(
        f"{name}.{shown.statuses}",
        phrase(name, language),
        most=_LONGEST_EXPLANATION,
        initial=initial,
        hint=phrase(f"{name}.hint", language),
        optional=True,
    )


def _chosen_files(view: Mapping[str, Any]) -> list[File]:
    values: Mapping[str, Any] = (view.get("state") or {}).get("values") or {}
    chosen = ((values.get(FILES) or {}).get(FILES) or {}).get("files") or ()
    return [
        File(
            id=str(one.get("id") or ""),
            name=str(one.get("name") or one.get("title") or ""),
            media_type=str(one.get("mimetype") or "application/octet-stream"),
            size_bytes=int(one.get("size") or 0),
            url=one.get("url_private_download") or one.get("url_private"),
        )
        for one in chosen[:MOST_FILES]
        if isinstance(one, Mapping)
    ]
