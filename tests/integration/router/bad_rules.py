"""Rule files that must be refused, each with what the first line of the refusal begins with."""

from typing import Final

from tests.unit.router.samples import HEAD, file_with, rule_text
from ventanilla_contracts.routing import DeskFacts

DESK: Final = DeskFacts(
    teams=("first-line", "technical"),
    policies=("standard", "vip"),
    categories=("outage", "other"),
    skills=("french", "networks"),
    templates=("thanks", "night"),
    hours={"office": ()},
)
"""A desk that has all that the sample rules name."""


def _when(condition: str) -> str:
    return file_with(rule_text("bad", when=condition))


def _then(action: str) -> str:
    return file_with(rule_text("bad", then=action))


def _head(old: str, new: str) -> str:
    assert old in HEAD
    return file_with(rule_text("bad")).replace(old, new)


def _group(name: str, *rules: str, more: str = "match: all") -> str:
    return f"  - name: {name}\n    {more}\n    rules:\n{''.join(rules)}"


_CALLS = rule_text("bad", then="{continue: other}")

BAD: Final[tuple[tuple[str, str, str], ...]] = (
    ("unknown fact", _when("{sender.domian: x}"), "22:16: rule bad: unknown fact sender.domian"),
    ("unknown fact in CEL", _when("{cel: 'sender.domian == \"x\"'}"), "22:22: rule bad: unknown fact sender.domian"),
    (
        "unknown operator",
        _when("{sender.domain: {resembles: x}}"),
        "22:32: rule bad: unknown key resembles in the comparison of sender.domain",
    ),
    (
        "an operator of another type",
        _when("{attachments.count: {contains: x}}"),
        "22:36: rule bad: unknown key contains in the comparison of attachments.count",
    ),
    (
        "a text for a number",
        _when("{attachments.count: many}"),
        "22:35: rule bad: what attachments.count is compared with must be a whole number",
    ),
    (
        "a fraction for a number",
        _when("{message.length: 2.5}"),
        "22:32: rule bad: what message.length is compared with must be a whole number",
    ),
    (
        "a word for a truth",
        _when("{message.automatic: yes}"),
        "22:35: rule bad: what message.automatic is compared with must be true or false",
    ),
    (
        "a word that the fact never is",
        _when("{message.channel: emial}"),
        "22:33: rule bad: emial is no value of message.channel",
    ),
    (
        "a type error in CEL",
        _when("{cel: attachments.count > 1.5}"),
        "22:39: rule bad: found no matching overload for '_>_' applied to '(int, double)'",
    ),
    (
        "CEL that is no question",
        _when("{cel: attachments.count}"),
        "22:21: rule bad: the expression is a int, not true or false",
    ),
    (
        "CEL that is broken off",
        _when("{cel: 'attachments.count >'}"),
        "22:41: rule bad: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(',",
    ),
    (
        "a pattern that RE2 refuses",
        _when("{message.text: {matches: '(?=a)b'}}"),
        "22:40: rule bad: invalid regular expression: invalid perl operator: (?=",
    ),
    (
        "a pattern with a back-reference",
        _when("{message.text: {matches: '(a)\\1'}}"),
        "22:40: rule bad: invalid regular expression: invalid escape sequence: \\1",
    ),
    (
        "a pattern in CEL that RE2 refuses",
        _when("{cel: 'message.text.matches(\"(a\")'}"),
        "22:43: rule bad: invalid regular expression: missing ): (a",
    ),
    (
        "a pattern from the message",
        _when("{cel: message.text.matches(message.subject)}"),
        "22:21: rule bad: matches() wants a pattern in quotes",
    ),
    (
        "a pattern that is a bomb",
        _when("{message.text: {matches: '(.?){1000}z'}}"),
        "22:40: rule bad: the expression may take 16,008,000 steps",
    ),
    (
        "a CEL bomb of loops",
        _when("{cel: 'attachments.names.all(a, attachments.names.all(b, attachments.names.all(c, a + b != c)))'}"),
        "22:22: rule bad: 3 loops in one expression, 2 are allowed",
    ),
    (
        "a CEL bomb of lists",
        _when("{cel: 'attachments.names.map(a, a + a).size() > 1'}"),
        "22:22: rule bad: map() is not allowed",
    ),
    (
        "a CEL bomb of nesting",
        _when("{cel: '" + "(" * 60 + "message.automatic" + ")" * 60 + "'}"),
        "22:22: rule bad: the expression is nested too deeply",
    ),
    (
        "a CEL bomb of length",
        _when("{cel: '" + "message.automatic || " * 120 + "true'}"),
        "22:21: rule bad: cel has more than 2000 characters",
    ),
    (
        "a named list that is not there",
        _when("{sender.domain: {in: {list: freinds}}}"),
        "22:43: rule bad: freinds is no named list",
    ),
    (
        "a phrase without a letter",
        _when("{message.text: {mentions: ['*']}}"),
        "22:41: rule bad: '*' holds no letter and no digit",
    ),
    ("an empty any", _when("{any: []}"), "22:21: rule bad: any must be a list with at least one entry (`- entry`)"),
    ("an empty condition", _when("{}"), "22:15: rule bad: a condition must be a mapping"),
    (
        "a calendar that is asked for and not named",
        _when("{time.open: false}"),
        "22:27: rule bad: time.open needs a calendar",
    ),
    (
        "too many conditions",
        _when("[" + ", ".join(["{message.channel: email}"] * 51) + "]"),
        "20:9: rule bad: 51 conditions, 50 are allowed",
    ),
    (
        "questions that exclude each other",
        _when("[{message.channel: sms}, {message.channel: email}]"),
        "22:58: rule bad: the rule can never match: “message.channel is sms” and",
    ),
    (
        "an hour that there is not",
        _when("{time.hour: {at_least: 25}}"),
        "22:38: rule bad: time.hour is never at least 25",
    ),
    ("a verdict that there is not", _when("{auth.dmarc: failed}"), "22:28: rule bad: auth.dmarc is never failed"),
    ("CEL that is never true", _when("{cel: 'false'}"), "22:16: rule bad: “cel: false” is never true"),
    ("CEL that always fails", _when("{cel: 1/0 == 1}"), "22:16: rule bad: “cel: 1/0 == 1” fails whatever the message"),
    ("a team that the file does not declare", _then("{team: tecnical}"), "23:22: rule bad: tecnical is no team"),
    ("a policy that the file does not declare", _then("{policy: gold}"), "23:24: rule bad: gold is no policy"),
    (
        "a category that the file does not declare",
        _then("{category: outrage}"),
        "23:26: rule bad: outrage is no category",
    ),
    ("a skill that the file does not declare", _then("{skills: german}"), "23:24: rule bad: german is no skill"),
    (
        "a template that the file does not declare",
        _then("{acknowledge: evening}"),
        "23:29: rule bad: acknowledge must be true, false or the name of a template",
    ),
    ("a tier that there is not", _then("{tier: 4}"), "23:22: rule bad: 4 is no tier"),
    ("a priority that there is not", _then("{priority: hihg}"), "23:26: rule bad: hihg is no priority"),
    ("a bound on what has no order", _then("{team: {at_least: technical}}"), "23:22: rule bad: team must be a text"),
    (
        "bounds that cross",
        _then("{priority: {at_least: high, at_most: low}}"),
        "23:26: rule bad: no priority is both at least high and at most low",
    ),
    ("an unknown action", _then("{escalate: true}"), "23:16: rule bad: unknown key escalate in then"),
    ("an action that does nothing", _then("{}"), "23:15: rule bad: then sets nothing"),
    ("a group that is not there", _then("{continue: nowhere}"), "23:26: rule bad: no group is named nowhere"),
    (
        "a key that stands twice",
        _then("{team: technical, team: first-line}"),
        "23:33: rule bad: team stands twice in then",
    ),
    (
        "a rule without a title",
        file_with("      - name: bad\n        then: {tier: 2}\n"),
        "20:9: rule bad: the rule lacks title",
    ),
    (
        "a title in one language",
        file_with("      - {name: bad, title: {es: Malo}, then: {tier: 2}}\n"),
        "20:28: rule bad: the title has no text in en",
    ),
    (
        "a rule's name that is taken",
        file_with(rule_text("bad"), rule_text("bad", then="{tier: 2}")),
        "24:15: rule bad: the name bad is taken",
    ),
    ("a rule's name with a space", file_with(rule_text("'bad rule'")), "20:15: bad rule is no name of a rule"),
    (
        "a group's name that is taken",
        HEAD + _group("one", rule_text("a")) + _group("one", rule_text("bad")),
        "24:11: a second group is named one",
    ),
    (
        "a group without rules",
        HEAD + "  - {name: one, match: all, rules: []}\n",
        "17:36: the rules of one must be a list with at least one entry (`- entry`)",
    ),
    (
        "a group that is matched in no known way",
        HEAD + _group("one", rule_text("bad"), more="match: some"),
        "18:12: some is no way to match",
    ),
    (
        "a rule behind one that always matches",
        HEAD
        + _group(
            "one",
            rule_text("all", when="[]").replace("        when: []\n", ""),
            rule_text("bad"),
            more="match: first",
        ),
        "23:9: rule bad: the rule can never match: all before it always does, and the group",
    ),
    (
        "a rule that asks more than one before",
        HEAD
        + _group(
            "one",
            rule_text("all"),
            rule_text("bad", when="[{message.channel: email}, {message.reply: true}]"),
            more="match: first",
        ),
        "24:9: rule bad: the rule can never match: whatever it matches, all has matched before",
    ),
    (
        "a group that nobody calls",
        HEAD + _group("one", rule_text("a")) + _group("two", rule_text("bad"), more="match: all\n    called: true"),
        "24:5: no rule that is ever tried continues with the group two",
    ),
    (
        "groups that call each other for ever",
        HEAD
        + _group("one", rule_text("a", then="{continue: two}"))
        + _group("two", rule_text("bad", then="{continue: two}"), more="match: all\n    called: true"),
        "31:26: rule bad: the group two leads back to two",
    ),
    (
        "a call to what is gone through anyway",
        HEAD + _group("one", _CALLS) + _group("other", rule_text("a")),
        "23:26: rule bad: the group other is gone through anyway",
    ),
    (
        "a value that never survives",
        HEAD
        + _group("one", rule_text("bad", then="{team: technical}"))
        + _group(
            "two", rule_text("last", then="{team: first-line}").replace("        when: {message.channel: email}\n", "")
        ),
        "23:22: rule bad: dead end: the team never survives, last always sets it afterwards",
    ),
    (
        "an answer that is quarantined",
        HEAD + _group("one", rule_text("bad", then="{quarantine: odd}"), more="match: all\n    on: reply"),
        "24:16: rule bad: unknown key quarantine in then of a rule for answers",
    ),
    ("a language version of tomorrow", _head("rules: 1", "rules: 2"), "1:8: 2 is no version of the rule language"),
    ("a set without a name", _head("name: small\n", ""), "1:1: name is missing"),
    (
        "a zone that is not there",
        _head("name: small", "name: small\nzone: Europe/Madird"),
        "3:7: Europe/Madird is no time zone",
    ),
    ("a default that is missing", _head("tier: 1, ", ""), "8:11: tier is missing in defaults"),
    ("a default that there is not", _head("team: first-line", "team: nobody"), "8:87: nobody is no team"),
    (
        "a matrix with a hole",
        _head("low: {high: normal, medium: low, low: low}", "low: {high: normal, medium: low}"),
        "12:8: the matrix row low has nothing for urgency low",
    ),
    (
        "a matrix with an unknown priority",
        _head("high: {high: urgent", "high: {high: at-once"),
        "10:16: at-once is no priority",
    ),
    ("a key that nobody knows", _head("name: small", "name: small\ngruops: 1"), "3:1: unknown key gruops in the file"),
    ("an anchor", _head("name: small", "name: &a small"), "2:7: anchors and aliases are not allowed"),
    (
        "a tag",
        _head("name: small", "name: !!python/name:os.system x"),
        "2:7: the tag tag:yaml.org,2002:python/name:os.system is not allowed",
    ),
    (
        "a tab",
        _head("name: small", "name: small\n\tzone: UTC"),
        "3:1: not YAML: found character '\\t' that cannot start any token while scanning for",
    ),
    (
        "a bracket that is left open",
        _head("teams: [first-line, technical]", "teams: [first-line, technical"),
        "4:9: not YAML: expected ',' or ']', but got ':' while parsing a flow sequence",
    ),
    (
        "two documents",
        HEAD + _group("one", rule_text("bad")) + "---\na: 1\n",
        "24:1: not YAML: but found another document expected a single document in the stream",
    ),
    ("nothing", "", "1:1: the file is empty or not a mapping"),
    ("a list", "- rules: 1\n", "1:1: the file is empty or not a mapping"),
    (
        "a team that the desk does not have",
        _head("teams: [first-line, technical]", "teams: [first-line, technical, facilities]").replace(
            "{team: technical}", "{team: facilities}"
        ),
        "23:22: rule bad: the desk has no team facilities",
    ),
    (
        "a policy that the desk does not have",
        _head("policies: [standard, vip]", "policies: [standard, vip, gold]").replace(
            "{team: technical}", "{policy: gold}"
        ),
        "23:24: rule bad: the desk has no policy gold",
    ),
    (
        "a calendar that the desk does not have",
        _head("name: small", "name: small\ncalendar: night"),
        "3:11: the desk has no calendar night",
    ),
)
