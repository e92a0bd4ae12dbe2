"""Tokens that go into a header of HTTP, as settings hold them."""

from typing import Annotated, Final

from pydantic import AfterValidator, SecretStr

_FORM: Final = (
    "must be a token as it was printed when it was made: letters, digits and signs without accents, without spaces or"
    " line ends between them"
)


def _in_one_word(token: SecretStr) -> SecretStr:
    """The token without what stands around it, such as the line end that `echo` writes into a secret."""
    word = token.get_secret_value().strip()
    if not word or not word.isascii() or not word.isprintable() or " " in word:
        raise ValueError(_FORM)
    return SecretStr(word)


BearerToken = Annotated[SecretStr, AfterValidator(_in_one_word)]
"""A setting that holds such a token: one that no header could carry is refused by the setting's name."""
