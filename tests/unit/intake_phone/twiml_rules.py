"""What Twilio takes, written down apart from the code: verbs, their attributes, what may stand in what.

From Twilio's pages on TwiML for Voice: https://www.twilio.com/docs/voice/twiml and those of each verb.
"""

import re
from xml.etree import ElementTree

WHOLE = re.compile(r"[1-9][0-9]*\Z")
URL = re.compile(r"https://[^\s]+\Z")
ANY = re.compile(r".+\Z")
ATTRIBUTES: dict[str, dict[str, re.Pattern[str]]] = {
    "Say": {"language": re.compile(r"[a-z]{2}-[A-Z]{2}\Z"), "voice": ANY},
    "Play": {},
    "Pause": {"length": WHOLE},
    "Gather": {
        "action": URL,
        "actionOnEmptyResult": re.compile(r"true\Z"),
        "input": re.compile(r"dtmf( speech)?\Z"),
        "timeout": WHOLE,
        "finishOnKey": re.compile(r"[0-9*#]?\Z"),
        "numDigits": WHOLE,
        "language": re.compile(r"[a-z]{2}-[A-Z]{2}\Z"),
        "speechTimeout": WHOLE,
        "hints": ANY,
    },
    "Record": {
        "action": URL,
        "maxLength": WHOLE,
        "finishOnKey": re.compile(r"[0-9*#]\Z"),
        "timeout": WHOLE,
        "playBeep": re.compile(r"true\Z"),
        "recordingStatusCallback": URL,
        "recordingStatusCallbackEvent": re.compile(r"completed absent\Z"),
    },
    "Dial": {
        "action": URL,
        "timeout": WHOLE,
        "record": re.compile(r"record-from-answer-dual\Z"),
        "recordingStatusCallback": URL,
        "recordingStatusCallbackEvent": re.compile(r"completed absent\Z"),
    },
    "Number": {},
    "Queue": {"url": URL},
    "Enqueue": {"action": URL, "waitUrl": URL},
    "Redirect": {},
    "Reject": {"reason": re.compile(r"(rejected|busy)\Z")},
    "Leave": {},
    "Hangup": {},
}
INSIDE = {"Gather": {"Say", "Play", "Pause"}, "Dial": {"Number", "Queue"}}
ENDS = {"Gather", "Record", "Dial", "Enqueue", "Redirect", "Reject", "Leave", "Hangup"}
WAITING = {"Say", "Play", "Pause", "Gather", "Redirect", "Leave", "Hangup"}
"""What may stand in the document of a queue's waitUrl."""
LIMIT_BYTES = 64_000


def faults(document: str, door: str = "step") -> list[str]:
    """What Twilio would have against a document."""
    if len(document.encode()) > LIMIT_BYTES:
        return ["too large"]
    root = ElementTree.fromstring(document)
    found = [] if root.tag == "Response" else [f"{root.tag} is no response"]
    verbs = list(root)
    if not verbs or (door != "wait" and verbs[-1].tag not in ENDS):
        found.append("neither goes on nor ends")  # in a queue a document that ends is asked for again
    for verb in verbs:
        if verb.tag in ("Number", "Queue"):
            found.append(f"{verb.tag} stands alone")
        if door == "wait" and verb.tag not in WAITING:
            found.append(f"{verb.tag} in a wait document")
        if door != "wait" and verb.tag == "Leave":
            found.append("Leave outside a queue")
        found += _verb_faults(verb)
    return found


def _verb_faults(verb: ElementTree.Element) -> list[str]:
    if verb.tag not in ATTRIBUTES:
        return [f"unknown verb {verb.tag}"]
    found = []
    for name, value in verb.attrib.items():
        pattern = ATTRIBUTES[verb.tag].get(name)
        if pattern is None or not pattern.match(value):
            found.append(f"{verb.tag} {name}={value!r}")
    if verb.tag == "Say" and not 0 < len(verb.text or "") <= 4_096:
        found.append("Say is empty or too long")
    if len(verb.get("hints", "").split(",")) > 500:
        found.append("too many hints")
    for inner in verb:
        if inner.tag not in INSIDE.get(verb.tag, set()):
            found.append(f"{inner.tag} in {verb.tag}")
        found += _verb_faults(inner)
    return found
