from tickets.domain.ways import unwrapped


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
