"""Take a text in: durable first; whoever wants no more of ours, or what this is, is answered at once."""

from collections.abc import Mapping

from intake_phone.domain.texts.opt_out import is_spanish
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

    async def take(self, form: Mapping[str, str], door: str = "webhook", at: float | None = None) -> str:
        """Make a text durable; returns what is answered at once, or nothing. Told again, it changes nothing more.

        Args:
            at: when it was sent, where Twilio says so: webhooks do not, and count as just now.

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
            pair = text.channel, text.number, customer
            await self._subscriptions.heard(*pair, sid=text.sid, at=at)
            new = await self._subscriptions.note(*pair, text.wish, sid=text.sid, at=at)
        except Temporary as error:
            raise NotAccepted(f"the wish was not kept: {error}") from error
        # Twilio has answered its own words itself: two answers would be one too many.
        if not new or text.answered:
            return ""
        language = "es" if is_spanish(text.body) else language_of(text.sender.country)
        return self._words[language][f"opt_out.{text.wish}"]
