"""More heads as they come: senders without brackets, encoded words of every make, dates of every program."""

from tests.data.email.building.addresses import from_
from tests.data.email.building.encoded_words import subject, typed
from tests.data.email.building.form import ANA, DATE, FROM, SUBJECT, TO, lines, mail
from tests.data.email.building.headers import dated

TEXT = "No puedo entrar."
RUSSIAN = "Здравствуйте, не могу войти в магазин."
JAPANESE = "お世話になっております。よろしくお願いします。"

SENDERS = [
    from_("no-brackets", "Name and address, and no brackets.", "Ana Ruiz ana@cliente.example", ANA),
    from_("square-brackets", "Square brackets for angle ones.", "Ana Ruiz [ana@cliente.example]", ANA),
    from_("all-in-quotes", "Quotes around everything.", '"Ana Ruiz <ana@cliente.example>"', ANA),
    from_(
        "comment-after", "A comment after the address is not the name.", "Ana Ruiz <ana@cliente.example> (Lugo)", ANA
    ),
    from_("trailing-semicolon", "A semicolon at the end.", "Ana Ruiz <ana@cliente.example>;", ANA),
    from_("domain-literal", "A host by its number.", "Ana Ruiz <ana@[192.0.2.1]>", ("Ana Ruiz", "ana@[192.0.2.1]")),
    from_(
        "escaped-comma",
        "A comma that is quoted and escaped.",
        r'"Ruiz\, Ana" <ana@cliente.example>',
        ("Ruiz, Ana", ANA[1]),
    ),
    from_(
        "encoded-altogether",
        "Name and address in one encoded word, and nothing else.",
        "=?utf-8?Q?Ana_Ruiz_=3Cana=40cliente.example=3E?=",
        ANA,
    ),
    from_(
        "encoded-with-colon",
        "A colon in an encoded name makes no group.",
        "=?utf-8?Q?Tienda:_Ana?= <ana@cliente.example>",
        ("Tienda: Ana", ANA[1]),
    ),
    from_(
        "encoded-two-words",
        "Two encoded words make one name.",
        "=?utf-8?Q?Ana_?= =?utf-8?Q?Mu=C3=B1oz?= <ana@cliente.example>",
        ("Ana Muñoz", ANA[1]),
    ),
    from_(
        "encoded-half",
        "Half of the name is encoded.",
        "Ana =?utf-8?Q?Mu=C3=B1oz?= <ana@cliente.example>",
        ("Ana Muñoz", ANA[1]),
    ),
    from_(
        "encoded-split-in-quotes",
        "A folded encoded name in quotes.",
        '"=?utf-8?B?QW5hIE11w7E=?=\r\n =?utf-8?B?b3o=?=" <ana@cliente.example>',
        ("Ana Muñoz", ANA[1]),
    ),
    from_(
        "at-in-name", "An at sign in an unquoted name.", "Ana @ Tienda <ana@cliente.example>", ("Ana @ Tienda", ANA[1])
    ),
    from_("tab-and-spaces", "Runs of white space are one space.", "Ana \t  Ruiz   <ana@cliente.example>", ANA),
    from_(
        "x400",
        "An address of another world inside the name.",
        '"/G=Ana/S=Ruiz/O=x/" <ana@cliente.example>',
        ("/G=Ana/S=Ruiz/O=x/", ANA[1]),
    ),
    from_(
        "koi8-name",
        "A raw name in the body's charset.",
        "Анна <ana@cliente.example>".encode("koi8-r"),
        ("Анна", ANA[1]),
        *typed("koi8-r"),
        body=RUSSIAN.encode("koi8-r"),
    ),
    from_(
        "shift-jis-name",
        "A raw name whose second byte is a backslash.",
        "表 <ana@cliente.example>".encode("shift_jis"),
        ("表", ANA[1]),
        *typed("shift_jis"),
        body=JAPANESE.encode("shift_jis"),
    ),
    from_(
        "iso-2022-jp-name",
        "A raw name of which a byte looks like a quote.",
        b'"\x1b$B%?%m\x1b(B" <ana@cliente.example>',
        ("タロ", ANA[1]),
        *typed("iso-2022-jp"),
        body=JAPANESE.encode("iso-2022-jp"),
    ),
    mail(
        "from-empty-then-full",
        "From twice, the first one empty.",
        lines("From:", FROM, TO, SUBJECT, "", TEXT),
        sender=ANA,
        text=TEXT,
    ),
    mail(
        "from-resent",
        "Who sent it on did not write it.",
        lines("Resent-From: Bo <bo@tercero.example>", "Resent-To: otro@desk.example", FROM, TO, SUBJECT, "", TEXT),
        sender=ANA,
        to=[("", "soporte@desk.example")],
    ),
    mail(
        "from-unusable-keeps-name",
        "From has a name and no address: Reply-To has it.",
        lines("From: Ana Ruiz", "Reply-To: ana@cliente.example", TO, SUBJECT, "", TEXT),
        sender=ANA,
    ),
    mail(
        "cc-and-bcc",
        "Cc is shown, and mixed with a group.",
        lines(
            FROM,
            TO,
            "Cc: Equipo: Uno <uno@desk.example>;, dos@desk.example",
            "Bcc: tres@desk.example",
            SUBJECT,
            "",
            TEXT,
        ),
        cc=[("Uno", "uno@desk.example"), ("", "dos@desk.example")],
    ),
    mail(
        "reply-to-two",
        "Two addresses for the answer.",
        lines(FROM, TO, "Reply-To: uno@cliente.example, Dos <dos@cliente.example>", SUBJECT, "", TEXT),
        sender=ANA,
        reply_to=[("", "uno@cliente.example"), ("Dos", "dos@cliente.example")],
    ),
    mail(
        "id-with-comment",
        "A relay added the id, and said so.",
        lines(
            FROM,
            TO,
            SUBJECT,
            "Message-ID: <1@relay.example> (added by postmaster@relay.example)",
            "References: <0@x.example> (was: <9@y.example)",
            "",
            TEXT,
        ),
        message_id="1@relay.example",
    ),
    mail(
        "nameless-header",
        "A line with a colon and no name is not the end of the head.",
        lines(FROM, ": nothing", TO, SUBJECT, DATE, "", TEXT),
        sender=ANA,
        subject="Pedido 4711",
        to=[("", "soporte@desk.example")],
        text_contains=[TEXT],
    ),
    mail(
        "colon-less-line",
        "A line of words amid the head, with more headers after it.",
        lines(FROM, "Este mensaje fue revisado", TO, SUBJECT, DATE, "", TEXT),
        sender=ANA,
        subject="Pedido 4711",
        text_contains=[TEXT],
    ),
]

