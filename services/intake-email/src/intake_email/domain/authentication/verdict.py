"""Who a mail is really from, as far as that can be proved: the results of SPF, DKIM, DMARC and ARC become one grade.

Values in, values out: what had to be fetched was fetched by `adapters.authenticator`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from intake_email.domain.authentication.arc import Chain
from intake_email.domain.authentication.authentication_results import Reported, read_sealed_results
from intake_email.domain.authentication.dmarc import BY_DKIM, QUARANTINE, REJECT, Policy, Verdict, aligned, evaluate
from intake_email.domain.authentication.lookalikes import claims_to_be, lookalike_of
from intake_email.domain.authentication.results import FAIL, NONE, PASS, PERMERROR, TEMPERROR, Result, strongest

VERIFIED, PLAUSIBLE, CLAIMED = "verified", "plausible", "claimed"
DMARC_FAIL, OWN_DOMAIN, LOOKALIKE, DISPLAY_NAME = "dmarc_fail", "own_domain", "lookalike", "display_name"
DETAIL_LIMIT_CHARS = 200


@dataclass(frozen=True, slots=True)
class Authentication:
    """What is known of a mail's sender.

    Attributes:
        spf, dkim, dmarc, arc: words of RFC 8601; None: not looked at, or not to be told from here.
        grade: `verified`: DMARC passed through an aligned DKIM signature, or a trusted relay vouches for that by ARC.
            `plausible`: DMARC passed through SPF alone; or there is no DMARC record (or none was asked for), but an
            aligned signature holds or SPF passed for an aligned domain. `claimed`: all else.
        dmarc_policy: what the domain's owner wants done with mails that fail: none, quarantine or reject.
        suspicion: why it looks forged: dmarc_fail, own_domain, lookalike or display_name (see `suspicion_of`).
        detail: the reason in a few words, for people.
    """

    spf: str | None = None
    dkim: str | None = None
    dmarc: str | None = None
    arc: str | None = None
    grade: str = CLAIMED
    dmarc_policy: str | None = None
    suspicion: str | None = None
    detail: str = ""


UNKNOWN = Authentication()
"""Nothing was looked at."""


@dataclass(frozen=True, slots=True)
class PublishedPolicy:
    """What was found where the DMARC record should be.

    Attributes:
        policy: the record; None where there is none.
        inherited: it lies at the organizational domain.
        reachable: False: the DNS could not be asked.
    """

    policy: Policy | None = None
    inherited: bool = False
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was found out about a mail.

    Attributes:
        from_domain: the sender's domain in ASCII form; None if there is no usable one.
        senders: From fields in the mail. With another number than one nobody can say whom a result is about.
        spf: checked here.
        dkim: of each signature that was checked here.
        arc: of the whole chain.
        vouched: a trusted sealer's set says that the sender passed (see `chain_vouches`).
        published: the DMARC record; None: not looked up.
        reported: results of trusted servers.
    """

    from_domain: str | None = None
    senders: int = 1
    spf: Result | None = None
    dkim: tuple[Result, ...] | None = None
    arc: Result | None = None
    vouched: bool = False
    published: PublishedPolicy | None = None
    reported: tuple[Reported, ...] = ()


def judge(evidence: Evidence) -> Authentication:
    """Results and grade of a mail, from what was found out here and what trusted servers report.

    Of two results for the same check the stronger one counts: a relay that changes the body breaks a signature that it
    has seen intact, and one that fetched no key may report an error.
    """
    spf = _stronger(evidence.spf, evidence.reported, "spf")
    signatures = [*(evidence.dkim or ()), *(one.result() for one in evidence.reported if one.method == "dkim")]
    dkim = strongest([result.word for result in _most_telling(signatures, evidence.from_domain)])
    if dkim is None and evidence.dkim is not None:
        dkim = NONE
    verdict = _verdict(evidence, spf, signatures)
    arc = strongest(
        [one.word for one in evidence.reported if one.method == "arc"] + ([evidence.arc.word] if evidence.arc else [])
    )
    grade = _grade(evidence, verdict, spf, signatures)
    return Authentication(
        spf.word if spf else None,
        dkim,
        verdict.word if verdict else None,
        arc,
        grade,
        verdict.policy if verdict else None,
        detail=_detail(evidence, grade, verdict, signatures)[:DETAIL_LIMIT_CHARS],
    )


def chain_vouches(chain: Chain, trusted_sealers: Collection[str], from_domain: str | None) -> bool:
    """Whether a trusted sealer of a chain that holds saw the sender pass.

    The newest sealer must be trusted, and then each older one as far as an unbroken row of trusted ones reaches: a
    relay of ours seals last and sees a broken mail, its trusted predecessor saw it whole.

    Args:
        chain: one that `check_chain` passed.
        trusted_sealers: domains, in lower case.
        from_domain: the sender's domain.
    """
    if from_domain is None:
        return False
    for one in reversed(chain.sets):
        if one.sealer not in trusted_sealers:
            return False
        for result in read_sealed_results(one.results):
            if result.word == PASS and result.method in ("dmarc", "dkim") and aligned(result.domain(), from_domain):
                return True
    return False


