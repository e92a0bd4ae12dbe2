"""Hostile mails, and what they cost: `python -m tests.fuzz.hostile [--json] [WORD…]`.

Each is read by what `intake-email parse` calls, in a process of its own; printed are the processor time of the answer
and how much the process grew by it. Exits with 1 where one takes longer than a second or is not answered.
"""

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from intake_email.adapters.languages import language_of
from intake_email.handlers.parse import described

MIB = 1024 * 1024
SLOW_SECONDS = 1.0
GROWTH_LIMIT_BYTES = 300 * MIB
"""Beside the mail itself, several times: as bytes, decoded, as text, and as JSON."""
_PATIENCE_SECONDS = 60
_HEAD = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
_HTML = _HEAD + b"Content-Type: text/html\r\n\r\n"
_MIXED = _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
_DAEMON = b"From: MAILER-DAEMON@x.example\r\nReturn-Path: <>\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\n"


def _nested(depth: int, kind: bytes) -> bytes:
    lines = [b"--b%d\r\nContent-Type: multipart/%s; boundary=b%d\r\n\r\n" % (n, kind, n + 1) for n in range(depth)]
    return _HEAD + b"Content-Type: multipart/%s; boundary=b0\r\n\r\n" % kind + b"".join(lines) + b"\r\nhello\r\n"


@cache
def mails() -> dict[str, bytes]:
    """Hostile mails by name."""
    return {
        **_structures(),
        **_headers(),
        **_texts(),
        **_htmls(),
        **_encodings(),
        **_reports(),
    }


