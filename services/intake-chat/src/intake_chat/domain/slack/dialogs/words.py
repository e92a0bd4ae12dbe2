"""What stands in the dialogs, in the two languages of the desk."""

from collections.abc import Mapping
from typing import Final

from intake_chat.domain.slack.dialogs.announcing_words import ANNOUNCING_WORDS
from intake_chat.domain.slack.dialogs.calling_back_words import CALLING_BACK_WORDS
from intake_chat.domain.slack.dialogs.history_words import HISTORY_WORDS
from intake_chat.domain.slack.dialogs.verifying_words import VERIFYING_WORDS
from intake_chat.domain.slack.words import in_language, word

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    **VERIFYING_WORDS,
    **CALLING_BACK_WORDS,
    "close": ("Cerrar", "Close"),
    "cancel": ("Cancelar", "Cancel"),
    "again": ("Volver a intentarlo", "Try again"),
    "back": ("‹ Anterior", "‹ Previous"),
    "onward": ("Siguiente ›", "Next ›"),
    "rest": ("Lo demás no cabe aquí.", "The rest does not fit in here."),
    "rest_page": ("<{page}|Lo demás está en la página de la petición.>", "<{page}|The rest is on the ticket's page.>"),
    "reason": ("Motivo", "Reason"),
    "reason.hint": ("Tres palabras por lo menos; se queda dentro.", "Three words at least; it stays inside."),
    "options": ("Opciones", "Options"),
    "tell_customer": ("Decírselo al cliente", "Tell the customer"),
    "find": ("Número o palabras", "Number or words"),
    "whole": ("<{page}|La petición entera>", "<{page}|The whole ticket>"),
    # Escalate and return.
    "escalate.title": ("Escalar", "Escalate"),
    "escalate.submit": ("Escalar", "Escalate"),
    "return.title": ("Devolver", "Return"),
    "return.submit": ("Devolver", "Return"),
    "handover.to": ("A quién", "To whom"),
    "handover.team": ("{title} · nivel {tier}", "{title} · tier {tier}"),
    "handover.back": ("De donde vino: {team}", "Where it came from: {team}"),
    "handover.note": ("Nota de traspaso", "Handover note"),
    "handover.note.hint": (
        "Nota interna para quien la reciba: qué se ha visto y probado.",
        "An internal note for whoever gets it: what was found and tried.",
    ),
    "handover.note.untouched": (
        "La nota sigue como se abrió. Di qué se ha probado y qué falta: es lo que leerá quien la reciba.",
        "The note is as it was when this opened. Say what was tried and what is missing: whoever gets it reads that.",
    ),
    "handover.next": ("El cliente sabrá algo antes de", "The customer hears next by"),
    "handover.next.hint": (
        "Si no lo indicas, vale lo que el plazo diga.",
        "If you leave it out, what the service level says counts.",
    ),
    "escalate.nowhere": (
        "Ningún equipo trabaja por encima del nivel {tier}. Lo cambia quien administra la mesa.",
        "No team works above tier {tier}. Whoever administers the desk can change that.",
    ),
    "return.nowhere": (
        "No vino de otro equipo y ninguno trabaja en un nivel más bajo que el {tier}.",
        "It came from no other team, and none works in a tier below {tier}.",
    ),
    "draft.asks": ("Pregunta: {who}", "Asked by: {who}"),
    "draft.subject": ("Asunto: {subject}", "Subject: {subject}"),
    "draft.customer": ("Lo último del cliente: {text}", "The customer last wrote: {text}"),
    "draft.agent": ("Lo último que respondimos: {text}", "We last answered: {text}"),
    "draft.note": ("Última nota: {text}", "Last note: {text}"),
    "draft.tried": ("Probado hasta ahora: ", "Tried so far: "),
    "draft.missing": ("Falta: ", "Still missing: "),
    # Merge.
    "merge.title": ("Unir a otra", "Merge into another"),
    "merge.submit": ("Unir", "Merge"),
    "merge.what": (
        "La #{number} se cierra y sigue en la otra: lo que escriba su cliente llegará allí. Se deshace en su tarjeta.",
        "#{number} is closed and goes on in the other one: what its customer writes lands there. Its card undoes it.",
    ),
    "merge.into": ("Sigue en", "Goes on in"),
    "merge.share": ("Las personas de las dos leerán lo que se diga", "The people of both will read what is said"),
    "merge.share.hint": (
        "Hace falta si preguntan dos personas distintas",
        "Needed where two different people asked",
    ),
    # Un-merge.
    "unmerge.title": ("Separar de la otra", "Un-merge"),
    "unmerge.submit": ("Separar", "Un-merge"),
    "unmerge.what": (
        "La #{number} deja la #{into} y sigue por sí sola. Lo sabrá quien supo que se unían.",
        "#{number} leaves #{into} and goes on by itself. Whoever was told of the merging is told of this too.",
    ),
    "unmerge.none": ("La #{number} no está unida a ninguna otra.", "#{number} is merged into no other."),
    # Link.
    "link.title": ("Relacionar", "Link"),
    "link.submit": ("Relacionar", "Link"),
    "link.to": ("Con", "With"),
    "link.kind": ("La #{number} …", "#{number} …"),
    "kind.related": ("tiene que ver con", "is related to"),
    "kind.duplicate": ("es lo mismo que", "is a duplicate of"),
    "kind.caused_by": ("la causa el problema", "is caused by"),
    "kind.follow_up": ("es continuación de", "follows up"),
    "kind.in.related": ("tiene que ver con", "is related to"),
    "kind.in.duplicate": ("es lo mismo que", "has as a duplicate"),
    "kind.in.caused_by": ("es la causa de", "causes"),
    "kind.in.follow_up": ("continúa en", "is followed up by"),
    "link.none": ("Todavía no está relacionada con ninguna otra.", "It has no links yet."),
    "unlink": ("Quitar", "Unlink"),
    "unlink.ask": ("¿Quitar la relación con la #{number}?", "Remove the link with #{number}?"),
    # Split.
    "split.title": ("Separar mensajes", "Split off"),
    "split.submit": ("Separar", "Split off"),
    "split.what": (
        "Los mensajes que elijas pasan a una petición nueva, de quien los escribió. Solo se deshace uniéndolas.",
        "The messages that you choose become a new ticket, asked by whoever wrote them. Only merging undoes it.",
    ),
    "split.messages": ("Mensajes del cliente", "The customer's messages"),
    "split.subject": ("Asunto de la nueva", "Subject of the new one"),
    "split.subject.hint": ("Si lo dejas vacío, el del primer mensaje.", "If left empty, that of the first message."),
    "split.team": ("Equipo", "Team"),
    "split.nothing": (
        "Hacen falta dos mensajes del cliente por lo menos: alguno tiene que quedarse.",
        "It takes two messages of the customer's at least: one has to stay.",
    ),
    "split.done": ("Ahora son la petición #{number}.", "They are ticket #{number} now."),
    # Problem.
    "problem.title": ("Problema", "Problem"),
    "problem.save": ("Guardar", "Save"),
    "problem.submit": ("Decírselo a todos", "Tell them all"),
    "problem.which": ("¿Qué es la #{number}?", "What is #{number}?"),
    "problem.is": ("Es el problema que causa otras", "It is the problem that causes others"),
    "problem.caused": ("La causa otro problema", "Another problem causes it"),
    "problem.to": ("El problema", "The problem"),
    "problem.to.hint": ("Solo si la causa otro.", "Only where another one causes it."),
    "problem.name": ("Elige el problema que la causa.", "Choose the problem that causes it."),
    "problem.incidents": ("Ha causado {count}; {open} siguen abiertas.", "It has caused {count}; {open} are open."),
    "problem.none": (
        "Ninguna petición dice que este problema la ha causado. Relaciónalas desde sus tarjetas.",
        "No ticket says that this problem caused it. Link them from their cards.",
    ),
    "problem.text.es": ("A quien habla español", "To those who speak Spanish"),
    "problem.text.en": ("A quien habla inglés", "To those who speak English"),
    "problem.text.hint": (
        "Si falta un idioma, les llega el otro.",
        "Where a language is missing they get the other one.",
    ),
    "problem.says_nothing": ("Escribe algo, en un idioma por lo menos.", "Write something, in one language at least."),
    "problem.status": ("Estado después", "Status after it"),
    "problem.stays": ("Como está", "As it is"),
    "problem.resolution": ("Solución", "Resolution"),
    "problem.resolution.hint": ("Hace falta para resolverlas.", "Needed to solve them."),
    "problem.cause": ("Causa", "Cause"),
    "problem.internal": ("Solo una nota en cada una: nada sale", "Only a note in each: nothing goes out"),
    "problem.told": (
        "Avisadas {told} · esperan {waiting} · fallidas {failed} · omitidas {skipped}",
        "Told {told} · waiting {waiting} · failed {failed} · skipped {skipped}",
    ),
    "problem.refresh": ("Actualizar", "Refresh"),
    "state.told": ("avisada", "told"),
    "state.waiting": ("espera", "waits"),
    "state.failed": ("no se pudo", "failed"),
    "state.skipped": ("omitida", "skipped"),
    # Why is it here.
    "why.title": ("¿Por qué aquí?", "Why is it here?"),
    "why.nobody": (
        "Ninguna regla decidió: se abrió a mano o desde la página de estado.",
        "No rule decided: it was opened by hand, or from the status page.",
    ),
    # Service levels.
    "clocks.title": ("Plazos", "Service level"),
    "clocks.policy": ("Se cuenta según «{policy}», hasta {until}.", "By the policy “{policy}”, up to {until}."),
    "clocks.nothing": ("No se prometió nada.", "Nothing was promised."),
    "clocks.sum": ("usado {used} de {target}", "used {used} of {target}"),
    "clocks.used": ("usado {used}", "used {used}"),
    "clocks.due": ("vence {at}", "due {at}"),
    "clocks.met": ("cumplido {at}", "met {at}"),
    "clocks.breached": ("incumplido {at}", "breached {at}"),
    "clocks.excused": ("disculpado", "excused"),
    "clocks.promised.person": ("prometido por una persona", "promised by a person"),
    "clocks.promised.automatic": ("prometido por la mesa", "promised by the desk"),
    "clocks.always": ("a todas horas", "around the clock"),
    "clocks.tiers": ("Minutos por nivel", "Minutes by tier"),
    "clocks.zone": ("Las horas son las de {zone}.", "Times are those of {zone}."),
    "clock.tier": ("Nivel {tier}", "Tier {tier}"),
    "clock.state.none": ("sin plazo", "no target"),
    "clock.state.running": ("corre", "runs"),
    "clock.state.paused": ("parado", "stands still"),
    "clock.state.met": ("cumplido", "met"),
    "clock.state.breached_open": ("vencido", "late"),
    "clock.state.met_late": ("cumplido tarde", "met late"),
    "clock.state.cancelled": ("anulado", "cancelled"),
    "stretch.counted": ("cuenta", "counted"),
    "stretch.closed": ("cerrado: {what}", "closed: {what}"),
    "stretch.paused": ("parado: {what}", "paused: {what}"),
    "stretch.before_start": ("aún no", "not yet"),
    "stretch.answered": ("respondida", "answered"),
    "stretch.solved": ("resuelta", "solved"),
    "stretch.merged": ("unida a otra", "merged into another"),
    "stretch.other_tier": ("en otro nivel", "in another tier"),
    "stretch.day": ("un día", "a day"),
    "stretch.weeks": ("{what} semanas", "{what} weeks"),
    "stretch.no_target": ("sin plazo", "no target"),
    "day.monday": ("lunes", "Monday"),
    "day.tuesday": ("martes", "Tuesday"),
    "day.wednesday": ("miércoles", "Wednesday"),
    "day.thursday": ("jueves", "Thursday"),
    "day.friday": ("viernes", "Friday"),
    "day.saturday": ("sábado", "Saturday"),
    "day.sunday": ("domingo", "Sunday"),
    # Who asks, who is in copy.
    "requester.title": ("Quién pregunta", "Who asks"),
    "requester.submit": ("Cambiar", "Change"),
    "requester.now": ("Ahora pregunta {who}.", "{who} asks now."),
    "requester.what": (
        "Quien venga no leerá nada de lo dicho hasta ahora, y los enlaces a la página de estado dejan de valer.",
        "Whoever comes reads nothing of what was said so far, and links to the status page lead nowhere any more.",
    ),
    "requester.address": ("Dirección de correo", "Mail address"),
    "requester.person": ("Persona", "Person"),
    "requester.name": ("Nombre", "Name"),
    "requester.drop": ("Quien preguntaba no recibe nada más", "Whoever asked gets nothing any more"),
    "requester.elsewhere": (
        "Esta petición sigue por {channel}, donde no se puede responder a otra persona. Abre una nueva.",
        "This ticket goes on by {channel}, where nobody else can be answered. Open a new one.",
    ),
    "requester.thread": (
        "El hilo lo lee entero quien esté en el canal, lo de antes también. Slack no avisa a quien viene: menciónale.",
        "Everybody in the channel reads all of the thread. Slack does not tell whoever comes: mention them there.",
    ),
    "requester.page": (
        "Quien preguntaba lo sigue leyendo. Los enlaces a la página de estado dejan de valer.",
        "Whoever asked goes on reading it. Links to the status page lead nowhere any more.",
    ),
    "requester.direct": (
        "Esta petición sigue en mensajes directos, que son de una sola persona: nadie más leería las respuestas.",
        "This ticket goes on in direct messages, which belong to one person: nobody else would read the answers.",
    ),
    "requester.direct.instead": (
        "Abre otra para quien pregunta ahora, con /desk new, y relaciona las dos.",
        "Open another one for whoever asks now, with /desk new, and link the two.",
    ),
    "requester.unknown": ("Slack no conoce a esa persona.", "Slack knows nobody like that."),
    "requester.machine": ("Es un bot o una aplicación: nadie lo lee.", "That is a bot or an app: nobody reads it."),
    "requester.gone": (
        "Esa cuenta no está activa: nadie lee lo que se le responda.",
        "That account is not active: nobody reads what it is answered.",
    ),
    "requester.outside": (
        "No está en el canal de la petición, así que no leería las respuestas. Invita allí a esa persona primero.",
        "They are not in the ticket's channel and would not read the answers. Invite them there first.",
    ),
    "cc.title": ("En copia", "In copy"),
    "cc.submit": ("Añadir", "Add"),
    "cc.none": ("Nadie está en copia.", "Nobody is in copy."),
    "cc.suggested": ("Nombrados en copia sin prueba:", "Named in copy without proof:"),
    "cc.address": ("Dirección de correo", "Mail address"),
    "cc.address.hint": (
        "Recibirá lo que se diga a partir de ahora, no lo de antes.",
        "They get what is said from now on, not what was said before.",
    ),
    "cc.thread": (
        "Esta petición se responde en Slack, donde no hay copias: invita al canal a quien haga falta.",
        "This ticket is answered in Slack, where nobody is in copy: invite whoever should read it to the channel.",
    ),
    "cc.direct": (
        "Esta petición se responde en mensajes directos de Slack, que son de una sola persona: no hay copias.",
        "This ticket is answered in direct messages of Slack, which belong to one person: nobody is in copy.",
    ),
    "cc.elsewhere": (
        "Esta petición se responde por {channel}, donde no hay copias.",
        "This ticket is answered by {channel}, where nobody is in copy.",
    ),
    "cc.instead": (
        "Abre otra para quien haga falta, con /desk new, y relaciona las dos.",
        "Open another one for whoever should know, with /desk new, and link the two.",
    ),
    "cc.still": ("Ya estaban en copia:", "In copy from before:"),
    "cc.remove": ("Quitar", "Remove"),
    "cc.remove.ask": ("¿Quitar a {who}? No recibirá nada más.", "Remove {who}? They get nothing any more."),
    "cc.add": ("Añadir", "Add"),
    "cc.role.requester": ("pregunta", "asks"),
    "cc.role.cc": ("en copia", "in copy"),
    "cc.role.aside": ("consultado aparte", "asked aside"),
    # Block a sender.
    "block.title": ("Bloquear", "Block sender"),
    "block.submit": ("Bloquear", "Block"),
    "block.what": (
        "Lo que escriba esperará en cuarentena, en toda la mesa. Lo que ya llegó se queda. Se deshace aquí mismo.",
        "What they write waits in quarantine, for the whole desk. What has come already stays. This dialog undoes it.",
    ),
    "block.whom": ("A quién", "Whom"),
    "block.address": ("Solo {sender}", "Only {sender}"),
    "block.domain": ("Todo {sender}", "All of {sender}"),
    "block.domain.hint": ("También a quien no conoces allí", "Also people there whom you do not know"),
    "block.until": ("Hasta cuándo", "Until when"),
    "block.until.hint": (
        "Vacío: para siempre. Más de 90 días, o un dominio entero, lo decide quien dirige un equipo.",
        "Empty: for good. More than 90 days, or a whole domain, is for whoever leads a team.",
    ),
    "block.now": ("Bloqueado para siempre por {who}: {sender}.", "Blocked for good by {who}: {sender}."),
    "block.now.until": (
        "Bloqueado por {who} hasta el {day}: {sender}.",
        "Blocked by {who} until {day}: {sender}.",
    ),
    "unblock": ("Desbloquear", "Unblock"),
    "unblock.ask": (
        "¿Dejar pasar otra vez lo que escriba {sender}? Lo que ya espera en cuarentena sigue allí.",
        "Let what {sender} writes through again? What waits in quarantine already stays there.",
    ),
    "block.no_mail": (
        "No se sabe desde dónde escribe: no hay a quién bloquear.",
        "It is not known from where they write: there is nobody to block.",
    ),
    "block.done.person": ("Bloqueado en toda la mesa.", "Blocked for the whole desk."),
    "block.done": ("Bloqueado: {sender}.", "Blocked: {sender}."),
    # Quarantine.
    "quarantine.title": ("Cuarentena", "Quarantine"),
    "quarantine.none": ("No espera nada en cuarentena.", "Nothing waits in quarantine."),
    "quarantine.direct": ("mensaje directo a la mesa", "direct message to the desk"),
    "quarantine.release": ("Admitir", "Release"),
    "quarantine.reject": ("Rechazar", "Reject"),
    "quarantine.release.what": (
        "Irá a la petición a la que pertenezca o abrirá una nueva.",
        "It goes into the ticket that it belongs to, or opens a new one.",
    ),
    "quarantine.reject.what": (
        "Se queda para siempre donde está; el original se conserva.",
        "It stays where it is for good; the original is kept.",
    ),
    "quarantine.cut": ("Hay más texto; está entero en el original.", "There is more text; the original has all of it."),
    "quarantine.why": ("Por qué", "Why"),
    "quarantine.gone": ("Ya se decidió: {state}.", "It was decided already: {state}."),
    "quarantine.released": ("Admitido: es la petición #{number}.", "Released: it is ticket #{number}."),
    "quarantine.rejected": ("Rechazado.", "Rejected."),
    "quarantine.state.released": ("admitido", "released"),
    "quarantine.state.rejected": ("rechazado", "rejected"),
    "held.spam": ("correo basura", "spam"),
    "held.dmarc_fail": ("DMARC no cuadra", "DMARC fails"),
    "held.own_domain": ("usa nuestro dominio sin prueba", "uses our domain without proof"),
    "held.lookalike": ("dominio parecido a otro", "a domain that looks like another"),
    "held.display_name": ("nombre que engaña", "a misleading name"),
    "held.unverified_join": ("dice ser de una petición, sin prueba", "claims a ticket without proof"),
    "held.too_many": ("demasiados en una hora", "too many in an hour"),
    "held.loop_suspected": ("parece un bucle", "looks like a loop"),
    "held.denied": ("remitente bloqueado", "blocked sender"),
    "held.bounce_unproven": ("devolución sin prueba", "a bounce without proof"),
    "held.unparseable": ("no se puede leer", "cannot be read"),
}


def term(key: str, language: str, **values: object) -> str:
    """A phrase in a language; where the dialogs have none the card's, and else the key's last word."""
    found = _WORDS.get(key) or HISTORY_WORDS.get(key) or ANNOUNCING_WORDS.get(key)
    if found is None:
        return word(key, language)
    return in_language(found, language, **values)


def knows(key: str) -> bool:
    """Whether the dialogs have words for this."""
    return key in _WORDS or key in HISTORY_WORDS or key in ANNOUNCING_WORDS
