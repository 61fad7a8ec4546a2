"""The process that reads one file, as its parent sees it."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

import msgspec

from services.llm.documents.model import Content, DocumentCorrupt, DocumentTooComplex
from services.llm.documents.ports import Progress
from services.llm.documents.reading.assembly import Assembly, Nonsense
from services.llm.documents.reading.bounds import MAX_LINE_BYTES, Limits
from services.llm.documents.reading.naming import ending

ROOT = Path(__file__).parents[4]
# Isolated, so that neither the environment nor the folder decides what is imported.
PROGRAM = (
    sys.executable,
    *("-I", "-B", "-X", "utf8", "-c"),
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from services.llm.documents.reading.child import main; main(*sys.argv[2:])",
    str(ROOT),
)


class Reading:
    """One file being read; `end` may be called by any thread."""

    def __init__(self, program: Sequence[str], limits: Limits) -> None:
        self._program = program
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False
        self._lock = Lock()

    def run(self, file: Path, name: str, progress: Progress) -> Content:
        """Start the process, hear what it says, and see it gone."""
        assembly = Assembly(progress)
        with TemporaryDirectory(prefix="parley-reading-") as folder:
            process = self._start(file, name, folder)
            try:
                assert process.stdout
                while not assembly.content:
                    line = process.stdout.readline(MAX_LINE_BYTES + 1)
                    if not line:
                        # It was killed: by its limits, or by the kernel.
                        raise DocumentTooComplex
                    assembly.hear(line)
            except Nonsense:
                raise DocumentCorrupt from None
            finally:
                self.end()
                process.wait()
                if process.stdout:
                    process.stdout.close()
        return assembly.content

    def _start(self, file: Path, name: str, folder: str) -> subprocess.Popen[bytes]:
        limits = msgspec.json.encode(self._limits).decode()
        with self._lock, file.open("rb") as data:
            if self._ended:
                raise DocumentTooComplex
            # No name but its ending is handed on: others see a process's arguments.
            self._process = subprocess.Popen(
                [*self._program, limits, ending(name)],
                stdin=data,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env={},
                start_new_session=True,
            )
        return self._process

    def end(self) -> None:
        """Kill the process, and whatever it started."""
        with self._lock:
            ended, self._ended = self._ended, True
            # Once only, and before it is waited for: its number is nobody else's yet.
            if self._process and not ended:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
