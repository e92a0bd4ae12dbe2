"""What a file is by its first bytes, and whether opening it can do harm: the values of `Attachment.detected_type` and
`Attachment.dangerous`.

Names and declared types are what a sender says; they are believed only where they warn. Nothing is unpacked: a look
costs microseconds, and it is no virus scanner.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Raster images that every browser shows and nothing in which can run."""

EXECUTABLE, SCRIPT, MARKUP, MACROS, DISGUISED = "executable", "script", "markup", "macros", "disguised"

_ZIP, _OLE, _EXE = "application/zip", "application/x-ole-storage", "application/vnd.microsoft.portable-executable"
_HTML, _SVG, _SHELL = "text/html", "image/svg+xml", "text/x-shellscript"
_HEAD_BYTES = 1024
_TAIL_BYTES = 64 * 1024
"""The directory of a zip lies at its end."""
_OLE_BYTES = 8 * 1024 * 1024

# Ordered by the first byte's meaning only where one is the beginning of another.
_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", _ZIP),
    (b"PK\x05\x06", _ZIP),  # an empty one
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (b"MZ", _EXE),
    (b"\x7fELF", "application/x-elf"),
    (b"\xfe\xed\xfa\xce", "application/x-mach-binary"),
    (b"\xfe\xed\xfa\xcf", "application/x-mach-binary"),
    (b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),  # and Mach-O for several processors
    (b"\x00asm", "application/wasm"),
    (b"L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00F", "application/x-ms-shortcut"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "application/onenote"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (b"ITSF", "application/vnd.ms-htmlhelp"),
    (b"#!", _SHELL),
    (b"{\\rtf", "application/rtf"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"%!PS", "application/postscript"),
    (b"-----BEGIN PGP", "application/pgp"),
)
_INNER_NAMES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"META-INF/MANIFEST.MF", "application/java-archive"),
    (b"AndroidManifest.xml", "application/vnd.android.package-archive"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"),
    (b"mimetypeapplication/vnd.oasis.opendocument.presentation", "application/vnd.oasis.opendocument.presentation"),
    (b"mimetypeapplication/epub+zip", "application/epub+zip"),
)
_MARKUP_OPENS: Final = (
    (b"<!doctype html", _HTML),
    (b"<html", _HTML),
    (b"<head", _HTML),
    (b"<body", _HTML),
    (b"<script", _HTML),
    (b"<iframe", _HTML),
    (b"<meta", _HTML),
    (b"<svg", _SVG),
)
_HARM_OF_TYPE: Final[Mapping[str, str]] = {
    _EXE: EXECUTABLE,
    "application/x-elf": EXECUTABLE,
    "application/x-mach-binary": EXECUTABLE,
    "application/java-vm": EXECUTABLE,
    "application/java-archive": EXECUTABLE,
    "application/vnd.android.package-archive": EXECUTABLE,
    "application/wasm": EXECUTABLE,
    "application/x-ms-shortcut": EXECUTABLE,
    "application/vnd.ms-htmlhelp": EXECUTABLE,
    "application/x-msdownload": EXECUTABLE,
    "application/x-dosexec": EXECUTABLE,
    "application/x-msdos-program": EXECUTABLE,
    "application/x-msi": EXECUTABLE,
    _SHELL: SCRIPT,
    "application/javascript": SCRIPT,
    "text/javascript": SCRIPT,
    "application/x-sh": SCRIPT,
    "application/hta": SCRIPT,
    "text/vbscript": SCRIPT,
    _HTML: MARKUP,
    "application/xhtml+xml": MARKUP,
    _SVG: MARKUP,
    "multipart/related": MARKUP,  # how some declare a saved web page
    "application/vnd.ms-word.document.macroenabled.12": MACROS,
    "application/vnd.ms-excel.sheet.macroenabled.12": MACROS,
    "application/vnd.ms-powerpoint.presentation.macroenabled.12": MACROS,
}
# What Windows, macOS and the desktops of Linux start, mount or show as a page when somebody opens it.
_STARTED: Final = (
    "exe", "scr", "com", "pif", "cpl", "dll", "ocx", "sys", "drv", "msi", "msp", "mst", "msc", "jar", "apk", "deb",
    "rpm", "appimage", "app", "dmg", "pkg", "iso", "img", "vhd", "vhdx", "lnk", "url", "scf", "gadget", "application",
    "appref-ms", "xll", "chm", "hlp", "inf", "reg", "settingcontent-ms", "library-ms", "search-ms", "diagcab", "msix",
    "appx",
)  # fmt: skip
_RUN: Final = (
    "js", "jse", "mjs", "vbs", "vbe", "vb", "wsf", "wsh", "wsc", "sct", "ps1", "ps1xml", "ps2", "psm1", "psc1", "bat",
    "cmd", "hta", "sh", "bash", "csh", "command", "py", "pyw", "pl", "rb", "php", "jnlp", "desktop", "action",
    "workflow",
)  # fmt: skip
_SHOWN_AS_PAGES: Final = (
    "html", "htm", "xhtml", "xht", "shtml", "svg", "svgz", "mht", "mhtml", "swf",
)  # fmt: skip
_WITH_MACROS: Final = (
    "docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "potm", "ppam", "ppsm", "sldm", "one", "onepkg",
)  # fmt: skip
_HARM_OF_ENDING: Final[Mapping[str, str]] = {
    **dict.fromkeys(_STARTED, EXECUTABLE),
    **dict.fromkeys(_RUN, SCRIPT),
    **dict.fromkeys(_SHOWN_AS_PAGES, MARKUP),
    **dict.fromkeys(_WITH_MACROS, MACROS),
}
_TRUSTED_ENDINGS: Final = frozenset({
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf", "txt", "csv", "jpg", "jpeg",
    "png", "gif", "webp", "bmp", "tif", "tiff", "heic", "mp3", "mp4", "wav", "mov", "zip", "eml", "ics", "vcf",
})  # fmt: skip
_TRUSTED_KINDS: Final = ("image/", "audio/", "video/", "text/plain", "application/pdf")
_VBA_IN_OLE: Final = "_VBA_PROJECT".encode("utf-16-le")


