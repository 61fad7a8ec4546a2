"""Processes of a system that a test can kill, freeze and start again."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Process:
    """A program that keeps its command, its address and its log when restarted."""

    command: Sequence[str]
    log: Path
    address: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    running: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Its number."""
        assert self.running, self.command
        return self.running.pid

    async def start(self) -> None:
        """Start it; whether it serves is for others to see."""
        with self.log.open("a") as log:
            self.running = await asyncio.create_subprocess_exec(
                *self.command,
                env={"PATH": os.environ["PATH"], **self.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                user=self.user,
                start_new_session=True,
            )

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.running and self.running.returncode is None:
            self.running.send_signal(number)

    async def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal, and wait until it has ended."""
        self.send(number)
        if self.running:
            await self.running.wait()
