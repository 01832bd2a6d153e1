"""Regions whose framework hosts have no power while they are dormant: given it, taken from them, judged meanwhile."""

from dataclasses import replace

import pytest

from model.conditions import CONDITIONS
from model.declaration import unreachable
from model.environment.faults import InvalidEnvironment
from model.environment.load import parse
from model.explore.goal import wrong_end
from model.explore.ground import Ground
from model.explore.hazards import hazards
from model.explore.judge import Judge
from model.explore.quest import Memory, Quest
from model.explore.search import Search
from model.explore.sight import observe
from model.explore.world import World
from model.judgement import refusals
from model.observation import Guard, HostSeen, Kept, Observation, Power
from model.readiness.asleep import DAY_S, STALE_S, aged, remembered
from model.readiness.line import Line
from model.runbooks import FULL_FAILOVER
from model.runbooks.readiness import readiness, steady_view
from model.step import Intent, Mode, Step, Verb
from model.survey import Survey
from model.view import View
from tests.unit.model.builders import FRAMEWORK, edited, environment
from tests.unit.model.steady import DAY, NOW, steady

OFF = [("dormant: stopped", "dormant: powered_off")] * 2
SOURCE = "  - {name: power, address: 198.18.0.20, site: third, access: lab-ssh}"
KNOWN = environment(*OFF)
GROUND = Ground(KNOWN, "region2")
PAIR = ("r2-fw-p", "r2-fw-b")
R1_P, R2_P = FRAMEWORK["region1"][0], FRAMEWORK["region2"][0]
UNSEEN, DARK = HostSeen(fault="no answer"), HostSeen(power=Power.OFF, fault="powered off")
SWITCHED_ON = "switch it on at power for the deploy, and off again once readiness has looked at it"
SWITCHED = GROUND.after_switchover()._replace(canary=True)


def view(world: World, mode: Mode = "planned") -> View:
    intent = Intent(runbook="full_failover", target="region2", mode=mode, reason="test")
    return View(environment=KNOWN, seen=observe(GROUND, world), intent=intent)


def asleep(seen: HostSeen = DARK, **kept: float) -> Observation:
    """Return the steady laboratory with the dormant pair seen so, and kept at these times."""
    known = steady()
    last = {name: Kept(at=at, host=known.hosts[name], inventory=known.inventories[name]) for name, at in kept.items()}
    return replace(known, hosts={**known.hosts, **dict.fromkeys(PAIR, seen)}, kept=last)


def seen_at(at: float, seen: HostSeen = DARK) -> Observation:
    return asleep(seen, **dict.fromkeys(PAIR, at))


def judged(seen: Observation, name: str) -> dict[str, Line]:
    found = readiness(steady_view(KNOWN, seen), NOW, day=DAY)
    return {line.subject: line for line in found if line.name == name}


def verdicts(seen: Observation, name: str) -> set[str]:
    return {line.verdict for line in judged(seen, name).values()}


def step(verb: Verb, host: str) -> Step:
    steps = FULL_FAILOVER.whole(view(GROUND.steady())).steps()
    return next(known for known in steps if (known.verb, known.host) == (verb, host))


def test_a_host_that_only_a_person_can_switch_on_may_not_rest_without_power() -> None:
    with pytest.raises(InvalidEnvironment) as found:
        environment(*OFF, ("hypervisor: {kind: command, power: power}", "hypervisor: {kind: none}"))
    (fault,) = found.value.faults
    assert (fault.field, fault.found) == (
        "regions.region1.hosts[0].hypervisor.kind", "none, and its region is dormant: powered_off",
    )  # fmt: skip


def with_its_own_source(address: str, site: str, region: str) -> str:
    """Return a file in which a region rests without power, and one host is switched by a source of its own."""
    title = f"    title: Region {region} (lab)\n    dormant: "
    host = f"        address: {address}\n        access: lab-ssh\n        firewall: iptables\n"
    switched = host + "        hypervisor: {kind: command, power: "
    far = f"\n  - {{name: far, address: 198.18.0.21, site: {site}, access: lab-ssh}}"
    return edited(
        (SOURCE, SOURCE + far),
        (title + "stopped", title + "powered_off"),
        (switched + "power}", switched + "far}"),
    )


@pytest.mark.parametrize(
    ("address", "site", "region"), [("198.18.1.11", "region2", "1"), ("198.18.2.12", "region1", "2")]
)
def test_what_gives_power_after_a_lost_region_may_not_stand_in_it(address: str, site: str, region: str) -> None:
    text = with_its_own_source(address, site, region)
    with pytest.raises(InvalidEnvironment) as found:
        parse(text, "mine.yaml")
    (fault,) = found.value.faults
    assert fault.field == f"regions.region{region}.hosts[{int(address[-1]) - 1}].hypervisor.power"
    assert fault.found == f"'far' in {site}, and its region is dormant: powered_off"
    assert fault.allowed.startswith("a power source in site third")
    assert "power: far" in text.splitlines()[fault.line - 1]


