"""One machine with Docker gets what a cluster gets, and shows nothing more of it."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.parts import HAND_OVER_SECONDS
from edge.envoy.render import read_flags
from services.kit.server import DRAIN_SECONDS
from tools.kubernetes.manifests import ROOT, SERVICES
from tools.kubernetes.rules.network import PORTS
from tools.kubernetes.rules.settings import EDGE, LIBRARIES, SETTINGS, WEB, names_of

FOLDER = ROOT / "deploy/compose"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<kind>:[-?])(?P<text>[^}]*))?\}")
MIGRATIONS = tuple(f"migrate-{service}" for service in SERVICES)
KEYS = (sys.executable, "-m", "deploy.kubernetes.keys", "--folder")
OURS = ("edge", "web", *SERVICES, *MIGRATIONS)


@pytest.fixture
def compose() -> dict[str, Any]:
    """The file, with what its anchors stand for."""
    read: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    return read


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """What is made for a new system."""
    command = [*KEYS, str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env=environment(), check=True)
    return tmp_path


def environment() -> dict[str, str]:
    path = ":".join(entry for entry in sys.path if entry)
    return {"PATH": os.environ["PATH"], "PYTHONPATH": path}


def test_every_variable_that_has_to_be_set_is_made_or_asked_for(made: Path) -> None:
    written = dict(
        line.split("=", 1) for line in (made / ".env").read_text().splitlines()
    )
    text = (FOLDER / "compose.yaml").read_text()

    needed = {
        found["name"] for found in VARIABLE.finditer(text) if found["kind"] == ":?"
    }

    assert needed == written.keys()
    # A person chooses images; everything else is chosen.
    assert {name for name, value in written.items() if not value} == {
        name for name in needed if name.endswith("_IMAGE")
    }


def test_every_secret_is_a_file_that_is_made(
    compose: dict[str, Any], made: Path
) -> None:
    files = {name: made / each["file"] for name, each in compose["secrets"].items()}

    assert all(file.stat().st_size for file in files.values())
    used = {
        name
        for each in compose["services"].values()
        for name in each.get("secrets", [])
    }
    assert used == files.keys()


def test_keys_that_are_there_are_not_made_anew(made: Path) -> None:
    command = [*KEYS, str(made)]
    before = (made / "keys/auth-signing-key").read_text()

    again = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert "is there already" in again.stderr
    assert (made / "keys/auth-signing-key").read_text() == before


@pytest.mark.parametrize("part", SERVICES)
def test_a_service_starts_with_what_compose_gives_it(
    part: str, compose: dict[str, Any], made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = dict(
        line.split("=", 1) for line in (made / ".env").read_text().splitlines()
    )
    for name in os.environ.keys() - {"PATH"}:
        monkeypatch.delenv(name)
    for name, value in compose["services"][part]["environment"].items():
        value = VARIABLE.sub(
            lambda found: written.get(found["name"], found["text"]), value
        )
        monkeypatch.setenv(name, value.replace("/run/secrets", str(made / "keys")))

    settings: Any = SETTINGS[part]()

    assert settings.listen_address == f"0.0.0.0:{PORTS[part]}"


def test_no_part_is_given_a_setting_that_it_does_not_know(
    compose: dict[str, Any],
) -> None:
    known = {
        **{part: names_of(model).keys() for part, model in SETTINGS.items()},
        "edge": EDGE,
        "web": WEB,
    }

    for part, names in known.items():
        given = compose["services"][part]["environment"].keys()
        # Read by the catalogue, from the name that a provider has for it.
        unknown = given - names - {"AZURE_OPENAI_API_KEY"}
        assert not [name for name in unknown if not name.startswith(LIBRARIES)]


def test_the_edge_and_the_mailbox_have_ports_for_this_machine_alone(
    compose: dict[str, Any],
) -> None:
    published = {
        name: each["ports"]
        for name, each in compose["services"].items()
        if "ports" in each
    }

    assert published == {
        "edge": ["127.0.0.1:${PARLEY_PORT:-8080}:8080"],
        "mailbox": ["127.0.0.1:${MAILBOX_PORT:-1080}:1080"],
    }


@pytest.mark.asvs("13.2.5")
def test_who_needs_no_network_that_leads_outside_is_on_none(
    compose: dict[str, Any],
) -> None:
    open_ones = {
        name for name, each in compose["networks"].items() if not each.get("internal")
    }

    outside = {
        name
        for name, each in compose["services"].items()
        if open_ones & set(each["networks"])
    }

    assert outside == {"auth", "edge", "llm", "mailbox"}


@pytest.mark.asvs("13.2.2")
@pytest.mark.parametrize("name", OURS)
def test_a_part_of_ours_is_confined(name: str, compose: dict[str, Any]) -> None:
    part = compose["services"][name]

    assert part["read_only"] is True
    assert part["user"] == "65532:65532"
    assert part["cap_drop"] == ["ALL"]
    assert part["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_is_killed_who_is_still_draining(
    name: str, compose: dict[str, Any]
) -> None:
    grace = float(compose["services"][name]["stop_grace_period"].removesuffix("s"))

    assert grace > DRAIN_SECONDS + HAND_OVER_SECONDS


def test_the_edge_looks_where_the_parts_are(compose: dict[str, Any]) -> None:
    edge = read_flags([f"@{FOLDER / 'edge.flags'}"])

    assert (*edge.auth, *edge.chat, *edge.llm, edge.web) == (
        "auth:50051",
        "chat:50052",
        "llm:50053",
        "web:3000",
    )
    assert {"auth", "chat", "llm", "web"} <= compose["services"].keys()


def test_the_database_is_written_to_its_volume(compose: dict[str, Any]) -> None:
    postgres = compose["services"]["postgres"]
    (_, volume) = postgres["volumes"][0].split(":")

    # An image of PostgreSQL 17 declares a volume at `data`, which `down` takes along.
    folder = Path(postgres["environment"]["PGDATA"])
    assert folder.is_relative_to(volume)
    assert not folder.is_relative_to("/var/lib/postgresql/data")


@pytest.mark.parametrize("service", SERVICES)
def test_tables_are_made_before_a_service_starts(
    service: str, compose: dict[str, Any]
) -> None:
    waits = compose["services"][service]["depends_on"]

    assert waits[f"migrate-{service}"] == {
        "condition": "service_completed_successfully"
    }
