"""What rules may look at: typed facts with dotted names, read from one received message and what is known around it.

`CATALOGUE` is the whole list; a rule that names another fact is refused when the file is checked. A fact that is not
known for a message (no DMARC verdict, for example) is None: neither true nor false, see `domain.conditions`.

Anybody can write any address into a mail. What is known of a customer is therefore a fact only of a sender whose
identity somebody stands behind (`PROVEN_GRADES`), whatever the channel: the channel says so by the grade.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum
from typing import Final

from router.domain.wording import Words, fold, words_of
from ventanilla_contracts.events import MessageReceived, Undelivered
from ventanilla_contracts.routing import ALWAYS, CustomerFacts, OrganisationFacts, RoutingContext
from ventanilla_contracts.words import AUTOMATION, CHANNELS, DISPOSITIONS, GRADES

SUBJECT_LIMIT_CHARS: Final = 998
TEXT_LIMIT_CHARS: Final = 8_000
"""Rules see this much of a text: what matters stands at the beginning, and evaluation stays bounded."""
LIST_LIMIT: Final = 50
_SCORE_LIMIT: Final = 1_000_000.0
PROVEN_GRADES: Final = ("verified", "plausible")
"""Senders of whom more is believed than what they say of themselves."""
CALENDAR_FACT: Final = "time.open"
"""Needs a calendar that the rule set names."""

PROTECTIONS: Final = ("pgp-encrypted", "pgp-signed", "smime-encrypted", "smime-signed")
SUSPICIONS: Final = ("dmarc_fail", "own_domain", "lookalike", "display_name")
BOUNCE_REASONS: Final = (
    "user_unknown", "mailbox_full", "host_unknown", "message_too_big", "policy", "expired", "other",
)  # fmt: skip

SHOWN_LIMIT_CHARS: Final = 80
SHOWN_LIMIT_ITEMS: Final = 5

Value = str | int | bool | tuple[str, ...] | tuple[int, ...] | None


class Kind(Enum):
    """Type of a fact; the value is its name in messages to people."""

    TEXT = "text"
    NUMBER = "whole number"
    TRUTH = "true or false"
    LIST = "list of texts"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its type, and how it is read.

    Attributes:
        wording: `mentions` may be asked of it; there is a fact of the same name with `_folded` at its end.
        form: brings what a rule compares it with into the form that the fact has.
        words: all the values that it can have, where they are few.
    """

    kind: Kind
    read: Callable[["Facts"], Value]
    wording: bool = False
    form: Callable[[str], str] = str
    words: tuple[str, ...] = ()


class Facts(dict[str, Value]):
    """The facts of one message; each is computed when a rule first asks for it."""

    def __init__(
        self,
        received: MessageReceived,
        now: datetime,
        zone: tzinfo,
        context: RoutingContext | None = None,
        calendar: str | None = None,
    ) -> None:
        """What is known of one message.

        Args:
            received: the message.
            now: the time of the decision, aware.
            zone: where the desk's day begins.
            context: what is known outside the message; None: nothing.
            calendar: the one that `time.open` speaks of.
        """
        super().__init__()
        self.received = received
        self.context = context
        self.calendar = calendar
        self._now = now
        self._zone = zone
        self._words: dict[str, Words] = {}
        self.memory: dict[object, object] = {}
        """Where an engine keeps what it has made of these facts."""

    def __missing__(self, name: str) -> Value:
        value = self[name] = CATALOGUE[name].read(self)
        return value

    def words(self, name: str) -> Words:
        """The words of a text fact."""
        words = self._words.get(name)
        if words is None:
            words = self._words[name] = words_of(str(self[f"{name}_folded"]))
        return words

    def shown(self, names: Iterable[str]) -> dict[str, object]:
        """Facts with their values as a trace records them: cut."""
        return {name: _cut(self[name]) for name in names}

    def local_time(self) -> datetime:
        """The time of the decision in the desk's zone."""
        return self._now.astimezone(self._zone)


def _cut(value: Value) -> object:
    if isinstance(value, str):
        return value if len(value) <= SHOWN_LIMIT_CHARS else value[: SHOWN_LIMIT_CHARS - 1] + "…"
    if isinstance(value, tuple):
        return [_cut(item) for item in value[:SHOWN_LIMIT_ITEMS]]
    return value


def _subject(facts: Facts) -> str:
    return facts.received.subject[:SUBJECT_LIMIT_CHARS]


def _new_words(facts: Facts) -> str:
    """What is newly written: the quoted history would decide about every answer as it did about the first mail."""
    received = facts.received
    return received.text if received.reply_text is None else received.reply_text


