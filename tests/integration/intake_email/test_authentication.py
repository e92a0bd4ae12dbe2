"""Mails are authenticated against a real DNS server over sockets, with everything that goes wrong there."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from intake_email.adapters.authenticator import LARGE_BYTES, Authenticator
from intake_email.adapters.dns_names import FAILED, NOTHING, Answer, DnsLimits, DnsNames
from intake_email.domain.authentication.dkim import check as dkim_check
from intake_email.domain.authentication.results import Result
from intake_email.domain.authentication.verdict import UNKNOWN, Authentication
from intake_email.domain.envelope import Envelope
from tests.support.dns_server import SERVFAIL, SILENT, DnsServer, open_dns_server
from tests.support.polling import eventually
from tests.support.signed_mails import MAIL, NOW, ed25519_key, rsa_key, seal, sign

STRANGER = Envelope("ana@cliente.example", ("soporte@desk.example",), "192.0.2.10", "mx.cliente.example")
RELAYED = Envelope("ana@cliente.example", ("soporte@desk.example",), "10.0.0.7", "relay.desk.example")
FETCHED = Envelope()
HASTY = DnsLimits(try_seconds=0.2, lifetime_seconds=1.0, fuse_seconds=0.3)
KEY, ED_KEY = "s1._domainkey.cliente.example", "ed._domainkey.cliente.example"
DMARC, SPF = "_dmarc.cliente.example", "cliente.example"


@pytest.fixture
async def dns() -> AsyncIterator[DnsServer]:
    """A server that knows the customer's domain."""
    async with open_dns_server() as server:
        server.txt(SPF, "v=spf1 ip4:192.0.2.10 -all", "some-site-verification=x")
        server.txt(KEY, rsa_key().record)
        server.txt(ED_KEY, ed25519_key().record)
        server.txt(DMARC, "v=DMARC1; p=reject; sp=quarantine; rua=mailto:dmarc@cliente.example")
        server.txt("arc._domainkey.lists.example", rsa_key().record)
        yield server


@pytest.fixture
async def names(dns: DnsServer) -> AsyncIterator[DnsNames]:
    """A resolver that asks only that server, as patient as in production: busy must not look silent."""
    resolver = DnsNames([dns.address])
    yield resolver
    await resolver.close()


@pytest.fixture
async def hasty_names(dns: DnsServer) -> AsyncIterator[DnsNames]:
    """A resolver that gives up quickly, where silence is what is tested."""
    resolver = DnsNames([dns.address], HASTY)
    yield resolver
    await resolver.close()


def authenticator(names: DnsNames, **options: Any) -> Authenticator:
    settings: dict[str, Any] = {
        "names": names,
        "trusted_servers": ("relay.desk.example",),
        "deadline_seconds": 3.0,
        "verify": True,
        "clock": lambda: float(NOW),
    }
    return Authenticator(**settings | options)


async def check(
    names: DnsNames,
    raw: bytes,
    envelope: Envelope = STRANGER,
    from_domain: str | None = "cliente.example",
    **options: Any,
) -> Authentication:
    return await authenticator(names, **options).authenticate(raw, envelope, from_domain)


def words(found: Authentication) -> tuple[str | None, str | None, str | None, str | None, str]:
    return found.spf, found.dkim, found.dmarc, found.arc, found.grade


OTHER_HOST = Envelope("ana@cliente.example", (), "198.51.100.1", "evil.example")
BOUNCE_HOST = Envelope("bounce@envios.example", (), "192.0.2.10", "mx.envios.example")


