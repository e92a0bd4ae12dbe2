"""What calls of the desk's have around them, in memory: a bucket that can die between two writes, and telephones."""

from collections.abc import Callable, Sequence

from intake_phone.adapters.records import RingRecords
from intake_phone.domain.calls.ringing import Waits
from intake_phone.errors import TwilioAway, TwilioRefused
from intake_phone.ports.calling import MadeCall, Wanted
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.errors import WrongSequence
from ventanilla_runtime.many import Page
from ventanilla_runtime.state import Entry

_KV = "$KV.phone_state."


class Bucket:
    """Keys with revisions, as the broker has them.

    Attributes:
        dies_after: so many writes are done; whoever tries another one is killed. None: nobody is.
    """

    class Killed(BaseException):
        """The process is no more."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.revisions: dict[str, int] = {}
        self.writes = 0
        self.dies_after: int | None = None

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        made = []
        for key in keys:
            made.append(key not in self.values)
            if made[-1]:
                self._write(key, value)
        return made

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        for key in keys:
            self._write(key, value)

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    async def read(self, key: str) -> Entry:
        return Entry(self.values.get(key), self.revisions.get(key, 0))

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        if self.revisions.get(key, 0) != revision:
            raise WrongSequence(key)
        self._write(key, value)
        return self.revisions[key]

    async def waits(self, call: str) -> Waits:
        return await RingRecords(self).waits(call)

    async def page(self, stream: str, sequence: int, *, subject: str | None = None, messages: int = 500) -> Page:
        start = (subject or f"{_KV}>").removeprefix(_KV).removesuffix(">")
        found = [
            StoredMessage(f"{_KV}{key}", self.revisions[key], "", value)
            for key, value in self.values.items()
            if key.startswith(start) and self.revisions[key] >= sequence
        ]
        found.sort(key=lambda message: message.sequence)
        return Page(found[:messages], len(found) > messages)

    def _write(self, key: str, value: bytes) -> None:
        if self.dies_after is not None and self.writes >= self.dies_after:
            raise self.Killed
        self.writes += 1
        self.values[key] = value
        self.revisions[key] = self.writes


class Phones:
    """Twilio's telephones.

    Attributes:
        made: calls, oldest first. ended: SIDs. error: what is answered instead.
        answer_is_lost: a call is made, and nobody hears of it: once. lost_with: what is heard instead.
        statuses: of calls that do not ring any more, which cannot be stopped. asked: of which status was asked.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.made: list[MadeCall] = []
        self.wanted: list[Wanted] = []
        self.ended: list[str] = []
        self.error: Exception | None = None
        self.answer_is_lost = False
        self.lost_with: Exception = TwilioAway("no answer")
        self.statuses: dict[str, str] = {}
        self.asked: list[str] = []
        self._clock = clock

    async def make_call(self, wanted: Wanted) -> MadeCall:
        if self.error:
            raise self.error
        self.made.append(MadeCall(f"CA{len(self.made):032d}", "queued", self._clock()))
        self.wanted.append(wanted)
        if self.answer_is_lost:
            self.answer_is_lost = False
            raise self.lost_with
        return self.made[-1]

    async def calls_to(self, number: str, desk: str, since: float) -> Sequence[MadeCall]:
        if self.error:
            raise self.error
        found = [
            made
            for made, wanted in zip(self.made, self.wanted, strict=True)
            if (wanted.number, wanted.desk) == (number, desk) and made.at >= since
        ]
        return found[::-1]

    async def end_call(self, sid: str) -> None:
        if self.error:
            raise self.error
        if sid in self.statuses:
            raise TwilioRefused(21220, "not in a state that can be ended")
        self.ended.append(sid)

    async def status_of(self, sid: str) -> str:
        self.asked.append(sid)
        if self.error:
            raise self.error
        return self.statuses.get(sid, "ringing")
