"""Names of files: as people see them in a ticket, and as a file may be saved on every system.

What a sender calls a file is shown as it is, but for what hides or changes what is seen. Only who saves it needs more.
"""

import re

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# Zero-width characters, and those that turn the direction of writing: `gpj.exe` would be read as `exe.jpg`.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
# Windows takes these for devices, whatever ending they have.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|clock\$|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\Z", re.IGNORECASE)
_LONGEST = 200
_LONGEST_ENDING = 20


def shown_filename(name: str) -> str:
    """A name that is no path and no more than it shows; `attachment` where nothing is left of it."""
    name = _INVISIBLE.sub("", _CONTROL.sub(" ", name[: 10 * _LONGEST]))
    name = name.replace("\\", "/").rpartition("/")[2].lstrip()
    if len(name) > _LONGEST:
        stem, dot, ending = name.rpartition(".")
        fits = dot and len(ending) <= _LONGEST_ENDING
        name = f"{stem[: _LONGEST - 1 - len(ending)]}.{ending}" if fits else name[:_LONGEST]
    return name.rstrip(". \t") or "attachment"


def safe_filename(name: str) -> str:
    """A name to save a file under: besides, no device, nothing hidden, and no character that a system refuses."""
    name = _FORBIDDEN.sub("_", shown_filename(name)).strip(" .")
    if _RESERVED.match(name.partition(".")[0].strip()):
        name = f"_{name[: _LONGEST - 1]}"
    return name or "attachment"
