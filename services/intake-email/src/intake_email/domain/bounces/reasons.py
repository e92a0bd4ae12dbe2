"""Why a mail did not arrive, judged by the server's words first and by the status code where the words say nothing."""

from typing import Final

from intake_email.domain.bounces.languages import DOMAINS, PAIRS_ABROAD
from intake_email.domain.bounces.records import (
    EXPIRED,
    HOST_UNKNOWN,
    MAILBOX_FULL,
    MESSAGE_TOO_BIG,
    OTHER,
    POLICY,
    USER_UNKNOWN,
)
from intake_email.domain.bounces.wording import PAIRS, PHRASES

_TEXT_LIMIT_CHARS: Final = 2_000
_PAIR_GAP_CHARS: Final = 120

_BY_STATUS: Final = {
    "1.0": USER_UNKNOWN, "1.1": USER_UNKNOWN, "1.2": HOST_UNKNOWN, "1.3": USER_UNKNOWN, "1.4": USER_UNKNOWN,
    "1.6": USER_UNKNOWN,
    # The sender's address or domain is refused.
    "1.7": POLICY, "1.8": POLICY, "7.26": POLICY, "7.27": POLICY,
    # RFC 7505 gave 5.1.10 to domains without mail; Exchange Online says it of unknown recipients, and far more often.
    "1.10": USER_UNKNOWN,
    "2.1": USER_UNKNOWN, "2.2": MAILBOX_FULL, "2.3": MESSAGE_TOO_BIG, "3.4": MESSAGE_TOO_BIG,
    "4.1": EXPIRED, "4.4": HOST_UNKNOWN, "4.7": EXPIRED, "4.310": HOST_UNKNOWN, "4.316": EXPIRED,
    "6.0": POLICY, "7.13": USER_UNKNOWN,
    "7.16": MESSAGE_TOO_BIG, "7.17": USER_UNKNOWN, "7.18": USER_UNKNOWN,
}  # fmt: skip
"""By subject and detail; the rest of subject 7 is policy."""

_DECISIVE: Final = frozenset({"1.1", "1.2", "1.6", "1.7", "1.8", "2.2", "2.3", "3.4", "4.7", "7.26", "7.27"})
"""Codes that servers use for what they mean; only words that contradict them outright weigh more."""

_CONTRADICTS: Final[dict[str, tuple[str, ...]]] = {
    USER_UNKNOWN: (MAILBOX_FULL, MESSAGE_TOO_BIG),
    HOST_UNKNOWN: (MAILBOX_FULL, MESSAGE_TOO_BIG, USER_UNKNOWN),
    MAILBOX_FULL: (),
    POLICY: (),
    MESSAGE_TOO_BIG: (MAILBOX_FULL,),
    EXPIRED: (MAILBOX_FULL,),
}
"""Words that a decisive code gives way to: qmail's vpopmail answers `User over quota. (#5.1.1)`."""

_ORDER: Final = (MAILBOX_FULL, MESSAGE_TOO_BIG, USER_UNKNOWN, HOST_UNKNOWN, POLICY, EXPIRED)
_SURELY_POLICY: Final = (
    "greylist", "graylist", "greylisted", "relay access denied", "relaying denied", "relay denied", "blocked using",
    "spamhaus", "sender address rejected", "sender rejected", "sender verify",
    "domain of sender", "sender domain", "dmarc", "sender policy framework", "client host", "blacklisted",
    "blocklisted",
    "not accepting mail with", "not accepting mail from", "recipient preferences", "unable to relay",
    "your hostname", "your address", "not local host", "ptr record", "reverse dns", "relay host name",
    "allowed rcpthosts",
    "backscatter", "from: domain", "unroutable sender", "sender email address", "from not owned",
)  # fmt: skip
"""Words that come before all others: what is refused here is the sender, whatever is said of a user besides."""
_SURELY_HOST: Final = (
    "unknown domain",
    "domain unknown",
    "mail domain mentioned",
    "host unknown",
    "unknown host",
    "nxdomain",
    "nullmx",
    "null mx",
    "host name specified",
)
_REFUSES_SENDER: Final = (
    "relay", "spam", "blacklist", "blocked", "blocklist", "sender", "spf", "dmarc", "policy", "not authorized",
    "not in my list of allowed",
    "preferences", "restricted", "refuse",
)  # fmt: skip


def reason_of(status: str | None, words: str, *more: str) -> str:
    """One of the reasons of `records`.

    Args:
        status: enhanced status, if any.
        words: what the server said.
        more: further words about the recipient, asked in turn where the server's say nothing.
    """
    said = _lowered(words)
    named = status.partition(".")[2] if status else ""
    by_code = _BY_STATUS.get(named) or (POLICY if named.startswith("7.") else None)
    if by_code is not None and named in _DECISIVE:
        return _contradicted(by_code, said)
    reason = reason_in(said)
    if reason is not None and not (reason == EXPIRED and by_code in (POLICY, USER_UNKNOWN)):
        return reason
    if by_code is not None:
        return by_code
    for text in more:
        reason = reason_in(_lowered(text))
        if reason is not None:
            return reason
    return _by_reply(said)


def reason_in(text: str) -> str | None:
    """The reason that a text in lower case names, or None."""
    if any(phrase in text for phrase in _SURELY_POLICY):
        return POLICY
    if any(phrase in text for phrase in _SURELY_HOST):
        return HOST_UNKNOWN
    if any(word in text for word in DOMAINS) and _names_abroad(HOST_UNKNOWN, text):
        return HOST_UNKNOWN
    for reason in _ORDER:
        if _names(reason, text):
            return reason
    return next((reason for reason in _ORDER if _names_abroad(reason, text)), None)


def _names(reason: str, text: str) -> bool:
    return any(phrase in text for phrase in PHRASES[reason]) or any(
        _aligned(text, first, second) for first, second, meant in PAIRS if meant == reason and second in text
    )


def _names_abroad(reason: str, text: str) -> bool:
    return any(_aligned(text, first, second) for first, second in PAIRS_ABROAD[reason] if second in text)


def _aligned(text: str, first: str, second: str) -> bool:
    place = text.find(first)
    return place >= 0 and text.find(second, place + len(first), place + len(first) + _PAIR_GAP_CHARS) >= 0


def _contradicted(by_code: str, said: str) -> str:
    for reason in _CONTRADICTS[by_code]:
        if any(phrase in said for phrase in PHRASES[reason]):
            return reason
    if by_code == USER_UNKNOWN and not _names(USER_UNKNOWN, said):
        if _names(HOST_UNKNOWN, said):
            return HOST_UNKNOWN
        if any(word in said for word in _REFUSES_SENDER):
            return POLICY
    return by_code


def _by_reply(said: str) -> str:
    """What the reply code alone tells: 552 is for storage, 421 for a server that is not there."""
    if said.startswith("552 "):
        return MAILBOX_FULL
    return OTHER


def _lowered(words: str) -> str:
    # IronPort says behind each reply how often it tried, which is once.
    words = words[:_TEXT_LIMIT_CHARS].partition(" (delivery attempts: ")[0]
    return " ".join(words.lower().replace("\u2019", "'").split())
