"""The forms of Twilio's requests: what stands in each, in which words.

https://www.twilio.com/docs/voice/twiml#request-parameters, https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from datetime import datetime
from email.utils import format_datetime
from math import ceil

from ventanilla_devstack.twilio.exchange import Exchange
from ventanilla_devstack.twilio.records import Call, Message, Queue, Recording

Fields = list[tuple[str, str]]
API_VERSION = "2010-04-01"
_COUNTRIES = {
    "1": "US", "34": "ES", "44": "GB", "52": "MX", "54": "AR", "57": "CO", "56": "CL", "51": "PE", "49": "DE",
    "33": "FR", "351": "PT", "39": "IT", "55": "BR", "376": "AD", "53": "CU", "86": "CN", "7": "RU", "371": "LV",
    "252": "SO",
}  # fmt: skip
_US_PLACES = {"City": "BOSTON", "State": "MA", "Zip": "02101"}


def country_of(number: str) -> str:
    """The country of an E.164 number; "" where we do not know it."""
    digits = number.removeprefix("whatsapp:").removeprefix("+")
    found = [code for code in _COUNTRIES if digits.startswith(code)]
    return _COUNTRIES[max(found, key=len)] if found and number.removeprefix("whatsapp:").startswith("+") else ""


def rfc2822(moment: datetime | None) -> str | None:
    """A date as Twilio writes it."""
    return None if moment is None else format_datetime(moment)


def place(prefix: str, number: str) -> Fields:
    """Where a number is: known in the United States, elsewhere only the country, and the rest empty."""
    country = country_of(number)
    known = _US_PLACES if country == "US" else dict.fromkeys(_US_PLACES, "")
    return [*((prefix + name, value) for name, value in known.items()), (prefix + "Country", country)]


def voice(exchange: Exchange, call: Call) -> Fields:
    """What every request about a call has."""
    fields = [
        ("CallSid", call.sid),
        ("AccountSid", exchange.account.sid),
        ("From", call.from_),
        ("To", call.to),
        ("CallStatus", call.status),
        ("ApiVersion", API_VERSION),
        ("Direction", call.direction),
        ("Caller", call.from_),
        ("Called", call.to),
    ]
    for prefix, number in (("From", call.from_), ("Caller", call.from_), ("To", call.to), ("Called", call.to)):
        fields += place(prefix, number)
    for name, value in (
        ("ForwardedFrom", call.forwarded_from),
        ("CallerName", call.caller_name),
        ("ParentCallSid", call.parent),
        ("AnsweredBy", call.answered_by),
    ):
        if value:
            fields.append((name, value))
    return fields


def call_status(exchange: Exchange, call: Call, status: str) -> Fields:
    """A status callback: as things stood in that state."""
    fields = [(name, status if name == "CallStatus" else value) for name, value in voice(exchange, call)]
    if status in ("completed", "busy", "failed", "no-answer", "canceled"):
        fields.append(("CallDuration", str(call.duration)))
        fields.append(("Duration", str(ceil(call.duration / 60))))
    fields += [
        ("Timestamp", rfc2822(exchange.pace.now()) or ""),
        ("CallbackSource", "call-progress-events"),
        ("SequenceNumber", str(call.sequence)),
    ]
    call.sequence += 1
    return fields


def recording_status(exchange: Exchange, recording: Recording, base_url: str) -> Fields:
    """A recording's callback."""
    account = exchange.account.sid
    return [
        ("AccountSid", account),
        ("CallSid", recording.call_sid),
        ("RecordingSid", recording.sid),
        ("RecordingUrl", recording_url(exchange, recording, base_url)),
        ("RecordingStatus", "completed" if recording.status == "stopped" else recording.status),
        ("RecordingDuration", str(round(recording.seconds))),
        ("RecordingChannels", str(recording.channels)),
        ("RecordingStartTime", rfc2822(recording.started) or ""),
        ("RecordingSource", recording.source),
        ("RecordingTrack", "both" if recording.source != "RecordVerb" else "inbound"),
        ("ErrorCode", "0"),
    ]


def recording_url(exchange: Exchange, recording: Recording, base_url: str) -> str:
    """Where a recording is, without the form that one wants (`.wav`, `.mp3`)."""
    return f"{base_url}/{API_VERSION}/Accounts/{exchange.account.sid}/Recordings/{recording.sid}"


def queue(waiting: Queue, position: int, seconds: int) -> Fields:
    """What a document for waiting is asked with."""
    return [
        ("QueueSid", waiting.sid),
        ("QueuePosition", str(position)),
        ("QueueTime", str(seconds)),
        ("AvgQueueTime", str(waiting.average_wait)),
        ("CurrentQueueSize", str(len(waiting.members))),
    ]


def incoming_message(exchange: Exchange, message: Message, base_url: str, profile: str, opt_out: str) -> Fields:
    """A text that comes in.

    Args:
        profile: the name of somebody on WhatsApp.
        opt_out: `STOP`, `START` or `HELP` if advanced opt-out has answered it.
    """
    whatsapp = message.from_.startswith("whatsapp:")
    sid = message.sid
    fields = [("SmsMessageSid", sid), ("NumMedia", str(len(message.media)))]
    for number, media in enumerate(message.media):
        kept = exchange.media.get(media)
        address = f"{base_url}/{API_VERSION}/Accounts/{exchange.account.sid}/Messages/{sid}/Media/{media}"
        fields += [(f"MediaContentType{number}", kept.content_type if kept else ""), (f"MediaUrl{number}", address)]
    if whatsapp:
        fields += [("ProfileName", profile), ("WaId", message.from_.removeprefix("whatsapp:+"))]
        fields += [("MessageType", "text" if not message.media else "image")]
    else:
        fields += [*place("From", message.from_), *place("To", message.to)]
    fields += [
        ("SmsSid", sid),
        ("SmsStatus", "received"),
        ("Body", message.body),
        ("To", message.to),
        ("NumSegments", str(segments(message.body))),
        ("MessageSid", sid),
        ("AccountSid", exchange.account.sid),
        ("From", message.from_),
        ("ApiVersion", API_VERSION),
    ]
    if not message.media:
        fields.append(("ReferralNumMedia", "0"))
    if message.service_sid:
        fields.append(("MessagingServiceSid", message.service_sid))
    if opt_out:
        fields.append(("OptOutType", opt_out))
    return fields


def message_status(exchange: Exchange, message: Message, status: str) -> Fields:
    """A message's status callback."""
    fields = [
        ("SmsSid", message.sid),
        ("SmsStatus", status),
        ("MessageStatus", status),
        ("To", message.to),
        ("MessageSid", message.sid),
        ("AccountSid", exchange.account.sid),
        ("From", message.from_),
        ("ApiVersion", API_VERSION),
    ]
    if message.from_.startswith("whatsapp:"):
        fields += [
            ("ChannelInstallSid", "XE" + "0" * 32),
            ("ChannelPrefix", "whatsapp"),
            ("ChannelToAddress", message.to),
        ]
    if message.service_sid:
        fields.append(("MessagingServiceSid", message.service_sid))
    if status in ("undelivered", "failed") and message.error_code:
        fields.append(("ErrorCode", str(message.error_code)))
    return fields


_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")


def segments(text: str) -> int:
    """Into how many texts of the network a message is cut: 160 or 153 signs of GSM-7, else 70 or 67 of UCS-2."""
    if all(letter in _GSM or letter in _GSM_TWICE for letter in text):
        length, single, part = sum(2 if letter in _GSM_TWICE else 1 for letter in text), 160, 153
    else:
        length, single, part = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= single else ceil(length / part)
