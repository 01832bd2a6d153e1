"""Clone and isolate: step by step to copies that are themselves, and what no copy is believed without."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from model import commands
from model.case import Case
from model.conditions import failing
from model.declaration import declare
from model.environment.environment import Environment
from model.judgement import done, refusals
from model.machine import CutOff, Machine
from model.observation import ComponentSeen, Guard, HostSeen, Observation, Power
from model.record import Record, State
from model.runbooks import CLONE_AND_ISOLATE, whole
from model.runbooks.clone_page import clone_page
from model.scope import of_runbook, scope_of
from model.step import Intent, Step, Verb
from model.steps.parts import counterpart
from model.survey import HOST, Survey
from model.view import View
from model.words import nothing_to_do, reached, title
from tests.unit.model.steady import lab, steady
from tests.unit.model.test_deploy import made

INTENT = Intent(runbook="clone_and_isolate", target="region1", mode="planned", reason="test")
CASE, EPOCH = "lab-20270101T000000-region1", 4
PAIRS = {"r2-fw-p": "r1-fw-p", "r2-fw-b": "r1-fw-b"}
CONTROL, WRITER = str(lab().control.address), f"{lab().writer.address}:53"
ALL = [*PAIRS, *PAIRS.values()]


def places(host: str) -> tuple[str, ...]:
    return WRITER, f"{lab().host(PAIRS[host]).address}:2020", f"{lab().dbms('region1').address}:5432"


def tried(host: str, outward: str = "silent", inward: str = "silent", control: str = "open") -> CutOff:
    return CutOff(
        outward=dict.fromkeys(places(host), outward),
        inward={f"{lab().host(host).address}:22": inward},
        control=dict.fromkeys(places(host), control),
    )


def view(seen: Observation, known: Environment | None = None, **changes: Any) -> View:
    return View(environment=known or lab(), seen=seen, intent=INTENT, **{"case": CASE, "epoch": EPOCH, **changes})


def before() -> Observation:
    """Return what is seen before it begins."""
    return replace(
        steady(),
        surveys={name: made(name) for name in ALL},
        machines={name: Machine(cable="in", copy="", alone="") for name in ALL},
    )


def with_host(seen: Observation, name: str, **changes: Any) -> Observation:
    return replace(seen, hosts={**seen.hosts, name: replace(seen.host(name), **changes)})


def with_machine(seen: Observation, name: str, **changes: Any) -> Observation:
    return replace(seen, machines={**seen.machines, name: replace(seen.machines[name], **changes)})


def with_survey(seen: Observation, name: str, survey: Survey) -> Observation:
    return replace(seen, surveys={**seen.surveys, name: survey})


def silent(seen: Observation, name: str, power: Power) -> Observation:
    seen = replace(seen, hosts={**seen.hosts, name: HostSeen(power=power, fault="silent")})
    return with_survey(seen, name, Survey(fault="silent"))


def on_the_network(seen: Observation, name: str) -> Observation:
    """Let a copy answer: it still believes that it is its original."""
    seen = replace(seen, hosts={**seen.hosts, name: replace(steady().host(name), names=before().host("r1-fw-p").names)})
    seen = replace(seen, cuts={**seen.cuts, name: tried(name)})
    return with_survey(seen, name, replace(made(name), states=dict.fromkeys(made(name).states, "other")))


def same(seen: Observation, name: str, group: str) -> Observation:
    survey = seen.survey(name)
    return with_survey(seen, name, replace(survey, states={**survey.states, group: "same"}))


def leaderless(seen: Observation) -> Observation:
    return replace(seen, hosts={**seen.hosts, "r1-fw-p": HostSeen(), "r1-fw-b": HostSeen()})


def other(seen: Observation, name: str, group: str) -> Observation:
    survey = seen.survey(name)
    return with_survey(seen, name, replace(survey, states={**survey.states, group: "other"}))


def record(seen: Observation, state: State) -> Observation:
    return replace(seen, record=Record(epoch=EPOCH, state=state, active="region1", target="region1", case=CASE))


EFFECTS: dict[Verb, Callable[[Observation, Step], Observation]] = {
    Verb.TAKE_EPOCH: lambda seen, _: record(seen, "switching"),
    Verb.UNPLUG: lambda seen, step: with_machine(silent(seen, step.host, Power.ON), step.host, cable="out"),
    Verb.POWER_OFF: lambda seen, step: with_machine(silent(seen, step.host, Power.OFF), step.host, alone=None),
    Verb.CLONE: lambda seen, step: with_machine(seen, step.host, copy=f"{PAIRS[step.host]} {CASE}"),
    Verb.POWER_ON: lambda seen, step: with_machine(silent(seen, step.host, Power.ON), step.host, alone=""),
    Verb.ISOLATE: lambda seen, step: with_machine(seen, step.host, alone=CONTROL),
    Verb.PLUG: lambda seen, step: with_machine(on_the_network(seen, step.host), step.host, cable="in"),
    Verb.CUT_OFF: lambda seen, _: seen,
    Verb.ADOPT: lambda seen, step: same(seen, step.host, HOST),
    Verb.PIN_NAMES: lambda seen, step: with_host(seen, step.host, names=before().host(step.host).names),
    Verb.CONFIGURE: lambda seen, step: same(seen, step.host, unit(step)),
    Verb.JOIN: lambda seen, step: with_machine(seen, step.host, alone=""),
    Verb.STEADY: lambda seen, _: record(seen, "steady"),
}


def unit(step: Step) -> str:
    part = lab().host(step.host).component(step.unit)
    assert part
    return part.unit


def walk(seen: Observation) -> Iterator[tuple[Observation, Step]]:
    """Yield what is seen before each step, to the end; each step needs what holds, and proves what it has done."""
    for step in CLONE_AND_ISOLATE.left(view(seen)).steps():
        yield seen, step
        assert failing(step.needs, view(seen), step) == ()
        seen = EFFECTS[step.verb](seen, step)
        assert failing(step.proves, view(seen), step) == ()


def at(verb: Verb, host: str = "r2-fw-p") -> tuple[Observation, Step]:
    """Return what is seen before a host's step."""
    return next((seen, step) for seen, step in walk(before()) if (step.verb, step.host) == (verb, host))


