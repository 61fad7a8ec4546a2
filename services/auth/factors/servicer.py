"""The gRPC surface of factors: request in, domain call, response out."""

from datetime import datetime
from typing import Any
from uuid import UUID

import grpc

from parley.auth.v1 import factor_service_pb2 as pb
from parley.auth.v1 import factor_service_pb2_grpc as pb_grpc
from services.auth.audit.origin import Origin
from services.auth.factors.enrolling import Enrolling
from services.auth.factors.factors import Factors
from services.auth.factors.wire import to_factor
from services.auth.users.model import User, UserNotFound
from services.auth.users.ports import Users
from services.kit.addresses import client_address, user_agent
from services.kit.caller import Forbidden, current, require
from services.kit.masks import changed_fields
from services.kit.names import parse_name
from services.kit.pages import Page
from services.kit.times import timestamp

Context = grpc.aio.ServicerContext[Any, Any]

MUTABLE = ("display_name",)


class FactorServicer(pb_grpc.FactorServiceServicer):
    """Serves `parley.auth.v1.FactorService`."""

    def __init__(self, users: Users, factors: Factors, enrolling: Enrolling) -> None:
        self._users = users
        self._factors = factors
        self._enrolling = enrolling

    async def ListFactors(
        self, request: pb.ListFactorsRequest, context: Context
    ) -> pb.ListFactorsResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, datetime.fromisoformat, UUID)
        listed = await self._factors.page(user_id, page)
        return pb.ListFactorsResponse(
            factors=[to_factor(one) for one in listed.factors[: page.size]],
            next_page_token=page.next_token(
                listed.factors, lambda last: (last.create_time.isoformat(), last.id)
            ),
            recovery_codes_left=listed.codes_left,
            required=listed.required,
        )

    async def UpdateFactor(
        self, request: pb.UpdateFactorRequest, context: Context
    ) -> pb.UpdateFactorResponse:
        user_id, factor_id = parse_name(request.factor.name, "users", "factors")
        themselves(user_id)
        fields = changed_fields(request.factor, request.update_mask.paths, MUTABLE)
        factor = await self._factors.rename(
            user_id, factor_id, request.factor.display_name if fields else None
        )
        return pb.UpdateFactorResponse(factor=to_factor(factor))

    async def DeleteFactor(
        self, request: pb.DeleteFactorRequest, context: Context
    ) -> pb.DeleteFactorResponse:
        user_id, factor_id = parse_name(request.name, "users", "factors")
        user = await self._owner(user_id)
        await self._factors.remove(user, factor_id, by(context))
        return pb.DeleteFactorResponse()

    async def BeginTotp(
        self, request: pb.BeginTotpRequest, context: Context
    ) -> pb.BeginTotpResponse:
        (user_id,) = parse_name(request.parent, "users")
        begun = await self._enrolling.begin_totp(await self._owner(user_id))
        return pb.BeginTotpResponse(
            secret=begun.secret,
            uri=begun.uri,
            qr_svg=begun.picture,
            expire_time=timestamp(begun.expire_time),
        )

    async def CompleteTotp(
        self, request: pb.CompleteTotpRequest, context: Context
    ) -> pb.CompleteTotpResponse:
        (user_id,) = parse_name(request.parent, "users")
        user = await self._owner(user_id)
        added = await self._enrolling.complete_totp(
            user, request.totp_code, request.display_name, by(context)
        )
        return pb.CompleteTotpResponse(
            factor=to_factor(added.factor), recovery_codes=added.recovery_codes
        )

    async def BeginPasskey(
        self, request: pb.BeginPasskeyRequest, context: Context
    ) -> pb.BeginPasskeyResponse:
        (user_id,) = parse_name(request.parent, "users")
        begun = await self._enrolling.begin_passkey(await self._owner(user_id))
        return pb.BeginPasskeyResponse(
            options_json=begun.options, expire_time=timestamp(begun.expire_time)
        )

    async def CompletePasskey(
        self, request: pb.CompletePasskeyRequest, context: Context
    ) -> pb.CompletePasskeyResponse:
        (user_id,) = parse_name(request.parent, "users")
        user = await self._owner(user_id)
        added = await self._enrolling.complete_passkey(
            user, request.response_json, request.display_name, by(context)
        )
        return pb.CompletePasskeyResponse(
            factor=to_factor(added.factor), recovery_codes=added.recovery_codes
        )

    async def RegenerateRecoveryCodes(
        self, request: pb.RegenerateRecoveryCodesRequest, context: Context
    ) -> pb.RegenerateRecoveryCodesResponse:
        (user_id,) = parse_name(request.parent, "users")
        user = await self._owner(user_id)
        codes = await self._factors.regenerate(user, by(context))
        return pb.RegenerateRecoveryCodesResponse(recovery_codes=codes)

    async def _owner(self, user_id: UUID) -> User:
        themselves(user_id)
        if user := await self._users.user(user_id):
            return user
        raise UserNotFound(user=f"users/{user_id}")


def themselves(user_id: UUID) -> None:
    """Let only the user through, not who acts for them: what proves them is theirs."""
    if require(user_id).impersonator:
        raise Forbidden


def by(context: Context) -> Origin:
    """Return who calls, and from where."""
    return Origin(
        address=client_address(context),
        user_agent=user_agent(context),
        session_id=current().session_id,
    )
