"""How long a proxy has to let each RPC take, and what no proto says."""

from deploy.mesh.rpcs import Rpc
from edge.envoy.methods import LARGE
from edge.envoy.render import Edge

# What is said by the edge alone, of every environment.
EDGE = Edge(auth=(), chat=(), llm=(), web="")
HEARTBEAT_SECONDS = 15  # of every stream, see `services/chat/messages/run.py`


def longest(rpc: Rpc) -> int:
    """How long the edge lets a call take, in seconds."""
    if rpc.streams:
        return EDGE.stream_seconds
    return EDGE.large_seconds if rpc.path in LARGE else EDGE.unary_seconds
