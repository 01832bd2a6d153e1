"""A control host made by what docs/operate.md tells to type, on one from which everything of the product was taken."""

import json
import re

import pytest

from lab import credentials, web
from lab.api import Lab
from lab.command import wait_until
from lab.identity import CHECKOUT, Identity
from lab.services.prefect import blocks

pytestmark = [pytest.mark.timeout(600), pytest.mark.campaign]  # a laboratory of its own, and a database to migrate

PAGE = CHECKOUT / "docs/operate.md"
UNITS = "prefect-server gdr-register prefect-worker gdr-sampler@lab gdr-watchdog@lab"
HOST, STARTED, *_ = re.findall(r"^ *```bash\n(.*?)^ *```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
EMPTIED = f"""\
systemctl disable --quiet --now {UNITS}
rm -r /etc/systemd/system/*.service /etc/genesys-dr /var/lib/genesys-dr /var/lib/prefect
runuser -u postgres -- psql -qc 'drop database prefect' -c 'drop role prefect'
cd /var/lib/postgresql/data
echo 'local all all peer' >pg_hba.conf
: >pg_ident.conf
systemctl daemon-reload
systemctl reload postgresql
userdel -rf dr 2>/dev/null
ln -s {CHECKOUT} /opt/genesys-dr
"""


@pytest.fixture(scope="module")
def emptied(identity):
    """A laboratory whose control host has PostgreSQL and the checkout, and nothing else of ours."""
    lab = Lab.up(Identity(f"{identity.id[:5]}p"), bare=True)
    typed(lab, "cp /etc/systemd/system/ui-relay.service /etc/systemd/system/postgresql.service /run/systemd/system")
    known = lab.exec("ctl", ["cat", "/home/dr/.ssh/known_hosts"], check=True).stdout
    typed(lab, EMPTIED)
    yield lab, json.dumps(blocks(credentials.load(lab.identity), known))
    lab.down()


def typed(lab, text):
    """Type a block into a shell of root; it ends at the first line that fails."""
    done = lab.exec("ctl", ["bash", "-euo", "pipefail"], stdin=text)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_the_page_tells_to_type_makes_a_control_host(emptied):
    lab, access = emptied
    typed(lab, HOST)
    typed(lab, f"install -o dr -m 0600 /dev/stdin /etc/genesys-dr/blocks.yaml <<'END'\n{access}\nEND\n")
    assert typed(lab, STARTED).count("made (0600)") == 3  # password, key of the blocks, key that signs
    typed(lab, f"systemctl is-active {UNITS} && systemctl is-enabled {UNITS}")
    owners = typed(lab, "stat -c '%U %a' /etc/genesys-dr/*.yaml /etc/genesys-dr/*.environment /etc/genesys-dr/*.key")
    assert set(owners.splitlines()) == {"dr 600"}
    word = typed(lab, '. /etc/genesys-dr/password.environment && printf %s "$PREFECT_API_AUTH_STRING"')
    wait_until("a worker of the new host", lambda: web.has_worker(lab.port, word), 120)
    as_dr = STARTED.splitlines()[0] + "\nset -a; . /etc/genesys-dr/password.environment; cd /opt/genesys-dr\n"
    assert "lab-ssh" in typed(lab, f"{as_dr} runuser -u dr -- gdr blocks check lab")
