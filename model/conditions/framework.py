"""What must hold of the framework that takes over."""

from model.conditions.registry import condition
from model.observation import Guard
from model.step import Step
from model.view import View


@condition("heard")
def guard_open(view: View, step: Step) -> str | None:
    """The host's boot guard lets its region start."""
    host = view.host(step.host)
    return None if host.guard is Guard.OPEN else f"{step.host}: boot guard is {host.guard} {host.fault}".rstrip()


@condition("host")
def component_runs(view: View, step: Step) -> str | None:
    """The component listens on its port."""
    return None if view.runs(step.host, step.unit) else f"{step.host}: {step.unit} does not run"


@condition("host")
def lca_runs(view: View, step: Step) -> str | None:
    """The host's Local Control Agent runs."""
    return None if view.runs(step.host, "lca") else f"{step.host}: lca does not run"


@condition("target framework")
def target_has_primary(view: View, _step: Step) -> str | None:
    """One Configuration Server of the target is Primary and runs."""
    return None if view.primary(view.home) else f"{view.home}: no Configuration Server is proven Primary"


@condition("host")
def backup_is_paired(view: View, step: Step) -> str | None:
    """The Configuration Server runs, as Backup of a Primary or as Primary itself."""
    part = view.host(step.host).component("confserv")
    return (
        None
        if view.runs(step.host, "confserv") and part.run_mode in ("Primary", "Backup")
        else f"{step.host}: confserv has no role"
    )
