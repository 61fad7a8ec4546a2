"""Installs the peers, each in an environment of its own: `python -m tests.bench.peers`.

With `--lock`, chooses their newest versions anew.
"""

import subprocess
import sys
from pathlib import Path

from rich.console import Console

from tests.bench.peers.running import environment

HERE = Path(__file__).parent
NEEDED = {
    "litellm": ["litellm[proxy]"],
    "langchain": ["fastapi", "langchain-openai", "uvicorn[standard]"],
}
_UV = [sys.executable, "-m", "uv"]


def lock(peer: str) -> None:
    """Write the exact versions and their hashes, without saying where they are from."""
    flags = ["--universal", "--python-version=3.11", "--generate-hashes"]
    flags += ["--no-emit-index-url", "--no-header", "--upgrade", "--quiet"]
    subprocess.run(
        [*_UV, "pip", "compile", "-", *flags, f"--output-file={HERE / peer}.lock"],
        input="\n".join(NEEDED[peer]),
        text=True,
        check=True,
    )


def install(peer: str) -> None:
    """Make the peer's environment what its lock says."""
    folder = environment(peer)
    if not (folder / "bin" / "python").exists():
        subprocess.run([*_UV, "venv", "--quiet", folder], check=True)
    sync = ["pip", "sync", "--quiet", f"--python={folder}", "--require-hashes"]
    subprocess.run([*_UV, *sync, HERE / f"{peer}.lock"], check=True)


def main() -> None:
    """Install all peers."""
    console = Console()
    for peer in NEEDED:
        if "--lock" in sys.argv[1:]:
            lock(peer)
        with console.status(f"Installing {peer} …"):
            install(peer)
        console.print(f"[green]✓[/] {peer} in {environment(peer)}")


if __name__ == "__main__":
    main()
