"""`docs/data.md` leaves out no store, no level, no field of a log, and no key."""

import re
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from deploy.local.postgres import SERVICES
from services.auth.passwords import passwords
from services.chat.shares.model import TOKEN_BYTES
from services.kit.telemetry import configure_logs
from tools.kubernetes.rules.settings import SETTINGS, names_of

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/data.md").read_text()
ACCESS_LOG = ROOT / "edge/envoy/parts/access_log.yaml.j2"
STORES = ("PostgreSQL", "Redis", "Milvus", "cookie", "localStorage", "access token")
LEVELS = ["secret", "private", "personal", "operational", "public"]


def table(title: str) -> list[list[str]]:
    """Read the rows of a section's table."""
    section = TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]


@pytest.mark.asvs("14.1.1")
def test_every_kind_of_data_has_a_level_and_every_store_is_named():
    kinds = table("Kinds of data")
    places = " ".join(f"{what} {where}" for what, _, where in kinds)

    assert {level for _, level, _ in kinds} == set(LEVELS)
    assert [store for store in STORES if store not in places] == []
    schemas = re.findall(r"`(auth|chat|llm)`", places)
    assert set(schemas) == set(SERVICES)


@pytest.mark.asvs("14.1.2")
def test_every_level_says_what_it_asks_for():
    rows = table("What each level asks for")

    assert [row[0] for row in rows] == LEVELS
    assert all(cell for row in rows for cell in row)


@pytest.mark.asvs("13.1.1")
def test_every_host_that_the_mesh_lets_llm_out_to_is_told():
    entries = [
        document
        for file in (ROOT / "deploy/istio").rglob("*.yaml")
        for document in yaml.safe_load_all(file.read_text())
        if isinstance(document, dict) and document.get("kind") == "ServiceEntry"
    ]
    outside = {
        host
        for entry in entries
        if entry["spec"].get("location") == "MESH_EXTERNAL"
        for host in entry["spec"]["hosts"]
    }
    told = " ".join(row[1] for row in table("Whom it talks to"))

    assert len(outside) >= 3
    assert {host for host in outside if f"`{host}`" not in told} == set()
    assert all(row[3] for row in table("Whom it talks to"))


@pytest.mark.asvs("16.1.1")
def test_every_field_of_the_edges_log_is_told():
    (edge,) = [row for row in table("Logs") if row[0] == "edge"]
    _, _, fields = ACCESS_LOG.read_text().partition("json_format:\n")

    assert re.findall(r"`(\w+)`", edge[2]) == re.findall(r"^ +(\w+):", fields, re.M)


@pytest.mark.asvs("16.1.1")
def test_every_security_event_that_is_told_is_logged():
    sources = "\n".join(file.read_text() for file in (ROOT / "services").rglob("*.py"))
    told = re.findall(r"\(`([a-z ]+)`\)", TEXT)

    assert len(told) >= 2
    assert [event for event in told if f'"{event}"' not in sources] == []
    assert configure_logs.__doc__
    assert "standard output as JSON" in configure_logs.__doc__


@pytest.mark.asvs("11.1.2")
def test_every_key_is_told():
    told = set(re.findall(r"`(\w+_FILE)`", TEXT))
    keys = {
        name
        for model in SETTINGS.values()
        for name in names_of(model)
        if re.search(r"_KEYS?_FILE$", name)
    }

    assert keys
    assert keys <= told


@pytest.mark.asvs("11.1.2")
def test_passwords_are_hashed_as_it_is_told():
    told = re.search(r"argon2id, (\d+) MiB, (\d+) pass, (\d+) lane", TEXT)

    assert told
    assert [int(figure) for figure in told.groups()] == [
        passwords.MEMORY_KIB // 1024,
        passwords.ITERATIONS,
        passwords.LANES,
    ]
    assert TOKEN_BYTES * 8 >= 128


@pytest.mark.asvs("11.1.1", "13.3.2")
def test_a_private_key_is_one_services_alone():
    compose = yaml.safe_load((ROOT / "deploy/compose/compose.yaml").read_text())
    held = {
        name: {key for key in part.get("secrets", []) if "public" not in key}
        for name, part in compose["services"].items()
    }

    assert set().union(*held.values()) >= {"auth-signing-key", "chat-signing-key"}
    for one, other in combinations(held, 2):
        assert not held[one] & held[other], f"{one} and {other} share a key"
    for row in table("Keys"):
        if row[0].endswith(("signing key", "refresh key", "sealing keys")):
            assert row[3] in SERVICES


@pytest.mark.asvs("11.1.1")
def test_every_key_of_parleys_own_is_replaced_as_the_runbook_says():
    runbook = (ROOT / "docs/operations/runbooks/key-rotation.md").read_text()

    for key in ("auth's key", "auth's refresh key", "chat's or llm's key"):
        assert f"**{key}**" in runbook
