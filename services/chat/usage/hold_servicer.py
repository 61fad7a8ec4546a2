"""The gRPC surface of holds, for services alone."""

from typing import Any

from parley.chat.v1 import hold_service_pb2 as pb
from parley.chat.v1 import hold_service_pb2_grpc as pb_grpc
from services.chat.names import HoldName
from services.chat.usage.budgets import Budgets
from services.chat.usage.model import Used
from services.chat.usage.ports import Holds
from services.chat.usage.rates import RateLimiter
from services.chat.usage.wire import to_hold
from services.kit import fields
from services.kit.caller import require
from services.kit.errors import InvalidField

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs

OUTPUT_TOKENS = 1_000  # set aside at first; more as it goes on
MAX_TOKENS = 1_000_000_000  # of anything that is held
MAX_MODEL = 200


class HoldServicer(pb_grpc.HoldServiceServicer):
    """Serves `parley.chat.v1.HoldService`."""

    def __init__(self, holds: Holds, budgets: Budgets, *, rates: RateLimiter) -> None:
        self._holds = holds
        self._budgets = budgets
        self._rates = rates

    async def CreateHold(
        self, request: pb.CreateHoldRequest, context: Context
    ) -> pb.CreateHoldResponse:
        name = held_for(request.hold)
        wanted = request.wanted_output_tokens or OUTPUT_TOKENS
        check(wanted_output_tokens=wanted)
        left = await self._rates.take(name.user_id)
        await context.send_initial_metadata(left.headers)
        hold = await self._holds.create(
            name,
            request.hold.model,
            input_tokens=request.hold.input_tokens,
            wanted=wanted,
        )
        return pb.CreateHoldResponse(hold=to_hold(name, hold, self._budgets))

    async def ExtendHold(
        self, request: pb.ExtendHoldRequest, context: Context
    ) -> pb.ExtendHoldResponse:
        name = held_for(request.hold)
        check(wanted_output_tokens=request.wanted_output_tokens)
        hold = await self._holds.extend(
            name,
            input_tokens=request.hold.input_tokens,
            output_tokens=request.hold.output_tokens,
            wanted=request.wanted_output_tokens,
        )
        return pb.ExtendHoldResponse(hold=to_hold(name, hold, self._budgets))

    async def SettleHold(
        self, request: pb.SettleHoldRequest, context: Context
    ) -> pb.SettleHoldResponse:
        name, hold = held_for(request.hold), request.hold
        used = Used(hold.input_tokens, hold.output_tokens, request.estimated)
        await self._holds.settle(name, used, model=hold.model)
        return pb.SettleHoldResponse()


def held_for(hold: pb.Hold) -> HoldName:
    """Read which hold it is."""
    name = HoldName.parse(hold.name)
    require(name.user_id)
    fields.text("hold.model", hold.model, maximum=MAX_MODEL)
    check(input_tokens=hold.input_tokens, output_tokens=hold.output_tokens)
    return name


def check(**tokens: int) -> None:
    """Refuse numbers that are no numbers of tokens."""
    for field, count in tokens.items():
        if not 0 <= count <= MAX_TOKENS:
            raise InvalidField(field=field, expected=f"0 to {MAX_TOKENS}")
