"""`gdr register`: blocks, work pool and deployments on the Prefect server."""

from rich.text import Text

from gdr.answer import Answer
from gdr.server import ask


def register(*, wait: float = 0.0, schedules: bool = True) -> Answer:
    """Put blocks, work pool and deployments on the Prefect server; what somebody changed there is put back.

    Args:
        wait: Seconds in which the server may still come up.
        schedules: Whether their schedules are active; a laboratory runs nothing by itself.
    """

    async def registered() -> dict[str, str]:
        from gdr import registration  # noqa: PLC0415  (Prefect takes a second to import)

        return await registration.register(wait, schedules=schedules)

    done = ask(registered)
    return Answer(data=done, text=Text("\n".join(f"{name}: {what}" for name, what in done.items())))
