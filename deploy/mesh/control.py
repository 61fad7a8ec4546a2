"""
Tells the sidecars of a mesh what to do, and who they are.

It gives each its certificates, and new ones every few minutes, and pushes the policy
whenever a file of it changes. It stands for istiod and for the agents in the pods;
while it is away, sidecars work on as they were told, until their certificates expire.
"""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.digest import digest
from deploy.local.state import ROOT
from deploy.mesh.admin import Rejected, Unwell
from deploy.mesh.files import POLICY, hosts
from deploy.mesh.identity.agent import Agent, serving
from deploy.mesh.kinds.base import Refused
from deploy.mesh.plan import Plan
from deploy.mesh.pushing import push
from deploy.mesh.resources import Mesh
from services.kit.server import until_stopped

LOOK_SECONDS = 0.5
ISTIO = ROOT / "deploy/istio"
Agents = Mapping[str, Agent]


def state_of(plan: Plan) -> str:
    """Sum up all files that the policy is written in; empty while one comes or goes."""
    folders = {ISTIO, POLICY, Path(plan.policy), *map(Path, plan.components)}
    files = [Path(plan.values), *map(Path, plan.keys.values())]
    try:
        return digest([*folders, *files])
    except OSError:
        return ""


async def watch(plan: Plan, agents: Agents) -> None:
    """
    Push the policy at the start, and whenever it changes.

    Only what is the same in two looks, before it is read and after: an editor may be
    writing it.
    """
    looked, read, holds = "", "", None
    while True:
        found = await asyncio.to_thread(state_of, plan)
        if found and found == looked != read:
            mesh = await asyncio.to_thread(policy, plan)
            if found == await asyncio.to_thread(state_of, plan):
                read = found
                if isinstance(mesh, Exception):
                    refuse(mesh)
                else:
                    holds = await pushed(plan, agents, mesh, holds)
        looked = found
        await asyncio.sleep(LOOK_SECONDS)


def policy(plan: Plan) -> Mesh | Exception:
    """Read the policy, or say why it cannot be read; whatever it is, others follow."""
    try:
        return plan.mesh()
    except Exception as error:
        return error


async def pushed(
    plan: Plan, agents: Agents, mesh: Mesh, holds: Mesh | None
) -> Mesh | None:
    """Push a policy; return what holds from here on."""
    try:
        await push(mesh, plan.cluster(), Path(plan.folder), agents)
    except Rejected as rejected:
        then = (
            "all goes back to what was" if holds else "there is nothing to go back to"
        )
        say(f"rejected by an Envoy; {then}:\n{rejected}")
        return await pushed(plan, agents, holds, None) if holds else None
    except Unwell as unwell:
        say(f"pushed, but not every sidecar has it yet:\n{unwell}")
    except Exception as error:
        refuse(error)
        return holds
    else:
        say("pushed what the files say; every sidecar has it")
    return mesh


def refuse(error: Exception) -> None:
    """Say why a policy is not pushed."""
    what = str(error) if isinstance(error, Refused) else repr(error)
    say(f"refused, so nothing changes:\n{what}")


async def serve(plan: Plan) -> None:
    """Serve until told to stop; who watches no more ends the process."""
    authority, agents = plan.trusted(), {}
    async with AsyncExitStack() as stack:
        for workload, instance in plan.cluster().instances():
            folder = plan.at(instance.name)
            agent = Agent(authority, workload.spiffe_id, plan.life, hosts(folder))
            agents[instance.name] = agent
            socket = folder / "sds.sock"
            await stack.enter_async_context(serving(agent, socket, plan.interval))
        say("every sidecar has who it is")
        watching = asyncio.create_task(watch(plan, agents))
        stopped = asyncio.create_task(until_stopped())
        await asyncio.wait({watching, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()
        watching.cancel()


def say(what: str) -> None:
    """Write a line into the log."""
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {what}", flush=True)


if __name__ == "__main__":
    asyncio.run(serve(Plan.read(Path(sys.argv[1]))))
