"""A connection to Parley: everything that a program does there starts here."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from parley.auth.v1.account_service_pb2 import DeleteUserRequest, GetUserRequest, User
from parley.auth.v1.verification_pb2 import Verification
from parley.chat.v1.conversation_service_pb2 import Conversation
from parley.chat.v1.erasure_service_pb2 import EraseUserDataRequest
from parley.chat.v1.search_service_pb2 import (
    SearchMessagesRequest,
    SearchMessagesResponse,
)
from parley.llm.v1.document_pb2 import Document
from parley.llm.v1.erasure_service_pb2 import (
    EraseUserDataRequest as EraseKnowledgeRequest,
)
from parley.llm.v1.generation_pb2 import GenerationOptions
from parley.llm.v1.generation_service_pb2 import (
    CountTokensResponse,
    ListModelsRequest,
    Model,
)
from parley_client.account import Account
from parley_client.address import DEFAULT_URL, Address
from parley_client.administration import Administration
from parley_client.api_keys import ApiKeys
from parley_client.assistants import Assistants
from parley_client.audit import Audit
from parley_client.changes import Changes
from parley_client.collections import Collections
from parley_client.conversations import Conversations
from parley_client.counting import Counting
from parley_client.credentials import Credentials, MemoryCredentials
from parley_client.devices import DeviceSignIn
from parley_client.documents import Documents
from parley_client.errors import typed_errors
from parley_client.events import Event
from parley_client.folders import Folders
from parley_client.images import Images
from parley_client.interceptors import authentication
from parley_client.memories import Memories
from parley_client.messages import Messages, bare
from parley_client.pages import every
from parley_client.patience import Patience
from parley_client.prompts import Prompts
from parley_client.second_factor import SecondFactorNeeded
from parley_client.session import Session
from parley_client.shares import Shares
from parley_client.signing_keys import SigningKeys
from parley_client.speech import Speech
from parley_client.stubs import Stubs
from parley_client.times import timestamp
from parley_client.tools import Tools
from parley_client.transfer import Transfer
from parley_client.usage import Usage


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
        self.account = Account(stubs, session)
        self.conversations = Conversations(stubs, session)
        self.messages = Messages(stubs, session, self.conversations, patience)
        self.folders = Folders(stubs, session)
        self.shares = Shares(stubs, session, url=url)
        self.transfer = Transfer(stubs, session, patience)
        self.usage = Usage(stubs, session)
        self.changes = Changes(stubs, session, patience)
        self.collections = Collections(stubs, session)
        self.documents = Documents(stubs, session, patience)
        self.prompts = Prompts(stubs, session)
        self.assistants = Assistants(stubs, session)
        self.memories = Memories(stubs, session)
        self.tools = Tools(stubs, session, patience)
        self.signing_keys = SigningKeys(stubs)
        self.speech = Speech(stubs, patience)
        self.images = Images(stubs, patience)
        self.administration = Administration(stubs)
        self.api_keys = ApiKeys(stubs, session)
        self.audit = Audit(stubs, session, patience)
        self._counting = Counting(stubs, self.conversations)
        self._session = session

    async def sign_up(
        self,
        email: str,
        password: str,
        *,
        display_name: str = "",
        invitation: str = "",
    ) -> Verification | None:
        """
        Create an account and sign in, perhaps with an invitation's token.

        Where Parley sends mail, that takes a code, which went to the address: then
        nobody is signed in yet, and the verification is for `complete_sign_up`.
        """
        return await self._session.sign_up(email, password, display_name, invitation)

    async def complete_sign_up(self, verification: Verification, code: str) -> None:
        """Create the account with the code that was sent, and sign in."""
        await self._session.complete_sign_up(verification.token, code)

    async def sign_in(self, email: str, password: str) -> None:
        """Sign in, or raise `SecondFactorNeeded`: see `complete_sign_in`."""
        await self._session.sign_in(email, password)

    async def complete_sign_in(self, needed: SecondFactorNeeded, code: str) -> None:
        """
        Sign in with the code that was needed besides the password.

        It is the six digits of an authenticator app, or a recovery code. A wrong one is
        refused with INVALID_CREDENTIALS, and another may be tried.
        """
        await self._session.complete_sign_in(needed, code)

    async def sign_in_with_browser(self, display_name: str = "") -> DeviceSignIn:
        """Have a person sign this program in, in a browser: show them the code."""
        return DeviceSignIn(
            self._session, await self._session.begin_device(display_name)
        )

    async def sign_in_with_key(self, api_key: str) -> None:
        """Be whose API key it is, and do what the key may."""
        await self._session.use_key(api_key)

    async def reauthenticate(self, password: str, *, totp_code: str = "") -> None:
        """Show once more who one is, where that is asked for."""
        await self._session.reauthenticate(password, totp_code)

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
        self,
        conversation: Conversation | str,
        text: str,
        *,
        model: str = "",
        attachments: Sequence[Document | str] = (),
        options: GenerationOptions | None = None,
    ) -> AsyncGenerator[Event]:
        """Say something and yield the reply's events: see `messages.send`."""
        return self.messages.send(
            conversation, text, model=model, attachments=attachments, options=options
        )

    async def count_tokens(
        self,
        conversation: Conversation | str,
        text: str = "",
        *,
        model: str = "",
        options: GenerationOptions | None = None,
    ) -> CountTokensResponse:
        """Say how full the model's window is, or would be if this were said next."""
        return await self._counting.count(
            conversation, text, model=bare(model), options=options
        )

    def search(
        self,
        query: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        model: str = "",
    ) -> AsyncIterator[SearchMessagesResponse.Hit]:
        """
        Find messages, the newest first: those that hold all words of the query.

        "Words in quotes" stand together, and -word must not be there. Only messages
        from `start` on and before `end`, and only replies of a model, if given.
        """
        user = self._session.user

        async def page(token: str) -> tuple[Iterable[SearchMessagesResponse.Hit], str]:
            request = SearchMessagesRequest(
                parent=user,
                query=query,
                start_time=timestamp(start),
                end_time=timestamp(end),
                model=bare(model),
                page_token=token,
            )
            answer = await self.stubs.searches.SearchMessages(request)
            return answer.hits, answer.next_page_token

        return every(page)

    async def erase_data(self) -> datetime:
        """
        Erase all conversations, documents and every trace of them, but not the account.

        Returns when everything will be gone at the latest. Cannot be undone. Who has
        not just shown who they are does so first: `reauthenticate`.
        """
        user = self._session.user
        with typed_errors():
            said = await self.stubs.erasure.EraseUserData(
                EraseUserDataRequest(name=user)
            )
            known = await self.stubs.knowledge_erasure.EraseUserData(
                EraseKnowledgeRequest(name=user)
            )
        return max(each.deadline.ToDatetime(UTC) for each in (said, known))


@asynccontextmanager
async def connect(
    url: str = DEFAULT_URL,
    *,
    credentials: Credentials | None = None,
    api_key: str = "",
    patience: Patience | None = None,
) -> AsyncIterator[Parley]:
    """
    Connect to the Parley at a URL, with TLS if it is https.

    Credentials are forgotten at the end, unless `FileCredentials()` is given: then
    the program is whoever signed in with `parley login`. With an API key it is whose
    key that is.
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
                if api_key:
                    await parley.sign_in_with_key(api_key)
                yield parley
            finally:
                await session.settle()
