"""A machine as its hypervisor has it, and whether one that is a copy of another is cut off from everybody."""

from collections.abc import Mapping
from dataclasses import dataclass, field

REACHED = ("open", "refused")  # a refusal is the other host's own word: the way to it is open


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the hypervisor says.

    Attributes:
        cable: Whether it is on the network: in or out; None where that is unknown.
        copy: Whose copy it is and for which case, as `ORIGINAL CASE`; empty for an original, None where it is unknown.
        alone: The one address it speaks with, by its console; empty where there are others, None where it is unknown.
    """

    cable: str | None = None
    copy: str | None = None
    alone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """Connections that were tried at one moment, by `ADDRESS:PORT`, each with what came of it (see gdr-host reach).

    Attributes:
        outward: From the machine to others.
        inward: From another host to the machine.
        control: From that other host to the places of `outward`: what it does not reach either proves nothing.
        fault: Why they could not be tried.
    """

    outward: Mapping[str, str] = field(default_factory=dict)
    inward: Mapping[str, str] = field(default_factory=dict)
    control: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""

    def leaks(self) -> tuple[str, ...]:
        """Return the connections that came about, in either direction."""
        out = (f"it reaches {place}" for place, said in self.outward.items() if said in REACHED)
        into = (f"{place} is reached" for place, said in self.inward.items() if said in REACHED)
        return (*out, *into)

    def tried(self) -> frozenset[str]:
        """Return the places that another host reaches while the machine does not."""
        return frozenset(place for place, said in self.control.items() if said in REACHED) & frozenset(self.outward)


NO_MACHINE, NOT_TRIED = Machine(), CutOff(fault="not tried")
