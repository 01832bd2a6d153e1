"""What must hold of a host that is overwritten with a copy of its counterpart, and of the copy.

A proof that could hold of the host as it was before holds of this case's copy only: what is done is never mistaken for
what was there.
"""

from dataclasses import replace

from model.conditions.deployment import host_side_laid, names_pinned, part_configured
from model.conditions.framework import target_has_primary
from model.conditions.registry import condition
from model.machine import NO_MACHINE, NOT_TRIED, Machine
from model.observation import Guard, Power
from model.step import Step
from model.steps.parts import counterpart, part_of
from model.survey import HOST
from model.view import View


def _machine(view: View, name: str) -> Machine:
    return view.seen.machines.get(name, NO_MACHINE)


def _is_copy(view: View, name: str) -> bool:
    return _machine(view, name).copy == f"{counterpart(view.environment, name).name} {view.case}"


def _is_itself(view: View, name: str) -> bool:
    return _is_copy(view, name) and view.seen.survey(name).state(HOST) == "same"


def _not_stopped(view: View, name: str) -> str:
    parts = view.environment.host(name).components
    return ", ".join(part.kind for part in parts if view.runs(name, part.kind) is not False)


@condition("machine", "host")
def to_be_copied(view: View, step: Step) -> str | None:
    """Nothing of it runs, or it has no power, and its region is not active; or it is this case's copy already."""
    if _is_copy(view, step.host):
        return None
    parts = _not_stopped(view, step.host)
    if parts and view.host(step.host).power is not Power.OFF:
        return f"{step.host}: {parts}: not proven stopped: stop it, or power it off, first"
    if view.environment.region_of(step.host) == view.home:
        return f"{step.host}: {view.home} is active"
    return None if _machine(view, step.host).cable else f"{step.host}: what its hypervisor says is unknown"


@condition("machine", "survey")
def off_the_network(view: View, step: Step) -> str | None:
    """Its cable is out, by its hypervisor's word; or it is this case's copy, and alone or itself already."""
    if _machine(view, step.host).cable == "out" or stands_alone(view, step) is None:
        return None
    return f"{step.host}: its cable is {_machine(view, step.host).cable or 'not known of'}"


@condition("machine")
def cable_is_out(view: View, step: Step) -> str | None:
    """Its cable is out, by its hypervisor's word."""
    cable = _machine(view, step.host).cable
    return None if cable == "out" else f"{step.host}: its cable is {cable or 'not known of'}"


@condition("machine", "power")
def off_to_be_copied(view: View, step: Step) -> str | None:
    """It is off; or it is this case's copy already."""
    power = view.host(step.host).power
    return None if power is Power.OFF or _is_copy(view, step.host) else f"{step.host}: power is {power}"


@condition("counterpart")
def original_whole(view: View, step: Step) -> str | None:
    """Its counterpart stands as rendered, and is described for this host."""
    original = counterpart(view.environment, step.host).name
    survey = view.seen.survey(original)
    wrong = [group for group, state in survey.states.items() if state != "same"]
    if survey.answers and not wrong:
        return None
    return f"{original}: {', '.join(wrong) or survey.fault}: not as rendered: deploy it"


@condition("target framework", "dormant framework")
def serves_or_copied(view: View, step: Step) -> str | None:
    """The active region has its Primary; or both copies are themselves already, and need no more of it."""
    copied = all(_is_itself(view, host.name) for host in view.environment.framework(view.away))
    return None if copied else target_has_primary(view, step)


@condition("machine", "target framework")
def not_needed_now(view: View, step: Step) -> str | None:
    """The active region has its Primary, so nobody needs this host now; or it is this case's copy already."""
    return None if _is_copy(view, step.host) else target_has_primary(view, step)


@condition("machine")
def is_copy(view: View, step: Step) -> str | None:
    """It is this case's copy of its counterpart, by its hypervisor's word."""
    if _is_copy(view, step.host):
        return None
    return f"{step.host}: its hypervisor says: copy of {_machine(view, step.host).copy or 'nothing'}"


