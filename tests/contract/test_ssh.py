"""The contract of `Shell`: the fake, the block before a real SSH peer, and the block before a host of the lab."""

import asyncio
import json
from typing import Any

import pytest

from model.errors import Overtaken, Refused, Transient, Unverified
from tests.contract import hosts
from tests.fakes.ssh import Done, FakeShell, Machine, Manner

MARK = "/home/gdr/contract-mark"
SILENT: dict[str, Any] = {"silent_s": 1.0}
PATIENCE: dict[str, Any] = SILENT | {"deadline_s": 4.0}


def ends(status, words):
    return ("sh", "-c", f"echo first >&2; echo {words!r} >&2; exit {status}")


HELLO, HANG = ("echo", "hello"), ("sleep", "30")
WORDS = ("printf", "%s|", "two words", "$HOME", "it's", "", "a;b")
OLDER = ends(3, "host: epoch 1 is older than 2: another process has taken over")
UNKNOWN_UNIT = ends(2, "host: gscs: not one unit of this host")
BUSY, FULL = ends(4, "host: another act is running"), ends(1, "host: no space left")
DIE = ("sh", "-c", f"touch {MARK}; kill -9 $PPID; sleep 30")  # its parent is the connection's own sshd
GDR_HOST = ("sudo", "-n", "/opt/genesys-dr/bin/gdr-host")
LOOK, NO_LOOK = (*GDR_HOST, "observe"), (*GDR_HOST, "power-status", "r1-db")
ANSWERS = {
    LOOK: Done(stdout='{"host": "r2-app-b"}\n'),
    NO_LOOK: Done(stderr="first\nr2-app-b: no power source stands on this host: ask another\n", status=2),
    HELLO: Done(stdout="hello\n"),
    WORDS: Done(stdout="two words|$HOME|it's||a;b|"),
    OLDER: Done(stderr="first\nhost: epoch 1 is older than 2: another process has taken over\n", status=3),
    BUSY: Done(stderr="first\nhost: another act is running\n", status=4),
    UNKNOWN_UNIT: Done(stderr="first\nhost: gscs: not one unit of this host\n", status=2),
    FULL: Done(stderr="first\nhost: no space left\n", status=1),
    ("rm", "-f", MARK): Done(),
}


def machine():
    return Machine(answers=ANSWERS, hangs=frozenset({HANG}), dies={DIE: MARK})


@pytest.fixture(params=["fake", "peer", pytest.param("lab", marks=pytest.mark.lab)])
async def host(request):
    lab = request.getfixturevalue("lab") if request.param == "lab" else None
    async with hosts.host(request.param, machine(), lab) as found:
        yield found


@pytest.fixture(params=["read", "act"])
def asks(request, host):
    """Ask the host in both ways."""

    async def ask(shell, *argv):
        if request.param == "read":
            return await shell.read(host.address, *argv, **PATIENCE)
        return await shell.act(host.address, *argv, **SILENT)

    return ask


async def test_it_answers_with_what_was_printed(host, asks):
    assert await asks(host.shell, *HELLO) == "hello\n"


async def test_words_reach_the_host_as_they_are(host, asks):
    assert await asks(host.shell, *WORDS) == "two words|$HOME|it's||a;b|"


async def test_many_ask_at_once_over_one_connection(host):
    """More than sshd lets in at a time (MaxSessions, 10): the others wait for their turn."""
    asked = (host.shell.read(host.address, *HELLO, silent_s=1.0, deadline_s=20.0) for _ in range(30))
    assert await asyncio.gather(*asked) == ["hello\n"] * 30


async def test_a_host_on_which_nobody_listens_is_transient(host, asks):
    await host.refuse()
    with pytest.raises(Transient, match="no connection"):
        await asks(host.shell, *HELLO)


async def test_a_silent_host_costs_its_silence_and_not_the_whole_deadline(host, asks):
    """What was raised says which of the two clocks ended it."""
    await host.fall_silent()
    with pytest.raises(Transient, match="silent for 1 s"):
        await asks(host.shell, *HELLO)


async def test_a_frozen_sshd_is_silent_too(host, asks):
    """Its kernel still accepts connections."""
    await host.hang_before_its_greeting()
    with pytest.raises(Transient, match="silent for 1 s"):
        await asks(host.shell, *HELLO)


