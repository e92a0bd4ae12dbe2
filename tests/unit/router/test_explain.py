import string

import pytest

from router.adapters.catalogues import load_catalogues
from tests.unit.router.samples import DEFAULT_RULES, decided, message, rule_text, rules_of, sentence
from tests.unit.router.test_decide import with_broken
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


@pytest.mark.parametrize(
    ("language", "ending"),
    [
        ("en", " “Title of two” replaced the team that “Title of one” had set."),
        ("es", " «Título de two» sustituyó el equipo que había puesto «Título de one»."),
    ],
)
def test_the_sentence_says_what_was_overridden(language: str, ending: str) -> None:
    rules = rules_of(rule_text("one"), rule_text("two", then="{team: first-line}"))

    assert sentence(decided(message(), rules), language).endswith(ending)


def test_of_many_values_that_were_replaced_three_are_told() -> None:
    one = rule_text("one", then="{team: technical, tier: 2, type: incident, category: outage, policy: vip}")
    two = rule_text("two", then="{team: first-line, tier: 1, type: question, category: other, policy: standard}")

    assert sentence(decided(message(), rules_of(one, two)), "en").count("replaced") == 3


def test_a_rule_that_adds_or_says_the_same_replaces_nothing() -> None:
    one, two = (rule_text(name, then=f"{{team: technical, tags: {name}}}") for name in ("one", "two"))
    rules = rules_of(one, two)

    assert "replaced" not in sentence(decided(message(), rules), "en")


@pytest.mark.parametrize(
    ("language", "ending"),
    [
        ("en", " A ticket that it joins is changed too, because of “The answer asks for urgency”."),
        ("es", " El ticket al que se una también cambia, por «La respuesta pide urgencia»."),
    ],
)
def test_the_sentence_says_what_changes_in_a_ticket_that_the_message_joins(language: str, ending: str) -> None:
    answer = message("Re: Pedido", "urgente", threading={"in_reply_to": "x@desk.example"})

    assert sentence(decided(answer), language).endswith(ending)


@pytest.mark.parametrize(
    ("language", "ending"),
    [
        ("en", " The rule “bad” could not be evaluated and was skipped."),
        ("es", " La regla «bad» no se pudo evaluar y se omitió."),
    ],
)
def test_the_sentence_says_that_a_rule_could_not_be_evaluated(language: str, ending: str) -> None:
    rules = with_broken(rules_of(rule_text("bad"), rule_text("good")), "bad")

    assert sentence(decided(message(), rules), language).endswith(ending)


def test_every_field_that_may_be_replaced_has_a_name_in_each_language() -> None:
    fields = {field for field in DEFAULT_RULES.defaults if field not in ("tags", "skills")}

    for texts in load_catalogues().values():
        assert {f"field.{field}" for field in fields} <= texts.keys()


def test_a_priority_set_by_a_rule_is_not_explained_by_the_matrix() -> None:
    assert "×" not in sentence(decided(message("Saludos", automation="bounce")), "es")


def test_braces_in_what_people_write_do_no_harm() -> None:
    assert sentence(decided(message("{0} {x} factura {")), "en")


def test_every_default_rule_has_a_title_in_each_language() -> None:
    for rule in DEFAULT_RULES.rules:
        assert all(rule.title[language] for language in LANGUAGES)
