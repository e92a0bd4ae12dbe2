"""Files that go with what the desk says in Slack: one message with its words, whoever dies when."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
import pytest

from intake_chat.domain.slack.outgoing_files import Share
from intake_chat.errors import SlackAway, SlackRefused, TokenRefused
from intake_chat.handlers.customers.say import Speaker
from intake_chat.handlers.customers.share import FileSender, words_with
from ventanilla_contracts.events import BlobRef, NotificationRequested
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.errors import BlobLost

START = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
ROOT = "10.000001"
LIMIT = 1_000


class Killed(BaseException):
    """The process ends here."""


class Steps:
    """Counts what is done to the world, and ends the process before or after one of the steps."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.kill_at: tuple[int, str] | None = None

    def before(self, name: str) -> None:
        self.done.append(name)
        if self.kill_at == (len(self.done), "before"):
            raise Killed

    def after(self) -> None:
        if self.kill_at == (len(self.done), "after"):
            raise Killed


class State:
    """A bucket in memory."""

    def __init__(self, steps: Steps) -> None:
        self.values: dict[str, bytes] = {}
        self._steps = steps

    async def create_all(self, keys: list[str], value: bytes) -> list[bool]:
        made = [key not in self.values for key in keys]
        self.values = {**dict.fromkeys(keys, value), **self.values}
        return made

    async def put_all(self, keys: list[str], value: bytes) -> None:
        self._steps.before("put")
        self.values |= dict.fromkeys(keys, value)
        self._steps.after()

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)


class Slack:
    """Channels and files. `errors` are raised by the next calls of a step, `late` calls do not see a share yet."""

    def __init__(self, steps: Steps) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}
        self.messages: list[dict[str, Any]] = []
        self.errors: dict[str, list[Exception]] = {}
        self.late = 0
        self.root = ROOT
        self._steps = steps

    def _begin(self, step: str) -> None:
        self._steps.before(step)
        if errors := self.errors.get(step):
            self._steps.after()
            raise errors.pop(0)

    async def upload(self, name: str, data: bytes) -> str:
        self._begin("upload")
        id_ = f"F{len(self.files)}"
        self.files[id_] = (name, data)
        self._steps.after()
        return id_

    async def share(self, _channel: str, root: str, text: str, files: Sequence[tuple[str, str]]) -> None:
        self._begin("share")
        if any(id_ not in self.files for id_, _ in files):
            raise SlackRefused("files.completeUploadExternal", "file_not_found")
        thread = root if root == self.root else ""
        self.messages.append({"text": text, "files": [id_ for id_, _ in files], "thread": thread})
        self._steps.after()

    async def find_share(self, _channel: str, file: str) -> Share | None:
        if self.late:
            self.late -= 1
            return None
        found = next((n for n, one in enumerate(self.messages) if file in one["files"]), None)
        return None if found is None else Share(f"20.{found:06}", self.messages[found]["thread"])

    async def stands_in(self, _channel: str, _root: str, _ts: str) -> bool:
        return False

    async def take_back(self, _channel: str, ts: str, files: Sequence[str]) -> None:
        del self.messages[int(ts.partition(".")[2])]
        for file in files:
            del self.files[file]

    async def post(self, _channel: str, _root: str, text: str, notification: str, *, automatic: bool = False) -> str:
        self._begin("post")
        self.messages.append({"text": text, "files": [], "thread": ROOT, "id": notification})
        self._steps.after()
        return f"20.{len(self.messages) - 1:06}"

    async def find_post(self, _channel: str, _root: str, notification: str, _since: float) -> str | None:
        found = (n for n, one in enumerate(self.messages) if one.get("id") == notification)
        return next((f"20.{n:06}" for n in found), None)