async def test_a_changed_host_key_is_refused_with_its_remedy(host, asks):
    with pytest.raises(Refused, match=f"{host.address}: host key is not the one we know.*compare it on the console"):
        await asks(host.stranger, *HELLO)


async def test_a_wrong_login_is_refused_with_its_remedy(host, asks):
    with pytest.raises(Refused, match="login as gdr refused: check the account's authorized_keys"):
        await asks(host.outsider, *HELLO)


async def test_a_read_that_times_out_is_transient(host):
    with pytest.raises(Transient, match=r"no answer within 0\.5 s"):
        await host.shell.read(host.address, *HANG, silent_s=1.0, deadline_s=0.5)
    assert await host.shell.read(host.address, *HELLO, **PATIENCE) == "hello\n"


async def test_a_read_that_times_out_does_not_end_an_act_on_the_same_host(host):
    act = asyncio.ensure_future(host.shell.act(host.address, *HANG, **SILENT))
    with pytest.raises(Transient):
        await host.shell.read(host.address, *HANG, silent_s=1.0, deadline_s=0.5)
    assert await host.shell.read(host.address, *HELLO, **PATIENCE) == "hello\n"
    assert not act.done()
    act.cancel()


async def test_a_read_that_fails_is_transient_with_its_last_word(host):
    with pytest.raises(Transient, match="exit 1: host: no space left"):
        await host.shell.read(host.address, *FULL, **PATIENCE)


async def test_a_read_whose_connection_dies_is_transient(host):
    with pytest.raises(Transient):
        await host.shell.read(host.address, *DIE, **PATIENCE)


async def test_an_act_of_an_older_process_is_refused_in_the_hosts_own_words(host):
    with pytest.raises(Overtaken, match=r"^host: epoch 1 is older than 2: another process has taken over$"):
        await host.shell.act(host.address, *OLDER, **SILENT)


async def test_an_act_on_a_busy_host_is_transient(host):
    with pytest.raises(Transient, match="another act is running"):
        await host.shell.act(host.address, *BUSY, **SILENT)


async def test_an_act_the_host_does_not_understand_is_refused_for_nothing_was_changed(host):
    with pytest.raises(Refused, match=r"^host: gscs: not one unit of this host$"):
        await host.shell.act(host.address, *UNKNOWN_UNIT, **SILENT)


async def test_an_act_that_fails_is_unverified(host):
    with pytest.raises(Unverified, match="exit 1: host: no space left"):
        await host.shell.act(host.address, *FULL, **SILENT)


async def test_an_act_whose_connection_dies_is_unverified_and_may_have_been_done(host):
    await host.shell.act(host.address, "rm", "-f", MARK, **SILENT)
    with pytest.raises(Unverified, match="connection lost, end unknown"):
        await host.shell.act(host.address, *DIE, **SILENT)
    await host.shell.read(host.address, "test", "-e", MARK, **PATIENCE)


async def test_standard_input_reaches_the_command_and_is_never_repeated(host):
    words = "line one\nand 'two'\n"
    assert await host.shell.read(host.address, "cat", given=words, **PATIENCE) == words
    assert await host.shell.act(host.address, "cat", given=words, **SILENT) == words
    with pytest.raises(Unverified) as found:
        await host.shell.act(host.address, *FULL, given=words, **SILENT)
    assert "line one" not in str(found.value)


async def test_a_look_answers_with_what_was_printed(host):
    printed = await host.shell.look(host.address, GDR_HOST, "observe", **PATIENCE)
    assert json.loads(printed)["host"] == "r2-app-b"


async def test_many_look_at_once(host):
    asked = (host.shell.look(host.address, GDR_HOST, "observe", silent_s=1.0, deadline_s=30.0) for _ in range(20))
    assert {json.loads(printed)["host"] for printed in await asyncio.gather(*asked)} == {"r2-app-b"}


async def test_a_look_that_fails_is_transient_with_its_last_word(host):
    with pytest.raises(Transient, match="exit 2: r2-app-b: no power source stands on this host"):
        await host.shell.look(host.address, GDR_HOST, *NO_LOOK[3:], **PATIENCE)


async def test_ok_is_no_proof_only_a_look_is():
    forgetful = FakeShell({"a": Machine(manner=Manner.FORGETS)})
    await forgetful.act("a", "touch", MARK, **SILENT)
    forgetful.machines["a"].manner = Manner.WELL
    with pytest.raises(Transient):
        await forgetful.read("a", "test", "-e", MARK, **PATIENCE)