@pytest.mark.parametrize(
    ("raw", "envelope", "expected"),
    [
        (sign(), STRANGER, ("pass", "pass", "pass", None, "verified")),
        (sign(key=ed25519_key(), selector="ed"), STRANGER, ("pass", "pass", "pass", None, "verified")),
        (sign(), OTHER_HOST, ("fail", "pass", "pass", None, "verified")),
        (sign(), BOUNCE_HOST, ("none", "pass", "pass", None, "verified")),
        (sign(), RELAYED, (None, "pass", "pass", None, "verified")),
        (sign(), FETCHED, (None, "pass", "pass", None, "verified")),
        (MAIL, STRANGER, ("pass", "none", "pass", None, "plausible")),
        (MAIL, OTHER_HOST, ("fail", "none", "fail", None, "claimed")),
        (sign().replace(b"puedo", b"debo"), OTHER_HOST, ("fail", "fail", "fail", None, "claimed")),
        (sign().replace(b"puedo", b"debo"), RELAYED, (None, "fail", None, None, "claimed")),
        (sign(l="3"), OTHER_HOST, ("fail", "neutral", "fail", None, "claimed")),
        (sign(x=str(NOW - 86_400)), OTHER_HOST, ("fail", "fail", "fail", None, "claimed")),
        (sign(selector="gone"), OTHER_HOST, ("fail", "permerror", "fail", None, "claimed")),
        (b"From: <jefe@banco.example>\r\n" + sign(), STRANGER, ("pass", "fail", "permerror", None, "claimed")),
    ],
)
async def test_a_mail_is_graded(
    names: DnsNames, raw: bytes, envelope: Envelope, expected: tuple[str | None, ...]
) -> None:
    assert words(await check(names, raw, envelope)) == expected


async def test_a_foreign_signature_proves_nothing_about_the_sender(names: DnsNames, dns: DnsServer) -> None:
    dns.txt("s1._domainkey.envios.example", rsa_key().record)
    found = await check(names, sign(domain="envios.example"), OTHER_HOST)
    assert words(found) == ("fail", "pass", "fail", None, "claimed")
    assert found.dmarc_policy == "reject"


async def test_a_subdomain_falls_under_the_policy_of_its_parent(names: DnsNames) -> None:
    raw = MAIL.replace(b"@cliente.example>\r\nTo", b"@news.cliente.example>\r\nTo")
    found = await check(names, raw, OTHER_HOST, "news.cliente.example")
    assert (found.dmarc, found.dmarc_policy, found.grade) == ("fail", "quarantine", "claimed")
    found = await check(names, sign(raw), OTHER_HOST, "news.cliente.example")
    assert (found.dmarc, found.grade) == ("pass", "verified")


async def test_strict_alignment_is_respected(names: DnsNames, dns: DnsServer) -> None:
    dns.txt("_dmarc.news.cliente.example", "v=DMARC1; p=none; adkim=s; aspf=s")
    found = await check(names, sign(), STRANGER, "news.cliente.example")
    assert words(found) == ("pass", "pass", "fail", None, "claimed")


async def test_without_a_record_an_aligned_signature_is_plausible(names: DnsNames, dns: DnsServer) -> None:
    del dns.records[DMARC, "TXT"]
    assert words(await check(names, sign(), OTHER_HOST)) == ("fail", "pass", "none", None, "plausible")


async def test_domains_of_all_alphabets_are_asked_for_in_ascii(names: DnsNames, dns: DnsServer) -> None:
    dns.txt("_dmarc.xn--mxico-bsa.example", "v=DMARC1; p=reject")
    dns.txt("s1._domainkey.xn--mxico-bsa.example", rsa_key().record)
    found = await check(names, sign(domain="xn--mxico-bsa.example"), FETCHED, "MÉXICO.example")
    assert found.grade == "verified"


async def test_a_trusted_sealer_vouches_for_a_forwarded_mail(names: DnsNames) -> None:
    results = "dkim=pass header.d=cliente.example; dmarc=pass (p=reject) header.from=cliente.example"
    raw = seal(MAIL, 1, results)
    found = await check(names, raw, OTHER_HOST, trusted_sealers=("lists.example",))
    assert words(found) == ("fail", "none", "fail", "pass", "verified")
    assert words(await check(names, raw, OTHER_HOST)) == ("fail", "none", "fail", "pass", "claimed")
    broken = raw.replace(b"puedo", b"debo")
    found = await check(names, broken, OTHER_HOST, trusted_sealers=("lists.example",))
    assert words(found) == ("fail", "none", "fail", "fail", "claimed")


