"""Resources as REST shows them: snake case, dates of RFC 2822, numbers mostly as text."""

from ventanilla_devstack.twilio.errors import MESSAGE_ERRORS
from ventanilla_devstack.twilio.exchange import Exchange
from ventanilla_devstack.twilio.fields import API_VERSION, rfc2822, segments
from ventanilla_devstack.twilio.records import Call, DeskNumber, Json, Media, Member, Message, Queue, Recording


def base(exchange: Exchange) -> str:
    """Where everything of the account is."""
    return f"/{API_VERSION}/Accounts/{exchange.account.sid}"


def account(exchange: Exchange) -> Json:
    """The account."""
    owner = exchange.account
    where = base(exchange)
    kinds = ("Calls", "IncomingPhoneNumbers", "Messages", "Queues", "Recordings")
    names = ("calls", "incoming_phone_numbers", "messages", "queues", "recordings")
    return {
        "sid": owner.sid,
        "friendly_name": owner.friendly_name,
        "status": owner.status,
        "type": "Full",
        "auth_token": owner.auth_token,
        "owner_account_sid": owner.sid,
        "date_created": rfc2822(owner.created),
        "date_updated": rfc2822(owner.created),
        "uri": f"{where}.json",
        "subresource_uris": {name: f"{where}/{kind}.json" for name, kind in zip(names, kinds, strict=True)},
    }


def call(exchange: Exchange, one: Call) -> Json:
    """A call."""
    where = f"{base(exchange)}/Calls/{one.sid}"
    kinds = ("events", "feedback", "notifications", "payments", "recordings", "siprec", "streams", "transcriptions",
             "user_defined_message_subscriptions", "user_defined_messages")  # fmt: skip
    return {
        "sid": one.sid,
        "account_sid": exchange.account.sid,
        "parent_call_sid": one.parent or None,
        "phone_number_sid": one.number_sid or None,
        "to": one.to,
        "to_formatted": one.to,
        "from": one.from_,
        "from_formatted": one.from_,
        "caller_name": one.caller_name or None,
        "forwarded_from": one.forwarded_from or None,
        "status": one.status,
        "direction": one.direction,
        "answered_by": one.answered_by or None,
        "date_created": rfc2822(one.created),
        "date_updated": rfc2822(one.updated or one.created),
        "start_time": rfc2822(one.answered or one.started),
        "end_time": rfc2822(one.ended),
        "duration": str(one.duration) if one.ended else None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "trunk_sid": None,
        "group_sid": None,
        "annotation": None,
        "api_version": API_VERSION,
        "uri": f"{where}.json",
        "subresource_uris": {kind: f"{where}/{_camel(kind)}.json" for kind in kinds},
    }


def message(exchange: Exchange, one: Message) -> Json:
    """A message."""
    where = f"{base(exchange)}/Messages/{one.sid}"
    return {
        "sid": one.sid,
        "account_sid": exchange.account.sid,
        "messaging_service_sid": one.service_sid or None,
        "to": one.to,
        "from": one.from_,
        "body": one.body,
        "status": one.status,
        "direction": one.direction,
        "num_segments": str(segments(one.body)),
        "num_media": str(len(one.media)),
        "error_code": one.error_code,
        "error_message": MESSAGE_ERRORS.get(one.error_code, "Unknown error") if one.error_code else None,
        "date_created": rfc2822(one.created),
        "date_updated": rfc2822(one.updated or one.created),
        "date_sent": rfc2822(one.sent),
        "price": None,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "uri": f"{where}.json",
        "subresource_uris": {"media": f"{where}/Media.json", "feedback": f"{where}/Feedback.json"},
    }


def media(exchange: Exchange, one: Media) -> Json:
    """A file of a message."""
    return {
        "sid": one.sid,
        "account_sid": exchange.account.sid,
        "parent_sid": one.message_sid,
        "content_type": one.content_type,
        "date_created": rfc2822(one.created),
        "date_updated": rfc2822(one.created),
        "uri": f"{base(exchange)}/Messages/{one.message_sid}/Media/{one.sid}.json",
    }


