"""Where a text names somebody: surely, so that they are taken out of it, or perhaps, so that a person looks at it.

An address is part of a longer one where `joana@x` ends in `ana@x`, and is not in `_ana@x_` or `ana@x.Gracias`. A number
is written with blanks, dots and dashes, a name with composed letters or with accents of their own (as Macs do), with
its last part first, or with tags of HTML between its words.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final
from urllib.parse import unquote

BLACK: Final = "█████"
"""What stands where somebody's address or name stood. No word: it is read in every language."""
_APART: Final = r"[\s\u00a0().\-/]{0,3}".replace(r"\u00a0", "\u00a0")
"""Between the digits of a number."""
_GAP: Final = r"(?:\s|&nbsp;|&#160;|<[^<>]{0,200}>)+"
"""Between the words of a name."""
_AT: Final = "(?:@|%40|&#64;|&#x40;)"
_TAG: Final = re.compile(r"<[^<>]{0,200}>")
_HIDDEN: Final = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_HEAD: Final = re.compile(r"[\w.+-]*\Z")
_LOOK_BACK: Final = 64
"""The longest local part of an address (RFC 5321)."""
_ESCAPED: Final = "nrtbf"
"""What stands behind a backslash in JSON, and is no letter."""
_LONGER: Final = re.compile(r"[^\W_]|@|-+\w")
_MORE_DOMAIN: Final = re.compile(r"\.[^\W_]")
_SHORTEST_NAME: Final = 5
_MOST_NAMES: Final = 200
"""Of one person: whoever writes to the desk calls themselves what they like, and as often as they like."""
_MOST_TURNED: Final = 8
"""Words of a name that is looked for with its last part first as well: nobody turns a sentence around."""
_MOST_LETTERS: Final = 12
"""Of a word of a name, where it is looked for loosely."""
_AT_ONCE: Final = 20
"""Addresses or names in one regular expression of Postgres, which takes no more than so many states."""
_MOST_CHARS: Final = 4_000_000


class _Sure(Enum):
    """How sure it is that what looks like them is them."""

    YES = "yes"
    PERHAPS = "perhaps"
    NO = "no"


