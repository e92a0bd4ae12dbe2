"""Errors of the chassis.

Permanent
├── Poisoned           one message of a batch can never be handled
├── BlobLost           bytes that an event names are not there
├── Forged             nobody published this
└── Unsendable         no broker can ever take the message
Temporary
├── BrokerAway         no broker, no answer in time
│   └── NotPermitted   the broker refuses what this user tries
├── StreamFull         the stream takes nothing more
├── StreamMissing      the topology job has not run
└── WrongSequence      a key was written by somebody else in between
"""

from ventanilla_contracts.errors import Permanent, Temporary


class Poisoned(Permanent):
    """This message can never be handled; its batch mates can."""

    slug = "poisoned"


class BlobLost(Permanent):
    """The bytes that an event names are not there (any more)."""

    slug = "blob_lost"


class Forged(Permanent):
    """An answer of the broker that somebody had sent into a stream.

    Broker rights do not cover reply subjects: a user who may fetch a message could have it delivered to a subject that
    he may not publish to. Such an answer says where it was fetched.
    """

    slug = "forged"


class Unsendable(Permanent):
    """The message is too large for the broker, or has a subject or header that its protocol does not allow."""

    slug = "unsendable"


class BrokerAway(Temporary):
    """The broker cannot be reached, or did not answer in time."""

    slug = "broker_away"


class NotPermitted(BrokerAway):
    """The broker refuses this: the service's user lacks a right. Run the topology job and reload the broker's users."""

    slug = "not_permitted"


class StreamFull(Temporary):
    """The stream has reached its limit and refuses new messages."""

    slug = "stream_full"


class StreamMissing(Temporary):
    """A stream or consumer is not there: run `ventanilla topology apply`."""

    slug = "stream_missing"


class WrongSequence(Temporary):
    """The key was written by somebody else since it was read."""

    slug = "wrong_sequence"


def essence(error: Exception) -> Exception:
    """What a handler's failure is: in a group of errors (a TaskGroup's) a temporary one counts first, then a bug."""
    if not isinstance(error, ExceptionGroup):
        return error
    leaves = [essence(member) for member in error.exceptions]
    for family in (Temporary, Permanent):
        chosen = [leaf for leaf in leaves if isinstance(leaf, family)]
        if chosen and (family is Temporary or len(chosen) == len(leaves)):
            return chosen[0]
    return error


def interrupted(failure: Exception) -> Temporary:
    """A failure after which a stop leaves no time to try again: whatever it is, another replica may fare better.

    Fewer tries than a message may have are no reason for a dead letter.
    """
    return failure if isinstance(failure, Temporary) else Temporary(f"stopped before its next try: {failure}")
