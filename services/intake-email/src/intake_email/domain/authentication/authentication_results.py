"""What another server found out and wrote into `Authentication-Results` (RFC 8601), read leniently, believed rarely.

Anybody can write such a field. One counts only where its server is among the trusted ones and nothing that came from
outside stands above it; the trusted server has to remove forged ones under its own name (RFC 8601 section 5).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from intake_email.domain.authentication.public_suffix import ascii_domain, organizational_domain
from intake_email.domain.authentication.raw_fields import RawField, RawMail
from intake_email.domain.authentication.results import (
    FAIL,
    NEUTRAL,
    NONE,
    PERMERROR,
    SOFTFAIL,
    TEMPERROR,
    WORDS,
    Result,
)

FIELD_NAME = b"authentication-results"
VALUE_LIMIT_CHARS = 8_000
RESULT_LIMIT = 40
MICROSOFT = "outlook.com"
"""Microsoft 365 writes no server name into the field: trusting this domain trusts such fields."""
_OTHER_WORDS = {
    "hardfail": FAIL,  # Sendmail's and older Microsoft servers' word
    "sfail": SOFTFAIL,
    "policy": NEUTRAL,  # the signature holds, the server does not want it
    "discard": NEUTRAL,
    "bestguesspass": NONE,  # Microsoft: there is no record, but it would have passed
    "unknown": NEUTRAL,
    "error": PERMERROR,
    "invalid": PERMERROR,
    "temperr": TEMPERROR,
    "timeout": TEMPERROR,
}
_SPECIAL = re.compile(r'[();"\\]')
_PAIR = re.compile(r'([A-Za-z0-9._/-]{1,64}) ?= ?("[^"]{0,1000}"|[^\s"]{0,1000})')
_POLICY = re.compile(r"\bp=\s?([A-Za-z]{1,12})")
_BY = re.compile(r"\bby[ \t\r\n]{1,80}([^\s;()]{1,255})")
_IP = re.compile(r"\[?[0-9A-Fa-f:.]{2,45}\]?\Z")


@dataclass(frozen=True, slots=True)
class Reported:
    """One result that a server reports. Property names are in lower case (`header.d`)."""

    method: str
    word: str
    properties: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""

    def domain(self) -> str:
        """The domain that a DKIM, SPF or DMARC result is about; empty where it is not told."""
        names = {
            "dkim": ("header.d", "header.i"),
            "spf": ("smtp.mailfrom", "smtp.mail", "envelope-from", "smtp.helo"),
            "dmarc": ("header.from",),
        }.get(self.method, ())
        for name in names:
            if value := self.properties.get(name):
                return ascii_domain(value.strip("<>").rpartition("@")[2]) or ""
        return ""

    def policy(self) -> str | None:
        """The policy of a DMARC result, where the server tells it."""
        found = self.properties.get("policy.published-domain-policy") or self.properties.get("policy.dmarc")
        match = None if found else _POLICY.search(self.comment)
        wish = (found or (match.group(1) if match else "") or self.properties.get("action", "")).lower()
        return {"oreject": "reject"}.get(wish, wish) if wish in ("none", "quarantine", "reject", "oreject") else None

    def result(self) -> Result:
        """The same without properties."""
        return Result(self.word, "", self.domain())


def read_results(value: str) -> tuple[str | None, list[Reported]]:
    """The server (None where it is not named) and its results, out of the value of the field.

    Comments, folding, versions, missing blanks and unknown methods do not disturb it; a word that is none of RFC 8601
    becomes the nearest one.
    """
    pieces = _pieces(" ".join(value[:VALUE_LIMIT_CHARS].split()))
    if not pieces:
        return None, []
    first, _ = pieces[0]
    head = first.split(" ", 1)[0]
    server = None if "=" in head or not head else head.lower()
    # Behind the server may stand a version, and in old Yahoo mails a result without a semicolon before it.
    rest = first if server is None else first[len(head) :]
    results = [_result(text, comment) for text, comment in [(rest, pieces[0][1]), *pieces[1:]][:RESULT_LIMIT]]
    return server, [result for result in results if result is not None]


def read_sealed_results(source: RawField) -> list[Reported]:
    """The results in an `ARC-Authentication-Results`; whether to believe them is its sealer's matter."""
    return read_results(source.value.decode("utf-8", "replace").partition(";")[2])[1]


def trusted_results(mail: RawMail, servers: Collection[str]) -> list[Reported]:
    """What the trusted servers report, from the topmost group of their fields; empty if they say nothing.

    A trusted server's name covers the names below it. The search ends at the first Received that was written by a host
    that is neither in a trusted server's domain nor an address nor a local name, and at any Received below the first
    trusted field: what follows came with the mail.
    """
    found: list[Reported] = []
    for source in mail.fields:
        if source.name == b"received":
            if found or not _written_inside(source, servers):
                break
        elif source.name == FIELD_NAME:
            server, results = read_results(source.value.decode("utf-8", "replace"))
            if _is_trusted(server or MICROSOFT, servers):
                known = {result.method for result in found}
                found += [result for result in results if result.method not in known]
    return found


def _pieces(value: str) -> list[tuple[str, str]]:
    """The parts between semicolons as (text, comment); semicolons in comments and quotes do not part."""
    pieces: list[tuple[str, str]] = []
    text: list[str] = []
    comment: list[str] = []
    depth, quoted, start, skip = 0, False, 0, -1
    for match in _SPECIAL.finditer(value):
        place, character = match.start(), match.group()
        if place == skip:
            continue
        if character == "\\":
            skip = place + 1
            continue
        if character == '"':
            quoted = depth == 0 and not quoted
            continue
        if quoted or (depth == 0 and character == ")"):
            continue
        (comment if depth else text).append(value[start:place])
        start = place + 1
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif depth == 0:
            pieces.append((" ".join("".join(text).split()), " ".join(comment)))
            text, comment = [], []
        # A blank where a comment was, so that `pass(p=none)header.d=x` stays two words.
        text.append(" ")
    (comment if depth else text).append(value[start:])
    pieces.append((" ".join("".join(text).split()), " ".join(comment)))
    return pieces


def _result(text: str, comment: str) -> Reported | None:
    pairs = [(name.lower(), value.strip('"')) for name, value in _PAIR.findall(text)]
    # Old Yahoo fields begin a result with `from=domain`.
    while pairs and pairs[0][0] == "from":
        pairs.pop(0)
    if not pairs:
        return None
    word = pairs[0][1].lower()
    if (word := _OTHER_WORDS.get(word, word)) not in WORDS:
        return None
    return Reported(pairs[0][0].partition("/")[0], word, dict(pairs[:0:-1]), comment)


def _is_trusted(server: str, servers: Collection[str]) -> bool:
    return any(server == one or server.endswith("." + one) for one in servers)


def _written_inside(received: RawField, servers: Collection[str]) -> bool:
    match = _BY.search(received.value[:2_000].decode("latin-1"))
    if match is None:
        return True
    host = match.group(1).lower().rstrip(".")
    if "." not in host or _IP.match(host) or _is_trusted(host, servers):
        return True
    parent = organizational_domain(host)
    return parent is not None and any(parent == organizational_domain(one) for one in servers)
