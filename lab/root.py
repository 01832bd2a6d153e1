"""The hosts' private Debian: built once, cached, and never mixed with the machine's own packages."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
from collections.abc import Iterator, Sequence

from lab.command import run
from lab.errors import LabError
from lab.identity import CACHE

SUITE = "bookworm"
PACKAGES = (
    "systemd", "systemd-sysv", "openssh-server", "bind9", "bind9-dnsutils", "unbound", "iptables", "sudo",
    "iproute2", "iputils-ping", "postgresql-15", "python3", "python3-asyncpg", "procps", "netcat-openbsd",
    "ca-certificates",
)  # fmt: skip
PYTHON = "3.11"  # the suite's own
LAYOUT = "6"  # raised when `_make_base` changes, so that an older cache is not taken for this one
POSTGRESQL_BIN = "/usr/lib/postgresql/15/bin"

_LEAN = ("path-exclude=/usr/share/man/*", "path-exclude=/usr/share/doc/*", "path-exclude=/usr/share/locale/*",
         "path-include=/usr/share/doc/*/copyright")  # fmt: skip
# Without this file the PostgreSQL package makes a cluster of its own while it is installed.
_NO_CLUSTER = (
    'mkdir -p "$1"/etc/postgresql-common; echo create_main_cluster=false >"$1"/etc/postgresql-common/createcluster.conf'
)
_FOLDERS = (
    "usr", "proc", "sys", "dev", "run", "tmp", "root", "home", "srv", "opt", "mnt",
    "var/cache", "var/log", "var/lib", "var/spool", "var/tmp",
)  # fmt: skip
_MASKED = (
    "systemd-logind.service", "console-getty.service", "getty@.service", "getty.target",
    "dbus.service", "dbus.socket",
    "systemd-journal-flush.service", "systemd-update-utmp.service", "systemd-update-utmp-runlevel.service",
    "systemd-tmpfiles-clean.timer", "systemd-machine-id-commit.service", "systemd-firstboot.service",
    "systemd-sysusers.service", "systemd-hwdb-update.service", "systemd-networkd-wait-online.service",
    "systemd-timesyncd.service", "systemd-network-generator.service", "systemd-pcrphase.service",
    "systemd-pcrphase-sysinit.service", "systemd-user-sessions.service", "ldconfig.service",
    "proc-sys-fs-binfmt_misc.automount",
    "dev-hugepages.mount", "dev-mqueue.mount", "sys-fs-fuse-connections.mount", "systemd-remount-fs.service",
    "systemd-tmpfiles-setup.service", "systemd-tmpfiles-setup-dev.service", "systemd-binfmt.service",
    "systemd-modules-load.service", "systemd-sysctl.service", "systemd-random-seed.service",
    "systemd-initctl.socket",
    "cryptsetup.target", "integritysetup.target", "veritysetup.target", "swap.target",
    "systemd-ask-password-console.path", "systemd-ask-password-wall.path",
)  # fmt: skip


def path() -> pathlib.Path:
    """Name the cached root by what goes into it."""
    recipe = "\n".join((SUITE, LAYOUT, *PACKAGES, *_LEAN, *_MASKED))
    return CACHE / f"root-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


def tree() -> pathlib.Path:
    """Hold the whole Debian; the hosts see its /usr, read-only."""
    return path() / "tree"


def base() -> pathlib.Path:
    """Hold what every host's own disk begins with."""
    return path() / "base"


def cluster() -> pathlib.Path:
    """Hold an empty PostgreSQL cluster, shut down cleanly."""
    return path() / "cluster"


def ensure() -> pathlib.Path:
    """Build the root unless it is there; of two builders one waits for the other."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with locked(CACHE / "root.lock"):
        if not path().is_dir():
            _build(path())
    return path()


@contextlib.contextmanager
def locked(file: pathlib.Path) -> Iterator[None]:
    """Hold a file's lock; the kernel lets go of it when the process ends, however it ends."""
    descriptor = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _build(target: pathlib.Path) -> None:
    """Build beside the target and rename: an interrupted build is never taken for a root."""
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    _bootstrap(partial / "tree", partial.with_suffix(".log"))
    _make_base(partial / "tree", partial / "base")
    _make_cluster(partial / "tree", partial / "cluster")
    partial.rename(target)