def recording(exchange: Exchange, one: Recording, url: str) -> Json:
    """A recording.

    Args:
        url: ours.
    """
    where = f"{base(exchange)}/Recordings/{one.sid}"
    done = one.status in ("completed", "absent")
    return {
        "sid": one.sid,
        "account_sid": exchange.account.sid,
        "call_sid": one.call_sid,
        "conference_sid": None,
        "status": one.status,
        "source": one.source,
        "channels": one.channels,
        "track": "both",
        "duration": str(round(one.seconds)) if done else None,
        "start_time": rfc2822(one.started),
        "date_created": rfc2822(one.started),
        "date_updated": rfc2822(one.updated or one.started),
        "price": None,
        "price_unit": "USD",
        "error_code": None,
        "encryption_details": None,
        "api_version": API_VERSION,
        "media_url": f"{url}{where}",
        "uri": f"{where}.json",
        "subresource_uris": {
            "add_on_results": f"{where}/AddOnResults.json",
            "transcriptions": f"{where}/Transcriptions.json",
        },
    }


def queue(exchange: Exchange, one: Queue) -> Json:
    """A queue."""
    where = f"{base(exchange)}/Queues/{one.sid}"
    return {
        "sid": one.sid,
        "account_sid": exchange.account.sid,
        "friendly_name": one.friendly_name,
        "current_size": len(one.members),
        "max_size": one.max_size,
        "average_wait_time": one.average_wait,
        "date_created": rfc2822(one.created),
        "date_updated": rfc2822(one.created),
        "uri": f"{where}.json",
        "subresource_uris": {"members": f"{where}/Members.json"},
    }


def member(exchange: Exchange, where: Queue, one: Member, position: int) -> Json:
    """A call in a queue; its position counts from 1."""
    return {
        "call_sid": one.call.sid,
        "queue_sid": where.sid,
        "position": position,
        "wait_time": one.waited(exchange.pace.now()),
        "date_enqueued": rfc2822(one.enqueued),
        "uri": f"{base(exchange)}/Queues/{where.sid}/Members/{one.call.sid}.json",
    }


def number(exchange: Exchange, one: DeskNumber) -> Json:
    """A number of the desk."""
    return {
        "sid": one.sid,
        "account_sid": exchange.account.sid,
        "phone_number": one.number,
        "friendly_name": one.friendly_name or one.number,
        "capabilities": {"voice": one.voice, "sms": one.sms, "mms": one.mms, "fax": False},
        "voice_url": one.voice_url,
        "voice_method": one.voice_method,
        "voice_fallback_url": one.voice_fallback_url,
        "voice_fallback_method": one.voice_fallback_method,
        "voice_caller_id_lookup": False,
        "voice_application_sid": "",
        "voice_receive_mode": "voice",
        "status_callback": one.status_callback,
        "status_callback_method": one.status_callback_method,
        "sms_url": one.sms_url,
        "sms_method": one.sms_method,
        "sms_fallback_url": one.sms_fallback_url,
        "sms_fallback_method": one.sms_fallback_method,
        "sms_application_sid": "",
        "trunk_sid": None,
        "address_requirements": "none",
        "address_sid": None,
        "bundle_sid": None,
        "identity_sid": None,
        "emergency_address_sid": None,
        "emergency_status": "Inactive",
        "emergency_address_status": "unregistered",
        "beta": False,
        "origin": "twilio",
        "type": "local",
        "status": "in-use",
        "api_version": API_VERSION,
        "date_created": rfc2822(one.created),
        "date_updated": rfc2822(one.created),
        "uri": f"{base(exchange)}/IncomingPhoneNumbers/{one.sid}.json",
        "subresource_uris": {},
    }


def _camel(words: str) -> str:
    return "".join(word.capitalize() for word in words.split("_"))
