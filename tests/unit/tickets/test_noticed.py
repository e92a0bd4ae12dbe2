"""What the history says of a message beside its words."""

import pytest

from tests.unit.tickets.builders import incoming, settler
from tickets.domain.settling.matching import Assignment
from ventanilla_contracts.history_text import said_of

ES = "Un mensaje trae ficheros que pueden hacer daño al abrirlos: fotos.exe (un programa) y x.js (un script)."
EN = "A message brings files that can do harm when opened: fotos.exe (a program) and x.js (a script)."


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("es", f"{ES} Se guardan, con un aviso."), ("en", f"{EN} They are kept, with a warning.")],
)
def test_a_file_that_can_do_harm_is_named_with_what_was_done_with_it(language: str, sentence: str) -> None:
    message = incoming(dangerous=(("fotos.exe", "executable"), ("x.js", "script")))

    rows = settler().settle([Assignment(message, "created", target=-1)])

    [line] = [line for line in rows.history if line.action == "message.dangerous_files"]
    entry = {"action": line.action, "actor": line.actor, "detail": line.detail}
    assert "".join(map(str, said_of(entry, language).sentence)) == sentence


def test_of_files_that_do_no_harm_nothing_is_said() -> None:
    rows = settler().settle([Assignment(incoming(), "created", target=-1)])
    assert "message.dangerous_files" not in {line.action for line in rows.history}
