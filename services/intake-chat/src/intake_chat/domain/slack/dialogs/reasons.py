"""Why something happened, where the desk itself said so: in the history it stands in English, for every reader of it.

What a person gave as a reason is theirs, and shown as they wrote it.
"""

import re
from collections.abc import Sequence
from typing import Final

from intake_chat.domain.slack.undelivered import why_undelivered

_UNDELIVERED: Final = frozenset({"notification.failed", "revision.failed"})
_KNOWN: Final[Sequence[tuple[re.Pattern[str], str]]] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"escalated", "al escalar"),
        (r"de_escalated", "al bajar de nivel"),
        (r"returned", "al devolver"),
        (r"had it before", "ya la llevaba antes"),
        (r"by turns", "por turno"),
        (r"least loaded \((\S+) of what they can hold\)", "quien menos carga tiene ({0} de lo que puede llevar)"),
        (r"(.+) \((\d+%) of what they can hold\)", "{0} ({1} de lo que puede llevar)"),
        (r"(\S+) is not there", "{0} no está"),
        (r"nobody answered", "nadie respondió"),
        (r"its time is over", "se acabó su plazo"),
        (r"mail to this address comes back", "el correo a esa dirección vuelve"),
        (r"released from quarantine", "admitido de la cuarentena"),
        (r"restored: its row had been deleted", "recuperada: se había borrado"),
        (r"of (\d+), which was merged", "de la #{0}, que se unió"),
        (r"of (\d+), which goes on by itself", "de la #{0}, que sigue por su cuenta"),
        (r"it came while the ticket was merged, and waits for an answer",
         "llegó mientras estaba unida, y espera respuesta"),
        (r"came along with a message, in (\S+)", "vino con un mensaje, en la #{0}"),
        (r"the time for this had passed: nobody was there to say it", "pasó su hora sin que nadie lo dijera"),
        (r"nobody is on call", "no hay nadie de guardia"),
        (r"(\S+), who is on call, is nobody of the desk any more", "{0}, de guardia, ya no es de la mesa"),
        (r"there is no rota (\S+) any more", "el turno de guardia {0} ya no existe"),
        (r"it was merged into (\d+)", "se unió a la #{0}"),
        (r"it is solved", "está resuelta"),
        (r"it is closed", "está cerrada"),
        (r"it is gone", "ya no existe"),
        (r"nobody has the ticket", "no la lleva nadie"),
        (r"(\S+) is nobody of the desk", "{0} no es de la mesa"),
        (r"the team (\S+) has no (.+)", "el equipo {0} no tiene a nadie ({1})"),
        (r"(?:by the event alone: )?this desk has no mailbox to write from",
         "la mesa no tiene buzón desde el que escribir"),
        (r"nobody acknowledged", "nadie se dio por enterado"),
        (r"often enough", "ya son bastantes veces"),
        (r"nobody is paged at night", "de noche no se llama a nadie"),
        (r"this desk has no team (\S+): nobody is told of it", "la mesa no tiene el equipo {0}: no se avisa a nadie"),
        (r"the team (\S+) is retired: nobody is told of it", "el equipo {0} ya no existe: no se avisa a nadie"),
        (r"no policy (\S+) is in force: nothing is promised", "la política {0} no está en vigor: no se promete nada"),
        (r"nobody at this desk has the skill '?([^']+)'?, and its skills do not name it",
         "en la mesa nadie sabe de {0}"),
    )
)  # fmt: skip


def reason_in_words(action: str, why: str, language: str) -> str:
    """Why, for a person.

    Args:
        action: what happened.
        why: as the history has it, one reason after the other.
    """
    if action in _UNDELIVERED:
        return why_undelivered(why, language)
    if language != "es":
        return why
    return "; ".join(_said(part) for part in why.split("; "))


def _said(part: str) -> str:
    for pattern, words in _KNOWN:
        if found := pattern.fullmatch(part):
            return words.format(*found.groups())
    return part