def test_each_step_leads_to_the_next_and_in_the_end_nothing_is_left() -> None:
    seen, steps = before(), list(walk(before()))
    for _, step in steps:
        seen = EFFECTS[step.verb](seen, step)
    assert [step.id for _, step in steps] == [step.id for step in whole(view(before())).steps()]
    assert done(view(seen))
    assert nothing_to_do(view(seen)) == "the framework hosts of region2 are this case's copies already: nothing to do"


def test_a_process_that_died_before_any_step_leaves_exactly_the_rest() -> None:
    steps = list(walk(before()))
    for number, (seen, _) in enumerate(steps):
        rest = [step.id for _, step in steps[number:] if step.verb is not Verb.CUT_OFF]
        left = [step.id for step in CLONE_AND_ISOLATE.left(view(seen)).steps() if step.verb is not Verb.CUT_OFF]
        assert left == rest
        assert refusals(view(seen)) == ()


def test_the_copies_of_another_case_are_made_anew() -> None:
    finished = before()
    for seen, step in walk(before()):
        finished = EFFECTS[step.verb](seen, step)
    finished = replace(finished, record=steady().record)
    assert not done(view(finished, case="-"))
    assert "clone:r2-fw-p" in {step.id for step in CLONE_AND_ISOLATE.left(view(finished, case="lab-later")).steps()}


def why(seen: Observation, step: Step) -> str:
    return "; ".join(failing((*step.needs,), view(seen), step))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda seen: with_host(seen, "r2-fw-p", components={"lca": ComponentSeen(running=True)}),
            "lca, confserv, scs, message_server: not proven stopped",
        ),
        (lambda seen: with_machine(seen, "r2-fw-p", cable=None), "what its hypervisor says is unknown"),
        (lambda seen: with_survey(seen, "r1-fw-p", Survey(fault="silent")), "r1-fw-p: silent: not as rendered"),
        (
            lambda seen: with_survey(seen, "r1-fw-p", replace(made("r1-fw-p"), states={"scs": "other"})),
            "r1-fw-p: scs: not as rendered: deploy it",
        ),
    ],
)
def test_what_must_not_be_overwritten_or_copied_is_refused_before_anything_is_done(
    change: Callable[[Observation], Observation], said: str
) -> None:
    assert [reason for reason in refusals(view(change(before()), case="-")) if said in reason]
    assert said in why(change(before()), at(Verb.UNPLUG)[1])


