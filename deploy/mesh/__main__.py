"""
Run Parley with its mesh policy, without Kubernetes: `make mesh`.

A sidecar (Envoy) stands beside each service and does what deploy/istio/ says: mutual
TLS with certificates that change every few minutes, who may call what, timeouts,
retries, breakers, the ways in and out. It is a test bench, not a control plane: what it
does not implement, it refuses by name. docs/mesh.md says what it proves, and what not.
"""

import asyncio
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from deploy.local.__main__ import follow, summary
from deploy.local.parts import port_names
from deploy.local.prove import prove
from deploy.local.replicas import replicas
from deploy.local.show import show_status
from deploy.local.state import State
from deploy.local.supervisor import Supervisor
from deploy.local.up import environment, start
from deploy.mesh import versions
from deploy.mesh.cluster import PUBLIC_ROOTS
from deploy.mesh.files import POLICY, read_policy
from deploy.mesh.kinds.base import Refused
from deploy.mesh.plan import ROTATION_SECONDS, Plan, Replicas
from deploy.mesh.printing import printed
from deploy.mesh.system import (
    COMPONENTS,
    PLAN,
    MeshSystem,
    Options,
    mesh_ports,
    own_state,
    past_the_mesh,
    renew_authority,
)

OUTSIDER = re.compile(r"[^:=]+:\d{1,5}=[^:=]+:\d{1,5}")
HELP = """\
Run Parley with its mesh policy, without Kubernetes.

\b
  make mesh                                    start it, and say where to chat
  make mesh ARGS="--print chat"                what the policy turns into for chat
  make mesh ARGS="--with game-day/llm-is-away" start it with a component
  make mesh ARGS=--status                      each process: state, memory, address
  make mesh ARGS="--logs sidecar-chat"         follow what a part writes
  make mesh ARGS=--down                        stop it

While it runs, edit a file in deploy/istio/: every sidecar has it within a second or
two, and the log of `control` says so, or why it was refused. What a change means for
whom: `make mesh-test`.
"""


def main(
    show: Annotated[
        str, typer.Option("--print", metavar="WORKLOAD", help="print and end")
    ] = "",
    down: Annotated[bool, typer.Option("--down", help="stop it")] = False,
    status: Annotated[bool, typer.Option("--status", help="show each process")] = False,
    logs: Annotated[
        str, typer.Option(metavar="PART", help="follow the log of a part")
    ] = "",
    policy: Annotated[
        Path, typer.Option(help="a folder with a kustomization")
    ] = POLICY,
    components: Annotated[
        list[str],
        typer.Option("--with", metavar="COMPONENT", help="of deploy/istio/components"),
    ] = [],  # noqa: B006 - typer's way
    rotate_every: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, help="new certificates")
    ] = ROTATION_SECONDS,
    outside: Annotated[
        list[str],
        typer.Option(
            metavar="HOST:PORT=ADDRESS", help="where somebody outside is, for tests"
        ),
    ] = [],  # noqa: B006 - typer's way
    public_roots: Annotated[
        str, typer.Option(metavar="FILE", help="the authorities of who is outside")
    ] = PUBLIC_ROOTS,
) -> None:
    """Do what is asked."""
    options = Options(
        policy=policy.resolve(),
        components=[component(name) for name in components],
        rotation_seconds=rotate_every,
        outside=dict(map(outsider, outside)),
        public_roots=public_roots,
    )
    try:
        if show:
            mesh = read_policy(options.policy, components=options.components)
            sys.stdout.write(printed(mesh, policy, show))
        elif down:
            stop()
        elif logs:
            follow(own_state(dict(os.environ)), logs)
        elif status:
            raise typer.Exit(not shown(options))
        else:
            up(options)
    except Refused as refused:
        raise SystemExit(f"The policy is refused:\n{refused}") from None


def component(name: str) -> Path:
    """Find a component by its name."""
    found = COMPONENTS / name
    if not (found / "kustomization.yaml").exists():
        known = sorted(
            str(each.parent.relative_to(COMPONENTS))
            for each in COMPONENTS.rglob("kustomization.yaml")
        )
        raise SystemExit(
            f"There is no component {name!r}. There are: {', '.join(known)}"
        )
    return found


def outsider(written: str) -> tuple[str, str]:
    """Read where somebody outside is."""
    if not OUTSIDER.fullmatch(written):
        raise typer.BadParameter(f"{written!r} is not HOST:PORT=HOST:PORT")
    name, _, address = written.partition("=")
    return name, address


def plan(options: Options) -> tuple[MeshSystem, Supervisor]:
    """Decide where everything is."""
    settings = environment()
    state = own_state(dict(os.environ))
    state.create()
    supervisor = Supervisor(state)
    least = replicas(settings)
    if (known := running(state, supervisor)) and not settings.get("REPLICAS"):
        least = len(known["auth"])
    mesh = read_policy(options.policy, components=options.components)
    return planned(state, settings, versions.replicas(mesh, least), options)


def planned(
    state: State, settings: Mapping[str, str], named: Replicas, options: Options
) -> tuple[MeshSystem, Supervisor]:
    """Give everything that there shall be its ports."""
    supervisor = Supervisor(state)
    names = [name for own in named.values() for name in own]
    count = max(map(len, named.values()))
    own = [each for name in names for each in (name, f"{name}-metrics")]
    wanted = [*own, *port_names(1), *mesh_ports(names)]
    ports = state.ports(wanted, running=supervisor.process is not None)
    return MeshSystem(state, count, ports, settings, options, named), supervisor


def running(state: State, supervisor: Supervisor) -> Replicas:
    """Name the replicas that run, as they were planned."""
    file = state.run / PLAN
    return Plan.read(file).replicas if supervisor.process and file.exists() else {}


def shown(options: Options) -> bool:
    """Show each process of what runs; write nothing."""
    state = own_state(dict(os.environ))
    if not (known := running(state, Supervisor(state))):
        print(f"The mesh is not running. Start it with: {MeshSystem.command}")
        return False
    return show_status(*planned(state, environment(), known, options))


def up(options: Options) -> None:
    """Start what does not run, and prove that an answer streams through all of it."""
    began = monotonic()
    system, supervisor = plan(options)
    if not supervisor.process:
        renew_authority(system.state)
    start(system, supervisor)
    try:
        proof = asyncio.run(prove(system.state.url, system.logs, system.mailbox_port))
    except SystemExit as failed:
        if not options.has_faults:
            raise
        show_status(system, supervisor)
        print(f"{failed}\n\nIt runs, with faults as asked: {system.state.url}")
        return
    print()
    show_status(system, supervisor)
    print(summary(system, proof, monotonic() - began))
    print(
        f"\n  over TLS          https://localhost:{system.ports['ingress-443']} "
        "(a certificate of the mesh's own authority)"
        "\n  the mesh          every call passed two sidecars and mutual TLS;"
        "\n                    certificates change every "
        f"{options.rotation_seconds:.0f} s"
    )
    for each in past_the_mesh(system):
        print(f"\nNot through the mesh, because it is set so: {each}")


def stop() -> None:
    """Stop everything; what people wrote stays in the state folder."""
    state = own_state(dict(os.environ))
    supervisor = Supervisor(state)
    if not supervisor.process:
        print("The mesh is not running.")
        return
    supervisor.stop(MeshSystem.layers)
    print(f"The mesh is down. Its data stays in {state.folder}.")


if __name__ == "__main__":
    app = typer.Typer(add_completion=False)
    app.command(help=HELP)(main)
    app()
