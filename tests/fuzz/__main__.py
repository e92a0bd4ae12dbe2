"""Fuzzes the mail reader: `python -m tests.fuzz --minutes 10 [--seed 1] [--keep FOLDER] [--corpus FOLDER ...]`.

Every mail must be answered within a second, by both forms (the command's object and the service's event), without an
exception; the event must fit and hold against its model. What breaks that is written to FOLDER and named at the end.
"""

import argparse
import time
import traceback
from hashlib import sha256
from pathlib import Path
from random import Random

import orjson

from intake_email.adapters.languages import language_of
from intake_email.domain.described import describe
from intake_email.domain.envelope import Envelope
from intake_email.domain.normalise import encode, normalise
from intake_email.domain.understanding import understand
from tests.fuzz.mutations import mutate
from ventanilla_contracts.events import EVENT_LIMIT_BYTES, MessageReceived

DATA = Path(__file__).parent.parent / "data" / "email"
ENVELOPE = Envelope("a@b.example", ("desk@desk.example",), "192.0.2.1", "mx.example")
SLOW_SECONDS = 1.0


def check(raw: bytes) -> str | None:
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
    if spent > SLOW_SECONDS:
        return f"took {spent:.1f} s"
    if len(encoded) > EVENT_LIMIT_BYTES:
        return f"the event has {len(encoded)} bytes"
    if not found.mail.from_html and any(line.strip() not in found.text for line in found.reply_text.split("\n")):
        return "reply_text has words that the text has not"
    return None


def main() -> None:
    """Fuzz for a while, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=DATA / "found")
    parser.add_argument("--corpus", type=Path, nargs="*", default=[DATA])
    options = parser.parse_args()
    seeds = [
        path.read_bytes()
        for folder in options.corpus
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix in ("", ".eml", ".msg", ".txt", ".raw", ".mbox")
        and path.stat().st_size < 64_000
    ]
    random = Random(options.seed)
    ends = time.monotonic() + options.minutes * 60
    shown = time.monotonic() + 10
    tried = 0
    found: dict[str, bytes] = {}
    while time.monotonic() < ends:
        raw = mutate(seeds, random)
        tried += 1
        problem = check(raw)
        if problem is not None and problem not in found:
            found[problem] = raw
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{sha256(raw).hexdigest()[:12]}.eml").write_bytes(raw)
            print(f"\n{problem}")
        if time.monotonic() > shown:
            shown += 10
            print(f"\r{tried} mails, {len(found)} findings", end="", flush=True)
    print(f"\n{tried} mails from {len(seeds)} seeds in {options.minutes:g} minutes: {len(found)} findings")
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
