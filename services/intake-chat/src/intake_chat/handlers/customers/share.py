"""Send files of the desk into a conversation, in one message with the words: once, whenever somebody dies.

A message that shares files carries no metadata of ours. So the files are uploaded first, where nobody sees them; their
ids are remembered, and that it is begun to share them; only then are they shared. Whoever comes back to it asks Slack
where the file stands. A file that cannot be sent holds up nothing: the words go without it, and say so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Protocol

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.long_words import fitting, is_too_long
from intake_chat.domain.slack.mrkdwn import bold_line, escaped
from intake_chat.domain.slack.outgoing_files import MOST_FILES, Carried, Share, left_out_words
from intake_chat.domain.slack.places import Conversation
from intake_chat.errors import InDoubt, SlackAway, SlackRefused, TokenRefused
from intake_chat.ports.customers import RemembersState, SharesFiles
from ventanilla_contracts.events import Attachment, BlobRef, NotificationRequested, NotificationRevised
from ventanilla_runtime.errors import BlobLost

log = structlog.get_logger()

DOUBT_SECONDS: Final = 20.0
"""What Slack was asked to share and nobody saw the end of may still appear for so long."""
_LOOK_AGAIN_SECONDS: Final = 5.0
_UPLOAD_SECONDS: Final = 240.0
"""Less than a claim lasts."""
_UPLOADS_AT_ONCE: Final = 2
_TRIES: Final = 5
"""After so many the words go without what cannot be uploaded."""
_ROUNDS: Final = 2
_LOOKS: Final = (0.0, 0.5, 1.0, 2.0)
"""Slack notes a moment after the message where a file stands."""


class ReadsBlobs(Protocol):
    """Stored bytes; `ventanilla_runtime.blobs.Blobs` reads them."""

    async def get(self, ref: BlobRef) -> bytes:
        """The bytes; BlobLost: they are gone."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What became of the files; `ts` None: the words are still to be said, without these files."""

    ts: str | None
    left_out: Sequence[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """A message with files, as it stands; `ts` "": Slack does not say where."""

    ts: str
    files: Sequence[str]


class FileSender:
    """Shares the files of notifications."""

    def __init__(
        self,
        *,
        state: RemembersState,
        slack: SharesFiles,
        blobs: ReadsBlobs,
        limit_bytes: int,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Nothing is shared yet.

        Args:
            limit_bytes: a larger file is left out.
        """
        self._state = state
        self._slack = slack
        self._blobs = blobs
        self._limit_bytes = limit_bytes
        self._now = now
        self._pause = pause
        self._slots = asyncio.Semaphore(_UPLOADS_AT_ONCE)

    async def left_out(self, key: str) -> Sequence[str]:
        """Names of the files that this notification went without."""
        carried = await self._carried(key)
        return carried.left_out if carried else ()

    async def stands_at(self, where: Conversation, key: str) -> Standing | None:
        """Where a notification stands that went with files; None: it went without any.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits, Temporary: nobody knows.
        """
        carried = await self._carried(key)
        if carried is None or not carried.files:
            return None
        share = await self._slack.find_share(where.channel, carried.files[0][0])
        return Standing(share.ts if share else "", [id_ for id_, _ in carried.files])

    async def withdraw(self, channel: str, ts: str, files: Sequence[str]) -> None:
        """Take a message back with its files; what is gone already is no fault.

        Raises:
            SlackRefused, SlackAway, SlackBusy, TooMuchWaits: as `SharesFiles.take_back`.
        """
        await self._slack.take_back(channel, ts, files, gone_before=True)

    async def found(self, where: Conversation, key: str) -> Shared | None:
        """What an earlier attempt has shared; None: nothing.

        Raises:
            InDoubt: it may still appear.
            SlackRefused: it did not get into its thread, and was taken back.
            SlackAway, SlackBusy, TooMuchWaits, Temporary: nobody knows.
        """
        carried = await self._carried(key)
        if carried is None or not carried.files or not carried.begun_at:
            return None
        if (share := await self._slack.find_share(where.channel, carried.files[0][0])) is not None:
            return await self._ended(where, carried, share)
        left = carried.begun_at + DOUBT_SECONDS - self._now().timestamp()
        if left > 0:
            raise InDoubt(min(left, _LOOK_AGAIN_SECONDS))
        return None

    async def send(
        self,
        request: NotificationRequested,
        where: Conversation,
        key: str,
        tries: int,
        begin: Callable[[], Awaitable[None]],
    ) -> Shared:
        """Share the files of a notification with its words; call it once `found` has found nothing.

        Args:
            key: under which what was begun is remembered.
            tries: how often this was tried, with this time.
            begin: says that it is still us who do it, right before the files are shared.

        Raises:
            SlackRefused: they did not get into the thread, and were taken back.
            SlackAway, SlackBusy, TooMuchWaits, Temporary: to be done again; nothing is shared twice.
        """
        carried = await self._carried(key) or await self._uploaded(request, key, tries, 1)
        while carried.files:
            carried = replace(carried, begun_at=self._now().timestamp())
            await begin()
            await self._keep(key, carried)
            text = words_with(request, carried.left_out)
            try:
                await self._slack.share(where.channel, where.root, text, carried.files)
            except SlackRefused as error:
                if error.code == "file_not_found" and carried.rounds < _ROUNDS:
                    carried = await self._uploaded(request, key, tries, carried.rounds + 1)
                    continue
                if (share := await self._look(where, carried)) is not None:
                    return await self._ended(where, carried, share)
                carried = await self._give_up(request, key, error)
                break
            if (share := await self._look(where, carried)) is not None:
                return await self._ended(where, carried, share)
            metrics.FILES.labels("sent").inc(len(carried.files))
            return Shared(carried.files[0][0], carried.left_out)  # Slack said yes, and has not yet noted where
        return Shared(None, carried.left_out)

    async def _uploaded(self, request: NotificationRequested, key: str, tries: int, rounds: int) -> Carried:
        files: list[tuple[str, str]] = []
        left_out: list[str] = []
        last = tries >= _TRIES
        try:
            async with asyncio.timeout(_UPLOAD_SECONDS), self._slots:
                for file in request.attachments:
                    id_ = await self._upload(file, last=last) if len(files) < MOST_FILES else None
                    if id_ is None:
                        left_out.append(file.filename)
                    else:
                        files.append((id_, file.filename))
        except TimeoutError as error:
            if not last:
                raise SlackAway("files cannot be uploaded in time") from error
            done = len(files) + len(left_out)
            left_out += [file.filename for file in request.attachments[done:]]
        if left_out:
            metrics.FILES.labels("left_out").inc(len(left_out))
            log.warning("files.left_out", notification_id=request.id, files=len(left_out))
        carried = Carried(tuple(files), tuple(left_out), rounds=rounds)
        await self._keep(key, carried)
        return carried

    async def _upload(self, file: Attachment, *, last: bool) -> str | None:
        """The file at Slack; None: it cannot be had, or Slack does not take it."""
        if file.blob is None or not 0 < file.size_bytes <= self._limit_bytes:
            return None
        try:
            return await self._slack.upload(file.filename, await self._blobs.get(file.blob))
        except (BlobLost, SlackRefused) as error:
            log.info("file.refused", reason=str(error))
        except TokenRefused:
            raise
        except SlackAway as error:
            if not last:
                raise
            log.info("file.refused", reason=str(error))
        return None

    async def _give_up(self, request: NotificationRequested, key: str, error: SlackRefused) -> Carried:
        """The words go alone: why Slack does not want the files, it may say of the words too."""
        log.warning("files.refused", notification_id=request.id, reason=error.code)
        metrics.FILES.labels("left_out").inc(len(request.attachments))
        carried = Carried((), tuple(file.filename for file in request.attachments))
        await self._keep(key, carried)
        return carried

    async def _look(self, where: Conversation, carried: Carried) -> Share | None:
        for seconds in _LOOKS:
            await self._pause(seconds)
            try:
                if (share := await self._slack.find_share(where.channel, carried.files[0][0])) is not None:
                    return share
            except (SlackRefused, SlackAway) as error:
                log.info("share.unseen", reason=str(error))
        return None

    async def _ended(self, where: Conversation, carried: Carried, share: Share) -> Shared:
        in_place = share.thread == where.root or await self._slack.stands_in(where.channel, where.root, share.ts)
        if not in_place:
            # The first message is gone: Slack has put the files into the channel, before everybody's eyes.
            await self._slack.take_back(where.channel, share.ts, [id_ for id_, _ in carried.files])
            raise SlackRefused("files.completeUploadExternal", "thread_gone", "the message that it answers was deleted")
        metrics.FILES.labels("sent").inc(len(carried.files))
        return Shared(share.ts, carried.left_out)

    async def _carried(self, key: str) -> Carried | None:
        return Carried.parse(await self._state.get(_key(key)))

    async def _keep(self, key: str, carried: Carried) -> None:
        await self._state.put_all([_key(key)], carried.written())


def words_with(request: NotificationRequested | NotificationRevised, left_out: Sequence[str]) -> str:
    """What is said, in Slack's markup: who wrote it, their words, and a line about the files that it goes without."""
    page = request.chat.page if request.chat else None
    said, more = _said_and_more(request, left_out)
    return fitting(said, more, page=page, number=request.ticket_number, language=request.language)


def goes_cut(request: NotificationRequested, left_out: Sequence[str]) -> bool:
    """Whether it goes without the end of its words, as there are too many for Slack."""
    return is_too_long(*_said_and_more(request, left_out))


def _said_and_more(request: NotificationRequested | NotificationRevised, left_out: Sequence[str]) -> tuple[str, str]:
    chat = request.chat
    author = bold_line((chat.author if chat else None) or "")
    said = "\n".join(filter(None, (author, escaped(request.text))))
    return said, escaped(left_out_words(left_out, chat.page if chat else None, request.language))


def _key(key: str) -> str:
    return f"{key}.files"
