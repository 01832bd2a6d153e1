"""A component that is deployed: the site's installer, then what was rendered for it, then its pair's own proof."""

import json
import os
import pwd
import sys
from pathlib import Path

from gdr_host.epoch import stored_epoch, sync_folder, write_atomically
from gdr_host.host import FAILED, USAGE, Facts, Fault, under_root
from gdr_host.program import checked, run, said
from gdr_host.services import listening
from gdr_host.survey import MARK, PAIR, deployment_of, end_unknown, left_in

INSTALL_S = 600
UNITS = "/etc/systemd/system"
MOST_BYTES = 1 << 20


def component_install(facts: Facts, component: Facts) -> None:
    """Run the site's installer in a folder that carries our mark, unless it has ended well there before.

    Raises:
        Fault: The folder holds what nobody marked, or what an installer left whose end nobody knows; or it failed.
    """
    name, folder = deployment_of(facts)["name"], _folder(facts, component)
    mark = json.loads((folder / MARK).read_text()) if (folder / MARK).exists() else {}
    if mark.get("name", name) != name or (not mark and folder.is_dir() and any(folder.iterdir())):
        raise Fault(FAILED, f"{folder}: is not of this deployment: move it away, then deploy again")
    if mark.get("installed"):
        print(f"{folder}: installed before")
        return
    if not component.get("install"):
        raise Fault(FAILED, f"{component['unit']}: host.json names no installer: name it in the environment file")
    if end_unknown(mark) and left_in(folder):
        what = "its installer was begun and nobody knows how it ended"
        raise Fault(FAILED, f"{folder}: {what}: see what it has done, empty the folder, then deploy again")
    _install(component, folder / MARK, name)


def _install(component: Facts, mark: Path, name: str) -> None:
    """Run it between two marks: where there is only the first, nobody knows how it ended."""
    _write(mark, {"name": name, "installed": False})
    ran = run(*component["install"], within=INSTALL_S)
    if ran.returncode > 0:
        _write(mark, {"name": name, "installed": False, "exit": ran.returncode})
    if ran.returncode:
        raise Fault(FAILED, f"{' '.join(component['install'])}: exit {ran.returncode}: {said(ran)}")
    _write(mark, {"name": name, "installed": True})


def component_configure(facts: Facts, component: Facts, files: dict[str, str]) -> None:
    """Write what was rendered for a component that does not run, and let systemd know its unit.

    Raises:
        Fault: It runs, or its folder is not ours.
    """
    if listening(component["port"]):
        raise Fault(
            FAILED, f"{component['unit']}: listens on port {component['port']}: stop it before it is configured"
        )
    if not (_folder(facts, component) / MARK).exists():
        raise Fault(FAILED, f"{_folder(facts, component)}: has no mark of this deployment: component-install first")
    account = pwd.getpwnam(deployment_of(facts)["account"])
    for path, text in files.items():
        place(under_root(path), text, group=account.pw_gid, mode=_mode(path))
    checked("systemctl", "daemon-reload", within=30)
    if component["started_by"] == "service":
        checked("systemctl", "enable", component["unit"], within=30)


def pair_note(facts: Facts) -> None:
    """Keep that this pair was seen to switch over and back."""
    _write(PAIR, {"name": deployment_of(facts)["name"], "epoch": stored_epoch()})


def names_pin(facts: Facts, pairs: dict[str, str]) -> None:
    """Let the framework's names mean these addresses on this host, whatever DNS says; all other names stay."""
    hosts, ours = under_root("/etc/hosts"), {name.lower() for name in pairs}
    kept = [left for line in hosts.read_text().splitlines() if (left := _without(line, ours)) is not None]
    lines = [*kept, *(f"{address} {name}" for name, address in pairs.items())]
    write_atomically(hosts, "\n".join(lines) + "\n")
    print(f"{hosts}: {', '.join(facts['names'])} pinned")


def _without(line: str, ours: set[str]) -> str | None:
    """Return a line of the hosts file without these names; None where it has no other."""
    address, *names = line.partition("#")[0].split() or [""]
    left = [name for name in names if name.lower() not in ours]
    if left == names:
        return line
    _, mark, comment = line.partition("#")
    return f"{address} {' '.join(left)}{f' {mark}{comment}' if mark else ''}" if left else None


def read_files(facts: Facts, component: Facts) -> dict[str, str]:
    """Read the rendered files from standard input, and judge each path before anything is held."""
    files = given(sys.stdin.read(MOST_BYTES + 1))
    unit, home = component["unit"], deployment_of(facts)["home"]
    places, own = (f"{home}/", f"{UNITS}/{unit}.service.d/"), f"{UNITS}/{unit}.service"
    wrong = [path for path in files if (path != own and not path.startswith(places)) or ".." in Path(path).parts]
    if wrong:
        raise Fault(USAGE, f"{', '.join(wrong)}: not a file of {unit}")
    return files


def given(text: str) -> dict[str, str]:
    """Read a JSON object of texts. What it holds is never repeated: it may be secret."""
    try:
        found = json.loads(text) if len(text) <= MOST_BYTES else None
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Fault(USAGE, "standard input: not one JSON object of texts")
    return found


def place(path: Path, text: str, *, mode: int, owner: int = 0, group: int = 0) -> None:
    """Replace a file whole; nobody may read it before it belongs to whom it is meant for."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    scratch = path.with_name(f"{path.name}.genesys-dr-new")
    scratch.unlink(missing_ok=True)
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        os.fchown(file.fileno(), owner, group)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    sync_folder(path.parent)


def _mode(path: str) -> int:
    if path.endswith("/run.sh"):
        return 0o755
    return 0o644 if path.startswith(UNITS) else 0o640


def _folder(facts: Facts, component: Facts) -> Path:
    return under_root(f"{deployment_of(facts)['home']}/{component['unit']}")


def _write(path: Path, note: Facts) -> None:
    write_atomically(path, json.dumps(note) + "\n")
