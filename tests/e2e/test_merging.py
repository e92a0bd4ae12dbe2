"""Two requests about one matter, through the real doors: merged, answered, parted; nothing lost, nobody told twice."""

import re
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from tests.support.desk import RunningDesk, mail
from tests.support.polling import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITER, ADDRESS = "Marta Vidal <marta@cliente.example>", "marta@cliente.example"


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


async def acknowledged(desk: RunningDesk, subject: str, number_of_mails: int) -> tuple[int, EmailMessage]:
    """Send a first mail; returns the number of its ticket, and the acknowledgement."""
    text = "La impresora de la segunda planta no imprime nada desde esta mañana."
    await desk.send_later(
        mail(subject, text, sender=WRITER, message_id=f"<{number_of_mails}@cliente.example>"), sender=ADDRESS
    )
    sent = await desk.sent_to(ADDRESS, number_of_mails)
    found = re.search(r"#(\d+)\]", str(sent[-1]["Subject"]))
    assert found
    return int(found[1]), sent[-1]


async def reply_to(desk: RunningDesk, message: EmailMessage, text: str, id_: str) -> None:
    """What a mail program does when somebody answers."""
    to = str(message["Reply-To"])
    letter = mail(
        f"Re: {message['Subject']}", text, sender=WRITER, to=to, message_id=f"<{id_}@cliente.example>",
        in_reply_to=str(message["Message-ID"]), references=str(message["Message-ID"]),
    )  # fmt: skip
    await desk.send_later(letter, sender=ADDRESS, to=to)


async def words_in(desk: RunningDesk, number: int, kind: str = "customer") -> list[tuple[str, Any]]:
    items = (await desk.api("GET", f"/tickets/{number}/messages", params={"limit": 200}))["items"]
    return [(one["text"].strip(), one["came_by"]) for one in items if one["kind"] == kind]


async def holds(desk: RunningDesk, number: int, words: str) -> None:
    async def there() -> bool:
        return words in [text for text, _ in await words_in(desk, number)]

    await eventually(there, 20)


async def test_two_requests_of_a_customer_become_one_and_part_again(desk: RunningDesk) -> None:
    await desk.add("tickets", "tickets-2")
    first, first_thread = await acknowledged(desk, "La impresora no va", 1)
    second, _ = await acknowledged(desk, "Otra vez la impresora", 2)
    body = {"into": second, "reason": "the same printer, asked twice"}

    answers = [
        await desk.api("POST", f"/tickets/{first}/merge", json=body, headers={"Idempotency-Key": "merge-1"})
        for _ in range(2)
    ]
    assert [one["merged_into"] for one in answers] == [second, second]
    told = (await desk.sent_to(ADDRESS, 3))[-1]
    assert told["In-Reply-To"] == "<1@cliente.example>"
    assert f"todo está en la solicitud {second}" in text_of(told)

    await reply_to(desk, first_thread, "¿Saben algo de la impresora?", "a")
    await reply_to(desk, told, "Gracias por avisar.", "b")
    await holds(desk, second, "¿Saben algo de la impresora?")
    await holds(desk, second, "Gracias por avisar.")
    assert [came_by for _, came_by in await words_in(desk, second)] == [None, first, first]

    await desk.api("POST", f"/tickets/{second}/replies", json={"text": "Hemos cambiado el tóner."})
    answer = (await desk.sent_to(ADDRESS, 4))[-1]
    assert f"[#{second}]" in str(answer["Subject"])

    link = re.search(r"(/s/\S+)", text_of(first_thread))
    assert link
    async with httpx.AsyncClient(base_url=desk.services["portal"].url) as browser:
        page = await browser.get(link[1])
        assert "su solicitud sigue en otra" in page.text
        led_to = re.search(r'href="(/s/[^"]+)"', page.text)
        assert led_to
        assert "tóner" in (await browser.get(led_to[1])).text

    parted = await desk.api("POST", f"/tickets/{first}/unmerge", json={"reason": "two printers after all"})
    assert (parted["status"], parted["merged_into"]) == ("new", None)
    last = (await desk.sent_to(ADDRESS, 5))[-1]
    assert "sigue por separado" in str(last["Subject"])

    await reply_to(desk, first_thread, "La de la entrada, digo.", "c")
    await holds(desk, first, "La de la entrada, digo.")
    assert [text for text, _ in await words_in(desk, first)][1:] == [
        "¿Saben algo de la impresora?",
        "Gracias por avisar.",
        "La de la entrada, digo.",
    ]
    assert len(await words_in(desk, second)) == 1
    assert [text for text, _ in await words_in(desk, second, "agent")] == ["Hemos cambiado el tóner."]

    ledger = await desk.settled(5)
    assert (ledger["missing"], ledger["settled"]["created"], ledger["settled"]["appended"]) == (0, 2, 3)
    assert (
        len([one for one in desk.sent() if ADDRESS in str(one["To"])]) == 5
    )  # two acknowledged, two told, one answered
