"""A connection to Parley: everything that a program does there starts here."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from uuid import uuid4

from parley.auth.v1.account_service_pb2 import DeleteUserRequest, GetUserRequest, User
from parley.chat.v1.conversation_service_pb2 import Conversation
from parley.chat.v1.message_service_pb2 import SendMessageRequest
from parley.llm.v1.generation_service_pb2 import ListModelsRequest, Model
from parley_client.address import DEFAULT_URL, Address
from parley_client.conversations import Conversations
from parley_client.credentials import Credentials, MemoryCredentials
from parley_client.errors import typed_errors
from parley_client.events import Event
from parley_client.interceptors import authentication
from parley_client.pages import every
from parley_client.replies import Patience, Replies
from parley_client.session import Session
from parley_client.stubs import Stubs


class Parley:
    """
    Parley, as one person sees it. Made by `connect`.

    Every method raises `ParleyError`. The access token is renewed by itself.
    """

    def __init__(
        self, stubs: Stubs, session: Session, *, url: str, patience: Patience
    ) -> None:
        self.url = url
        self.stubs = stubs
        self.conversations = Conversations(stubs, session)
        self._session = session
        self._replies = Replies(stubs.messages, patience)

    async def sign_up(
        self, email: str, password: str, *, display_name: str = ""
    ) -> None:
        """Create an account and sign in."""
        await self._session.sign_up(email, password, display_name)

    async def sign_in(self, email: str, password: str) -> None:
        """Sign in."""
        await self._session.sign_in(email, password)

    async def sign_out(self) -> None:
        """End the session; it is no error if there is none."""
        await self._session.sign_out()

    async def user(self) -> User:
        """Get who is signed in."""
        request = GetUserRequest(name=self._session.user)
        with typed_errors():
            return (await self.stubs.accounts.GetUser(request)).user

    async def delete_account(self, password: str) -> None:
        """Delete the account and all that belongs to it. Cannot be undone."""
        request = DeleteUserRequest(name=self._session.user, password=password)
        with typed_errors():
            await self.stubs.accounts.DeleteUser(request)
        await self._session.forget()

    def models(self) -> AsyncIterator[Model]:
        """List the models that can be asked, the default first."""

        async def page(token: str) -> tuple[Iterable[Model], str]:
            request = ListModelsRequest(page_token=token)
            answer = await self.stubs.generation.ListModels(request)
            return answer.models, answer.next_page_token

        return every(page)

    def send(
        self, conversation: Conversation | str, text: str, *, model: str = ""
    ) -> AsyncGenerator[Event]:
        """
        Say something and yield the reply's events, the last of which is terminal.

        `Accepted` comes first, then any number of `Delta`, then `Completed` or
        `Stopped`; a reply that fails raises `ReplyFailed`. A connection that breaks
        is mended: the deltas together are always the whole reply. Stop reading
        whenever you like (`contextlib.aclosing` then frees the connection at once):
        the reply is written to its end all the same.
        """
        request = SendMessageRequest(
            parent=self.conversations.name(conversation),
            text=text,
            model=model.removeprefix("models/"),
            request_id=str(uuid4()),
        )
        return self._replies.send(request)


@asynccontextmanager
async def connect(
    url: str = DEFAULT_URL,
    *,
    credentials: Credentials | None = None,
    patience: Patience | None = None,
) -> AsyncIterator[Parley]:
    """
    Connect to the Parley at a URL, with TLS if it is https.

    Credentials are forgotten at the end, unless `FileCredentials()` is given: then
    the program is whoever signed in with `parley login`.
    """
    address = Address.parse(url)
    # One channel without tokens, to get them with; underneath it is one connection.
    async with address.channel() as plain:
        session = Session(
            plain, url=address.url, credentials=credentials or MemoryCredentials()
        )
        async with address.channel(authentication(session)) as channel:
            parley = Parley(
                Stubs(channel),
                session,
                url=address.url,
                patience=patience or Patience(),
            )
            try:
                yield parley
            finally:
                await session.settle()
