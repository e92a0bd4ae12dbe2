"""One leg of a call: it asks for documents and executes them, until somebody hangs up or nothing is left to do."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urldefrag, urljoin

import structlog

from ventanilla_devstack.twilio import fields
from ventanilla_devstack.twilio.errors import DocumentFailed, Trouble
from ventanilla_devstack.twilio.line import Heard, Line
from ventanilla_devstack.twilio.records import FINAL, Call
from ventanilla_devstack.twilio.twiml.reading import Document, Verb, read
from ventanilla_devstack.twilio.voice.site import Site
from ventanilla_devstack.twilio.webhooks import Answer, Fields, Request

T = TypeVar("T")
SORRY = "We are sorry, an application error has occurred. Goodbye."
DOCUMENTS = 2_000
"""That a call may ask for: a flow that leads round and round must not do so for ever."""
_BROKEN_OFF_SECONDS = 16.0

log = structlog.get_logger()


class Break(Exception):
    """What a leg does is broken off."""


class HungUp(Break):
    """The person has put the receiver down."""


class Ended(Break):
    """The desk has ended the call by REST."""


class Sent(Break):
    """The desk has sent the call to another document by REST."""

    def __init__(self, request: Request | None, twiml: bytes = b"") -> None:
        super().__init__("sent elsewhere")
        self.request, self.twiml = request, twiml


@dataclass(frozen=True, slots=True)
class End:
    """Nothing more is to be done.

    Attributes:
        status: the call's, if it was never answered.
    """

    status: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """The call has left its queue."""


Next = Request | End | Left | None
Execute = Callable[["Leg", Verb, Document], Awaitable[Next]]
"""How a verb is executed."""


class Leg:
    """A call at work.

    Attributes:
        answered_here: whether the line is open: a Reject or a Pause in the beginning leaves it ringing.
    """

    def __init__(self, site: Site, call: Call, line: Line, verbs: dict[str, Execute]) -> None:
        self.site, self.call, self.line = site, call, line
        self._verbs = verbs
        self._break: asyncio.Future[Break] = asyncio.get_running_loop().create_future()
        self._last: Break | None = None
        self._documents = 0
        site.legs[call.sid] = self

    # Being broken off --------------------------------------------------------------------------------------------

    def break_off(self, reason: Break) -> None:
        """Stop what is being done, for a reason."""
        if not isinstance(reason, Sent):
            self._last = self._last or reason
        if not self._break.done():
            self._break.set_result(reason)

    @property
    def broken(self) -> Break | None:
        """Why it was broken off, if it was."""
        return self._break.result() if self._break.done() else None

    def mend(self) -> None:
        """Go on after a break, unless the call was ended too meanwhile."""
        self._break = asyncio.get_running_loop().create_future()
        if self._last is not None:
            self._break.set_result(self._last)

    async def until(self, work: Coroutine[Any, Any, T], *, finish: bool = False) -> T:
        """Do something, unless the leg is broken off.

        Args:
            finish: let the work go on by itself in that case: a request is under way.

        Raises:
            Break: it was.
        """
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait([task, _any(self._break)], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.done():
            return task.result()
        if finish:
            self.site.callbacks.spawn(_swallow(task))
        else:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        raise self._break.result()

    async def elapse(self, seconds: float) -> None:
        """Let time pass on the line."""
        if self._break.done():
            raise self._break.result()
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await self.until(self.site.exchange.pace.sleep(seconds))
        finally:
            real, factor = loop.time() - began, self.site.exchange.pace.factor
            virtual = min(seconds, real / factor) if factor else seconds
            self.call.skipped += max(virtual - real, 0.0)

    # Documents ---------------------------------------------------------------------------------------------------

    def request(self, url: str, method: str, document: Document, more: Fields = ()) -> Request:
        """What is asked next: an address within a document, with everything about the call."""
        known = fields.voice(self.site.exchange, self.call)
        names = {name for name, _ in more}
        kept = [(name, value) for name, value in known if name not in names]
        return Request(urljoin(document.url, url), method or "POST", (*kept, *more))

    async def fetch(self, request: Request) -> Document:
        """A document; the fallback's if the first is none.

        Raises:
            DocumentFailed: neither was one.
            Break: the leg was broken off meanwhile; the request goes on by itself.
        """
        self._documents += 1
        if self._documents > DOCUMENTS:
            raise DocumentFailed(Trouble(11215, f"more than {DOCUMENTS} documents", fatal=True))
        try:
            return await self._document(request)
        except DocumentFailed as failed:
            self._alert(failed.trouble, request.url)
            fallback = self.call.fallback
            if not fallback.url or request.url == fallback.url:
                raise
            more = (("ErrorCode", str(failed.trouble.code)), ("ErrorUrl", urldefrag(request.url).url))
            again = Request(fallback.url, fallback.method, (*fields.voice(self.site.exchange, self.call), *more))
            try:
                return await self._document(again)
            except DocumentFailed as second:
                self._alert(second.trouble, fallback.url)
                raise

    async def _document(self, request: Request) -> Document:
        self.line.asking += 1
        try:
            answer: Answer = await self.until(self.site.webhooks.ask("voice", request), finish=True)
        finally:
            self.line.asking -= 1
        document = read(answer.body, answer.content_type, answer.url)
        self.warn(document)
        return document

    def warn(self, document: Document) -> None:
        """Raise the alerts for what is odd in a document."""
        for warning in document.warnings:
            self._alert(warning, document.url)

    def _alert(self, trouble: Trouble, url: str) -> None:
        exchange = self.site.exchange
        exchange.alert(trouble.code, detail=trouble.detail, resource=self.call.sid, url=url, warning=not trouble.fatal)

    def warning(self, code: int, detail: str = "") -> None:
        """Raise an alert for what a verb came upon."""
        self._alert(Trouble(code, detail), "")

    # Working -----------------------------------------------------------------------------------------------------

    async def execute(self, document: Document, allowed: frozenset[str] | None = None) -> Next:
        """The verbs of a document, one after the other, up to the one that leads elsewhere."""
        for verb in document.verbs:
            if allowed is not None and verb.name not in allowed:
                code = 13201 if verb.name == "Dial" else 12200
                self.warning(code, f"{verb.name} is not allowed here")
                continue
            if verb.name not in ("Reject", "Pause", "Redirect") or self.call.answered is not None:
                self.open()
            following = await self._verbs[verb.name](self, verb, document)
            if following is not None:
                return following
        return None

    async def play(self, request: Request, allowed: frozenset[str] | None = None) -> End | Left | None:
        """Documents, each from where the one before led, until one leads nowhere.

        Raises:
            DocumentFailed: as `fetch`.
        """
        following: Next = request
        while isinstance(following, Request):
            following = await self.execute(await self.fetch(following), allowed)
        return following

    async def run(self, first: Request | Document) -> None:
        """Everything, from the first document to the end of the call."""
        status = ""
        watch = self.watch_the_receiver()
        try:
            following: Request | Document | None = first
            while following is not None:
                try:
                    following = await self._go_on(following)
                except Sent as sent:
                    self.mend()
                    following = sent.request or read(sent.twiml, "text/xml", first.url)
                    if isinstance(following, Document):
                        self.warn(following)
                except _Over as over:
                    status, following = over.status, None
        except HungUp:
            status = "no-answer" if self.call.answered is None else ""
        except Ended:
            status = "" if self.call.answered is not None else "canceled"
        except DocumentFailed as failed:
            log.info("twilio_call.failed", code=failed.trouble.code)
            self.open()
            self.line.tell(Heard("say", SORRY, "en-US", "woman"))
        finally:
            watch.cancel()
            self.end(status)

    async def _go_on(self, following: Request | Document) -> Request | None:
        document = following if isinstance(following, Document) else await self.fetch(following)
        done = await self.execute(document)
        if isinstance(done, Request):
            return done
        raise _Over(done.status if isinstance(done, End) else "")

    def watch_the_receiver(self) -> "asyncio.Future[None]":
        """From now on the leg is broken off when its person hangs up; to be cancelled by whoever is done with it."""
        return asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        await self.line.hung_up.wait()
        self.break_off(HungUp())

    def beside(self, call: Call, line: Line) -> "Leg":
        """A leg that this one has dialled."""
        return Leg(self.site, call, line, self._verbs)

    def open(self) -> None:
        """Answer an incoming call."""
        call = self.call
        if call.answered is None and call.direction == "inbound":
            call.answered = self.site.exchange.pace.now()
            call.skipped = 0.0
            call.status = "in-progress"
            self.site.tell_status(call, "answered", "in-progress")

    def end(self, status: str = "") -> None:
        """The call is over."""
        call = self.call
        self.break_off(Ended())
        for tape in [each for each in self.site.tapes.values() if each.recording.call_sid == call.sid]:
            tape.stop()
        if call.status not in FINAL:
            call.status = status or ("completed" if call.answered is not None else "no-answer")
            call.ended = self.site.exchange.pace.now()
            self.site.tell_status(call, "completed", call.status)
        call.over.set()
        self.site.legs.pop(call.sid, None)
        self.site.exchange.changed()

    async def report(self, request: Request) -> None:
        """Tell the desk something whose answer does not count any more: the call has ended meanwhile."""
        if self.call.status not in FINAL:
            self.call.status = "completed"
            self.call.ended = self.site.exchange.pace.now()
            self.site.tell_status(self.call, "completed", "completed")
        ended = [(name, self.call.status if name == "CallStatus" else value) for name, value in request.fields]
        self.site.callbacks.spawn(self.ask_only(Request(request.url, request.method, ended)))

    async def ask_only(self, request: Request) -> None:
        """Ask for a document that nobody executes."""
        try:
            async with asyncio.timeout(_BROKEN_OFF_SECONDS):
                await self.site.webhooks.ask("voice", request)
        except (DocumentFailed, TimeoutError) as error:
            log.info("twilio_report.failed", error=str(error))


class _Over(Exception):
    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def _any(future: "asyncio.Future[Break]") -> "asyncio.Future[Any]":
    return future


async def _swallow(task: "asyncio.Future[Any]") -> None:
    await asyncio.gather(task, return_exceptions=True)
