"""One resource of a mesh, and what is found wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAME_LABEL = "app.kubernetes.io/name"


@dataclass(slots=True)
class Resource:
    """One Kubernetes resource, and where it is written."""

    document: Any
    file: str
    patches: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """What it is."""
        return str(self.document.get("kind", ""))

    @property
    def api(self) -> str:
        """Whose kind it is: `networking.istio.io/v1`."""
        return str(self.document.get("apiVersion", ""))

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.metadata.get("name", ""))

    @property
    def namespace(self) -> str:
        """Where it is."""
        return str(self.metadata.get("namespace", ""))

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Its name, namespace, labels and annotations."""
        found: Mapping[str, Any] = self.document.get("metadata") or {}
        return found

    @property
    def spec(self) -> Mapping[str, Any]:
        """What it says."""
        found: Mapping[str, Any] = self.document.get("spec") or {}
        return found

    @property
    def key(self) -> tuple[str, str, str]:
        """What there is one of."""
        return self.kind, self.namespace, self.name

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"

    @property
    def where(self) -> str:
        """The files that say it."""
        return " with ".join([self.file, *self.patches])

    @property
    def parts(self) -> list[str]:
        """The parts of Parley that it is about; none: all in its namespace."""
        selector = self.spec.get("selector") or {}
        labels = selector.get("matchLabels") or {}
        services = [
            target["name"]
            for target in self.targets
            if (target.get("group", ""), target["kind"]) == ("", "Service")
        ]
        return [*([labels[NAME_LABEL]] if NAME_LABEL in labels else []), *services]

    @property
    def targets(self) -> list[Mapping[str, str]]:
        """What it names as its target (Gateway API policy attachment)."""
        found: list[Mapping[str, str]] = self.spec.get("targetRefs") or []
        return found

    @property
    def is_of_a_waypoint(self) -> bool:
        """Whether only a waypoint reads it."""
        return any(
            target["kind"] == "Service" or target["name"] == "waypoint"
            for target in self.targets
        )

    @property
    def is_for_all(self) -> bool:
        """Whether it holds for every pod of its namespace."""
        return not self.targets and not self.spec.get("selector")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What is wrong, what breaks by it, and what to write."""

    where: str
    resource: str
    rule: str
    wrong: str
    breaks: str
    write: str
    crashed: bool = False  # the rule could not read the resource, and found nothing

    def __str__(self) -> str:
        return (
            f"{self.where}: {self.resource}\n"
            f"  {self.rule}: {self.wrong}\n"
            f"  What breaks: {self.breaks}\n"
            f"  Write: {self.write}"
        )
