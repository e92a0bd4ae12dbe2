"""What the desk refuses in fields of a dialog is said in the language of whoever filled it in."""

import pytest

from intake_chat.domain.slack.dialogs.refusals import in_words


@pytest.mark.parametrize(
    ("detail", "spanish", "english"),
    [
        (
            "/texts/es: is too long: at most 500 characters",
            "Es demasiado largo: caben 500 letras.",
            "It is too long: 500 letters fit.",
        ),
        ("/word: is too short: at least 3 characters", "Es demasiado corto: hacen falta 3 letras.",
         "It is too short: it takes 3 letters."),
        ("/text: must not be empty", "Escribe algo.", "Write something."),
        ("/ways: are too many: at most 10", "Son demasiados: caben 10.", "There are too many: 10 fit."),
        ("/importance: must be at most 9", "Ese número no es posible.", "That number is out of range."),
        (
            "/at: must be a time with its zone: 2026-12-01T09:00:00+01:00",
            "Esa fecha no es posible.",
            "That date is not possible.",
        ),
        ("/code: must be six digits, as in the message that was sent", "El código son seis cifras.",
         "The code is six digits."),
        (
            "whoever texted showed no number to answer at; write an internal note",
            "Quien escribió no mostró un número al que responder: escribe una nota.",
            "Whoever texted showed no number to answer at: write a note.",
        ),
    ],
)  # fmt: skip
def test_a_refusal_is_said_in_the_reader_s_language(detail: str, spanish: str, english: str) -> None:
    assert (in_words("invalid", detail, "es"), in_words("invalid", detail, "en")) == (spanish, english)
