"""JSON logs on standard output, one object per line, without personal data.

Event names are literals of the form ``noun.past_participle``. A processor redacts addresses, telephone numbers and
secrets wherever they turn up in a value, so that a careless line does not become a leak.
"""

import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

from ventanilla_runtime import tracing
from ventanilla_runtime.known_secrets import without_secret_bytes, without_secrets
from ventanilla_runtime.log_lines import Lines

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_SENSITIVE_KEYS = frozenset(
    [
        "bcc",
        "body",
        "caller",
        "cc",
        "email",
        "from",
        "html",
        "identities",
        "mail_from",
        "name",
        "participants",
        "raw",
        "rcpt_to",
        "recipient",
        "recipients",
        "reply_to",
        "requester",
        "sender",
        "subject",
        "text",
        "to",
        "url",
        "username",
    ]
)
_SENSITIVE_WORDS = frozenset(
    [
        "address",
        "addresses",
        "authorization",
        "cookie",
        "credential",
        "credentials",
        "passwd",
        "password",
        "phone",
        "secret",
        "seed",
        "signature",
        "sid",
        "token",
        "tokens",
    ]
)
"""A key that holds one of these as a word is as sensitive: `nats_password`, `X-Twilio-Signature`."""
_KEY_WORDS = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])")
_SUSPECT = re.compile(r"(?i)[@+]|%40|%2b|00\d|bearer|basic|token|secret|passw|pwd|key|xox|eyj|signature")
_ADDRESS = re.compile(r"[^\s<>\"'(),:;@=]{1,128}(?:@|%40)(?:[\w-]{1,63}(?:\.[\w-]{1,63})+|\[[0-9A-Fa-f.:]+\])")
_PHONE = re.compile(r"(?i)(?<![\w./-])(?:\+|%2b|00(?=[1-9]))\d[\d ()/.-]{6,18}\d(?!\w)")
_URL_USER = re.compile(r"(://)[^\s\"'<>]*@")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=\[\]-]{6,}")
"""A piece of it may be known, and `[secret]` already."""
_ASSIGNED = re.compile(
    r"(?i)\b((?:[\w-]*[_-])?(?:password|passwd|passw|pwd|token|secret|api[_-]?key|signature))([\"']?\s*[=:]\s*[\"']?)"
    r"[^\s\"'&,;}]+"
)
_KNOWN_TOKEN = re.compile(r"\b(?:xox[a-z]-[\w-]{6,}|xapp-[\w-]{6,}|eyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?)")


def redact_text(text: str) -> str:
    """Replace mail addresses, telephone numbers and credentials in a text by what they were."""
    return _redact_patterns(without_secrets(text))


def server_of(url: str) -> str:
    """A server's address for people, without who asks there: left in, the host would pass for a mail address's."""
    scheme, _, rest = url.partition("://")
    return redact_text(f"{scheme}://{rest.rpartition('@')[2]}" if url.count("@") == 1 and rest else url)


def _redact_patterns(text: str) -> str:
    """What looks like one. The secrets that this process knows are looked for once, in the whole line; but first
    where a pattern may cut a piece out of one, for nobody would know the rest of it again.
    """
    if not _SUSPECT.search(text):
        return text
    text = _URL_USER.sub(r"\1[redacted]@", without_secrets(text))
    text = _BEARER.sub(r"\1 [redacted]", text)
    text = _ASSIGNED.sub(r"\1\2[redacted]", text)
    text = _KNOWN_TOKEN.sub("[token]", text)
    text = _ADDRESS.sub("[address]", text)
    return _PHONE.sub("[phone]", text)


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Structlog processor: nothing personal leaves in a log line."""
    for key, value in event.items():
        kind = type(value)
        if kind is str:
            event[key] = "[redacted]" if _sensitive(key) else _redact_patterns(value)
        elif kind not in _HARMLESS:
            event[key] = "[redacted]" if _sensitive(key) else _redact_nested(value, 0)
    return event


_HARMLESS = (int, float, bool, type(None))


@lru_cache(maxsize=2048)
def _sensitive(key: str) -> bool:
    if key.lower() in _SENSITIVE_KEYS:
        return True
    return not _SENSITIVE_WORDS.isdisjoint(word.lower() for word in _KEY_WORDS.split(key) if word)


def _redact_nested(value: Any, depth: int) -> Any:
    if depth > 4:
        return "[deep]"
    if isinstance(value, str):
        return _redact_patterns(value)
    if isinstance(value, _HARMLESS):
        return value
    if isinstance(value, BaseException):
        return _redact_patterns(f"{type(value).__name__}: {value}")
    if isinstance(value, dict):
        return {
            _redact_patterns(str(key)): "[redacted]" if _sensitive(str(key)) else _redact_nested(item, depth + 1)
            for key, item in list(value.items())[:_MOST_ITEMS]
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_redact_nested(item, depth + 1) for item in list(value)[:_MOST_ITEMS]]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"[{len(value)} bytes]"
    return _redact_patterns(str(value))


_MOST_ITEMS = 50


def configure(service: str, level: str = "info") -> None:
    """Send structlog and the standard library's logs to standard output as JSON lines."""
    threshold = _LEVELS.get(level.lower(), logging.INFO)
    out = Lines()

    def render(logger: WrappedLogger, level_name: str, event: EventDict) -> bytes:
        if "exc_info" in event:
            event = structlog.processors.format_exc_info(logger, level_name, event)
        redact(logger, level_name, event)
        if "trace_id" not in event and (traceparent := tracing.current()) is not None:
            event["trace_id"] = tracing.trace_id(traceparent)
        event["service"] = service
        event["level"] = "error" if level_name == "exception" else level_name
        event["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        return without_secret_bytes(orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS))

    structlog.configure(
        cache_logger_on_first_use=True,
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        processors=[render],
        logger_factory=lambda *_: out,
    )
    sys.excepthook = _say_crash
    handler = _ForeignHandler()
    logging.basicConfig(handlers=[handler], level=max(threshold, logging.WARNING), force=True)


def _say_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What ends the process and nobody caught, in full, and as redacted as a log line."""
    sys.stderr.write(redact_text("".join(traceback.format_exception(kind, error, trace))))


class _ForeignHandler(logging.Handler):
    """Lines of libraries, in the same form and through the same redaction."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            logger = structlog.get_logger(library=record.name)
            details = {"exc_info": record.exc_info} if record.exc_info else {}
            logger.log(record.levelno, "library.logged", message=record.getMessage(), **details)
        except (ValueError, OSError):
            sys.stderr.write("a log line could not be written\n")
