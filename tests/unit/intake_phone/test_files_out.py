"""Files of answers by WhatsApp: one in a message, each once; what WhatsApp does not take is named with the page."""

import asyncio
from typing import Any

import pytest

from intake_phone.domain.texts.media_out import caption_of, sorted_out
from intake_phone.domain.texts.offers import Offered, Offers
from intake_phone.errors import FilesBusy, TwilioAway
from intake_phone.handlers.texts.offering import FileOffers
from tests.unit.intake_phone.test_texts_out import CARMEN, DESK, World, say, wanted
from ventanilla_contracts.errors import Permanent, Temporary
from ventanilla_contracts.events import Attachment, BlobRef
from ventanilla_runtime.errors import BlobLost

MEGABYTE = 1024 * 1024
PAGE = "https://desk.example/s/1"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SECRET, OTHER = "a" * 32, "b" * 32
FILE = Offered("blob-1", "0" * 64, 10, "application/pdf", "guía.pdf")


def file(name: str, kind: str, size: int = 10, **more: Any) -> Attachment:
    blob = BlobRef(size_bytes=size, sha256="0" * 64, bucket="attachments", name=f"blob-{name}")
    proven = kind if "/pdf" in kind or "image/" in kind else None
    values: dict[str, Any] = {"detected_type": proven, "blob": blob, **more}
    return Attachment(filename=name, content_type=kind, size_bytes=size, sha256="0" * 64, **values)


PDF, PICTURE = file("guía.pdf", "application/pdf"), file("foto.png", "image/png")


@pytest.mark.parametrize(
    ("one", "goes"),
    [
        (PDF, True),
        (file("a.pdf", "application/pdf; name=a", detected_type="application/pdf"), True),
        (file("a.pdf", "application/octet-stream", detected_type="application/pdf"), True),
        (file("a.bin", "application/octet-stream"), False),
        (file("a.docx", DOCX, detected_type=DOCX), True),
        (file("a.doc", "application/msword", detected_type="application/x-ole-storage"), True),
        (file("a.m4a", "audio/mp4", detected_type="video/mp4"), True),
        (file("a.txt", "text/plain"), True),
        (file("big.pdf", "application/pdf", 16 * MEGABYTE), True),
        (file("bigger.pdf", "application/pdf", 16 * MEGABYTE + 1), False),
        (file("big.png", "image/png", 5 * MEGABYTE + 1), False),
        (file("empty.pdf", "application/pdf", 0), False),
        (file("a.zip", "application/zip", detected_type="application/zip"), False),
        (file("a.svg", "image/svg+xml"), False),
        (file("no.png", "image/png", detected_type="text/html", dangerous="disguised"), False),
        (file("no.pdf", "application/pdf", detected_type="application/zip"), False),
        (file("macros.doc", "application/msword", dangerous="macros"), False),
        (file("elsewhere.pdf", "application/pdf", blob=None), False),
    ],
)
def test_what_whatsapp_takes_goes_and_the_rest_is_named(one: Attachment, goes: bool) -> None:
    assert sorted_out([one], "whatsapp") == (([one], []) if goes else ([], [one]))
    assert sorted_out([one], "sms") == ([], [one]), "an SMS carries none"


def test_below_a_file_stands_its_name_and_below_a_sound_nothing() -> None:
    assert caption_of(PDF) == "guía.pdf"
    assert caption_of(file("a.mp3", "audio/mpeg")) == ""


async def opened() -> World:
    world = World()
    await world.subscriptions().heard("whatsapp", DESK, CARMEN)
    return world


async def test_the_words_come_first_then_each_file_in_a_message_of_its_own() -> None:
    world = await opened()
    zipped = file("todo.zip", "application/zip")
    await say(world, wanted(medium="whatsapp", text="Mire esto.", attachments=(PDF, zipped, PICTURE)))

    words, pdf, picture = (one for _, one in world.texts)
    assert words["body"] == f"Mire esto.\n\nArchivos (todo.zip): {PAGE}"
    assert "media_url" not in words
    assert (pdf["body"], pdf["media_url"]) == ("guía.pdf", ["https://phone.example/twilio/media/guía.pdf"])
    assert (picture["body"], len(picture["media_url"])) == ("foto.png", 1)


