"""Headers that are not ASCII: encoded words (RFC 2047) in all their broken forms, and raw bytes."""

from tests.data.email.building.form import FROM, TO, Mail, lines, mail

TEXT = "Hola."


def subject(name: str, why: str, value: str | bytes, expected: str, *more: str, body: bytes = b"Hola.") -> Mail:
    field = b"Subject: " + (value.encode() if isinstance(value, str) else value)
    return mail(f"subject-{name}", why, lines(FROM, TO, field, *more, "", body), subject=expected)


def typed(charset: str) -> tuple[str, str]:
    return f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: 8bit"


MAILS = [
    subject("q", "Quoted-printable with underscores.", "=?iso-8859-1?Q?Factura_de_a=F1o?=", "Factura de año"),
    subject("b", "Base64.", "=?UTF-8?B?RmFjdHVyYSBkZSBhw7Fv?=", "Factura de año"),
    subject(
        "lower-case", "Charset and encoding have no case.", "=?utf-8?q?a=c3=b1o?= =?utf-8?b?IG51ZXZv?=", "año nuevo"
    ),
    subject(
        "adjacent",
        "Space between encoded words does not count.",
        "=?utf-8?Q?a=C3=B1o_?=\r\n =?utf-8?Q?nuevo?=",
        "año nuevo",
    ),
    subject(
        "mixed-with-plain",
        "Space between encoded and plain words counts.",
        "Factura =?utf-8?Q?a=C3=B1o?= nuevo",
        "Factura año nuevo",
    ),
    subject("split-character", "A character's bytes stand in two words.", "=?utf-8?Q?a=C3?= =?utf-8?Q?=B1o?=", "año"),
    subject("split-character-base64", "The same in base64.", "=?utf-8?B?YcM=?=\r\n =?utf-8?B?sW8=?=", "año"),
    subject(
        "split-iso-2022-jp",
        "Shift states go over the ends of words.",
        "=?ISO-2022-JP?B?GyRCRnxLXA==?=\r\n =?ISO-2022-JP?B?OGwbKEI=?=",
        "日本語",
    ),
    subject("spaces-inside", "Spaces inside an encoded word.", "=?utf-8?Q?Factura de a=C3=B1o?=", "Factura de año"),
    subject("missing-end", "The end is missing.", "=?utf-8?Q?Factura_de_a=C3=B1o", "Factura de año"),
    subject("missing-end-base64", "The end is missing, in base64.", "=?utf-8?B?RmFjdHVyYSBkZSBhw7Fv", "Factura de año"),
    subject(
        "adjacent-without-space", "No space between two words.", "=?utf-8?Q?a=C3=B1o?==?utf-8?Q?_nuevo?=", "año nuevo"
    ),
    subject("inside-word", "Encoded words amid letters.", "Re:=?utf-8?Q?a=C3=B1o?=/2026", "Re:año/2026"),
    subject("in-quotes", "Quotes around an encoded word.", '"=?utf-8?Q?a=C3=B1o?="', '"año"'),
    subject(
        "question-mark", "A question mark inside, unencoded.", "=?utf-8?Q?=C2=BFC=C3=B3mo_entro??=", "¿Cómo entro?"
    ),
    subject("base64-unpadded", "Padding is missing.", "=?utf-8?B?YcOxbw?=", "año"),
    subject(
        "base64-unpadded-long", "Padding of two is missing.", "=?utf-8?B?RmFjdHVyYSBkZSBhw7FvIQ?=", "Factura de año!"
    ),
    subject(
        "base64-padded-in-middle", "Several padded pieces in one word.", "=?utf-8?B?YcOxbw==IG51ZXZv?=", "año nuevo"
    ),
    subject("language", "A word that names its language (RFC 2231).", "=?utf-8*es?Q?a=C3=B1o?=", "año"),
    subject(
        "unknown-charset",
        "A charset that nobody knows; the letters are ASCII.",
        "=?x-nobody?Q?Hello_world?=",
        "Hello world",
    ),
    subject("unknown-charset-utf8", "A charset that nobody knows, and UTF-8 in it.", "=?x-unknown?Q?a=C3=B1o?=", "año"),
    subject("charset-lies", "It says UTF-8 and is Latin-1.", "=?utf-8?Q?a=F1o?=", "año"),
    subject("us-ascii-lies", "It says us-ascii and is UTF-8.", "=?us-ascii?Q?a=C3=B1o?=", "año"),
    subject(
        "cp1252-as-latin1", "It says Latin-1 and has Windows quotes.", "=?iso-8859-1?Q?=93a=F1o=94_=80?=", "“año” €"
    ),
    subject("gb2312-is-gbk", "It says GB2312 and has characters of GBK.", "=?gb2312?B?6UbK2A==?=", "镕守"),
    subject("charset-alias", "A charset by a name of its own.", "=?cp-850?Q?a=A4o?=", "año"),
    subject("bad-escape", "An equals sign that escapes nothing stays.", "=?utf-8?Q?1+1=2_a=C3=B1o?=", "1+1=2 año"),
    subject("raw-bytes-inside", "Raw UTF-8 inside an encoded word.", "=?utf-8?Q?año_nuevo?=", "año nuevo"),
    subject("empty-word", "An empty encoded word is nothing.", "=?utf-8?Q??= Hola", "Hola"),
    subject("not-a-word", "What only looks like one stays.", "2 =?= 3 =?utf-8?X?abc?=", "2 =?= 3 =?utf-8?X?abc?="),
    subject(
        "line-end-inside",
        "An encoded line end makes no new header.",
        "=?utf-8?Q?Hola=0D=0ABcc:_x=40y.example?=",
        "Hola Bcc: x@y.example",
    ),
    subject("emoji", "Beyond the basic plane.", "=?UTF-8?B?8J+YgCBncmFjaWFz?=", "😀 gracias"),
    subject(
        "fold-inside-word",
        "A fold in the middle of an encoded word.",
        "=?utf-8?B?RmFjdHVyYSBk\r\n ZSBhw7Fv?=",
        "Factura de año",
    ),
    subject("koi8-r", "Russian.", "=?koi8-r?B?8NLJ18XU?=", "Привет"),
    subject("shift-jis-encoded", "Japanese of a phone.", "=?Shift_JIS?B?k/qWe4zq?=", "日本語"),
    subject("korean", "Korean as Microsoft labels it.", "=?ks_c_5601-1987?B?vsiz58fPvLy/5A==?=", "안녕하세요"),
    subject("utf7", "UTF-7.", "=?utf-7?Q?a+APE-o?=", "año"),
    subject("raw-utf8", "Raw UTF-8 (RFC 6532).", "Factura de año €", "Factura de año €"),
    subject("raw-latin1", "Raw Latin-1, and nothing says so.", "Factura de año".encode("latin-1"), "Factura de año"),
    subject("raw-cp1252", "Raw Windows letters.", "“Año” – 10 €".encode("cp1252"), "“Año” – 10 €"),
    subject(
        "raw-koi8-r",
        "Raw KOI8-R, as the body says of itself.",
        "Не могу войти в магазин".encode("koi8-r"),
        "Не могу войти в магазин",
        *typed("koi8-r"),
        body="Здравствуйте, не могу войти.".encode("koi8-r"),
    ),
    subject(
        "raw-shift-jis",
        "Raw Shift_JIS, as the body says of itself.",
        "注文について".encode("shift_jis"),
        "注文について",
        *typed("shift_jis"),
        body="よろしくお願いします。".encode("shift_jis"),
    ),
    subject(
        "raw-gbk",
        "Raw GBK, as the body says of itself.",
        "关于订单的问题".encode("gbk"),
        "关于订单的问题",
        *typed("gb2312"),
        body="您好，我无法登录。".encode("gbk"),
    ),
    subject(
        "raw-utf8-body-latin1",
        "Raw UTF-8 in a mail whose body is Latin-1.",
        "Añadir artículo",
        "Añadir artículo",
        *typed("iso-8859-1"),
        body="Año".encode("latin-1"),
    ),
    subject(
        "raw-iso-2022-jp",
        "Raw ISO-2022-JP is ASCII to everybody else.",
        "Re: 日本語".encode("iso-2022-jp"),
        "Re: 日本語",
        *typed("iso-2022-jp"),
        body="日本語".encode("iso-2022-jp"),
    ),
]
