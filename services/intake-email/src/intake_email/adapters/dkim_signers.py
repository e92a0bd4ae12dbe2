"""Who signs which mail: a key for each domain, or for one above it."""

from collections.abc import Sequence
from pathlib import Path

from intake_email.domain.authentication.dkim_signing import Signer
from intake_email.domain.authentication.public_suffix import ascii_domain


class Signers:
    """DKIM signers by domain (`ports.SignsMail`)."""

    def __init__(self, entries: Sequence[str]) -> None:
        """Read the keys.

        Args:
            entries: `domain:selector:path of the private key` each.

        Raises:
            ValueError: an entry, or its key, cannot be used; the text says which.
        """
        self._signers: dict[str, Signer] = {}
        for entry in entries:
            domain, _, rest = entry.partition(":")
            selector, _, path = rest.partition(":")
            if not (domain and selector and path):
                raise ValueError(f"{entry!r} is not of the form domain:selector:path")
            try:
                self._signers[ascii_domain(domain) or domain] = Signer(domain, selector, Path(path).read_bytes())
            except OSError as error:
                raise ValueError(f"{path}: {error.strerror}") from error
            except ValueError as error:
                raise ValueError(f"{domain}: {error}") from error

    def records(self) -> dict[str, str]:
        """DNS name → text of the TXT record that must be published there."""
        return {signer.record_name: signer.record for signer in self._signers.values()}

    def field_for(self, from_address: str, content: bytes) -> bytes:
        """The `DKIM-Signature` for a mail, with its line end; empty where no key is for its From.

        Raises:
            ValueError: the mail cannot be signed.
        """
        domain = ascii_domain(from_address.rpartition("@")[2]) or ""
        while domain:
            if (signer := self._signers.get(domain)) is not None:
                return signer.sign(content)
            domain = domain.partition(".")[2]
        return b""
