"""What calls need of the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from intake_phone.domain.calls.facts import CodeAnswer, Facts
from intake_phone.domain.calls.record import CallRecord, Noted
from intake_phone.domain.numbers import Caller


class KeepsCalls(Protocol):
    """What is kept of calls that go on; `adapters.records.CallRecords` does."""

    async def note(self, call: str, document: Noted) -> None:
        """Keep what a document of a call noted; the same again changes nothing."""

    async def record(self, call: str) -> CallRecord:
        """All that was kept of a call."""


class KnowsCallers(Protocol):
    """What is known of a caller and of the desk now; `adapters.facts.DeskFacts` does."""

    async def facts(self, caller: Caller, call: str, number: str) -> Facts:
        """What is known, asked once in a call; what cannot be asked is left out. `number`: that was called."""

    async def remember_language(self, caller: Caller, language: str) -> None:
        """In which language somebody chose to be spoken to."""


class KnowsNumbers(Protocol):
    """What the desk's numbers can do; `handlers.account.numbers.DeskNumbers` knows."""

    @property
    def ours(self) -> frozenset[str]:
        """Numbers of the desk in E.164, as far as they are known."""

    def can_text(self, number: str) -> bool:
        """Whether texts can leave from one, as far as anybody knows."""


class KnowsTextless(Protocol):
    """Where no text arrives; `handlers.texts.subscriptions.Subscriptions` knows."""

    async def is_textless(self, customer: str) -> bool:
        """Whether no text arrives at a number, as was learnt. Raises Temporary."""


class VerifiesCallers(Protocol):
    """Sends one-time codes and says whether one is right; `adapters.tickets_api.TicketsApi` does."""

    async def send_code(self, ticket: int, call_began: datetime, key: str) -> bool:
        """Whether one was sent; False: there is no number on file. Raises DeskAway, DeskRefused."""

    async def check_code(self, ticket: int, code: str, key: str) -> CodeAnswer:
        """What the desk says of one. Raises DeskAway."""


class FetchesRecordings(Protocol):
    """Fetches recordings; `adapters.twilio.media.Files` does."""

    async def recording(self, sid: str, form: str = "mp3") -> bytes | None:
        """The sound of a recording, as `mp3` or `wav`; None: there is none, or it is too large.

        Raises:
            TwilioAway: Twilio cannot be asked, or the recording is not ready.
        """


@dataclass(frozen=True, slots=True)
class ListedRecording:
    """One recording of a call. `left`: the caller left it as a message; else it is of the call itself."""

    sid: str
    seconds: int
    left: bool


class ListsRecordings(Protocol):
    """Knows which recordings a call has; `adapters.twilio.api.Twilio` does."""

    async def recordings_of(self, call: str) -> Sequence[ListedRecording]:
        """Those that have something on them, oldest first. Raises TwilioAway, TwilioBusy, TwilioRefused."""


class Transcribes(Protocol):
    """Makes words of sound; `adapters.transcription.Transcription` does."""

    async def words(self, sound: bytes, media_type: str, language: str) -> str:
        """What is said in it.

        Raises:
            NotTranscribed: nobody can say.
        """
