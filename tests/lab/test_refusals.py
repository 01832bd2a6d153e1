"""Bad input and bad situations, real ones: each is refused before anything is changed, and says what to do."""

import base64
import contextlib
import json
import os
import pty
import signal
import subprocess

import pytest

from lab.command import wait_until
from lab.credentials import key_pair
from lab.drill.proof import require_target
from tests.lab import console, effects
from tests.lab.operator import Journal, Operator, command
from tests.lab.replayed import require_conformant

STEADY = "v=1 epoch=1 state=steady active=region1 target=region1 case=- head=-"
BAD_INPUT, REFUSED, INTERRUPTED = 2, 3, 130
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def quiet(lab):
    """The steady state, for tests that change nothing."""
    lab.restore()
    return lab


@pytest.fixture
def untouched(quiet):
    """Require after the test that no host was given an order and that names and record are what they were."""
    before = console.changed(quiet)
    assert before[2] == STEADY
    with contextlib.ExitStack() as undo:
        quiet.undo = undo
        yield quiet
    assert console.changed(quiet) == before


@pytest.fixture
def restored(quiet):
    """Put everything back after a test that changed something itself."""
    yield quiet
    try:
        require_conformant(quiet)
    finally:
        quiet.restore()


def breaks(lab, *fault):
    lab.break_(*fault)
    lab.undo.callback(lab.mend, *fault)


def refuses(lab, *words, mode="planned", status=REFUSED, **options):
    """Run it, and require its exit status and what it says."""
    code, text = console.run(lab, mode, **options)
    assert code == status, text
    flat = " ".join(text.split())
    for word in words:
        assert word in flat, f"{word!r} is not in: {text}"
    return text


# --- what was typed, and the files it names ---


def test_a_wrong_environment_file_is_bad_input_with_every_fault_and_its_line(untouched):
    wrong = {
        "silent_s: 2 ": "silent_s: -1 ",
        "address: 198.18.1.31": "address: 198.18.1.300",
        "kind: postgresql": "kind: paper",
    }
    lines = console.ENVIRONMENT.read_text().splitlines()
    numbers = [next(n for n, line in enumerate(lines, 1) if right in line) for right in wrong]

    def spoil(text):
        for right, instead in wrong.items():
            text = text.replace(right, instead, 1)
        return text

    folder = console.environments(untouched, spoil)
    places = [f"lab.yaml:{number}:" for number in numbers]
    refuses(untouched, *places, status=BAD_INPUT, GDR_ENVIRONMENTS=folder)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mode": "maybe"}, ["--mode", "planned", "unplanned"]),
        ({"target": "region3"}, ["--target", "region1", "region2"]),
        ({"given": ["--answer", "go"]}, ["--approver", "needs all three"]),
    ],
)
def test_a_typing_error_is_bad_input_and_names_what_is_allowed(untouched, given, words):
    refuses(untouched, *words, status=BAD_INPUT, **given)


def test_a_wrong_key_for_the_record_is_refused(untouched):
    def spoil(found):
        found["lab-dns"]["key_secret"] = base64.b64encode(b"wrong").decode()

    refuses(untouched, "wrong TSIG key in the block", GDR_BLOCKS=console.blocks(untouched, spoil))


def test_a_wrong_password_of_the_observer_is_refused_and_never_shown(untouched):
    wrong = "not-the-observers"

    def spoil(found):
        found["lab-postgresql"]["observer_password"] = wrong

    text = refuses(
        untouched, "login as gdr_observer refused: wrong password", GDR_BLOCKS=console.blocks(untouched, spoil)
    )
    assert wrong not in text


def test_a_wrong_password_of_the_account_is_refused_before_the_case_and_never_shown(untouched):
    wrong = "not-the-accounts"

    def spoil(found):
        found["lab-postgresql"]["account_password"] = wrong

    words = "cannot read gdr_canary, the last proof", "login as genesys refused: wrong password"
    text = refuses(untouched, *words, GDR_BLOCKS=console.blocks(untouched, spoil))
    assert wrong not in text


def test_a_key_that_no_host_accepts_is_refused_and_never_shown(untouched):
    wrong = key_pair("outsider").private

    def spoil(found):
        found["lab-ssh"]["private_key"] = wrong

    words = "r2-db: does not answer and the target cannot do without it"
    text = refuses(untouched, words, "login as gdr refused", GDR_BLOCKS=console.blocks(untouched, spoil))
    assert wrong.splitlines()[2] not in text


