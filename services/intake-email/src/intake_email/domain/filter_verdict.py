"""What a spam filter in front of the desk wrote on a mail: rspamd, SpamAssassin, Microsoft 365.

Only worth something where our own relay delivered the mail: whoever sends to the door directly writes what he likes.
Of a repeated header the topmost was written last.
"""

import re
from dataclasses import dataclass

from intake_email.domain.mail import Mail

_NUMBER = r"(-?\d{1,4}(?:\.\d{1,4})?)"
_RSPAMD = re.compile(r"\w{1,40}:\s*(true|false)\s*\[" + _NUMBER, re.IGNORECASE)
_SPAMASSASSIN = re.compile(r"(yes|no)\b(?:.{0,40}?\b(?:score|hits)=" + _NUMBER + ")?", re.IGNORECASE | re.DOTALL)
_CONFIDENCE = re.compile(r"\bSCL:(-?\d)\b")
_SPAM_CONFIDENCE = 5
"""From this "spam confidence level" on Microsoft puts a mail into the junk folder."""
_SPAM_ACTIONS = frozenset({"add header", "rewrite subject", "reject", "quarantine", "discard"})


@dataclass(frozen=True, slots=True)
class FilterVerdict:
    """What a filter found; `score` in its own measure."""

    spam: bool
    score: float | None
    source: str


def filter_verdict(mail: Mail) -> FilterVerdict | None:
    """The verdict of the filter that looked at a mail; None if none did."""
    headers = mail.headers
    if match := _RSPAMD.match(mail.header("x-spamd-result")):
        return FilterVerdict(match[1].lower() == "true", float(match[2]), "rspamd")
    if action := mail.header("x-rspamd-action"):
        return FilterVerdict(action.strip().lower() in _SPAM_ACTIONS, _score(mail, "x-rspamd-score"), "rspamd")
    if match := _SPAMASSASSIN.match(mail.header("x-spam-status")):
        return FilterVerdict(match[1].lower() == "yes", float(match[2]) if match[2] else None, "spamassassin")
    if flag := mail.header("x-spam-flag") or mail.header("x-spam"):
        return FilterVerdict(flag.strip().lower().startswith("yes"), _score(mail, "x-spam-score"), "spamassassin")
    if "x-forefront-antispam-report" in headers or "x-ms-exchange-organization-scl" in headers:
        return _microsoft(mail)
    return None


def _microsoft(mail: Mail) -> FilterVerdict | None:
    level = mail.header("x-ms-exchange-organization-scl").strip()
    if match := _CONFIDENCE.search(mail.header("x-forefront-antispam-report")[:4_000]):
        level = match[1]
    try:
        confidence = int(level)
    except ValueError:
        return None
    return FilterVerdict(confidence >= _SPAM_CONFIDENCE, float(confidence), "microsoft")


def _score(mail: Mail, name: str) -> float | None:
    match = re.match(r"\s*" + _NUMBER, mail.header(name))
    return float(match[1]) if match else None
