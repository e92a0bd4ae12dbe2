"""What is written in the thread of a card: a note of whoever is an agent, and nothing of anybody else."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from intake_chat.domain.actors import Actor
from intake_chat.domain.slack.events import Author, File, Revised, Said
from intake_chat.domain.slack.people import Presser, Somebody
from intake_chat.domain.slack.places import Conversation
from intake_chat.errors import DeskAway, DeskRefused, SlackAway, SlackRefused
from intake_chat.handlers.cards.note_files import NoteFiles
from intake_chat.handlers.cards.notes import PATIENCE, UNKNOWN_PATIENCE, Notes
from ventanilla_runtime.delivery import Batch, Delivery

THREAD = Conversation("T1", "C1", "10.000001")
NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


class Around:
    """Everything that notes ask: U1 and U2 are agents, and the thread 10.000001 is that of ticket 7."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.told: list[tuple[str, str, str, str]] = []
        self.errors: list[Exception] = []
        self.file_errors: list[Exception] = []
        self.values = {"thread.C1.10.000001": b"7"}

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    async def put_all(self, keys: list[str], value: bytes) -> None:
        self.values |= dict.fromkeys(keys, value)

    async def presser(self, somebody: Somebody) -> Presser | None:
        handles = {"U1": "eva", "U2": "tom"}
        if somebody.user_id == "USLOW":
            await asyncio.Event().wait()
        if somebody.user_id == "UHIDDEN":
            raise SlackRefused("users.info", "user_not_visible")
        if somebody.team_id != "T1" or somebody.user_id not in handles:
            return None
        handle = handles[somebody.user_id]
        return Presser(Actor(handle, handle.title(), str(somebody)), "T1", somebody.user_id, "en")

    def language(self, somebody: Somebody) -> str:
        return "en" if somebody.user_id in ("U1", "U9") else somebody.language

    def team(self, somebody: Somebody) -> str:
        return somebody.team_id

    async def names(self, users: list[str]) -> dict[str, str]:
        return {user: f"name of {user}" for user in users}

    async def act(self, method: str, path: str, actor: Actor, body: dict[str, Any], *, key: str) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.asked.append((method, path, actor.handle, body, key))

    async def content(self, file: File) -> bytes | None:
        if self.file_errors:
            raise self.file_errors.pop(0)
        return b"x" * file.size_bytes if file.url else None

    async def upload(self, name: str, _media_type: str, _data: bytes, _seconds: float) -> str:
        if name == "refused.exe":
            raise DeskRefused(413, "too_large", "too large")
        return f"id of {name}"

    async def tell(self, channel: str, user: str, text: str, thread: str = "") -> None:
        self.told.append((channel, user, text, thread))


def said(text: str = "hola", user: str = "U1", **more: Any) -> Said:
    values: dict[str, Any] = {"where": THREAD, "ts": "11.000001", "kind": "group", "reply": True, "machine": False}
    team = more.pop("team", "T1")
    return Said(**{**values, "author": Author(team, user), "text": text, "files": (), **more})


def revised(text: str | None, user: str = "U1") -> Revised:
    return Revised(THREAD, "11.000001", Author("T1", user), text, "edited/12.0" if text else "deleted")


def texts_of(around: Around) -> list[str]:
    return [body["text"] for *_, body, _ in around.asked]


async def hear(around: Around, happening: Said | Revised, deliveries: int = 1) -> tuple[bool, Batch]:
    files = NoteFiles(around, around)
    parts: Any = {"state": around, "agents": around, "people": around, "desk": around, "slack": around, "files": files}
    delivery = Delivery("s", b"", {}, "CHAT", "x", 1, deliveries, 10**18, "")
    batch = Batch([delivery])
    notes = Notes(**parts, language="es", channels=frozenset({"C3"}))
    return await notes.hear(happening, delivery, batch), batch


async def test_what_is_written_below_a_card_that_is_not_remembered_yet_waits_for_it() -> None:
    around, unknown = Around(), Conversation("T1", "C3", "12.000001")

    waits, batch = await hear(around, said(where=unknown))
    edit_waits, _ = await hear(around, Revised(unknown, "13.000001", Author("T1", "U1"), "x", "edited/14.0"))
    given_up, last = await hear(around, said(where=unknown), UNKNOWN_PATIENCE + 1)

    assert (waits, edit_waits, given_up) == (True, True, False)
    assert len(batch.postponed) == 1
    assert not last.postponed
    assert (around.asked, around.told) == ([], [])


async def test_a_note_of_somebody_of_whom_nobody_says_yet_who_they_are_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake_chat.handlers.cards.notes._WHO_SECONDS", 0.01)
    around = Around()

    heard, batch = await hear(around, said(user="USLOW"))

    assert (heard, len(batch.postponed), around.asked, around.told) == (True, 1, [], [])


async def test_a_message_of_an_agent_is_a_note_of_theirs_and_calls_whom_it_mentions() -> None:
    around = Around()
    heard, _ = await hear(around, said("mira <@U2> y <@U9> &lt;esto&gt;", files=(File("F1", "a.log", "x", 1, None),)))

    text = "mira @tom y @name of U9 <esto>\n\nFiles in Slack: a.log"
    body = {"text": text, "internal": True, "thread": "C1/10.000001"}
    assert heard
    assert around.asked == [("POST", "/tickets/7/replies", "eva", body, "slack/T1/C1/11.000001")]


