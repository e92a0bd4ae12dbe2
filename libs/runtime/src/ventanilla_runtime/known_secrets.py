"""What this process must never say: the secrets that it was given, found in whatever it is about to print.

Patterns (`logs.redact_text`) find what looks like a secret. This finds the secrets themselves, wherever somebody else
repeats them: a relay that quotes a password in its refusal, a library that puts a URL into its exception.
"""

import base64
import json
import re
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

SHORTEST: Final = 8
LONGEST_WORD: Final = 15
"""Shorter ones, and words up to this length, would blank out half of a log: nothing should be guarded by them."""
BLANK: Final = "[secret]"
_IN_LISTS: Final = re.compile(r"""(?i)(?:password|secret|token)["']?\s*:\s*["']?([^"'\s,}]+)""")
"""In settings that are lists in JSON or YAML."""
_BEFORE_HOST: Final = re.compile(r"\s*\w+://[^:/?#@]*:(\S+)@")
_ENDS_HOST: Final = re.compile(r"[/?#\[\],@:]")
"""In a URL; a password with one of these in it breaks the URL."""
_texts: dict[str, None] = {}
_bytes: tuple[bytes, ...] = ()


def keep_secret(*secrets: str) -> None:
    """Let nobody read these from now on, in any of the forms in which they travel."""
    global _bytes  # noqa: PLW0603  # one set for the process: whatever prints asks for it
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _say_crash
    for secret in secrets:
        for form in _forms(secret.strip()):
            if len(form) >= SHORTEST and not (form.isalpha() and len(form) <= LONGEST_WORD):
                _texts[form] = None
    # The longer first: one may be part of another.
    ordered = sorted(_texts, key=len, reverse=True)
    _texts.clear()
    _texts.update(dict.fromkeys(ordered))
    _bytes = tuple(text.encode("utf-8", "replace") for text in ordered)


def _say_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What ends a command and nobody caught, in full but for the secrets."""
    sys.stderr.write(without_secrets("".join(traceback.format_exception(kind, error, trace))))


def without_secrets(text: str) -> str:
    """A text in which no known secret stands."""
    for secret in _texts:
        if secret in text:
            text = text.replace(secret, BLANK)
    return text


def without_secret_bytes(line: bytes) -> bytes:
    """As `without_secrets`, for what is encoded already."""
    for secret in _bytes:
        if secret in line:
            line = line.replace(secret, BLANK.encode())
    return line


def secrets_in(settings: BaseModel) -> Iterator[str]:
    """Every secret that settings hold, at any depth, and the passwords in their URLs."""
    for name in type(settings).model_fields:
        yield from _in_value(getattr(settings, name, None))


def raw_secrets(field: FieldInfo | None, value: Any) -> Iterator[str]:
    """Secrets in what a setting was given, whether it is right or not."""
    if not isinstance(value, str):
        yield from _in_value(value)
    elif field is not None and "SecretStr" in str(field.annotation):
        yield from (value, *value.split(","))
        yield from _passwords(value)
    else:
        yield from _passwords(value)
        yield from (match[1] for match in _IN_LISTS.finditer(value))


def _in_value(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        yield from (secret, *secret.split(","))  # some are several, the first of which is used
        yield from _passwords(secret)
    elif isinstance(value, str):
        yield from _passwords(value)
    elif isinstance(value, BaseModel):
        yield from secrets_in(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _in_value(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _in_value(item)


def _passwords(text: str) -> Iterator[str]:
    """Passwords of URLs; several may be separated by commas."""
    whole = True
    for part in text.split(",") if "://" in text else ():
        try:
            parts = urlsplit(part.strip())
            user, password, _ = parts.username, parts.password, parts.port
        except ValueError:
            whole = False
            continue
        whole = whole and part.count("@") == parts.netloc.count("@")
        if password:
            yield password
            yield unquote(password)
        elif user and parts.scheme in ("nats", "tls"):  # a token alone
            yield user
    if not whole and (before := _BEFORE_HOST.match(text)):  # whoever cannot read it quotes a piece of it
        yield from (before[1], *_ENDS_HOST.split(before[1]))


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret, safe="")
    yield quote(secret)
    yield repr(secret)[1:-1]
    raw = secret.encode("utf-8", "replace")
    yield base64.b64encode(raw).decode()
    for before in range(3):  # inside something longer, such as user and password of AUTH PLAIN
        whole = (before + len(raw)) // 3 * 4
        yield base64.b64encode(b"\0" * before + raw)[4 if before else 0 : whole].decode()
