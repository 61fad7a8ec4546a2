"""Keys that programs show instead of signing in."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from parley.auth.v1 import api_key_service_pb2 as pb
from parley.auth.v1.api_key_service_pb2 import ApiKey
from parley_client.errors import typed_errors
from parley_client.names import name_of
from parley_client.pages import every
from parley_client.session import Session
from parley_client.stubs import Stubs
from parley_client.times import timestamp

SCOPES = ("chat", "knowledge", "tools")


@dataclass(frozen=True)
class NewApiKey:
    """A key just made. Its text is shown here and never again."""

    api_key: ApiKey
    key: str = field(repr=False)


class ApiKeys:
    """The keys of who is signed in, given as themselves, by name or by id."""

    def __init__(self, stubs: Stubs, session: Session) -> None:
        self._stubs = stubs.api_keys
        self._session = session

    async def create(
        self,
        display_name: str,
        *,
        scopes: Sequence[str] = SCOPES,
        expires: datetime | None = None,
    ) -> NewApiKey:
        """Make a key; it ends after 90 days unless `expires` says otherwise."""
        request = pb.CreateApiKeyRequest(
            parent=self._session.user,
            api_key=ApiKey(
                display_name=display_name, scopes=scopes, expire_time=timestamp(expires)
            ),
            request_id=str(uuid4()),
        )
        with typed_errors():
            answer = await self._stubs.CreateApiKey(request)
        return NewApiKey(answer.api_key, answer.key)

    def list(self) -> AsyncIterator[ApiKey]:
        """List the keys, the newest first."""
        user = self._session.user

        async def page(token: str) -> tuple[Iterable[ApiKey], str]:
            request = pb.ListApiKeysRequest(parent=user, page_token=token)
            answer = await self._stubs.ListApiKeys(request)
            return answer.api_keys, answer.next_page_token

        return every(page)

    async def rename(self, api_key: ApiKey | str, display_name: str) -> ApiKey:
        """Change what a key is called."""
        request = pb.UpdateApiKeyRequest(
            api_key=ApiKey(name=self._name(api_key), display_name=display_name)
        )
        with typed_errors():
            return (await self._stubs.UpdateApiKey(request)).api_key

    async def revoke(self, api_key: ApiKey | str) -> None:
        """Have a key refused from now on; it is no error if it was revoked before."""
        request = pb.DeleteApiKeyRequest(name=self._name(api_key))
        with typed_errors():
            await self._stubs.DeleteApiKey(request)

    def _name(self, api_key: ApiKey | str) -> str:
        return name_of(api_key, f"{self._session.user}/apiKeys")
