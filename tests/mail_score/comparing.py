"""When two values of a field say the same: white space, case of addresses and the zone of a date do not count."""

from datetime import datetime
from typing import Any


def words(value: Any) -> str:
    """A text with every run of white space as one space."""
    return " ".join(str(value or "").split())


def address(value: Any) -> str:
    """An address without case, its domain in ASCII form."""
    text = str(value or "").strip().lower()
    local, at, domain = text.rpartition("@")
    if domain.isascii():
        return text
    try:
        return f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        return text


def same_mailbox(expected: dict[str, str], got: Any) -> bool:
    """Whether name and address, as far as they are expected, are those."""
    if not isinstance(got, dict):
        return False
    if "address" in expected and address(expected["address"]) != address(got.get("address")):
        return False
    return "name" not in expected or words(expected["name"]) == words(got.get("name"))


def same_mailboxes(expected: list[dict[str, str]], got: Any) -> bool:
    """Whether all mailboxes are those, in order."""
    if not isinstance(got, list) or len(expected) != len(got):
        return False
    return all(same_mailbox(one, other) for one, other in zip(expected, got, strict=True))


def same_moment(expected: str | None, got: Any) -> bool:
    """Whether two ISO dates with offset are one moment to the second, or neither is a date."""
    if expected is None or not isinstance(got, str):
        return expected is None and got is None
    try:
        one, other = (datetime.fromisoformat(value).replace(microsecond=0) for value in (expected, got))
        return one == other
    except (ValueError, TypeError):
        return False


def same_header(name: str, expected: Any, got: Any) -> bool:
    """Whether a header's value is the expected one."""
    if name in ("to", "cc", "reply_to"):
        return same_mailboxes(expected, got)
    if name == "date":
        return same_moment(expected, got)
    if name == "subject":
        return words(expected) == words(got)
    return bool(expected == got)


def same_language(expected: str | None, got: Any) -> bool:
    """Whether the language is the expected one; where that has no region or script, those do not count."""
    if expected is None or not isinstance(got, str):
        return expected is None and got is None
    return got.lower() == expected.lower() or ("-" not in expected and got.lower().split("-")[0] == expected.lower())


def same_attachments(expected: list[dict[str, Any]], got: Any) -> bool:
    """Whether there are as many attachments, in order, and each has what is expected of it."""
    if not isinstance(got, list) or len(expected) != len(got):
        return False
    return all(
        isinstance(other, dict) and all(other.get(key) == value for key, value in one.items())
        for one, other in zip(expected, got, strict=True)
    )
