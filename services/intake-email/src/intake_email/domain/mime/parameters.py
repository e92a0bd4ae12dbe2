"""`Content-Type` and `Content-Disposition`: a value and its parameters (RFC 2045, 2183, 2231), as programs write them.

Read are also: file names with spaces and without quotes, missing semicolons, encoded words where RFC 2231 wants percent
signs, continuations, one quote too few.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from intake_email.domain.mime.charsets import decode
from intake_email.domain.mime.encoded_words import header_text

_TYPE = re.compile(r"[\s\"'<]{0,20}([A-Za-z0-9!#$&^_.+-]{1,100})\s*/\s*([A-Za-z0-9!#$&^_.+-]{1,100})")
_TOKEN = re.compile(r"[\s\"'<]{0,20}([A-Za-z0-9!#$&^_.+-]{1,100})")
_ANY_COMMENT = re.compile(r"\([^()]{0,200}\)")
_NAME = re.compile(r"([A-Za-z][A-Za-z0-9_.-]{0,60}(?:\*\d{0,3})?(?:\*)?)\s{0,20}=\s{0,20}")
_BARE = re.compile(r"[^;\r\n]*")
_FOLD = re.compile(r"\n[ \t]*")
_COMMENT = re.compile(r"\s\([^()]{0,200}\)\Z")
_NEXT = re.compile(
    r"\s(?:charset|name|filename|boundary|format|type|size|start|reply-type|delsp)\*?(?:\d+\*?)?\s*=", re.IGNORECASE
)
_PIECE = re.compile(r"(.+?)\*(\d{1,3})?(\*)?\Z")
PARAMETER_LIMIT = 100
FIELD_LIMIT_CHARS = 16 * 1024


@dataclass(frozen=True, slots=True)
class Parametrised:
    """A value with parameters, in lower case but for the parameters' values."""

    value: str
    parameters: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """Value of a parameter, or nothing."""
        return self.parameters.get(name, "")


_SIMPLE = re.compile(
    rb"""\s*([a-z]{1,20}(?:/[a-z0-9.+-]{1,60})?)\s*(?:;\s*charset="?([A-Za-z0-9_-]{1,30})"?\s*)?;?\s*\Z"""
)
_NOTHING: dict[str, str] = {}


def content_type(raw: bytes, charset: str | None = None) -> Parametrised:
    """A `Content-Type`; its value is empty where no type can be made out."""
    if match := _SIMPLE.match(raw):
        kind = match[1].decode()
        if "/" in kind:
            return Parametrised(kind, {"charset": match[2].decode()} if match[2] else _NOTHING)
    text = _text(raw)
    match_text = _TYPE.match(text)
    if match_text is None and "(" in text:
        kind, semicolon, rest = text.partition(";")
        text = f"{_ANY_COMMENT.sub('', kind)}{semicolon}{rest}"
        match_text = _TYPE.match(text)
    if match_text is None:
        # `text; charset=…` and the like: the first word counts.
        token = _TOKEN.match(text)
        value = {"text": "text/plain", "html": "text/html", "multipart": "multipart/mixed"}.get(
            token[1].lower() if token else "", ""
        )
        parameters = _parameters(text[token.end() if token else 0 :], charset)
        if token and not value and parameters.get("name"):
            value = "application/octet-stream"  # nobody knows the type, but what has a name is a file
        return Parametrised(value, parameters)
    return Parametrised(
        f"{match_text[1]}/{match_text[2]}".lower().rstrip("."), _parameters(text[match_text.end() :], charset)
    )


def disposition(raw: bytes, charset: str | None = None) -> Parametrised:
    """A `Content-Disposition`."""
    if not raw:
        return _NO_DISPOSITION
    text = _text(raw)
    match = _TOKEN.match(text)
    if match is None or text[match.end() : match.end() + 1] == "=":
        return Parametrised("", _parameters(text, charset))
    return Parametrised(match[1].lower(), _parameters(text[match.end() :], charset))


_NO_DISPOSITION = Parametrised("")


def _text(raw: bytes) -> str:
    """Raw bytes one to one, so that file names in any charset survive until they are decoded."""
    text = raw[:FIELD_LIMIT_CHARS].decode("latin-1")
    return _FOLD.sub(" ", text.replace("\r", "")) if "\n" in text else text


def _parameters(text: str, charset: str | None) -> dict[str, str]:
    found: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    position = 0
    for _ in range(PARAMETER_LIMIT):
        match = _NAME.search(text, position)
        if match is None:
            break
        name = match[1].lower()
        value, position = _value(text, match.end())
        if "*" in name and (piece := _PIECE.match(name)):
            number = int(piece[2]) if piece[2] else 0
            pieces.setdefault(piece[1], {}).setdefault(number, (value, piece[3] is not None or piece[2] is None))
        else:
            if value.endswith(")") and "name" not in name:
                value = _COMMENT.sub("", value).rstrip()  # names of files are written with brackets and without quotes
            found.setdefault(name, value)
    result = {
        # Of a boundary each byte counts: spaces at its end, and those that are not ASCII.
        name: value if name == "boundary" else header_text(value.encode("latin-1"), charset)
        for name, value in found.items()
    }
    for name, numbered in pieces.items():
        if text_value := _continued(numbered, charset):
            result[name] = text_value
    return result


def _value(text: str, position: int) -> tuple[str, int]:
    """A parameter's value, and where the next may begin."""
    if text[position : position + 1] != '"':
        match = _BARE.match(text, position)
        value = match[0] if match else ""
        cut = _NEXT.search(value)
        if cut:
            value = value[: cut.start()]
        value, taken = value.strip().rstrip('"'), len(value)
        if len(value) > 1 and value[0] == value[-1] == "'":
            value = value[1:-1]
        return value, position + max(taken, 1)
    out: list[str] = []
    position += 1
    begin = position
    while position < len(text):
        end = position
        while end < len(text) and text[end] not in '"\\':
            end += 1
        out.append(text[position:end])
        if end >= len(text):
            break
        if text[end] == '"':
            rest = text[end + 1 :].lstrip()
            # A quote inside quotes that nobody escaped: the value goes on.
            if rest and rest[0] not in ';,"' and not _NAME.match(rest) and '"' in rest.partition(";")[0]:
                out.append('"')
                position = end + 1
                continue
            return "".join(out), end + 1
        following = text[end + 1 : end + 2]
        # Windows paths are written without escaping the backslash.
        out.append(following if following in '"\\' else "\\" + following)
        position = end + 2
    value = "".join(out)
    end_of_value = value.find(";")  # the closing quote is missing
    return (value, len(text)) if end_of_value < 0 else (value[:end_of_value], begin + end_of_value)


def _continued(numbered: dict[int, tuple[str, bool]], charset: str | None) -> str:
    """The value of a parameter in pieces, some of them percent-encoded (RFC 2231)."""
    label = charset
    raw: list[bytes] = []
    for index, number in enumerate(sorted(numbered)):
        value, encoded = numbered[number]
        if encoded and index == 0 and value.count("'") >= 2:
            label, _, value = value.split("'", 2)
        raw.append(unquote_to_bytes(value.encode("latin-1")) if encoded else value.encode("latin-1"))
    joined = b"".join(raw)
    if b"=?" in joined:
        return header_text(joined, label)
    return decode(joined, label or None)[0].strip()