async def test_an_sms_names_the_files_with_the_page() -> None:
    world = World()
    await say(world, wanted(attachments=(PDF,)))
    assert world.bodies == [f"Ya está arreglado.\n\nArchivos (guía.pdf): {PAGE}"]


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("place", [0, 1, 2])
async def test_whatever_breaks_off_each_message_of_an_answer_goes_once(place: int, done: bool) -> None:
    world = await opened()
    request = wanted(medium="whatsapp", attachments=(PDF, PICTURE))
    send, calls = world.send_text, 0

    async def breaks(fields: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == place + 1:
            world.failing = [(TwilioAway("cut"), done)]
        return await send(fields)

    world.send_text = breaks  # type: ignore[method-assign]  # one of them breaks off
    await say(world, request)
    await say(world, request, deliveries=2)
    await say(world, request, deliveries=3)

    assert world.bodies == ["Ya está arreglado.", "guía.pdf", "foto.png"]


async def test_a_file_that_is_gone_fails_the_answer_before_any_of_it_is_sent() -> None:
    world = await opened()
    world.gone = {"guía.pdf"}
    await say(world, wanted(medium="whatsapp", attachments=(PDF,)))

    assert world.texts == []
    assert '"reason":"file_refused"' in world.reports[0]
    assert "guía.pdf is gone" in world.reports[0]


async def test_behind_the_day_the_template_goes_alone() -> None:
    world = World()
    await say(world, wanted(medium="whatsapp", attachments=(PDF,)), templates={"es": "HX1"})
    assert [one.get("content_sid") for _, one in world.texts] == ["HX1"]


def test_a_token_gives_the_file_that_it_was_made_for_until_its_time() -> None:
    token = Offers([SECRET]).token(FILE, 1_000.0)
    assert Offers([SECRET]).read(token, 999.0) == FILE
    assert Offers([OTHER, SECRET]).read(token, 999.0) == FILE, "the account's secret may change meanwhile"
    assert Offers([SECRET]).read(token, 1_000.0) is None
    assert Offers([OTHER]).read(token, 999.0) is None


def test_a_token_that_was_changed_is_none() -> None:
    offers = Offers([SECRET])
    token = offers.token(FILE, 1_000.0)
    changed = [token[:place] + ("A" if sign != "A" else "B") + token[place + 1 :] for place, sign in enumerate(token)]
    # The last sign may hold bits that say nothing.
    assert all(offers.read(one, 1.0) is None for one in changed[:-1])
    for odd in ("", "=", "a", "ñ", token + "A" * 4, token * 20, token[:43], "%00", "../" * 20, " " + token):
        assert offers.read(odd, 1.0) is None


class Store:
    """The desk's files."""

    def __init__(self) -> None:
        self.data: bytes | None = b"%PDF-1.4"
        self.error: Exception | None = None

    async def get(self, ref: BlobRef) -> bytes:
        if self.error:
            raise self.error
        if self.data is None or (ref.bucket, ref.name) != ("attachments", "blob-guía.pdf"):
            raise BlobLost("gone")
        return self.data

    async def find(self, bucket: str, name: str) -> object | None:
        return self.data


def offering(store: Store, at: float = 0.0) -> FileOffers:
    return FileOffers(Offers([SECRET]), store, "https://phone.example/twilio/media/", 1.0, clock=lambda: at)


async def test_what_was_offered_can_be_fetched_for_hours_and_not_for_days() -> None:
    store = Store()
    address = await offering(store).address_of(PDF)
    assert address is not None
    token = address.removeprefix("https://phone.example/twilio/media/")

    found = await offering(store, at=3_600.0).content(token)
    assert found is not None
    assert (found.data, found.media_type, found.filename) == (b"%PDF-1.4", "application/pdf", "guía.pdf")
    assert await offering(store, at=86_400.0).content(token) is None
    store.data = None
    assert await offering(store).content(token) is None
    assert await offering(store).address_of(PDF) is None


async def test_while_the_broker_is_away_a_file_comes_later() -> None:
    store = Store()
    address = await offering(store).address_of(PDF)
    assert address is not None
    store.error = Temporary("no broker")
    with pytest.raises(Temporary):
        await offering(store).content(address.rpartition("/")[2])
    assert issubclass(BlobLost, Permanent)


async def test_a_broker_that_is_slow_with_files_holds_nobody_for_long() -> None:
    store = Store()
    address = await offering(store).address_of(PDF)
    assert address is not None

    async def never(ref: BlobRef) -> bytes:
        await asyncio.Event().wait()
        return ref.sha256.encode()

    store.get = never  # type: ignore[method-assign]  # it hangs
    slow = FileOffers(Offers([SECRET]), store, "https://phone.example/twilio/media/", 0.01, clock=lambda: 0.0)
    answers = await asyncio.gather(
        *(slow.content(address.rpartition("/")[2]) for _ in range(20)), return_exceptions=True
    )
    assert all(isinstance(one, FilesBusy) for one in answers)