@pytest.mark.parametrize(
    ("address", "site"), [("198.18.1.11", "third"), ("198.18.1.31", "region2"), ("198.18.1.21", "region2")]
)
def test_what_does_not_rest_without_power_may_be_switched_from_the_other_region(address: str, site: str) -> None:
    """Its source is asked to fence it, when its own region is lost; one in site third gives power, too."""
    assert parse(with_its_own_source(address, site, "1"), "mine.yaml").rests_off(KNOWN.host("r1-fw-p"))


def test_a_planned_switch_gives_power_before_the_framework_and_takes_it_last() -> None:
    names = [step.id for step in FULL_FAILOVER.whole(view(GROUND.steady())).steps()]
    order = ["promote:r2-db", "power-on:r2-fw-p", "start:r2-fw-p/lca", "power-down:r1-fw-p", "steady:ns1"]
    assert [name for name in names if name in order] == order
    lost = [step.verb for step in FULL_FAILOVER.whole(view(GROUND.steady(), "unplanned")).steps()]
    assert (Verb.POWER_ON in lost, Verb.POWER_DOWN in lost) == (True, False)


def test_where_it_rests_stopped_nobody_touches_its_power() -> None:
    stopped = replace(view(GROUND.steady()), environment=environment())
    assert {Verb.POWER_ON, Verb.POWER_DOWN}.isdisjoint(step.verb for step in FULL_FAILOVER.whole(stopped).steps())


def test_a_host_known_to_be_off_is_no_refusal_and_one_nobody_knows_is() -> None:
    assert refusals(view(GROUND.steady())) == ()
    known = view(GROUND.steady())
    blind = replace(known, seen=replace(known.seen, hosts={**known.seen.hosts, "r2-fw-p": UNSEEN}))
    assert any("its power source does not say: repair power" in text for text in refusals(blind))


def test_one_that_may_be_half_a_copy_is_switched_on_by_a_person_first() -> None:
    found = refusals(replace(view(GROUND.steady()), remaking=True))
    assert any("r2-fw-p" in text and "switch it on at power" in text for text in found)


def test_who_rests_is_not_counted_as_unreachable() -> None:
    assert unreachable(view(GROUND.steady())).isdisjoint(PAIR)
    moved = Intent(runbook="dbms_failover", target="region2", home="region1", mode="planned", reason="test")
    assert unreachable(replace(view(GROUND.steady()), intent=moved)).isdisjoint(PAIR)
    blind = replace(view(GROUND.steady()), seen=asleep(UNSEEN))
    assert unreachable(blind) >= set(PAIR)


def test_without_a_record_nobody_is_asleep() -> None:
    known = view(GROUND.steady())
    assert known.asleep(KNOWN.host("r2-fw-p"))
    assert not known.asleep(KNOWN.host("r1-fw-p"))
    assert not replace(known, seen=replace(known.seen, record=None)).asleep(KNOWN.host("r2-fw-p"))


@pytest.mark.parametrize(
    ("seen", "words"),
    [(UNSEEN, "does not answer"), (HostSeen(answers=True, stranger="another"), "another"), (None, None)],
    ids=("silent", "a stranger", "itself"),
)
def test_a_host_is_up_when_it_answers_as_itself(seen: HostSeen | None, words: str | None) -> None:
    known = steady_view(KNOWN, steady() if seen is None else asleep(seen))
    found = CONDITIONS["host_is_up"](known, step(Verb.POWER_ON, "r2-fw-p"))
    assert (found is None) is (words is None)
    assert (words or "") in (found or "")


@pytest.mark.parametrize(
    ("region", "guard", "words"),
    [("1", Guard.OPEN, "not proven stopped"), ("2", Guard.OPEN, "its guard is open"), ("2", Guard.CLOSED, None)],
)
def test_nothing_is_switched_off_that_runs_or_would_start(region: str, guard: Guard, words: str | None) -> None:
    host, seen = f"r{region}-fw-p", steady()
    seen = replace(seen, hosts={**seen.hosts, host: replace(seen.hosts[host], guard=guard)})
    asked = replace(step(Verb.POWER_DOWN, "r1-fw-p"), host=host)
    found = CONDITIONS["rests_behind_guard"](steady_view(KNOWN, seen), asked)
    assert (found is None) is (words is None)
    assert (words or "") in (found or "")


