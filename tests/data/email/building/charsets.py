"""Bodies in the charsets of the world, as they are labelled and as they are."""

from typing import Any

from tests.data.email.building.form import START, Mail, closed, html, lines, mail, multipart, part

CHINESE = "您好,我无法登录网上商店,请帮我看一下订单。"
JAPANESE = "お世話になっております。注文した商品がまだ届いていません。よろしくお願いいたします。"
KOREAN = "안녕하세요. 주문한 상품이 아직 도착하지 않았습니다. 확인 부탁드립니다."
TAIWANESE = "您好,我無法登入網路商店,請幫我確認訂單。謝謝。"
RUSSIAN = "Здравствуйте! Я не могу войти в интернет-магазин, помогите, пожалуйста."
SPANISH = "Buenos días, el año pasado pedí un cañón y aún no llegó. ¿Qué pasó?"
GERMAN = "Schöne Grüße, die Lieferung fehlt."


def body(name: str, why: str, content: bytes, text: str, label: str | None, **more: Any) -> Mail:
    """A plain mail with raw bytes and a label; None says nothing of any type."""
    typed = () if label is None else (f"Content-Type: text/plain; charset={label}", "Content-Transfer-Encoding: 8bit")
    return mail(name, why, lines(*START, *typed, "") + content + b"\r\n", text=text, **more)


def page(name: str, why: str, content: bytes, text: str, label: str) -> Mail:
    raw = lines(*START, f"Content-Type: text/html{label}", "Content-Transfer-Encoding: 8bit", "") + content + b"\r\n"
    return mail(name, why, raw, text=text)


TRUE = [
    body("utf8", "UTF-8, labelled.", SPANISH.encode(), SPANISH, "utf-8", language="es"),
    body("utf8-quoted-label", "The label stands in quotes and capitals.", SPANISH.encode(), SPANISH, '"UTF-8"'),
    body("utf8-alias", "UTF-8 without its hyphen.", SPANISH.encode(), SPANISH, "utf8"),
    body("latin1", "Latin-1, labelled.", SPANISH.encode("latin-1"), SPANISH, "iso-8859-1"),
    body(
        "latin9",
        "Latin-9 has the euro where Latin-1 has a sign for any currency.",
        "Son 10 € más".encode("iso8859-15"),
        "Son 10 € más",
        "ISO-8859-15",
    ),
    body("latin2", "Polish.", "Zażółć gęślą jaźń".encode("iso8859-2"), "Zażółć gęślą jaźń", "iso-8859-2"),
    body(
        "cp1250",
        "Czech, from Windows.",
        "Příliš žluťoučký kůň".encode("cp1250"),
        "Příliš žluťoučký kůň",
        "windows-1250",
    ),
    body("cp1251", "Russian, from Windows.", RUSSIAN.encode("cp1251"), RUSSIAN, "windows-1251", language="ru"),
    body("koi8-r", "Russian, from Unix.", RUSSIAN.encode("koi8-r"), RUSSIAN, "koi8-r"),
    body("koi8-u", "Ukrainian.", "Доброго дня, їжак і ґанок".encode("koi8-u"), "Доброго дня, їжак і ґанок", "KOI8-U"),
    body(
        "greek",
        "Greek.",
        "Καλημέρα σας, δεν μπορώ να συνδεθώ".encode("iso8859-7"),
        "Καλημέρα σας, δεν μπορώ να συνδεθώ",
        "iso-8859-7",
    ),
    body(
        "hebrew-implicit",
        "Hebrew in logical order (RFC 1556).",
        "שלום, איני מצליח להיכנס".encode("iso8859-8"),
        "שלום, איני מצליח להיכנס",
        "iso-8859-8-i",
    ),
    body(
        "arabic",
        "Arabic, from Windows.",
        "مرحبا، لا أستطيع الدخول".encode("cp1256"),
        "مرحبا، لا أستطيع الدخول",
        "windows-1256",
    ),
    body(
        "turkish",
        "Turkish.",
        "İyi günler, şifremi değiştiremiyorum".encode("iso8859-9"),
        "İyi günler, şifremi değiştiremiyorum",
        "iso-8859-9",
    ),
    body("thai", "Thai.", "สวัสดีครับ เข้าสู่ระบบไม่ได้".encode("cp874"), "สวัสดีครับ เข้าสู่ระบบไม่ได้", "windows-874"),
    body("thai-tis-620", "Thai under its standard's name.", "สวัสดีครับ".encode("tis-620"), "สวัสดีครับ", "TIS-620"),
    body(
        "vietnamese",
        "Vietnamese, from Windows.",
        "Xin chào, tôi không".encode("cp1258"),
        "Xin chào, tôi không",
        "windows-1258",
    ),
    body("mac-roman", "An old Macintosh.", "El año pasado".encode("mac-roman"), "El año pasado", "macintosh"),
    body(
        "iso-2022-jp",
        "Japanese as mail has it.",
        JAPANESE.encode("iso-2022-jp"),
        JAPANESE,
        "ISO-2022-JP",
        language="ja",
    ),
    body("shift-jis", "Japanese, from phones.", JAPANESE.encode("shift_jis"), JAPANESE, "Shift_JIS"),
    body("euc-jp", "Japanese, from Unix.", JAPANESE.encode("euc-jp"), JAPANESE, "euc-jp"),
    body("gb18030", "Chinese.", CHINESE.encode("gb18030"), CHINESE, "gb18030", language="zh"),
    body("big5", "Chinese of Taiwan.", TAIWANESE.encode("big5"), TAIWANESE, "big5"),
    body("euc-kr", "Korean.", KOREAN.encode("euc-kr"), KOREAN, "euc-kr", language="ko"),
    body("korean-microsoft", "Korean as Microsoft labels it.", KOREAN.encode("cp949"), KOREAN, "ks_c_5601-1987"),
    body("utf7", "UTF-7.", b"El a+APE-o pasado", "El año pasado", "utf-7"),
    mail(
        "utf16-bom",
        "UTF-16 with its mark, in base64.",
        lines(
            *START,
            "Content-Type: text/plain; charset=utf-16",
            "Content-Transfer-Encoding: base64",
            "",
            "//5FAGwAIABhAPEAbwA=",
        ),
        text="El año",
    ),
    mail(
        "utf8-bom",
        "UTF-8 with a mark that nobody shall see.",
        lines(*START, "Content-Type: text/plain; charset=utf-8", "", b"\xef\xbb\xbfEl a\xc3\xb1o"),
        text="El año",
    ),
]

