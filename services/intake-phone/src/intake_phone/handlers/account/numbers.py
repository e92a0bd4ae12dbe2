"""What the account's numbers can do: many a landline number of Twilio's takes calls, and no text can leave from it."""

from collections.abc import Collection, Sequence

from intake_phone.domain.account import AccountNumber
from intake_phone.ports.account import LooksAtAccount


class DeskNumbers:
    """What Twilio said last of the numbers; of what it has not said nothing is doubted."""

    def __init__(self, account: LooksAtAccount) -> None:
        """Nothing is asked yet."""
        self._account = account
        self._named: frozenset[str] = frozenset()
        self._listed: frozenset[str] = frozenset()
        self._textless: frozenset[str] = frozenset()

    def named(self, numbers: Collection[str]) -> None:
        """Count numbers that settings and flows name, in E.164, as the desk's whether Twilio lists them or not."""
        self._named = frozenset(numbers)

    async def look(self) -> Sequence[AccountNumber]:
        """The numbers of the account now, at most `MOST_NUMBERS`; what they can do is kept until the next look.

        Raises:
            TwilioRefused, TwilioAway, TwilioBusy: nobody can tell; what was known holds.
        """
        numbers = await self._account.numbers()
        self._textless = frozenset(one.number for one in numbers if not one.texts)
        self._listed = frozenset(one.number for one in numbers)
        return numbers

    @property
    def ours(self) -> frozenset[str]:
        """Numbers of the desk, as far as they are known: a call to one of them comes in again."""
        return self._named | self._listed

    def can_text(self, number: str) -> bool:
        """Whether texts can leave from a number of the desk's, in E.164, as far as anybody knows."""
        return number not in self._textless
