"""Run every check that needs no running system, and name those that fail."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
BUF = "web/node_modules/.bin/buf"
BREAKING = {
    "use": ["FILE", "PACKAGE_MESSAGE_NO_DELETE"],
    # It knows no better from worse; tests of the edge and the mesh hold what may be
    # asked again.
    "except": ["RPC_SAME_IDEMPOTENCY_LEVEL"],
    # Moved to document.proto since: to be forgotten at the next release.
    "ignore_only": {"MESSAGE_NO_DELETE": ["parley/llm/v1/document_service.proto"]},
}
CHECKS = {
    # First, because it also collects the protos of others, which buf reads.
    "generated code": [sys.executable, "-m", "tools.generate", "--check"],
    "ruff": ["ruff", "check", "--quiet"],
    "ruff format": ["ruff", "format", "--quiet", "--check"],
    "mypy": ["mypy"],
    "import-linter": ["lint-imports", "--no-cache"],
    "buf lint": [BUF, "lint"],
    "buf format": [BUF, "format", "--diff", "--exit-code"],
    # Image against image: the modules of buf.yaml hold others' protos too.
    "buf breaking": [
        *(BUF, "breaking", "gen/parley.binpb", "--against", "gen/released.binpb"),
        *("--config", json.dumps({"version": "v2", "breaking": BREAKING})),
    ],
    "file length": [sys.executable, "-m", "tools.file_length"],
    "eslint": ["npm", "--prefix", "web", "run", "--silent", "lint"],
    "tsc": ["npm", "--prefix", "web", "run", "--silent", "typecheck"],
}


def main() -> None:
    """Run all checks, however many fail."""
    failed = []
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])
    here = {**os.environ, "PATH": path}
    for name, command in CHECKS.items():
        done = subprocess.run(
            command, cwd=ROOT, env=here, capture_output=True, text=True, check=False
        )
        print(f"  {'✗' if done.returncode else '✓'} {name}", flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stdout + done.stderr)
    if failed:
        sys.exit(f"lint failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
