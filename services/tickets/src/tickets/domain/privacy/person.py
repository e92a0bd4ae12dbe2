"""A person by what names them: addresses, numbers, user ids, and the names under which they wrote.

An address names somebody wherever it stands, so texts are searched for it in each form in which it is written down. A
name does only if it is whole: "Ana" is half the town, "Ana García" is her. How they are written: `mentions`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tickets.domain.privacy.mentions import BLACK, Mentions, telling
from ventanilla_contracts.words import IDENTITY_KINDS

__all__ = ["BLACK", "NOBODY", "NOBODYS", "NOBODY_ELSEWHERE", "Identity", "NoIdentity", "Person", "as_kept",
           "person_of", "read_identity", "spellings", "telling"]  # fmt: skip
NOBODY: Final = "erased@erased.invalid"
"""The address of whoever asks in a ticket in which nobody asks any more. `.invalid` is nobody's (RFC 2606)."""
NOBODY_ELSEWHERE: Final = "erased"
"""As `NOBODY`, of tickets that did not come by mail."""
NOBODYS: Final = frozenset({NOBODY, NOBODY_ELSEWHERE})
_SLACK: Final = re.compile(r"[TE][A-Z0-9]{2,20}/[UW][A-Z0-9]{2,20}\Z")
_PHONE: Final = re.compile(r"\+[1-9]\d{5,14}\Z")
_MAIL: Final = re.compile(
    r"""(?:[^@\s\0<>(),;:"\\\[\]]{1,64}|"(?:[^"\\\0]|\\.){1,62}")@"""
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?){0,20}|\[[0-9A-Za-z:.]{3,60}\])\Z"
)
_PLAIN_QUOTED: Final = re.compile(r"\"([^@\s\0<>(),;:.\"\\\[\]]+(?:\.[^@\s\0<>(),;:.\"\\\[\]]+)*)\"\Z")
"""A local part in quotes that needs none."""


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
    kind = kind.strip().lower()
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
        return bool(address) and (kind, as_kept(kind, str(address))) in self.addresses

    @cached_property
    def by_address(self) -> "Person":
        """The same without names: others are called so too, and what only a name says may be about one of those."""
        return Person(self.identities)

    def without_names(self, names: Iterable[str]) -> "Person":
        """The same without names under which somebody else goes, whatever the case."""
        taken = {_alike(name) for name in names}
        return Person(self.identities, tuple(name for name in self.names if _alike(name) not in taken))

    @cached_property
    def _mentions(self) -> Mentions:
        return Mentions([(one.kind, one.address) for one in self.identities], self.names)

    @property
    def loosely(self) -> tuple[str, ...]:
        """Regular expressions, as Postgres reads them: one matches what may name them by an address; (): nobody."""
        return self._mentions.loosely

    @property
    def loosely_named(self) -> tuple[str, ...]:
        """The same for texts that may hold their name."""
        return self._mentions.loosely_named

    def stands_in(self, text: str) -> bool:
        """Whether a text names them."""
        return self._mentions.stands_in(text)

    def may_stand_in(self, text: str) -> bool:
        """Whether a text names them or may, so that a person has to look at it."""
        return self._mentions.may_stand_in(text)

    def taken_out(self, text: str, *, keeps_tags: bool = True) -> str:
        """A text without them; `keeps_tags`: those that stood between the words of a name."""
        return self._mentions.taken_out(text, keeps_tags=keeps_tags)


def _alike(name: str) -> str:
    return " ".join(name.split()).casefold()


def person_of(identities: Iterable[Identity], names: Iterable[str]) -> Person:
    """Somebody with these identities and names, in order and once each."""
    cleaned = (" ".join(name.split()) for name in names)
    return Person(tuple(sorted(set(identities))), tuple(sorted({name for name in cleaned if name})))


def spellings(identity: Identity) -> list[Identity]:
    """How else the same mailbox may be written, and the desk keep it: its domain with other letters than a to z or as
    `xn--…`, its local part with quotes that it needs or needs not.
    """
    if identity.kind != "email":
        return []
    local, _, domain = identity.address.rpartition("@")
    bare = _PLAIN_QUOTED.match(local)
    locals_ = [local, bare[1] if bare else f'"{local}"'] if bare or not local.startswith('"') else [local]
    domains = [domain, *_other_domain(domain)]
    found = [Identity("email", f"{one}@{other}") for other in domains for one in locals_]
    return [one for one in found if one != identity]


def _other_domain(domain: str) -> list[str]:
    """A domain in the other of its two forms, where there is one and it leads back."""
    try:
        other = domain.encode("ascii").decode("idna") if domain.isascii() else domain.encode("idna").decode("ascii")
        back = other.encode("idna").decode("ascii") if domain.isascii() else other.encode("ascii").decode("idna")
    except UnicodeError:
        return []
    return [other] if other != domain and back == domain else []


def as_kept(kind: str, address: str) -> str:
    """An address of a kind in the form in which the desk keeps it."""
    if kind == "phone":
        return address.removeprefix("whatsapp:")
    return address.lower() if kind == "email" else address