def test_what_was_seen_lately_is_green_and_says_how_old_it_is() -> None:
    fresh = seen_at(NOW - 3600)
    assert {line.found for line in judged(fresh, "looked at lately").values()} == {
        "without power, seen 1.0 h ago, 8 d allowed"
    }
    assert verdicts(fresh, "looked at lately") | verdicts(fresh, "rests without power") == {"green"}
    known = remembered(steady_view(KNOWN, fresh))
    assert known.seen.host("r2-fw-p").fault == "without power, as seen 1.0 h ago"
    assert known.seen.host("r2-fw-p").component("confserv").running is False


def test_what_is_too_old_or_was_never_seen_is_red() -> None:
    assert verdicts(seen_at(NOW - STALE_S), "looked at lately") == {"green"}
    late = seen_at(NOW - STALE_S - DAY_S)
    assert {line.verdict for line in aged(steady_view(KNOWN, late))} == {"red"}
    assert "seen 9 d ago" in judged(late, "looked at lately")["r2-fw-p"].found
    never = judged(asleep(), "looked at lately")
    assert {line.verdict for line in never.values()} == {"red"}
    assert "never looked at" in never["r2-fw-b"].found
    assert all("full_failover unplanned" in line.blocks for line in never.values())


def test_one_that_has_power_is_red_and_one_nobody_knows_is_unknown() -> None:
    assert verdicts(replace(steady(), kept={}), "rests without power") == {"red"}
    blind = seen_at(NOW, UNSEEN)
    assert verdicts(blind, "rests without power") == {"unknown"}
    assert judged(blind, "looked at lately") == {}


def test_a_path_to_a_host_without_power_is_judged_when_it_is_up() -> None:
    seen = seen_at(NOW)
    ports = [part.port for part in KNOWN.host("r2-fw-p").components]
    shut = {f"{KNOWN.host('r2-fw-p').address}:{port}": "timeout" for port in ports}
    app = seen.inventories["r1-app-b"]
    seen = replace(seen, inventories={**seen.inventories, "r1-app-b": replace(app, paths={**app.paths, **shut})})
    line = judged(seen, "path to the dormant framework")["r1-app-b to r2-fw-p"]
    assert (line.verdict, line.blocks) == ("not_yet", ())
    assert "shows only while it is up" in line.found


def test_power_for_an_open_guard_is_a_start() -> None:
    woken = step(Verb.POWER_ON, "r2-fw-p")
    started = SWITCHED.set(R2_P, on=False, running=frozenset(), leads=False)
    early = started.set_database("region2", running=False)
    assert any("without a database" in text for text in hazards(GROUND, early, woken, "planned", frozenset()))
    assert hazards(GROUND, GROUND.steady(), woken, "planned", frozenset()) == ()
    down = hazards(GROUND, GROUND.steady(), step(Verb.POWER_DOWN, "r1-fw-p"), "planned", frozenset())
    assert down == ("power-down:r1-fw-p: what runs is switched off",)


def test_an_end_with_power_where_it_rests_or_none_where_it_works_is_wrong() -> None:
    memory = Memory("planned", opened=True)
    warm = SWITCHED.set(R1_P, on=True)
    dark = SWITCHED.set(R2_P, on=False, running=frozenset(), leads=False)
    ends = [" | ".join(wrong_end(GROUND, world, memory, untouched=True)) for world in (SWITCHED, warm, dark)]
    assert "power" not in ends[0]
    assert "region1 primary has power, and rests without" in ends[1]
    assert "region2 primary has no power" in ends[2]


def test_an_undisturbed_search_ends_well() -> None:
    result = Search(Judge(GROUND), faultless=True).run(Quest("framework_failover", "unplanned"))
    assert result.counterexamples == []
    assert set(result.ends) == {"source", "target"}


@pytest.mark.parametrize(
    ("power", "name", "begins", "ends"),
    [
        (Power.OFF, "r2-fw-p", "has no power, as dormant: powered_off of its region has it: ", SWITCHED_ON),
        (Power.UNKNOWN, "r2-fw-p", "does not answer, and a host nobody can see is not deployed: no route", SWITCHED_ON),
        (Power.ON, "r2-fw-p", "does not answer", "is not deployed: no route"),
        (Power.OFF, "r2-app-p", "does not answer", "is not deployed: no route"),
        (Power.OFF, "r1-fw-p", "does not answer", "is not deployed: no route"),
    ],
)
def test_deploy_says_to_switch_on_what_rests_without_power(power: Power, name: str, begins: str, ends: str) -> None:
    seen = steady()
    hosts = {**seen.hosts, name: HostSeen(power=power, fault="no route")}
    seen = replace(seen, hosts=hosts, surveys={name: Survey(fault="no route")})
    intent = Intent(runbook="deploy", target="region1", mode="planned", reason="test")
    found = refusals(View(environment=KNOWN, seen=seen, intent=intent))
    (reason,) = [text for text in found if text.startswith(f"{name}: ")]
    assert reason.startswith(f"{name}: {begins}")
    assert reason.endswith(ends)
