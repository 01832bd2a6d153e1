"""What became of a host that is made anew."""

from typing import Literal, NamedTuple


class Made(NamedTuple):
    """What became of a framework host that is made anew; one of which nothing did is as deploy has left it.

    Attributes:
        cable: It is on the network.
        label: Whose copy its hypervisor says that it is: this case's, an earlier one's, or nobody's.
        half: It was begun to be overwritten, and not ended: nothing starts from its disk.
        itself: Its description is its own, not its original's.
        alone: It speaks with the control host alone, now and after a boot.
        leaks: There is a way around the rules that keep it alone.
        strange: What is not as it was rendered for it: `host`, `names`, or a kind of components.
    """

    cable: bool = True
    label: Literal["", "earlier", "ours"] = ""
    half: bool = False
    itself: bool = True
    alone: bool = False
    leaks: bool = False
    strange: frozenset[str] = frozenset()

    @property
    def reached(self) -> bool:
        """Whether it answers where it has power."""
        return self.cable and not self.half


AS_DEPLOYED = Made()
