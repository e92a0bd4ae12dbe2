"""More files as they come: names in raw bytes of the East, long names inside of winmail.dat, base64 of uuencode."""

import struct

from tests.data.email.building.filenames import named
from tests.data.email.building.form import PDF, START, attached, base64_lines, lines, mail, multipart, of, plain
from tests.data.email.building.packed import attribute, tnef


def long_named(short: bytes, long: str) -> bytes:
    """A winmail.dat whose file has its long name among the properties (PidTagAttachLongFilename of MS-OXPROPS)."""
    text = long.encode("utf-16-le") + b"\0\0"
    padding = b"\0" * (-len(text) % 4)
    properties = struct.pack("<IHHII", 1, 0x001F, 0x3707, 1, len(text)) + text + padding
    return tnef((short, PDF)) + attribute(2, 0x00069005, properties)


JAPANESE = "表と日本.pdf"

NAMES = [
    named(
        "shift-jis-raw",
        "Raw Shift_JIS: the second byte of a character is a backslash.",
        f'attachment; filename="{JAPANESE}"'.encode("shift_jis"),
        JAPANESE,
        text="添付ファイルをご確認ください。よろしくお願いします。",
        charset="shift_jis",
    ),
    named(
        "iso-2022-jp-raw",
        "Raw ISO-2022-JP: a byte of a character is a backslash.",
        'attachment; filename="{}"'.format("日本.pdf").encode("iso-2022-jp"),
        "日本.pdf",
        text="添付ファイルをご確認ください。",
        charset="iso-2022-jp",
    ),
    named(
        "gbk-raw",
        "Raw GBK.",
        'attachment; filename="发票.pdf"'.encode("gbk"),
        "发票.pdf",
        text="您好,请查收附件中的发票,谢谢。",
        charset="gb2312",
    ),
    named(
        "2231-gbk",
        "RFC 2231 says GB2312 and is GBK.",
        "attachment; filename*=gb2312''%E9F%B7%A2%C6%B1.pdf",
        "镕发票.pdf",
    ),
    named(
        "2047-shift-jis",
        "Encoded words of a phone.",
        'attachment; filename="=?Shift_JIS?B?k/qWe4zq?=.pdf"',
        "日本語.pdf",
    ),
    named(
        "2047-koi8-r",
        "Encoded words from Russia, unquoted.",
        "attachment; filename==?koi8-r?B?+dRPLnBkZg==?=",
        "ЫтO.pdf",
    ),
    named(
        "2047-in-name-only",
        "The type's name is encoded, the disposition has none.",
        "attachment",
        "año.pdf",
        'application/pdf; name="=?utf-8?Q?a=C3=B1o.pdf?="',
    ),
    named(
        "trailing-dot",
        "Dots and spaces at the end hide what it is.",
        'attachment; filename="factura.pdf. . "',
        "factura.pdf",
    ),
    named("url-path", "A path of Unix.", 'attachment; filename="/home/ana/factura.pdf"', "factura.pdf"),
    named(
        "2231-path", "A path that climbs, encoded.", "attachment; filename*=utf-8''..%2F..%2Ffactura.pdf", "factura.pdf"
    ),
    named("tab-inside", "A tab is a space.", 'attachment; filename="mi\tfactura.pdf"', "mi factura.pdf"),
    named(
        "zero-width", "Letters that nobody sees.", "attachment; filename*=utf-8''fac%E2%80%8Btura.pdf", "factura.pdf"
    ),
    named(
        "combining", "Letters with marks of their own.", "attachment; filename*=utf-8''an%CC%83o.pdf", "an\u0303o.pdf"
    ),
    named(
        "comment-after", "A comment after the name.", 'attachment; filename="factura.pdf" (mi factura)', "factura.pdf"
    ),
    named("capitals", "Parameters have no case.", 'attachment; FileName="factura.pdf"', "factura.pdf"),
    named("2231-capitals", "Nor has the charset.", "attachment; FILENAME*=UTF-8''a%c3%b1o.pdf", "año.pdf"),
]

FILES = [
    mail(
        "winmail-long-name",
        "Outlook keeps the long name among the properties.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(
                long_named(b"FACTUR~1.PDF", "Factura de año.pdf"), "Content-Type: application/ms-tnef; name=winmail.dat"
            ),
        ),
        text="Hola.",
        attachments=[of(PDF, filename="Factura de año.pdf")],
    ),
    mail(
        "winmail-other-name",
        "The package under another name.",
        multipart(
            "mixed",
            plain("Hola."),
            attached(tnef((b"a.pdf", PDF)), "Content-Type: application/ms-tnef; name=ATT00001.dat"),
        ),
        attachments=[of(PDF, filename="a.pdf")],
    ),
    mail(
        "winmail-only",
        "A mail that is nothing but a package.",
        lines(*START) + attached(tnef((b"a.pdf", PDF)), "Content-Type: application/ms-tnef; name=winmail.dat"),
        attachments=[of(PDF, filename="a.pdf")],
    ),
    mail(
        "begin-base64",
        "The newer form of uuencode.",
        lines(*START, "", "Mira:", "begin-base64 644 a.pdf", *base64_lines(PDF), "====", "Ana"),
        text="Mira: Ana",
        attachments=[of(PDF, filename="a.pdf")],
    ),
    mail(
        "base64-upper-case",
        "Encodings have no case.",
        multipart(
            "mixed",
            plain("Hola."),
            lines(
                "Content-Type: application/pdf; name=a.pdf", "CONTENT-TRANSFER-ENCODING: BASE64", "", *base64_lines(PDF)
            ),
        ),
        attachments=[of(PDF, filename="a.pdf")],
    ),
    mail(
        "base64-no-empty-line-before-delimiter",
        "A line end more or less before the delimiter is not the file's.",
        multipart(
            "mixed",
            plain("Hola."),
            lines(
                "Content-Type: application/pdf; name=a.pdf",
                "Content-Transfer-Encoding: base64",
                "",
                *base64_lines(PDF),
                "",
                "",
            ),
        ),
        attachments=[of(PDF, filename="a.pdf")],
    ),
    mail(
        "base64-cut",
        "The file was cut in the middle: what came is there.",
        multipart(
            "mixed",
            plain("Hola."),
            lines(
                "Content-Type: application/octet-stream; name=a.bin",
                "Content-Transfer-Encoding: base64",
                "",
                "QUJDREVGR0g",
            ),
        ),
        attachments=[of(b"ABCDEFGH", filename="a.bin")],
    ),
    mail(
        "base64-pieces",
        "A file whose pieces were encoded apart.",
        multipart(
            "mixed",
            plain("Hola."),
            lines(
                "Content-Type: application/octet-stream; name=a.bin",
                "Content-Transfer-Encoding: base64",
                "",
                "QUJDRA==",
                "RUZHSA==",
            ),
        ),
        attachments=[of(b"ABCDEFGH", filename="a.bin")],
    ),
    mail(
        "7bit-binary",
        "A binary file that nobody encoded.",
        multipart(
            "mixed",
            plain("Hola."),
            lines("Content-Type: application/octet-stream; name=a.bin", "Content-Transfer-Encoding: binary", "")
            + b"\x00\x01\xff\xfe\x80A\r\n",
        ),
        attachments=[of(b"\x00\x01\xff\xfe\x80A", filename="a.bin")],
    ),
]
MAILS = [*NAMES, *FILES]
