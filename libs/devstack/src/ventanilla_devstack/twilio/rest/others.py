"""Recordings, queues and their members, numbers, the account and its balance."""

from ventanilla_devstack.twilio.errors import ApiError
from ventanilla_devstack.twilio.records import Member, Queue, Recording, Taking
from ventanilla_devstack.twilio.rest import shapes
from ventanilla_devstack.twilio.rest.asked import Answered, Asked, not_found
from ventanilla_devstack.twilio.rest.paging import page, within
from ventanilla_devstack.twilio.voice.recordings import mp3, wav

_NAME_SIGNS = 64
_NUMBER = {
    "FriendlyName": "friendly_name", "VoiceUrl": "voice_url", "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url", "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback", "StatusCallbackMethod": "status_callback_method", "SmsUrl": "sms_url",
    "SmsMethod": "sms_method", "SmsFallbackUrl": "sms_fallback_url", "SmsFallbackMethod": "sms_fallback_method",
}  # fmt: skip


def account(asked: Asked) -> Answered:
    """The account."""
    return Answered(200, shapes.account(asked.site.exchange))


def balance(asked: Asked) -> Answered:
    """Its money."""
    owner = asked.site.exchange.account
    return Answered(200, {"account_sid": owner.sid, "balance": f"{owner.balance:.2f}", "currency": "USD"})


def approval(asked: Asked) -> Answered:
    """What WhatsApp says of a template; how templates are made is not there."""
    owner, sid = asked.site.exchange.account, asked.sids[0]
    if sid not in owner.templates:
        raise not_found(asked.path)
    whatsapp = {
        "type": "whatsapp", "name": sid.lower(), "category": "UTILITY", "content_type": "twilio/text",
        "status": owner.templates[sid], "rejection_reason": "", "allow_category_change": True, "flows": None,
    }  # fmt: skip
    url = f"https://content.twilio.com{asked.path}"
    return Answered(200, {"url": url, "sid": sid, "account_sid": owner.sid, "whatsapp": whatsapp})


def recordings(asked: Asked) -> Answered:
    """Recordings, newest first."""
    exchange, query = asked.site.exchange, asked.query
    found = [
        each
        for each in reversed(exchange.recordings.values())
        if (not query.get("CallSid") or each.call_sid == query["CallSid"])
        and within(each.started, query, "DateCreated")
    ]
    return Answered(200, page(found, query, path=asked.path, key="recordings", name=lambda each: each.sid,
                              shape=lambda each: shapes.recording(exchange, each, asked.site.url)))  # fmt: skip


def _recording(asked: Asked) -> Recording:
    found = asked.site.exchange.recordings.get(asked.sids[-1])
    if found is None:
        raise not_found(asked.path)
    return found


def recording(asked: Asked) -> Answered:
    """A recording: with `.json` what it is, else its sound (`.wav` is what comes without an ending)."""
    found = _recording(asked)
    if asked.path.endswith(".json"):
        return Answered(200, shapes.recording(asked.site.exchange, found, asked.site.url))
    if found.status != "completed":
        raise not_found(asked.path)
    if asked.path.endswith(".mp3"):
        return Answered(200, content=mp3(found), content_type="audio/mpeg")
    return Answered(200, content=wav(found), content_type="audio/x-wav")


def remove_recording(asked: Asked) -> Answered:
    """Delete a recording."""
    found = _recording(asked)
    if found.status not in ("completed", "absent"):
        raise ApiError(21220, "Recording is still in progress")
    del asked.site.exchange.recordings[found.sid]
    return Answered(204)


def queues(asked: Asked) -> Answered:
    """Queues."""
    exchange = asked.site.exchange
    return Answered(200, page(list(exchange.queues.values()), asked.query, path=asked.path, key="queues",
                              name=lambda each: each.sid, shape=lambda each: shapes.queue(exchange, each)))  # fmt: skip


