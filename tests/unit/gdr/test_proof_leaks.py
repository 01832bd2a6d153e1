"""Neither the signing key nor a seed nor a code leaves its file: everything that could hold one is searched."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from model.approval import Answer
from tasks import evidence, signing
from tasks.approvals import codes, who
from tasks.dns import observe
from tasks.run import environment
from tests.unit.gdr.shell import OPENED, Gdr
from tests.unit.kept.journals import CASE, region

AT = 1_800_000_015.0


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def record(_: object) -> tuple[None, str]:
        return None, "silent"

    monkeypatch.setattr(observe, "record", record)


@pytest.fixture
def coded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Write an environment whose approver gives codes, and whose evidence is mirrored to a disk that is not there."""
    text = Path("deployments/environments/lab.yaml").read_text().replace("name: lab\n", "name: leaks\n", 1)
    (tmp_path / "environments").mkdir()
    added = f"evidence: {{mirror: {{folder: {tmp_path / 'gone'}}}}}\n"
    text = text.replace("[alice, bob]", "[{name: alice, identity: code}]") + added
    (tmp_path / "environments" / "leaks.yaml").write_text(text)
    monkeypatch.setenv("GDR_ENVIRONMENTS", str(tmp_path / "environments"))
    return "leaks"


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file, and what is packed in it; not the two that hold the secrets."""
    for path in folder.rglob("*"):
        if path.is_file() and path not in (signing.path(), codes.path()):
            yield str(path), path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    yield from ((f"{path}:{name}", archive.read(name)) for name in archive.namelist())


def test_no_key_seed_or_code_is_written_or_said(gdr: Gdr, coded: str, tmp_path: Path) -> None:
    evidence.journal(CASE).write_text(region())
    gdr("evidence", "key")
    seed = str(pyotp.parse_uri(codes.enrol("alice", renew=False)).secret)
    code = pyotp.TOTP(seed).at(int(AT))
    answer = Answer(question="q", approver="alice", decision="go", reason="r", channel="prefect-ui", at=AT, code=code)
    found = who.identified(answer, environment(coded))
    assert found.word == "one-time code"
    evidence.append(coded, f"{coded}-1", "a1", "case.opened", OPENED | {"environment": coded})
    evidence.append(
        coded,
        f"{coded}-1",
        "a1",
        "gate.refused",
        {"approver": "alice", "answer": repr(answer), "code_step": found.step},
    )
    assert "was given before" in who.identified(answer, environment(coded)).reasons[0]
    said = [
        gdr(*words)
        for words in (
            ("evidence", "key", "--json"),
            ("evidence", "bundle", f"{coded}-1"),
            ("evidence", "bundle", f"{coded}-1", "--json"),
            ("evidence", "verify", f"{coded}-1", "--json"),
            ("evidence", "mirror", coded),
            ("approver", "alice"),
            ("report", f"{coded}-1", "--html"),
            ("report", f"{coded}-1", "--json"),
            ("cases", coded, f"{coded}-1"),
        )
    ]
    heap = [("said", "".join(each.out + each.err for each in said).encode()), *contents(tmp_path)]
    assert any(name.endswith(":manifest.sig") for name, _ in heap)
    secrets = {
        "key": signing.path().read_text().splitlines()[1],
        "seed": seed,
        "code": f"'{code}'",
        "spoken": f" {code} ",
    }
    assert [
        f"{what} in {name}" for name, text in heap for what, secret in secrets.items() if secret.encode() in text
    ] == []
