"""Taking apart what an IMAP server says."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.domain.imap.responses import (
    LINE_LIMIT_BYTES,
    Discarded,
    Framer,
    Overrun,
    Response,
    folder_name,
    is_quotable,
    permanent_flags,
    quoted,
    read_capabilities,
    read_codes,
    read_fetch,
    read_number,
    read_search,
    uid_set,
)

CONVERSATION = (
    b"* OK ready\r\n* 1 FETCH (UID 7 BODY[] {12}\r\nA1 OK\r\n{3}\r\n)\r\n"
    b"* 2 FETCH (BODY[] {0}\r\n UID 8)\r\nA1 OK done\r\n"
)


def framed(data: bytes, step: int = 1 << 20) -> list[Response]:
    framer = Framer(1000)
    found: list[Response] = []
    for start in range(0, len(data), step):
        found.extend(framer.feed(data[start : start + step]))
    return found


def fetched(data: bytes) -> dict[bytes, object] | None:
    (response,) = framed(data + b"\r\n")
    found = read_fetch(response)
    return dict(found) if found is not None else None


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_responses_are_the_same_however_the_bytes_arrive(step: int) -> None:
    found = framed(CONVERSATION, step)
    assert found == framed(CONVERSATION)
    assert [response.first[:9] for response in found] == [b"* OK read", b"* 1 FETCH", b"* 2 FETCH", b"A1 OK don"]
    assert found[1].literals == [b"A1 OK\r\n{3}\r\n"]


def test_what_is_not_admitted_is_read_past() -> None:
    framer = Framer(1000)
    framer.admit = lambda size: size < 5
    found = list(framer.feed(b"* 1 FETCH (A {9}\r\n123456789 B {3}\r\nabc)\r\n* 2 EXISTS\r\n"))
    assert found[0].literals == [Discarded(9), b"abc"]
    assert found[1].first == b"* 2 EXISTS"
    assert framer.empty


@pytest.mark.parametrize(
    "data",
    [
        b"x" * (LINE_LIMIT_BYTES + 1),
        b"* 1 FETCH (BODY[] {1000001}\r\n",
        b"* X {1}\r\n" + b"a{1}\r\n" * 300,
        (b"y" * 1_000_000 + b"{0}\r\n") * 6,
    ],
)
def test_a_server_that_sends_without_end_is_stopped(data: bytes) -> None:
    with pytest.raises(Overrun):
        framed(data, 65_536)


def test_many_lines_and_a_dripping_line_take_no_longer_than_their_bytes() -> None:
    started = time.process_time()
    assert len(framed(b"* 1 EXPUNGE\r\n" * 100_000, 65_536)) == 100_000
    framed(b"z" * 200_000, 1)
    assert time.process_time() - started < 2.0


@given(st.binary(max_size=400), st.integers(1, 50))
def test_no_bytes_break_the_framing_or_the_reading(data: bytes, step: int) -> None:
    try:
        found = framed(data.replace(b"\n", b"\r\n"), step)
    except Overrun:
        return
    for response in found:
        read_fetch(response)
        read_codes([response.first])
    read_search(found)


def test_a_fetch_is_read_with_strings_lists_and_literals() -> None:
    assert fetched(b'1 FETCH (FLAGS (\\Seen $x) UID 7 RFC822.SIZE 12 BODY[] "a \\"b\\\\ (c")') == {
        b"FLAGS": [b"\\Seen", b"$x"],
        b"UID": b"7",
        b"RFC822.SIZE": b"12",
        b"BODY[]": b'a "b\\ (c',
    }
    assert fetched(b"3 FETCH (BODY[] {4}\r\nNIL) uid 9)") == {b"BODY[]": b"NIL)", b"UID": b"9"}
    assert fetched(b"3 FETCH (BODY[] NIL UID 9)") == {b"BODY[]": None, b"UID": b"9"}
    assert fetched(b"3 FETCH (ENVELOPE ((a) (b (c))) UID 9)") == {b"ENVELOPE": [b"a", b"b", b"c"], b"UID": b"9"}


@pytest.mark.parametrize("line", [b"", b"3 EXISTS", b"x FETCH (UID 1)", b"FETCH", b"3 FETCHED (UID 1)"])
def test_other_responses_are_no_fetch(line: bytes) -> None:
    assert read_fetch(Response([line])) is None


def test_search_results_are_numbers_each_once_in_order() -> None:
    found = [Response([b"SEARCH 9 3"]), Response([b"search 3 x -1 99999999999999"]), Response([b"4 EXISTS"])]
    assert read_search(found) == [3, 9]
    assert read_search([Response([b"SEARCH"])]) == []


@pytest.mark.parametrize(("word", "number"), [(b"7", 7), (b"", 0), (b"x", 0), (None, 0), (b"9" * 30, 0), ([b"1"], 0)])
def test_a_number_is_a_number(word: object, number: int) -> None:
    assert read_number(word) == number


def test_codes_and_capabilities_are_read() -> None:
    codes = read_codes([b"OK [UIDNEXT 5] x", b"OK [READ-ONLY] y", b"no code", b"OK [PERMANENTFLAGS (\\Seen \\*)] z"])
    assert codes == {b"UIDNEXT": b"5", b"READ-ONLY": b"", b"PERMANENTFLAGS": b"(\\Seen \\*)"}
    assert permanent_flags(codes) == (True, True)
    assert permanent_flags({}) == (True, False)
    assert permanent_flags({b"PERMANENTFLAGS": b"()"}) == (False, False)
    assert permanent_flags({b"PERMANENTFLAGS": b"(\\Seen ventanilladone)"}) == (True, True)
    assert read_capabilities(b"IMAP4rev1 idle") == {"IMAP4REV1", "IDLE"}


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("INBOX", '"INBOX"'),
        ('a "b" \\', '"a \\"b\\" \\\\"'),
        ("Entwürfe", '"Entw&APw-rfe"'),
        ("A&B", '"A&-B"'),
        ("日本語", '"&ZeVnLIqe-"'),
        ("~peter/mail/台北/日本語", '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'),
        ("é", '"&AOk-"'),
    ],
)
def test_folder_names_go_in_the_protocols_own_form(name: str, wire: str) -> None:
    assert folder_name(name) == wire


def test_what_a_quoted_string_cannot_carry_is_known() -> None:
    assert is_quotable('with "quotes"')
    assert not is_quotable("contraseña")
    assert not is_quotable("a\tb\n")
    assert quoted('"') == '"\\""'


def test_sets_of_numbers_are_short() -> None:
    assert uid_set([3, 1, 2, 7, 9, 8, 20]) == "1:3,7:9,20"
