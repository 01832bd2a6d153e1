"""What must stand in no file: paths of somebody's machine, hosts of package registries, secrets."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT, files, plant

ACCOUNTS = "dr|gdr|genesys|postgres"  # of the laboratory's hosts
HOMES = rf"root|work|home/(?!(?:{ACCOUNTS})\b)[a-z]\w*"
FORBIDDEN = {
    "a path of one machine": rf"(?<![\w.}}~-])/(?:{HOMES})(?=[/\s\"'`,;:)]|$)",
    "a registry's host": r"https?://[^/\s\"']*\b(?:pypi|pythonhosted|artifact\w*|nexus|devpi|registry|mirror)\b",
    "a registry's setting": r"--(?:extra-)?index-url|--find[-]links",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{20}",
    "a token": r"\b(?:xox[abprs]-\w{8}|xapp-\d-\w{8}|gh[opsu]_\w{20}|github_pat_\w{20}|AKIA[0-9A-Z]{16})",
}
EXEMPT = {"lab/host.py": "the home of root inside a host of the laboratory"}


def finds(root: Path, paths: Iterable[Path], exempt: Iterable[str] = ()) -> Iterator[str]:
    for path in paths:
        name = str(path.relative_to(root))
        text = path.read_text(errors="replace")
        for what, pattern in FORBIDDEN.items():
            if name not in exempt and (found := re.search(pattern, text, re.MULTILINE)):
                yield f"{name}:{text.count(chr(10), 0, found.start()) + 1}: {what}: {found[0][:40]!r}"


def test_no_forbidden_words() -> None:
    assert list(finds(ROOT, files(), EXEMPT)) == []


def test_no_exemption_is_stale() -> None:
    assert [name for name in EXEMPT if not list(finds(ROOT, [ROOT / name]))] == []


@pytest.mark.parametrize(
    "text",
    [
        "cd /" + "work/main",
        "key: /" + "root/.ssh/id",
        '"/' + 'root"',
        "see /" + "home/anna/notes",
        "https://" + "pypi.org/simple/x",
        "https://files." + "pythonhosted.org/x",
        "https://eu." + "artifactory.example.com/api",
        "pip install --" + "index-url x",
        "-----BEGIN OPENSSH " + "PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXktdjEA" * 2,
        "SLACK=xoxb" + "-123456789-abc",
        "ghp_" + "a" * 36,
        "AKIA" + "ABCDEFGHIJKLMNOP",
    ],
)
def test_a_forbidden_word_is_noticed(tmp_path: Path, text: str) -> None:
    assert len(list(finds(tmp_path, [plant(tmp_path, "notes.md", f"first\n{text}\n")]))) == 1


@pytest.mark.parametrize("text", ["overlay/work/x", "/home/gdr/.ssh", "/workspace", "the /rooted tree", "docs/root/x"])
def test_an_innocent_word_is_not(tmp_path: Path, text: str) -> None:
    assert list(finds(tmp_path, [plant(tmp_path, "notes.md", text)])) == []
