"""From a text to the desk's event."""

from collections.abc import Sequence
from typing import Final

from intake_phone.domain.numbers import Caller, Kind
from intake_phone.domain.texts.opt_out import Wish
from intake_phone.domain.texts.text import Text
from ventanilla_contracts.events import Attachment, MessageReceived, Party, Threading
from ventanilla_contracts.ids import event_id, twilio_source_id
from ventanilla_contracts.parts import Authentication

LONGEST_SUBJECT: Final = 120
SPANISH: Final = frozenset(
    {"ES", "MX", "AR", "CO", "CL", "PE", "VE", "EC", "GT", "CU", "BO", "DO", "HN", "PY", "SV", "NI", "CR", "PA", "UY",
     "GQ"}
)  # fmt: skip
_NAMELESS: Final = {
    ("sms", "es"): "Mensaje de texto",
    ("sms", "en"): "Text message",
    ("whatsapp", "es"): "Mensaje de WhatsApp",
    ("whatsapp", "en"): "WhatsApp message",
}
_MACHINES: Final = frozenset({Kind.SHORT_CODE, Kind.NAME})
_DETAIL: Final = {"sms": "sender's number", "whatsapp": "number registered with WhatsApp"}


def conversation_of(channel: str, number: str, customer: str) -> str:
    """Where the desk's number and a customer's text each other: for ever the same place."""
    return f"{channel}/{number}/{customer}"


def language_of(country: str) -> str:
    """In which of the desk's languages somebody with a number of that country is written to, until more is known."""
    return "es" if country in SPANISH else "en"


def received_id(text: Text) -> str:
    """Id of the event that a text becomes."""
    return event_id(MessageReceived.type, f"{text.channel}/{twilio_source_id(text.sid)}")


def received(text: Text, attachments: Sequence[Attachment] = (), missing: Sequence[str] = ()) -> MessageReceived:
    """The event for a text. The same text always makes the same id."""
    caller = text.sender
    body = "\n".join(filter(None, (text.body, text.place))).encode("utf-8", "replace").decode()
    here = conversation_of(text.channel, text.number, caller.number) if caller.number else None
    wished = text.wish is not Wish.NONE
    return MessageReceived(
        id=received_id(text),
        channel=text.channel,
        account=text.number,
        # Whoever wants no more texts has asked for nothing else: no ticket is opened for it.
        disposition="opt_out" if wished else "message",
        disposition_reason=str(text.wish) if wished else "",
        sender=Party(address=address_of(caller, text.sid), name=text.profile),
        subject=_subject(text, attachments),
        text=body,
        threading=Threading(message_id=f"{text.account}/{text.sid}", conversation=here),
        sent_at=text.sent_at,
        automation="auto-generated" if caller.kind in _MACHINES else "no",
        authentication=Authentication(grade="plausible" if caller.number else "claimed", detail=_DETAIL[text.channel]),
        attachments=tuple(attachments),
        defects=tuple(missing),
    )


def address_of(caller: Caller, sid: str) -> str:
    """Under which somebody is known: the number, or for want of one what they did: strangers are not one person."""
    return caller.number or f"{caller.kind}/{sid}"


def _subject(text: Text, attachments: Sequence[Attachment]) -> str:
    lines = (" ".join(line.split()) for line in (*text.body.splitlines(), text.place))
    named = attachments[0].filename if attachments and not text.body.strip() else ""
    first = next(filter(None, lines), "") or text.button or named
    if not first:
        return _NAMELESS[text.channel, language_of(text.sender.country)]
    if len(first) <= LONGEST_SUBJECT:
        return first
    return first[:LONGEST_SUBJECT].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
