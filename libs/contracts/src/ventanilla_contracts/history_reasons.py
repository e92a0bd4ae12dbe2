"""Why something happened, where the desk itself said so: the history has it in few English words, for every reader.

What a person gave as a reason is theirs, and shown as they wrote it.
"""

import re
from collections.abc import Sequence
from typing import Final

from ventanilla_contracts.history_values import Names
from ventanilla_contracts.undelivered_text import why_undelivered

_UNDELIVERED: Final = frozenset({"notification.failed", "notification.fallback", "revision.failed"})
_HANDED: Final = frozenset({"ticket.escalated", "ticket.de_escalated", "ticket.returned"})
_ENDED: Final = frozenset({"ladder.stopped", "ladder.started"})
_Table = Sequence[tuple[re.Pattern[str], str, str | None]]
_SAME: Final = None
"""English readers read it as it stands."""
_KNOWN: Final[_Table] = tuple(
    (re.compile(pattern), spanish, english)
    for pattern, spanish, english in (
        # who has it
        (r"escalated", "al escalar", "on escalating"),
        (r"de_escalated", "al bajar de nivel", "on moving it down"),
        (r"returned", "al devolver", "on returning it"),
        (r"claimed", "", ""),
        (r"given", "", ""),
        (r"released", "", ""),
        (r"had it before", "ya la llevaba antes", _SAME),
        (r"by turns", "por turno", _SAME),
        (r"took the call", "atendió la llamada", _SAME),
        (r"called the customer", "llamó al cliente", _SAME),
        (r"they have called and talked", "ha llamado y se ha hablado con él", _SAME),
        (r"has the least to do \((\d+%) of what they can hold\)",
         "quien menos carga tiene (un {0} de lo que puede llevar)", _SAME),
        (r"least loaded \((\S+) of what they can hold\)",
         "quien menos carga tiene ({0} de lo que puede llevar)", _SAME),
        (r"can do (.+)", "sabe de {0}", _SAME),
        (r"nobody of the team can do (.+)", "nadie del equipo sabe de {0}", _SAME),
        (r"(.+) \((\d+%) of what they can hold\)", "{0} ({1} de lo que puede llevar)", _SAME),
        (r"(\S+) is not there", "{0} no está", _SAME),
        (r"(\S+) is nobody of the desk", "{0} no es de la mesa", _SAME),
        (r"nobody has the ticket", "no la lleva nadie", _SAME),
        # what time did
        (r"nobody answered", "nadie respondió", _SAME),
        (r"its time is over", "se acabó su plazo", _SAME),
        (r"its snooze is over", "ya no está apartada", _SAME),
        (r"the time for this had passed: nobody was there to say it", "pasó su hora sin que nadie lo dijera", _SAME),
        # rules
        (r"rules: (.+)", "por la regla {0}", "by the rule {0}"),
        (r"a rule", "por una regla", "by a rule"),
        # mail and its ways
        (r"mail to this address comes back", "el correo a esa dirección vuelve", _SAME),
        (r"a mail could not be handed over", "un correo no se pudo entregar", _SAME),  # so older releases said
        (r"what was said to the customer did not arrive", "lo que se dijo al cliente no le llegó", _SAME),
        (r"a mail came back", "un correo volvió", _SAME),
        (r"the customer wrote from this address", "el cliente escribió desde esa dirección", _SAME),
        (r"there is no way to write to the customer", "no hay por dónde escribir al cliente", _SAME),
        (r"the customer wants no texts from this number of the desk",
         "el cliente no quiere mensajes de este número de la mesa", _SAME),
        (r"no person wrote it", "no la escribió una persona", _SAME),
        (r"this sender has had enough of them", "ese remitente ya ha recibido bastantes", _SAME),
        (r"the desk has sent too many this minute", "la mesa ha enviado demasiados en un minuto", _SAME),
        (r"(?:by the event alone: )?this desk has no mailbox to write from",
         "la mesa no tiene buzón desde el que escribir", "this desk has no mailbox to write from"),
        (r"reply_token|our_message_id|shared_reference|customer_message_id|late_original",
         "responde a un mensaje de esta", "it answers a message of this ticket"),
        (r"conversation", "en la misma conversación", "in the same conversation"),
        (r"subject_tag", "el asunto lleva su número", "its subject has the number"),
        (r"bounce_token|bounced_message_id", "informa de un correo de esta", "it reports on a mail of this ticket"),
        (r"status_page", "desde su página de seguimiento", "from their status page"),
        # callbacks
        (r"callers asked for enough callbacks to this number today",
         "ya se pidieron bastantes llamadas a ese número hoy", _SAME),
        (r"nobody knows a number that can be called", "no se sabe a qué número llamar", _SAME),
        (r"whoever calls that number pays extra", "llamar a ese número tiene un coste adicional", _SAME),
        (r"the customer could not be called back", "no se pudo hablar con el cliente por teléfono", _SAME),
        (r"(\S+) did not take it", "{0} no la cogió", _SAME),
        (r"called off", "", ""),
        # announcements
        (r"so many callers asked to be told that no more are", "ya son demasiados los que lo pidieron", _SAME),
        (r"somebody else asks in this ticket", "quien pregunta ahora es otra persona", _SAME),
        # joining
        (r"released from quarantine(?:[;:] (.+))?", "admitido de la cuarentena", "released from quarantine"),
        (r"restored: its row had been deleted", "recuperada: se había borrado", _SAME),
        (r"of (\d+), which was merged", "de la #{0}, que se unió", "of #{0}, which was merged"),
        (r"of (\d+), which goes on by itself", "de la #{0}, que sigue por su cuenta",
         "of #{0}, which goes on by itself"),
        (r"merged into (\d+)", "se unió a la #{0}", "merged into #{0}"),
        (r"it was merged into (\d+)", "se unió a la #{0}", _SAME),
        (r"no longer merged into (\d+)", "ya no está unida a la #{0}", "no longer merged into #{0}"),
        (r"somebody waits for an answer in (\d+)", "alguien espera respuesta en la #{0}",
         "somebody waits for an answer in #{0}"),
        (r"it came while the ticket was merged, and waits for an answer",
         "llegó mientras estaba unida, y espera respuesta", _SAME),
        (r"came along with a message, in (\S+)", "vino con un mensaje, en la #{0}",
         "came along with a message, in #{0}"),
        (r"it is solved", "está resuelta", _SAME),
        (r"it is closed", "está cerrada", _SAME),
        (r"it is gone", "ya no existe", _SAME),
        # ladders and pages
        (r"nobody acknowledged", "nadie se dio por enterado", _SAME),
        (r"nobody reacted", "nadie reaccionó", _SAME),
        (r"often enough", "ya son bastantes veces", _SAME),
        (r"nobody is paged at night", "de noche no se llama a nadie", _SAME),
        (r"nobody is on call", "no hay nadie de guardia", _SAME),
        (r"(\S+), who is on call, is nobody of the desk any more", "{0}, de guardia, ya no es de la mesa", _SAME),
        (r"there is no rota (\S+) any more", "el turno de guardia {0} ya no existe", _SAME),
        (r"the team (\S+) has no (.+)", "el equipo {0} no tiene a nadie ({1})", _SAME),
        (r"left the team", "ya no la lleva ese equipo", "it left the team"),
        # names that the desk does not have
        (r"this desk has no team (\S+): nobody is told of it", "la mesa no tiene el equipo {0}: no se avisa a nadie",
         _SAME),
        (r"the team (\S+) is retired, and rules still decide for it",
         "el equipo {0} ya no existe, y las reglas aún lo eligen", _SAME),
        (r"the team (\S+) is retired: nobody is told of it", "el equipo {0} ya no existe: no se avisa a nadie", _SAME),
        (r"no policy (\S+) is in force: nothing is promised", "la política {0} no está en vigor: no se promete nada",
         _SAME),
        (r"nobody at this desk has the skill '?([^']+)'?, and its skills do not name it",
         "en la mesa nadie sabe de {0}", _SAME),
    )
)  # fmt: skip
_REFUSED: Final[_Table] = tuple(
    (re.compile(pattern), spanish, english)
    for pattern, spanish, english in (
        (r"(\S+) neither has nor follows ticket (\d+).*", "{0} ni la lleva ni la sigue",
         "{0} neither has it nor follows it"),
        (r"the ticket is closed.*", "está cerrada", "it is closed"),
        (r"this ticket has no mailbox to answer from.*", "no hay buzón desde el que responder",
         "there is no mailbox to answer from"),
        (r"no text arrives at the number that called.*", "a ese teléfono no llegan mensajes",
         "no text arrives at the number that called"),
        (r"whoever called showed no number.*", "quien llamó no mostró su número", "whoever called showed no number"),
        (r"whoever texted showed no number.*", "quien escribió no mostró su número", "whoever texted showed no number"),
        (r"ticket (\d+) is closed.*", "la #{0} está cerrada", "#{0} is closed"),
        (r"ticket (\d+) was merged into (\d+).*", "la #{0} se unió a la #{1}", "#{0} was merged into #{1}"),
        (r"(\S+) is not of the team (\S+).*", "{0} no es del equipo {1}", "{0} is not of the team {1}"),
    )
)  # fmt: skip
"""Why something was refused: one reason, whatever advice follows it."""
_STOPPED: Final[dict[str, tuple[str, str]]] = {
    "taken": ("alguien la cogió", "somebody took it"),
    "answered": ("se respondió", "it was answered"),
    "acknowledged": ("alguien se dio por enterado", "somebody acknowledged"),
    "merged": ("se unió a otra", "it was merged"),
    "solved": ("está resuelta", "it is solved"),
    "closed": ("está cerrada", "it is closed"),
    "pending": ("espera al cliente", "it waits for the customer"),
    "on_hold": ("está en pausa", "it is on hold"),
    "created": ("llegó", "it came"),
    "unanswered": ("espera respuesta", "it waits for an answer"),
    "reopened": ("se abrió de nuevo", "it was opened again"),
    "escalated": ("se escaló", "it was escalated"),
    "warning": ("un plazo está por vencer", "a time is almost over"),
    "breach": ("un plazo se incumplió", "a time was missed"),
    "breached": ("un plazo se incumplió", "a time was missed"),
    "first_response": ("el plazo de la primera respuesta", "the time for the first response"),
    "next_response": ("el plazo de la siguiente respuesta", "the time for the next response"),
    "resolution": ("el plazo de la resolución", "the time for the resolution"),
    "update": ("la noticia prometida", "the promised update"),
}  # fmt: skip
_BOUNCED: Final[dict[str, tuple[str, str]]] = {
    "user_unknown": ("no existe ese buzón", "there is no such mailbox"),
    "host_unknown": ("no existe ese dominio", "there is no such domain"),
    "mailbox_full": ("el buzón está lleno", "the mailbox is full"),
    "message_too_big": ("era demasiado grande", "it was too large"),
    "spam": ("lo tomaron por correo no deseado", "it was taken for spam"),
    "policy": ("el otro servidor lo rechaza", "the other server refuses it"),
    "expired": ("no se pudo entregar a tiempo", "it could not be delivered in time"),
    "other": ("el otro servidor no dice por qué", "the other server does not say why"),
}  # fmt: skip
_CODE: Final = re.compile(r"[a-z]+(?:_[a-z]+)+")


