"""A sidecar calls whom its policy names, and hangs up on everybody else."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import grpc
import pytest

from deploy.mesh.cluster import spiffe_id
from deploy.mesh.identity.authority import Authority
from deploy.mesh.resources import Mesh
from deploy.mesh.table.relays import Relay
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import standing
from deploy.mesh.table.tunnels import server_context
from tests.mesh.calling import noticed, status, token_of

OK = grpc.StatusCode.OK
UNREACHED = grpc.StatusCode.UNAVAILABLE
CREATE = "/parley.chat.v1.ConversationService/CreateConversation"
CHAT, LLM = spiffe_id("parley", "chat"), spiffe_id("parley", "llm")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "who", ["chat", "another account", "another authority", "of yesterday"]
)
async def test_who_answers_for_chat_is_chat_or_nobody(
    who: str, policy: Mesh, signers: Mapping[str, Signer], folder: Path
):
    async with standing(folder, policy, keys=[signers["parley"].jwk]) as stage:
        authority = stage.bench.authority
        identity = {
            "chat": authority.issue(CHAT, HOUR),
            "another account": authority.issue(LLM, HOUR),
            "another authority": Authority.new().issue(CHAT, HOUR),
            "of yesterday": authority.issue(
                CHAT, HOUR, since=datetime.now(UTC) - timedelta(days=1)
            ),
        }[who]
        service = stage.bench.at("chat") / "app.sock"
        relay = Relay(partial(asyncio.open_unix_connection, service))
        host, _, port = stage.door("chat").rpartition(":")
        async with (
            stage.bench.gone("chat", policy),
            grpc.aio.insecure_channel(stage.way("edge", "chat")) as channel,
        ):
            await noticed(stage, "chat")
            server = await asyncio.start_server(
                relay.connected, host, int(port), ssl=server_context(identity, "h2")
            )
            found = await status(channel, CREATE, token_of("parley", signers))
            server.close()
            await relay.end()

        assert found == (OK if who == "chat" else UNREACHED)
        assert stage.played["chat"].count(CREATE) == (who == "chat")
