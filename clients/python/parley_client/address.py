"""Where a Parley is."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import grpc

DEFAULT_URL = "http://localhost:8080"
PORTS = {"http": 80, "https": 443}

# A page of long answers is larger than the 4 MiB that gRPC takes by default.
MAX_RESPONSE = 64 * 1024 * 1024


@dataclass(frozen=True)
class Address:
    """The scheme, host and port of a URL."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL like `http://localhost:8080`; ValueError if it is none."""
        parts = urlsplit(url.strip())
        extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username
        if parts.scheme not in PORTS or not parts.hostname or extra:
            raise ValueError(f"{url!r} is no URL like {DEFAULT_URL}")
        port = PORTS[parts.scheme] if parts.port is None else parts.port
        return cls(parts.scheme, parts.hostname, port)

    @property
    def url(self) -> str:
        """The one way to write it, without a port that goes without saying."""
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self._host}{port}"

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def channel(
        self, interceptors: Sequence[grpc.aio.ClientInterceptor] = ()
    ) -> grpc.aio.Channel:
        """Make a channel, with TLS if the scheme is https; it connects when used."""
        target = f"{self._host}:{self.port}"
        options: list[tuple[str, str | int]] = [
            ("grpc.primary_user_agent", "parley-client"),
            ("grpc.max_receive_message_length", MAX_RESPONSE),
            # By default a network that was away for a minute is tried again after
            # another.
            ("grpc.initial_reconnect_backoff_ms", 250),
            ("grpc.max_reconnect_backoff_ms", 5_000),
        ]
        if self._is_here():
            # No proxy of the environment can reach this machine's own loopback.
            options.append(("grpc.enable_http_proxy", 0))
        if self.scheme == "http":
            return grpc.aio.insecure_channel(
                target, options=options, interceptors=interceptors
            )
        return grpc.aio.secure_channel(
            target,
            grpc.ssl_channel_credentials(),
            options=options,
            interceptors=interceptors,
        )

    def _is_here(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")
