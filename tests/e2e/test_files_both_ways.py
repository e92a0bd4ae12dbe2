"""Files through the whole desk: what a customer sends comes down, and what an agent sends goes out, byte for byte."""

import email.policy
from email.message import EmailMessage, Message
from hashlib import sha256
from typing import Any

import pytest

from tests.support.desk import MAILBOX, RunningDesk, mail
from tests.support.polling import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEALED = bytes(range(256)) * 120
ARMOURED = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA+\r\n=abcd\r\n-----END PGP MESSAGE-----\r\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"a picture" * 300
ANA, LUIS = "ana@cliente.example", "luis@cliente.example"


async def messages_of(desk: RunningDesk, subject: str, count: int = 1) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A ticket by its subject, and its messages from customers, when there are so many."""

    async def found() -> tuple[dict[str, Any], list[dict[str, Any]]]:
        tickets = (await desk.api("GET", "/tickets", params={"limit": 200}))["items"]
        named = [one for one in tickets if one["subject"] == subject]
        assert named, f"no ticket {subject!r} yet"
        listed = (await desk.api("GET", f"/tickets/{named[0]['number']}/messages"))["items"]
        customers = [one for one in listed if one["kind"] == "customer"]
        assert len(customers) >= count
        return named[0], customers

    return await eventually(found, 20)


async def digests(desk: RunningDesk, message: dict[str, Any]) -> dict[str, str]:
    """File name → SHA-256 of what the API hands out."""
    found = {}
    for file in message["attachments"]:
        answer = await desk.call("GET", file["url"].removeprefix("/api/v1"))
        assert answer.status_code == 200, (file["filename"], answer.text)
        found[file["filename"]] = sha256(answer.content).hexdigest()
    return found


def payload(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data


async def test_sealed_mail_is_shown_as_such_and_every_file_of_it_comes_down(desk: RunningDesk) -> None:
    inner = mail("dentro", "un correo adjunto", message_id="<dentro@cliente.example>")
    message = mail("Con archivos", "Adjunto varios archivos para ustedes.", message_id="<archivos@cliente.example>")
    message.add_attachment(SEALED, maintype="application", subtype="pkcs7-mime", filename="smime.p7m")
    message.add_attachment(ARMOURED, maintype="application", subtype="octet-stream", filename="clave.asc")
    message.add_attachment(PNG, maintype="application", subtype="octet-stream", filename="captura.png")
    message.add_attachment(b"MZ\x90\x00" * 9, maintype="image", subtype="jpeg", filename="foto.jpg")
    message.add_attachment(inner)
    sealed = EmailMessage()
    for name, value in mail("Cifrado", "x", message_id="<cifrado@cliente.example>").items():
        if not name.lower().startswith(("content-", "mime-")):
            sealed[name] = value
    sealed.set_content(SEALED, maintype="application", subtype="pkcs7-mime", filename="smime.p7m")

    await desk.send_later(message)
    await desk.send_later(sealed)

    _, [found] = await messages_of(desk, "Con archivos")
    by_name = {file["filename"]: file for file in found["attachments"]}
    got = await digests(desk, found)
    assert got["smime.p7m"] == sha256(SEALED).hexdigest()
    assert got["clave.asc"] == sha256(ARMOURED).hexdigest()
    assert got["captura.png"] == sha256(PNG).hexdigest()
    assert len(got) == 5, "the attached mail is one of them"
    assert by_name["captura.png"]["detected_type"] == "image/png"
    assert by_name["foto.jpg"]["dangerous"] == "disguised"
    assert by_name["smime.p7m"]["dangerous"] is None
    _, [hidden] = await messages_of(desk, "Cifrado")
    assert hidden["protection"] == "smime-encrypted"
    assert (await digests(desk, hidden)) == {"smime.p7m": sha256(SEALED).hexdigest()}


async def test_an_agents_files_and_pictures_go_out_as_they_are_and_the_answer_is_only_what_is_new(
    desk: RunningDesk,
) -> None:
    first = mail(
        "Una pregunta con respuesta", "¿Cómo configuro la firma del correo?", message_id="<p1@cliente.example>"
    )
    await desk.send_later(first)
    ticket, _ = await messages_of(desk, "Una pregunta con respuesta")
    number = ticket["number"]
    await desk.api("POST", f"/tickets/{number}/participants", json={"address": LUIS, "name": "Luis"})
    uploads = {
        name: await desk.api(
            "POST", "/attachments", params={"filename": name}, content=data, headers={"content-type": kind}
        )
        for name, data, kind in (
            ("smime.p7m", SEALED, "application/pkcs7-mime"),
            ("respuesta.asc", ARMOURED, "application/pgp-encrypted"),
            ("paso 1.png", PNG, "image/png"),
        )
    }

    made = await desk.api(
        "POST",
        f"/tickets/{number}/replies",
        json={
            "text": "Hola, Ana:\n\nSiga la imagen adjunta, por favor.",
            "html": f'<p>Hola, Ana:</p><p>Siga la imagen: <img src="cid:{uploads["paso 1.png"]["id"]}"></p>',
            "attachments": [upload["id"] for upload in uploads.values()],
        },
    )

    sent = await eventually(
        lambda: next((one for one in desk.sent() if one["Message-ID"] == f"<{made['message_id']}>"), None), 20
    )
    assert sent is not None
    assert sent["Cc"].addresses[0].addr_spec == LUIS
    files = {part.get_filename(): part for part in sent.walk() if part.get_filename()}
    assert {name: sha256(payload(part)).hexdigest() for name, part in files.items()} == {
        name: upload["sha256"] for name, upload in uploads.items()
    }
    assert files["smime.p7m"].get_content_type() == "application/pkcs7-mime"
    related = next(part for part in sent.walk() if part.get_content_type() == "multipart/related")
    page, picture = related.get_payload()
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in page.get_content()
    # Luis came later: nothing of what was said before, and no way to it.
    plain = sent.get_body(("plain",))
    assert plain is not None
    words = plain.get_content()
    assert "configuro" not in words
    assert "http" not in words

    quoted = "\n".join(f"> {line}".rstrip() for line in words.splitlines())
    introduction = f"El lun, 23 nov 2026 a las 11:00, Soporte (<{MAILBOX}>) escribió:"
    answer = mail(
        f"Re: Una pregunta con respuesta [#{number}]",
        f"Perfecto, ya funciona. ¡Gracias!\n\n{introduction}\n{quoted}",
        message_id="<p2@cliente.example>",
        in_reply_to=str(sent["Message-ID"]),
    )
    await desk.send_later(answer.as_bytes(policy=email.policy.SMTP))
    _, customers = await messages_of(desk, "Una pregunta con respuesta", 2)
    assert customers[-1]["reply_text"] == "Perfecto, ya funciona. ¡Gracias!"
