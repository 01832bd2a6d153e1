"""gdr-host answer: looks over one command, each as if it were a command of its own."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.unit.host_fakes.stage import Stage, answer, record

REFUSED = 2


@pytest.fixture
def host(tmp_path: Path) -> Stage:
    host = Stage(tmp_path)
    host.says(answer(record()))
    return host


def ask(host: Stage, *looks: list[str]) -> dict[int, dict[str, object]]:
    """Ask all at once and return the answers by number."""
    lines = (json.dumps({"id": number, "words": words}) for number, words in enumerate(looks))
    ran = host.run("gdr-host", "answer", given="".join(f"{line}\n" for line in lines))
    assert (ran.returncode, ran.stderr) == (0, "")
    return {said.pop("id"): said for said in map(json.loads, ran.stdout.splitlines())}


def test_a_look_says_what_the_command_of_its_own_says(host: Stage):
    alone = host.run("gdr-host", "observe")
    (said,) = ask(host, ["observe"]).values()
    clockless = [json.loads(text) | {"clock": 0, "disk_free_bytes": 0} for text in (alone.stdout, str(said["out"]))]
    assert clockless[0] == clockless[1]
    assert said["exit"] == alone.returncode
    assert sorted(str(said["err"]).splitlines()) == sorted(alone.stderr.splitlines())


def test_each_look_is_answered_by_its_number_and_finds_the_host_as_it_is(host: Stage):
    host.patience = 60.0  # twenty guards ask one name server at once, and the machine may be busy
    said = ask(host, *[["observe"]] * 20)
    assert sorted(said) == list(range(20))
    assert {json.loads(str(one["out"]))["guard"] for one in said.values()} == {"open"}


def test_what_was_described_anew_between_two_looks_is_found(host: Stage):
    with host.start("gdr-host", "answer", stdin=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        regions = []
        for region in ("region1", "region2"):
            host.describe(region=region)
            process.stdin.write('{"id": 1, "words": ["observe"]}\n')
            process.stdin.flush()
            regions.append(json.loads(json.loads(process.stdout.readline())["out"])["guard"])
        process.stdin.close()
    assert regions == ["open", "closed"]
    assert process.returncode == 0


@pytest.mark.parametrize("words", [["1", "component-start", "lca"], ["survey"], ["answer"], ["--help"]])
def test_what_is_no_look_is_refused_and_not_done(host: Stage, words: list[str]):
    (said,) = ask(host, words).values()
    assert (said["exit"], said["out"]) == (REFUSED, "")
    assert "no look: give it as a command of its own" in str(said["err"])
    assert host.calls() == []


def test_a_look_that_fails_is_one_answer_and_the_next_is_another(host: Stage):
    said = ask(host, ["power-status", "r1-db"], ["observe"])
    assert (said[0]["exit"], "no power source stands on this host" in str(said[0]["err"])) == (REFUSED, True)
    assert said[1]["exit"] == 0


def test_a_fault_nobody_thought_of_is_said_with_where_it_was(host: Stage):
    host.describe(components=[{}])
    (said,) = ask(host, ["observe"]).values()
    assert said["exit"] == 1
    assert "KeyError: 'unit'" in str(said["err"])


def test_a_listener_nobody_asks_ends_by_itself(host: Stage):
    """A connection that was cut is not always told to the host."""
    host.patience = 0.001
    with host.start("gdr-host", "answer", stdin=subprocess.PIPE) as process:
        assert process.wait(20) == -signal.SIGALRM