@dataclass(frozen=True)
class Mentions:
    """Finds somebody in texts.

    Attributes:
        addresses: (kind, address) of each identity.
        names: whole ones; the others tell nobody from others (`telling`). Of more than 200 those of the fewest words.
    """

    addresses: Sequence[tuple[str, str]]
    names: Sequence[str]

    @cached_property
    def loosely(self) -> tuple[str, ...]:
        """Regular expressions of Postgres, of which one matches what may name them by an address; empty: nobody.

        Longer addresses match as well, and numbers without their country.
        """
        mails = [_mail(address) for kind, address in self.addresses if kind == "email"]
        numbers = [_number(_at_home(address)) for kind, address in self.addresses if kind == "phone"]
        return _batches([*mails, *numbers, *self._elsewhere])

    @cached_property
    def loosely_named(self) -> tuple[str, ...]:
        """The same for their names: whatever they call themselves, it is short, and matches more than their names."""
        return _batches([_loose_name(name) for name in self._telling])

    @cached_property
    def _telling(self) -> list[str]:
        whole = sorted({name for name in self.names if telling(name)}, key=lambda name: (len(name.split()), name))
        return whole[:_MOST_NAMES]

    @property
    def _elsewhere(self) -> list[str]:
        found = []
        for kind, address in self.addresses:
            if kind == "slack":
                found += [re.escape(address), re.escape(address.partition("/")[2])]
            elif kind not in ("email", "phone"):
                found.append(re.escape(address))
        return found

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """None for nobody. Of the alternatives the longest comes first: it may hold the others."""
        mails = sorted((_mail(one) for kind, one in self.addresses if kind == "email"), key=len, reverse=True)
        numbers = [_number(one.removeprefix("+")) for kind, one in self.addresses if kind == "phone"]
        parts = [rf"(?P<mail>{'|'.join(mails)})"] if mails else []
        if numbers:
            parts.append(rf"(?<!\d)(?:\+|00)?(?:{'|'.join(numbers)})(?!\d)")
        parts += [rf"(?<![A-Za-z0-9_]){one}(?![A-Za-z0-9_])" for one in self._elsewhere]
        if names := "|".join(map(_name, self._telling)):
            parts.append(rf"(?:(?<!\w)|(?<=\\[{_ESCAPED}]))(?:{names})(?!\w)")
        return re.compile("|".join(parts), re.IGNORECASE) if parts else None

    def stands_in(self, text: str) -> bool:
        """Whether a text names them."""
        return self._pattern is not None and any(
            _sure(text, match) is _Sure.YES for match in self._pattern.finditer(text)
        )

    def taken_out(self, text: str, *, keeps_tags: bool = True) -> str:
        """A text without them; tags of HTML that stood in between stay, but where a text is no HTML."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: _blackened(text, match, keeps_tags=keeps_tags), text)

    def may_stand_in(self, text: str) -> bool:
        """Whether a text names them, or may: an address that looks like a part of another one, a number without its
        country, a name without its accents.
        """
        plain = _read(text)
        if self._pattern is not None and any(
            _sure(plain, match) is not _Sure.NO for match in self._pattern.finditer(plain)
        ):
            return True
        numbers = [_number(_at_home(address)) for kind, address in self.addresses if kind == "phone"]
        if numbers and re.search(rf"(?:{'|'.join(numbers)})(?!\d)", plain):
            return True
        names = "|".join(_name(_folded(name)) for name in self._telling)
        return bool(names) and re.search(rf"(?<!\w)(?:{names})(?!\w)", _folded(plain)) is not None


def telling(name: str) -> bool:
    """Whether a name tells somebody from others: two words at least, or what can be no first name."""
    words = name.split()
    return len(words) > 1 and len(name) >= _SHORTEST_NAME


def _sure(text: str, match: re.Match[str]) -> _Sure:
    """Whether an address is no part of a longer one; everything else has its bounds in the pattern."""
    if "mail" not in match.re.groupindex or match["mail"] is None:
        return _Sure.YES
    before, behind = _before(text, match.start()), text[match.end() : match.end() + 3]
    # No address begins with a dot or has two in a row; `_` and `+` may begin one, but for `_italics_`.
    if before.strip("._+-") or _LONGER.match(behind):
        return _Sure.NO
    if "+" in before or ("_" in before and not behind.startswith("_")):
        return _Sure.PERHAPS
    if _MORE_DOMAIN.match(behind) and not (behind[1:2].isupper() and behind[2:3].islower()):
        return _Sure.PERHAPS
    return _Sure.YES


def _before(text: str, start: int) -> str:
    """What stands before an address and may be part of it."""
    head = _HEAD.search(text, max(0, start - _LOOK_BACK), start)
    run = head[0] if head is not None else ""
    mark = text[start - len(run) - 1 : start - len(run)] if start > len(run) else ""
    if mark == "%" and re.match(r"[0-9A-Fa-f]{2}", run):
        run = run[2:]
    elif mark == "\\" and run[:1] and run[0] in _ESCAPED:
        run = run[1:]
    return run.rpartition("..")[2]


def _blackened(text: str, match: re.Match[str], *, keeps_tags: bool) -> str:
    if _sure(text, match) is not _Sure.YES:
        return match[0]
    return BLACK + "".join(_TAG.findall(match[0]) if keeps_tags else ())


def _batches(patterns: Sequence[str]) -> tuple[str, ...]:
    return tuple("|".join(patterns[at : at + _AT_ONCE]) for at in range(0, len(patterns), _AT_ONCE))


def _mail(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{_letters(local)}{_AT}{_letters(domain)}"


def _number(digits: str) -> str:
    return _APART.join(digits)


def _at_home(number: str) -> str:
    """The digits of a number that are dialled at home, or fewer: how long a country's code is nobody can see."""
    digits = number.removeprefix("+")
    return digits[-min(9, max(6, len(digits) - 2)) :]


def _name(name: str) -> str:
    """A name as it is read, and with its last part first."""
    words = [_letters(word) for word in name.split()]
    orders = [_GAP.join(words)]
    turned = range(1, len(words)) if len(words) <= _MOST_TURNED else ()
    orders += [f"{_GAP.join(words[at:])},{_GAP}{_GAP.join(words[:at])}" for at in turned]
    return "|".join(orders)


def _loose_name(name: str) -> str:
    """Its two longest words, or how these begin, in any order: what stands between words has too many forms."""
    one, other = (_letters(word[:_MOST_LETTERS]) for word in sorted(name.split(), key=len, reverse=True)[:2])
    return f"{one}.*{other}|{other}.*{one}"


def _letters(text: str) -> str:
    """A text with each letter as one sign, or as a letter and its accents."""
    return "".join(_letter(one) for one in unicodedata.normalize("NFC", text))


def _letter(one: str) -> str:
    apart = unicodedata.normalize("NFD", one)
    return re.escape(one) if apart == one else f"(?:{re.escape(one)}|{re.escape(apart)})"


def _folded(text: str) -> str:
    """Without accents, in lower case."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(one for one in apart if not unicodedata.combining(one)).casefold()


def _read(text: str) -> str:
    """A text as a reader of HTML or of a link sees it."""
    plain = _HIDDEN.sub("", _TAG.sub("", html.unescape(unquote(text[:_MOST_CHARS]))))
    return unicodedata.normalize("NFKC", plain)
