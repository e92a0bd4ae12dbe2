"""Charsets, transfer encodings, structures: what the words and the files of a mail are."""

import pytest

from intake_email.domain.mail import Mail
from intake_email.domain.mime.bodies import TEXT_LEFT_OUT
from intake_email.domain.mime.charsets import decode
from intake_email.domain.mime.flowed import unflow
from intake_email.domain.mime.reading import read_mail
from intake_email.domain.mime.transfer import take_uuencoded, undo

HEAD = b"From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def multipart(kind: str, *parts: bytes, boundary: str = "b", closed: bool = True) -> bytes:
    line = f"--{boundary}".encode()
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts)
    end = line + b"--\r\n" if closed else b""
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode() + body + end


def read(kind: str, *parts: bytes, **how: object) -> Mail:
    return read_mail(HEAD + multipart(kind, *parts, **how))  # type: ignore[arg-type]  # as named


PLAIN = b"Content-Type: text/plain\r\n\r\nplain words"
BLANK = b"Content-Type: text/plain\r\n\r\n \r\n"
HTML = b"Content-Type: text/html\r\n\r\n<p>rich <b>words</b></p>"
IMAGE = b"Content-Type: image/png; name=p.png\r\nContent-ID: <p@x>\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8="


@pytest.mark.parametrize(
    ("content", "label", "text"),
    [
        ("señal".encode(), "us-ascii", "señal"),
        ("señal".encode(), "iso-8859-1", "señal"),
        (b"\x93quoted\x94 \x80", "iso-8859-1", "“quoted” €"),
        ("señal".encode("latin-1"), None, "señal"),
        ("劼嗰".encode("gbk"), "gb2312", "劼嗰"),
        ("𠀀漢".encode("gb18030"), "gb2312", "𠀀漢"),
        ("こんにちは".encode("cp932"), "iso-2022-jp", "こんにちは"),
        (b"\x1b$B-!\x1b(B", "iso-2022-jp", "①"),
        (b"\x1b(I6E\x1b(B", "iso-2022-jp", "ｶﾅ"),
        (b"Hi Mom +Jjo-!", "utf-7", "Hi Mom ☺!"),
        ("안녕하세요".encode("cp949"), "ks_c_5601-1987", "안녕하세요"),
        ("hola".encode("utf-16"), "utf-8", "hola"),
        (b"\xff\xfeh\0o\0l\0a\0\0", None, "hola"),
        ("Привет, как дела? Всё хорошо, спасибо большое".encode("koi8-r"), None,
         "Привет, как дела? Всё хорошо, спасибо большое"),
        ("Aquí y allá".encode() + b" \xe1qu\xed", "utf-8", "Aquí y allá áquí"),
        (b"abc", "x-nonsense", "abc"),
        (b"abc", "idna", "abc"),
        (b"+2P8-", "utf-7", "\ufffd"),
    ],
)  # fmt: skip
def test_bytes_are_read_as_what_they_are(content: bytes, label: str | None, text: str) -> None:
    assert decode(content, label)[0] == text


@pytest.mark.parametrize(
    ("content", "encoding", "decoded"),
    [
        (b"aGVsbG8=", "base64", b"hello"),
        (b"aGVs\r\n bG8", "base64", b"hello"),
        (b"aGVsbG8=aGVsbG8=", "base64", b"hellohello"),
        (b"aGVs!!bG8=\r\n-- \r\nfooter", "base64", b"hello"),
        (b"a=3Db=\r\nc", "quoted-printable", b"a=bc"),
        (b"50=% off", "quoted-printable", b"50=% off"),
    ],
)
def test_transfer_encodings_are_undone_whatever_happened_to_them(content: bytes, encoding: str, decoded: bytes) -> None:
    assert undo(content, encoding)[0].startswith(decoded)


def test_words_that_were_never_encoded_are_left_as_they_are() -> None:
    mail = read_mail(HEAD + b"Content-Transfer-Encoding: base64\r\n\r\nThis is plain, in spite of the header.")
    assert mail.text == "This is plain, in spite of the header."
    assert "transfer_encoding_broken" in mail.defects


