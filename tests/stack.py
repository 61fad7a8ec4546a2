"""The whole system, as `make up` starts it, over a scripted model."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.ports import free_port
from deploy.local.state import ROOT, State
from tests.canaries.looking import in_system, in_text, refuse
from tests.canaries.secrets import KEY
from tests.doubles.collector import Collector, collecting
from tests.doubles.openai_server import serving
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream

MODEL = "scripted"

# What the model answers, unless a test says otherwise.
USUAL = Script(tokens=words(20))


@dataclass(frozen=True)
class Stack:
    """A running system: where it is, and the model and the collector."""

    url: str
    upstream: Upstream
    collector: Collector
    environment: Mapping[str, str]

    @property
    def state(self) -> Path:
        """Its state folder."""
        return Path(self.environment["PARLEY_STATE"])

    async def local(self, command: str) -> str:
        """Run `python -m deploy.local COMMAND` on it; return what it prints."""
        return await run_module("deploy.local", command, environment=self.environment)


async def run_module(
    module: str, *arguments: str, environment: Mapping[str, str], code: int = 0
) -> str:
    """Run `python -m MODULE …`, see how it ends; return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        cwd=ROOT,
        env={**os.environ, **environment, "NO_COLOR": "1", "COLUMNS": "160"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == code, output.decode()
    refuse(in_text(f"the output of {module}", output))
    return output.decode()


@asynccontextmanager
async def running(**settings: str) -> AsyncIterator[Stack]:
    """
    Start a system of its own with these settings, and leave nothing behind.

    In a setting, `{upstream}` stands for the address of the scripted model.
    """
    path = os.pathsep.join(map(str, [ROOT, ROOT / "gen/python"]))
    with TemporaryDirectory(prefix="parley-") as folder:
        # PostgreSQL runs as somebody else under root.
        os.chmod(folder, 0o711)  # noqa: S103 - to pass through, not to look
        async with (
            serving(USUAL) as upstream,
            collecting() as collector,
        ):
            port = int(settings.get("PARLEY_PORT") or free_port())
            environment = {
                "PYTHONPATH": path,
                "PARLEY_STATE": f"{folder}/state",
                "PARLEY_PORT": str(port),
                "OPENAI_BASE_URL": upstream.url,
                "OPENAI_API_KEY": KEY,
                "PARLEY_MODEL": MODEL,
                "AUTH_SMTP_URL": "none",
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
                "OTEL_BSP_SCHEDULE_DELAY": "200",
                **{
                    name: value.replace("{upstream}", upstream.url)
                    for name, value in settings.items()
                },
            }
            url = f"http://localhost:{port}"
            stack = Stack(url, upstream, collector, environment)
            try:
                await stack.local("up")
                yield stack
                # All that it wrote, of whatever test, before it is gone.
                refuse([*in_system(State.of(environment)), *collector.leaks])
            finally:
                await stack.local("down")
