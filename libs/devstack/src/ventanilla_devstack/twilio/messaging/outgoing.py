"""Texts from the desk on their way to people outside, with the states that they go through."""

from dataclasses import dataclass

from ventanilla_devstack.twilio import fields
from ventanilla_devstack.twilio.errors import DocumentFailed
from ventanilla_devstack.twilio.ids import new_sid
from ventanilla_devstack.twilio.records import Message
from ventanilla_devstack.twilio.voice.site import Site
from ventanilla_devstack.twilio.webhooks import Request

_SENDING_SECONDS, _DELIVERY_SECONDS = 0.5, 2.0
MEDIA_BYTES = 5 * 1024 * 1024
WHATSAPP_BYTES = 16 * 1024 * 1024
_WHATSAPP_TYPES = ("image/jpeg", "image/png", "image/webp", "audio/", "video/", "application/", "text/")
_NOT_FETCHED, _NOT_TAKEN = 63019, 63021


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that was found to be in order.

    Attributes:
        media: addresses of its files, which Twilio fetches before it sends them.
        callback: where its states are told.
        content_sid: of a template; free text by WhatsApp needs an open window.
        system: Twilio's own answer to a keyword: nobody is told of its states.
    """

    from_: str
    to: str
    body: str
    media: tuple[str, ...] = ()
    callback: str = ""
    content_sid: str = ""
    service_sid: str = ""
    direction: str = "outbound-api"
    system: bool = False


def send(site: Site, draft: Draft) -> Message:
    """Accept a text; it goes on by itself."""
    exchange = site.exchange
    now = exchange.pace.now()
    sid = new_sid("MM" if draft.media else "SM")
    message = Message(sid, draft.from_, draft.to, draft.body, draft.direction, now, updated=now)
    message.callback, message.content_sid, message.service_sid = draft.callback, draft.content_sid, draft.service_sid
    exchange.add_message(message)
    _enter(site, message, "queued")
    site.callbacks.spawn(_travel(site, message, draft, free_text=not draft.content_sid and not draft.system))
    return message


async def _travel(site: Site, message: Message, draft: Draft, *, free_text: bool) -> None:
    exchange = site.exchange
    await exchange.pace.sleep(_SENDING_SECONDS)
    whatsapp = message.to.startswith("whatsapp:")
    person = exchange.person(message.to)
    if exchange.account.status != "active":
        _fail(site, message, "failed", 30002)
    elif whatsapp and not person.whatsapp:
        _fail(site, message, "undelivered", 63003)
    elif whatsapp and free_text and not exchange.window_open(message.from_, message.to):
        _fail(site, message, "failed", 63016)
    elif person.receives == "failed":
        _fail(site, message, "failed", person.text_error)
    elif await _fetch(site, message, draft):
        message.sent = exchange.pace.now()
        _enter(site, message, "sent")
        await exchange.pace.sleep(_DELIVERY_SECONDS)
        if person.receives == "undelivered":
            _fail(site, message, "undelivered", person.text_error)
        elif person.receives in ("delivered", "read"):
            _enter(site, message, "delivered")
            if whatsapp and person.receives == "read":
                await exchange.pace.sleep(_DELIVERY_SECONDS)
                _enter(site, message, "read")


async def _fetch(site: Site, message: Message, draft: Draft) -> bool:
    """Get the files of a text; False if one of them cannot be had, and the text has failed.

    WhatsApp takes one file in a message, of some types, up to 16 MB.
    """
    whatsapp = message.to.startswith("whatsapp:")
    most = WHATSAPP_BYTES if whatsapp else MEDIA_BYTES
    if whatsapp and len(draft.media) > 1:
        return _without_file(site, message, _NOT_TAKEN, draft.media[1])
    for address in draft.media:
        try:
            answer = await site.webhooks.ask("media", Request(address, "GET"), most)
        except DocumentFailed as failed:
            return _without_file(site, message, failed.trouble.code, address, failed.trouble.detail)
        kind = answer.content_type.partition(";")[0].strip().lower()
        if "/" not in kind:
            return _without_file(site, message, 12300, address)
        if whatsapp and not kind.startswith(_WHATSAPP_TYPES):
            return _without_file(site, message, _NOT_TAKEN, address)
        if len(answer.body) > most:
            return _without_file(site, message, 11751, address)
        message.media.append(site.exchange.add_media(message.sid, kind, answer.body).sid)
    return True


def _without_file(site: Site, message: Message, code: int, address: str, detail: str = "") -> bool:
    """A text fails for want of its file: of WhatsApp its own code tells only that."""
    site.exchange.alert(code, detail=detail, resource=message.sid, url=address)
    own = code if code == _NOT_TAKEN else _NOT_FETCHED
    _fail(site, message, "failed", own if message.to.startswith("whatsapp:") else code)
    return False


def _fail(site: Site, message: Message, status: str, code: int) -> None:
    message.error_code = code
    _enter(site, message, status)


def _enter(site: Site, message: Message, status: str) -> None:
    message.status = status
    message.history.append(status)
    message.updated = site.exchange.pace.now()
    site.exchange.changed()
    told = fields.message_status(site.exchange, message, status)
    site.callbacks.send("message", message.sid, message.callback, "POST", told)
