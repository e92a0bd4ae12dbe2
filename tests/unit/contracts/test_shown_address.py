"""Whoever shows no number is words to people, never the address under which we keep them apart."""

import pytest

from ventanilla_contracts.history_values import Names
from ventanilla_contracts.shown_address import readable_address, shows_nobody


@pytest.mark.parametrize(
    ("address", "spanish", "english"),
    [
        ("withheld/CA25bed0123456789abcdef0123456789bc", "número oculto", "withheld number"),
        ("malformed/SM1", "número desconocido", "unknown number"),
        ("short_code/SM1", "un número corto", "a short number"),
        ("client/CA1", "sin número de teléfono", "no telephone number"),
    ],
)
def test_somebody_without_a_number_is_called_in_words(address: str, spanish: str, english: str) -> None:
    assert readable_address(address, "es") == Names(language="es").address(address) == spanish
    assert readable_address(address, "en") == english
    assert shows_nobody(address)


@pytest.mark.parametrize("address", ["+34600111222", "withheld/x@desk.example", "T024BE7LD/U2147483697", "", "?"])
def test_an_address_that_somebody_has_stays_as_it_is(address: str) -> None:
    assert readable_address(address, "es") == address
    assert not shows_nobody(address)
