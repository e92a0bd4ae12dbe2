"""What the desk's people read in Slack, in the two languages of the desk."""

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("es", "en")

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "status.new": ("nuevo", "new"),
    "status.open": ("abierto", "open"),
    "status.pending": ("espera al cliente", "waits for the customer"),
    "status.on_hold": ("en pausa", "on hold"),
    "status.solved": ("resuelto", "solved"),
    "status.closed": ("cerrado", "closed"),
    "priority.low": ("baja", "low"),
    "priority.normal": ("normal", "normal"),
    "priority.high": ("alta", "high"),
    "priority.urgent": ("urgente", "urgent"),
    "grade.verified": ("✓ identidad comprobada", "✓ verified"),
    "grade.plausible": ("~ identidad probable", "~ plausible"),
    "grade.claimed": ("? sin comprobar", "? not verified"),
    "channel.email": ("correo", "mail"),
    "channel.slack": ("Slack", "Slack"),
    "channel.webchat": ("chat de la web", "web chat"),
    "channel.sms": ("SMS", "SMS"),
    "channel.whatsapp": ("WhatsApp", "WhatsApp"),
    "channel.voice": ("teléfono", "phone"),
    "channel.portal": ("portal", "portal"),
    "channel.api": ("API", "API"),
    "clock.first_response": ("Primera respuesta", "First response"),
    "clock.next_response": ("Próxima respuesta", "Next response"),
    "clock.resolution": ("Solución", "Resolution"),
    "clock.update": ("Próxima noticia al cliente", "Next word to the customer"),
    "clock.tier": ("Plazo del nivel {tier}", "Time of tier {tier}"),
    "late": ("vencida", "late"),
    "priority": ("Prioridad", "Priority"),
    "tier": ("Nivel", "Tier"),
    "team": ("Equipo", "Team"),
    "assignee": ("La lleva", "Assignee"),
    "nobody": ("nadie todavía", "nobody yet"),
    "status": ("Estado", "Status"),
    "claim": ("Me la quedo", "Claim"),
    "reply": ("Responder al cliente", "Reply to customer"),
    "open": ("Abrir", "Open"),
}


_ANSWERED_BY_MAIL: Final = frozenset({"api", "portal"})
"""On such a way a ticket was asked for; whoever it is for has a mail address, and is answered there."""


def in_language(phrase: tuple[str, str], language: str, **values: object) -> str:
    """A phrase in a language; in English where the desk has no words in it."""
    text = phrase[LANGUAGES.index(language) if language in LANGUAGES else 1]
    return text.format(**values) if values else text


def clock_word(clock: str, language: str) -> str:
    """What a clock measures; `tier:2` is the time of the second line."""
    kind, _, tier = clock.partition(":")
    return word("clock.tier", language, tier=tier) if tier else word(f"clock.{kind}", language)


def word(key: str, language: str, **values: str) -> str:
    """A phrase in a language; the key itself where the desk has a word that this release does not know."""
    found = _WORDS.get(key)
    if found is None:
        return key.rpartition(".")[2]
    return in_language(found, language, **values)


def way_of(channel: str) -> str:
    """The channel by which the customer of a ticket of this channel is answered."""
    return "email" if channel in _ANSWERED_BY_MAIL else channel


def way_word(channel: str, language: str) -> str:
    """By which way the customer of a ticket of this channel is answered, in words."""
    return word(f"channel.{way_of(channel)}", language)