# --- the target ---


def test_a_target_whose_database_host_is_silent_is_refused(untouched):
    breaks(untouched, "silent", "r2-db")
    refuses(untouched, "r2-db: does not answer and the target cannot do without it")


def test_a_changed_host_key_is_refused_with_what_to_compare(untouched):
    key = untouched.identity.disk("r2-fw-p") / "etc/ssh/ssh_host_ed25519_key"
    known = key.read_text()

    def put(text):
        key.write_text(text)
        untouched.exec("r2-fw-p", ["systemctl", "restart", "ssh"], check=True)

    untouched.undo.callback(put, known)
    put(key_pair("stranger").private)
    refuses(untouched, "r2-fw-p: does not answer", "host key is not the one we know", "compare it on the console")


def test_a_target_that_was_promoted_by_hand_is_refused(restored):
    before = console.changed(restored)
    restored.exec("r2-db", ["psql", "-Xqc", "select pg_promote()", "postgres"], "postgres", check=True)
    refuses(restored, "the present state is forbidden", mode="unplanned")
    assert console.changed(restored) == before


# --- how far the standby is behind ---


LAGS_S = 5  # far above the objective of the test: the sampler may yet see a faster second


def walreceiver(lab, number):
    lab.exec("r2-db", ["pkill", f"-{number}", "-f", "postgres: walreceiver"], check=True)


def behind(lab):
    """Return how long ago the primary was where the standby is, said by the sampler."""
    text = (lab.identity.disk("ctl") / "var/lib/genesys-dr/samples/lab.jsonl").read_text()
    return json.loads(text.split("\n")[-2])["lag_s"] or 0.0  # the last line may be half written


def write(lab):
    """Write a megabyte of log."""
    rows = "select repeat('x', 1000) from generate_series(1, 1000)"
    sql = f"create table if not exists lag (t text); insert into lag {rows}"  # nobody's input
    lab.exec("r1-db", ["psql", "-Xqc", sql, "config"], "postgres", check=True)


def test_a_standby_that_lags_is_refused_in_planned_mode(untouched):
    untouched.undo.callback(walreceiver, untouched, "CONT")
    walreceiver(untouched, "STOP")

    def lags():
        write(untouched)
        return behind(untouched) > LAGS_S

    wait_until("the standby lags", lags, 60)
    folder = console.environments(untouched, lambda text: text.replace("rpo_s: 60", "rpo_s: 1", 1))
    refuses(untouched, "r2-db: lag is", "the objective is 1 s: wait for it to catch up", GDR_ENVIRONMENTS=folder)


def test_without_a_sample_planned_mode_is_refused(untouched):
    samples = untouched.identity.disk("ctl") / "var/lib/genesys-dr/samples/lab.jsonl"
    untouched.exec("ctl", ["systemctl", "stop", "gdr-sampler@lab"], check=True)
    untouched.undo.callback(untouched.exec, "ctl", ["systemctl", "start", "gdr-sampler@lab"], check=True)
    samples.unlink()
    refuses(untouched, "r2-db: lag is unknown: the sampler on the control host has no sample")
    untouched.exec("ctl", ["systemctl", "start", "gdr-sampler@lab"], check=True)
    wait_until("a sample", lambda: samples.exists() and samples.read_text().endswith("\n"), 30)


# --- the source ---


def test_a_planned_switch_to_a_region_that_has_drifted_is_refused(untouched):
    """One option of one configuration file, in the region that sleeps: nobody would have met it before it worked."""

    def timeout(old, new):
        change = f"s/^addp-timeout={old}$/addp-timeout={new}/"
        untouched.exec("r2-fw-p", ["sed", "-i", change, "/opt/genesys/confserv.conf"], check=True)

    timeout(1, 7)
    untouched.undo.callback(timeout, 7, 1)
    differs = "r1-fw-p and r2-fw-p confserv: regions alike: red: server/addp-timeout: 1 and 7: make both alike"
    refuses(
        untouched, differs, "`gdr readiness lab` shows all", "if region1 is lost, mode unplanned", "No case is open."
    )


