"""One case of a failover: held in the middle, gone on with, signed by itself, anchored in DNS; no secret gets out.

The tests stand in the order of the case: the later ones read what the first has left.
"""

import json
import zipfile

import pytest

from lab.drill.proof import require_target
from model.evidence import follow, read
from tests.lab import effects, leaks
from tests.lab.operator import Journal, Operator

HELD = 4
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module", autouse=True)
def leaves_the_steady_state(lab):
    """Other tests need all hosts."""
    yield
    lab.restore()


def test_a_host_that_stops_answering_in_the_middle_holds_the_case_and_the_same_command_goes_on(lab):
    effects.prepare(lab, "unplanned")
    operator = Operator(lab, "unplanned")
    Journal(lab).wait_for("act.before promote:r2-db", operator)
    assert not leaks.in_process_list(lab)
    lab.break_("hang-sshd", "r2-fw-p")
    status, text = operator.output()
    assert status == HELD, text
    said = " ".join(text.split())
    assert "Held: start:r2-fw-p/lca: r2-fw-p: boot guard is unknown 198.18.2.11: silent for" in said, text[-600:]
    case = Journal(lab).records()[-1]["case"]
    assert f"Case {case} stays open. Look with `gdr observe lab`; then go on with `gdr run full-failover lab" in said
    assert "steps, the last start:r2-fw-b/lca. Case" in said
    assert "act.after promote:r2-db" in Journal(lab).subjects()
    assert not {"act.before move-names:ns1", "case.closed"} & set(Journal(lab).subjects())

    lab.mend("hang-sshd", "r2-fw-p")
    Operator(lab, "unplanned").require_reached()
    require_target(lab, "region2", effects.LIVING["unplanned"])
    effects.require_single(lab, "unplanned")

    leaks.require_search_finds(lab)
    assert not leaks.found(lab)


@pytest.fixture
def reached(lab):
    """The journal of the case; it was closed."""
    path = Journal(lab).path()
    assert path is not None
    assert Journal(lab).records()[-1]["kind"] == "case.closed"
    return path


def evidence(lab, *words):
    done = lab.control(["gdr", "evidence", *words, "--json"])
    return done.returncode, json.loads(done.stdout)


def test_a_case_that_reached_its_end_is_signed_and_held_against_the_record_in_dns(lab, reached):
    status, found = evidence(lab, "verify", reached.stem)
    assert (status, found["faults"]) == (0, [])
    assert found["anchored_by"].startswith("activation record on ns1 at ")
    text = lab.exec("ns1", ["dig", "+short", "@127.0.0.1", "_genesys-dr.gen.test", "TXT"], check=True).stdout
    assert f"head={found['anchor']}" in text
    bundle = f"/var/lib/genesys-dr/bundles/{reached.stem}.zip"
    key = evidence(lab, "key")[1]["public"]
    status, bundled = evidence(lab, "verify", bundle, "--key", key)
    assert (status, bundled["faults"], bundled["head"]) == (0, [], found["head"])
    held = zipfile.ZipFile(lab.identity.disk("ctl") / bundle[1:]).namelist()
    assert {"journal.jsonl", "environment.yaml", "report.md", "report.json", "report.html", "manifest.sig"} <= set(held)


def test_a_consistent_forgery_of_the_journal_is_found_by_the_record_in_dns(lab, reached):
    real = reached.read_text()
    forged, last = [], None
    for entry in read(real.encode(), reached.name):
        data = dict(entry.data) | ({"approver": "mallory"} if entry.kind == "gate.answered" else {})
        last = follow(last, at=entry.at, case=entry.case, attempt=entry.attempt, kind=entry.kind, data=data)
        forged.append(last.line() + "\n")
    try:
        reached.write_text("".join(forged))
        status, found = evidence(lab, "verify", reached.stem)
        assert status == 1
        assert "cut off or rewritten" in found["faults"][0]
        assert evidence(lab, "verify", reached.stem, "--offline")[0] == 0, "alone it is whole"
    finally:
        reached.write_text(real)


def test_the_report_of_a_real_failover_is_one_page_with_its_clocks(lab, reached):
    page = lab.control(["gdr", "report", reached.stem, "--html"]).stdout
    data = json.loads(lab.control(["gdr", "report", reached.stem, "--json"]).stdout)
    assert page.startswith("<!doctype html>")
    assert (data["outcome"], data["rto_met"]) == ("reached", True)
    assert data["signed_by"].startswith("ed25519:")
    assert [past["case"] for past in data["trend"]] == [reached.stem]
