"""What a part says of its rate limits arrives in every protocol."""

from services.chat.usage.model import Left, RateLimited
from services.kit.interceptors import refuse
from services.kit.status import status_of
from tests.edge import servicers
from tests.edge.protocols import Client
from tests.edge.rpcs import ASK, SEND
from tests.edge.servicers import Context, Reply, Script

SAID = {
    "ratelimit-limit": "30",
    "ratelimit-remaining": "0",
    "ratelimit-reset": "15",
}


async def limited(request: object, context: Context) -> Reply:
    """Refuse a caller who asks too often, as the kit does."""
    left = Left(limit=30, remaining=0, reset_seconds=14.2)
    error = RateLimited(retry_seconds=1.5, headers=left.headers)
    await refuse(context, status_of(error), error.headers)
    yield servicers.event(1)


async def let_in(request: object, context: Context) -> Reply:
    """Say what is left with the first event."""
    await context.send_initial_metadata(Left(30, 0, 14.2).headers)
    yield servicers.event(1)


async def test_a_caller_who_asks_too_often_is_told_in_headers(
    script: Script, client: Client, token: str
) -> None:
    script.reply = limited

    answer = await client.call(SEND, ASK, token=token)

    assert (answer.code, answer.reason) == ("RESOURCE_EXHAUSTED", "RATE_LIMITED")
    assert answer.retry_seconds == 2
    assert SAID.items() <= answer.headers.items()


async def test_a_caller_who_is_let_in_is_told_what_is_left(
    script: Script, client: Client, token: str
) -> None:
    script.reply = let_in

    answer = await client.call(SEND, ASK, token=token)

    assert answer.code == "OK"
    assert SAID.items() <= answer.headers.items()
