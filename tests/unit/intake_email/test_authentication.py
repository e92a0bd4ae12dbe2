"""Results become a grade, and a forged mail gets the reason why it looks forged."""

from dataclasses import replace

import pytest

from intake_email.domain.authentication.authentication_results import Reported, read_results
from intake_email.domain.authentication.dmarc import Policy
from intake_email.domain.authentication.results import Result
from intake_email.domain.authentication.verdict import (
    Authentication,
    Evidence,
    PublishedPolicy,
    judge,
    suspicion_of,
)

OWN = "cliente.example"
REJECT = PublishedPolicy(Policy("reject", "quarantine"))
NO_RECORD = PublishedPolicy()
SIGNED = Result("pass", domain=OWN)
FOREIGN = Result("pass", domain="envios.example")
SPF_PASS = Result("pass", domain="bounce.cliente.example")
SPF_FAIL = Result("fail", domain=OWN)


def reported(text: str) -> tuple[Reported, ...]:
    return tuple(read_results("relay.example; " + text)[1])


def evidence(**parts: object) -> Evidence:
    return replace(Evidence(OWN), **parts)  # type: ignore[arg-type] # parts of any kind


@pytest.mark.parametrize(
    ("found", "dmarc", "grade"),
    [
        (evidence(spf=SPF_FAIL, dkim=(SIGNED,), published=REJECT), "pass", "verified"),
        (evidence(spf=None, dkim=(SIGNED,), published=REJECT), "pass", "verified"),
        (evidence(spf=SPF_PASS, dkim=(), published=REJECT), "pass", "plausible"),
        (evidence(spf=SPF_PASS, dkim=(FOREIGN,), published=REJECT), "pass", "plausible"),
        (evidence(spf=SPF_FAIL, dkim=(FOREIGN,), published=REJECT), "fail", "claimed"),
        (evidence(spf=SPF_FAIL, dkim=(Result("neutral", domain=OWN),), published=REJECT), "fail", "claimed"),
        (evidence(spf=SPF_FAIL, dkim=(SIGNED,), published=NO_RECORD), "none", "plausible"),
        (evidence(spf=SPF_PASS, dkim=(), published=NO_RECORD), "none", "plausible"),
        (evidence(spf=SPF_FAIL, dkim=(FOREIGN,), published=NO_RECORD), "none", "claimed"),
        (evidence(dkim=(SIGNED,), published=PublishedPolicy(reachable=False)), "temperror", "claimed"),
        (evidence(dkim=(Result("fail", domain=OWN),), published=REJECT), None, "claimed"),
        (evidence(), None, "claimed"),
        (evidence(from_domain=None, spf=SPF_PASS, dkim=(SIGNED,)), None, "claimed"),
        (evidence(senders=2, spf=SPF_PASS, dkim=(SIGNED,), published=REJECT), "permerror", "claimed"),
        (evidence(senders=0, spf=SPF_PASS, dkim=(SIGNED,), published=REJECT), "permerror", "claimed"),
        (evidence(spf=SPF_FAIL, dkim=(), published=REJECT, vouched=True), "fail", "verified"),
        (evidence(spf=SPF_FAIL, dkim=(), published=REJECT, vouched=True, senders=2), "permerror", "claimed"),
    ],
)
def test_the_grade_follows_from_what_was_found(found: Evidence, dmarc: str | None, grade: str) -> None:
    judged = judge(found)
    assert (judged.dmarc, judged.grade) == (dmarc, grade)


@pytest.mark.parametrize(
    ("text", "dmarc", "policy", "grade"),
    [
        (
            "dkim=pass header.d=cliente.example; dmarc=pass (p=reject) header.from=cliente.example",
            "pass",
            "reject",
            "verified",
        ),
        ("dkim=pass header.d=envios.example; dmarc=pass header.from=cliente.example", "pass", None, "plausible"),
        ("spf=pass smtp.mailfrom=a@cliente.example; dmarc=pass header.from=cliente.example", "pass", None, "plausible"),
        ("dkim=pass header.d=cliente.example", None, None, "plausible"),
        ("dmarc=pass header.from=otra.example", None, None, "claimed"),
        ("dmarc=fail (p=quarantine) header.from=cliente.example", "fail", "quarantine", "claimed"),
        ("dmarc=none header.from=cliente.example", "none", None, "claimed"),
    ],
)
def test_what_a_trusted_server_reports_makes_a_grade(
    text: str, dmarc: str | None, policy: str | None, grade: str
) -> None:
    judged = judge(evidence(reported=reported(text)))
    assert (judged.dmarc, judged.dmarc_policy, judged.grade) == (dmarc, policy, grade)


