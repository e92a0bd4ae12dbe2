"""What stands in the small dialogs of a card's buttons, and what is said about them, in the desk's two languages."""

from collections.abc import Mapping
from typing import Final

from intake_chat.domain.slack.words import in_language

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "close": ("Cerrar", "Close"),
    "cancel": ("Cancelar", "Cancel"),
    "claimed": ("La #{number} es tuya.", "#{number} is yours."),
    "yours": ("La #{number} ya era tuya.", "#{number} was yours already."),
    "taken": ("La #{number} la lleva ya {name}, desde {since}.", "{name} has #{number} already, since {since}."),
    "changed": (
        "Ha cambiado mientras esto estaba abierto. {what} Si aún lo quieres así, envíalo otra vez.",
        "It has changed while this was open. {what} If you still want it so, send it again.",
    ),
    "changed.status": ("Estado: {value}.", "Status: {value}."),
    "changed.priority": ("Prioridad: {value}.", "Priority: {value}."),
    "changed.assignee": ("La lleva: {value}.", "Assignee: {value}."),
    "changed.resolution": ("Qué lo resolvió: «{value}».", "What solved it: “{value}”."),
    "changed.cause": ("Qué lo causó: «{value}».", "What caused it: “{value}”."),
    "assign.title": ("Asignar", "Assign"),
    "assign.submit": ("Asignar", "Assign"),
    "assign.who": ("A quién", "To whom"),
    "assign.hint": ("Gente del equipo {team}.", "People of the team {team}."),
    "assign.hint.retired": (
        "El equipo {team} está retirado: puede llevarla cualquier agente.",
        "The team {team} is retired: any agent can have it.",
    ),
    "assign.nobody": ("En el equipo {team} no trabaja nadie ahora.", "Nobody works in the team {team} now."),
    "assign.why": ("Motivo", "Reason"),
    "priority.title": ("Prioridad", "Priority"),
    "priority.submit": ("Cambiar", "Change"),
    "priority.which": ("Prioridad", "Priority"),
    "priority.why": ("Motivo", "Reason"),
    "priority.same": (
        "Ya tiene esta prioridad: elige otra, o escribe el motivo como nota en el hilo de la tarjeta.",
        "It has this priority already: choose another, or write the reason as a note in the card's thread.",
    ),
    "snooze.title": ("Posponer", "Snooze"),
    "snooze.submit": ("Posponer", "Snooze"),
    "snooze.when": ("Hasta", "Until"),
    "snooze.exact": ("O hasta esta hora exacta", "Or until this very time"),
    "snooze.hint": (
        "Vuelve a estar abierta entonces, o antes si escribe el cliente.",
        "It opens again then, or before if the customer writes.",
    ),
    "snooze.hour": ("dentro de 1 hora", "in 1 hour"),
    "snooze.hours4": ("dentro de 4 horas", "in 4 hours"),
    "snooze.tomorrow": ("mañana a esta hora", "this time tomorrow"),
    "snooze.days3": ("dentro de 3 días", "in 3 days"),
    "snooze.week": ("dentro de una semana", "in a week"),
    "snooze.why": ("Por qué", "Why"),
    "snooze.choose": ("Elige hasta cuándo.", "Choose until when."),
    "solve.title": ("Resolver", "Solve"),
    "solve.submit": ("Resolver", "Solve"),
    "solve.silent": (
        "Se resuelve sin escribir al cliente. Para decírselo, usa «Responder al cliente».",
        "It is solved without writing to the customer. To tell them, use “Reply to customer”.",
    ),
    "resolution": ("Qué lo resolvió", "What solved it"),
    "cause": ("Qué lo causó", "What caused it"),
    "cause.hint": ("Solo si su categoría lo pide.", "Only where its category asks for it."),
    "spam.title": ("Es correo basura", "It is spam"),
    "spam.submit": ("Cerrar como basura", "Close as spam"),
    "spam.what": (
        "La #{number} se cierra como basura, sin decir nada al cliente. La reabre «No es basura…», en su tarjeta.",
        "#{number} is closed as spam; whoever wrote is told nothing. “It is no spam…” on its card opens it again.",
    ),
    "not_spam.title": ("No es basura", "It is no spam"),
    "not_spam.submit": ("Reabrir", "Reopen"),
    "not_spam.what": (
        "La #{number} se abre otra vez, sin decir nada al cliente. Lo que escribió después está en otra petición.",
        "#{number} opens again; whoever wrote is told nothing. What they wrote since then is in another ticket.",
    ),
    "reopen.title": ("Reabrir", "Reopen"),
    "reopen.submit": ("Reabrir", "Reopen"),
    "reopen.what": (
        "La #{number} vuelve a estar abierta y sus plazos siguen. En Slack el cliente lo lee en su hilo.",
        "#{number} is open again and its times run on. In Slack the customer reads so in their thread.",
    ),
    "reopen.why": ("Motivo", "Reason"),
    "spam.resolution": ("Correo basura", "Spam"),
}


def press_word(key: str, language: str, **values: str) -> str:
    """A phrase in a language; in English where the desk has no words in it."""
    return in_language(_WORDS[key], language, **values)
