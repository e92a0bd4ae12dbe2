"""JSON logs on standard output, one object per line, without personal data.

Event names are literals of the form ``noun.past_participle``. A processor redacts addresses, telephone numbers and
secrets wherever they turn up in a value, so that a careless line does not become a leak.
"""

import logging
import re
import sys
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_SENSITIVE_KEYS = frozenset(
    "address authorization body cookie from_address html mail_from name password phone raw rcpt_to recipient secret sender "
    "subject text to token url".split()
)
_ADDRESS = re.compile(r"[^\s<>\"'(),:;@]{1,128}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_PHONE = re.compile(r"(?<![\w.:/-])\+\d[\d ()/.-]{6,18}\d(?![\w])")
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^@\s/]+@")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}")


def redact_text(text: str) -> str:
    """Replace mail addresses, telephone numbers and credentials in a text by what they were."""
    if "@" in text:
        text = _URL_PASSWORD.sub(r"\1[redacted]@", text)
        text = _ADDRESS.sub("[address]", text)
    if "+" in text:
        text = _PHONE.sub("[phone]", text)
    if "earer" in text or "asic" in text or "EARER" in text or "ASIC" in text:
        text = _BEARER.sub(r"\1 [redacted]", text)
    return text


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """structlog processor: nothing personal leaves in a log line."""
    for key, value in event.items():
        if key in _SENSITIVE_KEYS:
            event[key] = "[redacted]"
        elif type(value) is str:
            if "@" in value or "+" in value or "earer" in value or "asic" in value:
                event[key] = redact_text(value)
        elif type(value) in (dict, list, tuple):
            event[key] = _redact_nested(value, 0)
        elif isinstance(value, BaseException):
            event[key] = redact_text(f"{type(value).__name__}: {value}")
    return event


def _redact_nested(value: Any, depth: int) -> Any:
    if depth > 4:
        return "[deep]"
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, dict):
        return {
            key: "[redacted]" if key in _SENSITIVE_KEYS else _redact_nested(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_redact_nested(item, depth + 1) for item in value[:50]]
    return value


def _dump(value: Any, default: Any = None) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)


def configure(service: str, level: str = "info") -> None:
    """Send structlog and the standard library's logs to standard output as JSON lines."""
    threshold = _LEVELS.get(level.lower(), logging.INFO)

    def add_service(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    structlog.configure(
        cache_logger_on_first_use=True,
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        processors=[
            add_service,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
        logger_factory=structlog.BytesLoggerFactory(),
    )
    handler = _ForeignHandler()
    logging.basicConfig(handlers=[handler], level=max(threshold, logging.WARNING), force=True)


class _ForeignHandler(logging.Handler):
    """Lines of libraries, in the same form and through the same redaction."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            logger = structlog.get_logger(library=record.name)
            details = {"exc_info": record.exc_info} if record.exc_info else {}
            logger.log(record.levelno, "library.logged", message=record.getMessage(), **details)
        except ValueError:
            sys.stderr.write("a log line could not be written\n")
