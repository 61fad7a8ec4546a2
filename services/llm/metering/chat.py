"""The chat service, over gRPC, which keeps users' budgets."""

from uuid import UUID

import grpc

from parley.chat.v1 import hold_service_pb2 as pb
from parley.chat.v1 import hold_service_pb2_grpc as pb_grpc
from services.kit.delegation import Delegation
from services.kit.errors import ServiceError
from services.kit.status import info_of, retry_of
from services.llm.metering.model import (
    BudgetExhausted,
    BudgetsUnavailable,
    HoldEnded,
    RateLimited,
    Use,
)

SECONDS = 5.0
LIMITS = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
REFUSALS: dict[str, type[ServiceError]] = {
    "BUDGET_EXHAUSTED": BudgetExhausted,
    "RATE_LIMITED": RateLimited,
}


class ChatHolds:
    """Holds on behalf of a user, who need not be there."""

    def __init__(self, channel: grpc.aio.Channel, delegation: Delegation) -> None:
        self._stub: pb_grpc.HoldServiceAsyncStub = pb_grpc.HoldServiceStub(channel)
        self._delegation = delegation

    async def create(
        self, user_id: UUID, id: UUID, use: Use, wanted: int
    ) -> int | None:
        request = pb.CreateHoldRequest(
            hold=to_hold(user_id, id, use), wanted_output_tokens=wanted
        )
        try:
            response = await self._stub.CreateHold(
                request, metadata=self._me(user_id), timeout=SECONDS
            )
        except grpc.aio.AioRpcError as error:
            raise meant(error) from error
        return allowed(response.hold)

    async def extend(
        self, user_id: UUID, id: UUID, use: Use, wanted: int
    ) -> int | None:
        request = pb.ExtendHoldRequest(
            hold=to_hold(user_id, id, use), wanted_output_tokens=wanted
        )
        try:
            response = await self._stub.ExtendHold(
                request, metadata=self._me(user_id), timeout=SECONDS
            )
        except grpc.aio.AioRpcError as error:
            info = info_of(error)
            if info and info.reason == "HOLD_NOT_FOUND":
                raise HoldEnded from error
            raise meant(error) from error
        return allowed(response.hold)

    async def settle(self, user_id: UUID, id: UUID, use: Use) -> None:
        request = pb.SettleHoldRequest(
            hold=to_hold(user_id, id, use), estimated=use.estimated
        )
        try:
            await self._stub.SettleHold(
                request, metadata=self._me(user_id), timeout=SECONDS
            )
        except grpc.aio.AioRpcError as error:
            raise meant(error) from error

    def _me(self, user_id: UUID) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self._delegation.token(user_id)}"),)


def to_hold(user_id: UUID, id: UUID, use: Use) -> pb.Hold:
    """Put what is used on the wire."""
    return pb.Hold(
        name=f"users/{user_id}/holds/{id}",
        model=use.model,
        input_tokens=use.input_tokens,
        output_tokens=use.output_tokens,
    )


def allowed(hold: pb.Hold) -> int | None:
    """Read how many tokens may be written in all."""
    limited = hold.HasField("allowed_output_tokens")
    return hold.allowed_output_tokens if limited else None


def meant(error: grpc.aio.AioRpcError) -> ServiceError:
    """Tell what chat's refusal means to the user; whatever else fails, chat is away."""
    info = info_of(error)
    refused = REFUSALS.get(info.reason) if info else None
    if not info or not refused:
        return BudgetsUnavailable(part="chat", retry_seconds=1)
    trailers = error.trailing_metadata() or ()
    return refused(
        retry_seconds=retry_of(error),
        headers=tuple((key, str(value)) for key, value in trailers if key in LIMITS),
        **dict(info.metadata),
    )
