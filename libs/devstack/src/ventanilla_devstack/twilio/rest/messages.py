"""Messages: sent, looked up, listed; their files."""

import json

from ventanilla_devstack.twilio.errors import ApiError
from ventanilla_devstack.twilio.fields import country_of
from ventanilla_devstack.twilio.ids import is_sid
from ventanilla_devstack.twilio.messaging.outgoing import Draft, send
from ventanilla_devstack.twilio.records import DeskNumber, Message
from ventanilla_devstack.twilio.rest import shapes
from ventanilla_devstack.twilio.rest.asked import Answered, Asked, not_found
from ventanilla_devstack.twilio.rest.paging import page, within
from ventanilla_devstack.twilio.twiml.schema import E164

_BODY_SIGNS, _MEDIA = 1_600, 10
_UNDER_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "receiving"})


def create(asked: Asked) -> Answered:
    """A text to somebody outside. What is wrong with its form is refused; what goes wrong later is its state."""
    asked.need_active()
    form, exchange = asked.form, asked.site.exchange
    to, body, content = form.get("To"), form.get("Body"), form.get("ContentSid")
    if not to:
        raise ApiError(21604, "A 'To' phone number is required.")
    number, from_ = _sender(asked)
    whatsapp = to.startswith("whatsapp:")
    if not E164.fullmatch(to.removeprefix("whatsapp:")):
        raise ApiError(21211, f"Invalid 'To' Phone Number: {_masked(to)}")
    if whatsapp != from_.startswith("whatsapp:"):
        raise ApiError(63007, "Twilio could not find a Channel with the specified From address")
    media = form.all("MediaUrl")
    if not body and not media and not content:
        raise ApiError(21602, "Message body is required.")
    if len(body) > _BODY_SIGNS:
        raise ApiError(21617, "The concatenated message body exceeds the 1600 character limit")
    if len(media) > _MEDIA:
        raise ApiError(21623, "Number of media files exceeds allowed limit")
    _check_content(form.get("ContentSid"), form.get("ContentVariables"))
    person = exchange.person(to)
    if not whatsapp:
        if country_of(to) in exchange.account.forbidden:
            raise ApiError(
                21408,
                "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: "
                + _masked(to),
            )
        if (number.number, to) in exchange.opted_out:
            raise ApiError(21610, "Attempt to send to unsubscribed recipient")
        if not person.mobile:
            raise ApiError(21614, f"'To' number is not a valid mobile number: {_masked(to)}")
    for each in media:
        if not each.startswith(("http://", "https://")):
            raise ApiError(21620, f"Invalid media URL(s): {each}")
    draft = Draft(
        from_,
        to,
        body or _filled(form.get("ContentVariables"), content),
        media=tuple(media),
        callback=form.url("StatusCallback", 21609),
        content_sid=content,
        service_sid=form.get("MessagingServiceSid"),
    )
    return Answered(201, shapes.message(exchange, send(asked.site, draft)))


def _sender(asked: Asked) -> tuple[DeskNumber, str]:
    form, exchange = asked.form, asked.site.exchange
    from_, service = form.get("From"), form.get("MessagingServiceSid")
    if not from_ and service:
        number = next((each for each in exchange.numbers.values() if each.messaging_service_sid == service), None)
        if number is None:
            raise ApiError(21701, f"The Messaging Service does not exist: {service}", 404)
        return number, ("whatsapp:" if form.get("To").startswith("whatsapp:") else "") + number.number
    if not from_:
        raise ApiError(21603, "A 'From' phone number is required.")
    whatsapp = from_.startswith("whatsapp:")
    bare = from_.removeprefix("whatsapp:")
    if not E164.fullmatch(bare):
        raise ApiError(21212, f"Invalid 'From' Phone Number: {from_}")
    number = exchange.numbers.get(bare)
    if whatsapp and (number is None or not number.whatsapp):
        raise ApiError(63007, "Twilio could not find a Channel with the specified From address")
    if number is None:
        raise ApiError(21659, f"'From' {from_} is not a Twilio phone number or Short Code country mismatch")
    if not whatsapp and not number.sms:
        raise ApiError(21606, f"The 'From' phone number {from_} is not a valid, message-capable Twilio phone number")
    return number, from_


def _check_content(sid: str, variables: str) -> None:
    if sid and not is_sid(sid, "HX"):
        raise ApiError(21655, "The ContentSid is Invalid")
    if not variables:
        return
    try:
        given = json.loads(variables)
    except ValueError as error:
        raise ApiError(21656, "The Content Variables parameter is invalid") from error
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise ApiError(21656, "The Content Variables parameter is invalid")


def _filled(variables: str, sid: str) -> str:
    """What a template reads like: we know none, so its name and what was filled in."""
    if not sid:
        return ""
    given = json.loads(variables) if variables else {}
    return " ".join([f"[{sid}]", *(str(value) for value in given.values())])


def _masked(number: str) -> str:
    return number[:-4] + "XXXX" if len(number) > 8 else number


def find(asked: Asked) -> Message:
    """The message that the path names.

    Raises:
        ApiError: 20404.
    """
    message = asked.site.exchange.messages.get(asked.sids[0])
    if message is None:
        raise not_found(asked.path)
    return message


def fetch(asked: Asked) -> Answered:
    """A message."""
    return Answered(200, shapes.message(asked.site.exchange, find(asked)))


def listing(asked: Asked) -> Answered:
    """Messages, newest first."""
    exchange, query = asked.site.exchange, asked.query
    wanted = {"To": "to", "From": "from_"}
    found = [
        message
        for message in reversed(exchange.messages.values())
        if all(not query.get(name) or getattr(message, known) == query[name] for name, known in wanted.items())
        and within(message.sent, query, "DateSent")
    ]
    return Answered(200, page(found, query, path=asked.path, key="messages", name=lambda each: each.sid,
                              shape=lambda each: shapes.message(exchange, each)))  # fmt: skip


def remove(asked: Asked) -> Answered:
    """Forget a message."""
    message = find(asked)
    if message.status in _UNDER_WAY:
        raise ApiError(20009, "Cannot delete this resource before it is complete", 409)
    for sid in message.media:
        asked.site.exchange.media.pop(sid, None)
    del asked.site.exchange.messages[message.sid]
    return Answered(204)


def media_listing(asked: Asked) -> Answered:
    """The files of a message."""
    exchange = asked.site.exchange
    found = [kept for sid in find(asked).media if (kept := exchange.media.get(sid)) is not None]
    return Answered(200, page(found, asked.query, path=asked.path, key="media_list", name=lambda each: each.sid,
                              shape=lambda each: shapes.media(exchange, each)))  # fmt: skip


def media(asked: Asked) -> Answered:
    """A file: with `.json` what it is, without it the file itself."""
    kept = asked.site.exchange.media.get(asked.sids[1])
    if kept is None or kept.message_sid != asked.sids[0]:
        raise not_found(asked.path)
    if asked.path.endswith(".json"):
        return Answered(200, shapes.media(asked.site.exchange, kept))
    return Answered(200, content=kept.content, content_type=kept.content_type)


def remove_media(asked: Asked) -> Answered:
    """Delete a file."""
    kept = asked.site.exchange.media.get(asked.sids[1])
    if kept is None or kept.message_sid != asked.sids[0]:
        raise not_found(asked.path)
    del asked.site.exchange.media[kept.sid]
    return Answered(204)
