"""What Twilio signs: the address as it was configured, then each parameter of the form, sorted; JSON by its hash.

https://www.twilio.com/docs/usage/security#validating-requests
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable

HEADER = "X-Twilio-Signature"
Form = Iterable[tuple[str, str]]


def sign(token: str, url: str, form: Form = ()) -> str:
    """The signature of a request.

    Args:
        url: with its query, without its fragment.
        form: names and values of a POST body; a name may come twice, and then counts once for each different value.
    """
    text = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def with_body_hash(url: str, body: bytes) -> str:
    """The address of a request whose body is no form: the body's hash is in its query, and so under the signature."""
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}bodySHA256={hashlib.sha256(body).hexdigest()}"