def _text(facts: Facts) -> str:
    return _new_words(facts)[:TEXT_LIMIT_CHARS]


def _full_text(facts: Facts) -> str:
    return facts.received.text[:TEXT_LIMIT_CHARS]


def _content(facts: Facts) -> str:
    return f"{_subject(facts)}\n{_text(facts)}"


def _domain(facts: Facts) -> str:
    _, at, domain = facts.received.sender.address.lower().rpartition("@")
    return domain if at else ""


def _spam(facts: Facts) -> bool | None:
    filtered = facts.received.filtered
    return None if filtered is None else filtered.spam


def _spam_score(facts: Facts) -> int | None:
    filtered = facts.received.filtered
    if filtered is None or filtered.score is None or not math.isfinite(filtered.score):
        return None
    return math.floor(max(-_SCORE_LIMIT, min(filtered.score, _SCORE_LIMIT)))


def _bounce(facts: Facts) -> Undelivered | None:
    """The first report of a mail that was not delivered."""
    return next((report for report in facts.received.undelivered if report.action == "failed"), None)


def _bounce_reason(facts: Facts) -> str | None:
    report = _bounce(facts)
    return report.reason if report else None


def _bounce_status(facts: Facts) -> str | None:
    report = _bounce(facts)
    return report.status if report else None


def _is_reply(facts: Facts) -> bool:
    threading = facts.received.threading
    return bool(threading.in_reply_to or threading.references or threading.reply_token)


def _customer(facts: Facts) -> CustomerFacts | None:
    context = facts.context
    if context is None or facts.received.authentication.grade not in PROVEN_GRADES:
        return None
    return context.customer


def _organisation(facts: Facts) -> OrganisationFacts | None:
    """The customer's own, else the one that the sender's domain belongs to."""
    context = facts.context
    if context is None or facts.received.authentication.grade not in PROVEN_GRADES:
        return None
    customer = context.customer
    return (customer.organisation if customer else None) or context.organisation


def _of_customer(read: Callable[[CustomerFacts], Value]) -> Callable[[Facts], Value]:
    def of(facts: Facts) -> Value:
        customer = _customer(facts)
        return None if customer is None else read(customer)

    return of


def _of_organisation(read: Callable[[OrganisationFacts], Value]) -> Callable[[Facts], Value]:
    def of(facts: Facts) -> Value:
        organisation = _organisation(facts)
        return None if organisation is None else read(organisation)

    return of


def _tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(tag.lower() for tag in tags[:LIST_LIMIT])


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _open(facts: Facts) -> bool | None:
    if facts.calendar == ALWAYS:
        return True
    if facts.context is None or facts.calendar is None:
        return None
    return facts.context.open_now.get(facts.calendar)


def _team_called(facts: Facts) -> str:
    call = facts.received.call
    return (call.team if call else None) or ""


def _call_taken(facts: Facts) -> bool:
    call = facts.received.call
    return call is not None and call.taken_by is not None


def _names(facts: Facts) -> tuple[str, ...]:
    return tuple(fold(item.filename) for item in facts.received.attachments[:LIST_LIMIT])


def _types(facts: Facts) -> tuple[str, ...]:
    return tuple(item.content_type.lower() for item in facts.received.attachments[:LIST_LIMIT])


