"""Our own mails, from the templates to the bytes and back: they read well, and an answer to one is found in it."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest

from intake_email.adapters.languages import language_of
from intake_email.domain.compose import compose
from intake_email.domain.understanding import Understood, understand
from tests.unit.tickets.builders import ANA, BOX, DESK, NOON, ticket
from tickets.adapters.words import Templates
from tickets.domain.correspondence.conversation import Said, quoted
from tickets.domain.correspondence.notices import Notice
from tickets.domain.correspondence.participants import Person
from tickets.domain.correspondence.recipients import Recipients
from tickets.domain.correspondence.replies import paragraphs
from tickets.domain.correspondence.signatures import Signature, signed
from ventanilla_contracts.events import NotificationRequested

TEMPLATES = Templates()
WRITTEN = {
    "es": "Hola, Ana:\n\nEl tóner ha llegado y mañana por la mañana lo cambiamos.\n\nUn saludo",
    "en": "Hello Ana,\n\nthe toner has arrived and we will change it tomorrow morning.\n\nKind regards",
}
ANSWERED = {
    "es": "Muchas gracias, mañana estaré en la oficina a partir de las nueve.\n\nAna",
    "en": "Thank you very much, I will be at the office from nine o'clock on.\n\nAna",
}


def our_mail(language: str, **changes: Any) -> bytes:
    """A reply of the desk with signature and conversation, as it leaves."""
    asked = ticket(language=language)
    said = [
        Said("customer", ANA, "Ana Núñez", NOON, "La impresora de la planta baja no imprime.", frozenset({ANA})),
        Said("agent", BOX, "eva", NOON, "¿Qué modelo es?\nGracias", frozenset({ANA})),
    ]
    signature = signed(Signature("{agent}\n{desk}, tel. 900 000 000"), agent="Eva", team="first-line", desk="Soporte")
    values = {
        "subject": asked.subject,
        "number": asked.number,
        "text": WRITTEN[language],
        "html": None,
        "answers": True,
        "paragraphs": paragraphs(WRITTEN[language]),
        "link": DESK.status_link(asked.number),
        "signature": signature,
        "conversation": quoted(said, asked, [ANA], "Soporte"),
        **changes,
    }
    to = Recipients([Person(ANA, "Ana Núñez")], [], [], [], NOON, False)
    notice = Notice(
        source="reply/1",
        ticket=asked,
        words=TEMPLATES.render("reply", language, values),
        automatic=False,
        requested_at=datetime(2026, 11, 26, 9, 30, tzinfo=UTC),
        answers="q@cliente.example",
        recipients=to,
    )
    request = NotificationRequested.model_validate(notice.as_event(DESK, "0123456789abcdef"))
    return compose(request).content


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def words_of(raw: bytes, kind: str) -> str:
    part = read(raw).get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n").rstrip("\n")


def answer(text: str, *, html: str | None = None) -> Understood:
    """What the desk reads in a customer's mail with this body."""
    message = EmailMessage()
    message["From"] = f"Ana <{ANA}>"
    message["To"] = BOX
    message["Subject"] = "Re: Hola [#7]"
    message["Message-ID"] = "<r@cliente.example>"
    message["In-Reply-To"] = "<x@desk.example>"
    if html is None:
        message.set_content(text)
    else:
        message.set_content(html, subtype="html")
    return understand(message.as_bytes(), ANA, language_of)


def behind_marks(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


ATTRIBUTIONS = {
    "es": "El jue, 26 nov 2026 a las 10:31, Soporte (<soporte+t.7-abc@desk.example>) escribió:",
    "en": "On Thu, Nov 26, 2026 at 10:31 AM Soporte <soporte+t.7-abc@desk.example> wrote:",
}
HEADERS = {
    "es": f"De: Soporte <{BOX}>\nEnviado: jueves, 26 de noviembre de 2026 10:31\nPara: Ana\nAsunto: Re: Hola",
    "en": f"From: Soporte <{BOX}>\nSent: Thursday, November 26, 2026 10:31 AM\nTo: Ana\nSubject: Re: Hola",
}


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_agents_words_stand_above_signature_and_conversation(language: str) -> None:
    text, html = (words_of(our_mail(language), kind) for kind in ("plain", "html"))

    for body in (text, html):
        places = [body.index(words) for words in ("lo cambiamos" if language == "es" else "change it", "Eva", "planta")]
        assert places == sorted(places)
    assert "\n-- \nEva\nSoporte, tel. 900 000 000\n\n" in text
    assert "\n> La impresora de la planta baja no imprime.\n" in text
    assert '<blockquote type="cite"' in html
    assert "planta baja" in html.partition("<blockquote")[2]


@pytest.mark.parametrize("language", ["es", "en"])
def test_our_own_reader_finds_only_the_agents_words_as_new(language: str) -> None:
    assert understand(our_mail(language), "", language_of).reply_text == WRITTEN[language]


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("introduction", [ATTRIBUTIONS, HEADERS], ids=["attribution", "header block"])
def test_an_answer_above_our_mail_holds_only_the_new_words(language: str, introduction: dict[str, str]) -> None:
    ours = words_of(our_mail(language), "plain")
    below = behind_marks(ours) if introduction is ATTRIBUTIONS else "\n" + ours

    found = answer(f"{ANSWERED[language]}\n\n{introduction[language]}\n{below}\n")

    assert found.reply_text == ANSWERED[language]


@pytest.mark.parametrize("language", ["es", "en"])
def test_an_answer_below_our_mail_holds_only_the_new_words(language: str) -> None:
    ours = words_of(our_mail(language), "plain")

    found = answer(f"{ATTRIBUTIONS[language]}\n{behind_marks(ours)}\n\n{ANSWERED[language]}\n")

    assert found.reply_text.strip().endswith(ANSWERED[language])
    assert "planta baja" not in found.reply_text


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("wrapping", ["gmail", "apple"])
def test_an_answer_in_html_alone_holds_only_the_new_words(language: str, wrapping: str) -> None:
    ours = words_of(our_mail(language), "html")
    new = "".join(f"<div>{line or '<br>'}</div>" for line in ANSWERED[language].split("\n"))
    attribution = ATTRIBUTIONS[language].replace("<", "&lt;").replace(">", "&gt;")
    html = {
        "gmail": f'<div dir="ltr">{new}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f'{attribution}<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid">'
        f"{ours}</blockquote></div>",
        "apple": f'<html><body>{new}<br><blockquote type="cite"><div>{attribution}</div><br><div>{ours}</div>'
        "</blockquote></body></html>",
    }[wrapping]

    assert answer("", html=html).reply_text == ANSWERED[language]


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_mail_without_conversation_and_signature_reads_as_before(language: str) -> None:
    plain = our_mail(language, conversation=(), signature=Signature(""), link=None)
    text = words_of(plain, "plain")

    assert text.startswith(WRITTEN[language] + "\n\n-- \n")
    assert ">" not in text
    assert "<blockquote" not in words_of(plain, "html")
    assert understand(plain, "", language_of).reply_text == WRITTEN[language]


def test_what_we_send_is_seven_bit_clean_and_in_short_lines() -> None:
    raw = our_mail("es", text="á" * 5000 + "\n" + "x" * 5000)

    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"format=flowed" not in raw
    assert b"List-" not in raw
    assert words_of(raw, "plain").startswith("á" * 5000 + "\n" + "x" * 5000 + "\n\n-- \n")
