"""Gives all sidecars another policy, and looks whether each one took it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from deploy.mesh.admin import Admin, Rejected, Unwell
from deploy.mesh.cluster import Cluster
from deploy.mesh.files import Told, hosts, tell_all
from deploy.mesh.identity.agent import Agent
from deploy.mesh.resources import Mesh


async def push(
    mesh: Mesh, cluster: Cluster, folder: Path, agents: Mapping[str, Agent]
) -> None:
    """Have all sidecars work with these resources; they go on meanwhile."""
    names = [instance.name for _, instance in cluster.instances()]
    counts = await asyncio.gather(*(admin(folder, each).rejections() for each in names))
    told = await asyncio.to_thread(tell_all, mesh, cluster, folder)
    for name, agent in agents.items():
        await agent.serve(hosts(folder / name))
    await until(folder, told, dict(zip(names, counts, strict=True)))


async def until(
    folder: Path, told: Mapping[str, Told], rejections: Mapping[str, int]
) -> None:
    """Wait until all do what they were told, or say of each that does not why."""
    waits = [
        admin(folder, name).until_told(each, rejections[name])
        for name, each in told.items()
    ]
    failed = [
        each
        for each in await asyncio.gather(*waits, return_exceptions=True)
        if isinstance(each, BaseException)
    ]
    for each in failed:
        if not isinstance(each, Unwell):
            raise each
    if failed:
        kind = (
            Rejected if any(isinstance(each, Rejected) for each in failed) else Unwell
        )
        raise kind("\n".join(map(str, failed)))


def admin(folder: Path, name: str) -> Admin:
    """The administrator's side of a sidecar."""
    return Admin(folder / name / "admin.sock")
