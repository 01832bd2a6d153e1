"""How a search came to each state, and from which of them it leads on."""

from collections import deque
from collections.abc import Iterable

from model.explore.state import State


class Trails:
    """The states that were reached.

    Attributes:
        come: From which state each was reached first, and how.
        back: From which states it is reached without a fault.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.come: dict[State, tuple[State | None, str]] = {}
        self.back: dict[State, list[State]] = {}

    def to(self, state: State) -> tuple[str, ...]:
        """Return what happened until a state was reached."""
        trail: list[str] = []
        at: State | None = state
        while at is not None:
            at, how = self.come[at]
            trail.insert(0, how)
        return tuple(trail)

    def lost(self, good: Iterable[State]) -> State | None:
        """Return a state from which, without a further fault, none of the good ones can be reached any more."""
        seen = set(good)
        queue = deque(seen)
        while queue:
            for before in self.back.get(queue.popleft(), ()):
                if before not in seen:
                    seen.add(before)
                    queue.append(before)
        return next((state for state in self.come if state not in seen), None)
