"""The pages' words: a gettext catalogue for each language, read as it is: a fresh clone needs no extra step."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from importlib.resources import files
from io import BytesIO
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.messages.pofile import read_po

from portal.domain.languages import LANGUAGES

_TIME = "HH:mm z"
_LOCALES = {"es": "es", "en": "en_GB"}


class Texts:
    """Every text in every language, by key."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self._catalogues = {language: _read(language) for language in LANGUAGES}

    def in_language(self, language: str) -> Callable[..., str]:
        """A function from a key to its text; named values are put in for `%(name)s`."""
        catalogue = self._catalogues[language]

        def text(key: str, **values: object) -> str:
            return catalogue[key] % values if values else catalogue[key]

        return text

    def moment(self, iso: str, language: str, zone: tzinfo | None = None) -> str:
        """A time in a person's words, with its zone.

        Args:
            zone: theirs; None: it is not known, and the portal's counts.
        """
        there = zone or self._zone
        moment, locale = datetime.fromisoformat(iso).astimezone(there), _LOCALES[language]
        return f"{format_date(moment, 'long', locale)}, {format_time(moment, _TIME, there, locale)}"


def _read(language: str) -> Mapping[str, str]:
    data = (files("portal") / "locale" / f"{language}.po").read_bytes()
    catalogue = read_po(BytesIO(data), locale=language)
    return {str(message.id): str(message.string) for message in catalogue if message.id}
