"""What is refused by REST, and what Twilio would log: each with its own number.

https://www.twilio.com/docs/api/errors
"""

from dataclasses import dataclass

MORE_INFO = "https://www.twilio.com/docs/errors/{code}"


class ApiError(Exception):
    """A refusal of a REST call.

    Attributes:
        status: of HTTP.
        code: Twilio's.
        detail: what a person is told.
    """

    def __init__(self, code: int, detail: str, status: int = 400) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.status = code, detail, status


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a document cannot be executed, or what in it is odd.

    Attributes:
        code: Twilio's.
        detail: the parser's words, or what was found.
        fatal: the call cannot go on with this document.
    """

    code: int
    detail: str
    fatal: bool = False


class DocumentFailed(Exception):
    """A document could not be had, or is none."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(f"{trouble.code}: {trouble.detail}")
        self.trouble = trouble


ALERTS = {
    10003: "Incoming call rejected due to inactive account",
    11100: "Invalid URL format",
    11200: "HTTP retrieval failure",
    11205: "HTTP connection failure",
    11206: "HTTP protocol violation",
    11210: "HTTP bad host name",
    11215: "HTTP too many redirects",
    11220: "SSL/TLS Handshake Error",
    11237: "Certificate Invalid - Could not find path to certificate",
    11750: "TwiML response body too large",
    11751: "MMS -> Media exceeds mobile operator size limit",
    12100: "Document parse failure",
    12102: "The root element must be Response",
    12200: "Schema validation warning",
    12300: "Invalid Content-Type",
    13201: "Dial: Cannot Dial out from a Dial Call Segment",
    13210: "Dial: Invalid method value",
    13212: "Dial: Invalid timeout value",
    13213: "Dial: Invalid hangupOnStar value",
    13214: "Dial: Invalid callerId value",
    13215: "Dial: Invalid nested element",
    13216: "Dial: Invalid timeLimit value",
    13217: "Dial: Invalid record value",
    13221: "Dial->Number: Invalid method value",
    13222: "Dial->Number: Invalid sendDigits value",
    13223: "Dial: Invalid phone number format",
    13310: "Gather: Invalid finishOnKey value",
    13312: "Gather: Invalid method value",
    13313: "Gather: Invalid timeout value",
    13314: "Gather: Invalid numDigits value",
    13320: "Gather: Invalid nested verb",
    13410: "Play: Invalid loop value",
    13510: "Say: Invalid loop value",
    13511: "Say: Invalid voice value",
    13520: "Say: Invalid text",
    13610: "Record: Invalid method value",
    13611: "Record: Invalid timeout value",
    13612: "Record: Invalid maxLength value",
    13613: "Record: Invalid finishOnKey value",
    13616: "Record: playBeep must be true or false",
    13710: "Redirect: Invalid method value",
    13910: "Pause: Invalid length value",
    14101: '"To" Attribute is Invalid',
    14103: "Message Invalid Body",
    14107: "Message rate limit exceeded",
    14110: "Invalid Verb for Message Reply",
    14201: "Enqueue: Invalid method value",
    14204: "Enqueue: Queue name too short",
    14205: "Enqueue: Queue name too long",
    14206: "Enqueue: Invalid waitUrlMethod value",
    14213: "Dial->Queue: Queue name too long",
    15003: "Call Progress: Error Response to Callback URL",
    21610: "Attempt to send to unsubscribed recipient",
    63021: "Channel invalid content error",
}
"""The words of the alerts that we raise."""

MESSAGE_ERRORS = {
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    11200: "HTTP retrieval failure",
    12300: "Invalid Content-Type",
    63019: "Media failed to download",
    63021: "Channel invalid content error",
    63003: "Channel could not find To address",
    63016: (
        "Failed to send freeform message because you are outside the allowed window. "
        "If you are using WhatsApp, please use a Message Template."
    ),
}
"""Why a message that was accepted did not arrive."""
