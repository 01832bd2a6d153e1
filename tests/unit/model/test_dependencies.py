import pytest

from model.dependencies import ORDER, stopped
from model.environment.document import Site
from tests.unit.model.builders import environment
from tests.unit.model.steady import lab


@pytest.mark.parametrize("region", ["region1", "region2"])
def test_in_the_laboratory_every_stage_outlives_a_region(region: Site) -> None:
    assert stopped(lab(), region) == {}


def test_without_the_third_site_nothing_runs() -> None:
    assert tuple(stopped(lab(), "third")) == ORDER


def test_a_dependency_stops_the_stages_that_need_it() -> None:
    vault = "\n  - {name: kv, kind: vault, address: 198.18.1.99, site: region1, needed_by: [fence, database]}"
    known = lab("dependencies:", "dependencies:" + vault)
    assert stopped(known, "region1") == {"fence": ("vault kv",), "database": ("vault kv",)}
    assert stopped(known, "region2") == {}


def test_what_is_listed_twice_is_named_once() -> None:
    assert stopped(lab(), "third")["epoch"].count("control host") == 1
    assert "control_host control" not in stopped(lab(), "third")["epoch"]


def test_a_lost_power_source_stops_the_fence_alone() -> None:
    moved = tuple(source.model_copy(update={"site": "region2"}) for source in lab().power)
    known = lab().model_copy(update={"power": moved})
    assert stopped(known, "region2") == {"fence": ("power source power",)}


def test_where_the_framework_rests_without_power_a_lost_source_stops_the_stage_that_gives_it() -> None:
    known = environment(*[("dormant: stopped", "dormant: powered_off")] * 2)
    without_control = known.control.model_copy(update={"site": "region1"})
    known = known.model_copy(update={"control": without_control, "dependencies": ()})
    assert stopped(known, "third")["fence"] == ("power source power",)
    assert stopped(known, "third")["database"] == ("power source power",)
    assert "framework" not in stopped(known, "third")


def test_one_lost_resolver_is_a_debt_and_all_of_them_stop_the_proof() -> None:
    fwd = "    - {name: fwd, address: 198.18.0.54, site: third, access: lab-ssh}"
    one = lab(fwd, fwd.replace("third", "region1"))
    assert stopped(one, "region1") == {"prove": ("resolver fwd",)}
    two = lab(
        fwd,
        fwd.replace("third", "region1") + "\n    - {name: fwd2, address: 198.18.2.54, site: region2, access: lab-ssh}",
    )
    assert stopped(two, "region1") == {}
