"""Starts a Parley for the measurement alone: empty, on a port of its own."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.ports import free_port
from tests.bench.systems import System

ROOT = Path(__file__).parents[2]
STATE = ROOT / ".cache" / "bench" / "parley"
LOG = STATE.with_suffix(".log")


@asynccontextmanager
async def parley(upstream: str) -> AsyncIterator[System]:
    """Run the whole system with an empty database; leave nothing running."""
    port = free_port()
    environment = {
        **os.environ,
        "PARLEY_PORT": str(port),
        "PARLEY_STATE": str(STATE),
        "OPENAI_BASE_URL": upstream,
        "OPENAI_API_KEY": "sk-bench",
        "PARLEY_MODEL": "scripted",
        # The peers ask a model once a question, and as often as they like.
        "CHAT_TITLES": "false",
        "CHAT_RATE_BURST": "0",
        # People sign up without a code.
        "AUTH_SMTP_URL": "none",
    }
    await _local("down", environment)  # what an interrupted run may have left
    shutil.rmtree(STATE, ignore_errors=True)
    try:
        await _local("up", environment)
        root = int((STATE / "supervisord.pid").read_text())
        yield System("parley", "parley", f"127.0.0.1:{port}", root)
    finally:
        await _local("down", environment)


async def _local(command: str, environment: dict[str, str]) -> None:
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("w") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "deploy.local",
            command,
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
        if await process.wait():
            raise RuntimeError(f"`deploy.local {command}` failed:\n{LOG.read_text()}")
