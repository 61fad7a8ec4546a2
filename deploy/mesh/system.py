"""Parley on one machine as `make up` runs it, with a sidecar beside each service."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from deploy.local.parts import LAYERS, SERVICES, System
from deploy.local.replicas import kind
from deploy.local.state import ROOT, State
from deploy.local.supervisor import Layers, Part
from deploy.local.wanted import MODEL
from deploy.mesh.admin import Admin
from deploy.mesh.bench import command
from deploy.mesh.cluster import PUBLIC_ROOTS
from deploy.mesh.files import private, start_with, tell_all, told
from deploy.mesh.identity.authority import Authority
from deploy.mesh.parley import EDGE, EGRESS, INGRESS, LLM, PROVIDERS, WEB
from deploy.mesh.plan import ROTATION_SECONDS, Plan, Replicas
from edge.envoy.render import Edge

COMPONENTS = ROOT / "deploy/istio/components"
GAME_DAYS = COMPONENTS / "game-day"
# Where what is decided is written down, beside the sockets.
PLAN = "mesh.json"
CONTROL = "control"
AUTHORITY = "authority.pem"
RENEWED = timedelta(days=30)
SIDECAR = "sidecar-{}"
GATEWAY = "{}-gateway"
OPENAI = PROVIDERS[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may choose."""

    policy: Path
    components: Sequence[Path] = ()
    rotation_seconds: float = ROTATION_SECONDS
    outside: Mapping[str, str] = field(default_factory=dict)
    public_roots: str = PUBLIC_ROOTS

    @property
    def has_faults(self) -> bool:
        """Tell whether calls shall fail: it is a game day."""
        return any(each.is_relative_to(GAME_DAYS) for each in self.components)


