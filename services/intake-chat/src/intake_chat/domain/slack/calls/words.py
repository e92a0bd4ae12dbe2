"""What is said about calls in the teams' channels and to whoever took them, in the two languages of the desk."""

from collections.abc import Mapping
from typing import Final

from intake_chat.domain.slack.words import in_language

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "waiting": ("{who} espera a {team}", "{who} is waiting for {team}"),
    "answered": ("{agent} habla con {who}", "{agent} is talking to {who}"),
    "answered.after": ("tras {time} de espera", "after {time}"),
    "over.answered": ("{who} habló con {agent}: {time}", "{who} was answered by {agent}: {time}"),
    "over.answered.untimed": ("{who} habló con {agent}", "{who} was answered by {agent}"),
    "over.left": ("{who} dejó de esperar a {team} tras {time}", "{who} stopped waiting for {team} after {time}"),
    "over.left.untimed": ("{who} dejó de esperar a {team}", "{who} stopped waiting for {team}"),
    "about": ("sobre la {ticket}", "about ticket {ticket}"),
    "open": ("abiertas: {tickets}", "open: {tickets}"),
    "became": ("está en la {ticket}", "see {ticket}"),
    "known": ("{name} ({number}, número sin comprobar)", "{name} ({number}, number not proved)"),
    "unknown": ("{number} (número sin comprobar)", "{number} (number not proved)"),
    "named": ("{name} (número oculto)", "{name} (number withheld)"),
    "withheld": ("Alguien con número oculto", "Somebody with a withheld number"),
    "withheld.after": ("alguien con número oculto", "somebody with a withheld number"),
    "language.es": ("español", "Spanish"),
    "language.en": ("inglés", "English"),
    "ask": (
        "Has hablado {time} con {who} sobre la {ticket}. Escribe la nota de la llamada: qué pasaba y en qué quedó.",
        "You talked {time} with {who} about {ticket}. Write a wrap-up note: what it was about, what was agreed.",
    ),
    "ask.untimed": (
        "Has hablado con {who} sobre la {ticket}. Escribe la nota de la llamada: qué pasaba y en qué quedó.",
        "You talked with {who} about {ticket}. Write a wrap-up note: what it was about, what was agreed.",
    ),
    "ask.team": (
        "{agent} ha hablado con {who} sobre la {ticket} y no tiene cuenta aquí: escribe la nota quien sepa qué pasaba.",
        "{agent} talked with {who} about {ticket} and has no account here: whoever knows more, write the wrap-up note.",
    ),
    "noted": (
        "✓ {name} ha escrito la nota de la llamada en la {ticket}.",
        "✓ {name} wrote the wrap-up note on {ticket}.",
    ),
    "note": ("Escribir la nota", "Write the note"),
    "title": ("Nota de la llamada", "Wrap-up note"),
    "submit": ("Guardar", "Save"),
    "cancel": ("Cancelar", "Cancel"),
    "inside": (
        "Queda en la #{number}, firmada por ti. El cliente no la lee.",
        "It stays on #{number}, in your name. The customer does not read it.",
    ),
    "merged": ("La #{number} se unió a la #{into}.", "#{number} was merged into #{into}."),
    "merged.meanwhile": (
        "Mientras escribías, la #{number} se unió a la #{into}: la nota irá ahí. Míralo y guarda otra vez.",
        "While you wrote, #{number} was merged into #{into}: the note will go there. Look at it and save again.",
    ),
    "text": ("Qué pasaba y en qué quedó", "What it was about, and what was agreed"),
    "text.missing": ("Escribe la nota.", "Write the note."),
    "status": ("Estado de la petición", "Status of the ticket"),
    "status.keep": ("como está ({status})", "as it is ({status})"),
}  # fmt: skip


def call_word(key: str, language: str, **values: str) -> str:
    """A phrase in a language; in English where the desk has no words in it."""
    return in_language(_WORDS[key], language, **values)


def knows(key: str) -> bool:
    """Whether there is such a phrase."""
    return key in _WORDS


def lasted(seconds: int) -> str:
    """How long something took, as people say it of calls: 45 s, 3:20, 1:02:03."""
    minutes, rest = divmod(max(seconds, 0), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
