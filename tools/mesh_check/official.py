"""Asks the official schemas, as a Kubernetes API server does: `deploy/istio/check`."""

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache

from tools.mesh_check.folder import POLICY

CHECK = POLICY / "check"


@dataclass(frozen=True, slots=True)
class Official:
    """How it ended."""

    text: str
    failed: bool = False
    asked: bool = True


@cache
def why_not() -> str | None:
    """Say why they cannot be asked here; None if they can."""
    if not shutil.which("go"):
        return "there is no `go` on the PATH: install Go 1.26 or newer"
    done = go("list", "-deps", ".")
    if done.returncode:
        return f"Go cannot have their modules: {done.stderr.strip().splitlines()[-1]}"
    return None


def official() -> Official:
    """Ask, or say why not."""
    if reason := why_not():
        return Official(
            f"  - Istio's own schemas were not asked: {reason}", asked=False
        )
    done = go("run", ".", "..")
    return Official((done.stdout + done.stderr).rstrip(), done.returncode != 0)


def go(*arguments: str, asked: str = "") -> subprocess.CompletedProcess[str]:
    """Run Go where the check is."""
    return subprocess.run(
        ["go", *arguments],
        cwd=CHECK,
        input=asked,
        capture_output=True,
        text=True,
        check=False,
    )
