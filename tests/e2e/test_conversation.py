"""A mail in Spanish, its acknowledgement, an agent's answer, the customer's answer to that: one ticket."""

import re
from email.message import EmailMessage

import httpx
import pytest

from tests.support.desk import MAILBOX, RunningDesk, mail
from tests.support.polling import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ticket_with(desk: RunningDesk, subject: str) -> dict:
    async def found() -> dict:
        tickets = (await desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        return next((ticket for ticket in tickets if ticket["subject"] == subject), {})

    return await eventually(found, 20)


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return part.get_content()


async def test_a_conversation_in_spanish_is_one_ticket_from_the_first_mail_to_the_last(desk: RunningDesk) -> None:
    writer = "Lucía Fernández <lucia@cliente.example>"
    await desk.send_later(
        mail(
            "No puedo iniciar sesión en el portal",
            "Buenos días:\n\nDesde ayer no puedo entrar en mi cuenta, me dice que la contraseña no es válida.\n\nLucía",
            sender=writer,
            message_id="<primera@cliente.example>",
        ),
        sender="lucia@cliente.example",
    )

    ticket = await ticket_with(desk, "No puedo iniciar sesión en el portal")
    number = ticket["number"]
    assert ticket["status"] == "new"
    assert ticket["language"] == "es"
    assert ticket["channel"] == "email"
    assert ticket["requester"]["name"] == "Lucía Fernández"

    [acknowledgement] = await desk.sent_to("lucia@cliente.example")
    assert acknowledgement["Subject"] == f"Hemos recibido su mensaje [#{number}]"
    assert acknowledgement["In-Reply-To"] == "<primera@cliente.example>"
    assert acknowledgement["Auto-Submitted"] == "auto-replied"
    assert "contraseña" not in text_of(acknowledgement), "an acknowledgement repeats nothing"
    assert "portal" not in str(acknowledgement["Subject"])
    link = re.search(r"https?://\S+/s/\S+", text_of(acknowledgement))
    assert link

    reply = await desk.api(
        "POST",
        f"/tickets/{number}/replies",
        json={"text": "Hola, Lucía:\n\nHemos restablecido su contraseña. ¿Puede probar otra vez?", "status": "pending"},
    )
    assert reply
    [_, answer] = await desk.sent_to("lucia@cliente.example", 2)
    assert "restablecido" in text_of(answer)
    assert answer["Subject"] == f"Re: No puedo iniciar sesión en el portal [#{number}]"
    assert answer["In-Reply-To"] == "<primera@cliente.example>"
    assert answer["Auto-Submitted"] is None
    assert (await desk.api("GET", f"/tickets/{number}"))["status"] == "pending"

    await desk.send_later(
        mail(
            "Re: No puedo iniciar sesión en el portal",
            "Ahora sí funciona, muchas gracias por la ayuda.",
            sender=writer,
            message_id="<segunda@cliente.example>",
            in_reply_to=str(answer["Message-ID"]),
            references=f"<primera@cliente.example> {answer['Message-ID']}",
        ),
        sender="lucia@cliente.example",
    )

    async def appended() -> list:
        messages = (await desk.api("GET", f"/tickets/{number}/messages"))["items"]
        return messages if len(messages) == 4 else []

    messages = await eventually(appended, 20)
    assert [message["kind"] for message in messages] == ["customer", "automatic", "agent", "customer"]
    assert (await desk.api("GET", f"/tickets/{number}"))["status"] == "open", "the customer wrote: it lives again"
    assert len(await desk.sent_to("lucia@cliente.example", 2)) == 2, "an answer in a thread is not acknowledged again"


async def test_what_was_sent_is_marked_as_delivered_on_the_message(desk: RunningDesk) -> None:
    await desk.send_later(mail("Pregunta sobre la entrega", "¿Cuándo llega mi pedido?"))
    ticket = await ticket_with(desk, "Pregunta sobre la entrega")
    await desk.api("POST", f"/tickets/{ticket['number']}/replies", json={"text": "Llega mañana."})

    async def delivered() -> bool:
        messages = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
        return [message["delivery"]["state"] for message in messages if message["kind"] == "agent"] == ["delivered"]

    await eventually(delivered, 20)


@pytest.mark.parametrize(
    ("language", "subject", "text"),
    [
        ("es", "La impresora no imprime nada", "La impresora de la oficina no imprime nada desde esta mañana."),
        ("en", "The printer prints nothing", "The printer in our office prints nothing since this morning."),
    ],
)
async def test_the_status_page_speaks_the_customers_language(
    desk: RunningDesk, language: str, subject: str, text: str
) -> None:
    address = f"cliente.{language}@cliente.example"
    await desk.send_later(mail(subject, text, sender=address), sender=address)
    [acknowledgement] = await desk.sent_to(address)
    found = re.search(r"(/s/\S+)", text_of(acknowledgement))
    assert found

    async with httpx.AsyncClient(base_url=desk.services["portal"].url) as browser:
        page = await browser.get(found[1])
        assert page.status_code == 200
        assert f'lang="{language}"' in page.text
        assert subject in page.text
        assert text in page.text
        forged = await browser.get(found[1][:-1] + ("a" if found[1][-1] != "a" else "b"))
        assert forged.status_code == 404


async def test_a_mail_to_the_plus_address_of_a_ticket_is_appended_whoever_sends_it(desk: RunningDesk) -> None:
    await desk.send_later(mail("Factura duplicada", "Me han cobrado dos veces."), sender="ana@cliente.example")
    ticket = await ticket_with(desk, "Factura duplicada")

    def acknowledged() -> list[EmailMessage]:
        return [sent for sent in desk.sent() if f"#{ticket['number']}]" in str(sent["Subject"])]

    [acknowledgement, *_] = await eventually(acknowledged, 20)
    plus_address = str(acknowledgement["Reply-To"])

    await desk.send_later(
        mail("Otra cosa", "Soy su compañera: a mí también.", sender="eva@otra.example", to=plus_address),
        sender="eva@otra.example",
        to=plus_address,
    )

    async def appended() -> bool:
        messages = (await desk.api("GET", f"/tickets/{ticket['number']}/messages"))["items"]
        return any("compañera" in message["text"] for message in messages)

    await eventually(appended, 20)
    assert MAILBOX.split("@")[0] in plus_address
