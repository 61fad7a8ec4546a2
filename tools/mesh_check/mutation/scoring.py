"""Who notices which change: our rules first, then Istio's own schemas."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.mesh.kinds.base import Refused
from deploy.mesh.kustomize import kustomization
from tools.mesh_check.checking import OFFICIAL, check
from tools.mesh_check.folder import Folder
from tools.mesh_check.mesh import meshes, values
from tools.mesh_check.mutation.excused import MEANS_THE_SAME, ONLY_RUNNING, Excuse
from tools.mesh_check.mutation.mutants import Mutant, mutants
from tools.mesh_check.official import go, why_not

NAME = ("metadata", "name")


@dataclass(slots=True)
class Score:
    """What became of each mutant."""

    noticed: dict[Mutant, str] = field(default_factory=dict)
    only_running: dict[Excuse, list[Mutant]] = field(default_factory=dict)
    same: dict[Excuse, list[Mutant]] = field(default_factory=dict)
    missed: list[Mutant] = field(default_factory=list)
    # All the rules that noticed something of a file.
    rules: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def mistakes(self) -> int:
        """How many changes are mistakes."""
        running = sum(map(len, self.only_running.values()))
        return len(self.noticed) + running + len(self.missed)

    @property
    def percent(self) -> float:
        """How many of them are noticed."""
        return 100 * len(self.noticed) / max(1, self.mistakes)


def score(folder: Folder, wanted: Iterable[Mutant] | None = None) -> Score:
    """Try every mutant, or those that are wanted."""
    found = Score()
    left = []
    for mutant in mutants(folder) if wanted is None else wanted:
        changed = mutant.applied(folder)
        here = frozenset({mutant.mesh})
        rules = noticed_by(changed, here) or noticed_by(changed, None)
        if rules:
            found.noticed[mutant] = rules[0]
            found.rules[mutant.file].update(rules)
        else:
            left.append(mutant)
    refused = refused_by_schemas(folder, left)
    for number, mutant in enumerate(left):
        if number in refused:
            found.noticed[mutant] = OFFICIAL
        elif excuse := excused(mutant, MEANS_THE_SAME, folder):
            found.same.setdefault(excuse, []).append(mutant)
        elif excuse := excused(mutant, ONLY_RUNNING, folder):
            found.only_running.setdefault(excuse, []).append(mutant)
        else:
            found.missed.append(mutant)
    return found


def noticed_by(folder: Folder, wanted: frozenset[str] | None) -> list[str]:
    """
    Name the rules that find something.

    A rule that falls over what it cannot read has found nothing: what Kubernetes
    refuses, the schemas say.
    """
    found = check(folder, wanted)
    return list(dict.fromkeys(one.rule for one in found if not one.crashed))


def excused(mutant: Mutant, excuses: Sequence[Excuse], folder: Folder) -> Excuse | None:
    """Find the reason why nobody notices a mutant."""
    if mutant.path == NAME and is_referred_to(mutant, folder):
        return None
    return next((one for one in excuses if one.covers(str(mutant))), None)


def is_referred_to(mutant: Mutant, folder: Folder) -> bool:
    """Tell whether a kustomization names the resource whose name a mutant changes."""
    document = folder.documents[mutant.file][mutant.document]
    kind, name = document["kind"], document["metadata"]["name"]
    return any(
        re.fullmatch(patch.target.kind, kind) and re.fullmatch(patch.target.name, name)
        for place in folder.kustomizations()
        for patch in kustomization(folder.documents_of, place).patches
    )


def refused_by_schemas(folder: Folder, left: Sequence[Mutant]) -> frozenset[int]:
    """Ask an API server's checks about what our rules let pass, all at once."""
    if not left or why_not():
        return frozenset()
    asked = "\n".join(json.dumps(one) for one in questions(folder, left))
    done = go("run", ".", "--judge", asked=asked)
    done.check_returncode()
    return frozenset(map(int, done.stdout.split()))


def questions(folder: Folder, left: Sequence[Mutant]) -> Iterator[dict[str, Any]]:
    """Write each mesh as an API server would see it."""
    for number, mutant in enumerate(left):
        changed = mutant.applied(folder)
        try:
            [mesh] = meshes(changed, frozenset({mutant.mesh}))
        except Refused:  # pragma: no cover - a rule has found it
            continue
        touched = [one for one in mesh.resources if mutant.file in one.where]
        yield {
            "number": number,
            "resources": [one.document for one in touched],
            "meshConfig": values(changed).get("meshConfig", {}),
        }
