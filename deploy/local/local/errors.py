"""What can go wrong with a local server, always with what to do about it."""


class LocalError(Exception):
    """The servers cannot be brought up as things are; the message says what to do."""


class NotReady(Exception):
    """A server does not answer yet; ask again."""
