"""
Envoy's protos.

Their wheel and the wheel of the program are both called `envoy`, and theirs has copies
of other packages. So it lies in a folder of its own (deploy/local/bootstrap.py), and
only what is Envoy's is taken from there.
"""

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

import envoy

FOLDER = Path(sys.prefix) / "xds"
# What Envoy's protos stand on, and nobody else has.
THEIRS = ("udpa", "validate", "xds")


def take(name: str) -> None:
    """Import a package from the folder, which is not on the path."""
    spec = PathFinder.find_spec(name, [str(FOLDER)])
    if not spec:
        raise SystemExit(f"{FOLDER} does not hold {name}: run `make setup`")
    sys.modules[name] = module_from_spec(spec)
    if spec.loader:
        spec.loader.exec_module(sys.modules[name])


envoy.__path__.append(str(FOLDER / "envoy"))
for each in THEIRS:
    take(each)

from envoy.extensions.transport_sockets.tls.v3 import secret_pb2  # noqa: E402
from envoy.service.discovery.v3 import discovery_pb2  # noqa: E402
from envoy.service.secret.v3 import sds_pb2_grpc  # noqa: E402

__all__ = ["discovery_pb2", "sds_pb2_grpc", "secret_pb2"]
