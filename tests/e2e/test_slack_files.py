"""Files that agents send to customers in Slack: one message in their thread, whatever dies; over both doors."""

import asyncio
from typing import Any

import pytest

from tests.e2e.test_slack_composer import SECONDS, card_of, compose, send
from tests.support.card_desk import FIRST, CardDesk, line, words
from tests.support.chat_desk import HELP
from tests.support.polling import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.long]

Json = dict[str, Any]
UNDO_SECONDS = 2
PDF = b"%PDF-1.4\n" + b"0" * 2_000

DOUBT_SECONDS = 60
"""What was begun to be shared may appear for 20 seconds; then it is done again."""


async def asked(at: CardDesk, subject: str, channel: str = HELP) -> tuple[str, int, str]:
    """Carmen asks: (time stamp of what she wrote, number of the ticket, its card)."""
    first = at.slack.hands.write("carmen", channel, subject)
    number, ts = await card_of(at, subject)
    return first.ts, number, ts


async def upload(at: CardDesk, name: str, content: bytes) -> str:
    """The id of a file at the desk."""
    made = await at.desk.call("POST", "/attachments", params={"filename": name}, content=content)
    return str(made.json()["id"])


async def reply(at: CardDesk, number: int, text: str, *names: str, content: bytes = PDF) -> None:
    """An agent's answer by the API, with files of these names."""
    ids = [await upload(at, name, content) for name in names]
    await at.desk.api("POST", f"/tickets/{number}/replies", json={"text": text, "attachments": ids})


def read(at: CardDesk, root: str, text: str, channel: str = HELP) -> list[Json]:
    """What Carmen reads with these words, in the thread or beside it."""
    seen = [*at.slack.hands.messages("carmen", channel), *at.slack.hands.messages("carmen", channel, thread_ts=root)]
    return [one for one in seen if text in one["text"]]


async def arrived(at: CardDesk, root: str, text: str, channel: str = HELP, seconds: float = SECONDS) -> Json:
    """The one message with these words."""

    def there() -> Json:
        found = read(at, root, text, channel)
        assert len(found) == 1, found
        return found[0]

    return await eventually(there, seconds)


async def delivered(at: CardDesk, number: int, text: str) -> Json:
    """The answer with these words, once the ticket knows that it arrived."""

    async def there() -> Json:
        said = (await at.desk.api("GET", f"/tickets/{number}/messages"))["items"]
        found: Json = next(one for one in said if one["text"] == text)
        assert found["delivery"]["state"] == "delivered", found["delivery"]
        return found

    return await eventually(there, DOUBT_SECONDS)


async def test_an_agents_file_stands_with_the_words_in_the_customers_thread(at: CardDesk) -> None:
    root, number, ts = await asked(at, "¿Cómo se configura el VPN?")
    await compose(at, ts)
    file = at.slack.hands.upload("eva", FIRST, "guía.pdf", PDF, share=False, mimetype="application/pdf")

    await send(at, "Va la guía <aquí>.", files=[file.id])

    await line(at, ts, "✓✓", "Va la guía")
    message = await arrived(at, root, "Va la guía &lt;aquí&gt;.")
    [seen] = message["files"]
    assert message["thread_ts"] == root
    assert (seen["name"], at.slack.workspace.files[seen["id"]].content) == ("guía.pdf", PDF)
    assert seen["id"] != file.id, "the agent's own upload stays where it was"
    said = (await at.desk.api("GET", f"/tickets/{number}/messages"))["items"]
    [answer] = [one for one in said if one["kind"] == "agent"]
    assert [one["filename"] for one in answer["attachments"]] == ["guía.pdf"]
    await at.slack.courier.settle()
    assert [one["kind"] for one in said].count("customer") == 1, "our own message is not heard as the customer's"


async def test_files_go_into_a_direct_message(at: CardDesk) -> None:
    direct = at.slack.hands.dm("carmen")
    root, number, _ = await asked(at, "¿Me mandáis el formulario?", direct)

    await reply(at, number, "Dos formularios.", "uno.pdf", "dos.pdf")

    message = await arrived(at, root, "Dos formularios.", direct)
    assert [one["name"] for one in message["files"]] == ["uno.pdf", "dos.pdf"]
    assert message["thread_ts"] == root
    await delivered(at, number, "Dos formularios.")


async def test_a_file_that_cannot_go_is_named_on_both_sides_and_the_words_go(at: CardDesk) -> None:
    root, number, ts = await asked(at, "¿Y el manual entero?")
    fault = at.slack.faults.add("internal_error", "files.getUploadURLExternal", calls=None)
    try:
        await compose(at, ts)
        file = at.slack.hands.upload("eva", FIRST, "manual.pdf", PDF, share=False)
        await send(at, "Te lo mando.", files=[file.id])
        shown = await line(at, ts, "✓✓", "manual.pdf", seconds=DOUBT_SECONDS)
    finally:
        at.slack.faults.clear()

    message = await arrived(at, root, "Te lo mando.")
    assert fault.hits >= 5, "it was tried"
    # Everybody in the channel reads it, so it names no page.
    assert message["text"].endswith("No hemos podido adjuntar: manual.pdf.")
    assert "files" not in message or not message["files"]
    assert "no se pudieron enviar" in words(shown)
    assert (await delivered(at, number, "Te lo mando."))["delivery"]["detail"] == "files left out: manual.pdf"


