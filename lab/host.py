"""One host: its systemd is PID 1 of a container, and losing power is losing that process."""

import json
import os
import pathlib
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence

from lab import cgroup, network, process, redis, root
from lab.command import wait_until
from lab.errors import LabError
from lab.identity import CHECKOUT, Identity
from lab.topology import Host, Topology

_BOOT_S = 60
_OFF_S = 30
_KNOCK_S = 0.25
_GREETING_S = 1.0
# Puts itself into its groups, then becomes nspawn: in a shared group all hosts' PID 1 would be one payload.
_ENTER = """\
for group; do
  [ "$group" = -- ] && break
  echo $$ >"$group/cgroup.procs" || exit 1
  shift
done
shift
exec "$@"
"""
# Compiling the filters of system calls is a third of a boot, and nothing strange runs in a laboratory.
_NO_FILTERS = {"SYSTEMD_SECCOMP": "0"}
_USR = pathlib.Path("/usr")
_LOCAL = pathlib.Path("/usr/local")
_HOST_HAS_SYSTEMD = pathlib.Path("/run/systemd/system")


def power_on(lab: Identity, topology: Topology, host: Host) -> subprocess.Popen[bytes]:
    """Boot a host on a fresh network. The caller reaps the process it gets."""
    if init_pid(lab, host) is not None:
        raise LabError(f"{host.name}: is already on")
    network.attach(lab, topology, host)
    log = lab.state / "log"
    log.mkdir(exist_ok=True)
    with (log / host.name).open("ab") as output:
        return subprocess.Popen(
            [*_place(lab, host), *_nspawn(lab, host)], env={**os.environ, **_NO_FILTERS},
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip


def _place(lab: Identity, host: Host) -> list[str]:
    """Give a host its own control group: a scope where the machine runs systemd, made by hand elsewhere."""
    name = lab.name(host.name)
    if _HOST_HAS_SYSTEMD.is_dir():
        return ["systemd-run", "--scope", "--quiet", "--collect", "-p", "Delegate=yes", f"--unit={name}"]
    return ["sh", "-c", _ENTER, "sh", *(str(group) for group in cgroup.create(name)), "--"]


def _nspawn(lab: Identity, host: Host) -> list[str]:
    name = lab.name(host.name)
    return [
        "systemd-nspawn", "--quiet", "--register=no", "--keep-unit",
        f"--machine={name}", f"--hostname={host.name}", "-D", str(lab.disk(host.name)),
        f"--bind-ro={root.tree()}/usr:/usr", "--tmpfs=/tmp:mode=1777", *_binds(lab, host),
        f"--network-namespace-path={lab.netns(host.name)}", "--capability=CAP_NET_ADMIN,CAP_NET_RAW",
        *(f"--setenv={name}={value}" for name, value in _NO_FILTERS.items()),
        "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=passive", "--boot",
    ]  # fmt: skip


def _binds(lab: Identity, host: Host) -> Iterator[str]:
    if host.role == "power":
        yield f"--bind={lab.state}/power:/opt/lab/socket"
    if host.role == "control":
        yield f"--bind={lab.state}/relay:/opt/lab/relay"
        yield from (f"--bind-ro={path}" for path in python_paths())
        if redis.tree().is_dir():
            yield f"--bind-ro={redis.tree()}:{redis.PLACE}"


def python_paths() -> list[str]:
    """List what the checkout's Python needs, to be bound at equal paths, for scripts hold absolute ones."""
    wanted = {CHECKOUT, *venv_prefixes()}
    # Debian's own /usr stands for the machine's; what was built by hand lies under /usr/local.
    outside = {
        path for path in wanted if path != _USR and (_USR not in path.parents or _LOCAL in (path, *path.parents))
    }
    return sorted(str(path) for path in outside if not outside.intersection(path.parents))


def venv_prefixes() -> tuple[pathlib.Path, ...]:
    """Return the folders of the virtualenv, which may be a link, of the Python it was made from, and of the program."""
    asked = "import json, sys; print(json.dumps([sys.prefix, sys.base_prefix, sys.executable]))"
    done = subprocess.run([venv_python(), "-I", "-c", asked], capture_output=True, text=True, check=True)
    prefix, base, executable = map(pathlib.Path, json.loads(done.stdout))
    return prefix, prefix.resolve(), base, executable.resolve().parents[1]


def venv_python() -> pathlib.Path:
    """Name the Python that ctl runs the product with: the checkout's own, else the one running now."""
    own = CHECKOUT / ".venv/bin/python"
    return own if own.exists() else pathlib.Path(sys.executable)


def init_pid(lab: Identity, host: Host) -> int | None:
    """Return a host's PID 1 as the machine numbers it; None when the host is off."""
    for group in cgroup.named(lab.name(host.name)):
        for pid in sorted(cgroup.members(group)):  # it is among the oldest
            if process.is_guest_init(pid):
                return pid
    return None


def power_off(lab: Identity, host: Host) -> None:
    """Cut a host's power: first the cable, so that no peer hears it die, then PID 1."""
    network.unplug(lab, host)
    pid = init_pid(lab, host)
    if pid is None:
        return
    process.kill([pid])
    groups = list(cgroup.named(lab.name(host.name)))
    wait_until(f"{host.name}: power off", lambda: not any(cgroup.members(group) for group in groups), _OFF_S)


def enter(lab: Identity, host: Host, argv: Sequence[str], user: str | None = None) -> list[str]:
    """Return the command line that runs a command inside a host."""
    pid = init_pid(lab, host)
    if pid is None:
        raise LabError(f"{host.name}: is off: python -m lab mend power-off {host.name}")
    inside = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *argv] if user else list(argv)
    # nsenter goes back to where it was started from; `env -C` leaves that place, which is none inside.
    inside = ["env", "-i", "-C", "/", *_environment(host, user), *inside]
    return ["nsenter", "-t", str(pid), "-m", "-u", "-i", "-n", "-p", "-r", *inside]


def _environment(host: Host, user: str | None) -> list[str]:
    account = user or "root"
    home = "/root" if account == "root" else f"/home/{account}"
    return [f"HOME={home}", f"USER={account}", f"LOGNAME={account}", f"HOSTNAME={host.name}", "LANG=C.UTF-8",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]  # fmt: skip


def execute(  # noqa: PLR0913  # who, where, what, and the two ends of a pipe
    lab: Identity,
    host: Host,
    argv: Sequence[str],
    *,
    user: str | None = None,
    stdin: str | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run a command inside a host."""
    done = subprocess.run(enter(lab, host, argv, user), input=stdin, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise LabError(f"{host.name}: {shlex.join(argv)[:100]}: exit {done.returncode}: {words}")
    return done


def answers_on(lab: Identity, topology: Topology, host: Host, port: int) -> bool:
    """Tell whether something on a host accepts a connection that comes from the control host's network."""
    (control,) = topology.with_role("control")
    try:
        network.connect(lab.netns(control.name), host.address, port, _KNOCK_S).close()
    except OSError:
        return False
    return True


def answers_ssh(lab: Identity, topology: Topology, host: Host) -> bool:
    """Tell whether a host's sshd greets a client that comes from the control host's network."""
    (control,) = topology.with_role("control")
    try:
        with network.connect(lab.netns(control.name), host.address, 22, _KNOCK_S) as connection:
            connection.settimeout(_GREETING_S)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def wait_for_ssh(lab: Identity, topology: Topology, host: Host) -> None:
    """Wait until a host is up."""
    wait_until(
        f"{host.name}: sshd (read {lab.state}/log/{host.name})",
        lambda: answers_ssh(lab, topology, host),
        _BOOT_S,
    )