def suspicion_of(
    found: Authentication,
    *,
    name: str,
    address: str,
    own_addresses: Collection[str],
    own_domains: Collection[str],
    even_verified: bool = False,
) -> str | None:
    """Why a mail looks forged; None if it does not. The gravest reason is told.

    Args:
        found: of the mail, as `judge` gave it.
        name: display name of From.
        address: address of From, in lower case.
        own_addresses: the desk's mailboxes, in lower case.
        own_domains: the desk's domains, in lower case and ASCII form.
        even_verified: also say so of a mail whose sender is verified. DMARC proves the domain and nothing else: who
            registers a look-alike passes with it.
    """
    if found.grade == VERIFIED and not even_verified:
        return None
    domain = address.rpartition("@")[2]
    if found.grade == CLAIMED:
        if found.dmarc == FAIL and found.dmarc_policy in (QUARANTINE, REJECT):
            return DMARC_FAIL
        looked_at = found.spf or found.dkim or found.dmarc or found.arc
        is_own = domain in own_domains or any(domain.endswith("." + own) for own in own_domains)
        # While the DNS is away nothing passes; our own people are not forgers because of that.
        if is_own and looked_at and TEMPERROR not in (found.dmarc, found.spf):
            return OWN_DOMAIN
    if lookalike_of(domain, own_domains) is not None:
        return LOOKALIKE
    if name and claims_to_be(name, address, own_addresses, own_domains) is not None:
        return DISPLAY_NAME
    return None


def _stronger(own: Result | None, reported: Sequence[Reported], method: str) -> Result | None:
    results = [one.result() for one in reported if one.method == method] + ([own] if own else [])
    word = strongest([result.word for result in results])
    return next((result for result in results if result.word == word), None)


def _most_telling(signatures: Sequence[Result], from_domain: str | None) -> list[Result]:
    """The results that speak for the mail: of aligned signatures, where there are any; else of all."""
    fitting = [one for one in signatures if from_domain and aligned(one.domain, from_domain)]
    if any(one.word == PASS for one in signatures):
        return [one for one in signatures if one.word == PASS]
    return fitting or list(signatures)


def _verdict(evidence: Evidence, spf: Result | None, signatures: Sequence[Result]) -> Verdict | None:
    """The DMARC verdict: a reported pass, else the one that follows from the record, else another reported one."""
    if evidence.from_domain is None or evidence.senders != 1:
        # RFC 7489 section 6.6.1: there is no one domain to ask.
        looked_at = evidence.published or evidence.spf or evidence.dkim
        return Verdict(PERMERROR) if looked_at and evidence.senders != 1 else None
    told = next((one for one in evidence.reported if one.method == "dmarc"), None)
    if told is not None and told.domain() and not aligned(told.domain(), evidence.from_domain):
        told = None
    reported = None
    if told is not None:
        by = "dkim" if _aligned_pass(signatures, evidence.from_domain) else "spf"
        reported = Verdict(told.word, by if told.word == PASS else None, told.policy())
        if told.word == PASS:
            return reported
    own = None
    if evidence.published is not None:
        own = _own_verdict(evidence.published, evidence.from_domain, spf, signatures)
    if own is None or (reported is not None and own.word != PASS):
        # The server that saw it fail need not have told what the owner wants.
        return replace(reported, policy=reported.policy or (own.policy if own else None)) if reported else None
    return own


def _own_verdict(
    published: PublishedPolicy, from_domain: str, spf: Result | None, signatures: Sequence[Result]
) -> Verdict | None:
    if not published.reachable:
        return Verdict(TEMPERROR)
    if published.policy is None:
        return Verdict(NONE)
    return evaluate(published.policy, from_domain, published.inherited, spf, signatures)


def _grade(evidence: Evidence, verdict: Verdict | None, spf: Result | None, signatures: Sequence[Result]) -> str:
    if evidence.from_domain is None or evidence.senders != 1:
        return CLAIMED
    if evidence.vouched:
        return VERIFIED
    if verdict is not None and verdict.word == PASS:
        return VERIFIED if verdict.by == BY_DKIM else PLAUSIBLE
    is_open = verdict is None or verdict.word == NONE
    proofs = [*signatures, spf] if spf else signatures
    return PLAUSIBLE if is_open and _aligned_pass(proofs, evidence.from_domain) else CLAIMED


def _aligned_pass(results: Sequence[Result], from_domain: str) -> bool:
    return any(one.word == PASS and aligned(one.domain, from_domain) for one in results)


def _detail(evidence: Evidence, grade: str, verdict: Verdict | None, signatures: Sequence[Result]) -> str:
    if evidence.senders != 1:
        return f"{evidence.senders} From fields"
    if grade == VERIFIED:
        return f"signed by {evidence.from_domain}" if not evidence.vouched else "vouched for by a trusted relay"
    if grade == PLAUSIBLE:
        return "SPF alone" if verdict is not None and verdict.word == PASS else "aligned, without a DMARC record"
    reasons = [f"{one.domain}: {one.reason}" if one.domain else one.reason for one in signatures if one.reason]
    if evidence.arc is not None and evidence.arc.reason:
        reasons.append(f"ARC: {evidence.arc.reason}")
    if evidence.spf is not None and evidence.spf.reason:
        reasons.append(f"SPF: {evidence.spf.reason}")
    return "; ".join(reasons)
