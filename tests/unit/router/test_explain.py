import string

import pytest

from router.adapters.catalogues import load_catalogues
from tests.unit.router.samples import DEFAULT_RULES, decided, message, sentence
from ventanilla_contracts.words import LANGUAGES, LEVELS, PRIORITIES


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_exists_in_each_language_with_the_same_placeholders() -> None:
    catalogues = load_catalogues()

    assert set(catalogues) == set(LANGUAGES)
    for texts in catalogues.values():
        assert texts.keys() == catalogues["en"].keys()
        for key, text in texts.items():
            assert placeholders(text) == placeholders(catalogues["en"][key]), key
    assert {f"priority.{word}" for word in PRIORITIES} <= catalogues["en"].keys()
    assert {f"{scale}.{word}" for scale in ("impact", "urgency") for word in LEVELS} <= catalogues["en"].keys()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "es",
            (
                "Va a technical (nivel 2, acuerdo de servicio vip) con prioridad urgente "
                "(impacto alto × urgencia alta) por «Caída de un servicio» (dice «está caído»); «Cliente VIP»."
            ),
        ),
        (
            "en",
            (
                "Goes to technical (tier 2, service level vip) with priority urgent (impact high × urgency high) "
                "because of “A service is down” (it says “está caído”); “VIP customer”."
            ),
        ),
    ],
)
def test_the_sentence_names_decision_and_reasons(language: str, expected: str) -> None:
    assert sentence(decided(message("El SERVIDOR esta caido", sender="eva@vip.example")), language) == expected


@pytest.mark.parametrize(
    ("language", "ending"),
    [("es", "por los valores por defecto: no se aplicó ninguna regla."), ("en", "the defaults: no rule applied.")],
)
def test_the_sentence_says_when_no_rule_applied(language: str, ending: str) -> None:
    assert sentence(decided(message("Saludos")), language).endswith(ending)


def test_a_priority_set_by_a_rule_is_not_explained_by_the_matrix() -> None:
    assert "×" not in sentence(decided(message("Saludos", automation="bounce")), "es")


def test_braces_in_what_people_write_do_no_harm() -> None:
    assert sentence(decided(message("{0} {x} factura {")), "en")


def test_every_default_rule_has_a_title_in_each_language() -> None:
    for rule in DEFAULT_RULES.rules:
        assert all(rule.title[language] for language in LANGUAGES)
