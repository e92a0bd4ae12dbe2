"""What stands in the dialog in which an agent has a customer called back, in the two languages of the desk."""

from collections.abc import Mapping
from typing import Final

CALLING_BACK_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "callback.title": ("Devolver llamada", "Call back"),
    "callback.submit": ("Prever la llamada", "Plan the call"),
    "callback.what": (
        "Suena primero el teléfono de un agente; al pulsar 1 se llama al cliente. Se intenta hasta tres veces.",
        "An agent's telephone rings first; on pressing 1 the customer is called. It is tried up to three times.",
    ),
    "callback.number": ("Número", "Number"),
    "callback.number.hint": (
        "Con + y el prefijo del país. En blanco: el que consta del cliente.",
        "With + and the country's code. Blank: the one that is known of the customer.",
    ),
    "callback.at": ("Cuándo", "When"),
    "callback.at.hint": (
        "En blanco: en cuanto esté el equipo. Fuera de su horario, al abrir.",
        "Blank: as soon as the team is there. Outside its hours, when it opens.",
    ),
    "callback.who": ("Quién llama", "Who calls"),
    "callback.team": ("Quien esté del equipo", "Whoever of the team is there"),
    "callback.me": ("Yo, a esa misma hora; si no estoy, el equipo", "I do, at just that time; the team if I am away"),
    "callback.off": ("Anular", "Call it off"),
    "callback.off.ask": (
        "¿Anular esta llamada? Si el cliente sabía la hora, se le avisa.",
        "Call off this call? A customer who was told the time is told so.",
    ),
    "callback.off.yes": ("Anular", "Call it off"),
    "callback.off.no": ("Dejarla", "Keep it"),
    "callback.open": ("Llamada al {number}, por {who}.", "Call to {number}, by {who}."),
    "callback.scheduled": ("Será", "It will be"),
    "callback.attempts": ("Intentos hasta ahora: {count}.", "Attempts so far: {count}."),
    "callback.due": ("Están sonando teléfonos de agentes.", "Agents' telephones are ringing."),
    "callback.talking": ("Se está llamando al cliente.", "The customer is being called."),
    "callback.done": ("Se habló con el cliente.", "The customer was talked with."),
    "callback.failed": ("No se pudo hablar con el cliente.", "The customer could not be reached."),
    "callback.withdrawn": ("Se anuló.", "It was called off."),
    "callback.none": ("No hay ninguna llamada prevista.", "No call is planned."),
    "callback.tried.talked": ("se habló {lasted}", "talked for {lasted}"),
    "callback.tried.customer_no_answer": ("el cliente no contestó", "the customer did not answer"),
    "callback.tried.customer_busy": ("comunicaba", "the line was busy"),
    "callback.tried.nobody_took_it": ("ningún agente la cogió", "no agent took it"),
    "callback.tried.agent_gave_up": ("el agente colgó antes", "the agent hung up first"),
    "callback.tried.failed": ("no se pudo llamar", "the call could not be made"),
    "callback.tried.no_report": ("no se supo nada", "nothing was heard of it"),
    "callback.tried.withdrawn": ("se anuló", "it was called off"),
}
