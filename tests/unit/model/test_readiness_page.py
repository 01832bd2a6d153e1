"""The printed page of readiness has every check there is, and promises no less than its line blocks."""

import re
from itertools import chain, product

from model.environment.environment import REGION_KEYS, Environment
from model.readiness import proofs
from model.readiness.catalogue import PLACES, checks
from model.readiness.line import UNSEEN, Line, not_ready
from model.readiness.rules import LATER, THIRD
from model.runbooks.page import WIDTH
from model.runbooks.readiness import readiness, steady_view
from model.runbooks.readiness_page import readiness_page
from tests.unit.model.steady import DAY, NOW, lab
from tests.unit.model.test_readiness_blocks import BLOCKS

CODES = product((True, False), repeat=2)
KEPT = [
    proofs.Keeping(signer="key", signs=signs, codes=(("alice", False),), nobody=nobody, updates=("known", None))
    for signs, nobody in CODES
]


def flat(text: str) -> str:
    return " ".join(text.split())


def lines() -> list[Line]:
    """Return every line of every world that is tried."""
    worlds = [readiness(steady_view(lab(), seen()), NOW, day=DAY) for _, seen, _ in BLOCKS]
    return list(chain(*worlds, *(proofs.lines("lab", kept) for kept in KEPT)))


def chapter(environment: Environment, title: str) -> str:
    (found,) = [part for part in re.split(r"\n##+ ", readiness_page(environment)) if part.startswith(f"{title}\n")]
    return found


def test_every_check_stands_on_the_page_with_its_remedy() -> None:
    page = flat(readiness_page(lab()))
    for check in checks():
        assert flat(f"**{check.name}**: {check.remedy}. Blocks:") in page


def test_the_stages_follow_each_other() -> None:
    titles = re.findall(r"^### (?:Stage \d+ )?(.*)$", readiness_page(lab()).split("## By hand")[0], re.MULTILINE)
    assert [title.lower() for title in titles] == [place for place in PLACES if place in {x.stage for x in checks()}]


def test_every_line_that_readiness_writes_is_found_on_the_page_by_its_name() -> None:
    page = flat(readiness_page(lab()))
    assert {line.name for line in lines() if line.name not in page} == set()


def test_no_line_blocks_more_than_the_page_says() -> None:
    known = checks()
    judged = [line for line in not_ready(tuple(lines())) if not line.name.endswith(" would begin")]
    for line in judged:
        meant = [one for one in known if one.name == line.name and line.remedy in (one.remedy, UNSEEN)]
        assert set(line.blocks) <= {runbook for one in meant for runbook in one.at_most}, line
    assert {"no commit waits", "power source answers"} <= {one.name for one in judged if "dbms_failover" in one.blocks}


def test_what_is_not_judged_is_named() -> None:
    found = flat(chapter(lab(), "What it does not judge: check it by hand"))
    assert all(name in found for name in (*(name for name, _ in LATER), THIRD))


def test_a_difference_that_the_environment_file_expects_is_on_its_page() -> None:
    more = "expected_differences:\n  - {fact: server/addp, between: [regions], why: the line is slow}\ndependencies:\n"
    found = chapter(lab("dependencies:\n", more), "Differences that are expected")
    assert "`server/addp` between the regions: the line is slow." in found
    assert "`server/peer` within a pair" in found


def test_by_hand_every_host_power_source_and_server_is_looked_at() -> None:
    page, known = readiness_page(lab()), lab()
    everyone = [host.address for _, host in known.all_hosts()] + [one.address for one in known.dns.resolvers]
    assert all(f"ssh gdr@{address} sudo -n /opt/genesys-dr/bin/gdr-host observe" in page for address in everyone)
    names = " ".join(host.name for _, host in known.all_hosts())
    assert f"gdr-host power-status {names}`" in page
    assert all(f"dig @{server.address} " in page for server in known.dns.servers)
    assert all(f"state=steady active={key} target={key}" in flat(page) for key in REGION_KEYS)


def test_a_power_source_that_switches_no_host_is_asked_nothing() -> None:
    idle = "  - {name: idle, address: 198.18.0.21, site: third, access: lab-ssh}\n\nregions:\n"
    assert "198.18.0.21" not in readiness_page(lab("\nregions:\n", idle))


def test_text_fits_the_paper() -> None:
    wide = [line for line in readiness_page(lab()).splitlines() if len(line) > WIDTH and not line.startswith("  `")]
    assert wide == []
