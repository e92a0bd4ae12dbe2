"""More texts as they come: charsets by names of their own, marks that nobody shall see, languages."""

from tests.data.email.building.form import START, Mail, lines, mail, plain

TEXTS = [
    mail(
        "utf16le-unmarked",
        "UTF-16 without its mark.",
        lines(
            *START,
            "Content-Type: text/plain; charset=utf-16le",
            "Content-Transfer-Encoding: base64",
            "",
            "RQBsACAAYQDxAG8A",
        ),
        text="El año",
    ),
    mail(
        "utf8-mark-in-quoted-printable",
        "A mark that nobody shall see, encoded.",
        lines(
            *START,
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
            "",
            "=EF=BB=BFEl a=C3=B1o",
        ),
        text="El año",
    ),
    mail(
        "page-utf8-cut-by-lines",
        "Base64 of HTML in which a line ends inside a character.",
        lines(
            *START,
            "Content-Type: text/html; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "",
            "PHA+RWwgYcM=",
            "sW88L3A+",
        ),
        text="El año",
    ),
    mail(
        "charset-with-comment",
        "A comment after the charset.",
        lines(*START, "Content-Type: text/plain; charset=us-ascii (Plain text)", "", "Hola."),
        text="Hola.",
    ),
    mail(
        "charset-2231",
        "The charset as RFC 2231 would write it.",
        lines(
            *START,
            "Content-Type: text/plain; charset*=us-ascii'en'iso-8859-1",
            "Content-Transfer-Encoding: 8bit",
            "",
            "El año".encode("latin-1"),
        ),
        text="El año",
    ),
    mail(
        "charset-ansi",
        "Names that Windows programs use.",
        lines(
            *START,
            "Content-Type: text/plain; charset=ANSI",
            "Content-Transfer-Encoding: 8bit",
            "",
            "“El año”".encode("cp1252"),
        ),
        text="“El año”",
    ),
    mail(
        "charset-cp65001",
        "Windows' number for UTF-8.",
        lines(*START, "Content-Type: text/plain; charset=cp65001", "Content-Transfer-Encoding: 8bit", "", "El año"),
        text="El año",
    ),
    mail(
        "charset-iso-10646",
        "UTF-8 under its standard's name.",
        lines(
            *START,
            "Content-Type: text/plain; charset=unicode-1-1-utf-8",
            "Content-Transfer-Encoding: 8bit",
            "",
            "El año",
        ),
        text="El año",
    ),
    mail(
        "charset-x-sjis",
        "Shift_JIS by an old name.",
        lines(
            *START,
            "Content-Type: text/plain; charset=x-sjis",
            "Content-Transfer-Encoding: 8bit",
            "",
            "日本語です。".encode("shift_jis"),
        ),
        text="日本語です。",
    ),
    mail(
        "charset-x-gbk",
        "GBK by an old name.",
        lines(
            *START,
            "Content-Type: text/plain; charset=x-gbk",
            "Content-Transfer-Encoding: 8bit",
            "",
            "您好,谢谢".encode("gbk"),
        ),
        text="您好,谢谢",
    ),
    mail(
        "charset-utf8-broken-once",
        "UTF-8 with one Latin-1 letter out of a signature.",
        lines(
            *START,
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
            "",
            "El año pasado pedí un cañón".encode() + b" Mu\xf1oz",
        ),
        text_contains=["El año pasado pedí un cañón"],
    ),
    mail(
        "no-break-spaces",
        "Spaces that do not break are spaces.",
        lines(*START) + plain("10\u00a0€ al\u202fmes"),
        text="10 € al mes",
    ),
]


def language(code: str, *texts: str) -> Mail:
    """A mail in a language, long enough that anybody would know."""
    return mail(
        f"language-{code}",
        "A text that anybody who knows the language would know.",
        lines(*START) + plain(*texts),
        language=code,
        text="\n".join(texts),
    )


LANGUAGES = [
    language(
        "en",
        "Hello, since yesterday I cannot sign in to my account.",
        "Could you please tell me when the order will arrive?",
    ),
    language(
        "fr",
        "Bonjour, depuis hier je ne peux plus me connecter à mon compte.",
        "Pourriez-vous me dire quand la commande arrivera ?",
    ),
    language(
        "de",
        "Guten Tag, seit gestern kann ich mich nicht mehr anmelden.",
        "Können Sie mir bitte sagen, wann die Bestellung kommt?",
    ),
    language(
        "it",
        "Buongiorno, da ieri non riesco più ad accedere al mio conto.",
        "Potete dirmi quando arriverà il mio ordine?",
    ),
    language(
        "pt",
        "Bom dia, desde ontem não consigo entrar na minha conta.",
        "Podem dizer-me quando vai chegar a minha encomenda?",
    ),
    language(
        "nl",
        "Goedendag, sinds gisteren kan ik niet meer inloggen op mijn account.",
        "Kunt u mij zeggen wanneer de bestelling komt?",
    ),
    language(
        "pl",
        "Dzień dobry, od wczoraj nie mogę zalogować się na swoje konto.",
        "Czy mogą Państwo powiedzieć, kiedy dotrze zamówienie?",
    ),
    language(
        "ru",
        "Добрый день, со вчерашнего дня я не могу войти в свой кабинет.",
        "Подскажите, пожалуйста, когда придёт заказ?",
    ),
    language(
        "sv", "Hej, sedan i går kan jag inte logga in på mitt konto.", "Kan ni berätta när beställningen kommer fram?"
    ),
    language(
        "tr",
        "Merhaba, dünden beri hesabıma giriş yapamıyorum.",
        "Siparişimin ne zaman geleceğini söyleyebilir misiniz?",
    ),
]

MAILS = [*TEXTS, *LANGUAGES]
