"""Asks the official schemas, as a Kubernetes API server does: `deploy/istio/check`."""

import shutil
import subprocess
from dataclasses import dataclass

from tools.mesh_check.folder import POLICY

CHECK = POLICY / "check"


@dataclass(frozen=True, slots=True)
class Official:
    """How it ended."""

    text: str
    failed: bool = False


def official() -> Official:
    """Run it, or say why not."""
    if not shutil.which("go"):
        return Official(
            "  - Istio's own schemas were not asked: there is no `go` on the PATH. "
            "Install Go 1.26 or newer, and run `make mesh-check` again."
        )
    done = subprocess.run(
        ["go", "run", ".", ".."], cwd=CHECK, capture_output=True, text=True, check=False
    )
    text = (done.stdout + done.stderr).rstrip()
    return Official(text, done.returncode != 0)
