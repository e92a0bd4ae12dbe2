"""What App Home, commands and the ways in say, in the desk's two languages."""

from collections.abc import Mapping
from typing import Final

from intake_chat.domain.slack.words import in_language

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    # App Home of an agent
    "home.title": ("Tu cola", "Your queue"),
    "home.takes_work": ("recibes trabajo", "you get work"),
    "home.no_work": ("no recibes trabajo: {why}", "you get no work: {why}"),
    "home.no_room": ("no recibes trabajo", "you get no work"),
    "home.on_call": ("Estás de guardia: {rotas}", "You are on call: {rotas}"),
    "home.held": ("{channel}: {open} de {capacity}", "{channel}: {open} of {capacity}"),
    "home.capacity": ("Capacidad…", "Capacity…"),
    "home.refresh": ("Actualizar", "Refresh"),
    "home.new": ("Nueva petición…", "New ticket…"),
    "home.quarantine": ("Cuarentena", "Quarantine"),
    "home.day": (
        (
            "Hoy: {solved} resueltas · {replied} respuestas · primeras respuestas {met} a tiempo, {missed} tarde"
            " · {taken} recibidas · {handed_on} pasadas · {open} abiertas"
        ),
        (
            "Today: {solved} solved · {replied} replies · first responses {met} in time, {missed} late"
            " · {taken} taken · {handed_on} handed on · {open} open"
        ),
    ),
    "home.median": ("mediana de la primera respuesta: {minutes} min", "median first reply: {minutes} min"),
    "home.oldest": ("Espera desde hace más: #{number}", "Waits longest: #{number}"),
    "home.search": ("Buscar en lo que ves", "Search what you see"),
    "home.clear": ("Quitar filtros", "Clear filters"),
    "home.next": ("Siguientes", "Next"),
    "home.first": ("Desde el principio", "From the start"),
    "home.empty": ("No hay nada aquí.", "There is nothing here."),
    "home.none_so": ("Nada con estos filtros; sin ellos hay {count}.", "Nothing with these filters; {count} without."),
    "home.more": ("y {count} más: elige esta vista para verlas", "and {count} more: choose this view to see them"),
    "home.all_priorities": ("Cualquier prioridad", "Any priority"),
    "home.all_channels": ("Cualquier canal", "Any channel"),
    "home.all_teams": ("Todos tus equipos", "All your teams"),
    "home.cut": (
        "No cabe todo; afina los filtros para ver el resto.",
        "There is more than fits; narrow the filters to see the rest.",
    ),
    "home.at": ("Visto a las {time}", "Seen at {time}"),
    "home.away": (
        "La mesa tarda en contestar. No se ha perdido nada; pulsa «Actualizar» en un momento.",
        "The desk is slow to answer. Nothing is lost; press “Refresh” in a moment.",
    ),
    "view.all": ("Todo de un vistazo", "All at a glance"),
    "view.mine": ("Lo mío", "Mine"),
    "view.unassigned": ("Sin asignar en mis equipos", "Unassigned in my teams"),
    "view.waiting": ("Esperan mi respuesta", "Waiting for me"),
    "view.mentions": ("Me mencionan", "Mentions"),
    "view.paged": ("Avisos de guardia", "On-call pages"),
    "availability.available": ("Disponible", "Available"),
    "availability.busy": ("Ocupado", "Busy"),
    "availability.away": ("Ausente", "Away"),
    "why.away": ("estás ausente", "you are away"),
    "why.busy": ("estás ocupado", "you are busy"),
    "why.absent": ("tienes una ausencia anotada", "an absence is noted"),
    "why.outside working hours": ("fuera de tu horario", "outside your hours"),
    "why.retired": ("estás dado de baja", "you are retired"),
    "item.late": ("⚠ vencida", "⚠ late"),
    "item.team_retired": ("equipo retirado: {team}", "retired team: {team}"),
    "item.claim": ("Me la quedo", "Claim"),
    "item.reply": ("Responder", "Reply"),
    "item.read": ("Leído", "Read"),
    "item.acknowledge": ("Me ocupo", "I am on it"),
    "item.note": ("{by}: {text}", "{by}: {text}"),
    # The dialog for capacity
    "capacity.title": ("Capacidad", "Capacity"),
    "capacity.save": ("Guardar", "Save"),
    "capacity.cancel": ("Cancelar", "Cancel"),
    "capacity.field": ("Peticiones abiertas a la vez: {channel}", "Open tickets at once: {channel}"),
    "capacity.default": ("los demás canales", "all other channels"),
    "capacity.number": ("Escribe un número entre 0 y {most}.", "Write a number from 0 to {most}."),
    # App Home of everybody else
    "customer.title": ("¿En qué podemos ayudarte?", "How can we help?"),
    "customer.how": (
        (
            "Escribe aquí mismo, en la pestaña «Mensajes», o usa `/ticket` en cualquier canal. También puedes convertir"
            " un mensaje tuyo en petición: ponle la reacción :ticket: o elige «Create ticket from this» en su menú."
        ),
        (
            "Write right here, in the tab “Messages”, or use `/ticket` in any channel. You can also make a ticket of a"
            " message of yours: react with :ticket:, or choose “Create ticket from this” in its menu."
        ),
    ),
    "customer.ask": ("Pedir ayuda…", "Ask for help…"),
    "customer.open": ("Tus peticiones abiertas", "Your open tickets"),
    "customer.none": ("No tienes ninguna petición abierta.", "You have no open tickets."),
    "customer.more": (
        "Abiertas además de estas: {count}. Pregunta por cualquiera de ellas en su conversación.",
        "Open besides these: {count}. Ask about any of them in its conversation.",
    ),
    "customer.page": ("Ver", "View"),
    # /ticket
    "ask.too_long": (
        "Caben {most} letras. Esto no ha cabido y no se enviará: cópialo y mándalo después en la conversación.",
        "{most} letters fit. This did not fit and will not be sent: copy it, send it in the conversation afterwards.",
    ),
    "ask.title": ("Pedir ayuda", "Ask for help"),
    "ask.send": ("Enviar", "Send"),
    "ask.cancel": ("Cancelar", "Cancel"),
    "ask.text": ("¿Qué ocurre?", "What is the matter?"),
    "ask.hint": (
        "La mesa te contesta en tus mensajes directos con esta aplicación; allí puedes añadir más y enviar archivos.",
        "The desk answers in your direct messages with this app; you can say more and send files there.",
    ),
    "ask.taken": (
        "Recibido. La conversación sigue en tus mensajes directos con esta aplicación.",
        "Got it. The conversation goes on in your direct messages with this app.",
    ),
    "ask.not_taken": (
        "No se ha podido guardar ahora. Vuelve a enviarlo en un momento; esto es lo que habías escrito:\n{text}",
        "It could not be stored just now. Send it again in a moment; this is what you wrote:\n{text}",
    ),
    "ask.kept": (
        "No se ha podido guardar; lo que has escrito sigue aquí. Vuelve a enviarlo en un momento.",
        "It could not be stored; what you wrote is still here. Send it again in a moment.",
    ),
    "ask.empty": ("Escribe qué ocurre.", "Write what the matter is."),
    "ask.root": ("Tu petición a la mesa de ayuda:", "Your request to the help desk:"),
    "hand_in.taken": (
        (
            "Este mensaje llega a la mesa de ayuda. La conversación sigue en su hilo o, donde no puede ser, en tus"
            " mensajes directos con la aplicación."
        ),
        (
            "This message goes to the help desk. The conversation goes on in its thread or, where it cannot, in your"
            " direct messages with the app."
        ),
    ),
    "hand_in.not_taken": (
        "No se ha podido guardar ahora y no se ha creado nada. Vuelve a intentarlo en un momento.",
        "It could not be stored just now and nothing was made. Try again in a moment.",
    ),
    "hand_in.nobodys": (
        "No es un mensaje de nadie: no se ha creado nada. Escribe `/ticket` y tu petición.",
        "Nobody wrote this message: nothing was made. Type `/ticket` and what you ask for.",
    ),
    "hand_in.quoted": ("(Lo escribió {name}.)", "({name} wrote this.)"),
    "hand_in.quoted_app": ("(Lo escribió una aplicación.)", "(An app wrote this.)"),
    # /desk
    "desk.help": (
        (
            "*Lo que puedes pedir*\n"
            "• `/desk busca impresora` busca en las peticiones\n"
            "• `/desk mías` lo tuyo, por vencimiento\n"
            "• `/desk cola` o `/desk cola facturación` lo que nadie tiene\n"
            "• `/desk asigna 4711 @eva` da una petición a alguien de su equipo\n"
            "• `/desk resuelve 4711 tóner cambiado` la resuelve: di qué la resolvió\n"
            "• `/desk reabre 4711` abre otra vez lo que estaba resuelto\n"
            "• `/desk nueva` abre una petición para un cliente y le escribe\n"
            "• `/desk anuncia 4711` anuncia un problema a quien llame; `/desk anuncios` lo que se anuncia\n"
            "• `/desk ayuda` esto"
        ),
        (
            "*What you can ask for*\n"
            "• `/desk find printer` searches the tickets\n"
            "• `/desk mine` what is yours, by time to breach\n"
            "• `/desk queue` or `/desk queue billing` what nobody has\n"
            "• `/desk assign 4711 @eva` gives a ticket to somebody of its team\n"
            "• `/desk solve 4711 toner replaced` solves it: say what solved it\n"
            "• `/desk reopen 4711` opens again what was solved\n"
            "• `/desk new` opens a ticket for a customer and writes to them\n"
            "• `/desk announce 4711` announces a problem to whoever calls; `/desk announcements` what is announced\n"
            "• `/desk help` this"
        ),
    ),
    "desk.wrong.unknown": (
        "No conozco esa palabra. Por ejemplo: `/desk mías`",
        "I do not know that word. For example: `/desk mine`",
    ),
    "desk.wrong.find": ("Di qué buscar: `/desk busca impresora`", "Say what to look for: `/desk find printer`"),
    "desk.wrong.queue": ("Di un equipo: `/desk cola facturación`", "Name a team: `/desk queue billing`"),
    "desk.wrong.assign": (
        "Di qué petición y a quién: `/desk asigna 4711 @eva`",
        "Say which ticket and to whom: `/desk assign 4711 @eva`",
    ),
    "desk.wrong.solve": (
        "Di qué petición y qué la resolvió: `/desk resuelve 4711 tóner cambiado`",
        "Say which ticket and what solved it: `/desk solve 4711 toner replaced`",
    ),
    "desk.wrong.announce": (
        "Di qué problema, o nada: `/desk anuncia 4711`",
        "Say which problem, or nothing: `/desk announce 4711`",
    ),
    "desk.wrong.reopen": ("Di qué petición: `/desk reabre 4711`", "Say which ticket: `/desk reopen 4711`"),
    "desk.found": ("Peticiones con «{words}»:", "Tickets with “{words}”:"),
    "desk.none_found": ("No hay ninguna petición con «{words}».", "No ticket has “{words}”."),
    "desk.mine": ("Lo tuyo, lo primero lo que antes vence:", "Yours, what falls due first on top:"),
    "desk.none_mine": ("No tienes nada abierto.", "You have nothing open."),
    "desk.queue": ("Sin asignar:", "Unassigned:"),
    "desk.no_such_team": (
        "Ninguno de tus equipos se llama «{team}». Los tuyos: {teams}.",
        "None of your teams is called “{team}”. Yours: {teams}.",
    ),
    "desk.no_teams": ("No eres de ningún equipo.", "You are of no team."),
    "desk.none_queue": ("No hay nada sin asignar.", "Nothing is unassigned."),
    "desk.more": ("Hay más; App Home las tiene todas.", "There are more; App Home has all of them."),
    "desk.assigned": ("#{number} es de {name}.", "#{number} is {name}'s."),
    "desk.no_such_agent": (
        "{who} no es agente de la mesa. Nombra a alguien de su equipo: `/desk asigna {number} @eva`",
        "{who} is no agent of the desk. Name somebody of its team: `/desk assign {number} @eva`",
    ),
    "desk.solved": ("#{number} está resuelta.", "#{number} is solved."),
    "desk.reopened": ("#{number} vuelve a estar abierta.", "#{number} is open again."),
    "desk.not_solved": (
        "#{number} no está resuelta, sino así: {status}.",
        "#{number} is not solved. It stands so: {status}.",
    ),
    "desk.refused": ("No se ha hecho nada: {why}", "Nothing was done: {why}"),
    # The dialog of /desk new
    "new.title": ("Nueva petición", "New ticket"),
    "new.send": ("Abrir y enviar", "Open and send"),
    "new.cancel": ("Cancelar", "Cancel"),
    "new.channel": ("Por dónde se le escribe", "How to write to them"),
    "new.mail": ("Correo", "Mail"),
    "new.slack": ("Mensaje directo de Slack", "Slack direct message"),
    "new.address": ("Dirección de correo del cliente", "The customer's mail address"),
    "new.address_hint": ("Si se le escribe por correo.", "If it goes by mail."),
    "new.person": ("Persona en Slack", "Person in Slack"),
    "new.person_hint": ("Si se le escribe por Slack.", "If it goes by Slack."),
    "new.subject": ("Asunto", "Subject"),
    "new.text": ("Lo que leerá el cliente", "What the customer will read"),
    "new.need_address": (
        "Escribe la dirección de correo, por ejemplo ana@example.com.",
        "Write the mail address, for example ana@example.com.",
    ),
    "new.need_person": ("Elige a quién se le escribe en Slack.", "Choose whom to write to in Slack."),
    "new.opened_by": (
        "{name} ha abierto esta petición y escribe al cliente.",
        "{name} opened this ticket and writes to the customer.",
    ),
    "new.no_team": (
        "No eres de ningún equipo, y la petición necesita uno. Pide a quien administra la mesa que te ponga en uno.",
        "You are of no team, and the ticket needs one. Ask whoever administers the desk to put you into one.",
    ),
    "new.no_direct": (
        "Slack no deja escribir a esa persona. Elige otra, o escríbele por correo.",
        "Slack does not let us write to that person. Choose somebody else, or write by mail.",
    ),
    "new.opened": (
        "Se ha abierto {link} y la llevas tú. Tu mensaje va de camino: {to}.",
        "{link} is open and yours. Your message is on its way: {to}.",
    ),
}


def home_word(key: str, language: str, **values: object) -> str:
    """A phrase in a language; the last part of the key where the desk has a word that this release does not know."""
    found = _WORDS.get(key)
    if found is None:
        return key.rpartition(".")[2]
    return in_language(found, language, **values)


def home_keys() -> tuple[str, ...]:
    """All keys, for the test that each has both languages."""
    return tuple(_WORDS)
