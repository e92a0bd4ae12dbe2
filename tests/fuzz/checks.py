"""What must hold of the answer to any mail, and the mails that fuzzing starts from."""

import time
import traceback
from collections.abc import Iterable
from pathlib import Path

import orjson

from intake_email.adapters.languages import language_of
from intake_email.domain.described import describe
from intake_email.domain.envelope import Envelope
from intake_email.domain.normalise import encode, normalise
from intake_email.domain.understanding import understand
from ventanilla_contracts.events import EVENT_LIMIT_BYTES, MessageReceived

DATA = Path(__file__).parent.parent / "data" / "email"
ENVELOPE = Envelope("a@b.example", ("desk@desk.example",), "192.0.2.1", "mx.example")
SLOW_SECONDS = 1.0
SEED_LIMIT_BYTES = 64_000


def check(raw: bytes, slow_seconds: float = SLOW_SECONDS) -> str | None:
    """What is wrong with the answer to a mail; None: nothing."""
    started = time.process_time()
    try:
        found = understand(raw, ENVELOPE.sender, language_of)
        described = describe(found)
        orjson.dumps(described)
        fields = normalise(found, raw, ENVELOPE, ("desk@desk.example",))
        fields["id"], fields["account"] = "event", "desk@desk.example"
        encoded = encode(fields)
        MessageReceived.model_validate_json(encoded)
    except Exception:  # noqa: BLE001 # whatever it is, it is a finding
        return traceback.format_exc(limit=-4)
    spent = time.process_time() - started
    if spent > slow_seconds:
        return f"took {spent:.1f} s"
    if len(encoded) > EVENT_LIMIT_BYTES:
        return f"the event has {len(encoded)} bytes"
    if not found.mail.from_html and any(line.strip() not in found.text for line in found.reply_text.split("\n")):
        return "reply_text has words that the text has not"
    return None


def seeds_in(folders: Iterable[Path]) -> list[bytes]:
    """The mails below these folders, without the big ones."""
    return [
        path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix in ("", ".eml", ".msg", ".txt", ".raw", ".mbox")
        and path.stat().st_size < SEED_LIMIT_BYTES
    ]
