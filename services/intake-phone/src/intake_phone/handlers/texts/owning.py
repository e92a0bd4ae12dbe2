"""Whose a text at Twilio is, written down once: Twilio's list does not say for whose sake a text was sent."""

from collections.abc import Iterable

from intake_phone.ports.phone import RemembersState


def owned_key(sid: str) -> str:
    """The key that says whose a text at Twilio is."""
    return f"text.{sid}"


def owner_in(value: bytes | None) -> tuple[str, str] | None:
    """(notification, medium) of such a key's value; None: it is no notification's."""
    medium, space, notification = (value or b"").decode("utf-8", "replace").partition(" ")
    return (notification, medium) if space else None


async def claimed(owned: RemembersState, sids: Iterable[str], owner: bytes) -> str | None:
    """The first of these texts that is nobody's, or this owner's already: from now on it is this owner's.

    Raises:
        Temporary: the broker is away.
    """
    for sid in sids:
        [made] = await owned.create_all([owned_key(sid)], owner)
        if made or await owned.get(owned_key(sid)) == owner:
            return sid
    return None
