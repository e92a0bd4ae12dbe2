"""Texts, wired: SMS and WhatsApp come in, answers go out, and what became of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from intake_phone.adapters.facts import remembered_language
from intake_phone.adapters.twilio.media_door import PATH as MEDIA_PATH
from intake_phone.domain.texts.offers import Offers
from intake_phone.handlers.read import Reads
from intake_phone.handlers.reports import Reports
from intake_phone.handlers.texts.offering import FileOffers
from intake_phone.handlers.texts.read import TextReader
from intake_phone.handlers.texts.say import Speaker
from intake_phone.handlers.texts.states import TextStates
from intake_phone.handlers.texts.take import TextTaker
from intake_phone.wiring.ground import Ground


@dataclass(frozen=True, slots=True)
class Texts:
    """Who takes a text, who reads it, who writes one, who hears what became of it, and who hands out its files."""

    taker: TextTaker
    reader: TextReader
    speaker: Speaker
    states: TextStates
    offers: FileOffers

    def kinds(self) -> dict[str, Reads]:
        """What reads the words about texts in PHONE."""
        return {"text": self.reader.read, "status": self.states.read}


def texts_of(ground: Ground) -> Texts:
    """Texts, ready to come in and to go out."""
    settings, service = ground.settings, ground.service
    reports = Reports(lambda: datetime.now(UTC))
    states = TextStates(ground.acceptor, reports, ground.outbound, ground.subscriptions, settings.accept_seconds)
    media = f"{settings.public_url}{MEDIA_PATH}"
    offers = FileOffers(Offers(settings.twilio_tokens), ground.blobs, media, settings.twilio_seconds)
    speaker = Speaker(
        publisher=service.publisher,
        state=ground.outbound,
        twilio=ground.twilio,
        files=offers,
        subscriptions=ground.subscriptions,
        prefix=settings.prefix,
        status_url=f"{ground.doors}/status/text",
        templates=settings.whatsapp_templates,
    )
    remembered = partial(remembered_language, ground.state, settings.call_seconds / 2)
    taker = TextTaker(ground.acceptor, ground.subscriptions, ground.words, settings.accept_seconds, remembered)
    return Texts(taker, TextReader(ground.files), speaker, states, offers)
