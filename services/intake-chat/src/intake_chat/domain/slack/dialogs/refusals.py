"""Why the desk does not do something, in the language of whoever asked.

The ticket service says it in English, for every client of its API. What agents meet in these dialogs is said in Spanish
too. Whatever else it says is quoted, and said to be English: a sentence in the other language helps more than none.
"""

import re
from collections.abc import Sequence
from typing import Final

from intake_chat.domain.slack.dialogs.refusal_words import for_people
from intake_chat.domain.slack.interaction_words import said
from intake_chat.domain.slack.words import word
from ventanilla_contracts.words import CHANNELS

_KNOWN: Final[Sequence[tuple[re.Pattern[str], str]]] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"ticket (\d+) was merged into (\d+) and goes on in a conversation",
         "La #{0}, unida a la #{1}, sigue en una conversación de quien pregunta ahora: sepáralas primero."),
        (r"the desk was restored from a backup",
         "La mesa se restauró de una copia de seguridad: mira si aún hay que enviarla."),
        (r"this number is to be called already", "A ese número ya se va a llamar: anula antes esa llamada, o déjala."),
        (r"somebody calls the customer at this moment", "En este momento se está llamando al cliente."),
        (r"this callback is over", "Esa llamada ya pasó: no hay nada que anular."),
        (r"this ticket has no such callback", "Esa llamada ya no es de esta petición."),
        (r"no number of the customer is known", "No consta ningún número del cliente: escribe a cuál hay que llamar."),
        (r"must begin with \+ and the country's code", "Empieza por + y el prefijo del país: +34600111222."),
        (r"is no telephone number", "No es un número de teléfono; escríbelo como +34600111222."),
        (r"is no number that can be called", "A ese número no se puede llamar tal cual; escríbelo como +34600111222."),
        (r"for which callers pay extra", "Es un número de pago: la mesa no llama a esos."),
        (r"there is no ticket (\d+)", "No hay ninguna petición #{0}."),
        (r"ticket (\d+) is closed", "La #{0} está cerrada. Abre una nueva que la mencione."),
        (r"ticket (\d+) was merged into (\d+) already", "La #{0} ya se unió a la #{1}: son una."),
        (r"ticket (\d+) was merged into (\d+); name that one", "La #{0} se unió a la #{1}: elige esa."),
        (r"ticket (\d+) was merged into (\d+)", "La #{0} se unió a la #{1}: trabaja en esa."),
        (r"into ticket (\d+) others were merged", "A la #{0} se unieron otras: une la otra a esta, o sepáralas."),
        (r"(\S+) is not of the team (\S+), which ticket (\d+) is with; it has no people",
         "{0} no es del equipo {1}, que lleva la #{2} y todavía no tiene gente."),
        (r"(\S+) is not of the team (\S+), which ticket (\d+) is with; (?:its people are )?(.*)",
         "{0} no es del equipo {1}, que lleva la #{2}. Su gente: {3}."),
        (r"neither has nor follows ticket (\d+)", "Ni llevas ni sigues la #{0}; una nota sí puedes escribirla."),
        (r"no team of this desk works in tier (\S+);", "Ningún equipo trabaja en el nivel {0}."),
        (r"this desk has no team", "La mesa no tiene ese equipo."),
        (r"the team (\S+?)(?:, which it came from,)? is retired", "El equipo {0} ya no existe: elige otro."),
        (r"has no mailbox to answer from, .* link the two instead",
         "No se pueden unir: cada una se responde por su lado. Relaciónalas, y responde en las dos."),
        (r"ticket (\d+) has no mailbox to answer from", "La #{0} no tiene buzón para responder: únelas al revés."),
        (r"whoever asked in (\d+) has no mail address",
         "Quien pregunta en la #{0} no tiene correo y no leería la otra. Relaciónalas, y responde en las dos."),
        (r"came from no other team", "No vino de otro equipo: no hay adónde devolverla."),
        (r"must say it in at least (\d+) words", "Dilo al menos con {0} palabras: otra persona sigue desde ahí."),
        (r"must be one line", "Tiene que caber en una línea."),
        (r"is over already", "Ya ha pasado: elige una hora que esté por venir."),
        (r"is more than (\d+) days away", "Faltan más de {0} días: promete algo más cercano."),
        (r"ticket (\d+) is no problem but", "La #{0} no es un problema; solo un problema causa otras."),
        (r"cannot be (?:merged into|linked to) itself", "Es la misma petición: elige otra."),
        (r"these messages are of several people", "Son mensajes de varias personas: separa los de una cada vez."),
        (r"nothing its customer wrote would be left", "No quedaría nada del cliente: cambia mejor el asunto."),
        (r"was deleted by whoever wrote it", "Quien lo escribió lo borró."),
        (r"must be a mail address", "Tiene que ser una dirección de correo, por ejemplo ana@example.com."),
        (r"this is no person's address", "No es la dirección de una persona: es de la mesa o de una máquina."),
        (r"mail cannot go there", "Allí no llega el correo: no es una dirección, o es de la mesa o de una máquina."),
        (r"whoever asked reads the thread in (?P<way>\w+) as before",
         "Quien preguntaba sigue leyendo el hilo en {0}: quítale allí el acceso al canal."),
        (r"nobody of this name has written to the desk in (?P<way>\w+)", "Nadie así ha escrito a la mesa en {0}."),
        (r"is whoever asks already", "Ya es quien pregunta."),
        (r"they were written to aside", "Se le consultó aparte: lo que escribió no es para quien pregunta."),
        (r"ticket (\d+) is answered in (?P<way>\w+), where nobody can be kept in copy",
         "La #{0} se responde en {1}, donde no hay copias: invita allí a quien haga falta."),
        (r"(\d+) people (?:are )?in copy already", "Ya hay {0} personas en copia: quita antes a alguna."),
        (r"it was rejected by", "Ya se rechazó."),
        (r"it was released and is ticket (\d+)", "Ya se admitió: es la petición #{0}."),
        (r"names a message twice", "Un mensaje está dos veces."),
        (r"is retired and does nothing here any more", "Ya no eres agente de esta mesa."),
        (r"ticket (\d+) is of type \S+; only a problem", "La #{0} no es un problema: no ha causado otras."),
        (r"nobody at work at this desk has the handle '?([^';]+)'?", "Nadie que trabaje aquí se llama {0} en la mesa."),
        (r"nobody at this desk has the handle '?([^';]+)'?", "Nadie se llama {0} en la mesa."),
        (r"(\S+) is not of the team (\S+?);", "{0} no es del equipo {1}."),
        (r"(\S+) is retired and takes no tickets", "{0} ya no es agente y no recibe peticiones: elige a otra persona."),
        (r"(\S+) has ticket (\d+) since", "La #{1} la lleva ya {0}."),
        (r"solving asks for what solved it", "Para resolverla hay que decir qué la ha solucionado."),
        (r"solving .* what caused it", "Para resolverla hay que decir qué la ha causado."),
        (r"several teams work in tier (\S+): ([^;]*)", "En el nivel {0} trabajan varios equipos: {1}."),
        (r"what was mailed cannot be changed", "Lo que salió por correo no se puede cambiar. Envía otra respuesta."),
        (r"what was texted cannot be changed", "Lo que salió como texto no se puede cambiar. Envía otra respuesta."),
        (r"it did not arrive, so nobody reads it", "No llegó, así que nadie la lee. Envíala otra vez."),
        (r"it is still on its way to the customer", "Aún va de camino: espera a que conste que ha llegado."),
        (r"it was sent more than (\d+) days ago", "Se envió hace más de {0} días. Envía otra respuesta."),
        (r"it was taken back", "Ya se retiró. Envía otra respuesta."),
        (r"it was edited (\d+) times", "Se ha corregido {0} veces. Envía otra, o retírala."),
        (r"only whoever wrote an answer edits it", "Solo la corrige o la retira quien la escribió."),
        (r"ticket (\d+) has no such message", "Esa respuesta ya no está en la #{0}: mira dónde sigue la petición."),
        (r"more than (\d+) people would be in copy of (\d+)", "En la #{1} habría más de {0} personas en copia."),
        (r"more than (\d+) people would be in copy on", "Habría más de {0} personas en copia."),
        (r"has no mail address to answer to", "No hay dirección de correo a la que responder: escribe una nota."),
        (r"goes on in (?P<way>\S+); an answer there goes to nobody by mail",
         "Sigue en {0}: lo que se responde no va por correo."),
        (r"goes on in direct messages, which belong to one person",
         "Sigue en mensajes directos, que son de una sola persona: abre otra para quien pregunta ahora y enlázalas."),
        (r"goes on in (?P<way>\S+), where nobody else can be answered",
         "Sigue en {0}, donde solo lee quien pregunta: abre otra."),
        (r"goes on in (?P<way>\S+); name somebody as", "Sigue en {0}: elige a alguien de allí."),
        (r"only what an agent answered can be edited", "Solo se corrige o se retira lo que respondió un agente."),
        (r"it was written in the chat itself",
         "Se escribió en el propio chat: allí lo corrige o lo borra quien lo escribió."),
        (r"(\d+) links of one ticket are the most",
         "Una petición tiene como mucho {0} relaciones: quita antes alguna."),
        (r"(\d+) incidents of one problem are the most",
         "Un problema tiene como mucho {0} incidencias: quita antes alguna."),
        (r"(\d+) tickets were merged into (\d+); that is the most",
         "A la #{1} ya se unieron {0}, y no caben más: elige otra."),
        (r"(.+) was written to aside in (\d+):",
         "A {0} se le consultó aparte en la #{1}: lo que escribió no es para las demás."),
        (r"(.+) was taken out of (\d+); add them there",
         "Se quitó a {0} de la #{1}: ponla allí en copia antes si puede leerlo."),
        (r"is no message of ticket (\d+)", "Ese mensaje ya no es de la #{0}."),
        (r"there is nothing to explain", "Entonces la petición no estaba abierta: no hay cuentas que mostrar."),
        (r"tickets (\d+) and (\d+) are not linked", "La #{0} y la #{1} no están relacionadas."),
        (r"ticket (\d+) is merged into no other", "La #{0} no está unida a ninguna: no hay nada que separar."),
        (r"how ticket (\d+) was merged is not known",
         "Ya no consta cómo se unió la #{0}: abre una nueva que la mencione."),
        (r"(\d+) announcements at a time are the most", "Ya se anuncian {0} cosas: termina antes alguna."),
        (r"is announced for problem (\S+?);", "Ya se anuncia por el problema #{0}: termínalo y anuncia el otro."),
        (r"an announcement begins within a year", "Un aviso empieza dentro de un año como mucho."),
        (r"an announcement ends after it has begun", "Un aviso termina después de empezar, y antes de un año."),
        (r"problem (\S+) is \S+ already; there is nothing to announce",
         "El problema #{0} ya está resuelto: no hay nada que anunciar."),
        (r"leads no team: name the problem",
         "Lo que no es de ningún problema lo anuncia quien dirige un equipo: hazlo desde un problema de tu equipo."),
        (r"nothing is announced as", "Eso ya no se anuncia."),
        (r"texts must say it in every language", "Escríbelo en los dos idiomas."),
        (r"must say something", "Escribe algo."),
        (r"texts must say something", "Escribe algo, en un idioma por lo menos."),
        (r"names a file twice", "Un archivo está dos veces."),
        (r"there is no such file", "Ese archivo ya no está."),
        (r"no such reply that waits|the reply of this key went long ago", "Esa respuesta salió hace tiempo."),
        (r"the message was deleted meanwhile|there is no such message", "Ese mensaje ya no está."),
        (r"with id \S+ is or was in quarantine|does not know \S+ as quarantined", "Ese mensaje no está en cuarentena."),
        (r"the address was forgotten meanwhile", "Esa dirección ya no está bloqueada."),
        (r"this desk has no agent (\S+)", "En la mesa no hay ningún agente {0}."),
        (r"came on file after this conversation had begun",
         "Consta desde después de empezar esta conversación, así que no demuestra nada: elige otra vía."),
        (r"texts no codes to numbers of that country", "A números de ese país no se envían códigos: elige otra vía."),
        (r"no text arrives at that number", "A ese número no llegan mensajes: elige otra vía."),
        (r"has no number to text from", "La mesa no tiene número desde el que enviarlo: elige un correo."),
        (r"has no mailbox to write from", "La mesa no tiene buzón desde el que enviarlo: elige un número."),
        (r"want no texts from the desk", "No quiere mensajes de texto de la mesa: elige otra vía."),
        (r"mail to that address comes back", "El correo a esa dirección vuelve: elige otra vía."),
        (r"that is the desk itself", "Esa dirección es de la propia mesa: elige otra vía."),
        (r"this way is not on file", "Esa vía ya no consta: mira otra vez cuáles hay."),
        (r"wait (\d+) seconds before the next", "Se acaba de enviar un código: espera {0} segundos."),
        (r"(\d+) codes in a day are the most for one ticket",
         "Una petición admite {0} códigos al día como mucho: verifica a quien pregunta de otra manera."),
        (r"(\d+) codes in a day are the most for one address",
         "Una dirección admite {0} códigos al día como mucho: elige otra vía."),
        (r"(\d+) codes in a day are the most for numbers like",
         "A números como ese van {0} códigos al día como mucho: elige otra vía."),
        (r"has sent its (\d+) codes of a day", "La mesa ya ha enviado sus {0} códigos de hoy así: elige otra vía."),
        (r"no code is open in this ticket", "No hay ningún código por comprobar: envía uno primero."),
        (r"(\d+) wrong codes were given", "Se dieron {0} códigos que no eran; este ya no vale: envía otro."),
        (r"the code has expired", "El código ha caducado, valía diez minutos: envía otro."),
        (r"somebody else asks in this ticket since", "Desde que se envió pregunta otra persona: envía otro código."),
        (r"the address that the code went to is not on file",
         "La dirección a la que fue el código ya no consta: elige otra vía."),
        (r"the code is wrong, for the", "El código no es ese, y ya no quedan intentos: envía otro."),
        (r"the code is wrong; 1 more try", "El código no es ese; queda un intento."),
        (r"the code is wrong; (\d+) more tries", "El código no es ese; quedan {0} intentos."),
        (r"no call that goes on now began then", "Esa llamada ya no está en curso."),
        (r"holds the character U\+", "Lleva una letra que no se puede guardar: bórrala y escríbelo otra vez."),
    )
)  # fmt: skip
_CODES: Final = {
    "one_persons_own": (
        "Sigue en mensajes directos, que son de una sola persona. Abre una petición nueva y relaciona las dos.",
        "It goes on in direct messages, which belong to one person. Open a new ticket, and link the two.",
    ),
    "key_reused": (
        "Lo que enviaste antes desde aquí ya se hizo, aunque la respuesta no llegó. Cierra y mira la petición.",
        "What you sent from here before was done, though its answer did not come. Close this and look at the ticket.",
    ),
    "agent_unknown": ("La mesa ya no te conoce como agente.", "The desk does not know you as an agent any more."),
}
_POINTER: Final = re.compile(r"^(?:/[\w/]{1,60}|[a-z_]{2,30}): ")


