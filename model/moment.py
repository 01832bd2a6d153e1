"""A moment as a person reads it: to the minute or the second, in UTC."""

from datetime import UTC, datetime


def minute(at: float) -> str:
    """Write it to the minute, which has begun by then."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def second(at: float) -> str:
    """Write it to the second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