LYING = [
    body(
        "gb2312-is-gbk",
        "It says GB2312; the characters are GBK's.",
        "朱镕基先生您好,我无法登录".encode("gbk"),
        "朱镕基先生您好,我无法登录",
        "gb2312",
    ),
    body(
        "gb2312-is-gb18030",
        "It says GB2312; a character of four bytes is GB18030's.",
        "您好,我叫㐂子,谢谢".encode("gb18030"),
        "您好,我叫㐂子,谢谢",
        "gb2312",
    ),
    body(
        "iso-2022-jp-is-shift-jis",
        "It says ISO-2022-JP and is Shift_JIS.",
        JAPANESE.encode("shift_jis"),
        JAPANESE,
        "iso-2022-jp",
    ),
    body(
        "iso-2022-jp-half-width",
        "Half-width kana, which ISO-2022-JP does not have.",
        b"\x1b(I6@6E\x1b(B OK",
        "ｶﾀｶﾅ OK",
        "iso-2022-jp",
    ),
    body(
        "iso-2022-jp-circled",
        "A circled number of NEC's, which ISO-2022-JP does not have.",
        b"\x1b$B-!F|K\\\x1b(B",
        "①日本",
        "iso-2022-jp",
    ),
    body(
        "shift-jis-is-cp932",
        "It says Shift_JIS; the circled number is Windows'.",
        "①番、髙橋です".encode("cp932"),
        "①番、髙橋です",
        "shift_jis",
    ),
    body(
        "euc-kr-is-cp949",
        "It says EUC-KR; the syllable is Windows'.",
        "똠방각하 펲시콜라".encode("cp949"),
        "똠방각하 펲시콜라",
        "euc-kr",
    ),
    body(
        "latin1-is-cp1252",
        "It says Latin-1 and has Windows quotes and the euro.",
        "“Año” – 10 €".encode("cp1252"),
        "“Año” – 10 €",
        "iso-8859-1",
    ),
    body("latin1-is-utf8", "It says Latin-1 and is UTF-8.", SPANISH.encode(), SPANISH, "iso-8859-1"),
    body("us-ascii-is-utf8", "It says us-ascii and is UTF-8.", SPANISH.encode(), SPANISH, "us-ascii"),
    body("us-ascii-is-latin1", "It says us-ascii and is Latin-1.", GERMAN.encode("latin-1"), GERMAN, "us-ascii"),
    body("utf8-is-latin1", "It says UTF-8 and is Latin-1.", SPANISH.encode("latin-1"), SPANISH, "utf-8"),
    mail(
        "utf8-cut",
        "UTF-8 whose last character was cut: the rest stays readable.",
        lines(
            *START,
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
            "",
            "El año pasado ped".encode() + b"\xc3",
        ),
        text_contains=["El año pasado ped"],
    ),
    body("utf16-is-utf8", "It says UTF-16 and is UTF-8.", SPANISH.encode(), SPANISH, "utf-16"),
    body("unknown", "A charset that nobody knows, and UTF-8 in it.", SPANISH.encode(), SPANISH, "x-my-charset"),
    body("unknown-8bit", "The label of relays that do not know.", SPANISH.encode("latin-1"), SPANISH, "unknown-8bit"),
    body("default", "Placeholders that some programs leave as label.", SPANISH.encode(), SPANISH, "default_charset"),
    body("empty-label", "The label is empty.", SPANISH.encode(), SPANISH, '""'),
    body("no-type-utf8", "No Content-Type at all, and UTF-8.", SPANISH.encode(), SPANISH, None),
    body("no-type-latin1", "No Content-Type at all, and Latin-1.", SPANISH.encode("latin-1"), SPANISH, None),
    body("no-type-cp1251", "No Content-Type at all, and Russian of Windows.", RUSSIAN.encode("cp1251"), RUSSIAN, None),
    body("no-type-shift-jis", "No Content-Type at all, and Shift_JIS.", JAPANESE.encode("shift_jis"), JAPANESE, None),
    body(
        "no-type-iso-2022-jp",
        "No Content-Type at all, and ISO-2022-JP.",
        JAPANESE.encode("iso-2022-jp"),
        JAPANESE,
        None,
    ),
]