def test_a_file_written_into_the_text_is_taken_out() -> None:
    files, rest = take_uuencoded(b"before\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nafter\r\n")
    assert files == [("cat.txt", b"Cat")]
    assert rest == b"before\r\nafter\r\n"


def test_a_text_that_only_speaks_of_begin_stays() -> None:
    assert take_uuencoded(b"begin 644 of them\r\nis what I read\r\n") == (
        [],
        b"begin 644 of them\r\nis what I read\r\n",
    )


def test_soft_line_breaks_are_undone_but_not_in_quotes() -> None:
    assert unflow("one \ntwo\n> three \n> four\n-- \nAna") == "one two\n> three \n> four\n-- \nAna"
    assert unflow("日本 \n語", delete_space=True) == "日本語"


def test_plain_wins_in_an_alternative_and_html_where_plain_is_blank() -> None:
    assert read("alternative", PLAIN, HTML).text == "plain words"
    blank = read("alternative", BLANK, HTML)
    assert (blank.text, blank.from_html) == ("rich words", True)
    assert blank.html == "<p>rich <b>words</b></p>"


OTHER = b"Content-Type: text/plain\r\n\r\nthe shop is down"


@pytest.mark.parametrize(
    "parts",
    [
        (PLAIN, OTHER),
        (OTHER, PLAIN),
        (PLAIN, OTHER.replace(b"plain", b"markdown")),
        (PLAIN, OTHER.replace(b"plain", b"enriched")),
        (PLAIN, OTHER.replace(b"plain", b"x-amp-html")),
        (PLAIN, OTHER.replace(b"plain", b"watch-html")),
        (PLAIN, OTHER.replace(b"plain", b"html"), HTML),
        (PLAIN, multipart("mixed", OTHER, boundary="i")),
    ],
    ids=range(8),
)
def test_an_alternative_that_says_something_else_and_is_not_shown_is_told_of(parts: tuple[bytes, ...]) -> None:
    mail = read("alternative", *parts)
    assert ("shop" in mail.text, TEXT_LEFT_OUT in mail.defects) == (parts[0] is OTHER, True)


@pytest.mark.parametrize(
    "parts",
    [
        (PLAIN, HTML),
        (PLAIN, PLAIN),
        (BLANK, PLAIN),
        (PLAIN, b"Content-Type: text/enriched\r\n\r\n<bold>plain</bold> words", HTML),
        (PLAIN, OTHER.replace(b"plain", b"x-amp-html"), HTML),
        (PLAIN, b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR"),
    ],
    ids=range(6),
)
def test_of_the_same_words_in_another_form_nothing_is_told(parts: tuple[bytes, ...]) -> None:
    assert TEXT_LEFT_OUT not in read("alternative", *parts).defects


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"aGVsbG8=", False),
        (b"aGVsbG8=\r\n", False),
        (b"aGVsbG8=\r\naGVsbG8=\r\n", False),
        (b"aGVsbG8=\r\n--b--\r\n", False),
        (b"aGVsbG8=\r\n\r\n*** the shop is down ***\r\n", True),
        (b"aGVsbG8=\r\n-- \r\nof the list\r\n", True),
        (b"words as they are = words\r\nand more", False),
    ],
)
def test_words_behind_what_is_encoded_are_told_of(body: bytes, told: bool) -> None:
    mail = read_mail(HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body)
    assert (TEXT_LEFT_OUT in mail.defects) is told


def test_a_blank_plain_part_beside_html_is_no_text() -> None:
    assert read("mixed", BLANK, HTML).text == "rich words"


def test_further_texts_of_a_mixed_mail_are_appended_in_order() -> None:
    mail = read("mixed", PLAIN, IMAGE, b"Content-Type: text/plain\r\n\r\nand more", HTML)
    assert mail.text == "plain words\n\nand more\n\nrich words"
    assert [file.filename for file in mail.files] == ["p.png"]


def test_a_named_text_is_a_file() -> None:
    mail = read("mixed", PLAIN, b"Content-Type: text/plain; name=log.txt\r\n\r\nlog")
    assert mail.text == "plain words"
    assert [(file.filename, file.content) for file in mail.files] == [("log.txt", b"log")]


