"""The laboratory's one error: a sentence for the person at the keyboard."""


class LabError(Exception):
    """Something is missing or went wrong; the message is `where: what: remedy`."""
