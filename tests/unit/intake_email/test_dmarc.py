"""DMARC: who is aligned with whom, and what the owner of a domain wants."""

import pytest

from intake_email.domain.authentication.dmarc import Policy, aligned, evaluate, read_policy, record_names
from intake_email.domain.authentication.results import Result

OWN = "cliente.example"


@pytest.mark.parametrize(
    ("one", "other", "relaxed", "strict"),
    [
        ("cliente.example", "cliente.example", True, True),
        ("mail.cliente.example", "cliente.example", True, False),
        ("cliente.example", "news.cliente.example", True, False),
        ("a.cliente.co.uk", "b.cliente.co.uk", True, False),
        ("uno.co.uk", "dos.co.uk", False, False),
        ("co.uk", "cliente.co.uk", False, False),
        ("uno.github.io", "dos.github.io", False, False),
        ("xcliente.example", "cliente.example", False, False),
        ("", "cliente.example", False, False),
        ("", "", False, False),
    ],
)
def test_alignment_goes_by_the_registered_domain(one: str, other: str, relaxed: bool, strict: bool) -> None:
    assert aligned(one, other) is relaxed
    assert aligned(one, other, strict=True) is strict


@pytest.mark.parametrize(
    ("domain", "names"),
    [
        ("cliente.example", ["_dmarc.cliente.example"]),
        ("a.b.cliente.co.uk", ["_dmarc.a.b.cliente.co.uk", "_dmarc.cliente.co.uk"]),
        ("co.uk", ["_dmarc.co.uk"]),
    ],
)
def test_the_record_lies_at_the_domain_or_at_the_registered_one(domain: str, names: list[str]) -> None:
    assert record_names(domain) == names


@pytest.mark.parametrize(
    ("records", "policy"),
    [
        (["v=DMARC1; p=reject"], Policy("reject", "reject")),
        (["v=DMARC1;p=quarantine;sp=none;adkim=s;aspf=s;"], Policy("quarantine", "none", True, True)),
        (["v=DMARC1; p=REJECT; pct=0"], Policy("reject", "reject", testing=True)),
        (["v=DMARC1; p=reject; t=y"], Policy("reject", "reject", testing=True)),
        (["v=DMARC1; p=reject; pct=20; sp=nonsense"], Policy("reject", "reject")),
        (["v=DMARC1; p=maybe; rua=mailto:a@cliente.example"], Policy("none", "none")),
        (["v=DMARC1; p=maybe"], None),
        (["v=DMARC1; rua"], None),
        (["v=spf1 -all", "google-site-verification=x"], None),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], None),
        (["v=DMARC1; p=none", "other"], Policy("none", "none")),
        ([], None),
        (["v=DMARC1;" + "a=b;" * 10_000], None),
    ],
)
def test_a_record_is_read_as_its_owner_meant_it(records: list[str], policy: Policy | None) -> None:
    assert read_policy(records) == policy


def test_the_policy_for_subdomains_is_their_own() -> None:
    policy = Policy("reject", "quarantine")
    assert policy.applied_to(subdomain=False) == "reject"
    assert policy.applied_to(subdomain=True) == "quarantine"


def test_while_an_owner_tries_it_out_the_milder_policy_applies() -> None:
    assert Policy("reject", "quarantine", testing=True).applied_to(subdomain=False) == "quarantine"
    assert Policy("reject", "quarantine", testing=True).applied_to(subdomain=True) == "none"
    assert Policy("none", "none", testing=True).applied_to(subdomain=False) == "none"


@pytest.mark.parametrize(
    ("spf", "dkim", "word", "by"),
    [
        (Result("fail", domain=OWN), [Result("pass", domain=OWN)], "pass", "dkim"),
        (Result("pass", domain="bounce.cliente.example"), [], "pass", "spf"),
        (Result("pass", domain="otra.example"), [Result("pass", domain="otra.example")], "fail", None),
        (Result("softfail", domain=OWN), [Result("fail", domain=OWN)], "fail", None),
        (Result("temperror", domain=OWN), [], "temperror", None),
        (Result("temperror", domain="otra.example"), [], "fail", None),
        (Result("fail", domain=OWN), [Result("temperror", domain=OWN)], "temperror", None),
        (Result("fail", domain=OWN), [Result("temperror", domain="otra.example")], "fail", None),
        (None, [Result("pass", domain=OWN)], "pass", "dkim"),
    ],
)
def test_a_mail_passes_by_an_aligned_pass(spf: Result | None, dkim: list[Result], word: str, by: str | None) -> None:
    found = evaluate(Policy("reject", "reject"), OWN, False, spf, dkim)
    assert found is not None
    assert (found.word, found.by, found.policy) == (word, by, "reject")


def test_without_spf_a_missing_signature_is_no_failure() -> None:
    assert evaluate(Policy("reject", "reject"), OWN, False, None, [Result("fail", domain=OWN)]) is None


def test_strict_alignment_takes_no_subdomain() -> None:
    strict = Policy("reject", "reject", strict_dkim=True, strict_spf=True)
    below = "mail.cliente.example"
    found = evaluate(strict, OWN, False, Result("pass", domain=below), [Result("pass", domain=below)])
    assert found is not None
    assert found.word == "fail"
