"""Texts from people outside to the desk, and what the desk answers by TwiML.

https://www.twilio.com/docs/messaging/twiml
"""

import asyncio
from urllib.parse import urljoin

from ventanilla_devstack.twilio import fields
from ventanilla_devstack.twilio.errors import DocumentFailed
from ventanilla_devstack.twilio.ids import new_sid
from ventanilla_devstack.twilio.messaging import opt_out
from ventanilla_devstack.twilio.messaging.outgoing import Draft, send
from ventanilla_devstack.twilio.records import DeskNumber, Message
from ventanilla_devstack.twilio.twiml.reading import Document, Verb, read
from ventanilla_devstack.twilio.twiml.schema import MESSAGING
from ventanilla_devstack.twilio.voice.site import Site
from ventanilla_devstack.twilio.webhooks import Request

_REDIRECTS = 10
BODY_SIGNS = 1_600


class NoSuchNumber(ValueError):
    """Nobody reads texts at that number."""


def text_in(
    site: Site, from_: str, to: str, body: str, media: tuple[tuple[str, bytes], ...] = (), *, profile: str = ""
) -> "tuple[Message, asyncio.Task[None] | None]":
    """Somebody outside writes to the desk; the message, and the work of bringing it there.

    Args:
        from_: with `whatsapp:` before it, and so `to`, for WhatsApp.
        profile: their name on WhatsApp.

    Raises:
        NoSuchNumber: the desk has no such number, or it takes no such texts.
    """
    exchange = site.exchange
    whatsapp = to.startswith("whatsapp:")
    number = exchange.numbers.get(to.removeprefix("whatsapp:"))
    if number is None or not (number.whatsapp if whatsapp else number.sms) or whatsapp != from_.startswith("whatsapp:"):
        raise NoSuchNumber(f"no text can be sent from {from_} to {to}")
    sid = new_sid("MM" if media else "SM")
    message = Message(sid, from_, to, body, "inbound", exchange.pace.now(), status="received")
    message.media = [exchange.add_media(sid, kind, content).sid for kind, content in media]
    message.service_sid = number.messaging_service_sid
    message.sent = message.created
    exchange.add_message(message)
    if exchange.account.status != "active":
        return message, None
    meaning = ""
    if whatsapp:
        exchange.windows[to, from_] = exchange.pace.clock()
    else:
        meaning, answer = opt_out.apply(exchange, number, from_, body)
        if answer:
            send(site, Draft(to, from_, answer, direction="outbound-reply", system=True))
    told = fields.incoming_message(
        exchange, message, site.url, profile or exchange.person(from_).name, meaning if number.advanced_opt_out else ""
    )
    return message, site.callbacks.spawn(_bring(site, number, message, told))


async def _bring(site: Site, number: DeskNumber, message: Message, told: fields.Fields) -> None:
    if not number.sms_url:
        return
    request = Request(number.sms_url, number.sms_method, told)
    for _ in range(_REDIRECTS):
        document = await _document(site, number, message, request)
        following = _execute(site, message, document) if document is not None else ""
        if not following or document is None:
            return
        request = Request(urljoin(document.url, following), "POST", told)
    site.exchange.alert(14107, resource=message.sid, url=request.url)


async def _document(site: Site, number: DeskNumber, message: Message, request: Request) -> Document | None:
    exchange = site.exchange
    code: tuple[tuple[str, str], ...] = ()
    for attempt, each in enumerate((request, Request(number.sms_fallback_url, number.sms_fallback_method))):
        if not each.url:
            break
        try:
            asked = each if not attempt else Request(each.url, each.method, (*request.fields, *code))
            answer = await site.webhooks.ask("message", asked)
            document = read(answer.body, answer.content_type, answer.url, MESSAGING, messaging=True)
        except DocumentFailed as failed:
            trouble = failed.trouble
            code = (("ErrorCode", str(trouble.code)), ("ErrorUrl", each.url))
            exchange.alert(trouble.code, detail=trouble.detail, resource=message.sid, url=each.url)
        else:
            for warning in document.warnings:
                exchange.alert(warning.code, detail=warning.detail, resource=message.sid, url=each.url, warning=True)
            return document
    return None


def _execute(site: Site, message: Message, document: Document) -> str:
    """Send the answers; where a Redirect leads."""
    for verb in document.verbs:
        if verb.name == "Redirect":
            return verb.text or document.url
        _reply(site, message, verb, document)
    return ""


def _reply(site: Site, message: Message, verb: Verb, document: Document) -> None:
    exchange = site.exchange
    body = next((child.text for child in verb.children if child.name == "Body"), verb.text)
    media = tuple(urljoin(document.url, child.text) for child in verb.children if child.name == "Media" and child.text)
    if not (body or media) or len(body) > BODY_SIGNS:
        exchange.alert(14103, detail=f"{len(body)} signs", resource=message.sid)
        return
    to = verb.get("to") or message.from_
    if (message.to, to) in exchange.opted_out:
        exchange.alert(21610, resource=message.sid)
        return
    address = verb.get("statusCallback") or verb.get("action")
    callback = urljoin(document.url, address) if address else ""
    send(site, Draft(message.to, to, body, media, callback=callback, direction="outbound-reply"))
