"""The line that introduces a quotation: "On Monday, Ana <ana@…> wrote:", in the languages and forms of mail programs.

It is recognised by what it must contain (a verb of writing, a date or time, an address) rather than by a sentence per
program and language, since the words around the verb change with every version and translation.
"""

import re
from enum import IntEnum

LINE_LIMIT = 4
"""Programs wrap the line at 76 columns; with a long name and a long address that makes up to four."""
WIDTH_LIMIT = 300
_JOINED_LIMIT = 600
_WRAPPED_WIDTH = 35


class Trust(IntEnum):
    """How sure it is that a line introduces a quotation."""

    NONE = 0
    WEAK = 1
    """Only where a quotation really follows: "Ana wrote:" is also how a person goes on in her own words."""
    STRONG = 2
    """Whatever follows is the quotation, marked or not."""


# Words stand between letters that are no part of them; scripts without spaces follow below.
_SPACED_VERBS = (
    # English; "sent" is what some programs for iOS say
    "wrote|writes|sent|said|says|excerpts from"
    # Spanish, Catalan, Galician, Portuguese
    "|escribió|escribio|escribe|ha escrito|va escriure|ha escrit|escribiu|escreveu"
    # French
    "|a écrit|à écrit|a ecrit|écrit|nous a dit"
    # German, Dutch
    "|schrieb|schrieben|schreibt|geschrieben|schreef|schrijft|geschreven|verzond"
    # Italian, Romanian
    "|ha scritto|scrive|a scris"
    # Danish, Norwegian, Swedish, Icelandic
    "|skrev|skriver|skrifaði"
    # Finnish, Estonian
    "|kirjoitti|kirjutas"
    # Polish, Czech, Slovak
    r"|napisał|napisała|napisana|napisałeś|napisałaś|napisał\(a\)|pisze|nadesłał|napsal|napsala|napsal\(a\)|píše|napísal|napísala|napísal\(a\)"
    # Croatian, Serbian, Slovene
    "|napisao|napisala|napisao/la|je napisao|piše|napisal|je napisal"
    # Hungarian, Turkish, Lithuanian, Latvian
    "|írta|irta|yazdı|yazdi|yazmış|rašė|parašė|rakstīja"
    # Russian, Ukrainian, Bulgarian
    r"|написал|написала|написал\(а\)|пишет|писал|писали|написав|написала|пише|писав|написа|писа"
    # Greek, Hebrew, Arabic, Persian
    "|έγραψε|כתב|כתבה|كتب|كتبت|كتابة|نوشت"
    # Vietnamese, Indonesian, Malay
    "|viết|menulis"
)
_JOINED_VERBS = (
    # Japanese, Chinese, Korean, Thai
    "のメール|のメッセージ|書きました|からのメール|写道|寫道|写到|撰写|编写|來信|작성|썼습니다|쓴 글|님이 쓴|เขียน"
)
_VERB = re.compile(rf"(?<!\w)(?:{_SPACED_VERBS})(?!\w)|{_JOINED_VERBS}")
_SPOKEN = frozenset({"said", "says", "sent", "excerpts from"})
"""People use these too, with date and time, and go on in their own words."""
_TOLD_OPENINGS = ("on ", "am ", "le ", "el ", "il ", "em ", "op ", "den ", "at ", "um ", "a las ", "à ", "alle ", "às ")
"""Programs begin a line with a capital; the middle of a person's sentence does not."""
_TOLD_BEFORE = ("me ", "m'", "m’", "nous ", "nos ", "mi ", "ci ", "mir ", "uns ", "you ", "sie ", "вы ", "мне ", "нам ")
_TOLD_TO = (" to ", " an ", " à ", " a ", " aan ", " till ", " til ", " do ", " на ", " в ", " para ")
"""Behind the verb, in lower case: then the address is the receiver's."""
_TOLD_AFTER = (" me ", " me:", " us", " to me", " mir", " uns", " mij", " ons", " mig", " oss", " meg", " мне", " нам")
"""Around the verb: to whom it was written, which programs never say."""
# "On Wed, 4 April", "Il giorno mer 5", "2023年1月": a number after at most five words opens the line in every language.
_OPENS_WITH_DATE = re.compile(r"[^\w]{0,8}(?:[^\W\d]{1,15}[.,'’׳]{0,2}[-\s]{1,3}){0,5}[^\w\s]{0,2}\d")
_TIME = re.compile(r"\d{1,2}\s?[:.h時시点]\s?\d{2}|\d\s?[ap]\.?m\b|\d時")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
_ADDRESS = re.compile(r"[\w.+%=/'-]{1,100}@[\w.-]{2,100}")
# Where the author's last words and the line share one line: "fine by me On Wed, Apr 4, 2012 at 3:59 PM, bob wrote:".
_OPENS_MID_LINE = re.compile(
    r"[ -](On|Am|Le|El|Il|Em|Op|Den|Dne|W dniu) (?=(?:[^\W\d]{2,12}[.,]{0,2} ){0,3}\d{1,4}[ .,/-])"
)
_DATE_FIRST = re.compile(r"[^\d]{0,40}(?:\d{1,4}[^\d]{1,14}){1,3}\d")
_BARE_YEAR = re.compile(r"(?:19|20)\d\d(?! ?[-/.年년])|\d{1,2}[:.]\d\d(?![.:/-])")
_SENTENCE_ENDS = (":", "：", ".", "!", "?", "。")
_ENDS = (":", "：", "-", "—")
_BETWEEN = " >)],\"'"
"""Between an address and the verb: "I had word from Ana (ana@…), who wrote:" is a person's sentence."""
_TAIL = " \t\xa0*_\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