def reason_said(action: str, why: str, language: str, names: Names | None = None) -> str:
    """Why, for a person.

    Args:
        action: what happened.
        why: as the history has it, one reason after the other.
        names: what agents and teams that it names are called.
    """
    if not why:
        return ""
    if action in _UNDELIVERED:
        return why_undelivered(why, language)
    place = 0 if language == "es" else 1
    if action in _HANDED:  # a person's own words
        return why
    table = _STOPPED if action in _ENDED else _BOUNCED if action.startswith(("mail.", "address.")) else {}
    if action == "ladder.started" and why.startswith("tier:"):
        return f"el plazo del nivel {why[5:]}" if place == 0 else f"the time of tier {why[5:]}"
    if why in table:
        return table[why][place]
    if action == "service_level.recalculated":  # a key of ours, for nobody
        return ""
    if (refused := _known(why, _REFUSED, place, names or Names())) is not None:
        return refused
    return "; ".join(said for part in why.split("; ") if (said := _said(part, place, names or Names())))


def _said(part: str, place: int, names: Names) -> str:
    known = _known(part, _KNOWN, place, names)
    if known is not None:
        return known
    return part.replace("_", " ") if _CODE.fullmatch(part) else part


def _known(part: str, table: _Table, place: int, names: Names) -> str | None:
    for pattern, spanish, english in table:
        if found := pattern.fullmatch(part):
            named = [names.anybody(group) if group else "" for group in found.groups()]
            if place == 0:
                return spanish.format(*named)
            return _named(part, found, names) if english is None else english.format(*named)
    return None


def _named(part: str, found: re.Match[str], names: Names) -> str:
    """The English words as they stand, with names in place of handles."""
    said = part
    for place in range(len(found.groups()), 0, -1):
        start, end = found.span(place)
        if start >= 0:
            said = said[:start] + names.anybody(found[place]) + said[end:]
    return said
