"""
Tells the sidecars of a mesh what to do, and who they are.

It gives each its certificates, and new ones every few minutes, and pushes the policy
whenever a file of it changes. It stands for istiod and for the agents in the pods;
while it is away, sidecars work on as they were told.
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.digest import digest
from deploy.local.state import ROOT
from deploy.mesh.bench import agent_of
from deploy.mesh.files import POLICY, tell_all
from deploy.mesh.identity.agent import serving
from deploy.mesh.kinds.base import Refused
from deploy.mesh.plan import Plan
from deploy.mesh.resources import Mesh
from services.kit.server import until_stopped

LOOK_SECONDS = 0.5
ISTIO = ROOT / "deploy/istio"


def push(plan: Plan, mesh: Mesh) -> None:
    """Write what every sidecar reads."""
    tell_all(mesh, plan.cluster(), Path(plan.folder))


def state_of(plan: Plan) -> str:
    """Sum up all files that the policy is written in."""
    folders = {ISTIO, POLICY, Path(plan.policy), *map(Path, plan.components)}
    return digest([*folders, Path(plan.values), *map(Path, plan.keys.values())])


async def watch(plan: Plan) -> None:
    """Push the policy whenever it changes; one that is refused changes nothing."""
    known = state_of(plan)
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        found = await asyncio.to_thread(state_of, plan)
        if found == known:
            continue
        known = found
        try:
            await asyncio.to_thread(push, plan, plan.mesh())
        except Refused as refused:
            say(f"refused, so nothing changes:\n{refused}")
        else:
            say("pushed what the files say now")


async def serve(plan: Plan) -> None:
    """Serve until told to stop."""
    authority, mesh = plan.trusted(), plan.mesh()
    async with AsyncExitStack() as stack:
        for workload in plan.cluster().workloads:
            for instance in workload.instances:
                agent = agent_of(workload, authority, plan.life, mesh)
                socket = plan.at(instance.name) / "sds.sock"
                await stack.enter_async_context(serving(agent, socket, plan.interval))
        watching = asyncio.create_task(watch(plan))
        say("every sidecar has who it is")
        await until_stopped()
        watching.cancel()


def say(what: str) -> None:
    """Write a line into the log."""
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {what}", flush=True)


if __name__ == "__main__":
    asyncio.run(serve(Plan.read(Path(sys.argv[1]))))