def test_a_signature_that_holds_here_outdoes_a_reported_failure() -> None:
    judged = judge(
        evidence(
            dkim=(SIGNED,),
            published=REJECT,
            reported=reported("dkim=temperror header.d=cliente.example; dmarc=fail header.from=cliente.example"),
        )
    )
    assert (judged.dkim, judged.dmarc, judged.grade) == ("pass", "pass", "verified")


def test_a_signature_that_the_relay_broke_was_still_seen_whole() -> None:
    told = reported("dkim=pass header.d=cliente.example; spf=pass smtp.mailfrom=x@envios.example")
    judged = judge(evidence(dkim=(Result("fail", domain=OWN),), published=REJECT, reported=told))
    assert (judged.dkim, judged.dmarc, judged.grade) == ("pass", "pass", "verified")


def test_the_policy_that_a_server_did_not_tell_comes_from_the_record() -> None:
    told = reported("spf=fail smtp.mailfrom=cliente.example; dmarc=fail header.from=cliente.example")
    judged = judge(evidence(dkim=(), published=REJECT, reported=told))
    assert (judged.dmarc, judged.dmarc_policy) == ("fail", "reject")


def test_a_stray_signature_does_not_hide_the_senders_own_failure() -> None:
    judged = judge(evidence(dkim=(Result("temperror", domain="x.example"), Result("fail", domain=OWN))))
    assert judged.dkim == "fail"


def test_a_subdomain_gets_the_policy_for_subdomains() -> None:
    judged = judge(
        evidence(from_domain="news.cliente.example", spf=SPF_FAIL, published=replace(REJECT, inherited=True))
    )
    assert (judged.dmarc, judged.dmarc_policy) == ("fail", "quarantine")


def suspicion(
    found: Authentication, address: str = "ana@cliente.example", name: str = "Ana", even_verified: bool = False
) -> str | None:
    return suspicion_of(
        found,
        name=name,
        address=address,
        own_addresses=("soporte@desk.example",),
        own_domains=("desk.example",),
        even_verified=even_verified,
    )


FAILED = Authentication("fail", "none", "fail", None, "claimed", "reject")
UNSIGNED = Authentication("none", "none", "none")
VERIFIED = Authentication("pass", "pass", "pass", None, "verified")


@pytest.mark.parametrize(
    ("found", "address", "name", "expected"),
    [
        (FAILED, "ana@cliente.example", "Ana", "dmarc_fail"),
        (replace(FAILED, dmarc_policy="quarantine"), "ana@cliente.example", "Ana", "dmarc_fail"),
        (replace(FAILED, dmarc_policy="none"), "ana@cliente.example", "Ana", None),
        (replace(FAILED, grade="verified"), "ana@cliente.example", "Ana", None),
        (UNSIGNED, "jefe@desk.example", "Jefe", "own_domain"),
        (UNSIGNED, "jefe@mail.desk.example", "Jefe", "own_domain"),
        (replace(UNSIGNED, grade="plausible"), "jefe@desk.example", "Jefe", None),
        (Authentication(), "jefe@desk.example", "Jefe", None),
        (Authentication("temperror", None, "temperror"), "jefe@desk.example", "Jefe", None),
        (UNSIGNED, "soporte@desk-example.net", "Soporte", "lookalike"),
        (replace(UNSIGNED, grade="plausible"), "soporte@desk.example.evil.net", "Soporte", "lookalike"),
        (UNSIGNED, "a@evil.net", "soporte@desk.example", "display_name"),
        (UNSIGNED, "ana@cliente.example", "Ana", None),
        (VERIFIED, "jefe@desk.example", "Jefe", None),
        (VERIFIED, "a@evil.net", "soporte@desk.example", None),
    ],
)
def test_a_forged_mail_gets_its_reason(found: Authentication, address: str, name: str, expected: str | None) -> None:
    assert suspicion(found, address, name) == expected


def test_who_registers_a_look_alike_can_be_suspected_all_the_same() -> None:
    assert suspicion(VERIFIED, "soporte@desk-example.net", even_verified=True) == "lookalike"
    assert suspicion(VERIFIED, "jefe@desk.example", even_verified=True) is None
