"""What the desk says to whoever presses something, in its two languages."""

from collections.abc import Mapping
from typing import Final

from intake_chat.domain.slack.words import in_language

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("Mesa de ayuda", "Help desk"),
    "close": ("Cerrar", "Close"),
    "again": ("Volver a intentarlo", "Try again"),
    "loading": ("Un momento: se está preguntando a la mesa…", "One moment: the desk is being asked…"),
    "not_an_agent": (
        "Esto lo hacen los agentes de la mesa. Si lo eres, pide que te den de alta con tu correo de Slack, confirmado.",
        "Agents of the desk do this. If you are one, ask to be added with your mail address of Slack, confirmed there.",
    ),
    "desk_slow": (
        "La mesa tarda en contestar y no se ha hecho nada. Vuelve a intentarlo en un momento.",
        "The desk is slow to answer and nothing was done. Try again in a moment.",
    ),
    "too_late": (
        "La mesa ha tardado tanto que Slack ya no deja abrir nada, y no se ha hecho nada. Vuelve a intentarlo.",
        "The desk took so long that Slack lets nothing be opened any more, and nothing was done. Try again.",
    ),
    "no_token": (
        "La mesa no puede contestar aquí: Slack ya no acepta su clave. Avisa a quien la administra.",
        "The desk cannot answer here: Slack no longer takes its token. Tell whoever runs it.",
    ),
    "text_kept": (
        "La mesa no ha contestado: no se sabe si se ha guardado. Lo que has escrito sigue aquí; envíalo otra vez.",
        "The desk did not answer: it is not known whether it was stored. What you wrote is still here; send it again.",
    ),
    "unknown": (
        "Esta versión de la mesa no conoce ese botón. Abre la tarjeta más reciente de la petición.",
        "This release of the desk does not know that button. Open the ticket's latest card.",
    ),
    "failed": (
        "Algo ha fallado en la mesa y no se ha hecho nada; ya consta en su registro. Vuelve a intentarlo.",
        "Something failed at the desk and nothing was done; its log has it. Try again.",
    ),
    "refused": ("La mesa no lo permite: {why}", "The desk does not allow it: {why}"),
}


def said(key: str, language: str, **values: str) -> str:
    """A sentence in a language; in English where the desk has no words in it."""
    return in_language(_WORDS[key], language, **values)
