"""Identifiers as Twilio forms them: two letters for the kind, then 32 hexadecimal digits."""

import hashlib
import re
import secrets

_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")


def new_sid(prefix: str) -> str:
    """One that nothing else has: `CA` a call, `SM` and `MM` messages, `RE` a recording, `QU` a queue, `ME` a file."""
    return prefix + secrets.token_hex(16)


def fixed_sid(prefix: str, *words: str) -> str:
    """The same one for the same words: an account keeps its ids from one start to the next."""
    return prefix + hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:32]


def is_sid(text: str, prefix: str = "") -> bool:
    """Whether this has the form of one, of a kind."""
    return bool(_SID.fullmatch(text)) and text.startswith(prefix)