PAGES = [
    page(
        "html-meta-only",
        "Only the page itself says that it is Latin-1.",
        '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><p>El año</p>'.encode("latin-1"),
        "El año",
        "",
    ),
    page(
        "html-meta-cp1251",
        "Only the page itself says that it is Windows' Russian.",
        f"<html><head><meta charset=windows-1251></head><body><p>{RUSSIAN}</p></body></html>".encode("cp1251"),
        RUSSIAN,
        "",
    ),
    page(
        "html-label-over-meta",
        "The mail's label is right, the page's own is left over from before a relay's conversion.",
        "<html><head><meta charset=iso-8859-1></head><body>El año</body></html>".encode(),
        "El año",
        "; charset=utf-8",
    ),
    page(
        "html-entities",
        "ASCII with entities.",
        b"<p>El a&ntilde;o &#8364; &#x1F600;</p>",
        "El año € 😀",
        "; charset=us-ascii",
    ),
    mail(
        "parts-differ",
        "Each part has a charset of its own.",
        multipart(
            "mixed",
            lines(
                "Content-Type: text/plain; charset=iso-8859-1",
                "Content-Transfer-Encoding: 8bit",
                "",
                "El año".encode("latin-1"),
            ),
            lines(
                "Content-Type: text/plain; charset=koi8-r",
                "Content-Transfer-Encoding: 8bit",
                "",
                "Привет".encode("koi8-r"),
            ),
        ),
        text="El año Привет",
        attachments=[],
    ),
    mail(
        "plain-broken-html-whole",
        "The plain part lost its letters to question marks; it is still what the mail says.",
        lines(*START, 'Content-Type: multipart/alternative; boundary="b1"', "")
        + part("Content-Type: text/plain; charset=us-ascii", "", "El a?o pasado")
        + lines("--b1")
        + html("<p>El año pasado</p>")
        + closed(),
        text="El a?o pasado",
        html_contains=["El año pasado"],
    ),
]

MAILS = [*TRUE, *LYING, *PAGES]
