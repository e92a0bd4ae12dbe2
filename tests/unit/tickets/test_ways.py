from tickets.domain.correspondence.ways import said_in_chat, unwrapped


def test_in_a_chat_each_paragraph_is_one_line() -> None:
    assert unwrapped("Hola:\n\nHemos recibido su\nmensaje.\n\nUn saludo,\nel equipo\n") == (
        "Hola:\n\nHemos recibido su mensaje.\n\nUn saludo, el equipo"
    )


def test_addresses_and_lists_stay_on_lines_of_their_own() -> None:
    text = "Puede verlo\naquí:\nhttps://desk.example/s/1\n\n- uno\n- dos"

    assert unwrapped(text) == "Puede verlo aquí:\nhttps://desk.example/s/1\n\n- uno\n- dos"


def test_nothing_stays_nothing() -> None:
    assert unwrapped("") == ""
    assert unwrapped(" \n\n ") == ""


def test_a_letter_is_said_in_a_chat_without_what_makes_it_a_letter() -> None:
    said = "Hemos recibido su\nmensaje.\n\nAquí lo ve:\nhttps://x.example"
    letter = f"Hola:\n\n{said}\n\nUn saludo,\nel equipo\n\nAutomático.\n"

    assert said_in_chat(letter) == "Hemos recibido su mensaje.\n\nAquí lo ve:\nhttps://x.example"


def test_words_that_are_no_letter_are_all_said() -> None:
    for text in (
        "",
        "Hola",
        "Hola:\n\nGracias,\nmañana llamamos\n\nEva",
        "Buenos días, Ana:\n\nUno.\n\nDos,\ntres\n\nY.",
    ):
        assert said_in_chat(text) == unwrapped(text)
