"""Mails nobody would write, made from mails that somebody wrote: spliced, cut, doubled, sown with what parsers hate."""

from collections.abc import Sequence
from random import Random

TOKENS = [
    *(b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\n", b"\0", b"\x1b$B", b"\x1b(B"),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80"),
    *(b"=?utf-8?b?", b"=?utf-8?q?", b"?=", b"=?iso-2022-jp?B?", b"=?x?q?=", b"=C3", b"=\r\n", b"=="),
    *(b"<", b">", b"(", b")", b'"', b"\\", b"@", b",", b";", b":"),
    *(b"<<a@b>>", b"a@b.example", b'"a"@b', b"undisclosed-recipients:;"),
    *(b"--b\r\n", b"\r\n--b\r\n", b"\r\n--b--\r\n", b"\r\n--", b"--\r\n", b"-- \r\n"),
    b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Type: multipart/alternative; boundary=b\r\n",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
    b"Content-Type: message/delivery-status\r\n\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: text/html; charset=utf-7\r\n\r\n",
    b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n",
    b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\n",
    b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\n",
    b"Content-Type: a/b; name*0*=utf-8''%ff; name*1=x; filename*=\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"begin 644 a\r\n#0V%T\r\n`\r\nend\r\n",
    *(b"From: ", b"From a@b Mon Jan 1\n", b"To: ", b"Date: 1 Jan 9999"),
    *(b"Message-ID: <", b"References: <", b"Auto-Submitted: "),
    *(b"On Mon, 1 Jan 2024 at 10:00, Ana <a@b.example> wrote:\r\n> ", b"El lun, 1 ene 2024, Ana escribi\xc3\xb3:\r\n>"),
    b"-----Original Message-----\r\nFrom: a\r\nSent: b\r\nTo: c\r\nSubject: d\r\n",
    b"---------- Forwarded message ---------\r\n",
    b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n",
    b"<a@b.example>: host mx[1.2.3.4] said: 550 5.1.1 User unknown (in reply to RCPT TO command)\r\n",
    *(b"<div>", b"</div>", b"<blockquote>", b"<table><tr><td>", b"<style>", b"<script>", b"<!--"),
    *(b"<![CDATA[", b"&#x0;", b"<a "),
    b'<img src="cid:x">',
    b"\x78\x9f\x3e\x22\x00\x00",
]  # fmt: skip
MOST_BYTES = 64 * 1024


def mutate(seeds: Sequence[bytes], random: Random) -> bytes:
    """A mail made from one or two of the seeds."""
    data = bytearray(random.choice(seeds)[:MOST_BYTES])
    for _ in range(random.randint(1, 8)):
        data = _STEPS[random.randrange(len(_STEPS))](data, seeds, random)[:MOST_BYTES]
    return bytes(data)


def _place(data: bytearray, random: Random) -> int:
    """Somewhere; in the headers as often as anywhere else."""
    return random.randint(0, min(len(data), 2_000) if random.random() < 0.5 else len(data))


def _insert(data: bytearray, seeds: Sequence[bytes], random: Random) -> bytearray:
    place = _place(data, random)
    times = random.choice((1, 1, 1, 2, 10, 300))
    data[place:place] = random.choice(TOKENS) * times
    return data


def _cut(data: bytearray, seeds: Sequence[bytes], random: Random) -> bytearray:
    place = _place(data, random)
    del data[place : place + random.choice((1, 2, 10, 100, 1_000))]
    return data


def _flip(data: bytearray, seeds: Sequence[bytes], random: Random) -> bytearray:
    if data:
        data[min(_place(data, random), len(data) - 1)] = random.randrange(256)
    return data


def _repeat(data: bytearray, seeds: Sequence[bytes], random: Random) -> bytearray:
    start = _place(data, random)
    piece = data[start : start + random.choice((1, 3, 20, 200))]
    data[start:start] = piece * random.choice((1, 2, 50, 500))
    return data


def _splice(data: bytearray, seeds: Sequence[bytes], random: Random) -> bytearray:
    other = random.choice(seeds)
    start = random.randint(0, len(other))
    place = _place(data, random)
    data[place:place] = other[start : start + random.choice((50, 500, 5_000))]
    return data


def _lines(data: bytearray, seeds: Sequence[bytes], random: Random) -> bytearray:
    lines = data.split(b"\n")
    if len(lines) > 2:
        first, second = random.randrange(len(lines)), random.randrange(len(lines))
        lines[first], lines[second] = lines[second], lines[first]
    return bytearray(b"\n").join(lines)


_STEPS = (_insert, _insert, _insert, _cut, _flip, _repeat, _splice, _lines)
