"""A mailbox that is fetched by IMAP: what of it is still to do, and how long to wait after something failed.

The server's flags and our own position together say what is done. The position alone would take a year of old mail in
at the first contact, or lose mail when the server renumbers its folder; the flags alone would miss what a person has
opened before us, and not every server keeps keywords.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256

DONE_KEYWORD = "VentanillaDone"
REFUSED_KEYWORD = "VentanillaRefused"
"""What we write on a mail that was taken in, and on one that never can be."""
FIRST_CONTACT_DAYS = 14
"""Without a setting `since`, older unseen mail is left alone when a mailbox is met for the first time."""
OVERLAP_UIDS = 100
"""Where keywords tell what is done, so many numbers below the position are looked at again: a server with several
back-ends may show a lower number after a higher one."""
UID_LIMIT = 2**32 - 1


class Tls(StrEnum):
    """How the connection is protected."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    OFF = "off"


class Then(StrEnum):
    """What happens on the server to a mail that was taken in."""

    FLAG = "flag"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class ImapMailbox:
    """One folder on one server, and the desk's mailbox that its mail is for.

    Attributes:
        account: the desk's mailbox, in lower case.
        entry: names it in logs, without any address.
        move_to, refused_to: folders for what was taken in and for what cannot be; None leaves it and flags it.
        idle: use IDLE where the server has it.
        poll_seconds: between two polls without IDLE.
        since: of older mail nothing is taken in at the first contact.
        credential_ends: the day on which password or client secret end, where somebody knows it.
    """

    account: str
    entry: str
    host: str
    port: int
    user: str
    tls: Tls = Tls.IMPLICIT
    verify: bool = True
    ca_file: str | None = None
    folder: str = "INBOX"
    then: Then = Then.FLAG
    move_to: str | None = None
    refused_to: str | None = None
    idle: bool = True
    poll_seconds: float = 60.0
    since: date | None = None
    credential_ends: date | None = None

    @property
    def key(self) -> str:
        """Identity of the folder, of hexadecimal digits: the same for all replicas and after each restart."""
        return sha256("\0".join((self.host.lower(), str(self.port), self.user, self.folder)).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Folder:
    """What the server says of a folder when it is selected.

    Attributes:
        uid_next: the number that the next mail will have.
        keeps_seen: the flag for seen mail survives this session.
        keeps_keywords: so do keywords.
    """

    uid_validity: int
    uid_next: int
    keeps_seen: bool = True
    keeps_keywords: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """One search. UIDs above `above` and up to `up_to` (None: to the end)."""

    above: int
    up_to: int | None = None
    unseen: bool = False
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """How far a folder has been taken in.

    Attributes:
        uid_validity: the numbering that the other numbers belong to.
        baseline: up to here mail was there at the first contact, and only what was unseen counts.
        settled: of what counts, nothing up to here is left to do.
        since: of what was there at first, only mail from this day on counts.
        again_since: of what was there at first, mail from this day on counts even if it was seen.
        polled_on: the day of the last poll.
    """

    uid_validity: int
    baseline: int
    settled: int
    since: date | None
    again_since: date | None
    polled_on: date

    def encode(self) -> bytes:
        """JSON, for a key-value bucket."""
        return json.dumps(
            {
                "uid_validity": self.uid_validity,
                "baseline": self.baseline,
                "settled": self.settled,
                "since": self.since.isoformat() if self.since else None,
                "again_since": self.again_since.isoformat() if self.again_since else None,
                "polled_on": self.polled_on.isoformat(),
            }
        ).encode()

    @classmethod
    def decode(cls, text: bytes) -> "Position | None":
        """Read what `encode` wrote; None for anything else: then the mailbox is met for the first time again."""
        try:
            found = json.loads(text)
            return cls(
                int(found["uid_validity"]),
                int(found["baseline"]),
                int(found["settled"]),
                date.fromisoformat(found["since"]) if found["since"] else None,
                date.fromisoformat(found["again_since"]) if found["again_since"] else None,
                date.fromisoformat(found["polled_on"]),
            )
        except (ValueError, KeyError, TypeError):
            return None


def take_up(known: Position | None, folder: Folder, *, since: date | None, last_done: int, today: date) -> Position:
    """The position to go on from in a folder that was just selected.

    A folder met for the first time gives its unseen mail. One that was renumbered starts over: its unseen mail, and
    whatever came since the day before the last poll, seen or not; what is accepted a second time has the same id.

    Args:
        known: the stored position, if there is one.
        folder: as the server describes it now.
        since: setting of the mailbox.
        last_done: the highest number that carries our keyword; 0 if none does. Above it everything is new to us.
        today: as the service's clock says.
    """
    if known is not None and known.uid_validity == folder.uid_validity:
        return known
    there = min(last_done or folder.uid_next - 1, folder.uid_next - 1)
    first = since or today - timedelta(days=FIRST_CONTACT_DAYS)
    again = known.polled_on - timedelta(days=1) if known is not None else None
    return Position(folder.uid_validity, there, 0, first, again, today)


def searches(position: Position, *, keywords: bool) -> tuple[Wanted, ...]:
    """What to search for: everything that is left to do is in one of the results."""
    overlap = OVERLAP_UIDS if keywords else 0
    found = [Wanted(max(position.baseline, position.settled - overlap))]
    if position.settled < position.baseline:
        old = Wanted(position.settled, position.baseline, unseen=True, since=position.since)
        found.append(old)
        if position.again_since is not None:
            found.append(replace(old, unseen=False, since=position.again_since))
    return tuple(found)


def advance(position: Position, *, found: Collection[int], left: Collection[int], today: date) -> Position:
    """The position after a round.

    Args:
        position: before it.
        found: what the searches found.
        left: what of it is still to do.
        today: as the service's clock says.
    """
    everything = max([position.settled, position.baseline, *found])
    settled = min(left) - 1 if left else everything
    return replace(position, settled=max(position.settled, settled), polled_on=max(position.polled_on, today))


def back_off_seconds(failures: int, dice: float, *, refused: bool = False) -> float:
    """How long to wait before connecting again.

    Args:
        failures: in a row, from 1 on.
        dice: from 0 to 1, so that many mailboxes of one server do not come back at the same moment.
        refused: the login was refused; asking often gets accounts locked.
    """
    first, longest = (60.0, 1800.0) if refused else (1.0, 60.0)
    return min(first * 2.0 ** min(failures - 1, 20), longest) * (0.5 + dice / 2)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mail that could not be fetched.

    Attributes:
        failures: how often.
        first_at, next_at: clock of the first failure, and of the next try.
        broke_off: the connection ended while it was fetched; that may be the mail's doing or an outage's.
    """

    failures: int
    first_at: float
    next_at: float
    broke_off: bool

    @property
    def hopeless(self) -> bool:
        """Whether to put it aside: it has had its chances, over some minutes."""
        if self.broke_off:
            return self.failures >= 6 and self.next_at - self.first_at >= 900
        return self.failures >= 4 and self.next_at - self.first_at >= 120


def troubled(before: Trouble | None, now: float, *, broke_off: bool) -> Trouble:
    """One failure more; the next try comes later each time, so that other mail goes first."""
    failures = before.failures + 1 if before else 1
    first_at = before.first_at if before else now
    return Trouble(failures, first_at, now + min(10.0 * 2.0 ** (failures - 1), 600.0), broke_off)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes of a mail."""

    raw: bytes


class NotFetched(StrEnum):
    """Why there are no bytes."""

    GONE = "gone"
    TOO_LARGE = "too_large"
    NO_ROOM = "no_room"
    UNFETCHABLE = "unfetchable"