TOLD = b"Authentication-Results: relay.desk.example; %s; dmarc=pass (p=reject) header.from=cliente.example\r\n"


@pytest.mark.parametrize(
    ("raw", "envelope", "expected"),
    [
        (TOLD % b"spf=pass smtp.mailfrom=cliente.example" + MAIL, RELAYED, ("pass", None, "pass", None, "plausible")),
        (TOLD % b"dkim=pass header.d=cliente.example" + MAIL, FETCHED, (None, "pass", "pass", None, "verified")),
        # The very same field from a stranger's host is a lie.
        (TOLD % b"dkim=pass header.d=cliente.example" + MAIL, OTHER_HOST, (None, None, None, None, "claimed")),
        (TOLD.replace(b"relay.", b"fake.") % b"dkim=pass" + MAIL, RELAYED, (None, None, None, None, "claimed")),
    ],
)
async def test_trusted_results_count_where_they_can_be_trusted(
    names: DnsNames, raw: bytes, envelope: Envelope, expected: tuple[str | None, ...]
) -> None:
    assert words(await check(names, raw, envelope, verify=False)) == expected
    assert names.asked == 0


async def test_a_reported_pass_is_not_checked_again_without_a_signature(names: DnsNames) -> None:
    found = await check(names, TOLD % b"spf=pass smtp.mailfrom=cliente.example" + MAIL, RELAYED)
    assert words(found) == ("pass", None, "pass", None, "plausible")
    assert names.asked == 0


async def test_forged_results_from_a_strangers_host_change_nothing(names: DnsNames) -> None:
    found = await check(names, TOLD % b"dkim=pass header.d=cliente.example" + MAIL, OTHER_HOST)
    assert words(found) == ("fail", "none", "fail", None, "claimed")


async def test_a_relay_on_a_public_address_can_be_named(names: DnsNames) -> None:
    raw = TOLD % b"dkim=pass header.d=cliente.example" + MAIL
    found = await check(names, raw, OTHER_HOST, trusted_relays=("198.51.100.0/24",))
    assert words(found) == (None, "pass", "pass", None, "verified")
    assert names.asked == 0


@pytest.mark.parametrize(
    "envelope", [RELAYED, FETCHED, Envelope("a@b.example", (), "::1"), Envelope(peer="not an address")]
)
async def test_a_mail_with_nothing_to_check_asks_nothing(names: DnsNames, envelope: Envelope) -> None:
    assert await check(names, MAIL, envelope) == UNKNOWN
    assert names.asked == 0


async def test_answers_are_kept_for_the_next_mail(names: DnsNames, dns: DnsServer) -> None:
    for _ in range(3):
        await check(names, sign())
    assert set(dns.questions.values()) == {1}
    assert dns.questions.total() == names.asked == 3


async def test_mails_at_the_same_time_share_their_questions(names: DnsNames, dns: DnsServer) -> None:
    found = await asyncio.gather(*(check(names, sign()) for _ in range(20)))
    assert {one.grade for one in found} == {"verified"}
    assert set(dns.questions.values()) == {1}


@pytest.mark.parametrize("trouble", [SERVFAIL, SILENT])
async def test_a_zone_in_trouble_is_a_temporary_error_for_its_mails(
    hasty_names: DnsNames, dns: DnsServer, trouble: str
) -> None:
    for name in (SPF, KEY, DMARC):
        dns.records[name, "TXT"] = trouble
    dns.txt("s1._domainkey.otra.org", rsa_key().record)
    dns.txt("_dmarc.otra.org", "v=DMARC1; p=none")
    assert words(await check(hasty_names, sign())) == ("temperror", "temperror", "temperror", None, "claimed")
    # Others are not affected, and the servers are found to be there.
    other = await check(hasty_names, sign(domain="otra.org"), RELAYED, "otra.org")
    assert other.grade == "verified"
    assert not hasty_names.out_of_service


