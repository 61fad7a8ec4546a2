"""Do what Parley is for, as a stranger would, through the edge; leave no trace."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import TypeVar

from deploy.local.mailbox import sign_up
from deploy.local.steps import step
from parley_client import Completed, Delta, Parley, ParleyError, connect

Done = TypeVar("Done")

SETTLE_SECONDS = 15.0
AGAIN_SECONDS = 0.5
QUESTION = "Say hello in one short sentence."
# A reserved domain (RFC 2606), so that no mail can ever reach anybody.
EMAIL = "proof-{}@parley.example"


@dataclass(frozen=True, slots=True)
class Proof:
    """What answered, and how fast."""

    model: str
    provider: str
    first_token_ms: float


async def prove(url: str, logs: str, mailbox: int | None) -> Proof | None:
    """
    Sign up, ask, see the answer stream, read it back, and delete it all.

    `mailbox` is the port of the one that codes go to. None if mail leaves this machine,
    as then there is nobody whom a code could reach.
    """
    with step("a question, asked and answered"):
        try:
            return await _prove(url, mailbox)
        except ParleyError as error:
            raise SystemExit(
                f"\nParley runs, but a question is not answered: {error}\n"
                f"What the parts say about it: {logs}"
            ) from error


async def _prove(url: str, mailbox: int | None) -> Proof | None:
    password = secrets.token_urlsafe(24)
    async with connect(url) as parley:

        async def signed_up() -> bool:
            email = EMAIL.format(secrets.token_hex(8))
            return await sign_up(parley, email, password, mailbox)

        if not await settled(signed_up):
            return None
        try:
            return await settled(partial(answered, parley))
        finally:
            # Or an account would stay that nobody has.
            await settled(partial(parley.delete_account, password))


async def settled(action: Callable[[], Awaitable[Done]]) -> Done:
    """Do something, again for a while: what just started may not know the others."""
    began = perf_counter()
    while True:
        try:
            return await action()
        except ParleyError as error:
            if not error.temporary or perf_counter() - began > SETTLE_SECONDS:
                raise
        await asyncio.sleep(AGAIN_SECONDS)


async def answered(parley: Parley) -> Proof:
    """Ask, see the answer stream, and read it back."""
    model = await anext(aiter(parley.models()))
    conversation = await parley.conversations.create()
    began, first, text, reply = perf_counter(), 0.0, "", None
    async for event in parley.send(conversation, QUESTION):
        match event:
            case Delta():
                first = first or perf_counter() - began
                text += event.text
            case Completed():
                reply = event.reply
    stored = [m async for m in parley.conversations.messages(conversation)]
    if reply is None or not text or stored[-1].text != text:
        raise SystemExit("\nWhat was streamed is not what was stored.")
    return Proof(model.display_name, model.provider, first * 1000)
