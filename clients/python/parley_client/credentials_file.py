"""Credentials in the home directory, shared by every terminal of a person."""

import asyncio
import fcntl
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import NamedTemporaryFile

from parley_client.credentials import Credential

LOOK_SECONDS = 0.02
LOCK_SECONDS = 30.0


def default_path() -> Path:
    """Return where a person's credentials are (XDG Base Directory)."""
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home).expanduser() / "parley" / "credentials.json"


class FileCredentials:
    """Keeps credentials in a file that only its owner can read."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or default_path()

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A file of its own, because the other one is replaced at every save.
        lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            await self._wait_for(lock)
            yield
        finally:
            os.close(lock)

    async def _wait_for(self, lock: int) -> None:
        for _ in range(int(LOCK_SECONDS / LOOK_SECONDS)):
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await asyncio.sleep(LOOK_SECONDS)
        raise TimeoutError(f"another process has locked {self._path} for too long")

    def load(self, url: str) -> Credential | None:
        fields = self._read().get(url)
        return Credential(**fields) if fields else None

    def save(self, url: str, credential: Credential) -> None:
        # What is empty is left out, so that older versions can read the file.
        fields = {key: value for key, value in asdict(credential).items() if value}
        self._write(self._read() | {url: fields})

    def forget(self, url: str) -> None:
        kept = self._read()
        if kept.pop(url, None):
            self._write(kept)

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            kept = json.loads(self._path.read_text())
            # Reading them all tells now, and not later, that one is damaged.
            for fields in kept.values():
                Credential(**fields)
            return dict(kept)
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError) as error:
            raise OSError(f"{self._path} is damaged; remove it") from error

    def _write(self, kept: dict[str, dict[str, str]]) -> None:
        # Whole or not at all, whenever the power goes. A temporary file is 0600.
        with NamedTemporaryFile(
            "w", dir=self._path.parent, prefix=".credentials-", delete=False
        ) as file:
            try:
                json.dump(kept, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, self._path)
            except BaseException:
                os.unlink(file.name)
                raise
