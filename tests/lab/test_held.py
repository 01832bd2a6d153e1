"""A fault in the middle of a switch: HELD says where it stands, the same command goes on, and no secret gets out."""

import pytest

from lab.drill.proof import require_target
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
