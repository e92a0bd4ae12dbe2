"""Authentication of received mails: fetches what the checks need and hands it to the domain.

Only what can tell something is checked. A mail that came over our own relay or out of a mailbox (private, trusted or no
peer) has no SPF of its own: there the trusted `Authentication-Results` count, and signatures are checked all the same,
because they survive relays. A mail with nothing to check costs no look-up.
"""

import asyncio
import ipaddress
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, partial

from intake_email.adapters.dns_names import TXT, Answer, LooksUpNames, look_up_all
from intake_email.adapters.spf_check import check_spf
from intake_email.domain.authentication.arc import Chain, check_chain, read_chain
from intake_email.domain.authentication.authentication_results import trusted_results
from intake_email.domain.authentication.dkim import BodyHashes, Signature, check, signatures_of
from intake_email.domain.authentication.dmarc import read_policy, record_names
from intake_email.domain.authentication.public_suffix import ascii_domain
from intake_email.domain.authentication.raw_fields import RawMail, header_block, read_raw
from intake_email.domain.authentication.results import PASS, PERMERROR, Result
from intake_email.domain.authentication.verdict import (
    CLAIMED,
    UNKNOWN,
    VERIFIED,
    Authentication,
    Evidence,
    PublishedPolicy,
    chain_vouches,
    judge,
)
from intake_email.domain.envelope import Envelope

