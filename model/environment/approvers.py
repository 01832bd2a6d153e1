"""Who may answer a gate, how many must, and how each proves that it is he."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from model.environment.making import Name, Strict

Person = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$")]


class Approver(Strict):
    """One who may answer a gate, and how he proves that it is he: not at all, or by a one-time code.

    At the terminal his SSH key may sign in place of a code.
    """

    name: Person
    identity: Literal["declared", "code"] = "declared"
    ssh_key: Annotated[str | None, Field(pattern=r"^(ssh|sk-ssh|ecdsa|sk-ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+$")] = None


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class SlackChannel(Strict):
    """Where gates are asked in Slack, and who is who there.

    Attributes:
        access: Block with the app's tokens.
        channel: Id of the channel; a name may be given to another channel one day.
        people: Slack's member id of each approver who may answer there.
    """

    access: Name
    channel: Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{2,20}$")]
    people: Annotated[dict[Person, Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,20}$")]], Field(min_length=1)]

    def approver(self, member: str) -> str | None:
        """Return the approver who is this member, None for anybody else."""
        return next((name for name, known in self.people.items() if known == member), None)


class ApprovalPolicy(Strict):
    """Who may answer a gate, and how many must; a bare name proves nothing.

    Attributes:
        four_eyes: Two of them must say go.
        quorum: So many of them must.
        expires_s: A question may be answered for so long, and a go that nothing has followed holds for so long.
        remind_s: So often the Slack channel is told that a question waits.
    """

    approvers: Annotated[tuple[Annotated[Approver, BeforeValidator(_named)], ...], Field(min_length=1)]
    four_eyes: bool = False
    quorum: Annotated[int, Field(ge=1, strict=True)] = 1
    expires_s: Annotated[float, Field(ge=60)] = 86_400.0
    remind_s: Annotated[float, Field(ge=60)] = 900.0
    slack: SlackChannel | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Who may answer."""
        return tuple(approver.name for approver in self.approvers)

    @property
    def people(self) -> int:
        """How many of them must say go."""
        return max(self.quorum, 2 if self.four_eyes else 1)

    def asks_code(self, name: str) -> bool:
        """Whether this one must give a one-time code."""
        return any(approver.name == name and approver.identity == "code" for approver in self.approvers)

    def key_of(self, name: str) -> str | None:
        """Return the public SSH key of an approver, if one is named."""
        return next((approver.ssh_key for approver in self.approvers if approver.name == name), None)

    @property
    def codes(self) -> Literal["none", "some", "all"]:
        """How many of them must."""
        asked = {self.asks_code(name) for name in self.names}
        return "some" if len(asked) > 1 else "all" if asked == {True} else "none"