@dataclass(frozen=True, slots=True)
class FileType:
    """What a look at a file found.

    Attributes:
        detected: media type that its bytes prove; None where they prove none, as for plain text.
        dangerous: `executable`, `script`, `markup` (a page or drawing that can run scripts), `macros`, or `disguised`:
            one of these under the name or type of a harmless file. None: nothing speaks for harm.
    """

    detected: str | None
    dangerous: str | None


def file_type_of(data: bytes, filename: str = "", declared: str = "") -> FileType:
    """What a file is and whether it can do harm.

    Args:
        data: all of its bytes; only beginning and end are looked at, except in old Office files.
        filename: as the sender names it.
        declared: its media type as the sender says.
    """
    detected = _detected(data)
    declared = declared.partition(";")[0].strip().lower()
    *stem, ending = filename.lower().rstrip(" .").split(".")
    by_bytes = _harm_in(data, detected)
    by_words = (_HARM_OF_ENDING.get(ending) if stem else None) or _HARM_OF_TYPE.get(declared)
    if by_bytes in (EXECUTABLE, SCRIPT, MARKUP) and by_words is None and _promises_no_harm(stem, ending, declared):
        return FileType(detected, DISGUISED)
    if by_words in (EXECUTABLE, SCRIPT, MARKUP) and len(stem) > 1 and stem[-1].strip() in _TRUSTED_ENDINGS:
        return FileType(detected, DISGUISED)
    return FileType(detected, by_bytes or by_words)


def _detected(data: bytes) -> str | None:
    head = data[:_HEAD_BYTES]
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return _inside_zip(data) if kind is _ZIP else kind
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return {b"heic": "image/heic", b"mif1": "image/heic", b"avif": "image/avif"}.get(head[8:12], "video/mp4")
    if b"%PDF-" in head:  # readers take it anywhere in the first kilobyte
        return "application/pdf"
    return _markup(head)


def _inside_zip(data: bytes) -> str:
    directory = data[:_HEAD_BYTES] + data[-_TAIL_BYTES:]
    return next((kind for name, kind in _INNER_NAMES if name in directory), _ZIP)


def _markup(head: bytes) -> str | None:
    if b"<" not in head:
        return None
    # UTF-16 without its zeros is near enough to recognise a tag.
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\f").lower()
    if not text.startswith(b"<"):
        return None
    for opening, kind in _MARKUP_OPENS:
        if text.startswith(opening):
            return kind
    if text.startswith((b"<?xml", b"<!--", b"<!doctype")):
        # Behind declaration, comment or document type comes the root element.
        places = [(place, kind) for opening, kind in _MARKUP_OPENS if (place := text.find(opening)) >= 0]
        return min(places)[1] if places else None
    return None


def _harm_in(data: bytes, detected: str | None) -> str | None:
    if detected is None:
        return None
    if detected == _OLE:
        return MACROS if data.find(_VBA_IN_OLE, 0, _OLE_BYTES) >= 0 else None
    if detected.startswith("application/vnd.openxmlformats") and b"vbaProject.bin" in data[-_TAIL_BYTES:]:
        return MACROS
    return _HARM_OF_TYPE.get(detected)


def _promises_no_harm(stem: list[str], ending: str, declared: str) -> bool:
    return bool(stem and ending in _TRUSTED_ENDINGS) or declared.startswith(_TRUSTED_KINDS)