# Zoho and some mailing lists leave out the colon.
_VERB_ENDS = (
    "wrote", "writes", " a écrit", "escribió", "escreveu", "ha scritto", "skrev", "kirjoitti", "geschreven", "写道",
    "寫道", "написал", "написал(а)", "пишет", "пише", "napisał(a)", "napsal(a)", "napsal", "schrieb", "schreef",
)  # fmt: skip


def can_end(line: str) -> bool:
    """Whether a stripped line may be the last line of an attribution; cheap, for every line of a mail."""
    end = line[-1]
    return end in ":：-—>" or end in _TAIL or line.endswith(_VERB_ENDS)


def attribution_ending_at(lines: list[str], index: int) -> tuple[int, Trust]:
    """How many lines the attribution has that ends at `index`, and how sure that is; (0, NONE) where there is none.

    Args:
        lines: stripped lines.
        index: of a line for which `can_end` is true.
    """
    joined = ""
    strong = weak = dated = 0
    for count in range(1, min(LINE_LIMIT, index + 1) + 1):
        line = lines[index - count + 1]
        if not line or len(line) > WIDTH_LIMIT or len(joined) + len(line) > _JOINED_LIMIT:
            break
        if count > 1 and _ends_sentence(line):
            break
        joined = f"{line} {joined}" if joined else line
        trust = trust_in(joined)
        if trust is Trust.STRONG:
            if _is_complete(joined):
                return count + _lines_above(lines, index - count, LINE_LIMIT - count, joined), trust
            strong = strong or count
            dated = (
                count if _OPENS_WITH_DATE.match(line) and (index == count - 1 or not lines[index - count]) else dated
            )
        elif trust is Trust.WEAK:
            weak = weak or count
    if strong:
        return dated or strong, Trust.STRONG
    return (weak, Trust.WEAK) if weak else (0, Trust.NONE)


def trust_in(text: str) -> Trust:
    """How sure it is that this text, lines joined by spaces, introduces a quotation."""
    text = text.strip(_TAIL)
    if not text:
        return Trust.NONE
    if not text.isascii():
        text = text.replace("\xa0", " ").replace("\u202f", " ")
    lowered = text.lower()
    verb = _VERB.search(lowered)
    ended = text.endswith(_ENDS) or text.endswith(">:")
    address = _ADDRESS.search(text) if "@" in text else None
    if verb is None:
        if address is None and " GMT" in text[:24] and text[:2] == "20":
            return Trust.WEAK
        if address is None:
            return Trust.NONE
        if _DATE.search(text) is None:
            # "Quoting Ana <ana@…>:" in whatever language.
            named = text.endswith((">:", "):")) and text[0] not in "<>" and text.count(" ") <= 8
            return Trust.WEAK if named else Trust.NONE
        opens = _OPENS_WITH_DATE.match(text) is not None
        if ended and text[-1] in ":：" and (opens or "<" in text):
            return Trust.STRONG if _TIME.search(text) else Trust.WEAK
        # Old Gmail: "2011/4/7 Ana <ana@…>" and no more.
        return Trust.WEAK if text.endswith(">") and text[:1].isdigit() else Trust.NONE
    if not ended:
        complete = address and lowered.endswith(_VERB_ENDS) and _OPENS_WITH_DATE.match(text) and _TIME.search(text)
        return Trust.STRONG if complete else Trust.NONE
    trust = _trust_with_verb(text, verb, address)
    if trust is Trust.STRONG and text.startswith(_TOLD_TO, verb.end()):
        return Trust.WEAK
    if address is None and trust is not Trust.NONE:
        if verb[0] in _SPOKEN and _DATE.search(text) is None and _TIME.search(text) is None:
            return Trust.NONE
        if trust is Trust.STRONG and _is_told(text, lowered, verb):
            return Trust.WEAK
    return trust


