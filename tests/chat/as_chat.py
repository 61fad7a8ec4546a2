"""llm, asked as chat does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from opentelemetry.trace import SpanContext, TraceFlags

from services.chat.messages.llm import LlmClient
from services.chat.messages.ports import Answered, Broken, Piece, Refused, Said, Turn
from services.kit.delegation import Delegation
from tests.identity import CHAT, Identity

HI = (Turn("user", "Hi"),)
CAME = SpanContext(
    0x0AF7651916CD43DD8448EB211C80319C,
    span_id=1,
    is_remote=True,
    trace_flags=TraceFlags(1),
)
Event = Said | Answered | Refused | Broken


@asynccontextmanager
async def asking(identity: Identity, *addresses: str) -> AsyncIterator[LlmClient]:
    """Reach llm as chat does."""
    delegation = Delegation(identity.chat_key, CHAT)
    async with LlmClient.connect(",".join(addresses), delegation) as client:
        yield client


def generated(
    client: LlmClient, *, model: str = "", user_id: UUID | None = None
) -> AsyncIterator[Event]:
    return client.generate(HI, model=model, user_id=user_id or uuid4())


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Piece))