def test_a_copy_that_somebody_put_on_the_network_is_taken_off_it_first() -> None:
    seen = with_machine(at(Verb.ISOLATE)[0], "r2-fw-p", cable="in")
    (unplug,) = CLONE_AND_ISOLATE.left(view(seen)).unplug
    assert (unplug.host, why(seen, unplug)) == ("r2-fw-p", "")
    assert why(leaderless(seen), unplug) == ""  # whoever works meanwhile


def test_a_copy_that_was_left_half_made_is_made_anew_once_it_has_no_power() -> None:
    half = with_machine(silent(before(), "r2-fw-p", Power.ON), "r2-fw-p", cable="out", copy="r1-fw-p lab-gone")
    step = at(Verb.UNPLUG)[1]
    assert "not proven stopped: stop it, or power it off, first" in why(half, step)
    assert why(with_host(half, "r2-fw-p", power=Power.OFF), step) == ""


def test_copies_that_are_themselves_need_no_more_of_an_active_region_that_is_lost() -> None:
    """So the command that made them ends, and they can take over: only the steady record waits for a Primary."""
    for verb, refused in ((Verb.ADOPT, True), (Verb.PIN_NAMES, False), (Verb.JOIN, False)):
        seen = leaderless(at(verb)[0])
        assert any("mend the active region first" in reason for reason in refusals(view(seen))) is refused
        (take,) = CLONE_AND_ISOLATE.whole(view(seen)).take_epoch
        assert bool(why(seen, take)) is refused


def ways_out(seen: Observation) -> list[str]:
    """Return what helps once the active region has died and cannot be mended."""
    (reason,) = refusals(view(leaderless(seen)))
    head, _, ways = reason.partition(", or where it cannot be mended: ")
    assert head == "region1: no Configuration Server is proven Primary: mend the active region first"
    return ways.removesuffix("; then fail over").split("; ") if ways else []


def test_hosts_that_were_only_taken_away_are_told_the_way_back_when_the_active_region_dies() -> None:
    untouched = "on power, if it was whole before, and no copy over it was begun"
    plug = [f"gdr-host EPOCH plug {host}, {untouched}" for host in PAIRS]
    power_on = [f"gdr-host EPOCH power-on {host}, {untouched}" for host in PAIRS]
    restore = [f"restore {host}, a copy that is not finished" for host in PAIRS]
    assert ways_out(at(Verb.UNPLUG)[0]) == []
    assert ways_out(at(Verb.UNPLUG, "r2-fw-b")[0]) == plug[:1]
    assert ways_out(at(Verb.POWER_OFF, "r2-fw-b")[0]) == [power_on[0], *plug]
    assert ways_out(at(Verb.CLONE)[0]) == [*power_on, *plug]
    assert ways_out(at(Verb.CLONE, "r2-fw-b")[0]) == [restore[0], power_on[1], plug[1]]
    assert ways_out(at(Verb.POWER_ON)[0]) == restore


def test_only_a_restore_helps_when_the_active_region_dies_between_the_adoptions() -> None:
    """The lines go on with both copies or none: the one that is itself stands alone until the other is, too."""
    half = at(Verb.ADOPT, "r2-fw-b")[0]
    assert ways_out(half) == [f"restore {host}, a copy that is not finished" for host in PAIRS]
    assert refusals(view(half)) == ()
    intent = Intent(runbook="full_failover", target="region2", mode="unplanned", reason="fire")
    for host, stranger in (("r2-fw-b", "says that it is r1-fw-b"), ("r2-fw-p", "stands alone (198.18.0.10)")):
        seen = with_host(leaderless(half), host, stranger=stranger)
        assert any("restore the host" in why for why in refusals(View(environment=lab(), seen=seen, intent=intent)))


def test_no_host_of_the_active_region_is_overwritten() -> None:
    intent = replace(INTENT, target="region2")
    reverse = View(environment=lab(), seen=before(), intent=intent)
    assert "region1 is active, not region2" in refusals(reverse)
    step = replace(at(Verb.UNPLUG)[1], host="r1-fw-p")
    resting = with_host(before(), "r1-fw-p", components=before().host("r2-fw-p").components)
    assert "r1-fw-p: region1 is active" in why(resting, step)


