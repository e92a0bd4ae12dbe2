"""Keys of the bucket `chat_state` that catching up goes by: threads that are heard, and channels to look at."""

from datetime import datetime
from typing import Final

from intake_chat.domain.slack.catching_up import thread_name
from intake_chat.domain.slack.entry.heard_threads import PREFIX, thread_in
from ventanilla_runtime.many import Many

CALLED: Final = "look"
_MOST_PAGES: Final = 20


def called_key(channel: str) -> str:
    """The key that says that a channel is to be looked at: each time it is written anew."""
    return f"{CALLED}.{channel}"


class ChatKeys:
    """Reads keys by their beginning, in the order in which they were last written."""

    def __init__(self, many: Many, bucket: str) -> None:
        self._many = many
        self._stream, self._subject = f"KV_{bucket}", f"$KV.{bucket}."

    async def threads(self, since: datetime, most: int) -> list[str]:
        """Names of the threads in which somebody was heard since a time, the latest first.

        Raises:
            Temporary: the broker is away.
        """
        found: list[str] = []
        wanted = f"{self._subject}{PREFIX}.>"
        page = await self._many.page(self._stream, 0, subject=wanted, since=since)
        for _ in range(_MOST_PAGES):
            threads = (thread_in(one.subject.removeprefix(self._subject)) for one in page.messages if one.body)
            found += [thread_name(*thread) for thread in threads if thread is not None]
            if not page.more or not page.messages:
                break
            page = await self._many.page(self._stream, page.messages[-1].sequence + 1, subject=wanted)
        return found[::-1][:most]

    async def called(self, after: int) -> tuple[set[str], int]:
        """Channels that are to be looked at, of what was written after a sequence; and the last sequence.

        Raises:
            Temporary: the broker is away.
        """
        page = await self._many.page(self._stream, after + 1, subject=f"{self._subject}{CALLED}.>")
        channels = {one.subject.rpartition(".")[2] for one in page.messages}
        return channels, max((one.sequence for one in page.messages), default=after)
