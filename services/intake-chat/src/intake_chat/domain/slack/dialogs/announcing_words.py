"""What stands in the dialogs about announcements, in the two languages of the desk."""

from collections.abc import Mapping
from typing import Final

ANNOUNCING_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "announce.title": ("Aviso a todos", "Announcement"),
    "announce.submit": ("Anunciar", "Announce"),
    "announce.open": ("Anunciar a todos…", "Announce to everybody…"),
    "announce.what": (
        "Quien llame lo oirá en unos segundos y podrá pedir aviso; también sale en las páginas de las peticiones.",
        "Whoever calls hears it within seconds and can ask to be told; the pages of requests show it too.",
    ),
    "announce.of_problem": (
        "Termina cuando se resuelva el problema #{number}. Quien pida aviso se une a él como incidencia.",
        "It ends when problem #{number} is solved. Whoever asks to be told joins it as an incident.",
    ),
    "announce.alone": (
        "No es de ningún problema: termina cuando alguien lo diga, o a su hora.",
        "It is about no problem: it ends when somebody says so, or at its time.",
    ),
    "announce.text.es": ("Lo que se dice en español", "What is said in Spanish"),
    "announce.text.en": ("Lo que se dice en inglés", "What is said in English"),
    "announce.text.hint": (
        "Se lee en voz alta: frases cortas, sin direcciones de internet.",
        "It is read out: short sentences, no web addresses.",
    ),
    "announce.until": ("Hasta cuándo", "Until when"),
    "announce.until.hint": ("Vacío: hasta que alguien lo termine.", "Empty: until somebody ends it."),
    "announce.unsolved": ("El problema #{number} ya está resuelto.", "Problem #{number} is solved already."),
    "announce.no_problem": (
        "La #{number} no es un problema. Márcala antes como problema, o anuncia sin número.",
        "#{number} is no problem. Mark it as one first, or announce without a number.",
    ),
    "announcements.title": ("Avisos", "Announcements"),
    "announcements.none": ("Ahora no se anuncia nada.", "Nothing is announced now."),
    "announcements.about": ("Problema #{number}", "Problem #{number}"),
    "announcements.until": ("hasta el ", "until "),
    "announcements.planned": ("empieza el ", "begins "),
    "announcements.waiting": ("esperan {count}", "{count} wait"),
    "announcements.end": ("Terminar", "End it"),
    "announcements.end.ask": (
        "Deja de anunciarse. A quien pidió aviso se le dice que está resuelto: ya, o cuando lo esté su problema.",
        "It is announced no more. Whoever asked is told that it is solved: at once, or when its problem is solved.",
    ),
    "announcements.change": ("Cambiar…", "Change…"),
}