def opening_of(line: str) -> str:
    """The attribution that a stripped line begins with and goes on behind: "On …, Ana <ana@…> wrote:   Hello"."""
    end = line.find(":>", 0, WIDTH_LIMIT)
    if end < 0:
        end = line.find(":  ", 0, WIDTH_LIMIT)
    head = line[: end + 1]
    return head if "@" in head and _OPENS_WITH_DATE.match(head) and trust_in(head) is Trust.STRONG else ""


def has_date_and_time(text: str) -> bool:
    """Whether a text names a day and a time, in figures."""
    return _DATE.search(text) is not None and _TIME.search(text) is not None


def split_mid_line(line: str) -> str:
    """The author's words in front of an attribution on the same line; empty where the line begins with it."""
    found = _OPENS_MID_LINE.search(line, 1)
    return line[: found.start()].rstrip(" -") if found else ""


def _trust_with_verb(text: str, verb: re.Match[str], address: re.Match[str] | None) -> Trust:
    dashed = text[-1] in "-—"
    if dashed and not (text[:2] == "--" and text.endswith("--")) and not text.endswith(("----", ": -")):
        return Trust.NONE
    timed = _TIME.search(text) is not None
    dated = _DATE.search(text) is not None
    if _OPENS_WITH_DATE.match(text) and (timed or address) and (dated or (address and timed)):
        return Trust.STRONG
    if address and (timed or dated or not text[address.end() : verb.start()].strip(_BETWEEN)):
        return Trust.STRONG
    # Lotus Notes: "Ana Ruiz/Sales/ACME wrote on 01/02/2010 10:00:00 AM:"; a name, no sentence.
    if timed and dated and text.count(" ", 0, verb.start()) <= 5:
        return Trust.STRONG
    if dashed:
        return Trust.STRONG if len(text) < 120 else Trust.NONE
    return Trust.WEAK if text.count(" ") <= 14 else Trust.NONE


def _is_told(text: str, lowered: str, verb: re.Match[str]) -> bool:
    """Whether it is what a person tells about a message rather than what a program writes above it."""
    if verb[0] in _SPOKEN or text.startswith(_TOLD_OPENINGS):
        return True
    return lowered[: verb.start()].endswith(_TOLD_BEFORE) or lowered.startswith(_TOLD_AFTER, verb.end())


def _ends_sentence(line: str) -> bool:
    """Whether a line ends what a person says; "5." and "jan." in an attribution do not."""
    return line.endswith(_SENTENCE_ENDS) and not ("@" in line or line[-2:-1].isdigit() or _OPENS_WITH_DATE.match(line))


def _lines_above(lines: list[str], index: int, limit: int, joined: str) -> int:
    """How many lines above a name still belong to it: the date, or the first half of a long name."""
    if (
        "@" not in joined
        and limit > 0
        and index >= 0
        and "@" in lines[index]
        and not lines[index].endswith(_SENTENCE_ENDS)
    ):
        return 1 + _lines_above(lines, index - 1, limit - 1, f"{lines[index]} {joined}")
    if _OPENS_WITH_DATE.match(joined):
        return 0
    for count in range(1, min(limit, index + 1) + 1):
        line = lines[index - count + 1]
        if not line or len(line) > WIDTH_LIMIT or line.endswith(_SENTENCE_ENDS):
            return 0
        if _OPENS_WITH_DATE.match(line) and (_TIME.search(line) or _DATE.search(line)):
            return count
        if len(line) >= _WRAPPED_WIDTH and (index - count < 0 or not lines[index - count]):
            return count
    return 0


def _is_complete(text: str) -> bool:
    """Whether nothing of an attribution stands on the line above: it begins with its date or with a name."""
    if text[0] in "<(@" or _ADDRESS.match(text) is not None:
        return False
    if _OPENS_WITH_DATE.match(text):
        return _DATE_FIRST.match(text) is not None and _BARE_YEAR.match(text) is None
    return text.find("<") > 0
