"""What cards and their threads say, in the two languages of the desk."""

from collections.abc import Mapping
from typing import Final

from intake_chat.domain.slack.words import in_language, word

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "type.incident": ("Incidencia", "Incident"),
    "type.request": ("Petición", "Request"),
    "type.question": ("Consulta", "Question"),
    "type.problem": ("Problema", "Problem"),
    "action.assign": ("Asignar", "Assign"),
    "action.more": ("Más…", "More…"),
    "action.escalate": ("Escalar…", "Escalate…"),
    "action.return": ("Devolver…", "Return…"),
    "action.priority": ("Cambiar la prioridad…", "Change the priority…"),
    "action.snooze": ("Dejar para luego…", "Snooze…"),
    "action.solve": ("Resolver…", "Solve…"),
    "action.merge": ("Unir con otro…", "Merge…"),
    "action.link": ("Enlazar…", "Link…"),
    "action.split": ("Separar un mensaje…", "Split off a message…"),
    "action.problem": ("Problema e incidencias…", "Problem and incidents…"),
    "action.requester": ("Cambiar quién pide…", "Change the requester…"),
    "action.cc": ("Poner en copia…", "Add in copy…"),
    "action.block": ("Bloquear al remitente…", "Block the sender…"),
    "action.release": ("Ver la cuarentena…", "Look at the quarantine…"),
    "action.reopen": ("Reabrir…", "Reopen…"),
    "action.not_spam": ("No es basura…", "It is no spam…"),
    "action.unmerge": ("Separar de la otra…", "Un-merge…"),
    "action.spam": ("Es correo basura…", "It is spam…"),
    "action.history": ("Historial", "History"),
    "action.why": ("¿Por qué está aquí?", "Why is it here?"),
    "action.clocks": ("Cuentas de los plazos", "Service-level arithmetic"),
    "similar": ("Parecidos ya resueltos", "Similar and solved"),
    "merged": ("Sigue en el #{number}.", "It goes on in #{number}."),
    "moved": ("#{number} está ahora con {team}, en <#{channel}>.", "#{number} is now with {team}, in <#{channel}>."),
    "whole": ("Leer entero", "Read all of it"),
    "line.customer": ("El cliente ha escrito", "The customer wrote"),
    "line.automatic": ("Respuesta automática del cliente", "Automatic answer of the customer"),
    "line.aside": ("Ha escrito alguien que no es el cliente", "Somebody wrote who is not the customer"),
    "line.edited": ("(editado por quien lo escribió)", "(edited by whoever wrote it)"),
    "line.deleted": ("El mensaje que había aquí lo ha borrado quien lo escribió.",
                     "The message that was here was deleted by whoever wrote it."),
    "line.files_missing": ("⚠ Falta algún archivo: es demasiado grande o eran demasiados.",
                           "⚠ A file is missing: too large or too many."),
    "line.failed": ("⚠ No llegó al cliente: {why}", "⚠ It did not reach the customer: {why}"),
    "line.not_edited": ("⚠ Una respuesta corregida no cambió donde la lee el cliente: {why}",
                        "⚠ A reply that was edited did not change where the customer reads it: {why}"),
    "line.not_taken": ("⚠ Una respuesta retirada la sigue leyendo el cliente: {why}",
                       "⚠ A reply that was taken back is still read by the customer: {why}"),
    "line.files": ("Adjuntos: {names}", "Attachments: {names}"),
    "line.replied": ("{name} ha respondido al cliente: {text}", "{name} replied to the customer: {text}"),
    "line.note": ("Nota de {name}: {text}", "Note by {name}: {text}"),
    "line.escalated": ("{name} lo ha escalado de {old} a {new}.", "{name} escalated it from {old} to {new}."),
    "line.de_escalated": ("{name} lo ha bajado de {old} a {new}.", "{name} took it down from {old} to {new}."),
    "line.returned": ("{name} lo ha devuelto de {old} a {new}.", "{name} returned it from {old} to {new}."),
    "line.why": ("Motivo: {why}", "Reason: {why}"),
    "line.assigned": ("Lo lleva ahora {new}.", "{new} has it now."),
    "line.unassigned": ("Ya no lo lleva nadie.", "Nobody has it any more."),
    "line.team": ("Pasa de {old} a {new}.", "It goes from {old} to {new}."),
    "line.status": ("{name}: de «{old}» a «{new}».", "{name}: from “{old}” to “{new}”."),
    "line.warned": ("⏰ Se acerca un plazo: {clock}, {due}.", "⏰ Due soon: {clock}, {due}."),
    "line.breached": ("⚠ Plazo vencido: {clock}, {due}.", "⚠ Missed: {clock}, {due}."),
    "line.merged": ("{name} lo ha unido con el #{number}.", "{name} merged it into #{number}."),
    "line.merged_in": ("{name} ha unido aquí el #{number}.", "{name} merged #{number} into this one."),
    "line.unmerged": ("{name} lo ha separado del #{number}: sigue por su cuenta.",
                      "{name} took it out of #{number}: it goes on by itself."),
    "line.merged_out": ("{name} ha separado el #{number} de este.", "{name} took #{number} out of this one."),
    "line.before": ("Estaba en <#{channel}>; lo dicho allí está en el hilo de su tarjeta.",
                    "It was in <#{channel}>; what was said there is in the thread of its card."),
    "why.opened": ("{name} la abrió a mano.", "{name} opened it by hand."),
    "why.at_first": ("Al llegar: {why}", "When it came: {why}"),
    "why.priority": ("Prioridad {value}: la puso {name}{why}.", "Priority {value}: set by {name}{why}."),
    "why.place": ("En {team}, nivel {tier}: lo mandó {name}{why}.", "In {team}, tier {tier}: sent by {name}{why}."),
    "why.said": (" («{why}»)", " (“{why}”)"),
    "why.rules": ("una regla ({rules})", "a rule ({rules})"),
    "why.desk": ("la mesa", "the desk"),
    "why.customer": ("el cliente", "the customer"),
    "line.earlier": ("Antes pasaron {count} cosas más; están en el historial.",
                     "{count} more things happened before; the history has them."),
    "who.desk": ("La mesa", "The desk"),
    "who.customer": ("El cliente", "The customer"),
    "note.not_an_agent": (
        "Aquí hablan los agentes entre sí: no se ha guardado. Si lo eres, pide el alta con tu correo de Slack.",
        "Agents talk among themselves here: it was not stored. If you are one, ask to be added with your mail.",
    ),
    "note.refused": (
        "Esto no se ha guardado como nota del #{number}: {why}", "This was not stored as a note of #{number}: {why}",
    ),
    "note.late": (
        "La mesa no contesta desde hace mucho: tu nota del #{number} no se ha guardado. Vuelve a escribirla más tarde.",
        "The desk has not answered for long: your note of #{number} was not stored. Write it again later.",
    ),
    "note.stays": (
        "La nota del #{number} ya es parte de la petición y no se borra con el mensaje.",
        "The note of #{number} is part of the ticket and is not deleted with the message.",
    ),
    "note.edited": ("(Corrige una nota anterior)", "(Corrects an earlier note)"),
    "note.files": ("Ficheros en Slack: {names}", "Files in Slack: {names}"),
}  # fmt: skip


def card_word(key: str, language: str, **values: str) -> str:
    """A phrase in a language; what cards share with the rest of the desk's words comes from there."""
    found = _WORDS.get(key)
    if found is None:
        return word(key, language, **values)
    return in_language(found, language, **values)
