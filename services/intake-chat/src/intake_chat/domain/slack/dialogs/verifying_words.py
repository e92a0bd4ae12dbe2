"""What stands in the dialogs in which an agent verifies who asks, in the two languages of the desk."""

from collections.abc import Mapping
from typing import Final

VERIFYING_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "verify.title": ("Verificar", "Verify"),
    "verify.submit": ("Enviar un código", "Send a code"),
    "verify.check": ("Comprobar", "Check"),
    "verify.now": ("Quien pregunta: {grade}.", "Who asks: {grade}."),
    "verify.by": (
        "✓ Identidad comprobada: dio el código que fue a {shown}.",
        "✓ Verified: they gave the code that went to {shown}.",
    ),
    "verify.where": ("A dónde va el código", "Where the code goes"),
    "verify.what": (
        "Seis dígitos, para diez minutos y cinco intentos. Pide que te lo diga; tú no lo ves.",
        "Six digits, good for ten minutes and five tries. Ask them to say it; you do not see it.",
    ),
    "verify.sms": ("SMS a {shown}", "Text to {shown}"),
    "verify.email": ("Correo a {shown}", "Mail to {shown}"),
    "verify.none": (
        "No consta nada de antes de esta conversación a donde enviar un código. Verifica su identidad de otra manera.",
        "Nothing is on file from before this conversation that a code could go to. Verify who they are in another way.",
    ),
    "verify.not.new": ("consta desde después de empezar la conversación", "on file only since the conversation began"),
    "verify.not.country": ("a ese país no se envían códigos", "no codes are texted to that country"),
    "verify.not.landline": ("es un fijo: no le llegan mensajes", "a landline, where no text arrives"),
    "verify.not.no_number": ("la mesa no tiene número desde el que enviarlo", "the desk has no number to text from"),
    "verify.not.no_mailbox": ("la mesa no tiene buzón desde el que enviarlo", "the desk has no mailbox to send from"),
    "verify.not.returned": ("el correo allí vuelve", "mail there comes back"),
    "verify.not.ours": ("es de la propia mesa", "it is the desk's own"),
    "verify.not.opted_out": ("no quiere mensajes de texto de la mesa", "they want no texts from the desk"),
    "verify.not.other": ("no puede ser", "it cannot be"),
    "verify.sent": (
        "Se ha enviado un código a {shown}: pide que te lo diga.",
        "A code went to {shown}: ask them for it.",
    ),
    "verify.until": ("Vale hasta", "Good until"),
    "verify.code": ("Código", "Code"),
    "verify.code.hint": ("Seis dígitos; cinco intentos.", "Six digits; five tries."),
    "verify.six": ("Son seis dígitos.", "It has six digits."),
    "verify.another": ("Enviar otro…", "Send another…"),
    "verify.refresh": ("¿Ha llegado?", "Has it arrived?"),
    "verify.failed": ("No ha llegado: envía otro por otra vía.", "It did not arrive: send another one elsewhere."),
    "verify.delivered": ("Ha llegado.", "It has arrived."),
}
