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
        elif person.receives == "delivered":
            _enter(site, message, "delivered")


async def _fetch(site: Site, message: Message, draft: Draft) -> bool:
    """Get the files of a text; False if one of them cannot be had, and the text has failed."""
    for address in draft.media:
        try:
            answer = await site.webhooks.ask("media", Request(address, "GET"), MEDIA_BYTES)
        except DocumentFailed as failed:
            site.exchange.alert(failed.trouble.code, detail=failed.trouble.detail, resource=message.sid, url=address)
            _fail(site, message, "failed", failed.trouble.code)
            return False
        if len(answer.body) > MEDIA_BYTES:
            site.exchange.alert(11751, resource=message.sid, url=address)
            _fail(site, message, "failed", 11751)
            return False
        kind = answer.content_type.partition(";")[0].strip() or "application/octet-stream"
        message.media.append(site.exchange.add_media(message.sid, kind, answer.body).sid)
    return True


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
