"""Preconditions and proofs by name, one file per subject; here they are brought together."""

from model.conditions import (
    apart,
    bubble,
    clients,
    clone,
    database,
    deployment,
    fence,
    framework,
    logs,
    power,
    protection,
    switch,
)
from model.conditions.registry import CONDITIONS, SEES, Condition, Part, condition, failing, text_of

SUBJECTS = (switch, fence, database, framework, clients, protection, apart, deployment, clone, logs, bubble, power)

__all__ = ["CONDITIONS", "SEES", "SUBJECTS", "Condition", "Part", "condition", "failing", "text_of"]