LARGE_BYTES = 256 * 1024
"""Signatures of larger mails are checked in a thread: hashing takes more than about 2 ms."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",  # shared address space: clusters and carriers' networks
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
"""Where our own machines are. Not `is_private`, which also takes in addresses that only documents use."""
Keys = Mapping[str, Sequence[str] | None]


class Authenticator:
    """Finds out who mails are really from."""

    def __init__(
        self,
        *,
        names: LooksUpNames,
        trusted_servers: Collection[str],
        deadline_seconds: float,
        verify: bool,
        trusted_relays: Collection[str] = (),
        trusted_sealers: Collection[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Remember whom to trust.

        Args:
            names: the resolver.
            trusted_servers: names in `Authentication-Results` that are believed, with the names below them, where the
                mail came over our own relay or out of a mailbox; `outlook.com` for Microsoft 365.
            deadline_seconds: for all look-ups of a mail together.
            verify: check SPF, DKIM, DMARC and ARC here; else only what trusted servers report counts.
            trusted_relays: addresses or networks of our own relays, beside loopback and private ones.
            trusted_sealers: domains whose ARC sets are believed.
            clock: seconds since the epoch.

        Raises:
            ValueError: a relay is neither address nor network.
        """
        self._names = names
        self._trusted_servers = frozenset(server.strip().lower().rstrip(".") for server in trusted_servers)
        self._deadline_seconds = deadline_seconds
        self._verify = verify
        self._trusted_sealers = frozenset(sealer.strip().lower() for sealer in trusted_sealers)
        networks = [ipaddress.ip_network(relay.strip(), strict=False) for relay in trusted_relays]
        self._clock = clock
        self._outside = lru_cache(maxsize=10_000)(lambda peer: _is_outside(peer, networks))

    def has_something_to_check(self, raw: bytes, envelope: Envelope) -> bool:
        """Whether awaiting `authenticate` could find anything."""
        outside, signed, reported = self._at_hand(raw, envelope)
        return signed or reported or (outside and self._verify)

    def is_outside(self, envelope: Envelope) -> bool:
        """Whether a stranger's host delivered the mail; else one of our own relays did, or it was fetched."""
        return bool(envelope.peer) and self._outside(envelope.peer)

    async def authenticate(
        self, raw: bytes, envelope: Envelope, from_domain: str | None, received_at: float | None = None
    ) -> Authentication:
        """What can be proved about a mail's sender. Never raises because of a mail or the DNS.

        Args:
            raw: the mail as it was received.
            envelope: what the door learned; without a peer for mail out of a mailbox.
            from_domain: domain of the sender that people will see, in any form.
            received_at: seconds since the epoch, for mails that are parsed much later; signatures expire.
        """
        outside, signed, reported = self._at_hand(raw, envelope)
        if not (signed or reported or (outside and self._verify)):
            return UNKNOWN
        mail = read_raw(raw)
        if mail is None:
            return Authentication(dkim=PERMERROR if signed else None, grade=CLAIMED, detail="too many header fields")
        domain = ascii_domain(from_domain or "")
        told = tuple(trusted_results(mail, self._trusted_servers)) if reported else ()
        evidence = Evidence(domain, senders=mail.senders(), reported=told)
        found = judge(evidence) if told else UNKNOWN
        if found.grade == VERIFIED or not self._verify or (found.dmarc == PASS and not signed):
            return found
        now = self._now(received_at)
        return judge(await self._verified(mail, envelope, evidence, outside, now))

    def _at_hand(self, raw: bytes, envelope: Envelope) -> tuple[bool, bool, bool]:
        """Whether a mail came from a stranger's host, is signed, and brings results of servers that may be trusted."""
        outside = self.is_outside(envelope)
        header = header_block(raw).lower()
        signed = self._verify and (b"dkim-signature" in header or b"arc-seal" in header)
        return outside, signed, not outside and bool(self._trusted_servers) and b"authentication-results" in header

    def _now(self, received_at: float | None) -> float:
        return self._clock() if received_at is None else received_at

    async def _verified(
        self, mail: RawMail, envelope: Envelope, evidence: Evidence, outside: bool, now: float
    ) -> Evidence:
        """The evidence with what checking here adds to it."""
        deadline_at = asyncio.get_running_loop().time() + self._deadline_seconds
        domain = evidence.from_domain
        signatures = signatures_of(mail, domain, now)
        chain = read_chain(mail, now)
        keys, spf, published = await asyncio.gather(
            self._keys(signatures, chain, deadline_at),
            self._spf(envelope, outside, deadline_at),
            self._published(domain if signatures or outside or evidence.reported else None, deadline_at),
        )
        check_all = partial(_check_all, mail, signatures, chain, keys, now)
        if len(mail.source) > LARGE_BYTES and (signatures or chain):
            dkim, arc = await asyncio.to_thread(check_all)
        else:
            dkim, arc = check_all()
        vouched = (
            arc is not None
            and arc.word == PASS
            and chain is not None
            and chain_vouches(chain, self._trusted_sealers, domain)
        )
        return Evidence(domain, evidence.senders, spf, tuple(dkim), arc, vouched, published, evidence.reported)

    async def _spf(self, envelope: Envelope, outside: bool, deadline_at: float) -> Result | None:
        if not outside:
            return None
        return await check_spf(
            self._names,
            peer=envelope.peer,
            sender=envelope.sender,
            greeting=envelope.greeting,
            deadline_at=deadline_at,
        )

    async def _keys(self, signatures: Sequence[Signature | Result], chain: Chain | None, deadline_at: float) -> Keys:
        wanted = [(one.key_name, TXT) for one in signatures if isinstance(one, Signature)]
        if chain is not None and not chain.broken:
            wanted += [(name, TXT) for name in chain.key_names]
        if not wanted:
            return {}
        found = await look_up_all(self._names, wanted, deadline_at)
        return {name: _records(answer) for (name, _), answer in found.items()}

    async def _published(self, domain: str | None, deadline_at: float) -> PublishedPolicy | None:
        """The sender's DMARC record; both places are asked at once, the nearer one counts."""
        if domain is None:
            return None
        places = record_names(domain)
        answers = await look_up_all(self._names, [(place, TXT) for place in places], deadline_at)
        for number, place in enumerate(places):
            answer = answers[place, TXT]
            if answer.failed:
                return PublishedPolicy(reachable=False)
            if (policy := read_policy(answer.records)) is not None:
                return PublishedPolicy(policy, inherited=number > 0)
        return PublishedPolicy()


def _check_all(
    mail: RawMail, signatures: Sequence[Signature | Result], chain: Chain | None, keys: Keys, now: float
) -> tuple[list[Result], Result | None]:
    """Check every signature and the chain, with the keys that were fetched."""
    hashes = BodyHashes(mail)
    results = [
        check(one, mail, hashes, keys.get(one.key_name)) if isinstance(one, Signature) else one for one in signatures
    ]
    return results, check_chain(chain, mail, hashes, keys, now) if chain is not None else None


def _records(answer: Answer) -> Sequence[str] | None:
    return None if answer.failed else answer.records


def _is_outside(peer: str, trusted: Sequence[Network]) -> bool:
    """Whether a peer is a stranger's host: a public address that is none of our relays'."""
    try:
        address = ipaddress.ip_address(peer.strip("[]").partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return not any(address.version == network.version and address in network for network in (*_INSIDE, *trusted))
