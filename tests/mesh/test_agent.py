"""What gives a sidecar its certificates."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc

from deploy.mesh.identity.agent import Agent, serving
from deploy.mesh.identity.authority import Authority
from deploy.mesh.identity.protos import discovery_pb2, sds_pb2_grpc, secret_pb2
from tests.edge.patience import until

HOUR = timedelta(hours=1)


class Counted(dict[str, Any]):
    """Secrets that count how often somebody looks for one."""

    looks = 0

    def __contains__(self, name: object) -> bool:
        """Count, and look."""
        self.looks += 1
        return super().__contains__(name)


async def test_a_secret_that_is_not_known_yet_comes_when_it_is(folder: Path):
    """Meanwhile nobody looks for it again and again."""
    agent = Agent(Authority.new(), "spiffe://cluster.local/ns/parley/sa/x", HOUR)
    async with (
        serving(agent, folder / "sds.sock", HOUR),
        grpc.aio.insecure_channel(f"unix:{folder}/sds.sock") as channel,
    ):
        counted = agent.secrets = Counted(agent.secrets)
        stub: Any = sds_pb2_grpc.SecretDiscoveryServiceStub(channel)
        call = stub.StreamSecrets()
        wanted = ["kubernetes://new"]
        await call.write(discovery_pb2.DiscoveryRequest(resource_names=wanted))
        await until(lambda: counted.looks)
        for _ in range(100):
            await asyncio.sleep(0)
        looks = counted.looks
        await agent.serve({"new": ["chat.example.com"]})
        answer = await call.read()
        call.cancel()

    secret = secret_pb2.Secret()
    answer.resources[0].Unpack(secret)
    assert secret.name == "kubernetes://new"
    assert looks == 1
