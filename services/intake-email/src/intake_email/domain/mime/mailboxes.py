"""Addresses out of headers (RFC 5322 section 3.4), and out of what programs and people write instead.

Encoded words are decoded after the list has been split, since a decoded name may hold a comma. Groups are flattened.
"""

import re
from collections.abc import Iterable

from intake_email.domain.mail import Mailbox
from intake_email.domain.mime.charsets import decode
from intake_email.domain.mime.encoded_words import decode_words, header_text

ADDRESS_LIMIT = 1_000
_QUOTED_LIMIT = 20
_SPACES = re.compile(r"\s+")
_PLAIN = re.compile(
    r'\s*(?:"([^"\\<>=]{0,200})"\s*|([^"\\<>(),;:@=]{0,200}?)\s*)<\s*([^\s<>(),;:"\\@]{1,200}@[^\s<>(),;:"\\@]{1,255})\s*>\s*\Z'
)
_BARE = re.compile(r'\s*<?([^\s<>(),;:"\\@]{1,200}@[^\s<>(),;:"\\@]{1,255})>?\s*\Z')
_INSIDE = re.compile(r"""[^\s<>()\[\]"',:;\\@]{1,128}@[^\s<>()\[\]"',:;\\@]{1,255}""")
_ENCODED = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=(?:\s*=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)*")
_STAND_IN = re.compile("\ue000(\\d{1,5})\ue001")
_MORE_AT = re.compile(r"""(?:@[^\s<>()\[\]"',:;\\@]{1,255}){1,5}""")
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.){1,64}"@[^\s<>()\[\]"\',:;\\@]{1,255}')
_COMMENT = re.compile(r"\([^()]{0,200}\)")
_SPACED = re.compile(r"\s*[\w.+-]{1,64}\s*@\s*[\w-]{1,63}(?:\s*\.\s*[\w-]{1,63}){1,8}\s*")
_UNDISCLOSED = re.compile(r"\s*[\"'<]{0,3}undisclosed[- ]recipients?\b", re.IGNORECASE)
_AROUND_DOT = re.compile(r"\s*([.@])\s*")
_LINK = re.compile(r"(?:\A|[\s\[])\s?(?:mailto|smtp)\s{0,3}\Z", re.IGNORECASE)
_SPECIAL = re.compile(r'["(),:;<>\\]')


def read_mailboxes(values: Iterable[bytes], charset: str | None = None) -> list[Mailbox]:
    """The addresses of a header, in order, as far as they can be made out.

    Args:
        values: raw values of the header; repeated ones are read together.
        charset: that the mail's body names, for raw bytes in names.
    """
    found: list[Mailbox] = []
    for value in values:
        text = _raw_text(value, charset).strip()  # what is white space in bytes is less than what is it in text
        if _UNDISCLOSED.match(text) and _INSIDE.search(text) is None:
            continue
        simple = _PLAIN.match(text)
        if simple is not None:
            found.append(Mailbox(_decoded(simple[3]).rstrip("."), _name(simple[1] or simple[2] or "")))
            continue
        if bare := _BARE.match(text):
            found.append(Mailbox(_decoded(bare[1]).rstrip(".")))
            continue
        found.extend(_read_list(text))
        if len(found) >= ADDRESS_LIMIT:
            break
    return found[:ADDRESS_LIMIT]


def salvage(values: Iterable[bytes], charset: str | None = None) -> list[Mailbox]:
    """An address out of a value that breaks every grammar: the last thing in it that looks like one."""
    for value in values:
        text = header_text(value, charset)[:2_000]
        found = _INSIDE.findall(text)
        if found:
            name = text[: text.rfind(found[-1])].strip(" <\"'\t([")
            return [Mailbox(found[-1].rstrip("."), name)]
    return []


def _raw_text(value: bytes, charset: str | None) -> str:
    """The value on one line with its encoded words still encoded."""
    if value.isascii() and b"\n" not in value and b"\x1b" not in value:
        return value.decode("ascii")
    if value.isascii() and b"\x1b" not in value:
        return _SPACES.sub(" ", value.decode("ascii"))
    # Encoded words are ASCII: decoding the rest does not touch them.
    return _SPACES.sub(" ", decode(value, charset)[0])


