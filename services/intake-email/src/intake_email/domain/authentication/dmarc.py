"""What the owner of the sender's domain says about its mails, and whether this one is aligned with it (RFC 7489).

Not by the package `dmarc`: its alignment takes a signature of a public suffix (`d=co.uk`) for one of every domain
below, and it needs another package's suffix list.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from intake_email.domain.authentication.public_suffix import organizational_domain
from intake_email.domain.authentication.results import FAIL, NONE, PASS, TEMPERROR, Result
from intake_email.domain.authentication.tag_lists import read_tags

QUARANTINE, REJECT = "quarantine", "reject"
POLICIES = (NONE, QUARANTINE, REJECT)
BY_DKIM, BY_SPF = "dkim", "spf"


@dataclass(frozen=True, slots=True)
class Policy:
    """A domain's DMARC record.

    Attributes:
        policy: `p`: for the domain itself.
        subdomain_policy: `sp`: for the domains below.
        strict_dkim, strict_spf: only the very same domain is aligned.
        testing: the owner only tries it out (`t=y`, or `pct=0` of RFC 7489).
    """

    policy: str
    subdomain_policy: str
    strict_dkim: bool = False
    strict_spf: bool = False
    testing: bool = False

    def applied_to(self, subdomain: bool) -> str:
        """What to do with a mail that fails: the policy, or while testing the one below it (RFC 7489 section 6.6.4)."""
        wish = self.subdomain_policy if subdomain else self.policy
        return POLICIES[max(0, POLICIES.index(wish) - 1)] if self.testing else wish


@dataclass(frozen=True, slots=True)
class Verdict:
    """How DMARC ended. `by` names the mechanism of a pass, `policy` what the owner wants for a fail."""

    word: str
    by: str | None = None
    policy: str | None = None


def record_names(from_domain: str) -> list[str]:
    """Where the record may lie, first place first."""
    parent = organizational_domain(from_domain)
    domains = [from_domain] if parent in (None, from_domain) else [from_domain, parent]
    return [f"_dmarc.{domain}" for domain in domains]


def policy_records(records: Iterable[str]) -> list[str]:
    """Those of the TXT records that are meant as policies, readable or not."""
    return [record for record in records if record.lstrip().startswith("v=DMARC1")]


def policy_word(record: str) -> str | None:
    """What a record says with `p=`, known or not, in lower case; None: it cannot be read, or does not say it."""
    tags = read_tags(record)
    return tags.get("p", "").lower() or None if tags is not None else None


def read_policy(records: Iterable[str]) -> Policy | None:
    """The policy among TXT records; None where there is none, or several, or none that can be applied."""
    candidates = policy_records(records)
    if len(candidates) != 1:
        return None
    tags = read_tags(candidates[0])
    if tags is None or tags.get("v") != "DMARC1":
        return None
    policy = tags.get("p", "").lower()
    if policy not in POLICIES:
        # RFC 7489 section 6.6.3: with an address for reports it counts as "only watching".
        if "rua" not in tags:
            return None
        return Policy(NONE, NONE)
    subdomains = tags.get("sp", "").lower()
    return Policy(
        policy,
        subdomains if subdomains in POLICIES else policy,
        tags.get("adkim", "").lower() == "s",
        tags.get("aspf", "").lower() == "s",
        tags.get("t", "").lower() == "y" or tags.get("pct") == "0",
    )


def aligned(domain: str, from_domain: str, strict: bool = False) -> bool:
    """Whether an authenticated domain stands for the sender's (RFC 7489 section 3.1)."""
    if domain == from_domain:
        return bool(domain)
    if strict:
        return False
    parent = organizational_domain(domain)
    return parent is not None and parent == organizational_domain(from_domain)


def evaluate(
    policy: Policy, from_domain: str, inherited: bool, spf: Result | None, dkim: Sequence[Result]
) -> Verdict | None:
    """How DMARC ends with a record; None where that is open, because SPF could not be checked and DKIM did not pass.

    Args:
        policy: the record.
        from_domain: the sender's domain.
        inherited: the record was found at the organizational domain, not at the sender's own.
        spf: with the domain that it is about; None: not checked.
        dkim: of each signature that was checked.
    """
    wish = policy.applied_to(inherited)
    fitting = [result for result in dkim if aligned(result.domain, from_domain, policy.strict_dkim)]
    if any(result.word == PASS for result in fitting):
        return Verdict(PASS, BY_DKIM, wish)
    spf_fits = spf is not None and aligned(spf.domain, from_domain, policy.strict_spf)
    if spf is not None and spf_fits and spf.word == PASS:
        return Verdict(PASS, BY_SPF, wish)
    if any(result.word == TEMPERROR for result in fitting) or (spf and spf_fits and spf.word == TEMPERROR):
        return Verdict(TEMPERROR, None, wish)
    return None if spf is None else Verdict(FAIL, None, wish)
