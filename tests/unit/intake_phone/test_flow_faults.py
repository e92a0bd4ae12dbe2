"""What is wrong with a flow file: each fault with its line and column, the way to it, the reason and what to do."""

from pathlib import Path

import pytest

from intake_phone.adapters.flow_file import read_flow_files, read_flow_text
from intake_phone.domain.calls.facts import Facts
from intake_phone.domain.flows.review import Desk
from intake_phone.domain.flows.sizes import largest_documents
from intake_phone.domain.twiml import size_bytes
from intake_phone.errors import FlowRefused
from tests.unit.intake_phone.samples import DOORS, HEAD, MENU, Call

SAMPLE = HEAD + MENU
CALENDARS = """\
calendars:
  office:
    zone: Europe/Madrid
    week: {mon: ["09:00-14:00", "15:00-18:00"]}
prompts:"""


def refused(source: str, **around: object) -> str:
    with pytest.raises(FlowRefused) as caught:
        read_flow_text(source, "f.yaml", first_year=2026, **around)  # type: ignore[arg-type]  # a test names them
    return str(caught.value)


def changed(old: str, new: str, source: str = SAMPLE) -> str:
    assert old in source
    return source.replace(old, new)


NODES = HEAD.replace("prompts:", CALENDARS)
AGAIN = "  menu: {do: menu, say: question, choices: [{key: '1', then: %s}, {key: '2', then: message}]}\n"
MESSAGE = "  message: {do: voicemail}\n"


