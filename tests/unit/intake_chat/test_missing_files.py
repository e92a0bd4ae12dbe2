"""Customers learn that a file of theirs was left out: once, whatever dies, and never of what arrived."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from intake_chat.domain.slack.events import Author, Said
from intake_chat.domain.slack.normalise import Fetched, Profile, received
from intake_chat.domain.slack.places import Conversation
from intake_chat.errors import SlackAway, SlackRefused
from intake_chat.handlers.customers.missing_files import MissingFiles
from ventanilla_contracts.events import MessageReceived

SAID = Said(Conversation("T1", "C1", "10.000001"), "11.000001", Author("T1", "U1"), "mira", "channel", True, False, ())


def heard(language: str = "es", *missing: str) -> MessageReceived:
    return received(SAID, Profile(language=language), {}, Fetched((), missing))


class Keys:
    """A bucket in memory."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        new = [key not in self.values for key in keys]
        self.values = {**dict.fromkeys(keys, value), **self.values}
        return new

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        self.values.update(dict.fromkeys(keys, value))

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)


class Thread:
    """What was posted: (channel, root, text, name). `error` is raised by the next post, done or not."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, str, str, str]] = []
        self.error: Exception | None = None
        self.done = True

    async def post(self, channel: str, root: str, text: str, notification: str, *, automatic: bool = False) -> str:
        error, self.error = self.error, None
        if error is None or self.done:
            self.posts.append((channel, root, text, notification))
        if error is not None:
            raise error
        return "12.000001"

    async def find_post(self, channel: str, root: str, notification: str, since: float) -> str | None:
        assert since == 11.000001, "what answers a message stands behind it"
        return next(("12.000001" for *_, name in self.posts if name == notification), None)


def telling(thread: Thread, keys: Keys) -> MissingFiles:
    return MissingFiles(thread, keys, most_files=20, limit_bytes=25 * 1024 * 1024)


@pytest.mark.parametrize(
    ("language", "words"), [("es", "hasta 20 por mensaje, de 25 MB"), ("fr", "up to 20 with each")]
)
async def test_who_sent_too_much_reads_so_once_in_their_thread(language: str, words: str) -> None:
    thread, keys = Thread(), Keys()
    for _ in range(2):
        await telling(thread, keys).tell(SAID, heard(language, "attachments_cut"))

    [(channel, root, text, _)] = thread.posts
    assert (channel, root) == ("C1", "10.000001")
    assert words in text


async def test_what_arrived_whole_is_not_talked_about() -> None:
    thread, keys = Thread(), Keys()
    await telling(thread, keys).tell(SAID, heard())

    assert (thread.posts, keys.values) == ([], {})


@pytest.mark.parametrize("done", [True, False])
async def test_a_post_whose_end_nobody_saw_is_not_repeated(done: bool) -> None:
    thread, keys = Thread(), Keys()
    thread.error, thread.done = KeyboardInterrupt(), done
    with pytest.raises(KeyboardInterrupt):
        await telling(thread, keys).tell(SAID, heard("es", "attachments_cut"))
    await telling(thread, keys).tell(SAID, heard("es", "attachments_cut"))

    assert len(thread.posts) == 1


@pytest.mark.parametrize("error", [SlackRefused("chat.postMessage", "is_archived"), SlackAway("500")])
async def test_a_slack_that_does_not_take_it_holds_up_nothing(error: Exception) -> None:
    thread, keys = Thread(), Keys()
    thread.error, thread.done = error, False
    await telling(thread, keys).tell(SAID, heard("es", "attachments_cut"))
    other: Any = replace(SAID, ts="13.000001")
    await telling(thread, keys).tell(other, received(other, Profile(), {}, Fetched((), ("attachments_cut",))))

    assert len(thread.posts) == 1
