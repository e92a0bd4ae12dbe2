"""What the history says happened, in the two languages of the desk."""

from collections.abc import Mapping
from typing import Final

HISTORY_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "history.title": ("Historial", "History"),
    "history.empty": ("Aquí no hay nada más.", "There is nothing more here."),
    "type.incident": ("incidencia", "incident"),
    "type.request": ("petición", "request"),
    "type.question": ("consulta", "question"),
    "type.problem": ("problema", "problem"),
}