FAULTS = [
    (
        changed("then: bye}", "then: by}"),
        "f.yaml:16:65: nodes/menu/choices/1/then: unknown node by; did you mean bye?",
    ),
    (
        changed(", then: bye}", "}"),
        "f.yaml:16:9: nodes/menu/choices/1: then is missing in a choice; nothing follows here: a dead end",
    ),
    (
        SAMPLE + "  lost: {do: hang_up}\n",
        "f.yaml:19:3: nodes/lost: nothing leads to lost; let a node lead to it, or remove it",
    ),
    (
        HEAD + AGAIN.replace("message", "menu") % "menu" + MESSAGE,
        "f.yaml:11:3: nodes/menu: a dead end: no call ends that goes menu; let it lead to a hang_up in the end",
    ),
    (
        HEAD + "  menu: {do: say, say: question, then: more}\n  more: {do: say, say: question, then: menu}\n" + MESSAGE,
        (
            "f.yaml:11:3: nodes/menu: a call goes round by itself: menu → more → menu; let one of them lead to a "
            "voicemail "
            "or a hang_up; a silent caller falls back to the fallback"
        ),
    ),
    (
        HEAD + AGAIN % "message" + "  message: {do: voicemail, then: menu}\n",
        (
            "f.yaml:11:3: nodes/menu: a call goes round by itself: menu → message → menu; let one of them lead "
            "to a "
            "voicemail or a hang_up; a silent caller falls back to the fallback"
        ),
    ),
    (
        changed("say: question", "say: questoin"),
        "f.yaml:13:10: nodes/menu/say: unknown prompt questoin; did you mean question?",
    ),
    (
        changed(', en: "Fault or invoice?"}', "}"),
        "f.yaml:9:3: prompts/question: the prompt has no words in en; add `en: …`",
    ),
    (
        changed('key: "2"', 'key: "1"'),
        "f.yaml:16:15: nodes/menu/choices/1/key: key 1 stands twice; give each choice a key of its own",
    ),
    (
        changed("es: [factura]", "es: [AVERIA]"),
        (
            "f.yaml:16:33: nodes/menu/choices/1/words/es/0: “AVERIA” in es already means key 1, once accents and "
            "capitals "
            "are dropped; say it in other words in one of the two"
        ),
    ),
    (
        changed("es: [avería]", "es: [dos]"),
        (
            "f.yaml:15:33: nodes/menu/choices/0/words/es/0: “dos” in es already means key 2, once accents and "
            "capitals are "
            "dropped; say it in other words in one of the two"
        ),
    ),
    (
        changed("es: [factura], en: [invoice]", "es: [factura]"),
        "f.yaml:16:20: nodes/menu/choices/1/words: words has nothing for en; add them for each language",
    ),
    (
        changed('numbers: ["+34910000000"]', 'numbers: ["910000000"]'),
        "f.yaml:3:11: numbers/0: 910000000 is no number in E.164; write it like +34910000000",
    ),
    (
        changed("message: {do: voicemail}", "message: {do: transfer, number: '+34', unanswered: bye}"),
        "f.yaml:17:35: nodes/message/number: +34 is no number in E.164; write it like +34910000000",
    ),
    (
        changed("message: {do: voicemail}", "message: {do: transfer, number: '+34910000000', unanswered: bye}"),
        (
            "f.yaml:17:35: nodes/message/number: +34910000000 comes back to the desk, as a new call: the flow sample "
            "answers it; "
        ),
    ),
    (
        changed("message: {do: voicemail}", "message: {do: team, team: first, unavailable: bye, unanswered: bye}"),
        "f.yaml:17:29: nodes/message/team: unknown team first; did you mean first-line?",
    ),
    (
        changed("fallback: message", "fallback: bye"),
        (
            "f.yaml:7:11: fallback: bye is a hang_up node; a fallback is a team, a transfer or a voicemail: "
            "whoever was not "
            "understood needs a person"
        ),
    ),
    (
        NODES + "  menu: {do: hours, calendar: ofice, open: message, closed: message}\n" + MESSAGE,
        "f.yaml:15:31: nodes/menu/calendar: unknown calendar ofice; did you mean office?",
    ),
    (
        changed("15:00-18:00", "13:00-18:00", NODES + MENU),
        (
            "f.yaml:11:33: calendars/office/week/mon/1: 13:00-18:00 overlaps or precedes 09:00-14:00; put the "
            "hours in "
            "order, without overlap"
        ),
    ),
    (
        changed("09:00-14:00", "14:00-09:00", NODES + MENU),
        (
            "f.yaml:11:18: calendars/office/week/mon/0: 14:00-09:00 are no hours of a day; write them like "
            '"09:00-14:00", '
            "at most to 24:00"
        ),
    ),
    (
        changed("Europe/Madrid", "Europe/Madird", NODES + MENU),
        "f.yaml:10:11: calendars/office/zone: Europe/Madird is no time zone; write it like Europe/Madrid",
    ),
    (
        changed("    week:", "    holidays: {country: XX}\n    week:", NODES + MENU),
        (
            "f.yaml:11:5: calendars/office/holidays: XX: Country XX not available; use ISO 3166 codes, for example "
            "{country: ES, subdivision: MD}"
        ),
    ),
    (
        changed("    week:", '    dates: {"2026-02-30": []}\n    week:', NODES + MENU),
        "f.yaml:11:13: calendars/office/dates/2026-02-30: 2026-02-30 is no date; write it like 2026-12-24",
    ),
    (
        changed("Fault or invoice?", "Ticket {tiket}?"),
        (
            "f.yaml:9:44: prompts/question/en: nothing fills {tiket} where menu says it as say; write it out: "
            "nothing can be "
            "left open here"
        ),
    ),
    (
        changed("Fault or invoice?", "a" * 1_501),
        "f.yaml:9:44: prompts/question/en: a prompt has 1501 characters; at most 1500 are allowed; make it shorter",
    ),
    (
        changed("do: hang_up", "do: reject"),
        (
            "f.yaml:18:3: nodes/bye: the call is answered by then: menu → bye; reject only at the start, or "
            "behind hours that "
            "say nothing; else hang_up"
        ),
    ),
    (
        changed("do: voicemail", "do: voicemail, most_seconds: 5"),
        "f.yaml:17:42: nodes/message/most_seconds: most_seconds is 5; write a whole number from 10 to 600",
    ),
    (
        changed("do: voicemail", "do: voicemial"),
        "f.yaml:17:17: nodes/message/do: voicemial is no kind of node; did you mean voicemail?",
    ),
    (
        changed("do: voicemail", "do: voicemail, sya: question"),
        "f.yaml:17:33: nodes/message/sya: unknown key sya in a voicemail node; did you mean say?",
    ),
    (
        changed("languages: [es, en]", "languages: [es, fr]"),
        "f.yaml:4:17: languages/1: fr is no language of the desk; known are es, en",
    ),
    (
        changed("  bye: {do: hang_up}", "  Bye: {do: hang_up}"),
        "f.yaml:18:3: nodes/Bye: Bye is no name of a node; use a-z, 0-9 and single hyphens",
    ),
    (
        changed("start: menu\n", ""),
        "f.yaml:1:1: start is missing; docs/phone-flows.md has an example to start from",
    ),
    ("a: [", "f.yaml:1:5: not YAML"),
    (
        changed('"¿Avería o factura?"', "Horario: de 9 a 14"),
        (
            "f.yaml:9:25: not YAML: expected ',' or '}', but got ':' while parsing a flow mapping; if the colon "
            "belongs to a text, put the text in quotes"
        ),
    ),
    (
        changed('{es: "¿Avería o factura?", en: "Fault or invoice?"}', "\n    es: Pulse # y espere\n    en: b"),
        (
            "f.yaml:10:9: the # makes a comment of the rest of the line; put the text in quotes, or the comment on a "
            "line of its own"
        ),
    ),
    (
        changed("{do: voicemail}", "\n    do: voicemail # takes a message\n    finish_key: #"),
        "f.yaml:19:16: the # makes a comment of the rest of the line; put the text in quotes",
    ),
    (
        changed("start: menu\n", "start: menu\nvoices: {es: {locale: en-GB, name: Polly.Amy-Neural}}\n"),
        (
            "f.yaml:7:23: voices/es/locale: en-GB is no locale of es; callers in es would hear and be heard in another "
            "language: write es-…"
        ),
    ),
    (changed("name: sample", "name: &a sample"), "f.yaml:2:7: anchors and aliases are not allowed; write it out"),
    (changed("name: sample", "name: a\nname: b"), "f.yaml:3:1: name stands twice in the file; remove one"),
]
"""A file, and what is told of it."""


