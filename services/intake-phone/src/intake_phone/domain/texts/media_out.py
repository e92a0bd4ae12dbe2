"""Which files of an answer WhatsApp takes, one in a message; the others are named with the page on which they are.

https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
"""

from collections.abc import Sequence
from typing import Final

from intake_phone.domain.texts.offers import media_type_of
from ventanilla_contracts.events import Attachment

_MEGABYTE: Final = 1024 * 1024
LARGEST_BYTES: Final = 16 * _MEGABYTE
_LARGEST_PICTURE_BYTES: Final = 5 * _MEGABYTE
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_OLD_OFFICE: Final = frozenset({"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"})
_OLE: Final = "application/x-ole-storage"
_PICTURES: Final = frozenset({"image/jpeg", "image/png"})
_WORDLESS: Final = frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"})
"""Sounds: no words stand below them."""
_TYPES: Final = (
    _PICTURES
    | _WORDLESS
    | _OLD_OFFICE
    | {
        "video/mp4",
        "application/pdf",
        "text/plain",
        "text/csv",
        f"{_OFFICE}.wordprocessingml.document",
        f"{_OFFICE}.spreadsheetml.sheet",
        f"{_OFFICE}.presentationml.presentation",
    }
)
_LONGEST_CAPTION: Final = 200


def sorted_out(files: Sequence[Attachment], medium: str) -> tuple[list[Attachment], list[Attachment]]:
    """(files that go with the texts, the others), each in their order."""
    going = [file for file in files if medium == "whatsapp" and _goes(file)]
    return going, [file for file in files if file not in going]


def caption_of(file: Attachment) -> str:
    """What stands below a file: its name; nothing where WhatsApp shows no words."""
    return "" if media_type_of(file) in _WORDLESS else file.filename[:_LONGEST_CAPTION]


def _goes(file: Attachment) -> bool:
    said = media_type_of(file)
    largest = _LARGEST_PICTURE_BYTES if said in _PICTURES else LARGEST_BYTES
    if said not in _TYPES or not 0 < file.size_bytes <= largest or file.dangerous or file.blob is None:
        return False
    # What the bytes prove counts: WhatsApp looks at them too.
    proven = file.detected_type
    if said in _PICTURES or said == "application/pdf":
        return proven == said
    if proven is None or proven == said:
        return True
    sound = proven.partition("/")[0] in ("audio", "video") and said.partition("/")[0] in ("audio", "video")
    return sound or (proven == _OLE and said in _OLD_OFFICE)