class World:
    """Everything that outlives a process, and the time."""

    def __init__(self) -> None:
        self.steps = Steps()
        self.state, self.slack = State(self.steps), Slack(self.steps)
        self.now = START
        self.reports: list[tuple[str, str]] = []
        self.lost: set[str] = set()

    async def publish(self, message: Any) -> None:
        event = orjson.loads(message.body)
        self.reports.append((event.get("reason") or "delivered", event["detail"]))

    async def get(self, ref: BlobRef) -> bytes:
        if ref.name in self.lost:
            raise BlobLost("gone")
        return str(ref.name).encode()

    async def pause(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def run(self, *names: str, deliveries: int = 1, size: int = 3) -> Batch:
        """A new process takes the notification."""
        files: Any = FileSender(
            state=self.state, slack=self.slack, blobs=self, limit_bytes=LIMIT, now=lambda: self.now, pause=self.pause
        )
        parts: Any = {"publisher": self, "state": self.state, "slack": self.slack, "files": files}
        batch = Batch([wish(names, deliveries, size)])
        await Speaker(**parts, prefix="desk", now=lambda: self.now).handle(batch)
        return batch

    async def until_reported(self, *names: str) -> int:
        """Run again, as the broker hands it out again, until it is reported; how often that was."""
        for deliveries in range(2, 10):
            batch = await self.run(*names, deliveries=deliveries)
            if self.reports:
                return deliveries
            self.now += timedelta(seconds=next(iter(batch.postponed.values())))
        raise AssertionError("it never ends")


def wish(names: Sequence[str], deliveries: int, size: int) -> Delivery:
    digest = sha256(b"").hexdigest()
    body = {
        "id": "n1", "medium": "slack", "to": {"address": "T1/U1"}, "text": "Va <la> guía", "automatic": False,
        "language": "es",
        "chat": {"account": "T1/C1", "conversation": f"T1/C1/{ROOT}", "page": "https://desk.example/s/t1"},
        "attachments": [
            {
                "filename": name, "content_type": "text/plain", "size_bytes": size, "sha256": digest,
                "blob": {"size_bytes": size, "sha256": digest, "bucket": "attachments", "name": name},
            }
            for name in names
        ],
        "requested_at": "2026-11-27T11:00:00Z", "expires_at": "2026-11-28T12:00:00Z",
    }  # fmt: skip
    return Delivery("s", orjson.dumps(body), {}, "OUTBOUND", "x", 1, deliveries, 10**18, "")


async def test_files_and_words_are_one_message_in_the_thread() -> None:
    world = World()
    await world.run("a.txt", "b.txt")

    assert world.slack.messages == [{"text": "Va &lt;la&gt; guía", "files": ["F0", "F1"], "thread": ROOT}]
    assert world.slack.files == {"F0": ("a.txt", b"a.txt"), "F1": ("b.txt", b"b.txt")}
    assert world.reports == [("delivered", "20.000000")]
    assert world.steps.done == ["upload", "upload", "put", "put", "put", "share", "put"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", range(1, 8))
async def test_whoever_dies_at_whatever_step_the_customer_reads_it_once(step: int, moment: str) -> None:
    world = World()
    world.steps.kill_at = (step, moment)
    with pytest.raises(Killed):
        await world.run("a.txt", "b.txt")
    world.now += timedelta(seconds=5)
    await world.until_reported("a.txt", "b.txt")

    [message] = world.slack.messages
    assert message["text"] == "Va &lt;la&gt; guía"
    assert [world.slack.files[id_][0] for id_ in message["files"]] == ["a.txt", "b.txt"]
    assert [state for state, _ in world.reports] == ["delivered"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", range(1, 9))
async def test_words_that_go_without_their_files_are_read_once_too(step: int, moment: str) -> None:
    world = World()
    world.slack.errors = {"share": [SlackRefused("files.completeUploadExternal", "posting_denied")] * 3}
    world.steps.kill_at = (step, moment)
    with pytest.raises(Killed):
        await world.run("a.txt")
    world.now += timedelta(seconds=5)
    await world.until_reported("a.txt")

    [message] = world.slack.messages
    assert message["files"] == []
    assert message["text"].startswith("Va &lt;la&gt; guía\n\nNo hemos podido adjuntar: a.txt.")
    assert world.reports == [("delivered", "files left out: a.txt")]


async def test_what_slack_did_unseen_is_found_where_it_notes_it_late() -> None:
    world = World()
    world.slack.late = 10
    world.slack.errors = {"share": [SlackAway("cut")]}
    batch = await world.run("a.txt")
    assert list(batch.postponed.values()) == [5.0]
    world.slack.messages.append({"text": "Va &lt;la&gt; guía", "files": ["F0"], "thread": ROOT})  # it was done
    world.slack.late = 1

    doubtful = await world.run("a.txt", deliveries=2)
    assert list(doubtful.postponed.values()) == [5.0]
    await world.run("a.txt", deliveries=3)

    assert len(world.slack.messages) == 1
    assert world.reports == [("delivered", "20.000000")]


async def test_slack_that_does_not_say_where_the_file_stands_is_believed() -> None:
    world = World()
    world.slack.late = 99
    await world.run("a.txt")

    assert len(world.slack.messages) == 1
    assert world.reports == [("delivered", "F0")]


@pytest.mark.parametrize(
    ("size", "lost", "refusals", "left"),
    [
        (LIMIT + 1, "", 0, "a.txt, b.txt"),
        (0, "", 0, "a.txt, b.txt"),  # Slack takes no empty file
        (3, "b.txt", 0, "b.txt"),
        (3, "", 1, "a.txt"),
    ],
)
async def test_a_file_that_cannot_go_is_named_with_a_link_and_the_words_go(
    size: int, lost: str, refusals: int, left: str
) -> None:
    world = World()
    world.lost = {lost}
    world.slack.errors = {"upload": [SlackRefused("files.getUploadURLExternal", "storage_limit_reached")] * refusals}
    await world.run("a.txt", "b.txt", size=size)

    [message] = world.slack.messages
    assert message["text"] == (
        f"Va &lt;la&gt; guía\n\nNo hemos podido adjuntar: {left}. Su solicitud está aquí: https://desk.example/s/t1"
    )
    assert len(message["files"]) == 2 - len(left.split(", "))
    assert world.reports == [("delivered", f"files left out: {left}")]


async def test_uploads_that_fail_are_tried_again_for_a_while_and_then_the_words_go_alone() -> None:
    world = World()
    world.slack.errors = {"upload": [SlackAway("500")] * 99}

    assert await world.until_reported("a.txt") == 5
    assert [one["files"] for one in world.slack.messages] == [[]]
    assert world.reports == [("delivered", "files left out: a.txt")]


async def test_a_token_that_slack_does_not_take_is_no_reason_to_leave_files_out() -> None:
    world = World()
    world.slack.errors = {"upload": [TokenRefused("token_revoked")]}
    batch = await world.run("a.txt", deliveries=99)

    assert list(batch.postponed.values()) == [5.0]
    assert world.slack.messages == []


async def test_more_files_than_a_message_holds_are_left_out() -> None:
    world = World()
    await world.run(*(f"{n}.txt" for n in range(12)))

    [message] = world.slack.messages
    assert len(message["files"]) == 10
    assert world.reports == [("delivered", "files left out: 10.txt, 11.txt")]


async def test_uploads_that_slack_has_forgotten_are_made_again() -> None:
    world = World()
    world.steps.kill_at = (4, "after")  # uploaded, remembered, not shared
    with pytest.raises(Killed):
        await world.run("a.txt")
    world.slack.files.clear()
    world.now += timedelta(days=1, seconds=-3600)
    await world.run("a.txt", deliveries=2)

    [message] = world.slack.messages
    assert world.slack.files[message["files"][0]] == ("a.txt", b"a.txt")
    assert world.reports == [("delivered", "20.000000")]


async def test_what_was_uploaded_is_not_uploaded_again() -> None:
    world = World()
    world.steps.kill_at = (3, "after")  # both are uploaded and remembered
    with pytest.raises(Killed):
        await world.run("a.txt", "b.txt")
    await world.until_reported("a.txt", "b.txt")

    assert world.steps.done.count("upload") == 2


async def test_files_whose_thread_is_gone_are_taken_back_from_the_channel() -> None:
    world = World()
    world.slack.root = "gone"
    await world.run("a.txt")

    assert world.slack.messages == []
    assert world.slack.files == {}
    assert [state for state, _ in world.reports] == ["thread_gone"]


async def test_a_channel_that_takes_nothing_fails_as_it_does_for_words() -> None:
    world = World()
    world.slack.errors = {
        "share": [SlackRefused("files.completeUploadExternal", "is_archived")],
        "post": [SlackRefused("chat.postMessage", "is_archived")],
    }
    await world.run("a.txt")

    assert world.slack.messages == []
    assert [state for state, _ in world.reports] == ["is_archived"]


@pytest.mark.parametrize(("author", "shown"), [
    ("Eva Ruiz", "*Eva Ruiz*\nVa &lt;la&gt; guía"),
    ("*Eva*\n<!channel> & _co_", "*Eva &lt;!channel&gt; &amp; co*\nVa &lt;la&gt; guía"),
    ("**", "Va &lt;la&gt; guía"),
    (None, "Va &lt;la&gt; guía"),
])  # fmt: skip
def test_whoever_wrote_stands_in_bold_above_their_words(author: str | None, shown: str) -> None:
    body = orjson.loads(wish((), 1, 1).body)
    body["chat"]["author"] = author

    said = words_with(NotificationRequested.model_validate(body), ())

    assert said == shown
