"""A deploy whose process dies at any line goes on when it is run again; a laboratory of its own, bare as at first."""

import pytest

from tests.lab.bare.deployed import deploying, require_deployed
from tests.lab.kill.relay import relay


@pytest.mark.campaign
def test_a_deploy_killed_at_every_record_ends_in_two_regions(bare):
    killed = relay(bare, lambda: deploying(bare))
    assert len(killed) > 60, killed
    require_deployed(bare)
