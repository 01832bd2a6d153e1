"""How evidence is kept is judged, and stands in no runbook's way."""

import pytest

from model.readiness.blocked import EVERY
from model.readiness.proofs import Keeping, lines


@pytest.mark.parametrize(("signs", "verdict"), [(True, "green"), (False, "red")])
def test_a_missing_key_is_red_and_blocks_nothing(signs: bool, verdict: str) -> None:  # noqa: FBT001
    line, _ = lines("lab", Keeping(signer="ed25519:AA=", signs=signs))
    assert (line.verdict, line.found, line.blocks) == (verdict, "ed25519:AA=", ())


@pytest.mark.parametrize(("known", "verdict"), [(True, "green"), (False, "red"), (None, "unknown")])
def test_an_update_key_that_the_writer_does_not_know_blocks_whatever_takes_an_epoch(
    known: bool | None,  # noqa: FBT001
    verdict: str,
) -> None:
    _, line, _ = lines("lab", Keeping(signer="", signs=True, updates=("ns1: so it says", known)))
    assert (line.verdict, line.found, line.blocks) == (verdict, "ns1: so it says", EVERY)


def test_an_approver_without_a_seed_is_red_and_blocks_where_nobody_else_can_answer() -> None:
    codes = (("alice", True), ("bob", False))
    _, alice, bob, _ = lines("lab", Keeping(signer="", signs=True, codes=codes))
    assert [(line.subject, line.verdict, line.blocks) for line in (alice, bob)] == [
        ("alice", "green", ()), ("bob", "red", ()),
    ]  # fmt: skip
    _, alone, _ = lines("lab", Keeping(signer="", signs=True, codes=codes[1:], nobody=True))
    assert (alone.verdict, alone.blocks) == ("red", EVERY)


def test_a_mirror_that_fails_is_red_and_blocks_nothing_and_none_is_said_to_be_none() -> None:
    mirrors = (("folder /far", ""), ("folder /second", "No space left on device"))
    _, *found = lines("lab", Keeping(signer="ed25519:AA=", signs=True, mirrors=mirrors))
    assert [(line.verdict, line.blocks) for line in found] == [("green", ()), ("red", ())]
    assert found[0].found == "folder /far: written to, and has every record"
    assert found[1].found == "folder /second: No space left on device"
    _, none = lines("lab", Keeping(signer="ed25519:AA=", signs=True))
    assert (none.verdict, none.blocks) == ("not_yet", ())
