"""A million tickets as a desk would have them: skewed words, skewed facets, the newest open and the old ones closed.

Deterministic. Lexemes come from `tickets.domain.settling.search_terms`, as in the service; texts repeat every few
thousand tickets, so that making them costs less than storing them.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from tickets.domain.settling.search_terms import facets, place_facets, words_of

_ES = """de la que el en y a los del se las por un para con no una su al lo como más pero sus le ya o este sí porque
esta entre cuando muy sin sobre también me hasta hay donde quien desde todo nos durante todos uno les ni
contra otros ese eso ante ellos e esto mí antes algunos qué unos yo otro otras otra él tanto esa estos mucho
quienes nada muchos cual poco ella hola buenos días gracias saludo favor necesito ayuda problema error
funciona puedo usuario contraseña cuenta acceso factura facturación cobro pago pedido envío entrega devolución
impresora red internet servidor correo pantalla aplicación teléfono contrato cliente empresa oficina urgente
mañana semana ayer hoy mensaje número dirección"""
_EN = """the of and to in a is that for it as was with be by on not he i this are or his from at which but have an had
they you were their one all we can her has there been if more when will would who so no she my out up what
about into than them only other new some could time these two may then do first any now such like our over me
even most made after also did hello hi thanks regards please need help problem error works cannot user
password account access invoice billing charge payment order shipping delivery refund printer network internet
server mail screen application phone contract customer company office urgent tomorrow week yesterday today
message number address"""
_SYLLABLES = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "la",
    "me",
    "ni",
    "po",
    "ru",
    "sa",
    "te",
    "vi",
    "zo",
    "tra",
    "ble",
    "con",
    "mar",
)
_TAIL_WORDS = 30_000
_TEMPLATES = 12_000
_TEXT_WORDS = (30, 130)
_CUSTOMERS = 100_000
_START = datetime(2023, 1, 1, tzinfo=UTC)

_CATEGORIES = {
    "password": ("request", 18),
    "access": ("request", 14),
    "billing": ("question", 20),
    "outage": ("incident", 8),
    "security": ("incident", 3),
    "other": ("question", 37),
}
_TEAMS = {"first-line": 60, "billing": 20, "network": 12, "security": 5, "platform": 3}
_AGENTS = [f"agent{index}" for index in range(40)]
RARE_WORD = "ornitorrinco"
MIDDLE_WORD = "facturación"
COMMON_WORD = "de"


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket with its lexemes."""

    number: int
    subject: str
    type: str
    category: str
    status: str
    priority: str
    tier: str
    team: str
    assignee: str | None
    channel: str
    customer: int
    language: str
    created_at: datetime
    lexemes: str


def address_of(customer: int) -> str:
    """The mail address of a customer; customer 0 writes most."""
    return f"cliente{customer}@empresa{customer % 997}.example"


def tickets(count: int, seed: int = 4711) -> Iterator[Row]:
    """`count` tickets, oldest first, numbered from 1."""
    chance = random.Random(seed)
    texts = {language: _texts(language, chance) for language in ("es", "en")}
    categories = list(_CATEGORIES)
    weights = list(accumulate(weight for _, weight in _CATEGORIES.values()))
    teams, team_weights = list(_TEAMS), list(accumulate(_TEAMS.values()))
    agent_weights = list(accumulate(1 / (rank + 1) for rank in range(len(_AGENTS))))
    rare = set(chance.sample(range(1, count + 1), min(40, count // 20)))
    for number in range(1, count + 1):
        age = (count - number) / count
        language = "es" if chance.random() < 0.6 else "en"
        subject, words = texts[language][int(chance.random() * _TEMPLATES)]
        category = chance.choices(categories, cum_weights=weights)[0]
        # Few customers write much: the first writes one ticket in fifty.
        customer = 0 if chance.random() < 0.02 else int(_CUSTOMERS * chance.random() ** 3)
        status = _status(age, chance)
        team = chance.choices(teams, cum_weights=team_weights)[0]
        assignee = None if status == "new" else chance.choices(_AGENTS, cum_weights=agent_weights)[0]
        if number in rare and age > 0.3:
            team, assignee, category = "legal", "ines", "privacy"
        draw = chance.random()
        row = {
            "type": _CATEGORIES.get(category, ("request", 0))[0],
            "category": category,
            "status": status,
            "priority": "urgent" if draw < 0.015 else "high" if draw < 0.12 else "low" if draw > 0.82 else "normal",
            "tier": "3" if chance.random() < 0.02 else "2" if chance.random() < 0.2 else "1",
            "team": team,
            "channel": "email" if chance.random() < 0.9 else "portal" if chance.random() < 0.5 else "api",
        }
        address = address_of(customer)
        lexemes = [
            words,
            *words_of(address, language),
            *facets({**row, "assignee": assignee or "none", "requester": address}),
            *place_facets(number),
            str(number),
        ]
        if number in rare:
            lexemes.append(RARE_WORD)
        yield Row(
            number=number,
            subject=subject,
            assignee=assignee,
            customer=customer,
            language=language,
            created_at=_START + timedelta(seconds=90 * number),
            lexemes=" ".join(lexemes),
            **row,
        )


def _status(age: float, chance: random.Random) -> str:
    """The newest are new, then open and waiting; almost everything else is closed. A handful was forgotten."""
    draw = chance.random()
    if age < 0.002:
        return "new" if draw < 0.9 else "open"
    if age < 0.02:
        return "open" if draw < 0.3 else "pending" if draw < 0.45 else "on_hold" if draw < 0.47 else "solved"
    if age < 0.05:
        return "solved" if draw < 0.9 else "closed"
    return "closed" if draw > 0.0004 else "open" if draw > 0.0001 else "on_hold"


def _texts(language: str, chance: random.Random) -> Sequence[tuple[str, str]]:
    """(subject, lexemes) of ready-made texts, their words as frequent as in real ones."""
    known = list(dict.fromkeys((_ES if language == "es" else _EN).split()))
    tail = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(_TAIL_WORDS)]
    vocabulary = [*known, *tail]
    weights = list(accumulate(1 / (rank + 2) for rank in range(len(vocabulary))))
    found = []
    for _ in range(_TEMPLATES):
        words = chance.choices(vocabulary, cum_weights=weights, k=chance.randint(*_TEXT_WORDS))
        found.append((" ".join(words[:6]), " ".join(words_of(" ".join(words), language))))
    return found
