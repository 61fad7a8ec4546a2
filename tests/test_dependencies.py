"""What Parley is made of that others wrote: listed, whole, from the registries."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)(\[[\w,-]+\])?==\S+", re.MULTILINE)
IMAGES = sorted((ROOT / "deploy/images").glob("*.Dockerfile"))
DEVELOPERS_OWN = ("tests", "tools", "docs", ".git", ".ci", "deploy/local")


@pytest.mark.asvs("15.1.2")
@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_python_package_is_pinned_by_what_is_in_it(lock: Path) -> None:
    text = lock.read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)

    packages = [entry for entry in entries if PACKAGE.match(entry)]
    assert packages
    assert [entry for entry in packages if "--hash=sha256:" not in entry] == []
    assert "://" not in re.sub(r"#.*", "", text), "from the registry alone"


@pytest.mark.asvs("15.1.2")
def test_every_node_package_is_pinned_by_what_is_in_it() -> None:
    lock = json.loads((ROOT / "web/package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}

    assert packages
    loose = [
        name
        for name, each in packages.items()
        if not re.match(r"sha(256|512)-", each.get("integrity", ""))
    ]
    assert loose == []
    elsewhere = [
        each["resolved"]
        for each in packages.values()
        if not each.get("resolved", "https://").startswith("https://")
    ]
    assert elsewhere == []


@pytest.mark.asvs("13.4.1", "15.2.3")
def test_an_image_is_given_nothing_that_is_for_developers() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines, "all is left out but what is named"

    let_in = [line.removeprefix("!") for line in lines if line.startswith("!")]

    for name in let_in:
        assert not any(
            f"{name}/".startswith(f"{own}/") or own.startswith(f"{name}/")
            for own in DEVELOPERS_OWN
        )
    for image in IMAGES:
        copied = re.findall(r"^COPY (?:--\S+ )*(.+) \S+$", image.read_text(), re.M)
        assert not {word for line in copied for word in line.split()} & {".", "./"}


@pytest.mark.asvs("15.1.1")
def test_it_is_told_how_soon_a_vulnerable_package_is_replaced() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    days = re.findall(r"^\| (critical|high|medium|low)\b.*\| (\d+) \|$", text, re.M)

    assert [severity for severity, _ in days] == ["critical", "high", "medium", "low"]
    frames = [int(each) for _, each in days]
    assert frames == sorted(frames)
    for told in re.findall(r"`(requirements/|web/package-lock\.json)`", text):
        assert (ROOT / told).exists()
