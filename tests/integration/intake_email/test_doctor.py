"""What an operator of mail can get wrong or leave out: `intake-email doctor` names each, and says what to do."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from intake_email.adapters.dkim_signers import Signers
from intake_email.commands.dns_checks import examine_dns
from intake_email.commands.door_checks import certificate_finding, examine_certificate, examine_outbox
from intake_email.commands.mailbox_checks import examine_mailboxes
from intake_email.commands.relay_checks import examine_relay
from intake_email.settings import Settings
from tests.integration.intake_email.relays import open_relay
from tests.support.dns_server import SERVFAIL, DnsServer, open_dns_server
from tests.support.imap_servers import Pymap
from ventanilla_devstack.ports import free_port
from ventanilla_runtime.findings import Finding

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOMAIN, HOST, ADDRESS = "desk.example", "mx.desk.example", "93.184.216.34"


@pytest_asyncio.fixture(loop_scope="module")
async def dns() -> AsyncIterator[DnsServer]:
    """A zone in which everything is right."""
    async with open_dns_server() as server:
        server.records = {
            (DOMAIN, "MX"): [f"10 {HOST}."],
            (HOST, "A"): [ADDRESS],
            (DOMAIN, "TXT"): ["v=spf1 mx -all", "something=else"],
            (f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=reject"],
        }
        yield server


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A DKIM key."""
    path = tmp_path / "key.pem"
    made = rsa.generate_private_key(65537, 1024)
    path.write_bytes(
        made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def settings(dns: DnsServer | None = None, **more: object) -> Settings:
    """Settings as an operator gives them; none of this machine's."""
    given: dict[str, object] = {
        "mailboxes": f"soporte@{DOMAIN}",
        "hostname": HOST,
        "outbox": Path("outbox"),
        **({"dns_servers": dns.address} if dns else {}),
        **more,
    }
    return Settings(**given)  # type: ignore[arg-type]  # as the environment gives them: texts


def said(findings: list[Finding]) -> dict[str, tuple[str, str]]:
    """About what → (state, words and advice)."""
    return {one.about: (one.state, f"{one.says} → {one.do}") for one in findings}


async def test_a_domain_with_all_its_records_is_well(dns: DnsServer, key: Path) -> None:
    entry = f"{DOMAIN}:desk1:{key}"
    dns.records |= {(name, "TXT"): [record] for name, record in Signers([entry]).records().items()}

    found = await examine_dns(settings(dns, dkim=entry, relay_url=f"smtp://{ADDRESS}"))

    assert {one.state for one in found} == {"ok"}, found
    assert [one.about for one in found] == [f"MX {DOMAIN}", f"SPF {DOMAIN}", f"DMARC {DOMAIN}", "DKIM"]


@pytest.mark.parametrize(
    ("name", "kind", "records", "about", "state", "words"),
    [
        (DOMAIN, "MX", None, "MX", "problem", f"publish: {DOMAIN}. MX 10 {HOST}."),
        (DOMAIN, "MX", ["0 ."], "MX", "problem", "its MX record is `0 .`, which says that it takes no mail"),
        (DOMAIN, "MX", ["10 aspmx.provider.example."], "MX", "warning", "leads to aspmx.provider.example, not to"),
        (HOST, "A", None, "MX", "problem", f"{HOST} has no address"),
        (HOST, "A", ["10.0.0.7"], "MX", "warning", "nobody outside reaches"),
        (DOMAIN, "MX", SERVFAIL, "MX", "warning", "the name servers do not answer"),
        (DOMAIN, "TXT", ["other"], "SPF", "problem", "no SPF record"),
        (DOMAIN, "TXT", ["v=spf1 -all", "v=spf1 mx -all"], "SPF", "problem", "none counts"),
        (DOMAIN, "TXT", ["v=spf1 +all"], "SPF", "warning", "anybody may send"),
        (DOMAIN, "TXT", ["v=spf1 ip4:192.0.2.1 -all"], "SPF", "warning", "may not send for desk.example: fail"),
        (DOMAIN, "TXT", ["v=spf1 ipp4:192.0.2.1 mx -all"], "SPF", "problem", "ipp4"),
        (DOMAIN, "TXT", [f"v=spf1 include:{DOMAIN} -all"], "SPF", "problem", "none counts"),
        (
            DOMAIN,
            "TXT",
            [f"v=spf1 mx {' '.join(f'a:h{one}.{HOST}' for one in range(12))} -all"],
            "SPF",
            "problem",
            "→ ",
        ),
        (DOMAIN, "TXT", ["v=spf1 include:away.example -all"], "SPF", "warning", "the name servers do not answer"),
        (f"_dmarc.{DOMAIN}", "TXT", None, "DMARC", "problem", f"publish: _dmarc.{DOMAIN}."),
        (f"_dmarc.{DOMAIN}", "TXT", ["v=DMARC1; p=none"], "DMARC", "ok", "asks for p=none"),
        (
            f"_dmarc.{DOMAIN}",
            "TXT",
            ["v=DMARC1; p=none"] * 2 + ["v=DMARC1; p=reject"],
            "DMARC",
            "problem",
            "2 DMARC records",
        ),
        (
            f"_dmarc.{DOMAIN}",
            "TXT",
            ["v=DMARC1; p=rejct"],
            "DMARC",
            "problem",
            "p=rejct is no policy: it",
        ),
        (f"_dmarc.{DOMAIN}", "TXT", ["v=DMARC1; p=rejct; rua=mailto:a@b.example"], "DMARC", "warning", "p=rejct is no"),
        (f"_dmarc.{DOMAIN}", "TXT", ["v=DMARC1; reject"], "DMARC", "problem", "cannot be read"),
    ],
)
async def test_each_record_that_is_missing_or_wrong_is_named(
    dns: DnsServer, name: str, kind: str, records: list[str] | str | None, about: str, state: str, words: str
) -> None:
    if records is None:
        del dns.records[name, kind]
    else:
        dns.records[name, kind] = records
    dns.records["away.example", "TXT"] = SERVFAIL

    found = said(await examine_dns(settings(dns, relay_url=f"smtp://{ADDRESS}")))

    assert found[f"{about} {DOMAIN}"][0] == state
    assert words in found[f"{about} {DOMAIN}"][1]


async def test_a_domain_of_which_nothing_can_be_looked_up_is_to_be_mended(dns: DnsServer) -> None:
    dns.records |= dict.fromkeys([(DOMAIN, "*"), (f"_dmarc.{DOMAIN}", "*")], SERVFAIL)
    for name, kind in list(dns.records):
        if kind != "*":
            del dns.records[name, kind]

    found = said(await examine_dns(settings(dns)))

    assert found[f"DNS {DOMAIN}"][0] == "problem"
    assert not any(about.startswith(("MX", "SPF", "DMARC")) for about in found)


async def test_a_key_that_is_not_published_or_is_another_is_named_with_its_record(dns: DnsServer, key: Path) -> None:
    entry = f"{DOMAIN}:desk1:{key}"
    [(name, record)] = Signers([entry]).records().items()

    missing = said(await examine_dns(settings(dns, dkim=entry)))["DKIM"]
    dns.records[name, "TXT"] = [record.replace("p=", "p=AAAA")]
    other = said(await examine_dns(settings(dns, dkim=entry)))["DKIM"]
    unreadable = said(await examine_dns(settings(dns, dkim=f"{DOMAIN}:desk1:/nowhere.pem")))["DKIM"]

    assert missing == ("problem", f'{name} is not published → publish: {name}. TXT "{record}"')
    assert "has another key" in other[1]
    assert unreadable[0] == "problem"
    assert "/nowhere.pem" in unreadable[1]


async def test_a_mailbox_that_is_fetched_may_have_its_mx_at_the_provider(dns: DnsServer) -> None:
    dns.records[DOMAIN, "MX"] = ["10 aspmx.provider.example."]
    entry = f'[{{"mailbox": "soporte@{DOMAIN}", "host": "127.0.0.1", "user": "u", "password": "p"}}]'

    found = said(await examine_dns(settings(dns, imap=entry)))

    assert found[f"MX {DOMAIN}"][0] == "ok"


async def test_a_relay_is_spoken_to_and_given_nothing() -> None:
    async with open_relay() as relay:
        well = await examine_relay(settings(relay_url=f"smtp://127.0.0.1:{relay.port}?starttls=off"))
        secret = await examine_relay(settings(relay_url=f"smtp://desk:geheim@127.0.0.1:{relay.port}?starttls=off"))
    away = await examine_relay(settings(relay_url=f"smtp://127.0.0.1:{free_port()}"))

    assert [one.state for one in well] == ["ok", "warning"]
    assert relay.taken == []
    assert secret[0].state == "problem", "it offers no way to log in"
    assert "geheim" not in str(secret)
    assert away[0].state == "problem"
    assert "cannot be reached" in away[0].says


async def test_a_mailbox_is_logged_into_and_a_wrong_password_is_named(servers_folder: Path, tmp_path: Path) -> None:
    server = Pymap(servers_folder / f"imap-doctor-{tmp_path.name}")
    await server.start()
    try:
        base = {"mailbox": f"soporte@{DOMAIN}", "host": "127.0.0.1", "port": server.port, "tls": "off"}
        right = {**base, "user": server.user, "password": server.password}
        found = await examine_mailboxes(settings(imap=[right, {**right, "user": "other", "password": "geheim"}]))
    finally:
        server.stop()

    assert [one.state for one in found] == ["ok", "problem"], found
    assert "geheim" not in str(found)


async def test_a_certificate_is_looked_at_for_its_name_its_end_and_its_key(tmp_path: Path) -> None:
    authority = trustme.CA()
    leaf, other = authority.issue_cert(HOST), authority.issue_cert("other.example")
    leaf.private_key_pem.write_to_path(tmp_path / "tls.key")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "tls.crt")
    pair = {"tls_cert": tmp_path / "tls.crt", "tls_key": tmp_path / "tls.key"}
    read = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    end = read.not_valid_after_utc

    assert (await examine_certificate(settings(**pair)))[0].state == "ok"
    other.private_key_pem.write_to_path(tmp_path / "tls.key")
    assert (await examine_certificate(settings(**pair)))[0].state == "problem", "the key is of another certificate"
    none = await examine_certificate(settings(hostname="localhost"))
    assert [one.about for one in none] == ["hostname", "STARTTLS"]
    assert certificate_finding(read, "other.example", datetime.now(UTC)).state == "warning"
    assert certificate_finding(read, HOST, end - timedelta(days=3)).state == "warning"
    assert certificate_finding(read, HOST, end + timedelta(seconds=1)).state == "problem"


async def test_an_outbox_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    assert (await examine_outbox(tmp_path / "outbox"))[0].state == "warning"
    assert (await examine_outbox(tmp_path / "not" / "there"))[0].state == "problem"
    assert (await examine_outbox(Path("/proc/outbox")))[0].state == "problem", "not even for root"
    assert not list(tmp_path.glob("*"))  # noqa: ASYNC240  # a folder of this test
