"""One question and its answers, on the screen."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from parley_client import (
    Conversation,
    Event,
    GenerationOptions,
    Parley,
    ParleyError,
)
from parley_client.command.harmless import harmless
from parley_client.command.listing import id_of
from parley_client.command.screen import note
from parley_client.command.watched import Watched


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, and how."""

    text: str
    model: str = ""
    additional_models: Sequence[str] = ()
    queue: bool = False
    temporary: bool = False
    attachments: Sequence[str] = ()
    options: GenerationOptions | None = None


async def ask(
    parley: Parley, conversation: Conversation | None, question: Question
) -> bool:
    """
    Ask in a conversation, or in a new one, and show the answers as they come.

    Return whether the person stopped one.
    """
    into = conversation or await parley.conversations.create(
        temporary=question.temporary
    )
    events = parley.messages.send(
        into,
        question.text,
        model=question.model,
        additional_models=question.additional_models,
        queue=question.queue,
        attachments=question.attachments,
        options=question.options,
    )
    watched = Watched(parley, None)
    try:
        await watch(into, watched, events)
    except ParleyError:
        if not watched.reply and not conversation:
            # Refused: an empty conversation would be all that is left of it.
            with suppress(ParleyError):
                await parley.conversations.delete(into, allow_missing=True)
        raise
    interrupted = watched.interrupted
    for model, sibling in zip(
        question.additional_models, watched.siblings, strict=False
    ):
        note(f"\n{harmless(model)}:")
        beside = Watched(parley, sibling)
        await watch(into, beside, parley.messages.resume(sibling))
        interrupted = interrupted or beside.interrupted
    return interrupted


async def watch(
    conversation: Conversation,
    watched: Watched,
    events: AsyncGenerator[Event],
) -> None:
    """Show an answer to its end; say how to see it to who leaves before."""
    try:
        await watched.to_its_end(events)
    except asyncio.CancelledError:
        if watched.reply:
            note(
                "\nThe answer is being written all the same. See it: "
                f"{show(conversation)}"
            )
        raise


def show(conversation: Conversation) -> str:
    """Return the command that shows a conversation."""
    return f"parley conversations show {id_of(conversation)}"


async def chosen(parley: Parley, id: str | None, *, last: bool) -> Conversation | None:
    """Return the conversation that the options name, if they name one."""
    if id:
        return await parley.conversations.get(id)
    if last:
        # The pinned ones come first, whenever they were used.
        newest: Conversation | None = None
        async for one in parley.conversations.list():
            if not newest or used(one) > used(newest):
                newest = one
            if not one.pinned:
                break
        return newest
    return None


def used(conversation: Conversation) -> int:
    """Return when a conversation was last used."""
    return conversation.update_time.ToNanoseconds()