def test_a_source_that_works_is_no_case_for_unplanned_mode(untouched):
    refuses(untouched, "region1: its Primary and its DBMS work: use mode planned", mode="unplanned")


def test_one_lost_member_of_the_pair_is_the_pairs_own_business(untouched):
    breaks(untouched, "silent", "r1-fw-b")
    refuses(untouched, "r1-fw-b: lost, but region1 still has its Primary", "do not fail over", mode="unplanned")


# --- the record, and other orchestrators ---


def test_without_the_dns_writer_it_is_refused_and_says_what_is_not_yet(untouched):
    breaks(untouched, "stop-dns", "ns1")
    refuses(untouched, "ns1: no activation record", "(stage authority) is not yet supported: restore this one")
    untouched.undo.close()
    wait_until("the record", lambda: console.record(untouched) == STEADY, 20)


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        (STEADY.replace("case=-", "case=lab-theirs"), "names open case lab-theirs, not ours"),
        ("v=1 epoch=2 state=switching active=region1 target=region2 case=lab-theirs head=-", "case lab-theirs is open"),
    ],
)
def test_a_case_of_another_control_host_is_refused(quiet, theirs, words):
    before = console.changed(quiet)
    console.write_record(quiet, theirs)
    try:
        refuses(quiet, words)
        assert console.changed(quiet) == (*before[:2], theirs)
    finally:
        console.write_record(quiet, STEADY)


def test_an_approver_who_is_not_on_the_list_leaves_the_case_open_and_no_other_begins(restored):
    """It was declared, so the record names it; another intent is refused with the commands for both."""
    before = console.changed(restored)
    ours = "gdr run full-failover lab --target region2 --mode planned"
    refuses(restored, "approver 'mallory': not on the list", "stays open", ours, given=console.approver("mallory"))
    assert console.changed(restored)[:2] == before[:2]
    assert console.record(restored).startswith("v=1 epoch=1 state=steady active=region1 target=region1 case=lab-")

    declared = console.changed(restored)
    theirs = "gdr run full-failover lab --target region1 --mode unplanned"
    both = (f"continue it with `{ours}", f"afterwards `{theirs}")
    refuses(restored, *both, mode="unplanned", target="region1")
    assert console.changed(restored) == declared


def test_an_epoch_that_moved_while_a_person_thought_is_refused(restored):
    """The gate waits at a terminal; meanwhile another process takes over."""
    before = console.changed(restored)
    ours, theirs = pty.openpty()
    argv = restored.control_argv(command("planned")[:-6])
    process = restored.popen(
        "ctl", argv, "dr", stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    wait_until("the question", lambda: "gate.asked declare" in Journal(restored).subjects(), 60)
    taken = "v=1 epoch=2 state=switching active=region1 target=region2 case=lab-theirs head=-"
    console.write_record(restored, taken)
    os.write(ours, b"alice\ngo\na test of the epoch\n")
    text, _ = process.communicate(timeout=60)
    assert process.returncode == REFUSED, text
    assert "the record names case lab-theirs, not " in " ".join(text.split())
    assert console.changed(restored) == (*before[:2], taken)


# --- interrupted ---


def interrupt(lab, at, number):
    """Interrupt a run at a record; return what it said."""
    operator = Operator.cold(lab, "planned")
    Journal(lab).wait_for(at, operator)
    operator.signal(number)
    status, text = operator.output(30)
    assert status == INTERRUPTED, text
    return " ".join(text.split())


def test_an_interrupted_run_says_where_it_stands_and_going_on_works(restored):
    for at, number in (("act.after stop:r1-fw-p/scs", signal.SIGINT), ("observed fence", signal.SIGTERM)):
        text = interrupt(restored, at, number)
        case = Journal(restored).records()[-1]["case"]
        assert f"Interrupted. Case {case} stays open; its last record is" in text
        assert "In flight:" in text or "No act was in flight." in text
        assert (
            "Look with `gdr observe lab`; go on with `gdr run full-failover lab --target region2 --mode planned" in text
        )
    done = restored.control([*command("planned"), "--json"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["state"] == "Completed"  # and nothing else is on standard output
    require_target(restored, "region2", ("r1-app-p", "r1-app-b", "r2-app-p", "r2-app-b"))
    assert effects.timeline(restored, "r2-db") == 2
