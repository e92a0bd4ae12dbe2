"""Judging an answer: one check for each thing that is expected of a mail."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.mail_score import comparing
from tests.mail_score.corpus import HEADERS, Case
from tests.mail_score.readers import FIELDS, Answer
from tests.mail_score.safety import dangers

KINDS = (
    "answer for every mail", "from", "other headers", "text", "reply text", "html safety", "attachments", "class",
    "person taken for a bounce", "bounce recipient", "bounce status", "bounce reason", "bounce diagnostic", "language",
)  # fmt: skip
ANSWER_SECONDS = 1.0
"""What even a hostile mail may take, in seconds of processor time: other work on the machine does not count."""
_RETURNED = ("bounce", "dsn")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was expected of a mail, and whether it came."""

    case: str
    kind: str
    field: str
    expected: Any
    got: Any
    right: bool


def judge(case: Case, answer: Answer) -> list[Check]:
    """The checks of a mail, the same ones for any answer; where there is none, all that asks for something is wrong."""
    missing = sorted(FIELDS - set(answer.fields or ()))
    answered = answer.fields is not None and not missing and answer.seconds <= ANSWER_SECONDS
    got = f"{answer.seconds:.2f} s, without {missing}" if answer.fields is not None else "no answer"
    checks = [Check(case.name, "answer for every mail", "answer", "an answer within a second", got, answered)]
    fields = answer.fields or {}
    for kind, field, expected, got, right in _judged(case.expected, fields):
        checks.append(Check(case.name, kind, field, expected, got, right and answer.fields is not None))
    if case.by_person:
        said = fields.get("bounce") or fields.get("auto_submitted")
        taken = fields.get("auto_submitted") in _RETURNED or fields.get("bounce") is not None
        checks.append(Check(case.name, "person taken for a bounce", "bounce", None, said, not taken))
    return checks


_Judged = tuple[str, str, Any, Any, bool]


def _judged(expected: dict[str, Any], fields: dict[str, Any]) -> Iterator[_Judged]:
    if "from" in expected:
        yield (
            "from",
            "from",
            expected["from"],
            fields.get("from"),
            comparing.same_mailbox(expected["from"], fields.get("from")),
        )
    for name in HEADERS:
        if name in expected:
            got = fields.get(name)
            yield "other headers", name, expected[name], got, comparing.same_header(name, expected[name], got)
    yield from _texts(expected, fields)
    yield from _html(expected, fields.get("html"))
    if "attachments" in expected:
        wanted, got = expected["attachments"], fields.get("attachments")
        yield "attachments", "attachments", wanted, got, comparing.same_attachments(wanted, got)
    if "language" in expected:
        wanted, got = expected["language"], fields.get("language")
        yield "language", "language", wanted, got, comparing.same_language(wanted, got)
    yield from _class(expected, fields)


def _texts(expected: dict[str, Any], fields: dict[str, Any]) -> Iterator[_Judged]:
    text = comparing.words(fields.get("text"))
    if "text" in expected:
        yield "text", "text", expected["text"], fields.get("text"), text == comparing.words(expected["text"])
    if wanted := expected.get("text_contains"):
        yield "text", "text_contains", wanted, text, all(comparing.words(one) in text for one in wanted)
    if unwanted := expected.get("text_lacks"):
        yield "text", "text_lacks", unwanted, text, not any(comparing.words(one) in text for one in unwanted)
    if "reply_text" in expected:
        wanted, got = expected["reply_text"], fields.get("reply_text")
        yield "reply text", "reply_text", wanted, got, comparing.words(wanted) == comparing.words(got)


def _html(expected: dict[str, Any], html: Any) -> Iterator[_Judged]:
    if not {"html", "html_contains", "html_lacks"} & set(expected):
        return
    shown = html if isinstance(html, str) else ""
    if "html" in expected:
        wanted = expected["html"]
        right = html is None if wanted is None else comparing.words(html) == comparing.words(wanted)
        yield "html safety", "html", wanted, html, right
    if wanted := expected.get("html_contains"):
        yield "html safety", "html_contains", wanted, html, all(one in shown for one in wanted)
    if unwanted := expected.get("html_lacks"):
        yield "html safety", "html_lacks", unwanted, html, not any(one.lower() in shown.lower() for one in unwanted)
    found = dangers(shown)
    yield "html safety", "html", "nothing dangerous", found, not found


def _class(expected: dict[str, Any], fields: dict[str, Any]) -> Iterator[_Judged]:
    kind, got = expected.get("auto_submitted"), fields.get("auto_submitted")
    if kind is not None:
        yield "class", "auto_submitted", kind, got, kind == got
    if "bounce" not in expected:
        return
    bounce = expected["bounce"]
    if bounce is None:
        if kind != "no":
            yield "class", "bounce", None, fields.get("bounce"), fields.get("bounce") is None
        return
    yield from _bounces(_listed(bounce), _listed(fields.get("bounce")))


def _bounces(expected: list[dict[str, Any]], got: list[dict[str, Any]]) -> Iterator[_Judged]:
    if any("recipient" in one for one in expected):
        recipients = sorted(comparing.address(one.get("recipient")) for one in expected)
        found = sorted(comparing.address(one.get("recipient")) for one in got)
        yield "bounce recipient", "recipient", recipients, found, recipients == found
    by_recipient = {comparing.address(one.get("recipient")): one for one in got}
    for index, one in enumerate(expected):
        nearest = got[index] if index < len(got) else {}
        meant = by_recipient.get(comparing.address(one.get("recipient")), nearest)
        for name in ("status", "reason"):
            if name in one:
                yield f"bounce {name}", name, one[name], meant.get(name), one[name] == meant.get(name) and bool(meant)
        diagnostic = comparing.words(meant.get("diagnostic"))
        if one.get("diagnostic"):
            # Where it begins and ends is a matter of taste: that it says something is what an agent needs.
            yield "bounce diagnostic", "diagnostic", one["diagnostic"], diagnostic, bool(diagnostic)
        if wanted := one.get("diagnostic_contains"):
            parts = [wanted] if isinstance(wanted, str) else wanted
            right = all(comparing.words(part) in diagnostic for part in parts)
            yield "bounce diagnostic", "diagnostic_contains", wanted, diagnostic, right


def _listed(bounce: Any) -> list[dict[str, Any]]:
    return bounce if isinstance(bounce, list) else [bounce] if isinstance(bounce, dict) else []
