"""Components that no environment has, each in one that could have it."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tools.kubernetes.manifests import FOLDER, Manifest, built, read

OVERLAYS = FOLDER / "overlays"
# A second Deployment of a part comes first, so that it gets what the others add.
TRACKS = ("canary-chat", "canary-llm", "mirror-chat", "preview-chat", "blue-green-chat")
BESIDES = (*TRACKS, "postgres-pooler", "mesh-ambient", "kafka")


def components(name: str) -> list[str]:
    """Say which components such an environment has, by those of production."""
    usual = [Path(each).name for each in production()["components"]]
    if name in TRACKS:
        return [name, *usual]
    if name == "mesh-ambient":
        return [name if each == "mesh" else each for each in usual]
    return ["data", name] if name == "kafka" else [*usual, name]


def production() -> Mapping[str, Any]:
    """Read what production is made of."""
    text = (OVERLAYS / "production/kustomization.yaml").read_text()
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@lru_cache
def text_of_beside(name: str) -> str:
    """Build an environment with a component that none has."""
    said = {
        **production(),
        "components": [f"../../components/{each}" for each in components(name)],
    }
    if name == "kafka":
        said = {"components": said["components"]}
    return built(yaml.safe_dump(said, sort_keys=False), OVERLAYS)


def beside(name: str) -> list[Manifest]:
    """Read an environment with a component that none has."""
    return read(text_of_beside(name))