@pytest.mark.parametrize(
    ("verb", "change", "said"),
    [
        (Verb.CLONE, lambda seen: with_machine(seen, "r2-fw-p", cable="in"), "its cable is in"),
        (Verb.CLONE, lambda seen: with_machine(seen, "r2-fw-p", cable=None), "its cable is not known of"),
        (Verb.POWER_ON, lambda seen: with_machine(seen, "r2-fw-p", copy=""), "its hypervisor says: copy of nothing"),
        (Verb.ISOLATE, lambda seen: with_host(seen, "r2-fw-p", power=Power.OFF), "its power is off"),
        (Verb.PLUG, lambda seen: with_machine(seen, "r2-fw-p", alone=""), "nothing keeps it from speaking with others"),
        (
            Verb.PLUG,
            lambda seen: with_machine(seen, "r2-fw-p", alone="198.18.9.9"),
            "it speaks with 198.18.9.9 alone; it must",
        ),
        (Verb.PLUG, lambda seen: with_machine(seen, "r2-fw-p", alone="torn"), "its rules are not whole"),
        (Verb.UNPLUG, leaderless, "region1: no Configuration Server is proven Primary"),
        (Verb.POWER_OFF, leaderless, "region1: no Configuration Server is proven Primary"),
        (Verb.CLONE, leaderless, "region1: no Configuration Server is proven Primary"),
        (Verb.JOIN, lambda seen: other(seen, "r2-fw-p", "confserv"), "confserv: whether as rendered is unknown"),
        (Verb.CUT_OFF, lambda seen: silent(seen, "r2-fw-p", Power.ON), "no answer silent"),
        (Verb.PIN_NAMES, lambda seen: with_machine(seen, "r2-fw-p", copy=""), "is not this case's copy"),
    ],
)
def test_no_step_goes_on_without_what_keeps_a_copy_harmless(
    verb: Verb, change: Callable[[Observation], Observation], said: str
) -> None:
    seen, step = at(verb)
    assert said in why(change(seen), step)


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        (tried("r2-fw-p", outward="open"), "is not cut off: it reaches 198.18.0.53:53"),
        (tried("r2-fw-p", outward="refused"), "is not cut off: it reaches"),
        (tried("r2-fw-p", inward="open"), "198.18.2.11:22 is reached: take its cable out"),
        (tried("r2-fw-p", control="silent"), f"no other host reaches {WRITER}"),
        (replace(tried("r2-fw-p"), inward={}), "nothing was tried"),
        (CutOff(fault="r2-fw-p: silent"), "whether it is cut off is not proven: r2-fw-p: silent"),
    ],
)
def test_a_clone_that_could_reach_anything_is_not_adopted(cut: CutOff, said: str) -> None:
    seen, step = at(Verb.ADOPT)
    assert said in why(replace(seen, cuts={"r2-fw-p": cut}), step)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda seen: with_machine(seen, "r2-fw-p", alone=None), "whom it speaks with is not known"),
        (
            lambda seen: with_host(seen, "r2-fw-p", components={}),
            "lca, confserv, scs, message_server: not proven stopped: stop it at once",
        ),
        (lambda seen: with_host(seen, "r2-fw-p", guard=Guard.OPEN), "its guard is open"),
        (lambda seen: same(with_survey(seen, "r2-fw-p", Survey()), "r2-fw-p", HOST), "is not itself yet"),
    ],
)
def test_a_copy_is_done_only_where_it_rests_behind_its_guard(
    change: Callable[[Observation], Observation], said: str
) -> None:
    seen, step = at(Verb.JOIN)
    joined = EFFECTS[Verb.JOIN](seen, step)
    assert said in "; ".join(failing(step.proves, view(change(joined)), step))


def test_names_and_files_count_only_once_it_is_itself() -> None:
    seen, _ = at(Verb.ADOPT)
    for verb in (Verb.PIN_NAMES, Verb.CONFIGURE):
        step = at(verb)[1]
        assert "is not itself yet" in "; ".join(failing(step.proves, view(seen), step))


