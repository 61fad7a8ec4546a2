"""llm as a process that a test can kill."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.ports import free_port
from tests.doubles.upstream import Upstream


@asynccontextmanager
async def llm_process(
    port: int,
    *,
    upstream: Upstream,
    keys: Path,
    stores: Mapping[str, str],
    **environment: str,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run llm as it is deployed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.llm"),
        env={
            "PYTHONPATH": os.pathsep.join(sys.path),
            "LLM_LISTEN_ADDRESS": f"127.0.0.1:{port}",
            "LLM_AUTH_ADDRESS": f"127.0.0.1:{free_port()}",
            "LLM_TRUSTED_KEYS_FILE": str(keys),
            "OPENAI_BASE_URL": upstream.url,
            "PARLEY_MODEL": "scripted",
            **stores,
            **environment,
        },
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
