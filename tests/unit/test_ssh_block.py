"""The SSH block before it has reached anybody."""

import pytest
from pydantic import SecretStr

from blocks.ssh import SshAccess
from model.errors import Refused

ADDRESS = "127.0.0.1"


async def test_a_block_without_a_key_is_refused_and_not_quoted():
    block = SshAccess(username="gdr", private_key=SecretStr("sesame"), known_hosts="known")
    with pytest.raises(Refused, match="correct private_key or known_hosts in its block") as caught:
        await block.read(ADDRESS, "true", silent_s=1.0, deadline_s=2.0)
    assert "sesame" not in str(caught.value)
