"""Evidence of a real failover: signed by itself, anchored in DNS, and a forgery of the whole file is found."""

import json
import zipfile

import pytest

from model.evidence import follow, read
from tests.lab.operator import Journal, Operator

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def moved(lab):
    lab.restore()
    Operator(lab, "planned").require_reached()
    path = Journal(lab).path()
    assert path is not None
    yield path
    lab.restore()


def said(lab, *words):
    done = lab.control(["gdr", "evidence", *words, "--json"])
    return done.returncode, json.loads(done.stdout)


def test_a_case_that_reached_its_end_is_signed_and_held_against_the_record_in_dns(lab, moved):
    status, found = said(lab, "verify", moved.stem)
    assert (status, found["faults"]) == (0, [])
    assert found["anchored_by"].startswith("activation record on ns1 at ")
    text = lab.exec("ns1", ["dig", "+short", "@127.0.0.1", "_genesys-dr.gen.test", "TXT"], check=True).stdout
    assert f"head={found['anchor']}" in text
    bundle = f"/var/lib/genesys-dr/bundles/{moved.stem}.zip"
    key = said(lab, "key")[1]["public"]
    status, bundled = said(lab, "verify", bundle, "--key", key)
    assert (status, bundled["faults"], bundled["head"]) == (0, [], found["head"])
    held = zipfile.ZipFile(lab.identity.disk("ctl") / bundle[1:]).namelist()
    assert {"journal.jsonl", "environment.yaml", "report.md", "report.json", "manifest.sig"} <= set(held)


def test_a_consistent_forgery_of_the_journal_is_found_by_the_record_in_dns(lab, moved):
    real = moved.read_text()
    forged, last = [], None
    for entry in read(real, moved.name):
        data = dict(entry.data) | ({"approver": "mallory"} if entry.kind == "gate.answered" else {})
        last = follow(last, at=entry.at, case=entry.case, attempt=entry.attempt, kind=entry.kind, data=data)
        forged.append(last.line() + "\n")
    try:
        moved.write_text("".join(forged))
        status, found = said(lab, "verify", moved.stem)
        assert status == 1
        assert "cut off or rewritten" in found["faults"][0]
        assert said(lab, "verify", moved.stem, "--offline")[0] == 0, "alone it is whole"
    finally:
        moved.write_text(real)


def test_the_report_of_a_real_failover_is_one_page_with_its_clocks(lab, moved):
    page = lab.control(["gdr", "report", moved.stem, "--html"]).stdout
    data = json.loads(lab.control(["gdr", "report", moved.stem, "--json"]).stdout)
    assert page.startswith("<!doctype html>")
    assert (data["outcome"], data["rpo"], data["rto_met"]) == ("reached", 0, True)
    assert data["signed_by"].startswith("ed25519:")
    assert [past["case"] for past in data["trend"]] == [moved.stem]
