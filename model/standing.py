"""Whether enough people have said go, and to what still holds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from model.approval import Approval
from model.environment.approvers import ApprovalPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whose go holds for what is left.

    Attributes:
        people: Their names.
        wanted: How many of them it takes.
        against: Why the go of others holds no more.
        listed: Who may say it.
    """

    people: frozenset[str]
    wanted: int
    against: tuple[str, ...]
    listed: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Whether it may begin."""
        return len(self.people) >= self.wanted

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why somebody is asked again."""
        known = f"{', '.join(sorted(self.people))} said go: {self.wanted - len(self.people)} more must"
        return (*self.against, *((known,) if self.people else ()))

    def page(self, text: str) -> str:
        """Put in front of what is shown how many must say go, where that is more than one."""
        if self.wanted == 1:
            return text
        listed = ", ".join(self.listed)
        then = "The question comes again until they have; nothing begins before."
        return f"**{self.wanted} people must say go, of: {listed}.** {then}\n\n{text}"


def standing(
    goes: Iterable[Approval],
    policy: ApprovalPolicy,
    against: Callable[[Approval], tuple[str, ...]],
    now: float,
    acted: float | None,
) -> Standing:
    """Judge which approvals hold.

    Args:
        against: Why one does not cover what is left.
        acted: When the case was last acted on; what was said before that has been followed, and expires no more.
    """
    found = {said.approver: (*against(said), *_expired(said, policy, now, acted)) for said in goes}
    holding = frozenset(name for name, reasons in found.items() if not reasons)
    worse = (reason for reasons in found.values() for reason in reasons)
    return Standing(people=holding, wanted=policy.people, against=tuple(dict.fromkeys(worse)), listed=policy.names)


def _expired(said: Approval, policy: ApprovalPolicy, now: float, acted: float | None) -> Iterator[str]:
    followed = acted is not None and said.at <= acted
    if not followed and now - said.at > policy.expires_s:
        age, most = (now - said.at) / 60, policy.expires_s / 60
        yield f"{said.approver} said go {age:.0f} minutes ago: it holds for {most:.0f}"
