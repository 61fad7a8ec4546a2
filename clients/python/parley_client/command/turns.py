"""What is done with the last question of a conversation, and with its answer."""

from collections.abc import AsyncGenerator
from typing import Literal

from parley_client import (
    Conversation,
    Event,
    GenerationOptions,
    Message,
    Parley,
    Role,
)
from parley_client.branches import ends
from parley_client.command.asking import watch
from parley_client.command.failures import complain
from parley_client.command.screen import console, note
from parley_client.command.showing import branches_table, show_messages
from parley_client.command.sources import show_source, show_sources
from parley_client.command.watched import Watched


class Turns:
    """The turns of one conversation, as its branch that is shown ends."""

    def __init__(self, parley: Parley, conversation: Conversation) -> None:
        self._parley = parley
        self._conversation = conversation

    async def regenerate(self, *, model: str) -> None:
        """Have the last answer written anew."""
        if reply := await self._reply():
            await self._watch(self._parley.messages.regenerate(reply, model=model))

    async def edit(
        self, text: str, *, model: str, options: GenerationOptions | None = None
    ) -> None:
        """Ask something else instead of the last question."""
        reply = await self._reply()
        if reply and reply.parent_message:
            asked = reply.parent_message
            edited = self._parley.messages.edit(
                asked, text, model=model, options=options
            )
            await self._watch(edited)

    async def go_on(self) -> None:
        """Go on with the last answer, which was stopped or failed."""
        if reply := await self._reply():
            await self._watch(self._parley.messages.continue_reply(reply))

    async def rate(self, score: Literal["good", "bad"], comment: str) -> None:
        """Say what the last answer is like."""
        if reply := await self._reply():
            await self._parley.messages.rate(reply, score, comment=comment)
            note(f"Rated {score}.")

    async def branches(self) -> None:
        """List where the branches end."""
        conversation = await self._now()
        messages = await self._messages()
        console().print(branches_table(messages, conversation.current_message))
        note("/branch N shows another one.")

    async def switch(self, number: int) -> None:
        """Show another branch, and go on with it."""
        found = ends(await self._messages())
        if not 0 < number <= len(found):
            complain(f"There is no branch {number}. See /branches")
            return
        switched = await self._parley.conversations.update(
            self._conversation, current_message=found[number - 1]
        )
        await show_messages(self._parley, switched)

    async def sources(self, number: int | None) -> None:
        """List what the last answer rests on, or show one of these places."""
        if not (reply := await self._reply()):
            return
        if not reply.citations:
            note("The last answer rests on no document.")
        elif number is None:
            show_sources(reply.citations)
            note("/sources N shows one at its place.")
        else:
            await show_source(self._parley, reply.citations, number)

    async def _watch(self, events: AsyncGenerator[Event]) -> None:
        await watch(self._conversation, Watched(self._parley, None), events)

    async def _reply(self) -> Message | None:
        """Return the last answer, or complain that there is none."""
        current = (await self._now()).current_message
        if current:
            message = await self._parley.messages.get(current)
            if message.role == Role.ROLE_ASSISTANT:
                return message
        complain("There is no answer yet. Ask something first.")
        return None

    async def _now(self) -> Conversation:
        return await self._parley.conversations.get(self._conversation)

    async def _messages(self) -> list[Message]:
        listed = self._parley.conversations.messages(self._conversation)
        return [message async for message in listed]
