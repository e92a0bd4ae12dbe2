"""Domains and names that are made to be taken for ours are told from those of our customers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.domain.authentication.lookalikes import claims_to_be, lookalike_of

OWN = ("ventanilla.example", "acme.es")


@pytest.mark.parametrize(
    ("domain", "own"),
    [
        ("ventanlla.example", "ventanilla.example"),
        ("ventanillla.example", "ventanilla.example"),
        ("ventenilla.example", "ventanilla.example"),
        ("vetnanilla.example", "ventanilla.example"),
        ("ventani11a.example", "ventanilla.example"),
        ("ventanil1a.com", "ventanilla.example"),
        ("ventan\u0456lla.example", "ventanilla.example"),
        ("xn--" + "ventan\u0456lla".encode("punycode").decode() + ".example", "ventanilla.example"),
        ("v\u0435ntanilla.example", "ventanilla.example"),
        ("ventan\u00edlla.example", "ventanilla.example"),
        ("venta-nilla.example", "ventanilla.example"),
        ("ventanilla.com", "ventanilla.example"),
        ("mail.ventanilla.com", "ventanilla.example"),
        ("ventanilla.example.evil.net", "ventanilla.example"),
        ("login-ventanilla-example.net", "ventanilla.example"),
        ("ventanilla.example-login.net", "ventanilla.example"),
        ("acrne.es", "acme.es"),
        ("acme.com", "acme.es"),
        ("acme-es.com", "acme.es"),
        ("VENTANILLA.COM.", "ventanilla.example"),
    ],
)
def test_a_look_alike_is_seen(domain: str, own: str) -> None:
    assert lookalike_of(domain, OWN) == own


@pytest.mark.parametrize(
    "domain",
    [
        "ventanilla.example",
        "mail.ventanilla.example",
        "cliente.example",
        "acne.es",
        "acmes.es",
        "ventana.example",
        "gmail.com",
        "example",
        "",
        "xn--",
        "xn--\u0000.example",
        "." * 300,
    ],
)
def test_ours_and_our_customers_are_not(domain: str) -> None:
    assert lookalike_of(domain, OWN) is None


def test_a_desk_at_a_free_provider_is_not_imitated_by_its_neighbours() -> None:
    assert lookalike_of("hotmail.fr", ("hotmail.com",)) is None
    assert lookalike_of("ventanilla.com", ("gmail.com", "ventanilla.example")) == "ventanilla.example"


ADDRESSES = ("soporte@ventanilla.example",)


@pytest.mark.parametrize(
    ("name", "claimed"),
    [
        ("soporte@ventanilla.example", "soporte@ventanilla.example"),
        ("Soporte <SOPORTE@ventanilla.example>", "soporte@ventanilla.example"),
        ("Soporte (soporte @ ventanilla.example)", "soporte@ventanilla.example"),
        ("soporte\uff20ventanilla.example", "soporte@ventanilla.example"),
        ("jefe@ventanilla.example", "ventanilla.example"),
        ("Equipo ventanilla.example", "ventanilla.example"),
        ("ACME.es", "acme.es"),
        ("Ana", None),
        ("", None),
        ("ana@cliente.example", None),
        ("xsoporte@ventanilla.example.net", None),
        ("miacme.es", None),
        ("acme.escuela", None),
        ("@" * 10_000, None),
    ],
)
def test_a_name_that_shows_our_address_is_seen(name: str, claimed: str | None) -> None:
    assert claims_to_be(name, "x@evil.net", ADDRESSES, OWN) == claimed


def test_our_own_mails_may_say_so() -> None:
    assert claims_to_be("soporte@ventanilla.example", "soporte@ventanilla.example", ADDRESSES, OWN) is None
    assert claims_to_be("soporte@ventanilla.example", "jefe@mail.ventanilla.example", ADDRESSES, OWN) is None


@given(st.text(max_size=80))
def test_no_name_or_domain_raises(text: str) -> None:
    lookalike_of(text, OWN)
    lookalike_of(text + ".example", OWN)
    claims_to_be(text, text, ADDRESSES, OWN)