@dataclass(frozen=True, slots=True)
class MeshSystem(System):
    """Everything that is decided about one start."""

    options: Options

    # The replicas of each service, with the labels of their version.
    versions: Replicas

    command: ClassVar[str] = "make mesh"
    logs: ClassVar[str] = 'make mesh ARGS="--logs chat"'
    # The way in, then services, then what carries their last calls, also to a model
    # outside; the stores at the end.
    layers: ClassVar[Layers] = (
        (INGRESS,),
        *LAYERS[:-1],
        ("sidecar", EGRESS),
        (CONTROL,),
        LAYERS[-1],
    )

    def names(self, service: str) -> list[str]:
        """Name the replicas of a service: of each version one, at least."""
        return [*self.versions[service]]

    @property
    def beside(self) -> tuple[str, ...]:
        """Name the parts that services need beside them."""
        return (CONTROL, *self.proxies)

    @property
    def proxies(self) -> dict[str, str]:
        """Name the sidecars and gateways, and whose each is."""
        services = [name for service in SERVICES for name in self.names(service)]
        sidecars = {SIDECAR.format(name): name for name in (*services, EDGE, WEB)}
        return sidecars | {GATEWAY.format(name): name for name in (INGRESS, EGRESS)}

    def well(self, part: str) -> bool:
        """Tell whether a proxy does what its files say, or end with why it cannot."""
        if part == CONTROL:
            return True
        folder = self.plan.at(self.proxies[part])
        said, admin = told(folder), Admin(folder / "admin.sock")
        if not asyncio.run(admin.lacking(said)):
            return True
        if asyncio.run(admin.lacks_a_port()):
            raise SystemExit(
                f"\nAnother program took a port that {part} was to have. Run: "
                "make mesh ARGS=--down, then make mesh"
            )
        return False

    @property
    def plan(self) -> Plan:
        """Write down what every process of the mesh has to know."""
        secrets = self.state.folder / "secrets"
        authority = self.state.secret(AUTHORITY, lambda: Authority.new().written())
        return Plan(
            folder=str(self.state.run / "mesh"),
            ports={
                **self.ports,
                "web-app": self.ports["web"],
                "ingress-plain": self.state.port,
            },
            replicas=self.versions,
            policy=str(self.options.policy),
            components=[str(each) for each in self.options.components],
            authority=str(authority),
            keys={
                "parley-chat": str(secrets / "chat-keys.json"),
                "parley-llm": str(secrets / "llm-keys.json"),
            },
            rotation_seconds=self.options.rotation_seconds,
            outside=self.options.outside,
            public_roots=self.options.public_roots,
        )

    def listen(self, name: str) -> str:
        """Name the socket on which a service listens, for its sidecar alone."""
        return f"unix:{self.plan.at(name) / 'app.sock'}"

    def reach(self, caller: str, service: str) -> str:
        """Name the socket at which a part's own sidecar takes calls to a service."""
        return f"unix:{self.plan.at(caller) / service}.sock"

    def places(self) -> dict[str, str]:
        """Say where each part is to be found."""
        cluster = self.plan.cluster()
        doors = {
            instance.name: ", ".join(instance.inbound.values())
            for _, instance in cluster.instances()
        }
        services = [name for service in SERVICES for name in self.names(service)]
        return {
            **System.places(self),
            **{name: self.listen(name).removeprefix("unix:") for name in services},
            EDGE: f"127.0.0.1:{self.ports['edge-app']}",
            **{part: doors[name] for part, name in self.proxies.items()},
            CONTROL: str(self.plan.folder),
        }

    def parts(self) -> list[Part]:
        """Say what to run, in the order of dependence."""
        plan = self.plan
        file = self.state.run / PLAN
        plan.write(file)
        mesh, cluster = plan.mesh(), plan.cluster()
        owners = [*cluster.instances()]
        for _, instance in owners:
            private(plan.at(instance.name))
        tell_all(mesh, cluster, Path(plan.folder))
        names = {whose: part for part, whose in self.proxies.items()}
        proxies = []
        for workload, instance in owners:
            config = start_with(workload, instance, plan.at(instance.name))
            proxies.append(
                Part(
                    name=names[instance.name],
                    command=command(config, mesh),
                    made_from=[config],
                )
            )
        return [self._control(file), *proxies, *map(self.local, System.parts(self))]

    def _control(self, plan: Path) -> Part:
        return Part(
            name=CONTROL,
            command=[sys.executable, "-m", "deploy.mesh.control", str(plan)],
            environment={"PYTHONPATH": f"{ROOT}:{ROOT / 'gen/python'}"},
            made_from=[plan, ROOT / "deploy/mesh", Path(sys.prefix) / "up.stamp"],
        )

    def local(self, part: Part) -> Part:
        """Have llm ask OpenAI through its sidecar, unless it shall ask another."""
        given = part.environment
        own = bool(given.get("OPENAI_API_KEY")) and not given.get("OPENAI_BASE_URL")
        if kind(part.name) != LLM or not own:
            return part
        url = f"http://127.0.0.1:{self.ports[f'{part.name}-{OPENAI}']}/v1"
        return replace(part, environment={**given, "OPENAI_BASE_URL": url})

    def edge(self) -> Edge:
        """Say where the edge is, and at which sockets its sidecar takes its calls."""
        return replace(
            System.edge(self),
            port=self.ports["edge-app"],
            metrics_port=self.ports["edge-metrics"],
            trusted_hops=1,  # the ingress gateway
            retries=0,  # its sidecar asks again
            auth=(self._socket("auth"),),
            chat=(self._socket("chat"),),
            llm=(self._socket("llm"),),
            web=self._socket("web"),
        )

    def _socket(self, service: str) -> str:
        return self.reach(EDGE, service).removeprefix("unix:")


def mesh_ports(names: Sequence[str]) -> list[str]:
    """Name what needs a port in a mesh, beside what `make up` needs."""
    llms = [name for name in names if kind(name) == LLM]
    return [
        *(f"{name}-sidecar" for name in (*names, EDGE, WEB)),
        *(f"{name}-sidecar-metrics" for name in (*names, EDGE)),
        *("edge-app", "edge-metrics"),
        *("ingress-443", "ingress-80", "egress-443"),
        *(f"{name}-outside" for name in llms),
        *(f"{name}-{provider}" for name in llms for provider in PROVIDERS),
    ]


def renew_authority(state: State) -> None:
    """Have another authority made at a start, long before the one that was expires."""
    file = state.folder / "secrets" / AUTHORITY
    if file.exists() and Authority.read(file.read_text()).expires_within(RENEWED):
        file.unlink()


def past_the_mesh(system: MeshSystem) -> list[str]:
    """List what llm reaches without its sidecar, because a person says so."""
    return [
        f"{name}={value}"
        for name in MODEL
        if name.endswith("_URL") and (value := system.environment.get(name))
    ]


def own_state(environment: "dict[str, str]") -> State:
    """Keep the mesh apart from what `make up` runs."""
    folder = environment.get("PARLEY_STATE") or str(ROOT / ".parley/mesh")
    port = environment.get("PARLEY_PORT") or "8090"
    return State.of({**environment, "PARLEY_STATE": folder, "PARLEY_PORT": port})
