"""What stands in the composer and in the line about a reply, in the desk's two languages."""

from collections.abc import Mapping
from typing import Final

from intake_chat.domain.slack.words import in_language

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("Responder", "Reply"),
    "send": ("Enviar", "Send"),
    "cancel": ("Cancelar", "Cancel"),
    "close": ("Cerrar", "Close"),
    "goes": ("El cliente lo recibe por {channel}: {name}.", "The customer gets it by {channel}: {name}."),
    "place.channel": (
        "En {channel}, en el hilo: lo leen todos los del canal.",
        "In {channel}, in the thread: everybody in the channel reads it.",
    ),
    "place.direct": ("En privado, por mensaje directo con {name}.", "In private, by direct message with {name}."),
    "place.mail": ("Por correo a {to}.", "By mail to {to}."),
    "place.mail_copies": ("Por correo a {to}, con copia a {cc}.", "By mail to {to}, with a copy to {cc}."),
    "place.more": ("{count} más", "{count} more"),
    "place.moved": (
        "Mientras escribías ha cambiado dónde o a quién llega; arriba está cómo es ahora. Si vale, envíala otra vez.",
        "Meanwhile, where it goes or who gets it has changed; above is how it is now. If that is fine, send again.",
    ),
    "text": ("Lo que leerá el cliente", "What the customer will read"),
    "status": ("Estado después de enviar", "Status after sending"),
    "resolution": ("Qué lo resolvió", "What solved it"),
    "resolution.hint": ("Hace falta si queda resuelta.", "Needed if it is solved with this."),
    "cause": ("Qué lo causó", "What caused it"),
    "cause.hint": ("Solo si su categoría lo pide.", "Only where its category asks for it."),
    "files": ("Archivos", "Files"),
    "template": ("Empezar con una plantilla", "Start from a template"),
    "template.choose": ("Buscar plantilla", "Find a template"),
    "template.behind": (
        "La plantilla se ha puesto detrás de lo que habías escrito.",
        "The template was put behind what you had written.",
    ),
    "template.empty": ("Sin dato, quedan como «…»: {places}.", "Not known, left as “…”: {places}."),
    "template.too_long": (
        "Con esa plantilla el texto pasa de 3000 letras; no se ha puesto.",
        "With that template the text is over 3000 characters; it was not put in.",
    ),
    "preview": ("Ver como el cliente", "Preview as the customer"),
    "preview.title": ("Así lo leerá", "As it will read"),
    "preview.to": ("Para {to}", "To {to}"),
    "preview.cc": ("Copia a {cc}", "Copy to {cc}"),
    "preview.subject": ("Asunto: {subject}", "Subject: {subject}"),
    "preview.nothing": ("Escribe primero lo que leerá el cliente.", "First write what the customer will read."),
    "preview.files": ("Archivos: {names}", "Files: {names}"),
    "preview.cut": ("Sigue; aquí no cabe más.", "It goes on; no more fits here."),
    "news": (
        "Mientras escribías ha llegado esto. Léelo; si tu respuesta sigue valiendo, envíala otra vez.",
        "This came while you were writing. Read it; if your answer still holds, send it again.",
    ),
    "news.customer": ("Cliente, {name}:", "Customer, {name}:"),
    "news.agent": ("{name} respondió:", "{name} replied:"),
    "news.waiting": (
        "{name} ya ha respondido; sale en unos segundos:",
        "{name} has replied already; it leaves in seconds:",
    ),
    "news.note": ("Nota de {name}:", "Note of {name}:"),
    "write": ("Escribe algo para el cliente.", "Write something for the customer."),
    "resolution.missing": ("Di qué lo resolvió: queda resuelta.", "Say what solved it: it is solved with this."),
    "sending": (
        (
            "Se están subiendo los archivos. Puedes cerrar esta ventana: la respuesta aparecerá en el hilo de la"
            " tarjeta, y si no sale te escribo."
        ),
        (
            "The files are being uploaded. You may close this window: the reply will show in the card's thread,"
            " and if it does not go I write to you."
        ),
    ),
    "sending.text": ("Tu texto:", "Your text:"),
    "on_its_way": (
        "Sale en {seconds} segundos. En el hilo de la tarjeta puedes deshacerlo y ver si llega.",
        "It leaves in {seconds} seconds. In the card's thread you can undo it, and see whether it arrives.",
    ),
    "files.lost": (
        "No se han podido leer estos archivos: {names}. Elígelos otra vez (25 MB como mucho cada uno).",
        "These files could not be read: {names}. Choose them again (25 MB each at most).",
    ),
    "doubt": (
        (
            "La mesa no ha contestado: no se sabe si se ha guardado. Si se guardó, sale en {seconds} segundos"
            " y aparece en el hilo de la tarjeta. Tu texto sigue aquí: enviado otra vez, sustituye a lo anterior;"
            " no sale dos veces."
        ),
        (
            "The desk did not answer: it is not known whether this was stored. If it was, it leaves in {seconds}"
            " seconds and shows in the card's thread. Your text is still here: sent again, it replaces that;"
            " it does not go twice."
        ),
    ),
    "left": (
        "Lo que enviaste antes desde aquí ya ha salido. Si envías esto, será otra respuesta.",
        "What you sent from here before has left already. If you send this, it will be another reply.",
    ),
    "files.again": (
        "No se sabe si se ha guardado; tu texto está aquí. Elige otra vez los archivos y envíalo: no sale dos veces.",
        "It is not known whether it was stored; your text is here. Choose the files again and send; it goes once.",
    ),
    "draft": (
        "⚠ Tu respuesta en la #{number} no ha salido. {why} Aquí está tu texto; elige otra vez los archivos.",
        "⚠ Your reply in #{number} was not sent. {why} Here is your text; choose the files again.",
    ),
    "draft.interrupted": (
        "Se interrumpió mientras se subían los archivos.",
        "It was interrupted while the files were being uploaded.",
    ),
    "draft.again": ("No salió. Aquí tienes el texto.", "It was not sent. Here is the text."),
    "draft.gone": (
        "Esa respuesta ya no está guardada: escríbela otra vez.",
        "That reply is kept no more: write it anew.",
    ),
    "draft.not_kept": (
        "No se ha podido guardar, así que no se envía. Tu texto sigue aquí: prueba otra vez en un momento.",
        "It could not be kept, so it is not sent. Your text is still here: try again in a moment.",
    ),
    "recalled": ("No se ha enviado. Aquí tienes tu texto.", "It was not sent. Here is your text."),
    "retry": ("No le llegó. Aquí tienes el texto.", "It did not arrive. Here is the text."),
    "too_late": ("Ya había salido; no se puede deshacer.", "It had left already; it cannot be undone."),
    "not_yours": ("Solo la deshace quien la escribió.", "Only whoever wrote it undoes it."),
    "line.held": ("⏳ {name} responde al cliente en unos segundos:", "⏳ {name} replies to the customer in seconds:"),
    "line.sent": ("✓ {name} ha respondido al cliente:", "✓ {name} replied to the customer:"),
    "line.delivered": (
        "✓✓ {name} ha respondido al cliente; entregado:",
        "✓✓ {name} replied to the customer; delivered:",
    ),
    "line.author.failed": (
        "⚠ Tu respuesta en la solicitud #{number} no llegó al cliente:",
        "⚠ Your reply in ticket #{number} did not reach the customer:",
    ),
    "line.author.unsent": (
        "⚠ Tu respuesta en la solicitud #{number} no se envió:",
        "⚠ Your reply in ticket #{number} was not sent:",
    ),
    "line.recalled": ("↩ {name} ha deshecho su respuesta; no se envió:", "↩ {name} undid the reply; it was not sent:"),
    "line.failed": (
        "⚠ La respuesta de {name} no llegó al cliente:",
        "⚠ The reply of {name} did not reach the customer:",
    ),
    "line.unsent": ("⚠ La respuesta de {name} no se envió:", "⚠ The reply of {name} was not sent:"),
    "line.why": ("Motivo: {why}", "Why: {why}"),
    "line.left_out": (
        "⚠ Fue sin estos archivos, que no se pudieron enviar: {names}. El mensaje se lo dice al cliente.",
        "⚠ It went without these files, which could not be sent: {names}. The message tells the customer so.",
    ),
    "line.cut": (
        "⚠ Fue sin el final del texto, que no cabe en Slack. El mensaje se lo dice al cliente.",
        "⚠ It went without the end of the text, which is too long for Slack. The message tells the customer so.",
    ),
    "line.unread": (
        "⚠ La cuenta de Slack del solicitante está desactivada: en el canal lo leen otros, pero no quien preguntó.",
        "⚠ The requester's Slack account is deactivated: others read it in the channel, whoever asked does not.",
    ),
    "line.template": (
        "↪ Llegó la plantilla de WhatsApp, con el número y el enlace a su página: estas palabras solo las lee allí.",
        "↪ WhatsApp's template arrived, with the number and the link to their page: these words are read there only.",
    ),
    "line.editing": (
        "✓ La respuesta de {name} se ha corregido; aún no consta que el cliente lo vea:",
        "✓ The reply of {name} was edited; it is not known yet that the customer sees it:",
    ),
    "line.edited": (
        "✓✓ La respuesta de {name} se ha corregido; el cliente lee ahora:",
        "✓✓ The reply of {name} was edited; the customer reads now:",
    ),
    "line.not_edited": (
        "⚠ La corrección de {name} no llegó: el cliente sigue leyendo lo de antes, y no esto:",
        "⚠ The edit of {name} did not arrive: the customer still reads what stood there before, and not this:",
    ),
    "line.taking": (
        "✓ La respuesta de {name} se retira; aún no consta que el cliente ya no la vea.",
        "✓ The reply of {name} is taken back; it is not known yet that the customer sees it no more.",
    ),
    "line.taken": (
        "↩ La respuesta de {name} se ha retirado; el cliente ya no la ve.",
        "↩ The reply of {name} was taken back; the customer sees it no more.",
    ),
    "line.not_taken": (
        "⚠ La respuesta de {name} no se pudo retirar: el cliente la sigue leyendo:",
        "⚠ The reply of {name} could not be taken back: the customer still reads it:",
    ),
    "line.edit": ("Corregir", "Edit"),
    "line.take_back": ("Retirar", "Take back"),
    "take_back.title": ("Retirar la respuesta", "Take the reply back"),
    "take_back.sure": (
        "Desaparece del hilo del cliente, también sus archivos. Puede que ya la haya leído.",
        "It disappears from the customer's thread, with its files. They may have read it already.",
    ),
    "take_back.doubt": (
        "La mesa no ha contestado: no se sabe si se ha retirado. La línea lo dirá; si no, vuelve a pulsar.",
        "The desk did not answer: it is not known whether it was taken back. The line will say; if not, press again.",
    ),
    "correct.title": ("Corregir", "Edit"),
    "correct.save": ("Corregir", "Save"),
    "correct.hint": (
        "El cliente ve el texto nuevo, y que se ha editado. Los archivos se quedan.",
        "The customer sees the new text, and that it was edited. Files stay.",
    ),
    "correct.write": (
        "Escribe lo que leerá el cliente; para quitarlo del todo está «Retirar».",
        "Write what the customer will read; to remove all of it there is “Take back”.",
    ),
    "correct.doubt": (
        "La mesa no ha contestado: no se sabe si se ha cambiado. Tu texto sigue aquí; envíalo otra vez.",
        "The desk did not answer: it is not known whether it was changed. Your text is still here; send it again.",
    ),
    "correct.taken": ("Esta respuesta ya se retiró.", "This reply was taken back already."),
    "correct.cannot": (
        "Esta respuesta ya no se puede cambiar. Envía otra.",
        "This reply can no longer be changed. Send another one.",
    ),
    "correct.too_long": (
        "El texto es demasiado largo para esta ventana. Envía otra respuesta.",
        "The text is too long for this dialog. Send another reply.",
    ),
    "not_yours.correct": (
        "Solo la corrige o la retira quien la escribió.",
        "Only whoever wrote it edits it or takes it back.",
    ),
    "line.undo": ("Deshacer", "Undo"),
    "line.retry": ("Reintentar", "Try again"),
}


def phrase(key: str, language: str, **values: str) -> str:
    """A phrase in a language; in English where the desk has no words in it."""
    return in_language(_WORDS[key], language, **values)