CATALOGUE: Final[dict[str, Fact]] = {
    "message.channel": Fact(Kind.TEXT, lambda facts: facts.received.channel, words=CHANNELS),
    "message.account": Fact(Kind.TEXT, lambda facts: facts.received.account.lower(), form=str.lower),
    "message.disposition": Fact(Kind.TEXT, lambda facts: facts.received.disposition, words=DISPOSITIONS),
    "message.subject": Fact(Kind.TEXT, _subject, wording=True),
    "message.text": Fact(Kind.TEXT, _text, wording=True),
    "message.content": Fact(Kind.TEXT, _content, wording=True),
    "message.subject_folded": Fact(Kind.TEXT, lambda facts: fold(_subject(facts)), form=fold),
    "message.text_folded": Fact(Kind.TEXT, lambda facts: fold(_text(facts)), form=fold),
    "message.content_folded": Fact(Kind.TEXT, lambda facts: fold(_content(facts)), form=fold),
    "message.reply_text": Fact(Kind.TEXT, _text, wording=True),
    "message.reply_text_folded": Fact(Kind.TEXT, lambda facts: fold(_text(facts)), form=fold),
    "message.full_text": Fact(Kind.TEXT, _full_text, wording=True),
    "message.full_text_folded": Fact(Kind.TEXT, lambda facts: fold(_full_text(facts)), form=fold),
    "message.length": Fact(Kind.NUMBER, lambda facts: len(_new_words(facts))),
    "message.language": Fact(Kind.TEXT, lambda facts: facts.received.language),
    "message.protection": Fact(Kind.TEXT, lambda facts: facts.received.protection, words=PROTECTIONS),
    "message.cut": Fact(Kind.TRUTH, lambda facts: facts.received.text_cut),
    "message.html": Fact(Kind.TRUTH, lambda facts: facts.received.html),
    "message.reply": Fact(Kind.TRUTH, _is_reply),
    "message.automation": Fact(Kind.TEXT, lambda facts: facts.received.automation, words=AUTOMATION),
    "message.automatic": Fact(Kind.TRUTH, lambda facts: facts.received.automation != "no"),
    "message.bounce": Fact(Kind.TRUTH, lambda facts: facts.received.automation in ("bounce", "dsn")),
    "message.bounce_reason": Fact(Kind.TEXT, _bounce_reason, words=BOUNCE_REASONS),
    "message.bounce_status": Fact(Kind.TEXT, _bounce_status),
    "message.recipients": Fact(Kind.NUMBER, lambda facts: len(facts.received.to) + len(facts.received.cc)),
    "message.defects": Fact(Kind.LIST, lambda facts: facts.received.defects[:LIST_LIMIT]),
    "sender.address": Fact(Kind.TEXT, lambda facts: facts.received.sender.address.lower(), form=str.lower),
    "sender.domain": Fact(Kind.TEXT, _domain, form=str.lower),
    "sender.name": Fact(Kind.TEXT, lambda facts: facts.received.sender.name),
    "sender.grade": Fact(Kind.TEXT, lambda facts: facts.received.authentication.grade, words=GRADES),
    "customer.vip": Fact(Kind.TRUTH, _of_customer(lambda customer: customer.vip)),
    "customer.tags": Fact(Kind.LIST, _of_customer(lambda customer: _tags(customer.tags)), form=str.lower),
    "customer.open_tickets": Fact(Kind.NUMBER, _of_customer(lambda customer: customer.open_tickets)),
    "customer.tickets": Fact(Kind.NUMBER, _of_customer(lambda customer: customer.tickets)),
    "customer.language": Fact(Kind.TEXT, _of_customer(lambda customer: customer.language)),
    "organisation.name": Fact(Kind.TEXT, _of_organisation(lambda organisation: organisation.name)),
    "organisation.vip": Fact(Kind.TRUTH, _of_organisation(lambda organisation: organisation.vip)),
    "organisation.plan": Fact(
        Kind.TEXT, _of_organisation(lambda organisation: _lower(organisation.plan)), form=str.lower
    ),
    "organisation.tags": Fact(
        Kind.LIST, _of_organisation(lambda organisation: _tags(organisation.tags)), form=str.lower
    ),
    "auth.spf": Fact(Kind.TEXT, lambda facts: facts.received.authentication.spf),
    "auth.dkim": Fact(Kind.TEXT, lambda facts: facts.received.authentication.dkim),
    "auth.dmarc": Fact(Kind.TEXT, lambda facts: facts.received.authentication.dmarc),
    "auth.arc": Fact(Kind.TEXT, lambda facts: facts.received.authentication.arc),
    "auth.suspicion": Fact(Kind.TEXT, lambda facts: facts.received.authentication.suspicion, words=SUSPICIONS),
    "call.team": Fact(Kind.TEXT, _team_called),
    "call.taken": Fact(Kind.TRUTH, _call_taken),
    "filter.spam": Fact(Kind.TRUTH, _spam),
    "filter.score": Fact(Kind.NUMBER, _spam_score),
    "attachments.count": Fact(Kind.NUMBER, lambda facts: len(facts.received.attachments)),
    "attachments.bytes": Fact(Kind.NUMBER, lambda facts: sum(item.size_bytes for item in facts.received.attachments)),
    "attachments.names": Fact(Kind.LIST, _names, form=fold),
    "attachments.types": Fact(Kind.LIST, _types, form=str.lower),
    "time.hour": Fact(Kind.NUMBER, lambda facts: facts.local_time().hour),
    "time.weekday": Fact(Kind.NUMBER, lambda facts: facts.local_time().isoweekday()),
    "time.date": Fact(Kind.TEXT, lambda facts: facts.local_time().date().isoformat()),
    CALENDAR_FACT: Fact(Kind.TRUTH, _open),
}
