"""The files of `deploy/istio/`, as they were read."""

import copy
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from deploy.mesh.kinds.base import Refused
from deploy.mesh.kustomize import FILE

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "deploy/istio"
BASE = "base"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Folder:
    """Every YAML file: its text, and the documents in it."""

    texts: dict[str, str]
    documents: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path = POLICY) -> "Folder":
        """Read all of it."""
        files = sorted(root.rglob("*.yaml"))
        return cls.of({f.relative_to(root).as_posix(): f.read_text() for f in files})

    @classmethod
    def of(cls, texts: dict[str, str]) -> "Folder":
        """Parse what is given."""
        return cls(texts, {name: parsed(name, text) for name, text in texts.items()})

    def documents_of(self, name: str) -> list[Any]:
        """Return what a file holds, or refuse."""
        if name not in self.documents:
            raise Refused(f"{name}: there is no such file")
        return self.documents[name]

    def kustomizations(self) -> list[str]:
        """List the folders that have one, the base first."""
        return [
            PurePosixPath(name).parent.as_posix()
            for name in sorted(self.documents, key=lambda name: (name.count("/"), name))
            if PurePosixPath(name).name == FILE
        ]

    def with_documents(self, name: str, documents: list[Any]) -> "Folder":
        """Return one in which a file says something else."""
        return Folder(self.texts, {**self.documents, name: copy.deepcopy(documents)})

    def with_text(self, name: str, text: str) -> "Folder":
        """Return one in which a file has another text."""
        return Folder(
            {**self.texts, name: text}, {**self.documents, name: parsed(name, text)}
        )


def parsed(name: str, text: str) -> list[Any]:
    """Parse one file, or say which one is no YAML."""
    try:
        return [found for found in yaml.load_all(text, LOADER) if found is not None]
    except yaml.YAMLError as error:
        raise ValueError(f"{name} is no YAML: {error}") from error
