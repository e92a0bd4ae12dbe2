"""SPF (RFC 7208): may this host send for this domain? By pyspf, fed from the asynchronous resolver.

pyspf blocks on every look-up. Here it never looks anything up: it runs on the answers that are known, stops at the
first that is missing, and runs again once that is there. No thread waits and no global hook is set.
"""

import time
import warnings
from collections.abc import Iterable
from typing import Any

from intake_email.adapters.dns_names import MX, TXT, Answer, LooksUpNames, look_up_all
from intake_email.domain.authentication.public_suffix import NAME_LIMIT_CHARS, ascii_domain
from intake_email.domain.authentication.results import NONE, PERMERROR, TEMPERROR, WORDS, Result

with warnings.catch_warnings():
    # Its docstrings hold escapes that Python 3.11 warns about when it compiles them.
    warnings.simplefilter("ignore")
    import spf  # type: ignore[import-untyped] # it ships no types

ROUND_LIMIT = 60
NAME_LIMIT = 60
"""RFC 7208 section 4.6.4 allows ten mechanisms that look up, and up to ten addresses for an `mx`; honest records stay
far below."""
CPU_LIMIT_SECONDS = 0.1
RECORD_LIMIT_CHARS = 4_096
TERM_LIMIT_CHARS = 300
"""pyspf takes time with the square of a term's length; no name that a term may expand to has more than 253."""
AHEAD_LIMIT = 10
_RECORD_START = "v=spf1"
# pyspf answers records with an error of its own or, on some broken ones, with whatever Python raises.
_STUMBLES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class _Missing(Exception):
    """An answer that the evaluation needs is not there yet."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(name, kind)
        self.name = name
        self.kind = kind


class _Query(spf.query):  # type: ignore[misc] # so its classes are Any
    """An evaluation on known answers."""

    def __init__(self, answers: dict[tuple[str, str], Answer], peer: str, sender: str, greeting: str) -> None:
        super().__init__(peer, sender, greeting)
        self._answers = answers

    def dns(self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False) -> list[Any]:  # noqa: ARG002 # pyspf calls it so
        """What pyspf calls for every look-up; aliases were followed by the resolver."""
        name = str(name).rstrip(".").lower()
        if len(name) > NAME_LIMIT_CHARS or not all(0 < len(label) < 64 for label in name.split(".")):
            return []
        answer = self._answers.get((name, qtype))
        if answer is None:
            raise _Missing(name, qtype)
        if answer.failed:
            raise spf.TempError(f"DNS: {name} {qtype}")
        if not answer.records and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("too many names that do not exist")
        if qtype == TXT:
            if not all(map(_is_bearable, answer.records)):
                raise spf.PermError("the record is too long")
            return [[record.encode("latin-1")] for record in answer.records]
        if qtype == MX:
            return list(enumerate(answer.records))
        return list(answer.records)

    def get_explanation(self, spec: str) -> None:  # noqa: ARG002 # pyspf calls it so
        """The owner's words for a refusal: nobody reads them here, so they are not fetched."""
        return


async def check_spf(names: LooksUpNames, *, peer: str, sender: str, greeting: str, deadline_at: float) -> Result:
    """Whether the peer may send for the domain of the sender, or with the null sender for the name it greeted with.

    Args:
        names: the resolver.
        peer: address of the connected host.
        sender: reverse path; empty for the null sender.
        greeting: name in HELO or EHLO.
        deadline_at: in the loop's time.
    """
    local, _, host = sender.rpartition("@")
    domain = ascii_domain(host if sender else greeting)
    if domain is None or "." not in domain or domain.startswith("["):
        return Result(NONE, "no domain to ask", domain or "")
    local = local if local.isascii() else local.encode("ascii", "replace").decode()
    sender = f"{local or 'postmaster'}@{domain}"
    answers: dict[tuple[str, str], Answer] = {}
    spent = 0.0
    for _ in range(ROUND_LIMIT):
        started = time.thread_time()
        found = _evaluate(answers, peer, sender, greeting)
        spent += time.thread_time() - started
        if isinstance(found, Result):
            return Result(found.word, found.reason, domain)
        if len(answers) >= NAME_LIMIT or spent > CPU_LIMIT_SECONDS:
            return Result(PERMERROR, "the record asks for too much", domain)
        await _fetch(names, found, answers, deadline_at)
    return Result(PERMERROR, "the record asks for too much", domain)


def _evaluate(
    answers: dict[tuple[str, str], Answer], peer: str, sender: str, greeting: str
) -> Result | tuple[str, str]:
    """The result, or the name and kind that is needed for it."""
    try:
        word, _, reason = _Query(answers, peer, sender, greeting or "unknown").check()
    except _Missing as missing:
        return missing.name, missing.kind
    except (spf.PermError, *_STUMBLES):
        return Result(PERMERROR, "the record cannot be read")
    if word not in WORDS:
        return Result(PERMERROR, "the record cannot be read")
    return Result(word, str(reason)[:120] if word in (PERMERROR, TEMPERROR) else "")


async def _fetch(
    names: LooksUpNames, wanted: tuple[str, str], answers: dict[tuple[str, str], Answer], deadline_at: float
) -> None:
    """Fetch an answer; behind a record of many includes, those too, all at once."""
    answer = answers[wanted] = await names.look_up(*wanted, deadline_at)
    if wanted[1] != TXT:
        return
    ahead = [key for key in _named_in(answer.records) if key not in answers][:AHEAD_LIMIT]
    if len(ahead) > 1:
        found = await look_up_all(names, ahead, deadline_at)
        answers.update(found)


def _named_in(records: Iterable[str]) -> list[tuple[str, str]]:
    """The records that an SPF record includes by plain name."""
    found: list[tuple[str, str]] = []
    for record in records:
        if record[:6].lower() != _RECORD_START or not _is_bearable(record):
            continue
        for term in record.lower().split():
            name = term.lstrip("+?~-").removeprefix("include:")
            if name != term.lstrip("+?~-") and "%" not in name and (domain := ascii_domain(name)):
                found.append((domain, TXT))
    return found


def _is_bearable(record: str) -> bool:
    """Whether pyspf may see a TXT record: it is no policy, or one of bearable length."""
    if record[:6].lower() != _RECORD_START:
        return True
    return len(record) <= RECORD_LIMIT_CHARS and all(len(term) <= TERM_LIMIT_CHARS for term in record.split(" "))