@pytest.mark.parametrize(
    "happening",
    [
        said(where=Conversation("T1", "C1", "12.000001")),
        said(where=Conversation("T1", "C2", "10.000001")),
        said(machine=True),
        said(reply=False),
    ],
)
async def test_what_is_said_elsewhere_or_by_an_app_is_none_of_ours(happening: Said) -> None:
    around = Around()
    heard, _ = await hear(around, happening)

    assert not heard
    assert not around.asked
    assert not around.told


@pytest.mark.parametrize(("user", "team"), [("U9", "T1"), ("U1", "T2"), ("UHIDDEN", "T1")])
async def test_whoever_is_no_agent_is_told_so_and_nothing_is_kept(user: str, team: str) -> None:
    around = Around()
    heard, _ = await hear(around, said(user=user, team=team))

    assert heard
    assert not around.asked
    [(channel, told, text, thread)] = around.told
    assert (channel, told, thread) == ("C1", user, "10.000001")
    assert ("agents" if user in ("U1", "U9") else "agentes") in text.lower().split()


async def test_an_edit_is_one_more_note_and_a_deleted_one_stays() -> None:
    around = Around()
    await hear(around, revised("mejor así"))
    await hear(around, revised(None))

    [(_, _, _, body, key)] = around.asked
    assert body["text"] == "mejor así\n\n(Corrects an earlier note)"
    assert key == "slack/T1/C1/11.000001/edited/12.0"
    assert [text for _, _, text, _ in around.told] == [
        "The note of #7 is part of the ticket and is not deleted with the message."
    ]


async def test_a_message_whose_edit_was_read_before_it_is_not_written_a_second_time() -> None:
    around = Around()
    edit = replace(revised("corregida"), at=NOON)

    for happening in (edit, said("corregida"), said("primera")):
        await hear(around, happening)
    assert [text.partition("\n")[0] for text in texts_of(around)] == ["corregida"]

    await hear(around, said("corregida", files=(File("F1", "a.txt", "text/plain", 3, "https://files.slack.com/a"),)))
    assert len(texts_of(around)) == 2, "its files nobody had"


async def test_an_edit_that_comes_behind_a_later_one_is_no_note_any_more() -> None:
    around, edit = Around(), revised("segunda")
    later = replace(edit, text="tercera", revision="edited/13.0", at=NOON + timedelta(seconds=1))

    for happening in (later, replace(edit, at=NOON), later):
        await hear(around, happening)

    assert [body["text"].split("\n")[0] for *_, body, _ in around.asked] == ["tercera", "tercera"]
    assert len({key for *_, key in around.asked}) == 1, "by which the desk knows that it is the same"


async def test_what_the_desk_refuses_is_told_in_its_words_without_markup() -> None:
    around = Around()
    around.errors = [DeskRefused(409, "refused", "merged into <!channel> 9")]
    await hear(around, said())

    assert around.told[0][2] == "This was not stored as a note of #7: Merged into &lt;!channel&gt; 9."


@pytest.mark.parametrize("error", [DeskAway("away"), SlackAway("away")])
async def test_a_note_waits_for_the_desk_and_its_author_hears_when_it_is_given_up(error: Exception) -> None:
    around = Around()
    around.errors = [error, error]
    _, soon = await hear(around, said(), deliveries=3)
    _, late = await hear(around, said(), deliveries=PATIENCE + 1)

    assert list(soon.postponed.values()) == [6.0]
    assert not late.postponed
    assert "was not stored" in around.told[0][2]


def file(name: str, size: int = 3, url: str | None = "https://files.slack.com/x") -> File:
    return File(f"F{name}", name, "text/plain", size, url)


async def test_files_in_the_thread_are_files_of_the_note_and_the_others_are_named() -> None:
    around = Around()
    big = [file(f"{n}.bin", 6 * 1024 * 1024) for n in range(4)]
    await hear(around, said("mira", files=(file("a.log"), file("hidden.log", url=None), file("refused.exe"), *big)))

    [(*_, body, _)] = around.asked
    assert body["attachments"] == ["id of a.log", "id of 0.bin", "id of 1.bin", "id of 2.bin"]
    assert body["text"] == "mira\n\nFiles in Slack: hidden.log, refused.exe, 3.bin"


async def test_a_note_of_files_alone_says_their_names() -> None:
    around = Around()
    await hear(around, said("", files=(file("a.log"), file("b.log"))))

    [(*_, body, _)] = around.asked
    assert (body["text"], len(body["attachments"])) == ("Files in Slack: a.log, b.log", 2)


async def test_a_file_that_slack_does_not_give_keeps_no_note_from_being_written() -> None:
    around = Around()
    around.file_errors = [SlackAway("500"), SlackAway("500")]
    _, soon = await hear(around, said(files=(file("a.log"),)), deliveries=4)
    asked = len(around.asked)
    await hear(around, said(files=(file("a.log"),)), deliveries=5)

    assert (list(soon.postponed.values()), asked) == ([8.0], 0)
    assert around.asked[0][3] == {"text": "hola\n\nFiles in Slack: a.log", "internal": True, "thread": "C1/10.000001"}


async def test_a_note_that_was_written_with_other_ids_of_its_files_is_written() -> None:
    around = Around()
    around.errors = [DeskRefused(409, "key_reused", "with another request")]
    _, batch = await hear(around, said(files=(file("a.log"),)), deliveries=2)

    assert (around.told, batch.postponed) == ([], {})
