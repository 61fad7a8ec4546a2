"""What the child gives up: before it reads anything, and before it parses anything."""

import ctypes
import importlib
import os
import pkgutil
import resource
import signal
import sys
from contextlib import suppress

from services.llm.documents.reading.bounds import Limits

NICENESS = 10
# They import parts of themselves when a file calls for them, which is too late then.
IMPORTED_LATE = ("encodings", "email", "pypdf")
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38


def confine(limits: Limits) -> None:
    """Bound time and memory, write no file, leave the network, die with the parent."""
    os.nice(NICENESS)
    bound(resource.RLIMIT_CORE, 0)
    bound(resource.RLIMIT_FSIZE, 0)
    bound(resource.RLIMIT_CPU, limits.cpu_seconds)
    if sys.platform == "linux":
        bound(resource.RLIMIT_AS, limits.memory_bytes)
        kernel = ctypes.CDLL(None, use_errno=True)
        # A container may refuse it. `seal` leaves no network either.
        kernel.unshare(CLONE_NEWUSER | CLONE_NEWNET)
        kernel.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        kernel.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def seal() -> None:
    """Open nothing from here on, neither file nor socket, and start no process."""
    for name in IMPORTED_LATE:
        if package := sys.modules.get(name):
            modules = pkgutil.walk_packages(package.__path__, f"{name}.")
            for module in modules:
                with suppress(ImportError, AttributeError):  # for other systems
                    importlib.import_module(module.name)
    bound(resource.RLIMIT_NPROC, 0)
    bound(resource.RLIMIT_NOFILE, 0)


def bound(what: int, most: int) -> None:
    """Set a limit that cannot be raised again."""
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(what, (most, most))