def test_the_same_words_in_two_forms_are_read_once() -> None:
    same = b"Content-Type: text/html\r\n\r\n<p>plain words</p>"
    assert read("mixed", PLAIN, same).text == "plain words"


def test_apple_mail_puts_html_pieces_between_its_pictures() -> None:
    inner = multipart("mixed", HTML, IMAGE, b"Content-Type: text/html\r\n\r\n<p>end</p>", boundary="i")
    mail = read("alternative", PLAIN, inner)
    assert mail.text == "plain words"
    assert mail.html is not None
    assert "rich" in mail.html
    assert "end" in mail.html
    assert len(mail.files) == 1


def test_a_picture_that_the_html_names_is_inline() -> None:
    file = read("related", HTML, IMAGE).files[0]
    assert (file.content_id, file.inline, file.content) == ("p@x", True, b"hello")


def test_an_attached_mail_is_one_file_with_its_subject_as_name() -> None:
    inner = b"From: c@d.example\r\nSubject: inside\r\n\r\nbody"
    file = read("mixed", PLAIN, b"Content-Type: message/rfc822\r\n\r\n" + inner).files[0]
    assert (file.filename, file.content_type, file.content) == ("inside.eml", "message/rfc822", inner)


def test_containers_with_the_same_boundary_are_told_apart() -> None:
    raw = (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/alternative; boundary=b"
        b"\r\n\r\n--b\r\n" + PLAIN + b"\r\n--b\r\n" + HTML + b"\r\n--b--\r\n--b\r\n" + IMAGE + b"\r\n--b--\r\n"
    )
    mail = read_mail(raw)
    assert mail.text == "plain words"
    assert [file.filename for file in mail.files] == ["p.png"]


def test_a_boundary_that_begins_like_another_ends_nothing() -> None:
    inner = multipart("alternative", PLAIN, HTML, boundary="b-inner")
    mail = read("mixed", inner, IMAGE, boundary="b")
    assert mail.text == "plain words"
    assert len(mail.files) == 1


def test_a_container_that_is_never_closed_or_whose_boundary_is_wrong_is_read() -> None:
    assert read("mixed", PLAIN, IMAGE, closed=False).text == "plain words"
    wrong = HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n" + PLAIN + b"\r\n--y--\r\n"
    assert read_mail(wrong).text == "plain words"


def test_a_container_without_parts_shows_what_it_holds() -> None:
    mail = read_mail(HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\nonly words")
    assert mail.text == "only words"
    assert "multipart_without_parts" in mail.defects


def test_protected_mail_is_shown_as_such() -> None:
    signed = b"Content-Type: application/pgp-signature\r\n\r\nsig"
    assert read("signed", PLAIN, signed).protection == "smime-signed"
    inline = read_mail(HEAD + b"\r\n-----BEGIN PGP MESSAGE-----\r\nabc\r\n-----END PGP MESSAGE-----\r\n")
    assert inline.protection == "pgp-encrypted"
    assert inline.text.startswith("-----BEGIN PGP MESSAGE-----")
    encrypted = read_mail(HEAD + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nabc")
    assert (encrypted.protection, len(encrypted.files)) == ("smime-encrypted", 1)


def test_the_words_inside_an_opaque_signature_are_read() -> None:
    inner = b"Content-Type: text/plain\r\n\r\nsigned words"

    def element(kind: int, content: bytes) -> bytes:
        return bytes((kind, 0x82)) + len(content).to_bytes(2, "big") + content

    data_id, signed_id = (element(6, bytes.fromhex(f"2a864886f70d01070{n}")) for n in (1, 2))
    content = element(0x30, data_id + element(0xA0, element(4, inner)))
    structure = element(
        0x30, signed_id + element(0xA0, element(0x30, element(2, b"\1") + element(0x31, b"") + content))
    )
    mail = read_mail(HEAD + b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\n" + structure)
    assert (mail.text, mail.protection) == ("signed words", "smime-signed")


@pytest.mark.parametrize("text", ["señal", "\ufeffseñal", "ＡＢＣ"])
def test_a_label_that_tells_the_truth_is_no_defect(text: str) -> None:
    assert decode(text.encode(), "utf-8") == (text.removeprefix("\ufeff"), False)
