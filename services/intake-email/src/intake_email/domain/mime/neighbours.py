"""Languages in Latin letters that Windows-1252 does not have, told by their letters where no label names a charset.

Guessing by statistics needs more text than a short mail has, and takes Polish for French.
"""

import re

_NEIGHBOUR_BYTES = 4 * 1024
_NOT_HIGH = bytes(range(128))
_NEVER_TOGETHER = (
    # Letters that no language of Western Europe has both of, as Windows-1252 would show them.
    (frozenset("øì".encode("cp1252")), "cp1250"),  # Czech: ř, ě
    (frozenset("õû".encode("cp1252")), "cp1250"),  # Hungarian: ő, ű
    (frozenset("þã".encode("cp1252")), "cp1250"),  # Romanian: ţ, ă
)
_INSIDE_WORDS = re.compile(
    rb"[\xb1\xb3\xb6\xb9\xbc\xbe](?=[a-z\xb1\xb3\xb6\xb9\xbc\xbe\xbf\xe0-\xff])(?<=[A-Za-z\xb1\xb3\xb6\xb9\xbc\xbe\xbf-\xff].)"
)
"""Signs that stand in no word of the West: letters of Polish, Czech, Slovak and Slovenian."""
_RUNS = re.compile(rb"[\x80-\xff]+")
_ISO_ALONE = frozenset(b"\xb1\xb6\xbc")
_TURKISH = frozenset("çğıöşüâîûÇĞİÖŞÜÂÎÛ".encode("cp1254"))
_ONLY_TURKISH = frozenset("ışİŞ".encode("cp1254"))
_PUNCTUATION = frozenset(range(0x80, 0xC0))
_TELLING = frozenset(b"\xb1\xb3\xb6\xb9\xbc\xbe").union(_ONLY_TURKISH, *(pair for pair, _ in _NEVER_TOGETHER))


def neighbour_of(content: bytes) -> str | None:
    """The charset of a language in Latin letters that Windows-1252 does not have; None where it has them."""
    sample = content[:_NEIGHBOUR_BYTES]
    letters = frozenset(sample.translate(None, _NOT_HIGH))
    # Letters with accents stand among others: what has them in rows is no Latin script.
    if letters.isdisjoint(_TELLING) or len(sample.translate(None, _NOT_HIGH)) > 2 * len(_RUNS.findall(sample)):
        return None
    for pair, label in _NEVER_TOGETHER:
        if pair <= letters:
            return label
    if len(signs := _INSIDE_WORDS.findall(sample)) > 1:
        return "iso8859-2" if not _ISO_ALONE.isdisjoint(b"".join(signs)) else "cp1250"
    if letters <= _TURKISH | _PUNCTUATION and len(letters & _ONLY_TURKISH) > 1:
        return "cp1254"
    return None
