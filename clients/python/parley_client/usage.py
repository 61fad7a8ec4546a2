"""What was used, and what is left."""

from collections.abc import AsyncIterator, Iterable

from parley.chat.v1 import usage_service_pb2 as pb
from parley.chat.v1.usage_service_pb2 import Charge, UserUsage
from parley_client.errors import typed_errors
from parley_client.pages import every
from parley_client.session import Session
from parley_client.stubs import Stubs


class Usage:
    """The usage of who is signed in."""

    def __init__(self, stubs: Stubs, session: Session) -> None:
        self._stubs = stubs.usage
        self._session = session

    async def get(self) -> UserUsage:
        """Get the budgets and rate limits as they are now."""
        request = pb.GetUsageRequest(name=f"{self._session.user}/usage")
        with typed_errors():
            return (await self._stubs.GetUsage(request)).usage

    def charges(self) -> AsyncIterator[Charge]:
        """List what each answer cost, the newest first."""
        user = self._session.user

        async def page(token: str) -> tuple[Iterable[Charge], str]:
            request = pb.ListChargesRequest(parent=user, page_token=token)
            answer = await self._stubs.ListCharges(request)
            return answer.charges, answer.next_page_token

        return every(page)
