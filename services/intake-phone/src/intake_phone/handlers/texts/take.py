"""Take a text in: its wish is noted, then it is durable; whoever wants no more, or help, is answered at once."""

import time
from collections.abc import Awaitable, Callable, Mapping

from intake_phone.domain.numbers import Caller
from intake_phone.domain.texts.opt_out import is_spanish
from intake_phone.domain.texts.received import language_of
from intake_phone.domain.texts.text import Text, read_text
from intake_phone.errors import NotAccepted, PerhapsKept
from intake_phone.handlers.accept import Acceptor
from intake_phone.handlers.texts.subscriptions import Subscriptions
from ventanilla_contracts.topology import PHONE_WISHES
from ventanilla_runtime.accepting import done_within


class TextTaker:
    """Takes texts in."""

    def __init__(
        self,
        acceptor: Acceptor,
        subscriptions: Subscriptions,
        words: Mapping[str, Mapping[str, str]],
        seconds: float,
        remembered: Callable[[Caller], Awaitable[str]],
    ) -> None:
        """No text is taken yet.

        Args:
            seconds: that Twilio waits for all of it; so long it is tried while the broker is away.
            remembered: in which language somebody chose to be spoken to; empty: not known.
        """
        self._acceptor = acceptor
        self._subscriptions = subscriptions
        self._words = words
        self._seconds = seconds
        self._remembered = remembered
        self.refused = 0
        """So often a wish was not kept: whoever reconciles looks again then."""

    async def take(self, form: Mapping[str, str], door: str = "webhook", at: float | None = None) -> str:
        """Make a text durable; returns what is answered at once, or nothing. Told again, it changes nothing more.

        Args:
            at: when it was sent, where Twilio says so: webhooks do not, and count as just now.

        Raises:
            NotAccepted: text or wish are not durable: Twilio, or the reconciler, is to bring it again.
            Senseless: it does not say which text it is.
        """
        text = read_text(form)
        until = time.monotonic() + self._seconds
        new = await self._noted(text, at)
        # Last: Twilio's lists bring again what is not there, and with it the wish that could not be kept.
        await self._acceptor.accept("text", text.sid, form, door, until - time.monotonic())
        # Twilio has answered its own words itself: two answers would be one too many.
        if not new or text.answered:
            return ""
        return self._words[await self._language(text)][f"opt_out.{text.wish}"]

    async def _language(self, text: Text) -> str:
        """Their own words say most of it, then what they chose when they called, then where the number is from."""
        if is_spanish(text.body):
            return "es"
        chosen = "" if text.sender.anonymous else await self._remembered(text.sender)
        return chosen if chosen in self._words else language_of(text.sender.country)

    async def _noted(self, text: Text, at: float | None) -> bool:
        """Whether a text wishes something that was not noted before.

        Raises:
            NotAccepted: nobody knows whether it is kept; the same again, later, notes it once.
        """
        customer = text.sender.number
        if not customer:
            return False
        pair = text.channel, text.number, customer
        unsure = False

        async def attempt() -> bool:
            nonlocal unsure
            await self._subscriptions.heard(*pair, sid=text.sid, at=at)
            try:
                return await self._subscriptions.note(*pair, text.wish, sid=text.sid, at=at) or unsure
            except PerhapsKept:
                unsure = True  # if the next attempt finds it kept, this one did it: it is new, and is answered
                raise

        try:
            return await done_within(attempt, self._seconds, PHONE_WISHES)
        except TimeoutError as error:
            self.refused += 1
            raise NotAccepted(f"the broker did not keep the wish within {self._seconds:g} s") from error
