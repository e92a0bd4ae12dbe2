"""Files inside of something else: uuencode, Outlook's winmail.dat, and mails that are encrypted or signed."""

import binascii
import struct

from tests.data.email.building.form import PDF, PNG, START, attached, lines, mail, multipart, of, plain

BINARY = bytes(range(256)) * 2


def attribute(level: int, identity: int, data: bytes) -> bytes:
    """An attribute of winmail.dat: level (2 is of a file), what it is, its data and their checksum."""
    return struct.pack("<BII", level, identity, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def tnef(*files: tuple[bytes, bytes]) -> bytes:
    """Files in Microsoft's form (MS-OXTNEF section 2.1): signature, key, attributes."""
    stream = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00089006, struct.pack("<I", 0x00010000))
    for name, content in files:
        stream += attribute(2, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0))
        stream += attribute(2, 0x0006800F, content) + attribute(2, 0x00018010, name + b"\0")
    return stream


def uuencoded(name: str, content: bytes) -> list[bytes]:
    rows = [binascii.b2a_uu(content[start : start + 45]).rstrip(b"\n") for start in range(0, len(content), 45)]
    return [f"begin 644 {name}".encode(), *rows, b"`", b"end"]


WINMAIL = tnef((b"factura.pdf", PDF), (b"foto.png", PNG))

MAILS = [
    mail(
        "uuencode",
        "A file inside plain text, as Unix sent it once.",
        lines(*START, "", "Mira:", "", *uuencoded("factura.pdf", PDF), "", "Ana"),
        text="Mira: Ana",
        attachments=[of(PDF, filename="factura.pdf")],
    ),
    mail(
        "uuencode-two",
        "Two of them, and words between.",
        lines(*START, "", "Uno:", *uuencoded("a.pdf", PDF), "Dos:", *uuencoded("b.png", PNG)),
        text="Uno: Dos:",
        attachments=[of(PDF, filename="a.pdf"), of(PNG, filename="b.png")],
    ),
    mail(
        "uuencode-only-words",
        "A sentence that begins with begin is no file.",
        lines(*START, "", "begin 10 days before the end", "of the month.", "end"),
        text="begin 10 days before the end of the month. end",
        attachments=[],
    ),
    mail(
        "uuencode-as-encoding",
        "Uuencode as a part's encoding.",
        multipart(
            "mixed",
            plain("Hola."),
            lines(
                "Content-Type: application/pdf; name=factura.pdf",
                "Content-Transfer-Encoding: x-uuencode",
                "",
                *uuencoded("factura.pdf", PDF),
            ),
        ),
        attachments=[of(PDF, filename="factura.pdf", content_type="application/pdf")],
    ),
    mail(
        "winmail",
        "Outlook packed the files: what is inside is what was sent.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(
                WINMAIL,
                "Content-Type: application/ms-tnef; name=winmail.dat",
                "Content-Disposition: attachment; filename=winmail.dat",
            ),
        ),
        text="Hola.",
        attachments=[of(PDF, filename="factura.pdf"), of(PNG, filename="foto.png")],
    ),
    mail(
        "winmail-octet-stream",
        "The same where a relay lost the type.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(
                WINMAIL,
                "Content-Type: application/octet-stream; name=winmail.dat",
                "Content-Disposition: attachment; filename=winmail.dat",
            ),
        ),
        text="Hola.",
        attachments=[of(PDF, filename="factura.pdf"), of(PNG, filename="foto.png")],
    ),
    mail(
        "winmail-cut",
        "Packed, and broken: then the package is the attachment.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(
                WINMAIL[:9],
                "Content-Type: application/ms-tnef; name=winmail.dat",
                "Content-Disposition: attachment; filename=winmail.dat",
            ),
        ),
        text="Hola.",
        attachments=[of(WINMAIL[:9], filename="winmail.dat")],
    ),
    mail(
        "smime-encrypted",
        "An encrypted mail is its envelope and nothing else; nothing of it is text.",
        lines(*START)
        + attached(
            b"\x30\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x03" + BINARY,
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
            "Content-Disposition: attachment; filename=smime.p7m",
        ),
        text="",
        html=None,
        attachments=[
            of(
                b"\x30\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x03" + BINARY,
                filename="smime.p7m",
                content_type="application/pkcs7-mime",
            )
        ],
    ),
    mail(
        "smime-signature",
        "A detached signature leaves the words alone.",
        multipart(
            "signed",
            plain("Hola."),
            attached(
                BINARY,
                "Content-Type: application/pkcs7-signature; name=smime.p7s",
                "Content-Disposition: attachment; filename=smime.p7s",
            ),
        ),
        text="Hola.",
    ),
    mail(
        "pgp-encrypted",
        "Both parts of an encrypted mail can be had.",
        multipart(
            "encrypted",
            lines("Content-Type: application/pgp-encrypted", "", "Version: 1"),
            lines(
                "Content-Type: application/octet-stream; name=encrypted.asc",
                "Content-Disposition: inline; filename=encrypted.asc",
                "",
                "-----BEGIN PGP MESSAGE-----",
                "",
                "hQEMA",
                "-----END PGP MESSAGE-----",
            ),
        ),
        text="",
        attachments=[
            {"content_type": "application/pgp-encrypted"},
            of(b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n-----END PGP MESSAGE-----", filename="encrypted.asc"),
        ],
    ),
    mail(
        "pgp-inline",
        "A mail encrypted inside its text stays as it is.",
        lines(
            *START,
            "",
            "-----BEGIN PGP MESSAGE-----",
            "Version: GnuPG v2",
            "",
            "hQEMA5Yx",
            "=abcd",
            "-----END PGP MESSAGE-----",
        ),
        text="-----BEGIN PGP MESSAGE----- Version: GnuPG v2 hQEMA5Yx =abcd -----END PGP MESSAGE-----",
        attachments=[],
    ),
]
