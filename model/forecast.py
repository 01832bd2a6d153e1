"""How long the rest will take: the slowest step of each line of the runbook, in seconds of an ordinary site."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from model.step import Step, Verb

ORDINARY_S: Mapping[Verb, float] = {
    Verb.STOP: 2.0,
    Verb.STOP_DATABASE: 3.0,
    Verb.POWER_OFF: 2.0,
    Verb.PROMOTE: 2.0,
    Verb.START: 3.0,
    Verb.AWAIT: 5.0,
    Verb.RESTART: 3.0,
    Verb.RECONNECT: 3.0,
    Verb.POWER_ON: 60.0,
    Verb.POWER_DOWN: 2.0,
    Verb.EXPORT: 10.0,
    Verb.FOLLOW: 60.0,
    Verb.CATCH_UP: 30.0,
    Verb.STREAM: 5.0,
    Verb.LAY_HOST_SIDE: 5.0,
    Verb.CONFIGURE_DATABASE: 10.0,
    Verb.CREATE_DATABASE: 60.0,
    Verb.CREATE_LOG_DATABASE: 20.0,
    Verb.INSTALL: 60.0,
    Verb.SEED: 60.0,
    Verb.CLONE: 600.0,
}
OTHERWISE_S = 0.5


def forecast_s(steps: Iterable[Step], measured: Mapping[str, float] | None = None) -> float:
    """Add up the lines of a runbook; steps of one line run at once.

    Args:
        steps: What is left, in order.
        measured: Seconds by step id from earlier cases, which win over the ordinary ones.
    """
    known = measured or {}
    lines = groupby(steps, key=lambda step: (step.stage, step.verb, step.unit))
    return sum(max(known.get(step.id, ORDINARY_S.get(step.verb, OTHERWISE_S)) for step in line) for _, line in lines)
