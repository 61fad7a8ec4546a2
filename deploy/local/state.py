"""Where a system on this machine keeps what it must not lose."""

import hashlib
import json
import os
import secrets
import tempfile
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from deploy.local.ports import free, free_port

ROOT = Path(__file__).parents[2]
DEFAULT_PORT = 8080
# A Unix socket's path has at most 107 bytes; the longest name below is 30.
LONGEST_RUN = 75


def random_text() -> str:
    """Make 32 random bytes, as text."""
    return b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True, slots=True)
class State:
    """The folder of one system (`.parley/`), and the port that it is reached on."""

    folder: Path
    port: int

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Read `PARLEY_STATE` and `PARLEY_PORT`."""
        folder = Path(environment.get("PARLEY_STATE") or ROOT / ".parley").resolve()
        port = environment.get("PARLEY_PORT") or str(DEFAULT_PORT)
        if not port.isdecimal() or not 0 < int(port) < 65_536:
            raise SystemExit(f"PARLEY_PORT: {port!r} is not a port, 1 to 65535")
        return cls(folder, int(port))

    @property
    def url(self) -> str:
        """What a browser on this machine opens."""
        return f"http://localhost:{self.port}"

    @property
    def run(self) -> Path:
        """Sockets, process ids and rendered configuration: what a start makes anew."""
        if len(str(self.folder)) <= LONGEST_RUN:
            return self.folder / "run"
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"parley-{os.getuid()}-{name}"

    @property
    def logs(self) -> Path:
        """One file a part."""
        return self.folder / "logs"

    def create(self) -> None:
        """Make the folders; others may pass through, but not look, and read no log."""
        for folder in (self.folder, self.run):
            folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        self.logs.mkdir(exist_ok=True)
        self.logs.chmod(0o700)

    def secret(self, name: str, make: Callable[[], str] = random_text) -> Path:
        """Return the file of a secret of this system, made at its first use."""
        file = self.folder / "secrets" / name
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not file.exists():
            draft = file.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(make())
            draft.rename(file)
        return file

    def ports(self, names: Sequence[str], *, running: bool) -> dict[str, int]:
        """
        Give each name a loopback port, the same one at every start.

        A port that a stranger took while the system was down is replaced.
        """
        file = self.folder / "ports.json"
        known = json.loads(file.read_text()) if file.exists() else {}
        for name in names:
            if name not in known or not (running or free(known[name])):
                known[name] = free_port(known.values())
        file.write_text(json.dumps(known, indent=1))
        return {name: known[name] for name in names}
