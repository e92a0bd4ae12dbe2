"""What `doctor` says of the DNS: where mail for the desk is sent to (MX), and whether answers will be believed."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

from intake_email.adapters.dkim_signers import Signers
from intake_email.adapters.dns_names import AAAA, MX, TXT, A, DnsNames, LooksUpNames
from intake_email.adapters.spf_check import check_spf
from intake_email.domain.authentication.dmarc import POLICIES, policy_records, policy_word, read_policy, record_names
from intake_email.domain.authentication.public_suffix import ascii_domain
from intake_email.domain.authentication.results import PASS, PERMERROR, TEMPERROR, Result
from intake_email.settings import Settings
from ventanilla_runtime.findings import Finding, ok, problem, warning

_SECONDS: Final = 10.0
_NULL_MX: Final = "."
_SHOWN: Final = 3
_SILENCE: Final = "the name servers do not answer"
_NOBODYS_ADDRESS: Final = "192.0.2.1"
"""For examples only (RFC 5737): no record allows it by itself."""


async def examine_dns(settings: Settings) -> list[Finding]:
    """What is to be said of the domains of the mailboxes, each once."""
    try:
        names = DnsNames(settings.dns_servers)
    except ValueError as error:
        return [problem("dns", str(error), "set INTAKE_EMAIL_DNS_SERVERS to addresses, or leave it out")]
    try:
        domains = sorted({ascii_domain(box.rpartition("@")[2]) or "" for box in settings.mailboxes} - {""})
        found = await asyncio.gather(*(_Domain(domain, settings, names).findings() for domain in domains))
        return [*(finding for part in found for finding in part), *await dkim_findings(settings.dkim, domains, names)]
    finally:
        await names.close()


class _Domain:
    """The records of one domain."""

    def __init__(self, domain: str, settings: Settings, names: LooksUpNames) -> None:
        self._domain = domain
        self._settings = settings
        self._names = names
        self._deadline = asyncio.get_running_loop().time() + _SECONDS

    async def findings(self) -> list[Finding]:
        """MX, SPF and DMARC."""
        parts = await asyncio.gather(self._mx(), self._spf(), self._dmarc())
        found = [finding for part in parts for finding in part]
        if all(finding.says == _SILENCE for finding in found):
            says = "not one record can be looked up: the name servers do not answer, or fail"
            return [
                problem(f"DNS {self._domain}", says, "look at INTAKE_EMAIL_DNS_SERVERS, and at the domain's DNSSEC")
            ]
        return found

    @property
    def _fetched(self) -> bool:
        """Whether all mailboxes of the domain are fetched by IMAP: then MX leads to the provider, not here."""
        boxes = {box.lower() for box in self._settings.mailboxes if box.lower().endswith(f"@{self._domain}")}
        return boxes <= {entry.mailbox.strip().lower() for entry in self._settings.imap}

    async def _mx(self) -> list[Finding]:
        about, hostname = f"MX {self._domain}", self._settings.hostname.lower()
        answer = await self._names.look_up(self._domain, MX, self._deadline)
        if answer.failed:
            return [_silent(about)]
        hosts = [host.lower() for host in answer.records]
        if not hosts or hosts == [_NULL_MX]:
            says = f"there is no MX record: nobody can send mail to @{self._domain}"
            if hosts:
                says = "its MX record is `0 .`, which says that it takes no mail (RFC 7505)"
            name = "<this door's name>" if hostname == "localhost" else hostname
            return [problem(about, says, f"publish: {self._domain}. MX 10 {name}.")]
        named = ", ".join(hosts[:_SHOWN])
        if hostname in hosts:
            return [await self._address_of(hostname)]
        if self._fetched:
            return [ok(about, f"leads to {named}, whose mailboxes are fetched by IMAP")]
        says = f"leads to {named}, not to INTAKE_EMAIL_HOSTNAME ({hostname})"
        do = "have that server pass mail on to this door, point MX here, or fetch the mailboxes (INTAKE_EMAIL_IMAP)"
        return [warning(about, says, do)]

    async def _address_of(self, hostname: str) -> Finding:
        about = f"MX {self._domain}"
        answers = [await self._names.look_up(hostname, kind, self._deadline) for kind in (A, AAAA)]
        found = [address for answer in answers for address in answer.records]
        if not found and any(answer.failed for answer in answers):
            return _silent(about)
        if not found:
            return problem(about, f"{hostname} has no address", f"publish an A record for {hostname}")
        if not any(ip_address(address).is_global for address in found):
            return warning(about, f"{hostname} is {found[0]}, which nobody outside reaches", "is that meant?")
        return ok(about, f"leads to {hostname} ({', '.join(found[:_SHOWN])})")

    async def _spf(self) -> list[Finding]:
        about = f"SPF {self._domain}"
        answer = await self._names.look_up(self._domain, TXT, self._deadline)
        if answer.failed:
            return [_silent(about)]
        records = [text for text in answer.records if text.lower().split(" ")[0] == "v=spf1"]
        if not records:
            do = f'publish: {self._domain}. TXT "v=spf1 include:<your relay\'s> -all"'
            return [problem(about, "there is no SPF record: many servers will not believe our answers", do)]
        if len(records) > 1:
            return [problem(about, f"there are {len(records)} SPF records: none counts", "publish one of them only")]
        if any(term in ("+all", "all") for term in records[0].lower().split()):
            return [warning(about, "it ends in +all: anybody may send as this desk", "end it in -all or ~all")]
        nobody = await self._spf_of(_NOBODYS_ADDRESS)  # for whom the whole record is read
        if nobody.word == PERMERROR:
            do = f"mend {self._domain}. TXT: its terms, and at most ten that look names up, those of includes too"
            return [problem(about, f"it cannot be carried out, so none counts: {nobody.reason or 'permerror'}", do)]
        if nobody.word == TEMPERROR:
            return [_silent(about)]
        return [await self._relay_allowed(about)]

    async def _spf_of(self, address: str) -> Result:
        return await check_spf(
            self._names,
            peer=address,
            sender=f"postmaster@{self._domain}",
            greeting=self._settings.hostname,
            deadline_at=self._deadline,
        )

    async def _relay_allowed(self, about: str) -> Finding:
        """Whether the relay, if that is also who delivers, may send for the domain."""
        relay = self._settings.relay
        host = relay.host if relay is not None else ""
        addresses = [host] if _is_address(host) else list((await self._names.look_up(host, A, self._deadline)).records)
        addresses = [address for address in addresses if host and ip_address(address).is_global]
        for address in addresses[:_SHOWN]:
            result = await self._spf_of(address)
            if result.word != PASS:
                says = f"the relay {host} ({address}) may not send for {self._domain}: {result.word}"
                return warning(about, says, "add the addresses or the include: from which your relay delivers")
        return ok(about, "there is one record" + (f", and the relay {host} may send" if addresses else ""))

    async def _dmarc(self) -> list[Finding]:
        about = f"DMARC {self._domain}"
        for name in record_names(self._domain):
            answer = await self._names.look_up(name, TXT, self._deadline)
            if answer.failed:
                return [_silent(about)]
            if records := policy_records(answer.records):
                return [_dmarc_finding(about, name, records)]
        do = f'publish: _dmarc.{self._domain}. TXT "v=DMARC1; p=none; rua=mailto:…"; p=reject once reports are clean'
        return [problem(about, "there is no DMARC policy: large providers refuse mail of such domains", do)]


def _dmarc_finding(about: str, name: str, records: Sequence[str]) -> Finding:
    """What is to be said of records that are meant as policies, at least one."""
    if len(records) > 1:
        return problem(about, f"{name} has {len(records)} DMARC records: none counts", "publish one of them only")
    policy, word = read_policy(records), policy_word(records[0])
    do = f'publish: {name}. TXT "v=DMARC1; p=none; rua=mailto:…", or p=quarantine, p=reject'
    if word is None:
        return problem(about, f"the record of {name} cannot be read, so it counts as none", do)
    if policy is None:
        return problem(about, f"{name}: p={word} is no policy: it counts as none", do)
    if word not in POLICIES:
        return warning(about, f"{name}: p={word} is no policy: it counts as p=none", do)
    return ok(about, f"{name} asks for p={policy.applied_to(subdomain=False)}")


async def dkim_findings(entries: Sequence[str], domains: Sequence[str], names: LooksUpNames) -> list[Finding]:
    """Whether the keys that sign are published, and which domains have none."""
    if not entries:
        says = "no key signs our answers, unless the relay does it"
        return [warning("DKIM", says, "set INTAKE_EMAIL_DKIM=domain:selector:/path/of/the/key.pem")]
    try:
        signers = Signers(entries)
    except ValueError as error:
        return [problem("DKIM", str(error), "look at INTAKE_EMAIL_DKIM: domain:selector:path, separated by commas")]
    deadline = asyncio.get_running_loop().time() + _SECONDS
    found: list[Finding] = []
    for name, record in signers.records().items():
        answer = await names.look_up(name, TXT, deadline)
        if answer.failed:
            found.append(_silent("DKIM"))
        elif not answer.records:
            found.append(problem("DKIM", f"{name} is not published", f'publish: {name}. TXT "{record}"'))
        elif _key_of(record) not in map(_key_of, answer.records):
            says = f"{name} has another key than the one that signs: our signatures fail"
            found.append(problem("DKIM", says, f'publish: {name}. TXT "{record}"'))
        else:
            found.append(ok("DKIM", f"{name} has the key that signs"))
    signed = [name.partition("._domainkey.")[2] for name in signers.records()]
    unsigned = (one for one in domains if not any(one == key or one.endswith(f".{key}") for key in signed))
    found += [warning("DKIM", f"no key is for {one}", "add one to INTAKE_EMAIL_DKIM") for one in unsigned]
    return found


def _key_of(record: str) -> str:
    tags = (part.strip().partition("=") for part in record.split(";"))
    return next(("".join(value.split()) for name, _, value in tags if name.strip() == "p"), "")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _silent(about: str) -> Finding:
    return warning(about, _SILENCE, "look at INTAKE_EMAIL_DNS_SERVERS, and try again")
