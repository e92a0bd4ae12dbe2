"""`Date` headers (RFC 5322 section 3.3), and the other ways in which programs write a date."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?")
_COMMENT = re.compile(r"\([^()]{0,200}\)")
_SPACED_COMMA = re.compile(r"\s{1,20},")
_HALF_DAY = re.compile(r"\b(\d{1,2}):(\d{2})(:\d{2})?\s?([AaPp])\.?[Mm]\b\.?")
_FRACTION = re.compile(r"(:\d{2})[.,]\d{1,9}\b")
_SPACED_COLON = re.compile(r"(?<=\d)\s{0,9}:\s{0,9}(?=\d)")
_ZONE = re.compile(r"([+-])(\d{2}):(\d{2})\b")
_HOURS = re.compile(r"(:\d{2}(?: ?(?:GMT|UTC))? ?[+-])(\d{1,2})\Z")
_SPACED_ZONE = re.compile(r"(:\d{2} ?[+-])\s{1,9}(?=\d{4}\b)")
_NAMED_ZONE = re.compile(r":\d{2}(?: \d{4})?\s+([A-Za-z]{3,4})\b(?! ?[+-]\d|\d| \d{3}(?!\d))")
_ZONES = {
    "WEST": 1,
    "CET": 1,
    "MET": 1,
    "CEST": 2,
    "MEST": 2,
    "EET": 2,
    "SAST": 2,
    "EEST": 3,
    "MSK": 3,
    "AWST": 8,
    "HKT": 8,
    "JST": 9,
    "KST": 9,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
    "BRT": -3,
    "AKDT": -8,
    "AKST": -9,
    "HST": -10,
}
"""Names that RFC 5322 does not know and that mean one thing only → hours ahead of UTC."""
_NUMBERS = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})((?:\s+\d.*)?)\Z")
_DAY_FIRST = re.compile(r"(?:[^\W\d]{2,12}\.?,?\s{0,3})?(\d{1,2})([-./])(\d{1,2})\2(\d{4}),?(\s+\d.*)\Z")
_WORDS = re.compile(
    r"(?:[^\W\d]{2,12}\.?,?\s{0,3})?(\d{1,2})\.?[\s-](?:de\s)?([^\W\d]{3,12})\.?,?[\s-](?:de\s)?(\d{4}),?(\s+\d.*)\Z"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NAMES = {
    # The beginnings of months in Spanish, Portuguese, French, Italian, German, Dutch, Swedish.
    **dict.fromkeys(("jan", "ene", "gen"), "Jan"),
    **dict.fromkeys(("feb", "fev", "fév"), "Feb"),
    **dict.fromkeys(("mar", "mär", "mrz", "mrt", "maa"), "Mar"),
    **dict.fromkeys(("apr", "abr", "avr"), "Apr"),
    **dict.fromkeys(("may", "mai", "mag", "maj", "mei"), "May"),
    **dict.fromkeys(("jun", "juin", "giu"), "Jun"),
    **dict.fromkeys(("jul", "juil", "lug"), "Jul"),
    **dict.fromkeys(("aug", "ago", "aoû", "aou"), "Aug"),
    **dict.fromkeys(("sep", "set"), "Sep"),
    **dict.fromkeys(("oct", "okt", "out", "ott"), "Oct"),
    **dict.fromkeys(("nov",), "Nov"),
    **dict.fromkeys(("dec", "dez", "dic", "déc"), "Dec"),
}


def read_date(text: str) -> datetime | None:
    """The moment that a date names, with its offset; UTC where it has none; None where it is no date."""
    text = text[:200]
    for _ in range(3):  # comments may hold comments
        if "(" not in text:
            break
        text = _COMMENT.sub(" ", text)
    if half := _HALF_DAY.search(text):
        hour = int(half[1]) % 12 + (12 if half[4] in "pP" else 0)
        text = f"{text[: half.start()]}{hour}:{half[2]}{half[3] or ''}{text[half.end() :]}"
    text = _SPACED_COLON.sub(":", _SPACED_COMMA.sub(",", _FRACTION.sub(r"\1", text))).replace('"', "").strip()
    if not text:
        return None
    if match := _ISO.match(text):
        return _iso(match)
    if hours := _HOURS.search(text):
        text = f"{text[: hours.start(2)]}{hours[2]:0>2}00"
    text = _ZONE.sub(r"\1\2\3", text.replace("GMT+", "+").replace("GMT-", "-").replace("UTC+", "+"))
    if "+ " in text or "- " in text:
        text = _SPACED_ZONE.sub(r"\1", text)
    return _parsed(text) or _parsed(_in_english(text))


def _parsed(text: str) -> datetime | None:
    try:
        found = parsedate_tz(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if found is None:
        return None
    try:
        # RFC 5322 section 4.3: three digits are what programs wrote that counted the years since 1900.
        year = found[0] + 1900 if 100 <= found[0] < 1000 else found[0]
        second = min(found[5], 59) if found[5] <= 60 else found[5]  # a leap second
        moment = datetime(year, *found[1:5], second)  # noqa: DTZ001 # the zone is added in the next lines
        offset = found[9]
        if not offset and (named := _NAMED_ZONE.search(text)):
            offset = _ZONES.get(named[1].upper(), 0) * 3600
        if offset is None or abs(offset) >= 86_400:
            return moment.replace(tzinfo=UTC)
        return moment.replace(tzinfo=timezone(timedelta(minutes=round(offset / 60))))
    except (ValueError, OverflowError):
        return None


def _in_english(text: str) -> str:
    """A date with the day in front of an English month, where it was written in numbers or in another language."""
    if match := _NUMBERS.match(text):
        year, month, day = match[1], int(match[2]), int(match[3])
        return f"{day} {_MONTHS[month - 1]} {year}{match[4]}" if 1 <= month <= 12 else ""
    if match := _DAY_FIRST.match(text):
        day, mark, month, year = int(match[1]), match[2], int(match[3]), match[4]
        if mark == "/" and day <= 12 and month <= 12 and day != month:
            return ""  # nobody knows which is which
        if month > 12:
            day, month = month, day
        return f"{day} {_MONTHS[month - 1]} {year}{match[5]}" if 1 <= month <= 12 else ""
    if match := _WORDS.match(text):
        name = match[2].lower()
        if month_name := _MONTH_NAMES.get(name) or _MONTH_NAMES.get(name[:4]) or _MONTH_NAMES.get(name[:3]):
            return f"{match[1]} {month_name} {match[3]}{match[4]}"
    return ""


def _iso(match: re.Match[str]) -> datetime | None:
    year, month, day, hour, minute = (int(match[index]) for index in range(1, 6))
    zone = match[7]
    offset = timedelta()
    if zone and zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    try:
        return datetime(year, month, day, hour, minute, int(match[6] or 0), tzinfo=timezone(offset))
    except (ValueError, OverflowError):
        return None
