"""One question and its answer, on the screen."""

import asyncio
from contextlib import aclosing, suppress

from parley_client import Accepted, Conversation, Delta, Parley, ParleyError, Stopped
from parley_client.command.screen import answer, note


async def ask(
    parley: Parley, conversation: Conversation | None, text: str, *, model: str
) -> Conversation:
    """Ask in a conversation, or in a new one, and show the answer as it comes."""
    into = conversation or await parley.conversations.create()
    accepted = False
    try:
        async with (
            answer() as shown,
            aclosing(parley.send(into, text, model=model)) as events,
        ):
            async for event in events:
                match event:
                    case Accepted():
                        accepted = True
                    case Delta(text=piece):
                        shown.write(piece)
                    case Stopped():
                        note("(stopped)")
    except ParleyError:
        if not accepted and not conversation:
            # Refused: an empty conversation would be all that is left of it.
            with suppress(ParleyError):
                await parley.conversations.delete(into, allow_missing=True)
        raise
    except asyncio.CancelledError:
        if accepted:
            note(f"\nThe answer is being written all the same. See it: {show(into)}")
        raise
    return into


def show(conversation: Conversation) -> str:
    """Return the command that shows a conversation."""
    return f"parley conversations show {id_of(conversation)}"


def id_of(conversation: Conversation) -> str:
    """Return the last part of a conversation's name."""
    return conversation.name.rpartition("/")[2]


async def chosen(parley: Parley, id: str | None, *, last: bool) -> Conversation | None:
    """Return the conversation that the options name, if they name one."""
    if id:
        return await parley.conversations.get(id)
    if last:
        async for conversation in parley.conversations.list():
            return conversation
    return None
