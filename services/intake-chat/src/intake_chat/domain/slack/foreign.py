"""What comes back from Slack in the shape of something of ours, and is not."""


class NotOurs(ValueError):
    """A button, an entry or a dialog that this release of the desk has not made: an older card, another app's."""
