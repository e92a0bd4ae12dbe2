"""Take a text in: durable first; whoever wants no more of ours, or what this is, is answered at once."""

from collections.abc import Mapping

from intake_phone.domain.texts.opt_out import Wish, is_spanish
from intake_phone.domain.texts.received import language_of
from intake_phone.domain.texts.text import read_text
from intake_phone.errors import NotAccepted
from intake_phone.handlers.accept import Acceptor
from intake_phone.handlers.texts.subscriptions import Subscriptions
from ventanilla_contracts.errors import Temporary


class TextTaker:
    """Takes texts in."""

    def __init__(
        self,
        acceptor: Acceptor,
        subscriptions: Subscriptions,
        words: Mapping[str, Mapping[str, str]],
        seconds: float,
    ) -> None:
        self._acceptor = acceptor
        self._subscriptions = subscriptions
        self._words = words
        self._seconds = seconds

    async def take(self, form: Mapping[str, str], door: str = "webhook") -> str:
        """Make a text durable; returns what is answered at once, or nothing.

        Raises:
            NotAccepted: it is not durable: Twilio is to bring it again.
            Senseless: it does not say which text it is.
        """
        text = read_text(form)
        await self._acceptor.accept("text", text.sid, form, door, self._seconds)
        customer = text.sender.number
        if not customer:
            return ""
        try:
            await self._subscriptions.heard(text.channel, text.number, customer)
            await self._subscriptions.note(text.channel, text.number, customer, text.wish)
        except Temporary as error:
            raise NotAccepted(f"the wish was not kept: {error}") from error
        if text.wish is Wish.NONE:
            return ""
        # Twilio has answered its own words itself: two answers would be one too many.
        if text.answered:
            return ""
        language = "es" if is_spanish(text.body) else language_of(text.sender.country)
        return self._words[language][f"opt_out.{text.wish}"]
