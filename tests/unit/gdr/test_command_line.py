"""Whatever is typed, there is an answer with an exit code, and never a traceback."""

import json
import subprocess
import sys

import pytest

from gdr.cli.evidence import evidence
from gdr.cli.main import VERBS
from tests.unit.gdr.shell import Gdr, case


def test_every_verb_explains_itself(gdr: Gdr) -> None:
    for verb in VERBS:
        said = gdr(verb, "--help")
        assert (said.code, said.err) == (0, "")
        assert f"gdr {verb}" in said.out


def test_evidence_names_all_that_it_can_do() -> None:
    verbs = [name for name in evidence if not name.startswith("-")]
    assert len(verbs) >= 5
    for said in (VERBS["evidence"], str(evidence.help)):
        assert [verb for verb in verbs if verb not in said.lower()] == []


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["nonsense"], "no verb 'nonsense'"),
        (["check"], "FILE"),
        (["check", "lab", "more"], "more"),
        (["observe", "nowhere"], "nowhere.yaml: no such environment; known here:"),
        (["plan", "full-failover", "lab", "--target", "region3", "--mode", "planned"], "region2"),
        (["plan", "full-failover", "lab", "--target", "region2"], "--mode"),
        (["plan", "half-failover", "lab", "--target", "region2", "--mode", "planned"], "full-failover"),
        (["cases", "nowhere"], "no such environment"),
        (["cases", "lab", "lab-9"], "no case of lab"),
        (["report", "lab-9"], "no journal"),
        (["evidence", "verify", "lab-9"], "neither a file nor a case"),
        (["observe", "lab"], "blocks.yaml: no such file"),
    ],
)
def test_bad_input_is_exit_code_2_and_names_what_is_wrong(gdr: Gdr, words: list[str], names: str) -> None:
    said = gdr(*words)
    assert (said.code, said.out) == (2, "")
    assert names in said.err
    assert "Traceback" not in said.err


def test_bad_input_is_a_document_too(gdr: Gdr) -> None:
    said = gdr("observe", "nowhere", "--json")
    assert (said.code, said.err) == (2, "")
    assert "nowhere.yaml" in said.json["error"]


@pytest.mark.parametrize(
    "words",
    [
        ["check", "lab"],
        ["plan", "full-failover", "lab", "--target", "region2", "--mode", "planned", "--whole"],
        ["cases", "lab"],
        ["cases", "lab", "lab-1"],
        ["report", "lab-1"],
        ["evidence", "verify", "lab-1"],
        ["runbook", "full-failover", "lab"],
    ],
)
def test_json_is_one_document_and_nothing_else(gdr: Gdr, words: list[str]) -> None:
    case("lab-1")
    said = gdr(*words, "--json")
    assert (said.code, said.err) == (0, "")
    assert isinstance(said.json, dict)


def test_what_needs_no_prefect_does_not_wait_for_its_import() -> None:
    program = (
        "import sys; from gdr.cli.main import run; run(['check', 'lab', '--json']);"
        "run(['evidence', 'verify', 'README.md', '--json']); sys.exit('prefect' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_installed_command_is_this_one() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from gdr.cli.main import main; main()", "check", "lab", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["faults"] == []