async def test_whoever_closed_the_window_has_the_words_of_what_could_not_go_in_a_direct_message(at: CardDesk) -> None:
    root, number, ts = await asked(at, "¿Y las dos fotos?")
    await compose(at, ts)
    files = [at.slack.hands.upload("eva", FIRST, f"{n}.bin", b"0" * (11 << 20), share=False) for n in (1, 2)]
    await send(at, "Van las dos.", files=[one.id for one in files])  # each may go, together they are too large
    await at.slack.hands.close("eva", all_of_them=True)
    direct = at.slack.hands.dm("eva")

    def told() -> Json:
        found = [one for one in at.slack.hands.messages("eva", direct) if f"#{number}" in one["text"]]
        assert len(found) == 1, found
        return found[0]

    message = await eventually(told, DOUBT_SECONDS)
    assert "Van las dos." in words(message)
    assert "demasiado grandes" in message["text"]
    await at.slack.hands.press("eva", "reply_draft", channel=direct, ts=message["ts"])
    await send(at, "Va una.", files=[files[0].id])
    await arrived(at, root, "Va una.", seconds=DOUBT_SECONDS)


async def test_files_whose_thread_was_deleted_do_not_stay_in_the_channel(at: CardDesk) -> None:
    root, number, _ = await asked(at, "Me equivoqué de canal")
    # Gone without a trace, as after an administrator's clean-up: one who deletes their message leaves a tombstone.
    del at.slack.workspace.channel_named(HELP).messages[root]

    await reply(at, number, "Solo para ti.", "privado.pdf")

    async def failed() -> Json:
        said = (await at.desk.api("GET", f"/tickets/{number}/messages"))["items"]
        found: Json = next(one for one in said if one["text"] == "Solo para ti.")
        assert found["delivery"]["state"] == "failed", found["delivery"]
        return found

    assert (await eventually(failed, SECONDS))["delivery"]["detail"].startswith("thread_gone")
    assert read(at, root, "Solo para ti.") == []
    assert "privado.pdf" not in [file.name for file in at.slack.workspace.files.values()]


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("ratelimited", "files.getUploadURLExternal"),
        ("ratelimited", "files.completeUploadExternal"),
        ("cut_before", "files.getUploadURLExternal"),
        ("cut_after", "files.getUploadURLExternal"),
        ("cut_after", "files.completeUploadExternal"),
        ("internal_error", "files.info"),
    ],
)
async def test_a_slack_that_is_cut_off_in_between_shows_it_once(at: CardDesk, kind: Any, method: str) -> None:
    text = f"Con {kind} de {method}."
    root, number, _ = await asked(at, f"Pregunta para {kind} en {method}")
    at.slack.faults.add(kind, method)
    at.slack.faults.late_shares = 1

    await reply(at, number, text, "a.pdf")

    await delivered(at, number, text)
    message = await arrived(at, root, text)
    assert [one["name"] for one in message["files"]] == ["a.pdf"]


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("wait", "files.getUploadURLExternal"),
        ("wait", "files.completeUploadExternal"),
        ("cut_after", "files.completeUploadExternal"),
    ],
)
async def test_a_service_that_is_killed_in_between_shows_it_once(at: CardDesk, kind: Any, method: str) -> None:
    text = f"Muere en {method} ({kind})."
    root, number, _ = await asked(at, f"Pregunta antes de morir en {method} ({kind})")
    fault = at.slack.faults.add(kind, method, seconds=3)
    await reply(at, number, text, "a.pdf", "b.pdf")
    await eventually(lambda: fault.hits == 1, SECONDS)
    chat = at.desk.services["intake-chat"]

    await chat.kill()
    await chat.start()

    await delivered(at, number, text)
    message = await arrived(at, root, text)
    assert [one["name"] for one in message["files"]] == ["a.pdf", "b.pdf"]
    await asyncio.wait_for(at.slack.courier.settle(), SECONDS)
    assert len(read(at, root, text)) == 1


async def test_what_an_agent_writes_in_the_customers_thread_follows_their_edits_and_deletions(at: CardDesk) -> None:
    root, number, _ = await asked(at, "Una duda de vacaciones")
    at.slack.hands.join("eva", HELP)
    first = at.slack.hands.write("eva", HELP, "Son 23 dias", thread_ts=root)
    second = at.slack.hands.write("eva", HELP, "y esto va en otro sitio", thread_ts=root)
    at.slack.hands.upload("eva", HELP, "calendario.pdf", PDF, text="El calendario", thread_ts=root)

    async def agents(count: int) -> list[Json]:
        said = (await at.desk.api("GET", f"/tickets/{number}/messages"))["items"]
        found = [one for one in said if one["kind"] == "agent"]
        assert len(found) == count, found
        return found

    await eventually(lambda: agents(3), SECONDS)
    at.slack.hands.edit("eva", HELP, first.ts, "Son 23 días")
    at.slack.hands.delete("eva", HELP, second.ts)

    async def followed() -> list[Json]:
        found = await agents(3)
        assert [one["text"] for one in found] == ["Son 23 días", "", "El calendario"], found
        return found

    found = await eventually(followed, SECONDS)
    assert [[file["filename"] for file in one["attachments"]] for one in found] == [[], [], ["calendario.pdf"]]
    assert (found[0]["edited_at"] is not None, found[1]["deleted_at"] is not None) == (True, True)


async def test_files_in_the_thread_of_a_card_are_files_of_the_note_and_never_reach_the_customer(at: CardDesk) -> None:
    root, number, ts = await asked(at, "Se apaga sola")
    at.slack.hands.upload("tom", FIRST, "registro.log", b"kernel panic", text="mirad el registro", thread_ts=ts)

    async def noted() -> Json:
        said = (await at.desk.api("GET", f"/tickets/{number}/messages"))["items"]
        return next((one for one in said if one["kind"] == "note"), {})

    note = await eventually(noted, SECONDS)
    [file] = note["attachments"]
    content = await at.desk.call("GET", f"/attachments/{file['id']}")
    assert (note["text"], file["filename"], content.content) == ("mirad el registro", "registro.log", b"kernel panic")
    assert read(at, root, "mirad") == []
