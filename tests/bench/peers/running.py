"""Runs the peers as their users do: one worker, no database, no extras."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.ports import free_port
from tests.bench.systems import System, running, until_answers

ROOT = Path(__file__).parents[3]
# Every system asks its callers for a credential of some kind; LiteLLM for this one.
KEY = "sk-bench"

_LITELLM = """\
model_list:
  - model_name: scripted
    litellm_params:
      model: openai/scripted
      api_base: {upstream}
      api_key: {key}
general_settings:
  master_key: {key}
"""


def environment(peer: str) -> Path:
    """Return the folder of a peer's own environment."""
    return ROOT / ".cache" / "peers" / peer


def installed(peer: str) -> bool:
    """Tell whether `make bench-peers` has run."""
    return (environment(peer) / "bin" / "uvicorn").exists()


@asynccontextmanager
async def litellm(upstream: str) -> AsyncIterator[System]:
    """Run LiteLLM's proxy with a configuration file that names one model."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    with TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(_LITELLM.format(upstream=upstream, key=KEY))
        program = environment("litellm") / "bin" / "litellm"
        command: list[str | Path] = [program, "--config", config]
        command += ["--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
        # As its page for production says; prices from its wheel, not a download.
        quiet = {"LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        async with running(command, _environment(quiet)) as process:
            await until_answers(f"{origin}/health/liveliness", process)
            url = f"{origin}/v1/chat/completions"
            yield System("litellm", "openai", url, process.pid)


@asynccontextmanager
async def langchain(upstream: str) -> AsyncIterator[System]:
    """Run the app of `langchain_app.py`."""
    port = free_port()
    app = Path(__file__).with_name("langchain_app.py")
    given = {"OPENAI_BASE_URL": upstream, "OPENAI_API_KEY": KEY, "PORT": str(port)}
    command = [environment("langchain") / "bin" / "python", app]
    async with running(command, _environment(given)) as process:
        origin = f"http://127.0.0.1:{port}"
        await until_answers(f"{origin}/health", process)
        yield System("langchain", "langchain", f"{origin}/chat", process.pid)


def _environment(given: dict[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | given
