"""A person by what names them: addresses, numbers, user ids, and the names under which they wrote.

An address names somebody wherever it stands, so texts are searched for it in each form in which it is written down. A
name does only if it is whole: "Ana" is half the town, "Ana García" is her.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ventanilla_contracts.words import IDENTITY_KINDS

BLACK: Final = "█████"
"""What stands where somebody's address or name stood. No word: it is read in every language."""
NOBODY: Final = "erased@erased.invalid"
"""The address of whoever asks in a ticket in which nobody asks any more. `.invalid` is nobody's (RFC 2606)."""
NOBODY_ELSEWHERE: Final = "erased"
"""As `NOBODY`, of tickets that did not come by mail."""
NOBODYS: Final = frozenset({NOBODY, NOBODY_ELSEWHERE})
_SHORTEST_NAME: Final = 5
_SLACK: Final = re.compile(r"[TE][A-Z0-9]{2,20}/[UW][A-Z0-9]{2,20}\Z")
_PHONE: Final = re.compile(r"\+[1-9]\d{5,14}\Z")
_MAIL: Final = re.compile(r"[^@\s\0]{1,64}@[^@\s\0]{1,255}\Z")


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """On which way somebody has an address, and which.

    Attributes:
        kind: one of `IDENTITY_KINDS`.
        address: as the desk keeps it: mail in lower case, numbers in E.164, `team/user` of Slack.
    """

    kind: str
    address: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.address}"


class NoIdentity(ValueError):
    """A text that names nobody; it says how one is named."""


def read_identity(text: str) -> Identity:
    """The identity that an operator names: an address, `+34…`, `T…/U…`, or any with its kind before it.

    Raises:
        NoIdentity: it is none.
    """
    given = text.strip()
    kind, colon, rest = given.partition(":")
    if colon and kind in IDENTITY_KINDS:
        address = rest.strip()
    else:
        kind, address = "", given
    if kind in ("", "email") and _MAIL.match(address):
        return Identity("email", address.lower())
    number = re.sub(r"[\s().-]", "", address)
    if kind in ("", "phone") and _PHONE.match(number):
        return Identity("phone", number)
    if kind in ("", "slack") and _SLACK.match(address):
        return Identity("slack", address)
    if kind == "webchat" and address:
        return Identity("webchat", address)
    raise NoIdentity(
        f"{text!r} names nobody; give ana@cliente.example, +34600111222, T0123ABC/U0456DEF, or with the kind before it:"
        " email:…, phone:…, slack:…, webchat:…"
    )


@dataclass(frozen=True)
class Person:
    """Somebody, by everything that names them."""

    identities: tuple[Identity, ...]
    names: tuple[str, ...] = ()

    @cached_property
    def addresses(self) -> frozenset[tuple[str, str]]:
        """(kind, address) of each identity."""
        return frozenset((one.kind, one.address) for one in self.identities)

    def is_at(self, kind: str, address: str | None) -> bool:
        """Whether they are who has this address."""
        return bool(address) and (kind, _as_kept(kind, str(address))) in self.addresses

    @cached_property
    def by_address(self) -> "Person":
        """The same without names: others are called so too, and what only a name says may be about one of those."""
        return Person(self.identities)

    @cached_property
    def needles(self) -> tuple[str, ...]:
        """What a text is searched for: each form of each address, and whole names."""
        found = [form for one in self.identities for form in _forms(one)]
        found += [name for name in self.names if telling(name)]
        return tuple(sorted(dict.fromkeys(found), key=len, reverse=True))

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """None for nobody. What is part of something longer is not them."""
        parts = [_bounded(one.kind, form) for one in self.identities for form in _forms(one)]
        parts += [rf"(?<!\w){re.escape(name)}(?!\w)".replace(r"\ ", r"\s+") for name in self.names if telling(name)]
        return re.compile("|".join(parts), re.IGNORECASE) if parts else None

    def stands_in(self, text: str) -> bool:
        """Whether a text names them."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def taken_out(self, text: str) -> str:
        """A text without them."""
        return self._pattern.sub(BLACK, text) if self._pattern is not None else text


def telling(name: str) -> bool:
    """Whether a name tells somebody from others: two words at least, or what can be no first name."""
    words = name.split()
    return len(words) > 1 and len(name) >= _SHORTEST_NAME


def person_of(identities: Iterable[Identity], names: Iterable[str]) -> Person:
    """Somebody with these identities and names, in order and once each."""
    cleaned = (" ".join(name.split()) for name in names)
    return Person(tuple(sorted(set(identities))), tuple(sorted({name for name in cleaned if name})))


def _as_kept(kind: str, address: str) -> str:
    if kind == "phone":
        return address.removeprefix("whatsapp:")
    return address.lower() if kind == "email" else address


def _bounded(kind: str, form: str) -> str:
    """A pattern for an address that is no part of a longer one."""
    exact = re.escape(form)
    if kind == "email":
        return rf"(?<![\w.+-]){exact}(?![\w@-]|\.\w)"
    if kind == "phone":
        return rf"(?<!\d){exact}(?!\d)"
    return rf"(?<![A-Za-z0-9_]){exact}(?![A-Za-z0-9_])"


def _forms(one: Identity) -> Sequence[str]:
    """How an address is written down in what the desk keeps."""
    if one.kind == "phone":
        return (one.address, one.address.removeprefix("+"))
    if one.kind == "slack":
        return (one.address, one.address.partition("/")[2])
    return (one.address,)