class _Entry:
    """An address that is being read."""

    __slots__ = ("after", "angle", "comments", "phrase", "quoted")

    def __init__(self, phrase: list[str] | None = None) -> None:
        self.phrase: list[str] = phrase or []
        self.after: list[str] = []
        """What follows the angle brackets: nothing, or the next name, where the comma is missing."""
        self.angle: str | None = None
        self.comments: list[str] = []
        self.quoted: list[str] = []
        """What stood in quotes and looks like an address."""


def _read_list(text: str) -> list[Mailbox]:
    if "=?" not in text:
        return _split(text)
    # Encoded words may hold anything, commas and colons too: while the list is split, stand-ins hold their places.
    words: list[str] = []

    def stand_in(match: re.Match[str]) -> str:
        words.append(decode_words(match[0]))
        return f"\ue000{len(words) - 1}\ue001"

    def restored(piece: str) -> str:
        return _STAND_IN.sub(lambda match: words[int(match[1])] if int(match[1]) < len(words) else "", piece)

    found = []
    for mailbox in _split(_ENCODED.sub(stand_in, text)):
        if _STAND_IN.search(mailbox.address) and not mailbox.name:
            found += _split(restored(mailbox.address))  # all of it was encoded, address and all
            continue
        name, address = _name(restored(mailbox.name)), _address(restored(mailbox.address))
        if "@" not in address and (inside := _INSIDE.search(name)):
            address, name = inside[0], _name(name[: inside.start()].rstrip(" <"))
        found.append(Mailbox(address, name))
    return found


def _split(text: str) -> list[Mailbox]:
    found: list[Mailbox] = []
    entry = _Entry()
    position = 0
    length = len(text)
    while position < length and len(found) < ADDRESS_LIMIT:
        match = _SPECIAL.search(text, position)
        end = match.start() if match else length
        if end > position:
            (entry.phrase if entry.angle is None else entry.after).append(text[position:end])
        if match is None:
            break
        character = text[end]
        position = end + 1
        if character == '"':
            quoted, position = _quoted(text, position)
            following = text[position : position + 10].lstrip()[:1]
            if quoted and following == "@":
                quoted = text[end:position]  # half an address, as it is written
            elif "@" in quoted and len(entry.quoted) < _QUOTED_LIMIT:
                entry.quoted.append(quoted)
            if following != "@" and text[position : position + 1].isalnum():
                quoted += " "
            (entry.phrase if entry.angle is None else entry.after).append(quoted)
        elif character == "(":
            comment, position = _comment(text, position)
            entry.comments.append(comment)
        elif character == "<":
            if entry.angle is not None and "@" in entry.angle:  # the comma between two addresses is missing
                _finish(entry, found)
                entry = _Entry(entry.after)
            inside = _quoted(text, position + 1)[1] if text.startswith('"', position) else position
            close = text.find(">", inside)
            inner_end = length if close < 0 else close
            again = text.find("<", inside, inner_end)
            if again >= 0:  # `<<a@b>>`, `<Name <a@b>`
                position = again + 1
            address = text[position:inner_end]
            if entry.angle is None or "@" not in entry.angle:
                entry.angle = address
            position = inner_end + 1
        elif character in ",;":
            if character == "," and _name_goes_on(entry, text, position):
                entry.phrase.append(",")
                continue
            _finish(entry, found)
            entry = _Entry()
        elif character == ":":
            if entry.angle is None and not any("@" in piece for piece in entry.phrase):
                phrase = "".join(entry.phrase)
                if len(phrase) <= 300 and (link := _LINK.search(phrase)):  # `Name [mailto:a@b]`, as Outlook quotes
                    entry.phrase = [phrase[: link.start()]]
                    continue
                entry = _Entry()  # the name of a group
            else:
                entry.phrase.append(":")
        elif character == "\\":
            entry.phrase.append(text[position : position + 1])
            position += 1
    _finish(entry, found)
    return found


def _quoted(text: str, position: int) -> tuple[str, int]:
    """What stands in quotes, unescaped; an opening quote that is never closed is an ordinary character."""
    out: list[str] = []
    start = position
    while position < len(text):
        character = text[position]
        if character == '"':
            return "".join(out), position + 1
        if character == "\\" and position + 1 < len(text):
            position += 1
            character = text[position]
        out.append(character)
        position += 1
    return "", start


def _comment(text: str, position: int) -> tuple[str, int]:
    depth, start = 1, position
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return text[start:position], position + 1
        position += 1
    return text[start:].rstrip(")"), len(text)