def in_words(code: str, detail: str, language: str) -> str:
    """Why the desk said no, for a person.

    Args:
        code: the slug of its problem.
        detail: its sentence, in English.
    """
    if code in _CODES:
        return _CODES[code][0 if language == "es" else 1]
    text = _POINTER.sub("", detail).strip()
    if said_to_people := for_people(text, language):
        return said_to_people
    known = ((found, words) for pattern, words in _KNOWN if (found := pattern.search(text)))
    found, words = next(known, (None, ""))
    if language != "es":
        return _finished(_with_way_named(text, found, language))
    if found:
        way = found.groupdict().get("way")
        return words.format(*(_way(one, language) if one and one == way else one or "" for one in found.groups()))
    return f"«{_finished(text)}» (lo dice la mesa en inglés)" if text else "La mesa no dice por qué."


def _way(channel: str, language: str) -> str:
    """A channel as people call it: the desk names it by its handle."""
    return word(f"channel.{channel}", language) if channel in CHANNELS else channel


def _with_way_named(text: str, found: re.Match[str] | None, language: str) -> str:
    if found is None or "way" not in found.groupdict():
        return text
    start, end = found.span("way")
    return f"{text[:start]}{_way(text[start:end], language)}{text[end:]}"


def not_allowed(code: str, detail: str, language: str) -> str:
    """That the desk does not do something, and why."""
    return said("refused", language, why=in_words(code, detail, language))


def _finished(text: str) -> str:
    text = text or "the desk does not say why"
    return f"{text[0].upper()}{text[1:]}".rstrip(".") + "."
