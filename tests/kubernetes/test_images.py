"""Images hold what they run, run it as nobody, and say which base they stand on."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from deploy.local.parts import NODE
from deploy.local.ports import free_port
from deploy.local.up import ask_http
from tools.kubernetes.manifests import ROOT

IMAGES = {
    file.name.partition(".")[0]: file
    for file in sorted((ROOT / "deploy/images").glob("*.Dockerfile"))
}
PYTHON = [name for name in IMAGES if name != "web"]
COPY = re.compile(r"^COPY (?!--from)(?P<sources>.+) (?P<target>\S+)$", re.MULTILINE)
RUN = re.compile(r"^RUN (\[.+\])$", re.MULTILINE)


def last_stage(image: str) -> str:
    """Return what the image itself is made by."""
    return IMAGES[image].read_text().rpartition("\nFROM ")[2]


def entered(image: str, command: str) -> list[str]:
    """Return a command that a Dockerfile gives as a list."""
    (found,) = re.findall(rf"^{command} (\[.+\])$", last_stage(image), re.MULTILINE)
    return list(json.loads(found))


@pytest.mark.parametrize("image", PYTHON)
def test_an_image_holds_every_module_that_it_runs(image: str, tmp_path: Path) -> None:
    for found in COPY.finditer(last_stage(image)):
        target = tmp_path / found["target"]
        target.parent.mkdir(parents=True, exist_ok=True)
        source = ROOT / found["sources"]
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    imports = next(
        command
        for text in RUN.findall(last_stage(image))
        if "import " in (command := json.loads(text))[-1]
    )

    subprocess.run(
        [sys.executable, *imports[1:]],
        env={"PYTHONPATH": f"{tmp_path}:{tmp_path / 'gen/python'}"},
        cwd=tmp_path,
        check=True,
    )


def test_the_web_app_is_served_by_what_its_image_holds(tmp_path: Path) -> None:
    if not (ROOT / "web/out").is_dir():
        pytest.skip("the web app is not built: make setup-test")
    for text in RUN.findall(IMAGES["web"].read_text()):
        command = [word.replace("/served", str(tmp_path)) for word in json.loads(text)]
        if command[0] == "cp":
            subprocess.run(command, cwd=ROOT / "web", check=True)
    port = free_port()
    program, *arguments = entered("web", "ENTRYPOINT")
    assert program == "node"
    server = subprocess.Popen(
        [NODE, *arguments],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": str(port)},
    )
    try:
        well = retry(
            retry=retry_if_result(lambda well: not well),
            stop=stop_after_delay(20),
            wait=wait_fixed(0.05),
        )
        well(ask_http)(port, "/healthz")
        assert ask_http(port, "/")
    finally:
        server.terminate()
        assert server.wait(30) == 0


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_as_nobody_and_gets_signals_itself(image: str) -> None:
    assert "\nUSER 65532:65532\n" in last_stage(image)
    assert entered(image, "ENTRYPOINT")[0] in ("python3", "node")


@pytest.mark.parametrize("image", IMAGES)
def test_whoever_builds_an_image_says_what_it_stands_on(image: str) -> None:
    text = IMAGES[image].read_text()

    arguments = set(re.findall(r"^ARG (\w+)$", text, re.MULTILINE))
    bases = set(re.findall(r"^FROM \$\{(\w+)\}", text, re.MULTILINE))
    assert arguments == bases
    assert len(re.findall(r"^FROM ", text, re.MULTILINE)) == 2


@pytest.mark.parametrize("image", PYTHON)
def test_packages_are_the_ones_that_are_locked(image: str) -> None:
    text = IMAGES[image].read_text()
    lock = ROOT / f"requirements/{image}.txt"

    assert f"COPY requirements/{lock.name} /tmp/" in text
    assert '"--require-hashes", "--no-deps", "--only-binary", ":all:"' in text
    required = re.findall(r"^(\S+)==(\S+)", lock.read_text(), re.MULTILINE)
    up = dict(
        re.findall(
            r"^(\S+)==(\S+)", (ROOT / "requirements/up.txt").read_text(), re.MULTILINE
        )
    )
    assert {name: up[name] for name, _ in required} == dict(required)


@pytest.mark.parametrize("image", IMAGES)
def test_what_an_image_copies_is_not_kept_from_it(image: str) -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = [line.removeprefix("!") for line in lines if line.startswith("!")]

    for found in COPY.finditer(IMAGES[image].read_text()):
        for source in found["sources"].split():
            assert (ROOT / source).exists()
            assert any(
                source == each or source.startswith(f"{each}/") for each in let_in
            ), source
