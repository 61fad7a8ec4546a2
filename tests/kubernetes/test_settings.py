"""The services take the settings that a cluster gives them."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from deploy.kubernetes.keys import new, secrets
from tools.kubernetes.manifests import OVERLAYS, Manifests, find, overlay, variables
from tools.kubernetes.rules.settings import (
    REFERENCE,
    SETTINGS,
    pod_of,
    secret_keys,
)

MOUNTED = re.compile(r"^(/run/keys|/etc/parley)/")


def environment(
    manifests: Manifests, part: str, made: dict[str, dict[str, str]], keys: Path
) -> dict[str, str]:
    """Work out a container's variables as the kubelet does, and mount its files."""
    pod = pod_of(manifests, part)
    (container,) = pod["containers"]
    for volume in pod["volumes"]:
        if source := volume.get("configMap"):
            for name, text in find(manifests, "ConfigMap", source["name"])[
                "data"
            ].items():
                (keys / name).write_text(text)
        for item in volume.get("secret", {}).get("items", []):
            (keys / item["path"]).write_text(
                made[volume["secret"]["secretName"]][item["key"]]
            )
    found: dict[str, str] = {}
    for name, value in variables(container).items():
        text = value if isinstance(value, str) else resolved(manifests, value, made)
        text = REFERENCE.sub(lambda match: found[match[1]], text)
        found[name] = MOUNTED.sub(f"{keys}/", text)
    return found


def resolved(
    manifests: Manifests, source: dict[str, Any], made: dict[str, dict[str, str]]
) -> str:
    """Look up where a variable comes from."""
    if wanted := source.get("secretKeyRef"):
        return made[wanted["name"]][wanted["key"]]
    if wanted := source.get("configMapKeyRef"):
        data: dict[str, str] = find(manifests, "ConfigMap", wanted["name"])["data"]
        return data[wanted["key"]]
    return "chat-7d9f-x2x4b"  # the pod's name


@pytest.fixture
def made() -> dict[str, dict[str, str]]:
    """The Secrets of a new system, in Parley's namespace."""
    return {
        each["metadata"]["name"]: each["stringData"]
        for each in secrets(new())
        if each["metadata"]["namespace"] == "parley"
    }


@pytest.mark.parametrize("name", OVERLAYS)
@pytest.mark.parametrize("part", SETTINGS)
def test_a_service_starts_with_what_a_cluster_gives_it(
    name: str,
    part: str,
    made: dict[str, dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = environment(overlay(name), part, made, tmp_path)
    for variable in os.environ.keys() - {"PATH"}:
        monkeypatch.delenv(variable)
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-secret-llm-environment")

    settings: Any = SETTINGS[part]()

    password = made[part]["postgres-password"]
    assert settings.database_url.startswith(f"postgresql://{part}:{password}@postgres-")
    assert settings.redis_url.startswith("redis://:")
    assert settings.metrics_address == "0.0.0.0:9464"  # in a pod


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_keys_of_a_new_system_are_all_that_pods_need(
    name: str, made: dict[str, dict[str, str]]
) -> None:
    needed = set(secret_keys(overlay(name)))

    assert {secret for secret, _ in needed} == made.keys()
    assert needed <= {(secret, key) for secret, own in made.items() for key in own}


@pytest.mark.asvs("13.3.1")
def test_a_store_of_secrets_is_asked_for_nothing_that_it_was_not_given() -> None:
    given_by_others = {
        "parley/llm-environment",
        "parley/backups",
        "parley/milvus-bucket",
    }
    entries = new()

    asked = {
        (each["remoteRef"]["key"], each["remoteRef"]["property"])
        for manifest in overlay("production")
        if manifest["kind"] == "ExternalSecret"
        for each in manifest["spec"].get("data", [])
    }

    made = {(key, name) for key, own in entries.items() for name in own}
    assert {each for each in asked if each[0] not in given_by_others} <= made


@pytest.mark.asvs("13.2.3")
def test_two_systems_share_no_key() -> None:
    first, second = new(), new()

    for key, own in first.items():
        for name, value in own.items():
            # What is not made but written by a person: which server takes mail.
            assert second[key][name] != value or (name, value) == ("smtp-url", "")
