"""What a change of policy means for whom, and where policy and protos disagree."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.mesh.resources import Mesh
from deploy.mesh.rpcs import Rpc
from deploy.mesh.table.calls import Attempt, Found, of_rpc
from deploy.mesh.table.expected import (
    CALLERS,
    NO_TOKEN,
    PLAINTEXT,
    TOKENS,
    UNCERTIFIED,
    Outcome,
    expected,
)
from deploy.mesh.table.ways import by_sidecar, made


@dataclass(frozen=True, slots=True)
class Change:
    """A call that ends in another way than before."""

    call: Attempt
    before: Outcome
    after: Outcome

    def __str__(self) -> str:
        """Say what changed."""
        return f"{said(self.call)}: was {self.before}, is {self.after}"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A call that ends in another way than the protos say."""

    call: Attempt
    protos: Outcome
    mesh: Outcome

    def __str__(self) -> str:
        """Say who says what."""
        return f"{said(self.call)}: the protos say {self.protos}, the mesh {self.mesh}"


def said(call: Attempt) -> str:
    """Name a call."""
    token = f"with {OF[call.token]} token" if call.token in OF else "without a token"
    return f"{call.caller} → {call.called}, {call.what}, {token}"


OF = {"user": "a user's", "chat": "chat's", "llm": "llm's"}


def differing(before: Mesh, after: Mesh) -> list[str]:
    """Name the resources that are not the same, and the values, if they are not."""

    def named(mesh: Mesh) -> dict[str, object]:
        found: dict[str, object] = {
            f"{type(each.spec).__name__} {each.namespace}/{each.name}": each
            for each in mesh.resources
        }
        return found | {"the values of the mesh": mesh.values}

    then, now = named(before), named(after)
    return sorted(
        name for name in then.keys() | now.keys() if then.get(name) != now.get(name)
    )


def changes(before: Found, after: Found) -> list[Change]:
    """List the calls that end otherwise than before."""
    return [
        Change(call, before[call], after[call])
        for call in sorted(before.keys() & after.keys())
        if before[call] != after[call]
    ]


def disagreements(found: Found, rpcs: Sequence[Rpc]) -> list[Disagreement]:
    """List the calls that do not end as the protos say."""
    wanted: dict[Attempt, Outcome] = {
        of_rpc(rpc, caller, token): expected(rpc, caller, token)
        for rpc in rpcs
        for caller in CALLERS
        for token in (NO_TOKEN, *TOKENS)
    }
    for rpc in rpcs:
        for stranger in (PLAINTEXT, UNCERTIFIED):
            wanted[of_rpc(rpc, stranger, NO_TOKEN)] = "unreached"
    wanted |= dict.fromkeys((by_sidecar(*each) for each in made()), "allowed")
    return [
        Disagreement(call, outcome, found[call])
        for call, outcome in sorted(wanted.items())
        if found[call] != outcome
    ]
