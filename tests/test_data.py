"""`docs/data.md` leaves out no table, store, level, field of a log, event or key."""

import ast
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from google.api import annotations_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from deploy.local.postgres import SERVICES
from services.auth.passwords import passwords
from services.auth.settings import Settings
from services.chat.shares.model import TOKEN_BYTES
from services.kit.telemetry import configure_logs
from tests.sources import sources
from tools.access_document import DESCRIPTORS
from tools.kubernetes.rules.settings import SETTINGS, names_of

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/data.md").read_text()
ACCESS_LOG = ROOT / "edge/envoy/parts/access_log.yaml.j2"
STORES = ("PostgreSQL", "Redis", "Milvus", "cookie", "localStorage", "access token")
LEVELS = ["secret", "private", "personal", "operational", "public"]
# Parts of a table have a number behind its name.
TABLE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)(?![\w{])")
DOTTED = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")
# What may stand behind the `?` of a URL: none of it is a secret or what people say.
IN_QUERIES = {
    *("page_size", "page_token", "start_index", "count", "sort_by", "sort_order"),
    *("allow_missing", "request_id", "after_seq", "cursor", "offset", "page", "view"),
    *("action", "outcome", "start_time", "end_time", "role", "disabled", "user"),
    *("attributes", "excluded_attributes", "id", "collection", "folder"),
    *("email_prefix", "filter", "tag"),  # as docs/data.md says
}
IN_PATHS = {"name", "parent", "collection", "id"}
VERBS = ("get", "put", "post", "delete", "patch")
RUNBOOK = ROOT / "docs/operations/runbooks/key-rotation.md"
SECRET_KEYS = ("signing key", "refresh key", "sealing keys", "audit key")


def table(title: str, heading: str = "##") -> list[list[str]]:
    """Read the rows of a section's table."""
    section = re.split(r"\n##", TEXT.partition(f"\n{heading} {title}\n")[2])[0]
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


@pytest.mark.asvs("14.1.1")
def test_every_table_has_a_level():
    made = {
        (schema, name)
        for schema in SERVICES
        for file in (ROOT / "services" / schema / "migrations").glob("*.py")
        for name in TABLE.findall(file.read_text())
    }
    told = [
        (schema, name)
        for schema, _, names in table("Tables")
        for name in re.findall(r"`(\w+)`", names)
    ]

    assert len(made) > 50
    assert sorted(told) == sorted(made)
    assert {level for _, level, _ in table("Tables")} <= set(LEVELS)


@pytest.mark.asvs("14.1.2")
def test_every_level_says_what_it_asks_for():
    rows = table("What each level asks for")

    assert [row[0] for row in rows] == LEVELS
    assert all(cell for row in rows for cell in row)


@pytest.mark.asvs("14.2.1")
def test_urls_hold_no_secret_and_nothing_that_people_say():
    files = FileDescriptorSet.FromString(DESCRIPTORS.read_bytes()).file
    requests = {
        f".{file.package}.{message.name}": {field.name for field in message.field}
        for file in files
        for message in file.message_type
    }
    in_queries, in_paths = set[str](), set[str]()
    for file in files:
        for method in (each for service in file.service for each in service.method):
            option = method.options.Extensions[annotations_pb2.http]
            for rule in (option, *option.additional_bindings):
                path = next(filter(None, (getattr(rule, verb) for verb in VERBS)), "")
                named = [name.split(".") for name in re.findall(r"{([\w.]+)", path)]
                in_paths |= {name[-1] for name in named}
                if path and rule.body != "*":
                    elsewhere = {rule.body, *(name[0] for name in named)}
                    in_queries |= requests[method.input_type] - elsewhere

    assert in_queries == IN_QUERIES
    assert in_paths <= IN_PATHS


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
    written = "\n".join(file.read_text() for file in (ROOT / "services").rglob("*.py"))
    told = re.findall(r"\(`([a-z ]+)`\)", TEXT)

    assert len(told) >= 2
    assert [event for event in told if f'"{event}"' not in written] == []
    assert configure_logs.__doc__
    assert "standard output as JSON" in configure_logs.__doc__


@pytest.mark.asvs("16.1.1")
def test_every_security_event_that_is_recorded_is_told():
    _, _, rest = TEXT.partition("What is recorded as a security event: ")
    told = set(re.findall(rf"`({DOTTED.pattern})`", rest.partition("\n\n")[0]))
    nouns = {action.partition(".")[0] for action in told}
    dotted = {
        node.value
        for file, tree in sources().items()
        if file.startswith("services/auth/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and DOTTED.fullmatch(node.value)
    }

    recorded = {name for name in dotted if name.partition(".")[0] in nouns}
    assert recorded - set(fields()) == told


def fields() -> Iterator[str]:
    """Name what is of a message, as errors name it: `user.email`."""
    for file in FileDescriptorSet.FromString(DESCRIPTORS.read_bytes()).file:
        for message in file.message_type:
            noun = re.sub(r"(?<!^)(?=[A-Z])", "_", message.name).lower()
            yield from (f"{noun}.{field.name}" for field in message.field)


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
    for key, _, _, holder, _ in table("Keys"):
        if key.endswith(SECRET_KEYS):
            assert holder in SERVICES


@pytest.mark.asvs("11.1.1")
def test_every_secret_key_has_an_end_and_a_way_to_be_replaced():
    lives = {row[0]: row[1:] for row in table("The life of a key", "###")}
    secret = [row[0] for row in table("Keys") if row[0].endswith(SECRET_KEYS)]
    runbook = RUNBOOK.read_text()

    assert list(lives) == secret
    for active, afterwards, replaced in lives.values():
        assert re.search(r"a year|\d+ days", active)
        assert afterwards
        assert f"**{replaced}**" in runbook
    settings = Settings.model_fields
    active, afterwards, _ = lives["auth's signing key"]
    assert active.startswith(f"{settings['signing_key_days'].default} days")
    minutes = settings["signing_key_lead_seconds"].default // 60
    assert afterwards == f"{minutes} minutes"