def test_a_console_answers_once_the_copy_has_started() -> None:
    seen, step = at(Verb.ISOLATE)
    assert failing(("console_answers",), view(seen), step) == ()
    booting = with_machine(seen, "r2-fw-p", alone=None)
    assert failing(("console_answers",), view(booting), step) == ("r2-fw-p: its console does not answer",)


def test_it_needs_a_deployment_a_hypervisor_and_a_region_that_works() -> None:
    without = lab().model_copy(update={"deploy": None})
    assert "deploy" in " ".join(refusals(view(before(), without)))
    assert not done(view(before(), without))
    place = "address: 198.18.2.11\n        access: lab-ssh\n        firewall: iptables\n        "
    by_hand = lab(f"{place}hypervisor: {{kind: command, power: power}}", f"{place}hypervisor: {{kind: none}}")
    assert "r2-fw-p: hypervisor.power: none: a copy made by hand" in " ".join(refusals(view(before(), by_hand)))
    assert "region1: no Configuration Server is proven Primary" in " ".join(refusals(view(leaderless(before()))))


def without_installer(kind: str) -> Environment:
    deploy = lab().deploy
    assert deploy
    named = {name: how for name, how in deploy.components.items() if name != kind}
    return lab().model_copy(update={"deploy": deploy.model_copy(update={"components": named})})


def test_a_framework_host_is_not_taken_away_for_a_kind_that_nobody_renders() -> None:
    (said,) = refusals(view(before(), without_installer("message_server")))
    assert said == "lab: deploy.components.message_server: no installer: name the site's command in install"
    assert refusals(view(before(), without_installer("proxy"))) == ()  # an application host's is no part of it


def test_it_looks_at_machines_and_surveys_of_both_pairs_and_tries_connections_only_where_that_is_judged() -> None:
    scope = of_runbook(lab(), INTENT)
    assert (scope.machines, scope.surveys, scope.cuts) == (frozenset(ALL), frozenset(ALL), frozenset())
    asked = scope_of(("cut_off", "original_whole"), view(before()), at(Verb.CUT_OFF)[1])
    assert asked.cuts == {"r2-fw-p"}
    assert asked.surveys == {"r2-fw-p", "r1-fw-p"}
    asked = scope_of(("serves_or_copied",), view(before()), at(Verb.TAKE_EPOCH, "ns1")[1])
    assert asked.surveys == asked.machines == set(PAIRS)


def test_the_words_name_what_is_overwritten() -> None:
    assert title("lab", INTENT) == "Clone and isolate of lab: the framework hosts of region2 are made anew"
    assert reached(INTENT) == "the framework hosts of region2 are copies of region1's"
    assert commands.run("lab", INTENT) == "gdr run clone-and-isolate lab --reason=test"
    case = Case(name=CASE, opened_at=0.0, environment="lab", digest="d", intent=INTENT)
    text = declare(view(before()), case, whole(view(before())).steps()).text
    assert "- **Overwritten: r2-fw-b, by a copy of r1-fw-b**" in text
    assert "objective" not in text
    assert "Clone and isolate of lab" in clone_page(lab())


def test_an_emergency_ends_it() -> None:
    case = Case(name=CASE, opened_at=0.0, environment="lab", digest="d", intent=INTENT)
    emergency = Intent(runbook="full_failover", target="region2", mode="unplanned", reason="fire")
    assert case.superseded_by(emergency)
    assert not case.superseded_by(replace(emergency, mode="planned"))


def test_each_host_has_one_counterpart() -> None:
    assert {host: counterpart(lab(), host).name for host in PAIRS} == PAIRS
    assert counterpart(lab(), "r1-fw-b").name == "r2-fw-b"


def test_nothing_fails_over_to_a_copy_that_is_half_made() -> None:
    intent = Intent(runbook="full_failover", target="region2", mode="planned", reason="test")
    for stranger in ("says that it is r1-fw-b", "stands alone (198.18.0.10)"):
        seen = with_host(steady(), "r2-fw-b", stranger=stranger)
        (said,) = refusals(View(environment=lab(), seen=seen, intent=intent))
        assert said.startswith(f"r2-fw-b: {stranger}: make it whole with clone-and-isolate, or")
    assert refusals(View(environment=lab(), seen=steady(), intent=intent)) == ()