def _bootstrap(target: pathlib.Path, log: pathlib.Path) -> None:
    options = [f"--dpkgopt={option}" for option in _LEAN]
    unpack(target, log, "--variant=minbase", *PACKAGES, options=[*options, f"--essential-hook={_NO_CLUSTER}"])


def unpack(target: pathlib.Path, log: pathlib.Path, variant: str, *packages: str, options: Sequence[str] = ()) -> None:
    """Make a folder of packages of the suite, with all that they need."""
    argv = ["mmdebstrap", "--mode=root", variant, f"--include={','.join(packages)}", *options, SUITE, str(target)]
    sources = _sources()
    with log.open("w") as output:
        done = subprocess.run(
            [*argv, "-"] if sources else argv,
            input=sources,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise LabError(f"mmdebstrap: exit {done.returncode}: read {log}")


def extract(target: pathlib.Path, package: str) -> None:
    """Unpack a package and all that it needs, unless it is there; an interrupted attempt is never taken for it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with locked(CACHE / "root.lock"):
        if target.is_dir():
            return
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        unpack(partial, partial.with_suffix(".log"), "--variant=extract", package)
        partial.rename(target)


def _sources() -> str | None:
    """Use the machine's own package sources where they are Debian's for the same suite, else Debian's."""
    release = pathlib.Path("/etc/os-release").read_text()
    if f"VERSION_CODENAME={SUITE}" not in release:
        return None
    for file in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"):
        with contextlib.suppress(FileNotFoundError):
            text = pathlib.Path(file).read_text()
            if SUITE in text:
                return text
    return None


def _make_base(tree: pathlib.Path, base: pathlib.Path) -> None:
    for folder in _FOLDERS:
        (base / folder).mkdir(parents=True)
    for folder in ("tmp", "var/tmp"):
        (base / folder).chmod(0o1777)
    for link in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if (tree / link).is_symlink():
            (base / link).symlink_to(f"usr/{link}")
    (base / "var/run").symlink_to("/run")
    (base / "var/lock").symlink_to("/run/lock")
    run("cp", "-a", str(tree / "etc"), str(base / "etc"))
    # nspawn looks for this file before it mounts /usr, and does not follow the usual link into it.
    (base / "etc/os-release").unlink()
    shutil.copy(tree / "usr/lib/os-release", base / "etc/os-release")
    _strip(base / "etc")
    _mask(base / "etc/systemd", [file.name for file in (tree / "usr/lib/systemd/system-generators").iterdir()])


def _make_cluster(tree: pathlib.Path, cluster: pathlib.Path) -> None:
    made = "/var/lib/postgresql/data"
    initdb = f"{POSTGRESQL_BIN}/initdb -D {made} -U postgres -A peer -k --no-sync -E UTF8 --locale=C.UTF-8"
    run(
        "chroot",
        str(tree),
        "setpriv",
        "--reuid=postgres",
        "--regid=postgres",
        "--clear-groups",
        *initdb.split(),
    )
    (tree / made.lstrip("/")).rename(cluster)


def _strip(etc: pathlib.Path) -> None:
    """Remove what makes a host unique, what starts by itself, and what only a package manager reads."""
    for file in (
        *etc.glob("ssh/ssh_host_*"),
        etc / "machine-id",
        etc / "hostname",
        etc / "hosts",
        etc / "resolv.conf",
    ):
        file.unlink(missing_ok=True)
    for folder in (
        etc / "systemd/system",
        etc / "apt",
        etc / "dpkg",
        etc / "cron.daily",
        etc / "init.d",
        etc / "unbound",
    ):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in etc.glob("rc?.d"):
        shutil.rmtree(folder)
    # The shared certificate store is the bulk of /etc, and nothing in the laboratory speaks TLS to the world.
    shutil.rmtree(etc / "ssl/certs")
    (etc / "ssl/certs").mkdir()


def _mask(systemd: pathlib.Path, generators: list[str]) -> None:
    """Leave out what a container has no use for: a boot is mostly the start of such programs."""
    for folder, names in (("system", _MASKED), ("system-generators", generators)):
        (systemd / folder).mkdir(parents=True)
        for name in names:
            (systemd / folder / name).symlink_to("/dev/null")
    (systemd / "system/default.target").symlink_to("/usr/lib/systemd/system/multi-user.target")
