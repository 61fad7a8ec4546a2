"""How a rule says what it found."""

from dataclasses import dataclass

from tools.mesh_check.resource import Finding, Resource


@dataclass(frozen=True, slots=True)
class Report:
    """The voice of one rule: its name, and what breaks when it is broken."""

    module: str
    breaks: str

    @property
    def rule(self) -> str:
        """The rule's name, as `only-mutual-tls`."""
        return self.module.rpartition(".")[2].replace("_", "-")

    def __call__(
        self, resource: Resource, wrong: str, write: str, breaks: str = ""
    ) -> Finding:
        """Say what is wrong with a resource."""
        return Finding(
            resource.where,
            str(resource),
            self.rule,
            wrong,
            breaks or self.breaks,
            write,
        )

    def missing(self, wrong: str, write: str, breaks: str = "") -> Finding:
        """Say what is not there at all."""
        return Finding(
            "deploy/istio", "nothing", self.rule, wrong, breaks or self.breaks, write
        )

    def file(self, name: str, wrong: str, write: str) -> Finding:
        """Say what is wrong with a file."""
        return Finding(name, "the file", self.rule, wrong, self.breaks, write)
