"""
Tell whether a service is well: `python -m deploy.images.healthy 50052`.

For where nothing else can ask over gRPC (deploy/compose). Kubernetes asks by itself.
"""

import sys
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

SECONDS = 2


def main() -> None:
    """End with 0 if the service at a port of this machine says SERVING."""
    with grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}") as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # typed for asyncio only
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=SECONDS)
        except grpc.RpcError as error:
            sys.exit(str(error))
    sys.exit(answer.status != health_pb2.HealthCheckResponse.SERVING)


if __name__ == "__main__":
    main()
