"""What the desk's people read in Slack, in the two languages of the desk."""

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("es", "en")

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "ticket": ("Tique", "Ticket"),
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
    "late": ("vencida", "late"),
    "priority": ("Prioridad", "Priority"),
    "tier": ("Nivel", "Tier"),
    "team": ("Equipo", "Team"),
    "assignee": ("La lleva", "Assignee"),
    "nobody": ("nadie todavía", "nobody yet"),
    "status": ("Estado", "Status"),
    "claim": ("Me la quedo", "Claim"),
    "reply": ("Responder al cliente", "Reply to customer"),
    "solve": ("Resolver", "Solve"),
    "open": ("Abrir", "Open"),
    "customer_wrote": ("El cliente ha escrito:", "The customer wrote:"),
    "composer.title": ("Responder", "Reply"),
    "composer.send": ("Enviar", "Send"),
    "composer.cancel": ("Cancelar", "Cancel"),
    "composer.text": ("Lo que leerá el cliente", "What the customer will read"),
    "composer.status": ("Estado después de enviar", "Status after sending"),
    "composer.sent_by": ("Se envía por {channel} a {name}.", "Goes by {channel} to {name}."),
    "not_an_agent": (
        "Esto lo hacen los agentes de la mesa. Pide que te inviten con el correo de tu cuenta de Slack.",
        "Agents of the desk do this. Ask to be invited with the mail address of your Slack account.",
    ),
    "desk_slow": (
        "La mesa tarda en contestar; no se ha perdido nada. Vuelve a intentarlo en un momento.",
        "The desk is slow to answer; nothing is lost. Try again in a moment.",
    ),
    "text_kept": (
        "No se ha podido guardar; tu texto sigue aquí. Vuelve a enviarlo en un momento.",
        "It could not be stored; your text is still here. Send it again in a moment.",
    ),
    "claimed": ("{name} se queda la petición.", "{name} takes it."),
    "sent": ("✓ {name} ha respondido al cliente:", "✓ {name} replied to the customer:"),
}


def word(key: str, language: str, **values: str) -> str:
    """A phrase in a language; the key itself where the desk has a word that this release does not know."""
    found = _WORDS.get(key)
    if found is None:
        return key.rpartition(".")[2]
    text = found[LANGUAGES.index(language) if language in LANGUAGES else 1]
    return text.format(**values) if values else text
