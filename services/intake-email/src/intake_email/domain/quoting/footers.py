"""What stands below a person's words without being any: the "-- " signature, "Sent from my iPhone", a list's footer."""

import re
from typing import Final

from intake_email.domain.quoting.phrases import FROM_MY, SENT_FROM, SENT_FROM_AROUND, as_phrase

SIGNATURE_LINES = 25
"""RFC 3676 says four; companies say more. What is longer than this below a "--" is text."""
SIGNATURES_LINES = 12
"""A person's and below it a list's."""
_LIST_FOOTER_LINES = 14
_WIDE_RULE = 60
_RULE_WIDTH = 10
_DEVICE_WIDTH = 160
_DEVICE_WORDS = 7
_NAMED_WITHIN = 30

_FIRST: Final = frozenset(prefix[:2] for prefix in (*SENT_FROM, *FROM_MY))
_ADVERTISED: Final = tuple(prefix for prefix in SENT_FROM if prefix.endswith("outlook "))
_SYSTEM: Final = re.compile("ios|android|mac|windows|iphone|ipad|mobil")
_ENDS: Final = tuple({end for _, end in SENT_FROM_AROUND})
_DEVICE: Final = re.compile(
    r"iphon|ipad|ipod|ios\b|android|samsung|galaxy|huawei|xiaomi|redmi|oppo\b|vivo|oneplus|pixel|nokia|htc\b|motorola"
    r"|alcatel|blackberry|windows|outlook|yahoo|mobile|mobil|móvil|movil|celular|phone|handy|telefon|téléphone|tablet"
    r"|proton|tutanota|tuta\b|spark|acompli|thunderbird|gmx|web\.de|orange|telekom|lg\b|sony|xperia|lumia|mac\b|macbook"
    r"|apple|watch|puhelim|aol\b|icloud|boxer|canary|הגלקסי|האייפון|הטלפון|هاتف|جوال|آيفون|почт|телефон|смартфон|smartfon|мобильн|手机|手機|邮箱|郵件|メール|携帯|휴대|zoho|inbox|front\b|superhuman"
    r"|nine\b|mi\b|palm|treo|droid|verizon|t-mobile|at&t|vodafone|telstra|bouygues|sfr\b|free\b|wifi|pda|libero|infomaniak"
    # "Sent by mail" is about a letter: the word alone names a program only at the end or before its system.
    r"|\wmail\b|mailbox|sparrow|mail$|mail (?:for|für|pour|para|per|voor|til|app|on)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"<[^<>]{0,500}>|\(?https?://\S{1,500}\)?|\[[^\[\]]{0,300}\]")
_APOLOGY = re.compile(
    r"[,.;!-]\s{0,3}(?:please|pls|kindly)?\s{0,3}(?:excuse|pardon|forgive|sorry|apolog|disculp|perdon|excus|désolé|entschuldig|scus)",
    re.IGNORECASE,
)
_AROUND: Final = "*_<>[]() \t\xa0-–—\u200b\u200e\u200f\u202a\u202b\u202c"
# Written by list managers in English, or by lists whose footer carries their own address.
_LIST_FOOTER: Final = re.compile(
    r"mailing list|listinfo|to unsubscribe|unsubscribe from|you received this message because|you are receiving this"
    r"|liste de diffusion|lista de correo|mailingliste|mailinglist|se désabonner|cancelar la suscripción|darse de baja"
    r"|annullare l'iscrizione|lista di discussione|yahoogroups|yahoo! groups|yahoo groups|groups\.google"
    r"|subscription settings|to post to this list",
    re.IGNORECASE,
)


def is_device_footer(line: str) -> bool:
    """Whether a stripped line is what a phone or a program adds by itself."""
    if len(line) > _DEVICE_WIDTH:
        return False
    if "http" in line or "[" in line:
        line = _LINK.sub(" ", line)
        line = line.rstrip().removesuffix(":")
    bare = line.strip(_AROUND)
    lowered = as_phrase(bare)
    if lowered[:2] in _FIRST:
        if lowered.startswith(_ADVERTISED) and _SYSTEM.search(lowered) is None:
            return False  # "Get Outlook working, please."
        if lowered.startswith(SENT_FROM):
            return _names_a_device(bare)
        if lowered.startswith(FROM_MY) and bare.count(" ") <= 3 and _DEVICE.search(bare):
            return True
    lowered = lowered.rstrip(".")
    if lowered.endswith(_ENDS):
        for start, end in SENT_FROM_AROUND:
            if lowered.startswith(start) and lowered.endswith(end):
                return bare.count(" ") <= _DEVICE_WORDS + 3 and _DEVICE.search(bare) is not None
    return False


def signature_from(raw: list[str], lines: list[str], start: int, end: int) -> int:
    """Index of the "-- " line of a signature in `lines[start:end]`, `end` where there is none.

    Only the last lines of what a person wrote are a signature; "--" further up divides two paragraphs, and several of
    them without the blank of RFC 3676 divide a list.
    """
    filled = bare = 0
    found = end
    for index in range(end - 1, start - 1, -1):
        line = lines[index]
        if not line:
            continue
        if line == "--":
            bare = bare + 1 if raw[index][-1:] == "-" else -SIGNATURE_LINES
            if found == end or filled <= SIGNATURES_LINES:
                found = index
        filled += 1
        if filled > SIGNATURE_LINES:
            break
    if bare > 1 and not any(_LIST_FOOTER.search(below[:300]) for below in lines[found:end]):
        return end
    return found


def list_footer_from(lines: list[str], start: int, end: int) -> int:
    """Index of the rule above a mailing list's footer in `lines[start:end]`, `end` where there is none."""
    for index in range(end - 1, max(start, end - _LIST_FOOTER_LINES) - 1, -1):
        line = lines[index]
        if line == "--":
            return end  # the footer is this signature, and the rule above it is the author's
        if len(line) >= _RULE_WIDTH and line[0] in "_-=*" and not line.strip("_-=*"):
            if any(_LIST_FOOTER.search(below[:300]) for below in lines[index + 1 : end]):
                return _advertisement_above(lines, start, index)
            return end
    return end


def _advertisement_above(lines: list[str], start: int, footer: int) -> int:
    """Where the advertisement begins that a list's host puts above the list's own footer; `footer` where none is."""
    for index in range(footer - 1, max(start, footer - _LIST_FOOTER_LINES) - 1, -1):
        line = lines[index]
        if len(line) >= _RULE_WIDTH and not line.strip("-"):
            between = lines[index + 1 : footer]
            advertises = len(line) >= _WIDE_RULE and any("http" in below for below in between) and all(between)
            return index if advertises or not any(between) else footer
    return footer


def _names_a_device(bare: str) -> bool:
    """Tell "Sent from my iPhone" from "Sent from my desk, which is easier than the phone."."""
    apology = _APOLOGY.search(bare)
    if apology is not None:
        bare = bare[: apology.start()]
    words = bare.count(" ") + 1
    if words > 16 or bare.endswith(("?", ":")):
        return False
    if words <= _DEVICE_WORDS:
        mine = words <= 5 and bare.lower().startswith("sent from my ")
        return mine or _DEVICE.search(bare) is not None
    return _DEVICE.search(bare, 0, _NAMED_WITHIN if bare.endswith(".") else 2 * _NAMED_WITHIN) is not None
