"""What the processes of a system use: all that descend from it, however deep."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import psutil

# Raised of what ended meanwhile: once reaped, its parent counts it.
ENDED = (psutil.NoSuchProcess, psutil.ZombieProcess)
# The first that matches a process's command names its part.
_PARTS = {
    "envoy": r"(^|/)envoy\b",
    "postgres": r"postgres",
    "redis": r"redis-server",
    "supervisor": r"supervisord",
    "auth": r"services\.auth",
    "chat": r"services\.chat",
    "llm": r"services\.llm",
    "web": r"\bweb\b|static",
}


@dataclass(frozen=True)
class Processes:
    """A process and its descendants."""

    root: int

    def cpu_seconds(self) -> dict[str, float]:
        """Return the user and system time by part, of ended children too.

        A process that ended is counted by the parent that has reaped it.
        """
        used: defaultdict[str, float] = defaultdict(float)
        for process, part in self._running():
            with suppress(*ENDED):
                times = process.cpu_times()
                used[part] += times.user + times.system
                used[part] += times.children_user + times.children_system
        return dict(used)

    def memory(self, kind: Literal["pss", "rss"]) -> dict[str, int]:
        """Return the bytes by part.

        `pss` shares shared pages out; where the system cannot tell, it is `rss`.
        """
        used: Counter[str] = Counter()
        for process, part in self._running():
            with suppress(*ENDED):
                info = process.memory_full_info()
                used[part] += getattr(info, kind, info.rss)
        return dict(used)

    def _running(self) -> Iterator[tuple[psutil.Process, str]]:
        root = psutil.Process(self.root)
        for process in (root, *root.children(recursive=True)):
            try:
                name = process.name()
                command = " ".join(process.cmdline()) or name
            except ENDED:
                continue
            yield process, _part(command, name)


def _part(command: str, name: str) -> str:
    for part, pattern in _PARTS.items():
        if re.search(pattern, command):
            return part
    return name


def used_between(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """Return what was used by part from one reading to the next."""
    return {part: after[part] - before.get(part, 0.0) for part in after}
