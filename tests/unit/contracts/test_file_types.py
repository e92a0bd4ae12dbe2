"""What a file is by its bytes, and what may do harm; every name and type here is one that senders really use."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventanilla_contracts.file_types import DISGUISED, EXECUTABLE, MACROS, MARKUP, SCRIPT, file_type_of

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 3000)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "detected"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\n\n junk %PDF-1.4", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"GIF89a\x01\0", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (zipped("a.txt"), "application/zip"),
        (zipped("[Content_Types].xml", "word/document.xml"), WORD),
        (OLE, "application/x-ole-storage"),
        (b"{\\rtf1\\ansi", "application/rtf"),
        (b"<!DOCTYPE HTML>\n<html>", "text/html"),
        (b"\xef\xbb\xbf  <html>", "text/html"),
        ("\ufeff<html>".encode("utf-16-le"), "text/html"),
        (b'<?xml version="1.0"?>\n<!-- x --><svg xmlns="x">', "image/svg+xml"),
        (b'<?xml version="1.0"?><invoice/>', None),
        (b"plain words with 1 < 2", None),
        (b"", None),
    ],
)
def test_the_bytes_say_what_a_file_is(data: bytes, detected: str | None) -> None:
    assert file_type_of(data).detected == detected


@pytest.mark.parametrize(
    ("data", "filename", "declared", "dangerous"),
    [
        (b"MZ\x90\0", "setup.exe", "application/x-msdownload", EXECUTABLE),
        (b"MZ\x90\0", "foto.jpg", "image/jpeg", DISGUISED),
        (b"MZ\x90\0", "factura.pdf.exe", "application/octet-stream", DISGUISED),
        (b"x", "factura.pdf .scr", "application/octet-stream", DISGUISED),
        (b"x", "informe.docx.js", "text/plain", DISGUISED),
        (b"\x7fELF", "tool", "application/octet-stream", EXECUTABLE),
        (b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F", "doc", "", EXECUTABLE),
        (zipped("META-INF/MANIFEST.MF", "A.class"), "x.jar", "application/zip", EXECUTABLE),
        (b"#!/bin/sh\nrm", "x", "application/octet-stream", SCRIPT),
        (b"WScript.Echo(1)", "x.JS", "text/plain", SCRIPT),
        (b"x", "x.ps1...", "text/plain", SCRIPT),
        (b"<html>", "page.html", "text/html", MARKUP),
        (b"words", "page.htm", "text/plain", MARKUP),
        (b"<svg onload='x'>", "logo.svg", "image/svg+xml", MARKUP),
        (b"<svg onload='x'>", "logo.png", "image/png", DISGUISED),
        (b"<html>", "attachment", "text/plain", DISGUISED),
        (zipped("word/document.xml", "word/vbaProject.bin"), "carta.docx", WORD, MACROS),
        (b"x", "lista.xlsm", "application/octet-stream", MACROS),
        (OLE + "_VBA_PROJECT".encode("utf-16-le"), "carta.doc", "application/msword", MACROS),
        (OLE, "carta.doc", "application/msword", None),
        (b"%PDF-1.7", "informe.pdf", "application/pdf", None),
        (b"%PDF-1.7", "v1.2 informe.final.pdf", "application/pdf", None),
        (b"\x89PNG\r\n\x1a\n", "captura.png", "image/png", None),
        (zipped("a.txt"), "a.zip", "application/zip", None),
        (b"BEGIN:VCALENDAR", "cita.ics", "text/calendar; method=REQUEST", None),
        (b"-----BEGIN PGP MESSAGE-----", "encrypted.asc", "application/octet-stream", None),
        (b"0\x82\x05", "smime.p7m", "application/pkcs7-mime", None),
        (b"hello", "exe", "text/plain", None),
        (b"hello", "", "", None),
    ],
)
def test_what_can_do_harm_is_marked_and_the_rest_is_not(
    data: bytes, filename: str, declared: str, dangerous: str | None
) -> None:
    assert file_type_of(data, filename, declared).dangerous == dangerous


@given(data=st.binary(max_size=3000), filename=st.text(max_size=300), declared=st.text(max_size=100))
def test_whatever_comes_is_looked_at_without_failing(data: bytes, filename: str, declared: str) -> None:
    found = file_type_of(data, filename, declared)

    assert found.dangerous in (None, EXECUTABLE, SCRIPT, MARKUP, MACROS, DISGUISED)
