"""What goes out says the same when the standard library reads it, and nothing can break out of its field."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake_email.domain.compose import NoAddress, compose
from intake_email.domain.outbound import Letter
from intake_email.domain.understanding import understand
from ventanilla_contracts.events import Attachment, MailForm, NotificationRequested, Party

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
FORM = MailForm(
    from_address="soporte@desk.example",
    from_name="Atención al cliente",
    reply_to="soporte+t.tok@desk.example",
    return_path="soporte+b.tok@desk.example",
    message_id="n1.hmac@desk.example",
    in_reply_to="q@cliente.example",
    references=("p@cliente.example", "q@cliente.example"),
)


def request(**changes: Any) -> NotificationRequested:
    fields: dict[str, Any] = {
        "id": "n1",
        "medium": "email",
        "to": Party(address="ana@cliente.example", name="Ana Núñez"),
        "subject": "[#4711] Avería en la señal",
        "text": "Hola, Ana:\n\nYa está arreglado.\n.\nUn saludo\n",
        "language": "es",
        "automatic": False,
        "mail": FORM,
        "requested_at": NOW,
        "expires_at": NOW,
        **changes,
    }
    return NotificationRequested(**fields)


def parsed(letter: Letter) -> EmailMessage:
    assert b"\0" not in letter.content
    assert letter.content.count(b"\n") == letter.content.count(b"\r\n") == letter.content.count(b"\r")
    assert max(map(len, letter.content.split(b"\r\n"))) < 998
    message = email.message_from_bytes(letter.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def test_the_standard_library_reads_what_was_asked_for() -> None:
    letter = compose(request(cc=(Party(address="luis@cliente.example", name='Luis "el" Pérez'),)))
    message = parsed(letter)
    assert str(message["From"]) == "Atención al cliente <soporte@desk.example>"
    assert message["To"].addresses[0].display_name == "Ana Núñez"
    assert message["Cc"].addresses[0].display_name == 'Luis "el" Pérez'
    assert message["Reply-To"].addresses[0].addr_spec == "soporte+t.tok@desk.example"
    assert message["Subject"] == "[#4711] Avería en la señal"
    assert message["Message-ID"] == "<n1.hmac@desk.example>"
    assert message["In-Reply-To"] == "<q@cliente.example>"
    assert str(message["References"]).split() == ["<p@cliente.example>", "<q@cliente.example>"]
    assert message["Date"].datetime == NOW
    assert message["Content-Language"] == "es"
    assert message["X-Loop"] == "soporte@desk.example"
    assert message["Auto-Submitted"] is None
    assert text_of(message) == "Hola, Ana:\n\nYa está arreglado.\n.\nUn saludo\n"
    assert letter.sender == "soporte+b.tok@desk.example"
    assert letter.recipients == ("ana@cliente.example", "luis@cliente.example")
    assert not message.defects


def test_an_automatic_mail_says_so_and_has_no_return_path() -> None:
    letter = compose(request(automatic=True))
    message = parsed(letter)
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert letter.sender == ""


def test_html_goes_beside_the_text() -> None:
    message = parsed(compose(request(html="<p>Ya está <b>arreglado</b>.</p>" + "x" * 3000)))
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert text_of(message, "html").startswith("<p>Ya está <b>arreglado</b>.</p>xxx")
    assert "arreglado" in text_of(message)


def test_attachments_go_with_it() -> None:
    data = bytes(range(256)) * 300
    attachment = Attachment(
        filename="factúra «1».pdf",
        content_type="application/pdf",
        size_bytes=len(data),
        sha256=sha256(data).hexdigest(),
    )
    evil = attachment.model_copy(update={"content_type": "multipart/mixed; boundary=x", "filename": 'a"\r\nX: y.exe'})
    message = parsed(compose(request(html="<p>x</p>", attachments=(attachment, evil)), [data, b"x"]))
    assert message.get_content_type() == "multipart/mixed"
    first, second = message.iter_attachments()
    assert isinstance(first, EmailMessage)
    assert (first.get_filename(), first.get_content_type()) == ("factúra «1».pdf", "application/pdf")
    assert first.get_content() == data
    assert second.get_content_type() == "application/octet-stream"
    assert second["X"] is None
    assert text_of(message).startswith("Hola, Ana")


def test_the_same_notification_is_the_same_mail_each_time() -> None:
    assert compose(request(html="<p>x</p>")) == compose(request(html="<p>x</p>"))


def test_only_those_that_are_left_get_it_and_the_headers_still_name_all() -> None:
    copied = request(cc=(Party(address="luis@cliente.example"),))
    letter = compose(copied, only_to=("luis@cliente.example",))
    assert letter.recipients == ("luis@cliente.example",)
    assert b"ana@cliente.example" in letter.content


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@",
        "@x.example",
        "a b@x.example",
        "a@x.example\r\nBcc: b@x.example",
        "<a@x.example>",
        "a@x@y",
        "a,b@x.example",
    ],
)
def test_without_a_usable_address_there_is_no_mail(address: str) -> None:
    with pytest.raises(NoAddress):
        compose(request(to=Party(address=address)))


def test_a_broken_address_in_copy_is_left_out() -> None:
    letter = compose(request(cc=(Party(address="nobody"), Party(address="luis@cliente.example"))))
    assert letter.recipients == ("ana@cliente.example", "luis@cliente.example")


def test_a_domain_outside_ascii_is_encoded_and_a_local_part_needs_smtputf8() -> None:
    letter = compose(request(to=Party(address="ana@señal.example")))
    assert letter.recipients == ("ana@xn--seal-hqa.example",)
    assert not letter.utf8
    assert compose(request(to=Party(address="josé@cliente.example"))).utf8


@pytest.mark.parametrize(
    ("domain", "encoded"),
    [
        ("straße.example", "xn--strae-oqa.example"),
        ("Βόλος.example", "xn--nxasmm1c.example"),
        ("mail.señal.straße.example", "mail.xn--seal-hqa.xn--strae-oqa.example"),
        ("STRAẞE.example", "xn--strae-oqa.example"),
    ],
)
def test_letters_that_have_a_domain_of_their_own_keep_it(domain: str, encoded: str) -> None:
    assert compose(request(to=Party(address=f"ana@{domain}"))).recipients == (f"ana@{encoded}",)


def test_a_domain_that_cannot_be_encoded_stays_as_it_is() -> None:
    domain = "ß" * 70 + ".example"

    letter = compose(request(to=Party(address=f"ana@{domain}")))

    assert (letter.recipients, letter.utf8) == ((f"ana@{domain}",), True)


def test_ids_that_no_line_can_hold_are_left_out() -> None:
    form = FORM.model_copy(update={"references": ("a" * 998, "kept@x.example", "")})
    message = parsed(compose(request(mail=form)))
    assert str(message["References"]) == "<kept@x.example>"


INJECTION = "x\r\nBcc: evil@x.example\r\n\r\nbody\0\ud800"


def test_no_value_breaks_out_of_its_field() -> None:
    form = MailForm.model_construct(
        from_address="soporte@desk.example",
        from_name=INJECTION,
        reply_to=f"a@b.example{INJECTION}",
        return_path=INJECTION,
        message_id=INJECTION,
        in_reply_to=INJECTION,
        references=(INJECTION, INJECTION),
    )
    poisoned = request().model_copy(
        update={
            "subject": INJECTION,
            "language": INJECTION,
            "mail": form,
            "to": Party.model_construct(address="ana@cliente.example", name=INJECTION),
            "cc": (Party.model_construct(address=INJECTION, name=""),),
        }
    )
    message = parsed(compose(poisoned))
    assert message["Bcc"] is None
    assert text_of(message).startswith("Hola, Ana")


@settings(max_examples=300, deadline=None)
@given(
    subject=st.text(max_size=998),
    name=st.text(max_size=300),
    text=st.text(max_size=2000),
    from_name=st.text(max_size=998),
)
def test_any_text_survives(subject: str, name: str, text: str, from_name: str) -> None:
    form = FORM.model_copy(update={"from_name": from_name})
    to = Party.model_construct(address="ana@cliente.example", name=name)
    letter = compose(request().model_copy(update={"subject": subject, "to": to, "text": text, "mail": form}))
    raw = email.message_from_bytes(letter.content)
    assert set(raw.keys()) == {
        "Date", "From", "To", "Reply-To", "Subject", "Message-ID", "In-Reply-To", "References", "Content-Language",
        "X-Loop", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    }  # fmt: skip
    assert max(map(len, letter.content.split(b"\r\n"))) < 998
    body = raw.get_payload(decode=True)
    assert isinstance(body, bytes)
    wanted = text.encode("utf-8", "replace").replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert body.replace(b"\r\n", b"\n") == wanted.rstrip(b"\n") + b"\n"
    decoded = str(email.header.make_header(email.header.decode_header(str(raw["Subject"]))))
    assert "".join(decoded.split()) == "".join(_visible(subject).split())


def _visible(text: str) -> str:
    from intake_email.domain.words import clean_line

    return clean_line(text)


def picture_of(data: bytes, **changes: Any) -> Attachment:
    fields = {
        "filename": "captura.png",
        "content_type": "image/png",
        "size_bytes": len(data),
        "sha256": sha256(data).hexdigest(),
        "inline": True,
        "content_id": "p1@desk.example",
    }
    return Attachment(**{**fields, **changes})


def test_pictures_that_the_html_shows_go_within_it_and_files_beside_it() -> None:
    picture, other, file = b"\x89PNG\r\n\x1a\n", b"\x89PNG not shown", b"%PDF-1.7"
    attachments = (
        picture_of(picture),
        picture_of(other, content_id="p2@desk.example", filename="otra.png"),
        picture_of(file, inline=False, content_id=None, filename="a.pdf", content_type="application/pdf"),
    )
    html = '<p>Mire: <img src="cid:p1@desk.example"></p>'

    message = parsed(compose(request(html=html, attachments=attachments), [picture, other, file]))

    assert message.get_content_type() == "multipart/mixed"
    words, *beside = message.iter_parts()
    assert [part.get_filename() for part in beside] == ["otra.png", "a.pdf"]
    assert isinstance(words, EmailMessage)
    assert words.get_content_type() == "multipart/alternative"
    plain, related = words.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert isinstance(related, EmailMessage)
    assert related.get_content_type() == "multipart/related"
    assert related.get_param("type") == "text/html"
    page, shown = related.iter_parts()
    assert isinstance(page, EmailMessage)
    assert page.get_content().rstrip() == html
    assert isinstance(shown, EmailMessage)
    assert (shown["Content-ID"], shown.get_content_disposition()) == ("<p1@desk.example>", "inline")
    assert shown.get_content() == picture


def test_a_picture_without_html_is_a_file_like_any_other() -> None:
    picture = b"\x89PNG\r\n\x1a\n"

    message = parsed(compose(request(attachments=(picture_of(picture),)), [picture]))

    assert message.get_content_type() == "multipart/mixed"
    assert [part.get_filename() for part in message.iter_attachments()] == ["captura.png"]


def test_several_addressees_are_named_and_blind_copies_are_not() -> None:
    letter = compose(
        request(
            also_to=(Party(address="eva@otra.example", name="Eva"), Party(address="broken")),
            cc=(Party(address="luis@cliente.example"), Party(address="ana@cliente.example")),
            bcc=(Party(address="jefe@desk.example", name="Jefe"),),
        )
    )
    message = parsed(letter)

    assert [one.addr_spec for one in message["To"].addresses] == ["ana@cliente.example", "eva@otra.example"]
    assert b"jefe" not in letter.content
    assert message["Bcc"] is None
    assert letter.recipients == (
        "ana@cliente.example",
        "eva@otra.example",
        "luis@cliente.example",
        "jefe@desk.example",
    )


def test_a_field_of_ids_without_a_usable_id_is_left_out() -> None:
    form = FORM.model_copy(update={"in_reply_to": "<>", "references": ("", "a" * 998)})

    message = parsed(compose(request(mail=form)))

    assert "In-Reply-To" not in message
    assert "References" not in message


@pytest.mark.parametrize(
    ("kind", "filename", "data"),
    [
        ("application/pkcs7-mime; smime-type=enveloped-data", "smime.p7m", bytes(range(256)) * 41),
        ("application/pkcs7-signature", "smime.p7s", b"0\x82\r\n\n\r" * 99),
        (
            "application/pgp-encrypted",
            "encrypted.asc",
            b"-----BEGIN PGP MESSAGE-----\n\nx \n=y\n-----END PGP MESSAGE-----",
        ),
        ("application/pgp-signature", "signature.asc", b"-- \r\nFrom me\r\n.\r\n"),
        ("message/rfc822", "mail.eml", b"From: a@b.example\nSubject: x\n\n\xe1\r\n.\n"),
        ("application/octet-stream", "empty.bin", b""),
    ],
)
def test_protected_files_arrive_byte_for_byte(kind: str, filename: str, data: bytes) -> None:
    file = picture_of(data, content_type=kind.partition(";")[0], filename=filename, inline=False, content_id=None)

    letter = compose(request(html="<p>x</p>", attachments=(file,)), [data])

    (part,) = email.message_from_bytes(letter.content).get_payload()[1:]
    assert sha256(part.get_payload(decode=True)).hexdigest() == file.sha256
    assert part.get_filename() == filename
    understood = understand(letter.content, None, lambda text: None)
    assert [(one.filename, sha256(one.content).hexdigest()) for one in understood.files] == [(filename, file.sha256)]
    assert understood.mail.protection is None  # a file is no protection of the mail that carries it
