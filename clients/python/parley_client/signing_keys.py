"""The keys that sign access tokens: for who runs Parley."""

from collections.abc import AsyncIterator, Iterable, Sequence
from uuid import uuid4

from parley.auth.v1 import key_service_pb2 as pb
from parley.auth.v1.key_service_pb2 import SigningKey
from parley_client.errors import typed_errors
from parley_client.pages import every
from parley_client.stubs import Stubs


class SigningKeys:
    """Lists and changes keys; asks for the permission `signing_keys_rotate`."""

    def __init__(self, stubs: Stubs) -> None:
        self._stubs = stubs.keys

    def list(self) -> AsyncIterator[SigningKey]:
        """List the keys, the latest first."""

        async def page(token: str) -> tuple[Iterable[SigningKey], str]:
            request = pb.ListSigningKeysRequest(page_token=token)
            answer = await self._stubs.ListSigningKeys(request)
            return answer.signing_keys, answer.next_page_token

        return every(page)

    async def rotate(self, *, emergency: bool = False) -> Sequence[SigningKey]:
        """Have a new key take over: soon, or in an emergency instead of all others."""
        request = pb.RotateSigningKeysRequest(
            emergency=emergency, request_id=str(uuid4())
        )
        with typed_errors():
            return (await self._stubs.RotateSigningKeys(request)).signing_keys