async def test_a_silent_zone_does_not_hold_up_mail_after_mail(hasty_names: DnsNames, dns: DnsServer) -> None:
    started = time.monotonic()
    for number in range(50):
        name = f"n{number}.muerta.org"
        dns.records[name, "*"] = SILENT
        await hasty_names.look_up(name, "TXT", asyncio.get_running_loop().time() + 3)
    assert time.monotonic() - started < 10  # each by itself would wait for a second
    assert hasty_names.asked == 1


async def test_an_outage_blows_a_fuse_and_ends_by_itself(hasty_names: DnsNames, dns: DnsServer) -> None:
    dns.silent = True
    loop = asyncio.get_running_loop()
    assert (await check(hasty_names, sign())).grade == "claimed"
    assert await hasty_names.look_up("otra.org", "TXT", loop.time() + 3) == FAILED
    assert hasty_names.out_of_service
    asked = dns.questions.total()
    started = time.monotonic()
    for number in range(200):
        found = await check(hasty_names, sign(domain=f"d{number}.org"), STRANGER, f"d{number}.org")
        assert found.grade == "claimed"
    assert time.monotonic() - started < 10  # each by itself would wait for a second
    assert dns.questions.total() - asked <= 20

    dns.silent = False
    dns.txt("vuelve.org", "hola")

    async def answered() -> bool:
        return await hasty_names.look_up("vuelve.org", "TXT", loop.time() + 1) == Answer(("hola",))

    await eventually(answered)
    assert not hasty_names.out_of_service


async def test_the_deadline_holds_whatever_the_servers_do(dns: DnsServer) -> None:
    dns.silent = True
    names = DnsNames([dns.address], DnsLimits(try_seconds=5, lifetime_seconds=20))
    started = time.monotonic()
    found = await check(names, sign(), deadline_seconds=0.2)
    assert time.monotonic() - started < 4
    assert words(found) == ("temperror", "temperror", "temperror", None, "claimed")
    await names.close()


async def test_a_server_that_is_not_there_is_a_temporary_error() -> None:
    async with open_dns_server() as gone:
        address = gone.address
    names = DnsNames([address], HASTY)
    assert words(await check(names, sign())) == ("temperror", "temperror", "temperror", None, "claimed")
    await names.close()


async def test_long_answers_come_over_tcp(names: DnsNames, dns: DnsServer) -> None:
    dns.txt("larga.example", "x" * 3_000, "v=spf1 -all")
    found = await names.look_up("larga.example", "TXT", asyncio.get_running_loop().time() + 3)
    assert sorted(map(len, found.records)) == [11, 3_000]
    assert dns.over_tcp == 1


async def test_a_huge_record_is_left_out(names: DnsNames, dns: DnsServer) -> None:
    dns.txt("enorme.example", "x" * 50_000, "v=spf1 -all")
    found = await names.look_up("enorme.example", "TXT", asyncio.get_running_loop().time() + 3)
    assert found == Answer(("v=spf1 -all",))


async def test_aliases_are_followed_and_their_loops_end(names: DnsNames, dns: DnsServer) -> None:
    del dns.records[KEY, "TXT"]
    dns.records[KEY, "CNAME"] = ["s1.keys.envios.example."]
    dns.txt("s1.keys.envios.example", rsa_key().record)
    assert (await check(names, sign())).grade == "verified"
    dns.records["a.bucle.example", "CNAME"] = ["b.bucle.example."]
    dns.records["b.bucle.example", "CNAME"] = ["a.bucle.example."]
    found = await names.look_up("a.bucle.example", "TXT", asyncio.get_running_loop().time() + 3)
    assert not found.records


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a..b", "x" * 64 + ".example", "\x00", "ñ.example", "a b.example", "\\", "x." * 200]
)
async def test_no_name_raises(names: DnsNames, name: str) -> None:
    found = await names.look_up(name, "TXT", asyncio.get_running_loop().time() + 3)
    assert not found.records


