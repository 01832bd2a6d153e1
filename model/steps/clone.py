"""Making a dormant framework host a copy of its counterpart, cut off from everybody until it is itself."""

from collections.abc import Callable, Iterable

from model.environment.document import Component, Host
from model.environment.environment import Environment
from model.step import Step, Verb
from model.steps.parts import counterpart
from model.view import View

NO_UNDO = "none: it is a copy; this runbook makes it anew"
UNTOUCHED = "if it was whole before, and no copy over it was begun"


def cloning(view: View) -> dict[str, Iterable[Step]]:
    """Return the lines for both hosts of the dormant pair, in order."""
    hosts = view.environment.framework(view.away)
    lines: dict[str, Callable[[Environment, Host], Step]] = {
        "unplug": _unplug,
        "switch_off": _switch_off,
        "clone": _clone,
        "switch_on": _switch_on,
        "isolate": _isolate,
        "plug": _plug,
        "cut_off": _cut_off,
        "adopt": _adopt,
        "pin_names": _pin_names,
    }
    steps = {name: [step(view.environment, host) for host in hosts] for name, step in lines.items()}
    parts = [_configure(host, part) for host in hosts for part in host.components]
    return {**steps, "configure": parts, "join": [_join(host) for host in hosts]}


def _unplug(_: Environment, host: Host) -> Step:
    return Step(
        stage="fence",
        verb=Verb.UNPLUG,
        host=host.name,
        command=f"gdr-host EPOCH unplug {host.name}, on {host.hypervisor.power}",
        needs=("to_be_copied", "original_whole", "not_needed_now"),
        proves=("off_the_network",),
        undo=f"gdr-host EPOCH plug {host.name}, on {host.hypervisor.power}, {UNTOUCHED}",
    )


def _switch_off(_: Environment, host: Host) -> Step:
    return Step(
        stage="fence",
        verb=Verb.POWER_OFF,
        host=host.name,
        command=f"gdr-host EPOCH power-off {host.name}, on {host.hypervisor.power}",
        needs=("cable_is_out", "not_needed_now"),
        proves=("off_to_be_copied",),
        undo=f"gdr-host EPOCH power-on {host.name}, on {host.hypervisor.power}, {UNTOUCHED}",
    )


def _clone(environment: Environment, host: Host) -> Step:
    original = counterpart(environment, host.name).name
    return Step(
        stage="framework",
        verb=Verb.CLONE,
        host=host.name,
        command=f"gdr-host EPOCH clone {host.name} {original} CASE, on {host.hypervisor.power}",
        needs=("cable_is_out", "host_is_off", "original_whole", "not_needed_now"),
        proves=("is_copy",),
        undo=NO_UNDO,
    )


def _switch_on(_: Environment, host: Host) -> Step:
    return Step(
        stage="framework",
        verb=Verb.POWER_ON,
        host=host.name,
        command=f"gdr-host EPOCH power-on {host.name}, on {host.hypervisor.power}",
        needs=("cable_is_out", "is_copy"),
        proves=("copy_runs",),
        undo=f"gdr-host EPOCH power-off {host.name}",
    )


def _isolate(environment: Environment, host: Host) -> Step:
    return Step(
        stage="framework",
        verb=Verb.ISOLATE,
        host=host.name,
        command=f"gdr-host EPOCH isolate {host.name} {environment.control.address}, by its console",
        needs=("cable_is_out", "copy_runs"),
        proves=("stands_alone",),
        undo=f"gdr-host EPOCH power-off {host.name}",
    )


def _plug(_: Environment, host: Host) -> Step:
    return Step(
        stage="framework",
        verb=Verb.PLUG,
        host=host.name,
        command=f"gdr-host EPOCH plug {host.name}, on {host.hypervisor.power}",
        needs=("stands_alone",),
        proves=("copy_answers",),
        undo=f"gdr-host EPOCH unplug {host.name}",
    )


def _cut_off(_: Environment, host: Host) -> Step:
    return Step(
        stage="framework",
        verb=Verb.CUT_OFF,
        host=host.name,
        command="gdr-host reach PLACE..., from it to all others, from another host to it, and as a control to the same",
        needs=("stands_alone", "copy_answers"),
        proves=("cut_off",),
        undo="nothing was changed",
    )


def _adopt(_: Environment, host: Host) -> Step:
    return Step(
        stage="framework",
        verb=Verb.ADOPT,
        host=host.name,
        command=f"gdr-host EPOCH adopt {host.name}: take the description that deploy laid beside its counterpart's",
        needs=("stands_alone", "cut_off"),
        proves=("is_itself",),
        undo=NO_UNDO,
    )


def _pin_names(environment: Environment, host: Host) -> Step:
    addresses = environment.addresses(environment.region_of(host.name)).values()
    return Step(
        stage="framework",
        verb=Verb.PIN_NAMES,
        host=host.name,
        command=f"gdr-host EPOCH names-pin {' '.join(addresses)}",
        needs=("is_itself",),
        proves=("names_its_own",),
        undo=NO_UNDO,
    )


def _configure(host: Host, part: Component) -> Step:
    return Step(
        stage="framework",
        verb=Verb.CONFIGURE,
        host=host.name,
        unit=part.kind,
        command=f"gdr-host EPOCH component-configure {part.unit}: configuration, run.sh, unit, guard; rendered",
        needs=("is_itself",),
        proves=("part_its_own",),
        undo=NO_UNDO,
    )


def _join(host: Host) -> Step:
    return Step(
        stage="framework",
        verb=Verb.JOIN,
        host=host.name,
        command="gdr-host EPOCH join",
        needs=("is_itself", "names_its_own", "files_its_own"),
        proves=("rests_behind_its_guard",),
        undo=f"gdr-host EPOCH power-off {host.name}",
    )
