"""The keys that access tokens are signed with, as auth publishes them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from services.kit.caller import NOBODY, AuthUnavailable, Issuer, Verifier, delegate
from services.kit.channels import channel_to
from services.kit.jwk import Jwk, read_key_set
from services.kit.revocations import Revocations
from services.kit.watching import Watch, watching

Ask = Callable[[grpc.aio.Channel], Awaitable[Message]]


def trusted(
    actor: str, keys_file: Path | None, *, by: str
) -> Mapping[Issuer, Sequence[Jwk]]:
    """Let a service call another one on behalf of users; nobody, without its keys."""
    if keys_file is None:
        return NOBODY
    return {delegate(actor, to=by): read_key_set(keys_file)}


@asynccontextmanager
async def verifying(
    auth_addresses: str,
    ask: Ask,
    watch: Watch,
    trusted: Mapping[Issuer, Sequence[Jwk]] = NOBODY,
) -> AsyncIterator[Verifier]:
    """
    Verify tokens while the block runs; `ask` gets a message whose JSON is a JWKS.

    auth need not be up yet: its keys are asked for when the first token comes. What it
    revokes is known from its first answer to `watch` on; until then nobody is let in.
    """
    revocations = Revocations(known=False)
    async with channel_to(auth_addresses) as channel:

        async def fetch() -> Sequence[Jwk]:
            try:
                answer = await ask(channel)
            except grpc.aio.AioRpcError as error:
                raise AuthUnavailable(part="auth", retry_seconds=1) from error
            keys: Sequence[Jwk] = MessageToDict(answer).get("keys", [])
            return keys

        async with watching(revocations, channel, watch):
            yield Verifier(fetch, trusted, revocations=revocations)