def create_queue(asked: Asked) -> Answered:
    """A queue before anybody waits in it."""
    exchange, name = asked.site.exchange, asked.form.get("FriendlyName")
    if not name or len(name) > _NAME_SIGNS:
        raise ApiError(20002, "Invalid FriendlyName")
    if exchange.queue_named(name) is not None:
        raise ApiError(22003, f"Queue with friendly name {name} already exists", 409)
    made = exchange.queue_named(name, make=True)
    assert made is not None  # made on demand
    made.max_size = asked.form.whole("MaxSize", made.max_size, low=1, high=5_000, code=22002)
    return Answered(201, shapes.queue(exchange, made))


def _queue(asked: Asked) -> Queue:
    found = asked.site.exchange.queues.get(asked.sids[0])
    if found is None:
        raise not_found(asked.path)
    return found


def queue(asked: Asked) -> Answered:
    """A queue."""
    return Answered(200, shapes.queue(asked.site.exchange, _queue(asked)))


def update_queue(asked: Asked) -> Answered:
    """Another size or name."""
    found = _queue(asked)
    found.max_size = asked.form.whole("MaxSize", found.max_size, low=1, high=5_000, code=22002)
    found.friendly_name = asked.form.get("FriendlyName")[:_NAME_SIGNS] or found.friendly_name
    return Answered(200, shapes.queue(asked.site.exchange, found))


def remove_queue(asked: Asked) -> Answered:
    """Delete a queue in which nobody waits."""
    found = _queue(asked)
    if found.members:
        raise ApiError(22001, "Queue not empty")
    del asked.site.exchange.queues[found.sid]
    return Answered(204)


def members(asked: Asked) -> Answered:
    """Who waits, the longest first."""
    exchange, found = asked.site.exchange, _queue(asked)
    placed = list(enumerate(found.members, start=1))
    return Answered(200, page(placed, asked.query, path=asked.path, key="queue_members",
                              name=lambda each: each[1].call.sid,
                              shape=lambda each: shapes.member(exchange, found, each[1], each[0])))  # fmt: skip


def _member(asked: Asked) -> tuple[Queue, Member, int]:
    found, sid = _queue(asked), asked.sids[1]
    for position, each in enumerate(found.members, start=1):
        if sid in (each.call.sid, "Front") and not each.taken.done():
            return found, each, position
    raise not_found(asked.path)


def member(asked: Asked) -> Answered:
    """Somebody who waits; `Front` is the first."""
    found, each, position = _member(asked)
    return Answered(200, shapes.member(asked.site.exchange, found, each, position))


def dequeue(asked: Asked) -> Answered:
    """Take somebody out and send them to a document."""
    found, each, position = _member(asked)
    url = asked.form.url("Url")
    if not url:
        raise ApiError(21205, "Url parameter is required.")
    answer = shapes.member(asked.site.exchange, found, each, position)
    each.taken.set_result(Taking(url, asked.form.method("Method"), ""))
    return Answered(200, answer)


def numbers(asked: Asked) -> Answered:
    """The numbers of the desk."""
    exchange, wanted = asked.site.exchange, asked.query.get("PhoneNumber", "")
    found = [each for each in exchange.numbers.values() if wanted in each.number]
    return Answered(200, page(found, asked.query, path=asked.path, key="incoming_phone_numbers",
                              name=lambda each: each.sid,
                              shape=lambda each: shapes.number(exchange, each)))  # fmt: skip


def number(asked: Asked) -> Answered:
    """A number; with a form, other addresses for it."""
    exchange = asked.site.exchange
    found = next((each for each in exchange.numbers.values() if each.sid == asked.sids[0]), None)
    if found is None:
        raise not_found(asked.path)
    changes = {}
    for name, known in _NUMBER.items():
        if asked.method == "POST" and asked.form.has(name):
            if name.endswith(("Url", "Callback")):
                changes[known] = asked.form.url(name, 21502)
            else:
                changes[known] = asked.form.method(name) if name.endswith("Method") else asked.form.get(name)
    for known, value in changes.items():
        setattr(found, known, value)
    return Answered(200, shapes.number(exchange, found))
