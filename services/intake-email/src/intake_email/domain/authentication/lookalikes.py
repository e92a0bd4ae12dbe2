"""Senders made to be taken for us: domains that look like ours, names that claim to be one of our addresses."""

import unicodedata
from collections.abc import Collection
from functools import lru_cache

from intake_email.domain.authentication.public_suffix import NAME_LIMIT_CHARS, ascii_domain, organizational_domain

TYPO_MIN_CHARS = 6
"""Below that, one letter's difference is a name of its own: `acme` and `acne` are two companies."""
LABEL_MIN_CHARS = 4
"""Names as short as `abc` are many companies'."""
NAME_LIMIT = 500
FREE_MAIL = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "hotmail.es",
        "live.com",
        "msn.com",
        "yahoo.com",
        "yahoo.es",
        "ymail.com",
        "icloud.com",
        "me.com",
        "aol.com",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "mail.com",
        "mail.ru",
        "yandex.ru",
        "yandex.com",
        "proton.me",
        "protonmail.com",
        "zoho.com",
        "fastmail.com",
        "qq.com",
        "163.com",
        "126.com",
        "naver.com",
        "orange.fr",
        "laposte.net",
        "libero.it",
        "terra.es",
        "telefonica.net",
    ]
)
_SKELETON = str.maketrans(
    {
        # Digits and letters that stand for each other in most typefaces.
        "0": "o",
        "1": "l",
        "i": "l",
        "3": "e",
        "5": "s",
        "4": "a",
        "7": "t",
        "8": "b",
        "|": "l",
        # Cyrillic.
        "а": "a",
        "в": "b",
        "с": "c",
        "ԁ": "d",
        "е": "e",
        "һ": "h",
        "і": "l",
        "ј": "j",
        "к": "k",
        "ӏ": "l",
        "м": "m",
        "п": "n",
        "о": "o",
        "р": "p",
        "ԛ": "q",
        "ѕ": "s",
        "т": "t",
        "у": "y",
        "ѵ": "v",
        "ԝ": "w",
        "х": "x",
        "ь": "b",
        "г": "r",
        # Greek.
        "α": "a",
        "β": "b",
        "ε": "e",
        "η": "n",
        "ι": "l",
        "κ": "k",
        "ν": "v",
        "ο": "o",
        "ρ": "p",
        "τ": "t",
        "υ": "u",
        "χ": "x",
        "ω": "w",
        # Latin letters beyond ASCII that are no letter with an accent.
        "ı": "l",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ħ": "h",
        "ɑ": "a",
        "ɡ": "g",
        "ⅼ": "l",
        "ß": "b",
        "æ": "ae",
        "œ": "oe",
        # Armenian.
        "օ": "o",
        "ո": "n",
        "ս": "u",
        "հ": "h",
        "ց": "g",
    }
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"))
"""Two letters that look like one."""


def lookalike_of(domain: str, own_domains: Collection[str]) -> str | None:
    """The domain of ours that this one is made to look like; None if it is ours itself or nothing like it.

    Tried: letters and digits that look alike (also in IDNA form), one letter added, left out, changed or swapped (for
    names of six and more), hyphens, our name under another top-level domain, and our whole domain in front of another.

    Args:
        domain: the sender's, in any form.
        own_domains: in lower case and ASCII form. Those of free mail providers have no look-alikes: everybody's
            neighbours write from `hotmail.es`.
    """
    if not domain or len(domain) > NAME_LIMIT_CHARS or not own_domains:
        return None
    domain = domain.lower().rstrip(".")
    if not domain.isascii():
        domain = ascii_domain(domain) or domain
    for own in own_domains:
        if domain == own or domain.endswith("." + own):
            return None
    registered = organizational_domain(ascii_domain(domain) or "") or domain
    label = _readable(registered.partition(".")[0])
    for own in own_domains:
        if own not in FREE_MAIL and _resembles(label, registered, domain, own):
            return own
    return None


def claims_to_be(
    name: str, address: str, own_addresses: Collection[str], own_domains: Collection[str] = ()
) -> str | None:
    """The address or domain of ours that a display name shows, while the mail comes from another; else None.

    Args:
        name: decoded display name.
        address: the real address, in lower case.
        own_addresses: in lower case.
        own_domains: in lower case. A name counts as one where nothing that could belong to it stands beside it.
    """
    domain = address.rpartition("@")[2]
    if address in own_addresses or any(domain == own or domain.endswith("." + own) for own in own_domains):
        return None
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)
    text = " ".join(name[:NAME_LIMIT].lower().split()).replace(" @", "@").replace("@ ", "@")
    if "@" in text:
        for own in own_addresses:
            if _stands_alone(own, text):
                return own
    if "." in text:
        for own in own_domains:
            if _stands_alone(own, text):
                return own
    return None


def _resembles(label: str, registered: str, domain: str, own: str) -> bool:
    own_registered, own_label, own_skeleton = _own(own)
    if registered == own_registered:
        # A sister of ours, such as another mailbox domain below the same registration.
        return False
    if len(own_label) >= LABEL_MIN_CHARS and (label == own_label or _skeleton(label) == own_skeleton):
        return True
    # desk.example.attacker.tld, desk-example.tld, desk.example-login.tld
    flat = own.replace(".", "-")
    if f".{own}." in f".{domain}." or f".{own}-" in f".{domain}" or f"-{flat}-" in f"-{domain.replace('.', '-')}-":
        return True
    return len(own_label) >= TYPO_MIN_CHARS and _one_edit_apart(label, own_label)


@lru_cache(maxsize=1_000)
def _own(own: str) -> tuple[str, str, str]:
    """Registered domain of ours, its readable first label, and that one's skeleton."""
    registered = organizational_domain(ascii_domain(own) or "") or own
    label = _readable(registered.partition(".")[0])
    return registered, label, _skeleton(label)


def _readable(label: str) -> str:
    """A label as people see it: IDNA decoded."""
    if label.startswith("xn--"):
        try:
            return label[4:].encode("ascii").decode("punycode").lower()
        except UnicodeError:
            return label
    return label


def _skeleton(label: str) -> str:
    """The same text for all labels that look the same (after the idea of UTS 39)."""
    if not label.isascii():
        decomposed = unicodedata.normalize("NFKD", label)
        label = "".join([one for one in decomposed if not unicodedata.combining(one)])
    label = label.replace("-", "")
    for pair, one in _PAIRS:
        label = label.replace(pair, one)
    return label.translate(_SKELETON)


def _one_edit_apart(one: str, other: str) -> bool:
    """Whether one letter added, left out or changed, or two neighbours swapped, make them equal."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    shorter, longer = sorted((one, other), key=len)
    start = 0
    while start < len(shorter) and shorter[start] == longer[start]:
        start += 1
    if len(shorter) < len(longer):
        return shorter[start:] == longer[start + 1 :]
    if shorter[start + 1 :] == longer[start + 1 :]:
        return True
    return shorter[start : start + 2] == longer[start : start + 2][::-1] and shorter[start + 2 :] == longer[start + 2 :]


def _stands_alone(own: str, text: str) -> bool:
    """Whether it is in the text without letters, digits, dots or hyphens right before or behind it."""
    place = text.find(own)
    while place >= 0:
        before = text[place - 1] if place else " "
        end = place + len(own)
        # A full stop ends a sentence, but a longer domain goes on behind it.
        behind = text[end : end + 2].lstrip(".")[:1] or " "
        if not (before.isalnum() or before in ".-_+") and not (behind.isalnum() or behind in "-_@"):
            return True
        place = text.find(own, place + 1)
    return False
