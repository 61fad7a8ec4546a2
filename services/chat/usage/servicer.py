"""The gRPC surface of usage: request in, domain call, response out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from parley.chat.v1 import usage_service_pb2 as pb
from parley.chat.v1 import usage_service_pb2_grpc as pb_grpc
from services.chat.usage.model import Limits, day_of
from services.chat.usage.ports import Usage
from services.chat.usage.rates import RateLimiter
from services.chat.usage.wire import (
    PERIODS,
    parse_usage,
    to_budget,
    to_charge,
    to_rate_limit,
    usage_name,
)
from services.kit.caller import require
from services.kit.clock import Clock, utc_now
from services.kit.names import parse_name
from services.kit.pages import Page

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class UsageServicer(pb_grpc.UsageServiceServicer):
    """Serves `parley.chat.v1.UsageService`."""

    def __init__(
        self,
        usage: Usage,
        limits: Limits,
        *,
        rates: RateLimiter,
        clock: Clock = utc_now,
    ) -> None:
        self._usage = usage
        self._limits = limits
        self._rates = rates
        self._clock = clock

    async def GetUsage(
        self, request: pb.GetUsageRequest, context: Context
    ) -> pb.GetUsageResponse:
        user_id = parse_usage(request.name)
        require(user_id)
        day = day_of(self._clock())
        spent = await self._usage.spent(user_id, day)
        left = await self._rates.left(user_id)
        return pb.GetUsageResponse(
            usage=pb.UserUsage(
                name=usage_name(user_id),
                budgets=[
                    to_budget(period, day, spent=spent[period], limits=self._limits)
                    for period in PERIODS
                ],
                rate_limit=to_rate_limit(self._rates.size, left),
            )
        )

    async def ListCharges(
        self, request: pb.ListChargesRequest, context: Context
    ) -> pb.ListChargesResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, datetime.fromisoformat, UUID)
        found = await self._usage.charges(
            user_id, after=page.after, limit=page.size + 1
        )
        return pb.ListChargesResponse(
            charges=[to_charge(user_id, charge) for charge in found[: page.size]],
            next_page_token=page.next_token(
                found, lambda last: (last.create_time.isoformat(), last.id)
            ),
        )