@pytest.mark.parametrize(("source", "complaint"), FAULTS)
def test_a_fault_is_told_with_its_place_and_what_to_do(source: str, complaint: str) -> None:
    assert complaint in refused(source)


def test_faults_are_told_all_at_once_in_the_order_of_the_file() -> None:
    told = refused(changed("do: hang_up", "do: hangup", changed('"+34910000000"', '"34"')))

    assert [line.split(":")[1] for line in told.splitlines()] == ["3", "18"]


def test_prompts_that_are_too_long_for_one_document_are_refused() -> None:
    spoken = "ñ" * 1_490
    chain = "".join(f"  n{at}: {{do: say, say: long, then: n{at + 1}}}\n" for at in range(25))
    head = HEAD.replace("start: menu", "start: n0").replace(
        "prompts:", f'prompts:\n  long: {{es: "{spoken}", en: "x"}}'
    )

    told = refused(head + chain + "  n25: {do: hang_up}\n" + MESSAGE)

    assert "nodes/n0: what is said from here on may have" in told
    assert "Twilio takes 64000; shorten the prompts, or put a question between them" in told


def test_a_document_is_never_larger_than_it_was_reckoned() -> None:
    long = "ñ" * 1_400 + "{ticket}"
    head = HEAD.replace("prompts:", f'prompts:\n  long: {{es: "{long}", en: "x"}}')
    nodes = "  menu: {do: ticket, say: long, then: message, otherwise: message}\n" + MESSAGE
    flow = read_flow_text(head + nodes, "f.yaml", first_year=2026)

    call = Call(flow, Facts(tickets=(999_999_999, 888_888_888, 777_777_777))).hear()

    assert call.last is not None
    size = size_bytes(call.last.verbs, DOORS)
    assert 3 * 2_800 < size <= largest_documents(flow)["menu"]


def test_what_the_desk_has_not_is_refused() -> None:
    desk = Desk(frozenset({"first-level"}), frozenset({"+34910000001"}))

    told = refused(SAMPLE, desk=desk)

    assert "f.yaml:3:11: numbers/0: +34910000000 is no number of the account; buy it, or correct it" in told
    assert "f.yaml:5:9: teams/0: the desk has no team first-line; did you mean first-level?" in told


AWAY = "{do: transfer, number: '%s', unanswered: bye}"


def test_a_transfer_to_any_number_that_the_desk_answers_is_refused_with_its_place(tmp_path: Path) -> None:
    """Twilio makes a new call of it, which the flows answer again: it goes round, and two legs more are paid for."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(changed("{do: voicemail}", AWAY % "+34910000001"))
    other = changed("name: sample", "name: other").replace("+34910000000", "+34910000001")
    second.write_text(other)
    with pytest.raises(FlowRefused) as caught:
        read_flow_files([first, second], first_year=2026)
    assert str(caught.value) == (
        f"{first}:17:35: nodes/message/number: +34910000001 comes back to the desk, as a new call: the flow other "
        "answers it; transfer to a number outside of the account; whoever works for the desk is rung by a team node"
    )

    alone = read_flow_files([first], first_year=2026)
    assert alone.flow_for("+34910000000").name == "sample"
    account = Desk(numbers=frozenset({"+34910000000", "+34910000001"}))
    with pytest.raises(FlowRefused, match=r"a\.yaml:17:35: nodes/message/number: .* it is a number of the account;"):
        read_flow_files([first], first_year=2026, desk=account)


def test_two_flows_for_one_number_are_refused(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(SAMPLE)
    second.write_text(changed("name: sample", "name: other"))

    with pytest.raises(FlowRefused) as caught:
        read_flow_files([first, second], first_year=2026)

    assert str(caught.value) == (
        f"{second}:3:11: numbers/0: +34910000000 is answered by the flow sample already; "
        "a number has one flow: remove it from one of the two"
    )


def test_two_flows_for_all_other_numbers_are_refused(tmp_path: Path) -> None:
    rest = changed('["+34910000000"]', "[]")
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(rest)
    second.write_text(rest)

    with pytest.raises(FlowRefused, match=r"two flows are named sample.*(\n.*)*the flow sample answers all other"):
        read_flow_files([first, second], first_year=2026)


def test_each_number_has_its_flow_and_the_rest_the_default(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(SAMPLE)

    book = read_flow_files([file], first_year=2026)

    assert book.flow_for("+34910000000").name == "sample"
    assert book.flow_for("+34910000001").name == "default"


def test_a_file_that_cannot_be_read_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(FlowRefused, match=r"gone\.yaml:1:1: cannot be read: No such file"):
        read_flow_files([tmp_path / "gone.yaml"], first_year=2026)


def test_how_a_file_is_written_down_does_not_change_its_digest() -> None:
    one = read_flow_text(SAMPLE, "a", first_year=2026)
    other = read_flow_text(
        "# a comment\n" + SAMPLE.replace("  bye: {do: hang_up}", "  bye:\n    do: hang_up"), "b", first_year=2026
    )
    changed_one = read_flow_text(changed("Fault or", "Faults or"), "c", first_year=2026)

    assert one.digest == other.digest != changed_one.digest