@condition("machine", "power")
def copy_runs(view: View, step: Step) -> str | None:
    """The copy has power."""
    if _is_copy(view, step.host) and view.host(step.host).power is Power.ON:
        return None
    return f"{step.host}: is no copy, or its power is {view.host(step.host).power}"


@condition("machine", "power")
def console_answers(view: View, step: Step) -> str | None:
    """The copy has started, as its console says."""
    return None if _machine(view, step.host).alone is not None else f"{step.host}: its console does not answer"


@condition("machine", "survey")
def stands_alone(view: View, step: Step) -> str | None:
    """It speaks with the control host alone, by its console; or it is itself already."""
    control, alone = str(view.environment.control.address), _machine(view, step.host).alone
    if _is_itself(view, step.host) or (_is_copy(view, step.host) and alone == control):
        return None
    return f"{step.host}: {_company(alone)}; it must speak with {control} alone: leave its cable out"


def _company(alone: str | None) -> str:
    """Say whom a host speaks with, by the word of its console."""
    words = {
        "": "nothing keeps it from speaking with others",
        "torn": "its rules are not whole: something on it changes them",
        None: "whom it speaks with is not known",
    }
    return words.get(alone, f"it speaks with {alone} alone")


@condition("machine", "host")
def copy_answers(view: View, step: Step) -> str | None:
    """The copy is on the network, and answers the control host."""
    seen, cable = view.host(step.host), _machine(view, step.host).cable
    if _is_copy(view, step.host) and cable == "in" and seen.answers:
        return None
    return f"{step.host}: cable {cable}, no copy, or no answer {seen.fault}".rstrip()


@condition("machine", "survey", "cut off")
def cut_off(view: View, step: Step) -> str | None:
    """It reaches nobody and nobody reaches it, in places that another host reaches now; or it is itself already."""
    if _is_itself(view, step.host):
        return None
    tried = view.seen.cuts.get(step.host, NOT_TRIED)
    if leaks := tried.leaks():
        return f"{step.host}: is not cut off: {', '.join(leaks[:4])}: take its cable out"
    writer = f"{view.environment.writer.address}:53"
    original = counterpart(view.environment, step.host)
    needed = {writer, f"{original.address}:{part_of(original, 'confserv').port}"}
    missing = sorted(needed - tried.tried())
    if not _is_copy(view, step.host) or not tried.inward or missing:
        why = f"no other host reaches {', '.join(missing)} now" if missing else "nothing was tried"
        return f"{step.host}: whether it is cut off is not proven: {tried.fault or why}"
    return None


@condition("machine", "survey", "host")
def is_itself(view: View, step: Step) -> str | None:
    """Its host side is its own, no longer its counterpart's."""
    return host_side_laid(view, step) if _is_copy(view, step.host) else f"{step.host}: is not this case's copy"


@condition("machine", "survey", "heard")
def names_its_own(view: View, step: Step) -> str | None:
    """The framework's names mean its own region's pair."""
    return names_pinned(view, step) if _is_itself(view, step.host) else f"{step.host}: is not itself yet"


@condition("machine", "survey")
def part_its_own(view: View, step: Step) -> str | None:
    """The component's files are those that were rendered for this host."""
    return part_configured(view, step) if _is_itself(view, step.host) else f"{step.host}: is not itself yet"


@condition("machine", "survey")
def files_its_own(view: View, step: Step) -> str | None:
    """The files of all its components are those that were rendered for this host."""
    parts = view.environment.host(step.host).components
    found = (part_its_own(view, replace(step, unit=part.kind)) for part in parts)
    return next((reason for reason in found if reason is not None), None)


@condition("machine", "survey", "heard")
def rests_behind_its_guard(view: View, step: Step) -> str | None:
    """It is itself, speaks with everybody again, and nothing of it runs behind its closed guard."""
    if not _is_itself(view, step.host):
        return f"{step.host}: is not itself yet"
    if parts := _not_stopped(view, step.host):
        return f"{step.host}: {parts}: not proven stopped: stop it at once (V1)"
    if _machine(view, step.host).alone != "":
        return f"{step.host}: {_company(_machine(view, step.host).alone)}; it must speak with everybody again"
    guard = view.host(step.host).guard
    return None if guard is Guard.CLOSED else f"{step.host}: its guard is {guard}"
