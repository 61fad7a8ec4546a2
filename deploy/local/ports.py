"""Loopback ports for local parts, and how two who look at once find different ones."""

import os
import socket
from collections import deque
from collections.abc import Collection
from secrets import choice

# Below the ports that the kernel gives to outgoing connections: what is not listened on
# for a while, as its process starts again, is nobody's meanwhile, not even by chance.
PORTS = range(17_000, 32_000)
# Of ports that were found last: longer than it takes to listen on them.
HELD: deque[int] = deque(maxlen=300)


def free_port(given: Collection[int] = ()) -> int:
    """
    Find a port that nobody listens on, and none of those given.

    No other process that looks for one this way finds it meanwhile.
    """
    while True:
        port = choice(PORTS)
        if port not in given and free(port) and hold(port):
            return port


def free(port: int) -> bool:
    """Tell whether a loopback port can be listened on now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def hold(port: int) -> bool:
    """Let no other process find a port, unless one has."""
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0parley-port-{port}")
    except OSError:
        mark.close()
        return False
    if len(HELD) == HELD.maxlen:
        os.close(HELD[0])
    HELD.append(mark.detach())
    return True