async def test_other_kinds_of_records_are_read(names: DnsNames, dns: DnsServer) -> None:
    dns.records["cliente.example", "MX"] = ["20 b.cliente.example.", "10 a.cliente.example."]
    dns.records["cliente.example", "A"] = ["192.0.2.1"]
    dns.records["cliente.example", "AAAA"] = ["2001:db8::1"]
    dns.records["10.2.0.192.in-addr.arpa", "PTR"] = ["mx.cliente.example."]
    deadline_at = asyncio.get_running_loop().time() + 3
    assert await names.look_up("cliente.example", "MX", deadline_at) == Answer(
        ("a.cliente.example", "b.cliente.example")
    )
    assert await names.look_up("cliente.example", "A", deadline_at) == Answer(("192.0.2.1",))
    assert await names.look_up("cliente.example", "AAAA", deadline_at) == Answer(("2001:db8::1",))
    assert await names.look_up("10.2.0.192.in-addr.arpa", "PTR", deadline_at) == Answer(("mx.cliente.example",))
    assert await names.look_up("nada.example", "A", deadline_at) == NOTHING


async def test_spf_with_all_its_look_ups_passes(names: DnsNames, dns: DnsServer) -> None:
    dns.txt(SPF, "v=spf1 include:uno.example include:dos.example ptr:otra.example mx ?all")
    dns.txt("uno.example", "v=spf1 a:h.uno.example -all")
    dns.txt("dos.example", "v=spf1 redirect=tres.example")
    dns.txt("tres.example", "v=spf1 exists:%{ir}.lista.example -all")
    dns.records["h.uno.example", "A"] = ["198.51.100.9"]
    dns.records["cliente.example", "MX"] = ["10 mx.cliente.example."]
    dns.records["mx.cliente.example", "A"] = ["192.0.2.10"]
    found = await check(names, MAIL)
    assert (found.spf, found.grade) == ("pass", "plausible")


@pytest.mark.parametrize("limits", [DnsLimits(cached_names=10), DnsLimits(cached_bytes=50_000)], ids=["names", "bytes"])
async def test_the_cache_is_bounded_by_number_and_size(dns: DnsServer, limits: DnsLimits) -> None:
    names = DnsNames([dns.address], limits)
    deadline_at = asyncio.get_running_loop().time() + 5
    for number in range(30):
        dns.txt(f"n{number}.example", "x" * 5_000)
        await names.look_up(f"n{number}.example", "TXT", deadline_at)
    await names.look_up("n29.example", "TXT", deadline_at)
    assert names.asked == 30
    await names.look_up("n0.example", "TXT", deadline_at)
    assert names.asked == 31
    await names.close()


async def test_the_body_of_a_big_mail_is_hashed_beside_the_loop(
    names: DnsNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def check_and_tell(*arguments: Any) -> Result:
        threads.append(threading.get_ident())
        return dkim_check(*arguments)

    monkeypatch.setattr("intake_email.adapters.authenticator.check", check_and_tell)
    assert (await check(names, sign(), RELAYED)).grade == "verified"
    assert (await check(names, sign(MAIL + b"x" * LARGE_BYTES + b"\r\n"), RELAYED)).grade == "verified"
    here = threading.get_ident()
    assert [thread == here for thread in threads] == [True, False]


async def test_with_too_much_header_nothing_is_claimed_to_be_proved(names: DnsNames) -> None:
    found = await check(names, b"X: y\r\n" * 50_000 + sign(), STRANGER)
    assert found.grade == "claimed"


@pytest.mark.parametrize("server", ["dns.example", "127.0.0.1:x", "[::1]:x", ""])
def test_a_server_must_be_an_address(server: str) -> None:
    with pytest.raises(ValueError, match="DNS server"):
        DnsNames([server])