SUBJECTS = [
    subject(
        "two-charsets", "Two charsets side by side.", "=?utf-8?Q?a=C3=B1o?= =?iso-8859-1?Q?_espa=F1ol?=", "año español"
    ),
    subject("digits-after", "Digits right after an encoded word.", "=?utf-8?Q?=E2=82=AC?=10", "€10"),
    subject("charset-in-quotes", "Quotes around the charset.", '=?"utf-8"?Q?a=C3=B1o?=', "año"),
    subject("charset-without-hyphen", "UTF-8 without its hyphen.", "=?utf8?Q?a=C3=B1o?=", "año"),
    subject("gb2312-split", "GB2312, a character cut in two.", "=?gb2312?B?xOO6?= =?gb2312?B?w8rAvec=?=", "你好世界"),
    subject("big5", "Chinese of Taiwan.", "=?big5?B?p0GmbqRA?=", "你好一"),
    subject("cp1251", "Russian of Windows.", "=?windows-1251?B?z/Do4uXy?=", "Привет"),
    subject(
        "q-tabs",
        "Folds by tabs between words.",
        "=?utf-8?Q?uno?=\r\n\t=?utf-8?Q?_dos?=\r\n\t=?utf-8?Q?_tres?=",
        "uno dos tres",
    ),
    subject(
        "long-word",
        "An encoded word longer than it may be.",
        "=?utf-8?Q?" + "a=C3=B1o_" * 30 + "fin?=",
        "año " * 30 + "fin",
    ),
    subject("only-spaces", "A subject of spaces.", "   ", ""),
    subject("base64-with-url-letters", "Base64 in the letters for URLs.", "=?utf-8?B?8J-YgCBob2xh?=", "😀 hola"),
    subject("space-before-end", "A space before the end of base64.", "=?utf-8?B?YcOxbw== ?= nuevo", "año nuevo"),
    subject(
        "raw-big5",
        "Raw Big5, as the body says of itself.",
        "您好,無法登入".encode("big5"),
        "您好,無法登入",
        *typed("big5"),
        body="您好,我無法登入網路商店。".encode("big5"),
    ),
    subject(
        "raw-euc-kr",
        "Raw EUC-KR, as the body says of itself.",
        "안녕하세요 주문".encode("euc-kr"),
        "안녕하세요 주문",
        *typed("euc-kr"),
        body="안녕하세요. 주문한 상품이 없습니다.".encode("euc-kr"),
    ),
    subject(
        "raw-cp1251-unsaid",
        "Raw Russian of Windows, and nothing says so.",
        "Не могу войти в магазин, помогите".encode("cp1251"),
        "Не могу войти в магазин, помогите",
        body=RUSSIAN.encode("cp1251"),
    ),
    subject(
        "raw-shift-jis-unsaid",
        "Raw Shift_JIS, and nothing says so.",
        "注文した商品について".encode("shift_jis"),
        "注文した商品について",
        body=JAPANESE.encode("shift_jis"),
    ),
]

