"""
Envoy's protos.

Their wheel and the wheel of the program are both called `envoy`, so the protos lie in a
folder of their own (deploy/local/bootstrap.py), and are joined here.
"""

import sys
from pathlib import Path

import envoy

FOLDER = Path(sys.prefix) / "xds"

if str(FOLDER) not in sys.path:
    # Last: what else the wheel carries, such as Google's protos, is here already.
    sys.path.append(str(FOLDER))
    envoy.__path__.append(str(FOLDER / "envoy"))

from envoy.extensions.transport_sockets.tls.v3 import secret_pb2  # noqa: E402
from envoy.service.discovery.v3 import discovery_pb2  # noqa: E402
from envoy.service.secret.v3 import sds_pb2_grpc  # noqa: E402

__all__ = ["discovery_pb2", "sds_pb2_grpc", "secret_pb2"]