def _name_goes_on(entry: _Entry, text: str, position: int) -> bool:
    """Whether a comma belongs to a name that should have been quoted: `Doe, John <john@doe.example>`."""
    if entry.angle is not None or len(entry.phrase) > 20 or any("@" in piece for piece in entry.phrase):
        return False
    if not "".join(entry.phrase).strip():
        return False
    stop = _SPECIAL.search(text, position)
    return stop is not None and text[stop.start()] in '<"(' and "@" not in text[position : stop.start()]


def _finish(entry: _Entry, found: list[Mailbox]) -> None:
    phrase = "".join(entry.phrase)
    if entry.angle is not None:
        address = _address(entry.angle)
        name = _name(phrase)
        if "@" not in address and (inside := _INSIDE.search(phrase)):
            address = inside[0]
        if not name:
            after = _name("".join(entry.after))
            name = _name(entry.comments[0]) if entry.comments else after if "@" not in after else ""
    elif '"' in phrase and (quoted := _QUOTED_LOCAL.search(phrase := _tight(phrase))):
        address, name = quoted[0], _name(phrase[: quoted.start()])
    elif (inside := _INSIDE.search(phrase)) is None:
        address, name = _alone(phrase, entry.comments[0] if entry.comments else "")
    else:
        if _SPACED.fullmatch(phrase):
            phrase = _AROUND_DOT.sub(r"\1", phrase)
            inside = _INSIDE.search(phrase) or inside
        several = _INSIDE.findall(phrase)
        # Nothing but addresses, and no comma between them.
        if len(several) > 1 and not entry.quoted and not _INSIDE.sub("", phrase).strip():
            found.extend(Mailbox(one.strip(".")) for one in several[:ADDRESS_LIMIT])
            return
        start, end = _outside_quotes(phrase, inside, entry.quoted)
        address = phrase[start:end]
        around = (phrase[:start] + " " + phrase[end:]).strip(" '<>\t[]")
        name = _name(around) or (_name(entry.comments[0]) if entry.comments else "")
    if address.startswith("@"):
        address = ""
    if address or name:
        found.append(Mailbox(address.strip("."), name))


def _alone(phrase: str, comment: str) -> tuple[str, str]:
    """Address and name out of a phrase that has no brackets and nothing that looks like an address."""
    name = _name(phrase)
    if "@" in phrase:
        address = _address(phrase)
    elif name and (inside := _INSIDE.search(comment)):  # brackets of the wrong kind
        address = inside[0]
    else:
        address = name if name and " " not in name else ""
    return address, _name(comment) if address == "".join(name.split()) else name


def _outside_quotes(phrase: str, inside: re.Match[str], quoted: list[str]) -> tuple[int, int]:
    """Where the address of a phrase is: rather outside the quotes, where anybody can write another's address."""
    start, end = inside.span()
    for piece in quoted:
        place = phrase.find(piece)
        if 0 <= place <= start < place + len(piece) and (found := _INSIDE.search(phrase, place + len(piece))):
            start, end = found.span()
    more = _MORE_AT.match(phrase, end)
    return start, more.end() if more else end


def _tight(phrase: str) -> str:
    """A phrase without the white space that old standards allowed around the at sign and the dots behind a quote."""
    quoted, mark, rest = phrase.rpartition('"')
    return quoted + mark + _AROUND_DOT.sub(r"\1", rest)


def _decoded(address: str) -> str:
    return decode_words(address) if "=?" in address else address


def _address(text: str) -> str:
    """The address between angle brackets, without what older standards allowed there."""
    text = _decoded(text)
    for _ in range(3):  # comments may hold comments
        if "(" not in text:
            break
        text = _COMMENT.sub("", text)
    text = text.strip().strip("<>' \t")
    if text.startswith('"') and text.endswith('"'):
        text = text.strip('" ')
    if text.lower().startswith(("mailto:", "smtp:")):
        text = text.partition(":")[2]
    if text.startswith("@") and ":" in text:  # a route, as RFC 822 had it
        text = text.rpartition(":")[2]
    if " " in text and '"' not in text:
        text = _AROUND_DOT.sub(r"\1", text)
        inside = _INSIDE.search(text)
        if inside:
            text = inside[0]
    return text


def _name(text: str) -> str:
    if "=?" in text:
        text = decode_words(text)
    text = _SPACES.sub(" ", text).strip(" \t,;")
    if '"' not in text:
        return text
    if text.count('"') % 2:  # one of them is missing
        return text.strip(' \t,;"')
    return text[1:-1].strip(" \t,;") if text[0] == text[-1] == '"' else text
