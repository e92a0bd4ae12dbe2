"""Whose domain it is: the organizational domain by the public suffix list (RFC 7489 section 3.2).

The list is a table that a package carries; it is read once, at the first question (about 30 ms).
"""

from functools import lru_cache

from publicsuffixlist import PublicSuffixList

NAME_LIMIT_CHARS = 253


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=20_000)
def organizational_domain(domain: str) -> str | None:
    """The domain that was registered: `example.co.uk` for `mail.example.co.uk`; None for a public suffix or no domain.

    Args:
        domain: in lower case, in ASCII form, without a dot at the end.
    """
    if not domain or len(domain) > NAME_LIMIT_CHARS:
        return None
    found: str | None = _suffixes().privatesuffix(domain)
    return found


def ascii_domain(domain: str) -> str | None:
    """A domain in lower case and ASCII form (IDNA), without a dot at the end; None where it cannot be one."""
    domain = domain.strip().rstrip(".").lower()
    if not domain or len(domain) > NAME_LIMIT_CHARS:
        return None
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    if any(not label or len(label) > 63 for label in domain.split(".")):
        return None
    return domain if all(33 <= ord(character) <= 126 for character in domain) else None
