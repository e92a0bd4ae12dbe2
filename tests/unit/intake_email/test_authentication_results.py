"""What other servers report is read in every dialect and believed from few."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.domain.authentication.authentication_results import read_results, trusted_results
from intake_email.domain.authentication.raw_fields import read_raw

GMAIL = (
    "mx.google.com;\r\n       dkim=pass header.i=@cliente.example header.s=s1 header.b=abc/D+;\r\n       "
    "spf=pass (google.com: domain of ana@cliente.example designates 192.0.2.1 as permitted sender)"
    " smtp.mailfrom=ana@cliente.example;\r\n       dmarc=pass (p=QUARANTINE sp=REJECT dis=NONE)"
    " header.from=cliente.example"
)
MICROSOFT = (
    "spf=fail (sender IP is 192.0.2.1)\r\n smtp.mailfrom=cliente.example; dkim=none (message not signed)\r\n"
    " header.d=none;dmarc=fail action=oreject header.from=cliente.example;compauth=fail reason=000"
)


@pytest.mark.parametrize(
    ("value", "server", "expected"),
    [
        (
            GMAIL,
            "mx.google.com",
            [
                ("dkim", "pass", "cliente.example"),
                ("spf", "pass", "cliente.example"),
                ("dmarc", "pass", "cliente.example"),
            ],
        ),
        (
            MICROSOFT,
            None,
            [
                ("spf", "fail", "cliente.example"),
                ("dkim", "none", "none"),
                ("dmarc", "fail", "cliente.example"),
                ("compauth", "fail", ""),
            ],
        ),
        (
            "mta1.yahoo.com  from=x.example; domainkeys=neutral (no sig);  from=x.example; dkim=pass (ok)",
            "mta1.yahoo.com",
            [("domainkeys", "neutral", ""), ("dkim", "pass", "")],
        ),
        (
            "atlas.yahoo.com;\n dmarc=pass(p=REJECT) header.from=x.example;",
            "atlas.yahoo.com",
            [("dmarc", "pass", "x.example")],
        ),
        (
            "mxs.mail.ru; spf=pass (yes) smtp.mailfrom=x.example smtp.helo=mx.x.example; dkim=pass header.d=x.example",
            "mxs.mail.ru",
            [("spf", "pass", "x.example"), ("dkim", "pass", "x.example")],
        ),
        ("relay.example; none", "relay.example", []),
        ("relay.example 1; spf=none smtp.helo=mx.x.example", "relay.example", [("spf", "none", "mx.x.example")]),
        (
            'relay.example; dkim=fail reason="bad; (signature" header.d=x.example',
            "relay.example",
            [("dkim", "fail", "x.example")],
        ),
        (
            "relay.example; dkim/1 = PASS (a (nested; comment) \\) x) header.d = X.example",
            "relay.example",
            [("dkim", "pass", "x.example")],
        ),
        ("relay.example; dmarc=bestguesspass header.from=x.example", "relay.example", [("dmarc", "none", "x.example")]),
        ("relay.example; spf=hardfail smtp.mailfrom=<>", "relay.example", [("spf", "fail", "")]),
        ("relay.example; spf=wonderful", "relay.example", []),
        ("", None, []),
        (";;;((((", None, []),
    ],
)
def test_every_dialect_is_read(value: str, server: str | None, expected: list[tuple[str, str, str]]) -> None:
    found_server, results = read_results(value)
    assert found_server == server
    assert [(one.method, one.word, one.domain()) for one in results] == expected


@pytest.mark.parametrize(
    ("value", "policy"),
    [
        (GMAIL, "quarantine"),
        (MICROSOFT, "reject"),
        ("r.example; dmarc=fail (p=reject dis=none) header.from=x.example", "reject"),
        ("r.example; dmarc=fail header.from=x.example policy.published-domain-policy=none", "none"),
        ("r.example; dmarc=fail header.from=x.example", None),
    ],
)
def test_the_policy_is_told_in_several_ways(value: str, policy: str | None) -> None:
    assert [one.policy() for one in read_results(value)[1] if one.method == "dmarc"] == [policy]


def trusted(*fields: str, servers: tuple[str, ...] = ("relay.example",)) -> list[tuple[str, str]]:
    mail = read_raw("".join(field + "\r\n" for field in (*fields, "From: a@x.example")).encode() + b"\r\nhola")
    assert mail is not None
    return [(one.method, one.word) for one in trusted_results(mail, servers)]


OURS = "Received: from mx.x.example by relay.example with ESMTP; Fri, 27 Nov 2026 03:00:00 +0000"
THEIRS = "Received: from pc by mx.x.example with ESMTP; Fri, 27 Nov 2026 02:59:00 +0000"
PASS = "Authentication-Results: relay.example; dmarc=pass header.from=x.example"
FAIL = "Authentication-Results: relay.example; dmarc=fail header.from=x.example"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((PASS, OURS, THEIRS), [("dmarc", "pass")]),
        ((OURS, PASS, THEIRS), [("dmarc", "pass")]),
        (("Received: by 10.0.0.1 with HTTP", OURS, PASS), [("dmarc", "pass")]),
        ((OURS, THEIRS, PASS), []),
        ((THEIRS, PASS), []),
        ((FAIL, OURS, PASS), [("dmarc", "fail")]),
        ((FAIL, PASS, OURS), [("dmarc", "fail")]),
        (("Authentication-Results: relay.example; spf=fail", OURS, PASS), [("spf", "fail")]),
        ((PASS.replace("relay.example", "evil.example"),), []),
        ((PASS.replace("relay.example", "xrelay.example"),), []),
        ((PASS.replace("relay.example", "mx1.relay.example"),), [("dmarc", "pass")]),
        ((PASS.replace("Authentication-Results", "ARC-Authentication-Results"),), []),
        ((PASS.replace("Authentication-Results", "X-Authentication-Results"),), []),
        ((PASS.replace("relay.example; ", ""),), []),
        (
            ("Authentication-Results: relay.example; spf=pass smtp.mailfrom=x.example", PASS, OURS),
            [("spf", "pass"), ("dmarc", "pass")],
        ),
    ],
)
def test_only_what_a_trusted_server_wrote_on_top_is_believed(
    fields: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    assert trusted(*fields) == expected


def test_microsofts_nameless_fields_need_trust_in_microsoft() -> None:
    field = "Authentication-Results: " + MICROSOFT
    hop = "Received: from A.eurprd04.prod.outlook.com by B.eurprd04.prod.outlook.com with HTTPS; x"
    assert trusted(hop, field) == []
    assert ("dmarc", "fail") in trusted(hop, field, servers=("outlook.com",))


@given(st.text(max_size=300))
def test_no_value_raises(value: str) -> None:
    for one in read_results(value)[1] + read_results("r.example; dmarc=fail " + value)[1]:
        one.domain()
        one.policy()


@pytest.mark.parametrize("piece", ["(", "a=", ";", "x ", '"\\', "a =", "dkim=pass;", "(a)", "\\"])
def test_endless_values_cost_little(piece: str) -> None:
    started = time.process_time()
    read_results(piece * 200_000)
    assert time.process_time() - started < 1.5
