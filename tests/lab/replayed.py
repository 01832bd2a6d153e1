"""Trace conformance: what a laboratory's journals hold is replayed through the model."""

import json

from jsonschema import Draft202012Validator

from lab.api import Lab
from model.environment.load import parse
from model.evidence import read
from model.explore.conformance import violations
from tasks.bundles import SCHEMAS


def require_conformant(lab: Lab) -> None:
    """Fail where a journal shows what the model does not allow, or what its schema does not know."""
    environment = parse(lab.topology.file.read_text(), lab.topology.file.name)
    journals = sorted((lab.identity.disk("ctl") / "var/lib/genesys-dr/cases").glob("*.jsonl"))
    found = {path.name: violations(environment, read(path.read_bytes(), path.name)) for path in journals}
    strayed = {name: said for name, said in found.items() if said}
    assert not strayed, strayed
    unknown = [fault for path in journals for fault in strange(path.read_text())]
    assert not unknown, unknown


def strange(journal: str) -> list[str]:
    """List what the journal's JSON schema, which is handed out with it, does not allow."""
    valid = Draft202012Validator(json.loads((SCHEMAS / "journal.json").read_text()))
    return [error.message for line in journal.splitlines() for error in valid.iter_errors(json.loads(line))]
