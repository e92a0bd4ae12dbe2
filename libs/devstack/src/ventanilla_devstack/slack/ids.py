"""Identifiers as Slack forms them: a letter for the kind, then capitals; and time stamps that name a message."""

import hashlib
import secrets
import string

_LETTERS = string.ascii_uppercase + string.digits
_ID_LETTERS = 10
_MICROSECONDS = 1_000_000


def new_id(prefix: str) -> str:
    """An identifier that nothing else has: `U` for a user, `C` a channel, `D` a direct conversation, `F` a file."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(_ID_LETTERS))


def fixed_id(prefix: str, *words: str) -> str:
    """The same identifier for the same words: a seeded workspace keeps its ids from one start to the next."""
    digest = hashlib.sha256("\x1f".join(words).encode()).digest()
    return prefix + "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:_ID_LETTERS])


def new_secret(prefix: str = "", size_bytes: int = 16) -> str:
    """A token or a secret that cannot be guessed."""
    return prefix + secrets.token_hex(size_bytes)


def new_block_id() -> str:
    """A name for a block whose author gave none."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(5))


def make_ts(at: float, after: str | None = None) -> str:
    """The time stamp for something that happens now.

    Args:
        at: seconds since 1970.
        after: the newest time stamp so far; the new one is later even if the clock stands still or goes back.
    """
    micros = int(at * _MICROSECONDS)
    if after is not None:
        micros = max(micros, ts_micros(after) + 1)
    return f"{micros // _MICROSECONDS}.{micros % _MICROSECONDS:06d}"


def ts_micros(ts: str) -> int:
    """A time stamp as a number, in millionths of a second.

    Raises:
        ValueError: it is none.
    """
    seconds, _, fraction = ts.partition(".")
    if not seconds.isascii() or not seconds.isdigit() or (fraction and not fraction.isdigit()) or len(seconds) > 12:
        raise ValueError(f"{ts} is no time stamp")
    return int(seconds) * _MICROSECONDS + int((fraction + "000000")[:6])


def is_ts(ts: object) -> bool:
    """Whether something is a time stamp of a message."""
    if not isinstance(ts, str):
        return False
    try:
        ts_micros(ts)
    except ValueError:
        return False
    return True
