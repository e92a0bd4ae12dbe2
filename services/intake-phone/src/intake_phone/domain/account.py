"""The account at Twilio: whether it still works, and for how long its money lasts; and where its numbers lead."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal
from urllib.parse import urlsplit

MOST_NUMBERS: Final = 1_000
"""An account with more is not compared with the flows: not all of them would be known."""
ACTIVE: Final = "active"
_CONSOLE: Final = "look at the account in Twilio's console"


@dataclass(frozen=True, slots=True)
class AccountState:
    """The account as Twilio tells of it.

    Attributes:
        status: `active`, `suspended` or `closed`. kind: `Full`, or `Trial`, which reaches numbers of one's own only.
        balance: its money; None: it is not told (an account below another one has none of its own).
    """

    name: str
    status: str
    kind: str
    balance: Decimal | None = None
    currency: str = ""

    @property
    def money(self) -> str:
        """The balance in words."""
        return "an unknown balance" if self.balance is None else f"{self.balance:.2f} {self.currency}".strip()


@dataclass(frozen=True, slots=True)
class Danger:
    """What must be told of an account.

    Attributes:
        connection: what is in danger: `account`: nothing goes in or out any more; `balance`: soon nothing will.
        problem: for whoever sees to it. shown: the same without sums, for `/readyz`, at which others may look too.
    """

    connection: Literal["account", "balance"]
    problem: str
    shown: str


def danger_of(state: AccountState, low: float | None) -> Danger | None:
    """What is wrong with an account; None: nothing.

    Args:
        low: below so much money it is in danger; None: its money does not matter (it is paid for afterwards).
    """
    if state.status != ACTIVE:
        refused = f"calls and texts are refused; pay, or {_CONSOLE}"
        why = f"the account is {state.status}"
        return Danger("account", f"{why} (balance {state.money}): {refused}", f"{why}: {refused}")
    if low is None or state.balance is None or state.balance >= low:
        return None
    if state.balance < 0:
        then = "Twilio suspends it, and calls and texts are refused"
        owes = "the account owes money"
        return Danger("balance", f"{owes} (balance {state.money}); {then}", f"{owes}; {then}")
    then = "when it is gone, calls and texts are refused"
    return Danger("balance", f"the account has {state.money} left; {then}", f"the account's money is low; {then}")


@dataclass(frozen=True, slots=True)
class AccountNumber:
    """A number of the account, and what Twilio does with what comes in on it.

    Attributes:
        number: in E.164.
        voice, texts: what it can do.
        trunk, voice_application, sms_application: what calls and texts go to, whatever the addresses say.
    """

    sid: str
    number: str
    name: str = ""
    voice: bool = True
    texts: bool = True
    voice_url: str = ""
    voice_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    status_url: str = ""
    status_method: str = "POST"
    trunk: str = ""
    voice_application: str = ""
    sms_application: str = field(default="")


def goes_to(url: str, door: str) -> bool:
    """Whether an address at Twilio is one of our doors; what stands behind `#` is for Twilio alone."""
    return urlsplit(url.strip())._replace(fragment="").geturl() == door


def shown_address(url: str, most_chars: int = 120) -> str:
    """An address as it may be printed: without user and password, which some put before the host."""
    before, at, after = url.partition("://")
    host, slash, path = after.partition("/")
    shown = f"{before}{at}{host.rpartition('@')[2]}{slash}{path}"
    return shown if len(shown) <= most_chars else f"{shown[:most_chars]}…"
