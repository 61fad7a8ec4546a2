"""llm as users ask it themselves, and the chat that keeps their budgets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_fixed,
)

from parley.chat.v1 import usage_service_pb2 as usage_pb
from parley.chat.v1 import usage_service_pb2_grpc as usage_grpc
from parley.llm.v1 import generation_pb2 as answer_pb
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from services.kit.delegation import Delegation
from services.llm.metering.chat import ChatHolds
from services.llm.ports import Provider
from tests.identity import LLM, Identity, bearing
from tests.serving import channel_to, chat_serving, llm_serving

PRICES = '{"scripted": [1000000, 2000000], "*": [0, 0]}'  # a token: 1 and 2 micro-USD
Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Direct:
    """llm and chat as one signed-in user reaches them."""

    user: UUID
    me: Metadata
    llm: grpc.aio.Channel
    chat: grpc.aio.Channel
    holds: ChatHolds

    def generate(
        self, text: str = "Hi", *, model: str = "", metadata: Metadata = ()
    ) -> grpc.aio.UnaryStreamCall[pb.GenerateRequest, answer_pb.GenerateResponse]:
        """Ask llm."""
        turns = [answer_pb.Turn(role=answer_pb.ROLE_USER, text=text)]
        stub: pb_grpc.GenerationServiceAsyncStub
        stub = pb_grpc.GenerationServiceStub(self.llm)
        request = pb.GenerateRequest(model=model, turns=turns)
        return stub.Generate(request, metadata=metadata or self.me)

    async def day(self) -> usage_pb.Budget:
        """Return what is used today."""
        request = usage_pb.GetUsageRequest(name=f"users/{self.user}/usage")
        day, _ = (await self._usage.GetUsage(request, metadata=self.me)).usage.budgets
        return day

    async def charges(self) -> list[usage_pb.Charge]:
        """List what was charged."""
        request = usage_pb.ListChargesRequest(parent=f"users/{self.user}")
        listed = await self._usage.ListCharges(request, metadata=self.me)
        return list(listed.charges)

    async def charge(self, *, of: int = 1) -> usage_pb.Charge:
        """Wait for so many charges, which come when a call is over; return the last."""
        async for attempt in patiently():
            with attempt:
                charges = await self.charges()
                assert len(charges) == of
                assert (await self.day()).tokens.reserved == 0
        return charges[0]

    @property
    def _usage(self) -> usage_grpc.UsageServiceAsyncStub:
        return usage_grpc.UsageServiceStub(self.chat)


def patiently() -> AsyncRetrying:
    """Try again until a condition holds."""
    return AsyncRetrying(
        retry=retry_if_exception_type(AssertionError),
        stop=stop_after_delay(60),
        wait=wait_fixed(0.02),
        reraise=True,
    )


Serve = Callable[..., AbstractAsyncContextManager[Direct]]


@pytest.fixture(scope="session")
def identity() -> Identity:
    """Who signs the tokens."""
    return Identity()


@pytest.fixture
def serve(
    chat_database: str, redis_url: str, provider: Provider, identity: Identity
) -> Serve:
    """Serve llm, and chat with settings of the test's own."""

    @asynccontextmanager
    async def start(**settings: Any) -> AsyncIterator[Direct]:
        user = uuid4()
        delegation = Delegation(identity.llm_key, LLM)
        settings = {"prices": PRICES, **settings}
        async with (
            chat_serving(
                chat_database,
                "none:0",
                identity,
                redis_url=redis_url,
                **settings,
            ) as chat_address,
            channel_to(chat_address) as chat,
            llm_serving(
                provider, identity, holds := ChatHolds(chat, delegation)
            ) as address,
            channel_to(address) as llm,
        ):
            yield Direct(user, bearing(identity.token(user)), llm, chat, holds)

    return start
