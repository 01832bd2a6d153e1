"""How evidence is kept is judged, and stands in no runbook's way."""

import pytest

from model.readiness.proofs import Keeping, lines


@pytest.mark.parametrize(("signs", "verdict"), [(True, "green"), (False, "red")])
def test_a_missing_key_is_red_and_blocks_nothing(signs: bool, verdict: str) -> None:  # noqa: FBT001
    (line,) = lines("lab", Keeping(signer="ed25519:AA=", signs=signs))
    assert (line.verdict, line.found, line.blocks) == (verdict, "ed25519:AA=", ())
