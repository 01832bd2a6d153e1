"""What a host says is installed (`gdr-host inventory`), read strictly."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model import inventory
from tasks.hosts.report import worded


class Config(BaseModel):
    """A configuration file, or why it was not read."""

    model_config = ConfigDict(strict=True)

    path: str
    sections: dict[str, dict[str, str]] | None
    fault: str


class Part(BaseModel):
    """One component."""

    model_config = ConfigDict(strict=True)

    kind: str
    version: str | None
    config: Config | None

    def seen(self) -> inventory.Part:
        """Return it as the model has it."""
        if self.config is None:
            return inventory.Part(version=self.version)
        return inventory.Part(version=self.version, config=self.config.sections, fault=self.config.fault)


class Certificate(BaseModel):
    """One certificate, and when it ends."""

    model_config = ConfigDict(strict=True)

    path: str
    ends: float | None
    fault: str


class Backup(BaseModel):
    """What a host's backup job has noted."""

    model_config = ConfigDict(strict=True)

    taken_at: float | None
    restored_at: float | None
    fault: str

    def seen(self) -> inventory.Backup:
        """Return it as the model has it."""
        return inventory.Backup(taken=self.taken_at, restored=self.restored_at, fault=self.fault)


class Report(BaseModel):
    """All that a host says is installed."""

    model_config = ConfigDict(strict=True)

    components: tuple[Part, ...]
    certificates: tuple[Certificate, ...]
    paths: dict[str, str]
    backup: Backup | None
    lifetimes: dict[str, int | None] = Field(default_factory=dict)

    def seen(self) -> inventory.Inventory:
        """Return the host as the model has it."""
        return inventory.Inventory(
            parts={part.kind: part.seen() for part in self.components},
            certificates=tuple(inventory.Certificate(**one.model_dump()) for one in self.certificates),
            paths=self.paths,
            backup=None if self.backup is None else self.backup.seen(),
            lifetimes={name: left for name, left in self.lifetimes.items() if left is not None},
        )


def read_inventory(text: str) -> inventory.Inventory:
    """Read what a host says; what cannot be read is ignorance of that host, with the reason."""
    try:
        return Report.model_validate_json(text).seen()
    except ValidationError as error:
        return inventory.Inventory(fault=f"answers, but {'; '.join(map(worded, error.errors()))}")
