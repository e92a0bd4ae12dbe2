"""Verifying who asks: a code goes to a way that was on file before, and they say it to the agent.

The agent never reads the code, and of where it went only so much that whoever is there recognises it. One dialog is
sent from and checked in several times: each time it keeps another `turn`, which makes the request's key another.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.actions import VERIFY
from intake_chat.domain.slack.blocks import Option
from intake_chat.domain.slack.dialogs.answers import TICKET, Answers
from intake_chat.domain.slack.dialogs.frames import form, sheet, titled
from intake_chat.domain.slack.dialogs.words import knows, term

Json = dict[str, Any]
CHECK: Final = "verify_code"
"""Callback id of the dialog that takes the code; `VERIFY` is that of the one that sends it."""
ANOTHER: Final = "verify_another"
"""Action id of the button that lets another code be sent."""
REFRESH: Final = "verify_refresh"
"""Action id of the button that shows what became of the one that was sent."""
FACTOR, CODE = "factor", "code"
TURN: Final = "turn"
_MOST_SHOWN: Final = 20
_DIGITS: Final = 6


def view(standing: Mapping[str, Any], turn: str, language: str, page: str | None = None) -> Json:
    """The dialog that sends a code; where there is no way for one, why.

    Args:
        standing: as the API tells of the ticket's verification.
        turn: different each time.
    """
    number, ways = standing["ticket"], list(standing.get("factors") or ())[:_MOST_SHOWN]
    useful = [one for one in ways if one["usable"]]
    shown = [*_who(standing, language), *_useless(ways, language)]
    if not useful:
        return sheet(VERIFY, number, [*shown, blocks.sentence(term("verify.none", language))], language, page=page)
    options = [Option(_way(one, language), str(one["id"])) for one in useful]
    where = blocks.choice(FACTOR, term("verify.where", language), options, initial=str(useful[0]["id"]))
    what = blocks.small(term("verify.what", language))
    return form(VERIFY, {"number": number}, [*shown, where, what], language, page=page, private={TURN: turn})


def checking(standing: Mapping[str, Any], turn: str, language: str, page: str | None = None) -> Json:
    """The dialog that takes the code which was sent."""
    number, code = standing["ticket"], standing["code"]
    sent = term("verify.sent", language, shown=code["shown"])
    until = blocks.spoken(
        blocks.words(f"{sent} {term('verify.until', language)} "),
        blocks.moment(datetime.fromisoformat(str(code["expires_at"]))),
    )
    shown = [until, *_delivery(code, language)]
    hint = term("verify.code.hint", language)
    shown.append(blocks.text_field(CODE, term("verify.code", language), most=20, hint=hint))
    rows = [
        blocks.button(ANOTHER, term("verify.another", language), str(number)),
        blocks.button(REFRESH, term("verify.refresh", language), str(number)),
    ]
    shown.append(blocks.buttons("verify_more", rows))
    made = form(CHECK, {"number": number}, shown, language, submit="verify.check", page=page, private={TURN: turn})
    return {**made, "title": blocks.plain(titled(VERIFY, number, language))}


def done(standing: Mapping[str, Any], language: str, page: str | None = None) -> Json:
    """That whoever asks is verified now."""
    return sheet(VERIFY, standing["ticket"], _who(standing, language), language, page=page)


def kept(number: int, turn: str) -> Json:
    """What the dialog that takes a code keeps, to take another one."""
    return {TICKET: number, TURN: turn}


def is_open(standing: Mapping[str, Any]) -> bool:
    """Whether a code was sent that can still be given."""
    return (standing.get("code") or {}).get("state") == "open"


def chosen(submitted: Mapping[str, Any]) -> tuple[int, str, str]:
    """(ticket, id of the way, turn) of where a code is to go.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(submitted)
    return answers.ticket, answers.chosen(FACTOR), str(answers.private.get(TURN) or "")


def given(submitted: Mapping[str, Any]) -> tuple[int, str, str]:
    """(ticket, six digits or "", turn) of a code that somebody said; however they were written.

    Raises:
        NotOurs: this is no dialog of ours.
    """
    answers = Answers(submitted)
    code = "".join(answers.text(CODE).split()).replace("-", "")
    whole = len(code) == _DIGITS and code.isascii() and code.isdigit()
    return answers.ticket, code if whole else "", str(answers.private.get(TURN) or "")


def _who(standing: Mapping[str, Any], language: str) -> list[Json]:
    """How sure it is who asks, and by what."""
    verified = standing.get("verified")
    if verified:
        return [blocks.sentence(term("verify.by", language, shown=verified["shown"]))]
    grade = str(standing.get("grade") or "claimed")
    return [blocks.sentence(term("verify.now", language, grade=term(f"grade.{grade}", language)))]


def _way(one: Mapping[str, Any], language: str) -> str:
    return term(f"verify.{one['medium']}", language, shown=one["shown"])


def _useless(ways: Sequence[Mapping[str, Any]], language: str) -> list[Json]:
    return [
        blocks.small(f"{_way(one, language)}: {_why_not(str(one['why_not']), language)}")
        for one in ways
        if not one["usable"]
    ]


def _why_not(why: str, language: str) -> str:
    key = f"verify.not.{why}"
    return term(key if knows(key) else "verify.not.other", language)


def _delivery(code: Mapping[str, Any], language: str) -> list[Json]:
    """That it did not arrive, or has arrived, as far as its channel says; of one on its way nothing."""
    state = str(code.get("delivery") or "")
    if state == "failed":
        return [blocks.sentence(f"⚠ {term('verify.failed', language)}")]
    return [blocks.small(term("verify.delivered", language))] if state == "delivered" else []