def _structures() -> dict[str, bytes]:
    return {
        "20,000 containers in each other": _nested(20_000, b"mixed"),
        "5,000 alternatives in each other": _nested(5_000, b"alternative"),
        "3,000 digests in each other": _nested(3_000, b"digest"),
        "20,000 containers, one boundary": _MIXED
        + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 20_000,
        "3,000 mails in each other": _HEAD + (b"Content-Type: message/rfc822\r\n\r\n" + _HEAD) * 3_000 + b"\r\nx",
        "100,000 parts": _MIXED + b"--b\r\n\r\nx\r\n" * 100_000,
        "100,000 html parts": _MIXED + b"--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n" * 100_000,
        "100 html parts of 24 KB": _MIXED
        + (b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<p>x</p>" * 3_000 + b"\r\n") * 100,
        "a boundary of one dash": _HEAD
        + b'Content-Type: multipart/mixed; boundary="-"\r\n\r\n'
        + b"---" * 400_000
        + b"\r\n---\r\n" * 100_000,
        "no boundary, 80,000 that might be": _HEAD
        + b"Content-Type: multipart/mixed\r\n\r\n"
        + b"--a\r\nContent-\r\n" * 80_000,
        "a container with 50,000 attributes": _HEAD
        + b"Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22\x00\x00"
        + b"\x02\x02\x90\x06\x00\x00\x00\x00\x00\x00\x00" * 50_000,
        "an attachment of 25 MB": _HEAD
        + b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + (b"QUJD" * 19 + b"\r\n") * 330_000,
    }


def _headers() -> dict[str, bytes]:
    return {
        "100,000 headers": _HEAD + b"X-A: b\r\n" * 100_000 + b"\r\nx",
        "a header of a megabyte": _HEAD + b"X-A: " + b"a" * MIB + b"\r\n\r\nx",
        "a header folded 2 million times": _HEAD + b"X-A: " + b"a\r\n " * 2_000_000 + b"\r\n\r\nx",
        "80,000 encoded words": b"From: a@b.example\r\nSubject: " + b"=?utf-8?q?a?= " * 80_000 + b"\r\n\r\nx",
        "100,000 words without an end": b"From: a@b.example\r\nSubject: " + b"=?utf-8?b?" * 100_000 + b"\r\n\r\nx",
        "10,000 ends of a word": b"From: a@b.example\r\nSubject: " + b"=?a?q??=3D" * 10_000 + b"\r\n\r\nx",
        "150,000 senders": b"From: " + b"a@b.example, " * 150_000 + b"\r\n\r\nx",
        "a megabyte of quotation marks": b"From: " + b'"' * MIB + b"\r\n\r\nx",
        "a megabyte of parentheses": b"From: " + b"(" * MIB + b"\r\n\r\nx",
        "a megabyte of angle brackets": b"From: " + b"<" * MIB + b"\r\n\r\nx",
        "names that might go on": b"From: " + b'a,"",' * 100_000 + b"\r\n\r\nx",
        "100,000 references": _HEAD + b"References: " + b"<a@b> " * 100_000 + b"\r\n\r\nx",
        "200,000 parameters": _HEAD + b"Content-Type: text/plain; " + b"a=b; " * 200_000 + b"\r\n\r\nx",
        "200,000 quoted pieces": _HEAD + b"Content-Type: text/plain; name=" + b'"a"' * 200_000 + b"\r\n\r\nx",
        "100,000 semicolons": _HEAD + b"Content-Type: text/plain" + b";" * 100_000 + b"\r\n\r\nx",
    }


def _texts() -> dict[str, bytes]:
    body = _HEAD + b"\r\n"
    return {
        "60,000 quoted lines": body + b"hi\r\n" + b"> quoted line here\r\n" * 60_000,
        "a megabyte of >": body + b">" * MIB,
        "300,000 lines of >": body + b">\r\n" * 300_000,
        "30,000 attributions on one line": body + b"On Mon, 1 Jan 2024 at 10:00, foo " * 30_000,
        "30,000 attributions": body + b"On Mon, 1 Jan 2024 at 10:00, foo\r\n" * 30_000,
        "60,000 header blocks": body + b"From: a\r\nSent: b\r\n" * 60_000,
        "a megabyte of dashes": body + b"-" * MIB,
        "200,000 rules": body + b"-----\r\n" * 200_000,
        "a megabyte of spaces": body + b" " * MIB + b"x",
        "500,000 empty lines": body + b"\r\n" * 500_000 + b"x",
        "one line of 5 MB": body + b"a" * 5 * MIB,
        "25 MB of text": body + b"Hello world this is text\r\n" * MIB,
    }


def _htmls() -> dict[str, bytes]:
    return {
        "50,000 divs": _HTML + b"<div>" * 50_000,
        "50,000 blockquotes": _HTML + b"<blockquote>" * 50_000 + b"x",
        "20,000 tables in each other": _HTML + b"<table><tr><td>" * 20_000 + b"x",
        "25,000 lists": _HTML + b"<ul><li>" * 25_000 + b"x",
        "a megabyte of <": _HTML + b"<" * MIB,
        "200,000 attributes": _HTML + b"<a " + b"b=c " * 200_000 + b">x",
        "200,000 comments": _HTML + b"<!--" * 200_000,
        "200,000 entities": _HTML + b"&amp;" * 200_000,
        "misnested links": _HTML + b"<a><p></a>" * 20_000,
        "a style of a megabyte": _HTML + b"<p style='" + b"color:red;" * 100_000 + b"'>x",
        "20,000 pictures": _HTML + b"<img src=cid:x>" * 20_000,
    }


def _encodings() -> dict[str, bytes]:
    return {
        "UTF-7": _HEAD + b"Content-Type: text/plain; charset=utf-7\r\n\r\n" + b"+AD4-" * 200_000,
        "100,000 escape sequences": _HEAD
        + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
        + b'\x1b$B$"\x1b(B' * 100_000,
        "every byte, a megabyte": _HEAD + b"\r\n" + bytes(range(128, 256)) * 8_000,
        "padding in base64": _HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"====A" * 200_000,
        "equals signs": _HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"==" * 500_000,
        "80,000 beginnings of files": _HEAD + b"\r\n" + b"begin 644 a\r\n" * 80_000,
        "NUL": b"\0" * MIB,
        "random bytes": random.Random(1).randbytes(MIB),
        "nothing": b"",
        "line ends": b"\r\n" * MIB,
    }


def _reports() -> dict[str, bytes]:
    group = b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
    report = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n"
    return {
        "100,000 recipients in a report": _HEAD
        + report
        + b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        + group * 100_000
        + b"--b--",
        "20,000 recipients in prose": _DAEMON + b"<a@b.example>: host mx[1.2.3.4] said: 550 5.1.1 unknown\r\n" * 20_000,
        "100,000 lines of a dialogue": _DAEMON + b">>> RCPT TO:<a@b.example>\r\n<<< 550 no\r\n" * 50_000,
        "200,000 addresses on a line": _DAEMON + b"a@b.example " * 200_000,
        "a megabyte of at signs": _DAEMON + b"@" * MIB,
    }


def measure(path: Path) -> dict[str, float | int | bool]:
    """Seconds and bytes that answering one mail costs this process, and whether there was an answer."""
    raw = path.read_bytes()
    memory, started = _peak_bytes(), time.process_time()
    answer = orjson.dumps(described(raw, language_of))
    seconds, grown = time.process_time() - started, _peak_bytes() - memory
    complete = b'"message_id"' in answer and b"reading it failed" not in answer
    return {"seconds": round(seconds, 3), "grown_bytes": grown, "size_bytes": len(raw), "answered": complete}


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextmanager
def measuring() -> Iterator[Callable[[str], dict[str, Any]]]:
    """What measures a mail, by its name, in a process of its own: no mail grows into the memory of another.

    They are forks of one process that has loaded everything: loading takes longer than answering most mails.
    """
    command = [sys.executable, "-m", "tests.fuzz.hostile", "--each"]
    with (
        tempfile.NamedTemporaryFile(suffix=".eml") as file,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forking,
    ):
        asked, told = forking.stdin, forking.stdout
        assert asked
        assert told

        def measure_one(name: str) -> dict[str, Any]:
            size_bytes = Path(file.name).write_bytes(mails()[name])
            asked.write(f"{file.name}\n")
            asked.flush()
            found: dict[str, Any] | None = json.loads(told.readline())
            return found or {
                "seconds": _PATIENCE_SECONDS,
                "grown_bytes": 0,
                "size_bytes": size_bytes,
                "answered": False,
            }

        yield measure_one


def _measure_each() -> None:
    """Measure every mail whose path comes in, each in a fork; `null` where that died or took too long."""
    described(_HEAD + b"\r\nhola, esto es una prueba para cargar lo que haga falta\r\n", language_of)
    for line in sys.stdin:
        if not (child := os.fork()):
            signal.alarm(_PATIENCE_SECONDS)  # its death, also amid C code
            print(json.dumps(measure(Path(line.strip()))), flush=True)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            print("null", flush=True)


def is_bearable(cost: dict[str, Any]) -> bool:
    """Whether a mail was answered within a second and within the memory that it may take."""
    return bool(cost["answered"] and cost["seconds"] <= SLOW_SECONDS and cost["grown_bytes"] <= GROWTH_LIMIT_BYTES)


def main() -> int:
    """Print the table; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.hostile", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("words", nargs="*", help="only the mails whose name has one of these")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--each", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.each:
        _measure_each()
        return 0
    names = [name for name in mails() if not options.words or any(word in name for word in options.words)]
    costs = {}
    if not options.json:
        print(f"{'mail':<40}{'size':>12}{'seconds':>10}{'grown by':>12}")
    with measuring() as measure_one:
        for name in names:
            costs[name] = cost = measure_one(name)
            if not options.json:
                mark = "" if is_bearable(cost) else "  FAILED"
                size, grown = cost["size_bytes"] / MIB, cost["grown_bytes"] / MIB
                print(f"{name:<40}{size:>8.1f} MiB{cost['seconds']:>10.2f}{grown:>8.0f} MiB{mark}", flush=True)
    if options.json:
        print(json.dumps(costs, indent=2))
    return int(not all(map(is_bearable, costs.values())))


if __name__ == "__main__":
    raise SystemExit(main())
