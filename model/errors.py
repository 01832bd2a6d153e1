"""Errors named after what the operator must do next, not after the library that failed."""


class RecoveryError(Exception):
    """Base of every error this tool raises on purpose. Text: `where: what: why or remedy`."""


class Transient(RecoveryError):
    """Nothing was decided: the same call may succeed if repeated."""


class Refused(RecoveryError):
    """A rule said no, and nothing was changed. Repeating cannot help; fix the cause."""


class Overtaken(Refused):
    """The epoch is not ours: another process has taken over, and nothing more may be tried, not even a `should`."""


class Unverified(RecoveryError):
    """We acted but could not confirm the result. The state is unknown: stop and look."""
