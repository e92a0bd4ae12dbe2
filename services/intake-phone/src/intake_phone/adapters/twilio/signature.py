"""Whether a request comes from Twilio: the signature over the address as it is configured there, and over the form.

https://www.twilio.com/docs/usage/security#validating-requests. Behind a proxy we are asked at another address than the
one that Twilio signed: the service's public address is a setting, and what a proxy says of itself is not believed.
"""

from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

HEADER: Final = "x-twilio-signature"
LONGEST_SIGNATURE: Final = 100
"""One has 28 signs."""
_BODY_HASH: Final = "bodySHA256"

Form = ImmutableMultiDict[str, str]


class Signatures:
    """Judges requests by the account's tokens."""

    def __init__(self, tokens: tuple[str, ...], public_url: str) -> None:
        """The judge.

        Args:
            tokens: the account's auth token; while it is rotated also the secondary one.
            public_url: scheme, host and, where it is not the usual one, port at which Twilio reaches us, and the path
                before ours if a proxy takes one away; without a slash at the end.
        """
        self._validators = tuple(RequestValidator(token) for token in tokens)
        self._public_url = public_url.rstrip("/")

    def is_twilios(self, path: str, query: str, form: Form | None, body: bytes, signature: str | None) -> bool:
        """Whether one of the tokens has signed this.

        Args:
            path: as it came, still escaped.
            query: as it came, without the question mark.
            form: of a POST with a form; None of a GET, or where the body is none.
            body: of what is no form: its hash must be in the query, else nothing speaks for it.
        """
        if not signature or len(signature) > LONGEST_SIGNATURE or not signature.isascii():
            return False
        url = f"{self._public_url}{path}" + (f"?{query}" if query else "")
        params: Form | str = form if form is not None else ""
        if form is None and body:
            try:
                params = body.decode()
            except UnicodeDecodeError:
                return False
            if _BODY_HASH not in parse_qs(urlsplit(url).query):
                return False
        try:
            return any(validator.validate(url, params, signature) for validator in self._validators)
        except ValueError:  # a port that is none
            return False
