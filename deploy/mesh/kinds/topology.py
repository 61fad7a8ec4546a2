"""What a gateway is told of the network: the annotation `proxy.istio.io/config`."""

import json
from typing import Any

from deploy.mesh.kinds.base import Part, Refused


class GatewayTopology(Part):
    """What stands before a gateway."""

    num_trusted_proxies: int = 0


class GatewayConfig(Part):
    """The annotation."""

    gateway_topology: GatewayTopology = GatewayTopology()


def gateway_config(place: str, annotation: str | None) -> GatewayConfig:
    """Read the annotation."""
    try:
        written: Any = json.loads(annotation or "{}")
    except json.JSONDecodeError as error:
        raise Refused(f"{place}: proxy.istio.io/config: {error}") from None
    return GatewayConfig.read(place, written, root="proxy.istio.io/config")