DATES = [
    dated(
        "long-comment",
        "Windows writes zones in words.",
        "Mon, 23 Nov 2026 10:00:00 +0100 (Romance Standard Time)",
        "2026-11-23T10:00:00+01:00",
    ),
    dated("hyphens", "The form of cookies.", "Mon, 23-Nov-2026 10:00:00 GMT", "2026-11-23T10:00:00+00:00"),
    dated("no-space", "No space after the comma.", "Mon,23 Nov 2026 10:00:00 +0100", "2026-11-23T10:00:00+01:00"),
    dated("zulu", "Z is universal time.", "Mon, 23 Nov 2026 10:00:00 Z", "2026-11-23T10:00:00+00:00"),
    dated("ut", "UT is, too.", "Mon, 23 Nov 2026 10:00:00 UT", "2026-11-23T10:00:00+00:00"),
    dated("gmt-plus", "Name and number together.", "Mon, 23 Nov 2026 10:00:00 GMT+0100", "2026-11-23T10:00:00+01:00"),
    dated("iso-space", "ISO with a space.", "2026-11-23 10:00:00 +0100", "2026-11-23T10:00:00+01:00"),
    dated(
        "three-digit-year",
        "Three digits count from 1900 (RFC 5322 section 4.3).",
        "Mon, 23 Nov 126 10:00:00 +0100",
        "2026-11-23T10:00:00+01:00",
    ),
    dated("folded", "A fold before the time.", "Mon, 23 Nov 2026\r\n\t10:00:00 +0100", "2026-11-23T10:00:00+01:00"),
    dated("lower-case", "Small letters.", "mon, 23 nov 2026 10:00:00 +0100", "2026-11-23T10:00:00+01:00"),
    dated("empty-comment", "An empty comment.", "Mon, 23 Nov 2026 10:00:00 +0100 ()", "2026-11-23T10:00:00+01:00"),
    dated("hour-25", "There is no such hour.", "Mon, 23 Nov 2026 25:00:00 +0100", None),
]

MAILS = [*SENDERS, *SUBJECTS, *DATES]
