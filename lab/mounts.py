"""Mount and unmount by the kernel's own calls: a program for each took longer to start than to do it (mount(2))."""

import ctypes
import os
import pathlib

_LIBC = ctypes.CDLL(None, use_errno=True)


def mount(kind: str, name: str, target: pathlib.Path, options: str) -> None:
    """Mount a file system of some kind, under the name that /proc/mounts shows.

    Raises:
        OSError: The kernel refuses.
    """
    if _LIBC.mount(name.encode(), os.fsencode(target), kind.encode(), 0, options.encode()) != 0:
        _refuse(target)


def unmount(target: pathlib.Path) -> None:
    """Unmount what is mounted last on a folder.

    Raises:
        OSError: Nothing is, or it is in use.
    """
    if _LIBC.umount2(os.fsencode(target), 0) != 0:
        _refuse(target)


def _refuse(target: pathlib.Path) -> None:
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number), str(target))
