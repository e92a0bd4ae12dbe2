"""What the webhook of an incoming text says. Whatever is there is read; nothing raises but the lack of its id."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from intake_phone.domain.numbers import Caller, read_caller
from intake_phone.domain.texts.opt_out import Wish, is_answered_by_twilio, wish_of
from intake_phone.errors import Senseless

MOST_MEDIA: Final = 10
"""A text carries at most ten files."""
BODY_CHARS: Final = 4_096
"""The longest text of WhatsApp; an SMS has at most 1,600."""
_MESSAGE: Final = re.compile(r"(?:SM|MM)[0-9a-f]{32}\Z")
_ACCOUNT: Final = re.compile(r"AC[0-9a-f]{32}\Z")
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80}\Z")
_DEGREES: Final = re.compile(r"-?\d{1,3}(?:\.\d{1,20})?\Z", re.ASCII)
_WHATSAPP: Final = "whatsapp:"
SENT_AT: Final = "_SentAt"
"""A field of our own, Unix time: webhooks do not say when a text was sent, Twilio's lists do."""
_UNIX_TIME: Final = re.compile(r"[0-9]{9,11}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Media:
    """A file that lies at Twilio's.

    Attributes:
        url: behind authentication, as Twilio named it; whether it may be fetched is asked where that is done.
        content_type: as the sender's network says.
    """

    url: str = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True)
class Text:
    """One SMS or WhatsApp message to the desk.

    Attributes:
        account: SID of the account. sid: of the message: the unique key of it.
        channel: `sms` or `whatsapp`.
        number: the desk's number that it was sent to, E.164 or what stood there.
        body: without NUL; "" of one that only carries files.
        profile: how the sender calls themselves on WhatsApp; a claim.
        place: where WhatsApp says that somebody is who sent that, in words and degrees, or empty.
        button: what stood on the button that was pressed in place of writing, or empty.
        cut_media: more files were announced than a text can carry, or some had no address.
        sent_at: where Twilio says so; None: just before it was told.
        answered: Twilio itself has answered the wish.
    """

    account: str
    sid: str
    channel: str
    sender: Caller
    number: str
    body: str = field(repr=False)
    media: tuple[Media, ...] = ()
    wish: Wish = Wish.NONE
    answered: bool = False
    profile: str = field(default="", repr=False)
    button: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    cut_media: bool = False
    sent_at: datetime | None = None

    @property
    def source_id(self) -> str:
        """Under which it is one text, however often it is told and by whom."""
        return f"{self.account}/{self.sid}"


def read_text(fields: Mapping[str, str]) -> Text:
    """The text that a webhook tells of.

    Raises:
        Senseless: it does not say which message of which account it is.
    """
    account, sid = fields.get("AccountSid", ""), fields.get("MessageSid") or fields.get("SmsSid", "")
    if not _ACCOUNT.match(account) or not _MESSAGE.match(sid):
        raise Senseless(
            "a text without an AccountSid (AC…) and MessageSid (SM…, MM…) of Twilio's form, 32 hexadecimal digits"
        )
    sender, number = fields.get("From", ""), fields.get("To", "")
    whatsapp = sender.startswith(_WHATSAPP) or number.startswith(_WHATSAPP)
    body = fields.get("Body", "").replace("\x00", "")[:BODY_CHARS]
    told = fields.get("OptOutType", "")
    media, cut = _media(fields)
    desk = read_caller(number)
    return Text(
        account,
        sid,
        "whatsapp" if whatsapp else "sms",
        read_caller(sender),
        desk.number or number.removeprefix(_WHATSAPP)[:40],
        body,
        media,
        wish_of(body, told),
        is_answered_by_twilio(body, told, whatsapp=whatsapp),
        fields.get("ProfileName", "").strip()[:200],
        fields.get("ButtonText", "").strip()[:200],
        _place(fields),
        cut,
        datetime.fromtimestamp(int(sent), UTC) if _UNIX_TIME.match(sent := fields.get(SENT_AT, "")) else None,
    )


def _place(fields: Mapping[str, str]) -> str:
    latitude, longitude = (fields.get(name, "").strip() for name in ("Latitude", "Longitude"))
    if not _DEGREES.match(latitude) or not _DEGREES.match(longitude):
        return ""
    named = ", ".join(filter(None, (" ".join(fields.get(name, "").split())[:200] for name in ("Label", "Address"))))
    return f"📍 {named} ({latitude}, {longitude})".replace("  ", " ").replace("\x00", "")


def _media(fields: Mapping[str, str]) -> tuple[tuple[Media, ...], bool]:
    said = fields.get("NumMedia", "0")
    announced = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else 0
    found = []
    for place in range(min(announced, MOST_MEDIA)):
        url = fields.get(f"MediaUrl{place}", "")
        kind = fields.get(f"MediaContentType{place}", "").partition(";")[0].strip().lower()
        if url.startswith(("https://", "http://127.0.0.1:")):
            found.append(Media(url, kind if _MEDIA_TYPE.match(kind) else "application/octet-stream"))
    return tuple(found), len(found) < announced
