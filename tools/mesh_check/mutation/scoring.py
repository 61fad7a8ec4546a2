"""Who notices which change: our rules first, then Istio's own schemas."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.mesh.kinds.base import Refused
from tools.mesh_check.checking import OFFICIAL, check
from tools.mesh_check.folder import Folder
from tools.mesh_check.mesh import meshes, values
from tools.mesh_check.mutation.excused import MEANS_THE_SAME, ONLY_RUNNING, Excuse
from tools.mesh_check.mutation.mutants import Mutant, mutants
from tools.mesh_check.official import go, why_not

LEAST = 99


@dataclass(slots=True)
class Score:
    """What became of each mutant."""

    noticed: dict[Mutant, str] = field(default_factory=dict)
    only_running: dict[Excuse, list[Mutant]] = field(default_factory=dict)
    same: dict[Excuse, list[Mutant]] = field(default_factory=dict)
    missed: list[Mutant] = field(default_factory=list)

    @property
    def mistakes(self) -> int:
        """How many changes are mistakes."""
        running = sum(map(len, self.only_running.values()))
        return len(self.noticed) + running + len(self.missed)

    @property
    def percent(self) -> float:
        """How many of them are noticed."""
        return 100 * len(self.noticed) / max(1, self.mistakes)


def score(folder: Folder, wanted: Sequence[Mutant] | None = None) -> Score:
    """Try every mutant, or those that are wanted."""
    found = Score()
    left = []
    for mutant in mutants(folder) if wanted is None else wanted:
        changed = mutant.applied(folder)
        here = frozenset({mutant.mesh})
        rule = noticed_by(changed, here) or noticed_by(changed, None)
        if rule:
            found.noticed[mutant] = rule
        else:
            left.append(mutant)
    refused = refused_by_schemas(folder, left)
    for number, mutant in enumerate(left):
        if number in refused:
            found.noticed[mutant] = OFFICIAL
        elif excuse := excused(mutant, MEANS_THE_SAME):
            found.same.setdefault(excuse, []).append(mutant)
        elif excuse := excused(mutant, ONLY_RUNNING):
            found.only_running.setdefault(excuse, []).append(mutant)
        else:
            found.missed.append(mutant)
    return found


def noticed_by(folder: Folder, wanted: frozenset[str] | None) -> str | None:
    """Name the first rule that finds something."""
    found = check(folder, wanted)
    return found[0].rule if found else None


def excused(mutant: Mutant, excuses: Sequence[Excuse]) -> Excuse | None:
    """Find the reason why nobody notices a mutant."""
    return next((one for one in excuses if one.covers(str(mutant))), None)


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
