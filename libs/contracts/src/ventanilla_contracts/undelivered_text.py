"""Why something did not reach a customer, for the agents who have to find another way."""

import re
from collections.abc import Mapping
from typing import Final

_GONE: Final = ("esa cuenta de Slack ya no existe", "that Slack account does not exist any more")
_NOT_THERE: Final = ("la app no está en ese canal; invitadla (/invite)", "the app is not in that channel; /invite it")
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "is_archived": ("el canal está archivado", "the channel is archived"),
    "channel_not_found": (
        "el canal ya no existe, o la app no lo ve", "the channel does not exist any more, or the app does not see it",
    ),
    "not_in_channel": _NOT_THERE,
    "user_deleted": _GONE,
    "user_not_found": _GONE,
    "thread_gone": ("el hilo se ha borrado", "the thread was deleted"),
    "thread_not_found": ("el hilo se ha borrado", "the thread was deleted"),
    "message_not_found": ("el mensaje ya no está en el hilo", "the message is no longer in the thread"),
    "too_long_to_change": (
        "Slack solo cambia textos de hasta 4000 letras; acórtalo", "Slack changes texts of up to 4,000 characters only",
    ),
    "cant_update_message": ("Slack no deja cambiar ese mensaje", "Slack does not let this message be changed"),
    "edit_window_closed": ("Slack no deja cambiarlo tan tarde", "Slack does not let it be changed so late"),
    "cant_delete_message": ("Slack no deja borrar ese mensaje", "Slack does not let this message be deleted"),
    "expired": ("se pasó el plazo para enviarlo", "the time for sending it was over"),
    "opted_out": ("el cliente no quiere mensajes de este número", "the customer wants no texts from this number"),
    "window_closed": (
        "pasaron 24 horas desde su último mensaje, y WhatsApp ya solo admite plantillas",
        "24 hours are over since their last message, and WhatsApp takes templates only",
    ),
    "refused": ("Twilio no lo aceptó", "Twilio did not take it"),
    "not_allowed": ("la cuenta de Twilio no puede escribir a ese país", "the Twilio account may not text that country"),
    "blocked": ("la operadora lo ha bloqueado", "the carrier blocked it"),
    "unreachable": ("el teléfono no está disponible", "the phone cannot be reached"),
    "sender_unusable": ("ese número de la mesa no puede enviarlo", "that number of the desk cannot send it"),
    "file_refused": ("un archivo no se pudo enviar", "a file could not be sent"),
    "no_texts": ("a ese teléfono no llegan mensajes", "no text arrives at that phone"),
    "dropped": (
        "la administración de la mesa decidió no enviarlo", "whoever runs the desk dropped it before it was sent",
    ),
    "no_address": ("no hay dirección a la que enviarlo", "there is no address to send it to"),
}  # fmt: skip
_CODED: Final = re.compile(r"([a-z][a-z0-9_]{1,60})(?:: (.*))?", re.DOTALL)
_OF_SLACK: Final = "Slack refused "
_LONGEST: Final = 300


def why_undelivered(detail: str, language: str) -> str:
    """Why, for a person: in their language where the reason is known, else its code without signs.

    Args:
        detail: what the ticket service keeps of it: a code, a colon, and whatever the other end said.
    """
    found = _CODED.fullmatch(detail.strip())
    if found is None:
        return _sentence(detail.strip() or "?")
    code, said = found[1], " ".join((found[2] or "").split())
    if code in _WORDS:
        return _sentence(_WORDS[code][0 if language == "es" else 1])
    plain = code.replace("_", " ")
    return _sentence(f"{plain}: {said}" if said and not said.startswith(_OF_SLACK) else plain)


def _sentence(text: str) -> str:
    return text[:_LONGEST].rstrip(" .") + "."
