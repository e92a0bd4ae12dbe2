"""What is advised to somebody whose text has signs in it that mean something to YAML."""

import pytest
import yaml

from ventanilla_runtime.yaml_traps import cure, has_comment_behind


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        ("es: Horario: de 9 a 14", "if the colon belongs to a text, put the text in quotes"),
        ("{es: Horario: de 9 a 14}", "if the colon belongs to a text, put the text in quotes"),
        ("{es: ¿Cómo?, en: Pardon me?}", "if the question mark belongs to a text, put the text in quotes"),
        ("{es: ? que, en: b}", "if the question mark belongs to a text, put the text in quotes"),
        ("es: - hola", "if the hyphen belongs to a text, put the text in quotes"),
        ("key: *", "if a text begins with * or &, put the text in quotes"),
        ("key: @hola", "if a text begins with that, put the text in quotes"),
        ("es: > hola", "if a text begins with | or >, put the text in quotes"),
        (
            'es: "Hola" y adiós',
            "put the whole text in quotes, and in single quotes where it has double ones in it",
        ),
        ("a:\n\tb: c", "indent with spaces"),
        (
            "a: 1\nes: {es: Pulse # y espere, en: b}\nfr: c",
            "on line 2 everything behind # is a comment: if it belongs to a text, put the text in quotes",
        ),
        (
            "c:\n  - {key: #, then: a}\n  - {key: 1}",
            "on line 2 everything behind # is a comment: if it belongs to a text, put the text in quotes",
        ),
        ("# about\na: {b: c: d}", "if the colon belongs to a text, put the text in quotes"),
        ("a: [", ""),
    ],
)
def test_the_cure_is_told_where_a_text_has_a_sign_of_yaml(source: str, advice: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        yaml.compose(source)

    assert cure(caught.value, source) == advice


@pytest.mark.parametrize(
    ("value", "behind"), [("Pulse # y", True), ("#", True), ("Pulse#2", False), ('"#"', False), ("a\n# b", False)]
)
def test_a_comment_behind_a_value_is_seen(value: str, behind: bool) -> None:
    root = yaml.compose(f"es: {value}\n")

    assert has_comment_behind(root.value[0][1]) is behind
