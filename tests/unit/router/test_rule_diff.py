"""What `router diff` says of two rule files."""

from router.adapters.rule_file import plain_content
from router.commands.store import diff_lines
from router.domain.rule_diff import differences_of
from tests.unit.router.samples import HEAD, file_with, rule_text
from tests.unit.router.test_groups import called, group


def diff(old: str, new: str) -> list[str]:
    return diff_lines(differences_of(plain_content(old, "old"), plain_content(new, "new")))


A, B, C = rule_text("a"), rule_text("b"), rule_text("c")


def test_comments_spacing_and_the_order_of_keys_make_no_difference() -> None:
    turned = file_with(rule_text("a", then="{impact: high, team: technical}"))
    new = "# why\n" + turned.replace("name: a", "name:   'a'")

    assert diff(file_with(rule_text("a", then="{team: technical, impact: high}")), new) == []


def test_an_added_rule_is_shown_with_what_it_says() -> None:
    assert diff(file_with(A), file_with(A, B)) == [
        "+ b (main 2)",
        "    title.es: Título de b",
        "    title.en: Title of b",
        '    when: {"message.channel": "email"}',
        "    then.team: technical",
    ]


def test_a_removed_rule_is_shown_with_what_it_said() -> None:
    lines = diff(file_with(A, B), file_with(B))

    assert lines[0] == "- a (main 1)"
    assert "    then.team: technical" in lines


def test_a_changed_rule_is_shown_with_each_place_before_and_after() -> None:
    new = rule_text("a", when="{message.channel: sms}", then="{team: first-line, tags: [x, y]}")

    assert diff(file_with(A), file_with(new)) == [
        "~ a (main 1)",
        '    when: {"message.channel": "email"} → {"message.channel": "sms"}',
        "    then.team: technical → first-line",
        '    then.tags: - → ["x", "y"]',
    ]


def test_a_rule_that_stands_elsewhere_is_moved_and_its_neighbours_are_not() -> None:
    assert diff(file_with(A, B, C), file_with(C, A, B)) == ["> c (main 3 → main 1)"]


def test_a_rule_behind_an_added_or_removed_one_is_not_moved() -> None:
    assert [line for line in diff(file_with(B, C), file_with(A, B, C)) if line.startswith(">")] == []
    assert [line for line in diff(file_with(A, B, C), file_with(B, C)) if line.startswith(">")] == []


def test_a_rule_in_another_group_is_moved() -> None:
    old, new = HEAD + group("one", A, B) + group("two", C), HEAD + group("one", A) + group("two", C, B)

    assert diff(old, new) == ["> b (one 2 → two 2)"]


def test_groups_are_compared_too() -> None:
    old, new = HEAD + group("one", A) + group("two", B), HEAD + group("two", B, match="first") + called("three", C)

    assert [line for line in diff(old, new) if not line.startswith("    ")] == [
        "~ group two", "+ group three", "- group one", "+ c (three 1)", "- a (one 1)",
    ]  # fmt: skip
    assert diff(HEAD + group("one", A) + group("two", B), HEAD + group("two", B) + group("one", A))[0].startswith(">")


def test_settings_are_compared_and_of_lists_only_what_came_and_went() -> None:
    new = file_with(A).replace("tier: 1", "tier: 2").replace("[is down, caído]", "[is down, fuera de servicio]")

    assert diff(file_with(A), new.replace("name: small", "name: large\ncalendar: office")) == [
        "~ setting name",
        "    small → large",
        "+ setting calendar",
        "    office",
        "~ setting defaults",
        "    tier: 1 → 2",
        "~ setting lists",
        '    down: ["caído"] → ["fuera de servicio"]',
    ]


def test_what_a_file_holds_does_not_reach_the_terminal_as_control_characters() -> None:
    assert "\x1b" not in "".join(diff(file_with(A), file_with(A).replace("Title of a", '"\\e[31mTitle"')))
