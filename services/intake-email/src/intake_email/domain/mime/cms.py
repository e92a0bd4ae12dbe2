"""What an opaque S/MIME signature wraps (RFC 8551 section 3.5.2): the signed mail inside the signature's structure.

Nothing is verified here, and nothing decrypted: a signed mail must be readable, that is all. DER, and BER with
indefinite lengths, which Outlook writes.
"""

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_SEQUENCE, _OBJECT_ID, _OCTETS, _OCTETS_IN_PARTS, _EXPLICIT = 0x30, 0x06, 0x04, 0x24, 0xA0
_PIECE_LIMIT = 100_000


class _Malformed(ValueError):
    """It is no such structure."""


def signed_content(data: bytes) -> bytes | None:
    """The content that a SignedData structure carries; None where it is something else, or carries none."""
    try:
        position, end = _enter(data, 0, len(data), _SEQUENCE)
        kind, start, stop, position = _element(data, position, end)
        if kind != _OBJECT_ID or data[start:stop] != _SIGNED_DATA:
            return None
        position, end = _enter(data, position, end, _EXPLICIT)
        position, end = _enter(data, position, end, _SEQUENCE)
        for _ in range(2):  # version, digest algorithms
            _, _, _, position = _element(data, position, end)
        position, end = _enter(data, position, end, _SEQUENCE)  # encapsulated content
        _, _, _, position = _element(data, position, end)  # its type
        position, end = _enter(data, position, end, _EXPLICIT)
        kind, start, stop, _ = _element(data, position, end)
        if kind == _OCTETS:
            return data[start:stop]
        if kind == _OCTETS_IN_PARTS:
            return _in_parts(data, start, stop)
    except (_Malformed, IndexError):
        return None
    return None


def _in_parts(data: bytes, position: int, end: int) -> bytes:
    pieces: list[bytes] = []
    while position < end and len(pieces) < _PIECE_LIMIT:
        kind, start, stop, position = _element(data, position, end)
        if kind != _OCTETS:
            break
        pieces.append(data[start:stop])
    return b"".join(pieces)


def _enter(data: bytes, position: int, end: int, kind: int) -> tuple[int, int]:
    found, start, stop, _ = _element(data, position, end)
    if found != kind:
        raise _Malformed
    return start, stop


def _element(data: bytes, position: int, end: int) -> tuple[int, int, int, int]:
    """Tag, beginning and end of the content, and where the next element begins.

    Of an indefinite length the end is that of what is around it: nothing here needs what follows.
    """
    if position + 2 > end:
        raise _Malformed
    kind, length = data[position], data[position + 1]
    position += 2
    if length == 0x80:
        return kind, position, end, end
    if length > 0x80:
        count = length & 0x7F
        if count > 4:
            raise _Malformed
        length = int.from_bytes(data[position : position + count], "big")
        position += count
    stop = min(position + length, end)
    return kind, position, stop, stop
