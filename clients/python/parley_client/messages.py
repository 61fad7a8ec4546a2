"""Messages: saying them, and what is done with the replies."""

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import Literal
from uuid import uuid4

from parley.chat.v1 import message_service_pb2 as pb
from parley.chat.v1.conversation_service_pb2 import Conversation
from parley.chat.v1.message_pb2 import Message, Rating
from parley.llm.v1.document_pb2 import Document
from parley.llm.v1.generation_pb2 import GenerationOptions
from parley_client.conversations import Conversations
from parley_client.errors import typed_errors
from parley_client.events import Event
from parley_client.names import name_of
from parley_client.patience import Patience, persistently
from parley_client.reading import Reader
from parley_client.replies import Replies
from parley_client.session import Session
from parley_client.stubs import Stubs

Reason = Literal["accuracy", "instructions", "style", "completeness", "safety", "other"]
SCORES = {"good": Rating.SCORE_GOOD, "bad": Rating.SCORE_BAD}


class Messages:
    """
    The messages of who is signed in, given as themselves or by their names.

    The methods that yield events yield those of one reply, to its end: see `send`.
    """

    def __init__(
        self,
        stubs: Stubs,
        session: Session,
        conversations: Conversations,
        patience: Patience,
    ) -> None:
        self._session = session
        self._stubs = stubs.messages
        self._conversations = conversations
        self._patience = patience
        self._replies = Replies(stubs.messages.ResumeReply, patience)

    def send(
        self,
        conversation: Conversation | str,
        text: str,
        *,
        parent: Message | str = "",
        model: str = "",
        additional_models: Sequence[str] = (),
        queue: bool = False,
        attachments: Sequence[Document | str] = (),
        options: GenerationOptions | None = None,
    ) -> AsyncGenerator[Event]:
        """
        Say something and yield the reply's events, the last of which is terminal.

        `Accepted` comes first, then any number of `Delta`, then `Completed` or
        `Stopped`; a reply that fails raises `ReplyFailed`. A connection that breaks
        is mended: the deltas together, from the last `Restarted` on if there is one,
        are always the whole reply. Stop reading whenever you like
        (`contextlib.aclosing` then frees the connection at once): the reply is
        written to its end all the same.

        Additional models are asked the same; `resume` shows their replies, which are
        the `siblings` of `Accepted`. With `queue` the message waits for the reply
        before it to end, instead of being refused.

        Attachments are documents that are ready. The options say what the reply is to
        rest on, and how it is to come about. What comes beside the text are
        `Reasoning`, `Searched`, `ToolCalled` and `Cited`, each once in its newest
        form.
        """
        request = pb.SendMessageRequest(
            parent=self._conversations.name(conversation),
            text=text,
            parent_message=name(parent),
            model=bare(model),
            request_id=str(uuid4()),
            additional_models=map(bare, additional_models),
            queue=queue,
            attachments=self._documents(attachments),
            options=options,
        )
        return self._replies.begin(partial(self._stubs.SendMessage, request))

    def resume(
        self, reply: Message | str, *, after_seq: int = 0
    ) -> AsyncGenerator[Event]:
        """Yield the events of a reply after the `seq` of the last that was seen."""
        return self._replies.go_on(Reader(name(reply), after_seq))

    async def stop(self, reply: Message | str, *, last_seen_seq: int = 0) -> Message:
        """
        Stop a reply, of which is kept what was seen, or all that there is; return it.

        One that has ended is returned as it is.
        """
        request = pb.StopReplyRequest(
            name=name(reply), last_seen_seq=last_seen_seq, request_id=str(uuid4())
        )

        async def call() -> Message:
            with typed_errors():
                return (await self._stubs.StopReply(request)).reply

        return await persistently(self._patience, call)

    def regenerate(
        self,
        reply: Message | str,
        *,
        model: str = "",
        options: GenerationOptions | None = None,
    ) -> AsyncGenerator[Event]:
        """
        Have another reply written beside this one, and yield its events.

        Without options it comes about as this one did.
        """
        request = pb.RegenerateReplyRequest(
            name=name(reply),
            model=bare(model),
            request_id=str(uuid4()),
            options=options,
        )
        return self._replies.begin(partial(self._stubs.RegenerateReply, request))

    def continue_reply(self, reply: Message | str) -> AsyncGenerator[Event]:
        """
        Go on with a reply that was stopped or failed, and yield the events.

        They are those of a new reply beside it, which begins with its text.
        """
        request = pb.ContinueReplyRequest(name=name(reply), request_id=str(uuid4()))
        return self._replies.begin(partial(self._stubs.ContinueReply, request))

    def edit(
        self,
        message: Message | str,
        text: str,
        *,
        model: str = "",
        attachments: Sequence[Document | str] = (),
        options: GenerationOptions | None = None,
    ) -> AsyncGenerator[Event]:
        """
        Say something else instead of a message, and yield the reply's events.

        Without attachments it has those of the message that it is instead of.
        """
        request = pb.EditMessageRequest(
            name=name(message),
            text=text,
            model=bare(model),
            request_id=str(uuid4()),
            attachments=self._documents(attachments),
            options=options,
        )
        return self._replies.begin(partial(self._stubs.EditMessage, request))

    async def get(self, message: Message | str) -> Message:
        """Get a message; of a reply that is being written, the text so far."""
        with typed_errors():
            request = pb.GetMessageRequest(name=name(message))
            return (await self._stubs.GetMessage(request)).message

    async def rate(
        self,
        reply: Message | str,
        score: Literal["good", "bad"] | None,
        *,
        reasons: Sequence[Reason] = (),
        comment: str = "",
    ) -> Message:
        """Say what you think of a reply; None takes it back."""
        rating = score and Rating(
            score=SCORES[score],
            reasons=[Rating.Reason.Value(f"REASON_{each.upper()}") for each in reasons],
            comment=comment,
        )
        request = pb.RateMessageRequest(
            name=name(reply), rating=rating or None, request_id=str(uuid4())
        )
        with typed_errors():
            return (await self._stubs.RateMessage(request)).message

    def _documents(self, given: Sequence[Document | str]) -> list[str]:
        parent = f"{self._session.user}/documents"
        return [name_of(each, parent) for each in given]


def name(message: Message | str) -> str:
    """Return a message's resource name."""
    return message if isinstance(message, str) else message.name


def bare(model: str) -> str:
    """Return the id of a model that may be given by its name."""
    return model.removeprefix("models/")
