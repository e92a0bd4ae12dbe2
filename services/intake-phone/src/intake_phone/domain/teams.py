"""Teams as people call them."""

from collections.abc import Mapping


def title_of(handle: str, titles: Mapping[str, str], language: str) -> str:
    """What a team is called in a language; in another one where it has no title in this; its handle without any.

    Args:
        titles: of this team: language → title.
    """
    return titles.get(language) or next(filter(None, titles.values()), handle)
